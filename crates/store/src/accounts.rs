//! 2FA accounts, as somebody meets them.

use jiff::Timestamp;
use otp::{OtpType, Parameters, Secret};
use vault::access::{self, GenerateOtp, Manage, OpensSecret, ReadSecret, Right};
use vault::{Account, AccountDraft, AccountId, GroupId, Sealed, Seen, ShareSummary, SharingPolicy, UserId};
use zeroize::Zeroizing;

use crate::committer::Job;
use crate::engine::{BATCH, Connection, Param, Row, batches, repeated};
use crate::scope::{self, shared_ids, visible_ids};
use crate::seal::{Place, Sealer};
use crate::{Error, OtpLog, Read, Store, Write};

const SERVICE: &str = "accounts.service";
const ACCOUNT: &str = "accounts.account";
const LEGACY_URI: &str = "accounts.legacy_uri";
const SECRET: &str = "accounts.secret";

/// The beginning of a query that [`seen`] reads. Its placeholders are all the viewer.
macro_rules! select {
    () => {
        "SELECT accounts.id, accounts.user_id, accounts.service, accounts.account, accounts.icon, accounts.otp_type, \
         accounts.algorithm, accounts.digits, accounts.period, accounts.counter, accounts.secret, accounts.legacy_uri, \
         accounts.created_at, memberships.group_id, owners.name, named.id, everyone.created_by, \
         (SELECT made.id FROM shares made WHERE made.account_id = accounts.id AND made.created_by = ? \
         AND made.audience <> 0 LIMIT 1), \
         positions.position \
         FROM accounts \
         LEFT JOIN users owners ON owners.id = accounts.user_id \
         LEFT JOIN memberships ON memberships.account_id = accounts.id AND memberships.user_id = ? \
         LEFT JOIN positions ON positions.account_id = accounts.id AND positions.user_id = ? \
         LEFT JOIN shares named ON named.account_id = accounts.id AND named.audience = ? \
         LEFT JOIN shares everyone ON everyone.account_id = accounts.id AND everyone.audience = 0 "
    };
}

/// How often [`select`] names the viewer.
const VIEWERS: usize = 4;

/// An account and the viewer's position of it.
type Positioned = (Seen, Option<i64>);

/// How many accounts somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Their own.
    pub owned: u64,
    /// Other people's.
    pub shared: u64,
}

impl Read {
    /// An account from `viewer`'s side, whether or not they may see it: ask [`vault::access`].
    pub async fn seen(&mut self, viewer: UserId, id: AccountId) -> Result<Option<Seen>, Error> {
        let sql = concat!(select!(), "WHERE accounts.id = ?");
        let [a, b, c, d] = [viewer.into(); VIEWERS];
        let seen = self.positioned(sql, &[a, b, c, d, id.into()]).await?;
        Ok(seen.into_iter().next().map(|(seen, _)| seen))
    }

    /// Those of `ids` that exist, by id, whether or not `viewer` may see them.
    pub async fn seen_all(&mut self, viewer: UserId, ids: &[AccountId]) -> Result<Vec<Seen>, Error> {
        Ok(self.positioned_all(viewer, ids).await?.into_iter().map(|(seen, _)| seen).collect())
    }

    /// What `viewer` may see under `policy`, in their order: by position, then what has none, by id. With `ids`, only those.
    pub async fn visible(
        &mut self,
        viewer: UserId,
        policy: SharingPolicy,
        ids: Option<&[AccountId]>,
    ) -> Result<Vec<Seen>, Error> {
        if let Some(ids) = ids {
            let mut seen = self.positioned_all(viewer, ids).await?;
            seen.retain(|(seen, _)| access::view(viewer, seen, policy).is_ok());
            seen.sort_by_key(|(seen, position)| (position.is_none(), *position, seen.account.id));
            return Ok(seen.into_iter().map(|(seen, _)| seen).collect());
        }
        let sql = concat!(
            select!(),
            "JOIN (",
            visible_ids!(),
            ") visible ON visible.id = accounts.id \
             ORDER BY CASE WHEN positions.position IS NULL THEN 1 ELSE 0 END, positions.position, accounts.id"
        );
        let params: Vec<Param<'_>> =
            [viewer.into(); VIEWERS].into_iter().chain(scope::visible(viewer, policy)).collect();
        let seen = self.positioned(sql, &params).await?;
        Ok(seen.into_iter().map(|(seen, _)| seen).collect())
    }

