//! Groups.

use serde_json::json;
use store::Error;
use vault::{GroupId, Preferences};

use crate::bench::{SHARING, add_accounts, add_user, at, load_seen, on_every_engine};

#[test]
fn groups_are_made_renamed_ordered_and_counted() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let ids = add_accounts(&store, &ana, 3).await;
        let mut write = store.write().await.unwrap().by_operator();
        let first = write.create_group(ana.id, "first", false, at(0)).await.unwrap();
        let other = write.create_group(bob.id, "first", true, at(0)).await.unwrap();
        let second = write.create_group(ana.id, "second", true, at(0)).await.unwrap();
        write.assign(ana.id, &ids, first.id).await.unwrap();
        write.assign(ana.id, &ids[..1], second.id).await.unwrap();
        write.update_group(second.id, "SECOND", false).await.unwrap();
        write.set_group_positions(&[second.id, first.id]).await.unwrap();
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let groups = read.groups(ana.id).await.unwrap();
        let counted = read.counted_groups(ana.id, SHARING).await.unwrap();
        let described: Vec<_> =
            counted.iter().map(|(group, accounts)| (group.name.as_str(), group.show_in_chips, *accounts)).collect();
        assert_eq!(groups, counted.iter().map(|(group, _)| group.clone()).collect::<Vec<_>>());
        assert_eq!(described, [("SECOND", false, 1), ("first", false, 2)]);
        assert_eq!(read.groups(bob.id).await.unwrap(), [other]);
        assert_eq!(read.group(first.id).await.unwrap().as_ref(), Some(&groups[1]));
        assert_eq!(read.group(GroupId(99)).await.unwrap(), None);
        assert!(read.group_name_taken(ana.id, "first", None).await.unwrap());
        assert!(!read.group_name_taken(ana.id, "first", Some(first.id)).await.unwrap());
        assert!(!read.group_name_taken(ana.id, "First", None).await.unwrap());
        drop(read);
        let mut write = store.write().await.unwrap().by_operator();
        let third = write.create_group(ana.id, "third", true, at(0)).await.unwrap();
        write.withdraw(ana.id, &ids).await.unwrap();
        let groups = write.counted_groups(ana.id, SHARING).await.unwrap();
        assert_eq!(groups.last(), Some(&(third, 0)), "a new group comes last");
        assert!(groups.iter().all(|(_, accounts)| *accounts == 0));
    });
}

#[test]
fn a_deleted_group_leaves_its_accounts_and_no_preference() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let [ana, bob] = [add_user(&store, "ana").await, add_user(&store, "bob").await];
        let ids = add_accounts(&store, &ana, 2).await;
        let mut write = store.write().await.unwrap().by_operator();
        let group = write.create_group(ana.id, "first", false, at(0)).await.unwrap();
        let kept = write.create_group(ana.id, "kept", false, at(0)).await.unwrap();
        write.assign(ana.id, &ids, group.id).await.unwrap();
        let preferences = |default, active| {
            let mut preferences = Preferences::default();
            preferences.set("theme", json!("dark"));
            preferences.set("defaultGroup", default);
            preferences.set("activeGroup", active);
            preferences
        };
        let id = group.id.0;
        write.set_preferences(ana.id, &preferences(json!(id), json!(id.to_string())), at(0)).await.unwrap();
        write.set_preferences(bob.id, &preferences(json!(kept.id.0), json!(-1)), at(0)).await.unwrap();
        write.delete_group(group.id, at(1)).await.unwrap();
        assert!(matches!(write.delete_group(group.id, at(1)).await, Err(Error::Gone)));
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        let stored = |user: Option<vault::User>| user.unwrap().preferences;
        assert_eq!(stored(read.user(ana.id).await.unwrap()), preferences(json!(0), json!(0)));
        assert_eq!(stored(read.user(bob.id).await.unwrap()), preferences(json!(kept.id.0), json!(-1)));
        assert_eq!(read.groups(ana.id).await.unwrap(), [kept]);
        drop(read);
        assert_eq!(load_seen(&store, ana.id, ids[0]).await.group, None);
    });
}
