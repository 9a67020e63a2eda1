//! The life of an account behind a proxy, on a real database.

use std::sync::Arc;
use std::time::Duration;

use authproxy::Reason;
use store::{Database, Key, MasterKeys};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;
use crate::config::auth_proxy::tests::config;

/// An instance behind a proxy, on a database of its own.
struct Instance {
    admission: AdmissionConfig,
    store: Store,
    _folder: TempDir,
}

impl Instance {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = MasterKeys { current: Key::parse(&"k".repeat(32)).unwrap(), previous: Vec::new() };
        let database = Database::Sqlite { path: folder.path().join("test.sqlite") };
        let store = Store::open(&database, &keys, |buffer| buffer.fill(7)).await.unwrap();
        Self { admission: config(settings).admission, store, _folder: folder }
    }

    /// Lets an identity in by these settings.
    async fn visit(&self, identity: &Identity) -> Result<User, Denial> {
        admit(self.admission, &self.store, identity, Timestamp::UNIX_EPOCH).await.map(|admitted| admitted.user).map_err(
            |error| match error {
                AdmissionError::Denied(denial) => denial,
                AdmissionError::Store(error) => panic!("{error:?}"),
            },
        )
    }

    async fn local(&self, name: &str, email: &str) -> User {
        let mut write = self.store.write().await.unwrap().by_operator();
        let new = NewUser {
            name,
            name_key: &name_key(name),
            email,
            email_source: EmailSource::Local,
            password_hash: Some("hash"),
            admin: AdminRule::No,
            sso: None,
            proxy_subject: None,
        };
        let user = write.create_user(&new, Timestamp::UNIX_EPOCH).await.unwrap();
        write.commit().await.unwrap();
        user
    }

    async fn users(&self) -> Vec<User> {
        let users = self.store.read().await.unwrap().users().await.unwrap();
        users.into_iter().map(|(user, _)| user).collect()
    }

    async fn delete(&self, user: &User) {
        let mut write = self.store.write().await.unwrap().by_operator();
        write.delete_user(user.id, true, Timestamp::UNIX_EPOCH).await.unwrap();
        write.commit().await.unwrap();
    }
}

fn named(name: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        naming: Naming::Unique,
        subject: None,
        email: Email::NotConfigured,
        is_admin: None,
        display_name: None,
    }
}

fn with_email(name: &str, email: &str) -> Identity {
    Identity { email: Email::Valid(email.to_owned()), ..named(name) }
}

fn without_email(name: &str) -> Identity {
    Identity { email: Email::Unreadable(Reason::Missing { seen: Vec::new() }), ..named(name) }
}

fn with_subject(name: &str, subject: &str) -> Identity {
    Identity { subject: Some(subject.to_owned()), ..named(name) }
}

#[tokio::test]
async fn s_06_an_existing_account_of_that_name_is_entered() {
    let instance = Instance::start(&[]).await;
    let john = instance.local("john", "john@example.com").await;
    assert_eq!(instance.visit(&named("john")).await, Ok(john));
}

#[tokio::test]
async fn s_07_l_01_l_02_accounts_are_made_and_the_first_administrates() {
    let instance = Instance::start(&[]).await;
    let john = instance.visit(&named("Jöhn 42")).await.unwrap();
    assert_eq!((john.name.as_str(), john.email.as_str(), john.is_admin), ("Jöhn 42", "jöhn 42@remote", true));
    assert_eq!(john.email_source, EmailSource::Fallback);
    let password = instance.store.read().await.unwrap().password_hash(john.id).await.unwrap();
    assert_eq!(password, None, "l_13: no password opens the account");
    assert!(!instance.visit(&named("mary")).await.unwrap().is_admin);
    assert_eq!(instance.visit(&named("Jöhn 42")).await, Ok(john), "s_02: the same account every time");

    let instance = Instance::start(&[("AUTH_PROXY_FIRST_USER_ADMIN", "false")]).await;
    assert!(!instance.visit(&named("john")).await.unwrap().is_admin);
}

