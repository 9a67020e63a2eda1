//! The content of a mail, not yet in a language.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vault::User;

use crate::config::PreferenceConfig;
use crate::messages::{Message, Phrase};
use crate::visitor::client::Client;
use crate::visitor::user_agent::UserAgent;

/// A letter: its subject and paragraphs, with an optional link and list of facts. In all of them `:app` stands for the
/// name of the app, `:name` for that of the recipient.
#[derive(Debug, Clone)]
pub struct Letter {
    about: &'static str,
    pub(super) subject: Message,
    pub(super) text: Phrase,
    pub(super) facts: Vec<(Message, String)>,
    pub(super) link: Option<Link>,
    pub(super) notes: Vec<Phrase>,
}

/// The link of a letter.
#[derive(Clone)]
pub struct Link {
    /// Text of the button: the action that the link starts.
    pub label: Message,
    /// The URL, with its secret.
    pub url: String,
    /// Lifetime, in minutes.
    pub minutes: u64,
}

/// Leaves out the URL, which has a secret.
impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Letter {
    fn new(about: &'static str, subject: Message, text: impl Into<Phrase>) -> Self {
        Self { about, subject, text: text.into(), facts: Vec::new(), link: None, notes: Vec::new() }
    }

    /// Returns a test mail, with which an administrator checks that mails arrive.
    pub fn test() -> Self {
        Self::new("test", Message::MailTestSubject, Message::MailTestText)
    }

    /// Returns a link to choose a new password, for a user who requested it.
    pub fn password_reset(url: String, minutes: u64) -> Self {
        let letter = Self::new("password reset", Message::MailPasswordSubject, Message::MailPasswordText);
        letter.with_link(Message::MailPasswordButton, url, minutes).with_note(Message::MailIgnore)
    }

    /// Returns a link to choose a new password, for a user whose password an administrator has reset.
    pub fn password_reset_by_admin(url: String, minutes: u64) -> Self {
        let letter = Self::new("password reset", Message::MailPasswordSubject, Message::MailPasswordTakenText);
        letter.with_link(Message::MailPasswordButton, url, minutes)
    }

    /// Returns a link to sign in with the password alone, for a user who has lost their security keys.
    pub fn webauthn_recovery(url: String, minutes: u64) -> Self {
        let letter = Self::new("security key recovery", Message::MailRecoverySubject, Message::MailRecoveryText);
        letter.with_link(Message::MailRecoveryButton, url, minutes).with_note(Message::MailIgnore)
    }

    /// Returns a warning about a sign-in from a new device.
    pub fn new_device(preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp) -> Self {
        let letter = Self::new("new device", Message::MailDeviceSubject, Message::MailDeviceText);
        letter.with_client(preferences, user, client, at).with_note(Message::MailDeviceNote)
    }

    /// Returns a warning about a failed sign-in.
    pub fn failed_sign_in(preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp) -> Self {
        let letter = Self::new("failed sign-in", Message::MailFailedSubject, Message::MailFailedText);
        letter.with_client(preferences, user, client, at).with_note(Message::MailFailedNote)
    }

    /// Returns the message that a security key, with a name if it got one, was added to the recipient's.
    pub fn new_key(
        preferences: &PreferenceConfig,
        user: &User,
        client: &Client,
        at: Timestamp,
        name: Option<&str>,
    ) -> Self {
        let mut letter = Self::new("new security key", Message::MailKeySubject, Message::MailKeyText);
        letter.facts.extend(name.map(|name| (Message::MailKeyName, single_line(name))));
        letter.with_client(preferences, user, client, at).with_note(Message::MailAddedNote)
    }

    /// Returns the message that a personal access token of this name was added to the recipient's.
    pub fn new_token(preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp, name: &str) -> Self {
        let text = Message::MailTokenText.with("token", single_line(name));
        let letter = Self::new("new access token", Message::MailTokenSubject, text);
        letter.with_client(preferences, user, client, at).with_note(Message::MailAddedNote)
    }

    /// Returns the message that the user `person` shares an account with the recipient.
    pub fn shared(person: &str, account: &str) -> Self {
        let text = Message::MailSharedText.with("person", single_line(person)).with("account", single_line(account));
        Self::new("share", Message::MailSharedSubject, text)
    }

    /// Returns the message that the user `person` no longer shares an account with the recipient.
    pub fn unshared(person: &str, account: &str) -> Self {
        let text = Message::MailUnsharedText.with("person", single_line(person)).with("account", single_line(account));
        Self::new("end of a share", Message::MailUnsharedSubject, text)
    }

    /// Returns the message that the user `person` has given an account to the recipient.
    pub fn new_owner(person: &str, account: &str) -> Self {
        let text = Message::MailOwnerText.with("person", single_line(person)).with("account", single_line(account));
        Self::new("ownership", Message::MailOwnerSubject, text)
    }

    /// Returns the topic, for administrators and the log.
    pub fn about(&self) -> &'static str {
        self.about
    }

    fn with_link(mut self, label: Message, url: String, minutes: u64) -> Self {
        self.link = Some(Link { label, url, minutes });
        self.with_note(Message::MailLinkValidity.with("minutes", minutes))
    }

    fn with_note(mut self, note: impl Into<Phrase>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds the time, in the recipient's time zone, and the address and browser of the client.
    fn with_client(mut self, preferences: &PreferenceConfig, user: &User, client: &Client, at: Timestamp) -> Self {
        let zone = preferences.value(&user.preferences, "timezone").and_then(|zone| zone.as_str());
        let (name, zone) = match zone.and_then(|name| Some((name, TimeZone::get(name).ok()?))) {
            Some(known) => known,
            None => ("UTC", TimeZone::UTC),
        };
        // Unambiguous in every language.
        let time = at.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M").to_string();
        self.facts.push((Message::MailTime, format!("{time} ({name})")));
        self.facts.extend(client.ip_text().map(|ip| (Message::MailAddress, ip)));
        let agent = UserAgent::parse(client.user_agent.as_deref().unwrap_or_default());
        let words: Vec<&str> = agent.browser.into_iter().chain(agent.platform).collect();
        if !words.is_empty() {
            self.facts.push((Message::MailBrowser, words.join(", ")));
        }
        self
    }
}

/// Returns a text written by another user on one line, so that it can't imitate a paragraph of the letter.
fn single_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
