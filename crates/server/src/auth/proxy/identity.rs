//! What a proxy says about a person.

/// Whom a trusted proxy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name: 1 to 191 visible characters, in Unicode's composed form (NFC).
    pub name: String,
    /// Whether the name is the key of the account.
    pub naming: Naming,
    /// What identifies the person even when the name changes, if a header or a claim is configured for it.
    pub subject: Option<String>,
    /// The e-mail address.
    pub email: EmailClaim,
    /// Whether the configured lists of administrators hold the person; `None` where there are none.
    pub is_admin: Option<bool>,
    /// A name to show, when given and usable. Identifies nobody.
    pub display: Option<String>,
}

/// What a name is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// It is one person's alone: without a subject it is the key of the account.
    Unique,
    /// It only calls the person something, and several may be called so. There is a subject, which is the key.
    Shown,
}

/// What a proxy says about a person's e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailClaim {
    /// No header is configured for it.
    NotConfigured,
    /// The header is configured, but absent or without a usable address; why, for the log.
    Unusable(&'static str),
    /// A valid address in lower case.
    Given(String),
}
