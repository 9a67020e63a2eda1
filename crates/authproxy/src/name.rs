//! Names of users, and how they are compared.

use std::collections::HashSet;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Maximum length of a name, in characters: what a unique index of MySQL holds in UTF-8.
pub const MAX_CHARS: usize = 191;

/// Returns the key under which names that look alike are equal: compatible forms and cases are folded (Unicode's NFKC
/// and full case folding). Its length is at most [`MAX_CHARS`] characters, because a few characters grow when folded.
///
/// ```
/// assert_eq!(authproxy::name::name_key("Straße"), authproxy::name::name_key("STRASSE"));
/// ```
pub fn name_key(name: &str) -> String {
    if name.is_ascii() {
        return name.chars().take(MAX_CHARS).map(|letter| letter.to_ascii_lowercase()).collect();
    }
    name.nfd().default_case_fold().nfkc().default_case_fold().nfkc().take(MAX_CHARS).collect()
}

/// Returns a text in Unicode's composed form (NFC), without spaces and tabs around it.
pub fn composed(text: &str) -> String {
    let is_blank = [' ', '\t'];
    if text.is_ascii() {
        return text.trim_matches(is_blank).to_owned();
    }
    text.nfc().collect::<String>().trim_matches(is_blank).to_owned()
}

/// A set of names without regard to case and form: with `guest` in it, it contains `GUEST`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameSet(HashSet<String>);

impl NameSet {
    /// Whether the name, in any case and form, is in the set.
    pub fn contains(&self, name: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&name_key(name))
    }
}

impl<S: AsRef<str>> FromIterator<S> for NameSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(|name| name_key(name.as_ref())).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn v_22_keys_of_names_that_look_alike_are_equal() {
        assert_eq!(name_key("ａdmin"), name_key("ADMIN"));
        assert_eq!(name_key("Straße"), name_key("STRASSE"));
        assert_eq!(name_key("Go\u{308}del"), name_key("GÖDEL"));
        assert_ne!(name_key("\u{430}dmin"), name_key("admin"), "v_21: scripts are not mixed up");
        assert_eq!(name_key(&"\u{FB03}".repeat(100)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn a_set_of_names_ignores_case_and_form() {
        let names: NameSet = ["guest", "Straße"].into_iter().collect();
        assert!(names.contains("ｇｕｅｓｔ") && names.contains("STRASSE") && !names.contains("guests"));
    }

    proptest! {
        #[test]
        fn the_short_cuts_for_ascii_change_nothing(text in "[ -~\t]{0,250}") {
            let folded = text.nfd().default_case_fold().nfkc().default_case_fold().nfkc().take(MAX_CHARS);
            prop_assert_eq!(name_key(&text), folded.collect::<String>());
            let nfc = text.nfc().collect::<String>();
            prop_assert_eq!(composed(&text), nfc.trim_matches([' ', '\t']));
        }
    }
}
