//! Who may sign in here, by password or key, and not only at a provider.

use vault::User;

use crate::app::App;
use crate::error::{Error, MethodNotAllowed, Result};
use crate::settings::Settings;

/// The gate of local sign-in. While only single sign-on may be used it opens for administrators alone, and refuses
/// everyone else in the same words, so that nothing tells administrators apart before they have proven who they are.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    is_for_admins: bool,
}

impl Gate {
    /// Reads the settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(app: &App) -> Result<Self> {
        let settings = Settings::load(&mut app.store.read().await?).await?;
        Ok(Self { is_for_admins: settings.is_sso_only() })
    }

    /// Refuses every request that can't prove who sends it.
    ///
    /// # Errors
    /// 405 while the gate is for administrators.
    pub fn check_open(self) -> Result<()> {
        if self.is_for_admins { Err(MethodNotAllowed::AdministratorsOnly.into()) } else { Ok(()) }
    }

    /// Whether a user may sign in here with a security key.
    pub fn admits(self, user: &User) -> bool {
        user.disabled_at.is_none() && (user.is_admin || !self.is_for_admins)
    }

    /// Whether a user may sign in here with a password, or get a link for a new one. Users of a provider may not: it
    /// would be a way around the provider, its second factor and its off-switch.
    pub fn admits_passwords_of(self, user: &User) -> bool {
        self.admits(user) && !user.is_of_provider()
    }

    /// Returns the refusal of a request: `error`, or a 405 while the gate is for administrators.
    pub fn refusal(self, error: impl Into<Error>) -> Error {
        self.check_open().err().unwrap_or_else(|| error.into())
    }
}
