//! A time limit for the bodies of requests.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

/// How fast a body has to arrive.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Maximum time for a small body.
    pub time: Duration,
    /// What a larger body must have on average beyond that time, in bytes per second.
    pub rate: u64,
}

impl Pace {
    /// Returns the maximum time until the next byte has to be there.
    fn time_after(self, received: u64) -> Duration {
        let millis = received.saturating_mul(1000) / self.rate.max(1);
        self.time.saturating_add(Duration::from_millis(millis))
    }
}

/// The body of a request that fails unless it arrives in time, even if it never pauses.
pub(super) struct TimedBody {
    body: Incoming,
    pace: Pace,
    received: u64,
    /// When the body was first asked for, with the alarm for its next byte.
    wait: Option<(Instant, Pin<Box<Sleep>>)>,
    is_late: Arc<AtomicBool>,
}

impl TimedBody {
    /// Limits the time of a body. Sets `is_late` when the time is over.
    pub(super) fn new(body: Incoming, pace: Pace, is_late: Arc<AtomicBool>) -> Self {
        Self { body, pace, received: 0, wait: None, is_late }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let frame = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        let time = this.pace.time_after(this.received);
        let (began, alarm) = this.wait.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(time))));
        let deadline = *began + time;
        let is_late = match frame {
            Poll::Ready(None | Some(Err(_))) => false,
            Poll::Ready(Some(Ok(_))) => Instant::now() > deadline,
            Poll::Pending => {
                if alarm.deadline() != deadline {
                    alarm.as_mut().reset(deadline);
                }
                alarm.as_mut().poll(context).is_ready()
            }
        };
        if is_late {
            this.is_late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        frame.map(|frame| frame.map(|frame| frame.map_err(io::Error::other)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_has_the_time_that_its_bytes_take() {
        let pace = Pace { time: Duration::from_secs(20), rate: 64 * 1024 };
        assert_eq!(pace.time_after(0), Duration::from_secs(20));
        assert_eq!(pace.time_after(64 * 1024), Duration::from_secs(21));
        assert_eq!(pace.time_after(16 << 20), Duration::from_secs(276));
        assert_eq!(Pace { rate: 0, ..pace }.time_after(1), Duration::from_secs(21));
    }
}
