#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod algorithm;
pub mod assertion;
mod attributes;
mod email;
pub mod header;
pub mod identity;
pub mod keys;
#[cfg(feature = "tower")]
pub mod layer;
pub mod name;
pub mod peer;
mod placeholder;
pub mod preset;
pub mod purpose;
pub mod refusal;
mod rules;
pub mod secret;
pub mod settings;
pub mod summary;
pub mod trust;
pub mod value;

pub use algorithm::Algorithm;
pub use assertion::{AssertionSettings, ClaimNames};
pub use header::{Header, Notation};
pub use identity::{Email, Identity, Naming};
pub use jiff::Timestamp;
pub use keys::KeySet;
#[cfg(feature = "tower")]
pub use layer::AuthProxyLayer;
pub use peer::Peer;
pub use preset::Preset;
pub use purpose::Purpose;
pub use refusal::{Reason, Refusal, Source};
pub use rules::AuthProxy;
pub use secret::SharedSecret;
pub use settings::{Admins, Settings};
pub use trust::TrustList;
pub use value::Encoding;
