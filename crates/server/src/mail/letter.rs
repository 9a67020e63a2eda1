//! What a mail says, not yet in a language.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vault::User;

use crate::config::PreferenceConfig;
use crate::messages::{Message, Phrase};
use crate::visitor::client::Client;
use crate::visitor::user_agent::UserAgent;

/// A letter: its subject and paragraphs, among them perhaps a link and some facts. `:app` stands for the app's name in all
/// of them, `:name` for the reader's.
#[derive(Debug, Clone)]
pub struct Letter {
    about: &'static str,
    pub(super) subject: Message,
    pub(super) text: Phrase,
    pub(super) facts: Vec<(Message, String)>,
    pub(super) link: Option<Link>,
    pub(super) notes: Vec<Phrase>,
}

/// Where a letter leads.
#[derive(Clone)]
pub struct Link {
    /// What following it does.
    pub label: Message,
    /// The whole address, with its secret.
    pub url: String,
    /// For how many minutes it works.
    pub minutes: u64,
}

/// Without the address.
impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Letter {
    fn new(about: &'static str, subject: Message, text: impl Into<Phrase>) -> Self {
        Self { about, subject, text: text.into(), facts: Vec::new(), link: None, notes: Vec::new() }
    }

    /// Shows an administrator that mails arrive.
    pub fn test() -> Self {
        Self::new("test", Message::MailTestSubject, Message::MailTestText)
    }

    /// Leads somebody who asked for it to the page for a new password.
    pub fn password_reset(url: String, minutes: u64) -> Self {
        let letter = Self::new("password reset", Message::MailPasswordSubject, Message::MailPasswordText);
        letter.leading(Message::MailPasswordButton, url, minutes).noting(Message::MailIgnore)
    }

    /// Leads somebody whose password an administrator took back to the page for a new one.
    pub fn password_taken(url: String, minutes: u64) -> Self {
        let letter = Self::new("password reset", Message::MailPasswordSubject, Message::MailPasswordTakenText);
        letter.leading(Message::MailPasswordButton, url, minutes)
    }

    /// Leads somebody who lost their security keys to the page where the password will do.
    pub fn webauthn_recovery(url: String, minutes: u64) -> Self {
        let letter = Self::new("security key recovery", Message::MailRecoverySubject, Message::MailRecoveryText);
        letter.leading(Message::MailRecoveryButton, url, minutes).noting(Message::MailIgnore)
    }

    /// Tells somebody of a sign-in from a device that wasn't known.
    pub fn new_device(preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp) -> Self {
        let letter = Self::new("new device", Message::MailDeviceSubject, Message::MailDeviceText);
        letter.seen(preferences, user, client, at).noting(Message::MailDeviceNote)
    }

    /// Tells somebody of a sign-in that was refused.
    pub fn failed_sign_in(preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp) -> Self {
        let letter = Self::new("failed sign-in", Message::MailFailedSubject, Message::MailFailedText);
        letter.seen(preferences, user, client, at).noting(Message::MailFailedNote)
    }

    /// Tells somebody that `person` shares an account with them.
    pub fn shared(person: &str, account: &str) -> Self {
        let text = Message::MailSharedText.with("person", line(person)).with("account", line(account));
        Self::new("share", Message::MailSharedSubject, text)
    }

    /// Tells somebody that `person` no longer shares an account with them.
    pub fn unshared(person: &str, account: &str) -> Self {
        let text = Message::MailUnsharedText.with("person", line(person)).with("account", line(account));
        Self::new("end of a share", Message::MailUnsharedSubject, text)
    }

    /// Tells somebody that `person` made them the owner of an account.
    pub fn owner(person: &str, account: &str) -> Self {
        let text = Message::MailOwnerText.with("person", line(person)).with("account", line(account));
        Self::new("ownership", Message::MailOwnerSubject, text)
    }

    /// What it is about, for administrators.
    pub fn about(&self) -> &'static str {
        self.about
    }

    fn leading(mut self, label: Message, url: String, minutes: u64) -> Self {
        self.link = Some(Link { label, url, minutes });
        self.noting(Message::MailLinkValidity.with("minutes", minutes))
    }

    fn noting(mut self, note: impl Into<Phrase>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds when something happened, in the reader's time zone, and who the client was.
    fn seen(mut self, preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp) -> Self {
        let zone = preferences.value(&user.preferences, "timezone").and_then(|zone| zone.as_str());
        let (name, zone) = match zone.and_then(|name| Some((name, TimeZone::get(name).ok()?))) {
            Some(known) => known,
            None => ("UTC", TimeZone::UTC),
        };
        // As every language reads it.
        let time = at.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M").to_string();
        self.facts.push((Message::MailTime, format!("{time} ({name})")));
        self.facts.extend(client.ip_text().map(|ip| (Message::MailAddress, ip)));
        let agent = UserAgent::of(client.user_agent.as_deref().unwrap_or_default());
        let words: Vec<&str> = agent.browser.into_iter().chain(agent.platform).collect();
        if !words.is_empty() {
            self.facts.push((Message::MailBrowser, words.join(", ")));
        }
        self
    }
}

/// What somebody else wrote, as it stands within a line: it mustn't look like a paragraph of the letter's own.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
