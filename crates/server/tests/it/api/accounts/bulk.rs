//! Several of `/api/v1/twofaccounts` at once.

use serde_json::{Value, json};

use super::{ALL, TOTP, path};
use crate::harness::{Person, TestApp};

async fn three(person: &Person) -> [i64; 3] {
    [person.adds(TOTP).await, person.adds(TOTP).await, person.adds(TOTP).await]
}

async fn listed(person: &Person) -> Vec<i64> {
    let list = person.get(ALL).await.json();
    list.as_array().unwrap().iter().map(|account| account["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn deletion_is_of_all_or_of_none() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let [one, two, three] = three(&ana).await;
    let foreign = bob.adds(TOTP).await;
    insta::assert_snapshot!(ana.delete(&format!("{ALL}?ids={one},{foreign}")).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    assert_eq!(listed(&ana).await, [one, two, three]);
    insta::assert_snapshot!(ana.delete(&format!("{ALL}?ids={one},999,{two}")).await, @"204");
    assert_eq!(listed(&ana).await, [three]);
    // Ids in the body count as well.
    ana.delete(ALL).json(&json!({ "ids": three.to_string() })).await.expect(204);
    assert_eq!(listed(&bob).await, [foreign]);
}

#[tokio::test]
async fn a_hundred_ids_are_too_many() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let ids = |count: usize| vec!["1"; count].join(",");
    insta::assert_snapshot!(ana.delete(&format!("{ALL}?ids={}", ids(100))).await, @r#"400 {"message":"bad request","reason":["too many ids were included in the query parameter, max 100 allowed"]}"#);
    ana.delete(&format!("{ALL}?ids={}", ids(99))).await.expect(204);
    ana.patch(&format!("{ALL}/withdraw?ids={}", ids(100)), json!({})).await.expect(400);
    insta::assert_snapshot!(ana.delete(ALL).await, @r#"422 {"message":"The ids field is required.","errors":{"ids":["The ids field is required."]}}"#);
    insta::assert_snapshot!(ana.delete(&format!("{ALL}?ids=1,")).await, @r#"
    422 {
      "message": "IDs must be comma separated, without trailing comma.",
      "errors": {"ids":["IDs must be comma separated, without trailing comma."]}
    }
    "#);
    insta::assert_snapshot!(ana.delete(ALL).json(&json!({ "ids": [true, false] })).await, @r#"
    422 {
      "message": "The ids field must be a string. (and 1 more error)",
      "errors": {"ids":["The ids field must be a string.","IDs must be comma separated, without trailing comma."]}
    }
    "#);
}

#[tokio::test]
async fn withdrawal_takes_out_of_ones_own_group_alone() {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = ana.adds(TOTP).await;
    ana.shares(id, &bob).await;
    for person in [&ana, &bob] {
        let group = person.post("/api/v1/groups", json!({ "name": "Work" })).await.id();
        person.post(&format!("/api/v1/groups/{group}/assign"), json!({ "ids": [id] })).await.expect(200);
    }
    insta::assert_snapshot!(bob.patch(&format!("{ALL}/withdraw?ids={id},999"), json!({})).await, @r#"200 {"message":"accounts withdrawn"}"#);
    assert_eq!(bob.get(&path(id)).await.field("group_id"), Value::Null);
    assert_ne!(ana.get(&path(id)).await.field("group_id"), Value::Null);
    let stranger = app.user("eve").await;
    insta::assert_snapshot!(stranger.patch(&format!("{ALL}/withdraw?ids={id}"), json!({})).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
}

#[tokio::test]
async fn an_order_is_ones_own_and_whole() {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let [one, two, three] = three(&ana).await;
    ana.shares(two, &bob).await;
    let own = bob.adds(TOTP).await;
    let answer = ana.post(&format!("{ALL}/reorder"), json!({ "orderedIds": [three, "1", three, 999] })).await;
    insta::assert_snapshot!(answer, @r#"200 {"message":"order saved","orderedIds":[3,1,2]}"#);
    assert_eq!(listed(&ana).await, [three, one, two]);
    assert_eq!(listed(&bob).await, [two, own]);
    bob.post(&format!("{ALL}/reorder"), json!({ "orderedIds": [own] })).await.expect(200);
    assert_eq!(listed(&bob).await, [own, two]);
    assert_eq!(listed(&ana).await, [three, one, two]);
    insta::assert_snapshot!(bob.post(&format!("{ALL}/reorder"), json!({ "orderedIds": [one] })).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(bob.post(&format!("{ALL}/reorder"), json!({ "orderedIds": null })).await, @r#"
    422 {
      "message": "The ordered ids field is required.",
      "errors": {"orderedIds":["The ordered ids field is required."]}
    }
    "#);
    insta::assert_snapshot!(bob.post(&format!("{ALL}/reorder"), json!({ "orderedIds": "1,2" })).await, @r#"
    422 {
      "message": "The ordered ids field must be an array.",
      "errors": {"orderedIds":["The ordered ids field must be an array."]}
    }
    "#);
    let new = ana.adds(TOTP).await;
    assert_eq!(listed(&ana).await, [three, one, two, new], "a new account comes last");
}

#[tokio::test]
async fn counts_follow_sharing() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let [one, ..] = three(&ana).await;
    ana.shares(one, &bob).await;
    bob.adds(TOTP).await;
    insta::assert_snapshot!(bob.get(&format!("{ALL}/count")).await, @r#"200 {"owned":1,"shared":0,"total":1}"#);
    app.set("enableSharing", json!(true)).await;
    insta::assert_snapshot!(bob.get(&format!("{ALL}/count")).await, @r#"200 {"owned":1,"shared":1,"total":2}"#);
    insta::assert_snapshot!(ana.get(&format!("{ALL}/count")).await, @r#"200 {"owned":3,"shared":0,"total":3}"#);
}
