//! The commands `user` and `token`.

use authproxy::name::{composed, name_key};
use clap::Subcommand;
use jiff::SignedDuration;
use store::{AdminRule, AdminWrite, CreateUserError, NewUser, ResetKind, Token, Write};
use vault::{EmailSource, User};

use super::password::piped_password;
use super::terminal::printable;
use crate::app::App;
use crate::auth::token;
use crate::auth::tries::Tries;
use crate::auth::webauthn::allow_password;
use crate::messages::Message;
use crate::random::digest;
use crate::registration::{PASSWORD_LENGTH, find_alike, is_unseen, weakness};
use crate::settings::is_true;
use vault::email::is_email;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add a user. Without --password-stdin the user can't sign in by password until one is set.
    Add {
        /// Unique name, up to 191 characters.
        name: String,
        /// Unique e-mail address.
        email: String,
        /// Make them an administrator.
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all users.
    List,
    /// Make a user an administrator.
    Promote {
        /// Their e-mail address.
        email: String,
    },
    /// Give a user another name. Their sessions, tokens and accounts stay.
    Rename {
        /// Their e-mail address.
        email: String,
        /// The new name: unique, up to 191 characters.
        name: String,
    },
    /// Set a user's password. Their sessions end; their tokens stay valid.
    Password {
        /// Their e-mail address.
        email: String,
        /// If they sign in with a provider: let them sign in with the password instead.
        #[arg(long)]
        local: bool,
        /// Read the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Let a user sign in again: allow their password, even if they chose security keys only, and enable them.
    Unlock {
        /// Their e-mail address.
        email: String,
    },
    /// Forget the auth proxy's identifier of a user: the next identity with the user's name is bound instead.
    Unbind {
        /// Their e-mail address.
        #[arg(required_unless_present = "all")]
        email: Option<String>,
        /// All users, when the proxy's identifiers or its issuer have changed.
        #[arg(long, conflicts_with = "email")]
        all: bool,
    },
    /// Allow sign-in by password again, when only single sign-on is allowed and doesn't work.
    AllowPasswords,
}

/// Runs a command.
pub(super) async fn run_user_command(app: &App, command: UserCommand) -> Result<(), String> {
    match command {
        UserCommand::Add { name, email, admin, password_stdin } => {
            let password = if password_stdin { Some(piped_password()?) } else { None };
            add(app, &name, &email, admin, password.as_deref()).await
        }
        UserCommand::List => list(app).await,
        UserCommand::Promote { email } => {
            let mut write = begin(app).await?;
            let user = find_user(&mut write, &email).await?;
            write.set_admin(user.id, true, app.clock.now()).await.map_err(to_message)?;
            write.commit().await.map_err(to_message)?;
            println!("{} is an administrator", printable(&user.name));
            Ok(())
        }
        UserCommand::Rename { email, name } => rename(app, &email, &name).await,
        UserCommand::Password { email, local, password_stdin: _ } => {
            set_password(app, &email, local, &piped_password()?).await
        }
        UserCommand::Unlock { email } => unlock(app, &email).await,
        UserCommand::Unbind { email, all: _ } => unbind(app, email.as_deref()).await,
        UserCommand::AllowPasswords => allow_passwords(app).await,
    }
}

async fn add(app: &App, name: &str, email: &str, admin: bool, password: Option<&str>) -> Result<(), String> {
    let (name, email) = (check_name(name)?, email.trim().to_lowercase());
    if !is_email(&email) || email.chars().count() > 191 {
        return Err(format!("{email:?} is not an e-mail address of up to 191 characters"));
    }
    let password_hash = match password {
        Some(password) => Some(hash_password(app, password, &[name, &email]).await?),
        None => None,
    };
    let mut write = begin(app).await?;
    refuse_lookalike(&mut write, name, None).await?;
    let new = NewUser {
        name,
        name_key: &name_key(name),
        email: &email,
        email_source: EmailSource::Local,
        password_hash: password_hash.as_deref(),
        admin: if admin { AdminRule::Yes } else { AdminRule::IfFirst },
        sso: None,
        proxy_subject: None,
    };
    let user = write.create_user(&new, app.clock.now()).await.map_err(|error| match error {
        CreateUserError::NameTaken => format!("there is already a user named {name:?}"),
        CreateUserError::EmailTaken => format!("there is already a user with the address {}", new.email),
        other => other.to_string(),
    })?;
    write.commit().await.map_err(to_message)?;
    let role = if user.is_admin { ", an administrator" } else { "" };
    println!("added {} <{}>{role}", printable(&user.name), printable(&user.email));
    Ok(())
}

/// Returns a name without blanks around it, if a user can have it.
fn check_name(name: &str) -> Result<&str, String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 191 {
        return Err("the name must have 1 to 191 characters".into());
    }
    if name.chars().any(is_unseen) {
        return Err(format!("the name {name:?} has invisible characters or line breaks: write it without"));
    }
    Ok(name)
}

