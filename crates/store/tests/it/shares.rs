//! Sharing, and giving away.

use store::Recipient;
use vault::{Audience, SharingPolicy, User, UserId};

use crate::bench::{SHARING, add_accounts, add_user, at, load_seen, manage, on_every_engine, visible_ids};

#[test]
fn sharing_with_people_is_idempotent_and_ends_sharing_with_everyone() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 1).await;
        let right = manage(&store, ana.id, ids[0]).await;
        let mut write = store.write().await.unwrap().by_operator();
        assert!(write.share_with_all(&right, at(1)).await.unwrap());
        assert!(!write.share_with_all(&right, at(2)).await.unwrap());
        let shares = write.shares(ids[0]).await.unwrap();
        assert_eq!((shares.len(), shares[0].audience, shares[0].created_at), (1, Audience::AllUsers, at(1)));
        assert_eq!(write.share_with(&right, &[eve.id, bob.id, eve.id], at(3)).await.unwrap(), [eve.id, bob.id]);
        assert_eq!(write.share_with(&right, &[bob.id], at(4)).await.unwrap(), []);
        let shares = write.shares(ids[0]).await.unwrap();
        let audiences: Vec<_> = shares.iter().map(|share| share.audience).collect();
        assert_eq!(audiences, [Audience::User(bob.id), Audience::User(eve.id)]);
        assert!(shares.iter().all(|share| (share.created_by, share.created_at) == (ana.id, at(3))));
        assert!(write.share_with_all(&right, at(5)).await.unwrap());
        assert_eq!(write.shares(ids[0]).await.unwrap().len(), 1);
        write.commit().await.unwrap();
    });
}

#[test]
fn recipients_have_the_time_since_when_an_account_is_shared() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 2).await;
        let rights = [manage(&store, ana.id, ids[0]).await, manage(&store, ana.id, ids[1]).await];
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&rights[0], &[eve.id], at(1)).await.unwrap();
        write.share_with_all(&rights[1], at(1)).await.unwrap();
        let recipient =
            |user: &User, since| Recipient { user: user.id, name: user.name.clone(), email: user.email.clone(), since };
        assert_eq!(write.recipients(ids[0]).await.unwrap(), [recipient(&eve, Some(at(1)))]);
        assert_eq!(
            write.possible_recipients(ids[0]).await.unwrap(),
            [recipient(&ana, None), recipient(&bob, None), recipient(&eve, Some(at(1)))]
        );
        assert_eq!(write.recipients(ids[1]).await.unwrap(), [], "a share with everyone has no recipients by name");
        assert!(write.possible_recipients(ids[1]).await.unwrap().iter().all(|recipient| recipient.since.is_none()));
        let everyone: Vec<UserId> = std::iter::repeat_n([ana.id, bob.id, eve.id], 2).flatten().collect();
        assert_eq!(write.share_with(&rights[0], &everyone, at(2)).await.unwrap(), [ana.id, bob.id]);
        write.commit().await.unwrap();
    });
}

#[test]
fn the_recipients_of_all_accounts_of_a_user_are_read_at_once() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 3).await;
        let others = add_accounts(&store, &bob, 1).await;
        let mut rights = Vec::new();
        for id in &ids {
            rights.push(manage(&store, ana.id, *id).await);
        }
        let other = manage(&store, bob.id, others[0]).await;
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&rights[0], &[eve.id, bob.id], at(1)).await.unwrap();
        write.share_with_all(&rights[2], at(1)).await.unwrap();
        write.share_with(&other, &[ana.id], at(1)).await.unwrap();
        let name = |name: &str| Some(name.to_owned());
        let expected = [(ids[0], name("bob")), (ids[0], name("eve")), (ids[2], None)];
        assert_eq!(write.recipients_of_all(ana.id).await.unwrap(), expected);
        write.commit().await.unwrap();
    });
}

#[test]
fn revoking_ends_access_and_position() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 2).await;
        let rights = [manage(&store, ana.id, ids[0]).await, manage(&store, ana.id, ids[1]).await];
        let order = [ids[1], ids[0]];
        let mut write = store.write().await.unwrap().by_operator();
        for right in &rights {
            write.share_with(right, &[bob.id, eve.id], at(1)).await.unwrap();
        }
        for user in [ana.id, bob.id, eve.id] {
            write.set_positions(user, &order).await.unwrap();
        }
        write.revoke(&rights[1], bob.id).await.unwrap();
        write.revoke(&rights[1], bob.id).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, bob.id, SHARING).await, [ids[0]]);
        assert_eq!(visible_ids(&store, eve.id, SHARING).await, order);
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&rights[1], &[bob.id], at(2)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, bob.id, SHARING).await, ids, "the former position is forgotten");
        let mut write = store.write().await.unwrap().by_operator();
        write.revoke_all(&rights[1], false).await.unwrap();
        write.share_with_all(&rights[0], at(3)).await.unwrap();
        write.revoke_all(&rights[0], false).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(
            visible_ids(&store, eve.id, SHARING).await,
            [ids[0]],
            "the share with everyone stays when it is off"
        );
        let mut write = store.write().await.unwrap().by_operator();
        write.revoke_all(&rights[0], true).await.unwrap();
        write.share_with_all(&rights[0], at(4)).await.unwrap();
        write.share_with_all(&rights[1], at(4)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, eve.id, SHARING).await, ids);
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, order, "the owner's order is untouched");
    });
}

