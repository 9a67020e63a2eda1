//! Groups of accounts.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use vault::{Group, GroupId, Preferences, SharingPolicy, UNREADABLE, UserId};

use crate::damage::Reading;
use crate::engine::{Param, Row, is_storable};
use crate::rows::{columns, insert, placeholders, update};
use crate::scope::{shared_ids, shared_params};
use crate::{Error, Read, UserWrite};

const TABLE: &str = "account_groups";

columns! {
    /// Reads a group; damaged values are replaced.
    fn read_group(reading: &Reading<'_>) -> Group from group_columns! {
        id: "account_groups.id",
        owner: "account_groups.user_id",
        name: "account_groups.name",
        show_in_chips: "account_groups.show_in_chips",
    } => {
        let place: (&str, &dyn fmt::Display) = (TABLE, &id);
        Group {
            id,
            owner: reading.value_or(place, owner, None)?,
            name: reading.value_or(place, name, UNREADABLE.to_owned())?,
            show_in_chips: reading.value_or(place, show_in_chips, false)?,
        }
    }
}

/// A group's number of accounts, as an expression in a query of `account_groups`: those that [`Read::group_accounts`]
/// lists, and one exception. Takes the parameters of [`count_params`].
macro_rules! account_count {
    () => {
        concat!(
            "(SELECT COUNT(*) FROM memberships JOIN accounts ON accounts.id = memberships.account_id \
             WHERE memberships.group_id = account_groups.id AND (accounts.user_id = ? OR accounts.id IN (",
            shared_ids!(),
            // compat 1.12: an account that was given away still counts in its former owner's group while shares that
            // they made remain (recorded in `ownership-transfer`).
            " UNION SELECT account_id FROM shares WHERE created_by = ? AND 1 = ?)))"
        )
    };
}

/// The parameters of [`account_count`].
fn count_params(owner: UserId, policy: SharingPolicy) -> [Param<'static>; placeholders(account_count!())] {
    let [named, is_enabled, is_with_all] = shared_params(owner, policy);
    [owner.into(), named, is_enabled, is_with_all, owner.into(), policy.enabled.into()]
}

/// The preferences that hold the ID of a group.
const PREFERENCES: [&str; 2] = ["defaultGroup", "activeGroup"];

impl Read {
    /// The user's groups, in their order.
    pub async fn groups(&mut self, owner: UserId) -> Result<Vec<Group>, Error> {
        let sql = concat!("SELECT ", group_columns!(), " FROM account_groups WHERE user_id = ? ORDER BY position, id");
        self.readable(TABLE, sql, &[owner.into()], read_group).await
    }

    /// The user's groups, in their order, each with the number of its accounts that the user may see under `policy`.
    pub async fn counted_groups(&mut self, owner: UserId, policy: SharingPolicy) -> Result<Vec<(Group, u64)>, Error> {
        let sql = concat!(
            "SELECT ",
            group_columns!(),
            ", ",
            account_count!(),
            " FROM account_groups WHERE account_groups.user_id = ? ORDER BY account_groups.position, account_groups.id"
        );
        let params: Vec<Param<'_>> = count_params(owner, policy).into_iter().chain([owner.into()]).collect();
        self.readable(TABLE, sql, &params, |row, reading| Ok((read_group(row, reading)?, row.read()?))).await
    }

    /// The number of accounts in the user's group that they may see under `policy`.
    pub async fn group_account_count(
        &mut self,
        owner: UserId,
        group: GroupId,
        policy: SharingPolicy,
    ) -> Result<u64, Error> {
        let sql = concat!("SELECT ", account_count!(), " FROM account_groups WHERE account_groups.id = ?");
        let params: Vec<Param<'_>> = count_params(owner, policy).into_iter().chain([group.into()]).collect();
        self.number(sql, &params).await
    }

