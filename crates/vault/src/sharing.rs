//! Lending accounts to others: they may generate codes, never see the secret.

use jiff::Timestamp;

use crate::{AccountId, UserId};

/// What the administrator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharingPolicy {
    /// Accounts can be shared at all. When off, shares stay stored and have no effect.
    pub enabled: bool,
    /// Accounts can be shared with everyone at once.
    pub all_users: bool,
}

/// With whom an account is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// One person.
    User(UserId),
    /// Everyone on the instance.
    AllUsers,
}

/// One share of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What is shared.
    pub account: AccountId,
    /// With whom.
    pub audience: Audience,
    /// Who shared it: the owner of that time.
    pub created_by: UserId,
    /// Since when.
    pub created_at: Timestamp,
}

/// How an account is shared, as far as one viewer is concerned, whatever the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShareSummary {
    /// It is shared with the viewer by name.
    pub with_viewer: bool,
    /// Who shared it with everyone; `None` when it isn't.
    pub with_all_by: Option<UserId>,
    /// The viewer made at least one of its shares with people.
    pub with_people_by_viewer: bool,
}

impl ShareSummary {
    /// Whether the shares let the viewer use the account under `policy`.
    pub fn reaches_viewer(self, policy: SharingPolicy) -> bool {
        policy.enabled && (self.with_viewer || self.is_with_all(policy))
    }

    /// Whether the account is shared with everyone under `policy`.
    pub fn is_with_all(self, policy: SharingPolicy) -> bool {
        policy.enabled && policy.all_users && self.with_all_by.is_some()
    }

    /// Whether the viewer shared the account, and under `policy` it is with people.
    pub fn is_lent(self, policy: SharingPolicy) -> bool {
        policy.enabled && self.with_people_by_viewer && !self.is_with_all(policy)
    }

    /// Whether `viewer` shared the account, and under `policy` it is with everyone.
    pub fn is_lent_to_all(self, viewer: UserId, policy: SharingPolicy) -> bool {
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

    /// Who lends, as the owner ME sees it: to people, to everyone.
    fn lent(shares: ShareSummary, policy: SharingPolicy) -> (bool, bool) {
        (shares.is_lent(policy), shares.is_lent_to_all(ME, policy))
    }

    #[test]
    fn a_share_with_everyone_counts_only_while_there_can_be_one() {
        let shares = ShareSummary { with_all_by: Some(ME), ..ShareSummary::default() };
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| shares.reaches_viewer(policy)), [false, false, true]);
        assert_eq!(
            [OFF, PEOPLE, ALL].map(|policy| lent(shares, policy)),
            [(false, false), (false, false), (false, true)]
        );
    }

    #[test]
    fn a_share_with_people_counts_unless_it_is_with_everyone() {
        let shares = ShareSummary { with_people_by_viewer: true, ..ShareSummary::default() };
        assert_eq!(
            [OFF, PEOPLE, ALL].map(|policy| lent(shares, policy)),
            [(false, false), (true, false), (true, false)]
        );
        let both = ShareSummary { with_all_by: Some(UserId(2)), ..shares };
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| lent(both, policy)), [(false, false), (true, false), (false, true)]);
    }

    #[test]
    fn only_who_made_a_share_lends() {
        let shares = ShareSummary { with_viewer: true, with_all_by: Some(UserId(2)), ..ShareSummary::default() };
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| lent(shares, policy)), [(false, false); 3]);
        assert_eq!([OFF, PEOPLE, ALL].map(|policy| shares.reaches_viewer(policy)), [false, true, true]);
    }
}
