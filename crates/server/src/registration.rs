//! Who may register with which name and address (compat 3.2), for registration, administrators and profiles alike.

mod lookalike;
mod weakness;

use authproxy::name::name_key;
use otp::is_invisible;
use store::{AdminRule, AdminWrite, CreateUserError, NewUser, Read, Write};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use vault::{EmailSource, User, UserId};

use crate::app::App;
use crate::error::{Error, Result};
use crate::input::{Checked, Invalid, Validation};
use crate::messages::Message;
use crate::settings::Settings;

pub use self::lookalike::{find_alike, lookalikes};
pub use self::weakness::weakness;

/// Maximum length of a name or an address, in characters.
pub const LENGTH: u32 = 191;
/// Minimum length of a password, in characters.
pub const PASSWORD_LENGTH: u32 = 8;

/// The checked fields of a new user.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    /// The name.
    pub name: &'a str,
    /// The address, in lower case.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
}

impl<'a> Registration<'a> {
    fn from_checked(name: Checked<&'a str>, email: Checked<&'a str>, password: Checked<&'a str>) -> Checked<Self> {
        Ok(Self { name: name?, email: email?, password: password? })
    }
}

/// Checks `name`: unique among all but `itself`, and like no other in look.
///
/// # Errors
/// When the database fails.
pub async fn check_name<'a>(
    check: &mut Validation<'a>,
    read: &mut Read,
    itself: Option<UserId>,
) -> Result<Checked<&'a str>> {
    // A name from before this rule may stay.
    let present = match itself {
        Some(itself) => read.user(itself).await?.map(|user| user.name),
        None => None,
    };
    let name = check.field("name").required().string().max_characters(LENGTH).storable();
    let is_visible = |name: &str| present.as_deref() == Some(name) || !name.chars().any(is_unseen);
    let name = name.matches(is_visible, Message::NameInvisible);
    let is_taken = match name.so_far() {
        Some(name) => read.name_taken(name, itself).await?,
        None => false,
    };
    let is_alike = match name.so_far() {
        Some(name) if !is_taken && present.as_deref() != Some(*name) => has_lookalike(read, name, itself).await?,
        _ => false,
    };
    Ok(name.refuse_if(is_taken, Message::Unique).refuse_if(is_alike, Message::NameAlike).value())
}

/// Whether a user other than `except` has a name that looks like this one.
async fn has_lookalike(read: &mut Read, name: &str, except: Option<UserId>) -> Result<bool> {
    Ok(find_alike(name, &read.names(except).await?).is_some())
}

/// Refuses a new name of a user, or of a new one, that looks like another user's: within the write transaction, where no
/// other can be added any more.
///
/// # Errors
/// 422, or the failure of the database.
pub async fn refuse_lookalike(write: &mut Write, name: &str, itself: Option<&User>) -> Result<()> {
    let is_new = itself.is_none_or(|user| user.name != name);
    if is_new && has_lookalike(write, name, itself.map(|user| user.id)).await? {
        return Err(Invalid::of("name", Message::NameAlike).into());
    }
    Ok(())
}

/// Whether a character of a name can't be seen, or moves what follows it: line breaks, terminal escapes, marks of direction.
pub fn is_unseen(character: char) -> bool {
    use GeneralCategory as Category;
    let category = character.general_category();
    is_invisible(character)
        || matches!(
            category,
            Category::Control | Category::Format | Category::LineSeparator | Category::ParagraphSeparator
        )
}

/// Checks `email`, which is in lower case already: unique among all but `itself`, and allowed by the policy.
///
/// # Errors
/// When the database fails.
pub async fn check_email<'a>(
    check: &mut Validation<'a>,
    read: &mut Read,
    settings: &Settings,
    itself: Option<UserId>,
) -> Result<Checked<&'a str>> {
    let email = check.field("email").required().string().email().max_characters(LENGTH);
    let Some(text) = email.so_far() else { return Ok(email.value()) };
    let is_taken = read.email_taken(text, itself).await?;
    let (is_barred, why) = match complies(settings, text) {
        Ok(complies) => (!complies, Message::RegistrationPolicy),
        Err(_) => (true, Message::RegistrationRuleBroken),
    };
    Ok(email.refuse_if(is_taken, Message::Unique).refuse_if(is_barred, why).value())
}

/// Checks a new password, given twice, of a user with the name and the address in `own`.
pub fn check_new_password<'a>(check: &mut Validation<'a>, own: &[&str]) -> Checked<&'a str> {
    let password = check.field("password").required().confirmed().string().min_characters(PASSWORD_LENGTH);
    let is_long = |password: &&&str| password.chars().nth(PASSWORD_LENGTH as usize - 1).is_some();
    match password.so_far().filter(is_long).and_then(|password| weakness(password, own)) {
        Some(weakness) => password.refuse_if(true, weakness).value(),
        None => password.value(),
    }
}

/// Checks everything that a new user needs.
///
/// # Errors
/// When the database fails.
pub async fn check_registration<'a>(
    check: &mut Validation<'a>,
    read: &mut Read,
    settings: &Settings,
) -> Result<Checked<Registration<'a>>> {
    let name = check_name(check, read, None).await?;
    let email = check_email(check, read, settings, None).await?;
    let own = [name.unwrap_or_default(), email.unwrap_or_default()];
    Ok(Registration::from_checked(name, email, check_new_password(check, &own)))
}

/// A registration with the hash of its password, which takes a while and therefore no transaction.
#[derive(Debug)]
pub struct HashedRegistration<'a> {
    name: &'a str,
    email: &'a str,
    hash: String,
}

