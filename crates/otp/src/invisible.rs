//! Characters that are drawn as nothing, which come along when a text is copied from a page.

/// Whether a character is invisible without being white space: format characters, fillers, and marks of direction.
///
/// These are the ones that Laravel trims, with the other marks of direction. Joiners are among them: they are invisible
/// alone, though not always between letters, so that texts may lose them at their ends only.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0020}'
    )
}

/// Returns a text without white space and invisible characters at its ends.
pub fn trim_blank(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_trimmed_at_the_ends_alone() {
        assert_eq!(trim_blank("\u{2060}\u{a0}a\u{200d}b\u{ad}\n"), "a\u{200d}b");
        assert_eq!(trim_blank("\u{3164}\u{e0020}\u{2800}"), "");
        // The mark that makes a heart red belongs to it.
        assert_eq!(trim_blank("❤\u{fe0f}"), "❤\u{fe0f}");
    }
}
