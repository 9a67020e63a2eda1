//! The command `export`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use vault::access;
use vault::{Seen, SharingPolicy, UserId};
use zeroize::Zeroizing;

use super::account::to_message;
use super::import::find_owner;
use super::password::piped_password;
use super::terminal::printable;
use crate::api::exports::writing::{Encryption, Form, Written, write};
use crate::app::App;

/// The arguments of `export`.
#[derive(Args)]
pub(super) struct ExportArguments {
    /// The form of the file.
    #[arg(long, value_enum, default_value_t = Form::TwoFauth)]
    format: Form,
    /// The e-mail address of the user whose accounts are written; not needed if there is one user only.
    #[arg(long)]
    user: Option<String>,
    /// Write a file that only its owner may read, instead of standard output. It must not exist yet.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Encrypt the file with a password from standard input (sixpin, which needs one, and aegis).
    #[arg(long)]
    password_stdin: bool,
}

/// Writes the accounts that a user owns. Names those that the form can't hold.
pub(super) async fn export(app: &App, arguments: &ExportArguments) -> Result<(), String> {
    match (arguments.format.encryption(), arguments.password_stdin) {
        (Encryption::Never, true) => {
            return Err("only exports with --format sixpin or aegis can be encrypted".into());
        }
        (Encryption::Always, false) => {
            return Err("this form is always encrypted: give the password with --password-stdin".into());
        }
        _ => {}
    }
    let password = if arguments.password_stdin { Some(Zeroizing::new(piped_password()?)) } else { None };
    let owner = find_owner(app, arguments.user.as_deref()).await?;
    let seen = owned_accounts(app, owner).await?;
    if seen.is_empty() {
        return Err("the user has no account to export".into());
    }
    let rights = seen.iter().map(|seen| access::read_secret(owner, seen)).collect::<Result<Vec<_>, _>>();
    let rights = rights.map_err(|error| error.to_string())?;
    let user = app.store.read().await.map_err(to_message)?.user(owner).await.map_err(to_message)?;
    let user = user.ok_or("the user is not there any more")?;
    let written = write(app, &user, arguments.format, password, seen, &rights).await;
    let Written { content, left_out, .. } = written.map_err(|error| error.to_string())?;
    save(&content, arguments.output.as_deref())?;
    for account in &left_out {
        eprintln!("not exported: {}", printable(&format!("{}: {}", account.title, account.reason)));
    }
    if left_out.is_empty() { Ok(()) } else { Err(format!("{} accounts were not exported", left_out.len())) }
}

async fn owned_accounts(app: &App, owner: UserId) -> Result<Vec<Seen>, String> {
    let mut read = app.store.read().await.map_err(to_message)?;
    let seen = read.visible_accounts(owner, SharingPolicy::default(), None).await.map_err(to_message)?;
    Ok(seen.into_iter().filter(|seen| seen.account.owner == Some(owner)).collect())
}

/// Writes to a new file, which only its owner may read, or to standard output.
fn save(content: &str, output: Option<&Path>) -> Result<(), String> {
    let Some(path) = output else {
        return std::io::stdout().write_all(content.as_bytes()).map_err(|error| error.to_string());
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    file.write_all(content.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| format!("{}: {error}", path.display()))
}