/// Refuses a new name that looks like another user's; one that is another's is refused where it is written.
async fn refuse_lookalike(write: &mut Write, name: &str, itself: Option<&User>) -> Result<(), String> {
    let others = write.names(itself.map(|user| user.id)).await.map_err(to_message)?;
    match find_alike(name, &others) {
        Some(other) if other != name && itself.is_none_or(|user| user.name != name) => {
            Err(format!("{name:?} looks like {other:?}, the name of another user: choose one that can't be confused"))
        }
        _ => Ok(()),
    }
}

/// Gives a user another name. Behind an auth proxy it must not look like that of another user.
async fn rename(app: &App, email: &str, name: &str) -> Result<(), String> {
    let name = composed(check_name(name)?);
    let mut write = begin(app).await?;
    let user = find_user(&mut write, email).await?;
    let key = name_key(&name);
    refuse_lookalike(&mut write, &name, Some(&user)).await?;
    if app.config.auth_proxy.is_some() {
        let alike = write.names_like(&key).await.map_err(to_message)?;
        if let Some(other) = alike.iter().find(|other| **other != user.name) {
            return Err(format!("the user {other:?} has a name that differs from {name:?} only in case or form"));
        }
    }
    let now = app.clock.now();
    write.set_name_and_email(user.id, &name, &key, &user.email, user.email_source, now).await.map_err(|error| {
        match error {
            CreateUserError::NameTaken => format!("there is already a user named {name:?}"),
            other => other.to_string(),
        }
    })?;
    let is_bound = write.has_proxy_subject(user.id).await.map_err(to_message)?;
    write.commit().await.map_err(to_message)?;
    println!("{} is now named {}", printable(&user.name), printable(&name));
    if app.config.auth_proxy.is_some() {
        println!(
            "{}",
            if is_bound {
                "the auth proxy identifies this user by an identifier: its next request brings back the name that it states"
            } else {
                "the auth proxy must now state this name: with the former one, a new user would be created"
            }
        );
    }
    Ok(())
}

async fn list(app: &App) -> Result<(), String> {
    let users = app.store.read().await.map_err(to_message)?.users().await.map_err(to_message)?;
    for (user, accounts) in users {
        let role = if user.is_admin { "\tadministrator" } else { "" };
        // A name must not make lines of its own, or move the cursor.
        let [name, email] = [&user.name, &user.email].map(|text| printable(text));
        println!("{}\t{name}\t{email}\t{accounts} accounts{role}", user.id);
    }
    Ok(())
}

/// Sets a password. Ends the user's sessions and removes any link to choose a password. With `local`, a user of a
/// provider becomes one who signs in here.
async fn set_password(app: &App, email: &str, local: bool, password: &str) -> Result<(), String> {
    let mut write = begin(app).await?;
    let user = find_user(&mut write, email).await?;
    let now = app.clock.now();
    if user.is_of_provider() {
        if !local {
            return Err(format!(
                "{} signs in with a provider, and a password would not count: with --local they sign in with the \
                 password instead",
                user.name
            ));
        }
        write.set_sso(user.id, None, now).await.map_err(to_message)?;
        let (name, source) = (&user.name, EmailSource::Local);
        let changed = write.set_name_and_email(user.id, name, &name_key(name), &user.email, source, now).await;
        changed.map_err(|error| error.to_string())?;
    }
    let hash = hash_password(app, password, &[&user.name, &user.email]).await?;
    write.set_password(user.id, Some(&hash), app.clock.now()).await.map_err(to_message)?;
    write.delete_reset(ResetKind::Password, &user.email).await.map_err(to_message)?;
    let ended = write.end_sessions(user.id, None).await.map_err(to_message)?;
    write.commit().await.map_err(to_message)?;
    let name = printable(&user.name);
    println!("{name} has a new password; {ended} {} ended", if ended == 1 { "session" } else { "sessions" });
    Ok(())
}

/// Lifts all restrictions of one user's sign-in by password.
async fn unlock(app: &App, email: &str) -> Result<(), String> {
    let mut write = begin(app).await?;
    let user = find_user(&mut write, email).await?;
    let name = printable(&user.name);
    let mut lines = Vec::new();
    if allow_password(&mut write, user.clone(), app.clock.now()).await.map_err(to_message)? {
        lines.push(format!("{name} can use their password again"));
    }
    if user.disabled_at.is_some() {
        write.set_disabled(user.id, None, app.clock.now()).await.map_err(to_message)?;
        lines.push(format!("{name} is enabled again"));
    }
    if Tries::forget_all(&mut write, &user).await.map_err(to_message)? {
        lines.push(format!("the wrong passwords that were tried for {name} are forgotten"));
    }
    let only_sso = write.setting(ONLY_SSO).await.map_err(to_message)?.is_some_and(|value| is_true(&value));
    write.commit().await.map_err(to_message)?;
    if only_sso {
        lines.push(
            "only single sign-on is allowed, except for administrators: see `sixpin user allow-passwords`".into(),
        );
    }
    if lines.is_empty() {
        lines.push(format!("{name} isn't locked"));
    }
    println!("{}", lines.join("\n"));
    Ok(())
}

