//! The rules of a field.

use std::ops::RangeInclusive;

use serde_json::Value;
use vault::email::is_email;

use super::super::invalid::{Invalid, displayed};
use super::super::rules::is_base32;
use super::super::upload::{Kind, Upload};
use super::super::{Input, scalar};
use crate::messages::{Message, Phrase};

/// What was sent as a field.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    Absent,
    Value(&'a Value),
    File(&'a Upload),
}

impl<'a> Given<'a> {
    fn value(self) -> Option<&'a Value> {
        if let Self::Value(value) = self { Some(value) } else { None }
    }

    fn text(self) -> Option<&'a str> {
        self.value().and_then(Value::as_str)
    }

    /// Text of white space only, as untrimmed passwords may be, or emptied by [`Input::lowercase`].
    fn is_blank(self) -> bool {
        self.text().is_some_and(|text| text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\0']).is_empty())
    }

    /// The opposite of what fails `required`.
    fn is_filled(self) -> bool {
        match self {
            Self::Absent | Self::Value(Value::Null) => false,
            Self::Value(Value::Array(items)) => !items.is_empty(),
            Self::Value(Value::Object(fields)) => !fields.is_empty(),
            Self::Value(_) => !self.is_blank(),
            Self::File(_) => true,
        }
    }

    /// What `min`, `max` and `between` measure: a number's value if the field is to be one, else the length of a text,
    /// the number of elements, a file's KiB.
    #[expect(clippy::cast_precision_loss, reason = "sizes are compared to small bounds")]
    fn size(self, as_number: bool) -> f64 {
        match self {
            Self::Absent => 0.0,
            Self::File(file) => file.bytes.len() as f64 / 1024.0,
            Self::Value(Value::Array(items)) => items.len() as f64,
            Self::Value(Value::Object(fields)) => fields.len() as f64,
            Self::Value(Value::Bool(value)) => f64::from(u8::from(*value)),
            Self::Value(value) => {
                let number = if as_number { scalar::number(value) } else { None };
                number.unwrap_or_else(|| scalar::text(value).unwrap_or_default().chars().count() as f64)
            }
        }
    }
}

/// The rules of one field, applied as they are called.
#[expect(clippy::struct_excessive_bools, reason = "they are what the rules so far have settled, each on its own")]
pub struct Field<'v, 'a> {
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

#[expect(
    clippy::return_self_not_must_use,
    reason = "what a rule found is noted at once; the field is returned for more rules"
)]
impl<'v, 'a> Field<'v, 'a> {
    pub(super) fn new(
        input: &'a Input,
        invalid: &'v mut Invalid,
        path: String,
        given: Given<'a>,
        repeated: bool,
    ) -> Self {
        Self {
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
        }
    }

    /// A rule about the presence of the field.
    fn presence(mut self, passes: bool, phrase: impl Into<Phrase>) -> Self {
        if !self.left_alone && !passes {
            self.left_alone = true;
            self.invalid.push(&self.path, phrase);
        }
        self
    }

