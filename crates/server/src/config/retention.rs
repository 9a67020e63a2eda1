//! How long logs are kept.

use super::vars::Vars;

/// Retention of logs, in days.
#[derive(Debug, Clone)]
pub struct RetentionConfig {
    /// `AUTHENTICATION_LOG_RETENTION`: sign-ins.
    pub sign_in_days: u32,
    /// `OTP_LOG_RETENTION`: generated codes.
    pub otp_days: u32,
}

impl RetentionConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let mut days = |name: &str| {
            // compat 3.11: what isn't a number is a year.
            vars.text(name).and_then(|text| text.parse().ok()).unwrap_or(365)
        };
        Self { sign_in_days: days("AUTHENTICATION_LOG_RETENTION"), otp_days: days("OTP_LOG_RETENTION") }
    }
}
