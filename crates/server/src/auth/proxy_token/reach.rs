//! What a token opens behind an auth proxy: codes and accounts without their secrets, and if it may write, changes to
//! accounts, groups and icons. Nothing else: what isn't listed is closed.

use axum::extract::MatchedPath;
use http::Method;
use http::request::Parts;

/// What every token opens.
const READING: [&str; 13] = [
    "GET /user",
    "GET /user/preferences",
    "GET /user/preferences/{name}",
    "GET /twofaccounts",
    "GET /twofaccounts/count",
    "GET /twofaccounts/{id}",
    "GET /twofaccounts/{id}/otp",
    "POST /twofaccounts/otp",
    "GET /groups",
    "GET /groups/{id}",
    "GET /groups/{id}/twofaccounts",
    "GET /features",
    "GET /features/{name}",
];
/// What a token opens besides that may write.
const WRITING: [&str; 20] = [
    "POST /twofaccounts",
    "PUT /twofaccounts/{id}",
    "PATCH /twofaccounts/{id}",
    "DELETE /twofaccounts/{id}",
    "DELETE /twofaccounts",
    "PATCH /twofaccounts/withdraw",
    "POST /twofaccounts/reorder",
    "POST /twofaccounts/migration",
    "POST /twofaccounts/preview",
    "POST /groups",
    "PUT /groups/{id}",
    "PATCH /groups/{id}",
    "DELETE /groups/{id}",
    "POST /groups/reorder",
    "POST /groups/{id}/assign",
    "POST /qrcode/decode",
    "GET /icons/packs",
    "POST /icons",
    "POST /icons/default",
    "DELETE /icons/{name}",
];

/// Whether a token opens what a request asks for.
pub(super) fn opens(parts: &Parts, may_write: bool) -> bool {
    let matched = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(path) = matched.strip_prefix("/api/v1") else { return false };
    let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
    let is_among = |operations: &[&str]| {
        operations.iter().any(|operation| operation.split_once(' ') == Some((method.as_str(), path)))
    };
    is_among(&READING) || may_write && is_among(&WRITING)
}
