//! Authentication by a trusted reverse proxy: `AUTHENTICATION_GUARD`, `AUTH_PROXY_*` and `PROXY_LOGOUT_URL`.

mod admins;
mod jwt;
mod preset;
mod secret;
mod summary;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashSet;

use url::Url;

pub use self::admins::{AdminGroups, Admins, GroupSource};
pub use self::jwt::{AssertionConfig, Claim, KeySource};
use self::preset::{Names, Preset};
pub use self::secret::SharedSecret;
pub use self::tokens::TokenConfig;
use super::outgoing::is_here;
use super::trust::TrustList;
use super::vars::Vars;
use crate::auth::proxy::header::{Header, Notation, shown};
use crate::auth::proxy::name_key;
use crate::auth::proxy::value::Encoding;

/// What the variables of this section start with.
const PREFIX: &str = "AUTH_PROXY_";
/// Everything that [`PREFIX`] can be followed by. Anything else is a mistake that might open the door.
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
    "TRUSTED_PROXIES",
    "USERNAME_CASE",
    "VALUE_ENCODING",
];

/// How a reverse proxy tells who is asking, and which proxies are believed.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own that an operator can set")]
pub struct AuthProxyConfig {
    /// The well-known proxy whose settings count where others are not set.
    pub preset: Option<&'static str>,
    /// Peers whose word is taken for who is asking. With signed assertions it may be empty: then any peer may bring them.
    pub trust: TrustList,
    /// What a peer must know besides.
    pub secret: Option<SharedSecret>,
    /// The signed assertion that says who is asking. Headers besides must say the same.
    pub assertion: Option<AssertionConfig>,
    /// Names the person. Without it the assertion does, or else `id` is there and is the person, and `name` or the
    /// address is what the account is called.
    pub user: Option<Header>,
    /// Gives the e-mail address.
    pub email: Option<Header>,
    /// Gives an identifier that stays when the name changes.
    pub id: Option<Header>,
    /// Gives a name to show.
    pub name: Option<Header>,
    /// How values are written.
    pub encoding: Encoding,
    /// What stands in front of every name and is dropped; a name without it is refused.
    pub strip_prefix: Option<String>,
    /// Whether names are put into lower case, for proxies that let people type their name in any case.
    pub lower_case_names: bool,
    /// Whether headers that could be taken for identity headers are left out of account instead of refused.
    pub ignore_aliases: bool,
    /// Keys ([`name_key`]) of names that are never accepted.
    pub deny_users: HashSet<String>,
    /// Whether people without an account get one.
    pub auto_create: bool,
    /// Whether the first person on an empty instance becomes its administrator, where no list says who is.
    pub first_user_admin: bool,
    /// Who administrates, if lists say so.
    pub admins: Option<Admins>,
    /// Whether people whose account an administrator deleted may get a new one.
    pub recreate_deleted: bool,
    /// Where people sign out of the proxy.
    pub logout_url: Option<String>,
    /// How tokens are taken; `None` when they are of no use.
    pub tokens: Option<TokenConfig>,
}

