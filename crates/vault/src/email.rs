//! E-mail addresses: their form, and those made up for people whose auth proxy gives none.

use email_address::{EmailAddress, Options};

/// Longest address, in bytes.
pub const MAX_BYTES: usize = 191;
/// The domain of made-up addresses. Nothing is ever sent there.
pub const FALLBACK_DOMAIN: &str = "remote";

/// An e-mail address (RFC 5322, without a display name); a host without a dot is fine.
pub fn is_email(text: &str) -> bool {
    let options = Options::default().with_no_minimum_sub_domains().without_display_text();
    EmailAddress::parse_with_options(text, options).is_ok()
}

/// Whether an address is a made-up one.
pub fn is_fallback(email: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, domain)| domain.to_lowercase() == FALLBACK_DOMAIN)
}

/// The address made up for a person whose proxy gives none: the name in lower case, cut so that the address has 191
/// bytes at most, and `@remote`. When that is taken, the next turns are `john-2@remote`, `john-3@remote`…
pub fn fallback_email(name: &str, turn: u64) -> String {
    let end = if turn > 1 { format!("-{turn}@{FALLBACK_DOMAIN}") } else { format!("@{FALLBACK_DOMAIN}") };
    let mut email = name.to_lowercase();
    email.truncate(email.floor_char_boundary(MAX_BYTES - end.len()));
    email.push_str(&end);
    email
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        for good in [
            "ana@example.org",
            "user@host",
            "a.b+c@d-e.f",
            "x@[127.0.0.1]",
            "\"a b\"@host",
            "josé@exämple.org",
            "a'b@c.d",
        ] {
            assert!(is_email(good), "{good:?} is good");
        }
        for bad in [
            "x",
            "",
            "@",
            "a@",
            "@b",
            "a b@c",
            "a@b c",
            "a@@b",
            ".a@b",
            "a.@b",
            "a..b@c",
            "Ana <a@b>",
            "a@b\n",
            "a@b,c@d",
            "a@-b",
        ] {
            assert!(!is_email(bad), "{bad:?} is bad");
        }
    }

    #[test]
    fn s_13_fallbacks() {
        assert_eq!(fallback_email("John Doe", 1), "john doe@remote");
        assert_eq!(fallback_email("John Doe", 2), "john doe-2@remote");
        assert_eq!(fallback_email("x@remote", 1), "x@remote@remote", "v_25: never the fallback of another name");
        assert_eq!(fallback_email(&"é".repeat(100), 1), format!("{}@remote", "é".repeat(92)), "184 bytes of the name");
        let odd = fallback_email(&format!("a{}", "é".repeat(100)), 1);
        assert_eq!(odd.len(), 190, "never cut inside of a character");
        assert_eq!(fallback_email(&"a".repeat(190), 10), format!("{}-10@remote", "a".repeat(181)));
        assert!(is_fallback("John@Remote") && !is_fallback("john@remote.example"));
    }
}
