//! `/refresh-csrf` and `/system`.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn the_csrf_token_is_given_as_text() {
    let app = TestApp::start().await;
    let browser = app.anonymous();
    let answer = browser.get("/refresh-csrf").await.expect(200);
    assert_eq!(answer.text(), browser.cookie("XSRF-TOKEN").unwrap());
    assert_eq!(answer.text().len(), 40);
    insta::assert_snapshot!(answer.header("content-type"), @"text/html; charset=utf-8");
    assert_eq!(browser.get("/refresh-csrf").await.text(), answer.text(), "as long as the cookie stays");
}

#[tokio::test]
async fn administrators_see_how_the_instance_is_set_up() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let infos = admin.get("/system/infos").header("user-agent", "Browser/1").await;
    let infos = infos.to_string().replace(env!("CARGO_PKG_VERSION"), "VERSION").replace(std::env::consts::OS, "OS");
    insta::assert_snapshot!(infos, @r#"
    200 {
      "common": {"Date":"Tue, 14 Nov 2023 22:13:20 +0000","userAgent":"Browser/1","Version":"VERSION","Environment":"production","Install path":"/","Debug":"false","Cache driver":"none","Log channel":"stderr","Log level":null,"DB driver":"sqlite","PHP version":"none","Operating system":"OS","interface":"sixpin","Auth guard":"web-guard","webauthn user verification":"preferred","Trusted proxies":"none","lastRadarScan":"1970-01-01 00:00:00"}
    }
    "#);
    insta::assert_snapshot!(app.user("ana").await.get("/system/infos").await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(app.anonymous().get("/system/infos").await, @r#"401 {"message":"Unauthenticated."}"#);
}

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