impl AuthProxyConfig {
    /// The configuration, or `None` when people sign in at Sixpin itself. `trusted_proxies` is the list in
    /// `TRUSTED_PROXIES`, which counts unless `AUTH_PROXY_TRUSTED_PROXIES` gives a narrower one.
    ///
    /// Problems and warnings are left in `vars`; with a problem the result is not to be used.
    pub fn read(vars: &mut Vars, trusted_proxies: &TrustList) -> Option<Self> {
        if !is_enabled(vars) {
            warn_of_idle(vars);
            return None;
        }
        refuse_unknown(vars);
        let notation = choice(
            vars,
            "AUTH_PROXY_HEADER_NOTATION",
            &[("auto", Notation::Auto), ("wire", Notation::Wire), ("cgi", Notation::Cgi)],
        );
        let trust = match vars.text("AUTH_PROXY_TRUSTED_PROXIES") {
            Some(_) => TrustList::read(vars, "AUTH_PROXY_TRUSTED_PROXIES"),
            None => trusted_proxies.clone(),
        };
        let preset = preset::read(vars);
        let assertion =
            if jwt::is_meant(vars, preset) { Some(AssertionConfig::read(vars, preset, notation)?) } else { None };
        // What nobody signs is not looked at beside what is signed, unless that is asked for.
        let usual = if assertion.is_some() { Names::NONE } else { preset.headers };
        let user = optional_header(vars, "AUTH_PROXY_HEADER_FOR_USER", usual.user, notation);
        if user.is_none() && vars.text("AUTH_PROXY_HEADER_FOR_USER").is_some() {
            return None;
        }
        let encodings = Encoding::ALL.map(|encoding| (encoding.as_str(), encoding));
        let prefix = vars.text("AUTH_PROXY_STRIP_PREFIX");
        let mut config = Self {
            preset: Some(preset.name).filter(|name| !name.is_empty()),
            trust,
            secret: SharedSecret::read(vars, notation),
            user,
            email: optional_header(vars, "AUTH_PROXY_HEADER_FOR_EMAIL", usual.email, notation),
            id: optional_header(vars, "AUTH_PROXY_HEADER_FOR_ID", usual.id, notation),
            name: optional_header(vars, "AUTH_PROXY_HEADER_FOR_NAME", usual.display, notation),
            encoding: choice_or(vars, "AUTH_PROXY_VALUE_ENCODING", &encodings, preset.encoding),
            strip_prefix: prefix.or_else(|| preset.strip_prefix.map(str::to_owned)),
            lower_case_names: choice(vars, "AUTH_PROXY_USERNAME_CASE", &[("exact", false), ("lower", true)]),
            ignore_aliases: choice(vars, "AUTH_PROXY_ALIAS_POLICY", &[("reject", false), ("ignore", true)]),
            deny_users: vars.list("AUTH_PROXY_DENY_USERS").iter().map(|name| name_key(name)).collect(),
            auto_create: vars.flag("AUTH_PROXY_AUTO_CREATE", true),
            first_user_admin: vars.flag("AUTH_PROXY_FIRST_USER_ADMIN", true),
            admins: Admins::read(vars, preset, assertion.as_ref(), notation),
            recreate_deleted: vars.flag("AUTH_PROXY_RECREATE_DELETED", false),
            logout_url: logout_url(vars),
            assertion,
            tokens: None,
        };
        config.tokens = TokenConfig::read(vars, &config, notation);
        let allow_any_peer = vars.flag("AUTH_PROXY_ALLOW_ANY_PEER", false);
        config.check_trust(vars, allow_any_peer);
        config.check_headers(vars, preset);
        config.check_assertion(vars);
        Some(config)
    }

