//! The language of an answer, and the text of errors in it.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use super::refusal::{render_json, render_other_host, render_page};
use crate::app::App;
use crate::error::{Asked, Error, Failure};
use crate::messages::Locale;
use crate::visitor::browser::{is_navigation, is_script};
use crate::visitor::language::Language;

/// Chooses the language before a request is handled, and writes the error, if there is one, in the language that is
/// current afterwards: the caller may prefer another.
pub async fn localize(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = Locale::choose(accepted, None, &app.config.app.locale);
    let language = Language::new(locale, accepted.is_some());
    request.extensions_mut().insert(language.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let is_navigation = is_navigation(&path, request.headers());
    let is_script = is_script(request.headers());
    let response = next.run(request).await;
    let Some(failure) = response.extensions().get::<Failure>().cloned() else { return response };
    match &*failure.0 {
        Error::Proxy(refusal) if is_navigation => replace_body(response, render_page(refusal, language.locale())),
        Error::Proxy(refusal) if is_script => replace_body(response, render_json(refusal)),
        Error::Misdirected if is_navigation => replace_body(response, render_other_host(language.locale())),
        error => write_error(error, &language, method.as_str(), &path, response),
    }
}

fn write_error(error: &Error, language: &Language, method: &str, path: &str, mut response: Response) -> Response {
    // RFC 9110 section 15.5.6: a 405 says what is allowed. The page is at every address.
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !response.headers().contains_key(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
    }
    let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = Asked { locale: language.locale(), by_browser: language.is_asked_for(), method, path, allowed };
    let Some(body) = error.body(&asked) else { return response };
    let mut json = Json(body).into_response();
    *json.status_mut() = response.status();
    replace_body(response, json)
}

/// Returns `new` with the other headers of `old`.
fn replace_body(old: Response, new: Response) -> Response {
    let (mut parts, _) = old.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(new.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    parts.status = new.status();
    Response::from_parts(parts, new.into_body())
}