#[tokio::test]
async fn s_12_to_s_16_the_address_follows_the_header() {
    let instance = Instance::start(&[]).await;
    let address = |user: User| (user.email, user.email_source);
    let at = |email: &str, source| (email.to_owned(), source);

    let made = instance.visit(&with_email("john", "john@example.com")).await.unwrap();
    assert_eq!(address(made), at("john@example.com", EmailSource::Proxy));
    let moved = instance.visit(&with_email("john", "j2@example.com")).await.unwrap();
    assert_eq!(address(moved), at("j2@example.com", EmailSource::Proxy));
    let gone = instance.visit(&without_email("john")).await.unwrap();
    assert_eq!(address(gone), at("john@remote", EmailSource::Fallback));
    let still_gone = instance.visit(&without_email("john")).await.unwrap();
    assert_eq!(address(still_gone), at("john@remote", EmailSource::Fallback));
    let back = instance.visit(&with_email("john", "john@example.com")).await.unwrap();
    assert_eq!(address(back.clone()), at("john@example.com", EmailSource::Proxy));
    assert_eq!(instance.visit(&named("john")).await, Ok(back.clone()), "no header is configured: never touched");
    assert_eq!(instance.users().await, [back]);
}

#[tokio::test]
async fn s_17_l_12_an_address_of_somebody_else_is_ignored() {
    let instance = Instance::start(&[]).await;
    let owner = instance.local("owner", "a@example.com").await;
    instance.visit(&with_email("john", "john@example.com")).await.unwrap();
    let john = instance.visit(&with_email("john", "a@example.com")).await.unwrap();
    assert_eq!((john.email.as_str(), john.email_source), ("john@remote", EmailSource::Fallback));
    let mary = instance.visit(&with_email("mary", "a@example.com")).await.unwrap();
    assert_eq!((mary.email.as_str(), mary.email_source), ("mary@remote", EmailSource::Fallback));
    assert_eq!(instance.users().await, [owner, john, mary], "nobody is found by an address");
}

#[tokio::test]
async fn s_18_an_own_address_is_kept() {
    let instance = Instance::start(&[]).await;
    instance.local("owner", "a@example.com").await;
    let john = instance.local("john", "john@example.com").await;
    for identity in [with_email("john", "a@example.com"), without_email("john"), named("john")] {
        assert_eq!(instance.visit(&identity).await, Ok(john.clone()));
    }
    let same = instance.visit(&with_email("john", "john@example.com")).await.unwrap();
    assert_eq!(same.email_source, EmailSource::Proxy, "from now on the proxy keeps it in step");
}

#[tokio::test]
async fn v_19_to_v_22_names_that_look_alike() {
    let instance = Instance::start(&[]).await;
    instance.local("John", "john@example.com").await;
    for name in ["john", "JOHN", "ｊohn"] {
        assert!(matches!(instance.visit(&named(name)).await, Err(Denial::NameCollision { .. })), "{name}");
    }
    assert!(instance.visit(&named("John")).await.is_ok());
    let cyrillic = instance.visit(&named("J\u{43E}hn")).await.unwrap();
    assert!(!cyrillic.is_admin && cyrillic.name != "John");
    assert_eq!(instance.users().await.len(), 2);
}

#[tokio::test]
async fn v_26_where_case_is_ignored_an_account_keeps_its_capitals() {
    let instance = Instance::start(&[("AUTH_PROXY_USERNAME_CASE", "lower")]).await;
    let john = instance.local("John", "john@example.org").await;
    for identity in [named("john"), with_email("john", "j@example.org"), with_subject("john", "u1"), named("john")] {
        let user = instance.visit(&identity).await.unwrap();
        assert_eq!((user.id, user.name.as_str()), (john.id, "John"), "{identity:?}");
    }
    let subject = instance.visit(&with_subject("johnny", "u1")).await.unwrap();
    assert_eq!((subject.id, subject.name.as_str()), (john.id, "johnny"), "another name is still followed");
    let umlaut = instance.local("Ärzte", "a@example.org").await;
    assert_eq!(instance.visit(&named("ärzte")).await.unwrap().id, umlaut.id);
    let new = instance.visit(&named("mary")).await.unwrap();
    assert_eq!((new.name.as_str(), instance.users().await.len()), ("mary", 3));
}

