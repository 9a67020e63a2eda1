//! The query of a URI.

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// The parameters of a query, decoded like a form: `+` is a space, `%XX` a byte of UTF-8.
///
/// Names have no spaces around them. Of several parameters with one name the last counts.
pub(super) struct Query(Vec<(String, Zeroizing<String>)>);

impl Query {
    /// Decodes a query. Never fails: text that cannot be decoded stays unchanged.
    pub(super) fn decode(query: &str) -> Query {
        Query(
            query
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name).trim().to_owned(), Zeroizing::new(decode(value))))
                .collect(),
        )
    }

    /// Makes names match in any case, as in QR codes that have capitals alone.
    pub(super) fn in_any_case(self) -> Query {
        Query(self.0.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }

    /// Returns the value of a parameter, `""` if it has only a name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a parameter unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !value.is_empty())
    }

    /// Returns the value of a parameter as PHP casts text to an integer: the number that it starts with, else 0.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?.trim_start();
        let (negative, digits) = match value.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, value.strip_prefix('+').unwrap_or(value)),
        };
        let number = digits
            .bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        Some(if negative { -number } else { number })
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
