//! `/api/v1/users`.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn without_security_keys_the_password_counts_again() {
    let app = TestApp::start().await;
    let [admin, ana] = [app.admin().await, app.user("ana").await];
    let preference = "/api/v1/user/preferences/useWebauthnOnly";
    ana.put(preference, json!({ "value": true })).await.expect(201);
    ana.put("/api/v1/user/preferences/theme", json!({ "value": "dark" })).await.expect(201);
    let path = format!("/api/v1/users/{}/credentials", ana.id);
    ana.delete(&path).await.expect(403);
    ana.delete("/api/v1/users/99/credentials").await.expect(404);
    assert_eq!(ana.get(preference).await.field("value"), true);
    admin.delete(&path).await.expect(204);
    admin.delete(&path).await.expect(204);
    assert_eq!(ana.get(preference).await.field("value"), false);
    assert_eq!(ana.get("/api/v1/user/preferences/theme").await.field("value"), "dark");
}
