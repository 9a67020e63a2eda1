//! Reading a body: bounded, and by its content type.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::form::{self, Form};
use super::limits::{Limits, Unreadable};
use super::upload::Upload;

/// The fields and files of a body.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) fields: Map<String, Value>,
    pub(super) files: Vec<Upload>,
}

pub(super) async fn read(
    headers: &HeaderMap,
    only_json: bool,
    body: Body,
    limits: &Limits,
) -> Result<Sent, Unreadable> {
    let Some(declared) = headers.get(CONTENT_TYPE) else { return Ok(Sent::default()) };
    let kind = declared.to_str().unwrap_or_default().to_ascii_lowercase();
    if kind.contains("/json") || kind.contains("+json") {
        Ok(Sent { fields: json(&collect(body, limits.body).await?), files: Vec::new() })
    } else if only_json {
        Ok(Sent::default())
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = form::parse(&collect(body, limits.body).await?, limits.fields)?;
        Ok(Sent { fields, files: Vec::new() })
    } else if kind.starts_with("multipart/form-data") {
        multipart(declared, collect(body, limits.upload).await?, limits.fields).await
    } else {
        Ok(Sent::default())
    }
}

/// The fields of a JSON object; none for anything else, nor for one nested deeper than `serde_json` reads (128).
fn json(body: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Unreadable> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Unreadable::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_over_limit(&*error) => Err(Unreadable::TooLarge),
        Err(_) => Err(Unreadable::Interrupted),
    }
}

/// The limit may be ours, or one that a layer around the handler had put on the body before.
fn is_over_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_over_limit)
}

async fn multipart(kind: &HeaderValue, body: Bytes, most_fields: usize) -> Result<Sent, Unreadable> {
    let mut request = Request::new(Body::from(body));
    request.headers_mut().insert(CONTENT_TYPE, kind.clone());
    // The body is already there, within its limit.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Unreadable::Malformed)?;
    let mut form = Form::new(most_fields);
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| Unreadable::Malformed)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| Unreadable::Malformed)?;
        match file_name {
            None => form.add(&name, String::from_utf8_lossy(&bytes).into_owned())?,
            // A browser sends this for a file input that was left empty.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(_) if files.len() == most_fields => return Err(Unreadable::TooManyFields),
            Some(file_name) => files.push(Upload { name, file_name, bytes }),
        }
    }
    Ok(Sent { fields: form.finish(), files })
}
