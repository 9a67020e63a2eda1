//! What a request says about itself in other places than where HTTP has them: the method override, and the CSRF token
//! among a form's fields.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderName, Method, Uri, header};
use serde_json::Value;

use crate::app::App;
use crate::auth::csrf::FormToken;
use crate::error::Error;

/// Bodies up to this many bytes are searched for the special fields; forms that people fill in are far shorter.
const SEARCHED: usize = 256 * 1024;
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The special fields of a request's body.
#[derive(Debug, Default)]
struct BodyFields {
    csrf_token: Option<String>,
    method: Option<String>,
}

/// Applies a method override on POST, by the field `_method` or the header `X-HTTP-Method-Override`, and strips the
/// prefix of a sub-directory; before routes are matched.
pub async fn apply(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, mut body) = request.into_parts();
    if parts.method == Method::POST {
        let mut fields = BodyFields::default();
        if is_searchable(&parts.headers) {
            let Ok(bytes) = to_bytes(body, SEARCHED).await else { return Error::TooLarge.into_response() };
            fields = searched(&parts.headers, &bytes);
            body = Body::from(bytes);
        }
        if let Some(token) = fields.csrf_token {
            parts.extensions.insert(FormToken(token));
        }
        // Behind an auth proxy the credential is ambient: a form of another site must not turn into a DELETE.
        if app.auth_proxy.is_none()
            && let Some(method) = overridden(&parts.headers, fields.method.as_deref())
        {
            parts.method = method;
        }
    }
    if let Some(below) = bare_prefix(&parts.uri, &app.config.app.subdirectory) {
        return Redirect::permanent(&below).into_response();
    }
    if let Some(uri) = without_prefix(&parts.uri, &app.config.app.subdirectory) {
        // Handlers that look at the original address mean the one below the prefix.
        parts.extensions.insert(OriginalUri(uri.clone()));
        parts.uri = uri;
    }
    next.run(Request::from_parts(parts, body)).await
}

fn is_searchable(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    length.is_some_and(|length| length <= SEARCHED)
        && (kind.starts_with("application/x-www-form-urlencoded") || kind.contains("json"))
}

/// The special fields of a body, a form or JSON.
fn searched(headers: &HeaderMap, body: &Bytes) -> BodyFields {
    let is_json =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
    let mut fields = BodyFields::default();
    // Parsing every body twice would be a waste: nearly none has such a field.
    if !contains(body, b"_method") && !contains(body, b"_token") {
        return fields;
    }
    let mut note = |name: &str, value: String| match name {
        "_token" => fields.csrf_token = Some(value),
        "_method" => fields.method = Some(value),
        _ => {}
    };
    if is_json {
        if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
            object.into_iter().for_each(|(name, value)| {
                if let Value::String(value) = value {
                    note(&name, value);
                }
            });
        }
    } else {
        url::form_urlencoded::parse(body).for_each(|(name, value)| note(&name, value.into_owned()));
    }
    fields
}

fn contains(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|window| window == word)
}

fn overridden(headers: &HeaderMap, field: Option<&str>) -> Option<Method> {
    let named = headers.get(METHOD_OVERRIDE).and_then(|value| value.to_str().ok());
    let named = named.or(field)?;
    match named.to_ascii_uppercase().as_str() {
        "PUT" => Some(Method::PUT),
        "PATCH" => Some(Method::PATCH),
        "DELETE" => Some(Method::DELETE),
        _ => None,
    }
}

/// `/a/sub` → `sub/`: where the app begins, as seen from the prefix without a slash at its end, whose page would look
/// for its files beside the prefix.
fn bare_prefix(uri: &Uri, prefix: &str) -> Option<String> {
    let is_bare = !prefix.is_empty() && uri.path().strip_prefix('/') == Some(prefix);
    is_bare.then(|| format!("{}/", prefix.rsplit('/').next().unwrap_or_default()))
}

/// `/sub/x?y` → `/x?y`; `None` when the path doesn't begin with the prefix.
fn without_prefix(uri: &Uri, prefix: &str) -> Option<Uri> {
    if prefix.is_empty() {
        return None;
    }
    let rest = uri.path_and_query()?.as_str().strip_prefix('/')?.strip_prefix(prefix)?;
    rest.starts_with('/').then(|| rest.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_stripped_at_a_boundary_only() {
        let stripped = |path: &str| without_prefix(&path.parse().unwrap(), "2fa").map(|uri| uri.to_string());
        assert_eq!(stripped("/2fa/accounts?x=/2fa"), Some("/accounts?x=/2fa".into()));
        assert_eq!(stripped("/2fa/"), Some("/".into()));
        assert_eq!(stripped("/2fauth/"), None);
        assert_eq!(stripped("/accounts"), None);
        assert_eq!(without_prefix(&"/accounts".parse().unwrap(), ""), None);
    }

    #[test]
    fn fields_are_found_in_forms_and_json() {
        let headers = |kind: &str| HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        let form = searched(&headers("application/x-www-form-urlencoded"), &Bytes::from_static(b"a=1&_token=x%20y"));
        assert_eq!(form.csrf_token.as_deref(), Some("x y"));
        let json = searched(&headers("application/json"), &Bytes::from_static(br#"{"_method":"put","_token":5}"#));
        assert_eq!(json.csrf_token, None);
        assert_eq!(overridden(&HeaderMap::new(), json.method.as_deref()), Some(Method::PUT));
    }
}
