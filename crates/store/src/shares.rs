//! Sharing accounts with other users, and transferring their ownership.

use jiff::Timestamp;
use vault::access::{Manage, Right};
use vault::{AccountId, Audience, Share, UserId};

use crate::damage::Reading;
use crate::engine::{FromColumn, Row};
use crate::rows::{Statement, columns, insert, update};
use crate::{AdminWrite, Error, Read, UserWrite};

/// The audience of a share with everyone.
const EVERYONE: i64 = 0;

/// A user with whom an account is shared by name, or can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Their ID.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// When the account was shared with them; `None` if it isn't.
    pub since: Option<Timestamp>,
}

columns! {
    /// Reads a recipient.
    fn read_recipient() -> Recipient from recipient_columns! {
        user: "users.id",
        name: "users.name",
        email: "users.email",
        since: "shares.created_at",
    }
}

columns! {
    /// Reads a share.
    fn read_share() -> Share from share_columns! {
        account: "account_id",
        audience: "audience",
        created_by: "created_by",
        created_at: "created_at",
    }
}

impl FromColumn for Audience {
    fn from_column(row: &mut Row<'_>) -> Result<Option<Audience>, Error> {
        Ok(i64::from_column(row)?.map(|audience| match audience {
            EVERYONE => Audience::AllUsers,
            user => Audience::User(UserId(user)),
        }))
    }
}

impl Read {
    /// The account's shares: the one with everyone, then those by name, ordered by the recipient's ID.
    pub async fn shares(&mut self, account: AccountId) -> Result<Vec<Share>, Error> {
        let sql = concat!("SELECT ", share_columns!(), " FROM shares WHERE account_id = ? ORDER BY audience");
        self.readable("shares of the account", sql, &[account.into()], |row, _| read_share(row)).await
    }

    /// Reads all rows, so that what is damaged is noted.
    pub(crate) async fn examine_shares(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT ", share_columns!(), " FROM shares");
        let read = |row: &mut Row<'_>, _: &Reading<'_>| read_share(row).map(drop);
        self.readable("shares of the account", sql, &[], read).await.map(drop)
    }

    /// The users with whom the account is shared by name, ordered by ID.
    pub async fn recipients(&mut self, account: AccountId) -> Result<Vec<Recipient>, Error> {
        let sql = concat!(
            "SELECT ",
            recipient_columns!(),
            " FROM shares JOIN users ON users.id = shares.audience WHERE shares.account_id = ? ORDER BY users.id"
        );
        self.readable("users", sql, &[account.into()], |row, _| read_recipient(row)).await
    }

    /// With whom a user's own accounts are shared: pairs of an account and the name of a user, `None` standing for everyone,
    /// ordered by the account, everyone first.
    pub async fn recipients_of_all(&mut self, owner: UserId) -> Result<Vec<(AccountId, Option<String>)>, Error> {
        let sql = "SELECT shares.account_id, users.name FROM shares \
             JOIN accounts ON accounts.id = shares.account_id LEFT JOIN users ON users.id = shares.audience \
             WHERE accounts.user_id = ? AND (shares.audience = ? OR users.id IS NOT NULL) \
             ORDER BY shares.account_id, shares.audience";
        let params = [owner.into(), EVERYONE.into()];
        self.readable("shares of the account", sql, &params, |row, _| Ok((row.read()?, row.read()?))).await
    }

    /// All users, ordered by ID, whether or not the account is shared with them.
    pub async fn possible_recipients(&mut self, account: AccountId) -> Result<Vec<Recipient>, Error> {
        let sql = concat!(
            "SELECT ",
            recipient_columns!(),
            " FROM users LEFT JOIN shares ON shares.account_id = ? AND shares.audience = users.id ORDER BY users.id"
        );
        self.readable("users", sql, &[account.into()], |row, _| read_recipient(row)).await
    }
}

/// Makes the statement that shares an account.
fn share_row(right: &Right<Manage>, audience: i64, user: Option<UserId>, now: Timestamp) -> Statement<'static, 5> {
    insert!(shares {
        account_id: right.account(),
        audience: audience,
        user_id: user,
        created_by: right.holder(),
        created_at: now,
    })
}

