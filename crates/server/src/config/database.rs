//! Which database: `DB_CONNECTION` and its companions.

use std::path::{Path, PathBuf};

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
            Database::Sqlite { path }
        }
        "pgsql" | "postgres" | "postgresql" => Database::Postgres { url: server_url(vars, "postgres", 5432) },
        "mysql" | "mariadb" => Database::Mysql { url: server_url(vars, "mysql", 3306) },
        other => {
            vars.problem(format!("DB_CONNECTION: {other:?} is not one of sqlite, pgsql, mysql, mariadb"));
            Database::Sqlite { path: data_dir.join("sixpin.sqlite") }
        }
    }
}

fn from_url(vars: &mut Vars, url: &str, data_dir: &Path) -> Database {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql" | "pgsql") => Database::Postgres { url: url.replacen("pgsql:", "postgres:", 1) },
        Some("mysql" | "mariadb") => Database::Mysql { url: url.replacen("mariadb:", "mysql:", 1) },
        Some("sqlite") => {
            let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
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
    if scheme == "postgres"
        && let Some(mode) = vars.text("DB_SSLMODE")
    {
        url.query_pairs_mut().append_pair("sslmode", &mode);
    }
    url.into()
}
