//! `/api/v1` and `/api/v2`.

mod accounts;
mod export;
mod exports;
mod features;
mod group_counts;
mod groups;
mod icons;
mod imports;
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
mod v2;
