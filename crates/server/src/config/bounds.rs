//! How much one user may store.

use super::vars::Vars;

/// Maximum numbers for one user.
#[derive(Debug, Clone)]
pub struct BoundsConfig {
    /// `MAX_ACCOUNTS_PER_USER`: 2FA accounts that they own.
    pub accounts: u32,
    /// `MAX_GROUPS_PER_USER`: groups.
    pub groups: u32,
    /// `MAX_TOKENS_PER_USER`: personal access tokens that aren't revoked.
    pub tokens: u32,
    /// `MAX_SECURITY_KEYS_PER_USER`: security keys and passkeys.
    pub security_keys: u32,
    /// `MAX_UNUSED_ICONS_PER_USER`: icons that they added and that no account has.
    pub unused_icons: u32,
}

impl BoundsConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        Self {
            accounts: vars.parsed("MAX_ACCOUNTS_PER_USER", 10_000),
            groups: vars.parsed("MAX_GROUPS_PER_USER", 1000),
            tokens: vars.parsed("MAX_TOKENS_PER_USER", 100),
            security_keys: vars.parsed("MAX_SECURITY_KEYS_PER_USER", 50),
            unused_icons: vars.parsed("MAX_UNUSED_ICONS_PER_USER", 1000),
        }
    }
}
