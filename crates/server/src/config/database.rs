//! Which database: `DB_CONNECTION` and its companions.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::vars::Vars;

/// Which database to use.
#[derive(Clone)]
pub enum DatabaseConfig {
    /// A SQLite file.
    Sqlite {
        /// Its path.
        path: PathBuf,
    },
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: String,
    },
    /// A MySQL or MariaDB server.
    Mysql {
        /// `mysql://user:password@host:port/database`.
        url: String,
    },
}

/// A URL holds a password: only the kind is shown.
impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => f.debug_struct("Sqlite").field("path", path).finish(),
            Self::Postgres { .. } => f.write_str("Postgres"),
            Self::Mysql { .. } => f.write_str("Mysql"),
        }
    }
}

impl fmt::Display for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "the SQLite file {}", path.display()),
            Self::Postgres { .. } => f.write_str("a PostgreSQL server"),
            Self::Mysql { .. } => f.write_str("a MySQL or MariaDB server"),
        }
    }
}

impl DatabaseConfig {
    pub(super) fn read(vars: &mut Vars, data_dir: &Path) -> Self {
        let url = vars.secret("DB_URL").or_else(|| vars.secret("DATABASE_URL"));
        if let Some(url) = url {
            return Self::from_url(vars, &url, data_dir);
        }
        let connection = vars.text("DB_CONNECTION").unwrap_or_else(|| "sqlite".into());
        match connection.as_str() {
            "sqlite" => {
                let path = vars.secret("DB_DATABASE").map_or_else(|| data_dir.join("sixpin.sqlite"), PathBuf::from);
                Self::Sqlite { path }
            }
            "pgsql" | "postgres" | "postgresql" => Self::Postgres { url: server_url(vars, "postgres", 5432) },
            "mysql" | "mariadb" => Self::Mysql { url: server_url(vars, "mysql", 3306) },
            other => {
                vars.problem(format!("DB_CONNECTION: {other:?} is not one of sqlite, pgsql, mysql, mariadb"));
                Self::Sqlite { path: data_dir.join("sixpin.sqlite") }
            }
        }
    }

    fn from_url(vars: &mut Vars, url: &str, data_dir: &Path) -> Self {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql" | "pgsql") => Self::Postgres { url: url.replacen("pgsql:", "postgres:", 1) },
            Some("mysql" | "mariadb") => Self::Mysql { url: url.replacen("mariadb:", "mysql:", 1) },
            Some("sqlite") => {
                let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
                Self::Sqlite { path: PathBuf::from(path) }
            }
            _ => {
                vars.problem("DB_URL: must begin with sqlite:, postgres:// or mysql://");
                Self::Sqlite { path: data_dir.join("sixpin.sqlite") }
            }
        }
    }
}

/// The URL of a database server from `DB_HOST` and its companions.
fn server_url(vars: &mut Vars, scheme: &str, default_port: u16) -> String {
    let host = vars.secret("DB_HOST").unwrap_or_else(|| "127.0.0.1".into());
    let port = vars.parsed("DB_PORT", default_port);
    let database = vars.secret("DB_DATABASE").unwrap_or_else(|| "2fauth".into());
    let user = vars.secret("DB_USERNAME").unwrap_or_else(|| "2fauth".into());
    let password = vars.secret("DB_PASSWORD").unwrap_or_default();
    let Ok(mut url) = Url::parse(&format!("{scheme}://{host}:{port}/{database}")) else {
        vars.problem(format!("DB_HOST, DB_PORT or DB_DATABASE: {host:?}, {port}, {database:?} make no address"));
        return String::new();
    };
    let named = url.set_username(&user).and_then(|()| url.set_password(Some(&password)));
    if named.is_err() {
        vars.problem("DB_USERNAME or DB_PASSWORD can't be used for this database");
    }
    if let Some(socket) = vars.text("DB_SOCKET") {
        url.query_pairs_mut().append_pair(if scheme == "mysql" { "socket" } else { "host" }, &socket);
    }
    if scheme == "postgres"
        && let Some(mode) = vars.text("DB_SSLMODE")
    {
        url.query_pairs_mut().append_pair("sslmode", &mode);
    }
    url.into()
}
