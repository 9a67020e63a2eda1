//! What a user prefers: the values that differ from the instance's defaults.

use serde_json::{Map, Value};

/// A user's own preference values by name, of any JSON type; a missing name means the default.
///
/// 2FAuth checks no types here, so neither the type nor the name of a stored value can be relied on: the accessors
/// answer `None` for a value that isn't what its name promises.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preferences(pub Map<String, Value>);

impl Preferences {
    /// The stored value of `name`, whatever its type.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The stored value of `name` as an integer; numeric text counts.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The stored value of `name` as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The stored value of `name` as a truth value; `0`, `""` and `null` are false.
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
