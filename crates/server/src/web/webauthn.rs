//! `/webauthn`: security keys and passkeys (compat 1.18).

pub mod keys;
pub mod login;
pub mod recovery;

use crate::input::{Checked, Validation};

/// Sent by a page of Sixpin's that wants keys which say whose they are, so that nobody need type an address to sign in.
/// 2FAuth doesn't know it.
const DISCOVERABLE: &str = "discoverable";

/// Checks a field that must be text.
fn required_text<'a>(check: &mut Validation<'a>, path: &str) -> Checked<&'a str> {
    check.field(path).required().string().value()
}
