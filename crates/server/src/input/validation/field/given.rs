//! The content of a field.

use serde_json::Value;

use crate::input::scalar;
use crate::input::upload::Upload;

/// The content of a field.
#[derive(Clone, Copy)]
pub(in crate::input) enum Given<'a> {
    Absent,
    Value(&'a Value),
    File(&'a Upload),
}

impl<'a> Given<'a> {
    /// Returns the value; a file has none.
    pub(super) fn value(self) -> Option<&'a Value> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }

    pub(super) fn text(self) -> Option<&'a str> {
        self.value().and_then(Value::as_str)
    }

    pub(super) fn file(self) -> Option<&'a Upload> {
        if let Self::File(file) = self { Some(file) } else { None }
    }

    /// Whether it is text of white space only, as untrimmed passwords may be, or emptied by
    /// [`Input::lowercase`](crate::input::Input::lowercase).
    pub(super) fn is_blank(self) -> bool {
        self.text().is_some_and(|text| text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\0']).is_empty())
    }

    /// Whether it passes `required`.
    pub(super) fn is_filled(self) -> bool {
        match self {
            Self::Absent | Self::Value(Value::Null) => false,
            Self::Value(Value::Array(items)) => !items.is_empty(),
            Self::Value(Value::Object(fields)) => !fields.is_empty(),
            Self::Value(_) => !self.is_blank(),
            Self::File(_) => true,
        }
    }

    /// Returns what `min`, `max` and `between` measure: a number's value if the field is to be one, else the length of
    /// a text, the number of elements, a file's KiB.
    #[expect(clippy::cast_precision_loss, reason = "sizes are compared to small bounds")]
    pub(super) fn size(self, as_number: bool) -> f64 {
        match self {
            Self::Absent => 0.0,
            Self::File(file) => file.bytes.len() as f64 / 1024.0,
            Self::Value(Value::Array(items)) => items.len() as f64,
            Self::Value(Value::Object(fields)) => fields.len() as f64,
            Self::Value(Value::Bool(value)) => f64::from(u8::from(*value)),
            Self::Value(value) => {
                let number = if as_number { scalar::number(value) } else { None };
                number.unwrap_or_else(|| scalar::text(value).unwrap_or_default().chars().count() as f64)
            }
        }
    }
}
