//! E-mail addresses that a proxy states.

use email_address::{EmailAddress, Options};

/// Maximum length of an address, in bytes.
const MAX_BYTES: usize = 191;

/// Whether a text is an e-mail address (RFC 5322) of at most 191 bytes. The domain may be one label.
pub(crate) fn is_usable(text: &str) -> bool {
    let options = Options::default().with_no_minimum_sub_domains().without_display_text();
    text.len() <= MAX_BYTES && EmailAddress::parse_with_options(text, options).is_ok()
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
            "a@b,c@d",
            "a@x\n",
            "<a@x>",
        ] {
            assert!(!is_usable(bad), "{bad}");
        }
    }
}
