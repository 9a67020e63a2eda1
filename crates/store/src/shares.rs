//! Sharing, and giving away.

use jiff::Timestamp;
use vault::access::{Manage, Right};
use vault::{AccountId, Audience, Share, UserId};

use crate::engine::{Param, Row};
use crate::{Error, Read, Write};

/// The audience of what is shared with everyone.
const EVERYONE: i64 = 0;

/// Somebody with whom an account is, or can be, shared by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who it is.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Since when it is shared with them; `None` if it isn't.
    pub since: Option<Timestamp>,
}

impl Read {
    /// The account's shares: with people by their id, after the one with everyone.
    pub async fn shares(&mut self, account: AccountId) -> Result<Vec<Share>, Error> {
        let sql =
            "SELECT account_id, audience, created_by, created_at FROM shares WHERE account_id = ? ORDER BY audience";
        self.connection.rows(sql, &[account.into()], share).await
    }

    /// With whom the account is shared by name, by their id.
    pub async fn borrowers(&mut self, account: AccountId) -> Result<Vec<Recipient>, Error> {
        let sql = "SELECT users.id, users.name, users.email, shares.created_at FROM shares \
             JOIN users ON users.id = shares.audience WHERE shares.account_id = ? ORDER BY users.id";
        self.connection.rows(sql, &[account.into()], recipient).await
    }

    /// Everybody, by their id, whether or not the account is shared with them.
    pub async fn recipients(&mut self, account: AccountId) -> Result<Vec<Recipient>, Error> {
        let sql = "SELECT users.id, users.name, users.email, shares.created_at FROM users \
             LEFT JOIN shares ON shares.account_id = ? AND shares.audience = users.id ORDER BY users.id";
        self.connection.rows(sql, &[account.into()], recipient).await
    }
}

fn recipient(row: &mut Row<'_>) -> Result<Recipient, Error> {
    Ok(Recipient { user: UserId(row.int()?), name: row.text()?, email: row.text()?, since: row.opt_time()? })
}

fn share(row: &mut Row<'_>) -> Result<Share, Error> {
    Ok(Share {
        account: AccountId(row.int()?),
        audience: match row.int()? {
            EVERYONE => Audience::AllUsers,
            user => Audience::User(UserId(user)),
        },
        created_by: UserId(row.int()?),
        created_at: row.time()?,
    })
}

const INSERT: &str =
    "INSERT INTO shares (account_id, audience, user_id, created_by, created_at) VALUES (?, ?, ?, ?, ?)...";

/// A row for [`INSERT`].
fn share_row(right: &Right<Manage>, audience: i64, user: Option<UserId>, now: Timestamp) -> [Param<'static>; 5] {
    [right.account().into(), audience.into(), user.into(), right.holder().into(), now.into()]
}

impl Write {
    /// Shares an account with people, and with nobody by way of everyone any more. Answers with whom it is newly shared.
    pub async fn share_with(
        &mut self,
        right: &Right<Manage>,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<UserId>, Error> {
        let account = right.account();
        let sql = "DELETE FROM shares WHERE account_id = ? AND audience = ?";
        self.connection.execute(sql, &[account.into(), EVERYONE.into()]).await?;
        let present = self.shares(account).await?;
        let mut added: Vec<UserId> = Vec::new();
        for user in users {
            let is_present = present.iter().any(|share| share.audience == Audience::User(*user));
            if !is_present && !added.contains(user) {
                added.push(*user);
            }
        }
        let rows: Vec<[Param<'_>; 5]> = added.iter().map(|user| share_row(right, user.0, Some(*user), now)).collect();
        self.add_rows(INSERT, &rows).await?;
        Ok(added)
    }

    /// Shares an account with everyone, in place of its shares with people. Answers whether that is new.
    pub async fn share_with_all(&mut self, right: &Right<Manage>, now: Timestamp) -> Result<bool, Error> {
        let account = right.account();
        let sql = "DELETE FROM shares WHERE account_id = ? AND audience <> ?";
        self.connection.execute(sql, &[account.into(), EVERYONE.into()]).await?;
        if !self.shares(account).await?.is_empty() {
            return Ok(false);
        }
        self.add_rows(INSERT, &[share_row(right, EVERYONE, None, now)]).await?;
        Ok(true)
    }

    /// Ends the share with one person, and their position of the account. There may be none.
    pub async fn revoke(&mut self, right: &Right<Manage>, user: UserId) -> Result<(), Error> {
        let params = [right.account().into(), user.into()];
        self.connection.execute("DELETE FROM shares WHERE account_id = ? AND user_id = ?", &params).await?;
        self.connection.execute("DELETE FROM positions WHERE account_id = ? AND user_id = ?", &params).await.map(drop)
    }

    /// Ends all shares with people, and the one with everyone if `everyone` says so, and the positions of who loses access.
    pub async fn revoke_all(&mut self, right: &Right<Manage>, everyone: bool) -> Result<(), Error> {
        let account = right.account();
        let positions = "DELETE FROM positions WHERE account_id = ? AND user_id <> ? AND (1 = ? OR user_id IN \
             (SELECT user_id FROM shares WHERE shares.account_id = ? AND shares.user_id IS NOT NULL))";
        let params = [account.into(), right.holder().into(), everyone.into(), account.into()];
        self.connection.execute(positions, &params).await?;
        let shares = "DELETE FROM shares WHERE account_id = ? AND (audience <> 0 OR 1 = ?)";
        self.connection.execute(shares, &[account.into(), everyone.into()]).await.map(drop)
    }

    /// Gives the account to somebody else. Its shares stay, but the one with the new owner; the positions of who has no
    /// access any more go.
    pub async fn transfer_ownership(&mut self, right: &Right<Manage>, to: UserId, now: Timestamp) -> Result<(), Error> {
        let account = right.account();
        let sql = "UPDATE accounts SET user_id = ?, updated_at = ? WHERE id = ?";
        self.change(sql, &[to.into(), now.into(), account.into()]).await?;
        let sql = "DELETE FROM shares WHERE account_id = ? AND user_id = ?";
        self.connection.execute(sql, &[account.into(), to.into()]).await?;
        let sql = "DELETE FROM positions WHERE account_id = ? AND user_id <> ? AND NOT EXISTS \
             (SELECT 1 FROM shares WHERE shares.account_id = positions.account_id \
             AND (shares.audience = 0 OR shares.audience = positions.user_id))";
        self.connection.execute(sql, &[account.into(), to.into()]).await.map(drop)
    }

    /// Ends the shares with everyone of accounts that are shared with people too: what sharing with everyone needs before
    /// it is switched on.
    pub async fn end_mixed_shares(&mut self) -> Result<(), Error> {
        // MySQL reads the table that it deletes from only through another query, which DISTINCT keeps apart.
        let sql = "DELETE FROM shares WHERE audience = 0 AND account_id IN (SELECT account_id FROM \
             (SELECT DISTINCT account_id FROM shares WHERE audience <> 0) named)";
        self.connection.execute(sql, &[]).await.map(drop)
    }
}
