//! What the proxy and Sixpin alone know: `AUTH_PROXY_SECRET`.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::header;
use crate::auth::proxy::header::{Header, Notation};
use crate::config::vars::Vars;

/// Shorter secrets can be guessed.
const SECRET_BYTES: usize = 32;

/// What the proxy and Sixpin alone know: proof that a request passed the proxy.
#[derive(Clone)]
pub struct SharedSecret {
    /// Carries it.
    pub header: Header,
    values: Vec<Zeroizing<String>>,
}

impl SharedSecret {
    /// `AUTH_PROXY_SECRET` or the file named by `AUTH_PROXY_SECRET_FILE`: one secret, or the old and the new one with a
    /// comma between them.
    pub(super) fn read(vars: &mut Vars, notation: Notation) -> Option<Self> {
        let header = header(vars, "AUTH_PROXY_SECRET_HEADER", "X-Auth-Proxy-Secret", notation);
        let text = Zeroizing::new(vars.secret("AUTH_PROXY_SECRET")?);
        let values: Vec<_> = text.split(',').map(|value| Zeroizing::new(value.trim().to_owned())).collect();
        if values.len() > 2 || values.iter().any(|value| value.is_empty()) {
            vars.problem(
                "AUTH_PROXY_SECRET takes one secret, or two with a comma between them while it is being changed; a \
                 secret itself contains no comma",
            );
        } else if !values.iter().all(|value| value.bytes().all(|byte| byte.is_ascii_graphic())) {
            vars.problem("AUTH_PROXY_SECRET has blanks or characters outside of ASCII: use letters, digits and signs");
        } else if values.iter().any(|value| value.len() < SECRET_BYTES) {
            vars.warning(format!(
                "AUTH_PROXY_SECRET is shorter than {SECRET_BYTES} characters and could be guessed: make one with \
                 `openssl rand -hex 32`"
            ));
        }
        Some(Self { header: header?, values })
    }

    /// Whether `value` is the secret, in a time that doesn't tell how much of it is right.
    pub fn is(&self, value: &[u8]) -> bool {
        self.values.iter().fold(Choice::from(0), |found, secret| found | secret.as_bytes().ct_eq(value)).into()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecret").field("header", &self.header).finish_non_exhaustive()
    }
}
