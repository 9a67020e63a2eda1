//! Names that could be taken for others: with letters of several scripts in one word, or alike in look to another
//! user's name (Unicode Technical Standard 39, sections 4 and 5.2).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_security::{RestrictionLevel, RestrictionLevelDetection as _, confusable_detection::skeleton};

use authproxy::name::name_key;

/// A name to look at twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookalike {
    /// Its index in the given names.
    pub index: usize,
    /// Whether a word of it has letters of several scripts, or letters that are unusual in names.
    pub is_mixed: bool,
    /// The other names that look like it.
    pub alike: Vec<String>,
}

/// Those of the names that deserve a second look, in their order.
pub fn lookalikes<N: AsRef<str>>(names: &[N]) -> Vec<Lookalike> {
    let mut looks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let name = name.as_ref();
        let [as_written, folded] = looks_of(name);
        if as_written != folded {
            looks.entry(as_written).or_default().push(index);
        }
        looks.entry(folded).or_default().push(index);
    }
    let mut others: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for alike in looks.values().filter(|alike| alike.len() > 1) {
        for index in alike {
            others.entry(*index).or_default().extend(alike.iter().filter(|other| *other != index));
        }
    }
    let lookalike = |(index, name): (usize, &N)| {
        let mut alike = others.remove(&index).unwrap_or_default();
        alike.sort_unstable();
        alike.dedup();
        let alike: Vec<String> = alike.iter().map(|other| names[*other].as_ref().to_owned()).collect();
        let is_mixed = is_mixed(name.as_ref());
        (is_mixed || !alike.is_empty()).then_some(Lookalike { index, is_mixed, alike })
    };
    names.iter().enumerate().filter_map(lookalike).collect()
}

/// Returns the first of the names that looks like `name`.
pub fn find_alike<'a>(name: &str, others: &'a [String]) -> Option<&'a str> {
    let looks = looks_of(name);
    others.iter().map(String::as_str).find(|other| looks_of(other).iter().any(|look| looks.contains(look)))
}

/// Returns the looks of a name as it is written and in small letters: some letters look alike as capitals, some as small
/// ones.
fn looks_of(name: &str) -> [String; 2] {
    [look(name), look(&name_key(name))]
}

/// Returns the look of a name, which is the same for all confusable spellings.
fn look(name: &str) -> String {
    static OF_ASCII: LazyLock<Vec<String>> =
        LazyLock::new(|| (0..128_u8).map(|letter| look_up(char::from(letter).encode_utf8(&mut [0; 4]))).collect());
    if name.is_ascii() {
        // Most names are; letters of ASCII don't change each other's look.
        name.bytes().map(|letter| OF_ASCII[usize::from(letter)].as_str()).collect()
    } else {
        look_up(name)
    }
}

fn look_up(name: &str) -> String {
    skeleton(name).collect::<String>().to_lowercase()
}

/// Whether a word is written with several scripts that don't go together. Latin goes with those of East Asia.
fn is_mixed(name: &str) -> bool {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_ascii()).any(|word| !word.check_restriction_level(RestrictionLevel::HighlyRestrictive))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v_21_names_of_several_scripts_and_of_one_look_are_found() {
        let names = ["admin", "Anna", "\u{430}dmin", "john", "Иван Smith", "山田 Taro", "Gödel", "o\u{2019}neil"];
        assert_eq!(
            lookalikes(&names),
            [
                Lookalike { index: 0, is_mixed: false, alike: vec!["\u{430}dmin".into()] },
                Lookalike { index: 2, is_mixed: true, alike: vec!["admin".into()] },
            ]
        );
    }

    #[test]
    fn letters_of_ascii_have_the_look_that_they_have_in_names() {
        let all: String = (0..128_u8).map(char::from).collect();
        assert_eq!(look(&all), look_up(&all));
        assert_eq!(look("Mallory 10"), look_up("Mallory 10"));
    }

    #[test]
    fn letters_of_one_look_are_found_in_either_case() {
        for (one, other) in [("Ian", "lan"), ("paull", "paul1"), ("mark", "rnark"), ("root", "r00t"), ("Ana", "АNА")]
        {
            let found = lookalikes(&[one, "somebody else", other]);
            let indices: Vec<_> = found.iter().map(|lookalike| lookalike.index).collect();
            assert_eq!(indices, [0, 2], "{one} {other}");
        }
        assert_eq!(lookalikes(&["Ana", "Anna", "ana2", "bob"]), []);
        assert_eq!(lookalikes::<&str>(&[]), []);
    }
}
