//! 2FA accounts as their viewers see them, with order and group.

use jiff::Timestamp;
use otp::{OtpType, Parameters};
use vault::access::{self, Manage, Right};
use vault::{Account, AccountDraft, AccountId, GroupId, Sealed, Seen, ShareSummary, SharingPolicy, UNREADABLE, UserId};
use zeroize::Zeroizing;

use crate::damage::Reading;
use crate::engine::{Connection, Param, batches, with_values};
use crate::rows::{Statement, columns, insert, placeholders, update};
use crate::scope::{shared_ids, shared_params, visible_ids, visible_params};
use crate::seal::{Place, Sealer};
use crate::{Claim, Error, OtpLog, Read, UserWrite};

const SERVICE: &str = "accounts.service";
const ACCOUNT: &str = "accounts.account";
pub(crate) const LEGACY_URI: &str = "accounts.legacy_uri";
pub(crate) const SECRET: &str = "accounts.secret";

columns! {
    /// Reads an account as its viewer sees it, and the viewer's position of it; damaged values are replaced. The
    /// placeholders are all the viewer.
    fn read_seen(reading: &Reading<'_>) -> Positioned from seen_columns! {
        id: "accounts.id",
        owner: "accounts.user_id",
        service: "accounts.service" as Result<Option<Sealed>, Error>,
        name: "accounts.account" as Result<Sealed, Error>,
        icon: "accounts.icon",
        otp_type: "accounts.otp_type",
        algorithm: "accounts.algorithm",
        digits: "accounts.digits",
        period: "accounts.period",
        counter: "accounts.counter",
        secret: "accounts.secret",
        legacy_uri: "accounts.legacy_uri",
        created_at: "accounts.created_at",
        group: "memberships.group_id",
        owner_name: "owners.name",
        share_with_viewer: "named.id" as Result<Option<i64>, Error>,
        with_all_by: "everyone.created_by",
        share_by_viewer: "(SELECT made.id FROM shares made WHERE made.account_id = accounts.id AND made.created_by = ? \
                          AND made.audience <> 0 LIMIT 1)" as Result<Option<i64>, Error>,
        position: "positions.position",
    } => {
        let open = |column, sealed: &Sealed| {
            let mut text = open_text(reading.sealer, id, column, sealed)?;
            Ok::<_, Error>(std::mem::take(&mut *text))
        };
        let service = service.and_then(|service| service.map(|service| open(SERVICE, &service)).transpose());
        let name = name.and_then(|name| open(ACCOUNT, &name));
        let mut own = Values { reading, table: "accounts", row: id, is_damaged: false };
        let default = Parameters::new(OtpType::Totp);
        let parameters = Parameters {
            otp_type: own.or(otp_type, default.otp_type)?,
            algorithm: own.or(algorithm, default.algorithm)?,
            digits: own.or(digits, default.digits)?,
            period: own.or(period, default.period)?,
            counter: own.or(counter, default.counter)?,
        };
        let account = Account {
            id,
            owner: own.or(owner, None)?,
            service: own.or(service, Some(UNREADABLE.to_owned()))?,
            name: own.or(name, UNREADABLE.to_owned())?,
            icon: own.or(icon, None)?,
            parameters,
            secret: own.or(secret, Sealed(Vec::new()))?,
            legacy_uri: own.or(legacy_uri, Sealed(Vec::new()))?,
            created_at: own.or(created_at, Timestamp::UNIX_EPOCH)?,
            is_damaged: own.is_damaged,
        };
        // What other tables have of it doesn't concern its codes.
        let mut others = Values { table: "rows of the account", ..own };
        let shares = ShareSummary {
            with_viewer: others.or(share_with_viewer, None)?.is_some(),
            with_all_by: others.or(with_all_by, None)?,
            with_people_by_viewer: others.or(share_by_viewer, None)?.is_some(),
        };
        let seen = Seen { account, group: others.or(group, None)?, owner_name: others.or(owner_name, None)?, shares };
        (seen, others.or(position, None)?)
    }
}

/// Takes the values of an account's row.
struct Values<'a> {
    reading: &'a Reading<'a>,
    table: &'static str,
    row: AccountId,
    /// Whether one of them was damaged.
    is_damaged: bool,
}