impl UserWrite {
    /// Shares an account with users by name, and ends its share with everyone: users who thereby lose access lose their
    /// position of it. Returns the new recipients.
    pub async fn share_with(
        &mut self,
        right: &Right<Manage>,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<UserId>, Error> {
        let account = self.account_of(right)?;
        let sql = "DELETE FROM shares WHERE account_id = ? AND audience = ?";
        let was_with_all = self.connection.execute(sql, &[account.into(), EVERYONE.into()]).await? > 0;
        let present = self.shares(account).await?;
        let mut added: Vec<UserId> = Vec::new();
        for user in users {
            let is_present = present.iter().any(|share| share.audience == Audience::User(*user));
            if !is_present && !added.contains(user) {
                added.push(*user);
            }
        }
        let rows: Vec<Statement<'_, 5>> = added.iter().map(|user| share_row(right, user.0, Some(*user), now)).collect();
        self.insert_rows(&rows).await?;
        if was_with_all {
            self.delete_lost_positions(account, right.holder()).await?;
        }
        Ok(added)
    }

    /// Shares an account with everyone, in place of its shares by name. Returns whether that is new.
    pub async fn share_with_all(&mut self, right: &Right<Manage>, now: Timestamp) -> Result<bool, Error> {
        let account = self.account_of(right)?;
        let sql = "DELETE FROM shares WHERE account_id = ? AND audience <> ?";
        self.connection.execute(sql, &[account.into(), EVERYONE.into()]).await?;
        if !self.shares(account).await?.is_empty() {
            return Ok(false);
        }
        self.insert_rows(&[share_row(right, EVERYONE, None, now)]).await?;
        Ok(true)
    }

    /// Ends the account's share with one user, if there is one, and deletes their position of it. Their group keeps the
    /// account, unseen and uncounted, for when it is shared again.
    pub async fn revoke(&mut self, right: &Right<Manage>, user: UserId) -> Result<(), Error> {
        let params = [self.account_of(right)?.into(), user.into()];
        self.connection.execute("DELETE FROM shares WHERE account_id = ? AND user_id = ?", &params).await?;
        self.connection.execute("DELETE FROM positions WHERE account_id = ? AND user_id = ?", &params).await.map(drop)
    }

    /// Ends all shares by name, and with `everyone` that with everyone too. The positions of users who lost access are
    /// deleted.
    pub async fn revoke_all(&mut self, right: &Right<Manage>, everyone: bool) -> Result<(), Error> {
        let account = self.account_of(right)?;
        let positions = "DELETE FROM positions WHERE account_id = ? AND user_id <> ? AND (1 = ? OR user_id IN \
             (SELECT user_id FROM shares WHERE shares.account_id = ? AND shares.user_id IS NOT NULL))";
        let params = [account.into(), right.holder().into(), everyone.into(), account.into()];
        self.connection.execute(positions, &params).await?;
        let shares = "DELETE FROM shares WHERE account_id = ? AND (audience <> 0 OR 1 = ?)";
        self.connection.execute(shares, &[account.into(), everyone.into()]).await.map(drop)
    }

    /// Makes another user the owner of the account. Its shares stay, but for the one with the new owner. The positions
    /// of users who lost access are deleted.
    pub async fn transfer_ownership(&mut self, right: &Right<Manage>, to: UserId, now: Timestamp) -> Result<(), Error> {
        let account = self.account_of(right)?;
        let (sql, params) = update!(accounts { user_id: to, updated_at: now } where id: account);
        self.change(sql, &params).await?;
        let sql = "DELETE FROM shares WHERE account_id = ? AND user_id = ?";
        self.connection.execute(sql, &[account.into(), to.into()]).await?;
        self.delete_lost_positions(account, to).await
    }

    /// Deletes the positions of users who neither own the account nor have a share of it.
    async fn delete_lost_positions(&mut self, account: AccountId, owner: UserId) -> Result<(), Error> {
        let sql = "DELETE FROM positions WHERE account_id = ? AND user_id <> ? AND NOT EXISTS \
             (SELECT 1 FROM shares WHERE shares.account_id = positions.account_id \
             AND (shares.audience = 0 OR shares.audience = positions.user_id))";
        self.connection.execute(sql, &[account.into(), owner.into()]).await.map(drop)
    }
}

impl AdminWrite {
    /// Ends the shares with everyone of accounts that are also shared by name, with the positions of users who had no
    /// other. To be done before sharing with everyone is switched on.
    pub async fn end_mixed_shares(&mut self) -> Result<(), Error> {
        let positions = "DELETE FROM positions WHERE account_id IN (SELECT account_id FROM shares WHERE audience = 0) \
             AND account_id IN (SELECT account_id FROM shares WHERE audience <> 0) \
             AND NOT EXISTS (SELECT 1 FROM shares WHERE shares.account_id = positions.account_id \
             AND shares.audience = positions.user_id) \
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = positions.account_id \
             AND accounts.user_id = positions.user_id)";
        self.connection.execute(positions, &[]).await?;
        // MySQL reads the table that it deletes from only through another query, which DISTINCT keeps apart.
        let sql = "DELETE FROM shares WHERE audience = 0 AND account_id IN (SELECT account_id FROM \
             (SELECT DISTINCT account_id FROM shares WHERE audience <> 0) named)";
        self.connection.execute(sql, &[]).await.map(drop)
    }
}
