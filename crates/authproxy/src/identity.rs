//! The identity of a user, as a proxy states it.

use crate::refusal::Reason;

/// The user whom a trusted proxy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name: 1 to 191 visible characters, in Unicode's composed form (NFC).
    pub name: String,
    /// Whether the name is unique.
    pub naming: Naming,
    /// The identifier that stays when the name changes, if a header or a claim is configured for it. That of a signed
    /// assertion begins with the issuer and a blank.
    pub subject: Option<String>,
    /// The e-mail address.
    pub email: Email,
    /// Whether the user is in the configured lists of administrators; `None` without lists.
    pub is_admin: Option<bool>,
    /// A name to show, if there is a usable one. It identifies no user.
    pub display_name: Option<String>,
}

/// Whether a name identifies a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The name is unique: without a subject it is the key of the user.
    Unique,
    /// Several users may have the name. There is a subject, which is the key.
    Display,
}

/// The e-mail address of a user, as a proxy states it. A bad address is no reason to refuse a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Email {
    /// No header and no claim is configured for it.
    NotConfigured,
    /// The header or the claim is missing, or its value can't be read.
    Unreadable(Reason),
    /// The value is not an e-mail address, or one of a domain that is never accepted.
    Invalid,
    /// A valid address in lower case.
    Valid(String),
}

impl Identity {
    /// Returns the key that distinguishes this user from others: the subject if there is one, else the name.
    pub fn key(&self) -> &str {
        self.subject.as_deref().unwrap_or(&self.name)
    }
}