impl Values<'_> {
    /// Returns a value, or what stands in for one that is damaged.
    fn or<T>(&mut self, value: Result<T, Error>, substitute: T) -> Result<T, Error> {
        self.is_damaged |= value.as_ref().is_err_and(Error::is_damage);
        self.reading.value_or((self.table, &self.row), value, substitute)
    }
}

/// The beginning of a query that [`read_seen`] reads.
macro_rules! select_seen {
    () => {
        concat!(
            "SELECT ",
            seen_columns!(),
            " FROM accounts \
             LEFT JOIN users owners ON owners.id = accounts.user_id \
             LEFT JOIN memberships ON memberships.account_id = accounts.id AND memberships.user_id = ? \
             LEFT JOIN positions ON positions.account_id = accounts.id AND positions.user_id = ? \
             LEFT JOIN shares named ON named.account_id = accounts.id AND named.audience = ? \
             LEFT JOIN shares everyone ON everyone.account_id = accounts.id AND everyone.audience = 0 "
        )
    };
}

/// Returns the parameters of [`select_seen`], followed by others.
fn viewed_by<'a>(viewer: UserId, others: impl IntoIterator<Item = Param<'a>>) -> Vec<Param<'a>> {
    [viewer.into(); placeholders(select_seen!())].into_iter().chain(others).collect()
}

/// An account and the viewer's position of it.
type Positioned = (Seen, Option<i64>);

/// The number of accounts that a user sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountCounts {
    /// Their own.
    pub owned: u64,
    /// Those shared with them.
    pub shared: u64,
}

impl Read {
    /// The account as `viewer` sees it, whether or not they may: [`vault::access`] decides. It may be damaged, see
    /// [`Account::is_damaged`].
    pub async fn account(&mut self, viewer: UserId, id: AccountId) -> Result<Option<Seen>, Error> {
        let sql = concat!(select_seen!(), "WHERE accounts.id = ?");
        let seen = self.positioned(sql, &viewed_by(viewer, [id.into()])).await?;
        Ok(seen.into_iter().next().map(|(seen, _)| seen))
    }

    /// The accounts with these IDs, ordered by ID, whether or not `viewer` may see them; unknown IDs are left out.
    pub async fn accounts_among(&mut self, viewer: UserId, ids: &[AccountId]) -> Result<Vec<Seen>, Error> {
        Ok(self.positioned_all(viewer, ids).await?.into_iter().map(|(seen, _)| seen).collect())
    }

