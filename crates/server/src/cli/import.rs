//! The command `import`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use imports::{Format, Import, ImportedAccount, MAX_BYTES, ReadError};
use otp::OtpType;
use serde_json::{Value, json};
use store::UserWrite;
use vault::{AccountDraft, Group, User, UserId};

use super::account::{begin, find_user, to_message};
use super::password::piped_password;
use super::terminal::{printable, printable_json};
use crate::api::accounts::draft::legacy_uri_of;
use crate::api::migration::Known;
use crate::app::App;
use crate::icons::{self, Picture};
use crate::input::{Kind, is_group_name};

/// The arguments of `import`.
#[derive(Args)]
pub(super) struct ImportArguments {
    /// An export of another application, or a picture with QR codes.
    file: PathBuf,
    /// The e-mail address of the user who gets the accounts; not needed if there is one user only.
    #[arg(long)]
    user: Option<String>,
    /// Show the accounts without importing them.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print the result as JSON, with the secrets.
    #[arg(long)]
    json: bool,
    /// Read the password of an encrypted file from standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// The result of reading a file.
pub(super) struct Report {
    format: Format,
    accounts: Vec<AccountDraft>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

struct Problem {
    entry: String,
    reason: String,
}

/// Prints the accounts in the file.
pub(super) fn dry_run(arguments: &ImportArguments) -> Result<(), String> {
    let (report, drafts) = split(read_import(arguments)?);
    let report = Report { accounts: drafts.into_iter().map(|draft| draft.account).collect(), ..report };
    report.print(arguments.json);
    Ok(())
}

/// Adds the accounts in the file, all of them or, if anything fails, none.
pub(super) async fn import(app: &App, arguments: &ImportArguments) -> Result<(), String> {
    let (mut report, drafts) = split(read_import(arguments)?);
    let owner = find_owner(app, arguments.user.as_deref()).await?;
    let mut known = Known::of(app, owner).await.map_err(|error| error.to_string())?;
    let mut write = begin(app).await?;
    let mut groups = write.groups(owner).await.map_err(to_message)?;
    let mut duplicates = 0;
    for draft in drafts {
        let draft = fill_in(draft);
        if known.has(&draft.account) {
            duplicates += 1;
            let entry = account_title(&draft.account);
            report.problems.push(Problem { entry, reason: "the user already has this account".into() });
            continue;
        }
        known.add(&draft.account);
        report.accounts.push(add_account(app, &mut write, owner, &mut groups, draft).await?);
    }
    write.commit().await.map_err(to_message)?;
    report.print(arguments.json);
    match (report.accounts.len(), report.problems.len()) {
        (0, problems) if problems > duplicates => Err("no account was imported".into()),
        (added, _) => {
            eprintln!("{added} accounts imported");
            Ok(())
        }
    }
}

/// Reads the export, or the QR codes in a picture.
fn read_import(arguments: &ImportArguments) -> Result<Import, String> {
    let file = &arguments.file;
    let message = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let password = if arguments.password_stdin { Some(piped_password()?) } else { None };
    let mut content = read_file(file).map_err(|error| message(&error))?;
    if Kind::of(&content).is_raster() {
        content = qr::decode(&content).map_err(|error| message(&error))?.join("\n").into_bytes();
    }
    imports::read(&content, password.as_deref()).map_err(|error| match error {
        ReadError::Encrypted(_) => message(&format!("{error}: pipe it in with --password-stdin")),
        error => message(&error),
    })
}

/// Reads a file, up to the first byte above the limit.
fn read_file(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// Splits an import into its accounts and a report without them.
fn split(import: Import) -> (Report, Vec<ImportedAccount>) {
    let mut drafts = Vec::new();
    let mut problems = Vec::new();
    for outcome in import.entries {
        match outcome {
            Ok(draft) => drafts.push(draft),
            Err(rejected) => problems.push(Problem { entry: rejected.name, reason: rejected.reason.to_string() }),
        }
    }
    let warnings = import.warnings.iter().map(ToString::to_string).collect();
    (Report { format: import.format, accounts: Vec::new(), problems, warnings }, drafts)
}

/// Returns the user who gets the accounts.
async fn find_owner(app: &App, email: Option<&str>) -> Result<UserId, String> {
    if let Some(email) = email {
        let mut write = app.store.write_long().await.map_err(to_message)?;
        return Ok(find_user(&mut write, email).await?.id);
    }
    let users = app.store.read().await.map_err(to_message)?.users().await.map_err(to_message)?;
    match users.as_slice() {
        [(User { id, .. }, _)] => Ok(*id),
        [] => Err("there is no user yet: add one with `sixpin user add`".into()),
        _ => Err("there are several users: choose one with --user EMAIL (`sixpin user list` lists all users)".into()),
    }
}

/// Fills in what a stored account needs: above all a name.
fn fill_in(draft: ImportedAccount) -> ImportedAccount {
    let mut draft = draft.with_fallbacks();
    if draft.account.name.is_empty() {
        draft.account.name = "?".into();
    }
    draft
}

/// Adds an account with its icon, and assigns it to its group.
async fn add_account(
    app: &App,
    write: &mut UserWrite,
    owner: UserId,
    groups: &mut Vec<Group>,
    draft: ImportedAccount,
) -> Result<AccountDraft, String> {
    let mut account = draft.account;
    if let Some(picture) = draft.icon.and_then(|icon| Picture::new(&icon.content, &|| false).ok()) {
        account.icon = Some(icons::add(app, write, picture).await.map_err(|error| error.to_string())?);
    }
    let now = app.clock.now();
    let uri = legacy_uri_of(&account).map_err(|error| error.to_string())?;
    let max = app.config.bounds.accounts;
    if write.owned_account_count(owner).await.map_err(to_message)? >= max.into() {
        return Err(format!(
            "the user would have more than {max} accounts: nothing was imported (MAX_ACCOUNTS_PER_USER)"
        ));
    }
    let id = write.create_account(owner, &account, &uri, now).await.map_err(to_message)?;
    if let Some(name) = draft.group.as_deref().and_then(allowed_group_name) {
        let has_room = groups.len() < app.config.bounds.groups.try_into().unwrap_or(usize::MAX);
        if has_room && groups.iter().all(|group| group.name != name) {
            groups.push(write.create_group(owner, &name, true, now).await.map_err(to_message)?);
        }
        for group in groups.iter().filter(|group| group.name == name) {
            write.assign(owner, &[id], group.id).await.map_err(to_message)?;
        }
    }
    Ok(account)
}

/// Returns the name of a group as Sixpin allows it; `None` if nothing is left of it, or the name is reserved.
fn allowed_group_name(name: &str) -> Option<String> {
    let allowed: String = name.chars().filter(|letter| is_group_name(&letter.to_string())).collect();
    let name: String = allowed.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(32).collect();
    (!name.is_empty() && !name.eq_ignore_ascii_case("all")).then_some(name)
}

/// Returns the service and the name of an account, for messages.
fn account_title(account: &AccountDraft) -> String {
    match account.service.as_deref() {
        Some(service) if !account.name.is_empty() => format!("{service}, {}", account.name),
        Some(service) => service.to_owned(),
        None => account.name.clone(),
    }
}

impl Report {
    /// Prints the report on standard output as JSON; or as text, with the accounts on standard output and the problems
    /// on standard error. Warnings go to standard error.
    fn print(&self, as_json: bool) {
        if as_json {
            println!("{}", printable_json(&self.to_json().to_string()));
        } else {
            for account in &self.accounts {
                println!("{}\t{}", account.parameters.otp_type, printable(&account_title(account)));
            }
            for Problem { entry, reason } in &self.problems {
                eprintln!("not imported: {}: {}", printable(entry), printable(reason));
            }
        }
        self.warnings.iter().for_each(|warning| eprintln!("note: {}", printable(warning)));
    }

    fn to_json(&self) -> Value {
        let problems =
            self.problems.iter().map(|Problem { entry, reason }| json!({ "entry": entry, "reason": reason }));
        json!({
            "format": self.format.id(),
            "accounts": self.accounts.iter().map(account_json).collect::<Vec<_>>(),
            "problems": problems.collect::<Vec<_>>(),
        })
    }
}

fn account_json(account: &AccountDraft) -> Value {
    let parameters = account.parameters;
    let is_counted = parameters.otp_type == OtpType::Hotp;
    json!({
        "otp_type": parameters.otp_type.as_str(),
        "service": account.service.as_deref().unwrap_or_default(),
        "account": account.name,
        "secret": account.secret.unpadded(),
        "algorithm": parameters.algorithm.as_str(),
        "digits": parameters.digits,
        "period": (!is_counted).then(|| parameters.period_seconds()),
        "counter": if is_counted { parameters.counter } else { None },
    })
}
