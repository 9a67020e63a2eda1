//! Signing in with a security key.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tracing::Level;

use super::key::{HOST, Key, at_home, changed, claiming, visitor, with};
use crate::harness::{Log, PASSWORD, Person, TestApp, loopback};

const OPTIONS: &str = "/webauthn/login/options";
const LOGIN: &str = "/webauthn/login";
const REFUSED: &str = r#"401 {"message":"unauthorized"}"#;

/// Somebody with a key.
async fn ana(app: &TestApp) -> (Person, Key) {
    let ana = at_home(app.user("ana").await);
    let mut key = Key::new();
    key.registered_by(&ana).await;
    (ana, key)
}

/// The last entry of somebody's sign-in log: whether it was successful, and by what.
async fn logged(app: &TestApp, person: &Person) -> Vec<(bool, Option<String>)> {
    let entries = app.store.read().await.unwrap().sign_ins(vault::UserId(person.id), None).await.unwrap();
    entries.into_iter().map(|entry| (entry.successful, entry.method)).collect()
}

#[tokio::test]
async fn a_key_begins_a_session() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let browser = visitor(&app).await;
    let before = browser.cookie("sixpin_session").unwrap();
    let asked = browser.post(OPTIONS, json!({ "email": "Ana@Example.org" })).await.expect(200);
    let challenge = asked.field("challenge").as_str().unwrap().to_owned();
    insta::assert_snapshot!(asked.to_string().replace(&challenge, "CHALLENGE").replace(&key.id(), "ID"), @r#"
    200 {
      "challenge": "CHALLENGE",
      "timeout": 60000,
      "allowCredentials": [{"id":"ID","type":"public-key","transports":["internal","hybrid"]}]
    }
    "#);
    let mut body = key.signs_in(&browser, &ana.email).await.expect(200).json();
    body.as_object_mut().unwrap().remove("preferences").unwrap();
    insta::assert_snapshot!(body, @r#"{"id":1,"name":"ana","email":"ana@example.org","oauth_provider":null,"is_admin":false,"message":"authenticated","appSettings":{"enableSharing":false,"enableAllUsersSharingScope":false}}"#);
    assert_ne!(browser.cookie("sixpin_session").unwrap(), before);
    assert_eq!(browser.get("/api/v1/user").await.expect(200).id(), ana.id);
    assert_eq!(logged(&app, &ana).await, [(true, Some("webauthn".into()))]);
    key.signs_in(&visitor(&app).await, &ana.email).await.expect(200);
}

#[tokio::test]
async fn a_key_says_whose_it_is() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let browser = visitor(&app).await;
    let asked = browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(200).json();
    assert!(asked.get("allowCredentials").is_none(), "{asked}");
    assert_eq!(key.signs_in_alone(&browser).await.expect(200).id(), ana.id);
    assert_eq!(browser.get("/api/v1/user").await.expect(200).id(), ana.id);

    // An answer that doesn't say whose it is, or to options for somebody else.
    let browser = visitor(&app).await;
    let asked = browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(200).json();
    let nameless = with(with(key.signs(&asked).await, "response.userHandle", Value::Null), "discoverable", true);
    assert_eq!(browser.post(LOGIN, nameless).await.to_string(), REFUSED);
    let asked = browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(200).json();
    let signed = with(key.signs(&asked).await, "email", ana.email.as_str());
    assert_eq!(browser.post(LOGIN, signed).await.to_string(), REFUSED);
}

