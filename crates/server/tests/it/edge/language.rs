//! The language of an answer's texts.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn a_browser_asks_for_it() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (accepted, name) in
        [("fr", "Tous"), ("fr-CA,en;q=0.5", "Tous"), ("en;q=0.3, fr;q=0.9", "Tous"), ("xx, *", "All"), ("", "All")]
    {
        let groups = ana.get("/api/v1/groups").header("accept-language", accepted).await.json();
        assert_eq!(groups[0]["name"], json!(name), "{accepted}");
    }
    let refused = ana.post("/api/v1/groups", json!({})).header("accept-language", "fr").await;
    insta::assert_snapshot!(refused, @r#"422 {"message":"Le champ name est obligatoire.","errors":{"name":["Le champ name est obligatoire."]}}"#);
    insta::assert_snapshot!(app.anonymous().get("/api/v1/user").header("accept-language", "fr").await, @r#"401 {"message":"Non authentifié."}"#);
}

#[tokio::test]
async fn a_preference_counts_more_than_the_browser() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.put("/api/v1/user/preferences/lang", json!({ "value": "fr" })).await.expect(201);
    let wrong =
        |person: &crate::harness::Person| person.post("/api/v1/groups", json!({})).header("accept-language", "en");
    let french = wrong(&ana).await.field("message");
    insta::assert_snapshot!(french, @r#""Le champ name est obligatoire.""#);
    assert_eq!(wrong(&ana.with_token().await).await.field("message"), french);
    assert_eq!(ana.post("/api/v1/groups", json!({ "name": "Tous" })).await.expect(422).status, 422);
    ana.post("/api/v1/groups", json!({ "name": "All" })).await.expect(201);
}

#[tokio::test]
async fn an_operator_chooses_it_for_whoever_asks_for_none() {
    let app = TestApp::with(&[("APP_LOCALE", "fr")]).await;
    let ana = app.user("ana").await;
    assert_eq!(ana.get("/api/v1/groups").await.json()[0]["name"], json!("Tous"));
}
