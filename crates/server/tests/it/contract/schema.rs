//! As much of JSON Schema as the contract needs. A keyword that isn't known is a failure, never passed over.

use regex::Regex;
use serde_json::{Map, Value};

/// Keywords that tell people something, and nothing about a value.
const SILENT: [&str; 4] = ["description", "default", "example", "format"];

/// Whether a value is one that `schema` describes.
///
/// # Errors
/// What is wrong with it, and where.
pub(super) fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    Check { document }.value(schema, value, "")
}

/// What a reference such as `#/components/schemas/User` leads to.
pub(super) fn referenced<'a>(document: &'a Value, reference: &str) -> &'a Value {
    let pointer = reference.strip_prefix('#').unwrap();
    document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

struct Check<'a> {
    document: &'a Value,
}

impl Check<'_> {
    fn value(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (keyword, wanted) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$ref" => {
                    self.value(referenced(self.document, wanted.as_str().unwrap()), value, at)?;
                    true
                }
                "anyOf" => {
                    let problems = wanted.as_array().unwrap().iter().map(|schema| self.value(schema, value, at).err());
                    let problems: Option<Vec<String>> = problems.collect();
                    problems.map_or(Ok(()), |problems| Err(problems.join("; or ")))?;
                    true
                }
                "properties" => {
                    self.properties(wanted.as_object().unwrap(), value, at)?;
                    true
                }
                "additionalProperties" => {
                    self.other_properties(schema, wanted, value, at)?;
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(wanted, item, &format!("{at}/{index}"))?;
                    }
                    true
                }
                "required" => has_all(value, wanted),
                "type" => has_type(value, wanted),
                "enum" => wanted.as_array().unwrap().contains(value),
                "const" => wanted == value,
                "pattern" => {
                    value.as_str().is_none_or(|text| Regex::new(wanted.as_str().unwrap()).unwrap().is_match(text))
                }
                "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
                "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap()),
                "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= wanted.as_u64().unwrap()),
                other => {
                    assert!(SILENT.contains(&other), "the keyword {other} isn't known here");
                    true
                }
            };
            if !holds {
                return Err(format!("{keyword} {wanted} doesn't hold at {at:?}: {value}"));
            }
        }
        Ok(())
    }

    fn properties(&self, properties: &Map<String, Value>, value: &Value, at: &str) -> Result<(), String> {
        for (name, schema) in properties {
            if let Some(property) = value.get(name) {
                self.value(schema, property, &format!("{at}/{name}"))?;
            }
        }
        Ok(())
    }

    fn other_properties(&self, schema: &Value, wanted: &Value, value: &Value, at: &str) -> Result<(), String> {
        for (name, property) in value.as_object().into_iter().flatten() {
            if schema.get("properties").is_some_and(|known| known.get(name).is_some()) {
                continue;
            }
            if wanted == false {
                return Err(format!("{at}/{name} is unexpected: {property}"));
            }
            self.value(wanted, property, &format!("{at}/{name}"))?;
        }
        Ok(())
    }
}

fn has_all(value: &Value, names: &Value) -> bool {
    let names = names.as_array().unwrap();
    value.as_object().is_none_or(|fields| names.iter().all(|name| fields.contains_key(name.as_str().unwrap())))
}

/// Whether a value is of a type, or of one of several.
fn has_type(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(types) => types.iter().any(|one| has_type(value, one)),
        one => match one.as_str().unwrap() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("there is no type {other}"),
        },
    }
}

#[test]
fn what_doesnt_hold_is_told_with_its_place() {
    use serde_json::json;

    let schema = json!({
        "type": "object",
        "required": ["a"],
        "additionalProperties": false,
        "properties": { "a": { "type": "array", "items": { "type": ["integer", "null"], "minimum": 1 } } },
    });
    let problem = |value: Value| check(&json!({}), &schema, &value).unwrap_err();
    assert_eq!(check(&json!({}), &schema, &json!({ "a": [1, null] })), Ok(()));
    assert_eq!(problem(json!([])), r#"type "object" doesn't hold at "": []"#);
    assert_eq!(problem(json!({})), r#"required ["a"] doesn't hold at "": {}"#);
    assert_eq!(problem(json!({ "a": [], "b": 1 })), "/b is unexpected: 1");
    assert_eq!(problem(json!({ "a": [2, 0] })), r#"minimum 1 doesn't hold at "/a/1": 0"#);
    let either = json!({ "anyOf": [{ "const": 1 }, { "enum": [2, 3] }] });
    assert_eq!(check(&json!({}), &either, &json!(3)), Ok(()));
    assert!(check(&json!({}), &either, &json!(4)).unwrap_err().contains("; or "));
}
