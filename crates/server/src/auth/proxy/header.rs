//! Names of identity headers: one configured name stands for exactly one name on the wire.
//!
//! Programs behind CGI-like interfaces (RFC 3875 section 4.1.18) see the header `Remote-User` as `HTTP_REMOTE_USER`, so
//! that is what their users configure; others write the header's own name. Accepting several spellings of one name
//! would let a client slip in the one that the proxy doesn't overwrite.

use http::{HeaderMap, HeaderName};

/// How configured names are read.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The variable that names it.
    pub variable: &'static str,
    /// The name as it was configured.
    pub configured: String,
    /// The one name under which it is read.
    pub wire: HeaderName,
    fold: String,
}

impl Header {
    /// The header that the variable `variable` calls `configured`.
    ///
    /// # Errors
    /// A sentence that says why no identity can be read from a header of that name.
    pub fn parse(variable: &'static str, configured: &str, notation: Notation) -> Result<Self, String> {
        let wire = wire(variable, configured, notation)?;
        let fold = fold(wire.as_str());
        if is_reserved(&fold) {
            return Err(format!(
                "{variable}: the header {wire} has a meaning of its own in HTTP or can be set by clients; let the \
                 proxy send the value in a header of another name"
            ));
        }
        Ok(Self { variable, configured: configured.to_owned(), wire, fold })
    }

    /// Whether a CGI-like program could take a header of that name for this one.
    pub fn collides_with(&self, name: &str) -> bool {
        let mut rest = name.as_bytes();
        while rest.len() >= 5 && rest[..5].iter().copied().map(folded).eq(*b"HTTP_") {
            rest = &rest[5..];
        }
        rest.len() == self.fold.len() && rest.iter().copied().map(folded).eq(self.fold.bytes())
    }

    /// Whether `name` could be taken for this header without being it.
    pub fn has_alias(&self, name: &HeaderName) -> bool {
        self.collides_with(name.as_str()) && *name != self.wire
    }
}

/// The one name on the wire that the variable `variable` means by `configured`.
///
/// # Errors
/// A sentence that says why that is no name of a header.
pub fn wire(variable: &str, configured: &str, notation: Notation) -> Result<HeaderName, String> {
    let usable = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if configured.is_empty() || !configured.bytes().all(usable) {
        return Err(format!(
            "{variable}: {configured:?} is not the name of a header; it consists of letters, digits, `-` and `_`"
        ));
    }
    HeaderName::try_from(wire_name(configured, notation))
        .map_err(|_| format!("{variable}: {configured:?} leaves no name of a header"))
}

/// The names of a request's headers, each once, as far as they fit into a line: never their values.
pub fn names(headers: &HeaderMap) -> Vec<String> {
    headers.keys().take(64).map(|name| shown(name).chars().take(64).collect()).collect()
}

/// A name to show, or to configure: `remote-user` becomes `Remote-User`.
pub fn shown(name: &HeaderName) -> String {
    let mut starts_word = true;
    let capitalise = |letter: char| {
        let shown = if starts_word { letter.to_ascii_uppercase() } else { letter };
        starts_word = !letter.is_ascii_alphanumeric();
        shown
    };
    name.as_str().chars().map(capitalise).collect()
}

fn wire_name(configured: &str, notation: Notation) -> String {
    let variable = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    match (notation, configured.strip_prefix("HTTP_")) {
        (Notation::Auto, Some(rest)) if !rest.is_empty() && rest.bytes().all(variable) => rest.replace('_', "-"),
        (Notation::Cgi, rest) => rest.unwrap_or(configured).replace('_', "-"),
        (Notation::Auto | Notation::Wire, _) => configured.to_owned(),
    }
}

fn folded(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_uppercase() } else { b'_' }
}

/// The CGI variable of a header, without any `HTTP_` in front: names with one fold could be taken for each other.
fn fold(name: &str) -> String {
    let mut fold: String = name.bytes().map(|byte| char::from(folded(byte))).collect();
    while let Some(rest) = fold.strip_prefix("HTTP_") {
        fold = rest.to_owned();
    }
    fold
}