    /// A rule about the value of the field, if it has one.
    fn rule(mut self, passes: impl FnOnce(Given<'a>) -> bool, phrase: impl Into<Phrase>) -> Self {
        let is_exempt = match self.given {
            Given::Absent => true,
            Given::Value(Value::Null) => self.nullable,
            given => given.is_blank(),
        };
        if !self.left_alone && !is_exempt && !passes(self.given) {
            self.failed = true;
            self.left_alone = self.bail;
            self.invalid.push(&self.path, phrase);
        }
        self
    }

    /// An absent field meets no rule at all.
    pub fn sometimes(mut self) -> Self {
        self.left_alone |= matches!(self.given, Given::Absent);
        self
    }

    /// Null is fine.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The first rule that fails is the last.
    pub fn bail(mut self) -> Self {
        self.bail = true;
        self.left_alone |= self.failed;
        self
    }

    /// Fails for absent, null, blank text, and an empty list; `false` and `0` pass.
    pub fn required(self) -> Self {
        let passes = self.given.is_filled();
        self.presence(passes, Message::Required)
    }

    /// `required`, unless another field is filled.
    pub fn required_without(self, other: &str) -> Self {
        let other_is_filled = self.input.file(other).is_some()
            || self.input.value(other).is_some_and(|value| Given::Value(value).is_filled());
        let passes = other_is_filled || self.given.is_filled();
        let phrase = Message::RequiredWithout.with("values", displayed(other));
        self.presence(passes, phrase)
    }

    /// Must have been sent, be it as null.
    pub fn present(self) -> Self {
        let passes = !matches!(self.given, Given::Absent);
        self.presence(passes, Message::Present)
    }

    /// `present`, in case it is needed.
    pub fn present_if(self, needed: bool) -> Self {
        if needed { self.present() } else { self }
    }

    /// Must not have been sent if another field was.
    pub fn missing_with(self, other: &str) -> Self {
        let passes = matches!(self.given, Given::Absent) || !self.input.has(other);
        self.presence(passes, Message::MissingWith.with("values", displayed(other)))
    }

    /// A JSON string; no number passes.
    pub fn string(self) -> Self {
        self.rule(|given| given.text().is_some(), Message::String)
    }

    /// A whole number, as number or text; no truth value passes. Sizes are then the number itself.
    pub fn integer(mut self) -> Self {
        self.is_number = true;
        self.rule(|given| given.value().and_then(scalar::integer).is_some(), Message::Integer)
    }

    /// A number, as number or text. Sizes are then the number itself.
    pub fn numeric(mut self) -> Self {
        self.is_number = true;
        self.rule(|given| given.value().and_then(scalar::number).is_some(), Message::Numeric)
    }

    /// `true`, `false`, `1`, `0`, `"1"` or `"0"`.
    pub fn boolean(self) -> Self {
        let is_boolean = |value: &Value| match value {
            Value::Bool(_) => true,
            Value::Number(number) => matches!(number.as_u64(), Some(0 | 1)),
            Value::String(text) => text == "0" || text == "1",
            _ => false,
        };
        self.rule(|given| given.value().is_some_and(is_boolean), Message::Boolean)
    }

    /// A JSON list or object.
    pub fn array(self) -> Self {
        self.rule(|given| matches!(given, Given::Value(Value::Array(_) | Value::Object(_))), Message::Array)
    }

    /// The id of something that exists. Asked only when nothing else is wrong with the field, as Laravel does.
    pub fn exists(self, known: impl Fn(i64) -> bool) -> Self {
        let failed = self.failed;
        self.rule(|given| failed || given.value().and_then(scalar::integer).is_some_and(known), Message::Exists)
    }

    /// A number within these bounds; follows `integer` or `numeric`.
    pub fn between(self, min: i64, max: i64) -> Self {
        self.sized(min..=max, Message::Between.with("min", min).with("max", max))
    }

    /// A number of at least this; follows `integer` or `numeric`.
    pub fn min(self, min: i64) -> Self {
        self.sized(min..=i64::MAX, Message::MinNumeric.with("min", min))
    }

    /// A number of at most this; follows `integer` or `numeric`.
    pub fn max(self, max: i64) -> Self {
        self.sized(i64::MIN..=max, Message::MaxNumeric.with("max", max))
    }

    /// A text of at least so many characters.
    pub fn min_characters(self, min: u32) -> Self {
        self.sized(min.into()..=i64::MAX, Message::MinString.with("min", min))
    }

    /// A text of at most so many characters.
    pub fn max_characters(self, max: u32) -> Self {
        self.sized(0..=max.into(), Message::MaxString.with("max", max))
    }

    /// A list of at least so many elements.
    pub fn min_items(self, min: u32) -> Self {
        self.sized(min.into()..=i64::MAX, Message::MinArray.with("min", min))
    }

    #[expect(clippy::cast_precision_loss, reason = "bounds are small, or beyond what a size can be")]
    fn sized(self, bounds: RangeInclusive<i64>, phrase: impl Into<Phrase>) -> Self {
        let is_number = self.is_number;
        let bounds = *bounds.start() as f64..=*bounds.end() as f64;
        self.rule(|given| bounds.contains(&given.size(is_number)), phrase)
    }

    /// A text, or a number as text, of a certain form. No truth value and no list passes.
    pub fn matches(self, form: impl Fn(&str) -> bool, phrase: impl Into<Phrase>) -> Self {
        self.rule(|given| given.value().and_then(scalar::text).is_some_and(|text| form(&text)), phrase)
    }

    /// One of these words.
    pub fn one_of(self, words: &[&str], phrase: impl Into<Phrase>) -> Self {
        self.rule(|given| given.value().and_then(scalar::text).is_some_and(|text| words.contains(&&*text)), phrase)
    }

    /// An e-mail address; a host without a dot is fine.
    pub fn email(self) -> Self {
        self.rule(|given| given.text().is_some_and(is_email), Message::Email)
    }

    /// Base32 in either case, of any length.
    pub fn base32(self) -> Self {
        self.rule(|given| given.text().is_some_and(is_base32), Message::Base32)
    }

    /// Letters only, of any script.
    pub fn alpha(self) -> Self {
        self.rule(|given| given.text().is_some_and(|text| text.chars().all(char::is_alphabetic)), Message::Alpha)
    }

    /// The same as the field with `_confirmation` after its name.
    pub fn confirmed(self) -> Self {
        let confirmation = self.input.value(&format!("{}_confirmation", self.path));
        self.rule(|given| given.value() == confirmation, Message::Confirmed)
    }

    /// Unlike every other element of its list, `1` and `"1"` being alike; within [`each`](super::Validation::each).
    pub fn distinct(self) -> Self {
        let repeated = self.repeated;
        self.rule(|_| !repeated, Message::Distinct)
    }

    /// A file with a picture made of pixels.
    pub fn picture(self) -> Self {
        self.rule(|given| matches!(given, Given::File(file) if file.kind().is_raster()), Message::Picture)
    }

    /// A file with a picture, made of pixels or SVG.
    pub fn picture_or_svg(self) -> Self {
        self.rule(|given| matches!(given, Given::File(file) if file.kind() != Kind::Other), Message::Picture)
    }

    /// A file that may hold exported accounts: one that isn't empty, nor a picture.
    ///
    /// 2FAuth accepts plain text, JSON and CSV; other applications export other formats too, on which the import decides.
    pub fn export(self) -> Self {
        self.rule(
            |given| matches!(given, Given::File(file) if !file.bytes.is_empty() && file.kind() == Kind::Other),
            Message::Mimes.with("values", "txt, json, csv"),
        )
    }
}
