//! The forms that a text may be required to have.

/// A service or an account: `^[^:]+$`.
pub fn has_no_colon(text: &str) -> bool {
    !text.is_empty() && !text.contains(':')
}

/// Base32 (RFC 4648) in either case, with or without padding.
///
/// compat: of any length, even one that can't be decoded.
pub fn is_base32(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    letters.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7'))
}

/// The beginning of an otpauth URI for TOTP or HOTP, in any case.
///
/// compat 1.10: 2FAuth's pattern allows a comma for the first letter of the type.
pub fn is_otpauth_uri(text: &str) -> bool {
    let text = text.as_bytes();
    ["otpauth://totp/", "otpauth://hotp/", "otpauth://,otp/"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())))
}

/// The beginning of any URI that describes an account.
pub fn is_account_uri(text: &str) -> bool {
    let text = otp::trim_blank(text).as_bytes();
    ["otpauth://", "steam://"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes())))
}

/// Ids as digits, separated by commas.
pub fn is_id_list(text: &str) -> bool {
    text.split(',').all(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The name of a group.
///
/// compat: 2FAuth's pattern, applied to bytes, lets through ASCII letters, digits, white space, `-_'`, what stands
/// between `Z` and `a` in ASCII, and every letter of Latin-1's upper half; compat 1.12.
pub fn is_group_name(text: &str) -> bool {
    let is_allowed = |letter| match letter {
        'A'..='z' | '0'..='9' | '-' | '\'' | ' ' | '\t'..='\r' => true,
        letter => ('\u{80}'..='\u{ff}').contains(&letter),
    };
    !text.is_empty() && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vault::email::is_email;

    use super::*;

    #[track_caller]
    fn check(rule: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(rule(text), "{text:?} is good");
        }
        for text in bad {
            assert!(!rule(text), "{text:?} is bad");
        }
    }

    #[test]
    fn base32() {
        check(
            is_base32,
            &["A4GRFHVVRBGY7UIW", "eee", "ME======", "a", "==="],
            &["1.0", "A4GR FHVV", "A4GR-FHVV", "A1", "A=A", "é"],
        );
    }

    #[test]
    fn otpauth_uris() {
        check(
            is_otpauth_uri,
            &["otpauth://totp/a?secret=A", "OTPAUTH://HOTP/", "otpauth://,otp/x"],
            &["otpauth://steam/a", "otpauth://totp", " otpauth://totp/a", "http://x", "otpauth://totpé/"],
        );
    }

    #[test]
    fn id_lists() {
        check(is_id_list, &["1", "1,2,3", "007"], &["1,2,", ",1", "1,,2", "a", "", "1, 2", "-1", "1\n", "٣"]);
    }

    #[test]
    fn group_names() {
        check(
            is_group_name,
            &["Work", "vàlîdWörd", "valid'Word", "a-b_c 1", "a^b", "a[b]`", "ÿ", "\u{a3}"],
            &["valid\"Word", "a:b", "a/b", "\u{1f600}", "李", "Ā", "", "a.b", "{a}", "a!"],
        );
    }

    #[test]
    fn colons() {
        check(has_no_colon, &["a", "é", "a;b"], &["a:b", ":", ""]);
    }

    proptest! {
        #[test]
        fn no_text_upsets_a_rule(text in ".{0,40}", odd in "[@\"\\\\\\[\\]<>(). a:]{0,20}") {
            for rule in [is_email, is_base32, is_otpauth_uri, is_id_list, is_group_name, has_no_colon] {
                rule(&text);
                rule(&odd);
            }
        }
    }
}
