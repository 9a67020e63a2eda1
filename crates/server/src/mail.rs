//! Mails to users, in their language and in the background.
//!
//! [`Mail::send`] only queues a letter. A task of its own renders and delivers it, with a few retries and short timeouts.
//! Failures are in the log and in [`Mail::status`], without the text of the letter: it may contain a link that signs a
//! user in.

mod letter;
mod render;
mod smtp;
mod transport;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lettre::Message as Email;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vault::User;
use vault::email::is_fallback;

pub use self::letter::{Letter, Link};
use crate::clock::Clock;
use crate::config::{Config, MailConfig, PreferenceConfig};
use crate::messages::Locale;
use crate::random::{FillRandom, random_text};
use render::Rendering;
use transport::DeliveryError;

/// Maximum number of queued mails. Any further one fails.
const QUEUE_LENGTH: u32 = 1024;
/// Maximum number of simultaneous deliveries.
const DELIVERIES: usize = 2;
/// Wait before each mail is sent, so that the response time doesn't reveal whether there is one.
const DELAY: Duration = Duration::from_millis(250);
/// Waits before each retry of a mail that the server may accept later.
const RETRY_AFTER: [Duration; 2] = [Duration::from_secs(20), Duration::from_mins(3)];
/// Maximum time that a stopping program waits for queued mails.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of failures kept for the administrators' page.
const FAILURES: usize = 20;

/// The queue of outgoing mails. Cheap to clone; clones share the queue.
#[derive(Clone)]
pub struct Mail(Arc<Queue>);

struct Queue {
    config: MailConfig,
    app_name: String,
    preferences: PreferenceConfig,
    clock: Clock,
    random: FillRandom,
    slots: Arc<Semaphore>,
    deliveries: Semaphore,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    sent: u64,
    failed: u64,
    failures: VecDeque<FailedMail>,
}

/// A mail that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMail {
    /// Time of the last try.
    pub at: Timestamp,
    /// Address of the recipient.
    pub to: String,
    /// Topic of the letter, for example `password reset`.
    pub about: &'static str,
    /// Reason of the last failure.
    pub error: String,
}

/// Counts of mails since the program started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailStatus {
    /// Mails that the mail server accepted.
    pub sent: u64,
    /// Mails that failed for good.
    pub failed: u64,
    /// Mails in the queue, retries included.
    pub waiting: u64,
    /// The latest failures, newest first.
    pub failures: Vec<FailedMail>,
}

impl Mail {
    /// Creates an empty queue that delivers as configured.
    pub fn new(config: &Config, clock: Clock, random: FillRandom) -> Self {
        Self(Arc::new(Queue {
            config: config.mail.clone(),
            app_name: config.app.name.clone(),
            preferences: config.preferences.clone(),
            clock,
            random,
            slots: Arc::new(Semaphore::new(QUEUE_LENGTH as usize)),
            deliveries: Semaphore::new(DELIVERIES),
            record: Mutex::default(),
        }))
    }

    /// Queues a letter to a user, in their preferred language or else in `requested`. Returns at once, without errors:
    /// failures go to the log and [`Mail::status`]. Sends nothing to an address that was generated for a user of an
    /// auth proxy.
    pub fn send(&self, to: &User, requested: Locale, letter: Letter) {
        if is_fallback(&to.email) {
            return;
        }
        let queue = Arc::clone(&self.0);
        let locale = queue.locale(to, requested);
        let (name, email) = (to.name.clone(), to.email.clone());
        match Arc::clone(&queue.slots).try_acquire_owned() {
            Ok(slot) => drop(tokio::spawn(async move { queue.process(slot, &name, &email, locale, &letter).await })),
            Err(_) => queue.record_failure(&email, &letter, "too many mails wait for the mail server".into()),
        }
    }

