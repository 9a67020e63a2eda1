//! The places for connections of a listener: each network has a share, and connections that do nothing make room.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use authproxy::{Peer, TrustList};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::visitor::client::network_of;

/// The part of the places that one network may take: a quarter.
const SHARES: usize = 4;
/// Minimum time between two warnings of a kind.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// The peers that speak for many clients, and so have no share of their own: trusted proxies.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<TrustList>);

impl Proxies {
    /// Returns the proxies that a configuration trusts, for addresses or for identities.
    pub fn from_config(config: &Config) -> Self {
        let for_identity = config.auth_proxy.as_ref().map(|auth_proxy| auth_proxy.settings().trust.clone());
        Self([Some(config.trusted_proxies.clone()), for_identity].into_iter().flatten().collect())
    }

    /// Returns the network that a connection counts for; `None` if it is of a proxy or has no address.
    fn network(&self, peer: Peer) -> Option<IpAddr> {
        if self.0.iter().any(|list| list.contains(peer)) { None } else { peer.ip().map(network_of) }
    }
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has sent no complete head of a request yet.
    Head,
    /// It waits for its next request.
    Idle,
    /// A request is being answered.
    Busy,
}

/// The stage of a connection and the moment at which it began, in one number: the less a connection does, and the longer
/// it has done so, the smaller. Every request changes it twice, without a lock; in one order with [`Waiting`], so that a
/// connection that begins to wait sees the change, or is seen by its maker.
#[derive(Debug)]
struct State(AtomicU64);

impl State {
    /// The stage is above the moment.
    const MOMENT_BITS: u32 = 62;

    fn new(stage: Stage, moment: u64) -> Self {
        Self(AtomicU64::new(Self::pack(stage, moment)))
    }

    fn pack(stage: Stage, moment: u64) -> u64 {
        let stage = match stage {
            Stage::Head => 0,
            Stage::Idle => 1,
            Stage::Busy => 2,
        };
        stage << Self::MOMENT_BITS | moment
    }

    fn enter(&self, stage: Stage, moment: u64) {
        self.0.store(Self::pack(stage, moment), Ordering::SeqCst);
    }

    /// The rank among connections that can make room, the first to do so being the smallest; `None` if it is busy.
    fn rank(&self) -> Option<u64> {
        Some(self.0.load(Ordering::SeqCst)).filter(|packed| *packed < Self::pack(Stage::Busy, 0))
    }
}

/// The places of a listener. Clones are the same places.
#[derive(Debug, Clone)]
pub(super) struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    total: usize,
    proxies: Proxies,
    taken: Mutex<Taken>,
    /// Numbers connections and what happens to them, in order of time.
    moments: AtomicU64,
    freed: Notify,
    /// The number of connections that wait for a place.
    waiting: AtomicUsize,
    full: Occasion,
    over_share: Occasion,
    greeting: Occasion,
}

#[derive(Debug, Default)]
struct Taken {
    connections: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    network: Option<IpAddr>,
    state: Arc<State>,
    end: CancellationToken,
}

/// Why there is no place for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoPlace {
    /// Its network has its share of busy connections.
    OverShare,
    /// All places are taken by busy connections.
    Full,
}

impl Places {
    pub(super) fn new(total: usize, proxies: Proxies) -> Self {
        Self(Arc::new(Shared {
            total,
            proxies,
            taken: Mutex::default(),
            moments: AtomicU64::new(0),
            freed: Notify::new(),
            waiting: AtomicUsize::new(0),
            full: Occasion::default(),
            over_share: Occasion::default(),
            greeting: Occasion::default(),
        }))
    }

    /// Takes a place for a connection; waits while all are taken by others that are busy. `None` if its network has its
    /// share already.
    pub(super) async fn take(&self, peer: Peer) -> Option<Place> {
        let network = self.0.proxies.network(peer);
        loop {
            // Counted before the places are looked at, so that none is freed unnoticed in between.
            let _waiting = Waiting::begin(&self.0.waiting);
            let freed = self.0.freed.notified();
            match self.try_take(network) {
                Ok(place) => return Some(place),
                Err(NoPlace::OverShare) => {
                    if self.0.over_share.is_due() {
                        tracing::warn!(
                            %peer,
                            "a network has its share of the connections, a quarter of LISTEN_MAX_CONNECTIONS: further \
                             ones are closed. If it is a reverse proxy, name it in TRUSTED_PROXIES"
                        );
                    }
                    return None;
                }
                Err(NoPlace::Full) => {
                    if self.0.full.is_due() {
                        tracing::warn!(
                            "the maximum number of connections is open (LISTEN_MAX_CONNECTIONS): new ones wait"
                        );
                    }
                    freed.await;
                }
            }
        }
    }

    fn try_take(&self, network: Option<IpAddr>) -> Result<Place, NoPlace> {
        let mut taken = self.lock();
        let of_network = taken.connections.values().filter(|other| other.network == network).count();
        if network.is_some() && of_network >= (self.0.total / SHARES).max(1) {
            taken.end_idlest(|other| other.network == network).ok_or(NoPlace::OverShare)?;
        } else if taken.connections.len() >= self.0.total {
            taken.end_idlest(|_| true).ok_or(NoPlace::Full)?;
        }
        let end = CancellationToken::new();
        let id = self.0.next_moment();
        let state = Arc::new(State::new(Stage::Head, id));
        taken.connections.insert(id, Connection { network, state: Arc::clone(&state), end: end.clone() });
        Ok(Place { id, state, places: self.clone(), end })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn next_moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells a connection that waits, if there is one, that it may find a place.
    fn free(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.freed.notify_one();
        }
    }
}

