//! Passwords that are guessed first (OWASP ASVS 5.0, 6.2.4 and 6.2.11).

use unicode_normalization::UnicodeNormalization as _;

use crate::messages::Message;

/// The most common passwords; its first lines describe the format.
const COMMON: &str = include_str!("common.txt");
/// Minimum length of the words of a name or an address that are looked for, in characters.
const WORD_LENGTH: usize = 3;
/// Minimum number of letters and digits of a password besides such words.
const REST_LENGTH: usize = 6;
/// Maximum length of a group of characters that makes a weak password when repeated.
const LONGEST_GROUP: usize = 4;

/// Returns why a password is guessed easily, if it is: for one of the most common, whatever digits and signs are added
/// at the end, for a row of characters, and for one that is made of `own` words, its owner's name and address. Upper
/// and lower case are the same.
pub fn weakness(password: &str, own: &[&str]) -> Option<Message> {
    let password: String = password.nfkc().flat_map(char::to_lowercase).collect();
    let stem = password.trim_end_matches(|end: char| !end.is_alphabetic());
    if is_common(&password) || is_common(stem) || is_row(&password) {
        return Some(Message::PasswordCommon);
    }
    is_made_of(&password, own).then_some(Message::PasswordOwn)
}

fn is_common(password: &str) -> bool {
    let mut line = String::new();
    for coded in COMMON.lines().filter(|coded| !coded.starts_with('#')) {
        let Some((shared, rest)) = coded.split_at_checked(1) else { continue };
        line.truncate(usize::from(shared.bytes().next().unwrap_or_default().saturating_sub(b'a')));
        line.push_str(rest);
        if line == password {
            return true;
        }
    }
    false
}

/// Whether the characters repeat, as in `abababab`, or follow one another, as in `87654321`.
fn is_row(password: &str) -> bool {
    let characters: Vec<u32> = password.chars().map(u32::from).collect();
    let repeats = |group: usize| characters.iter().zip(characters.iter().skip(group)).all(|(one, other)| one == other);
    let climbs = |step: i64| characters.windows(2).all(|pair| i64::from(pair[1]) - i64::from(pair[0]) == step);
    (1..=LONGEST_GROUP).any(repeats) || climbs(1) || climbs(-1)
}

fn is_made_of(password: &str, own: &[&str]) -> bool {
    let own: Vec<String> = own.iter().map(|own| own.nfkc().flat_map(char::to_lowercase).collect()).collect();
    let mut words: Vec<&str> = own.iter().flat_map(|own| own.split(|part: char| !part.is_alphanumeric())).collect();
    words.retain(|word| word.chars().count() >= WORD_LENGTH);
    // The longest first, which may have others in them.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(password.to_owned(), |rest, word| rest.replace(word, " "));
    rest != password && rest.chars().filter(|rest| rest.is_alphanumeric()).count() < REST_LENGTH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_passwords_are_weak_in_any_case_and_with_an_end() {
        for weak in
            ["password", "12345678", "QwertyUIOP", "Password1!", "sunshine2026", "ｐａｓｓｗｏｒｄ", "zzzxxx123?"]
        {
            let is_listed = weak != "zzzxxx123?";
            assert_eq!(weakness(weak, &[]).is_some(), is_listed, "{weak}");
        }
    }

    #[test]
    fn rows_are_weak() {
        for weak in ["aaaaaaaa", "abcdefghij", "87654321", "xyxyxyxyxy", "a1b2a1b2a1b2"] {
            assert_eq!(weakness(weak, &[]), Some(Message::PasswordCommon), "{weak}");
        }
    }

    #[test]
    fn a_name_or_an_address_is_weak() {
        let own = ["Ana Lovelace", "a.lovelace@mail.example.org"];
        for weak in ["a.lovelace@mail.example.org", "ANALOVELACE", "lovelace-1815", "ana@example.org", "Lovelace_ana1"]
        {
            assert_eq!(weakness(weak, &own), Some(Message::PasswordOwn), "{weak}");
        }
        for strong in ["ana likes long walks", "Conf-passw0rd!", "correct horse battery staple", "a new password"] {
            assert_eq!(weakness(strong, &own), None, "{strong}");
        }
    }

    #[test]
    fn the_list_is_whole_and_sorted() {
        let mut line = String::new();
        let mut lines = Vec::new();
        for coded in COMMON.lines().filter(|coded| !coded.starts_with('#')) {
            line.truncate(usize::from(coded.as_bytes()[0] - b'a'));
            line.push_str(&coded[1..]);
            lines.push(line.clone());
        }
        assert_eq!(lines.len(), 3000);
        assert!(lines.is_sorted() && lines.iter().all(|line| line.len() >= 8));
        assert!(COMMON.len() <= 20 * 1024);
    }
}
