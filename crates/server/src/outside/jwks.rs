//! Keys that are fetched: a set at an address, which changes now and then.
//!
//! It is fetched when it is first needed, when an assertion names a key that isn't in it, and once an hour, but never
//! more than once a minute. Only who needs a key that isn't there waits for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use authproxy::KeySet;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use url::Url;

use super::http::{FetchError, Http};
use crate::config::auth_proxy::{KeySource, describe_keys_fault};

/// No address is asked more often.
const REST: SignedDuration = SignedDuration::from_mins(1);
/// Keys are asked for again after this long, so that one that was withdrawn is.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Keys count for this long when they can't be asked for again.
const GOOD: SignedDuration = SignedDuration::from_hours(24);
/// Longest set, in bytes.
const LONGEST: usize = 64 * 1024;

/// A set of keys at an address.
#[derive(Clone)]
pub struct Jwks(Arc<Inner>);

struct Inner {
    url: Url,
    /// The address without what could be secret in it.
    shown: String,
    http: Http,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last good set, and when it was asked for.
    keys: Option<(Arc<KeySet>, Timestamp)>,
    /// When it was last asked for.
    asked: Option<Timestamp>,
    /// Ends with the request that is under way.
    under_way: Option<watch::Receiver<()>>,
    /// Why the last request brought nothing.
    fault: Option<String>,
}

impl Jwks {
    /// The set at an address of the operator's. `proxy` makes requests to other hosts, if there is one.
    pub fn new(url: Url, proxy: Option<Url>) -> Self {
        let shown = KeySource::Url(url.clone()).to_string();
        let http = Http::to_host_of(&url, proxy);
        Self(Arc::new(Inner { url, shown, http, state: Mutex::default() }))
    }

    /// Returns the keys that count now; none if they couldn't be fetched.
    pub fn current(&self, now: Timestamp) -> Arc<KeySet> {
        self.state().good(now).unwrap_or_default()
    }

    /// Returns why there are no keys.
    pub fn fault(&self) -> String {
        self.state().fault.clone().unwrap_or_else(|| "they have not been asked for yet".to_owned())
    }

    /// Asks for the keys if that id isn't among them or they are old, and waits for the answer in the former case.
    pub async fn look_for(&self, id: Option<&str>, now: Timestamp) {
        let answer = {
            let mut state = self.state();
            let is_known = state.good(now).is_some_and(|keys| keys.has(id));
            let is_older = |than: SignedDuration, time: Timestamp| now.duration_since(time).abs() >= than;
            let is_fresh = state.keys.as_ref().is_some_and(|(_, asked)| !is_older(FRESH, *asked));
            let is_rested = state.asked.is_none_or(|asked| is_older(REST, asked));
            if is_rested && !(is_known && is_fresh) {
                state.asked = Some(now);
                state.under_way = Some(self.ask(now));
            }
            state.under_way.clone().filter(|_| !is_known)
        };
        if let Some(mut answer) = answer {
            // An error means that the requester has gone.
            let _ = answer.changed().await;
        }
    }

    /// Fetches in a task of its own, so that the fetch completes even if its requester goes.
    fn ask(&self, now: Timestamp) -> watch::Receiver<()> {
        let (done, under_way) = watch::channel(());
        let this = self.clone();
        tokio::spawn(async move {
            let answer = this.fetch().await;
            let mut state = this.state();
            match answer {
                Ok(keys) => {
                    tracing::info!(address = %this.0.shown, keys = keys.len(), "the keys of signed assertions were fetched");
                    state.keys = Some((Arc::new(keys), now));
                    state.fault = None;
                }
                Err(fault) => {
                    tracing::warn!(address = %this.0.shown, "the keys of signed assertions can't be fetched: {fault}");
                    state.fault = Some(fault);
                }
            }
            state.under_way = None;
            drop(state);
            drop(done);
        });
        under_way
    }

    async fn fetch(&self) -> Result<KeySet, String> {
        let answer = self.0.http.fetch(self.0.url.as_str(), LONGEST).await;
        let body = answer.map_err(|error| match error {
            // The address may have something in it that is not to be logged.
            FetchError::Failed(error) => format!("{:#}", anyhow::Error::from(error.without_url())),
            other => other.to_string(),
        })?;
        KeySet::from_jwks(&body).map_err(|fault| format!("what is there {}", describe_keys_fault(&fault)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn good(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        let (keys, asked) = self.keys.as_ref()?;
        (now.duration_since(*asked).abs() <= GOOD).then(|| Arc::clone(keys))
    }
}
