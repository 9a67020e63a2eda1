//! Queries and bodies of every kind, read as requests are.

#![no_main]

use axum::body::Body;
use http::Request;
use libfuzzer_sys::fuzz_target;
use sixpin::input::{Input, Limits};

const KINDS: [&str; 4] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=\"a b\"; charset=x",
];

fuzz_target!(|data: (u8, String, Vec<u8>)| {
    let (kind, query, body) = data;
    let kind = KINDS[usize::from(kind) % KINDS.len()];
    let uri = format!("/?{query}");
    let Ok(request) = Request::post(uri).header("content-type", kind).body(Body::from(body)) else { return };
    let (parts, body) = request.into_parts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _ = runtime.block_on(Input::read(&parts, body, Limits::default()));
});
