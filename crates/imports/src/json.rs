//! Values of other applications' JSON, which are there or not, and numbers or texts, as it happens.

use serde_json::Value;

static NULL: Value = Value::Null;

/// The value at a path with dots; null when there is none.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').try_fold(value, |value, name| value.get(name)).unwrap_or(&NULL)
}

/// The text at a path with dots; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// Whether there is something at a path with dots, be it null.
pub(crate) fn has(value: &Value, path: &str) -> bool {
    path.split('.').try_fold(value, |value, name| value.get(name)).is_some()
}

/// The list at a path with dots.
pub(crate) fn list<'a>(value: &'a Value, path: &str) -> Option<&'a [Value]> {
    at(value, path).as_array().map(Vec::as_slice)
}

/// What isn't a whole number from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotWhole;

/// A whole number from 0, be it as text; `None` for null, nothing, and texts that mean nothing.
pub(crate) fn whole(value: &Value) -> Result<Option<u64>, NotWhole> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => match text.trim() {
            "" | "null" => Ok(None),
            text => text.parse().map(Some).map_err(|_| NotWhole),
        },
        value => value.as_u64().map(Some).ok_or(NotWhole),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_may_be_texts_and_may_be_missing() {
        for (value, expected) in [
            (json!(30), Ok(Some(30))),
            (json!("30"), Ok(Some(30))),
            (json!(null), Ok(None)),
            (json!(""), Ok(None)),
            (json!("null"), Ok(None)),
            (json!(-1), Err(NotWhole)),
            (json!(1.5), Err(NotWhole)),
            (json!("x"), Err(NotWhole)),
            (json!([]), Err(NotWhole)),
            (json!(true), Err(NotWhole)),
        ] {
            assert_eq!(whole(&value), expected, "{value}");
        }
    }

    #[test]
    fn paths_lead_inside() {
        let value = json!({ "a": { "b": null, "c": "x" } });
        assert!(has(&value, "a.b") && !has(&value, "a.d") && !has(&value, "a.b.c"));
        assert_eq!((text(&value, "a.c"), text(&value, "a.b"), at(&value, "x.y")), ("x", "", &NULL));
    }
}
