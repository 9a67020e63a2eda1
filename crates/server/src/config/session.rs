//! The session cookie.

use super::vars::Vars;

/// The session cookie's attributes.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// `SESSION_COOKIE`, by default the app's name and `_session`; see [`SessionConfig::cookie_name`].
    cookie: String,
    /// `SESSION_PATH`, by default `/`.
    pub path: String,
    /// `SESSION_DOMAIN`, by default the host alone.
    pub domain: Option<String>,
    /// `SESSION_SECURE_COOKIE`; when unset, `Secure` follows the request's scheme.
    pub secure: Option<bool>,
    /// `SESSION_MAX_DAYS`: days after which a session ends although it is used.
    pub max_days: u16,
}

impl SessionConfig {
    /// Returns the name of the cookie. Over https it has a prefix by which browsers refuse one that a page over http or
    /// of a neighbour in the same domain sets (RFC 6265bis, section 4.1.3).
    pub fn cookie_name(&self, is_https: bool) -> String {
        let is_prefixed = ["__Host-", "__Secure-"].iter().any(|prefix| self.cookie.starts_with(prefix));
        let prefix = match (self.is_secure(is_https) && !is_prefixed, &self.domain) {
            (false, _) => "",
            (true, None) if self.path == "/" => "__Host-",
            (true, _) => "__Secure-",
        };
        format!("{prefix}{}", self.cookie)
    }

    /// Whether cookies have the attribute `Secure`.
    pub fn is_secure(&self, is_https: bool) -> bool {
        self.secure.unwrap_or(is_https)
    }

    pub(super) fn read(vars: &mut Vars, app_name: &str) -> Self {
        let cookie = vars.text("SESSION_COOKIE").unwrap_or_else(|| format!("{}_session", slug(app_name)));
        if !cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            vars.problem(format!("SESSION_COOKIE: {cookie:?} may only have letters, digits, '-', '_' and '.'"));
        }
        let path = vars.text("SESSION_PATH").unwrap_or_else(|| "/".into());
        let domain = vars.text("SESSION_DOMAIN");
        for (name, value) in [("SESSION_PATH", Some(&path)), ("SESSION_DOMAIN", domain.as_ref())] {
            if value.is_some_and(|value| value.bytes().any(|byte| byte <= b' ' || byte == b';' || byte >= 0x7f)) {
                vars.problem(format!("{name} may not have blanks, semicolons or special characters"));
            }
        }
        let secure = vars.text("SESSION_SECURE_COOKIE").is_some().then(|| vars.flag("SESSION_SECURE_COOKIE", true));
        let max_days = vars.parsed("SESSION_MAX_DAYS", 90);
        if !(1..=3650).contains(&max_days) {
            vars.problem(format!("SESSION_MAX_DAYS must be a number from 1 to 3650, not {max_days}"));
        }
        Self { cookie, path, domain, secure, max_days }
    }
}

/// A name in lower case with `_` for runs of anything else than letters and digits.
fn slug(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    if slug.is_empty() { "sixpin".into() } else { slug }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{SessionConfig, Vars, slug};

    #[test]
    fn over_https_the_name_has_the_prefix_that_fits() {
        let name = |given: &[(&str, &str)], is_https: bool| {
            let given: BTreeMap<_, _> = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            SessionConfig::read(&mut Vars::new(given), "Sixpin").cookie_name(is_https)
        };
        assert_eq!(name(&[], false), "sixpin_session");
        assert_eq!(name(&[], true), "__Host-sixpin_session");
        assert_eq!(name(&[("SESSION_PATH", "/2fa")], true), "__Secure-sixpin_session");
        assert_eq!(name(&[("SESSION_DOMAIN", "example.org")], true), "__Secure-sixpin_session");
        assert_eq!(name(&[("SESSION_SECURE_COOKIE", "false")], true), "sixpin_session");
        assert_eq!(name(&[("SESSION_COOKIE", "__Host-x")], true), "__Host-x");
    }

    #[test]
    fn cookie_name_follows_the_app_name() {
        assert_eq!(slug("2FAuth"), "2fauth");
        assert_eq!(slug("My  own-App!"), "my_own_app");
        assert_eq!(slug("日本"), "sixpin");
    }
}
