//! Users.

use serde_json::json;
use store::{AdminRule, CreateUserError, Error, NewUser, Reset, ResetKind, Store};
use vault::{EmailSource, Preferences, SsoIdentity, UserId};

use crate::bench::{
    add_account, add_accounts, add_user, at, draft, email, manage, may_purge, new_user, on_every_engine, otp_log,
    visible_ids,
};

#[test]
fn a_user_is_read_back_as_created() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let sso = SsoIdentity { provider: "openid".into(), subject: "Sub-1".into() };
        let new = NewUser {
            name: "Ana",
            name_key: "ana",
            email: "ana@example.org",
            email_source: EmailSource::Proxy,
            password_hash: Some("$argon2id$x"),
            admin: AdminRule::Yes,
            sso: Some(&sso),
            proxy_subject: Some("https://issuer subject"),
        };
        let mut write = store.write().await.unwrap().by_operator();
        let ana = write.create_user(&new, at(3)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(
            (ana.name.as_str(), ana.email.as_str(), ana.email_source),
            ("Ana", "ana@example.org", EmailSource::Proxy)
        );
        assert_eq!((ana.is_admin, ana.disabled_at, ana.last_seen_at, ana.created_at), (true, None, None, at(3)));
        assert_eq!(ana.sso.as_ref(), Some(&sso));
        let mut read = store.read().await.unwrap();
        for found in [
            read.user(ana.id).await,
            read.user_by_name("Ana").await,
            read.user_by_email("ana@example.org").await,
            read.user_by_sso(&sso).await,
            read.user_by_proxy_subject("https://issuer subject").await,
        ] {
            assert_eq!(found.unwrap(), Some(ana.clone()));
        }
        assert_eq!(read.password_hash(ana.id).await.unwrap().as_deref(), Some("$argon2id$x"));
        assert!(read.has_proxy_subject(ana.id).await.unwrap());
        assert_eq!(read.user(UserId(99)).await.unwrap(), None);
        assert_eq!(read.user_by_proxy_subject("other").await.unwrap(), None);
        assert_eq!(read.password_hash(UserId(99)).await.unwrap(), None);
    });
}

#[test]
fn names_are_exact_everywhere() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        // Different names for everyone, however a collation would compare them.
        let names =
            ["ana", "Ana", "aná", "ana ", "a na", "ａna", "ß", "ss", "Å", "A\u{30a}", "i", "ı", "İ", "\u{1f600}"];
        for (index, name) in names.iter().enumerate() {
            let mut write = store.write().await.unwrap().by_operator();
            let email = format!("{index}@example.org");
            write.create_user(&NewUser { name_key: "same", ..new_user(name, &email) }, at(0)).await.unwrap();
            write.commit().await.unwrap();
        }
        let mut read = store.read().await.unwrap();
        for name in names {
            assert_eq!(read.user_by_name(name).await.unwrap().unwrap().name, name);
            assert!(read.name_taken(name, None).await.unwrap());
        }
        for name in ["ANA", "ana  ", "", "\u{1f601}", "a"] {
            assert_eq!(read.user_by_name(name).await.unwrap(), None, "{name:?}");
            assert!(!read.name_taken(name, None).await.unwrap());
        }
        assert_eq!(read.names_like("same").await.unwrap(), names);
        assert_eq!(read.names_like("Same").await.unwrap(), [""; 0]);
        assert_eq!(read.user_by_email("0@EXAMPLE.org").await.unwrap(), None, "addresses are looked up in lower case");
    });
}

#[test]
fn the_longest_names_fit() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let name = "\u{1f600}".repeat(191);
        let email = "é".repeat(191);
        let mut write = store.write().await.unwrap().by_operator();
        let user = write.create_user(&new_user(&name, &email), at(0)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!((user.name, user.email), (name, email));
    });
}

#[test]
fn names_addresses_and_identities_are_unique() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let bob = add_user(&store, "bob").await;
        let mut write = store.write().await.unwrap().by_operator();
        let refused = write.create_user(&new_user("ana", "other@example.org"), at(0)).await;
        assert!(matches!(refused, Err(CreateUserError::NameTaken)));
        let refused = write.create_user(&new_user("other", "ana@example.org"), at(0)).await;
        assert!(matches!(refused, Err(CreateUserError::EmailTaken)));
        let refused =
            write.set_name_and_email(bob.id, "ana", "ana", "bob@example.org", EmailSource::Local, at(0)).await;
        assert!(matches!(refused, Err(CreateUserError::NameTaken)));
        let refused =
            write.set_name_and_email(bob.id, "bob", "bob", "ana@example.org", EmailSource::Local, at(0)).await;
        assert!(matches!(refused, Err(CreateUserError::EmailTaken)));
        // Their own name and address are no obstacle.
        write.set_name_and_email(bob.id, "bob", "bob", "bob@example.org", EmailSource::Fallback, at(0)).await.unwrap();
        assert!(!write.name_taken("ana", Some(ana.id)).await.unwrap());
        assert!(!write.email_taken("ana@example.org", Some(ana.id)).await.unwrap());
        write.set_proxy_subject(ana.id, "s1", at(0)).await.unwrap();
        write.commit().await.unwrap();
        let mut write = store.write().await.unwrap().by_operator();
        let new = NewUser { proxy_subject: Some("s1"), ..new_user("eve", "eve@example.org") };
        assert!(matches!(write.create_user(&new, at(0)).await, Err(CreateUserError::IdentityTaken)));
        drop(write);
        let mut write = store.write().await.unwrap().by_operator();
        assert!(matches!(write.set_proxy_subject(bob.id, "s1", at(0)).await, Err(Error::Duplicate)));
    });
}

