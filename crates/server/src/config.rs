//! Configuration: environment variables with 2FAuth's names, and `.env`; the environment wins.

pub mod vars;
