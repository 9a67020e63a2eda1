//! A field: its rules, and the value that they give.

mod given;
mod items;
mod rules;

use std::borrow::Cow;

use serde_json::Value;

use super::super::invalid::Invalid;
use super::super::{Input, scalar};
use crate::messages::{Message, Phrase};

pub(super) use self::given::Given;
pub use self::items::Items;

/// The reason why a value is missing has been noted: the request is invalid.
#[derive(Debug, Clone, Copy)]
pub struct Noted;

/// The value of a field that must have one.
pub type Checked<T> = std::result::Result<T, Noted>;

/// The rules of one field, applied as they are called, and its value as they read it: `string` makes it a text,
/// `integer` a number.
///
/// [`value`](Field::value) or [`optional`](Field::optional) comes last and gives the value.
#[must_use = "end the rules with `value` or `optional`"]
pub struct Field<'v, 'a, T = &'a Value> {
    state: State<'v, 'a>,
    /// Absent if the field is absent, null or of another type. Without a type, a file counts as null.
    value: Option<T>,
}

/// The state of a field after the rules so far.
#[expect(clippy::struct_excessive_bools, reason = "each is settled on its own")]
struct State<'v, 'a> {
    invalid: &'v mut Invalid,
    input: &'a Input,
    path: String,
    given: Given<'a>,
    repeated: bool,
    left_alone: bool,
    failed: bool,
    nullable: bool,
    bail: bool,
    is_number: bool,
}

impl<'a> State<'_, 'a> {
    /// Returns what was sent, if rules about the value apply to it.
    fn given(&self) -> Option<Given<'a>> {
        let is_exempt = match self.given {
            Given::Absent => true,
            Given::Value(Value::Null) => self.nullable,
            given => given.is_blank(),
        };
        (!self.left_alone && !is_exempt).then_some(self.given)
    }

    fn fail(&mut self, phrase: impl Into<Phrase>) {
        self.failed = true;
        self.left_alone |= self.bail;
        self.invalid.push(&self.path, phrase);
    }
}

impl<'v, 'a> Field<'v, 'a> {
    pub(super) fn new(
        input: &'a Input,
        invalid: &'v mut Invalid,
        path: String,
        given: Given<'a>,
        repeated: bool,
    ) -> Self {
        let state = State {
            invalid,
            input,
            path,
            given,
            repeated,
            left_alone: false,
            failed: false,
            nullable: false,
            bail: false,
            is_number: false,
        };
        let value = match given {
            Given::Absent | Given::Value(Value::Null) => None,
            Given::Value(value) => Some(value),
            Given::File(_) => Some(&Value::Null),
        };
        Self { state, value }
    }

    /// Takes any value: a number as text, anything but a text or a number as empty text.
    pub fn printed(self) -> Field<'v, 'a, Cow<'a, str>> {
        self.map(|value| scalar::text(value).unwrap_or_default())
    }
}

impl<'v, 'a, T> Field<'v, 'a, T> {
    /// Applies a rule about the presence of the field.
    fn presence(mut self, passes: bool, phrase: impl Into<Phrase>) -> Self {
        if !self.state.left_alone && !passes {
            self.state.fail(phrase);
            self.state.left_alone = true;
        }
        self
    }

    /// Applies a rule about the value of the field, if it has one.
    fn rule(mut self, passes: impl FnOnce(Given<'a>) -> bool, phrase: impl Into<Phrase>) -> Self {
        if let Some(given) = self.state.given()
            && !passes(given)
        {
            self.state.fail(phrase);
        }
        self
    }

    /// Applies a rule about the type of the field: `read` gives its value.
    fn read<U>(mut self, read: impl FnOnce(Given<'a>) -> Option<U>, phrase: impl Into<Phrase>) -> Field<'v, 'a, U> {
        let given = self.state.given();
        let value = given.and_then(read);
        if given.is_some() && value.is_none() {
            self.state.fail(phrase);
        }
        Field { state: self.state, value }
    }

    /// Applies a rule about the form of a text, which is the value even where the form is wrong.
    fn form(mut self, form: impl FnOnce(&str) -> bool, phrase: impl Into<Phrase>) -> Field<'v, 'a, &'a str> {
        let given = self.state.given();
        let value = given.and_then(Given::text);
        if given.is_some() && !value.is_some_and(form) {
            self.state.fail(phrase);
        }
        Field { state: self.state, value }
    }

    /// Converts the value.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Field<'v, 'a, U> {
        Field { state: self.state, value: self.value.map(into) }
    }