#[test]
fn of_many_first_users_exactly_one_is_an_administrator() {
    on_every_engine(async |bench| {
        let stores = [bench.open().await, bench.open().await];
        let tasks: Vec<_> = (0..20)
            .map(|index: usize| {
                let store: Store = stores[index % 2].clone();
                tokio::spawn(async move { add_user(&store, &format!("user{index}")).await })
            })
            .collect();
        let mut admins = 0;
        for task in tasks {
            admins += u64::from(task.await.unwrap().is_admin);
        }
        assert_eq!(admins, 1);
        let mut read = stores[0].read().await.unwrap();
        assert_eq!((read.user_count().await.unwrap(), read.admin_count().await.unwrap()), (20, 1));
    });
}

#[test]
fn of_many_requests_for_one_name_one_creates_it() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut write = store.write().await.unwrap().by_operator();
                    if let Some(user) = write.user_by_name("john").await.unwrap() {
                        return user;
                    }
                    let user = write.create_user(&new_user("john", "john@remote"), at(0)).await.unwrap();
                    write.commit().await.unwrap();
                    user
                })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap().is_admin);
        }
        assert!(store.read().await.unwrap().users_exist().await.unwrap());
        assert_eq!(store.read().await.unwrap().user_count().await.unwrap(), 1);
    });
}

#[test]
fn changes_are_read_back() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        let mut preferences = Preferences::default();
        preferences.set("theme", json!("dark"));
        preferences.set("defaultGroup", json!(3));
        write.set_preferences(ana.id, &preferences, at(1)).await.unwrap();
        write.set_admin(ana.id, false, at(1)).await.unwrap();
        write.set_disabled(ana.id, Some(at(1)), at(1)).await.unwrap();
        write.set_password(ana.id, Some("hash"), at(1)).await.unwrap();
        write.set_name_and_email(ana.id, "Anna", "anna", "anna@remote", EmailSource::Fallback, at(1)).await.unwrap();
        write.commit().await.unwrap();
        store.touch_user(ana.id, at(2)).await.unwrap();
        let mut read = store.read().await.unwrap();
        let changed = read.user(ana.id).await.unwrap().unwrap();
        assert_eq!(changed.preferences, preferences);
        assert_eq!((changed.is_admin, changed.disabled_at, changed.last_seen_at), (false, Some(at(1)), Some(at(2))));
        assert_eq!((changed.name.as_str(), changed.email_source), ("Anna", EmailSource::Fallback));
        assert_eq!(read.password_hash(ana.id).await.unwrap().as_deref(), Some("hash"));
        assert_eq!(read.names_like("anna").await.unwrap(), ["Anna"]);
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        assert!(matches!(write.set_admin(UserId(99), true, at(1)).await, Err(Error::Gone)));
    });
}

#[test]
fn users_are_listed_with_the_number_of_their_accounts() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let bob = add_user(&store, "bob").await;
        add_accounts(&store, &bob, 3).await;
        let mut read = store.read().await.unwrap();
        assert_eq!(read.users().await.unwrap(), [(ana.clone(), 0), (bob.clone(), 3)]);
        assert_eq!(read.users_among(&[bob.id, UserId(99), bob.id, ana.id]).await.unwrap(), [ana, bob]);
        assert_eq!(read.users_among(&[]).await.unwrap(), []);
    });
}

