//! `/api/v1/twofaccounts/{id}/shares`.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, PASSWORD, Person, TestApp};

pub(crate) const TOTP: &str = "otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW";
const HOTP: &str = "otpauth://hotp/Acme:ana?secret=A4GRFHVVRBGY7UIW&counter=5";
const FORBIDDEN: &str = r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#;

/// An instance where accounts can be shared, and people.
pub(crate) async fn sharing<const N: usize>(names: [&str; N]) -> (TestApp, [Person; N]) {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let mut people = Vec::new();
    for name in names {
        people.push(app.user(name).await);
    }
    (app, people.try_into().unwrap_or_else(|_| unreachable!()))
}

/// Shares an account with somebody.
pub(crate) async fn lend(owner: &Person, account: i64, to: &Person) -> Answer {
    owner.post(&format!("/api/v1/twofaccounts/{account}/shares"), json!({ "user_ids": [to.id] })).await
}

#[tokio::test]
async fn sharing_is_new_once() {
    let (_, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    let account = ana.adds(TOTP).await;
    let shares = format!("/api/v1/twofaccounts/{account}/shares");
    insta::assert_snapshot!(ana.get(&shares).await, @r#"200 {"twofaccount_id":1,"is_shared_with_all":false,"specific_users":[]}"#);
    insta::assert_snapshot!(lend(&ana, account, &eve).await, @r#"
    201 {
      "twofaccount_id": 1,
      "is_shared_with_all": false,
      "specific_users": [{"id":3,"name":"eve","is_shared_with":true,"is_shared_since":"Tue, Nov 14, 2023 10:13 PM"}]
    }
    "#);
    lend(&ana, account, &eve).await.expect(200);
    // Names only whom this request names, in the order of their ids.
    let both = ana.post(&shares, json!({ "user_ids": [eve.id.to_string(), bob.id] })).await.expect(201);
    assert_eq!(names(&both), ["bob", "eve"]);
    assert_eq!(names(&lend(&ana, account, &bob).await.expect(200)), ["bob"]);
    assert_eq!(names(&ana.get(&shares).await), ["bob", "eve"]);
    ana.delete(&format!("{shares}/{}", bob.id)).await.expect(204);
    ana.delete(&format!("{shares}/{}", bob.id)).await.expect(204);
    assert_eq!(names(&ana.get(&shares).await), ["eve"]);
}

fn names(answer: &Answer) -> Vec<String> {
    let users = answer.field("specific_users");
    users.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
}

// compat: older clients name a single person.
#[tokio::test]
async fn a_single_person_can_be_named() {
    let (_, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    let account = ana.adds(TOTP).await;
    let shares = format!("/api/v1/twofaccounts/{account}/shares");
    assert_eq!(names(&ana.post(&shares, json!({ "user_id": bob.id })).await.expect(201)), ["bob"]);
    let both = ana.post(&shares, json!({ "user_id": bob.id, "user_ids": [eve.id] })).await.expect(201);
    assert_eq!(names(&both), ["eve"]);
    for body in [json!({ "user_id": 0 }), json!({ "user_id": "" }), json!({ "user_id": bob.id, "user_ids": null })] {
        assert_eq!(errors(&ana.post(&shares, body).await), ["user_ids"]);
    }
    assert_eq!(errors(&ana.post(&shares, json!({ "user_id": "x" })).await), ["user_ids.0"]);
}

fn errors(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer}");
    answer.field("errors").as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn nobody_is_shared_with_when_one_of_them_is_wrong() {
    let (_, [ana, bob]) = sharing(["ana", "bob"]).await;
    let account = ana.adds(TOTP).await;
    let shares = format!("/api/v1/twofaccounts/{account}/shares");
    for (ids, wrong) in [
        (json!([]), &["user_ids"][..]),
        (json!("2"), &["user_ids"]),
        (json!([bob.id, 99]), &["user_ids.1"]),
        (json!([bob.id, "x", null]), &["user_ids.1", "user_ids.2"]),
        (json!([bob.id, bob.id.to_string()]), &["user_ids.0", "user_ids.1"]),
    ] {
        assert_eq!(errors(&ana.post(&shares, json!({ "user_ids": ids })).await), wrong, "{ids}");
    }
    // compat: the placeholder stays as it is.
    insta::assert_snapshot!(ana.post(&shares, json!({ "user_ids": [bob.id, ana.id] })).await, @r#"422 {"message":"bad request","reason":{"user_ids":"The user_ids field and :other must be different."}}"#);
    assert_eq!(names(&ana.get(&shares).await), [""; 0]);
}

#[tokio::test]
async fn sharing_with_everyone_and_with_people_exclude_each_other() {
    let (app, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    app.set("enableAllUsersSharingScope", json!(true)).await;
    let account = ana.adds(TOTP).await;
    let [shares, own] = ["/shares", ""].map(|end| format!("/api/v1/twofaccounts/{account}{end}"));
    lend(&ana, account, &bob).await.expect(201);
    let all = format!("{shares}/all");
    insta::assert_snapshot!(ana.post(&all, json!({})).await, @r#"201 {"twofaccount_id":1,"is_shared_with_all":true}"#);
    insta::assert_snapshot!(ana.post(&all, json!({})).await, @r#"200 {"twofaccount_id":1,"is_shared_with_all":true}"#);
    insta::assert_snapshot!(ana.get(&shares).await, @r#"200 {"twofaccount_id":1,"is_shared_with_all":true}"#);
    let conflict = r#"409 {"message":"conflict","reason":"This account is already shared with all users."}"#;
    assert_eq!(lend(&ana, account, &bob).await.to_string(), conflict);
    assert_eq!(ana.delete(&format!("{shares}/{}", bob.id)).await.to_string(), conflict);
    eve.get(&own).await.expect(200);
    assert_eq!(flags(&ana.get(&own).await.json()), ["is_shared_with_all"]);
    // With the scope off the share with everyone stays, but means nothing.
    app.set("enableAllUsersSharingScope", json!(false)).await;
    eve.get(&own).await.expect(403);
    assert_eq!(flags(&ana.get(&own).await.json()), [""; 0]);
    ana.delete(&shares).await.expect(204);
    app.set("enableAllUsersSharingScope", json!(true)).await;
    eve.get(&own).await.expect(200);
    ana.delete(&shares).await.expect(204);
    eve.get(&own).await.expect(403);
    // With the scope off it gives way to people.
    ana.post(&all, json!({})).await.expect(201);
    app.set("enableAllUsersSharingScope", json!(false)).await;
    lend(&ana, account, &bob).await.expect(201);
    app.set("enableAllUsersSharingScope", json!(true)).await;
    eve.get(&own).await.expect(403);
    assert_eq!(flags(&ana.get(&own).await.json()), ["is_shared"]);
    assert_eq!(flags(&bob.get(&own).await.json()), ["borrowed_by", "is_borrowed"]);
}

/// The keys of an account that speak of sharing.
fn flags(account: &Value) -> Vec<&str> {
    let keys = account.as_object().unwrap().keys();
    let mut keys: Vec<_> =
        keys.map(String::as_str).filter(|key| key.contains("shared") || key.contains("borrowed")).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn which_refusal_comes_first() {
    let (app, [ana, eve]) = sharing(["ana", "eve"]).await;
    let account = ana.adds(TOTP).await;
    let shares = format!("/api/v1/twofaccounts/{account}/shares");
    let missing = "/api/v1/twofaccounts/99";
    let nobody = app.anonymous();
    app.set("enableSharing", json!(false)).await;
    let off = r#"403 {"message":"Sharing feature is disabled"}"#;
    for (method, end) in [
        (Method::GET, "/shares"),
        (Method::POST, "/shares"),
        (Method::DELETE, "/shares"),
        (Method::POST, "/shares/all"),
        (Method::DELETE, "/shares/1"),
        (Method::GET, "/recipients"),
        (Method::PATCH, "/owner"),
    ] {
        let ask = |who: &Person, start: &str| who.ask(method.clone(), &format!("{start}{end}"));
        assert_eq!(ask(&nobody, missing).await.status, 401, "{method} {end}");
        for who in [&ana, &eve] {
            assert_eq!(ask(who, missing).await.to_string(), r#"404 {"message":"not found"}"#, "{method} {end}");
            assert_eq!(ask(who, &format!("/api/v1/twofaccounts/{account}")).await.to_string(), off, "{method} {end}");
        }
    }
    for end in ["/99", "/x", "/all"] {
        ana.delete(&format!("{shares}{end}")).await.expect(404);
    }
    app.set("enableSharing", json!(true)).await;
    let scope_off = r#"403 {"message":"All Users sharing scope is disabled"}"#;
    assert_eq!(eve.post(&format!("{shares}/all"), json!({})).await.to_string(), scope_off);
    eve.post(&shares, json!({})).await.expect(422);
    assert_eq!(lend(&eve, account, &eve).await.to_string(), FORBIDDEN);
}

/// Every route of a lent account, by those to whom it isn't open and last by its owner.
#[tokio::test]
async fn only_the_owner_has_the_secret_and_the_say() {
    let (app, [ana, bob, eve, dan]) = sharing(["ana", "bob", "eve", "dan"]).await;
    let people = [bob.clone(), eve, app.admin().await, app.anonymous(), ana.clone()];
    app.set("enableAllUsersSharingScope", json!(true)).await;
    let fields = json!({
        "service": "Acme", "account": "ana", "icon": null, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW",
        "digits": 6, "algorithm": "sha1", "period": 30, "counter": null
    });
    let give = json!({ "new_owner_id": dan.id, "confirm_password": PASSWORD });
    let mut table = vec!["borrower stranger administrator nobody owner".to_owned()];
    for (method, route, body) in [
        (Method::GET, "/{id}?withSecret=1&withOtp=1", json!({})),
        (Method::GET, "/{id}/otp", json!({})),
        (Method::GET, "/{id}/qrcode", json!({})),
        (Method::GET, "/{id}/otp-logs", json!({})),
        (Method::GET, "/export?ids={id}", json!({})),
        (Method::GET, "/{id}/shares", json!({})),
        (Method::GET, "/{id}/recipients", json!({})),
        (Method::PATCH, "/withdraw?ids={id}", json!({})),
        (Method::PUT, "/{id}", fields.clone()),
        (Method::PATCH, "/{id}", fields),
        (Method::PATCH, "/{id}/owner", give),
        (Method::POST, "/{id}/shares", json!({ "user_ids": [dan.id] })),
        (Method::DELETE, "/{id}/shares/4", json!({})),
        (Method::DELETE, "/{id}/shares", json!({})),
        (Method::POST, "/{id}/shares/all", json!({})),
        (Method::DELETE, "?ids={id}", json!({})),
        (Method::DELETE, "/{id}", json!({})),
    ] {
        let account = ana.adds(TOTP).await;
        lend(&ana, account, &bob).await.expect(201);
        let path = format!("/api/v1/twofaccounts{route}").replace("{id}", &account.to_string());
        let mut line = Vec::new();
        for who in &people {
            let answer = who.ask(method.clone(), &path).json(&body).await;
            assert!(who.id == ana.id || !answer.to_string().contains("A4GRFHVV"), "{method} {path}: {answer}");
            line.push(answer.status.to_string());
        }
        table.push(format!("{} {method} {route}", line.join(" ")));
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    borrower stranger administrator nobody owner
    200 403 403 401 200 GET /{id}?withSecret=1&withOtp=1
    200 403 403 401 200 GET /{id}/otp
    403 403 403 401 200 GET /{id}/qrcode
    403 403 403 401 200 GET /{id}/otp-logs
    403 403 403 401 200 GET /export?ids={id}
    403 403 403 401 200 GET /{id}/shares
    403 403 403 401 200 GET /{id}/recipients
    200 403 403 401 200 PATCH /withdraw?ids={id}
    403 403 403 401 200 PUT /{id}
    403 403 403 401 200 PATCH /{id}
    403 403 403 401 200 PATCH /{id}/owner
    403 403 403 401 201 POST /{id}/shares
    403 403 403 401 204 DELETE /{id}/shares/4
    403 403 403 401 204 DELETE /{id}/shares
    403 403 403 401 201 POST /{id}/shares/all
    403 403 403 401 204 DELETE ?ids={id}
    403 403 403 401 204 DELETE /{id}
    ");
}

#[tokio::test]
async fn a_borrowed_counter_moves_for_everybody() {
    let (_, [ana, bob, eve]) = sharing(["ana", "bob", "eve"]).await;
    let account = ana.adds(HOTP).await;
    lend(&ana, account, &bob).await.expect(201);
    let otp = format!("/api/v1/twofaccounts/{account}/otp");
    insta::assert_snapshot!(bob.get(&otp).await, @r#"200 {"password":"866384","otp_type":"hotp","counter":6}"#);
    assert_eq!(eve.get(&otp).await.to_string(), FORBIDDEN);
    assert_eq!(ana.get(&otp).await.field("counter"), 7);
    assert_eq!(bob.get(&otp).await.field("counter"), 8);
    ana.delete(&format!("/api/v1/twofaccounts/{account}/shares/{}", bob.id)).await.expect(204);
    assert_eq!(bob.get(&otp).await.to_string(), FORBIDDEN);
    assert_eq!(ana.get(&otp).await.field("counter"), 9);
}
