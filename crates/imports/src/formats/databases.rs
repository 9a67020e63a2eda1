//! The databases of apps on rooted Android devices: Google Authenticator, Microsoft Authenticator, Stratum, and, decrypted,
//! Authenticator Plus.

use otp::Secret;
use serde_json::Value;

use crate::container::sqlite::{Database, MAGIC, Values};
use crate::crypto::decode_hex;
use crate::file::ExportFile;
use crate::parts::{Parts, split_label};
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, ReadError, RejectedEntry, Warning, base64};

impl Format {
    /// The database of Microsoft Authenticator.
    pub const MICROSOFT: Format = Format::new("microsoft", "Microsoft Authenticator");
}

pub(crate) const GOOGLE: Reader =
    Reader { format: Format::GOOGLE_AUTHENTICATOR, detect: |file| is_of(file, is_google), read: read_google };
pub(crate) const MICROSOFT: Reader =
    Reader { format: Format::MICROSOFT, detect: |file| is_of(file, is_microsoft), read: read_microsoft };
pub(crate) const STRATUM: Reader =
    Reader { format: Format::STRATUM, detect: |file| is_of(file, is_stratum), read: read_stratum };

fn is_of(file: &ExportFile<'_>, is_known: fn(&Database) -> bool) -> bool {
    file.bytes.starts_with(MAGIC) && Database::open(file.bytes).is_some_and(|database| is_known(&database))
}

fn has_columns(database: &Database, table: &str, wanted: &[&str]) -> bool {
    let columns = database.columns(table);
    wanted.iter().all(|name| columns.iter().any(|column| column == name))
}

fn is_google(database: &Database) -> bool {
    has_columns(database, "accounts", &["email", "secret", "counter", "type", "issuer"])
}

fn is_microsoft(database: &Database) -> bool {
    has_columns(database, "accounts", &["name", "username", "oath_secret_key", "account_type"])
}

fn is_stratum(database: &Database) -> bool {
    has_columns(database, "authenticator", &["type", "issuer", "username", "secret"])
}

fn read_google(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let format = Format::GOOGLE_AUTHENTICATOR;
    let database = Database::open(file.bytes).ok_or(ReadError::Unusable(format))?;
    let sql = "SELECT email, secret, counter, type, issuer, '' FROM accounts ORDER BY _id";
    let rows = database.rows(sql).ok_or(ReadError::Unusable(format))?;
    let entries = (1..).zip(&rows).map(|(position, row)| read_row(position, row)).collect();
    Ok(Import { warnings: vec![Warning::OnlySecrets(format)], ..Import::new(format, entries) })
}

/// Reads the accounts of Authenticator Plus, whose database is like Google's, with groups.
pub(super) fn read_plus(bytes: &[u8]) -> Result<Import, ReadError> {
    let format = Format::AUTHENTICATOR_PLUS;
    let database = Database::open(bytes).filter(is_google).ok_or(ReadError::Unusable(format))?;
    let group = if database.columns("accounts").iter().any(|column| column == "category") { "category" } else { "''" };
    let sql = format!("SELECT email, secret, counter, type, issuer, {group} FROM accounts ORDER BY position, _id");
    let rows = database
        .rows(&sql)
        .or_else(|| database.rows(&sql.replace("position, ", "")))
        .ok_or(ReadError::Unusable(format))?;
    let entries = (1..).zip(&rows).map(|(position, row)| read_row(position, row)).collect();
    Ok(Import { warnings: vec![Warning::OnlySecrets(format)], ..Import::new(format, entries) })
}