/// Forgets the auth proxy's identifier of one user, or of all users.
async fn unbind(app: &App, email: Option<&str>) -> Result<(), String> {
    if app
        .config
        .auth_proxy
        .as_ref()
        .is_some_and(|auth_proxy| auth_proxy.settings().user.is_none() && auth_proxy.settings().assertion.is_none())
    {
        return Err(
            "the proxy of AUTH_PROXY_PRESET identifies users by their identifiers alone: without them no user could \
                    sign in to the account again"
                .into(),
        );
    }
    let mut write = begin(app).await?;
    let users = match email {
        Some(email) => vec![find_user(&mut write, email).await?],
        None => write.users().await.map_err(to_message)?.into_iter().map(|(user, _)| user).collect(),
    };
    let mut unbound = 0;
    for user in users {
        if write.has_proxy_subject(user.id).await.map_err(to_message)? {
            write.clear_proxy_subject(user.id, app.clock.now()).await.map_err(to_message)?;
            println!("the auth proxy's next identity with the name {} is bound to this user", printable(&user.name));
            unbound += 1;
        }
    }
    write.commit().await.map_err(to_message)?;
    if unbound == 0 {
        println!("no identifier of the auth proxy is stored");
    }
    Ok(())
}

const ONLY_SSO: &str = "useSsoOnly";

/// Switches off the setting that allows single sign-on only.
async fn allow_passwords(app: &App) -> Result<(), String> {
    let mut write = begin(app).await?;
    let only_sso = write.setting(ONLY_SSO).await.map_err(to_message)?.is_some_and(|value| is_true(&value));
    if only_sso {
        write.set_setting(ONLY_SSO, &false.into()).await.map_err(to_message)?;
    }
    write.commit().await.map_err(to_message)?;
    println!(
        "{}",
        if only_sso { "all users may sign in by password again" } else { "all users may already sign in by password" }
    );
    Ok(())
}

/// Creates a token and prints it.
pub(super) async fn create_token(app: &App, email: &str, name: &str, days: u32) -> Result<(), String> {
    if name.chars().count() > 255 {
        return Err("the name must have at most 255 characters".into());
    }
    let mut write = begin(app).await?;
    let user = find_user(&mut write, email).await?;
    let text = token::generate(app.random);
    let now = app.clock.now();
    let new = Token {
        id: token::generate_id(app.random),
        user: user.id,
        name: name.to_owned(),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(i64::from(days) * 24),
        revoked: false,
        may_write: false,
        last_used_at: None,
    };
    let max = app.config.bounds.tokens;
    if write.token_count(user.id).await.map_err(to_message)? >= max.into() {
        return Err(format!("the user has {max} tokens: revoke some first, or raise MAX_TOKENS_PER_USER"));
    }
    write.create_token(&digest(&text), &new).await.map_err(to_message)?;
    write.commit().await.map_err(to_message)?;
    println!("{text}");
    Ok(())
}

pub(super) async fn begin(app: &App) -> Result<AdminWrite, String> {
    Ok(app.store.write_long().await.map_err(to_message)?.by_operator())
}

/// Returns the user with an e-mail address.
pub(super) async fn find_user(write: &mut Write, email: &str) -> Result<User, String> {
    let user = write.user_by_email(&email.trim().to_lowercase()).await.map_err(to_message)?;
    user.ok_or_else(|| format!("no user has the address {email}: `sixpin user list` lists all users"))
}

/// Hashes a new password of the user with the name and the address in `own`.
async fn hash_password(app: &App, password: &str, own: &[&str]) -> Result<String, String> {
    if password.chars().count() < PASSWORD_LENGTH as usize {
        return Err(format!("the password must have at least {PASSWORD_LENGTH} characters"));
    }
    match weakness(password, own) {
        Some(Message::PasswordOwn) => {
            Err("the password is made of the user's name or address: choose another one".into())
        }
        Some(_) => Err("the password is among the first that are guessed: choose another one".into()),
        None => app.passwords.hash(password).await.map_err(|error| format!("{error:#}")),
    }
}

/// Returns a database error with its causes as text.
pub(super) fn to_message(error: store::Error) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
