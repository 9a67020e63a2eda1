//! A database of its own for each test and engine, and the users in it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use otp::{OtpType, Parameters, Secret};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use store::{AdminRule, Claim, ClockVerdict, Database, Key, MasterKeys, MayPurge, NewUser, OtpLog, Store, Write};
use vault::access::{self, GenerateOtp, Manage, ReadSecret, Right};
use vault::{AccountDraft, AccountId, EmailSource, Seen, SharingPolicy, User, UserId};

/// The database of one test on one engine.
pub(crate) struct Bench {
    pub(crate) database: Database,
    server: Option<Server>,
    /// Where a SQLite file is.
    pub(crate) folder: tempfile::TempDir,
}

/// Where a database was created on a server.
struct Server {
    url: String,
    name: String,
}

pub(crate) const SHARING: SharingPolicy = SharingPolicy { enabled: true, all_users: true };

/// Runs `test` on every engine, each in its own runtime.
#[expect(clippy::needless_pass_by_value, reason = "a closure is written in place")]
pub(crate) fn on_every_engine(test: impl AsyncFn(&Bench)) {
    on(&Bench::sqlite(), &test);
    for (variable, make) in [
        ("SIXPIN_TEST_POSTGRES_URL", Bench::postgres as fn(&str) -> Bench),
        ("SIXPIN_TEST_MYSQL_URL", Bench::mysql as fn(&str) -> Bench),
    ] {
        match variable_value(variable) {
            Some(url) => on(&make(&url), &test),
            None => println!("passed over: {variable} names no server"),
        }
    }
}

/// Runs `test` on SQLite alone, for what concerns files.
#[expect(clippy::needless_pass_by_value, reason = "a closure is written in place")]
pub(crate) fn on_sqlite(test: impl AsyncFn(&Bench)) {
    on(&Bench::sqlite(), &test);
}

fn on(bench: &Bench, test: &impl AsyncFn(&Bench)) {
    println!("on {:?}", bench.database);
    runtime().block_on(test(bench));
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "where the test servers are is not configuration of the program")]
pub(crate) fn variable_value(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "tests provide the randomness")]
pub(crate) fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).unwrap();
}

/// Returns the key of the tests, or another one for another number.
pub(crate) fn keys(number: u8) -> MasterKeys {
    let text = char::from(b'a' + number).to_string().repeat(32);
    MasterKeys { current: Key::parse(&text).unwrap(), previous: Vec::new() }
}

/// Returns the time this many seconds after the beginning of the tests.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

impl Bench {
    fn sqlite() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite { path: folder.path().join("sixpin.sqlite") };
        Bench { database, server: None, folder }
    }

    fn postgres(url: &str) -> Bench {
        Bench::on_server(url, |url| Database::Postgres { url })
    }

    fn mysql(url: &str) -> Bench {
        Bench::on_server(url, |url| Database::Mysql { url })
    }

    fn on_server(url: &str, database: impl FnOnce(String) -> Database) -> Bench {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sixpin_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        runtime().block_on(execute_on(url, &format!("CREATE DATABASE {name}")));
        let (server, _) = url.rsplit_once('/').unwrap();
        Bench {
            database: database(format!("{server}/{name}")),
            server: Some(Server { url: url.to_owned(), name }),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Opens the store with the key of the tests.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.database, &keys(0), random).await.unwrap()
    }

    /// Runs a statement beside the store.
    pub(crate) async fn execute(&self, sql: &str) {
        match &self.database {
            Database::Sqlite { path } => {
                rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            Database::Postgres { url } | Database::Mysql { url } => execute_on(url, sql).await,
        }
    }

    pub(crate) fn is_mysql(&self) -> bool {
        matches!(self.database, Database::Mysql { .. })
    }
}

async fn execute_on(url: &str, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    if url.starts_with("postgres") {
        sqlx::PgConnection::connect(url).await.unwrap().execute(sql).await.unwrap();
    } else {
        sqlx::MySqlConnection::connect(url).await.unwrap().execute(sql).await.unwrap();
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(Server { url, name }) = &self.server {
            let force = if url.starts_with("postgres") { " WITH (FORCE)" } else { "" };
            runtime().block_on(execute_on(url, &format!("DROP DATABASE {name}{force}")));
        }
    }
}

