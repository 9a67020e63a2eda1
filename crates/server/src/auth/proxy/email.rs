//! E-mail addresses: those that a proxy gives, and those made up where it gives none.

use crate::api::input::is_email;

/// Where made-up addresses end. Nothing is ever sent there.
const NOWHERE: &str = "@remote";
/// Longest address, in bytes.
const MAX_BYTES: usize = 191;

/// Whether a text in lower case is an e-mail address that a person can have: valid, short enough, and not made up.
pub(super) fn is_usable(email: &str) -> bool {
    is_email(email) && email.len() <= MAX_BYTES && !is_fallback(email)
}

/// Whether an address is a made-up one.
pub fn is_fallback(email: &str) -> bool {
    email.to_lowercase().ends_with(NOWHERE)
}

/// The address made up for a person whose proxy gives none: the name in lower case, cut so that the address has 191
/// bytes at most, and `@remote`. When that is taken, the next turns are `john-2@remote`, `john-3@remote`…
pub fn fallback_email(name: &str, turn: u64) -> String {
    let end = if turn > 1 { format!("-{turn}{NOWHERE}") } else { NOWHERE.to_owned() };
    let mut email = name.to_lowercase();
    email.truncate(email.floor_char_boundary(MAX_BYTES - end.len()));
    email.push_str(&end);
    email
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["john@example.com", "owner@x", "a.b+c@x-y.example", "gödel@exämple.org", "o'neil@x.ie"] {
            assert!(is_usable(good), "{good}");
        }
        let long = format!("john@{}.example", ["a"; 95].join("."));
        assert!(!is_usable(&long), "{} bytes", long.len());
        for bad in [
            "",
            "john",
            "@x",
            "a@",
            "a@b@c",
            "bad[at]email",
            "a b@x",
            ".a@x",
            "a..b@x",
            "a@-x",
            "a@x.",
            "john@remote",
            "john@REMOTE",
            "a@b,c@d",
            "a@x\n",
            "<a@x>",
        ] {
            assert!(!is_usable(bad), "{bad}");
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