#[tokio::test]
async fn each_of_several_keys_opens_its_own_account_alone() {
    let app = TestApp::start().await;
    let (ana, mut first) = ana(&app).await;
    let (mut second, mut bobs) = (Key { counts: false, verifies: false, ..Key::new() }, Key::new());
    second.registered_by(&ana).await;
    let bob = at_home(app.user("bob").await);
    bobs.registered_by(&bob).await;
    assert_eq!(first.signs_in(&visitor(&app).await, &ana.email).await.expect(200).id(), ana.id);
    assert_eq!(second.signs_in(&visitor(&app).await, &ana.email).await.expect(200).id(), ana.id);
    assert_eq!(second.signs_in(&visitor(&app).await, &ana.email).await.expect(200).id(), ana.id);
    // Bob's key in the place of Ana's.
    let browser = visitor(&app).await;
    let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
    let allowed = json!([{ "id": bobs.id(), "type": "public-key" }]);
    let signed = bobs.signs(&with(asked, "allowCredentials", allowed)).await;
    assert_eq!(browser.post(LOGIN, with(signed, "email", ana.email.as_str())).await.to_string(), REFUSED);
    browser.get("/api/v1/user").await.expect(401);
    assert_eq!(logged(&app, &bob).await, [(false, Some("webauthn".into()))]);
}

#[tokio::test]
async fn missing_fields_are_named() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    app.user("ana").await;
    insta::assert_snapshot!(browser.post(OPTIONS, json!({})).await, @r#"422 {"message":"The email field is required.","errors":{"email":["The email field is required."]}}"#);
    let keyless = browser.post(OPTIONS, json!({ "email": "ana@example.org" })).await.expect(200).json();
    assert!(keyless.get("allowCredentials").is_none(), "{keyless}");
    insta::assert_snapshot!(browser.post(LOGIN, json!({})).await, @r#"
    422 {
      "message": "The email field is required. (and 6 more errors)",
      "errors": {"email":["The email field is required."],"id":["The id field is required."],"rawId":["The raw id field is required."],"type":["The type field is required."],"response.authenticatorData":["The response.authenticator data field is required."],"response.clientDataJSON":["The response.client data j s o n field is required."],"response.signature":["The response.signature field is required."]}
    }
    "#);
}

#[tokio::test]
async fn an_answer_counts_once_in_time_and_for_the_browser_that_asked() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let (browser, thief) = (visitor(&app).await, visitor(&app).await.at(loopback(7)));
    let ask = async || browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
    let signed = with(key.signs(&ask().await).await, "email", ana.email.as_str());
    assert_eq!(thief.post(LOGIN, signed.clone()).await.to_string(), REFUSED);
    browser.post(LOGIN, signed.clone()).await.expect(200);
    let again = visitor(&app).await.at(loopback(8));
    assert_eq!(again.post(LOGIN, signed.clone()).await.to_string(), REFUSED);

    let browser = visitor(&app).await.at(loopback(9));
    let (first, second) = (
        browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json(),
        browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json(),
    );
    app.advance_seconds(120);
    let late = with(key.signs(&first).await, "email", ana.email.as_str());
    assert_eq!(browser.post(LOGIN, late).await.to_string(), REFUSED);
    let forged = claiming(key.signs(&second).await, "challenge", "A".repeat(43));
    assert_eq!(browser.post(LOGIN, with(forged, "email", ana.email.as_str())).await.to_string(), REFUSED);
}