/// Reads `email, secret, counter, type, issuer, group`. Type 2 is Battle.net, whose secret is in hexadecimal.
fn read_row(position: usize, row: &Values) -> Result<ImportedAccount, RejectedEntry> {
    let [email, secret, counter, kind, issuer, group] = row.as_slice() else {
        return Err(Parts::new("", "", "", "").reject(position, EntryError::Missing("secret")));
    };
    let (prefix, account) = if issuer.is_empty() { split_label(email) } else { (issuer.as_str(), email.as_str()) };
    let counter = Value::from(counter.as_str());
    let eight = Value::from(8);
    let key = decode_hex(secret).map(|key| Secret::from_key(&key));
    let parts = match (kind.as_str(), &key) {
        ("2", Some(key)) => Parts { digits: &eight, ..Parts::new("totp", prefix, account, key.unpadded()) },
        ("1", _) => Parts { counter: &counter, ..Parts::new("hotp", prefix, account, secret) },
        ("0" | "2" | "", _) => Parts::new("totp", prefix, account, secret),
        (other, _) => Parts::new(other, prefix, account, secret),
    };
    let imported = parts.read(position, Rules::Format)?;
    // The app's name for accounts that are in no group.
    let group = crate::parts::non_empty(group).filter(|group| group != "All Accounts");
    Ok(ImportedAccount { group, ..imported })
}

fn read_microsoft(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let format = Format::MICROSOFT;
    let database = Database::open(file.bytes).ok_or(ReadError::Unusable(format))?;
    let sql = "SELECT name, username, oath_secret_key, account_type FROM accounts ORDER BY _id";
    let rows = database.rows(sql).ok_or(ReadError::Unusable(format))?;
    let entries = (1..).zip(&rows).map(|(position, row)| read_microsoft_row(position, row)).collect();
    Ok(Import { warnings: vec![Warning::OnlySecrets(format)], ..Import::new(format, entries) })
}

/// Reads `name, username, oath_secret_key, account_type`: 0 for any service, 1 for a personal account of Microsoft, whose
/// codes have 8 digits, 2 for one of a company, which is confirmed on the device.
fn read_microsoft_row(position: usize, row: &Values) -> Result<ImportedAccount, RejectedEntry> {
    let [name, username, secret, kind] = row.as_slice() else {
        return Err(Parts::new("", "", "", "").reject(position, EntryError::Missing("oath_secret_key")));
    };
    let eight = Value::from(8);
    match kind.as_str() {
        "1" => {
            let key = base64::decode(secret).filter(|key| !key.is_empty()).map(|key| Secret::from_key(&key));
            let key = key.as_ref().map(Secret::unpadded).unwrap_or_default();
            Parts { digits: &eight, ..Parts::new("totp", name, username, key) }.read(position, Rules::Format)
        }
        "2" => Err(Parts::new("", name, username, "").reject(position, EntryError::Missing("oath_secret_key"))),
        _ => Parts::new("totp", name, username, secret).read(position, Rules::Format),
    }
}

fn read_stratum(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let format = Format::STRATUM;
    let database = Database::open(file.bytes).ok_or(ReadError::Unusable(format))?;
    let sql =
        "SELECT type, issuer, username, secret, algorithm, digits, period, counter FROM authenticator ORDER BY ranking";
    let rows = database.rows(sql).ok_or(ReadError::Unusable(format))?;
    let entries = (1..).zip(&rows).map(|(position, row)| read_stratum_row(position, row)).collect();
    Ok(Import::new(format, entries))
}

fn read_stratum_row(position: usize, row: &Values) -> Result<ImportedAccount, RejectedEntry> {
    let [kind, issuer, username, secret, algorithm, digits, period, counter] = row.as_slice() else {
        return Err(Parts::new("", "", "", "").reject(position, EntryError::Missing("secret")));
    };
    let [digits, period, counter] = [digits, period, counter].map(|value| Value::from(value.as_str()));
    let kind = match kind.as_str() {
        "1" => "hotp",
        "2" => "totp",
        "3" => "motp",
        "4" => "steam",
        "5" => "yandex",
        other => other,
    };
    let algorithm = match algorithm.as_str() {
        "0" | "" => "sha1",
        "1" => "sha256",
        "2" => "sha512",
        other => other,
    };
    let parts = Parts {
        algorithm,
        digits: &digits,
        period: &period,
        counter: &counter,
        ..Parts::new(kind, issuer, username, secret)
    };
    parts.read(position, Rules::Format)
}
