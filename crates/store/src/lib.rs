//! Everything that Sixpin stores, in SQLite, PostgreSQL or MySQL/MariaDB. This is the only crate with SQL.
//!
//! A [`Store`] is an open database. There are three ways to use it:
//! - [`Store::read`] returns a connection for reading.
//! - [`Store::write`] returns the write transaction. There is one at a time: what it reads can't change before it
//!   commits, and no two can deadlock. What users write takes a [`UserWrite`] or an [`AdminWrite`], into which it is
//!   turned by a check of the user's right ([`Write::by`]).
//! - A few small writes of the busiest requests are methods of [`Store`] itself, and share their commits.
//!
//! Methods that read are nouns ([`Read::user`]), methods that write are verbs ([`Write::create_user`]). Secrets are
//! sealed before they reach the database, see [`MasterKeys`].

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods of Row<'a> are those of one lifetime, readers of rows must take any"
)]

mod accounts;
mod attempts;
mod challenges;
mod checkup;
mod clock_watch;
mod committer;
mod damage;
mod data_key;
mod database;
mod engine;
mod error;
mod groups;
mod hash;
mod icons;
mod imports;
mod jobs;
mod logs;
mod rekey;
mod resets;
mod rights;
mod rows;
mod schema;
mod scope;
mod seal;
mod secrets;
mod security_keys;
mod sessions;
mod settings;
mod shares;
mod small_writes;
mod store;
mod throttles;
mod tokens;
mod transaction;
mod users;

pub use accounts::AccountCounts;
pub use checkup::Findings;
pub use clock_watch::{ClockVerdict, MayPurge};
pub use damage::Damage;
pub use database::Database;
pub use error::{Error, OpenError};
pub use hash::Hash;
pub use imports::{StoredImport, UndoneImport};
pub use logs::{NewSignIn, OtpLog, SignIn, SignOut};
pub use rekey::Rekeyed;
pub use resets::{Reset, ResetKind};
pub use rights::{AdminWrite, Claim, Credential, UserWrite};
pub use seal::{FillRandom, Key, KeyError, KeySource, MasterKeys, Prover};
pub use security_keys::{NewSecurityKey, SecurityKey};
pub use sessions::{Basis, MAX_SESSIONS, Session};
pub use shares::Recipient;
pub use store::Store;
pub use throttles::{Throttle, ThrottleKey};
pub use tokens::Token;
pub use transaction::{Read, Write};
pub use users::{AdminRule, CreateUserError, NewUser};
