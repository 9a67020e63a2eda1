//! The one page of the app.

use http::Method;

use crate::harness::{Answer, TestApp};

/// The page's own root, as the browser resolves its relative addresses.
fn base(page: &Answer) -> &str {
    page.text().split_once("<base href=\"").unwrap().1.split_once('"').unwrap().0
}

/// What the page tells the app before its first request.
fn boot(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("content=\"{").unwrap();
    format!("{{{}", rest.split_once('"').unwrap().0.replace("&quot;", "\""))
}

#[tokio::test]
async fn every_address_that_is_nothing_else_is_the_page() {
    let app = TestApp::start().await;
    for (path, root) in [
        ("/", "./"),
        ("/login", "./"),
        ("/user", "./"),
        ("/user/login", "../"),
        ("/user/password/reset?token=x&email=y", "../../"),
        ("/webauthn/recover", "../"),
        ("/account/12/edit", "../../"),
        ("/error?err=sso_failed", "./"),
        ("/settings/options/", "../../"),
        ("/storage", "./"),
    ] {
        let page = app.anonymous().get(path).await.expect(200);
        assert_eq!(base(&page), root, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_takes_no_other_method() {
    let app = TestApp::start().await;
    let browser = app.anonymous();
    browser.get("/").await;
    insta::assert_snapshot!(browser.ask(Method::POST, "/accounts").await, @r#"405 {"message":"The POST method is not supported for route accounts. Supported methods: GET, HEAD."}"#);
    insta::assert_snapshot!(browser.ask(Method::DELETE, "/user/login").await, @r#"405 {"message":"The DELETE method is not supported for route user/login. Supported methods: POST."}"#);
    assert!(browser.ask(Method::HEAD, "/accounts").await.expect(200).body.is_empty());
}

#[tokio::test]
async fn the_page_is_never_kept_and_runs_nothing_but_its_own() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/").await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    insta::assert_snapshot!(page.header("content-security-policy"), @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'");
    assert!(!page.text().contains("<style") && !page.text().contains("http://") && !page.text().contains("https://"));
    for script in page.text().split("<script").skip(1) {
        assert!(script.split_once('>').unwrap().0.contains(" src=\""), "an inline script: {script}");
    }
}

#[tokio::test]
async fn the_app_learns_what_it_must_know_and_nothing_of_anybody() {
    let app = TestApp::with(&[("APP_NAME", "\"<Codes>&")]).await;
    let told = |page: &Answer| boot(page);
    insta::assert_snapshot!(told(&app.anonymous().get("/").await), @r#"{"appName":"\"&lt;Codes&gt;&amp;","isDemo":false,"needsFirstUser":true,"proxyAuth":false,"proxyTokens":false,"proxyLogoutUrl":null,"disableRegistration":false,"sso":[],"useSsoOnly":false,"now":1700000000}"#);
    let ana = app.user("ana").await;
    let page = ana.get("/").await;
    insta::assert_snapshot!(told(&page), @r#"{"appName":"\"&lt;Codes&gt;&amp;","isDemo":false,"needsFirstUser":false,"proxyAuth":false,"proxyTokens":false,"proxyLogoutUrl":null,"disableRegistration":false,"sso":[],"useSsoOnly":false,"now":1700000000}"#);
    assert!(!page.text().contains("ana@example.org"));
    assert!(!page.text().contains("<Codes>"));
}

#[tokio::test]
async fn behind_an_auth_proxy_it_says_so() {
    let app = TestApp::behind_proxy(&[("PROXY_LOGOUT_URL", "https://example.org/logout")]).await;
    let told = boot(&app.anonymous().get("/").await);
    insta::assert_snapshot!(told, @r#"{"appName":"Sixpin","isDemo":false,"needsFirstUser":false,"proxyAuth":true,"proxyTokens":false,"proxyLogoutUrl":"https://example.org/logout","disableRegistration":false,"sso":[],"useSsoOnly":false,"now":1700000000}"#);
}

#[tokio::test]
async fn a_sub_directory_is_another_name_of_the_root() {
    let app = TestApp::with(&[("APP_URL", "https://example.org/2fa/")]).await;
    let ana = app.user("ana").await;
    assert_eq!(ana.get("/2fa/api/v1/user").await.json(), ana.get("/api/v1/user").await.json());
    assert_eq!(base(&ana.get("/2fa/").await), "./");
    assert_eq!(base(&ana.get("/2fa/accounts").await), "./");
    assert_eq!(base(&ana.get("/accounts").await), "./");
    assert_eq!(base(&ana.get("/2fa/account/1/edit").await), "../../");
    ana.get("/2fa/assets/gone.js").await.expect(404);
    assert_eq!(ana.get("/2fa").await.expect(308).header("location"), "2fa/");
    assert_eq!(base(&ana.get("/2fauth/accounts").await), "../");
}