impl Taken {
    /// Ends the connection that does the least: one without a complete head, else an idle one, the longest so first.
    /// `None` if all of them are busy.
    fn end_idlest(&mut self, is_meant: impl Fn(&Connection) -> bool) -> Option<()> {
        let meant = self.connections.iter().filter(|(_, other)| is_meant(other));
        let (_, id) = meant.filter_map(|(id, other)| Some((other.state.rank()?, *id))).min()?;
        self.connections.remove(&id)?.end.cancel();
        Some(())
    }
}

/// The place of a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    state: Arc<State>,
    places: Places,
    end: CancellationToken,
}

impl Place {
    /// Waits until the connection has to make room for another one.
    pub(super) async fn ended(&self) {
        self.end.cancelled().await;
    }

    /// Exempts the connection from the share of its network if its peer has shown itself a proxy.
    pub(super) fn recognise(&self, peer: Peer) {
        let network = self.places.0.proxies.network(peer);
        if let Some(connection) = self.places.lock().connections.get_mut(&self.id) {
            connection.network = network;
        }
    }

    /// Whether a greeting of the PROXY protocol is worth a warning: a load balancer sends one with each connection.
    pub(super) fn is_greeting_worth_a_warning(&self) -> bool {
        self.places.0.greeting.is_due()
    }

    /// Notes that a request has arrived. It is under way until the value is dropped.
    pub(super) fn begin_request(self: &Arc<Self>) -> UnderWay {
        self.enter(Stage::Busy);
        UnderWay(Arc::clone(self))
    }

    fn enter(&self, stage: Stage) {
        self.state.enter(stage, self.places.0.next_moment());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().connections.remove(&self.id);
        self.places.0.free();
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Place>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.enter(Stage::Idle);
        // The connection can make room from now on.
        self.0.places.0.free();
    }
}

/// A connection that waits for a place, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(number: &'a AtomicUsize) -> Self {
        number.fetch_add(1, Ordering::SeqCst);
        Self(number)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Something that is worth a warning from time to time, not each time.
#[derive(Debug, Default)]
struct Occasion(Mutex<Option<Instant>>);

impl Occasion {
    /// Whether the last warning is long ago. Counts as a warning if so.
    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= WARNING_INTERVAL);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn take(places: &Places, last: u8) -> Result<Arc<Place>, NoPlace> {
        places.try_take(Some(network(last))).map(Arc::new)
    }

    fn is_ended(place: &Place) -> bool {
        place.end.is_cancelled()
    }

    #[test]
    fn a_network_has_a_quarter_of_the_places() {
        let places = Places::new(8, Proxies::default());
        let busy: Vec<_> = (0..2).map(|_| take(&places, 1).unwrap().begin_request()).collect();
        assert_eq!(take(&places, 1).unwrap_err(), NoPlace::OverShare);
        let others: Vec<_> = (2..5).map(|last| take(&places, last).unwrap().begin_request()).collect();
        drop(busy);
        assert!(take(&places, 1).is_ok(), "what has ended is free again");
        drop(others);
        assert!(Places::new(2, Proxies::default()).try_take(Some(network(1))).is_ok(), "one place at least");
    }

    #[test]
    fn of_a_network_with_its_share_connections_that_do_nothing_make_room() {
        let places = Places::new(12, Proxies::default());
        let [busy, idle, slow] = [0; 3].map(|_| take(&places, 1).unwrap());
        let _request = busy.begin_request();
        drop(idle.begin_request());
        let other = take(&places, 2).unwrap();
        let _next = take(&places, 1).unwrap();
        assert!(is_ended(&slow) && !is_ended(&idle), "one without a head goes before one that was of use");
        let _last = take(&places, 1).unwrap();
        assert!(!is_ended(&idle), "so does a newer one");
        assert!(!is_ended(&busy) && !is_ended(&other));
    }

    #[test]
    fn when_all_places_are_taken_the_oldest_without_a_head_makes_room_then_the_longest_idle() {
        let places = Places::new(4, Proxies::default());
        let [first, second, third, fourth] = [1, 2, 3, 4].map(|last| take(&places, last).unwrap());
        drop(second.begin_request());
        drop(first.begin_request());
        let _busy = fourth.begin_request();
        let fifth = take(&places, 5).unwrap();
        assert!(is_ended(&third), "the only one without a head");
        let _fifth = fifth.begin_request();
        let sixth = take(&places, 6).unwrap();
        assert!(is_ended(&second) && !is_ended(&first), "idle for longer");
        let _sixth = sixth.begin_request();
        let seventh = take(&places, 7).unwrap();
        let _seventh = seventh.begin_request();
        assert!(is_ended(&first));
        assert_eq!(take(&places, 8).unwrap_err(), NoPlace::Full);
    }

    #[test]
    fn proxies_have_no_share() {
        let trust: TrustList = "192.0.2.1, tls:".parse().unwrap();
        let proxies = Proxies(vec![TrustList::default(), trust]);
        let peer = |text: &str| Peer::tcp(text.parse().unwrap());
        assert_eq!(proxies.network(peer("192.0.2.1:80")), None);
        assert_eq!(proxies.network(peer("192.0.2.2:80")), Some(network(2)));
        assert_eq!(proxies.network(peer("[2001:db8::5]:80")), Some("2001:db8::".parse().unwrap()));
        assert_eq!(proxies.network(Peer::Unix { uid: 0, gid: 0 }), None);
        let places = Places::new(8, proxies);
        let many: Vec<_> = (0..8).map(|_| places.try_take(None).map(Arc::new).unwrap().begin_request()).collect();
        assert_eq!(many.len(), 8);
        assert_eq!(places.try_take(None).unwrap_err(), NoPlace::Full);
    }
}
