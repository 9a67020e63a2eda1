//! `/webauthn`: security keys and passkeys (compat 1.18).

/// Sent by a page of Sixpin's that wants keys which say whose they are, so that nobody need type an address to sign in.
/// 2FAuth doesn't know it.
const DISCOVERABLE: &str = "discoverable";

pub mod keys;
pub mod login;
pub mod recovery;
