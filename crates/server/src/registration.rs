//! Who may register with which name and address (contract 3.2), for registration, administrators and profiles alike.

use store::Read;
use vault::UserId;

use crate::api::input::{Input, Validation};
use crate::error::Result;
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
    let is_ruled_in = || regex::Regex::new(&rule).is_ok_and(|rule| rule.is_match(email));
    match (list.is_empty(), rule.is_empty()) {
        (true, true) => true,
        (false, true) => is_listed,
        (true, false) => is_ruled_in(),
        (false, false) => is_listed || is_ruled_in(),
    }
}
