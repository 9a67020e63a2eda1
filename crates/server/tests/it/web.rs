//! The routes of the pages.

mod account;
mod demo;
mod files;
mod login;
mod password;
mod register;
mod sessions;
mod shell;
mod sso;
mod system;
mod tokens;
mod webauthn;
