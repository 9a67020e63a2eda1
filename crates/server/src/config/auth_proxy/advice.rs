//! What an operator should know of a set-up: what the configuration comes down to, and the traps that it shows.
//!
//! `sixpin doctor proxy` prints it, and an administrator's page shows it.

mod resolved;
pub mod software;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use authproxy::{Encoding, Settings};
use ipnet::IpNet;

pub use self::resolved::{Resolved, resolved};
use super::{AuthProxyConfig, header_variable};
use crate::config::Config;

/// The severity of an advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// No user can sign in.
    Fault,
    /// A stranger could sign in, or a user as another one.
    Warning,
    /// Worth knowing.
    Note,
}

impl Gravity {
    /// Returns its word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A risk or a fault in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The kind, a word for programs.
    pub code: &'static str,
    /// The severity.
    pub gravity: Gravity,
    /// The address, header or setting that it is about.
    pub subject: String,
    /// The problem.
    pub text: String,
    /// The remedy.
    pub remedy: String,
}

/// Returns the risks and faults in a configuration, the most severe first; none where users sign in at Sixpin itself.
pub fn advice(config: &Config) -> Vec<Advice> {
    let Some(auth_proxy) = &config.auth_proxy else { return Vec::new() };
    let mut found = Found(Vec::new());
    found.of_peers(auth_proxy);
    found.of_headers(auth_proxy.settings());
    found.of_values(auth_proxy.settings());
    found.of_people(auth_proxy);
    found.of_the_rest(config, auth_proxy);
    found.0.sort_by_key(|advice| advice.gravity);
    found.0
}

struct Found(Vec<Advice>);

impl Found {
    fn add(
        &mut self,
        gravity: Gravity,
        code: &'static str,
        subject: impl Into<String>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.0.push(Advice { code, gravity, subject: subject.into(), text: text.into(), remedy: remedy.into() });
    }

    fn of_peers(&mut self, config: &AuthProxyConfig) {
        use Gravity::{Fault, Note, Warning};
        let settings = config.settings();
        let proof = "let the proxy prove itself: AUTH_PROXY_SECRET, made with `openssl rand -hex 32`";
        if config.fault().is_some() {
            let text = "no proxy is trusted, so every request is refused with 403";
            self.add(Fault, "nobody_trusted", "TRUSTED_PROXIES", text, "set TRUSTED_PROXIES to the proxy's address");
        }
        if settings.has_proof() {
            return;
        }
        if settings.trust.is_unbounded() {
            let text = "every address is trusted without a proof: every client that reaches Sixpin can be any user";
            self.add(Warning, "everybody_trusted", settings.trust.to_string(), text, proof);
        }
        for network in settings.trust.networks().iter().filter(|network| network.prefix_len() > 0) {
            let address = network.addr();
            if network.prefix_len() < network.max_prefix_len() {
                let text = format!("every machine and container in {network} can be any user");
                let remedy = format!("give the proxy a fixed address and trust that alone, or {proof}");
                self.add(Warning, "network_trusted", network.to_string(), text, remedy);
            } else if is_docker_gateway(address) {
                let text = format!(
                    "{address} looks like the gateway of a container network: requests through a published port can \
                     come from it, whichever client sent them"
                );
                let remedy = format!("don't publish Sixpin's port and trust the proxy's own address, or {proof}");
                self.add(Warning, "gateway_trusted", address.to_string(), text, remedy);
            } else if address.is_loopback() {
                let text = format!("every program on this machine can connect from {address} and be any user");
                let remedy = format!("use a Unix socket (TRUSTED_PROXIES=unix:uid=…), or {proof}");
                self.add(Note, "loopback_trusted", address.to_string(), text, remedy);
            } else if !is_private(*network) {
                let text = format!("{address} is an address of the public network: headers may cross it unprotected");
                self.add(Warning, "public_trusted", address.to_string(), text, proof);
            }
        }
        if settings.trust.has_any_process() {
            let text = "every process that can open the Unix socket can be any user";
            let remedy = "keep its folder to Sixpin and the proxy (mode 0750), or name the user: unix:uid=101";
            self.add(Note, "socket_trusted", "unix:", text, remedy);
        }
    }

    fn of_headers(&mut self, settings: &Settings) {
        use Gravity::{Note, Warning};
        for (purpose, header) in settings.headers() {
            let (name, configured) = (header.written(), header.configured());
            if !header.is_literal() {
                let text = format!(
                    "{configured} is the name by which PHP and CGI programs know the header {name}, which is read"
                );
                let remedy = format!("let the proxy send {name}; {}={name} means the same", header_variable(purpose));
                self.add(Note, "cgi_name", configured, text, remedy);
            }
        }
        let Some((purpose, header)) = settings.naming_header() else { return };
        let wire = header.written();
        if settings.assertion.is_none() && header.name().as_str().contains('_') {
            let hyphens = wire.replace('_', "-");
            let text = format!(
                "{wire} has an underscore: nginx passes on a client's {hyphens} beside it, which is then refused, and \
                 some proxies drop such names altogether"
            );
            let remedy = format!(
                "let the proxy drop {hyphens} (nginx: proxy_set_header {hyphens} \"\";), or send {hyphens} and set \
                 {}={hyphens}",
                header_variable(purpose)
            );
            self.add(Note, "underscore_name", &wire, text, remedy);
        }
        if settings.ignore_aliases {
            let text = format!("other spellings of {wire} are ignored without a word, even those that a client sends");
            let remedy = "remove AUTH_PROXY_ALIAS_POLICY and let the proxy drop other spellings";
            self.add(Warning, "aliases_ignored", "AUTH_PROXY_ALIAS_POLICY", text, remedy);
        }
    }

