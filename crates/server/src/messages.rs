//! Phrases that a person may read in an answer, by language.
//!
//! A message is chosen where something happens ([`Message`], with its values a [`Phrase`]) and put into words at the
//! edge, where the language of the request is known. Words that programs compare (`not found`, `conflict` …) are the
//! same in every language and stand where they are answered.

mod locale;
mod message;

use std::collections::HashMap;
use std::sync::OnceLock;

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

/// The catalogue of a language, read when it is first needed.
fn catalogue(locale: Locale) -> &'static Catalogue {
    static READ: [OnceLock<Catalogue>; Locale::ALL.len()] = [const { OnceLock::new() }; Locale::ALL.len()];
    // The tests see to it that each can be read.
    READ[locale as usize].get_or_init(|| serde_json::from_str(file(locale)).unwrap_or_default())
}

fn file(locale: Locale) -> &'static str {
    match locale {
        Locale::Bulgarian => include_str!("messages/bg.json"),
        Locale::SimplifiedChinese => include_str!("messages/zh-CN.json"),
        Locale::TraditionalChinese => include_str!("messages/zh-TW.json"),
        Locale::Danish => include_str!("messages/da.json"),
        Locale::Dutch => include_str!("messages/nl.json"),
        Locale::English => include_str!("messages/en.json"),
        Locale::French => include_str!("messages/fr.json"),
        Locale::German => include_str!("messages/de.json"),
        Locale::Hindi => include_str!("messages/hi.json"),
        Locale::Italian => include_str!("messages/it.json"),
        Locale::Japanese => include_str!("messages/ja.json"),
        Locale::Korean => include_str!("messages/ko.json"),
        Locale::BrazilianPortuguese => include_str!("messages/pt-BR.json"),
        Locale::Russian => include_str!("messages/ru.json"),
        Locale::Spanish => include_str!("messages/es-ES.json"),
        Locale::Turkish => include_str!("messages/tr.json"),
    }
}

fn template(locale: Locale, message: Message) -> &'static str {
    let own = catalogue(locale).get(&message);
    own.or_else(|| catalogue(Locale::English).get(&message)).map_or("", String::as_str)
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

    #[test]
    fn every_catalogue_belongs_to_a_language() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/messages");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut catalogues: Vec<_> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
        let mut languages = Locale::ALL.map(Locale::tag);
        catalogues.sort();
        languages.sort_unstable();
        assert_eq!(catalogues, languages, "catalogues, and the tags of Locale::ALL");
    }

    #[test]
    fn every_message_has_its_text_in_every_language() {
        assert!(names().len() > 80);
        for locale in Locale::ALL {
            let texts: HashMap<String, String> = serde_json::from_str(file(locale)).unwrap();
            for name in names() {
                assert!(texts.get(&name).is_some_and(|text| !text.is_empty()), "{name} is missing in {locale:?}");
            }
            assert_eq!(catalogue(locale).len(), names().len(), "{locale:?} has more");
        }
    }

    #[test]
    fn a_translation_has_the_placeholders_of_the_original() {
        let sign = regex::Regex::new(":[a-z_]+|`").unwrap();
        let placeholders = |text: &str| {
            let form = text.split('|').next_back().unwrap();
            let mut found: Vec<String> = sign.find_iter(form).map(|found| found.as_str().to_owned()).collect();
            found.sort();
            found
        };
        for locale in Locale::ALL {
            for (message, text) in catalogue(locale) {
                let original = &catalogue(Locale::English)[message];
                assert_eq!(placeholders(text), placeholders(original), "{message:?} in {locale:?}");
            }
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
        assert!(more(5, Locale::Russian).contains('5'));
    }
}
