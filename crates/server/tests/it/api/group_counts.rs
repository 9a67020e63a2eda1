//! The counts of `/api/v1/groups` while accounts are shared.

use serde_json::{Value, json};

use super::ownership::give;
use super::shares::{TOTP, lend, sharing};
use crate::harness::{PASSWORD, Person};

/// Makes a group and puts the account into it.
async fn file(user: &Person, account: i64) -> i64 {
    let group = user.post("/api/v1/groups", json!({ "name": "Work" })).await.expect(201).id();
    let assigned = user.post(&format!("/api/v1/groups/{group}/assign"), json!({ "ids": [account] })).await.expect(200);
    assert_eq!(assigned.field("twofaccounts_count"), json!(1));
    group
}

/// The number of accounts that the list of groups states, after a comparison with the group's own list.
async fn count(user: &Person, group: i64) -> Value {
    let listed = user.get(&format!("/api/v1/groups/{group}/twofaccounts")).await.expect(200).json();
    let groups = user.get("/api/v1/groups").await.expect(200).json();
    let stated = groups.as_array().unwrap().iter().find(|one| one["id"] == json!(group)).unwrap();
    assert_eq!(stated["twofaccounts_count"], json!(listed.as_array().unwrap().len()));
    stated["twofaccounts_count"].clone()
}

#[tokio::test]
async fn a_revoked_share_no_longer_counts_in_the_recipients_group() {
    let (_, [ana, bob]) = sharing(["ana", "bob"]).await;
    let account = ana.adds(TOTP).await;
    let shares = format!("/api/v1/twofaccounts/{account}/shares");
    lend(&ana, account, &bob).await.expect(201);
    let [anas, bobs] = [file(&ana, account).await, file(&bob, account).await];
    assert_eq!(count(&bob, bobs).await, json!(1));
    ana.delete(&format!("{shares}/{}", bob.id)).await.expect(204);
    assert_eq!((count(&ana, anas).await, count(&bob, bobs).await), (json!(1), json!(0)));
    lend(&ana, account, &bob).await.expect(201);
    assert_eq!(count(&bob, bobs).await, json!(1), "shared again, the account is back in its group");
    ana.delete(&shares).await.expect(204);
    assert_eq!(count(&bob, bobs).await, json!(0));
}

#[tokio::test]
async fn a_shared_account_counts_in_the_recipients_group_only_while_sharing_is_on() {
    let (app, [ana, bob]) = sharing(["ana", "bob"]).await;
    app.set("enableAllUsersSharingScope", json!(true)).await;
    let account = ana.adds(TOTP).await;
    ana.post(&format!("/api/v1/twofaccounts/{account}/shares/all"), json!({})).await.expect(201);
    let [anas, bobs] = [file(&ana, account).await, file(&bob, account).await];
    for (setting, is_on, expected) in [
        ("enableAllUsersSharingScope", false, 0),
        ("enableAllUsersSharingScope", true, 1),
        ("enableSharing", false, 0),
        ("enableSharing", true, 1),
    ] {
        app.set(setting, json!(is_on)).await;
        assert_eq!(
            (count(&ana, anas).await, count(&bob, bobs).await),
            (json!(1), json!(expected)),
            "{setting} {is_on}"
        );
    }
}

#[tokio::test]
async fn an_account_that_was_given_away_no_longer_counts_in_its_former_owners_group() {
    let (_, [ana, bob]) = sharing(["ana", "bob"]).await;
    let account = ana.adds(TOTP).await;
    lend(&ana, account, &bob).await.expect(201);
    let [anas, bobs] = [file(&ana, account).await, file(&bob, account).await];
    give(&ana, account, json!(bob.id), PASSWORD).await.expect(200);
    assert_eq!((count(&ana, anas).await, count(&bob, bobs).await), (json!(0), json!(1)));
    give(&bob, account, json!(ana.id), PASSWORD).await.expect(200);
    assert_eq!((count(&ana, anas).await, count(&bob, bobs).await), (json!(1), json!(0)));
}

// compat: 2FAuth counts it for the former owner while others borrow it through them, though their list is empty.
#[tokio::test]
async fn an_account_that_was_given_away_while_shared_still_counts_for_its_former_owner() {
    let (_, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    let account = ana.adds(TOTP).await;
    let group = file(&ana, account).await;
    lend(&ana, account, &eve).await.expect(201);
    give(&ana, account, json!(bob.id), PASSWORD).await.expect(200);
    assert_eq!(ana.get(&format!("/api/v1/groups/{group}/twofaccounts")).await.json(), json!([]));
    assert_eq!(ana.get("/api/v1/groups").await.json()[1]["twofaccounts_count"], json!(1));
}
