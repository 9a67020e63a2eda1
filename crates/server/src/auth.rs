//! Who is asking.
pub mod proxy;
