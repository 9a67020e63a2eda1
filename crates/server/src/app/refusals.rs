//! The latest refusals of requests behind an auth proxy, in memory, for administrators.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Maximum number of kept entries.
const LENGTH: usize = 50;

/// The latest refusals, one entry for each peer and reason. It holds names of headers, never values.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<VecDeque<Refused>>);

/// Refusals of one peer for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The peer, as it would be written in a trust list; `unknown` if the connection has none.
    pub peer: String,
    /// The code of the reason.
    pub code: &'static str,
    /// Number of refusals.
    pub count: u64,
    /// Time of the first.
    pub first: Timestamp,
    /// Time of the last.
    pub last: Timestamp,
    /// The names of the last request's headers.
    pub headers: Vec<String>,
    /// Advice for the operator.
    pub hint: String,
}

impl Refusals {
    /// Stores a refusal. A full list drops its oldest entry, those of untrusted peers first: any client that reaches
    /// the server can cause as many of those as it likes.
    pub fn note(&self, peer: &str, code: &'static str, hint: String, headers: Vec<String>, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|refused| refused.peer == peer && refused.code == code);
        let earlier = known.and_then(|index| kept.remove(index));
        if kept.len() >= LENGTH {
            let stranger = kept.iter().position(|refused| refused.code == "untrusted_peer");
            kept.remove(stranger.unwrap_or(0));
        }
        kept.push_back(Refused {
            peer: peer.to_owned(),
            code,
            count: earlier.as_ref().map_or(0, |refused| refused.count).saturating_add(1),
            first: earlier.map_or(now, |refused| refused.first),
            last: now,
            headers,
            hint,
        });
    }

    /// Returns the entries, the latest first.
    pub fn recent(&self) -> Vec<Refused> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn those_of_one_peer_and_reason_are_one() {
        let refusals = Refusals::default();
        let note = |peer, hint: &str, headers: &[&str], second| {
            let headers = headers.iter().map(|name| (*name).to_owned()).collect();
            refusals.note(peer, "header_missing", hint.to_owned(), headers, at(second));
        };
        note("192.0.2.7", "first", &["Host"], 1);
        note("192.0.2.8", "first", &[], 2);
        note("192.0.2.7", "second", &["Accept"], 3);
        let [latest, other] = &refusals.recent()[..] else { panic!() };
        assert_eq!((latest.count, latest.first, latest.last, latest.hint.as_str()), (2, at(1), at(3), "second"));
        assert_eq!((latest.headers.as_slice(), other.peer.as_str()), (&["Accept".to_owned()][..], "192.0.2.8"));
    }

    #[test]
    fn a_flood_of_strangers_pushes_nothing_else_out() {
        let refusals = Refusals::default();
        refusals.note("192.0.2.7", "header_missing", String::new(), vec![], at(0));
        for number in 0..1000 {
            let stranger = format!("2001:db8::{number}");
            refusals.note(&stranger, "untrusted_peer", String::new(), vec![], at(number));
        }
        let kept = refusals.recent();
        assert_eq!((kept.len(), kept[0].peer.as_str(), kept[49].peer.as_str()), (50, "2001:db8::999", "192.0.2.7"));
    }
}
