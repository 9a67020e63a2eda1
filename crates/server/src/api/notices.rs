//! Mails about accounts that are shared, no longer shared, or given away, to people who want to know (compat 3.12).

use store::Read;
use vault::{Account, User, UserId};

use crate::app::App;
use crate::auth::notices::tell;
use crate::error::Result;
use crate::mail::Letter;

/// Who is told of an account, and what it is called. Collected while it is being changed; told afterwards.
#[derive(Debug)]
pub struct Notice {
    people: Vec<User>,
    account: String,
}

impl Notice {
    /// For these people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to(read: &mut Read, account: &Account, people: &[UserId]) -> Result<Self> {
        Ok(Self { people: read.users_among(people).await?, account: called(account) })
    }

    /// For everybody but its owner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_everybody(read: &mut Read, account: &Account) -> Result<Self> {
        let everybody = read.users().await?.into_iter().map(|(user, _)| user);
        let people = everybody.filter(|user| Some(user.id) != account.owner).collect();
        Ok(Self { people, account: called(account) })
    }

    /// Tells them that `owner` shares it with them.
    pub fn shared(self, app: &App, owner: &User) {
        self.tell(app, "notifyOnShare", &Letter::shared(&owner.name, &self.account));
    }

    /// Tells them that `owner` no longer shares it with them.
    pub fn unshared(self, app: &App, owner: &User) {
        self.tell(app, "notifyOnShare", &Letter::unshared(&owner.name, &self.account));
    }

    /// Tells them that it is theirs, by the will of `owner`.
    pub fn given(self, app: &App, owner: &User) {
        self.tell(app, "notifyOnOwnershipTransfer", &Letter::new_owner(&owner.name, &self.account));
    }

    fn tell(&self, app: &App, preference: &str, letter: &Letter) {
        self.people.iter().for_each(|user| tell(app, user, preference, || letter.clone()));
    }
}

/// The service alone where there is one: mails are read on their way more easily than anything else.
fn called(account: &Account) -> String {
    account.service.clone().unwrap_or_else(|| account.name.clone())
}
