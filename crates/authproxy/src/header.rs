//! Names of identity headers: one configured name stands for exactly one name on the wire.
//!
//! Programs behind CGI-like interfaces (RFC 3875 section 4.1.18) see the header `Remote-User` as `HTTP_REMOTE_USER`, so
//! their users configure that name; others write the header's own name. Accepting several spellings of one name would
//! let a client slip in the one that the proxy doesn't overwrite.

#[cfg(test)]
mod tests;

use std::str::FromStr;

use http::HeaderName;

/// How configured names of headers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// `HTTP_` followed by capitals, digits and underscores is a CGI variable; anything else is the header's own name.
    #[default]
    Auto,
    /// Every name is the header's own name.
    Wire,
    /// Every name is a CGI variable, with or without `HTTP_`.
    Cgi,
}

/// A header that the proxy sends.
///
/// ```
/// use authproxy::Header;
///
/// let header: Header = "HTTP_REMOTE_USER".parse()?;
/// assert_eq!(header.name(), "remote-user");
/// assert!(header.has_alias(&"remote_user".parse()?), "programs behind CGI take it for the same header");
/// assert!("Authorization".parse::<Header>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    configured: String,
    name: HeaderName,
    fold: String,
}

/// Why no identity can be read from a header of some name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// The text is not the name of a header.
    #[error("{0:?} is not the name of a header; it consists of letters, digits, `-` and `_`")]
    NotAName(String),
    /// The notation leaves nothing of the text.
    #[error("{0:?} leaves no name of a header")]
    Empty(String),
    /// Clients send the header, or HTTP gives it a meaning.
    #[error(
        "the header {0} has a meaning of its own in HTTP or can be set by clients; let the proxy send the value in a \
         header of another name"
    )]
    Reserved(HeaderName),
}

impl Header {
    /// Reads a configured name.
    ///
    /// # Errors
    /// Why no identity can be read from a header of that name.
    pub fn parse(configured: &str, notation: Notation) -> Result<Self, HeaderFault> {
        let name = wire_name(configured, notation)?;
        let fold = fold(name.as_str());
        if is_reserved(&fold) {
            return Err(HeaderFault::Reserved(name));
        }
        Ok(Self { configured: configured.to_owned(), name, fold })
    }

    /// The name as it was configured.
    pub fn configured(&self) -> &str {
        &self.configured
    }

    /// The name as people write it: as it was configured, or what a CGI variable stands for.
    pub fn written(&self) -> String {
        if self.is_literal() { self.configured.clone() } else { title_case(&self.name) }
    }

    /// Whether the configured name is the header's own, and no CGI variable.
    pub fn is_literal(&self) -> bool {
        self.configured.eq_ignore_ascii_case(self.name.as_str())
    }

    /// The one name under which the header is read.
    pub fn name(&self) -> &HeaderName {
        &self.name
    }

    /// Whether a CGI-like program could take a header of that name for this one.
    pub fn collides_with(&self, name: &str) -> bool {
        let mut rest = name.as_bytes();
        while rest.len() >= 5 && rest[..5].iter().copied().map(fold_byte).eq(*b"HTTP_") {
            rest = &rest[5..];
        }
        rest.len() == self.fold.len() && rest.iter().copied().map(fold_byte).eq(self.fold.bytes())
    }

    /// Whether `name` could be taken for this header without being it.
    pub fn has_alias(&self, name: &HeaderName) -> bool {
        self.collides_with(name.as_str()) && *name != self.name
    }
}

/// In [`Notation::Auto`].
impl FromStr for Header {
    type Err = HeaderFault;

    fn from_str(configured: &str) -> Result<Self, HeaderFault> {
        Self::parse(configured, Notation::Auto)
    }
}

