//! Who is asking.

pub mod admission;
pub mod caller;
pub mod csrf;
pub mod gate;
pub mod notices;
pub mod proxy_token;
pub mod recovery;
pub mod session;
pub mod token;
pub mod tries;
pub mod webauthn;
