//! `POST /user/login` and `GET /user/logout`: sessions.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Person, TestApp, loopback};

/// An empty browser that has seen the page.
pub(super) async fn visitor(app: &TestApp) -> Person {
    let visitor = app.anonymous();
    visitor.get("/").await.expect(200);
    visitor
}

fn credentials(password: &str) -> Value {
    json!({ "email": "Ana@Example.org", "password": password })
}

#[tokio::test]
async fn a_password_begins_a_session() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    let answer = browser.post("/user/login", credentials(PASSWORD)).await.expect(200);
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("preferences").unwrap();
    insta::assert_snapshot!(body, @r#"{"id":1,"name":"ana","email":"ana@example.org","oauth_provider":null,"is_admin":false,"message":"authenticated","appSettings":{"enableSharing":false,"enableAllUsersSharingScope":false}}"#);
    insta::assert_snapshot!(browser.get("/api/v1/user").await.expect(200).field("email"), @r#""ana@example.org""#);
}

#[tokio::test]
async fn a_session_has_a_cookie_that_nobody_can_have_planted() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    let planted = browser.cookie("sixpin_session").unwrap();
    let answer = browser.post("/user/login", credentials(PASSWORD)).await.expect(200);
    let own = browser.cookie("sixpin_session").unwrap();
    assert_ne!(own, planted);
    let shown: Vec<_> = answer.cookies().into_iter().map(|cookie| cookie.split_once('=').unwrap().1).collect();
    let attributes: Vec<_> = shown.iter().map(|cookie| cookie.split_once("; ").unwrap().1).collect();
    insta::assert_snapshot!(attributes.join("\n"), @"
    HttpOnly; SameSite=Lax; Path=/; Max-Age=7776000
    SameSite=Lax; Path=/; Max-Age=7776000
    ");
    let thief = app.anonymous().with("cookie", format!("sixpin_session={planted}"));
    thief.get("/oauth/personal-access-tokens").await.expect(401);
}

#[tokio::test]
async fn cookies_are_secure_behind_an_https_proxy() {
    let app = TestApp::with(&[("TRUSTED_PROXIES", "127.0.0.2")]).await;
    let secure = async |person: Person, proto: &str| {
        let answer = person.get("/").header("x-forwarded-proto", proto).await;
        answer.cookies().iter().all(|cookie| cookie.contains("; Secure"))
    };
    assert!(secure(app.anonymous().at(loopback(2)), "https").await);
    assert!(!secure(app.anonymous().at(loopback(2)), "http").await);
    assert!(!secure(app.anonymous().at(loopback(3)), "https").await, "only a trusted proxy is believed");
}

#[tokio::test]
async fn an_operator_sets_the_cookies_attributes() {
    let app = TestApp::with(&[
        ("SESSION_SECURE_COOKIE", "true"),
        ("SESSION_PATH", "/2fa"),
        ("SESSION_DOMAIN", "example.org"),
        ("APP_NAME", "2FAuth"),
    ])
    .await;
    let answer = app.anonymous().get("/").await;
    let cookies: Vec<_> = answer.cookies().iter().map(|cookie| without_value(cookie)).collect();
    insta::assert_snapshot!(cookies.join("\n"), @"
    __Secure-2fauth_session=…; HttpOnly; SameSite=Lax; Secure; Path=/2fa; Domain=example.org; Max-Age=7776000
    XSRF-TOKEN=…; SameSite=Lax; Secure; Path=/2fa; Domain=example.org; Max-Age=7776000
    ");
}

fn without_value(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    format!("{name}=…; {}", rest.split_once("; ").unwrap().1)
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    insta::assert_snapshot!(browser.post("/user/login", json!({})).await, @r#"
    422 {
      "message": "The email field is required. (and 1 more error)",
      "errors": {"email":["The email field is required."],"password":["The password field is required."]}
    }
    "#);
    let unknown = json!({ "email": "eve@example.org", "password": "x" });
    insta::assert_snapshot!(browser.post("/user/login", unknown).await, @r#"401 {"message":"unauthorized"}"#);
    insta::assert_snapshot!(browser.post("/user/login", json!({ "email": "nonsense", "password": 5 })).await, @r#"
    422 {
      "message": "The email field must be a valid email address. (and 1 more error)",
      "errors": {"email":["The email field must be a valid email address."],"password":["The password field must be a string."]}
    }
    "#);
    insta::assert_snapshot!(browser.post("/user/login", credentials("wrong")).await, @r#"401 {"message":"unauthorized"}"#);
    insta::assert_snapshot!(browser.form("/user/login", &[("email", "ana@example.org"), ("password", " ")]).await, @r#"422 {"message":"The password field is required.","errors":{"password":["The password field is required."]}}"#);
}

#[tokio::test]
async fn a_password_may_begin_and_end_with_blanks() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    let password = "  two blanks  ";
    let new = json!({
        "name": "ana", "email": "ana@example.org", "password": password, "password_confirmation": password,
    });
    browser.post("/user", new).await.expect(201);
    let other = visitor(&app).await;
    other.post("/user/login", credentials(password.trim())).await.expect(401);
    other.post("/user/login", credentials(password)).await.expect(200);
}

#[tokio::test]
async fn five_failures_lock_the_pair_of_address_and_client_for_a_minute() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    for _ in 0..5 {
        browser.post("/user/login", credentials("wrong")).await.expect(401);
        app.advance_seconds(8);
    }
    // compat: clients compare the text, braces and all.
    insta::assert_snapshot!(browser.post("/user/login", credentials(PASSWORD)).await, @r#"429 {"message":"Too many login attempts. Please try again in {seconds} seconds."}"#);
    let french = browser.post("/user/login", credentials(PASSWORD)).header("accept-language", "en").await;
    insta::assert_snapshot!(french, @r#"429 {"message":"Too many login attempts. Please try again in 20 seconds."}"#);
    let elsewhere = visitor(&app).await.at(loopback(7));
    elsewhere.post("/user/login", credentials(PASSWORD)).await.expect(200);
    app.advance_seconds(21);
    browser.post("/user/login", credentials(PASSWORD)).await.expect(200);
}

#[tokio::test]
async fn a_success_clears_the_failures() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "2")]).await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    for _ in 0..3 {
        browser.post("/user/login", credentials("wrong")).await.expect(401);
        browser.post("/user/login", credentials(PASSWORD)).await.expect(200);
    }
}

#[tokio::test]
async fn a_second_copy_counts_the_same_failures() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "2")]).await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    let twin = browser.on(&app.again().await);
    browser.post("/user/login", credentials("wrong")).await.expect(401);
    twin.post("/user/login", credentials("wrong")).await.expect(401);
    twin.post("/user/login", credentials(PASSWORD)).await.expect(429);
    browser.post("/user/login", credentials(PASSWORD)).await.expect(429);
}