/// Returns the one name on the wire that a configured name stands for.
///
/// # Errors
/// Why that is no name of a header. Reserved names pass.
pub fn wire_name(configured: &str, notation: Notation) -> Result<HeaderName, HeaderFault> {
    let is_usable = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if configured.is_empty() || !configured.bytes().all(is_usable) {
        return Err(HeaderFault::NotAName(configured.to_owned()));
    }
    let is_of_variable = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let name = match (notation, configured.strip_prefix("HTTP_")) {
        (Notation::Auto, Some(rest)) if !rest.is_empty() && rest.bytes().all(is_of_variable) => rest.replace('_', "-"),
        (Notation::Cgi, rest) => rest.unwrap_or(configured).replace('_', "-"),
        (Notation::Auto | Notation::Wire, _) => configured.to_owned(),
    };
    HeaderName::try_from(name).map_err(|_| HeaderFault::Empty(configured.to_owned()))
}

/// Returns names of headers for the log, in title case: up to 64, and up to 64 characters of each.
pub fn list_names<'a>(names: impl IntoIterator<Item = &'a HeaderName>) -> Vec<String> {
    names.into_iter().take(64).map(|name| title_case(name).chars().take(64).collect()).collect()
}

/// Returns a name as people write it: `remote-user` becomes `Remote-User`. One with underscores stays as it came, since
/// nobody writes `Remote_User` for `REMOTE_USER`.
pub fn title_case(name: &HeaderName) -> String {
    if name.as_str().contains('_') {
        return name.as_str().to_owned();
    }
    let mut starts_word = true;
    let capitalise = |letter: char| {
        let written = if starts_word { letter.to_ascii_uppercase() } else { letter };
        starts_word = !letter.is_ascii_alphanumeric();
        written
    };
    name.as_str().chars().map(capitalise).collect()
}

fn fold_byte(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_uppercase() } else { b'_' }
}

/// Returns the CGI variable of a header, without any `HTTP_` in front. Headers with the same one could be taken for each
/// other.
fn fold(name: &str) -> String {
    let mut fold: String = name.bytes().map(|byte| char::from(fold_byte(byte))).collect();
    while let Some(rest) = fold.strip_prefix("HTTP_") {
        fold = rest.to_owned();
    }
    fold
}

/// Whether HTTP gives the header a meaning, or clients send it.
fn is_reserved(fold: &str) -> bool {
    const NAMES: [&str; 36] = [
        "ACCEPT",
        "AUTHORIZATION",
        "CACHE_CONTROL",
        "CDN_LOOP",
        "CONNECTION",
        "COOKIE",
        "COOKIE2",
        "DATE",
        "DNT",
        "EXPECT",
        "FORWARDED",
        "FROM",
        "HOST",
        "HTTP2_SETTINGS",
        "KEEP_ALIVE",
        "LAST_EVENT_ID",
        "MAX_FORWARDS",
        "ORIGIN",
        "PRAGMA",
        "PRIORITY",
        "RANGE",
        "REFERER",
        "SET_COOKIE",
        "TE",
        "TRAILER",
        "TRANSFER_ENCODING",
        "UPGRADE",
        "UPGRADE_INSECURE_REQUESTS",
        "USER_AGENT",
        "VIA",
        "X_CSRF_TOKEN",
        "X_HTTP_METHOD_OVERRIDE",
        "X_REAL_IP",
        "X_REQUESTED_WITH",
        "X_REQUEST_ID",
        "X_XSRF_TOKEN",
    ];
    const PREFIXES: [&str; 7] = ["ACCEPT_", "ACCESS_CONTROL_", "CONTENT_", "IF_", "PROXY_", "SEC_", "X_FORWARDED_"];
    // Sent by oauth2-proxy and traefik-forward-auth: about the user, not about the connection.
    const USER: [&str; 6] = ["USER", "EMAIL", "GROUPS", "PREFERRED_USERNAME", "NAME", "SECRET"];
    if let Some(rest) = fold.strip_prefix("X_FORWARDED_")
        && USER.contains(&rest)
    {
        return false;
    }
    NAMES.contains(&fold) || PREFIXES.iter().any(|prefix| fold.starts_with(prefix))
}
