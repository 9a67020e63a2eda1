//! The routes of the pages.

mod account;
mod files;
mod login;
mod register;
mod shell;
mod system;
mod tokens;
