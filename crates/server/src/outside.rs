//! Requests to other hosts: icons, providers of single sign-on, keys of auth proxies.

pub mod address;
pub mod collections;
pub mod http;
pub mod jwks;
pub mod sso;
pub mod tls;
