//! The accounts that a user may see: one query for lists and counts, so that they can't disagree.
//!
//! [`vault::access::view`] decides the same for a single account that is already loaded.

use vault::{SharingPolicy, UserId};

use crate::engine::Param;
use crate::rows::placeholders;

/// The query for the IDs of the accounts shared with a viewer: by name, or with everyone. Takes the parameters of
/// [`shared_params`].
macro_rules! shared_ids {
    () => {
        "SELECT account_id FROM shares WHERE audience = ? AND 1 = ? \
         UNION SELECT account_id FROM shares WHERE audience = 0 AND 1 = ?"
    };
}

/// The query for the IDs of the accounts that a viewer owns or that are shared with them. Takes the parameters of
/// [`visible_params`].
macro_rules! visible_ids {
    () => {
        concat!("SELECT id FROM accounts WHERE user_id = ? UNION ", $crate::scope::shared_ids!())
    };
}

pub(crate) use {shared_ids, visible_ids};

/// The parameters of [`shared_ids`].
pub(crate) fn shared_params(viewer: UserId, policy: SharingPolicy) -> [Param<'static>; placeholders(shared_ids!())] {
    [viewer.into(), policy.enabled.into(), (policy.enabled && policy.all_users).into()]
}

/// The parameters of [`visible_ids`].
pub(crate) fn visible_params(viewer: UserId, policy: SharingPolicy) -> [Param<'static>; placeholders(visible_ids!())] {
    let [named, is_enabled, is_with_all] = shared_params(viewer, policy);
    [viewer.into(), named, is_enabled, is_with_all]
}
