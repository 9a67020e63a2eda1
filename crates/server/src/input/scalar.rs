//! JSON values as PHP reads them.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// Up to here PHP writes a whole float without an exponent.
const PLAIN_FLOATS: f64 = 1e15;

/// A string, or a number as text.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(whole(number).map_or_else(|| number.to_string(), |n| n.to_string()))),
        _ => None,
    }
}

/// A whole number (`FILTER_VALIDATE_INT`): also as text with a sign, but without leading zeros, a point or an exponent.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => whole(number),
        Value::String(text) => {
            let text = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\0']);
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let is_plain =
                digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
            if is_plain { text.parse().ok() } else { None }
        }
        _ => None,
    }
}

/// A number (`is_numeric`): also as text, with an exponent, a leading or trailing point, and white space around it.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let text = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
            // Rust's parser knows the same forms, and words besides (`inf`, `nan`).
            let is_numeral = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            if is_numeral { text.parse().ok() } else { None }
        }
        _ => None,
    }
}

/// PHP's `(bool)`.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty() && text != "0",
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// PHP's `FILTER_VALIDATE_BOOLEAN`.
pub(super) fn is_word_for_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        value => {
            text(value).is_some_and(|text| matches!(&*text.trim().to_ascii_lowercase(), "1" | "true" | "on" | "yes"))
        }
    }
}

fn whole(number: &Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and well within range")]
    let rounded = |float: f64| (float.fract() == 0.0 && float.abs() < PLAIN_FLOATS).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(rounded))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn integers() {
        for (value, expected) in [
            (json!(12), 12),
            (json!("12"), 12),
            (json!("+3"), 3),
            (json!("-3"), -3),
            (json!("0"), 0),
            (json!("-0"), 0),
            (json!(" 7\n"), 7),
            (json!(1.0), 1),
            (json!(i64::MIN), i64::MIN),
            (json!("9223372036854775807"), i64::MAX),
        ] {
            assert_eq!(integer(&value), Some(expected), "{value}");
        }
        for value in [
            json!("1.0"),
            json!("01"),
            json!("1e3"),
            json!("0x1"),
            json!("+"),
            json!("--1"),
            json!(""),
            json!("x"),
            json!(6.5),
            json!(1e300),
            json!(u64::MAX),
            json!("9223372036854775808"),
            json!(true),
            json!(false),
            json!(null),
            json!([1]),
        ] {
            assert_eq!(integer(&value), None, "{value}");
        }
    }

    #[test]
    fn numbers() {
        for (value, expected) in [
            (json!(1.5), 1.5),
            (json!("1.5"), 1.5),
            (json!(" 1"), 1.0),
            (json!("1 "), 1.0),
            (json!(".5"), 0.5),
            (json!("5."), 5.0),
            (json!("-1e3"), -1000.0),
        ] {
            assert_eq!(number(&value), Some(expected), "{value}");
        }
        for value in [
            json!("x"),
            json!("1x"),
            json!("inf"),
            json!("nan"),
            json!("."),
            json!("1e"),
            json!("e"),
            json!(true),
            json!(null),
        ] {
            assert_eq!(number(&value), None, "{value}");
        }
    }

    #[test]
    fn truth() {
        for value in
            [json!(true), json!(1), json!("1"), json!("true"), json!("TRUE"), json!("on"), json!("Yes"), json!(1.0)]
        {
            assert!(is_word_for_true(&value) && is_true(&value), "{value}");
        }
        for value in
            [json!(2), json!("2"), json!("x"), json!("false"), json!("no"), json!([1]), json!({"a": 1}), json!("0.0")]
        {
            assert!(!is_word_for_true(&value) && is_true(&value), "{value}");
        }
        for value in [json!(false), json!(0), json!("0"), json!(""), json!(null), json!([]), json!({}), json!(0.0)] {
            assert!(!is_word_for_true(&value) && !is_true(&value), "{value}");
        }
    }

    #[test]
    fn numbers_as_text() {
        assert_eq!(text(&json!(5)).as_deref(), Some("5"));
        assert_eq!(text(&json!(5.0)).as_deref(), Some("5"));
        assert_eq!(text(&json!(0.25)).as_deref(), Some("0.25"));
        assert_eq!(text(&json!(true)), None);
    }
}
