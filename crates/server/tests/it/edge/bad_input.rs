//! What can't be used is refused with one clear error, and nothing of it is stored.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, PASSWORD, TestApp, on_every_engine};

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
async fn multipart_that_cant_be_read_counts_as_empty() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (kind, body) in [
        ("multipart/form-data", ""),
        ("multipart/form-data", "--x\r\n"),
        ("multipart/form-data; boundary=x", ""),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"qrcode\"; filename=\"a\"\r\n\r\nabc",
        ),
        ("multipart/form-data; boundary=x", "nonsense"),
    ] {
        let ask = |method: Method, path: &str| ana.ask(method, path).body(kind, body);
        let answer = ask(Method::POST, "/api/v1/qrcode/decode").await.expect(422);
        assert!(answer.field("errors").get("qrcode").is_some(), "{kind} {body:?}: {answer}");
        ask(Method::DELETE, "/api/v1/twofaccounts?ids=1").await.expect(204);
        ask(Method::PATCH, "/api/v1/twofaccounts/withdraw?ids=1").await.expect(200);
        ask(Method::PUT, "/api/v1/groups/999").await.expect(404);
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
    for account in ["\u{0}", "a\u{0}b", "a\u{202e}x", "👩‍👩‍👧‍👦", "<script>alert(1)</script>", "' OR 1=1 --", &long]
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

/// Every control character, and letters of every part of Unicode, in texts of some length.
fn every_script() -> Vec<String> {
    let letters: Vec<char> = (0xa0..0x11_0000).step_by(0x101).filter_map(char::from_u32).collect();
    let controls = ('\0'..'\u{a0}').filter(|letter| letter.is_control()).map(|letter| format!("a{letter}b"));
    let scripts = letters.chunks(128).map(|chunk| format!("x{}x", chunk.iter().collect::<String>()));
    controls.chain(scripts).collect()
}

#[test]
fn names_of_every_script_are_kept_or_refused_by_name() {
    on_every_engine(async |engine| {
        let app = engine.start(&[]).await;
        let admin = app.admin().await;
        for text in every_script() {
            let account = json!({ "account": text, "service": text, "otp_type": "totp", "secret": "A4GRFHVV" });
            let answer = admin.post(ACCOUNTS, account).await;
            kept_or_named(&answer, "account", &text);
            if answer.status == 201 {
                let stored = admin.get(&format!("{ACCOUNTS}/{}", answer.id())).await;
                assert_eq!((stored.field("account"), stored.field("service")), (json!(text), json!(text)));
            }
            kept_or_named(&admin.post("/api/v1/groups", json!({ "name": text })).await, "name", &text);
            let preference = admin.put("/api/v1/user/preferences/formatPasswordBy", json!({ "value": text })).await;
            kept_or_named(&preference, "value", &text);
            let token = admin.post("/oauth/personal-access-tokens", json!({ "name": text })).await;
            assert!(matches!(token.status, 200 | 422), "{text:?}: {token}");
            let change = json!({ "name": text, "email": "admin@example.org", "password": PASSWORD });
            kept_or_named(&admin.put("/user", change).await, "name", &text);
        }
    });
}

/// Checks that an answer has the field as it was sent, or says that it is what is wrong.
#[track_caller]
fn kept_or_named(answer: &Answer, field: &str, sent: &str) {
    match answer.status {
        200 | 201 => assert_eq!(answer.field(field), json!(sent)),
        422 => assert!(answer.field("errors").get(field).is_some(), "{sent:?}: {answer}"),
        _ => panic!("{sent:?}: {answer}"),
    }
}

#[tokio::test]
async fn a_thousand_ids_are_taken_or_refused_as_a_whole() {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let ana = app.user("ana").await;
    let account = ana.adds("otpauth://totp/a?secret=A4GRFHVV").await;
    let group = ana.post("/api/v1/groups", json!({ "name": "Work" })).await.id();
    let ids: Vec<i64> = (account..account + 1000).collect();
    let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    assert_eq!(ana.get(&format!("{ACCOUNTS}?ids={list}")).await.expect(200).json().as_array().unwrap().len(), 1);
    for line in [format!("DELETE {ACCOUNTS}"), format!("PATCH {ACCOUNTS}/withdraw"), format!("GET {ACCOUNTS}/export")] {
        let (method, path) = line.split_once(' ').unwrap();
        ana.ask(method.parse().unwrap(), &format!("{path}?ids={list}")).await.expect(400);
    }
    let order = ana.post(&format!("{ACCOUNTS}/reorder"), json!({ "orderedIds": ids })).await.expect(200);
    assert_eq!(order.field("orderedIds"), json!([account]));
    let assigned = ana.post(&format!("/api/v1/groups/{group}/assign"), json!({ "ids": ids })).await.expect(200);
    assert_eq!(assigned.field("twofaccounts_count"), json!(1));
    let shares = ana.post(&format!("{ACCOUNTS}/{account}/shares"), json!({ "user_ids": ids })).await.expect(422);
    assert_eq!(shares.field("message"), json!("The selected user_ids.1 is invalid. (and 998 more errors)"));
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
