//! From the identity that a proxy states to a user: found, updated, or created.

#[cfg(test)]
mod tests;

use authproxy::name::{MAX_CHARS, composed, name_key};
use authproxy::{Email, Identity, Naming};
use jiff::Timestamp;
use store::{AdminRule, AdminWrite, CreateUserError, NewUser, Read, Store, Write};
use vault::email::fallback_email;
use vault::{EmailSource, User, UserId};

use crate::config::auth_proxy::{AdmissionConfig, NameCase};
use crate::error::Denial;

/// Why an identity isn't signed in.
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

/// A user who is signed in by an identity.
#[derive(Debug)]
pub struct Admitted {
    /// The user, as they are now.
    pub user: User,
    /// The changes of the user that the identity required, as events of the audit trail.
    pub events: Vec<&'static str>,
}

/// The work that signing in an identity takes.
enum Plan {
    /// None: the user is as the identity states.
    Admit(User),
    /// The user is updated.
    Change(User, Changes),
    /// The user is created.
    Create { name: String, email: (String, EmailSource), admin: AdminRule },
}

/// Changes of a user.
#[derive(Default, PartialEq)]
struct Changes {
    name: Option<String>,
    email: Option<(String, EmailSource)>,
    /// Whether the user is bound to the identity's subject from now on.
    binds: bool,
    admin: Option<bool>,
}

/// Returns the user of an identity: by its subject if there is one, else by its exact name, or where case is ignored by
/// the one that differs in nothing else; never by the address.
///
/// A known user costs one indexed read, two where case is ignored. Only changes are written, and unknown users created, within the write
/// transaction.
///
/// # Errors
/// The reason why the identity isn't signed in, or the failure of the database.
pub async fn admit(
    config: AdmissionConfig,
    store: &Store,
    identity: &Identity,
    now: Timestamp,
) -> Result<Admitted, AdmissionError> {
    if let Plan::Admit(user) = plan_by_reading(config, &mut store.read().await?, identity).await? {
        return Ok(Admitted { user, events: Vec::new() });
    }
    // Another request may have changed the plan meanwhile; from here on none can. The proxy's word about users counts
    // because the operator's configuration says so.
    let mut write = store.write().await?.by_operator();
    let admitted = match make_plan(config, &mut write, identity).await? {
        Plan::Admit(user) => return Ok(Admitted { user, events: Vec::new() }),
        Plan::Change(user, changes) => apply_changes(&mut write, user, changes, identity, now).await?,
        Plan::Create { name, email, admin } => create_user(&mut write, identity, &name, &email, admin, now).await?,
    };
    write.commit().await?;
    Ok(admitted)
}

/// Revokes the tokens of the user who had the name that the proxy now gives to another person: the former may have
/// left. Returns the user if there were any.
///
/// # Errors
/// When the database fails.
pub async fn revoke_tokens(
    config: AdmissionConfig,
    store: &Store,
    identity: &Identity,
) -> Result<Option<User>, store::Error> {
    let mut read = store.read().await?;
    let user = match find_by_name(config, &mut read, &identity.name).await {
        Ok(Some(user)) => user,
        Ok(None) | Err(AdmissionError::Denied(_)) => return Ok(None),
        Err(AdmissionError::Store(error)) => return Err(error),
    };
    if read.token_count(user.id).await? == 0 {
        return Ok(None);
    }
    drop(read);
    let mut write = store.write().await?.by_operator();
    write.revoke_tokens(user.id).await?;
    write.commit().await?;
    tracing::warn!(user = %user.id, "tokens revoked: the proxy gives the name of their owner to another person");
    Ok(Some(user))
}

/// Makes the plan outside of the write transaction.
async fn plan_by_reading(
    config: AdmissionConfig,
    read: &mut Read,
    identity: &Identity,
) -> Result<Plan, AdmissionError> {
    match make_plan(config, read, identity).await {
        // A user created between two of its reads looks like another person's: a second look finds it.
        Err(AdmissionError::Denied(_)) => make_plan(config, read, identity).await,
        plan => plan,
    }
}

