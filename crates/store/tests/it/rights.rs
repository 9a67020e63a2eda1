//! The rights with which users write: what was allowed when a request arrived may not be when it writes.

use otp::OtpType;
use store::{AdminRule, Claim, Credential, Error, Hash, NewUser, Session, Store, Token};
use vault::{User, UserId};

use crate::bench::{
    add_account, add_user, at, checked, draft, email, generate_otp, load_seen, manage, new_user, on_every_engine,
    otp_log,
};

const COOKIE: Hash = [1; 32];

/// Adds a user who is an administrator, though not the first user.
async fn add_admin(store: &Store, name: &str) -> User {
    let mut write = store.write().await.unwrap();
    let email = email(name);
    let new = NewUser { admin: AdminRule::Yes, ..new_user(name, &email) };
    let user = write.create_user(&new, at(0)).await.unwrap();
    write.commit().await.unwrap();
    user
}

/// Begins a session, last used at the tenth second.
async fn begin_session(store: &Store, user: &User) -> Claim {
    let mut write = store.write().await.unwrap();
    let session = Session {
        basis: None,
        user: Some(user.id),
        data: None,
        ip: None,
        user_agent: None,
        created_at: at(1),
        last_used_at: at(10),
    };
    write.create_session(&COOKIE, &session).await.unwrap();
    write.commit().await.unwrap();
    by_session(user.id, 10)
}

fn by_session(user: UserId, used_since: i64) -> Claim {
    Claim { user, credential: Credential::Session { hash: COOKIE, used_since: at(used_since) } }
}

/// Adds a token that expires at the 20th second.
async fn add_token(store: &Store, user: &User) {
    let mut write = store.write().await.unwrap().by_operator();
    write.create_token(&[2; 32], &token(user.id)).await.unwrap();
    write.commit().await.unwrap();
}

fn token(user: UserId) -> Token {
    Token {
        id: "id".into(),
        user,
        name: "name".into(),
        created_at: at(1),
        expires_at: at(20),
        revoked: false,
        may_write: false,
        last_used_at: None,
    }
}

fn by_token(user: UserId, now: i64) -> Claim {
    Claim { user, credential: Credential::Token { id: "id".into(), now: at(now) } }
}

/// Whether a claim can write.
async fn may_write(store: &Store, claim: &Claim) -> bool {
    let outcome = store.write().await.unwrap().by(claim).await.map(drop);
    assert!(matches!(outcome, Ok(()) | Err(Error::Unauthenticated)), "{outcome:?}");
    outcome.is_ok()
}

#[test]
fn a_session_writes_for_its_user_until_it_ends() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, ben) = (add_user(&store, "ana").await, add_user(&store, "ben").await);
        assert!(!may_write(&store, &by_session(ana.id, 0)).await, "there is no session yet");
        let claim = begin_session(&store, &ana).await;
        assert!(may_write(&store, &claim).await);
        assert!(!may_write(&store, &by_session(ana.id, 11)).await, "it was last used too long ago");
        assert!(!may_write(&store, &by_session(ben.id, 10)).await, "it is another user's");
        let mut write = store.write().await.unwrap().by_operator();
        write.end_sessions(ana.id, None).await.unwrap();
        write.commit().await.unwrap();
        assert!(!may_write(&store, &claim).await);
    });
}

#[test]
fn a_token_writes_for_its_user_until_it_expires_or_is_revoked() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, ben) = (add_user(&store, "ana").await, add_user(&store, "ben").await);
        assert!(!may_write(&store, &by_token(ana.id, 10)).await);
        add_token(&store, &ana).await;
        assert!(may_write(&store, &by_token(ana.id, 19)).await);
        assert!(!may_write(&store, &by_token(ana.id, 20)).await);
        assert!(!may_write(&store, &by_token(ben.id, 10)).await);
        let mut write = store.write().await.unwrap().by_operator();
        assert!(write.revoke_token(ana.id, "id").await.unwrap());
        write.commit().await.unwrap();
        assert!(!may_write(&store, &by_token(ana.id, 10)).await);
    });
}

#[test]
fn a_disabled_or_deleted_user_does_not_write() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        add_token(&store, &ana).await;
        let claims = [begin_session(&store, &ana).await, by_token(ana.id, 10), checked(&ana)];
        for since in [Some(at(5)), None] {
            let mut write = store.write().await.unwrap().by_operator();
            write.set_disabled(ana.id, since, at(5)).await.unwrap();
            write.commit().await.unwrap();
            for claim in &claims {
                // A session ends when its user is disabled.
                let expected = since.is_none() && !matches!(claim.credential, Credential::Session { .. });
                assert_eq!(may_write(&store, claim).await, expected, "{claim:?}");
            }
        }
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_user(ana.id, false, at(6)).await.unwrap();
        write.commit().await.unwrap();
        for claim in &claims {
            assert!(!may_write(&store, claim).await, "{claim:?}");
        }
    });
}

