//! The rules, in Laravel's words.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::Value;
use vault::email::is_email;

use super::Field;
use super::given::Given;
use super::items::Items;
use crate::input::invalid::displayed;
use crate::input::rules::is_base32;
use crate::input::scalar;
use crate::input::upload::{Kind, Upload};
use crate::messages::{Message, Phrase};

impl<'v, 'a, T> Field<'v, 'a, T> {
    /// Spares an absent field all further rules.
    pub fn sometimes(mut self) -> Self {
        self.state.left_alone |= matches!(self.state.given, Given::Absent);
        self
    }

    /// Allows null.
    pub fn nullable(self) -> Self {
        self.nullable_if(true)
    }

    /// Allows null if `allowed`.
    pub fn nullable_if(mut self, allowed: bool) -> Self {
        self.state.nullable |= allowed;
        self
    }

    /// Stops at the first rule that fails.
    pub fn bail(mut self) -> Self {
        self.state.bail = true;
        self.state.left_alone |= self.state.failed;
        self
    }

    /// Refuses an absent field, null, blank text and an empty list; `false` and `0` pass.
    pub fn required(self) -> Self {
        let passes = self.state.given.is_filled();
        self.presence(passes, Message::Required)
    }

    /// Requires the field, unless another one is filled.
    pub fn required_without(self, other: &str) -> Self {
        let other_is_filled = self.state.input.file(other).is_some()
            || self.state.input.value(other).is_some_and(|value| Given::Value(value).is_filled());
        let passes = other_is_filled || self.state.given.is_filled();
        let phrase = Message::RequiredWithout.with("values", displayed(other));
        self.presence(passes, phrase)
    }

    /// Requires the field to have been sent, be it as null.
    pub fn present(self) -> Self {
        let passes = !matches!(self.state.given, Given::Absent);
        self.presence(passes, Message::Present)
    }

    /// Requires the field to have been sent, if `needed`.
    pub fn present_if(self, needed: bool) -> Self {
        if needed { self.present() } else { self }
    }

    /// Refuses the field if another one was sent.
    pub fn missing_with(self, other: &str) -> Self {
        let passes = matches!(self.state.given, Given::Absent) || !self.state.input.has(other);
        self.presence(passes, Message::MissingWith.with("values", displayed(other)))
    }