#[test]
fn deleting_a_user_takes_everything_that_is_theirs() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let bob = add_user(&store, "bob").await;
        let mut write = store.write().await.unwrap().by_operator();
        let mut ids = Vec::new();
        for (owner, icon) in [(&ana, "own.png"), (&ana, "common.png"), (&bob, "common.png"), (&bob, "bob.png")] {
            let draft = vault::AccountDraft { icon: Some(icon.into()), ..draft("one", otp::OtpType::Totp) };
            ids.push(write.create_account(owner.id, &draft, "", at(0)).await.unwrap());
        }
        write
            .set_reset(ResetKind::Password, &email("ana"), &Reset { hash: [1; 32], user: None, created_at: at(0) })
            .await
            .unwrap();
        write.commit().await.unwrap();
        let (theirs, bobs) = (ids[0], ids[2]);
        let shared = manage(&store, ana.id, theirs).await;
        let borrowed = manage(&store, bob.id, bobs).await;
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&shared, &[bob.id], at(0)).await.unwrap();
        write.share_with(&borrowed, &[ana.id], at(0)).await.unwrap();
        let group = write.create_group(ana.id, "group", false, at(0)).await.unwrap();
        write.assign(ana.id, &[theirs, bobs], group.id).await.unwrap();
        write.set_positions(bob.id, &[theirs, bobs]).await.unwrap();
        write.commit().await.unwrap();
        store.log_otp(otp_log(&ana, theirs, otp::OtpType::Totp)).await.unwrap();
        store.log_otp(otp_log(&ana, bobs, otp::OtpType::Totp)).await.unwrap();

        let mut write = store.write().await.unwrap().by_operator();
        assert_eq!(write.delete_user(ana.id, false, at(5)).await.unwrap(), ["own.png"]);
        assert_eq!(write.delete_user(ana.id, false, at(5)).await.unwrap(), [""; 0]);
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        assert_eq!(read.user(ana.id).await.unwrap(), None);
        assert_eq!(read.account(bob.id, theirs).await.unwrap(), None);
        assert_eq!(read.group(group.id).await.unwrap(), None);
        assert_eq!(read.shares(bobs).await.unwrap(), []);
        assert_eq!(read.otp_logs(theirs, None, None).await.unwrap(), []);
        assert_eq!(read.reset(ResetKind::Password, &email("ana")).await.unwrap(), None);
        // Her codes of other users' accounts stay in the log, by name.
        let logs = read.otp_logs(bobs, None, None).await.unwrap();
        assert_eq!((logs[0].requester, logs[0].requester_name.as_str()), (None, "ana"));
        drop(read);
        assert_eq!(visible_ids(&store, bob.id, crate::bench::SHARING).await, [bobs, ids[3]]);
        assert!(!store.read().await.unwrap().is_tombstoned("ana").await.unwrap());
    });
}

#[test]
fn a_tombstone_stands_until_the_name_is_used_again() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        add_account(&store, &ana, "one", otp::OtpType::Totp).await;
        for _ in 0..2 {
            let mut write = store.write().await.unwrap().by_operator();
            let user = write.user_by_name("ana").await.unwrap().unwrap();
            write.delete_user(user.id, true, at(5)).await.unwrap();
            assert!(write.is_tombstoned("ana").await.unwrap());
            assert!(!write.is_tombstoned("bob").await.unwrap());
            write.create_user(&new_user("ana", "ana@example.org"), at(6)).await.unwrap();
            assert!(!write.is_tombstoned("ana").await.unwrap());
            write.commit().await.unwrap();
        }
    });
}

#[test]
fn a_tombstone_keeps_the_subject_as_well() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        let new = |name, email| NewUser { proxy_subject: Some("s1"), ..new_user(name, email) };
        let ana = write.create_user(&new("ana", "ana@example.org"), at(1)).await.unwrap();
        for _ in 0..2 {
            assert!(!write.is_subject_tombstoned("s1").await.unwrap());
            let user = write.user_by_proxy_subject("s1").await.unwrap().unwrap();
            write.delete_user(user.id, true, at(5)).await.unwrap();
            assert!(write.is_subject_tombstoned("s1").await.unwrap());
            assert!(!write.is_subject_tombstoned("s2").await.unwrap());
            let again = write.create_user(&new("bea", "bea@example.org"), at(6)).await.unwrap();
            assert_ne!(again.id, ana.id);
        }
        let bea = write.user_by_proxy_subject("s1").await.unwrap().unwrap();
        write.clear_proxy_subject(bea.id, at(7)).await.unwrap();
        assert!(!write.has_proxy_subject(bea.id).await.unwrap());
        write.commit().await.unwrap();
    });
}

#[test]
fn ids_are_never_used_twice() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let bob = add_user(&store, "bob").await;
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_user(bob.id, false, at(0)).await.unwrap();
        write.commit().await.unwrap();
        drop(store);
        let store = bench.open().await;
        let eve = add_user(&store, "eve").await;
        assert!(eve.id != bob.id && eve.id != ana.id);
    });
}

#[test]
fn a_reset_replaces_the_one_before() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        let second = Reset { hash: [2; 32], user: None, created_at: at(2) };
        write
            .set_reset(ResetKind::Password, "a@b", &Reset { hash: [1; 32], user: None, created_at: at(1) })
            .await
            .unwrap();
        write.set_reset(ResetKind::Password, "a@b", &second).await.unwrap();
        assert_eq!(write.reset(ResetKind::Password, "a@b").await.unwrap(), Some(second));
        assert_eq!(write.reset(ResetKind::Webauthn, "a@b").await.unwrap(), None);
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_resets(may, second.created_at).await.unwrap(), 0);
        write.delete_reset(ResetKind::Password, "a@b").await.unwrap();
        assert_eq!(write.reset(ResetKind::Password, "a@b").await.unwrap(), None);
    });
}
