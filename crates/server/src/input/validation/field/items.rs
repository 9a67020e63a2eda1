//! Lists.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::given::Given;
use super::{Checked, Field};
use crate::input::scalar;

/// The elements of a JSON list, or the values of an object.
#[derive(Debug, Clone, Copy)]
pub struct Items<'a>(&'a Value);

impl<'a> Items<'a> {
    /// Returns the elements of a list or an object; `None` for anything else.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        (value.is_array() || value.is_object()).then_some(Self(value))
    }

    /// Returns the elements, in their order.
    pub fn iter(self) -> impl Iterator<Item = &'a Value> {
        let elements = self.0.as_array().into_iter().flatten();
        elements.chain(self.0.as_object().into_iter().flat_map(Map::values))
    }

    /// Returns each element with its index or its key.
    fn named(self) -> Vec<(String, &'a Value)> {
        match self.0 {
            Value::Object(fields) => fields.iter().map(|(key, item)| (key.clone(), item)).collect(),
            _ => self.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        }
    }

    /// Returns the whole numbers among the elements, in their order.
    pub fn integers(self) -> impl Iterator<Item = i64> {
        self.iter().filter_map(scalar::integer)
    }
}

impl<'v, 'a> Field<'v, 'a, Items<'a>> {
    /// Applies rules to each element, whose values become the value of the list.
    pub fn each<U>(mut self, rules: impl Fn(Field<'_, 'a>) -> Checked<U>) -> Field<'v, 'a, Vec<U>> {
        let elements = self.value.map(Items::named).unwrap_or_default();
        let mut occurrences = HashMap::new();
        for (_, element) in &elements {
            *occurrences.entry(loosely(element)).or_insert(0_u32) += 1;
        }
        let state = &mut self.state;
        let mut check = |(name, element)| {
            let repeated = occurrences.get(&loosely(element)).is_some_and(|times| *times > 1);
            let path = format!("{}.{name}", state.path);
            rules(Field::new(state.input, state.invalid, path, Given::Value(element), repeated))
        };
        let checked: Vec<Checked<U>> = elements.into_iter().map(&mut check).collect();
        let values = checked.into_iter().collect::<Checked<Vec<U>>>().ok();
        self.state.failed |= values.is_none();
        let is_there = self.value.is_some();
        Field { state: self.state, value: values.filter(|_| is_there) }
    }
}

/// Returns what PHP's loose comparison takes for the same, as far as IDs and texts go: `1`, `"1"` and `"+1"`.
fn loosely(value: &Value) -> String {
    match (scalar::integer(value), scalar::text(value)) {
        (Some(integer), _) => integer.to_string(),
        (None, Some(text)) => format!("\"{text}"),
        (None, None) => value.to_string(),
    }
}
