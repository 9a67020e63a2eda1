//! Writing accounts in one of the forms, for the API and the command.

use std::collections::{HashMap, HashSet};

use clap::ValueEnum;
use exports::{EVERYONE, Entry, Export, Exporter, Icon};
use jiff::Timestamp;
use otp::OtpType;
use serde::Serialize;
use vault::access::{ReadSecret, Right};
use vault::{AccountId, Group, GroupId, Seen, User, UserId};
use zeroize::Zeroizing;

use crate::api::export::write_accounts;
use crate::app::App;
use crate::error::Result;
use crate::icons;

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Sixpin's own: with groups, icons, and with whom accounts are shared; always encrypted.
    Sixpin,
    /// 2FAuth's JSON: with icons.
    #[value(name = "2fauth")]
    TwoFauth,
    /// otpauth URIs, one per line: read by almost every authenticator.
    Uris,
    /// A vault of Aegis: with icons and groups, encrypted if there is a password.
    Aegis,
    /// The URIs of QR codes that Google Authenticator scans, ten accounts in each.
    Google,
    /// The Credential Exchange Format, which password managers read: time-based codes only, with groups.
    Cxf,
}

/// Whether a form is encrypted with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// It can't be.
    Never,
    /// It is if there is a password.
    Possible,
    /// It is.
    Always,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 6] = [Form::Sixpin, Form::TwoFauth, Form::Uris, Form::Aegis, Form::Google, Form::Cxf];

    /// Returns the name for programs.
    pub fn id(self) -> &'static str {
        match self {
            Form::Sixpin => "sixpin",
            Form::TwoFauth => "2fauth",
            Form::Uris => "uris",
            Form::Aegis => "aegis",
            Form::Google => "google",
            Form::Cxf => "cxf",
        }
    }

    /// Returns whether it is encrypted.
    pub fn encryption(self) -> Encryption {
        match self {
            Form::Sixpin => Encryption::Always,
            Form::Aegis => Encryption::Possible,
            _ => Encryption::Never,
        }
    }

    /// Returns whether it carries icons.
    fn has_icons(self) -> bool {
        matches!(self, Form::Sixpin | Form::TwoFauth | Form::Aegis)
    }

    /// Returns the name of a file that is written at this time.
    pub(super) fn filename(self, now: Timestamp) -> String {
        let end = match self {
            Form::Uris | Form::Google => "txt",
            _ => "json",
        };
        format!("{}-{}.{end}", self.id(), now.strftime("%Y-%m-%d"))
    }

    /// Returns the media type of a file.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Form::Uris | Form::Google => "text/plain",
            _ => "application/json",
        }
    }
}

/// A written file.
#[derive(Debug, Default)]
pub struct Written {
    /// The content, with the secrets.
    pub content: Zeroizing<String>,
    /// The number of accounts in it.
    pub accounts: usize,
    /// Those that are not in it.
    pub left_out: Vec<LeftOut>,
    /// What well-known readers get wrong.
    pub notes: Vec<Note>,
    /// The services and names of the accounts in each QR code.
    pub codes: Vec<Vec<String>>,
}

/// Accounts that a well-known reader of the form gets wrong.
#[derive(Debug, Serialize)]
pub struct Note {
    /// What is wrong, for programs.
    pub code: &'static str,
    /// The services and names of the accounts.
    pub titles: Vec<String>,
}

/// Whether an account is one of those that a reader gets wrong.
type Concerns = fn(&Entry) -> bool;

/// What readers of otpauth URIs get wrong: KeePassXC 2.7 takes a longer period than a minute for one, pyotp 2.12 refuses
/// periods over two minutes and secrets of less than 112 bits.
const READERS: [(&str, Concerns); 3] = [
    ("keepassxc_period", |entry| period(entry) > 60),
    ("pyotp_period", |entry| period(entry) > 120),
    ("pyotp_secret", |entry| entry.account.secret.key().is_ok_and(|key| key.len() < 14)),
];

