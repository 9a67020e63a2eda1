//! What the program logs in a test's own thread.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing::Level;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

thread_local! {
    /// What this thread logs, and up to which level; `None` when nobody listens.
    static HERE: RefCell<Option<(Level, Vec<u8>)>> = const { RefCell::new(None) };
}

/// One subscriber for all threads: with one for each, what a thread without any meets first would be off for all.
static SUBSCRIBER: Once = Once::new();

/// Writes to the log of the present thread.
struct Here;

impl io::Write for Here {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HERE.with_borrow_mut(|here| here.iter_mut().for_each(|(_, text)| text.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log of this thread, as long as it lives.
pub(crate) struct Log;

impl Log {
    /// Begins to log what is of this level or graver.
    pub(crate) fn at(level: Level) -> Self {
        SUBSCRIBER.call_once(|| {
            let wanted = dynamic_filter_fn(|metadata, _| {
                HERE.with_borrow(|here| here.as_ref().is_some_and(|(level, _)| metadata.level() <= level))
            });
            let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Here);
            tracing_subscriber::registry().with(wanted).with(lines).init();
        });
        HERE.set(Some((level, Vec::new())));
        Self
    }

    /// What was logged so far.
    #[expect(clippy::unused_self, reason = "there is a log only while one is kept")]
    pub(crate) fn text(&self) -> String {
        HERE.with_borrow(|here| {
            String::from_utf8(here.as_ref().map(|(_, text)| text.clone()).unwrap_or_default()).unwrap()
        })
    }

    /// The lines that contain all these words.
    pub(crate) fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let text = self.text();
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        HERE.set(None);
    }
}
