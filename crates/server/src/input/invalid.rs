//! The errors of an input.

use serde_json::{Map, Value, json};

use crate::messages::{Locale, Message, Phrase};

/// Maximum number of errors in an answer. Further ones are only counted.
const LISTED: usize = 200;

/// The errors of an input by field, not yet in a language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invalid {
    fields: Vec<(String, Vec<Phrase>)>,
    count: usize,
}

impl Invalid {
    /// Returns a single error of one field.
    pub fn of(field: &str, phrase: impl Into<Phrase>) -> Self {
        let mut invalid = Self::default();
        invalid.push(field, phrase);
        invalid
    }

    /// Refuses one more of what a user may store, for a field of the request, if there are `count` of at most `max`.
    ///
    /// # Errors
    /// The single error of the field.
    pub fn unless_room(field: &str, count: u64, max: u32) -> Result<(), Self> {
        if count < u64::from(max) { Ok(()) } else { Err(Self::of(field, Message::MaxNumber.with("max", max))) }
    }

    /// The body of the answer 422: `{"message": first (and N more errors), "errors": {field: [message, …], …}}`.
    pub fn body(&self, locale: Locale) -> Value {
        let first = self.fields.first().and_then(|(_, phrases)| phrases.first());
        let mut message = first.map(|phrase| phrase.text(locale)).unwrap_or_default();
        if self.count > 1 {
            let more = Phrase::from(Message::AndMore).counted(self.count as u64 - 1);
            message = format!("{message} {}", more.text(locale));
        }
        let errors: Map<String, Value> = self
            .fields
            .iter()
            .map(|(field, phrases)| (field.clone(), phrases.iter().map(|phrase| phrase.text(locale)).collect()))
            .collect();
        json!({ "message": message, "errors": errors })
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The fields with something wrong, and what it is.
    #[cfg(test)]
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &[Phrase])> {
        self.fields.iter().map(|(field, phrases)| (field.as_str(), phrases.as_slice()))
    }

    /// Adds something wrong with a field.
    pub fn push(&mut self, field: &str, phrase: impl Into<Phrase>) {
        self.count += 1;
        if self.count > LISTED {
            return;
        }
        let phrase = phrase.into().with("attribute", displayed(field));
        match self.fields.iter_mut().find(|(name, _)| name == field) {
            Some((_, phrases)) => phrases.push(phrase),
            None => self.fields.push((field.to_owned(), vec![phrase])),
        }
    }
}

/// A field's name as messages have it: `otp_type` → `otp type`, `iconPack` → `icon pack`; an element of a list keeps
/// its path as it is.
pub(super) fn displayed(name: &str) -> String {
    if name.split('.').any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        return name.to_owned();
    }
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        match letter {
            '_' => words.push(' '),
            letter if letter.is_ascii_uppercase() && !words.is_empty() => {
                words.extend([' ', letter.to_ascii_lowercase()]);
            }
            letter => words.extend(letter.to_lowercase()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_messages() {
        for (name, expected) in [
            ("otp_type", "otp type"),
            ("otpauth", "otpauth"),
            ("iconCollection", "icon collection"),
            ("rawId", "raw id"),
            ("is_admin", "is admin"),
            ("response.authenticatorData", "response.authenticator data"),
            ("response.clientDataJSON", "response.client data j s o n"),
            ("data.0.otp_type", "data.0.otp_type"),
            ("Émile", "émile"),
            ("", ""),
        ] {
            assert_eq!(displayed(name), expected);
        }
    }
}
