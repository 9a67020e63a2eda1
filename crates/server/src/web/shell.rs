//! The one page of the app: every address that isn't something else.

use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::settings::Settings;

/// The policy of the page: its own files only, no inline script or style.
const PAGE_POLICY: header::HeaderValue = header::HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'",
);
/// Placeholder of the page's base URL.
const BASE: &str = "__BASE__";
/// Placeholder of the data that the app needs before its first request.
const BOOT: &str = "__BOOT__";

/// Answers the page, with the base URL for the requested address.
pub async fn page(State(app): State<App>, OriginalUri(uri): OriginalUri) -> Result<Response> {
    let boot = attribute(&boot_data(&app).await?.to_string());
    let html = ui::index().replace(BASE, &base(uri.path())).replace(BOOT, &boot);
    let headers = [
        (header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::CACHE_CONTROL, header::HeaderValue::from_static("no-store")),
    ];
    Ok((headers, html).into_response())
}

/// Returns the data that the app needs before its first request. It contains no user's data and doesn't reveal the
/// version.
async fn boot_data(app: &App) -> Result<Value> {
    let mut read = app.store.read().await?;
    let proxy = app.config.auth_proxy.as_ref();
    let is_proxied = proxy.is_some();
    let needs_first_user = !is_proxied && !app.config.app.is_demo && !read.users_exist().await?;
    let settings = Settings::load(&mut read).await?;
    Ok(json!({
        "appName": app.config.app.name,
        "isDemo": app.config.app.is_demo,
        "needsFirstUser": needs_first_user,
        "proxyAuth": is_proxied,
        "proxyTokens": proxy.is_some_and(|proxy| proxy.tokens.is_some()),
        "proxyLogoutUrl": proxy.and_then(|proxy| proxy.logout_url.as_deref()),
        "disableRegistration": settings.is_on("disableRegistration"),
        "sso": if settings.is_on("enableSso") && !is_proxied { app.sso.names() } else { Vec::new() },
        "useSsoOnly": settings.is_sso_only(),
        "now": app.clock.unix_seconds(),
    }))
}

/// The app's root as seen from a path of it: `./` for `/accounts`, `../../` for `/accounts/12/edit`.
fn base(path: &str) -> String {
    match path.bytes().filter(|byte| *byte == b'/').count() {
        0 | 1 => "./".into(),
        slashes => "../".repeat(slashes - 1),
    }
}

/// Text inside a double-quoted HTML attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_root_is_found_from_any_depth() {
        assert_eq!(super::base("/"), "./");
        assert_eq!(super::base("/accounts"), "./");
        assert_eq!(super::base("/accounts/"), "../");
        assert_eq!(super::base("/accounts/12/edit"), "../../");
    }

    #[test]
    fn an_attribute_holds_any_text() {
        assert_eq!(super::attribute(r#"<a b="c&d">"#), "&lt;a b=&quot;c&amp;d&quot;&gt;");
    }
}
