//! Damaged rows: each costs that row alone, and is named once.

use otp::OtpType;
use store::{Error, ThrottleKey};
use vault::UNREADABLE;

use crate::bench::{SHARING, add_account, add_user, at, load_seen, manage, on_every_engine, read_secret, visible_ids};

/// What may become of an account's row, on every engine.
const DAMAGES: [&str; 10] = [
    "otp_type = 'tatp'",
    "algorithm = 'sha3'",
    "digits = 3000",
    "digits = -1",
    "period = -30",
    "period = 99999999999",
    "counter = -5",
    "created_at = 9223372036854775807",
    "service = secret",
    "account = secret",
];

#[test]
fn a_damaged_account_is_shown_with_a_mark_and_opens_no_secret() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, bob) = (add_user(&store, "ana").await, add_user(&store, "bob").await);
        let mut ids = Vec::new();
        for damage in DAMAGES {
            let id = add_account(&store, &ana, damage, OtpType::Hotp).await;
            let mut write = store.write().await.unwrap().by_operator();
            write.share_with(&manage(&store, ana.id, id).await, &[bob.id], at(2)).await.unwrap();
            write.commit().await.unwrap();
            bench.execute(&format!("UPDATE accounts SET {damage} WHERE id = {id}")).await;
            ids.push(id);
        }
        let intact = add_account(&store, &ana, "intact", OtpType::Totp).await;
        for viewer in [ana.id, bob.id] {
            let expected: Vec<_> = ids.iter().copied().chain((viewer == ana.id).then_some(intact)).collect();
            assert_eq!(visible_ids(&store, viewer, SHARING).await, expected);
            let counts = store.read().await.unwrap().account_counts(viewer, SHARING).await.unwrap();
            assert_eq!(counts.owned + counts.shared, expected.len() as u64);
        }
        for (id, damage) in ids.iter().zip(DAMAGES) {
            let seen = load_seen(&store, ana.id, *id).await;
            assert!(seen.account.is_damaged, "{damage}");
            assert_eq!(seen.account.name == UNREADABLE, damage.starts_with("account"));
            assert_eq!(seen.account.service.as_deref() == Some(UNREADABLE), damage.starts_with("service"));
            let right = read_secret(&store, ana.id, *id).await;
            let opened = store.open_secret(&seen.account, &right);
            assert!(matches!(opened, Err(Error::Damaged(named)) if named == *id), "{damage}");
        }
        let seen = load_seen(&store, ana.id, intact).await;
        assert!(!seen.account.is_damaged);
        let right = read_secret(&store, ana.id, intact).await;
        assert_eq!(store.open_secret(&seen.account, &right).unwrap().padded(), "JBSWY3DPEHPK3PXP");
    });
}

#[test]
fn a_damaged_user_has_defaults_and_stays_disabled() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, bob) = (add_user(&store, "ana").await, add_user(&store, "bob").await);
        bench
            .execute(&format!(
                "UPDATE users SET preferences = '{{not json', last_seen_at = 9223372036854775807, \
                 created_at = -9223372036854775807 WHERE id = {}",
                ana.id
            ))
            .await;
        bench.execute(&format!("UPDATE users SET disabled_at = 9223372036854775807 WHERE id = {}", bob.id)).await;
        let mut read = store.read().await.unwrap();
        let found = read.user(ana.id).await.unwrap().unwrap();
        assert!(found.preferences.0.is_empty() && found.last_seen_at.is_none() && found.is_admin);
        assert!(read.user(bob.id).await.unwrap().unwrap().disabled_at.is_some());
        assert_eq!(read.users().await.unwrap().len(), 2);
    });
}

