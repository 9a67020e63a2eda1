//! Exports: accounts, written in the forms that other authenticators read.
//!
//! Each form is a module. What a form can't hold is left out and returned, never changed.

mod aegis;
mod cxf;
mod google;
mod sealed;
mod uris;

pub use aegis::{aegis, encrypted_aegis};
pub use cxf::{Exporter, cxf};
pub use google::google;
pub use sealed::sealed;
pub use uris::uris;

use otp::OtpType;
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
    /// The names of the users with whom it is shared; [`EVERYONE`] stands for all.
    pub shared_with: Vec<String>,
}

/// Stands for all users among those with whom an account is shared. No user has this name.
pub const EVERYONE: &str = "*";

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
    /// The positions of the entries in each QR code; empty for forms without QR codes.
    pub codes: Vec<Vec<usize>>,
}

impl Export {
    fn new(content: impl Into<Zeroizing<String>>, left_out: Vec<(usize, LeftOut)>) -> Self {
        Self { content: content.into(), left_out, codes: Vec::new() }
    }
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
    /// The form has no place for this number of digits.
    #[error("its codes have {0} digits, which this form can't say")]
    Digits(u8),
    /// The form has no place for this period, in seconds.
    #[error("its codes change every {0} seconds, which this form can't say")]
    Period(u32),
    /// The form has no place for this kind of code.
    #[error("this form has no place for {}", kind_name(*.0))]
    Kind(OtpType),
    /// A name, a secret or a counter is larger than the form can hold.
    #[error("its names, its secret or its counter are too large for this form")]
    Size,
}

impl LeftOut {
    /// Returns the short name for programs, such as `period`.
    pub fn code(self) -> &'static str {
        match self {
            LeftOut::Unnamed => "unnamed",
            LeftOut::Secret => "secret",
            LeftOut::Algorithm(_) => "algorithm",
            LeftOut::Digits(_) => "digits",
            LeftOut::Period(_) => "period",
            LeftOut::Kind(_) => "kind",
            LeftOut::Size => "size",
        }
    }
}

fn kind_name(kind: OtpType) -> &'static str {
    match kind {
        OtpType::Totp => "time-based codes",
        OtpType::Hotp => "counter-based codes",
        OtpType::SteamTotp => "Steam's codes",
    }
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
fn write_each<'a, T>(
    entries: &'a [Entry],
    mut write: impl FnMut(&'a Entry) -> Result<T, LeftOut>,
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
