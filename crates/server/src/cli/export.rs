//! The command `export`.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use exports::{Entry, Icon};
use vault::access::{self, ReadSecret, Right};
use vault::{AccountId, GroupId, Seen, SharingPolicy, UserId};
use zeroize::Zeroizing;

use super::account::to_message;
use super::import::{account_title, find_owner};
use super::password::piped_password;
use super::terminal::printable;
use crate::api::export::write_accounts;
use crate::app::App;
use crate::icons;

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
    /// Encrypt the file with a password from standard input (aegis only).
    #[arg(long)]
    password_stdin: bool,
}

/// The forms of files.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// 2FAuth's JSON: with icons.
    #[value(name = "2fauth")]
    TwoFauth,
    /// otpauth URIs, one per line: read by almost every authenticator.
    Uris,
    /// A vault of Aegis: with icons and groups, encrypted if there is a password.
    Aegis,
}

/// Writes the accounts that a user owns. Names those that the form can't hold.
pub(super) async fn export(app: &App, arguments: &ExportArguments) -> Result<(), String> {
    if arguments.password_stdin && arguments.format != Form::Aegis {
        return Err("only an export with --format aegis can be encrypted".into());
    }
    let password = if arguments.password_stdin { Some(Zeroizing::new(piped_password()?)) } else { None };
    let owner = find_owner(app, arguments.user.as_deref()).await?;
    let seen = owned_accounts(app, owner).await?;
    if seen.is_empty() {
        return Err("the user has no account to export".into());
    }
    let rights = seen.iter().map(|seen| access::read_secret(owner, seen)).collect::<Result<Vec<_>, _>>();
    let rights = rights.map_err(|error| error.to_string())?;
    let (content, left_out) = match arguments.format {
        Form::TwoFauth => write_two_fauth(app, seen, &rights).await?,
        form => write_others(app, owner, &seen, &rights, form, password.as_ref().map(|text| text.as_str())).await?,
    };
    save(&content, arguments.output.as_deref())?;
    for account in &left_out {
        eprintln!("not exported: {}", printable(account));
    }
    if left_out.is_empty() { Ok(()) } else { Err(format!("{} accounts were not exported", left_out.len())) }
}

async fn owned_accounts(app: &App, owner: UserId) -> Result<Vec<Seen>, String> {
    let mut read = app.store.read().await.map_err(to_message)?;
    let seen = read.visible_accounts(owner, SharingPolicy::default(), None).await.map_err(to_message)?;
    Ok(seen.into_iter().filter(|seen| seen.account.owner == Some(owner)).collect())
}

/// Returns a file in 2FAuth's form, and the titles of the accounts that are not in it.
async fn write_two_fauth(
    app: &App,
    seen: Vec<Seen>,
    rights: &[Right<ReadSecret>],
) -> Result<(Zeroizing<String>, Vec<String>), String> {
    let titles: HashMap<AccountId, String> = seen.iter().map(|seen| (seen.account.id, title(seen))).collect();
    let read = app.store.read().await.map_err(to_message)?;
    let (export, left_out) = write_accounts(app, read, seen, rights).await.map_err(|error| error.to_string())?;
    let content = serde_json::to_string_pretty(&export).map_err(|error| error.to_string())?;
    let left_out = left_out.iter().filter_map(|id| titles.get(id));
    Ok((Zeroizing::new(content), left_out.map(|title| format!("{title}: its secret can't be written")).collect()))
}

/// Returns a file in another form, and the titles of the accounts that are not in it.
async fn write_others(
    app: &App,
    owner: UserId,
    seen: &[Seen],
    rights: &[Right<ReadSecret>],
    form: Form,
    password: Option<&str>,
) -> Result<(Zeroizing<String>, Vec<String>), String> {
    let mut read = app.store.read().await.map_err(to_message)?;
    let groups = read.groups(owner).await.map_err(to_message)?;
    let groups: HashMap<GroupId, String> = groups.into_iter().map(|group| (group.id, group.name)).collect();
    let icons = icons::load_contents(app, &mut read, seen).await.map_err(|error| error.to_string())?;
    drop(read);
    let mut entries = Vec::with_capacity(seen.len());
    let mut left_out = Vec::new();
    for (seen, right) in seen.iter().zip(rights) {
        let secret = match app.store.open_secret(&seen.account, right) {
            Ok(secret) => secret,
            Err(error) => {
                left_out.push(format!("{}: {}", title(seen), to_message(error)));
                continue;
            }
        };
        let group = seen.group.and_then(|id| groups.get(&id).cloned());
        let icon = seen
            .account
            .icon
            .as_deref()
            .and_then(|name| Some(Icon { mime: icons::content_type(name)?, content: icons.get(name)?.clone() }));
        entries.push(Entry { account: seen.account.clone().into_draft(secret), group, icon });
    }
    let export = match (form, password) {
        (Form::Uris | Form::TwoFauth, _) => exports::uris(&entries),
        (Form::Aegis, None) => exports::aegis(&entries, app.random),
        (Form::Aegis, Some(password)) => {
            exports::encrypted_aegis(&entries, password, app.random).map_err(|error| error.to_string())?
        }
    };
    let reasons = export.left_out.iter().filter_map(|(position, reason)| Some((entries.get(*position)?, reason)));
    left_out.extend(reasons.map(|(entry, reason)| format!("{}: {reason}", account_title(&entry.account))));
    Ok((export.content, left_out))
}

fn title(seen: &Seen) -> String {
    let account = &seen.account;
    account.service.as_deref().map_or_else(|| account.name.clone(), |service| format!("{service}, {}", account.name))
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