/// Adds a user with the address `name@example.org`.
pub(crate) async fn add_user(store: &Store, name: &str) -> User {
    let mut write = store.write().await.unwrap().by_operator();
    let user = write.create_user(&new_user(name, &email(name)), at(0)).await.unwrap();
    write.commit().await.unwrap();
    user
}

pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.org").to_lowercase()
}

pub(crate) fn new_user<'a>(name: &'a str, email: &'a str) -> NewUser<'a> {
    NewUser {
        name,
        name_key: name,
        email,
        email_source: EmailSource::Local,
        password_hash: None,
        admin: AdminRule::IfFirst,
        sso: None,
        proxy_subject: None,
    }
}

pub(crate) fn draft(name: &str, otp_type: OtpType) -> AccountDraft {
    AccountDraft::new(name, Secret::from_text("JBSWY3DPEHPK3PXP"), Parameters::new(otp_type))
        .with_service(Some("Example".into()))
}

/// Adds an account.
pub(crate) async fn add_account(store: &Store, owner: &User, name: &str, otp_type: OtpType) -> AccountId {
    let mut write = store.write().await.unwrap().by_operator();
    let uri = format!("otpauth://{otp_type}/{name}");
    let id = write.create_account(owner.id, &draft(name, otp_type), &uri, at(1)).await.unwrap();
    write.commit().await.unwrap();
    id
}

/// Adds TOTP accounts.
pub(crate) async fn add_accounts(store: &Store, owner: &User, number: usize) -> Vec<AccountId> {
    let mut write = store.write().await.unwrap().by_operator();
    let mut ids = Vec::new();
    for index in 0..number {
        let draft = draft(&format!("{}-{index}", owner.name), OtpType::Totp);
        ids.push(write.create_account(owner.id, &draft, "otpauth://totp/x", at(1)).await.unwrap());
    }
    write.commit().await.unwrap();
    ids
}

pub(crate) async fn load_seen(store: &Store, viewer: UserId, id: AccountId) -> Seen {
    store.read().await.unwrap().account(viewer, id).await.unwrap().unwrap()
}

pub(crate) async fn generate_otp(store: &Store, viewer: UserId, id: AccountId) -> Right<GenerateOtp> {
    access::generate_otp(viewer, &load_seen(store, viewer, id).await, SHARING).unwrap()
}

pub(crate) async fn read_secret(store: &Store, viewer: UserId, id: AccountId) -> Right<ReadSecret> {
    access::read_secret(viewer, &load_seen(store, viewer, id).await).unwrap()
}

pub(crate) async fn manage(store: &Store, owner: UserId, id: AccountId) -> Right<Manage> {
    access::manage(owner, &load_seen(store, owner, id).await).unwrap()
}

/// Returns the IDs of the accounts that a user sees, in their order.
pub(crate) async fn visible_ids(store: &Store, viewer: UserId, policy: SharingPolicy) -> Vec<AccountId> {
    let seen = store.read().await.unwrap().visible_accounts(viewer, policy, None).await.unwrap();
    seen.iter().map(|seen| seen.account.id).collect()
}

/// Returns a claim of a user that needs no session and no token.
pub(crate) fn checked(user: &User) -> Claim {
    Claim::checked(user.id)
}

pub(crate) fn otp_log(requester: &User, account: AccountId, otp_type: OtpType) -> OtpLog {
    OtpLog {
        requester: Some(requester.id),
        requester_name: requester.name.clone(),
        requester_email: requester.email.clone(),
        owner: Some(requester.id),
        owner_name: requester.name.clone(),
        owner_email: requester.email.clone(),
        account,
        ip: "192.0.2.1".into(),
        otp_type,
        counter: None,
        generated_at: at(10),
    }
}

/// Returns the permission to delete what is old.
pub(crate) async fn may_purge(write: &mut Write) -> MayPurge {
    match write.watch_clock(at(0), Duration::ZERO).await.unwrap() {
        ClockVerdict::Believed(may) => may,
        ClockVerdict::Doubted { .. } => panic!("the clock of the tests is doubted"),
    }
}
