//! Validation with the vocabulary and the verdicts of Laravel, whose messages 2FAuth's clients show.
//!
//! ```text
//! let mut check = Validation::new(&input);
//! check.field("account").required().string().matches(has_no_colon, Message::NoColon);
//! check.field("digits").nullable().integer().between(5, 10);
//! check.field("user_ids").required().array().min_items(1);
//! check.each("user_ids", |id| {
//!     id.required().integer().distinct();
//! });
//! if check.passes("name") && taken(..) {
//!     check.fail("name", Message::Unique);
//! }
//! check.finish()?;
//! ```
//!
//! Rules apply in the order in which they are written, so what changes the others comes first: `sometimes`, `nullable`,
//! `bail`; then types, then sizes. All rules of a field are applied, also after one failed, except that:
//! - a field that fails a rule about its presence, or any rule under `bail`, is left alone;
//! - a field that is absent or blank only meets the rules about its presence;
//! - so does one that is null and `nullable`. Without `nullable` a null fails `string`, `integer` …

mod field;

use std::collections::HashMap;

use serde_json::Value;

pub use field::Field;

use self::field::Given;
use super::invalid::Invalid;
use super::{Input, scalar};
use crate::messages::{Message, Phrase};

/// An examination of an input.
#[derive(Debug)]
pub struct Validation<'a> {
    input: &'a Input,
    invalid: Invalid,
}

impl<'a> Validation<'a> {
    /// An examination in which nothing is wrong yet.
    pub fn new(input: &'a Input) -> Self {
        Self { input, invalid: Invalid::default() }
    }

    /// The rules of a field, by its path.
    pub fn field(&mut self, path: &str) -> Field<'_, 'a> {
        let given = match (self.input.file(path), self.input.value(path)) {
            (Some(file), _) => Given::File(file),
            (None, Some(value)) => Given::Value(value),
            (None, None) => Given::Absent,
        };
        Field::new(self.input, &mut self.invalid, path.to_owned(), given, false)
    }

    /// The rules of each element of a list; none, unless the field is a list or an object.
    pub fn each(&mut self, path: &str, rules: impl Fn(Field<'_, 'a>)) {
        let elements: Vec<(String, &'a Value)> = match self.input.value(path) {
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
            }
            Some(Value::Object(fields)) => fields.iter().map(|(key, item)| (key.clone(), item)).collect(),
            _ => return,
        };
        let mut occurrences = HashMap::new();
        for (_, item) in &elements {
            *occurrences.entry(loosely(item)).or_insert(0_u32) += 1;
        }
        for (key, item) in elements {
            let repeated = occurrences.get(&loosely(item)).is_some_and(|times| *times > 1);
            let path = format!("{path}.{key}");
            rules(Field::new(self.input, &mut self.invalid, path, Given::Value(item), repeated));
        }
    }

    /// Whether nothing is wrong with a field so far. Laravel asks the database only then (`unique`, `exists`).
    pub fn passes(&self, path: &str) -> bool {
        self.invalid.fields().all(|(name, _)| name != path)
    }

    /// A text with a NUL character isn't one that every database can hold.
    pub fn storable(&mut self, path: &str) {
        if self.input.text(path).is_some_and(|text| text.contains('\0')) {
            self.fail(path, Message::In);
        }
    }

    /// Notes what a rule found that isn't one of [`Field`]'s.
    pub fn fail(&mut self, path: &str, phrase: impl Into<Phrase>) {
        self.invalid.push(path, phrase);
    }

    /// The verdict.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn finish(&self) -> Result<(), Invalid> {
        if self.invalid.is_empty() { Ok(()) } else { Err(self.invalid.clone()) }
    }
}

/// What PHP's loose comparison takes for the same, as far as ids and texts go: `1`, `"1"` and `"+1"`.
fn loosely(value: &Value) -> String {
    match (scalar::integer(value), scalar::text(value)) {
        (Some(integer), _) => integer.to_string(),
        (None, Some(text)) => format!("\"{text}"),
        (None, None) => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
