//! `/api/v1/groups`.

use serde_json::{Value, json};

use super::accounts::{TOTP, path};
use crate::harness::{Person, TestApp};

const ALL: &str = "/api/v1/groups";

async fn group(person: &Person, name: &str) -> i64 {
    person.post(ALL, json!({ "name": name })).await.expect(201).id()
}

#[tokio::test]
async fn the_group_of_all_comes_first_then_ones_own() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    insta::assert_snapshot!(ana.get(ALL).await, @r#"200 [{"id":0,"name":"All","show_in_chips":null,"twofaccounts_count":0}]"#);
    insta::assert_snapshot!(ana.post(ALL, json!({ "name": "Work" })).await, @r#"201 {"id":1,"name":"Work","show_in_chips":null,"twofaccounts_count":0}"#);
    insta::assert_snapshot!(ana.post(ALL, json!({ "name": "Fun", "show_in_chips": true })).await, @r#"201 {"id":2,"name":"Fun","show_in_chips":true,"twofaccounts_count":0}"#);
    group(&bob, "Bob's").await;
    ana.adds(TOTP).await;
    insta::assert_snapshot!(ana.get(ALL).await, @r#"
    200 [
      {"id":0,"name":"All","show_in_chips":null,"twofaccounts_count":1},
      {"id":1,"name":"Work","show_in_chips":false,"twofaccounts_count":0},
      {"id":2,"name":"Fun","show_in_chips":true,"twofaccounts_count":0}
    ]
    "#);
    insta::assert_snapshot!(ana.get("/api/v1/groups/2").await, @r#"200 {"id":2,"name":"Fun","show_in_chips":true,"twofaccounts_count":0}"#);
    insta::assert_snapshot!(ana.get("/api/v1/groups/0").await, @r#"200 {"id":0,"name":"All","show_in_chips":null,"twofaccounts_count":1}"#);
}

#[tokio::test]
async fn names_have_rules() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let named = |name: Value| ana.post(ALL, json!({ "name": name }));
    for good in ["vàlîdWörd", "valid'Word", "a_b-c 1", "12345678901234567890123456789012"] {
        named(json!(good)).await.expect(201);
    }
    named(json!(15)).await.expect(201);
    group(&bob, "vàlîdWörd").await;
    let mut answers = Vec::new();
    for bad in [
        json!(null),
        json!("  "),
        json!("valid\"Word"),
        json!("日本"),
        json!("123456789012345678901234567890123"),
        json!("All"),
        json!("vàlîdWörd"),
        json!(true),
        json!(["x"]),
    ] {
        answers.push(format!("{bad}: {}", named(bad.clone()).await));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    null: 422 {"message":"The name field is required.","errors":{"name":["The name field is required."]}}
    "  ": 422 {"message":"The name field is required.","errors":{"name":["The name field is required."]}}
    "valid\"Word": 422 {
      "message": "Please only use letters, numbers, dashes, underscores, spaces or single quotation marks",
      "errors": {"name":["Please only use letters, numbers, dashes, underscores, spaces or single quotation marks"]}
    }
    "日本": 422 {
      "message": "Please only use letters, numbers, dashes, underscores, spaces or single quotation marks",
      "errors": {"name":["Please only use letters, numbers, dashes, underscores, spaces or single quotation marks"]}
    }
    "123456789012345678901234567890123": 422 {
      "message": "The name field must not be greater than 32 characters.",
      "errors": {"name":["The name field must not be greater than 32 characters."]}
    }
    "All": 422 {
      "message": "Reserved name, please choose something else",
      "errors": {"name":["Reserved name, please choose something else"]}
    }
    "vàlîdWörd": 422 {"message":"The name has already been taken.","errors":{"name":["The name has already been taken."]}}
    true: 422 {
      "message": "Please only use letters, numbers, dashes, underscores, spaces or single quotation marks",
      "errors": {"name":["Please only use letters, numbers, dashes, underscores, spaces or single quotation marks"]}
    }
    ["x"]: 422 {
      "message": "Please only use letters, numbers, dashes, underscores, spaces or single quotation marks",
      "errors": {"name":["Please only use letters, numbers, dashes, underscores, spaces or single quotation marks"]}
    }
    "#);
    insta::assert_snapshot!(ana.post(ALL, json!({ "name": "Chips", "show_in_chips": null })).await, @r#"
    422 {
      "message": "The show in chips field is required.",
      "errors": {"show_in_chips":["The show in chips field is required."]}
    }
    "#);
}

#[tokio::test]
async fn one_is_renamed_and_shown_among_the_chips() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = group(&ana, "Work").await;
    let one = format!("{ALL}/{id}");
    insta::assert_snapshot!(ana.put(&one, json!({ "name": "Work", "show_in_chips": true })).await, @r#"200 {"id":1,"name":"Work","show_in_chips":true,"twofaccounts_count":0}"#);
    insta::assert_snapshot!(ana.patch(&one, json!({ "name": "Office" })).await, @r#"200 {"id":1,"name":"Office","show_in_chips":true,"twofaccounts_count":0}"#);
    insta::assert_snapshot!(bob.put(&one, json!({ "name": "Mine" })).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(ana.put("/api/v1/groups/0", json!({ "name": "Mine" })).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(ana.put("/api/v1/groups/999", json!({ "name": "Mine" })).await, @r#"404 {"message":"not found"}"#);
}

#[tokio::test]
async fn accounts_are_assigned_and_survive_their_group() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let (work, fun) = (group(&ana, "Work").await, group(&ana, "Fun").await);
    let (one, two) = (ana.adds(TOTP).await, ana.adds(TOTP).await);
    let assign = |group: i64, ids: Value| ana.post(&format!("{ALL}/{group}/assign"), json!({ "ids": ids }));
    insta::assert_snapshot!(assign(work, json!([two, one, "999"])).await, @r#"200 {"id":1,"name":"Work","show_in_chips":false,"twofaccounts_count":2}"#);
    assert_eq!(assign(fun, json!([one])).await.field("twofaccounts_count"), json!(1));
    assert_eq!(ana.get(&path(one)).await.field("group_id"), json!(fun), "moved");
    let listed = ana.get(&format!("{ALL}/{work}/twofaccounts?withSecret=1")).await.json();
    assert_eq!(
        (listed[0]["id"].clone(), listed[0]["secret"].is_string(), listed[1].clone()),
        (json!(two), true, json!(null))
    );
    let all = ana.get(&format!("{ALL}/0/twofaccounts")).await.json();
    assert_eq!((all[0]["id"].clone(), all[1]["id"].clone()), (json!(one), json!(two)));

    let foreign = bob.adds(TOTP).await;
    insta::assert_snapshot!(assign(work, json!([foreign])).await, @r#"403 {"message":""}"#);
    insta::assert_snapshot!(assign(0, json!([one])).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(assign(999, json!([one])).await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(assign(work, json!(null)).await, @r#"422 {"message":"The ids field is required.","errors":{"ids":["The ids field is required."]}}"#);
    insta::assert_snapshot!(assign(work, json!(["x"])).await, @r#"422 {"message":"The ids.0 field must be an integer.","errors":{"ids.0":["The ids.0 field must be an integer."]}}"#);
    insta::assert_snapshot!(bob.post(&format!("{ALL}/{work}/assign"), json!({ "ids": [foreign] })).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);

    insta::assert_snapshot!(ana.delete(&format!("{ALL}/{fun}")).await, @"204");
    assert_eq!(ana.get(&path(one)).await.field("group_id"), Value::Null);
}

#[tokio::test]
async fn a_deleted_group_is_nobodys_default() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (kept, gone) = (group(&ana, "Kept").await, group(&ana, "Gone").await);
    let preference = |name: &str| format!("/api/v1/user/preferences/{name}");
    ana.put(&preference("defaultGroup"), json!({ "value": gone })).await.expect(201);
    ana.put(&preference("activeGroup"), json!({ "value": kept })).await.expect(201);
    ana.delete(&format!("{ALL}/{gone}")).await.expect(204);
    assert_eq!(ana.get(&preference("defaultGroup")).await.field("value"), json!(0));
    assert_eq!(ana.get(&preference("activeGroup")).await.field("value"), json!(kept));
    insta::assert_snapshot!(ana.delete(&format!("{ALL}/0")).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(ana.delete(&format!("{ALL}/{gone}")).await, @r#"404 {"message":"not found"}"#);
}

#[tokio::test]
async fn an_order_is_kept() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let (one, two) = (group(&ana, "One").await, group(&ana, "Two").await);
    let foreign = group(&bob, "Bob's").await;
    insta::assert_snapshot!(ana.post(&format!("{ALL}/reorder"), json!({ "orderedIds": [two, 999, one] })).await, @r#"200 {"message":"order saved","orderedIds":[2,1]}"#);
    let listed = ana.get(ALL).await.json();
    assert_eq!((listed[1]["name"].clone(), listed[2]["name"].clone()), (json!("Two"), json!("One")));
    insta::assert_snapshot!(ana.post(&format!("{ALL}/reorder"), json!({ "orderedIds": [foreign] })).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(ana.post(&format!("{ALL}/reorder"), json!({})).await, @r#"
    422 {
      "message": "The ordered ids field is required.",
      "errors": {"orderedIds":["The ordered ids field is required."]}
    }
    "#);
}
