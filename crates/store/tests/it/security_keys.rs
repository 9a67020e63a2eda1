//! Security keys, and the challenges that they answer.

use jiff::SignedDuration;
use serde_json::json;
use store::{Error, NewSecurityKey};
use vault::UserId;

use crate::bench::{add_user, at, may_purge, on_every_engine};

fn key(user: UserId, credential: &[u8]) -> NewSecurityKey {
    NewSecurityKey {
        user,
        credential: credential.to_vec(),
        handle: "0123456789abcdef0123456789abcdef".into(),
        alias: None,
        public_key: b"a public key".to_vec(),
        counter: 0,
        backup_eligible: None,
        rp_id: "2fa.example.org".into(),
        origin: "https://2fa.example.org".into(),
        transports: vec!["usb".into(), "nfc".into()],
        aaguid: None,
        attestation_format: "none".into(),
    }
}

const LIFETIME: SignedDuration = SignedDuration::from_secs(100);

#[test]
fn a_key_is_found_by_its_credential_and_by_its_owner() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, bob) = (add_user(&store, "ana").await, add_user(&store, "bob").await);
        // As long as WebAuthn allows.
        let long = [7; 1023];
        let all = NewSecurityKey {
            alias: Some("日本 🔑".into()),
            counter: u32::MAX,
            backup_eligible: Some(true),
            aaguid: Some("00000000-0000-0000-0000-000000000001".into()),
            ..key(ana.id, &long)
        };
        let mut write = store.write().await.unwrap().by_operator();
        write.create_security_key(&all, at(1)).await.unwrap();
        write.create_security_key(&key(ana.id, b"second"), at(2)).await.unwrap();
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let found = read.security_key(&long).await.unwrap().unwrap();
        assert_eq!((found.registered, found.created_at, found.disabled_at), (all, at(1), None));
        assert_eq!(read.security_key(&long[1..]).await.unwrap(), None);
        let keys = read.security_keys(ana.id).await.unwrap();
        let credentials: Vec<_> = keys.iter().map(|key| key.registered.credential.as_slice()).collect();
        assert_eq!(credentials, [&long[..], b"second"]);
        assert_eq!(read.security_key_count(ana.id).await.unwrap(), 2);
        assert_eq!(read.security_keys(bob.id).await.unwrap(), []);
    });
}

#[test]
fn a_credential_is_registered_once_for_all_users() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, bob) = (add_user(&store, "ana").await, add_user(&store, "bob").await);
        let mut write = store.write().await.unwrap().by_operator();
        write.create_security_key(&key(ana.id, b"one"), at(1)).await.unwrap();
        write.commit().await.unwrap();
        let mut write = store.write().await.unwrap().by_operator();
        let again = write.create_security_key(&key(bob.id, b"one"), at(2)).await;
        assert!(matches!(again, Err(Error::Duplicate)), "{again:?}");
    });
}

#[test]
fn a_counter_only_goes_forward() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        write.create_security_key(&key(ana.id, b"one"), at(1)).await.unwrap();
        let id = write.security_key(b"one").await.unwrap().unwrap().id;
        for (counter, may) in [(0, true), (0, true), (5, true), (5, false), (4, false), (0, false), (6, true)] {
            assert_eq!(write.use_security_key(id, counter).await.unwrap(), may, "{counter}");
        }
        assert_eq!(write.security_key(b"one").await.unwrap().unwrap().registered.counter, 6);
        write.disable_security_key(id, at(3)).await.unwrap();
        write.disable_security_key(id, at(4)).await.unwrap();
        assert!(!write.use_security_key(id, 7).await.unwrap());
        assert_eq!(write.security_key(b"one").await.unwrap().unwrap().disabled_at, Some(at(3)));
    });
}

#[test]
fn keys_are_renamed_and_removed_by_their_owner() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let (ana, bob) = (add_user(&store, "ana").await, add_user(&store, "bob").await);
        let mut write = store.write().await.unwrap().by_operator();
        for credential in [b"one", b"two", b"six"] {
            write.create_security_key(&key(ana.id, credential), at(1)).await.unwrap();
        }
        assert!(!write.rename_security_key(bob.id, b"one", "x").await.unwrap());
        assert!(write.rename_security_key(ana.id, b"one", "mine").await.unwrap());
        assert!(write.rename_security_key(ana.id, b"one", "mine").await.unwrap(), "the same name again");
        let renamed = write.security_key(b"one").await.unwrap().unwrap();
        assert_eq!(renamed.registered.alias.as_deref(), Some("mine"));
        assert!(!write.delete_security_key(bob.id, b"one", None).await.unwrap());
        assert!(write.delete_security_key(ana.id, b"one", None).await.unwrap());
        assert_eq!(write.security_key(b"one").await.unwrap(), None);
        assert_eq!(write.delete_security_keys(ana.id).await.unwrap(), 2);
        write.create_security_key(&key(ana.id, b"one"), at(1)).await.unwrap();
        write.delete_user(ana.id, false, at(2)).await.unwrap();
        assert_eq!(write.security_key(b"one").await.unwrap(), None, "keys go with their owner");
    });
}

#[test]
fn a_challenge_is_taken_once_and_in_time() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        let data = json!({ "a": "é" });
        for id in [[1; 32], [2; 32], [3; 32]] {
            write.put_challenge(&id, &data, at(100)).await.unwrap();
        }
        assert_eq!(write.take_challenge(&[1; 32], at(99), LIFETIME).await.unwrap(), Some(data.clone()));
        assert_eq!(write.take_challenge(&[1; 32], at(99), LIFETIME).await.unwrap(), None, "used up");
        assert_eq!(write.take_challenge(&[2; 32], at(100), LIFETIME).await.unwrap(), None, "too late");
        assert_eq!(write.take_challenge(&[2; 32], at(99), LIFETIME).await.unwrap(), None, "used up by the late try");
        write.put_challenge(&[4; 32], &data, at(1000)).await.unwrap();
        assert_eq!(write.take_challenge(&[4; 32], at(99), LIFETIME).await.unwrap(), None, "from a later time");
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_challenges(may, at(100)).await.unwrap(), 1);
        assert_eq!(write.take_challenge(&[3; 32], at(99), LIFETIME).await.unwrap(), None);
    });
}
