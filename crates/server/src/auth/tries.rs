//! How often a password may be tried.

use std::time::Duration;

use store::{ThrottleKey, Write};
use vault::{User, UserId};

use crate::app::App;
use crate::error::{Error, Result};
use crate::visitor::client::Client;

/// Tries are counted over this long.
const WINDOW: Duration = Duration::from_mins(1);

const SIGN_IN: &str = "login";
const CONFIRM: &str = "confirm";

/// Tries at one password by one client. They count until one is right: `LOGIN_THROTTLE` a minute.
#[derive(Debug, Clone)]
pub struct Tries {
    name: &'static str,
    subject: String,
    client: String,
}

impl Tries {
    /// To sign in with an address.
    pub fn to_sign_in(email: &str, client: &Client) -> Self {
        let network = client.network().map(|network| network.to_string());
        Self { name: SIGN_IN, subject: email.to_owned(), client: network.unwrap_or_default() }
    }

    /// By a signed-in user, to confirm an operation; counted for all addresses together.
    pub fn to_confirm(user: UserId) -> Self {
        Self { name: CONFIRM, subject: user.to_string(), client: String::new() }
    }

    /// Forgets all tries at the password of one user, by whomever. Returns whether there were any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_all(write: &mut Write, user: &User) -> Result<bool, store::Error> {
        let id = user.id.to_string();
        let mut forgotten = 0;
        for (name, subject) in [(SIGN_IN, user.email.as_str()), (CONFIRM, &id)] {
            forgotten += write.clear_throttles(ThrottleKey { name, subject, client: "" }).await?;
        }
        Ok(forgotten > 0)
    }

    /// Counts a try. To be called before the password is compared, so that tries at the same time can't be more than
    /// are allowed.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub async fn count(&self, app: &App) -> Result<()> {
        let now = app.clock.now();
        let allowed = u64::from(app.config.throttle.login_failures);
        // Locked-out clients must not cost a write.
        let running = app.store.read().await?.throttle(self.key(), now, WINDOW).await?;
        let tries = match running {
            Some(tries) if tries.hits > allowed => tries,
            _ => app.store.hit(self.key(), now, WINDOW).await?,
        };
        if tries.hits <= allowed {
            return Ok(());
        }
        let passed = u64::try_from(now.as_second() - tries.window_started_at.as_second()).unwrap_or(0);
        Err(Error::LockedOut { retry_after: WINDOW.as_secs().saturating_sub(passed).max(1) })
    }

    /// Forgets them, within a transaction: the last one was right.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self, write: &mut Write) -> Result<()> {
        Ok(write.clear_throttle(self.key()).await?)
    }

    fn key(&self) -> ThrottleKey<'_> {
        ThrottleKey { name: self.name, subject: &self.subject, client: &self.client }
    }
}
