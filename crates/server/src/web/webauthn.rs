//! `/webauthn`: security keys and passkeys (compat 1.18).

pub mod keys;
pub mod login;
pub mod recovery;

use crate::input::{Checked, Validation};

/// The field by which Sixpin's page asks for keys that identify their user, so that no address is needed to sign in.
/// 2FAuth doesn't have it.
const DISCOVERABLE: &str = "discoverable";

/// Checks a field that must be text.
fn required_text<'a>(check: &mut Validation<'a>, path: &str) -> Checked<&'a str> {
    check.field(path).required().string().value()
}
