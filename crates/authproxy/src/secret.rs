//! The secret that the proxy shares with the service.

use std::fmt;

use http::HeaderMap;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::header::Header;
use crate::refusal::SecretFault;

/// A secret that the proxy sends along: proof that a request passed the proxy.
#[derive(Clone)]
pub struct SharedSecret {
    /// The header that carries it.
    pub header: Header,
    values: Vec<Zeroizing<String>>,
}

impl SharedSecret {
    /// Returns a secret of one value, or of several while it is being changed: any of them counts.
    pub fn new<S: Into<String>>(header: Header, values: impl IntoIterator<Item = S>) -> Self {
        Self { header, values: values.into_iter().map(|value| Zeroizing::new(value.into())).collect() }
    }

    /// Whether `value` is the secret. The time it takes doesn't reveal how much of it is right.
    pub fn matches(&self, value: &[u8]) -> bool {
        self.values.iter().fold(Choice::from(0), |found, secret| found | secret.as_bytes().ct_eq(value)).into()
    }

    /// Checks that the secret came, and once.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), SecretFault> {
        let mut values = headers.get_all(self.header.name()).iter();
        match (values.next(), values.next()) {
            (Some(value), None) if self.matches(value.as_bytes()) => Ok(()),
            (Some(_), None) => Err(SecretFault::Wrong),
            (Some(_), Some(_)) => Err(SecretFault::Duplicate),
            (None, _) => Err(SecretFault::Missing),
        }
    }
}

/// Without the values.
impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecret").field("header", &self.header).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j_03_two_secrets_while_changing() {
        let (old, new) = ("o".repeat(32), "n".repeat(40));
        let secret = SharedSecret::new("X-Secret".parse().unwrap(), [old.clone(), new.clone()]);
        assert!(secret.matches(old.as_bytes()) && secret.matches(new.as_bytes()));
        for wrong in ["", "o", &old[1..], &format!("{old},{new}"), &format!("{new}n")] {
            assert!(!secret.matches(wrong.as_bytes()), "{wrong}");
        }
        assert!(!format!("{secret:?}").contains(&old));
    }
}
