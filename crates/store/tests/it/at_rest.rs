//! What the database holds, as a thief sees it.

use otp::OtpType;
use store::{Error, Session, Token};
use vault::{SharingPolicy, UNREADABLE};

use crate::bench::{
    add_account, add_user, at, checked, generate_otp, load_seen, on_every_engine, on_sqlite, otp_log, read_secret,
};

#[test]
fn no_secret_uri_or_account_name_is_in_the_files() {
    on_sqlite(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut draft = crate::bench::draft("planted-account", OtpType::Hotp);
        draft.service = Some("planted-service".into());
        draft.secret = otp::Secret::from_text("PLANTEDSECRETAAA");
        let mut write = store.write().await.unwrap().by_operator();
        let uri = "otpauth://hotp/planted-uri?secret=PLANTEDSECRETAAA";
        let id = write.create_account(ana.id, &draft, uri, at(1)).await.unwrap();
        let session = Session {
            user: Some(ana.id),
            basis: None,
            data: None,
            ip: None,
            user_agent: None,
            created_at: at(1),
            last_used_at: at(1),
        };
        write.create_session(&[7; 32], &session).await.unwrap();
        write.commit().await.unwrap();
        let right = generate_otp(&store, ana.id, id).await;
        store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp)).await.unwrap();
        let mut files = 0;
        // Beside the file there is the write-ahead log, as long as the store is open.
        for pass in 0..2 {
            for entry in std::fs::read_dir(bench.folder.path()).unwrap() {
                let content = std::fs::read(entry.unwrap().path()).unwrap().to_ascii_lowercase();
                files += 1;
                for planted in ["plantedsecret", "planted-account", "planted-service", "planted-uri", "otpauth"] {
                    assert!(!content.windows(planted.len()).any(|window| window == planted.as_bytes()), "{planted}");
                }
            }
            if pass == 0 {
                bench.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
            }
        }
        assert!(files >= 4, "the write-ahead log was looked at");
    });
}

#[test]
fn what_is_deleted_is_overwritten() {
    on_sqlite(async |bench| {
        let file = bench.folder.path().join("sixpin.sqlite");
        let is_in_file = || std::fs::read(&file).unwrap().windows(12).any(|part| part == b"planted-icon");
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.add_icon("planted-icon", &[7; 9000], at(1)).await.unwrap();
        write.commit().await.unwrap();
        drop(store);
        assert!(is_in_file());
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_icon("planted-icon").await.unwrap();
        write.commit().await.unwrap();
        drop(store);
        assert!(!is_in_file());
    });
}

#[test]
fn a_value_moved_to_another_row_or_column_does_not_open() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let [first, second] = [
            add_account(&store, &ana, "one", OtpType::Totp).await,
            add_account(&store, &ana, "two", OtpType::Totp).await,
        ];
        let right = read_secret(&store, ana.id, second).await;
        bench
            .execute(&format!(
                "UPDATE accounts SET secret = (SELECT secret FROM (SELECT secret FROM accounts WHERE id = {first}) moved) \
                 WHERE id = {second}"
            ))
            .await;
        let account = load_seen(&store, ana.id, second).await.account;
        let error = store.open_secret(&account, &right).unwrap_err();
        assert!(matches!(error, Error::Undecipherable(id) if id == second), "{error:?}");
        store.open_legacy_uri(&account, &right).unwrap();
        bench.execute(&format!("UPDATE accounts SET legacy_uri = account WHERE id = {second}")).await;
        let account = load_seen(&store, ana.id, second).await.account;
        assert!(matches!(store.open_legacy_uri(&account, &right), Err(Error::Undecipherable(_))));
        // An unreadable name is marked, and never another text.
        bench.execute(&format!("UPDATE accounts SET account = secret WHERE id = {second}")).await;
        let mut read = store.read().await.unwrap();
        let all = read.visible_accounts(ana.id, SharingPolicy::default(), None).await.unwrap();
        let names: Vec<_> = all.iter().map(|seen| seen.account.name.as_str()).collect();
        assert!(names.contains(&UNREADABLE) && !names.iter().any(|name| name.contains("JBSW")), "{names:?}");
    });
}

#[test]
fn a_right_opens_only_its_own_account() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let [first, second] = [
            add_account(&store, &ana, "one", OtpType::Hotp).await,
            add_account(&store, &ana, "two", OtpType::Hotp).await,
        ];
        let right = generate_otp(&store, ana.id, first).await;
        let other = load_seen(&store, ana.id, second).await.account;
        assert!(matches!(store.open_secret(&other, &right), Err(Error::OtherRight)));
        let claimed = store.claim_counter(&right, checked(&ana), otp_log(&ana, second, OtpType::Hotp)).await;
        assert!(matches!(claimed, Err(Error::OtherRight)));
        let account = load_seen(&store, ana.id, first).await.account;
        assert_eq!(store.open_secret(&account, &right).unwrap().padded(), "JBSWY3DPEHPK3PXP");
        let right = read_secret(&store, ana.id, first).await;
        assert_eq!(store.open_legacy_uri(&account, &right).unwrap().as_str(), "otpauth://hotp/one");
    });
}

#[test]
fn what_is_printed_for_debugging_shows_no_secret() {
    on_sqlite(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Totp).await;
        let seen = load_seen(&store, ana.id, id).await;
        let right = read_secret(&store, ana.id, id).await;
        let secret = store.open_secret(&seen.account, &right).unwrap();
        let token = Token {
            id: "id".into(),
            user: ana.id,
            name: "laptop".into(),
            created_at: at(0),
            expires_at: at(1),
            revoked: false,
            may_write: false,
            last_used_at: None,
        };
        let printed = format!("{store:?} {seen:?} {secret:?} {token:?}");
        assert!(!printed.contains("JBSWY3DP") && !printed.contains("otpauth"), "{printed}");
    });
}
