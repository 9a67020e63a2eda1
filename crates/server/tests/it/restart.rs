//! What outlives the process.

use serde_json::json;

use crate::harness::on_every_engine;

const TOTP: &str = "otpauth://totp/Example:a?secret=A4GRFHVVRBGY7UIW";
const HOTP: &str = "otpauth://hotp/Example:a?secret=A4GRFHVVRBGY7UIW&counter=5";

#[test]
fn data_sessions_and_tokens_survive_a_restart() {
    on_every_engine(async |engine| {
        let app = engine.start(&[]).await;
        let ana = app.user("ana").await;
        let program = ana.with_token().await;
        let (totp, hotp) = (ana.adds(TOTP).await, ana.adds(HOTP).await);
        let group = ana.post("/api/v1/groups", json!({ "name": "Work" })).await.id();
        ana.post(&format!("/api/v1/groups/{group}/assign"), json!({ "ids": [totp] })).await.expect(200);
        ana.post("/api/v1/twofaccounts/reorder", json!({ "orderedIds": [hotp, totp] })).await.expect(200);
        ana.put("/api/v1/user/preferences/theme", json!({ "value": "dark" })).await.expect(201);
        ana.get(&format!("/api/v1/twofaccounts/{hotp}/otp")).await.expect(200);
        app.set("enableSharing", json!(true)).await;
        let pages = ["/api/v1/user", "/api/v1/twofaccounts?withSecret=1", "/api/v1/groups"];
        let mut before = Vec::new();
        for page in pages {
            before.push(ana.get(page).await.expect(200).json());
        }

        let restarted = app.again().await;
        drop(app);
        let (ana, program) = (ana.on(&restarted), program.on(&restarted));
        for (page, before) in pages.iter().zip(before) {
            assert_eq!(ana.get(page).await.expect(200).json(), before, "{page}");
            assert_eq!(program.get(page).await.expect(200).json(), before, "{page}");
        }
        assert_eq!(ana.get(&format!("/api/v1/twofaccounts/{hotp}/otp")).await.field("counter"), json!(7));
    });
}

#[test]
fn what_one_copy_does_another_knows_at_once() {
    on_every_engine(async |engine| {
        let app = engine.start(&[]).await;
        let twin = app.again().await;
        let (admin, ana) = (app.admin().await, app.user("ana").await);
        let program = ana.with_token().await.on(&twin);
        program.get("/api/v1/user").await.expect(200);
        admin.put("/api/v1/settings/enableSharing", json!({ "value": true })).await.expect(200);
        assert_eq!(program.get("/api/v1/user").await.field("appSettings")["enableSharing"], json!(true));
        ana.get("/user/logout").await.expect(200);
        ana.on(&twin).get("/api/v1/user").await.expect(401);
        admin.delete(&format!("/api/v1/users/{}/pats", ana.id)).await.expect(204);
        program.get("/api/v1/user").await.expect(401);
    });
}
