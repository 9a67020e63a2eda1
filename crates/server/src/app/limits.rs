//! Limits on how often one may ask: fixed windows of a minute, kept in memory, and the headers that state them.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::response::Response;
use http::HeaderName;
use vault::UserId;

use crate::error::{Error, Result};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
/// Number of windows from which ended ones are removed, at most once a second.
const SWEEP_AT: usize = 4096;

/// Counts of requests for each key, by default a client's address, in its present window. A window begins with the
/// first request.
#[derive(Debug)]
pub struct Window<K = Option<IpAddr>> {
    seconds: u64,
    open: Mutex<Open<K>>,
}

#[derive(Debug)]
struct Open<K> {
    counts: HashMap<K, Count>,
    swept: u64,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    began: u64,
    requests: u32,
}

/// The count of a key after one more request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests in this window, this one included.
    pub requests: u32,
    /// End of the window, Unix seconds.
    pub ends: u64,
}

impl<K: Eq + Hash> Window<K> {
    /// Windows of 60 seconds.
    pub fn per_minute() -> Self {
        Self { seconds: 60, open: Mutex::new(Open { counts: HashMap::new(), swept: 0 }) }
    }

    /// When the window ends, Unix seconds, in which `key` has had `limit` requests; `None` while it has had fewer.
    pub fn spent(&self, key: &K, limit: u32, now: u64) -> Option<u64> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.counts.get(key)?;
        let ends = count.began + self.seconds;
        (count.requests >= limit && (count.began..ends).contains(&now)).then_some(ends)
    }

    /// Counts a request of `key` at `now` (Unix seconds). Returns what is left of `limit`.
    ///
    /// # Errors
    /// [`Error::Throttled`] beyond the limit.
    pub fn admit(&self, key: K, limit: u32, now: u64) -> Result<Allowance> {
        let Standing { requests, ends } = self.count(key, limit, now);
        let retry_after = ends.saturating_sub(now);
        Allowance::after(requests, limit).ok_or(Error::Throttled { retry_after, reset: ends, limit })
    }

    /// Counts a request of `key` at `now` (Unix seconds), unless it has had `limit` already.
    pub fn count(&self, key: K, limit: u32, now: u64) -> Standing {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.counts.len() >= SWEEP_AT && now != open.swept {
            open.counts.retain(|_, count| (count.began..count.began + self.seconds).contains(&now));
            open.swept = now;
        }
        let count = open.counts.entry(key).or_insert(Count { began: now, requests: 0 });
        if now >= count.began + self.seconds || now < count.began {
            *count = Count { began: now, requests: 0 };
        }
        let requests = count.requests.saturating_add(1);
        if requests <= limit {
            count.requests = requests;
        }
        Standing { requests, ends: count.began + self.seconds }
    }
}

/// Whose requests to the API are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Those without a user, of one network; `None` has no address.
    Network(Option<IpAddr>),
    /// Those of a user, wherever they come from.
    User(UserId),
}

/// The limit of a request to the API whose user isn't known yet. Authentication counts the request for the user: it is
/// in the request's extensions, and clones are the same.
#[derive(Debug, Clone)]
pub struct Meter {
    limit: u32,
    outcome: Arc<OnceLock<Option<Allowance>>>,
}

impl Meter {
    /// Returns the meter of a request.
    pub fn new(limit: u32) -> Self {
        Self { limit, outcome: Arc::default() }
    }

    /// Counts the request for its user.
    ///
    /// # Errors
    /// [`Error::Throttled`] beyond the limit.
    pub fn count(&self, window: &Window<Counted>, user: UserId, now: u64) -> Result<()> {
        let admitted = window.admit(Counted::User(user), self.limit, now);
        // A request has one user: a second count would change nothing.
        let _ = self.outcome.set(admitted.as_ref().ok().copied());
        admitted.map(drop)
    }

    /// Returns the outcome of the count: `None` if there was none, `Some(None)` beyond the limit.
    pub fn outcome(&self) -> Option<Option<Allowance>> {
        self.outcome.get().copied()
    }
}

/// The rest of a limit after a request that it allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u32,
    remaining: u32,
}

impl Allowance {
    /// Returns what is left of `limit` after `requests`; `None` when they are more.
    pub fn after(requests: u32, limit: u32) -> Option<Self> {
        Some(Self { limit, remaining: limit.checked_sub(requests)? })
    }

    /// The answer with the headers that say so. Of two limits the one that leaves less is stated.
    pub fn stated_on(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let stated = headers.get(&REMAINING).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        if stated.is_none_or(|stated| stated > self.remaining) {
            headers.insert(LIMIT, self.limit.into());
            headers.insert(REMAINING, self.remaining.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_the_first_request_and_ends_a_minute_later() {
        let window: Window = Window::per_minute();
        let count = |now| window.count(None, 2, now).requests;
        assert_eq!([count(100), count(130), count(159)], [1, 2, 3]);
        assert_eq!(count(160), 1);
    }

    #[test]
    fn a_limit_is_spent_until_its_window_ends() {
        let window: Window = Window::per_minute();
        assert_eq!(window.spent(&None, 2, 100), None);
        window.count(None, 2, 100);
        assert_eq!(window.spent(&None, 2, 100), None);
        window.count(None, 2, 101);
        assert_eq!([100, 159].map(|now| window.spent(&None, 2, now)), [Some(160); 2]);
        assert_eq!([99, 160].map(|now| window.spent(&None, 2, now)), [None; 2]);
    }

    #[test]
    fn the_limit_that_leaves_less_is_stated() {
        let allowance = |limit: u32, left: u32| Allowance::after(limit - left, limit).unwrap();
        let stated = |inner: u32, outer: u32| {
            let answer = allowance(6, inner).stated_on(Response::default());
            let answer = allowance(60, outer).stated_on(answer);
            [LIMIT, REMAINING].map(|name| answer.headers()[name].to_str().unwrap().to_owned())
        };
        assert_eq!(stated(5, 59), ["6", "5"]);
        assert_eq!(stated(5, 5), ["6", "5"]);
        assert_eq!(stated(5, 4), ["60", "4"]);
    }

    #[test]
    fn addresses_count_apart_and_a_wider_limit_shares_the_count() {
        let window = Window::per_minute();
        let (one, two) = (Some(IpAddr::from([127, 0, 0, 1])), Some(IpAddr::from([127, 0, 0, 2])));
        assert_eq!(window.count(one, 1, 0).requests, 1);
        assert_eq!(window.count(one, 1, 0).requests, 2, "refused");
        assert_eq!(window.count(two, 1, 0).requests, 1);
        assert_eq!(window.count(one, 10, 0).requests, 2, "an import has more room in the same window");
        assert_eq!(window.count(one, 1, 0).requests, 3, "and uses up the room of other requests");
    }
}
