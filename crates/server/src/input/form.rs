//! Names and values of a form or a query, nested as PHP nests them: `a[]=1&a[]=2`, `a[0]=1`, `a[key][]=1`.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::limits::Unreadable;

/// Deeper values are left out.
const DEEPEST: usize = 32;

/// The fields of an urlencoded form or query. Bytes that aren't UTF-8 are replaced.
pub(super) fn parse(encoded: &[u8], most_fields: usize) -> Result<Map<String, Value>, Unreadable> {
    let mut form = Form::new(most_fields);
    for (name, value) in form_urlencoded::parse(encoded) {
        form.add(&name, value.into_owned())?;
    }
    Ok(form.finish())
}

/// A form that is being read, pair by pair.
pub(super) struct Form {
    fields: Map<String, Value>,
    left: usize,
}

impl Form {
    pub(super) fn new(most_fields: usize) -> Self {
        Self { fields: Map::new(), left: most_fields }
    }

    pub(super) fn add(&mut self, name: &str, value: String) -> Result<(), Unreadable> {
        let path = path(name).filter(|(_, keys)| keys.len() <= DEEPEST);
        // Each level makes an object: many deep fields would take a hundred times their length.
        let levels = path.as_ref().map_or(1, |(_, keys)| keys.len().max(1));
        self.left = self.left.checked_sub(levels).ok_or(Unreadable::TooManyFields)?;
        if let Some((base, keys)) = path {
            place(&mut self.fields, base, &keys, value);
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Map<String, Value> {
        self.fields.values_mut().for_each(settle);
        self.fields
    }
}

/// `a[b][]` → `("a", ["b", ""])`; `None` for a name that PHP ignores.
///
/// compat: in the name itself a space, a dot, and a bracket that is never closed become an underscore; what follows
/// the last closing bracket is dropped.
fn path(name: &str) -> Option<(String, Vec<&str>)> {
    let name = name.trim_start_matches(' ');
    let plain = |base: &str| base.replace([' ', '.', '['], "_");
    let (base, mut rest) = match name.split_once('[') {
        Some((base, rest)) if rest.contains(']') => (base, Some(rest)),
        _ => (name, None),
    };
    let mut keys = Vec::new();
    while let Some((key, after)) = rest.and_then(|rest| rest.split_once(']')) {
        keys.push(key);
        rest = after.strip_prefix('[');
    }
    (!base.is_empty()).then(|| (plain(base), keys))
}

/// Puts a value under a key, or further inside; a later value replaces an earlier one that is in its way.
fn place(fields: &mut Map<String, Value>, key: String, rest: &[&str], value: String) {
    let Some((next, rest)) = rest.split_first() else {
        fields.insert(key, Value::String(value));
        return;
    };
    let slot = fields.entry(key).or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(inner) = slot {
        let key = if next.is_empty() { following(inner) } else { (*next).to_owned() };
        place(inner, key, rest, value);
    }
}

/// The key of an element that is added at the end.
fn following(fields: &Map<String, Value>) -> String {
    let last = fields.keys().next_back().and_then(|key| key.parse::<u32>().ok());
    last.map_or(fields.len() as u64, |last| u64::from(last) + 1).to_string()
}

/// Turns objects with the keys 0, 1, 2 … into lists.
fn settle(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.values_mut().for_each(settle);
        if fields.keys().enumerate().all(|(index, key)| *key == index.to_string()) {
            let items = std::mem::take(fields).into_iter().map(|(_, item)| item).collect();
            *value = Value::Array(items);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(encoded: &str, expected: &Value) {
        assert_eq!(Value::Object(parse(encoded.as_bytes(), 100).unwrap()), *expected, "{encoded}");
    }

    #[test]
    fn plain_fields() {
        check("", &json!({}));
        check("a=1&b=x+y%C3%A9&c", &json!({"a": "1", "b": "x yé", "c": ""}));
        check("a=1&a=2", &json!({"a": "2"}));
        check("&&=x&a=%ff", &json!({"a": "\u{fffd}"}));
    }

    #[test]
    fn lists_and_objects() {
        check("ids[]=1&ids[]=2", &json!({"ids": ["1", "2"]}));
        check("ids%5B0%5D=1&ids%5B1%5D=2", &json!({"ids": ["1", "2"]}));
        check("ids[1]=b&ids[0]=a", &json!({"ids": {"1": "b", "0": "a"}}));
        check("ids[5]=a&ids[]=b", &json!({"ids": {"5": "a", "6": "b"}}));
        check("filter[nameOrEmail]=ana", &json!({"filter": {"nameOrEmail": "ana"}}));
        check("a[x][]=1&a[x][]=2&a[y]=3", &json!({"a": {"x": ["1", "2"], "y": "3"}}));
        check("a[][b]=1&a[][b]=2", &json!({"a": [{"b": "1"}, {"b": "2"}]}));
    }

    #[test]
    fn a_later_value_replaces_one_in_its_way() {
        check("a=1&a[]=2", &json!({"a": ["2"]}));
        check("a[]=1&a=2", &json!({"a": "2"}));
    }

    // compat: PHP's reading of odd names.
    #[test]
    fn odd_names() {
        check(" a.b c=1", &json!({"a_b_c": "1"}));
        check("a[b=1", &json!({"a_b": "1"}));
        check("a[b]c=1", &json!({"a": {"b": "1"}}));
        check("a[b.c]=1", &json!({"a": {"b.c": "1"}}));
        check("[a]=1&[]=2", &json!({}));
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!("a{}=1&b=2", "[]".repeat(5_000));
        check(&deep, &json!({"b": "2"}));
        assert_eq!(parse(b"a[]=1&a[]=2&a[]=3", 2), Err(Unreadable::TooManyFields));
    }
}