fn period(entry: &Entry) -> u32 {
    match entry.account.parameters.otp_type {
        OtpType::Hotp => 0,
        OtpType::Totp | OtpType::SteamTotp => entry.account.parameters.period_seconds(),
    }
}

/// An account that is not in a file.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// Its ID.
    pub id: i64,
    /// Its service and name.
    pub title: String,
    /// The reason, for programs.
    pub code: &'static str,
    /// The reason, for people.
    pub reason: String,
}

impl LeftOut {
    fn new(id: AccountId, title: &str, code: &'static str, reason: &impl ToString) -> Self {
        Self { id: id.0, title: title.to_owned(), code, reason: reason.to_string() }
    }
}

/// Writes accounts that `owner` owns, for each of which there is a right. The password encrypts forms that can be.
///
/// # Errors
/// When the database or the disk fails, or the password is missing.
pub async fn write(
    app: &App,
    owner: &User,
    form: Form,
    password: Option<Zeroizing<String>>,
    seen: Vec<Seen>,
    rights: &[Right<ReadSecret>],
) -> Result<Written> {
    match form {
        // An error there if no account can be written, as for the API's clients.
        Form::TwoFauth if seen.is_empty() => Ok(Written::default()),
        Form::TwoFauth => write_two_fauth(app, seen, rights).await,
        form => write_other(app, owner, form, password, &seen, rights).await,
    }
}

async fn write_two_fauth(app: &App, seen: Vec<Seen>, rights: &[Right<ReadSecret>]) -> Result<Written> {
    let total = seen.len();
    let titles: HashMap<AccountId, String> = seen.iter().map(|seen| (seen.account.id, title(seen))).collect();
    let read = app.store.read().await?;
    let (export, left_out) = write_accounts(app, read, seen, rights).await?;
    let mut content = Zeroizing::new(serde_json::to_string_pretty(&export).map_err(anyhow::Error::from)?);
    content.push('\n');
    let title_of = |id: &AccountId| titles.get(id).map(String::as_str).unwrap_or_default();
    let reason = exports::LeftOut::Secret;
    let left_out: Vec<LeftOut> =
        left_out.iter().map(|id| LeftOut::new(*id, title_of(id), reason.code(), &reason)).collect();
    Ok(Written { content, accounts: total - left_out.len(), left_out, ..Written::default() })
}

async fn write_other(
    app: &App,
    owner: &User,
    form: Form,
    password: Option<Zeroizing<String>>,
    seen: &[Seen],
    rights: &[Right<ReadSecret>],
) -> Result<Written> {
    let Gathered { entries, named, groups, mut left_out } = gather(app, owner.id, form, seen, rights).await?;
    let notes = if form == Form::Uris { notes(&entries, &named) } else { Vec::new() };
    let at = app.clock.unix_seconds();
    let host = app.config.app.url.as_ref().and_then(|url| url.host_str()).unwrap_or("localhost").to_owned();
    let (username, email, random) = (owner.name.clone(), owner.email.clone(), app.random);
    let export = app.pictures.run(owner.id, move |_| {
        let exporter = Exporter { host: &host, username: &username, email: &email, at };
        written(form, &entries, &groups, password.as_deref().map(String::as_str), &exporter, random)
    });
    let Export { content, left_out: unsayable, codes } = export.await?.map_err(anyhow::Error::from)?;
    let title_of = |position: &usize| named.get(*position).map(|(_, title)| title.clone());
    let codes = codes.iter().map(|code| code.iter().filter_map(title_of).collect()).collect();
    left_out.extend(unsayable.iter().filter_map(|(position, reason)| {
        let (id, title) = named.get(*position)?;
        Some(LeftOut::new(*id, title, reason.code(), reason))
    }));
    Ok(Written { content, accounts: seen.len() - left_out.len(), left_out, notes, codes })
}

