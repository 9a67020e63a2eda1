//! What somebody was answered.

use std::fmt;

use axum::response::Response;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use serde_json::Value;

/// JSON up to this length stands on one line of a snapshot.
const LINE: usize = 110;

/// An answer with its whole body. As text, for snapshots: the status and the body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The answer itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON; null for an empty one.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// A field of the JSON body.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Value {
        self.json().get(name).cloned().unwrap_or_else(|| panic!("no {name}: {self}"))
    }

    /// The `id` of the JSON body.
    #[track_caller]
    pub(crate) fn id(&self) -> i64 {
        self.field("id").as_i64().unwrap()
    }

    /// A header's only value, or all of them with `, ` in between; empty when there is none.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        let values: Vec<_> = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }

    /// The `Set-Cookie` values.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Status and headers as text, a line each, by name; without what depends on the body's length.
    pub(crate) fn head(&self) -> String {
        let mut lines: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "content-length")
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        lines.insert(0, self.status.to_string());
        lines.join("\n")
    }
}

/// JSON on one line if it is short, else each field or item on a line of its own.
fn laid_out(json: &Value) -> String {
    let lines: Vec<String> = match json {
        _ if json.to_string().len() <= LINE => return json.to_string(),
        Value::Object(fields) => fields.iter().map(|(name, value)| format!("  {name:?}: {value}")).collect(),
        Value::Array(items) => items.iter().map(|item| format!("  {item}")).collect(),
        _ => return json.to_string(),
    };
    let (open, close) = if json.is_array() { ('[', ']') } else { ('{', '}') };
    format!("{open}\n{}\n{close}", lines.join(",\n"))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if self.body.is_empty() {
            return Ok(());
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => write!(f, " {}", laid_out(&json)),
            Err(_) => write!(f, " {}", String::from_utf8_lossy(&self.body)),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}\n{}", self.head())
    }
}
