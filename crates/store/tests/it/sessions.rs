//! Sessions and tokens.

use serde_json::json;
use store::{Session, Token};

use crate::bench::{add_user, at, may_purge, on_every_engine};

fn session(user: Option<vault::UserId>) -> Session {
    Session {
        user,
        basis: None,
        data: Some(json!({"challenge": "x"})),
        ip: Some("192.0.2.1".into()),
        user_agent: Some("Mozilla/5.0 ".repeat(100)),
        created_at: at(1),
        last_used_at: at(2),
    }
}

fn token(user: vault::UserId, id: &str) -> Token {
    Token {
        id: id.repeat(40),
        user,
        name: "my laptop 😀".into(),
        created_at: at(1),
        expires_at: at(100),
        revoked: false,
        may_write: id == "a",
        last_used_at: None,
    }
}

#[test]
fn sessions_begin_are_used_and_end() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        let [known, guest, other] = [session(Some(ana.id)), session(None), session(Some(ana.id))];
        write.create_session(&[1; 32], &known).await.unwrap();
        write.create_session(&[2; 32], &guest).await.unwrap();
        write.create_session(&[3; 32], &other).await.unwrap();
        write.set_session_data(&[3; 32], None).await.unwrap();
        write.commit().await.unwrap();
        store.touch_session(&[1; 32], at(50)).await.unwrap();
        let mut read = store.read().await.unwrap();
        let used = Session { last_used_at: at(50), ..known };
        assert_eq!(read.session(&[1; 32]).await.unwrap(), Some(used.clone()));
        assert_eq!(read.session_bearer(&[1; 32]).await.unwrap(), Some((used, Some(ana.clone()))));
        assert_eq!(read.session_bearer(&[2; 32]).await.unwrap(), Some((guest, None)));
        assert_eq!(read.session(&[3; 32]).await.unwrap().unwrap().data, None);
        assert_eq!(read.session(&[4; 32]).await.unwrap(), None);
        assert_eq!(read.session_bearer(&[4; 32]).await.unwrap(), None);
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        assert_eq!(write.end_sessions(ana.id, Some(&[1; 32])).await.unwrap(), 1);
        assert!(write.session(&[1; 32]).await.unwrap().is_some());
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_sessions(may, at(40), at(0), at(0)).await.unwrap(), 1);
        write.end_session(&[1; 32]).await.unwrap();
        write.end_session(&[1; 32]).await.unwrap();
        for number in 1..4 {
            assert_eq!(write.session(&[number; 32]).await.unwrap(), None);
        }
        write.create_session(&[1; 32], &session(Some(ana.id))).await.unwrap();
        assert_eq!(write.end_sessions(ana.id, None).await.unwrap(), 1);
    });
}

#[test]
fn a_users_sessions_are_listed_and_ended_one_by_one() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let mut write = store.write().await.unwrap().by_operator();
        let [old, new] = [session(Some(ana.id)), Session { last_used_at: at(9), ..session(Some(ana.id)) }];
        write.create_session(&[1; 32], &old).await.unwrap();
        write.create_session(&[2; 32], &new).await.unwrap();
        write.create_session(&[3; 32], &session(Some(bob.id))).await.unwrap();
        assert_eq!(write.sessions(ana.id).await.unwrap(), [([2; 32], new), ([1; 32], old.clone())]);
        assert!(!write.end_user_session(bob.id, &[1; 32]).await.unwrap(), "the session of another user");
        assert!(write.end_user_session(ana.id, &[2; 32]).await.unwrap());
        assert!(!write.end_user_session(ana.id, &[2; 32]).await.unwrap());
        assert_eq!(write.sessions(ana.id).await.unwrap(), [([1; 32], old)]);
    });
}

#[test]
fn tokens_are_found_listed_and_revoked() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let mut write = store.write().await.unwrap().by_operator();
        let [first, second, other] = [token(ana.id, "a1"), token(ana.id, "a2"), token(bob.id, "b1")];
        for (number, token) in (1..).zip([&first, &second, &other]) {
            write.create_token(&[number; 32], token).await.unwrap();
        }
        write.commit().await.unwrap();
        store.touch_token(&[1; 32], at(50)).await.unwrap();
        let mut read = store.read().await.unwrap();
        let used = Token { last_used_at: Some(at(50)), ..first.clone() };
        assert_eq!(read.token(&[1; 32]).await.unwrap(), Some(used.clone()));
        assert_eq!(read.token_bearer(&[1; 32]).await.unwrap(), Some((used.clone(), ana.clone())));
        assert_eq!(read.token_bearer(&[9; 32]).await.unwrap(), None);
        assert_eq!(read.tokens(ana.id).await.unwrap(), [used.clone(), second.clone()]);
        assert_eq!(read.token_count(ana.id).await.unwrap(), 2);
        assert!(used.is_valid(at(99)) && !used.is_valid(at(100)));
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        assert!(!write.revoke_token(bob.id, &first.id).await.unwrap(), "the token of another user");
        assert!(write.revoke_token(ana.id, &first.id).await.unwrap());
        assert!(!write.revoke_token(ana.id, &first.id).await.unwrap());
        assert!(!write.token(&[1; 32]).await.unwrap().unwrap().is_valid(at(2)));
        assert_eq!(write.tokens(ana.id).await.unwrap(), [second]);
        assert_eq!(write.revoke_tokens(ana.id).await.unwrap(), 1);
        assert_eq!(write.token_count(ana.id).await.unwrap(), 0);
        assert_eq!(write.tokens(bob.id).await.unwrap(), [other]);
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_tokens(may, at(101)).await.unwrap(), 3);
        write.commit().await.unwrap();
    });
}

#[test]
fn both_end_with_their_user() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        write.create_session(&[1; 32], &session(Some(ana.id))).await.unwrap();
        write.create_token(&[1; 32], &token(ana.id, "a1")).await.unwrap();
        write.delete_user(ana.id, false, at(2)).await.unwrap();
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        assert_eq!(read.session(&[1; 32]).await.unwrap(), None);
        assert_eq!(read.token(&[1; 32]).await.unwrap(), None);
    });
}
