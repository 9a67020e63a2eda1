//! `/oauth/personal-access-tokens`.

use serde_json::json;

use crate::harness::TestApp;

const ALL: &str = "/oauth/personal-access-tokens";

#[tokio::test]
async fn a_token_is_shown_once_and_opens_the_api() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let made = ana.post(ALL, json!({ "name": "ext" })).await;
    let text = made.field("accessToken").as_str().unwrap().to_owned();
    let id = made.field("accessTokenId").as_str().unwrap().to_owned();
    insta::assert_snapshot!(made.to_string().replace(&text, "TEXT").replace(&id, "ID"), @r#"
    200 {
      "accessToken": "TEXT",
      "accessTokenId": "ID",
      "tokenType": "Bearer",
      "expiresIn": 31536000
    }
    "#);
    assert!(text.starts_with("sixpin_") && text.len() == 47, "{text}");
    assert_eq!(id.len(), 80);

    let program = ana.with_bearer(&text);
    assert_eq!(program.get("/api/v1/user").await.expect(200).field("name"), json!("ana"));
    let listed = ana.get(ALL).await.expect(200);
    insta::assert_snapshot!(listed.to_string().replace(&id, "ID"), @r#"
    200 [
      {"id":"ID","user_id":1,"client_id":1,"name":"ext","scopes":[],"revoked":false,"created_at":"2023-11-14T22:13:20.000000Z","updated_at":"2023-11-14T22:13:20.000000Z","expires_at":"2024-11-13T22:13:20.000000Z","client":{"id":1,"user_id":null,"name":"Sixpin","provider":"users","redirect":"","personal_access_client":true,"password_client":false,"revoked":false,"created_at":"2023-11-14T22:13:20.000000Z","updated_at":"2023-11-14T22:13:20.000000Z"}}
    ]
    "#);
    assert!(!listed.text().contains(&text));
    program.get(ALL).await.expect(401);
}

#[tokio::test]
async fn a_token_lives_for_a_year() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.put("/api/v1/user/preferences/kickUserAfter", json!({ "value": 0 })).await.expect(201);
    let text = ana.post(ALL, json!({ "name": "ext" })).await.field("accessToken");
    let program = ana.with_bearer(text.as_str().unwrap());
    app.advance_seconds(365 * 86_400 - 1);
    program.get("/api/v1/user").await.expect(200);
    app.advance_seconds(1);
    insta::assert_snapshot!(program.get("/api/v1/user").await, @r#"401 {"message":"Unauthenticated."}"#);
    let browser = ana.session().await;
    assert_eq!(browser.get(ALL).await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let (id, text) = ana.new_token().await;
    let one = format!("{ALL}/{id}");
    insta::assert_snapshot!(bob.delete(&one).await, @"404");
    insta::assert_snapshot!(ana.delete(&one).await, @"204");
    insta::assert_snapshot!(ana.delete(&one).await, @"404");
    ana.with_bearer(&text).get("/api/v1/user").await.expect(401);
    assert_eq!(ana.get(ALL).await.json(), json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.post(ALL, json!({})).await, @r#"422 {"message":"The name field is required.","errors":{"name":["The name field is required."]}}"#);
    insta::assert_snapshot!(ana.post(ALL, json!({ "name": "x".repeat(256), "scopes": ["all"] })).await, @r#"
    422 {
      "message": "The name field must not be greater than 255 characters. (and 1 more error)",
      "errors": {"name":["The name field must not be greater than 255 characters."],"scopes":["The selected scopes is invalid."]}
    }
    "#);
    for scopes in [json!(["write", "x"]), json!([1]), json!([["a"]]), json!([""]), json!({ "a": "write" })] {
        let errors = ana.post(ALL, json!({ "name": "x", "scopes": scopes })).await.expect(422).field("errors");
        assert_eq!(errors, json!({ "scopes": ["The selected scopes is invalid."] }), "{scopes}");
    }
    ana.post(ALL, json!({ "name": "x", "scopes": [] })).await.expect(200);
}

#[tokio::test]
async fn nonsense_is_nobodys_token() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for token in ["", "sixpin_", "sixpin_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "eyJ0eXAiOiJKV1QifQ.e30.x", "null"]
    {
        ana.with_bearer(token).get("/api/v1/user").await.expect(401);
    }
    // A wrong token isn't made good by a session's cookie.
    ana.clone().with("authorization", "Bearer wrong").get("/api/v1/user").await.expect(401);
}
