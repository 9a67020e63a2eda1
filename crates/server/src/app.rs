//! What every request can reach: configuration, store, clock.

pub mod auth_proxy;
pub mod limits;
mod made;
pub mod passwords;
pub mod pictures;
pub mod refusals;
pub mod turns;
pub mod unnamed_proxies;

use std::net::IpAddr;
use std::ops::Deref;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use std::time::Duration;

use store::{KeySource, OpenError, Store};
use tokio::time::Instant;
use vault::UserId;

use self::auth_proxy::AuthProxy;
use self::limits::{Counted, Window};
use self::made::{Guarded, Note};
use self::passwords::Passwords;
use self::pictures::Pictures;
use self::refusals::Refusals;
use self::unnamed_proxies::UnnamedProxies;
use crate::budget::Budget;
use crate::clock::Clock;
use crate::config::Config;
use crate::mail::Mail;
use crate::outside::collections::Collections;
use crate::outside::http::Http;
use crate::outside::sso::Providers;
use crate::random::FillRandom;

/// Maximum size of all large bodies that are under way together, in bytes.
const BODIES: u32 = 64 << 20;
/// Maximum size of those of one user, in bytes: two of the largest.
const BODIES_OF_ONE: u32 = 32 << 20;

/// A handle on the running instance; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Instance>);

/// The running instance.
pub struct Instance {
    /// Its configuration.
    pub config: Config,
    /// Its data.
    pub store: Store,
    /// The present time.
    pub clock: Clock,
    /// Unpredictable bytes.
    pub random: FillRandom,
    /// Set when a reverse proxy authenticates users.
    pub auth_proxy: Option<AuthProxy>,
    /// The providers of single sign-on.
    pub sso: Providers,
    /// Hashes and verifies passwords.
    pub passwords: Passwords,
    /// Heavy work on pictures and uploaded files.
    pub pictures: Pictures,
    /// The memory for large bodies of requests, in bytes.
    pub bodies: Budget<UserId>,
    /// The queue of outgoing mails.
    pub mail: Mail,
    /// The client for requests to other hosts; `None` when they are off.
    pub http: Option<Http>,
    /// The cached directories of icon collections.
    pub collections: Collections,
    /// Requests to the API, per user, and those without one per client address.
    pub api_window: Window<Counted>,
    /// Requests that an auth proxy's rules refused, per peer.
    pub refusal_window: Window,
    /// The latest of these refusals.
    pub refusals: Refusals,
    /// Peers that look like reverse proxies, but aren't named as such.
    pub unnamed_proxies: UnnamedProxies,
    /// Challenges for security keys, per client address.
    pub challenge_window: Window,
    /// Failed tries of tokens behind an auth proxy, per client address and beginning of the token.
    pub token_window: Window<(Option<IpAddr>, String)>,
    /// Requests to the routes of recovery, per client address.
    pub recovery_window: Window,
    /// Registrations, per client address.
    pub register_window: Window,
    /// Requests to sign-in routes, per client address.
    pub sign_in_window: Window,
}

impl Deref for App {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.0
    }
}

impl App {
    /// Opens the database and the other resources that the configuration names.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub async fn open(config: Config, clock: Clock, random: FillRandom) -> Result<Self, String> {
        // Its owner's alone: it has the key beside the database, unless the key is given.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&config.data_dir)
            .map_err(|error| format!("the data folder {} can't be made: {error}", config.data_dir.display()))?;
        let keys = config.key.of_instance(&config.data_dir, random);
        let note = Note::of(&config.database, &config.data_dir);
        let guarded = Guarded { keys: &keys, note: &note };
        let store = open_store(&config, &guarded, random).await.map_err(|error| {
            let origin = match error {
                OpenError::WrongKey => format!("{}: ", keys.source()),
                _ => String::new(),
            };
            format!("{origin}{:#}", anyhow::Error::from(error))
        })?;
        note.write();
        let auth_proxy =
            config.auth_proxy.clone().map(|auth_proxy| AuthProxy::new(auth_proxy, config.outgoing.proxy.clone()));
        Ok(Self(Arc::new(Instance {
            passwords: Passwords::new(random),
            pictures: Pictures::new(clock.clone()),
            bodies: Budget::new(BODIES, BODIES_OF_ONE),
            mail: Mail::new(&config, clock.clone(), random),
            http: Http::to_public_network(&config),
            sso: Providers::from_config(&config),
            collections: Collections::default(),
            api_window: Window::per_minute(),
            refusal_window: Window::per_minute(),
            refusals: Refusals::default(),
            unnamed_proxies: UnnamedProxies::default(),
            challenge_window: Window::per_minute(),
            token_window: Window::per_minute(),
            recovery_window: Window::per_minute(),
            register_window: Window::per_minute(),
            sign_in_window: Window::per_minute(),
            config,
            store,
            clock,
            random,
            auth_proxy,
        })))
    }
}

/// Time between two attempts to reach the database server at the start, and two lines of the log about it.
const START_PAUSE: Duration = Duration::from_secs(5);

/// Opens the database. A server that isn't there yet is waited for, as long as the configuration says.
async fn open_store(config: &Config, keys: &(impl KeySource + Sync), random: FillRandom) -> Result<Store, OpenError> {
    let start = Instant::now();
    loop {
        match Store::open(&config.database, keys, random).await {
            Err(error) if error.may_pass() && start.elapsed() < config.database_wait => {
                let left = config.database_wait.saturating_sub(start.elapsed());
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(
                    cause,
                    "{} is not ready; waiting for it up to {} s more",
                    config.database,
                    left.as_secs()
                );
                tokio::time::sleep(START_PAUSE.min(left)).await;
            }
            outcome => return outcome,
        }
    }
}
