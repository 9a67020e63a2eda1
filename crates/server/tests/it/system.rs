//! `/system`.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn the_tools_are_the_administrators() {
    let app = TestApp::start().await;
    let [admin, ana] = [app.admin().await, app.user("ana").await];
    for route in ["infos", "latestRelease", "optimize", "clear-cache"] {
        let path = format!("/system/{route}");
        admin.get(&path).await.expect(200);
        ana.get(&path).await.expect(403);
        app.anonymous().get(&path).await.expect(401);
        admin.with_token().await.get(&path).await.expect(401);
    }
    insta::assert_snapshot!(admin.get("/system/optimize").await, @r#"200 {"config-exit-code":0,"route-exit-code":0,"event-exit-code":0,"view-exit-code":0}"#);
    insta::assert_snapshot!(admin.get("/system/clear-cache").await, @r#"200 {"exit-code":0}"#);
}

#[tokio::test]
async fn nobody_looks_for_a_release_by_themselves() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    insta::assert_snapshot!(admin.get("/system/latestRelease").await, @r#"200 {"newRelease":false}"#);
    app.set("checkForUpdate", json!(true)).await;
    insta::assert_snapshot!(admin.get("/system/latestRelease").await, @r#"200 {"newRelease":null}"#);
    app.set("latestRelease", json!("v9.9.9")).await;
    insta::assert_snapshot!(admin.get("/system/latestRelease").await, @r#"200 {"newRelease":"v9.9.9"}"#);
}
