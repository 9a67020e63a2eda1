//! Passwords on standard input.

use std::io::Read as _;

/// Reads a password from standard input: everything up to the end, without a trailing line break.
pub(super) fn piped_password() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("the password can't be read: {error}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
