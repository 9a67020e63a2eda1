//! The effective settings.

use authproxy::{Admins, AssertionSettings, Header, Purpose};

use crate::config::Config;
use crate::config::auth_proxy::{KeySource, header_variable};

/// A setting with its effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Its topic, a word for programs.
    pub topic: &'static str,
    /// The variable that sets it.
    pub variable: &'static str,
    /// The effective value: a header as on the wire, a list, or a word that the variable accepts. Never a secret.
    pub value: Option<String>,
    /// The text of the variable, if it differs from the value.
    pub written: Option<String>,
}

/// Returns the effective settings of sign-in by a proxy; none where users sign in at Sixpin itself.
pub fn resolved(config: &Config) -> Vec<Resolved> {
    let Some(auth_proxy) = &config.auth_proxy else { return Vec::new() };
    let (settings, admission) = (auth_proxy.settings(), &auth_proxy.admission);
    let word = |is_on: bool, on: &str, off: &str| Some(if is_on { on } else { off }.to_owned());
    let header = |topic, purpose| named(topic, header_variable(purpose), settings.header(purpose));
    let mut all = vec![plain("preset", "AUTH_PROXY_PRESET", auth_proxy.preset.map(str::to_owned))];
    if let Some((assertion, keys)) = settings.assertion.as_ref().zip(auth_proxy.keys.as_ref()) {
        all.extend(of_assertion(assertion, keys));
    }
    let has_certificate = config.tls.as_ref().is_some_and(|tls| tls.proxy.is_some());
    all.extend([
        plain("certificate", "AUTH_PROXY_CLIENT_CA", has_certificate.then(|| "true".to_owned())),
        plain("peers", "AUTH_PROXY_TRUSTED_PROXIES", Some(settings.trust.to_string())),
        plain("forwarded", "TRUSTED_PROXIES", Some(config.trusted_proxies.to_string())),
        header("user", Purpose::User),
        header("id", Purpose::Id),
        header("email", Purpose::Email),
        header("name", Purpose::DisplayName),
        header("groups", Purpose::Groups),
        named("secret", "AUTH_PROXY_SECRET", settings.header(Purpose::Secret)),
        plain("encoding", "AUTH_PROXY_VALUE_ENCODING", Some(settings.encoding.as_str().to_owned())),
        plain("prefix", "AUTH_PROXY_STRIP_PREFIX", settings.strip_prefix.clone()),
        plain("suffix", "AUTH_PROXY_STRIP_SUFFIX", settings.strip_suffix.clone()),
        plain("case", "AUTH_PROXY_USERNAME_CASE", word(settings.lower_case_names, "lower", "exact")),
        plain("aliases", "AUTH_PROXY_ALIAS_POLICY", word(settings.ignore_aliases, "ignore", "reject")),
        plain("create", "AUTH_PROXY_AUTO_CREATE", word(admission.auto_create, "true", "false")),
        administrators(settings.admins.as_ref(), admission.first_user_admin),
        plain("deleted", "AUTH_PROXY_RECREATE_DELETED", word(admission.recreate_deleted, "true", "false")),
        plain("tokens", "AUTH_PROXY_ALLOW_PAT", word(auth_proxy.tokens.is_some(), "true", "false")),
        plain("logout", "PROXY_LOGOUT_URL", auth_proxy.logout_url.clone()),
    ]);
    all
}

/// Returns the settings of signed assertions.
fn of_assertion(assertion: &AssertionSettings, keys: &KeySource) -> Vec<Resolved> {
    let names = [
        ("user", Purpose::User),
        ("id", Purpose::Id),
        ("e-mail", Purpose::Email),
        ("name", Purpose::DisplayName),
        ("groups", Purpose::Groups),
    ];
    let claims = names
        .iter()
        .filter_map(|(word, purpose)| assertion.claims.name(*purpose).map(|claim| format!("{word}: {claim}")));
    vec![
        named("assertion", "AUTH_PROXY_JWT_HEADER", Some(&assertion.header)),
        plain("keys", "AUTH_PROXY_JWT_JWKS_URL", Some(keys.to_string())),
        plain("issuer", "AUTH_PROXY_JWT_ISS", Some(assertion.issuer.clone())),
        plain("audiences", "AUTH_PROXY_JWT_AUD", Some(assertion.audiences.join(", "))),
        plain("algorithms", "AUTH_PROXY_JWT_ALGS", Some(assertion.algorithm_names())),
        plain("claims", "AUTH_PROXY_JWT_CLAIM_USER", Some(claims.collect::<Vec<_>>().join(", "))),
    ]
}

fn plain(topic: &'static str, variable: &'static str, value: Option<String>) -> Resolved {
    Resolved { topic, variable, value, written: None }
}

fn named(topic: &'static str, variable: &'static str, header: Option<&Header>) -> Resolved {
    let Some(header) = header else { return plain(topic, variable, None) };
    let written = (!header.is_literal()).then(|| header.configured().to_owned());
    Resolved { topic, variable, value: Some(header.written()), written }
}

/// Returns the administrators: names and groups, or whether the first user is one.
fn administrators(admins: Option<&Admins>, is_first: bool) -> Resolved {
    let Some(admins) = admins else {
        return plain("first", "AUTH_PROXY_FIRST_USER_ADMIN", Some(is_first.to_string()));
    };
    let mut names: Vec<&str> = admins.users.iter().chain(&admins.groups).map(String::as_str).collect();
    names.sort_unstable();
    plain("administrators", "AUTH_PROXY_ADMIN_USERS, AUTH_PROXY_ADMIN_GROUPS", Some(names.join(", ")))
}
