//! The form in which values are seen: trimmed, and never empty text.

use otp::is_invisible;
use serde_json::{Map, Value};

/// Fields whose white space may be part of the secret.
const UNTRIMMED: [&str; 5] =
    ["password", "password_confirmation", "current_password", "currentPassword", "confirm_password"];

/// Trims every string, also inside lists and objects, and turns empty ones into null.
pub(super) fn normalise(fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        match value {
            Value::String(text) if name == SECRET => {
                let visible = text.chars().filter(|character| !is_invisible(*character)).collect();
                *value = Value::String(visible);
                trim(value);
            }
            Value::String(text) if UNTRIMMED.contains(&name.as_str()) => {
                if text.is_empty() {
                    *value = Value::Null;
                }
            }
            value if name == PASSWORDS => keep_passwords(value),
            value => trim(value),
        }
    }
}

/// The field that holds passwords of several files.
const PASSWORDS: &str = "passwords";

/// Turns empty passwords in a list into null, and leaves the others as they are.
fn keep_passwords(list: &mut Value) {
    for value in list.as_array_mut().into_iter().flatten() {
        if value.as_str().is_some_and(str::is_empty) {
            *value = Value::Null;
        }
    }
}

/// The field that holds an account's secret. Pages have invisible characters in it where a line may break.
const SECRET: &str = "secret";

fn trim(value: &mut Value) {
    match value {
        Value::String(text) => {
            let trimmed = text.trim_matches(is_blank);
            if trimmed.is_empty() {
                *value = Value::Null;
            } else if trimmed.len() < text.len() {
                *value = Value::String(trimmed.to_owned());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(trim),
        Value::Object(fields) => fields.values_mut().for_each(trim),
        _ => {}
    }
}

/// Unicode's white space, what can't be seen, and NUL.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || is_invisible(letter) || letter == '\0'
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(mut given: Value, expected: &Value) {
        if let Value::Object(fields) = &mut given {
            normalise(fields);
        }
        assert_eq!(given, *expected);
    }

    #[test]
    fn strings_are_trimmed_everywhere() {
        check(json!({"a": " x y\t\n", "b": ["\u{a0}nbsp\u{200b} "]}), &json!({"a": "x y", "b": ["nbsp"]}));
        check(json!({"a": {"password": " x "}, "b": 5}), &json!({"a": {"password": "x"}, "b": 5}));
        check(json!({"password": [" x "]}), &json!({"password": ["x"]}));
    }

    #[test]
    fn what_cannot_be_seen_is_trimmed_and_leaves_secrets_altogether() {
        for blank in ['\u{ad}', '\u{34f}', '\u{2060}', '\u{2800}', '\u{3164}', '\u{1d159}', '\u{e0020}'] {
            check(
                json!({"service": format!("{blank}a{blank}b{blank}"), "secret": format!("{blank}AA{blank}BB")}),
                &json!({"service": format!("a{blank}b"), "secret": "AABB"}),
            );
            check(
                json!({"service": blank.to_string(), "secret": blank.to_string()}),
                &json!({"service": null, "secret": null}),
            );
        }
    }

    #[test]
    fn empty_strings_become_null() {
        check(
            json!({"a": "", "b": "  ", "c": ["", {"d": "\u{feff}"}]}),
            &json!({"a": null, "b": null, "c": [null, {"d": null}]}),
        );
        check(json!({"password": ""}), &json!({"password": null}));
    }

    #[test]
    fn passwords_keep_their_white_space() {
        check(
            json!({"password": " x ", "password_confirmation": " ", "current_password": "\ty"}),
            &json!({"password": " x ", "password_confirmation": " ", "current_password": "\ty"}),
        );
        check(
            json!({"currentPassword": " x ", "confirm_password": " x "}),
            &json!({"currentPassword": " x ", "confirm_password": " x "}),
        );
    }
}