/// Returns which of the accounts well-known readers of otpauth URIs get wrong.
fn notes(entries: &[Entry], named: &[(AccountId, String)]) -> Vec<Note> {
    let notes = READERS.into_iter().map(|(code, concerns)| {
        let concerned = entries.iter().zip(named).filter(|(entry, _)| concerns(entry));
        Note { code, titles: concerned.map(|(_, (_, title))| title.clone()).collect() }
    });
    notes.filter(|note| !note.titles.is_empty()).collect()
}

fn written(
    form: Form,
    entries: &[Entry],
    groups: &[Group],
    password: Option<&str>,
    exporter: &Exporter<'_>,
    random: exports::FillRandom,
) -> std::result::Result<Export, exports::ExportError> {
    Ok(match (form, password) {
        (Form::Uris | Form::TwoFauth, _) => exports::uris(entries),
        (Form::Google, _) => exports::google(entries, random),
        (Form::Cxf, _) => exports::cxf(entries, exporter, random),
        (Form::Aegis, None) => exports::aegis(entries, random),
        (Form::Aegis, Some(password)) => exports::encrypted_aegis(entries, password, random)?,
        (Form::Sixpin, password) => exports::sealed(entries, groups, password.unwrap_or_default(), random)?,
    })
}

/// What there is to write.
struct Gathered {
    entries: Vec<Entry>,
    /// The IDs of the entries, with their services and names.
    named: Vec<(AccountId, String)>,
    /// The groups in the owner's order: all of them if all accounts are written, else those of the accounts.
    groups: Vec<Group>,
    /// Those whose secret doesn't open.
    left_out: Vec<LeftOut>,
}

async fn gather(app: &App, owner: UserId, form: Form, seen: &[Seen], rights: &[Right<ReadSecret>]) -> Result<Gathered> {
    let mut read = app.store.read().await?;
    let mut groups = read.groups(owner).await?;
    if read.owned_account_count(owner).await? > seen.len() as u64 {
        let used: HashSet<GroupId> = seen.iter().filter_map(|seen| seen.group).collect();
        groups.retain(|group| used.contains(&group.id));
    }
    let group_names: HashMap<GroupId, String> = groups.iter().map(|group| (group.id, group.name.clone())).collect();
    let icons = if form.has_icons() { icons::load_contents(app, &mut read, seen).await? } else { HashMap::new() };
    let mut shared_with = if form == Form::Sixpin { recipient_names(&mut read, owner).await? } else { HashMap::new() };
    drop(read);
    let (entries, named) = (Vec::with_capacity(seen.len()), Vec::with_capacity(seen.len()));
    let mut gathered = Gathered { entries, named, groups, left_out: Vec::new() };
    for (seen, right) in seen.iter().zip(rights) {
        let account = &seen.account;
        let secret = match app.store.open_secret(account, right) {
            Ok(secret) => secret,
            Err(error) => {
                gathered.left_out.push(LeftOut::new(account.id, &title(seen), "unreadable", &error));
                continue;
            }
        };
        let name = account.icon.as_deref();
        let icon =
            name.and_then(|name| Some(Icon { mime: icons::content_type(name)?, content: icons.get(name)?.clone() }));
        let shared_with = shared_with.remove(&account.id).unwrap_or_default();
        let group = seen.group.and_then(|id| group_names.get(&id).cloned());
        gathered.entries.push(Entry { account: account.clone().into_draft(secret), group, icon, shared_with });
        gathered.named.push((account.id, title(seen)));
    }
    Ok(gathered)
}

/// Returns the names of the users with whom accounts are shared.
async fn recipient_names(read: &mut store::Read, owner: UserId) -> Result<HashMap<AccountId, Vec<String>>> {
    let mut names: HashMap<AccountId, Vec<String>> = HashMap::new();
    for (account, name) in read.recipients_of_all(owner).await? {
        names.entry(account).or_default().push(name.unwrap_or_else(|| EVERYONE.to_owned()));
    }
    Ok(names)
}

fn title(seen: &Seen) -> String {
    let account = &seen.account;
    let names = [account.service.as_deref().unwrap_or_default(), &account.name];
    names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
}
