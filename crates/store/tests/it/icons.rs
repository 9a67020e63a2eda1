//! Icons.

use std::collections::HashSet;

use otp::OtpType;
use store::Error;

use crate::bench::{add_user, at, draft, may_purge, on_every_engine, on_sqlite};

#[test]
fn icons_are_kept_by_their_exact_names() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        let large = vec![0xa5; 1 << 20];
        write.add_icon("b.png", &large, at(1)).await.unwrap();
        write.add_icon("B.png", b"\x89PNG\0", at(1)).await.unwrap();
        write.commit().await.unwrap();
        let mut write = store.write().await.unwrap().by_operator();
        assert!(matches!(write.add_icon("b.png", b"again", at(1)).await, Err(Error::Duplicate)));
        drop(write);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.icon("b.png").await.unwrap(), Some(large));
        assert_eq!(read.icon("B.png").await.unwrap().as_deref(), Some(&b"\x89PNG\0"[..]));
        assert_eq!(read.icon("c.png").await.unwrap(), None);
        assert_eq!(read.icon_names().await.unwrap(), ["b.png", "B.png"]);
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_icon("b.png").await.unwrap();
        write.delete_icon("b.png").await.unwrap();
        assert_eq!(write.icon_names().await.unwrap(), ["B.png"]);
        write.delete_icons().await.unwrap();
        assert_eq!(write.icon_names().await.unwrap(), [""; 0]);
    });
}

#[test]
fn the_icons_of_accounts_are_those_that_are_here() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        let mut ids = Vec::new();
        for index in 0..120 {
            let mut draft = draft("one", OtpType::Totp);
            draft.icon = (index % 3 != 0).then(|| format!("{index}.png"));
            ids.push(write.create_account(ana.id, &draft, "otpauth://totp/x", at(1)).await.unwrap());
        }
        for index in [1, 2, 3, 119, 500] {
            write.add_icon(&format!("{index}.png"), b"x", at(1)).await.unwrap();
        }
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let expected = ["1.png", "2.png", "119.png"].map(str::to_owned);
        assert_eq!(read.account_icons(&ids).await.unwrap(), HashSet::from(expected));
        assert_eq!(read.account_icons(&ids[..2]).await.unwrap(), HashSet::from(["1.png".to_owned()]));
        assert!(read.account_icons(&[]).await.unwrap().is_empty());
        let contents = read.account_icon_contents(&ids).await.unwrap();
        assert_eq!(contents, ["1.png", "2.png", "119.png"].map(|name| (name.to_owned(), b"x".to_vec())).into());
    });
}

#[test]
fn icons_that_no_account_has_are_purged_by_age() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        for (name, second) in [("used.png", 1), ("old.png", 1), ("new.png", 9)] {
            write.add_icon(name, b"x", at(second)).await.unwrap();
        }
        let mut draft = draft("one", OtpType::Totp);
        draft.icon = Some("used.png".to_owned());
        write.create_account(ana.id, &draft, "otpauth://totp/x", at(1)).await.unwrap();
        assert_eq!(write.icons_in_use().await.unwrap(), HashSet::from(["used.png".to_owned()]));
        let may = may_purge(&mut write).await;
        write.purge_icons(may, at(9)).await.unwrap();
        assert_eq!(write.icon_names().await.unwrap(), ["used.png", "new.png"]);
    });
}

#[test]
fn the_content_of_an_icon_is_sealed() {
    on_sqlite(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.add_icon("a.svg", b"planted-service", at(1)).await.unwrap();
        write.add_icon("b.svg", b"other", at(1)).await.unwrap();
        write.commit().await.unwrap();
        bench.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        for entry in std::fs::read_dir(bench.folder.path()).unwrap() {
            let content = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!content.windows(15).any(|window| window == b"planted-service"));
        }
        bench
            .execute("UPDATE icons SET content = (SELECT content FROM icons WHERE name = 'b.svg') WHERE name = 'a.svg'")
            .await;
        let moved = store.read().await.unwrap().icon("a.svg").await;
        assert!(matches!(moved, Err(Error::Corrupt(_))), "{moved:?}");
    });
}
