//! What a browser says it wants an answer for.

use http::{HeaderMap, HeaderName, header};

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a browser wants something to show, and not a program something to read: as the browser itself says, else as
/// the request looks.
///
/// compat 1.1: the API answers JSON regardless of `Accept`.
pub fn is_navigation(path: &str, headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get(FETCH_MODE) {
        return mode == "navigate";
    }
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html") && !path.starts_with("/api/")
}

/// Whether a script of a page in a browser wants something to read.
pub fn is_script(headers: &HeaderMap) -> bool {
    headers.contains_key(FETCH_MODE)
}
