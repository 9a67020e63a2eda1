//! Configuration: environment variables with 2FAuth's names, and `.env`; the environment wins.
//!
//! Each section reads its own variables. Every problem of every section is reported at once.

mod app;
pub mod auth_proxy;
mod bounds;
mod database;
pub mod dotenv;
mod key;
mod known;
mod listen;
mod log;
pub mod mail;
pub mod outgoing;
mod preferences;
mod retention;
mod session;
pub mod sso;
mod throttle;
pub mod tls;
pub mod trust;
pub mod vars;
pub mod webauthn;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use authproxy::TrustList;

pub use app::AppConfig;
pub use auth_proxy::AuthProxyConfig;
pub use bounds::BoundsConfig;
pub use key::KeyConfig;
pub use listen::Listen;
pub use log::{LogConfig, LogFormat};
pub use mail::MailConfig;
pub use outgoing::OutgoingConfig;
pub use preferences::{InForce, PreferenceConfig};
pub use retention::RetentionConfig;
pub use session::SessionConfig;
pub use sso::SsoConfig;
use store::Database;
pub use throttle::ThrottleConfig;
pub use tls::TlsConfig;
use vars::Vars;
pub use webauthn::WebauthnConfig;

/// Everything that can be set from outside.
#[derive(Debug)]
pub struct Config {
    /// Name, URL and mode of the instance.
    pub app: AppConfig,
    /// The listeners.
    pub listen: Vec<Listen>,
    /// Their TLS settings.
    pub tls: Option<TlsConfig>,
    /// Maximum number of open connections of each listener.
    pub connections: usize,
    /// The folder of the database file, the key and the icons.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: Database,
    /// How long to wait for the database server at the start.
    pub database_wait: Duration,
    /// The master key, if it was given.
    pub key: KeyConfig,
    /// Set when people are authenticated by a reverse proxy.
    pub auth_proxy: Option<AuthProxyConfig>,
    /// Peers whose `X-Forwarded-*` headers count.
    pub trusted_proxies: TrustList,
    /// The header in which a trusted proxy names the client's address, instead of `X-Forwarded-For`.
    pub client_ip_header: Option<http::HeaderName>,
    /// The session cookie.
    pub session: SessionConfig,
    /// Security keys and passkeys.
    pub webauthn: WebauthnConfig,
    /// The providers of single sign-on.
    pub sso: SsoConfig,
    /// Rate limits of requests and failed sign-ins.
    pub throttle: ThrottleConfig,
    /// Defaults and locks of user preferences.
    pub preferences: PreferenceConfig,
    /// Retention of logs.
    pub retention: RetentionConfig,
    /// How much one user may store.
    pub bounds: BoundsConfig,
    /// Requests that the program makes itself.
    pub outgoing: OutgoingConfig,
    /// Outgoing mail.
    pub mail: MailConfig,
    /// Level and form of the log.
    pub log: LogConfig,
    /// Warnings: the program starts in spite of them.
    pub warnings: Vec<String>,
}

/// Why the program can't start with this configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration can't be used:\n  - {}", .0.join("\n  - "))]
pub struct Problems(pub Vec<String>);

impl Config {
    /// The listeners where only tokens authenticate.
    pub fn token_listen(&self) -> &[Listen] {
        let tokens = self.auth_proxy.as_ref().and_then(|auth_proxy| auth_proxy.tokens.as_ref());
        tokens.map_or(&[], |tokens| &tokens.listen)
    }

    /// Reads every section.
    ///
    /// # Errors
    /// All problems together, each saying what is wrong and what to do, and the warnings after them.
    pub fn read(mut vars: Vars) -> Result<Self, Problems> {
        let config = Self::read_sections(&mut vars);
        known::warn_of_unknown(&mut vars);
        let (mut problems, warnings) = vars.into_findings();
        if problems.is_empty() {
            return Ok(Self { warnings, ..config });
        }
        // A misspelt name can be the cause of a problem.
        problems.extend(warnings.into_iter().map(|warning| format!("warning: {warning}")));
        Err(Problems(problems))
    }