/// Whether the header has a meaning of its own, or is one that clients set.
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
    // What forwarding proxies say about the person, not about the connection (oauth2-proxy, traefik-forward-auth).
    const PERSON: [&str; 6] = ["USER", "EMAIL", "GROUPS", "PREFERRED_USERNAME", "NAME", "SECRET"];
    if let Some(rest) = fold.strip_prefix("X_FORWARDED_")
        && PERSON.contains(&rest)
    {
        return false;
    }
    NAMES.contains(&fold) || PREFIXES.iter().any(|prefix| fold.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(configured: &str, notation: Notation) -> Header {
        Header::parse("AUTH_PROXY_HEADER_FOR_USER", configured, notation).unwrap()
    }

    #[test]
    fn one_configured_name_is_one_wire_name() {
        for (configured, auto, wire, cgi) in [
            ("REMOTE_USER", "remote_user", "remote_user", "remote-user"),
            ("Remote-User", "remote-user", "remote-user", "remote-user"),
            ("remote-user", "remote-user", "remote-user", "remote-user"),
            ("HTTP_REMOTE_USER", "remote-user", "http_remote_user", "remote-user"),
            ("2FAUTH-User", "2fauth-user", "2fauth-user", "2fauth-user"),
            ("HTTP_2FAUTH-User", "http_2fauth-user", "http_2fauth-user", "2fauth-user"),
            ("HTTP_2FAUTH_USER", "2fauth-user", "http_2fauth_user", "2fauth-user"),
            ("HTTP_X_AUTHENTIK_USERNAME", "x-authentik-username", "http_x_authentik_username", "x-authentik-username"),
            ("http_remote_user", "http_remote_user", "http_remote_user", "http-remote-user"),
        ] {
            for (notation, expected) in [(Notation::Auto, auto), (Notation::Wire, wire), (Notation::Cgi, cgi)] {
                assert_eq!(header(configured, notation).wire, expected, "{configured} {notation:?}");
            }
        }
        assert_eq!(header("HTTP_", Notation::Auto).wire, "http_");
        assert!(Header::parse("X", "HTTP_", Notation::Cgi).is_err());
    }

    #[test]
    fn aliases_are_names_of_one_fold() {
        for (configured, aliases, strangers) in [
            (
                "REMOTE_USER",
                &["Remote-User", "Remote.User", "HTTP_REMOTE_USER", "http-http-remote-user", "Remote~User"][..],
                &["X-Remote-User", "REMOTE_USER_EMAIL", "REMOTE_USE", "REMOTE_USER"][..],
            ),
            ("Remote-User", &["REMOTE_USER", "Remote_User", "HTTP_REMOTE_USER"], &["remote-user", "remoteuser"]),
            ("HTTP_REMOTE_USER", &["REMOTE_USER", "HTTP_REMOTE_USER"], &["Remote-User"]),
            ("2FAUTH-User", &["2FAUTH_User", "HTTP_2FAUTH-User"], &["2FAUTH-User", "REMOTE_USER"]),
            ("HTTP_2FAUTH-User", &["2FAUTH-User", "HTTP-2FAUTH-User"], &["HTTP_2FAUTH-User"]),
            ("HTTP_2FAUTH_USER", &["2FAUTH_USER"], &["2FAUTH-User"]),
        ] {
            let header = header(configured, Notation::Auto);
            for alias in aliases {
                assert!(header.has_alias(&alias.parse().unwrap()), "{alias} looks like {configured}");
            }
            for stranger in strangers {
                assert!(!header.has_alias(&stranger.parse().unwrap()), "{stranger} doesn't look like {configured}");
            }
        }
    }

    #[test]
    fn n_20_reserved_and_malformed_names_are_refused() {
        for bad in [
            "Authorization",
            "HTTP_AUTHORIZATION",
            "Host",
            "http-host",
            "HTTP_COOKIE",
            "X.User",
            "Remote User",
            "Usér",
            "",
            "Content-Type",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X_Real_IP",
            "Sec-Fetch-Site",
            "Connection",
            "Expect",
        ] {
            assert!(Header::parse("X", bad, Notation::Auto).is_err(), "{bad}");
        }
        for good in
            ["X-Forwarded-User", "X-Forwarded-Email", "Cf-Access-Authenticated-User-Email", "Tailscale-User-Login"]
        {
            assert!(Header::parse("X", good, Notation::Auto).is_ok(), "{good}");
        }
    }

    #[test]
    fn names_are_shown_as_people_write_them() {
        for (wire, expected) in [("remote-user", "Remote-User"), ("remote_user", "Remote_User"), ("x.u", "X.U")] {
            assert_eq!(shown(&HeaderName::from_static(wire)), expected);
        }
        let name = shown(&HeaderName::from_static("http_remote_user"));
        assert_eq!(
            header(&name, Notation::Auto).wire,
            "http_remote_user",
            "configuring what is shown gives that header"
        );
    }
}