#[test]
fn giving_away_keeps_the_shares_of_others() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 2).await;
        let rights = [manage(&store, ana.id, ids[0]).await, manage(&store, ana.id, ids[1]).await];
        let order = [ids[1], ids[0]];
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&rights[0], &[bob.id, eve.id], at(1)).await.unwrap();
        write.share_with_all(&rights[1], at(1)).await.unwrap();
        for user in [ana.id, bob.id, eve.id] {
            write.set_positions(user, &order).await.unwrap();
        }
        for right in &rights {
            write.transfer_ownership(right, bob.id, at(2)).await.unwrap();
        }
        write.commit().await.unwrap();
        for id in &ids {
            assert_eq!(load_seen(&store, bob.id, *id).await.account.owner, Some(bob.id));
        }
        let shares = store.read().await.unwrap().shares(ids[0]).await.unwrap();
        assert_eq!((shares.len(), shares[0].audience, shares[0].created_by), (1, Audience::User(eve.id), ana.id));
        let own = load_seen(&store, bob.id, ids[0]).await.shares;
        assert!(!own.with_people_by_viewer && !own.with_viewer, "the former owner made the shares");
        assert_eq!(visible_ids(&store, bob.id, SHARING).await, order);
        assert_eq!(visible_ids(&store, eve.id, SHARING).await, order);
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, [ids[1]], "shared with everyone, it stays visible");
        let right = manage(&store, bob.id, ids[0]).await;
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&right, &[ana.id], at(3)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(
            visible_ids(&store, ana.id, SHARING).await,
            order.map(|id| id),
            "ids[1] has a position, ids[0] lost it"
        );
    });
}

#[test]
fn a_share_with_everyone_that_ends_takes_the_positions_of_those_who_lose_access() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob, eve] =
            [add_user(&store, "ana").await, add_user(&store, "bob").await, add_user(&store, "eve").await];
        let ids = add_accounts(&store, &ana, 2).await;
        let rights = [manage(&store, ana.id, ids[0]).await, manage(&store, ana.id, ids[1]).await];
        let order = [ids[1], ids[0]];
        let share_and_order = async || {
            let mut write = store.write().await.unwrap().by_operator();
            for right in &rights {
                write.share_with_all(right, at(1)).await.unwrap();
            }
            for user in [ana.id, bob.id, eve.id] {
                write.set_positions(user, &order).await.unwrap();
            }
            write.commit().await.unwrap();
        };

        // It ends by sharing with bob by name.
        share_and_order().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&rights[1], &[bob.id], at(2)).await.unwrap();
        write.share_with_all(&rights[1], at(3)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, bob.id, SHARING).await, order, "bob had access all the time");
        assert_eq!(visible_ids(&store, eve.id, SHARING).await, ids, "eve's former position is forgotten");
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, order, "the owner's order is untouched");

        // It ends because both kinds of shares are there when sharing with everyone is switched on.
        share_and_order().await;
        bench
            .execute(&format!(
                "INSERT INTO shares (account_id, audience, user_id, created_by, created_at) VALUES ({}, {}, {}, {}, 0)",
                ids[1].0, bob.id.0, bob.id.0, ana.id.0
            ))
            .await;
        let mut write = store.write().await.unwrap().by_operator();
        write.end_mixed_shares().await.unwrap();
        write.share_with_all(&rights[1], at(4)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, bob.id, SHARING).await, order, "bob is named");
        assert_eq!(visible_ids(&store, eve.id, SHARING).await, ids, "eve isn't");
        assert_eq!(visible_ids(&store, ana.id, SHARING).await, order);
    });
}

#[test]
fn mixed_shares_end_before_sharing_with_everyone_begins() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let ids = add_accounts(&store, &ana, 2).await;
        let rights = [manage(&store, ana.id, ids[0]).await, manage(&store, ana.id, ids[1]).await];
        let mut write = store.write().await.unwrap().by_operator();
        write.share_with(&rights[0], &[bob.id], at(1)).await.unwrap();
        write.share_with_all(&rights[1], at(1)).await.unwrap();
        write.commit().await.unwrap();
        // As an adopted database may have it.
        bench
            .execute(&format!(
                "INSERT INTO shares (account_id, audience, created_by, created_at) VALUES ({}, 0, {}, 0)",
                ids[0], ana.id
            ))
            .await;
        let mut write = store.write().await.unwrap().by_operator();
        write.end_mixed_shares().await.unwrap();
        let left = [write.shares(ids[0]).await.unwrap(), write.shares(ids[1]).await.unwrap()];
        assert_eq!(left.map(|shares| shares[0].audience), [Audience::User(bob.id), Audience::AllUsers]);
        write.commit().await.unwrap();
        assert_eq!(visible_ids(&store, bob.id, SharingPolicy { enabled: true, all_users: true }).await, ids);
    });
}
