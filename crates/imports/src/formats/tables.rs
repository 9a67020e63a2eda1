//! Tables that password managers export as CSV: each app by the names of its columns.

use crate::container::csv::{Row, Table, column_names};
use crate::file::ExportFile;
use crate::login::Login;
use crate::reader::{Reader, Request};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry};

impl Format {
    /// Passwords of Apple and Safari.
    pub const APPLE_PASSWORDS: Format = Format::new("apple_passwords", "Apple Passwords");
    /// The tables of browsers and of NordPass, which have no one-time passwords.
    pub const BROWSER: Format = Format::new("browser", "Passwords of browsers");
    /// A table with a column of one-time passwords, of an app that isn't known.
    pub const CSV: Format = Format::new("csv", "CSV table");
    /// Dashlane.
    pub const DASHLANE: Format = Format::new("dashlane", "Dashlane");
    /// KeePassXC's CSV.
    pub const KEEPASSXC_CSV: Format = Format::new("keepassxc_csv", "KeePassXC (CSV)");
    /// The vault of LastPass.
    pub const LASTPASS_VAULT: Format = Format::new("lastpass_vault", "LastPass");
    /// The CSV of pass-import.
    pub const PASS_IMPORT: Format = Format::new("pass_import", "pass-import");
    /// Zoho Vault.
    pub const ZOHO_VAULT: Format = Format::new("zoho_vault", "Zoho Vault");
}

/// An app's table.
struct Layout {
    format: Format,
    /// The columns by which it is recognised.
    marks: &'static [&'static str],
    /// The columns of a part, the first of which that the table has counts.
    name: &'static [&'static str],
    username: &'static [&'static str],
    totp: &'static [&'static str],
    group: &'static [&'static str],
}

/// The apps, the most particular ones first.
const LAYOUTS: [Layout; 10] = [
    Layout {
        format: Format::ZOHO_VAULT,
        marks: &["password name", "secretdata"],
        name: &["password name"],
        username: &[],
        totp: &["totp", "login_totp"],
        group: &["folder name"],
    },
    Layout {
        format: Format::BITWARDEN,
        marks: &["name", "login_totp"],
        name: &["name"],
        username: &["login_username"],
        totp: &["login_totp"],
        group: &["folder", "collections"],
    },
    Layout {
        format: Format::LASTPASS_VAULT,
        marks: &["url", "username", "totp", "extra", "grouping"],
        name: &["name"],
        username: &["username"],
        totp: &["totp"],
        group: &["grouping"],
    },
    Layout {
        format: Format::ONE_PASSWORD,
        marks: &["title", "otpauth", "archived"],
        name: &["title"],
        username: &["username"],
        totp: &["otpauth"],
        group: &[],
    },
    Layout {
        format: Format::APPLE_PASSWORDS,
        marks: &["title", "url", "username", "otpauth"],
        name: &["title"],
        username: &["username"],
        totp: &["otpauth"],
        group: &[],
    },
    Layout {
        format: Format::KEEPASSXC_CSV,
        marks: &["group", "title", "username", "totp"],
        name: &["title"],
        username: &["username"],
        totp: &["totp"],
        group: &["group"],
    },
    Layout {
        format: Format::DASHLANE,
        marks: &["username2", "username3", "title"],
        name: &["title"],
        username: &["username"],
        totp: &["otpurl", "otpsecret"],
        group: &["category"],
    },
    Layout {
        format: Format::PASS_IMPORT,
        marks: &["otpauth", "title", "type", "icon"],
        name: &["title"],
        username: &[],
        totp: &["otpauth"],
        group: &["group"],
    },
    Layout {
        format: Format::CSV,
        marks: &[],
        name: &["name", "title", "nickname", "display_name", "service", "issuer", "website", "url"],
        username: &["username", "user", "login", "login_username", "account", "email"],
        totp: &["totp", "otp", "otpauth", "otpurl", "otp_secret", "twofasecret", "login_totp", "2fa", "secret"],
        group: &["vault", "folder", "group", "category"],
    },
    Layout {
        format: Format::BROWSER,
        marks: &["url", "username", "password"],
        name: &[],
        username: &[],
        totp: &[],
        group: &[],
    },
];