    /// Requires a JSON string; no number passes.
    pub fn string(self) -> Field<'v, 'a, &'a str> {
        self.read(Given::text, Message::String)
    }

    /// Requires a whole number, as number or text; no truth value passes. Sizes are then the number itself.
    pub fn integer(mut self) -> Field<'v, 'a, i64> {
        self.state.is_number = true;
        self.read(|given| given.value().and_then(scalar::integer), Message::Integer)
    }

    /// Requires a number, as number or text. Sizes are then the number itself.
    pub fn numeric(mut self) -> Field<'v, 'a, f64> {
        self.state.is_number = true;
        self.read(|given| given.value().and_then(scalar::number), Message::Numeric)
    }

    /// Requires `true`, `false`, `1`, `0`, `"1"` or `"0"`.
    pub fn boolean(self) -> Field<'v, 'a, bool> {
        let read = |value: &Value| match value {
            Value::Bool(value) => Some(*value),
            Value::Number(number) if number.as_u64() == Some(1) => Some(true),
            Value::Number(number) if number.as_u64() == Some(0) => Some(false),
            Value::String(text) if text == "1" => Some(true),
            Value::String(text) if text == "0" => Some(false),
            _ => None,
        };
        self.read(|given| given.value().and_then(read), Message::Boolean)
    }

    /// Requires a JSON list or object.
    pub fn array(self) -> Field<'v, 'a, Items<'a>> {
        self.read(|given| given.value().and_then(Items::of), Message::Array)
    }

    /// Requires a number within these bounds; follows `integer` or `numeric`.
    pub fn between(self, min: i64, max: i64) -> Self {
        self.sized(min..=max, Message::Between.with("min", min).with("max", max))
    }

    /// Requires a number of at least `min`; follows `integer` or `numeric`.
    pub fn min(self, min: i64) -> Self {
        self.sized(min..=i64::MAX, Message::MinNumeric.with("min", min))
    }

    /// Requires a number of at most `max`; follows `integer` or `numeric`.
    pub fn max(self, max: i64) -> Self {
        self.sized(i64::MIN..=max, Message::MaxNumeric.with("max", max))
    }

    /// Requires a text of at least `min` characters.
    pub fn min_characters(self, min: u32) -> Self {
        self.sized(min.into()..=i64::MAX, Message::MinString.with("min", min))
    }

    /// Requires a text of at most `max` characters.
    pub fn max_characters(self, max: u32) -> Self {
        self.sized(0..=max.into(), Message::MaxString.with("max", max))
    }

    /// Requires a text of at most `max` bytes, or a value whose JSON has no more.
    pub fn max_bytes(self, max: u32) -> Self {
        let length = |value: &Value| value.as_str().map_or_else(|| value.to_string().len(), str::len);
        let room = usize::try_from(max).unwrap_or(usize::MAX);
        self.rule(|given| given.value().is_none_or(|value| length(value) <= room), Message::MaxBytes.with("max", max))
    }

    /// Requires a list of at least `min` elements.
    pub fn min_items(self, min: u32) -> Self {
        self.sized(min.into()..=i64::MAX, Message::MinArray.with("min", min))
    }

    #[expect(clippy::cast_precision_loss, reason = "bounds are small, or beyond what a size can be")]
    fn sized(self, bounds: RangeInclusive<i64>, phrase: impl Into<Phrase>) -> Self {
        let is_number = self.state.is_number;
        let bounds = *bounds.start() as f64..=*bounds.end() as f64;
        self.rule(|given| bounds.contains(&given.size(is_number)), phrase)
    }

    /// Requires a text, or a number as text, of a certain form. No truth value and no list passes.
    pub fn matches(self, form: impl Fn(&str) -> bool, phrase: impl Into<Phrase>) -> Self {
        self.rule(|given| given.value().and_then(scalar::text).is_some_and(|text| form(&text)), phrase)
    }

    /// Requires one of these words.
    pub fn one_of(self, words: &[&str], phrase: impl Into<Phrase>) -> Self {
        self.rule(|given| given.value().and_then(scalar::text).is_some_and(|text| words.contains(&&*text)), phrase)
    }

    /// Requires the name of one of the options, which becomes the value.
    pub fn choice<U: Copy>(
        self,
        options: &[U],
        name: impl Fn(U) -> &'static str,
        phrase: impl Into<Phrase>,
    ) -> Field<'v, 'a, U> {
        let named = |text: Cow<'_, str>| options.iter().copied().find(|option| name(*option) == text);
        self.read(|given| given.value().and_then(scalar::text).and_then(named), phrase)
    }

    /// Requires an e-mail address; a host without a dot is fine.
    pub fn email(self) -> Field<'v, 'a, &'a str> {
        self.form(is_email, Message::Email)
    }

    /// Requires base32 in either case, of any length.
    pub fn base32(self) -> Field<'v, 'a, &'a str> {
        self.form(is_base32, Message::Base32)
    }

    /// Requires letters only, of any script.
    pub fn alpha(self) -> Field<'v, 'a, &'a str> {
        self.form(|text| text.chars().all(char::is_alphabetic), Message::Alpha)
    }

    /// Refuses NUL characters: not every database can hold them.
    pub fn storable(self) -> Self {
        self.rule(|given| given.text().is_none_or(|text| !text.contains('\0')), Message::In)
    }

    /// Requires the value of the field with `_confirmation` after its name.
    pub fn confirmed(self) -> Self {
        let confirmation = self.state.input.value(&format!("{}_confirmation", self.state.path));
        self.rule(|given| given.value() == confirmation, Message::Confirmed)
    }

    /// Requires an element unlike every other of its list, `1` and `"1"` being alike; within [`each`](Field::each).
    pub fn distinct(self) -> Self {
        let repeated = self.state.repeated;
        self.rule(|_| !repeated, Message::Distinct)
    }

    /// Requires a file with a picture made of pixels.
    pub fn picture(self) -> Field<'v, 'a, &'a Upload> {
        self.file(|file| file.kind().is_raster(), Message::Picture)
    }

    /// Requires a file with a picture, made of pixels or SVG.
    pub fn picture_or_svg(self) -> Field<'v, 'a, &'a Upload> {
        self.file(|file| file.kind() != Kind::Other, Message::Picture)
    }

    /// Requires a file that may hold exported accounts: one that isn't empty, nor a picture.
    ///
    /// 2FAuth accepts plain text, JSON and CSV; other applications export other formats too, on which the import decides.
    pub fn export(self) -> Field<'v, 'a, &'a Upload> {
        let phrase = Message::Mimes.with("values", "txt, json, csv");
        self.file(|file| !file.bytes.is_empty() && file.kind() == Kind::Other, phrase)
    }

    fn file(self, passes: impl FnOnce(&Upload) -> bool, phrase: impl Into<Phrase>) -> Field<'v, 'a, &'a Upload> {
        self.read(|given| given.file().filter(|file| passes(file)), phrase)
    }
}
