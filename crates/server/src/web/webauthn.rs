//! `/webauthn`: security keys and passkeys (contract 1.18).

pub mod keys;
pub mod login;
pub mod recovery;