/// Whether a file is a table of this format.
fn find_layout(file: &ExportFile<'_>) -> Option<&'static Layout> {
    if file.text.trim_start().starts_with(['{', '[', '<']) {
        return None;
    }
    let columns = column_names(file.text);
    let has = |name: &&str| columns.iter().any(|column| column == name);
    LAYOUTS.iter().find(|layout| {
        let is_marked = layout.marks.iter().all(has);
        if layout.marks.is_empty() { layout.totp.iter().any(has) && columns.len() > 1 } else { is_marked }
    })
}

macro_rules! readers {
    ($($name:ident: $format:ident,)*) => {
        $(
            pub(crate) const $name: Reader = Reader {
                format: Format::$format,
                detect: |file| find_layout(file).is_some_and(|layout| layout.format == Format::$format),
                read,
            };
        )*
    };
}

readers! {
    APPLE_PASSWORDS: APPLE_PASSWORDS,
    BITWARDEN: BITWARDEN,
    BROWSER: BROWSER,
    CSV: CSV,
    DASHLANE: DASHLANE,
    KEEPASSXC_CSV: KEEPASSXC_CSV,
    LASTPASS_VAULT: LASTPASS_VAULT,
    ONE_PASSWORD: ONE_PASSWORD,
    PASS_IMPORT: PASS_IMPORT,
    ZOHO_VAULT: ZOHO_VAULT,
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let layout = find_layout(file).ok_or(ReadError::UnknownFormat)?;
    if layout.format == Format::BROWSER {
        return Err(ReadError::NoCodes(Format::BROWSER));
    }
    // Items without one-time passwords don't count, so a table may have more rows than entries.
    let table = Table::read(file.text, MAX_ENTRIES * 10).ok_or(ReadError::Unusable(layout.format))?;
    let mut entries = Vec::new();
    for row in &table.rows {
        entries.extend(read_row(entries.len() + 1, &table, row, layout));
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    Ok(Import::new(layout.format, entries))
}

/// Reads a row; `None` for one without one-time passwords.
fn read_row(
    position: usize,
    table: &Table,
    row: &Row,
    layout: &Layout,
) -> Option<Result<ImportedAccount, RejectedEntry>> {
    if layout.format == Format::BITWARDEN && row.0.len() > table.width() {
        let name = row.0.get(3).map(String::as_str).unwrap_or_default();
        let damaged = || Login { name, ..Login::default() }.reject(position, EntryError::Missing("login_totp"));
        return Some(read_authenticator_row(position, table, row).unwrap_or_else(|| Err(damaged())));
    }
    let totp = table.cell(row, layout.totp).trim();
    if totp.is_empty() {
        return None;
    }
    let secret_data = table.cell(row, &["secretdata"]);
    let username = match layout.format {
        Format::ZOHO_VAULT => secret_data.lines().find_map(|line| line.strip_prefix("User Name:")).unwrap_or_default(),
        _ => table.cell(row, layout.username),
    };
    let group = table.cell(row, layout.group);
    let login = Login {
        name: table.cell(row, layout.name),
        username,
        totp,
        // KeePassXC's root is no group of its own.
        group: if layout.format == Format::KEEPASSXC_CSV && group == "Root" { "" } else { group },
        is_trashed: table.cell(row, &["archived"]).eq_ignore_ascii_case("true"),
    };
    let read = login.read(position);
    Some(match layout.format {
        Format::KEEPASSXC_CSV => read.map(|read| with_own_names(read, login)),
        Format::PASS_IMPORT => read.map(|read| without_placeholder(read, login.name)),
        _ => read,
    })
}

/// Gives an account the names in the cells: KeePassXC makes URIs anew from them, with a word for a missing user name.
fn with_own_names(mut read: ImportedAccount, login: Login<'_>) -> ImportedAccount {
    if !login.name.trim().is_empty() {
        read.account.service = Some(login.name.trim().to_owned());
    }
    login.username.trim().clone_into(&mut read.account.name);
    read
}

/// Removes the word that pass-import writes for an account, and the account that it writes behind Steam's name.
///
/// The URI isn't encoded, so that a name may end at an ampersand; the title has it whole.
fn without_placeholder(mut read: ImportedAccount, title: &str) -> ImportedAccount {
    if read.account.service.as_deref().is_some_and(|service| title.starts_with(service)) {
        read.account.service = Some(title.to_owned());
    }
    if read.account.name == "totp-secret" {
        read.account.name.clear();
    }
    let steam = read.account.service.as_deref().and_then(|service| service.strip_prefix(otp::STEAM_SERVICE));
    if let Some(account) = steam.filter(|_| read.account.parameters.otp_type == otp::OtpType::SteamTotp) {
        read.account.name = account.to_owned();
        read.account.service = Some(otp::STEAM_SERVICE.to_owned());
    }
    read
}

/// Reads a row of Bitwarden Authenticator, which has three cells more than columns (issuer, period, digits) and quotes
/// none, so that a comma in a name makes more of them. `None` for a damaged one.
fn read_authenticator_row(position: usize, table: &Table, row: &Row) -> Option<Result<ImportedAccount, RejectedEntry>> {
    let totp = row.0.iter().position(|cell| cell.contains("://") && !cell.starts_with("http"))?;
    let end = row.0.len().checked_sub(3)?;
    let uri = row.0.get(totp..end)?.join(",");
    // The name is between the type and the address of the item.
    let name = row.0.get(3..totp.checked_sub(1)?)?.join(",");
    let group = table.cell(row, &["folder"]);
    Some(Login { name: &name, totp: &uri, group, ..Login::default() }.read(position))
}