impl<'a> Registration<'a> {
    /// Hashes the password.
    ///
    /// # Errors
    /// When that fails.
    pub async fn hashed(self, app: &App) -> Result<HashedRegistration<'a>> {
        Ok(HashedRegistration { name: self.name, email: self.email, hash: app.passwords.hash(self.password).await? })
    }
}

impl HashedRegistration<'_> {
    /// Registers the user, who becomes an administrator if there is no other user.
    ///
    /// # Errors
    /// 422 when another user took the name or the address a moment ago.
    pub async fn register(&self, app: &App, write: &mut Write) -> Result<User> {
        self.insert(app, write, AdminRule::IfFirst).await
    }

    /// Creates the user for an administrator.
    ///
    /// # Errors
    /// 422 when another user took the name or the address a moment ago.
    pub async fn create(&self, app: &App, write: &mut AdminWrite, is_admin: bool) -> Result<User> {
        self.insert(app, write, if is_admin { AdminRule::Yes } else { AdminRule::No }).await
    }

    async fn insert(&self, app: &App, write: &mut Write, admin: AdminRule) -> Result<User> {
        let new = NewUser {
            name: self.name,
            name_key: &name_key(self.name),
            email: self.email,
            email_source: EmailSource::Local,
            password_hash: Some(&self.hash),
            admin,
            sso: None,
            proxy_subject: None,
        };
        if !write.name_taken(self.name, None).await? {
            refuse_lookalike(write, self.name, None).await?;
        }
        write.create_user(&new, app.clock.now()).await.map_err(taken)
    }
}

/// Returns the error for a name or an address that another user took a moment ago.
pub fn taken(error: CreateUserError) -> Error {
    match error {
        CreateUserError::NameTaken => Invalid::of("name", Message::Unique).into(),
        CreateUserError::EmailTaken => Invalid::of("email", Message::Unique).into(),
        CreateUserError::Store(error) => error.into(),
        other @ CreateUserError::IdentityTaken => Error::Internal(other.into()),
    }
}

/// Whether the registration policy allows an address: by its list or by its rule, whichever there is.
///
/// # Errors
/// When it depends on a rule that is no pattern, or that takes too many steps.
fn complies(settings: &Settings, email: &str) -> std::result::Result<bool, BrokenRule> {
    let (list, rule) = (settings.text("restrictList"), settings.text("restrictRule"));
    let is_listed = !email.is_empty() && list.split('|').any(|listed| listed == email);
    if !settings.is_on("restrictRegistration") || is_listed || (list.is_empty() && rule.is_empty()) {
        return Ok(true);
    }
    if rule.is_empty() {
        return Ok(false);
    }
    compile_rule(rule)?.is_match(email).map_err(|error| BrokenRule::Unreadable(error.to_string()))
}

/// Returns what is to be known of the stored rule for addresses, if it can't be used.
pub fn rule_remark(settings: &Settings) -> Option<String> {
    let broken = compile_rule(settings.text("restrictRule")).err()?;
    Some(format!(
        "the setting restrictRule, a rule for the addresses of new users, can't be used: {broken}. While registration is \
         restricted, only the addresses of restrictList are accepted: correct the rule in the administration"
    ))
}

/// Maximum number of steps of a rule on one address, so that no rule takes long.
const RULE_STEPS: usize = 100_000;

/// The reason why a rule for addresses can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// It is no pattern, or takes too many steps. Holds the reason.
    #[error("{0}")]
    Unreadable(String),
    /// It has this construct of PCRE, which means something else here.
    #[error("it has {0:?}, which isn't supported")]
    Unsupported(&'static str),
}

/// Compiles a rule for addresses: a pattern as PCRE has them, with look-around and back-references.
///
/// # Errors
/// When it is no pattern, or would mean something else than in PCRE, such as a recursion.
pub fn compile_rule(rule: &str) -> std::result::Result<fancy_regex::Regex, BrokenRule> {
    const FOREIGN: [&str; 6] = ["(?R", "(?0)", "(?&", "(*", "(?|", "\\K"];
    if let Some(construct) = FOREIGN.into_iter().find(|construct| rule.contains(construct)) {
        return Err(BrokenRule::Unsupported(construct));
    }
    let rule = fancy_regex::RegexBuilder::new(rule).backtrack_limit(RULE_STEPS).build();
    rule.map_err(|error| BrokenRule::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(rule: &str, address: &str) -> bool {
        compile_rule(rule).unwrap().is_match(address).unwrap()
    }

    #[test]
    fn rules_may_look_around_and_back() {
        let no_plus = r"^(?!.*\+).*@corp\.test$";
        assert!(is_match(no_plus, "ana@corp.test") && !is_match(no_plus, "ana+x@corp.test"));
        assert!(is_match(r"^(a)\1@", "aa@x") && !is_match(r"^(a)\1@", "ab@x"));
        assert!(is_match(r"(?<=@)corp", "a@corp") && is_match(r"(?>a)b", "ab"));
    }

    #[test]
    fn a_rule_that_takes_too_long_ends() {
        let rule = compile_rule(r"^(a|a)*(?=b)c$").unwrap();
        assert!(rule.is_match(&"a".repeat(60)).is_err());
    }

    #[test]
    fn what_means_something_else_is_refused_by_name() {
        assert_eq!(compile_rule(r"a(?R)?b").unwrap_err(), BrokenRule::Unsupported("(?R"));
        assert!(matches!(compile_rule(r"(").unwrap_err(), BrokenRule::Unreadable(_)));
    }

    #[test]
    fn names_are_visible() {
        for name in ["adm\u{200b}in", "a\nb", "a\u{1b}[2J", "\u{202e}nimda", "a\u{2028}b"] {
            assert!(name.chars().any(is_unseen), "{name:?}");
        }
        assert!(!"Ána O’Neil 山田 🙂".chars().any(is_unseen));
    }
}