    /// Why nobody can come in although the program starts, and what to do.
    pub fn fault(&self) -> Option<&'static str> {
        (self.trust.is_empty() && self.assertion.is_none()).then_some(
            "no proxy is trusted, so every request will be refused with 403: set TRUSTED_PROXIES to the address of the \
             reverse proxy, as TRUSTED_PROXIES=192.0.2.7",
        )
    }

    /// Whether keys are asked for beyond this machine.
    pub fn fetches_keys(&self) -> bool {
        self.assertion.as_ref().is_some_and(|assertion| match &assertion.keys {
            KeySource::Url(url) => !is_here(url),
            KeySource::File { .. } => false,
        })
    }

    /// Whether a request that passed the proxy without signing in can't name anybody, because it lacks what the proxy adds
    /// for whom it has signed in.
    pub fn has_proof(&self) -> bool {
        self.secret.is_some() || self.assertion.is_some()
    }

    /// The header that says who is asking: that of the signed assertion, of the name, or of the identifier.
    pub fn naming_header(&self) -> Option<&Header> {
        let assertion = self.assertion.as_ref().map(|assertion| &assertion.header);
        assertion.or(self.user.as_ref()).or(self.id.as_ref())
    }

    /// The headers that the proxy sends, those that can't be left out first.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.guarded_headers().chain(&self.email).chain(&self.name)
    }

    /// The headers that decide who is asking and what they may do: none may come twice or in another spelling.
    pub fn guarded_headers(&self) -> impl Iterator<Item = &Header> {
        let groups = self.admins.as_ref().and_then(|admins| admins.groups.as_ref());
        let groups = groups.and_then(|groups| match &groups.source {
            GroupSource::Header(header) => Some(header),
            GroupSource::Claim(_) => None,
        });
        self.identity_headers().chain(groups)
    }

    /// The headers without which nobody is asking.
    pub fn identity_headers(&self) -> impl Iterator<Item = &Header> {
        let proofs = self.secret.iter().map(|secret| &secret.header);
        let assertion = self.assertion.iter().map(|assertion| &assertion.header);
        self.user.iter().chain(&self.id).chain(proofs).chain(assertion)
    }

    fn check_trust(&self, vars: &mut Vars, allow_any_peer: bool) {
        if !self.trust.is_unbounded() || self.secret.is_some() || self.assertion.is_some() {
            return;
        }
        if allow_any_peer {
            vars.warning(
                "Whoever reaches this server can be any user, because every peer is trusted \
                 (AUTH_PROXY_ALLOW_ANY_PEER=true): make sure that only the reverse proxy reaches it",
            );
        } else {
            vars.problem(format!(
                "TRUSTED_PROXIES trusts every address ({}), so whoever reaches this server could be any user: name the \
                 address of the reverse proxy, or give the proxy a secret (AUTH_PROXY_SECRET), or let it connect \
                 through a Unix socket and trust `unix:`. If nobody but the proxy can reach this server, set \
                 AUTH_PROXY_ALLOW_ANY_PEER=true",
                self.trust
            ));
        }
    }

    fn check_headers(&self, vars: &mut Vars, preset: &Preset) {
        let headers: Vec<&Header> = self.headers().collect();
        // A proxy may tell two things in one header.
        let tells_both = |header: &Header| preset.headers.email == Some(header.configured.as_str());
        for (index, header) in headers.iter().enumerate() {
            for other in &headers[..index] {
                let is_meant = header.wire == other.wire && tells_both(header) && tells_both(other);
                if header.collides_with(other.wire.as_str()) && !is_meant {
                    vars.problem(format!(
                        "{}={} and {}={} could be taken for each other: let the proxy send headers whose names differ \
                         in more than case, `-`, `_` and a leading HTTP_",
                        other.variable, other.configured, header.variable, header.configured
                    ));
                }
            }
            if header.configured == "HTTP_" {
                vars.warning(format!("{}=HTTP_ is read as a header of exactly that name", header.variable));
            }
        }
        let is_shared = |name: &str| ["x-sandstorm-username", "x-sandstorm-preferred-handle"].contains(&name);
        if let Some(user) = self.user.as_ref().filter(|user| is_shared(user.wire.as_str())) {
            vars.warning(format!(
                "{} is not unique in Sandstorm and can be changed by people, so one could take another's account: set \
                 AUTH_PROXY_PRESET=sandstorm instead of {}",
                shown(&user.wire),
                user.variable
            ));
        }
    }

    /// Checks that whatever comes in a header beside an assertion is something that the assertion tells as well.
    fn check_assertion(&self, vars: &mut Vars) {
        let Some(assertion) = &self.assertion else { return };
        for (header, claim, variable) in [
            (&self.id, &assertion.id, "AUTH_PROXY_JWT_CLAIM_ID"),
            (&self.email, &assertion.email, "AUTH_PROXY_JWT_CLAIM_EMAIL"),
            (&self.name, &assertion.name, "AUTH_PROXY_JWT_CLAIM_NAME"),
        ] {
            if let (Some(header), None) = (header, claim) {
                vars.problem(format!(
                    "{} names a header that nobody signs: name the claim of the signed assertion that tells the same in \
                     {variable}, and leave out {} unless both are to be compared",
                    header.variable, header.variable
                ));
            }
        }
    }
}

/// Whether a reverse proxy authenticates people: `AUTH_GUARD`, else `AUTHENTICATION_GUARD`.
fn is_enabled(vars: &mut Vars) -> bool {
    let alias = vars.text("AUTH_GUARD");
    let name = if alias.is_some() { "AUTH_GUARD" } else { "AUTHENTICATION_GUARD" };
    choice(vars, name, &[("web-guard", false), ("reverse-proxy-guard", true)])
}

/// Settings that do nothing, because people sign in at Sixpin itself.
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

/// One of several words, the first one when absent.
fn choice<T: Copy>(vars: &mut Vars, name: &str, choices: &[(&str, T)]) -> T {
    choice_or(vars, name, choices, choices[0].1)
}

/// One of several words, `default` when absent.
fn choice_or<T: Copy>(vars: &mut Vars, name: &str, choices: &[(&str, T)], default: T) -> T {
    let Some(text) = vars.text(name) else { return default };
    if let Some((_, value)) = choices.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        return *value;
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    vars.problem(format!("{name}: {text:?} is none of {}", words.join(", ")));
    default
}

/// The header that a variable names, or else the usual one.
fn header(vars: &mut Vars, variable: &'static str, usual: &str, notation: Notation) -> Option<Header> {
    optional_header(vars, variable, Some(usual), notation)
}

/// The header that a variable names, or else the usual one if there is one.
fn optional_header(vars: &mut Vars, variable: &'static str, usual: Option<&str>, notation: Notation) -> Option<Header> {
    let configured = vars.text(variable).or_else(|| usual.map(str::to_owned))?;
    Header::parse(variable, &configured, notation).map_err(|problem| vars.problem(problem)).ok()
}

fn logout_url(vars: &mut Vars) -> Option<String> {
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
