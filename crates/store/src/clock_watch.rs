//! Whether the clock can be believed when old data are to be deleted. A machine without a clock battery, or one that
//! was resumed, may be years off: what is deleted by such a clock is gone for good.
//!
//! The latest time that was believed is in the database. A clock that is far from it is doubted, until it has kept
//! going for a day of running time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::rows::{columns, insert, update};
use crate::{Error, Read, Write};

/// How far the clock may be ahead of the latest time that was believed.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How far it may be behind: the clocks of two copies of the program may differ by as much.
const MAX_BEHIND: SignedDuration = SignedDuration::from_hours(1);
/// The running time after which a doubted clock is believed.
const PROBATION: Duration = Duration::from_hours(24);

/// The permission to delete what is old by the present clock, which [`Write::watch_clock`] gives.
#[derive(Debug, Clone, Copy)]
pub struct MayPurge(());

impl MayPurge {
    /// Returns the permission that the clock has no part in: an administrator wants it all deleted.
    pub fn asked_for() -> MayPurge {
        MayPurge(())
    }
}

/// Whether the clock is believed.
#[derive(Debug, Clone, Copy)]
pub enum ClockVerdict {
    /// It is.
    Believed(MayPurge),
    /// It is far from the latest time that was believed.
    Doubted {
        /// That time.
        latest: Timestamp,
        /// The running time for which the doubted clock has to go on.
        remaining: Duration,
    },
}

/// The row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Watch {
    /// The latest time that was believed.
    latest: Timestamp,
    /// The time at the last look, while it is doubted.
    doubted_at: Option<Timestamp>,
    /// Microseconds of running time for which it has been doubted.
    doubted_for: i64,
}

columns! {
    /// Reads the row.
    fn read_watch() -> Watch from watch_columns! {
        latest: "latest",
        doubted_at: "doubted_at",
        doubted_for: "doubted_for",
    }
}

impl Watch {
    /// Looks at the clock, `ran` of running time after the last look of this process. Returns what is to be stored.
    fn look(self, now: Timestamp, ran: Duration) -> Watch {
        let ahead = now.duration_since(self.latest);
        if (-MAX_BEHIND..=MAX_AHEAD).contains(&ahead) {
            return Watch { latest: now.max(self.latest), doubted_at: None, doubted_for: 0 };
        }
        // Another copy may have looked in the meantime: its running time must not count twice.
        let ran = SignedDuration::try_from(ran).unwrap_or(SignedDuration::MAX);
        let held = match self.doubted_at.map(|before| now.duration_since(before)) {
            Some(passed) if (-MAX_BEHIND..=MAX_AHEAD).contains(&passed) => {
                let passed = passed.clamp(SignedDuration::ZERO, ran.max(SignedDuration::ZERO));
                self.doubted_for.saturating_add(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX))
            }
            // It has jumped again.
            _ => 0,
        };
        let watch = Watch { latest: self.latest, doubted_at: Some(now), doubted_for: held };
        if watch.remaining().is_zero() { Watch { latest: now, doubted_at: None, doubted_for: 0 } } else { watch }
    }

    fn remaining(&self) -> Duration {
        PROBATION.saturating_sub(Duration::from_micros(u64::try_from(self.doubted_for).unwrap_or(0)))
    }

    fn verdict(&self) -> ClockVerdict {
        match self.doubted_at {
            None => ClockVerdict::Believed(MayPurge(())),
            Some(_) => ClockVerdict::Doubted { latest: self.latest, remaining: self.remaining() },
        }
    }
}

impl Read {
    /// The latest time in the data, of before there was a watch.
    async fn latest_use(&mut self) -> Result<Option<Timestamp>, Error> {
        let sql = "SELECT MAX(latest) FROM (SELECT MAX(generated_at) AS latest FROM otp_logs \
             UNION ALL SELECT MAX(login_at) FROM sign_ins UNION ALL SELECT MAX(last_used_at) FROM sessions \
             UNION ALL SELECT MAX(last_seen_at) FROM users UNION ALL SELECT MAX(created_at) FROM users) AS uses";
        Ok(self.undamaged("latest use", sql, &[], |row, _| row.read()).await?.flatten())
    }
}

