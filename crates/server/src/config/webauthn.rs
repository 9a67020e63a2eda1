//! Security keys and passkeys (`WEBAUTHN_*`).

use std::fmt;

use url::Url;

use super::app::AppConfig;
use super::vars::Vars;

/// Security keys and passkeys.
#[derive(Debug, Clone)]
pub struct WebauthnConfig {
    /// `WEBAUTHN_NAME`: what a key's owner is told it is for; by default the app's name.
    pub name: String,
    /// `WEBAUTHN_ID`: the domain for which keys are made; by default the host of the page.
    pub id: Option<String>,
    /// `WEBAUTHN_ORIGINS`: pages and apps whose answers count besides this instance's own.
    pub origins: Vec<Url>,
    /// `WEBAUTHN_USER_VERIFICATION`: whether a key asks for a PIN or a fingerprint.
    pub user_verification: UserVerification,
}

/// Whether a key makes sure that it is its owner who touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserVerification {
    /// It must.
    Required,
    /// It does if it can.
    Preferred,
    /// It needn't.
    Discouraged,
}

impl fmt::Display for UserVerification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
            Self::Discouraged => "discouraged",
        })
    }
}

impl WebauthnConfig {
    pub(super) fn read(vars: &mut Vars, app: &AppConfig) -> Self {
        let id = vars.text("WEBAUTHN_ID").map(|id| id.to_ascii_lowercase());
        if let Some(id) = &id {
            check_id(vars, id, app.url.as_ref().and_then(Url::host_str));
        }
        let mut origins = Vec::new();
        for text in vars.list("WEBAUTHN_ORIGINS") {
            match Url::parse(&text) {
                Ok(origin) => origins.push(origin),
                Err(_) => {
                    vars.problem(format!(
                        "WEBAUTHN_ORIGINS: {text:?} is not an origin such as https://2fa.example.org"
                    ));
                }
            }
        }
        let user_verification = match vars.text("WEBAUTHN_USER_VERIFICATION").as_deref() {
            None | Some("preferred") => UserVerification::Preferred,
            Some("required") => UserVerification::Required,
            Some("discouraged") => UserVerification::Discouraged,
            Some(other) => {
                vars.problem(format!(
                    "WEBAUTHN_USER_VERIFICATION: {other:?} is neither required, preferred nor discouraged"
                ));
                UserVerification::Preferred
            }
        };
        Self { name: vars.text("WEBAUTHN_NAME").unwrap_or_else(|| app.name.clone()), id, origins, user_verification }
    }
}

fn check_id(vars: &mut Vars, id: &str, host: Option<&str>) {
    let is_domain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if !is_domain {
        vars.problem(format!(
            "WEBAUTHN_ID: {id:?} is not a domain such as example.org, without https:// and without port"
        ));
    } else if let Some(host) = host.filter(|host| !is_within(host, id)) {
        vars.warning(format!(
            "WEBAUTHN_ID: no security key will work, as browsers refuse {id:?} on the pages of APP_URL: it must be {host:?} \
             or a domain above it"
        ));
    }
}

/// Whether a host is a domain, or below it.
pub fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(given: &[(&str, &str)]) -> (WebauthnConfig, (Vec<String>, Vec<String>)) {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
        let app = AppConfig::read(&mut vars);
        let config = WebauthnConfig::read(&mut vars, &app);
        (config, vars.into_findings())
    }

    #[test]
    fn nothing_need_be_set() {
        let (config, findings) = read(&[("WEBAUTHN_ID", ""), ("WEBAUTHN_USER_VERIFICATION", ""), ("APP_NAME", "Keys")]);
        assert_eq!((config.name.as_str(), config.id, config.origins), ("Keys", None, vec![]));
        assert_eq!((config.user_verification, findings), (UserVerification::Preferred, (vec![], vec![])));
    }

    #[test]
    fn what_no_browser_would_accept_is_told() {
        let of_id = |id| {
            let (problems, warnings) = read(&[("APP_URL", "https://2fa.example.org"), ("WEBAUTHN_ID", id)]).1;
            (problems.len(), warnings.len())
        };
        for good in ["2fa.example.org", "example.org", "Example.org"] {
            assert_eq!(of_id(good), (0, 0), "{good}");
        }
        for elsewhere in ["other.example.org", "a.2fa.example.org", "mple.org"] {
            assert_eq!(of_id(elsewhere), (0, 1), "{elsewhere}");
        }
        for bad in ["https://2fa.example.org", "2fa.example.org:8000"] {
            assert_eq!(of_id(bad), (1, 0), "{bad}");
        }
        for bad in [("WEBAUTHN_ORIGINS", "https://a.example, b"), ("WEBAUTHN_USER_VERIFICATION", "always")] {
            assert_eq!(read(&[bad]).1.0.len(), 1, "{bad:?}");
        }
    }
}
