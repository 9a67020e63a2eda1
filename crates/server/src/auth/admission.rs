//! From whom a proxy names to a user: found, brought up to date, or made.

#[cfg(test)]
mod tests;

use authproxy::name::{MAX_CHARS, name_key};
use authproxy::{Email, Identity, Naming};
use jiff::Timestamp;
use store::{AdminRule, CreateUserError, NewUser, Read, Store, Write};
use vault::email::fallback_email;
use vault::{EmailSource, User, UserId};

use crate::config::auth_proxy::AdmissionConfig;
use crate::error::Denial;

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// The user may not sign in.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<CreateUserError> for AdmissionError {
    fn from(error: CreateUserError) -> Self {
        Self::Store(match error {
            CreateUserError::Store(error) => error,
            // What is planned in the write transaction is free, so this is a conflict with a write outside of it.
            _ => store::Error::Duplicate,
        })
    }
}

/// What is to be done for a person.
enum Plan {
    /// Nothing: the user is as the proxy says.
    Admit(User),
    /// Something of the user changes.
    Change(User, Changes),
    /// The user is made.
    Create { name: String, email: (String, EmailSource), admin: AdminRule },
}

/// What changes of a user.
#[derive(Default, PartialEq)]
struct Changes {
    name: Option<String>,
    email: Option<(String, EmailSource)>,
    /// Whether the user is bound to the identity's subject from now on.
    binds: bool,
    admin: Option<bool>,
}

/// The user whom `identity` names, by its subject if there is one, else by its exact name; never by the address.
///
/// A known person costs one indexed read. Only what the proxy says anew is written, and unknown people get an
/// account, in the write transaction.
///
/// # Errors
/// Why the person is not let in, or what failed in the database.
pub async fn admit(
    config: AdmissionConfig,
    store: &Store,
    identity: &Identity,
    now: Timestamp,
) -> Result<User, AdmissionError> {
    if let Plan::Admit(user) = outlook(config, &mut store.read().await?, identity).await? {
        return Ok(user);
    }
    // Others may have changed the plan meanwhile; nobody can from here on.
    let mut write = store.write().await?;
    let user = match plan(config, &mut write, identity).await? {
        Plan::Admit(user) => return Ok(user),
        Plan::Change(user, changes) => change(&mut write, user, changes, identity, now).await?,
        Plan::Create { name, email, admin } => create(&mut write, identity, &name, &email, admin, now).await?,
    };
    write.commit().await?;
    Ok(user)
}

/// Takes the tokens back of whoever had the name that the proxy now gives to somebody else: they may have left.
///
/// # Errors
/// When the database fails.
pub async fn revoke_tokens(store: &Store, identity: &Identity) -> Result<(), store::Error> {
    let mut read = store.read().await?;
    let Some(user) = read.user_by_name(&identity.name).await? else { return Ok(()) };
    if read.token_count(user.id).await? == 0 {
        return Ok(());
    }
    drop(read);
    let mut write = store.write().await?;
    write.revoke_tokens(user.id).await?;
    write.commit().await?;
    tracing::warn!(user = %user.id, "tokens revoked: the proxy gives the name of their owner to somebody else");
    Ok(())
}

/// The plan as it looks outside of the write transaction.
async fn outlook(config: AdmissionConfig, read: &mut Read, identity: &Identity) -> Result<Plan, AdmissionError> {
    match plan(config, read, identity).await {
        // An account that was made between two of its reads looks like somebody else's: a second look finds it.
        Err(AdmissionError::Denied(_)) => plan(config, read, identity).await,
        plan => plan,
    }
}

async fn plan(config: AdmissionConfig, read: &mut Read, identity: &Identity) -> Result<Plan, AdmissionError> {
    let Some((user, binds)) = known(read, identity).await? else { return newcomer(config, read, identity).await };
    if user.disabled_at.is_some() {
        return Err(Denial::AccountDisabled.into());
    }
    let changes = Changes {
        name: renamed(read, identity, &user).await?,
        email: readdressed(read, identity, &user).await?,
        binds,
        admin: identity.is_admin.filter(|is_admin| *is_admin != user.is_admin),
    };
    Ok(if changes == Changes::default() { Plan::Admit(user) } else { Plan::Change(user, changes) })
}

async fn newcomer(config: AdmissionConfig, read: &mut Read, identity: &Identity) -> Result<Plan, AdmissionError> {
    let Some(name) = free_name(read, identity, None).await? else {
        return Err(Denial::NameCollision.into());
    };
    let is_tombstoned = is_tombstoned(read, identity).await?;
    if is_tombstoned && !config.recreate_deleted {
        return Err(Denial::Tombstoned.into());
    }
    if !config.auto_create {
        return Err(Denial::UnknownUser.into());
    }
    let email = match &identity.email {
        Email::Valid(email) if !read.email_taken(email, None).await? => (email.clone(), EmailSource::Proxy),
        _ => fallback(read, &name, None).await?,
    };
    let admin = match identity.is_admin {
        Some(true) => AdminRule::Yes,
        None if config.first_user_admin && !is_tombstoned => AdminRule::IfFirst,
        Some(false) | None => AdminRule::No,
    };
    Ok(Plan::Create { name, email, admin })
}

