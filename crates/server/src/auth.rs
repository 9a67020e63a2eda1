//! Who is asking.

pub mod caller;
pub mod lookalike;
pub mod notices;
pub mod proxy;
pub mod recovery;
pub mod session;
pub mod sso;
pub mod token;
pub mod tries;
pub mod webauthn;
