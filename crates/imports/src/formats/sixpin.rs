//! Sixpin's own file, encrypted with a password. `docs/export-file.md` describes it.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::crypto::{Key, argon2id, expand_key, open_aes_gcm};
use crate::file::{ExportFile, bounded};
use crate::json::{at, has, list, text};
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Icon, Import, ImportedAccount, ImportedGroup, ReadError, RejectedEntry, Warning, base64};

impl Format {
    /// Sixpin's own file.
    pub const SIXPIN: Format = Format::new("sixpin", "Sixpin");
}

pub(crate) const READER: Reader = Reader { format: Format::SIXPIN, detect, read };

const UNUSABLE: ReadError = ReadError::Unusable(Format::SIXPIN);

/// Maximum of the memory that a file may ask for, in KiB, of memory times passes, and of lanes.
const MAX_MEMORY: u64 = 256 << 10;
const MAX_WORK: u64 = 2 << 20;
const MAX_LANES: u64 = 16;

fn detect(file: &ExportFile<'_>) -> bool {
    text(&file.json, "format") == "sixpin-export"
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let sealed = &file.json;
    let decoded = |path| base64::decode(text(sealed, path)).ok_or(UNUSABLE);
    let (check, nonce, ciphertext) = (decoded("key.check")?, decoded("content.nonce")?, decoded("content.ciphertext")?);
    if at(sealed, "version").as_u64() != Some(1) || check.is_empty() || ciphertext.is_empty() {
        return Err(UNUSABLE);
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::SIXPIN))?;
    let key = derive(sealed, password)?;
    if expand_key(&key, b"check").is_none_or(|expected| expected.as_slice() != check) {
        return Err(ReadError::WrongPassword(Format::SIXPIN));
    }
    let content_key = expand_key(&key, b"content").ok_or(UNUSABLE)?;
    let plain: Zeroizing<Vec<u8>> = open_aes_gcm(content_key.as_slice(), &nonce, &ciphertext).ok_or(UNUSABLE)?;
    let content: Value = serde_json::from_slice(&plain).map_err(|_| UNUSABLE)?;
    let accounts = bounded(list(&content, "accounts").ok_or(UNUSABLE)?)?;
    let entries: Vec<_> = (1..).zip(accounts).map(|(position, account)| read_account(position, account)).collect();
    let shared = accounts.iter().filter(|account| list(account, "shared_with").is_some_and(|names| !names.is_empty()));
    let warnings = Warning::of_shared(shared.map(describe_shares)).into_iter().collect();
    let groups = bounded(list(&content, "groups").unwrap_or_default())?.iter().filter_map(read_group).collect();
    // What Sixpin wrote comes back as it was: an account may well repeat its issuer.
    Ok(Import { groups, warnings, ..Import::untidied(Format::SIXPIN, entries) })
}

fn read_group(group: &Value) -> Option<ImportedGroup> {
    let show_in_chips = at(group, "show_in_chips").as_bool().unwrap_or(true);
    Some(ImportedGroup { name: non_empty(text(group, "name"))?, show_in_chips })
}

fn derive(sealed: &Value, password: &str) -> Result<Key, ReadError> {
    let cost = |path| at(sealed, path).as_u64().ok_or(UNUSABLE);
    let (memory, passes, lanes) = (cost("key.memory_kib")?, cost("key.passes")?, cost("key.lanes")?);
    if memory > MAX_MEMORY || memory.saturating_mul(passes) > MAX_WORK || lanes > MAX_LANES {
        return Err(ReadError::TooCostly(Format::SIXPIN));
    }
    let salt = base64::decode(text(sealed, "key.salt")).ok_or(UNUSABLE)?;
    let number = |cost| u32::try_from(cost).map_err(|_| UNUSABLE);
    argon2id(password, &salt, number(memory)?, number(passes)?, number(lanes)?).ok_or(UNUSABLE)
}

fn read_account(position: usize, account: &Value) -> Result<ImportedAccount, RejectedEntry> {
    let parts = Parts {
        algorithm: text(account, "algorithm"),
        digits: at(account, "digits"),
        period: at(account, "period"),
        counter: at(account, "counter"),
        ..Parts::new(
            text(account, "otp_type"),
            text(account, "service"),
            text(account, "account"),
            text(account, "secret"),
        )
    };
    let icon =
        has(account, "icon.content").then(|| Icon::decode(text(account, "icon.content"), text(account, "icon.mime")));
    let group = non_empty(text(account, "group"));
    Ok(ImportedAccount { group, icon: icon.flatten(), ..parts.read(position, Rules::Format)? })
}

/// Returns an account's title and with whom it was shared.
fn describe_shares(account: &Value) -> String {
    let names = list(account, "shared_with").unwrap_or_default().iter().filter_map(Value::as_str);
    let names: Vec<&str> = names.map(|name| if name == "*" { "everyone" } else { name }).collect();
    let title = [text(account, "service"), text(account, "account")];
    let title: Vec<&str> = title.into_iter().filter(|name| !name.is_empty()).collect();
    format!("{} ({})", title.join(", "), names.join(", "))
}