async fn make_plan(config: AdmissionConfig, read: &mut Read, identity: &Identity) -> Result<Plan, AdmissionError> {
    let Some((user, binds)) = find_user(config, read, identity).await? else {
        return plan_creation(config, read, identity).await;
    };
    if user.disabled_at.is_some() {
        return Err(Denial::AccountDisabled.into());
    }
    let changes = Changes {
        name: new_name(config, read, identity, &user).await?,
        email: new_email(read, identity, &user).await?,
        binds,
        admin: identity.is_admin.filter(|is_admin| *is_admin != user.is_admin),
    };
    Ok(if changes == Changes::default() { Plan::Admit(user) } else { Plan::Change(user, changes) })
}

async fn plan_creation(config: AdmissionConfig, read: &mut Read, identity: &Identity) -> Result<Plan, AdmissionError> {
    let Some(name) = find_free_name(read, identity, None).await? else {
        let others = read.names_like(&name_key(&identity.name)).await?;
        return Err(Denial::NameCollision { stated: identity.name.clone(), others }.into());
    };
    let is_tombstoned = is_deleted(read, identity).await?;
    if is_tombstoned && !config.recreate_deleted {
        return Err(Denial::Tombstoned.into());
    }
    if !config.auto_create {
        return Err(Denial::UnknownUser.into());
    }
    let email = match &identity.email {
        Email::Valid(email) if !read.email_taken(email, None).await? => (email.clone(), EmailSource::Proxy),
        _ => free_fallback_email(read, &name, None).await?,
    };
    let admin = match identity.is_admin {
        Some(true) => AdminRule::Yes,
        None if config.first_user_admin && !is_tombstoned => AdminRule::IfFirst,
        Some(false) | None => AdminRule::No,
    };
    Ok(Plan::Create { name, email, admin })
}

/// Finds the user of an identity. The flag is set if the subject is yet to be bound to the user.
async fn find_user(
    config: AdmissionConfig,
    read: &mut Read,
    identity: &Identity,
) -> Result<Option<(User, bool)>, AdmissionError> {
    let Some(subject) = &identity.subject else {
        return Ok(find_by_name(config, read, &identity.name).await?.map(|user| (user, false)));
    };
    if let Some(user) = read.user_by_proxy_subject(subject).await? {
        return Ok(Some((user, false)));
    }
    if identity.naming == Naming::Display {
        return Ok(None);
    }
    let Some(user) = find_by_name(config, read, &identity.name).await? else { return Ok(None) };
    if read.has_proxy_subject(user.id).await? {
        return Err(Denial::IdentityConflict.into());
    }
    Ok(Some((user, true)))
}

/// Finds the user of a name. Where case is ignored, two whose names differ in case alone are none: each could be meant.
async fn find_by_name(config: AdmissionConfig, read: &mut Read, name: &str) -> Result<Option<User>, AdmissionError> {
    if config.case == NameCase::Exact {
        return Ok(read.user_by_name(name).await?);
    }
    let mut meant = read.names_like(&name_key(name)).await?;
    meant.retain(|other| is_same_in_lower_case(other, name));
    match &meant[..] {
        [] => Ok(None),
        [one] => Ok(read.user_by_name(one).await?),
        _ => Err(Denial::NameCollision { stated: name.to_owned(), others: meant }.into()),
    }
}

/// Whether a user's name is the one that the rules state in lower case.
fn is_same_in_lower_case(own: &str, stated: &str) -> bool {
    composed(&own.to_lowercase()) == stated
}

/// Returns the possible names of a user, best first: the name alone if it is unique, else also the name with the
/// identifier behind it, and the identifier, so that two people of one name are two users.
fn candidate_names(identity: &Identity) -> Vec<String> {
    let mut candidates = vec![identity.name.clone()];
    if let (Naming::Display, Some(subject)) = (identity.naming, &identity.subject) {
        candidates.push(format!("{} ({subject})", identity.name));
        candidates.push(subject.clone());
    }
    candidates.retain(|name| name.chars().count() <= MAX_CHARS);
    candidates
}