impl Write {
    /// Looks at the clock: `ran` is the running time of this process since its last look, none at the first.
    pub async fn watch_clock(&mut self, now: Timestamp, ran: Duration) -> Result<ClockVerdict, Error> {
        let sql = concat!("SELECT id, ", watch_columns!(), " FROM clock_watch WHERE id = 1");
        let stored = self
            .undamaged("clock_watch", sql, &[], |row, _| {
                row.read::<i64>()?;
                read_watch(row)
            })
            .await?;
        let before = if let Some(watch) = stored {
            watch
        } else {
            let latest = self.latest_use().await?.unwrap_or(now);
            self.connection.execute("DELETE FROM clock_watch", &[]).await?;
            let (sql, params) = insert!(clock_watch { id: 1_i64, latest: latest, doubted_for: 0_i64 });
            self.connection.execute(sql, &params).await?;
            Watch { latest, doubted_at: None, doubted_for: 0 }
        };
        let watch = before.look(now, ran);
        if watch != before {
            let (sql, params) = update!(clock_watch {
                latest: watch.latest,
                doubted_at: watch.doubted_at,
                doubted_for: watch.doubted_for,
            } where id: 1_i64);
            self.connection.execute(sql, &params).await?;
        }
        Ok(watch.verdict())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};

    use super::Watch;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(400_000 + hours)
    }

    fn believed(latest: i64) -> Watch {
        Watch { latest: at(latest), doubted_at: None, doubted_for: 0 }
    }

    /// Looks every hour.
    fn run(mut watch: Watch, hours: std::ops::RangeInclusive<i64>) -> Watch {
        for hour in hours {
            watch = watch.look(at(hour), HOUR);
        }
        watch
    }

    #[test]
    fn a_clock_that_goes_on_is_believed() {
        assert_eq!(run(believed(0), 1..=1000), believed(1000));
        assert_eq!(believed(0).look(at(24), Duration::ZERO), believed(24));
        assert_eq!(believed(10).look(at(9), HOUR), believed(10), "the latest time stays");
    }

    #[test]
    fn a_clock_far_ahead_or_behind_is_doubted_for_a_day_of_running_time() {
        for jump in [25, 17_520, -48, -17_520] {
            let doubted = believed(0).look(at(jump), Duration::ZERO);
            assert_eq!(doubted.latest, at(0));
            let later = run(doubted, jump + 1..=jump + 23);
            assert!(later.doubted_at.is_some(), "{jump}");
            assert_eq!(later.remaining(), HOUR);
            assert_eq!(run(later, jump + 24..=jump + 24), believed(jump + 24));
        }
    }

    #[test]
    fn a_clock_that_comes_back_is_believed_at_once() {
        let doubted = run(believed(0), 17_520..=17_530);
        assert_eq!(doubted.look(at(11), HOUR), believed(11));
    }

    #[test]
    fn time_that_passed_while_the_program_was_off_does_not_count() {
        let doubted = believed(0).look(at(1000), Duration::ZERO);
        let later = doubted.look(at(1020), Duration::ZERO);
        assert_eq!(later.remaining(), 24 * HOUR);
    }

    #[test]
    fn each_jump_begins_the_day_anew() {
        let doubted = run(believed(0), 1000..=1020).look(at(9000), HOUR);
        assert_eq!(doubted.remaining(), 24 * HOUR);
    }

    #[test]
    fn two_copies_do_not_hold_it_twice_as_long() {
        let mut watch = believed(0).look(at(1000), Duration::ZERO);
        // Each looks once an hour, half an hour apart.
        for half in 1..=24 {
            let now = at(1000) + SignedDuration::from_mins(30 * half);
            watch = watch.look(now, HOUR);
        }
        assert_eq!(watch.remaining(), 12 * HOUR);
    }
}
