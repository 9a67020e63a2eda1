//! Limits on how often an address or a person may ask: fixed windows of a minute. Those of addresses are kept in memory,
//! those of persons in the database, where all copies of the program count together.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, Method, header};
use store::ThrottleKey;
use vault::UserId;

use super::real_ip::Client;
use crate::app::App;
use crate::error::{Error, Result};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
/// Sign-in routes answer an address so often in a minute.
const SIGN_INS: u32 = 10;
/// Registration answers an address so often in a minute: each costs a password's hash, and tells which names are taken.
const REGISTRATIONS: u32 = 60;
/// An address is given so many challenges for security keys in a minute: each is remembered until it is answered.
const CHALLENGES: u32 = 60;
/// Somebody may try to give accounts away so often in a minute.
const TRANSFERS: u32 = 6;
/// The length of a person's window.
const MINUTE: Duration = Duration::from_mins(1);
/// When so many windows are open, those that ended are swept out, once a second at most.
const SWEEP_AT: usize = 4096;

/// How often each one asked in its present window: an address, if nothing else is said. A window begins with the first
/// request of one.
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

/// Where one stands in its window after one more request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests in this window, this one included.
    pub requests: u32,
    /// When the window ends, Unix seconds.
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

    /// Counts a request of `key` at `now` (Unix seconds), unless it has had `limit` already.
    pub fn count(&self, key: K, limit: u32, now: u64) -> Standing {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.counts.len() >= SWEEP_AT && now != open.swept {
            open.counts.retain(|_, count| now < count.began + self.seconds);
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

/// Around the API: `THROTTLE_API` requests a minute, more for an import page's creations.
pub async fn api(State(app): State<App>, request: Request, next: Next) -> Response {
    let limits = &app.config.throttle;
    let Some(base) = limits.api else { return next.run(request).await };
    let limit = if is_import(&request) {
        let Some(more) = limits.api_during_import else { return next.run(request).await };
        base.saturating_add(more)
    } else {
        base
    };
    limited(&app, &app.api_window, limit, request, next).await
}

/// Around the routes that sign somebody in.
pub async fn sign_in(State(app): State<App>, request: Request, next: Next) -> Response {
    limited(&app, &app.sign_in_window, SIGN_INS, request, next).await
}

/// Around registration.
pub async fn register(State(app): State<App>, request: Request, next: Next) -> Response {
    limited(&app, &app.register_window, REGISTRATIONS, request, next).await
}

/// Around the challenges for security keys of strangers.
pub async fn ask_key(State(app): State<App>, request: Request, next: Next) -> Response {
    limited(&app, &app.challenge_window, CHALLENGES, request, next).await
}

/// compat: 2FAuth recognises its import page by the end of the referrer; contract 1.6. Paths in here are below `/api/v1`.
fn is_import(request: &Request) -> bool {
    let referrer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    request.method() == Method::POST
        && request.uri().path() == "/twofaccounts"
        && referrer.is_some_and(|referrer| referrer.ends_with("account/import"))
}

async fn limited(app: &App, window: &Window, limit: u32, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let address = Client::of(app, &parts).network();
    let now = app.clock.unix_seconds();
    let standing = window.count(address, limit, now);
    if standing.requests > limit {
        let retry_after = standing.ends.saturating_sub(now);
        return Error::Throttled { retry_after, reset: standing.ends, limit }.into_response();
    }
    let allowance = Allowance { limit, remaining: limit - standing.requests };
    allowance.stated_on(next.run(Request::from_parts(parts, body)).await)
}

/// What is left of a limit after a request that it let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u32,
    remaining: u32,
}

impl Allowance {
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

/// Counts an attempt of somebody to give an account away.
///
/// # Errors
/// 429 for one too many.
pub async fn transfer(app: &App, user: UserId) -> Result<Allowance> {
    let now = app.clock.now();
    let key = ThrottleKey { name: "transfer", key: &user.to_string() };
    let count = app.store.hit(key, now, MINUTE).await?;
    let tried = u32::try_from(count.hits).unwrap_or(u32::MAX);
    let Some(remaining) = TRANSFERS.checked_sub(tried) else {
        let ends = count.window_started_at.as_second().saturating_add(60);
        let reset = u64::try_from(ends).unwrap_or(0);
        let retry_after = reset.saturating_sub(app.clock.unix_seconds());
        return Err(Error::Throttled { retry_after, reset, limit: TRANSFERS });
    };
    Ok(Allowance { limit: TRANSFERS, remaining })
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
        let stated = |inner: u32, outer: u32| {
            let answer = Allowance { limit: 6, remaining: inner }.stated_on(Response::default());
            let answer = Allowance { limit: 60, remaining: outer }.stated_on(answer);
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
