//! What the server promises over HTTP: the real router on a real database, asked in-process. The modules mirror the
//! tree of addresses; `access` asks every operation as every caller, `contract` compares the router with
//! `contract/openapi.yaml`.
//!
//! SQLite always; tests that run `on_every_engine` also use PostgreSQL and MySQL or MariaDB when
//! `SIXPIN_TEST_POSTGRES_URL` and `SIXPIN_TEST_MYSQL_URL` name servers on which databases may be created
//! (`postgres://user:password@host:port/existing`, `mysql://…`).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod answer;
mod api;
mod at_rest;
mod audit;
mod auth_proxy;
mod bounds;
mod clients;
mod contract;
mod damage;
mod edge;
mod export;
mod harness;
mod import;
mod log;
mod mail;
mod operations;
mod outage;
mod people;
mod restart;
mod rights;
mod upkeep;
mod web;
