//! Users' preferences.

use serde_json::{Map, Value};

/// A user's own preferences by name, of any JSON type. A missing name means the instance's default.
///
/// 2FAuth checks no types here, so neither the type nor the name of a stored value is reliable: the accessors return
/// `None` for a value of another type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preferences(pub Map<String, Value>);

impl Preferences {
    /// Returns a stored value of any type.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns a stored value as an integer; a numeric text counts as one.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns a stored value as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Returns a stored value as a boolean; `0`, `"0"`, `"false"`, `""` and `null` are false.
    pub fn flag(&self, name: &str) -> Option<bool> {
        Some(match self.0.get(name)? {
            Value::Bool(flag) => *flag,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !matches!(text.as_str(), "" | "0" | "false"),
            Value::Null => false,
            Value::Array(_) | Value::Object(_) => true,
        })
    }

    /// Sets one value.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}