    /// The accounts that `viewer` may see under `policy`, in their order: by position, then those without one, by ID.
    /// With `ids`, only those.
    pub async fn visible_accounts(
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
            select_seen!(),
            "JOIN (",
            visible_ids!(),
            ") visible ON visible.id = accounts.id \
             ORDER BY CASE WHEN positions.position IS NULL THEN 1 ELSE 0 END, positions.position, accounts.id"
        );
        let seen = self.positioned(sql, &viewed_by(viewer, visible_params(viewer, policy))).await?;
        Ok(seen.into_iter().map(|(seen, _)| seen).collect())
    }

    /// The accounts in the viewer's group that they may see under `policy`, ordered by ID.
    pub async fn group_accounts(
        &mut self,
        viewer: UserId,
        group: GroupId,
        policy: SharingPolicy,
    ) -> Result<Vec<Seen>, Error> {
        let sql = concat!(select_seen!(), "WHERE memberships.group_id = ? ORDER BY accounts.id");
        let seen = self.positioned(sql, &viewed_by(viewer, [group.into()])).await?;
        let seen = seen.into_iter().map(|(seen, _)| seen);
        Ok(seen.filter(|seen| access::view(viewer, seen, policy).is_ok()).collect())
    }

    /// The number of accounts that `viewer` sees under `policy`.
    pub async fn account_counts(&mut self, viewer: UserId, policy: SharingPolicy) -> Result<AccountCounts, Error> {
        let owned = self.owned_account_count(viewer).await?;
        if !policy.enabled {
            return Ok(AccountCounts { owned, shared: 0 });
        }
        let sql = concat!(
            "SELECT COUNT(*) FROM (",
            shared_ids!(),
            ") shared JOIN accounts ON accounts.id = shared.account_id \
             WHERE accounts.user_id IS NULL OR accounts.user_id <> ?"
        );
        let [named, is_enabled, is_with_all] = shared_params(viewer, policy);
        let shared = self.number(sql, &[named, is_enabled, is_with_all, viewer.into()]).await?;
        Ok(AccountCounts { owned, shared })
    }

    /// The number of accounts that the user owns.
    pub async fn owned_account_count(&mut self, user: UserId) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM accounts WHERE user_id = ?", &[user.into()]).await
    }

    /// Whether an account that `user` doesn't own has this icon.
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

    /// Reads all accounts with their secrets, so that what is damaged is noted.
    pub(crate) async fn examine_accounts(&mut self) -> Result<(), Error> {
        let sql = concat!(select_seen!(), "ORDER BY accounts.id");
        for (Seen { account, .. }, _) in self.positioned(sql, &viewed_by(UserId(0), [])).await? {
            for (column, sealed) in [(SECRET, &account.secret), (LEGACY_URI, &account.legacy_uri)] {
                if !account.is_damaged
                    && let Err(error) = open_text(&self.sealer, account.id, column, sealed)
                {
                    self.damages.note("accounts", account.id, &error);
                }
            }
        }
        Ok(())
    }

    async fn positioned_all(&mut self, viewer: UserId, ids: &[AccountId]) -> Result<Vec<Positioned>, Error> {
        let sql = with_values(concat!(select_seen!(), "WHERE accounts.id IN (?...) ORDER BY accounts.id"));
        let mut all = Vec::with_capacity(ids.len());
        for batch in batches(ids.iter().map(|id| id.0)) {
            all.extend(self.positioned(sql, &viewed_by(viewer, batch)).await?);
        }
        Ok(all)
    }

    async fn positioned(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Positioned>, Error> {
        self.readable("accounts", sql, params, read_seen).await
    }
}

/// Opens one of an account's sealed texts.
pub(crate) fn open_text(
    sealer: &Sealer,
    id: AccountId,
    column: &'static str,
    text: &Sealed,
) -> Result<Zeroizing<String>, Error> {
    sealer.open_text(Place { column, row: id.0 }, &text.0).ok_or(Error::Undecipherable(id))
}

/// Claims a counter, see [`Store::claim_counter`](crate::Store::claim_counter).
pub(crate) async fn claim_counter(connection: &mut Connection, by: &Claim, log: &OtpLog) -> Result<u64, Error> {
    by.check(connection).await?;
    // The largest counter stays: one more would not be an integer any longer.
    let claim = "UPDATE accounts SET counter = COALESCE(counter, 0) + 1 \
         WHERE id = ? AND otp_type = ? AND COALESCE(counter, 0) < 9223372036854775807";
    if connection.execute(claim, &[log.account.into(), OtpType::Hotp.into()]).await? == 0 {
        return Err(Error::Gone);
    }
    let next = "SELECT counter FROM accounts WHERE id = ?";
    let next: u64 = connection.row(next, &[log.account.into()], |row| row.read()).await?.ok_or(Error::Gone)?;
    crate::logs::log_otp(connection, log, Some(next)).await?;
    Ok(next.saturating_sub(1))
}

impl UserWrite {
    /// Adds an account, last in its owner's order and in no group.
    pub async fn create_account(
        &mut self,
        owner: UserId,
        draft: &AccountDraft,
        legacy_uri: &str,
        now: Timestamp,
    ) -> Result<AccountId, Error> {
        self.require(owner)?;
        let (sql, params) = insert!(accounts {
            user_id: owner,
            account: Param::UNSEALED,
            legacy_uri: Param::UNSEALED,
            secret: Param::UNSEALED,
            otp_type: draft.parameters.otp_type,
            algorithm: draft.parameters.algorithm,
            digits: draft.parameters.digits,
            created_at: now,
            updated_at: now,
        });
        let id = AccountId(self.connection.insert(sql, &params).await?);
        let uri = self.sealed(LEGACY_URI, id, legacy_uri)?;
        let (sql, params) = update!(accounts { legacy_uri: &uri } where id: id);
        self.change(sql, &params).await?;
        self.write_draft(id, draft, now).await?;
        Ok(id)
    }

