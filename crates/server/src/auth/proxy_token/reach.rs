//! The operations that a token allows behind an auth proxy: codes, accounts without their secrets, and with the right
//! to write, changes to accounts, groups and icons. Any operation that isn't listed is refused.

use axum::extract::MatchedPath;
use http::Method;
use http::request::Parts;

/// Operations that every token allows.
const READING: [&str; 13] = [
    "GET /api/v1/user",
    "GET /api/v1/user/preferences",
    "GET /api/v1/user/preferences/{name}",
    "GET /api/v1/twofaccounts",
    "GET /api/v1/twofaccounts/count",
    "GET /api/v1/twofaccounts/{id}",
    "GET /api/v1/twofaccounts/{id}/otp",
    "POST /api/v1/twofaccounts/otp",
    "GET /api/v1/groups",
    "GET /api/v1/groups/{id}",
    "GET /api/v1/groups/{id}/twofaccounts",
    "GET /api/v1/features",
    "GET /api/v1/features/{name}",
];
/// Further operations, for tokens that may write.
const WRITING: [&str; 20] = [
    "POST /api/v1/twofaccounts",
    "PUT /api/v1/twofaccounts/{id}",
    "PATCH /api/v1/twofaccounts/{id}",
    "DELETE /api/v1/twofaccounts/{id}",
    "DELETE /api/v1/twofaccounts",
    "PATCH /api/v1/twofaccounts/withdraw",
    "POST /api/v1/twofaccounts/reorder",
    "POST /api/v1/twofaccounts/migration",
    "POST /api/v1/twofaccounts/preview",
    "POST /api/v1/groups",
    "PUT /api/v1/groups/{id}",
    "PATCH /api/v1/groups/{id}",
    "DELETE /api/v1/groups/{id}",
    "POST /api/v1/groups/reorder",
    "POST /api/v1/groups/{id}/assign",
    "POST /api/v1/qrcode/decode",
    "GET /api/v1/icons/packs",
    "POST /api/v1/icons",
    "POST /api/v1/icons/default",
    "DELETE /api/v1/icons/{name}",
];

/// Whether a token opens what a request asks for.
pub(super) fn opens(parts: &Parts, may_write: bool) -> bool {
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
    let is_among = |operations: &[&str]| {
        operations.iter().any(|operation| operation.split_once(' ') == Some((method.as_str(), path)))
    };
    is_among(&READING) || may_write && is_among(&WRITING)
}