    fn of_values(&mut self, settings: &Settings) {
        use Gravity::{Note, Warning};
        // Beside a signed assertion, other headers decide nothing.
        let Some(user) = settings.user.as_ref().filter(|_| settings.assertion.is_none()) else { return };
        let wire = user.name().as_str();
        let name = user.written();
        let is_signed = ["cf-access-", "x-goog-authenticated-", "x-pomerium-claim-"];
        if !settings.has_proof() && is_signed.iter().any(|prefix| wire.starts_with(prefix)) {
            let text = format!("{name} is not signed: a client that gets around the service can send it");
            let remedy = "check the assertion that the service signs (AUTH_PROXY_PRESET), or use AUTH_PROXY_SECRET";
            self.add(Warning, "unsigned_header", &name, text, remedy);
        }
        if wire.starts_with("x-goog-authenticated-") && settings.strip_prefix.is_none() {
            let text = format!("{name} begins with `accounts.google.com:`, which becomes part of every name");
            let remedy = "set AUTH_PROXY_STRIP_PREFIX=accounts.google.com:";
            self.add(Note, "google_prefix", &name, text, remedy);
        }
        if wire.starts_with("tailscale-user-") && settings.encoding != Encoding::Rfc2047 {
            let text = "Tailscale writes letters outside of ASCII as encoded words, which become part of names";
            self.add(Note, "tailscale_encoding", &name, text, "set AUTH_PROXY_VALUE_ENCODING=rfc2047");
        }
        if wire == "tailscale-login" {
            let text = "Tailscale-Login leaves the domain out: people of two networks can have the same one";
            let remedy = "set AUTH_PROXY_HEADER_FOR_USER=Tailscale-User, which has the whole login";
            self.add(Warning, "tailscale_login", &name, text, remedy);
        }
        if wire == "x-forwarded-user" || wire == "x-auth-request-user" {
            let text = format!(
                "oauth2-proxy often puts an opaque identifier into {name}, and its versions before 7.13.0 let other \
                 spellings through"
            );
            let remedy = "use 7.13.0 or later, and check the values of the header";
            self.add(Note, "oauth2_proxy", &name, text, remedy);
        }
    }

    fn of_people(&mut self, config: &AuthProxyConfig) {
        use Gravity::Note;
        let settings = config.settings();
        let claims = settings.assertion.as_ref().map(|assertion| &assertion.claims);
        let wire = settings.user.as_ref().map_or("", |user| user.name().as_str());
        let has_id = settings.id.is_some() || claims.is_some_and(|claims| claims.id.is_some());
        if !has_id && !is_identifier(wire) {
            let known = match wire {
                "x-authentik-username" => "AUTH_PROXY_HEADER_FOR_ID=X-Authentik-Uid",
                _ => "AUTH_PROXY_HEADER_FOR_ID, if the proxy can send an identifier that never changes",
            };
            let text = "users are identified by their name alone: a person who is given another one's former name gets \
                        that one's account";
            self.add(Note, "no_stable_id", "AUTH_PROXY_HEADER_FOR_ID", text, format!("set {known}"));
        }
        let has_email = settings.email.is_some() || claims.is_some_and(|claims| claims.email.is_some());
        if !has_email {
            let text = "users get addresses that end in @remote, to which no mail is sent";
            let remedy = "set AUTH_PROXY_HEADER_FOR_EMAIL, if the proxy sends addresses";
            self.add(Note, "no_email", "AUTH_PROXY_HEADER_FOR_EMAIL", text, remedy);
        }
        if config.admission.recreate_deleted {
            let text = "users that an administrator deleted get a new account when they come back";
            let remedy = "remove AUTH_PROXY_RECREATE_DELETED, unless that is meant";
            self.add(Note, "deleted_return", "AUTH_PROXY_RECREATE_DELETED", text, remedy);
        }
    }

    fn of_the_rest(&mut self, config: &Config, auth_proxy: &AuthProxyConfig) {
        use Gravity::Note;
        if auth_proxy.logout_url.is_none() {
            let text = "users can't sign out: the app doesn't know the proxy's sign-out page";
            let remedy = "set PROXY_LOGOUT_URL to the proxy's or the identity provider's sign-out page";
            self.add(Note, "no_logout_url", "PROXY_LOGOUT_URL", text, remedy);
        }
        if config.trusted_proxies.is_empty() && !auth_proxy.settings().trust.is_empty() {
            let text = "the proxy may state the user, but not the client's address: logs and limits take all clients for \
                        the proxy itself";
            let remedy = "set TRUSTED_PROXIES to the proxy's address as well";
            self.add(Note, "forwarded_ignored", "TRUSTED_PROXIES", text, remedy);
        }
    }
}

/// Whether a header's values are identifiers by themselves.
fn is_identifier(wire: &str) -> bool {
    ["x-sandstorm-user-id", "x-authentik-uid", "x-token-subject", "x-auth-subject", "x-auth-userid"].contains(&wire)
}

/// Whether an address is where Docker puts the gateways of its networks: the first one of 172.16.0.0/12.
fn is_docker_gateway(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(v4.octets(), [172, 16..=31, _, 1]),
        IpAddr::V6(_) => false,
    }
}

fn is_private(network: IpNet) -> bool {
    match network.addr() {
        IpAddr::V4(v4) => {
            // 100.64.0.0/10 is shared by the customers of a provider, and used by overlay networks (RFC 6598).
            v4.is_private() || v4.is_link_local() || matches!(v4.octets(), [100, 64..=127, ..])
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
