//! Phrases that a person may read in an answer, by language.
//!
//! A message is chosen where something happens ([`Message`], with its values a [`Phrase`]) and put into words at the
//! edge, where the language of the request is known. Words that programs compare (`not found`, `conflict` …) are the
//! same in every language and stand where they are answered.

mod locale;
mod message;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use locale::Locale;
pub use message::Message;

/// A message with the values for its placeholders, not yet in a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    message: Message,
    values: Vec<(&'static str, String)>,
    count: Option<u64>,
}

impl Phrase {
    /// The same text with `value` in the place of `:name`. A value that was given before stays.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts are given alike")]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if self.values.iter().all(|(known, _)| *known != name) {
            self.values.push((name, value.to_string()));
        }
        self
    }

    /// The same text in the form for `count` things, which also takes the place of `:count`.
    #[must_use]
    pub fn counted(mut self, count: u64) -> Self {
        self.count = Some(count);
        self.with("count", count)
    }

    /// Which message this is.
    pub fn message(&self) -> Message {
        self.message
    }

    /// The text in a language; in English where that language lacks it.
    pub fn text(&self, locale: Locale) -> String {
        let pattern = template(locale, self.message);
        let form = match self.count {
            Some(count) => pattern.split('|').nth(locale.plural_form(count)).or(pattern.rsplit('|').next()),
            None => Some(pattern),
        };
        fill(form.unwrap_or(pattern), &self.values)
    }
}

impl From<Message> for Phrase {
    fn from(message: Message) -> Self {
        Self { message, values: Vec::new(), count: None }
    }
}

impl Message {
    /// This message with `value` in the place of `:name`.
    pub fn with(self, name: &'static str, value: impl ToString) -> Phrase {
        Phrase::from(self).with(name, value)
    }

    /// This message in a language; in English where that language lacks it.
    pub fn text(self, locale: Locale) -> String {
        Phrase::from(self).text(locale)
    }
}

type Catalogue = HashMap<Message, String>;

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("messages/en.json")));
static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("messages/fr.json")));

/// A catalogue file; the tests see to it that each can be read.
fn parse(json: &str) -> Catalogue {
    serde_json::from_str(json).unwrap_or_default()
}

fn template(locale: Locale, message: Message) -> &'static str {
    let own = match locale {
        Locale::French => FRENCH.get(&message),
        _ => None,
    };
    own.or_else(|| ENGLISH.get(&message)).map_or("", String::as_str)
}

/// Replaces each `:name` that has a value, in one pass, so that a value is never searched for placeholders.
fn fill(pattern: &str, values: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once(':') {
        filled.push_str(before);
        let end = after.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_').unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(value);
        } else {
            filled.push(':');
            filled.push_str(name);
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of every message, as serde lists them when it meets one it doesn't know.
    fn names() -> Vec<String> {
        let refusal = serde_json::from_str::<Message>("\"?\"").unwrap_err().to_string();
        let (_, list) = refusal.split_once("expected one of ").unwrap();
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    fn file(json: &str) -> HashMap<String, String> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_message_has_its_text() {
        let (english, french) = (file(include_str!("messages/en.json")), file(include_str!("messages/fr.json")));
        assert!(names().len() > 80);
        for name in names() {
            assert!(english.contains_key(&name), "{name} is missing in English");
            assert!(french.contains_key(&name), "{name} is missing in French");
        }
        assert_eq!(english.len(), names().len());
        assert_eq!(ENGLISH.len(), english.len());
        assert_eq!(FRENCH.len(), names().len());
    }

    #[test]
    fn a_translation_has_the_placeholders_of_the_original() {
        let placeholders = |text: &str| {
            let mut found: Vec<String> = regex::Regex::new(":[a-z_]+|`")
                .unwrap()
                .find_iter(text)
                .map(|found| found.as_str().to_owned())
                .collect();
            found.sort();
            found
        };
        for (message, french) in FRENCH.iter() {
            assert_eq!(placeholders(french), placeholders(&ENGLISH[message]), "{message:?}");
        }
    }

    #[test]
    fn placeholders_are_filled_once() {
        let text = Message::Between.with("attribute", ":min").with("min", 5).with("max", 10);
        assert_eq!(text.text(Locale::English), "The :min field must be between 5 and 10.");
        assert_eq!(text.text(Locale::French), "Le champ :min doit être compris entre 5 et 10.");
    }

    // compat: the placeholder of this message stays as it is.
    #[test]
    fn an_unknown_placeholder_stays() {
        assert_eq!(
            Message::OwnerAmongTargets.text(Locale::English),
            "The user_ids field and :other must be different."
        );
    }

    #[test]
    fn the_plural_follows_the_count() {
        let more = |count, locale| Phrase::from(Message::AndMore).counted(count).text(locale);
        assert_eq!(more(1, Locale::English), "(and 1 more error)");
        assert_eq!(more(2, Locale::English), "(and 2 more errors)");
        assert_eq!(more(1, Locale::French), "(et 1 autre erreur)");
        assert_eq!(more(7, Locale::French), "(et 7 autres erreurs)");
        assert_eq!(more(5, Locale::Russian), "(and 5 more errors)");
    }

    #[test]
    fn a_language_without_texts_falls_back_to_english() {
        assert_eq!(Message::NoColon.with("attribute", "x").text(Locale::Korean), "The x field must not contain colon.");
    }
}
