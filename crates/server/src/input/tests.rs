use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use http::header::CONTENT_TYPE;
use proptest::prelude::*;
use serde_json::json;
use vault::UserId;

use super::*;
use crate::budget::Budget;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=B";

fn request(method: &str, uri: &str, kind: &str, body: impl Into<Body>) -> Request {
    Request::builder().method(method).uri(uri).header(CONTENT_TYPE, kind).body(body.into()).unwrap()
}

/// A known user, who doesn't wait for memory.
fn sender(user: i64, memory: &Budget<UserId>) -> Sender {
    Sender { user: UserId(user), memory: memory.clone(), wait: Duration::ZERO }
}

/// Reads a request of a known user.
fn read(request: Request, limits: Limits) -> Result<Input, Unreadable> {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(sender(1, &Budget::new(16 << 20, 16 << 20)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(Input::read(&parts, body, limits))
}

#[track_caller]
fn check(method: &str, uri: &str, kind: &str, body: &'static str, expected: &Value) -> Input {
    let input = read(request(method, uri, kind, body), Limits::default()).unwrap();
    assert_eq!(Value::Object(input.fields.clone()), *expected);
    input
}

#[test]
fn the_same_fields_however_they_are_sent() {
    let expected = json!({"name": "x", "ids": ["1", "2"]});
    check("POST", "/", JSON, r#"{"name": " x ", "ids": ["1", "2"]}"#, &expected);
    check("PUT", "/", "Application/JSON; charset=utf-8", r#"{"name": "x", "ids": ["1", "2"]}"#, &expected);
    check("POST", "/", "application/vnd.api+json", r#"{"name": "x", "ids": ["1", "2"]}"#, &expected);
    check("PATCH", "/", FORM, "name=+x&ids[]=1&ids[]=2", &expected);
    check("DELETE", "/?name=x&ids[]=1&ids[]=2", "text/plain", "", &expected);
    let parts = concat!(
        "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"ids[]\"\r\n\r\n1\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"ids[]\"\r\n\r\n2\r\n--B--\r\n",
    );
    check("POST", "/", MULTIPART, parts, &expected);
}

#[test]
fn the_body_wins_over_the_query() {
    check("POST", "/?a=1&b=2&ids[]=1", JSON, r#"{"a": null, "ids": [7]}"#, &json!({"a": null, "b": "2", "ids": [7]}));
}

#[test]
fn a_get_reads_json_only() {
    check("GET", "/?ids=1,2", JSON, r#"{"withSecret": true}"#, &json!({"ids": "1,2", "withSecret": true}));
    check("GET", "/?ids=1,2", FORM, "withSecret=1", &json!({"ids": "1,2"}));
}

// compat: a body that can't be read as what it is said to be counts as empty.
#[test]
fn a_body_of_another_kind_is_no_input() {
    for body in ["{", "5", "[1]", "null", "", "\"x\"", "{\"a\":\"\\ud800\"}", "\u{feff}{}"] {
        check("POST", "/", JSON, body, &json!({}));
    }
    check("POST", "/", "text/plain", "name=x", &json!({}));
    for body in ["", "--X", "--B", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx"] {
        check("POST", "/", MULTIPART, body, &json!({}));
        check("POST", "/?b=1", "multipart/form-data", body, &json!({"b": "1"}));
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(request("POST", "/", JSON, deep), Limits::default()).unwrap().len(), 0);
}

#[test]
fn files() {
    let body = concat!(
        "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../a.txt\"\r\n\r\n \x01\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"empty\"; filename=\"e.txt\"\r\n\r\n\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ny\r\n--B--\r\n",
    );
    let input = check("POST", "/?withSecret=1", MULTIPART, body, &json!({"withSecret": "1", "text": "y"}));
    assert_eq!(&*input.file("file").unwrap().bytes, b" \x01");
    assert_eq!(input.file("file").unwrap().file_name, "../a.txt");
    assert!(input.has("empty") && input.file("empty").unwrap().bytes.is_empty());
    assert!(!input.has("none"));
    assert_eq!(input.value("file"), None);
}

#[test]
fn limits() {
    let limits = Limits { body: 10, upload: 200, fields: 2, values: 4 };
    let refusal = |kind: &str, body: &'static str| read(request("POST", "/", kind, body), limits).unwrap_err();
    assert_eq!(refusal(JSON, r#"{"a":"1234"}"#), Unreadable::TooLarge);
    assert_eq!(refusal(FORM, "a=123456789"), Unreadable::TooLarge);
    assert_eq!(refusal(FORM, "a&b&c"), Unreadable::TooManyFields);
    assert_eq!(refusal(FORM, "a[b][c][d]"), Unreadable::TooManyFields);
    assert_eq!(refusal(JSON, "[[[[[]]]]]"), Unreadable::TooManyFields);
    assert_eq!(refusal(JSON, "[1,2,,,,]"), Unreadable::TooManyFields);
    let three = "--B\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\nx\r\n".repeat(3);
    let many = request("POST", "/", MULTIPART, format!("{three}--B--\r\n"));
    assert_eq!(read(many, Limits { upload: 1_000, ..limits }).unwrap_err(), Unreadable::TooManyFields);
    let large = request("POST", "/", MULTIPART, "-".repeat(201));
    assert_eq!(read(large, limits).unwrap_err(), Unreadable::TooLarge);
    let query = request("GET", "/?a&b&c", JSON, "");
    assert_eq!(read(query, limits).unwrap_err(), Unreadable::TooManyFields);
}

#[test]
fn what_is_in_strings_are_no_values() {
    let limits = Limits { values: 3, ..Limits::default() };
    let text = r#"{"payload": "[1,2,{3,\\\",4"}"#;
    assert!(read(request("POST", "/", JSON, text), limits).unwrap().has("payload"));
    let many = format!("[{}0]", "0,".repeat(60_000));
    assert_eq!(read(request("POST", "/", JSON, many), Limits::default()).unwrap_err(), Unreadable::TooManyFields);
}

#[test]
fn strangers_send_little() {
    let length = |length: usize| Body::from(format!("{{\"a\":\"{}\"}}", "x".repeat(length)));
    let ask = |length_: usize, kind: &str| {
        let (parts, body) = request("POST", "/", kind, length(length_)).into_parts();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(Input::read(&parts, body, Limits::FILES)).map(|input| input.len())
    };
    assert_eq!(ask(60_000, JSON), Ok(1));
    for kind in [JSON, FORM, MULTIPART] {
        assert_eq!(ask(70_000, kind), Err(Unreadable::TooLarge), "{kind}");
    }
}

#[tokio::test]
async fn large_bodies_share_their_memory() {
    let memory = Budget::new(200_000, 100_000);
    let send = async |user: i64, length: usize| {
        let (mut parts, body) = request("POST", "/", FORM, "x".repeat(length)).into_parts();
        parts.extensions.insert(sender(user, &memory));
        Input::read(&parts, body, Limits::default()).await
    };
    let first = send(1, 90_000).await.unwrap();
    assert_eq!(send(1, 80_000).await.unwrap_err(), Unreadable::NoRoom, "a user's share is taken");
    assert!(send(1, 60_000).await.is_ok(), "small ones need none");
    let _second = send(2, 90_000).await.unwrap();
    assert_eq!(send(3, 90_000).await.unwrap_err(), Unreadable::NoRoom, "all of it is taken");
    drop(first);
    assert!(send(3, 90_000).await.is_ok(), "it is given back with the request");
}

#[test]
fn a_body_that_breaks_off() {
    struct Broken;

    impl hyper::body::Body for Broken {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, std::io::Error>>> {
            Poll::Ready(Some(Err(std::io::Error::other("connection reset"))))
        }
    }

    let broken = request("POST", "/", JSON, Body::new(Broken));
    assert_eq!(read(broken, Limits::default()).unwrap_err(), Unreadable::Interrupted);
    let limited_before = Body::new(http_body_util::Limited::new(Body::from("{\"a\": 1}"), 2));
    let refusal = read(request("POST", "/", JSON, limited_before), Limits::default()).unwrap_err();
    assert_eq!(refusal, Unreadable::TooLarge);
}

#[test]
fn fields_are_read_as_php_reads_them() {
    let Value::Object(fields) = json!({
        "n": 5, "yes": "on", "no": "off", "null": null, "response": {"id": "abc", "list": [{"x": 1}]},
    }) else {
        unreachable!()
    };
    let mut input = Input::from(fields);
    assert_eq!(&*input.printed("n"), "5");
    assert!(input.truthy("yes") && !input.truthy("no") && !input.truthy("absent"));
    assert_eq!((input.flag("no"), input.flag("null"), input.flag("absent")), (Some(true), None, None));
    assert_eq!(input.text("response.id"), Some("abc"));
    assert_eq!(input.value("response.list.0.x"), Some(&json!(1)));
    assert_eq!(input.value("response.list.x"), None);
    assert!(input.has("null") && !input.has("response.absent"));
    input.set("user_ids", json!([1]));
    assert_eq!(input.value("user_ids.0"), Some(&json!(1)));
}

#[test]
fn values_stay_out_of_logs() {
    let input = check("POST", "/", JSON, r#"{"password": "hunter2"}"#, &json!({"password": "hunter2"}));
    assert_eq!(format!("{input:?}"), r#"Input { fields: ["password"], files: [], .. }"#);
}

proptest! {
    #[test]
    fn no_body_upsets_the_reader(
        kind in prop::sample::select(vec![JSON, FORM, MULTIPART, "multipart/form-data; boundary=", "text/plain", "+json"]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        query in "[a-c\\[\\]=&%.0-9]{0,30}",
    ) {
        let _ = read(request("POST", &format!("/?{query}"), kind, bytes), Limits::default());
    }

    #[test]
    fn no_form_upsets_the_reader(form in "[a-c\\[\\]=&%+. 0-9é]{0,120}") {
        prop_assert!(read(request("POST", "/", FORM, form), Limits::default()).is_ok());
    }

    #[test]
    fn no_json_upsets_the_reader(json in "[\\[\\]{}:,\"a-c0-9.eE \\\\u-]{0,60}") {
        prop_assert!(read(request("POST", "/", JSON, json), Limits::default()).is_ok());
    }

    #[test]
    fn no_multipart_upsets_the_reader(
        body in "(--B|\r\n|\r\n\r\n|Content-Disposition: form-data; name=\"a\"|; filename=\"b\"|--|x|\"){0,20}",
    ) {
        let _ = read(request("POST", "/", MULTIPART, body), Limits::default());
    }
}
