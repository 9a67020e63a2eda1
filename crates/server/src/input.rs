//! What a request asks for: the fields of its body and its query as one JSON object, and its files.
//!
//! However it was sent, a handler sees the same: `{"ids": ["1", "2"]}` may have come as JSON or as `ids[]=1&ids[]=2` in
//! a form or the query. Values keep the type they came with, so `"1"`, `1` and `true` all occur; the accessors read
//! them as PHP would.

mod body;
mod form;
mod invalid;
mod limits;
mod multipart;
mod normal;
mod rules;
mod scalar;
mod upload;
mod validation;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use http::Method;
use http::request::Parts;
use serde_json::{Map, Value};

use crate::budget::Held;
use limits::Terms;

pub use invalid::Invalid;
pub use limits::{Limits, Sender, Unreadable};
pub use rules::{has_no_colon, is_account_uri, is_base32, is_group_name, is_id_list, is_otpauth_uri};
pub use upload::{Kind, Upload};
pub use validation::{Checked, Field, Items, Noted, Validation};

/// The fields and files of a request.
///
/// A path with dots leads into nested fields: `response.id` is `id` of the object `response`, `ids.0` the first of
/// `ids`.
#[derive(Clone, Default)]
pub struct Input {
    fields: Map<String, Value>,
    files: Vec<Upload>,
    /// The memory that the body takes, until the request is answered.
    _memory: Option<Arc<Held>>,
}

impl Input {
    /// Reads the query and the body: JSON, a form, or multipart; on a name clash the body wins. Strings are trimmed,
    /// except those of passwords, and an empty one becomes null.
    ///
    /// compat: a body that isn't valid JSON, isn't multipart although it says so, or is of another type, counts as
    /// empty: the validation then names the fields that are missing. On GET and HEAD only a JSON body is read. Compat 1.1.
    ///
    /// # Errors
    /// A body that breaks the limits, stops short, or finds no memory in time.
    pub async fn read(parts: &Parts, body: Body, limits: Limits) -> Result<Self, Unreadable> {
        let terms = Terms::new(limits, parts.extensions.get().cloned());
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let mut fields = form::parse(query, terms.limits.fields)?;
        normal::normalise(&mut fields);
        let only_json = matches!(parts.method, Method::GET | Method::HEAD);
        let mut sent = body::read(&parts.headers, only_json, body, &terms).await?;
        normal::normalise(&mut sent.fields);
        fields.extend(sent.fields);
        Ok(Self { fields, files: sent.files, _memory: sent.memory.map(Arc::new) })
    }

    /// Whether the field was sent, be it as null, or as a file.
    pub fn has(&self, path: &str) -> bool {
        self.value(path).is_some() || self.file(path).is_some()
    }

    /// Returns the number of fields, without files and elements of lists and objects.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether no field was sent.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field as it was sent; `None` if it wasn't, `Some(Null)` if it was sent empty.
    pub fn value(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.fields.get(names.next()?)?;
        names.try_fold(first, |value, name| match value {
            Value::Object(fields) => fields.get(name),
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// A string.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.value(path)?.as_str()
    }

    /// A string, or a number as text; empty for anything else. For fields whose rules let numbers through.
    pub fn printed(&self, path: &str) -> Cow<'_, str> {
        self.value(path).and_then(scalar::text).unwrap_or_default()
    }

    /// Whether a field is true as PHP's `(bool)` has it: all but `false`, `0`, `"0"` and an empty list; `None` for
    /// null or absent.
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.value(path).filter(|value| !value.is_null()).map(scalar::is_true)
    }

    /// Whether a field is one of PHP's words for true (`FILTER_VALIDATE_BOOLEAN`): `1`, `true`, `on` or `yes`, in any
    /// case. An absent field is not.
    pub fn truthy(&self, path: &str) -> bool {
        self.value(path).is_some_and(scalar::is_word_for_true)
    }

    /// The file sent as this field.
    fn file(&self, name: &str) -> Option<&Upload> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Returns all files sent as this field, which may be repeated.
    pub fn uploads(&self, name: &str) -> impl Iterator<Item = &Upload> {
        self.files.iter().filter(move |file| file.name == name)
    }

    /// Puts a value in the place of a field.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Makes text of a number or a truth value before the field is validated.
    ///
    /// compat: as PHP does: true is `1`, false is empty.
    pub fn stringify(&mut self, name: &str) {
        let text = match self.fields.get(name) {
            Some(Value::Bool(value)) => if *value { "1" } else { "" }.to_owned(),
            Some(number @ Value::Number(_)) => scalar::text(number).unwrap_or_default().into_owned(),
            _ => return,
        };
        self.set(name, text);
    }

    /// Lower-cases a field before it is validated.
    ///
    /// compat: as a side effect the field is there from now on: absent or null becomes empty text, which passes the
    /// rules of an optional field, and fails `required` but not `present`. A number or a truth value becomes text.
    pub fn lowercase(&mut self, name: &str) {
        let lowered = match self.fields.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => String::new(),
            Some(Value::Bool(true)) => "1".to_owned(),
            Some(Value::Array(_) | Value::Object(_)) => return,
            Some(value) => scalar::text(value).unwrap_or_default().to_lowercase(),
        };
        self.set(name, lowered);
    }
}

/// Names only: values may be secret.
impl fmt::Debug for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.fields.keys().collect();
        out.debug_struct("Input").field("fields", &names).field("files", &self.files).finish_non_exhaustive()
    }
}

impl From<Map<String, Value>> for Input {
    fn from(mut fields: Map<String, Value>) -> Self {
        normal::normalise(&mut fields);
        Self { fields, ..Self::default() }
    }
}

/// With the [`Limits`] among the request's extensions, if there are any, and if its sender is known: a [`Sender`] is
/// there as well. Strangers have [`Limits::SMALL`].
impl<S: Sync> FromRequest<S> for Input {
    type Rejection = Unreadable;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let limits = parts.extensions.get().copied().unwrap_or_default();
        Self::read(&parts, body, limits).await
    }
}

#[cfg(test)]
mod tests;