    /// What `viewer` put in their group and may see under `policy`, by id.
    pub async fn group_accounts(
        &mut self,
        viewer: UserId,
        group: GroupId,
        policy: SharingPolicy,
    ) -> Result<Vec<Seen>, Error> {
        let sql = concat!(select!(), "WHERE memberships.group_id = ? ORDER BY accounts.id");
        let [a, b, c, d] = [viewer.into(); VIEWERS];
        let seen = self.positioned(sql, &[a, b, c, d, group.into()]).await?;
        let seen = seen.into_iter().map(|(seen, _)| seen);
        Ok(seen.filter(|seen| access::view(viewer, seen, policy).is_ok()).collect())
    }

    /// How many accounts `viewer` sees under `policy`.
    pub async fn counts(&mut self, viewer: UserId, policy: SharingPolicy) -> Result<Counts, Error> {
        let owned = self.number("SELECT COUNT(*) FROM accounts WHERE user_id = ?", &[viewer.into()]).await?;
        if !policy.enabled {
            return Ok(Counts { owned, shared: 0 });
        }
        let sql = concat!(
            "SELECT COUNT(*) FROM (",
            shared_ids!(),
            ") shared JOIN accounts ON accounts.id = shared.account_id \
             WHERE accounts.user_id IS NULL OR accounts.user_id <> ?"
        );
        let [named, is_enabled, is_with_all] = scope::shared(viewer, policy);
        let shared = self.number(sql, &[named, is_enabled, is_with_all, viewer.into()]).await?;
        Ok(Counts { owned, shared })
    }

    /// Whether an account of somebody other than `user` has this icon.
    pub async fn icon_in_use_by_others(&mut self, icon: &str, user: UserId) -> Result<bool, Error> {
        let sql = "SELECT COUNT(*) FROM accounts WHERE icon = ? AND (user_id IS NULL OR user_id <> ?)";
        Ok(self.number(sql, &[icon.into(), user.into()]).await? > 0)
    }

    /// Whether an old single-user installation left accounts or groups without an owner.
    pub async fn has_orphans(&mut self) -> Result<bool, Error> {
        let accounts = "SELECT COUNT(*) FROM accounts WHERE user_id IS NULL";
        let groups = "SELECT COUNT(*) FROM account_groups WHERE user_id IS NULL";
        Ok(self.number(accounts, &[]).await? + self.number(groups, &[]).await? > 0)
    }

    /// Whether any account has this icon.
    pub async fn icon_in_use(&mut self, icon: &str) -> Result<bool, Error> {
        Ok(self.number("SELECT COUNT(*) FROM accounts WHERE icon = ?", &[icon.into()]).await? > 0)
    }

    async fn positioned_all(&mut self, viewer: UserId, ids: &[AccountId]) -> Result<Vec<Positioned>, Error> {
        let sql = repeated(concat!(select!(), "WHERE accounts.id IN (?...) ORDER BY accounts.id"), BATCH);
        let mut all = Vec::with_capacity(ids.len());
        for batch in batches(ids.iter().map(|id| id.0)) {
            let params: Vec<Param<'_>> = [viewer.into(); VIEWERS].into_iter().chain(batch).collect();
            all.extend(self.positioned(sql, &params).await?);
        }
        Ok(all)
    }

    async fn positioned(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Positioned>, Error> {
        let sealer = &self.sealer;
        self.connection.rows(sql, params, |row| seen(row, sealer)).await
    }
}

fn seen(row: &mut Row<'_>, sealer: &Sealer) -> Result<Positioned, Error> {
    let id = AccountId(row.int()?);
    let open = |column, sealed: &[u8]| {
        let mut text = sealer.open_text(Place { column, row: id.0 }, sealed).ok_or(Error::Undecipherable(id))?;
        Ok::<_, Error>(std::mem::take(&mut *text))
    };
    let account = Account {
        id,
        owner: row.opt_int()?.map(UserId),
        service: row.opt_blob()?.map(|sealed| open(SERVICE, &sealed)).transpose()?,
        name: open(ACCOUNT, &row.blob()?)?,
        icon: row.opt_text()?,
        parameters: Parameters {
            otp_type: row.text()?.parse().map_err(|_| Error::Corrupt("an unknown type of account"))?,
            algorithm: row.text()?.parse().map_err(|_| Error::Corrupt("an unknown algorithm"))?,
            digits: u8::try_from(row.int()?).map_err(|_| Error::Corrupt("an impossible number of digits"))?,
            period: row
                .opt_int()?
                .map(u32::try_from)
                .transpose()
                .map_err(|_| Error::Corrupt("an impossible period"))?,
            counter: row.opt_int()?.map(u64::try_from).transpose().map_err(|_| Error::Corrupt("a negative counter"))?,
        },
        secret: Sealed(row.blob()?),
        legacy_uri: Sealed(row.blob()?),
        created_at: row.time()?,
    };
    let group = row.opt_int()?.map(GroupId);
    let owner_name = row.opt_text()?;
    let shares = ShareSummary {
        with_viewer: row.is_set()?,
        with_all_by: row.opt_int()?.map(UserId),
        with_people_by_viewer: row.is_set()?,
    };
    Ok((Seen { account, group, owner_name, shares }, row.opt_int()?))
}

impl Store {
    /// The account's secret, for who may use it.
    ///
    /// # Errors
    /// [`Error::Undecipherable`], or [`Error::OtherRight`] when the right is for another account.
    pub fn open_secret(&self, account: &Account, right: &impl OpensSecret) -> Result<Secret, Error> {
        let text = self.opened(account, right.account(), SECRET, &account.secret)?;
        Ok(Secret::from_text(&text))
    }