#[tokio::test]
async fn an_eleventh_request_in_a_minute_is_too_many() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    for _ in 0..10 {
        browser.post("/user/login", json!({})).await.expect(422);
    }
    let answer = browser.post("/user/login", json!({})).await;
    insta::assert_snapshot!(answer, @r#"429 {"message":"Too Many Attempts."}"#);
    assert_eq!([answer.header("retry-after"), answer.header("x-ratelimit-limit")], ["60", "10"]);
    app.advance_seconds(60);
    browser.post("/user/login", json!({})).await.expect(422);
}

#[tokio::test]
async fn whoever_may_not_use_a_password_cant() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.put("/api/v1/user/preferences/useWebauthnOnly", json!({ "value": true })).await.expect(201);
    let browser = visitor(&app).await;
    insta::assert_snapshot!(browser.post("/user/login", credentials(PASSWORD)).await, @r#"401 {"message":"unauthorized"}"#);
    let bob = app.user("bob").await;
    app.disable(&bob).await;
    let answer = browser.post("/user/login", json!({ "email": bob.email, "password": PASSWORD })).await;
    insta::assert_snapshot!(answer, @r#"401 {"message":"unauthorized"}"#);
}

#[tokio::test]
async fn only_administrators_use_a_password_while_there_is_single_sign_on_alone() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    app.set("useSsoOnly", json!(true)).await;
    let browser = visitor(&app).await;
    let login = |person: &Person| browser.post("/user/login", json!({ "email": person.email, "password": PASSWORD }));
    insta::assert_snapshot!(login(&ana).await, @r#"405 {"message":"This authentication method is for administrators only. Users must log in with SSO."}"#);
    login(&admin).await.expect(200);
    let refused = login(&ana).await.to_string();
    for email in [&*admin.email, &ana.email, "nobody@example.org"] {
        let wrong = browser.post("/user/login", json!({ "email": email, "password": "wrong" })).await;
        assert_eq!(wrong.to_string(), refused, "{email}");
    }
    app.set("enableSso", json!(false)).await;
    login(&ana).await.expect(200);
    app.set("enableSso", json!(true)).await;
    insta::assert_snapshot!(ana.get("/oauth/personal-access-tokens").await, @r#"
    403 {
      "message": "forbidden",
      "reason": "This authentication method is for administrators only. Users must log in with SSO."
    }
    "#);
    app.set("allowPatWhileSsoOnly", json!(true)).await;
    ana.get("/oauth/personal-access-tokens").await.expect(200);
}

#[tokio::test]
async fn logging_out_ends_the_session_at_the_server() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let cookie = ana.cookie("sixpin_session").unwrap();
    let csrf = ana.cookie("XSRF-TOKEN").unwrap();
    insta::assert_snapshot!(ana.get("/user/logout").await, @r#"200 {"message":"signed out"}"#);
    assert_ne!(ana.cookie("sixpin_session").unwrap(), cookie);
    let thief = app.anonymous().with("cookie", format!("sixpin_session={cookie}")).with("x-csrf-token", csrf);
    thief.get("/api/v1/user").await.expect(401);
    insta::assert_snapshot!(ana.get("/user/logout").await, @r#"401 {"message":"Unauthenticated."}"#);
    insta::assert_snapshot!(ana.ask(Method::POST, "/user/logout").await, @r#"405 {"message":"The POST method is not supported for route user/logout. Supported methods: GET, HEAD."}"#);
}

#[tokio::test]
async fn a_link_on_another_site_signs_nobody_out() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let linked = ana.ask(Method::GET, "/user/logout").header("sec-fetch-site", "cross-site").await;
    linked.expect(419);
    ana.get("/api/v1/user").await.expect(200);
}

#[tokio::test]
async fn signing_in_anew_ends_the_former_session() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let former = app
        .anonymous()
        .with("cookie", format!("sixpin_session={}", ana.cookie("sixpin_session").unwrap()))
        .with("x-csrf-token", ana.cookie("XSRF-TOKEN").unwrap());
    former.get("/api/v1/user").await.expect(200);
    ana.post("/user/login", credentials(PASSWORD)).await.expect(200);
    former.get("/api/v1/user").await.expect(401);
    ana.get("/api/v1/user").await.expect(200);
}

#[tokio::test]
async fn inactivity_is_noticed_once() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let program = ana.with_token().await;
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(15 * 60);
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(15 * 60 + 1);
    program.get("/api/v1/user").await.expect(200);
    insta::assert_snapshot!(ana.get("/api/v1/user").await, @r#"418 {"message":"inactivity detected"}"#);
    ana.get("/api/v1/user").await.expect(401);
    program.get("/api/v1/user").await.expect(200);
    let ana = ana.session().await;
    ana.get("/api/v1/user").await.expect(418);
    let browser = visitor(&app).await;
    browser.post("/user/login", credentials(PASSWORD)).await.expect(200);
    browser.put("/api/v1/user/preferences/kickUserAfter", json!({ "value": 0 })).await.expect(201);
    app.advance_seconds(86_400);
    browser.get("/api/v1/user").await.expect(200);
}

#[tokio::test]
async fn no_device_unlocks_another() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (idle, stolen) = (ana.session().await, ana.session().await);
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(86_400);
    ana.get("/api/v1/user").await.expect(418);
    idle.get("/api/v1/user").await.expect(401);
    let other = ana.session().await;
    app.advance_seconds(86_400);
    visitor(&app).await.post("/user/login", credentials(PASSWORD)).await.expect(200);
    for browser in [other, stolen] {
        browser.get("/api/v1/user").await.expect(401);
    }
}

#[tokio::test]
async fn a_session_ends_by_its_age_although_it_is_used() {
    let app = TestApp::with(&[("SESSION_MAX_DAYS", "2")]).await;
    let ana = app.user("ana").await;
    ana.put("/api/v1/user/preferences/kickUserAfter", json!({ "value": 0 })).await.expect(201);
    app.advance_seconds(2 * 86_400);
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(1);
    ana.get("/api/v1/user").await.expect(401);
}

#[tokio::test]
async fn a_session_ends_after_ninety_days_without_use() {
    let app = TestApp::with(&[("SESSION_MAX_DAYS", "365")]).await;
    let ana = app.user("ana").await;
    ana.put("/api/v1/user/preferences/kickUserAfter", json!({ "value": 0 })).await.expect(201);
    app.advance_seconds(90 * 86_400);
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(90 * 86_400);
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(90 * 86_400 + 1);
    ana.get("/api/v1/user").await.expect(401);
}

#[tokio::test]
async fn an_unknown_address_is_a_wrong_password_and_counts_as_one() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let mut answers = Vec::new();
    for (email, last) in [("ana@example.org", 21), ("nobody@example.org", 22)] {
        let browser = visitor(&app).await.at(loopback(last));
        let mut told = Vec::new();
        for _ in 0..6 {
            told.push(browser.post("/user/login", json!({ "email": email, "password": "wrong" })).await.to_string());
        }
        answers.push(told);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][0].starts_with("401") && answers[0][5].starts_with("429"), "{answers:?}");
}

