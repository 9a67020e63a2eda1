//! Authentication by a trusted reverse proxy: `AUTHENTICATION_GUARD`, `AUTH_PROXY_*` and `PROXY_LOGOUT_URL`.

mod admins;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;

use subtle::{Choice, ConstantTimeEq};
use url::Url;
use zeroize::Zeroizing;

pub use self::admins::{AdminGroups, Admins};
use super::trust::TrustList;
use super::vars::Vars;
use crate::auth::proxy::header::{Header, Notation, shown};
use crate::auth::proxy::name_key;
use crate::auth::proxy::value::Encoding;

/// Shorter secrets can be guessed.
const SECRET_BYTES: usize = 32;

/// What the variables of this section start with.
const PREFIX: &str = "AUTH_PROXY_";
/// Everything that [`PREFIX`] can be followed by. Anything else is a mistake that might open the door.
const KNOWN: [&str; 22] = [
    "ADMIN_GROUPS",
    "ADMIN_USERS",
    "ALIAS_POLICY",
    "ALLOW_ANY_PEER",
    "AUTO_CREATE",
    "DENY_USERS",
    "FIRST_USER_ADMIN",
    "GROUPS_SEPARATOR",
    "HEADER_FOR_EMAIL",
    "HEADER_FOR_GROUPS",
    "HEADER_FOR_ID",
    "HEADER_FOR_NAME",
    "HEADER_FOR_USER",
    "HEADER_NOTATION",
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
    /// Peers whose word is taken for who is asking.
    pub trust: TrustList,
    /// What a peer must know besides.
    pub secret: Option<SharedSecret>,
    /// Names the person.
    pub user: Header,
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
}

impl AuthProxyConfig {
    /// The configuration, or `None` when people sign in at Sixpin itself. `trusted_proxies` is the list in
    /// `TRUSTED_PROXIES`, which counts unless `AUTH_PROXY_TRUSTED_PROXIES` gives a narrower one.
    ///
    /// Problems and warnings are left in `vars`; with a problem the result is not to be used.
    pub fn read(vars: &mut Vars, trusted_proxies: &TrustList) -> Option<Self> {
        if !is_enabled(vars) {
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
        let encodings = Encoding::ALL.map(|encoding| (encoding.as_str(), encoding));
        let config = Self {
            trust,
            secret: SharedSecret::read(vars, notation),
            user: header(vars, "AUTH_PROXY_HEADER_FOR_USER", "REMOTE_USER", notation)?,
            email: optional_header(vars, "AUTH_PROXY_HEADER_FOR_EMAIL", notation),
            id: optional_header(vars, "AUTH_PROXY_HEADER_FOR_ID", notation),
            name: optional_header(vars, "AUTH_PROXY_HEADER_FOR_NAME", notation),
            encoding: choice(vars, "AUTH_PROXY_VALUE_ENCODING", &encodings),
            strip_prefix: vars.text("AUTH_PROXY_STRIP_PREFIX"),
            lower_case_names: choice(vars, "AUTH_PROXY_USERNAME_CASE", &[("exact", false), ("lower", true)]),
            ignore_aliases: choice(vars, "AUTH_PROXY_ALIAS_POLICY", &[("reject", false), ("ignore", true)]),
            deny_users: vars.list("AUTH_PROXY_DENY_USERS").iter().map(|name| name_key(name)).collect(),
            auto_create: vars.flag("AUTH_PROXY_AUTO_CREATE", true),
            first_user_admin: vars.flag("AUTH_PROXY_FIRST_USER_ADMIN", true),
            admins: Admins::read(vars, notation),
            recreate_deleted: vars.flag("AUTH_PROXY_RECREATE_DELETED", false),
            logout_url: logout_url(vars),
        };
        let allow_any_peer = vars.flag("AUTH_PROXY_ALLOW_ANY_PEER", false);
        config.check_trust(vars, allow_any_peer);
        config.check_headers(vars);
        Some(config)
    }

    /// Why nobody can come in although the program starts, and what to do.
    pub fn fault(&self) -> Option<&'static str> {
        self.trust.is_empty().then_some(
            "no proxy is trusted, so every request will be refused with 403: set TRUSTED_PROXIES to the address of the \
             reverse proxy, as TRUSTED_PROXIES=192.0.2.7",
        )
    }