    /// The otpauth URI that the account was created with, for its owner.
    ///
    /// # Errors
    /// As [`open_secret`](Self::open_secret).
    pub fn open_legacy_uri(&self, account: &Account, right: &Right<ReadSecret>) -> Result<Zeroizing<String>, Error> {
        self.opened(account, right.account(), LEGACY_URI, &account.legacy_uri)
    }

    fn opened(
        &self,
        account: &Account,
        permitted: AccountId,
        column: &'static str,
        sealed: &Sealed,
    ) -> Result<Zeroizing<String>, Error> {
        if permitted != account.id {
            return Err(Error::OtherRight);
        }
        let place = Place { column, row: account.id.0 };
        self.sealer.open_text(place, &sealed.0).ok_or(Error::Undecipherable(account.id))
    }

    /// Takes the counter of a HOTP account: answers the one to use, which nobody else gets, and stores the next one. `log`
    /// is written with that next counter.
    ///
    /// # Errors
    /// [`Error::Gone`] when the account was deleted meanwhile, isn't a HOTP account or has used up all counters.
    pub async fn claim_counter(&self, right: &Right<GenerateOtp>, log: OtpLog) -> Result<u64, Error> {
        if log.account != right.account() {
            return Err(Error::OtherRight);
        }
        self.run(Job::ClaimCounter(log)).await
    }
}

/// See [`Store::claim_counter`].
pub(crate) async fn claim_counter(connection: &mut Connection, log: &OtpLog) -> Result<u64, Error> {
    // The largest counter stays: one more would not be an integer any longer.
    let claim = "UPDATE accounts SET counter = COALESCE(counter, 0) + 1 \
         WHERE id = ? AND otp_type = ? AND COALESCE(counter, 0) < 9223372036854775807";
    let params = [log.account.into(), OtpType::Hotp.as_str().into()];
    if connection.execute(claim, &params).await? == 0 {
        return Err(Error::Gone);
    }
    let next = connection.int("SELECT counter FROM accounts WHERE id = ?", &[log.account.into()]).await?;
    let next = u64::try_from(next).map_err(|_| Error::Corrupt("a negative counter"))?;
    crate::logs::log_otp(connection, log, Some(next)).await?;
    Ok(next.saturating_sub(1))
}

impl Write {
    /// Adds an account. It comes last in its owner's order, and is in no group.
    pub async fn create_account(
        &mut self,
        owner: UserId,
        draft: &AccountDraft,
        legacy_uri: &str,
        now: Timestamp,
    ) -> Result<AccountId, Error> {
        // What is sealed is bound to the row, whose id must exist first.
        let sql = "INSERT INTO accounts (user_id, account, legacy_uri, secret, otp_type, algorithm, digits, created_at, \
             updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let empty = Param::Blob(Some(&[]));
        let parameters = &draft.parameters;
        let (otp_type, algorithm) = (parameters.otp_type.as_str().into(), parameters.algorithm.as_str().into());
        let digits = i64::from(parameters.digits).into();
        let params = [owner.into(), empty, empty, empty, otp_type, algorithm, digits, now.into(), now.into()];
        let id = AccountId(self.connection.insert(sql, &params).await?);
        let uri = self.sealed(LEGACY_URI, id, legacy_uri)?;
        let sql = "UPDATE accounts SET legacy_uri = ? WHERE id = ?";
        self.change(sql, &[uri.as_slice().into(), id.into()]).await?;
        self.put(id, draft, now).await?;
        Ok(id)
    }