#[tokio::test]
async fn guesses_from_ever_new_networks_slow_down_but_keep_no_owner_out() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let home = visitor(&app).await.at(loopback(2));
    home.post("/user/login", credentials(PASSWORD)).await.expect(200);
    app.advance_seconds(3600);
    for email in ["ana@example.org", "nobody@example.org"] {
        let guess = async |last: u8| {
            let stranger = visitor(&app).await.at(loopback(last));
            stranger.post("/user/login", json!({ "email": email, "password": "wrong" })).await.status
        };
        for last in 10..30 {
            assert_eq!(guess(last).await, 401);
        }
        assert_eq!((guess(30).await, guess(31).await, guess(32).await), (401, 429, 429), "{email}");
        app.advance_seconds(60);
        assert_eq!((guess(33).await, guess(34).await), (401, 429), "{email}");
    }
    home.post("/user/login", credentials("wrong")).await.expect(401);
    home.post("/user/login", credentials(PASSWORD)).await.expect(200);
}

#[tokio::test]
async fn of_two_session_cookies_none_counts() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let own = ana.cookie("sixpin_session").unwrap();
    let proof = ana.cookie("XSRF-TOKEN").unwrap();
    let sends = |cookies: String| app.anonymous().with("cookie", cookies).with("x-csrf-token", &proof);
    sends(format!("sixpin_session={own}")).get("/api/v1/user").await.expect(200);
    for planted in [&*own, &"x".repeat(43), ""] {
        sends(format!("sixpin_session={planted}; sixpin_session={own}")).get("/api/v1/user").await.expect(401);
    }
}

#[tokio::test]
async fn where_the_public_address_is_https_so_is_every_request() {
    let app = TestApp::with(&[("APP_URL", "https://2fa.example.org"), ("HSTS_INCLUDE_SUBDOMAINS", "true")]).await;
    let ana = app.user("ana").await;
    ana.get("/api/v1/user").await.expect(200);
    let answer = app.anonymous().get("/").await.expect(200);
    let cookies: Vec<_> = answer.cookies().iter().map(|cookie| without_value(cookie)).collect();
    insta::assert_snapshot!(cookies.join("\n"), @"
    __Host-sixpin_session=…; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7776000
    XSRF-TOKEN=…; SameSite=Lax; Secure; Path=/; Max-Age=7776000
    ");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
    // A neighbour in the same domain can plant a cookie without the prefix.
    let planted =
        app.anonymous().with("cookie", format!("sixpin_session={}", ana.cookie("__Host-sixpin_session").unwrap()));
    planted.get("/oauth/personal-access-tokens").await.expect(401);
}
