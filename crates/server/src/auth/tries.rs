//! How often a password may be tried.

use std::time::Duration;

use store::{ThrottleKey, Write};
use vault::{User, UserId};

use crate::app::App;
use crate::error::{Error, Result};
use crate::visitor::client::{Client, network_of};

/// Tries are counted over this long.
const WINDOW: Duration = Duration::from_mins(1);
/// Time over which tries at one address from unknown networks are counted.
const GUESSES_WINDOW: Duration = Duration::from_hours(1);
/// Maximum number of such tries per window. Above it, all unknown networks together have one per [`WINDOW`].
const GUESSES: u64 = 20;
/// Number of the latest networks of a user that count as known.
const KNOWN_NETWORKS: u32 = 100;

const SIGN_IN: &str = "login";
const CONFIRM: &str = "confirm";
const GUESS: &str = "guess";
const SLOW_GUESS: &str = "slow guess";

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
        let email = user.email.as_str();
        for (name, subject) in [(SIGN_IN, email), (CONFIRM, &id), (GUESS, email), (SLOW_GUESS, email)] {
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
        count(app, self.key(), u64::from(app.config.throttle.login_failures)).await
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

/// Counts a try at the password of an address, whose user is given if there is one, unless the user has signed in from
/// the client's network before. So guesses from ever new networks are slowed down, but never lock the owner out.
///
/// # Errors
/// 429 when there were too many from unknown networks.
pub async fn count_guess(app: &App, email: &str, user: Option<UserId>, client: &Client) -> Result<()> {
    // Without an address, all clients look alike: the limit would be the owner's too.
    let Some(from) = client.network() else { return Ok(()) };
    // Asked for unknown addresses as well, so that they take as long.
    let user = user.unwrap_or(UserId(0));
    let known = app.store.read().await?.sign_in_addresses(user, KNOWN_NETWORKS).await?;
    if known.iter().filter_map(|ip| ip.parse().ok()).any(|ip| network_of(ip) == from) {
        return Ok(());
    }
    let guesses = ThrottleKey { name: GUESS, subject: email, client: "" };
    if app.store.hit(guesses, app.clock.now(), GUESSES_WINDOW).await?.hits <= GUESSES {
        return Ok(());
    }
    count(app, ThrottleKey { name: SLOW_GUESS, subject: email, client: "" }, 1).await
}

/// Counts a try under a key that allows `allowed` per [`WINDOW`].
async fn count(app: &App, key: ThrottleKey<'_>, allowed: u64) -> Result<()> {
    let now = app.clock.now();
    // Locked-out clients must not cost a write.
    let running = app.store.read().await?.throttle(key, now, WINDOW).await?;
    let tries = match running {
        Some(tries) if tries.hits > allowed => tries,
        _ => app.store.hit(key, now, WINDOW).await?,
    };
    if tries.hits <= allowed {
        return Ok(());
    }
    let passed = u64::try_from(now.as_second() - tries.window_started_at.as_second()).unwrap_or(0);
    Err(Error::LockedOut { retry_after: WINDOW.as_secs().saturating_sub(passed).max(1) })
}