    fn read_sections(given: &mut Vars) -> Self {
        let data_dir = PathBuf::from(given.text("DATA_DIR").unwrap_or_else(|| "./data".into()));
        let app = AppConfig::read(given);
        let trusted_proxies = trust::read(given, "TRUSTED_PROXIES");
        let auth_proxy = AuthProxyConfig::read(given, &trusted_proxies);
        if auth_proxy.is_some() && app.url.is_none() {
            given.warning(
                "APP_URL is not set, so a page of another site whose name is made to lead here (DNS rebinding) can't be \
                 told from Sixpin's own: set APP_URL to the address where users open Sixpin, and APP_HOSTS to further \
                 hosts",
            );
        }
        let listen = listen::read(given);
        let tokens = auth_proxy.as_ref().and_then(|auth_proxy| auth_proxy.tokens.as_ref());
        let everywhere: Vec<&Listen> = listen.iter().chain(tokens.iter().flat_map(|tokens| &tokens.listen)).collect();
        let tls = TlsConfig::read(given, &everywhere);
        let lists = [Some(&trusted_proxies), auth_proxy.as_ref().map(|auth_proxy| &auth_proxy.settings().trust)];
        check_certificate(given, tls.as_ref(), lists.into_iter().flatten().any(TrustList::needs_certificate));
        let is_plain = tls.is_none() && app.url.as_ref().is_some_and(|url| url.scheme() == "https");
        if is_plain && trusted_proxies.is_empty() {
            given.warning(
                "APP_URL is https, so a reverse proxy is in front, but TRUSTED_PROXIES is empty: all clients count as \
                 one, so that one of them can lock out all others; set TRUSTED_PROXIES to the proxy's address",
            );
        }
        let outgoing = OutgoingConfig::read(given);
        if !outgoing.is_on && auth_proxy.as_ref().is_some_and(AuthProxyConfig::fetches_keys) {
            given.problem(
                "OUTGOING_REQUESTS=false, but the keys of signed assertions are to be fetched: allow requests, or give the \
                 keys in AUTH_PROXY_JWT_JWKS_FILE",
            );
        }
        Self {
            listen,
            tls,
            connections: listen::connections(given),
            database: database::read(given, &data_dir),
            database_wait: database::read_wait(given),
            key: KeyConfig::read(given),
            auth_proxy,
            trusted_proxies,
            client_ip_header: trust::read_client_ip_header(given),
            session: SessionConfig::read(given, &app.name),
            webauthn: WebauthnConfig::read(given, &app),
            sso: SsoConfig::read(given, &app),
            throttle: ThrottleConfig::read(given),
            preferences: PreferenceConfig::read(given),
            retention: RetentionConfig::read(given),
            bounds: BoundsConfig::read(given),
            outgoing,
            mail: MailConfig::read(given, &app),
            log: LogConfig::read(given),
            app,
            data_dir,
            warnings: Vec::new(),
        }
    }
}

impl Config {
    /// Returns the base URL of links in mails: `APP_URL`, or else the first listener on this machine. Never the `Host`
    /// of a request: an attacker who requests a link for another user could make it lead to a site of theirs.
    pub fn public_url(&self) -> String {
        if let Some(url) = &self.app.url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let port = self.listen.iter().find_map(|listen| match listen {
            Listen::Tcp(address) | Listen::Tls(address) => Some(address.port()),
            Listen::Unix(_) => None,
        });
        let subdirectory = Some(&self.app.subdirectory).filter(|path| !path.is_empty());
        let path = subdirectory.map(|path| format!("/{path}")).unwrap_or_default();
        format!("http://localhost:{}{path}", port.unwrap_or(8000))
    }
}

/// Checks that the proxy's certificate is asked for if, and only if, a list trusts it.
fn check_certificate(vars: &mut Vars, tls: Option<&TlsConfig>, is_trusted: bool) {
    match (tls.is_some_and(|tls| tls.proxy.is_some()), is_trusted) {
        (false, true) => vars.problem(
            "`tls:` in a list of trusted proxies means the owner of the proxy's certificate, which isn't configured: \
             set AUTH_PROXY_CLIENT_CA and AUTH_PROXY_CLIENT_SAN, and LISTEN=tls:ADDRESS:PORT",
        ),
        (true, false) => vars.warning(
            "AUTH_PROXY_CLIENT_CA names the proxy's certificate, but no list trusts it: add `tls:` to \
             TRUSTED_PROXIES",
        ),
        _ => {}
    }
}

