//! `/webauthn`: security keys, by the `passkey` crate's authenticator.

mod key;
mod login;
mod recovery;
mod register;
