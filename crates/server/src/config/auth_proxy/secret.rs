//! The secret that the proxy and Sixpin share: `AUTH_PROXY_SECRET`.

use authproxy::{Notation, SharedSecret};
use zeroize::Zeroizing;

use super::words::read_header;
use crate::config::vars::Vars;

/// Minimum length of a secret, in characters: shorter ones can be guessed.
const MIN_CHARS: usize = 32;

/// Reads `AUTH_PROXY_SECRET` or the file named by `AUTH_PROXY_SECRET_FILE`: one secret, or the old and the new one with a
/// comma between them.
pub(super) fn read(vars: &mut Vars, notation: Notation) -> Option<SharedSecret> {
    let header = read_header(vars, "AUTH_PROXY_SECRET_HEADER", Some("X-Auth-Proxy-Secret"), notation);
    let text = Zeroizing::new(vars.secret("AUTH_PROXY_SECRET")?);
    let values: Vec<&str> = text.split(',').map(str::trim).collect();
    if values.len() > 2 || values.contains(&"") {
        vars.problem(
            "AUTH_PROXY_SECRET takes one secret, or two with a comma between them while it is being changed; a secret \
             itself contains no comma",
        );
    } else if !values.iter().all(|value| value.bytes().all(|byte| byte.is_ascii_graphic())) {
        vars.problem("AUTH_PROXY_SECRET has blanks or characters outside of ASCII: use letters, digits and signs");
    } else if values.iter().any(|value| value.len() < MIN_CHARS) {
        vars.warning(format!(
            "AUTH_PROXY_SECRET is shorter than {MIN_CHARS} characters and could be guessed: make one with \
             `openssl rand -hex 32`"
        ));
    }
    Some(SharedSecret::new(header?, values))
}
