//! The server: HTTP, sign-in and the command line of `sixpin`.

pub mod ago;
pub mod api;
pub mod app;
pub mod audit;
pub mod auth;
pub mod budget;
pub mod cli;
pub mod clock;
pub mod config;
pub mod edge;
pub mod error;
pub mod icons;
pub mod input;
pub mod mail;
pub mod messages;
pub mod outside;
pub mod random;
pub mod registration;
pub mod routes;
pub mod settings;
pub mod upkeep;
pub mod visitor;
pub mod web;
