//! Accounts, their order and their visibility.

use otp::{Algorithm, OtpType, Parameters, Secret};
use store::{AccountCounts, Error};
use vault::{AccountDraft, AccountId, ShareSummary, SharingPolicy};

use crate::bench::{
    SHARING, add_account, add_accounts, add_user, at, draft, load_seen, manage, on_every_engine, read_secret,
    visible_ids,
};

const OFF: SharingPolicy = SharingPolicy { enabled: false, all_users: true };
const NAMED_ONLY: SharingPolicy = SharingPolicy { enabled: true, all_users: false };

#[test]
fn an_account_is_read_back_as_written() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let drafts = [
            AccountDraft::new("", Secret::from_text(""), Parameters::new(OtpType::Totp)),
            AccountDraft {
                service: Some("Sërvice 😀".into()),
                icon: Some("icon.png".into()),
                ..AccountDraft::new(
                    "a@b".repeat(500),
                    Secret::from_text(&"JBSWY3DP".repeat(200)),
                    Parameters {
                        otp_type: OtpType::Hotp,
                        algorithm: Algorithm::Sha512,
                        digits: 10,
                        period: None,
                        counter: Some(u64::from(u32::MAX) + 7),
                    },
                )
            },
            AccountDraft { parameters: Parameters::new(OtpType::SteamTotp), ..draft("x", OtpType::SteamTotp) },
        ];
        for draft in &drafts {
            let mut write = store.write().await.unwrap().by_operator();
            let id = write.create_account(ana.id, draft, "otpauth://x", at(7)).await.unwrap();
            write.commit().await.unwrap();
            let seen = load_seen(&store, ana.id, id).await;
            let account = &seen.account;
            assert_eq!((&account.service, &account.name, &account.icon), (&draft.service, &draft.name, &draft.icon));
            assert_eq!(
                (account.owner, account.parameters, account.created_at),
                (Some(ana.id), draft.parameters, at(7))
            );
            assert_eq!(
                (seen.group, seen.owner_name.as_deref(), seen.shares),
                (None, Some("ana"), vault::ShareSummary::default())
            );
            let right = read_secret(&store, ana.id, id).await;
            assert_eq!(store.open_secret(account, &right).unwrap(), draft.secret);
            assert_eq!(store.open_legacy_uri(account, &right).unwrap().as_str(), "otpauth://x");
        }
    });
}

#[test]
fn an_update_replaces_everything_but_the_uri() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Totp).await;
        let new = AccountDraft {
            service: None,
            secret: Secret::from_text("GEZDGNBVGY3TQOJQ"),
            ..draft("two", OtpType::Hotp)
        };
        let manage = manage(&store, ana.id, id).await;
        let mut write = store.write().await.unwrap().by_operator();
        write.update_account(&manage, &new, at(9)).await.unwrap();
        write.commit().await.unwrap();
        let right = read_secret(&store, ana.id, id).await;
        let account = load_seen(&store, ana.id, id).await.account;
        assert_eq!((account.service.as_deref(), account.name.as_str()), (None, "two"));
        assert_eq!((account.parameters, account.created_at), (new.parameters, at(1)));
        assert_eq!(store.open_secret(&account, &right).unwrap(), new.secret);
        assert_eq!(store.open_legacy_uri(&account, &right).unwrap().as_str(), "otpauth://totp/one");
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_account(&manage).await.unwrap();
        assert!(matches!(write.update_account(&manage, &new, at(9)).await, Err(Error::Gone)));
        assert!(matches!(write.delete_account(&manage).await, Err(Error::Gone)));
        write.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().account(ana.id, id).await.unwrap(), None);
    });
}

#[test]
fn a_counter_that_no_engine_holds_is_refused() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut huge = draft("one", OtpType::Hotp);
        huge.parameters.counter = Some(u64::MAX);
        let mut write = store.write().await.unwrap().by_operator();
        let refused = write.create_account(ana.id, &huge, "", at(0)).await;
        assert!(matches!(refused, Err(Error::Unstorable(_))));
    });
}

#[test]
fn accounts_come_by_position_then_by_id() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let bob = add_user(&store, "bob").await;
        // More than a batch, and not a whole number of them.
        let ids = add_accounts(&store, &ana, 123).await;
        assert_eq!(visible_ids(&store, ana.id, OFF).await, ids);
        let mut order: Vec<AccountId> = ids.iter().rev().copied().take(120).collect();
        let mut write = store.write().await.unwrap().by_operator();
        write.set_positions(ana.id, &order).await.unwrap();
        write.commit().await.unwrap();
        order.extend(&ids[..3]);
        assert_eq!(visible_ids(&store, ana.id, OFF).await, order, "what has no position comes last");
        let mut read = store.read().await.unwrap();
        let wanted = [ids[5], AccountId(9999), ids[0], ids[100], ids[1], ids[5]];
        let some = read.visible_accounts(ana.id, OFF, Some(&wanted)).await.unwrap();
        let some: Vec<_> = some.iter().map(|seen| seen.account.id).collect();
        assert_eq!(some, [ids[100], ids[5], ids[0], ids[1]]);
        let all = read.accounts_among(bob.id, &order).await.unwrap();
        assert_eq!(all.iter().map(|seen| seen.account.id).collect::<Vec<_>>(), ids, "by ID, for any viewer");
        assert_eq!(read.visible_accounts(bob.id, SHARING, Some(&wanted)).await.unwrap(), []);
        assert_eq!(read.visible_accounts(ana.id, OFF, Some(&[])).await.unwrap(), []);
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        write.set_positions(ana.id, &ids[2..4]).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, ana.id, OFF).await[..3], [ids[2], ids[3], ids[0]]);
    });
}

