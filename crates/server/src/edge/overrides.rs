//! Parts of a request that stand in unusual places: the method in a header or a field, the CSRF token in a field, and a
//! sub-directory in the path.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderName, Method, Uri, header};
use serde_json::Value;

use crate::app::App;
use crate::auth::csrf::FormToken;
use crate::error::Error;
use crate::input::Limits;

/// Maximum length of a body that is searched for the special fields, in bytes; forms filled in by hand are far shorter.
/// Not more than a stranger may send: nobody is known yet.
const MAX_SEARCHED: usize = Limits::SMALL.body;
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The special fields of a request's body.
#[derive(Debug, Default)]
struct BodyFields {
    csrf_token: Option<String>,
    method: Option<String>,
}

/// Applies a method override on POST, by the field `_method` or the header `X-HTTP-Method-Override`, and strips the
/// prefix of a sub-directory. Must run before routes are matched.
pub async fn apply(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, mut body) = request.into_parts();
    if parts.method == Method::POST {
        let mut fields = BodyFields::default();
        if is_searchable(&parts.headers) {
            let Ok(bytes) = to_bytes(body, MAX_SEARCHED).await else { return Error::TooLarge.into_response() };
            fields = find_fields(&parts.headers, &bytes);
            body = Body::from(bytes);
        }
        if let Some(token) = fields.csrf_token {
            parts.extensions.insert(FormToken(token));
        }
        // Behind an auth proxy the credential is ambient: a form on another site must not become a DELETE.
        if app.auth_proxy.is_none()
            && let Some(method) = override_method(&parts.headers, fields.method.as_deref())
        {
            parts.method = method;
        }
    }
    if let Some(location) = redirect_of_bare_prefix(&parts.uri, &app.config.app.subdirectory) {
        return Redirect::permanent(&location).into_response();
    }
    if let Some(uri) = without_prefix(&parts.uri, &app.config.app.subdirectory) {
        // Handlers that read the original path expect it without the prefix.
        parts.extensions.insert(OriginalUri(uri.clone()));
        parts.uri = uri;
    }
    next.run(Request::from_parts(parts, body)).await
}

fn is_searchable(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    length.is_some_and(|length| length <= MAX_SEARCHED)
        && (kind.starts_with("application/x-www-form-urlencoded") || kind.contains("json"))
}

/// Returns the special fields of a form or a JSON object.
fn find_fields(headers: &HeaderMap, body: &Bytes) -> BodyFields {
    let is_json =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
    let mut fields = BodyFields::default();
    // Hardly any body has such a field, and parsing is what costs.
    if !contains(body, b"_method") && !contains(body, b"_token") {
        return fields;
    }
    let mut set = |name: &str, value: String| match name {
        "_token" => fields.csrf_token = Some(value),
        "_method" => fields.method = Some(value),
        _ => {}
    };
    if is_json {
        if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
            object.into_iter().for_each(|(name, value)| {
                if let Value::String(value) = value {
                    set(&name, value);
                }
            });
        }
    } else {
        url::form_urlencoded::parse(body).for_each(|(name, value)| set(&name, value.into_owned()));
    }
    fields
}

fn contains(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|window| window == word)
}

/// Returns the method that replaces POST, by the header or else by the field.
fn override_method(headers: &HeaderMap, field: Option<&str>) -> Option<Method> {
    let header = headers.get(METHOD_OVERRIDE).and_then(|value| value.to_str().ok());
    match header.or(field)?.to_ascii_uppercase().as_str() {
        "PUT" => Some(Method::PUT),
        "PATCH" => Some(Method::PATCH),
        "DELETE" => Some(Method::DELETE),
        _ => None,
    }
}

/// Returns the target of a redirect from the prefix without a final slash, relative to it: `/a/sub` → `sub/`. Without
/// the redirect the page would load its files from beside the prefix.
fn redirect_of_bare_prefix(uri: &Uri, prefix: &str) -> Option<String> {
    let is_bare = !prefix.is_empty() && uri.path().strip_prefix('/') == Some(prefix);
    is_bare.then(|| format!("{}/", prefix.rsplit('/').next().unwrap_or_default()))
}

/// Returns the URI without the prefix: `/sub/x?y` → `/x?y`; `None` if the path doesn't begin with the prefix.
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
        let form = find_fields(&headers("application/x-www-form-urlencoded"), &Bytes::from_static(b"a=1&_token=x%20y"));
        assert_eq!(form.csrf_token.as_deref(), Some("x y"));
        let json = find_fields(&headers("application/json"), &Bytes::from_static(br#"{"_method":"put","_token":5}"#));
        assert_eq!(json.csrf_token, None);
        assert_eq!(override_method(&HeaderMap::new(), json.method.as_deref()), Some(Method::PUT));
    }
}