#[tokio::test]
async fn v_27_where_case_is_ignored_two_accounts_are_never_one() {
    let instance = Instance::start(&[("AUTH_PROXY_USERNAME_CASE", "lower")]).await;
    for (name, email) in [("John", "1@example.org"), ("JOHN", "2@example.org"), ("ｊohn", "3@example.org")] {
        instance.local(name, email).await;
    }
    let both = Err(Denial::NameCollision { stated: "john".into(), others: vec!["John".into(), "JOHN".into()] });
    assert_eq!(instance.visit(&named("john")).await, both, "a name in another form is another one");
    assert_eq!(instance.visit(&with_subject("john", "u1")).await, both);
    let john = instance.users().await.into_iter().find(|user| user.name == "JOHN").unwrap();
    instance.delete(&john).await;
    assert_eq!(instance.visit(&named("john")).await.unwrap().name, "John");
    let other = instance.local("john", "4@example.org").await;
    assert!(instance.visit(&named("john")).await.is_err(), "{}: not even the exact one", other.name);
}

#[tokio::test]
async fn v_13_v_25_made_up_addresses_never_meet() {
    let instance = Instance::start(&[]).await;
    instance.local("squatter", "x@remote").await;
    let long = "ﷺ".repeat(191);
    let mut emails = Vec::new();
    for name in ["x", "x@remote", "x-2", &"a".repeat(190), &"a".repeat(191), &long] {
        emails.push(instance.visit(&named(name)).await.unwrap().email);
    }
    assert_eq!(emails[..3], ["x-2@remote", "x@remote@remote", "x-2-2@remote"]);
    assert_eq!(emails[3], format!("{}@remote", "a".repeat(184)));
    assert_eq!(emails[4], format!("{}-2@remote", "a".repeat(182)));
    assert!(instance.visit(&named(&long)).await.is_ok());
}

