//! The app's files, and what needs neither cookies nor sign-in.

use http::Method;

use crate::harness::TestApp;

#[tokio::test]
async fn health_makes_no_session() {
    let app = TestApp::start().await;
    let answer = app.anonymous().get("/up").await;
    insta::assert_snapshot!(answer, @"200 <!doctype html><title>Sixpin</title><p>Sixpin is up.</p>");
    assert!(answer.cookies().is_empty());
}

#[tokio::test]
async fn the_manifest_names_no_host() {
    let app = TestApp::with(&[("APP_NAME", "Codes"), ("APP_URL", "https://example.org/2fa")]).await;
    insta::assert_snapshot!(app.anonymous().get("/manifest.json").await, @r##"
    200 {
      "id": "./",
      "short_name": "Codes",
      "name": "Codes",
      "start_url": "./",
      "scope": "./",
      "display": "standalone",
      "theme_color": "#131917",
      "background_color": "#131917",
      "icons": [{"src":"favicon_lg.png","type":"image/png","sizes":"180x180"},{"src":"icon-512.png","type":"image/png","sizes":"512x512"},{"src":"favicon.svg","type":"image/svg+xml","sizes":"any"}],
      "shortcuts": [{"name":"New 2FA","url":"./add"}]
    }
    "##);
}

#[tokio::test]
async fn the_api_is_described_at_an_address_of_its_own() {
    let app = TestApp::start().await;
    let answer = app.anonymous().get("/openapi.yaml").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/yaml");
    assert_eq!(answer.text(), include_str!("../../../../../contract/openapi.yaml"));
    assert!(answer.cookies().is_empty());
}

#[tokio::test]
async fn a_missing_asset_is_a_404_never_the_page() {
    let app = TestApp::start().await;
    for path in ["/assets/gone-12345.js", "/assets/../index.html", "/assets/%2e%2e/index.html"] {
        let answer = app.anonymous().get(path).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer, @r#"404 {"message":"not found"}"#);
        }
    }
}

#[tokio::test]
async fn assets_last_and_the_page_doesnt() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/").await.expect(200);
    let (_, rest) = page.text().split_once("assets/").unwrap();
    let path = format!("/assets/{}", rest.split_once('"').unwrap().0);
    let asset = app.anonymous().get(&path).await.expect(200);
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(asset.cookies().is_empty());
    let again = app.anonymous().get(&path).header("if-none-match", asset.header("etag")).await.expect(304);
    assert!(again.body.is_empty());
    let packed = app.anonymous().get(&path).header("accept-encoding", "gzip, br").await.expect(200);
    assert_eq!(packed.header("content-encoding"), "br");
    assert!(packed.body.len() < asset.body.len());
    app.anonymous().ask(Method::POST, &path).await.expect(405);
    assert_eq!(app.anonymous().get("/favicon.svg").await.header("cache-control"), "public, no-cache");
}
