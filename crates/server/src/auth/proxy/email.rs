//! E-mail addresses that a proxy gives.

use vault::email::{MAX_BYTES, is_email, is_fallback};

/// Whether a text in lower case is an e-mail address that a person can have: valid, short enough, and not made up.
pub(super) fn is_usable(email: &str) -> bool {
    is_email(email) && email.len() <= MAX_BYTES && !is_fallback(email)
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
}
