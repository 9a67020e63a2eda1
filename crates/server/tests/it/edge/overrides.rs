//! The method override on POST.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn a_form_can_ask_with_another_method() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await.with_token().await;
    let id = ana.post("/api/v1/groups", json!({ "name": "Work" })).await.id();
    let one = format!("/api/v1/groups/{id}");
    ana.form(&one, &[("_method", "put"), ("name", "Office")]).await.expect(200);
    ana.post(&one, json!({ "_method": "PATCH", "name": "Home" })).await.expect(200);
    ana.post(&one, json!({ "_method": "GET" })).await.expect(405);
    ana.get(&format!("{one}?_method=DELETE")).header("x-http-method-override", "DELETE").await.expect(200);
    ana.post(&one, json!({})).header("x-http-method-override", "DELETE").await.expect(204);
}

#[tokio::test]
async fn behind_an_auth_proxy_it_cant() {
    let app = TestApp::behind_proxy(&[]).await;
    let ana = app.proxied("ana");
    let id = ana.post("/api/v1/groups", json!({ "name": "Work" })).await.expect(201).id();
    ana.form(&format!("/api/v1/groups/{id}"), &[("_method", "DELETE")]).await.expect(405);
    ana.get(&format!("/api/v1/groups/{id}")).await.expect(200);
}