    /// The number of the user's groups.
    pub async fn group_count(&mut self, owner: UserId) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM account_groups WHERE user_id = ?", &[owner.into()]).await
    }

    /// The group with this ID, of any owner.
    pub async fn group(&mut self, id: GroupId) -> Result<Option<Group>, Error> {
        let sql = concat!("SELECT ", group_columns!(), " FROM account_groups WHERE id = ?");
        self.one(TABLE, sql, &[id.into()], read_group).await
    }

    /// Reads all rows, so that what is damaged is noted.
    pub(crate) async fn examine_groups(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT ", group_columns!(), " FROM account_groups");
        self.readable(TABLE, sql, &[], read_group).await.map(drop)
    }

    /// Whether the user has a group other than `except` with exactly this name.
    pub async fn group_name_taken(
        &mut self,
        owner: UserId,
        name: &str,
        except: Option<GroupId>,
    ) -> Result<bool, Error> {
        if !is_storable(name) {
            return Ok(false);
        }
        let sql = "SELECT COUNT(*) FROM account_groups WHERE user_id = ? AND name = ? AND id <> ?";
        Ok(self.number(sql, &[owner.into(), name.into(), except.map_or(0, |id| id.0).into()]).await? > 0)
    }
}

impl UserWrite {
    /// Adds a group, last in its owner's order.
    pub async fn create_group(
        &mut self,
        owner: UserId,
        name: &str,
        show_in_chips: bool,
        now: Timestamp,
    ) -> Result<Group, Error> {
        self.require(owner)?;
        let last = "SELECT COALESCE(MAX(position), 0) FROM account_groups WHERE user_id = ?";
        let position = self.connection.int(last, &[owner.into()]).await? + 1;
        let (sql, params) = insert!(account_groups {
            user_id: owner,
            name: name,
            show_in_chips: show_in_chips,
            position: position,
            created_at: now,
        });
        let id = GroupId(self.connection.insert(sql, &params).await?);
        Ok(Group { id, owner: Some(owner), name: name.to_owned(), show_in_chips })
    }

    /// Refuses another user's groups.
    async fn require_groups(&mut self, ids: &[GroupId]) -> Result<(), Error> {
        let Some(holder) = self.holder() else { return Ok(()) };
        for id in ids {
            let sql = "SELECT user_id FROM account_groups WHERE id = ?";
            let owner: Option<Option<UserId>> = self.connection.row(sql, &[(*id).into()], |row| row.read()).await?;
            match owner {
                None => return Err(Error::Gone),
                Some(owner) if owner == Some(holder) => {}
                Some(_) => return Err(Error::OtherRight),
            }
        }
        Ok(())
    }

    /// Replaces a group's name, and whether it is shown among the chips.
    pub async fn update_group(&mut self, id: GroupId, name: &str, show_in_chips: bool) -> Result<(), Error> {
        self.require_groups(&[id]).await?;
        let (sql, params) = update!(account_groups { name: name, show_in_chips: show_in_chips } where id: id);
        self.change(sql, &params).await
    }

    /// Deletes a group; its accounts stay. Preferences of any user that name it are set to no group.
    pub async fn delete_group(&mut self, id: GroupId, now: Timestamp) -> Result<(), Error> {
        self.require_groups(&[id]).await?;
        self.change("DELETE FROM account_groups WHERE id = ?", &[id.into()]).await?;
        let sql = "SELECT id, preferences FROM users WHERE preferences LIKE '%Group%'";
        let read = |row: &mut Row<'_>, _: &Reading<'_>| Ok((row.read::<UserId>()?, row.read::<Preferences>()?));
        for (user, mut preferences) in self.readable("users", sql, &[], read).await? {
            if clear_group(&mut preferences, id) {
                self.write_preferences(user, &preferences, now).await?;
            }
        }
        Ok(())
    }

    /// Numbers the groups in the order of `ids`.
    pub async fn set_group_positions(&mut self, ids: &[GroupId]) -> Result<(), Error> {
        self.require_groups(ids).await?;
        for (position, id) in (1_i64..).zip(ids) {
            let (sql, params) = update!(account_groups { position: position } where id: *id);
            self.connection.execute(sql, &params).await?;
        }
        Ok(())
    }
}

/// Sets the preferences that name the group to 0, no group. Returns whether there were any.
fn clear_group(preferences: &mut Preferences, id: GroupId) -> bool {
    let mut found = false;
    for name in PREFERENCES {
        if preferences.integer(name) == Some(id.0) {
            preferences.set(name, Value::from(0));
            found = true;
        }
    }
    found
}
