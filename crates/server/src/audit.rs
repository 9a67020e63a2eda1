//! The audit trail: one line of the log, of the target `audit`, for each sign-in and each deed that matters later: what
//! administrators do, secrets that leave, rights that change. Never a secret; texts from outside are quoted.

use http::StatusCode;
use vault::{AccountId, User};

use crate::visitor::client::Client;

/// Maximum length of a text from outside, in characters.
const LENGTH: usize = 191;

/// The thing that an event is about.
#[derive(Debug, Default)]
pub struct Object {
    kind: &'static str,
    id: String,
    name: Option<String>,
}

impl Object {
    /// Returns a user.
    pub fn user(user: &User) -> Self {
        Self { kind: "user", id: user.id.to_string(), name: Some(user.name.clone()) }
    }

    /// Returns 2FA accounts, by their IDs alone: their names are nobody's but their users'.
    pub fn accounts(ids: impl IntoIterator<Item = AccountId>) -> Self {
        let ids: Vec<String> = ids.into_iter().map(|id| id.0.to_string()).collect();
        Self { kind: "account", id: ids.join(","), name: None }
    }

    /// Returns anything else by its ID: a setting, a token, a security key, a session.
    pub fn of(kind: &'static str, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), name: None }
    }

    /// Adds the user to whom something is given, or the name that its owner gave it.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

/// Records what a user did.
pub fn record(event: &'static str, user: &User, via: &'static str, client: &Client, object: &Object) {
    let Object { kind, id, name } = object;
    tracing::info!(
        target: "audit",
        event,
        user = user.id.0,
        name = ?user.name,
        via,
        client = client.ip.map(tracing::field::display),
        on = kind,
        on_id = ?cut(id),
        on_name = name.as_deref().map(|name| tracing::field::debug(cut(name))),
        "audit"
    );
}

/// Records a failed sign-in: with the address that was tried, whether or not a user has it.
pub fn record_refusal(method: &'static str, email: Option<&str>, client: &Client, status: StatusCode) {
    tracing::warn!(
        target: "audit",
        event = "sign_in.failed",
        via = method,
        email = email.map(|email| tracing::field::debug(cut(email))),
        client = client.ip.map(tracing::field::display),
        status = status.as_u16(),
        "audit"
    );
}

fn cut(text: &str) -> String {
    text.chars().take(LENGTH).collect()
}
