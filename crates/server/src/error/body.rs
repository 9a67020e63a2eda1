//! The forms of an error's body.

use serde_json::{Value, json};

use super::Asked;
use super::refusal::ProxyRefusal;
use crate::input::Invalid;
use crate::messages::{Locale, Message, Phrase};

/// The body of an error's answer, not yet in a language.
pub(super) enum Body<'a> {
    /// No body.
    Empty,
    /// `{"message": text}`.
    Message(Text<'a>),
    /// `{"message": title, "reason": text}`.
    Reason(&'static str, Text<'a>),
    /// `{"message": title, "reason": [text]}`.
    Reasons(&'static str, Text<'a>),
    /// `{"message": title, "reason": {field: text}}`.
    FieldReason(&'static str, &'static str, Text<'a>),
    /// `{"message": text, "details": details}`.
    Details(Text<'a>, &'a str),
    /// The messages of each field.
    Invalid(&'a Invalid),
    /// The refusal of a request behind an auth proxy.
    Refusal(&'a ProxyRefusal),
    /// The methods that the route has.
    OtherMethods,
    /// The seconds until the next try.
    LockedOut(u64),
}

/// A text of a body.
pub(super) enum Text<'a> {
    /// The same in every language: programs compare it.
    Fixed(&'a str),
    /// In the language of the request.
    Translated(Phrase),
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::Fixed(text)
    }
}

impl From<Message> for Text<'_> {
    fn from(message: Message) -> Self {
        Self::Translated(message.into())
    }
}

impl From<Phrase> for Text<'_> {
    fn from(phrase: Phrase) -> Self {
        Self::Translated(phrase)
    }
}

impl Text<'_> {
    fn written(&self, locale: Locale) -> String {
        match self {
            Self::Fixed(text) => (*text).to_owned(),
            Self::Translated(phrase) => phrase.text(locale),
        }
    }
}

/// Returns `{"message": text}`.
pub(super) fn message<'a>(text: impl Into<Text<'a>>) -> Body<'a> {
    Body::Message(text.into())
}

/// Returns `{"message": title, "reason": text}`.
pub(super) fn reason<'a>(title: &'static str, text: impl Into<Text<'a>>) -> Body<'a> {
    Body::Reason(title, text.into())
}

/// Returns `{"message": title, "reason": [text]}`.
pub(super) fn reasons<'a>(title: &'static str, text: impl Into<Text<'a>>) -> Body<'a> {
    Body::Reasons(title, text.into())
}

/// Returns `{"message": title, "reason": {field: text}}`.
pub(super) fn field_reason<'a>(title: &'static str, field: &'static str, text: impl Into<Text<'a>>) -> Body<'a> {
    Body::FieldReason(title, field, text.into())
}

impl Body<'_> {
    /// Writes the body; `None` for an empty one.
    pub(super) fn written(&self, asked: &Asked<'_>) -> Option<Value> {
        let locale = asked.locale;
        Some(match self {
            Self::Empty => return None,
            Self::Message(text) => json!({ "message": text.written(locale) }),
            Self::Reason(title, text) => json!({ "message": title, "reason": text.written(locale) }),
            Self::Reasons(title, text) => json!({ "message": title, "reason": [text.written(locale)] }),
            Self::FieldReason(title, field, text) => {
                json!({ "message": title, "reason": { *field: text.written(locale) } })
            }
            Self::Details(text, details) => json!({ "message": text.written(locale), "details": details }),
            Self::Invalid(invalid) => invalid.body(locale),
            Self::Refusal(refusal) => refusal.body(),
            Self::OtherMethods => {
                let route = match asked.path.trim_start_matches('/') {
                    "" => "/",
                    route => route,
                };
                let message = format!(
                    "The {} method is not supported for route {route}. Supported methods: {}.",
                    asked.method,
                    asked.allowed.replace(',', ", ")
                );
                json!({ "message": message })
            }
            Self::LockedOut(seconds) => {
                // compat: 2FAuth forgets to fill in the seconds, and its programs compare the text; people, whose
                // browsers ask for a language, get a sentence that helps.
                let seconds = if asked.by_browser { seconds.to_string() } else { "{seconds}".to_owned() };
                json!({ "message": Message::LockedOut.with("seconds", seconds).text(locale) })
            }
        })
    }
}