#[tokio::test]
async fn a_wrong_answer_begins_no_session() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "100")]).await;
    let (ana, mut key) = ana(&app).await;
    let other_domain = |bytes: &mut Vec<u8>| bytes[..32].copy_from_slice(&Sha256::digest("evil.example"));
    let data = "response.authenticatorData";
    let wrongs: [Box<dyn Fn(Value) -> Value>; 14] = [
        Box::new(|signed| changed(signed, "response.signature", |bytes| *bytes.last_mut().unwrap() ^= 1)),
        Box::new(|signed| changed(signed, "response.signature", |bytes| bytes.truncate(1))),
        Box::new(|signed| with(signed, "response.signature", "AAAA")),
        Box::new(|signed| claiming(signed, "type", "webauthn.create")),
        Box::new(|signed| claiming(signed, "origin", "https://evil.example")),
        Box::new(|signed| claiming(signed, "origin", format!("https://a.{HOST}"))),
        Box::new(|signed| claiming(signed, "crossOrigin", true)),
        Box::new(move |signed| changed(signed, data, other_domain)),
        Box::new(move |signed| changed(signed, data, |bytes| bytes[32] &= !1)),
        Box::new(move |signed| changed(signed, data, |bytes| bytes.truncate(36))),
        Box::new(|signed| with(signed, "response.userHandle", "0".repeat(32))),
        Box::new(|signed| with(with(signed, "id", "AAAA"), "rawId", "AAAA")),
        Box::new(|signed| with(signed, "rawId", "A".repeat(40_000))),
        Box::new(|signed| with(signed, "type", "password")),
    ];
    for (number, wrong) in (10..).zip(wrongs) {
        let browser = visitor(&app).await.at(loopback(number));
        let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
        let signed = with(wrong(key.signs(&asked).await), "email", ana.email.as_str());
        assert_eq!(browser.post(LOGIN, signed).await.to_string(), REFUSED, "{number}");
        browser.get("/oauth/personal-access-tokens").await.expect(401);
    }
    key.signs_in(&visitor(&app).await, &ana.email).await.expect(200);
    // Whose key it is was unknown for one of them.
    assert_eq!(logged(&app, &ana).await.len(), 14 - 2 + 1);
}

#[tokio::test]
async fn neither_a_cut_nor_a_flipped_bit_opens_anything() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "1000")]).await;
    let (ana, mut key) = ana(&app).await;
    let fields = ["response.authenticatorData", "response.clientDataJSON", "response.signature"];
    for (number, place) in (10..).zip((1..70).step_by(5)) {
        let browser = visitor(&app).await.at(loopback(number));
        for field in fields {
            let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
            let signed = with(key.signs(&asked).await, "email", ana.email.as_str());
            let cut = changed(signed.clone(), field, |bytes| bytes.truncate(place.min(bytes.len() - 1)));
            assert_eq!(browser.post(LOGIN, cut).await.to_string(), REFUSED, "{field} {place}");
            let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
            let signed = with(key.signs(&asked).await, "email", ana.email.as_str());
            let flipped = changed(signed, field, |bytes| {
                let place = place % bytes.len();
                bytes[place] ^= 1 << (place % 8);
            });
            assert_eq!(browser.post(LOGIN, flipped).await.to_string(), REFUSED, "{field} {place}");
        }
    }
    key.signs_in(&visitor(&app).await, &ana.email).await.expect(200);
}

#[tokio::test]
async fn to_offer_keys_ends_no_session() {
    let app = TestApp::start().await;
    let (ana, _) = ana(&app).await;
    ana.post(OPTIONS, json!({ "discoverable": true })).await.expect(200);
    ana.get("/api/v1/user").await.expect(200);
    ana.post(OPTIONS, json!({ "email": ana.email })).await.expect(200);
    ana.get("/api/v1/user").await.expect(401);
}

#[tokio::test]
async fn a_counter_that_goes_back_disables_the_key() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let mut copy = Key { passkey: key.passkey.clone(), ..Key::new() };
    key.signs_in(&visitor(&app).await, &ana.email).await.expect(200);
    key.signs_in(&visitor(&app).await, &ana.email).await.expect(200);
    let log = Log::at(Level::INFO);
    assert_eq!(copy.signs_in(&visitor(&app).await, &ana.email).await.to_string(), REFUSED);
    assert_eq!(
        log.lines_with(&[" audit", "event=\"key.disable\"", "name=\"ana\"", "on=\"key\""]).len(),
        1,
        "{}",
        log.text()
    );
    let browser = visitor(&app).await;
    let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
    assert!(asked.get("allowCredentials").is_none(), "{asked}");
    assert_eq!(key.signs_in_alone(&browser).await.to_string(), REFUSED, "nobody knows which one is the copy");
    assert_eq!(ana.get("/webauthn/credentials").await.json(), json!([]));
    let admin = app.admin().await;
    assert_eq!(admin.get(&format!("/api/v1/users/{}", ana.id)).await.field("webauthn_credentials"), 1);
}