    /// Replaces the values of an account; the URI of its creation stays.
    pub async fn update_account(
        &mut self,
        right: &Right<Manage>,
        draft: &AccountDraft,
        now: Timestamp,
    ) -> Result<(), Error> {
        let account = self.account_of(right)?;
        self.write_draft(account, draft, now).await
    }

    async fn write_draft(&mut self, id: AccountId, draft: &AccountDraft, now: Timestamp) -> Result<(), Error> {
        self.check_data_key().await?;
        let AccountDraft { service, name, icon, parameters, secret } = draft;
        let service = service.as_deref().map(|service| self.sealed(SERVICE, id, service)).transpose()?;
        let name = self.sealed(ACCOUNT, id, name)?;
        let secret = self.sealed(SECRET, id, secret.padded())?;
        let counter = parameters.counter.map(i64::try_from).transpose();
        let (sql, params) = update!(accounts {
            service: service.as_ref(),
            account: &name,
            secret: &secret,
            icon: icon.as_ref(),
            otp_type: parameters.otp_type,
            algorithm: parameters.algorithm,
            digits: parameters.digits,
            period: parameters.period,
            counter: counter.map_err(|_| Error::Unstorable("the counter is too large"))?,
            updated_at: now,
        } where id: id);
        self.change(sql, &params).await
    }

    fn sealed(&self, column: &'static str, id: AccountId, text: &str) -> Result<Vec<u8>, Error> {
        self.sealer.seal(Place { column, row: id.0 }, text.as_bytes())
    }

    /// Deletes an account with its shares, positions, assignments and logs.
    pub async fn delete_account(&mut self, right: &Right<Manage>) -> Result<(), Error> {
        let account = self.account_of(right)?;
        self.change("DELETE FROM accounts WHERE id = ?", &[account.into()]).await
    }

    /// Replaces the user's order of accounts; accounts that `ids` doesn't name have no position then.
    pub async fn set_positions(&mut self, user: UserId, ids: &[AccountId]) -> Result<(), Error> {
        self.require(user)?;
        self.connection.execute("DELETE FROM positions WHERE user_id = ?", &[user.into()]).await?;
        let rows: Vec<Statement<'_, 3>> = (1_i64..)
            .zip(ids)
            .map(|(position, id)| insert!(positions { user_id: user, account_id: *id, position: position }))
            .collect();
        self.insert_rows(&rows).await
    }

    /// Puts accounts into a group of the user, out of the groups they were in.
    pub async fn assign(&mut self, user: UserId, ids: &[AccountId], group: GroupId) -> Result<(), Error> {
        self.withdraw(user, ids).await?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let rows: Vec<Statement<'_, 3>> =
            ids.iter().map(|id| insert!(memberships { account_id: *id, user_id: user, group_id: group })).collect();
        self.insert_rows(&rows).await
    }

    /// Takes accounts out of the user's groups.
    pub async fn withdraw(&mut self, user: UserId, ids: &[AccountId]) -> Result<(), Error> {
        self.require(user)?;
        let sql = with_values("DELETE FROM memberships WHERE user_id = ? AND account_id IN (?...)");
        for batch in batches(ids.iter().map(|id| id.0)) {
            let params: Vec<Param<'_>> = std::iter::once(user.into()).chain(batch).collect();
            self.connection.execute(sql, &params).await?;
        }
        Ok(())
    }

    /// Makes the user the owner of all accounts and groups that have none.
    pub async fn adopt_orphans(&mut self, user: UserId) -> Result<(), Error> {
        self.require(user)?;
        self.connection.execute("UPDATE accounts SET user_id = ? WHERE user_id IS NULL", &[user.into()]).await?;
        let groups = "UPDATE account_groups SET user_id = ? WHERE user_id IS NULL";
        self.connection.execute(groups, &[user.into()]).await.map(drop)
    }
}
