//! Opening the sealed values of an account, for holders of a right.

use otp::Secret;
use vault::access::{OpensSecret, ReadSecret, Right};
use vault::{Account, AccountId, Sealed};
use zeroize::Zeroizing;

use crate::accounts::{LEGACY_URI, SECRET, open_text};
use crate::{Error, Store};

impl Store {
    /// Opens the account's secret.
    ///
    /// # Errors
    /// [`Error::Undecipherable`]; [`Error::Damaged`] when another value of the account can't be read; or
    /// [`Error::OtherRight`] when the right is for another account.
    pub fn open_secret(&self, account: &Account, right: &impl OpensSecret) -> Result<Secret, Error> {
        let text = self.open_column(account, right.account(), SECRET, &account.secret)?;
        Ok(Secret::from_text(&text))
    }

    /// Opens the otpauth URI with which the account was created.
    ///
    /// # Errors
    /// Those of [`open_secret`](Self::open_secret).
    pub fn open_legacy_uri(&self, account: &Account, right: &Right<ReadSecret>) -> Result<Zeroizing<String>, Error> {
        self.open_column(account, right.account(), LEGACY_URI, &account.legacy_uri)
    }

    fn open_column(
        &self,
        account: &Account,
        permitted: AccountId,
        column: &'static str,
        text: &Sealed,
    ) -> Result<Zeroizing<String>, Error> {
        if permitted != account.id {
            return Err(Error::OtherRight);
        }
        if account.is_damaged {
            return Err(Error::Damaged(account.id));
        }
        open_text(&self.sealer, account.id, column, text)
            .inspect_err(|error| self.damages.note("accounts", account.id, error))
    }
}
