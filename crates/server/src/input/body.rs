//! Reading a body: bounded, and by its content type.

use axum::body::{Body, Bytes, HttpBody as _};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::form::{self, Form};
use super::limits::{Limits, Terms, Unreadable};
use super::multipart::{self, Part};
use super::upload::Upload;
use crate::budget::Held;

/// The fields and files of a body.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) fields: Map<String, Value>,
    pub(super) files: Vec<Upload>,
    /// The memory of the body: files are parts of it.
    pub(super) memory: Option<Held>,
}

pub(super) async fn read(headers: &HeaderMap, only_json: bool, body: Body, terms: &Terms) -> Result<Sent, Unreadable> {
    let Some(declared) = headers.get(CONTENT_TYPE) else { return Ok(Sent::default()) };
    let declared = String::from_utf8_lossy(declared.as_bytes());
    let kind = declared.to_ascii_lowercase();
    let limits = &terms.limits;
    if kind.contains("/json") || kind.contains("+json") {
        let (body, memory) = collect(body, limits.body, terms).await?;
        Ok(Sent { fields: json(&body, limits)?, files: Vec::new(), memory })
    } else if only_json {
        Ok(Sent::default())
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        let (body, memory) = collect(body, limits.body, terms).await?;
        Ok(Sent { fields: form::parse(&body, limits.fields)?, files: Vec::new(), memory })
    } else if kind.starts_with("multipart/form-data") {
        let (body, memory) = collect(body, limits.upload, terms).await?;
        // compat 1.1: without a boundary, or with a body that isn't multipart, there is no input.
        let parts =
            multipart::boundary(&declared).and_then(|boundary| multipart::parse(&body, &boundary, limits.fields));
        let (fields, files) = take_apart(parts.unwrap_or_default(), limits.fields)?;
        Ok(Sent { fields, files, memory })
    } else {
        Ok(Sent::default())
    }
}

/// Maximum depth of a JSON text that `serde_json` reads.
const MAX_DEPTH: usize = 128;

/// The fields of a JSON object; none for anything else, nor for one that is nested too deep.
fn json(body: &[u8], limits: &Limits) -> Result<Map<String, Value>, Unreadable> {
    let (values, depth) = measure(body);
    if depth > MAX_DEPTH {
        return Ok(Map::new());
    }
    // Before any is made: a list of a few letters takes some 300 bytes.
    if values > limits.values {
        return Err(Unreadable::TooManyFields);
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Returns the number of values in a JSON text, and its depth.
fn measure(json: &[u8]) -> (usize, usize) {
    let (mut values, mut depth, mut deepest) = (1, 0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b',' if !in_string => values += 1,
            b'[' | b'{' if !in_string => {
                values += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (values, deepest)
}

/// Reads a body into memory, together with the part of the budget that it takes.
async fn collect(body: Body, limit: usize, terms: &Terms) -> Result<(Bytes, Option<Held>), Unreadable> {
    let hint = body.size_hint();
    if hint.lower() > limit as u64 {
        return Err(Unreadable::TooLarge);
    }
    let length = hint.exact().and_then(|length| usize::try_from(length).ok());
    let memory = terms.hold_memory(length.unwrap_or(limit)).await?;
    let mut body = Limited::new(body, limit);
    // One allocation, not a list of frames: each frame of a byte would take some forty.
    let mut bytes = Vec::with_capacity(length.unwrap_or_default());
    while let Some(frame) = body.frame().await {
        match frame.map(hyper::body::Frame::into_data) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            Ok(Err(_trailers)) => {}
            Err(error) if is_over_limit(&*error) => return Err(Unreadable::TooLarge),
            Err(_) => return Err(Unreadable::Interrupted),
        }
    }
    Ok((bytes.into(), memory))
}

/// The limit may be ours, or one that a layer around the handler had put on the body before.
fn is_over_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_over_limit)
}

fn take_apart(parts: Vec<Part>, most: usize) -> Result<(Map<String, Value>, Vec<Upload>), Unreadable> {
    if parts.len() > most {
        return Err(Unreadable::TooManyFields);
    }
    let mut form = Form::new(most);
    let mut files = Vec::new();
    for Part { name, file_name, bytes } in parts {
        match file_name {
            None => form.add(&name, String::from_utf8_lossy(&bytes).into_owned())?,
            // A browser sends this for a file input that was left empty.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(file_name) => files.push(Upload { name, file_name, bytes }),
        }
    }
    Ok((form.finish(), files))
}
