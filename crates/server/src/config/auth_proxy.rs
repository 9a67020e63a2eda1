//! Sign-in by a trusted reverse proxy: `AUTHENTICATION_GUARD`, `AUTH_PROXY_*` and `PROXY_LOGOUT_URL`.

mod admins;
pub mod advice;
mod faults;
mod hints;
mod jwt;
mod preset;
mod secret;
mod summary;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
mod variables;
mod words;

use authproxy::preset::AttributeNames;
use authproxy::{AuthProxy, Encoding, Notation, Settings, TrustList};
use url::Url;
use vault::email;

pub use self::jwt::{KeySource, describe_keys_fault};
pub use self::tokens::TokenConfig;
pub use self::variables::header_variable;
use self::words::{read_choice, read_choice_or, read_header};
use super::outgoing::is_here;
use super::trust;
use super::vars::Vars;

/// Prefix of the variables of this section.
const PREFIX: &str = "AUTH_PROXY_";
/// The names of the variables without [`PREFIX`]. Any other is refused: a typo could switch a protection off.
const KNOWN: &[&str] = &[
    "ADMIN_GROUPS",
    "ADMIN_USERS",
    "ALIAS_POLICY",
    "ALLOW_ANY_PEER",
    "ALLOW_PAT",
    "AUTO_CREATE",
    "CLIENT_CA",
    "CLIENT_PIN",
    "CLIENT_SAN",
    "DENY_USERS",
    "FIRST_USER_ADMIN",
    "GROUPS_SEPARATOR",
    "HEADER_FOR_EMAIL",
    "HEADER_FOR_GROUPS",
    "HEADER_FOR_ID",
    "HEADER_FOR_NAME",
    "HEADER_FOR_USER",
    "HEADER_NOTATION",
    "JWT_ALGS",
    "JWT_AUD",
    "JWT_CLAIM_EMAIL",
    "JWT_CLAIM_GROUPS",
    "JWT_CLAIM_ID",
    "JWT_CLAIM_NAME",
    "JWT_CLAIM_USER",
    "JWT_HEADER",
    "JWT_ISS",
    "JWT_JWKS_FILE",
    "JWT_JWKS_URL",
    "JWT_KEY_FILE",
    "JWT_LEEWAY",
    "JWT_MAX_LIFETIME",
    "PAT_BYPASS_STRIPS_IDENTITY",
    "PAT_HEADER",
    "PAT_MAX_IDLE",
    "PRESET",
    "RECREATE_DELETED",
    "SECRET",
    "SECRET_FILE",
    "SECRET_HEADER",
    "STRIP_PREFIX",
    "STRIP_SUFFIX",
    "TRUSTED_PROXIES",
    "USERNAME_CASE",
    "VALUE_ENCODING",
];

/// The settings of sign-in by a reverse proxy.
#[derive(Debug, Clone)]
pub struct AuthProxyConfig {
    /// The name of the preset.
    pub preset: Option<&'static str>,
    /// The rules by which a request has an identity.
    pub rules: AuthProxy,
    /// The source of the keys that confirm assertions.
    pub keys: Option<KeySource>,
    /// The treatment of identities without a user.
    pub admission: AdmissionConfig,
    /// The page on which users sign out of the proxy.
    pub logout_url: Option<String>,
    /// The settings of personal access tokens; `None` if they aren't accepted.
    pub tokens: Option<TokenConfig>,
}

/// The treatment of identities without a user.
#[derive(Debug, Clone, Copy)]
pub struct AdmissionConfig {
    /// Whether a user is created.
    pub auto_create: bool,
    /// Whether the first user of an empty instance becomes its administrator, unless there are lists of administrators.
    pub first_user_admin: bool,
    /// Whether users whom an administrator deleted may be created again.
    pub recreate_deleted: bool,
    /// Whether the case of names counts.
    pub case: NameCase,
}

/// Whether the case of names counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameCase {
    /// A name means the user of exactly that name.
    Exact,
    /// A name in lower case, as the rules state it, means the one user whose name it is in any case.
    Ignored,
}

