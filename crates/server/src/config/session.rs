//! The session cookie.

use super::vars::Vars;

/// The session cookie's attributes.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// `SESSION_COOKIE`, by default the app's name and `_session`.
    pub cookie: String,
    /// `SESSION_PATH`, by default `/`.
    pub path: String,
    /// `SESSION_DOMAIN`, by default the host alone.
    pub domain: Option<String>,
    /// `SESSION_SECURE_COOKIE`; when unset, `Secure` follows the request's scheme.
    pub secure: Option<bool>,
}

impl SessionConfig {
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
        Self { cookie, path, domain, secure }
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
    #[test]
    fn cookie_name_follows_the_app_name() {
        assert_eq!(super::slug("2FAuth"), "2fauth");
        assert_eq!(super::slug("My  own-App!"), "my_own_app");
        assert_eq!(super::slug("日本"), "sixpin");
    }
}