#[tokio::test]
async fn a_key_that_must_verify_its_user_does() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let strict = app.again_with(&[("WEBAUTHN_USER_VERIFICATION", "required")]).await;
    let browser = visitor(&strict).await;
    let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
    assert_eq!(asked["userVerification"], "required");
    key.verifies = false;
    let signed = key.signs(&with(asked, "userVerification", "discouraged")).await;
    assert_eq!(browser.post(LOGIN, with(signed, "email", ana.email.as_str())).await.to_string(), REFUSED);
    key.verifies = true;
    key.signs_in(&browser, &ana.email).await.expect(200);
    let lax = app.again_with(&[("WEBAUTHN_USER_VERIFICATION", "discouraged")]).await;
    key.verifies = false;
    key.signs_in(&visitor(&lax).await, &ana.email).await.expect(200);
}

#[tokio::test]
async fn a_key_of_another_domain_or_of_nobody_opens_nothing() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let moved = app.again_with(&[("APP_URL", "https://new.example.org")]).await;
    let browser = visitor(&moved).await.with("host", "new.example.org");
    assert_eq!(key.signs_in(&browser, &ana.email).await.to_string(), REFUSED);
    app.disable(&ana).await;
    assert_eq!(key.signs_in(&visitor(&app).await, &ana.email).await.to_string(), REFUSED);
    assert_eq!(key.signs_in_alone(&visitor(&app).await).await.to_string(), REFUSED);
}

#[tokio::test]
async fn failures_count_with_those_of_passwords() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "2")]).await;
    let (ana, mut key) = ana(&app).await;
    let browser = visitor(&app).await;
    browser.post("/user/login", json!({ "email": ana.email, "password": "wrong" })).await.expect(401);
    let asked = browser.post(OPTIONS, json!({ "email": ana.email })).await.expect(200).json();
    let forged = changed(key.signs(&asked).await, "response.signature", |bytes| *bytes.last_mut().unwrap() ^= 1);
    assert_eq!(browser.post(LOGIN, with(forged, "email", ana.email.as_str())).await.to_string(), REFUSED);
    key.signs_in(&browser, &ana.email).await.expect(429);
    browser.post("/user/login", json!({ "email": ana.email, "password": PASSWORD })).await.expect(429);
    app.advance_seconds(60);
    key.signs_in(&browser, &ana.email).await.expect(200);
}

#[tokio::test]
async fn one_s_own_key_clears_nobody_else_s_failures() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "2")]).await;
    let (_, mut key) = ana(&app).await;
    let bob = app.user("bob").await;
    let browser = visitor(&app).await;
    browser.post("/user/login", json!({ "email": bob.email, "password": "wrong" })).await.expect(401);
    let asked = browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(200).json();
    let answer = with(key.signs(&asked).await, "email", bob.email.as_str());
    assert!(matches!(browser.post(LOGIN, answer).await.status, 200 | 401));
    browser.post("/user/login", json!({ "email": bob.email, "password": PASSWORD })).await.expect(429);
}

#[tokio::test]
async fn failures_of_one_key_without_an_address_lock_out_no_other() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "1")]).await;
    let (_, mut key) = ana(&app).await;
    let mut bobs = Key::new();
    bobs.registered_by(&at_home(app.user("bob").await)).await;
    let browser = visitor(&app).await;
    let asked = browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(200).json();
    let forged = with(key.signs(&asked).await, "response.signature", "AAAA");
    assert_eq!(browser.post(LOGIN, with(forged, "discoverable", true)).await.to_string(), REFUSED);
    key.signs_in_alone(&browser).await.expect(429);
    bobs.signs_in_alone(&browser).await.expect(200);
}

#[tokio::test]
async fn challenges_are_limited_as_each_is_remembered() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    for _ in 0..60 {
        browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(200);
    }
    browser.post(OPTIONS, json!({ "discoverable": true })).await.expect(429);
    browser.at(loopback(9)).post(OPTIONS, json!({ "discoverable": true })).await.expect(200);
}

