//! What a browser gets whose person isn't let in by the auth proxy: a page, or something for the app's script to
//! explain.

use axum::Json;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use crate::error::ProxyRefusal;
use crate::messages::{Locale, Message};

/// The answer for a script, always with its reason. Always 403 as well: a browser keeps a 407 to itself.
pub fn told(refusal: &ProxyRefusal) -> Response {
    let body = json!({ "message": refusal.message(), "reason": refusal.code() });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

/// The page. Always 403: browsers take a 407 for an error of a proxy of their own.
pub fn page(refusal: &ProxyRefusal, locale: Locale) -> Response {
    let (title, text) = (Message::ProxyPageTitle.text(locale), Message::ProxyPageText.text(locale));
    let (language, reason) = (locale.tag(), refusal.code());
    let html = format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <h1>{title}</h1><p>{text}</p><p><code>{reason}</code></p></html>\n"
    );
    (StatusCode::FORBIDDEN, Html(html)).into_response()
}
