//! Whether a request comes from a browser that navigates, or from a script of a page, and of which one.

use http::{HeaderMap, HeaderName, header};

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whether a browser wants a page to show, rather than a program data to read. Goes by `Sec-Fetch-Mode`, else by the
/// accepted type and the path.
///
/// compat 1.1: the API answers JSON regardless of `Accept`.
pub fn is_navigation(path: &str, headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get(FETCH_MODE) {
        return mode == "navigate";
    }
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html") && !path.starts_with("/api/")
}

/// Whether a request comes from an import page.
///
/// compat 1.6: 2FAuth recognises its import page by the end of the referrer.
pub fn is_import_page(headers: &HeaderMap) -> bool {
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    referrer.is_some_and(|referrer| referrer.ends_with("account/import"))
}

/// With which the web app marks its own requests: browsers send no `Sec-Fetch-Mode` to most `http://` addresses.
const OWN_PAGE: HeaderName = HeaderName::from_static("x-sixpin-page");

/// Whether a browser sent the request; if it is no navigation, a script of a page did.
pub fn is_script(headers: &HeaderMap) -> bool {
    headers.contains_key(FETCH_MODE) || headers.contains_key(OWN_PAGE)
}
