//! Validation with the vocabulary and the verdicts of Laravel, whose messages 2FAuth's clients show.
//!
//! ```text
//! let mut check = Validation::new(&input);
//! let name = check.field("account").required().string().matches(has_no_colon, Message::NoColon).value();
//! let digits = check.field("digits").nullable().integer().between(5, 10).narrow().optional();
//! let users = check.field("user_ids").required().array().min_items(1);
//! let users = users.each(|id| id.required().integer().distinct().value()).value();
//! let request = check.finish(|| Ok(Request { name: name?, digits, users: users? }))?;
//! ```
//!
//! A field's rules give its value, so that a value that passes is one that the request has: [`Field::value`] of a field
//! that must be there, [`Field::optional`] of one that may be absent.
//!
//! Rules apply in the order in which they are written, so what changes the others comes first: `sometimes`, `nullable`,
//! `bail`; then types, then sizes. All rules of a field are applied, also after one failed, except that:
//! - a field that fails a rule about its presence, or any rule under `bail`, is left alone;
//! - a field that is absent or blank only meets the rules about its presence;
//! - so does one that is null and `nullable`. Without `nullable` a null fails `string`, `integer` …

mod field;

pub use field::{Checked, Field, Items, Noted};

use self::field::Given;
use super::Input;
use super::invalid::Invalid;

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

    /// The request that the checked fields make up, unless something is wrong.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn finish<T>(self, request: impl FnOnce() -> Checked<T>) -> Result<T, Invalid> {
        match request() {
            Ok(request) if self.invalid.is_empty() => Ok(request),
            _ => Err(self.invalid),
        }
    }
}

#[cfg(test)]
mod tests;
