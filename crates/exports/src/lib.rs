//! Exports: accounts, written in the forms that other authenticators read.
//!
//! Each form is a module. What a form can't hold is left out and returned, never changed.

mod aegis;
mod uris;

pub use aegis::{aegis, encrypted_aegis};
pub use uris::uris;

use vault::AccountDraft;
use zeroize::Zeroizing;

/// Fills a buffer with unpredictable bytes.
pub type FillRandom = fn(&mut [u8]);

/// An account to write. The icon's name in `account` is ignored.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The account.
    pub account: AccountDraft,
    /// The name of its group, if any.
    pub group: Option<String>,
    /// Its picture, if any.
    pub icon: Option<Icon>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    /// Its media type, such as `image/png`.
    pub mime: &'static str,
    /// The file.
    pub content: Vec<u8>,
}

/// A written file.
#[derive(Debug)]
pub struct Export {
    /// The content, with the secrets.
    pub content: Zeroizing<String>,
    /// The positions among the entries of those that are not in it, counted from 0, and why.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// The reason why an account is not in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut {
    /// A URI can't do without a name.
    #[error("it has no account name, which a URI needs")]
    Unnamed,
    /// There is no secret, or it isn't base32.
    #[error("its secret can't be used")]
    Secret,
    /// The form's readers don't know the algorithm.
    #[error("{0} is not known to the programs that read the file")]
    Algorithm(otp::Algorithm),
}

/// The reason why no file could be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Whoever finds the file could open it.
    #[error("the password of an encrypted export must not be empty")]
    NoPassword,
    /// Encryption failed, by a fault of this program.
    #[error("the export could not be encrypted")]
    Encryption,
}

/// Writes what can be written, one by one.
fn write_each<T>(
    entries: &[Entry],
    mut write: impl FnMut(&Entry) -> Result<T, LeftOut>,
) -> (Vec<T>, Vec<(usize, LeftOut)>) {
    let mut written = Vec::with_capacity(entries.len());
    let mut left_out = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        match write(entry) {
            Ok(text) => written.push(text),
            Err(reason) => left_out.push((position, reason)),
        }
    }
    (written, left_out)
}
