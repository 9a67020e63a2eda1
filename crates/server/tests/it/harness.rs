//! An instance for each test, the people in it, and what they are answered.
//!
//! ```ignore
//! let app = TestApp::start().await;
//! let ana = app.user("ana").await;
//! let answer = ana.post("/api/v1/groups", json!({ "name": "Work" })).await;
//! insta::assert_snapshot!(answer, @r#"201 {"id":1,"name":"Work","show_in_chips":null,"twofaccounts_count":0}"#);
//! ```

mod ask;
mod engine;
mod instance;
mod log;
mod mails;
mod person;
mod sources;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use authproxy::name::name_key;
use axum::Router;
use jiff::SignedDuration;
use sixpin::app::App;
use sixpin::config::{Config, vars::Vars};
use store::{AdminRule, NewUser};
use vault::EmailSource;

pub(crate) use crate::answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use engine::{Engine, on_every_engine};
pub(crate) use instance::Instance;
pub(crate) use log::Log;
pub(crate) use mails::MailServer;
pub(crate) use person::{Person, loopback};
pub(crate) use sources::BEGINNING;
use sources::TestClock;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse";
/// Its hash, which takes 30 ms to compute.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$F12qppE310R6PrFO5PXVjw$PtWELVkecCNhGqOyd8POIRgdFxW7kN9QlNJBwQRQ+Sk";
/// The address of the one trusted proxy.
pub(crate) const PROXY: u8 = 2;

/// A running instance with its own database. Clones are the same instance.
#[derive(Clone)]
pub(crate) struct TestApp {
    app: App,
    router: Router,
    clock: TestClock,
    engine: Engine,
    vars: BTreeMap<String, String>,
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl TestApp {
    /// An instance on SQLite, set up by default but without a limit on API requests.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// An instance on SQLite with these variables.
    pub(crate) async fn with(vars: &[(&str, &str)]) -> Self {
        Engine::sqlite().start(vars).await
    }

    /// An instance behind an auth proxy at 127.0.0.2, with further variables.
    pub(crate) async fn behind_proxy(vars: &[(&str, &str)]) -> Self {
        let proxied = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")];
        Self::with(&[&proxied, vars].concat()).await
    }

    /// Another instance with the same database, set-up and clock: a restart when this one is dropped, a second copy
    /// otherwise.
    pub(crate) async fn again(&self) -> Self {
        self.again_with(&[]).await
    }

    /// As [`again`](Self::again), with some variables changed.
    pub(crate) async fn again_with(&self, changed: &[(&str, &str)]) -> Self {
        let mut vars = self.vars.clone();
        vars.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::open(self.engine.clone(), vars, self.clock.clone()).await
    }

    async fn open(engine: Engine, vars: BTreeMap<String, String>, clock: TestClock) -> Self {
        let config = Config::read(Vars::new(vars.clone())).unwrap();
        let app = App::open(config, clock.clock(), sources::random).await.unwrap();
        Self { router: sixpin::routes::router(app.clone()), app, clock, engine, vars }
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, duration: SignedDuration) {
        self.clock.advance(duration);
    }

    /// Lets seconds pass.
    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.advance(SignedDuration::from_secs(seconds));
    }

    /// Somebody who isn't signed in, with an empty browser at 127.0.0.1.
    pub(crate) fn anonymous(&self) -> Person {
        Person::anonymous(self)
    }

    /// A new administrator named `admin`, with a session.
    pub(crate) async fn admin(&self) -> Person {
        self.administrator("admin").await
    }

    /// A new administrator of this name, with a session.
    pub(crate) async fn administrator(&self, name: &str) -> Person {
        self.person(name, AdminRule::Yes).await
    }

    /// A new user with the address `name@example.org`, the common [`PASSWORD`] and a session.
    pub(crate) async fn user(&self, name: &str) -> Person {
        self.person(name, AdminRule::No).await
    }

    async fn person(&self, name: &str, admin: AdminRule) -> Person {
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let new = NewUser {
            name,
            name_key: &name_key(name),
            email: &email,
            email_source: EmailSource::Local,
            password_hash: Some(PASSWORD_HASH),
            admin,
            sso: None,
            proxy_subject: None,
        };
        let mut write = self.store.write().await.unwrap().by_operator();
        let user = write.create_user(&new, self.app.clock.now()).await.unwrap();
        write.commit().await.unwrap();
        let person = Person::of(self, &user);
        if self.auth_proxy.is_some() { person.as_proxied(name) } else { person.session().await }
    }

    /// Whomever the auth proxy names, known or not.
    pub(crate) fn proxied(&self, name: &str) -> Person {
        self.anonymous().as_proxied(name)
    }

    /// Stores a setting, as an administrator would.
    pub(crate) async fn set(&self, name: &str, value: serde_json::Value) {
        let mut write = self.store.write().await.unwrap().by_operator();
        write.set_setting(name, &value).await.unwrap();
        write.commit().await.unwrap();
    }

    /// Switches a user off.
    pub(crate) async fn disable(&self, person: &Person) {
        let now = self.app.clock.now();
        let mut write = self.store.write().await.unwrap().by_operator();
        write.set_disabled(vault::UserId(person.id), Some(now), now).await.unwrap();
        write.commit().await.unwrap();
    }
}

/// A folder for an instance's files that goes with the last that uses it.
type Folder = Arc<tempfile::TempDir>;