#[tokio::test]
async fn only_administrators_use_keys_while_there_is_single_sign_on_alone() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    let admin = at_home(app.admin().await);
    let mut admins = Key::new();
    admins.registered_by(&admin).await;
    app.set("useSsoOnly", json!(true)).await;
    let browser = visitor(&app).await;
    insta::assert_snapshot!(browser.post(OPTIONS, json!({ "email": ana.email })).await, @r#"405 {"message":"This authentication method is for administrators only. Users must log in with SSO."}"#);
    browser.post(OPTIONS, json!({ "email": "nobody@example.org" })).await.expect(405);
    browser.post(LOGIN, json!({ "email": ana.email })).await.expect(405);
    key.signs_in_alone(&browser).await.expect(405);
    browser.get("/oauth/personal-access-tokens").await.expect(401);
    // An administrator's address isn't told from others; a key that states its user needs none.
    browser.post(OPTIONS, json!({ "email": admin.email })).await.expect(405);
    browser.post(LOGIN, json!({ "email": admin.email })).await.expect(405);
    admins.signs_in_alone(&visitor(&app).await).await.expect(200);
}

#[tokio::test]
async fn whoever_uses_keys_alone_has_no_use_of_a_password() {
    let app = TestApp::start().await;
    let (ana, mut key) = ana(&app).await;
    ana.put("/api/v1/user/preferences/useWebauthnOnly", json!({ "value": true })).await.expect(201);
    let browser = visitor(&app).await;
    let login = json!({ "email": ana.email, "password": PASSWORD });
    assert_eq!(browser.post("/user/login", login).await.to_string(), REFUSED);
    key.signs_in(&browser, &ana.email).await.expect(200);
}

#[tokio::test]
async fn an_address_without_keys_has_a_made_up_one_that_stays_the_same() {
    let app = TestApp::start().await;
    let (ana, key) = ana(&app).await;
    app.user("bob").await;
    app.advance_seconds(600);
    let browser = visitor(&app).await;
    let allowed = async |email: &str| {
        let mut asked = browser.post(OPTIONS, json!({ "email": email })).await.expect(200).json();
        asked.as_object_mut().unwrap().remove("challenge").unwrap();
        assert_eq!(asked.as_object().unwrap().len(), 2, "{asked}");
        let [one] = <[Value; 1]>::try_from(asked["allowCredentials"].as_array().unwrap().clone()).unwrap();
        let keys: Vec<_> = one.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["id", "type", "transports"], "{email}");
        one["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(allowed(&ana.email).await, key.id());
    for email in ["bob@example.org", "nobody@example.org"] {
        let first = allowed(email).await;
        assert!((22..=43).contains(&first.len()), "{first}");
        assert_eq!(allowed(&email.to_uppercase()).await, first);
        assert_ne!(allowed(&format!("x{email}")).await, first);
    }
}

#[tokio::test]
async fn a_session_ends_with_the_key_that_it_stands_on() {
    let app = TestApp::start().await;
    let (ana, mut lost) = ana(&app).await;
    let mut kept = Key::new();
    kept.registered_by(&ana).await;
    let (thief, other) = (visitor(&app).await, visitor(&app).await);
    lost.signs_in(&thief, &ana.email).await.expect(200);
    kept.signs_in(&other, &ana.email).await.expect(200);
    ana.delete(&format!("/webauthn/credentials/{}", lost.id())).await.expect(204);
    thief.get("/api/v1/user").await.expect(401);
    other.get("/api/v1/user").await.expect(200);
    other.delete(&format!("/webauthn/credentials/{}", kept.id())).await.expect(204);
    other.get("/api/v1/user").await.expect(200);
    let admin = app.admin().await;
    admin.delete(&format!("/api/v1/users/{}/credentials", ana.id)).await.expect(204);
    ana.get("/api/v1/user").await.expect(200);
}
