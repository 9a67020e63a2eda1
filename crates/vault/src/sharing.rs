//! Shares of accounts. A recipient may generate codes but never see the secret.

use jiff::Timestamp;

use crate::{AccountId, UserId};

/// The administrator's settings of sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharingPolicy {
    /// Whether sharing is on. While it is off, shares stay stored and have no effect.
    pub enabled: bool,
    /// Whether accounts can be shared with all users at once.
    pub all_users: bool,
}

/// The recipients of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// One user.
    User(UserId),
    /// All users of the instance.
    AllUsers,
}

/// One share of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The shared account.
    pub account: AccountId,
    /// The recipients.
    pub audience: Audience,
    /// The user who shared it, the owner at that time.
    pub created_by: UserId,
    /// When it was shared.
    pub created_at: Timestamp,
}

/// The shares of an account as they concern one viewer, regardless of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShareSummary {
    /// Whether it is shared with the viewer by name.
    pub with_viewer: bool,
    /// The user who shared it with all users; `None` if it isn't.
    pub with_all_by: Option<UserId>,
    /// Whether the viewer created at least one of its shares with single users.
    pub with_people_by_viewer: bool,
}

impl ShareSummary {
    /// Whether the account is shared with the viewer under `policy`.
    pub fn reaches_viewer(self, policy: SharingPolicy) -> bool {
        policy.enabled && (self.with_viewer || self.is_with_all(policy))
    }

    /// Whether the account is shared with all users under `policy`.
    pub fn is_with_all(self, policy: SharingPolicy) -> bool {
        policy.enabled && policy.all_users && self.with_all_by.is_some()
    }

    /// Whether the viewer shared the account with single users, and that is how it is shared under `policy`.
    pub fn is_shared_by_viewer(self, policy: SharingPolicy) -> bool {
        policy.enabled && self.with_people_by_viewer && !self.is_with_all(policy)
    }

    /// Whether `viewer` shared the account, and under `policy` it is shared with all users.
    pub fn is_shared_with_all_by(self, viewer: UserId, policy: SharingPolicy) -> bool {
        self.is_with_all(policy) && (self.with_people_by_viewer || self.with_all_by == Some(viewer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFF: SharingPolicy = SharingPolicy { enabled: false, all_users: true };
    const PEOPLE: SharingPolicy = SharingPolicy { enabled: true, all_users: false };
    const ALL: SharingPolicy = SharingPolicy { enabled: true, all_users: true };
    const ME: UserId = UserId(1);

    /// Whether the account is shared by its viewer ME with single users, and with all users.
    fn shared(shares: ShareSummary, policy: SharingPolicy) -> (bool, bool) {
        (shares.is_shared_by_viewer(policy), shares.is_shared_with_all_by(ME, policy))
    }

    #[test]
    fn a_share_with_all_users_counts_only_while_the_policy_allows_it() {
        let shares = ShareSummary { with_all_by: Some(ME), ..ShareSummary::default() };
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| shares.reaches_viewer(policy)), [false, false, true]);
        assert_eq!(
            [OFF, PEOPLE, ALL].map(|policy| shared(shares, policy)),
            [(false, false), (false, false), (false, true)]
        );
    }

    #[test]
    fn a_share_with_single_users_counts_unless_there_is_one_with_all_users() {
        let shares = ShareSummary { with_people_by_viewer: true, ..ShareSummary::default() };
        assert_eq!(
            [OFF, PEOPLE, ALL].map(|policy| shared(shares, policy)),
            [(false, false), (true, false), (true, false)]
        );
        let both = ShareSummary { with_all_by: Some(UserId(2)), ..shares };
        assert_eq!(
            [OFF, PEOPLE, ALL].map(|policy| shared(both, policy)),
            [(false, false), (true, false), (false, true)]
        );
    }

    #[test]
    fn an_account_is_shared_only_by_the_creator_of_a_share() {
        let shares = ShareSummary { with_viewer: true, with_all_by: Some(UserId(2)), ..ShareSummary::default() };
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| shared(shares, policy)), [(false, false); 3]);
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| shares.reaches_viewer(policy)), [false, true, true]);
    }
}
