//! `/api/v1`.

mod accounts;
mod export;
mod features;
mod groups;
mod icons;
mod me;
mod migration;
mod otp;
mod otp_logs;
mod ownership;
mod preferences;
mod qrcode;
mod recipients;
mod settings;
mod shares;
mod users;
