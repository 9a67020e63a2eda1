//! The answers to a browser whose request is refused by the rules of the auth proxy: a page, or JSON for the script of
//! the app, which explains it.

use axum::Json;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use crate::error::ProxyRefusal;
use crate::messages::{Locale, Message};

/// Returns the answer for a script, with the reason. The status is always 403: browsers keep a 407 from scripts.
pub fn render_json(refusal: &ProxyRefusal) -> Response {
    let body = json!({ "message": refusal.message(), "reason": refusal.code() });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// Returns the page. The status is always 403: browsers take a 407 for an error of their own proxy.
pub fn render_page(refusal: &ProxyRefusal, locale: Locale) -> Response {
    (StatusCode::FORBIDDEN, page(Message::ProxyPageText, refusal.code(), locale)).into_response()
}

/// Returns the page for a request to a host that isn't this instance's.
pub fn render_other_host(locale: Locale) -> Response {
    (StatusCode::MISDIRECTED_REQUEST, page(Message::OtherHost, "other_host", locale)).into_response()
}

fn page(text: Message, reason: &str, locale: Locale) -> Html<String> {
    let (title, text) = (Message::ProxyPageTitle.text(locale), text.text(locale));
    let language = locale.tag();
    Html(format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <h1>{title}</h1><p>{text}</p><p><code>{reason}</code></p></html>\n"
    ))
}
