//! Writing accounts in one of the forms, for the API and the command.

use std::collections::{HashMap, HashSet};

use clap::ValueEnum;
use exports::{EVERYONE, Entry, Export, Exporter, Icon};
use jiff::Timestamp;
use otp::OtpType;
use serde::Serialize;
use vault::access::{ReadSecret, Right};
use vault::{AccountId, Audience, Group, GroupId, Seen, User, UserId};
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
    let total = seen.len();
    let titles: HashMap<AccountId, String> = seen.iter().map(|seen| (seen.account.id, title(seen))).collect();
    let title_of = |id: AccountId| titles.get(&id).map(String::as_str).unwrap_or_default();
    let (mut notes, mut codes) = (Vec::new(), Vec::new());
    let (content, left_out) = if form == Form::TwoFauth {
        if seen.is_empty() {
            return Ok(Written::default());
        }
        let read = app.store.read().await?;
        let (export, left_out) = write_accounts(app, read, seen, rights).await?;
        let mut content = Zeroizing::new(serde_json::to_string_pretty(&export).map_err(anyhow::Error::from)?);
        content.push('\n');
        let left_out =
            left_out.into_iter().map(|id| LeftOut::new(id, title_of(id), "secret", &exports::LeftOut::Secret));
        (content, left_out.collect::<Vec<_>>())
    } else {
        let Gathered { entries, ids, groups, mut left_out } = gather(app, owner.id, form, &seen, rights).await?;
        if form == Form::Uris {
            notes.extend(READERS.into_iter().filter_map(|(code, concerns)| {
                let concerned = entries.iter().zip(&ids).filter(|(entry, _)| concerns(entry));
                let titles: Vec<String> = concerned.map(|(_, id)| title_of(*id).to_owned()).collect();
                (!titles.is_empty()).then_some(Note { code, titles })
            }));
        }
        let at = app.clock.unix_seconds();
        let host = app.config.app.url.as_ref().and_then(|url| url.host_str()).unwrap_or("localhost").to_owned();
        let (username, email, random) = (owner.name.clone(), owner.email.clone(), app.random);
        let export = app.pictures.run(owner.id, move |_| {
            let exporter = Exporter { host: &host, username: &username, email: &email, at };
            written(form, &entries, &groups, password.as_deref().map(String::as_str), &exporter, random)
        });
        let export = export.await?.map_err(anyhow::Error::from)?;
        let named = |position: &usize| ids.get(*position).map(|id| title_of(*id).to_owned());
        codes.extend(export.codes.iter().map(|code| code.iter().filter_map(named).collect::<Vec<_>>()));
        left_out.extend(export.left_out.iter().filter_map(|(position, reason)| {
            let id = *ids.get(*position)?;
            Some(LeftOut::new(id, title_of(id), reason.code(), reason))
        }));
        (export.content, left_out)
    };
    Ok(Written { content, accounts: total - left_out.len(), left_out, notes, codes })
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
    /// The IDs of the entries.
    ids: Vec<AccountId>,
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
    let names: HashMap<GroupId, String> = groups.iter().map(|group| (group.id, group.name.clone())).collect();
    let icons = icons::load_contents(app, &mut read, seen).await?;
    let (entries, ids) = (Vec::with_capacity(seen.len()), Vec::with_capacity(seen.len()));
    let mut gathered = Gathered { entries, ids, groups, left_out: Vec::new() };
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
        let shared_with = if form == Form::Sixpin { recipient_names(&mut read, account.id).await? } else { Vec::new() };
        let group = seen.group.and_then(|id| names.get(&id).cloned());
        gathered.entries.push(Entry { account: account.clone().into_draft(secret), group, icon, shared_with });
        gathered.ids.push(account.id);
    }
    Ok(gathered)
}

/// Returns the names of the users with whom an account is shared.
async fn recipient_names(read: &mut store::Read, account: AccountId) -> Result<Vec<String>> {
    let is_with_all = read.shares(account).await?.iter().any(|share| share.audience == Audience::AllUsers);
    let recipients = read.recipients(account).await?.into_iter().map(|recipient| recipient.name);
    Ok(is_with_all.then(|| EVERYONE.to_owned()).into_iter().chain(recipients).collect())
}

fn title(seen: &Seen) -> String {
    let account = &seen.account;
    let names = [account.service.as_deref().unwrap_or_default(), &account.name];
    names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
}