impl AuthProxyConfig {
    /// Reads the configuration; `None` when users sign in at Sixpin itself. `trusted_proxies` is the list in
    /// `TRUSTED_PROXIES`, which counts unless `AUTH_PROXY_TRUSTED_PROXIES` has a narrower one.
    ///
    /// Problems and warnings are left in `vars`; with a problem the result is not to be used, and may be `None`.
    pub fn read(vars: &mut Vars, trusted_proxies: &TrustList) -> Option<Self> {
        if !is_enabled(vars) {
            warn_of_idle(vars);
            return None;
        }
        refuse_unknown(vars);
        let notation = read_choice(
            vars,
            "AUTH_PROXY_HEADER_NOTATION",
            &[("auto", Notation::Auto), ("wire", Notation::Wire), ("cgi", Notation::Cgi)],
        );
        let trust = match vars.text("AUTH_PROXY_TRUSTED_PROXIES") {
            Some(_) => trust::read(vars, "AUTH_PROXY_TRUSTED_PROXIES"),
            None => trusted_proxies.clone(),
        };
        let preset = preset::read(vars);
        let (assertion, keys) =
            if jwt::is_enabled(vars, preset) { Some(jwt::read(vars, preset, notation)?) } else { None }.unzip();
        // Beside an assertion, headers of the preset aren't looked at unless they are set by themselves.
        let usual = if assertion.is_some() { AttributeNames::NONE } else { preset.headers };
        let user = read_header(vars, "AUTH_PROXY_HEADER_FOR_USER", usual.user, notation);
        if user.is_none() && vars.text("AUTH_PROXY_HEADER_FOR_USER").is_some() {
            return None;
        }
        let encodings = Encoding::ALL.map(|encoding| (encoding.as_str(), encoding));
        let prefix = vars.text("AUTH_PROXY_STRIP_PREFIX");
        let secret = secret::read(vars, notation);
        let mut settings = Settings {
            trust,
            secret,
            user,
            email: read_header(vars, "AUTH_PROXY_HEADER_FOR_EMAIL", usual.email, notation),
            id: read_header(vars, "AUTH_PROXY_HEADER_FOR_ID", usual.id, notation),
            display_name: read_header(vars, "AUTH_PROXY_HEADER_FOR_NAME", usual.display_name, notation),
            encoding: read_choice_or(vars, "AUTH_PROXY_VALUE_ENCODING", &encodings, preset.encoding),
            strip_prefix: prefix.or_else(|| preset.strip_prefix.map(str::to_owned)),
            strip_suffix: vars.text("AUTH_PROXY_STRIP_SUFFIX"),
            lower_case_names: read_choice(vars, "AUTH_PROXY_USERNAME_CASE", &[("exact", false), ("lower", true)]),
            ignore_aliases: read_choice(vars, "AUTH_PROXY_ALIAS_POLICY", &[("reject", false), ("ignore", true)]),
            deny_users: vars.list("AUTH_PROXY_DENY_USERS").iter().collect(),
            deny_email_domains: [email::FALLBACK_DOMAIN.to_owned()].into(),
            assertion,
            ..Settings::default()
        };
        let auto_create = vars.flag("AUTH_PROXY_AUTO_CREATE", true);
        let first_user_admin = vars.flag("AUTH_PROXY_FIRST_USER_ADMIN", true);
        (settings.admins, settings.groups) = admins::read(vars, preset, settings.assertion.as_ref(), notation);
        let recreate_deleted = vars.flag("AUTH_PROXY_RECREATE_DELETED", false);
        let case = if settings.lower_case_names { NameCase::Ignored } else { NameCase::Exact };
        let logout_url = read_logout_url(vars);
        let tokens = TokenConfig::read(vars, &settings, notation);
        settings.allow_any_peer = vars.flag("AUTH_PROXY_ALLOW_ANY_PEER", false);
        faults::report(vars, &settings);
        Some(Self {
            preset: Some(preset.name).filter(|name| !name.is_empty()),
            // The faults of the settings have been reported as problems.
            rules: AuthProxy::new(settings).ok()?,
            keys,
            admission: AdmissionConfig { auto_create, first_user_admin, recreate_deleted, case },
            logout_url,
            tokens,
        })
    }

    /// The settings of the rules.
    pub fn settings(&self) -> &Settings {
        self.rules.settings()
    }

    /// Returns why every request is refused although the program starts, and what to do.
    pub fn fault(&self) -> Option<&'static str> {
        (self.settings().trust.is_empty() && self.settings().assertion.is_none()).then_some(
            "no proxy is trusted, so every request will be refused with 403: set TRUSTED_PROXIES to the address of the \
             reverse proxy, as TRUSTED_PROXIES=192.0.2.7",
        )
    }

    /// Whether keys are fetched from another machine.
    pub fn fetches_keys(&self) -> bool {
        matches!(&self.keys, Some(KeySource::Url(url)) if !is_here(url))
    }
}

/// Whether a reverse proxy signs users in: `AUTH_GUARD`, else `AUTHENTICATION_GUARD`.
fn is_enabled(vars: &mut Vars) -> bool {
    let alias = vars.text("AUTH_GUARD");
    let name = if alias.is_some() { "AUTH_GUARD" } else { "AUTHENTICATION_GUARD" };
    read_choice(vars, name, &[("web-guard", false), ("reverse-proxy-guard", true)])
}

/// Warns of settings that do nothing, because users sign in at Sixpin itself.
fn warn_of_idle(vars: &mut Vars) {
    let given = vars.names_after(PREFIX).into_iter().map(|name| format!("{PREFIX}{name}"));
    let idle: Vec<String> = given.filter(|variable| vars.text(variable).is_some()).collect();
    if !idle.is_empty() {
        vars.warning(format!(
            "{} without effect: people sign in at Sixpin itself, unless AUTHENTICATION_GUARD=reverse-proxy-guard",
            idle.join(", ")
        ));
    }
}

fn refuse_unknown(vars: &mut Vars) {
    for name in vars.names_after(PREFIX) {
        let variable = format!("{PREFIX}{name}");
        if !KNOWN.contains(&name.as_str()) && vars.text(&variable).is_some() {
            vars.problem(format!(
                "{variable} is not known: correct its name or remove it, so that nothing is less protected than it seems"
            ));
        }
    }
}

fn read_logout_url(vars: &mut Vars) -> Option<String> {
    let text = vars.text("PROXY_LOGOUT_URL")?;
    let is_plain = !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    let is_rooted = text.starts_with('/') && !text.starts_with("//");
    let is_web = Url::parse(&text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && text.contains("://"));
    if is_plain && (is_rooted || is_web) {
        return Some(text);
    }
    vars.problem(format!(
        "PROXY_LOGOUT_URL: {text:?} is neither an http(s) URL nor a path on this server that starts with a single `/`"
    ));
    None
}