    /// Replaces the values of an account; the URI of its creation stays.
    pub async fn update_account(
        &mut self,
        right: &Right<Manage>,
        draft: &AccountDraft,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.put(right.account(), draft, now).await
    }

    async fn put(&mut self, id: AccountId, draft: &AccountDraft, now: Timestamp) -> Result<(), Error> {
        let service = draft.service.as_deref().map(|service| self.sealed(SERVICE, id, service)).transpose()?;
        let name = self.sealed(ACCOUNT, id, &draft.name)?;
        let secret = self.sealed(SECRET, id, draft.secret.padded())?;
        let parameters = &draft.parameters;
        let counter = parameters.counter.map(i64::try_from).transpose();
        let counter = counter.map_err(|_| Error::Unstorable("the counter is too large"))?;
        let sql = "UPDATE accounts SET service = ?, account = ?, secret = ?, icon = ?, otp_type = ?, algorithm = ?, \
             digits = ?, period = ?, counter = ?, updated_at = ? WHERE id = ?";
        let params = [
            service.as_deref().into(),
            name.as_slice().into(),
            secret.as_slice().into(),
            draft.icon.as_deref().into(),
            parameters.otp_type.as_str().into(),
            parameters.algorithm.as_str().into(),
            i64::from(parameters.digits).into(),
            parameters.period.map(i64::from).into(),
            counter.into(),
            now.into(),
            id.into(),
        ];
        self.change(sql, &params).await
    }

    fn sealed(&self, column: &'static str, id: AccountId, text: &str) -> Result<Vec<u8>, Error> {
        self.sealer.seal(Place { column, row: id.0 }, text.as_bytes())
    }

    /// Deletes an account with its shares, positions, assignments and logs.
    pub async fn delete_account(&mut self, right: &Right<Manage>) -> Result<(), Error> {
        self.change("DELETE FROM accounts WHERE id = ?", &[right.account().into()]).await
    }

    /// Replaces the user's order of accounts; what isn't in `ids` has no position then.
    pub async fn set_positions(&mut self, user: UserId, ids: &[AccountId]) -> Result<(), Error> {
        self.connection.execute("DELETE FROM positions WHERE user_id = ?", &[user.into()]).await?;
        let rows: Vec<[Param<'_>; 3]> =
            (1_i64..).zip(ids).map(|(position, id)| [user.into(), (*id).into(), position.into()]).collect();
        self.add_rows("INSERT INTO positions (user_id, account_id, position) VALUES (?, ?, ?)...", &rows).await
    }

    /// Puts accounts into a group of the user, out of the groups they were in.
    pub async fn assign(&mut self, user: UserId, ids: &[AccountId], group: GroupId) -> Result<(), Error> {
        self.withdraw(user, ids).await?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let rows: Vec<[Param<'_>; 3]> = ids.iter().map(|id| [(*id).into(), user.into(), group.into()]).collect();
        self.add_rows("INSERT INTO memberships (account_id, user_id, group_id) VALUES (?, ?, ?)...", &rows).await
    }

    /// Takes accounts out of the user's groups.
    pub async fn withdraw(&mut self, user: UserId, ids: &[AccountId]) -> Result<(), Error> {
        let sql = repeated("DELETE FROM memberships WHERE user_id = ? AND account_id IN (?...)", BATCH);
        for batch in batches(ids.iter().map(|id| id.0)) {
            let params: Vec<Param<'_>> = std::iter::once(user.into()).chain(batch).collect();
            self.connection.execute(sql, &params).await?;
        }
        Ok(())
    }

    /// Gives the user the accounts and groups that belong to nobody.
    pub async fn adopt_orphans(&mut self, user: UserId) -> Result<(), Error> {
        self.connection.execute("UPDATE accounts SET user_id = ? WHERE user_id IS NULL", &[user.into()]).await?;
        let groups = "UPDATE account_groups SET user_id = ? WHERE user_id IS NULL";
        self.connection.execute(groups, &[user.into()]).await.map(drop)
    }

    /// Inserts many rows: as few statements as possible, from a small number of different ones.
    pub(crate) async fn add_rows<const N: usize>(
        &mut self,
        sql: &'static str,
        rows: &[[Param<'_>; N]],
    ) -> Result<(), Error> {
        let (full, rest) = rows.as_chunks::<BATCH>();
        for batch in full {
            self.connection.execute(repeated(sql, BATCH), batch.as_flattened()).await?;
        }
        for row in rest {
            self.connection.execute(repeated(sql, 1), row).await?;
        }
        Ok(())
    }
}