/// The user of an identity, and whether the identity's subject is yet to be bound to it.
async fn known(read: &mut Read, identity: &Identity) -> Result<Option<(User, bool)>, AdmissionError> {
    let Some(subject) = &identity.subject else {
        return Ok(read.user_by_name(&identity.name).await?.map(|user| (user, false)));
    };
    if let Some(user) = read.user_by_proxy_subject(subject).await? {
        return Ok(Some((user, false)));
    }
    if identity.naming == Naming::Display {
        return Ok(None);
    }
    let Some(user) = read.user_by_name(&identity.name).await? else { return Ok(None) };
    if read.has_proxy_subject(user.id).await? {
        return Err(Denial::IdentityConflict.into());
    }
    Ok(Some((user, true)))
}

/// What the account of a person may be called, best first: the name alone where it is one person's, else also the name
/// with the identifier behind it, and the identifier, so that two people of one name have two accounts.
fn candidates(identity: &Identity) -> Vec<String> {
    let mut candidates = vec![identity.name.clone()];
    if let (Naming::Display, Some(subject)) = (identity.naming, &identity.subject) {
        candidates.push(format!("{} ({subject})", identity.name));
        candidates.push(subject.clone());
    }
    candidates.retain(|name| name.chars().count() <= MAX_CHARS);
    candidates
}

/// The first of the candidates that no account but that one has, nor one like it.
async fn free_name(read: &mut Read, identity: &Identity, own: Option<&str>) -> Result<Option<String>, AdmissionError> {
    for name in candidates(identity) {
        if read.names_like(&name_key(&name)).await?.iter().all(|other| Some(other.as_str()) == own) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether an administrator has deleted the account of a person.
async fn is_tombstoned(read: &mut Read, identity: &Identity) -> Result<bool, AdmissionError> {
    if let Some(subject) = &identity.subject
        && read.is_subject_tombstoned(subject).await?
    {
        return Ok(true);
    }
    Ok(identity.naming == Naming::Unique && read.is_tombstoned(&name_key(&identity.name)).await?)
}

/// The name that a user gets, when the proxy says another one and nobody else has one like it.
async fn renamed(read: &mut Read, identity: &Identity, user: &User) -> Result<Option<String>, AdmissionError> {
    if candidates(identity).contains(&user.name) {
        return Ok(None);
    }
    free_name(read, identity, Some(&user.name)).await
}

/// The address that a user gets, when the proxy gives another one, or no longer gives the one it gave.
async fn readdressed(
    read: &mut Read,
    identity: &Identity,
    user: &User,
) -> Result<Option<(String, EmailSource)>, AdmissionError> {
    let is_from_proxy = user.email_source == EmailSource::Proxy;
    match &identity.email {
        Email::Valid(email) if is_from_proxy && *email == user.email => Ok(None),
        Email::Valid(email) if !read.email_taken(email, Some(user.id)).await? => {
            Ok(Some((email.clone(), EmailSource::Proxy)))
        }
        Email::Valid(_) | Email::Unreadable(_) | Email::Invalid if is_from_proxy => {
            fallback(read, &user.name, Some(user.id)).await.map(Some)
        }
        Email::Valid(_) | Email::Unreadable(_) | Email::Invalid | Email::NotConfigured => Ok(None),
    }
}

/// The first made-up address that nobody else has.
async fn fallback(read: &mut Read, name: &str, user: Option<UserId>) -> Result<(String, EmailSource), AdmissionError> {
    let mut turn = 1;
    loop {
        let email = fallback_email(name, turn);
        if !read.email_taken(&email, user).await? {
            return Ok((email, EmailSource::Fallback));
        }
        turn += 1;
    }
}

async fn change(
    write: &mut Write,
    mut user: User,
    changes: Changes,
    identity: &Identity,
    now: Timestamp,
) -> Result<User, AdmissionError> {
    if changes.name.is_some() || changes.email.is_some() {
        user.name = changes.name.unwrap_or(user.name);
        (user.email, user.email_source) = changes.email.unwrap_or((user.email, user.email_source));
        let key = name_key(&user.name);
        write.set_name_and_email(user.id, &user.name, &key, &user.email, user.email_source, now).await?;
        tracing::info!(user = %user.id, name = ?user.name, email = ?user.email, "changed as the proxy says");
    }
    if let Some(subject) = identity.subject.as_deref().filter(|_| changes.binds) {
        write.set_proxy_subject(user.id, subject, now).await?;
        tracing::info!(user = %user.id, "bound to the proxy's identifier");
    }
    if let Some(is_admin) = changes.admin {
        user.is_admin = is_admin;
        write.set_admin(user.id, is_admin, now).await?;
        tracing::info!(user = %user.id, admin = is_admin, "promoted or demoted as the lists of administrators say");
    }
    Ok(user)
}

async fn create(
    write: &mut Write,
    identity: &Identity,
    name: &str,
    (email, email_source): &(String, EmailSource),
    admin: AdminRule,
    now: Timestamp,
) -> Result<User, AdmissionError> {
    let new = NewUser {
        name,
        name_key: &name_key(name),
        email,
        email_source: *email_source,
        password_hash: None,
        admin,
        sso: None,
        proxy_subject: identity.subject.as_deref(),
    };
    let user = write.create_user(&new, now).await?;
    tracing::info!(user = %user.id, name = ?user.name, admin = user.is_admin, "created as the proxy says");
    Ok(user)
}