/// Returns the effective settings, one a line, without secrets.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listens: Vec<String> = self.listen.iter().map(ToString::to_string).collect();
        let limit = |limit: Option<u32>| limit.map_or("without limit".to_owned(), |limit| format!("{limit} a minute"));
        writeln!(f, "listens on:        {}", listens.join(", "))?;
        writeln!(f, "name:              {}", self.app.name)?;
        writeln!(f, "public address:    {}", self.app.url.as_ref().map_or("as asked for", |url| url.as_str()))?;
        writeln!(f, "sub-directory:     /{}", self.app.subdirectory)?;
        writeln!(f, "data folder:       {}", self.data_dir.display())?;
        writeln!(f, "database:          {}", self.database)?;
        writeln!(f, "key:               {}", self.key)?;
        match &self.auth_proxy {
            Some(auth_proxy) => writeln!(f, "sign-in:           by an auth proxy: {auth_proxy}")?,
            None => writeln!(f, "sign-in:           by password and token")?,
        }
        if let Some(tokens) = self.auth_proxy.as_ref().and_then(|auth_proxy| auth_proxy.tokens.as_ref()) {
            writeln!(f, "tokens:            {tokens}")?;
        }
        writeln!(f, "single sign-on:    {}", self.sso)?;
        writeln!(f, "trusted proxies:   {}", self.trusted_proxies)?;
        writeln!(f, "requests:          {}", limit(self.throttle.api))?;
        writeln!(f, "failed logins:     {} a minute", self.throttle.login_failures)?;
        writeln!(f, "outgoing requests: {}", self.outgoing)?;
        writeln!(f, "mails:             {}", self.mail)?;
        write!(f, "log:               {}, as {:?}", self.log.filter, self.log.format)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_variable_is_documented() {
        let documentation = include_str!("../../../docs/configuration.md");
        // The guard's own variables are only read when it is on.
        let guard = ("AUTHENTICATION_GUARD".to_owned(), "reverse-proxy-guard".to_owned());
        for database in ["sqlite", "pgsql", "mysql"] {
            let database = ("DB_CONNECTION".to_owned(), database.to_owned());
            let mut vars = Vars::new(BTreeMap::from([guard.clone(), database]));
            let _ = Config::read_sections(&mut vars);
            for name in vars.asked().filter(|name| !name.starts_with("USERPREF_")) {
                let secret = name.strip_suffix("_FILE").unwrap_or(name);
                let is_there = |name: &str| documentation.contains(&format!("`{name}`"));
                assert!(is_there(name) || is_there(secret), "{name} is not in docs/configuration.md");
            }
        }
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let given = [("LISTEN", "8000"), ("DB_CONNECTION", "oracle"), ("APP_KEY", "short"), ("LOG_FORMAT", "xml")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let problems = Config::read(Vars::new(BTreeMap::from(given))).unwrap_err().0;
        for name in ["LISTEN", "DB_CONNECTION", "APP_KEY", "LOG_FORMAT"] {
            assert!(problems.iter().any(|problem| problem.contains(name)), "{name}: {problems:?}");
        }
        assert!(!problems.iter().any(|problem| problem.contains("short")), "the key itself isn't shown");
    }

    #[test]
    fn what_it_comes_down_to_holds_no_secret() {
        let given = [
            ("DB_URL", "postgres://u:planted-password@db/x"),
            ("APP_KEY", "planted-key-planted-key-planted!"),
            ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            ("AUTH_PROXY_SECRET", "planted-secret-planted-secret-planted"),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::read(Vars::new(BTreeMap::from(given))).unwrap();
        for shown in [config.to_string(), format!("{config:?}")] {
            assert!(!shown.contains("planted"), "{shown}");
        }
    }
}
