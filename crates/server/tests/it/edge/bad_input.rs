//! What can't be used is refused with one clear error, and nothing of it is stored.

use http::Method;
use serde_json::{Value, json};

use crate::harness::TestApp;

const ACCOUNTS: &str = "/api/v1/twofaccounts";

#[tokio::test]
async fn bodies_that_arent_json_count_as_empty() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for body in ["", "{", "{\"uri\": \"otpauth://", "null", "[]", "\"x\"", "\u{0}", "{\"a\":1}{"] {
        let answer = ana.ask(Method::POST, ACCOUNTS).body("application/json", body).await;
        assert_eq!(answer.status, 422, "{body:?}: {answer}");
    }
    for kind in ["text/plain", "application/xml", "application/octet-stream", "nonsense", ""] {
        let answer = ana.ask(Method::POST, ACCOUNTS).body(kind, "{\"account\":\"a\",\"otp_type\":\"totp\"}").await;
        assert_eq!(answer.status, 422, "{kind}: {answer}");
    }
    assert_eq!(ana.get(ACCOUNTS).await.json(), json!([]));
}

#[tokio::test]
async fn deep_json_is_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for depth in [100, 10_000, 100_000] {
        let deep = format!("{{\"key\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        let answer = ana.ask(Method::POST, ACCOUNTS).body("application/json", deep).await;
        assert_eq!(answer.status, 422, "{depth}: {answer}");
    }
}

#[tokio::test]
async fn long_bodies_are_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let long = "x".repeat(30 * 1024 * 1024);
    insta::assert_snapshot!(ana.post(ACCOUNTS, json!({ "account": long, "otp_type": "totp" })).await, @r#"413 {"message":"The request body is too large: send less at once."}"#);
    ana.upload("/api/v1/qrcode/decode", "qrcode", long.as_bytes()).await.expect(413);
    ana.form(ACCOUNTS, &[("account", &long), ("otp_type", "totp")]).await.expect(413);
    let browser = app.anonymous();
    browser.get("/").await;
    browser.post("/user/login", json!({ "email": long })).await.expect(413);
    assert_eq!(ana.get(ACCOUNTS).await.json(), json!([]));
}

#[tokio::test]
async fn broken_multipart_is_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (kind, body) in [
        ("multipart/form-data", "--x\r\n"),
        ("multipart/form-data; boundary=x", ""),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"qrcode\"; filename=\"a\"\r\n\r\nabc",
        ),
        ("multipart/form-data; boundary=x", "nonsense"),
    ] {
        let answer = ana.ask(Method::POST, "/api/v1/qrcode/decode").body(kind, body).await;
        assert!(matches!(answer.status, 400 | 422), "{kind} {body:?}: {answer}");
        assert!(answer.field("message").is_string());
    }
}

#[tokio::test]
async fn wrong_types_are_named() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let any = [json!(null), json!(true), json!(1.5), json!([]), json!({}), json!([["x"]]), json!({ "a": { "b": 1 } })];
    for value in &any {
        for field in ["account", "otp_type"] {
            let mut body = json!({ "account": "a", "otp_type": "totp" });
            body[field] = value.clone();
            let answer = ana.post(ACCOUNTS, body).await;
            assert_eq!(answer.status, 422, "{field} {value}: {answer}");
            assert!(answer.field("errors").get(field).is_some(), "{field} {value}: {answer}");
        }
        let named = ana.post("/api/v1/groups", json!({ "name": value })).await;
        assert!(named.status == 422 || *value == json!(1.5), "{value}: {named}");
        let login = json!({ "email": value, "password": value });
        let answer = app.anonymous().post("/user/login", login).header("sec-fetch-site", "same-origin").await;
        assert_eq!(answer.status, 422, "{value}: {answer}");
    }
    assert_eq!(ana.get(ACCOUNTS).await.json(), json!([]));
}

#[tokio::test]
async fn unprintable_and_long_texts_are_kept_or_refused_never_half() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let long = "é".repeat(20_000);
    for account in ["\u{0}", "a\u{0}b", "\u{202e}x", "👩‍👩‍👧‍👦", "<script>alert(1)</script>", "' OR 1=1 --", &long]
    {
        let body = json!({ "account": account, "otp_type": "totp", "secret": "A4GRFHVV" });
        let answer = ana.post(ACCOUNTS, body).await;
        match answer.status {
            201 => {
                let stored = ana.get(&format!("{ACCOUNTS}/{}", answer.id())).await.field("account");
                assert_eq!(stored, json!(account));
            }
            422 => assert!(answer.field("errors").get("account").is_some(), "{answer}"),
            _ => panic!("{account:?}: {answer}"),
        }
    }
}

#[tokio::test]
async fn a_query_has_as_many_fields_as_it_likes_up_to_a_limit() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let query = (0..20_000).map(|index| format!("a{index}=1")).collect::<Vec<_>>().join("&");
    let answer = ana.get(&format!("{ACCOUNTS}?{}", &query[..60_000])).await;
    assert!(matches!(answer.status, 200 | 400 | 413), "{answer}");
    let answer = ana.ask(Method::POST, ACCOUNTS).body("application/x-www-form-urlencoded", query).await;
    assert!(matches!(answer.status, 400 | 413 | 422), "{answer}");
}

#[tokio::test]
async fn body_wins_over_query() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let uri = "otpauth://totp/body?secret=A4GRFHVV";
    let answer = ana.post(&format!("{ACCOUNTS}?uri=nonsense&withSecret=0"), json!({ "uri": uri })).await.expect(201);
    assert_eq!((answer.field("account"), answer.json().get("secret")), (json!("body"), None::<&Value>));
}
