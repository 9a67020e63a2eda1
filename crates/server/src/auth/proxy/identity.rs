//! What a proxy says about a person.

/// Whom a trusted proxy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name: 1 to 191 visible characters, in Unicode's composed form (NFC). The key of the account.
    pub name: String,
    /// What identifies the person even when the name changes, if a header is configured for it.
    pub subject: Option<String>,
    /// The e-mail address.
    pub email: EmailClaim,
    /// Whether the configured lists of administrators hold the person; `None` where there are none.
    pub is_admin: Option<bool>,
    /// A name to show, when given and usable. Identifies nobody.
    pub display: Option<String>,
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
