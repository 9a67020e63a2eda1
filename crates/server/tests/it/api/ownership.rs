//! `/api/v1/twofaccounts/{id}/owner`.

use serde_json::{Value, json};

use super::shares::{TOTP, lend, sharing};
use crate::harness::{Answer, Engine, PASSWORD, Person, on_every_engine};

pub(crate) async fn give(owner: &Person, account: i64, to: Value, password: &str) -> Answer {
    let body = json!({ "new_owner_id": to, "confirm_password": password });
    owner.patch(&format!("/api/v1/twofaccounts/{account}/owner"), body).await
}

#[tokio::test]
async fn a_given_account_is_its_new_owners_alone() {
    let (_, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    let account = ana.adds(TOTP).await;
    let own = format!("/api/v1/twofaccounts/{account}");
    lend(&ana, account, &bob).await.expect(201);
    lend(&ana, account, &eve).await.expect(201);
    insta::assert_snapshot!(give(&ana, account, json!(bob.id), "wrong").await, @r#"401 {"message":"unauthorized"}"#);
    insta::assert_snapshot!(give(&ana, account, json!(bob.id), PASSWORD).await, @r#"200 {"twofaccount_id":1,"owner_id":2}"#);
    for route in ["", "/otp", "/qrcode", "/otp-logs", "/shares"] {
        ana.get(&format!("{own}{route}")).await.expect(403);
        bob.get(&format!("{own}{route}")).await.expect(200);
    }
    assert_eq!(bob.get(&own).await.field("secret"), "A4GRFHVVRBGY7UIW");
    assert_eq!(eve.get(&own).await.field("borrowed_by"), "bob");
    let shares = bob.get(&format!("{own}/shares")).await.field("specific_users");
    assert_eq!(shares.as_array().unwrap().iter().map(|user| &user["name"]).collect::<Vec<_>>(), ["eve"]);
    assert_eq!(ana.get("/api/v1/twofaccounts/count").await.json(), json!({ "owned": 0, "shared": 0, "total": 0 }));
}

#[tokio::test]
async fn with_a_share_with_everyone_the_old_owner_becomes_a_borrower() {
    let (app, [ana, bob]) = sharing(["ana", "bob"]).await;
    app.set("enableAllUsersSharingScope", json!(true)).await;
    let account = ana.adds(TOTP).await;
    let own = format!("/api/v1/twofaccounts/{account}");
    ana.post(&format!("{own}/shares/all"), json!({})).await.expect(201);
    give(&ana, account, json!(bob.id), PASSWORD).await.expect(200);
    let seen = ana.get(&own).await.expect(200).json();
    assert_eq!((&seen["borrowed_by"], &seen["is_shared_with_all"]), (&json!("bob"), &json!(true)));
    assert!(seen.get("secret").is_none());
    ana.get(&format!("{own}/otp")).await.expect(200);
    ana.get(&format!("{own}/qrcode")).await.expect(403);
    assert!(bob.get(&own).await.json().get("is_shared_with_all").is_none(), "the former owner made the share");
}

#[tokio::test]
async fn the_new_owner_is_somebody_else() {
    let (_, [ana, bob]) = sharing(["ana", "bob"]).await;
    let account = ana.adds(TOTP).await;
    insta::assert_snapshot!(give(&ana, account, json!(ana.id), PASSWORD).await, @r#"
    422 {
      "message": "The new owner must not be the current owner.",
      "errors": {"new_owner_id":["The new owner must not be the current owner."]}
    }
    "#);
    for to in [json!(99), json!("x"), json!(null)] {
        let answer = give(&ana, account, to, "").await.expect(422);
        let errors = answer.field("errors");
        assert_eq!(errors.as_object().unwrap().keys().collect::<Vec<_>>(), ["new_owner_id", "confirm_password"]);
    }
    give(&bob, account, json!(ana.id), PASSWORD).await.expect(422);
    give(&bob, account, json!(bob.id), "wrong").await.expect(403);
}

#[test]
fn the_seventh_attempt_in_a_minute_is_refused() {
    on_every_engine(async |engine: Engine| {
        let app = engine.start(&[("THROTTLE_API", "100")]).await;
        app.set("enableSharing", json!(true)).await;
        let [ana, bob] = [app.user("ana").await, app.user("bob").await];
        let account = ana.adds(TOTP).await;
        ana.patch("/api/v1/twofaccounts/99/owner", json!({})).await.expect(404);
        app.advance_seconds(10);
        for remaining in (0..6).rev() {
            let answer = give(&ana, account, json!(bob.id), "wrong").await.expect(401);
            assert_eq!(limits(&answer), ["6", &remaining.to_string(), "", ""]);
            app.advance_seconds(1);
        }
        let copy = app.again().await;
        for ana in [ana.clone(), ana.on(&copy)] {
            let refused = give(&ana, account, json!(bob.id), PASSWORD).await;
            insta::allow_duplicates! {
                insta::assert_snapshot!(refused, @r#"429 {"message":"Too Many Attempts."}"#);
            }
            assert_eq!(limits(&refused), ["6", "0", "54", "1700000070"]);
        }
        assert_eq!(limits(&ana.get("/api/v1/user").await.expect(200))[0], "100");
        bob.patch(&format!("/api/v1/twofaccounts/{account}/owner"), json!({})).await.expect(422);
        app.advance_seconds(54);
        give(&ana, account, json!(bob.id), PASSWORD).await.expect(200);
    });
}

/// What an answer says of its limit.
fn limits(answer: &Answer) -> [String; 4] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "retry-after", "x-ratelimit-reset"].map(|name| answer.header(name))
}
