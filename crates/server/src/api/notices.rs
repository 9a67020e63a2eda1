//! Mails to users about accounts that are shared with them, no longer shared, or given to them (compat 3.12).

use store::Read;
use vault::{Account, User, UserId};

use crate::app::App;
use crate::auth::notices::tell;
use crate::error::Result;
use crate::mail::Letter;

/// Recipients and name of a changed account: collected within the transaction, mailed after it.
#[derive(Debug)]
pub struct Notice {
    recipients: Vec<User>,
    account: String,
}

impl Notice {
    /// Returns a notice to these users.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to(read: &mut Read, account: &Account, recipients: &[UserId]) -> Result<Self> {
        Ok(Self { recipients: read.users_among(recipients).await?, account: mailed_name(account) })
    }

    /// Returns a notice to all users but the owner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_all(read: &mut Read, account: &Account) -> Result<Self> {
        let users = read.users().await?.into_iter().map(|(user, _)| user);
        let recipients = users.filter(|user| Some(user.id) != account.owner).collect();
        Ok(Self { recipients, account: mailed_name(account) })
    }

    /// Mails that `owner` shares the account with the recipients.
    pub fn shared(self, app: &App, owner: &User) {
        self.tell(app, "notifyOnShare", &Letter::shared(&owner.name, &self.account));
    }

    /// Mails that `owner` no longer shares the account with the recipients.
    pub fn unshared(self, app: &App, owner: &User) {
        self.tell(app, "notifyOnShare", &Letter::unshared(&owner.name, &self.account));
    }

    /// Mails that `owner` has given the account to the recipient.
    pub fn given(self, app: &App, owner: &User) {
        self.tell(app, "notifyOnOwnershipTransfer", &Letter::new_owner(&owner.name, &self.account));
    }

    fn tell(&self, app: &App, preference: &str, letter: &Letter) {
        self.recipients.iter().for_each(|user| tell(app, user, preference, || letter.clone()));
    }
}

/// Returns the name of an account in mails: the service alone if there is one, since mails may be read on their way.
fn mailed_name(account: &Account) -> String {
    account.service.clone().unwrap_or_else(|| account.name.clone())
}
