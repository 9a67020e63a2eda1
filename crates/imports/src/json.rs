//! Values of other apps' JSON, where keys may be missing and numbers may be written as text.

use serde_json::Value;

/// What stands for a missing value.
pub(crate) static NULL: Value = Value::Null;

/// Returns the value at a path with dots; null if there is none.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').try_fold(value, |value, name| value.get(name)).unwrap_or(&NULL)
}

/// Returns the text at a path with dots; empty if there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// Whether there is a value, null included, at a path with dots.
pub(crate) fn has(value: &Value, path: &str) -> bool {
    path.split('.').try_fold(value, |value, name| value.get(name)).is_some()
}

/// Returns the elements of a list at the root.
pub(crate) fn root_list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether there is a list at the root with an element that has all of these keys: others may be damaged.
pub(crate) fn is_list_with(value: &Value, keys: &[&str]) -> bool {
    root_list(value).iter().any(|element| keys.iter().all(|key| has(element, key)))
}

/// Returns the bytes of a list of numbers, which Java writes with a sign.
pub(crate) fn signed_bytes(value: &Value) -> Option<Vec<u8>> {
    let bytes = value.as_array()?.iter().map(|byte| match byte.as_i64()? {
        byte @ -128..=-1 => u8::try_from(byte + 256).ok(),
        byte => u8::try_from(byte).ok(),
    });
    bytes.collect()
}

/// Returns the list at a path with dots.
pub(crate) fn list<'a>(value: &'a Value, path: &str) -> Option<&'a [Value]> {
    at(value, path).as_array().map(Vec::as_slice)
}

/// The error for anything but a non-negative integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotInteger;

/// Reads a non-negative integer, which may be written as text; `None` for null and for the texts `""` and `"null"`.
pub(crate) fn integer(value: &Value) -> Result<Option<u64>, NotInteger> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => match text.trim() {
            "" | "null" => Ok(None),
            text => text.parse().map(Some).map_err(|_| NotInteger),
        },
        value => value.as_u64().map(Some).ok_or(NotInteger),
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
            (json!(-1), Err(NotInteger)),
            (json!(1.5), Err(NotInteger)),
            (json!("x"), Err(NotInteger)),
            (json!([]), Err(NotInteger)),
            (json!(true), Err(NotInteger)),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
    }

    #[test]
    fn paths_lead_inside() {
        let value = json!({ "a": { "b": null, "c": "x" } });
        assert!(has(&value, "a.b") && !has(&value, "a.d") && !has(&value, "a.b.c"));
        assert_eq!((text(&value, "a.c"), text(&value, "a.b"), at(&value, "x.y")), ("x", "", &NULL));
    }
}
