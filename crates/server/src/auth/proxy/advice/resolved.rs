//! What a configuration comes down to.

use super::super::header::{Header, shown};
use crate::config::Config;
use crate::config::auth_proxy::{Admins, AssertionConfig, GroupSource};

/// A setting and what it comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What it decides, a word for programs.
    pub topic: &'static str,
    /// The variable that sets it.
    pub variable: &'static str,
    /// What counts: a header as it comes, a list, or a word that the variable takes. Never a secret.
    pub value: Option<String>,
    /// What was written in the variable, where that is something else.
    pub written: Option<String>,
}

/// What the settings of signing in by a proxy come down to; nothing where people sign in at Sixpin itself.
pub fn resolved(config: &Config) -> Vec<Resolved> {
    let Some(auth_proxy) = &config.auth_proxy else { return Vec::new() };
    let groups = auth_proxy.admins.as_ref().and_then(|admins| admins.groups.as_ref());
    let groups = groups.and_then(|groups| match &groups.source {
        GroupSource::Header(header) => Some(header),
        GroupSource::Claim(_) => None,
    });
    let word = |is_on: bool, on: &str, off: &str| Some(if is_on { on } else { off }.to_owned());
    let mut all = vec![plain("preset", "AUTH_PROXY_PRESET", auth_proxy.preset.map(str::to_owned))];
    all.extend(auth_proxy.assertion.iter().flat_map(of_assertion));
    let has_certificate = config.tls.as_ref().is_some_and(|tls| tls.proxy.is_some());
    all.extend([
        plain("certificate", "AUTH_PROXY_CLIENT_CA", word(has_certificate, "true", "false")),
        plain("peers", "AUTH_PROXY_TRUSTED_PROXIES", Some(auth_proxy.trust.to_string())),
        plain("forwarded", "TRUSTED_PROXIES", Some(config.trusted_proxies.to_string())),
        named("user", "AUTH_PROXY_HEADER_FOR_USER", auth_proxy.user.as_ref()),
        named("id", "AUTH_PROXY_HEADER_FOR_ID", auth_proxy.id.as_ref()),
        named("email", "AUTH_PROXY_HEADER_FOR_EMAIL", auth_proxy.email.as_ref()),
        named("name", "AUTH_PROXY_HEADER_FOR_NAME", auth_proxy.name.as_ref()),
        named("groups", "AUTH_PROXY_HEADER_FOR_GROUPS", groups),
        named("secret", "AUTH_PROXY_SECRET", auth_proxy.secret.as_ref().map(|secret| &secret.header)),
        plain("encoding", "AUTH_PROXY_VALUE_ENCODING", Some(auth_proxy.encoding.as_str().to_owned())),
        plain("prefix", "AUTH_PROXY_STRIP_PREFIX", auth_proxy.strip_prefix.clone()),
        plain("case", "AUTH_PROXY_USERNAME_CASE", word(auth_proxy.lower_case_names, "lower", "exact")),
        plain("aliases", "AUTH_PROXY_ALIAS_POLICY", word(auth_proxy.ignore_aliases, "ignore", "reject")),
        plain("create", "AUTH_PROXY_AUTO_CREATE", word(auth_proxy.auto_create, "true", "false")),
        administrators(auth_proxy.admins.as_ref(), auth_proxy.first_user_admin),
        plain("deleted", "AUTH_PROXY_RECREATE_DELETED", word(auth_proxy.recreate_deleted, "true", "false")),
        plain("tokens", "AUTH_PROXY_ALLOW_PAT", word(auth_proxy.tokens.is_some(), "true", "false")),
        plain("logout", "PROXY_LOGOUT_URL", auth_proxy.logout_url.clone()),
    ]);
    all
}

/// What is signed, by whom, and what it tells.
fn of_assertion(assertion: &AssertionConfig) -> Vec<Resolved> {
    let claims = [
        ("user", Some(&assertion.user)),
        ("id", assertion.id.as_ref()),
        ("e-mail", assertion.email.as_ref()),
        ("name", assertion.name.as_ref()),
        ("groups", assertion.groups.as_ref()),
    ];
    let claims = claims.iter().filter_map(|(what, claim)| Some(format!("{what}: {}", claim.as_ref()?.name)));
    vec![
        named("assertion", "AUTH_PROXY_JWT_HEADER", Some(&assertion.header)),
        plain("keys", "AUTH_PROXY_JWT_JWKS_URL", Some(assertion.keys.to_string())),
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
    let written = header.map(|header| header.configured.clone());
    let value = header.map(|header| shown(&header.wire));
    let differs = written.as_ref().zip(value.as_ref()).is_some_and(|(one, other)| !one.eq_ignore_ascii_case(other));
    Resolved { topic, variable, value, written: written.filter(|_| differs) }
}

/// Who administrates: names and groups, or whether the first person does.
fn administrators(admins: Option<&Admins>, first: bool) -> Resolved {
    let Some(admins) = admins else {
        return plain("first", "AUTH_PROXY_FIRST_USER_ADMIN", Some(first.to_string()));
    };
    let groups = admins.groups.iter().flat_map(|groups| &groups.names);
    let mut names: Vec<&str> = admins.users.iter().chain(groups).map(String::as_str).collect();
    names.sort_unstable();
    plain("administrators", "AUTH_PROXY_ADMIN_USERS, AUTH_PROXY_ADMIN_GROUPS", Some(names.join(", ")))
}