#[test]
fn damaged_settings_tokens_and_sessions_are_as_if_absent() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        write.set_setting("good", &true.into()).await.unwrap();
        write.set_setting("bad", &true.into()).await.unwrap();
        for hash in [[1; 32], [2; 32]] {
            let session = store::Session {
                basis: None,
                user: Some(ana.id),
                data: Some(serde_json::json!({ "a": 1 })),
                ip: None,
                user_agent: None,
                created_at: at(0),
                last_used_at: at(0),
            };
            write.create_session(&hash, &session).await.unwrap();
            let token = store::Token {
                id: format!("token {}", hash[0]),
                user: ana.id,
                name: "t".into(),
                created_at: at(0),
                expires_at: at(10),
                revoked: false,
                may_write: false,
                last_used_at: None,
            };
            write.create_token(&hash, &token).await.unwrap();
        }
        write.create_group(ana.id, "work", true, at(0)).await.unwrap();
        write.commit().await.unwrap();
        bench.execute("UPDATE settings SET value = '{' WHERE name = 'bad'").await;
        bench.execute("UPDATE tokens SET expires_at = 9223372036854775807 WHERE id = 'token 2'").await;
        let mut read = store.read().await.unwrap();
        let expected = [("good".to_owned(), Some(true.into())), ("bad".to_owned(), None)];
        assert_eq!(read.settings().await.unwrap(), expected);
        assert_eq!(read.setting("bad").await.unwrap(), None);
        assert_eq!(read.tokens(ana.id).await.unwrap().len(), 1);
        assert!(read.token_bearer(&[2; 32]).await.unwrap().is_none());
        assert!(read.token_bearer(&[1; 32]).await.unwrap().is_some());
        drop(read);
        // One loses its data, the other one is lost.
        bench.execute("UPDATE sessions SET data = '{'").await;
        let mut read = store.read().await.unwrap();
        let (session, user) = read.session_bearer(&[1; 32]).await.unwrap().unwrap();
        assert!(session.data.is_none() && user.is_some());
        drop(read);
        bench.execute("UPDATE sessions SET created_at = 9223372036854775807").await;
        let mut read = store.read().await.unwrap();
        assert!(read.session_bearer(&[1; 32]).await.unwrap().is_none());
        assert!(read.sessions(ana.id).await.unwrap().is_empty());
    });
}

#[test]
fn a_damaged_count_begins_anew() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let key = ThrottleKey { name: "login", subject: "ana", client: "here" };
        let minute = std::time::Duration::from_mins(1);
        store.hit(key, at(0), minute).await.unwrap();
        bench.execute("UPDATE throttles SET hits = -7").await;
        assert_eq!(store.read().await.unwrap().throttle(key, at(1), minute).await.unwrap(), None);
        assert_eq!(store.hit(key, at(2), minute).await.unwrap().hits, 1);
    });
}

#[test]
fn everything_damaged_is_found_and_nothing_else() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let first = add_account(&store, &ana, "a", OtpType::Totp).await;
        let second = add_account(&store, &ana, "b", OtpType::Totp).await;
        add_account(&store, &ana, "c", OtpType::Totp).await;
        let findings = store.examine().await.unwrap();
        assert!(findings.rows.is_empty() && findings.file.is_empty(), "{findings:?}");
        bench.execute(&format!("UPDATE accounts SET secret = account WHERE id = {first}")).await;
        bench.execute(&format!("UPDATE accounts SET digits = 3000 WHERE id = {second}")).await;
        bench.execute("UPDATE users SET preferences = '['").await;
        for _ in 0..2 {
            let findings = store.examine().await.unwrap();
            let found: Vec<_> = findings.rows.iter().map(|damage| (damage.table, damage.row.clone())).collect();
            let expected =
                [("accounts", first.to_string()), ("accounts", second.to_string()), ("users", ana.id.to_string())];
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn deleting_a_group_leaves_damaged_preferences_alone() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        let group = write.create_group(ana.id, "work", true, at(0)).await.unwrap();
        write.commit().await.unwrap();
        bench.execute("UPDATE users SET preferences = '{\"defaultGroup\": 1, '").await;
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_group(group.id, at(1)).await.unwrap();
        write.commit().await.unwrap();
        // It is still damaged, so it wasn't replaced.
        assert_eq!(store.examine().await.unwrap().rows.len(), 1);
    });
}