/// Returns the first possible name that no user but `own` has, nor one that looks like it.
async fn find_free_name(
    read: &mut Read,
    identity: &Identity,
    own: Option<&str>,
) -> Result<Option<String>, AdmissionError> {
    for name in candidate_names(identity) {
        if read.names_like(&name_key(&name)).await?.iter().all(|other| Some(other.as_str()) == own) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether an administrator has deleted the user of an identity.
async fn is_deleted(read: &mut Read, identity: &Identity) -> Result<bool, AdmissionError> {
    if let Some(subject) = &identity.subject
        && read.is_subject_tombstoned(subject).await?
    {
        return Ok(true);
    }
    Ok(identity.naming == Naming::Unique && read.is_tombstoned(&name_key(&identity.name)).await?)
}

/// Returns the new name of a user, if the identity states another one and no other user has one like it.
async fn new_name(
    config: AdmissionConfig,
    read: &mut Read,
    identity: &Identity,
    user: &User,
) -> Result<Option<String>, AdmissionError> {
    let is_spelling = config.case == NameCase::Ignored && is_same_in_lower_case(&user.name, &identity.name);
    if is_spelling || candidate_names(identity).contains(&user.name) {
        return Ok(None);
    }
    find_free_name(read, identity, Some(&user.name)).await
}

/// Returns the new address of a user, if the identity states another one, or no longer the one it stated.
async fn new_email(
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
            free_fallback_email(read, &user.name, Some(user.id)).await.map(Some)
        }
        Email::Valid(_) | Email::Unreadable(_) | Email::Invalid | Email::NotConfigured => Ok(None),
    }
}

/// Returns the first generated address that no other user has.
async fn free_fallback_email(
    read: &mut Read,
    name: &str,
    user: Option<UserId>,
) -> Result<(String, EmailSource), AdmissionError> {
    let mut turn = 1;
    loop {
        let email = fallback_email(name, turn);
        if !read.email_taken(&email, user).await? {
            return Ok((email, EmailSource::Fallback));
        }
        turn += 1;
    }
}

async fn apply_changes(
    write: &mut AdminWrite,
    mut user: User,
    changes: Changes,
    identity: &Identity,
    now: Timestamp,
) -> Result<Admitted, AdmissionError> {
    let mut events = Vec::new();
    if changes.name.is_some() || changes.email.is_some() {
        user.name = changes.name.unwrap_or(user.name);
        (user.email, user.email_source) = changes.email.unwrap_or((user.email, user.email_source));
        let key = name_key(&user.name);
        write.set_name_and_email(user.id, &user.name, &key, &user.email, user.email_source, now).await?;
        tracing::info!(user = %user.id, name = ?user.name, email = ?user.email, "changed as the proxy says");
        events.push("user.update");
    }
    if let Some(subject) = identity.subject.as_deref().filter(|_| changes.binds) {
        write.set_proxy_subject(user.id, subject, now).await?;
        tracing::info!(user = %user.id, "bound to the proxy's identifier");
        events.push("user.bind");
    }
    if let Some(is_admin) = changes.admin {
        user.is_admin = is_admin;
        write.set_admin(user.id, is_admin, now).await?;
        tracing::info!(user = %user.id, admin = is_admin, "promoted or demoted as the lists of administrators say");
        events.push(if is_admin { "user.promote" } else { "user.demote" });
    }
    Ok(Admitted { user, events })
}

async fn create_user(
    write: &mut Write,
    identity: &Identity,
    name: &str,
    (email, email_source): &(String, EmailSource),
    admin: AdminRule,
    now: Timestamp,
) -> Result<Admitted, AdmissionError> {
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
    Ok(Admitted { user, events: vec!["user.create"] })
}
