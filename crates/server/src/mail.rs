//! Mails to people: written in their language, and sent without anybody waiting for it.
//!
//! [`Mail::send`] only takes a letter; a task of its own writes and delivers it, with a few tries and little patience.
//! What could not be delivered is in the log and in [`Mail::state`], without the letter's text: it may hold a link that
//! lets somebody in.

mod courier;
mod letter;
mod page;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lettre::Message as Written;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vault::User;
use vault::email::is_fallback;

pub use self::letter::{Letter, Link};
use crate::clock::Clock;
use crate::config::{Config, MailConfig, PreferenceConfig};
use crate::messages::Locale;
use crate::random::{FillRandom, random_text};
use courier::Undelivered;

/// So many mails may wait at once; a further one fails.
const WAITING: u32 = 1024;
/// So many are handed over to the mail server at once.
const AT_ONCE: usize = 2;
/// So long a mail leaves the machine to the answer of the request that it is for: how fast that comes mustn't tell whether
/// a mail is sent.
const HEAD_START: Duration = Duration::from_millis(250);
/// How long to wait before each further try of a mail that the server may take later.
const PAUSES: [Duration; 2] = [Duration::from_secs(20), Duration::from_mins(3)];
/// A stopping program waits so long for mails that are under way.
const FAREWELL: Duration = Duration::from_secs(5);
/// So many failures are remembered.
const REMEMBERED: usize = 20;

/// The way out for mails. Clones are the same way.
#[derive(Clone)]
pub struct Mail(Arc<Office>);

struct Office {
    config: MailConfig,
    app_name: String,
    preferences: PreferenceConfig,
    clock: Clock,
    random: FillRandom,
    places: Arc<Semaphore>,
    turns: Semaphore,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    sent: u64,
    failed: u64,
    failures: VecDeque<Failure>,
}

/// A mail that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When it was given up.
    pub at: Timestamp,
    /// To whom it should have gone.
    pub to: String,
    /// What it was about: `password reset`, for example.
    pub about: &'static str,
    /// What went wrong.
    pub error: String,
}

/// How mails fare, since the program started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Mails that the mail server took.
    pub sent: u64,
    /// Mails that were given up.
    pub failed: u64,
    /// Mails that are under way, or wait for another try.
    pub waiting: u64,
    /// The latest failures, newest first.
    pub failures: Vec<Failure>,
}

impl Mail {
    /// The way out that the configuration describes.
    pub fn new(config: &Config, clock: Clock, random: FillRandom) -> Self {
        Self(Arc::new(Office {
            config: config.mail.clone(),
            app_name: config.app.name.clone(),
            preferences: config.preferences.clone(),
            clock,
            random,
            places: Arc::new(Semaphore::new(WAITING as usize)),
            turns: Semaphore::new(AT_ONCE),
            ledger: Mutex::default(),
        }))
    }

    /// Sends a letter to somebody, in the language that they prefer, or else in `asked`. Returns at once, whatever becomes
    /// of it. Nothing is sent to an address that was made up for a person of an auth proxy.
    pub fn send(&self, to: &User, asked: Locale, letter: Letter) {
        if is_fallback(&to.email) {
            return;
        }
        let office = Arc::clone(&self.0);
        let locale = office.locale(to, asked);
        let (name, email) = (to.name.clone(), to.email.clone());
        match Arc::clone(&office.places).try_acquire_owned() {
            Ok(place) => drop(tokio::spawn(async move { office.see_off(place, &name, &email, locale, &letter).await })),
            Err(_) => office.give_up(&email, &letter, "too many mails wait for the mail server".into()),
        }
    }

    /// Sends a letter to somebody while they wait for it, with one try.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn deliver(&self, to: &User, asked: Locale, letter: &Letter) -> Result<(), String> {
        if is_fallback(&to.email) {
            return Err(format!("{} is an address that was made up: nothing can be sent there", to.email));
        }
        let office = &self.0;
        let written = office.write(&to.name, &to.email, office.locale(to, asked), letter)?;
        match courier::hand_over(&office.config.mailer, &written, letter.about()).await {
            Ok(()) => {
                office.ledger().sent += 1;
                Ok(())
            }
            Err(undelivered) => {
                office.give_up(&to.email, letter, undelivered.why.clone());
                Err(undelivered.why)
            }
        }
    }

    /// How mails fare.
    pub fn state(&self) -> State {
        let waiting = (WAITING as usize).saturating_sub(self.0.places.available_permits());
        let ledger = self.0.ledger();
        State {
            sent: ledger.sent,
            failed: ledger.failed,
            waiting: waiting as u64,
            failures: ledger.failures.iter().rev().cloned().collect(),
        }
    }

    /// Waits a moment for mails that are under way, when the program stops.
    pub async fn finish(&self) {
        if tokio::time::timeout(FAREWELL, self.0.places.acquire_many(WAITING)).await.is_err() {
            tracing::warn!(mails = self.state().waiting, "mails that could not be sent in time are lost");
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mail").field(&self.0.config).finish()
    }
}

impl Office {
    fn locale(&self, user: &User, asked: Locale) -> Locale {
        let preference = self.preferences.value(&user.preferences, "lang").and_then(|lang| lang.as_str());
        preference.and_then(Locale::from_tag).unwrap_or(asked)
    }

    /// Writes and delivers a letter; holds its place until it is delivered or given up.
    async fn see_off(&self, _place: OwnedSemaphorePermit, name: &str, email: &str, locale: Locale, letter: &Letter) {
        tokio::time::sleep(HEAD_START).await;
        let written = match self.write(name, email, locale, letter) {
            Ok(written) => written,
            Err(why) => return self.give_up(email, letter, why),
        };
        let mut pauses = PAUSES.into_iter();
        loop {
            // Only fails when the semaphore is closed, which nothing does.
            let turn = self.turns.acquire().await;
            let handed = courier::hand_over(&self.config.mailer, &written, letter.about()).await;
            drop(turn);
            match (handed, pauses.next()) {
                (Ok(()), _) => {
                    self.ledger().sent += 1;
                    return;
                }
                (Err(Undelivered { may_pass: true, why }), Some(pause)) => {
                    tracing::info!(about = letter.about(), error = why, "a mail can't be sent now; it is tried again");
                    tokio::time::sleep(pause).await;
                }
                (Err(undelivered), _) => return self.give_up(email, letter, undelivered.why),
            }
        }
    }

    fn write(&self, name: &str, email: &str, locale: Locale, letter: &Letter) -> Result<Written, String> {
        let id = format!("<{}@{}>", random_text(self.random, 24), self.config.from.email.domain());
        let to = email.parse().map_err(|_| "the address can't be written to".to_owned())?;
        let page = page::Page { app: &self.app_name, name, locale, letter };
        page.mail(self.config.from.clone(), to, id, self.clock.now())
            .map_err(|error| format!("the mail can't be written: {error}"))
    }

    fn give_up(&self, email: &str, letter: &Letter, error: String) {
        let about = letter.about();
        tracing::warn!(to = email, about, error, "a mail was not sent");
        let mut ledger = self.ledger();
        ledger.failed += 1;
        if ledger.failures.len() == REMEMBERED {
            ledger.failures.pop_front();
        }
        ledger.failures.push_back(Failure { at: self.clock.now(), to: email.to_owned(), about, error });
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
