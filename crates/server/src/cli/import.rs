//! The command `import`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use imports::{ImportedAccount, MAX_BYTES};
use otp::OtpType;
use serde_json::{Value, json};
use vault::{AccountDraft, User, UserId};
use zeroize::Zeroizing;

use super::account::{begin, find_user, to_message};
use super::password::piped_password;
use super::terminal::{printable, printable_json};
use crate::api::imports::reading::{Contents, SentFile, read_files};
use crate::api::imports::saving::{Additions, Target, draw_icons, fill_in, save};
use crate::api::migration::Known;
use crate::app::App;

/// The arguments of `import`.
#[derive(Args)]
pub(super) struct ImportArguments {
    /// Exports of other applications, pictures with QR codes, and folders with such files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
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

/// The result of reading files.
struct Report {
    /// The ID of the format, or `several`.
    format: &'static str,
    accounts: Vec<AccountDraft>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

struct Problem {
    entry: String,
    reason: String,
}

/// Prints the accounts in the files.
pub(super) fn dry_run(arguments: &ImportArguments) -> Result<(), String> {
    let (report, drafts) = split(read_import(arguments)?);
    let report = Report { accounts: drafts.into_iter().map(|draft| draft.account).collect(), ..report };
    report.print(arguments.json);
    Ok(())
}

/// Adds the accounts in the files, all of them or, if anything fails, none.
pub(super) async fn import(app: &App, arguments: &ImportArguments) -> Result<(), String> {
    let mut contents = read_import(arguments)?;
    let (source, groups) = (contents.source(), std::mem::take(&mut contents.groups));
    let (mut report, drafts) = split(contents);
    let owner = find_owner(app, arguments.user.as_deref()).await?;
    let mut known = Known::of(app, owner).await.map_err(|error| error.to_string())?;
    let mut new = Vec::new();
    let mut duplicates = 0;
    for draft in drafts.into_iter().map(fill_in) {
        if known.has(&draft.account) {
            duplicates += 1;
            let entry = account_title(&draft.account);
            report.problems.push(Problem { entry, reason: "the user already has this account".into() });
            continue;
        }
        known.add(&draft.account);
        report.accounts.push(draft.account.clone());
        new.push(draft);
    }
    let new = draw_icons(app, owner, new).await.map_err(|error| error.to_string())?;
    let mut write = begin(app).await?;
    let max = app.config.bounds.accounts;
    let count = write.owned_account_count(owner).await.map_err(to_message)?.saturating_add(new.len() as u64);
    if count > max.into() {
        return Err(format!(
            "the user would have more than {max} accounts: nothing was imported (MAX_ACCOUNTS_PER_USER)"
        ));
    }
    let additions = Additions { accounts: new, groups, source };
    let saved = save(app, &mut write, owner, additions, Target::OwnGroups).await;
    saved.map_err(|error| error.to_string())?;
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

/// Reads the exports, and the QR codes in pictures. A single file must be readable; of several, one that isn't is a
/// problem among others.
fn read_import(arguments: &ImportArguments) -> Result<Contents, String> {
    let password = if arguments.password_stdin { Some(piped_password()?) } else { None };
    let mut sent = Vec::new();
    for path in list_files(&arguments.files)? {
        let name = path.display().to_string();
        let content = read_file(&path).map_err(|error| format!("{name}: {error}"))?;
        let password = password.clone().map(Zeroizing::new);
        sent.push(SentFile { name, bytes: content.into(), password });
    }
    let contents = read_files(sent.into());
    let mut failures = contents.files.iter().filter_map(|file| Some((file.names.join(", "), file.error.as_ref()?)));
    match failures.next() {
        Some((name, error)) if contents.entries.is_empty() => Err(match error.code {
            "encrypted" | "perhaps_encrypted" => format!("{name}: {}: pipe it in with --password-stdin", error.text),
            _ => format!("{name}: {}", error.text),
        }),
        _ => Ok(contents),
    }
}

/// Maximum number of files in a folder.
const MAX_FILES: usize = 1_000;
/// The file that tells how Steam's are encrypted.
const MANIFEST: &str = "manifest.json";

/// Returns the files that are named, those in the folders that are named, and the ones that it takes to open others.
fn list_files(named: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut add = |file: PathBuf| {
        if !files.contains(&file) {
            files.push(file);
        }
    };
    for path in named {
        if path.is_dir() {
            let message = |error: std::io::Error| format!("{}: {error}", path.display());
            let entries = std::fs::read_dir(path).map_err(message)?;
            let mut inside =
                entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().map_err(message)?;
            inside.retain(|file| file.is_file());
            inside.sort();
            if inside.len() > MAX_FILES {
                return Err(format!("{}: more than {MAX_FILES} files: name them", path.display()));
            }
            inside.into_iter().for_each(&mut add);
            continue;
        }
        add(path.clone());
        let manifest = path.with_file_name(MANIFEST);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mafile")) && manifest.is_file() {
            add(manifest);
        }
    }
    Ok(files)
}

/// Reads a file, up to the first byte above the limit.
fn read_file(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// Splits contents into accounts and a report without them.
fn split(contents: Contents) -> (Report, Vec<ImportedAccount>) {
    let mut drafts = Vec::new();
    let mut problems = Vec::new();
    for file in &contents.files {
        if let Some(error) = &file.error {
            problems.push(Problem { entry: file.names.join(", "), reason: error.text.clone() });
        }
    }
    for entry in contents.entries {
        match entry.outcome {
            Ok(draft) => drafts.push(draft),
            Err(rejected) => problems.push(Problem { entry: rejected.name, reason: rejected.reason.to_string() }),
        }
    }
    let mut formats: Vec<&'static str> = contents.files.iter().filter_map(|file| file.format).collect();
    formats.dedup();
    let format = match formats.as_slice() {
        [format] => format,
        _ => "several",
    };
    let warnings = contents.files.into_iter().flat_map(|file| file.warnings).collect();
    (Report { format, accounts: Vec::new(), problems, warnings }, drafts)
}

/// Returns the user who gets the accounts.
pub(super) async fn find_owner(app: &App, email: Option<&str>) -> Result<UserId, String> {
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

/// Returns the service and the name of an account, for messages.
pub(super) fn account_title(account: &AccountDraft) -> String {
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
            "format": self.format,
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