    /// Delivers a letter to a user before it returns, with one try.
    ///
    /// # Errors
    /// The reason of the failure, for the administrator.
    pub async fn deliver(&self, to: &User, requested: Locale, letter: &Letter) -> Result<(), String> {
        if is_fallback(&to.email) {
            return Err(format!("{} is a generated address, which can't receive mail", to.email));
        }
        let queue = &self.0;
        let email = queue.render(&to.name, &to.email, queue.locale(to, requested), letter)?;
        match transport::deliver(&queue.config.mailer, &email, letter.about()).await {
            Ok(()) => {
                queue.record().sent += 1;
                Ok(())
            }
            Err(error) => {
                queue.record_failure(&to.email, letter, error.reason.clone());
                Err(error.reason)
            }
        }
    }

    /// Returns the counts of mails, and the latest failures.
    pub fn status(&self) -> MailStatus {
        let waiting = (QUEUE_LENGTH as usize).saturating_sub(self.0.slots.available_permits());
        let record = self.0.record();
        MailStatus {
            sent: record.sent,
            failed: record.failed,
            waiting: waiting as u64,
            failures: record.failures.iter().rev().cloned().collect(),
        }
    }

    /// Waits for queued mails when the program stops, for a few seconds at most.
    pub async fn finish(&self) {
        if tokio::time::timeout(STOP_TIMEOUT, self.0.slots.acquire_many(QUEUE_LENGTH)).await.is_err() {
            tracing::warn!(mails = self.status().waiting, "mails that could not be sent in time are lost");
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mail").field(&self.0.config).finish()
    }
}

impl Queue {
    fn locale(&self, user: &User, requested: Locale) -> Locale {
        let preference = self.preferences.value(&user.preferences, "lang").and_then(|lang| lang.as_str());
        preference.and_then(Locale::from_tag).unwrap_or(requested)
    }

    /// Renders and delivers a letter. Holds its slot in the queue until it is delivered or has failed for good.
    async fn process(&self, _slot: OwnedSemaphorePermit, name: &str, email: &str, locale: Locale, letter: &Letter) {
        tokio::time::sleep(DELAY).await;
        let mail = match self.render(name, email, locale, letter) {
            Ok(mail) => mail,
            Err(reason) => return self.record_failure(email, letter, reason),
        };
        let mut waits = RETRY_AFTER.into_iter();
        loop {
            // Fails only once the semaphore is closed, which never happens.
            let permit = self.deliveries.acquire().await;
            let delivered = transport::deliver(&self.config.mailer, &mail, letter.about()).await;
            drop(permit);
            match (delivered, waits.next()) {
                (Ok(()), _) => {
                    self.record().sent += 1;
                    return;
                }
                (Err(DeliveryError { is_transient: true, reason }), Some(wait)) => {
                    tracing::info!(
                        about = letter.about(),
                        error = reason,
                        "a mail can't be sent yet and will be retried"
                    );
                    tokio::time::sleep(wait).await;
                }
                (Err(error), _) => return self.record_failure(email, letter, error.reason),
            }
        }
    }

    fn render(&self, name: &str, email: &str, locale: Locale, letter: &Letter) -> Result<Email, String> {
        let id = format!("<{}@{}>", random_text(self.random, 24), self.config.from.email.domain());
        let to = email.parse().map_err(|_| "the address isn't valid".to_owned())?;
        let rendering = Rendering { app: &self.app_name, name, locale, letter };
        rendering
            .mail(self.config.from.clone(), to, id, self.clock.now())
            .map_err(|error| format!("the mail can't be composed: {error}"))
    }

    fn record_failure(&self, email: &str, letter: &Letter, error: String) {
        let about = letter.about();
        tracing::warn!(to = email, about, error, "a mail was not sent");
        let mut record = self.record();
        record.failed += 1;
        if record.failures.len() == FAILURES {
            record.failures.pop_front();
        }
        record.failures.push_back(FailedMail { at: self.clock.now(), to: email.to_owned(), about, error });
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
