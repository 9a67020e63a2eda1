//! `/api/v1/twofaccounts`.

mod bulk;
mod create;
mod damaged;
mod preview;
mod show;
mod update;

/// An account with everything that a URI can say.
pub(super) const FULL: &str =
    "otpauth://totp/service:account?secret=A4GRFHVVRBGY7UIW&issuer=service&algorithm=SHA256&digits=7&period=40";
pub(super) const TOTP: &str = "otpauth://totp/service:account?secret=A4GRFHVVRBGY7UIW&issuer=service";
pub(super) const HOTP: &str = "otpauth://hotp/service:account?secret=A4GRFHVVRBGY7UIW&issuer=service&counter=5";

pub(super) const ALL: &str = "/api/v1/twofaccounts";

pub(super) fn path(id: i64) -> String {
    format!("{ALL}/{id}")
}