    /// Returns the value as the rules so far read it, to look it up, say.
    pub fn so_far(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Notes what a look-up found wrong.
    pub fn refuse_if(mut self, is_wrong: bool, phrase: impl Into<Phrase>) -> Self {
        if is_wrong {
            self.state.fail(phrase);
        }
        self
    }

    /// Requires the name of something that exists. Asks only when nothing else is wrong with the field, as Laravel
    /// does.
    pub fn exists(self, is_known: impl FnOnce(&T) -> bool) -> Self {
        let is_unknown = !self.state.failed && self.value.as_ref().is_some_and(|value| !is_known(value));
        self.refuse_if(is_unknown, Message::Exists)
    }

    /// Returns the value of a field that must have one. If nothing else is wrong with it, a missing value is noted.
    ///
    /// # Errors
    /// When something is wrong, which is noted.
    pub fn value(mut self) -> Checked<T> {
        if self.value.is_none() && !self.state.failed {
            self.state.fail(Message::Required);
        }
        self.value.ok_or(Noted)
    }

    /// Returns the value of a field that may be absent or null; `None` also when something is wrong, which is noted.
    pub fn optional(self) -> Option<T> {
        self.value
    }
}

impl<'v, 'a> Field<'v, 'a, i64> {
    /// Converts the number to a type that has room for all that its bounds allow. A number without room is noted.
    pub fn narrow<U: TryFrom<i64>>(mut self) -> Field<'v, 'a, U> {
        let value = self.value.and_then(|value| U::try_from(value).ok());
        if self.value.is_some() && value.is_none() && !self.state.failed {
            self.state.fail(Message::Integer);
        }
        Field { state: self.state, value }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::Validation;
    use super::*;
    use crate::messages::Locale;

    fn input(fields: &Value) -> Input {
        Input::from(fields.as_object().unwrap().clone())
    }

    #[test]
    fn rules_give_the_value() {
        let fields = input(&json!({
            "name": "Ann", "number": 5, "digits": "8", "half": "0.5", "on": "1", "kind": "hotp", "ids": [2, "+3"], "null": null,
        }));
        let mut check = Validation::new(&fields);
        assert_eq!(check.field("name").required().string().max_characters(9).value().ok(), Some("Ann"));
        assert_eq!(check.field("number").printed().value().ok().as_deref(), Some("5"));
        assert_eq!(check.field("digits").integer().between(5, 10).narrow::<u8>().optional(), Some(8));
        assert_eq!(check.field("half").numeric().optional(), Some(0.5));
        assert_eq!(check.field("on").boolean().value().ok(), Some(true));
        assert_eq!(check.field("kind").choice(&["totp", "hotp"], |kind| kind, Message::In).optional(), Some("hotp"));
        assert_eq!(check.field("ids").array().each(|id| id.integer().value()).value().ok(), Some(vec![2, 3]));
        assert_eq!(check.field("null").nullable().string().optional(), None);
        assert_eq!(check.field("absent").integer().optional(), None);
        assert!(check.finish(|| Ok(())).is_ok());
    }

    #[test]
    fn a_value_that_is_missing_is_noted() {
        let fields = input(&json!({ "null": null, "large": 300 }));
        let mut check = Validation::new(&fields);
        assert!(check.field("absent").string().value().is_err());
        assert!(check.field("null").nullable().string().value().is_err());
        assert!(check.field("large").integer().narrow::<u8>().value().is_err());
        let body = check.finish(|| Ok(())).unwrap_err().body(Locale::English);
        let expected = json!({
            "absent": ["The absent field is required."],
            "null": ["The null field is required."],
            "large": ["The large field must be an integer."],
        });
        assert_eq!(body["errors"], expected);
    }

    proptest! {
        #[test]
        fn what_passes_has_a_value(text in ".{0,3}", number in any::<i64>(), kind in 0..7) {
            let value = match kind {
                0 => json!(text),
                1 => json!(number),
                2 => json!(number % 2 == 0),
                3 => json!([text, number]),
                4 => json!({ "a": text }),
                5 => json!(number.to_string()),
                _ => json!(null),
            };
            let fields = input(&json!({ "x": value }));
            let is_settled = |rules: fn(Field<'_, '_>) -> bool| {
                let mut check = Validation::new(&fields);
                rules(check.field("x")) == check.invalid.is_empty()
            };
            prop_assert!(is_settled(|x| x.string().value().is_ok()));
            prop_assert!(is_settled(|x| x.nullable().integer().narrow::<u8>().value().is_ok()));
            prop_assert!(is_settled(|x| x.required().numeric().value().is_ok()));
            prop_assert!(is_settled(|x| x.sometimes().boolean().value().is_ok()));
            prop_assert!(is_settled(|x| x.bail().printed().value().is_ok()));
            prop_assert!(is_settled(|x| x.array().each(|item| item.integer().value()).value().is_ok()));
        }
    }
}