    /// The headers that the proxy sends, those that can't be left out first.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.guarded_headers().chain(&self.email).chain(&self.name)
    }

    /// The headers that decide who is asking and what they may do: none may come twice or in another spelling.
    pub fn guarded_headers(&self) -> impl Iterator<Item = &Header> {
        let groups = self.admins.as_ref().and_then(|admins| admins.groups.as_ref());
        self.identity_headers().chain(groups.map(|groups| &groups.header))
    }

    /// The headers without which nobody is asking.
    pub fn identity_headers(&self) -> impl Iterator<Item = &Header> {
        std::iter::once(&self.user).chain(&self.id).chain(self.secret.as_ref().map(|secret| &secret.header))
    }

    fn check_trust(&self, vars: &mut Vars, allow_any_peer: bool) {
        if !self.trust.is_unbounded() || self.secret.is_some() {
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

    fn check_headers(&self, vars: &mut Vars) {
        let headers: Vec<&Header> = self.headers().collect();
        for (index, header) in headers.iter().enumerate() {
            for other in &headers[..index] {
                if header.collides_with(other.wire.as_str()) {
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
        if ["x-sandstorm-username", "x-sandstorm-preferred-handle"].contains(&self.user.wire.as_str()) {
            vars.warning(format!(
                "{} is not unique in Sandstorm and can be changed by people, so one could take another's account: set \
                 AUTH_PROXY_HEADER_FOR_USER=X-Sandstorm-User-Id",
                shown(&self.user.wire)
            ));
        }
    }
}

/// One line for the log: all that decides who is let in, without secrets.
impl fmt::Display for AuthProxyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "auth proxy: peers {}, user from {}", self.trust, self.user.wire)?;
        for (what, header) in [("id", &self.id), ("e-mail", &self.email), ("display name", &self.name)] {
            if let Some(header) = header {
                write!(f, ", {what} from {}", header.wire)?;
            }
        }
        match &self.secret {
            Some(secret) => write!(f, ", secret in {}", secret.header.wire)?,
            None => f.write_str(", no secret")?,
        }
        write!(
            f,
            ", values in {}, aliases {}, unknown people {}, ",
            self.encoding.as_str(),
            if self.ignore_aliases { "ignored" } else { "refused" },
            if self.auto_create { "get an account" } else { "are refused" },
        )?;
        match &self.admins {
            Some(Admins { groups: Some(groups), .. }) => {
                write!(f, "administrators by name or by group from {}", groups.header.wire)
            }
            Some(_) => f.write_str("administrators by name"),
            None if self.first_user_admin => f.write_str("the first one becomes administrator"),
            None => f.write_str("the first one is a user like others"),
        }
    }
}

/// What the proxy and Sixpin alone know: proof that a request passed the proxy.
#[derive(Clone)]
pub struct SharedSecret {
    /// Carries it.
    pub header: Header,
    values: Vec<Zeroizing<String>>,
}

impl SharedSecret {
    /// `AUTH_PROXY_SECRET` or the file named by `AUTH_PROXY_SECRET_FILE`: one secret, or the old and the new one with a
    /// comma between them.
    fn read(vars: &mut Vars, notation: Notation) -> Option<Self> {
        let header = header(vars, "AUTH_PROXY_SECRET_HEADER", "X-Auth-Proxy-Secret", notation);
        let text = Zeroizing::new(vars.secret("AUTH_PROXY_SECRET")?);
        let values: Vec<_> = text.split(',').map(|value| Zeroizing::new(value.trim().to_owned())).collect();
        if values.len() > 2 || values.iter().any(|value| value.is_empty()) {
            vars.problem(
                "AUTH_PROXY_SECRET takes one secret, or two with a comma between them while it is being changed; a \
                 secret itself contains no comma",
            );
        } else if !values.iter().all(|value| value.bytes().all(|byte| byte.is_ascii_graphic())) {
            vars.problem("AUTH_PROXY_SECRET has blanks or characters outside of ASCII: use letters, digits and signs");
        } else if values.iter().any(|value| value.len() < SECRET_BYTES) {
            vars.warning(format!(
                "AUTH_PROXY_SECRET is shorter than {SECRET_BYTES} characters and could be guessed: make one with \
                 `openssl rand -hex 32`"
            ));
        }
        Some(Self { header: header?, values })
    }

    /// Whether `value` is the secret, in a time that doesn't tell how much of it is right.
    pub fn is(&self, value: &[u8]) -> bool {
        self.values.iter().fold(Choice::from(0), |found, secret| found | secret.as_bytes().ct_eq(value)).into()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecret").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Whether a reverse proxy authenticates people: `AUTH_GUARD`, else `AUTHENTICATION_GUARD`.
fn is_enabled(vars: &mut Vars) -> bool {
    let alias = vars.text("AUTH_GUARD");
    let name = if alias.is_some() { "AUTH_GUARD" } else { "AUTHENTICATION_GUARD" };
    choice(vars, name, &[("web-guard", false), ("reverse-proxy-guard", true)])
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
    let default = choices[0].1;
    let Some(text) = vars.text(name) else { return default };
    if let Some((_, value)) = choices.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        return *value;
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    vars.problem(format!("{name}: {text:?} is none of {}", words.join(", ")));
    default
}

fn header(vars: &mut Vars, variable: &'static str, default: &str, notation: Notation) -> Option<Header> {
    let configured = vars.text(variable).unwrap_or_else(|| default.to_owned());
    Header::parse(variable, &configured, notation).map_err(|problem| vars.problem(problem)).ok()
}

fn optional_header(vars: &mut Vars, variable: &'static str, notation: Notation) -> Option<Header> {
    let configured = vars.text(variable)?;
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
