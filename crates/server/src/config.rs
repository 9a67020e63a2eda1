//! Configuration: environment variables with 2FAuth's names, and `.env`; the environment wins.
//!
//! Each section reads its own variables. Every problem of every section is reported at once.

mod app;
pub mod auth_proxy;
mod database;
mod key;
mod listen;
mod log;
mod preferences;
mod retention;
mod session;
mod throttle;
pub mod trust;
pub mod vars;

use std::path::PathBuf;

pub use app::AppConfig;
pub use auth_proxy::AuthProxyConfig;
pub use database::DatabaseConfig;
pub use key::KeyConfig;
pub use listen::Listen;
pub use log::{LogConfig, LogFormat};
pub use preferences::PreferenceConfig;
pub use retention::RetentionConfig;
pub use session::SessionConfig;
pub use throttle::ThrottleConfig;
pub use trust::TrustList;
use vars::Vars;

/// Everything that can be set from outside.
#[derive(Debug)]
pub struct Config {
    /// Name, URL and mode of the instance.
    pub app: AppConfig,
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// Where the database file, the key and the icons live.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: DatabaseConfig,
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
    /// How many requests and failed logins.
    pub throttle: ThrottleConfig,
    /// Defaults and locks of user preferences.
    pub preferences: PreferenceConfig,
    /// How long logs are kept.
    pub retention: RetentionConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// What deserves attention though the program can start.
    pub warnings: Vec<String>,
}

/// Why the program can't start with this configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration can't be used:\n  - {}", .0.join("\n  - "))]
pub struct Problems(pub Vec<String>);

impl Config {
    /// Reads every section.
    ///
    /// # Errors
    /// All problems together, each saying what is wrong and what to do.
    pub fn read(mut vars: Vars) -> Result<Self, Problems> {
        let given = &mut vars;
        let data_dir = PathBuf::from(given.text("DATA_DIR").unwrap_or_else(|| "./data".into()));
        let app = AppConfig::read(given);
        let trusted_proxies = TrustList::read(given, "TRUSTED_PROXIES");
        let config = Self {
            listen: listen::read(given),
            database: DatabaseConfig::read(given, &data_dir),
            key: KeyConfig::read(given),
            auth_proxy: AuthProxyConfig::read(given, &trusted_proxies),
            trusted_proxies,
            client_ip_header: trust::client_ip_header(given),
            session: SessionConfig::read(given, &app.name),
            throttle: ThrottleConfig::read(given),
            preferences: PreferenceConfig::read(given),
            retention: RetentionConfig::read(given),
            log: LogConfig::read(given),
            app,
            data_dir,
            warnings: Vec::new(),
        };
        let (problems, warnings) = vars.into_findings();
        if problems.is_empty() { Ok(Self { warnings, ..config }) } else { Err(Problems(problems)) }
    }
}
