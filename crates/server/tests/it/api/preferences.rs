//! `/api/v1/user/preferences`.

use serde_json::{Value, json};

use crate::harness::TestApp;

const ALL: &str = "/api/v1/user/preferences";
const THEME: &str = "/api/v1/user/preferences/theme";

#[tokio::test]
async fn all_are_listed_in_their_order() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let listed = ana.get(ALL).await.json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 41);
    insta::assert_snapshot!(listed[0], @r#"{"key":"showOtpAsDot","value":false,"locked":false}"#);
    insta::assert_snapshot!(listed[40], @r#"{"key":"showQuickNavMenus","value":true,"locked":false}"#);
    let of_user = ana.get("/api/v1/user").await.field("preferences");
    let pairs: Value =
        listed.iter().map(|one| (one["key"].as_str().unwrap().to_owned(), one["value"].clone())).collect();
    assert_eq!(pairs, of_user);
}

#[tokio::test]
async fn one_is_set_for_its_user_alone() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    insta::assert_snapshot!(ana.get(THEME).await, @r#"200 {"key":"theme","value":"system","locked":false}"#);
    insta::assert_snapshot!(ana.put(THEME, json!({ "value": "dark" })).await, @r#"201 {"key":"theme","value":"dark"}"#);
    insta::assert_snapshot!(ana.get(THEME).await, @r#"200 {"key":"theme","value":"dark","locked":false}"#);
    insta::assert_snapshot!(bob.get(THEME).await, @r#"200 {"key":"theme","value":"system","locked":false}"#);
}

#[tokio::test]
async fn a_value_keeps_its_type() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for value in [json!(false), json!(0), json!(2.5), json!("10"), json!([1]), json!({ "a": null })] {
        ana.put(THEME, json!({ "value": value })).await.expect(201);
        assert_eq!(ana.get(THEME).await.field("value"), value);
    }
}

#[tokio::test]
async fn a_value_is_required_before_the_name_is_looked_up() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for nothing in [json!({}), json!({ "value": null }), json!({ "value": "" }), json!({ "value": [] })] {
        let answer = ana.put("/api/v1/user/preferences/unknown", nothing).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer, @r#"422 {"message":"The value field is required.","errors":{"value":["The value field is required."]}}"#);
        }
    }
    insta::assert_snapshot!(ana.get("/api/v1/user/preferences/unknown").await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(ana.put("/api/v1/user/preferences/unknown", json!({ "value": 1 })).await, @r#"404 {"message":"not found"}"#);
}

#[tokio::test]
async fn an_operator_sets_defaults_and_locks() {
    let app = TestApp::with(&[
        ("USERPREF_DEFAULT__THEME", "light"),
        ("USERPREF_LOCKED__THEME", "true"),
        ("USERPREF_DEFAULT__KICK_USER_AFTER", "10"),
    ])
    .await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.get(THEME).await, @r#"200 {"key":"theme","value":"light","locked":true}"#);
    insta::assert_snapshot!(ana.put(THEME, json!({ "value": "dark" })).await, @r#"403 {"message":""}"#);
    // compat: numbers of the environment stay text.
    insta::assert_snapshot!(ana.get("/api/v1/user/preferences/kickUserAfter").await, @r#"200 {"key":"kickUserAfter","value":"10","locked":false}"#);
}

#[tokio::test]
async fn two_requests_at_once_lose_no_preference() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let set = |name: &str| ana.put(&format!("{ALL}/{name}"), json!({ "value": "set" }));
    let (one, two, three) = tokio::join!(set("theme"), set("lang"), set("sortOrder"));
    assert_eq!([one.status, two.status, three.status], [201; 3]);
    for name in ["theme", "lang", "sortOrder"] {
        assert_eq!(ana.get(&format!("{ALL}/{name}")).await.field("value"), json!("set"));
    }
}