/// What becomes of 20 requests at once.
async fn parallel(instance: Instance, identity: impl Fn(usize) -> Identity) -> (Vec<User>, Vec<User>) {
    let instance = Arc::new(instance);
    let mut visits = JoinSet::new();
    for number in 0..20 {
        let (instance, identity) = (Arc::clone(&instance), identity(number));
        visits.spawn(async move { instance.visit(&identity).await });
    }
    let admitted = visits.join_all().await.into_iter().map(Result::unwrap).collect();
    (admitted, instance.users().await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn l_04_parallel_first_requests_of_one_person_make_one_account() {
    for identity in [named("john"), with_email("john", "john@example.com"), with_subject("john", "u1")] {
        let (admitted, users) = parallel(Instance::start(&[]).await, |_| identity.clone()).await;
        assert_eq!(users.len(), 1);
        assert!(users[0].is_admin && admitted.iter().all(|user| *user == users[0]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn l_05_parallel_first_requests_of_many_make_one_administrator() {
    let (admitted, users) = parallel(Instance::start(&[]).await, |number| named(&format!("user {number}"))).await;
    assert_eq!(users.len(), 20);
    assert_eq!(admitted.iter().filter(|user| user.is_admin).count(), 1);
}

#[tokio::test]
async fn l_06_no_accounts_are_made_when_switched_off() {
    let instance = Instance::start(&[("AUTH_PROXY_AUTO_CREATE", "false")]).await;
    assert_eq!(instance.visit(&named("john")).await, Err(Denial::UnknownUser));
    assert_eq!(instance.users().await, []);
    let john = instance.local("john", "john@example.com").await;
    assert_eq!(instance.visit(&named("john")).await, Ok(john));
}

#[tokio::test]
async fn l_07_deleted_people_stay_deleted() {
    let mut instance = Instance::start(&[]).await;
    let john = instance.visit(&named("John")).await.unwrap();
    instance.delete(&john).await;
    for name in ["John", "john"] {
        assert_eq!(instance.visit(&named(name)).await, Err(Denial::Tombstoned), "{name}");
    }
    instance.admission = config(&[("AUTH_PROXY_RECREATE_DELETED", "true")]).admission;
    let again = instance.visit(&named("John")).await.unwrap();
    assert!(!again.is_admin, "not even as the first on an empty instance");
}

#[tokio::test]
async fn l_08_a_disabled_account_is_closed() {
    let instance = Instance::start(&[]).await;
    let john = instance.visit(&named("john")).await.unwrap();
    let mut write = instance.store.write().await.unwrap().by_operator();
    write.set_disabled(john.id, Some(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(instance.visit(&named("john")).await, Err(Denial::AccountDisabled));
    assert_eq!(instance.visit(&with_email("john", "j@example.com")).await, Err(Denial::AccountDisabled));
}

#[tokio::test]
async fn l_09_l_10_the_subject_decides_over_the_name() {
    let instance = Instance::start(&[]).await;
    let alice = instance.visit(&with_subject("alice", "u1")).await.unwrap();
    assert_eq!(instance.visit(&with_subject("alice", "u2")).await, Err(Denial::IdentityConflict));
    let renamed = instance.visit(&with_subject("alice2", "u1")).await.unwrap();
    assert_eq!((renamed.id, renamed.name.as_str()), (alice.id, "alice2"));
    let other = instance.visit(&with_subject("alice", "u2")).await.unwrap();
    assert_ne!(other.id, alice.id);
    let kept = instance.visit(&with_subject("ALICE", "u1")).await.unwrap();
    assert_eq!((kept.id, kept.name.as_str()), (alice.id, "alice2"), "a name like another's is not taken on");
    let recased = instance.visit(&with_subject("Alice2", "u1")).await.unwrap();
    assert_eq!((recased.id, recased.name.as_str()), (alice.id, "Alice2"));
    assert_eq!(instance.users().await, [recased, other]);
}

#[tokio::test]
async fn an_account_without_subject_is_bound_to_the_first_that_comes() {
    let instance = Instance::start(&[]).await;
    let alice = instance.local("alice", "alice@example.com").await;
    assert_eq!(instance.visit(&with_subject("alice", "u1")).await, Ok(alice.clone()));
    assert_eq!(instance.visit(&with_subject("alice", "u2")).await, Err(Denial::IdentityConflict));
    assert_eq!(instance.visit(&with_subject("alice", "u1")).await, Ok(alice));
}

#[tokio::test]
async fn l_15_people_who_alternate_stay_apart() {
    let instance = Instance::start(&[]).await;
    let (john, mary) = (instance.visit(&named("john")).await.unwrap(), instance.visit(&named("mary")).await.unwrap());
    for _ in 0..3 {
        assert_eq!(instance.visit(&named("john")).await, Ok(john.clone()));
        assert_eq!(instance.visit(&named("mary")).await, Ok(mary.clone()));
    }
}

#[tokio::test]
async fn a_known_person_is_admitted_while_others_write() {
    let instance = Instance::start(&[]).await;
    let identities = [named("john"), with_email("mary", "mary@example.com"), with_subject("alice", "u1")];
    for identity in &identities {
        instance.visit(identity).await.unwrap();
    }
    let _write = instance.store.write().await.unwrap().by_operator();
    for identity in &identities {
        let visit = tokio::time::timeout(Duration::from_secs(10), instance.visit(identity)).await;
        assert!(visit.unwrap().is_ok(), "nothing is written for {identity:?}");
    }
}
