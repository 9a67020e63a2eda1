//! Who may register with which name and address (compat 3.2), for registration, administrators and profiles alike.

use store::{AdminRule, CreateUserError, NewUser, Read, Write};
use vault::{EmailSource, User, UserId};

use crate::app::App;
use crate::auth::proxy::name_key;
use crate::error::{Error, Result};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::settings::Settings;

/// Names and addresses have so many characters at most.
pub const LENGTH: u32 = 191;
/// Passwords have so many characters at least.
pub const PASSWORD_LENGTH: u32 = 8;

/// Adds the rules of `name`: unique among all but `itself`.
///
/// # Errors
/// When the database fails.
pub async fn check_name(
    check: &mut Validation<'_>,
    read: &mut Read,
    input: &Input,
    itself: Option<UserId>,
) -> Result<()> {
    check.field("name").required().string().max_characters(LENGTH);
    check.storable("name");
    if let Some(name) = input.text("name")
        && read.name_taken(name, itself).await?
    {
        check.fail("name", Message::Unique);
    }
    Ok(())
}

/// Adds the rules of `email`, which is in lower case already: unique among all but `itself`, and allowed by the policy.
///
/// # Errors
/// When the database fails.
pub async fn check_email(
    check: &mut Validation<'_>,
    read: &mut Read,
    input: &Input,
    settings: &Settings,
    itself: Option<UserId>,
) -> Result<()> {
    check.field("email").required().string().email().max_characters(LENGTH);
    let Some(email) = input.text("email").filter(|email| !email.is_empty()) else { return Ok(()) };
    if read.email_taken(email, itself).await? {
        check.fail("email", Message::Unique);
    }
    if !complies(settings, email) {
        check.fail("email", Message::RegistrationPolicy);
    }
    Ok(())
}

/// Adds the rules of everything that a new person needs.
///
/// # Errors
/// When the database fails.
pub async fn check_person(
    check: &mut Validation<'_>,
    read: &mut Read,
    input: &Input,
    settings: &Settings,
) -> Result<()> {
    check_name(check, read, input, None).await?;
    check_email(check, read, input, settings, None).await?;
    check_new_password(check);
    Ok(())
}

/// Makes the person whose checked fields `input` has, in a transaction that is yet to be committed.
///
/// # Errors
/// 422 when somebody else took the name or the address a moment ago.
pub async fn create(app: &App, input: &Input, admin: AdminRule) -> Result<(User, Write)> {
    let text = |field| input.text(field).unwrap_or_default();
    let hash = app.passwords.hash(text("password")).await?;
    let new = NewUser {
        name: text("name"),
        name_key: &name_key(text("name")),
        email: text("email"),
        email_source: EmailSource::Local,
        password_hash: Some(&hash),
        admin,
        sso: None,
        proxy_subject: None,
    };
    let mut write = app.store.write().await?;
    let user = write.create_user(&new, app.clock.now()).await.map_err(taken)?;
    Ok((user, write))
}

/// What to answer when somebody else took the name or address a moment ago.
pub fn taken(error: CreateUserError) -> Error {
    match error {
        CreateUserError::NameTaken => Invalid::of("name", Message::Unique).into(),
        CreateUserError::EmailTaken => Invalid::of("email", Message::Unique).into(),
        other => Error::Internal(other.into()),
    }
}

/// Adds the rules of a new password, given twice.
pub fn check_new_password(check: &mut Validation<'_>) {
    check.field("password").required().confirmed().string().min_characters(PASSWORD_LENGTH);
}

/// Whether the registration policy allows an address: by its list or by its rule, whichever there is.
fn complies(settings: &Settings, email: &str) -> bool {
    if !settings.is_on("restrictRegistration") {
        return true;
    }
    let (list, rule) = (settings.text("restrictList"), settings.text("restrictRule"));
    let is_listed = list.split('|').any(|listed| listed == email);
    let is_ruled_in = || regex::Regex::new(rule).is_ok_and(|rule| rule.is_match(email));
    match (list.is_empty(), rule.is_empty()) {
        (true, true) => true,
        (false, true) => is_listed,
        (true, false) => is_ruled_in(),
        (false, false) => is_listed || is_ruled_in(),
    }
}
