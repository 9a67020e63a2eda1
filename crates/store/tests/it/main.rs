//! What the store promises. Every test runs on every engine that is there: on SQLite always, on PostgreSQL and on MySQL
//! or MariaDB when `SIXPIN_TEST_POSTGRES_URL` and `SIXPIN_TEST_MYSQL_URL` name servers on which databases may be
//! created (`postgres://user:password@host:port/existing`, `mysql://…`).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod at_rest;
mod bench;
mod claims;
mod crash;
mod damage;
mod group_counts;
mod groups;
mod icons;
mod imports;
mod keys;
mod logs;
mod opening;
mod outage;
mod rekey;
mod rights;
mod security_keys;
mod sessions;
mod settings;
mod shares;
mod throttles;
mod transactions;
mod users;
