//! The databases of the tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::sources::{self, TestClock};
use super::{Folder, TestApp};

/// A database of a test's own, and a folder for files.
#[derive(Clone)]
pub(crate) struct Engine {
    folder: Folder,
    /// Where it is, if on a server.
    url: Option<String>,
}

impl Engine {
    pub(super) fn sqlite() -> Self {
        Self { folder: Arc::new(tempfile::tempdir().unwrap()), url: None }
    }

    /// An instance on this database, with these variables.
    pub(crate) async fn start(&self, vars: &[(&str, &str)]) -> TestApp {
        sources::begin();
        let folder = self.folder.path().to_str().unwrap();
        let mut given = vec![("DATA_DIR", folder), ("THROTTLE_API", "null"), ("OUTGOING_REQUESTS", "false")];
        given.extend(self.url.as_deref().map(|url| ("DB_URL", url)));
        given.extend(vars);
        let given: BTreeMap<_, _> =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        TestApp::open(self.clone(), given, TestClock::new()).await
    }
}

/// Runs `test` on every engine that is there, each in its own runtime of several threads.
pub(crate) fn on_every_engine(test: impl AsyncFn(Engine)) {
    runtime().block_on(test(Engine::sqlite()));
    for variable in ["SIXPIN_TEST_POSTGRES_URL", "SIXPIN_TEST_MYSQL_URL"] {
        let Some(server) = variable_value(variable) else {
            println!("passed over: {variable} names no server");
            continue;
        };
        println!("on {variable}");
        let database = ServerDatabase::create(server);
        let engine = Engine { url: Some(database.url()), ..Engine::sqlite() };
        runtime().block_on(test(engine));
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "where the test servers are is not configuration of the program")]
fn variable_value(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A database made on a server for one test, and dropped with it.
struct ServerDatabase {
    server: String,
    name: String,
}

impl ServerDatabase {
    fn create(server: String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sixpin_http_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        runtime().block_on(execute(&server, &format!("CREATE DATABASE {name}")));
        Self { server, name }
    }

    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }
}

impl Drop for ServerDatabase {
    fn drop(&mut self) {
        let force = if self.server.starts_with("postgres") { " WITH (FORCE)" } else { "" };
        runtime().block_on(execute(&self.server, &format!("DROP DATABASE {}{force}", self.name)));
    }
}

async fn execute(url: &str, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    if url.starts_with("postgres") {
        sqlx::PgConnection::connect(url).await.unwrap().execute(sql).await.unwrap();
    } else {
        sqlx::MySqlConnection::connect(url).await.unwrap().execute(sql).await.unwrap();
    }
}
