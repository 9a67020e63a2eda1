//! `/api/v1/features`.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn features_follow_the_settings() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    app.set("enableSharing", json!(true)).await;
    insta::assert_snapshot!(ana.get("/api/v1/features").await, @r#"
    200 [
      {"name":"iconPack","state":"enabled"},
      {"name":"sharing","state":"enabled"},
      {"name":"allUsersSharingScope","state":"disabled"},
      {"name":"showNextOtp","state":"enabled"},
      {"name":"groupChips","state":"enabled"}
    ]
    "#);
    app.set("enableAllUsersSharingScope", json!(true)).await;
    insta::assert_snapshot!(ana.get("/api/v1/features/allUsersSharingScope").await, @r#"200 {"name":"allUsersSharingScope","state":"enabled"}"#);
    ana.get("/api/v1/features/alluserssharingscope").await.expect(404);
    app.anonymous().get("/api/v1/features/nothing").await.expect(401);
}