#[test]
fn a_demoted_administrator_does_not_write_as_one() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, ben) = (add_user(&store, "ana").await, add_admin(&store, "ben").await);
        let as_admin = async |user: &User| store.write().await.unwrap().by(&checked(user)).await.unwrap().admin();
        let mut write = as_admin(&ben).await.unwrap();
        write.set_setting("a", &true.into()).await.unwrap();
        write.commit().await.unwrap();
        // Ben's next request waits for the transaction that demotes him.
        let mut write = as_admin(&ana).await.unwrap();
        write.set_admin(ben.id, false, at(2)).await.unwrap();
        let waiting = tokio::spawn({
            let (store, ben) = (store.clone(), ben.clone());
            async move { store.write().await.unwrap().by(&checked(&ben)).await.unwrap().admin().map(drop) }
        });
        write.commit().await.unwrap();
        assert!(matches!(waiting.await.unwrap(), Err(Error::NotAdmin)));
        assert!(!store.read().await.unwrap().user(ben.id).await.unwrap().unwrap().is_admin);
    });
}

#[test]
fn a_user_does_not_write_what_is_another_users() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, ben) = (add_user(&store, "ana").await, add_user(&store, "ben").await);
        let account = add_account(&store, &ana, "one", OtpType::Totp).await;
        let right = manage(&store, ana.id, account).await;
        let mut write = store.write().await.unwrap().by(&checked(&ben)).await.unwrap();
        let uri = "otpauth://totp/x";
        for refused in [
            write.create_account(ana.id, &draft("two", OtpType::Totp), uri, at(2)).await.map(drop),
            write.update_account(&right, &draft("two", OtpType::Totp), at(2)).await,
            write.delete_account(&right).await,
            write.share_with(&right, &[ben.id], at(2)).await.map(drop),
            write.transfer_ownership(&right, ben.id, at(2)).await,
            write.set_positions(ana.id, &[account]).await,
            write.create_group(ana.id, "group", false, at(2)).await.map(drop),
            write.create_token(&[2; 32], &token(ana.id)).await,
            write.revoke_tokens(ana.id).await.map(drop),
            write.set_password(ana.id, None, at(2)).await,
            write.set_preferences(ana.id, &ana.preferences, at(2)).await,
            write.end_sessions(ana.id, None).await.map(drop),
            write.delete_security_keys(ana.id).await.map(drop),
            write.delete_user(ana.id, false, at(2)).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::OtherRight)), "{refused:?}");
        }
        write.commit().await.unwrap();
        assert_eq!(load_seen(&store, ana.id, account).await.account.name, "one");
    });
}

#[test]
fn a_counter_is_claimed_by_a_valid_token_only() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        add_token(&store, &ana).await;
        let id = add_account(&store, &ana, "one", OtpType::Hotp).await;
        let right = generate_otp(&store, ana.id, id).await;
        let mut write = store.write().await.unwrap().by_operator();
        write.revoke_tokens(ana.id).await.unwrap();
        write.commit().await.unwrap();
        let claimed = store.claim_counter(&right, by_token(ana.id, 10), otp_log(&ana, id, OtpType::Hotp)).await;
        assert!(matches!(claimed, Err(Error::Unauthenticated)), "{claimed:?}");
        let ben = add_user(&store, "ben").await;
        let claimed = store.claim_counter(&right, checked(&ben), otp_log(&ana, id, OtpType::Hotp)).await;
        assert!(matches!(claimed, Err(Error::OtherRight)), "{claimed:?}");
        assert_eq!(load_seen(&store, ana.id, id).await.account.parameters.counter, Some(0));
        assert!(store.read().await.unwrap().otp_logs(id, None, None).await.unwrap().is_empty());
    });
}

#[test]
fn groups_are_written_by_their_owner_alone() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let mut write = store.write().await.unwrap().by_operator();
        let group = write.create_group(ana.id, "first", false, at(0)).await.unwrap();
        write.commit().await.unwrap();
        let mut write = store.write().await.unwrap().by(&Claim::checked(bob.id)).await.unwrap();
        assert!(matches!(write.update_group(group.id, "x", true).await, Err(Error::OtherRight)));
        assert!(matches!(write.delete_group(group.id, at(1)).await, Err(Error::OtherRight)));
        assert!(matches!(write.set_group_positions(&[group.id]).await, Err(Error::OtherRight)));
        drop(write);
        let mut write = store.write().await.unwrap().by(&Claim::checked(ana.id)).await.unwrap();
        write.update_group(group.id, "renamed", true).await.unwrap();
        write.set_group_positions(&[group.id]).await.unwrap();
        write.delete_group(group.id, at(1)).await.unwrap();
        assert!(matches!(write.delete_group(group.id, at(1)).await, Err(Error::Gone)));
    });
}