#[test]
fn what_is_visible_follows_the_policy() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 4).await;
        let own = add_account(&store, &bob, "own", OtpType::Totp).await;
        let [named, all] = [manage(&store, ana.id, ids[1]).await, manage(&store, ana.id, ids[2]).await];
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&named, &[bob.id], at(1)).await.unwrap();
        write.share_with_all(&all, at(1)).await.unwrap();
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        for (viewer, policy, expected) in [
            (&bob, SHARING, vec![ids[1], ids[2], own]),
            (&bob, NAMED_ONLY, vec![ids[1], own]),
            (&bob, OFF, vec![own]),
            (&eve, SHARING, vec![ids[2]]),
            (&eve, NAMED_ONLY, vec![]),
            (&eve, OFF, vec![]),
            (&ana, SHARING, ids.clone()),
            (&ana, OFF, ids.clone()),
        ] {
            let seen = read.visible_accounts(viewer.id, policy, None).await.unwrap();
            assert_eq!(seen.iter().map(|seen| seen.account.id).collect::<Vec<_>>(), expected);
            let everything: Vec<_> = ids.iter().copied().chain([own]).collect();
            assert_eq!(read.visible_accounts(viewer.id, policy, Some(&everything)).await.unwrap(), seen);
            let owned = seen.iter().filter(|seen| seen.account.owner == Some(viewer.id)).count() as u64;
            let counts = AccountCounts { owned, shared: seen.len() as u64 - owned };
            assert_eq!(read.account_counts(viewer.id, policy).await.unwrap(), counts);
        }
        let borrowed = read.account(bob.id, ids[1]).await.unwrap().unwrap();
        assert_eq!(borrowed.owner_name.as_deref(), Some("ana"));
        let shared_by_ana = ShareSummary { with_viewer: true, ..ShareSummary::default() };
        assert_eq!(borrowed.shares, shared_by_ana);
        let lent = read.account(ana.id, ids[2]).await.unwrap().unwrap();
        assert_eq!(lent.shares, ShareSummary { with_all_by: Some(ana.id), ..ShareSummary::default() });
        let lent = read.account(ana.id, ids[1]).await.unwrap().unwrap();
        assert_eq!(lent.shares, ShareSummary { with_people_by_viewer: true, ..ShareSummary::default() });
    });
}

#[test]
fn the_order_and_groups_of_a_user_are_their_own() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let ids = add_accounts(&store, &ana, 3).await;
        let mut rights = Vec::new();
        for id in &ids {
            rights.push(manage(&store, ana.id, *id).await);
        }
        let mut write = store.write().await.unwrap().by_operator();
        for right in &rights {
            write.share_with(right, &[bob.id], at(1)).await.unwrap();
        }
        write.set_positions(bob.id, &[ids[2], ids[0]]).await.unwrap();
        let group = write.create_group(bob.id, "bobs", true, at(1)).await.unwrap();
        write.assign(bob.id, &[ids[0], ids[2], ids[0]], group.id).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, ids);
        assert_eq!(visible_ids(&store, bob.id, SHARING).await, [ids[2], ids[0], ids[1]]);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.account(bob.id, ids[0]).await.unwrap().unwrap().group, Some(group.id));
        assert_eq!(read.account(ana.id, ids[0]).await.unwrap().unwrap().group, None);
        let seen = read.group_accounts(bob.id, group.id, SHARING).await.unwrap();
        assert_eq!(seen.iter().map(|seen| seen.account.id).collect::<Vec<_>>(), [ids[0], ids[2]]);
        assert_eq!(read.group_accounts(bob.id, group.id, OFF).await.unwrap(), []);
    });
}

#[test]
fn orphans_are_adopted() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Totp).await;
        let mut write = store.write().await.unwrap().by_operator();
        let group = write.create_group(ana.id, "old", false, at(0)).await.unwrap();
        write.commit().await.unwrap();
        bench.execute("UPDATE accounts SET user_id = NULL; UPDATE account_groups SET user_id = NULL").await;
        let orphan = load_seen(&store, ana.id, id).await;
        assert_eq!((orphan.account.owner, orphan.owner_name), (None, None));
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, []);
        let mut write = store.write().await.unwrap().by_operator();
        write.adopt_orphans(ana.id).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, [id]);
        assert_eq!(store.read().await.unwrap().groups(ana.id).await.unwrap(), [group]);
    });
}

#[test]
fn icons_are_known_by_who_uses_them() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let mut write = store.write().await.unwrap().by_operator();
        let draft = AccountDraft { icon: Some("a.png".into()), ..draft("one", OtpType::Totp) };
        write.create_account(ana.id, &draft, "", at(0)).await.unwrap();
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        assert!(read.icon_in_use("a.png").await.unwrap());
        assert!(!read.icon_in_use("b.png").await.unwrap());
        assert!(!read.icon_in_use_by_others("a.png", ana.id).await.unwrap());
        assert!(read.icon_in_use_by_others("a.png", bob.id).await.unwrap());
    });
}
