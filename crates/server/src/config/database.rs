//! Which database: `DB_CONNECTION` and its companions.

mod tls;

use std::path::{Path, PathBuf};
use std::time::Duration;

use store::Database;
use url::Url;

use super::vars::Vars;

/// The database that the variables name; a SQLite file in the data folder when they name none.
pub(super) fn read(vars: &mut Vars, data_dir: &Path) -> Database {
    let url = vars.secret("DB_URL").or_else(|| vars.secret("DATABASE_URL"));
    if let Some(url) = url {
        return from_url(vars, &url, data_dir);
    }
    let connection = vars.text("DB_CONNECTION").unwrap_or_else(|| "sqlite".into());
    match connection.as_str() {
        "sqlite" => {
            let path = vars.secret("DB_DATABASE").map_or_else(|| data_dir.join("sixpin.sqlite"), PathBuf::from);
            tls::refuse(vars);
            Database::Sqlite { path }
        }
        "pgsql" | "postgres" | "postgresql" => {
            let url = server_url(vars, "postgres", 5432);
            Database::Postgres { url: tls::add(vars, url, &tls::POSTGRES) }
        }
        "mysql" | "mariadb" => {
            let url = server_url(vars, "mysql", 3306);
            Database::Mysql { url: tls::add(vars, url, &tls::MYSQL) }
        }
        other => {
            vars.problem(format!("DB_CONNECTION: {other:?} is not one of sqlite, pgsql, mysql, mariadb"));
            Database::Sqlite { path: data_dir.join("sixpin.sqlite") }
        }
    }
}

/// How long to wait for a database server at the start: `DB_WAIT`, in seconds.
pub(super) fn read_wait(vars: &mut Vars) -> Duration {
    Duration::from_secs(vars.parsed("DB_WAIT", 120))
}

fn from_url(vars: &mut Vars, url: &str, data_dir: &Path) -> Database {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql" | "pgsql") => {
            let url = url.replacen("pgsql:", "postgres:", 1);
            Database::Postgres { url: tls::add(vars, url, &tls::POSTGRES) }
        }
        Some("mysql" | "mariadb") => {
            let url = url.replacen("mariadb:", "mysql:", 1);
            Database::Mysql { url: tls::add(vars, url, &tls::MYSQL) }
        }
        Some("sqlite") => {
            let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
            tls::refuse(vars);
            Database::Sqlite { path: PathBuf::from(path) }
        }
        _ => {
            vars.problem("DB_URL: must begin with sqlite:, postgres:// or mysql://");
            Database::Sqlite { path: data_dir.join("sixpin.sqlite") }
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
    url.into()
}
