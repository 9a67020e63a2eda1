//! Items of password managers, with the source of one-time passwords beside a name and a user name.

use otp::{OtpType, Otpauth, Parameters, trim_blank};
use vault::AccountDraft;

use crate::file::begins_with;
use crate::parts::{cut, non_empty, parse_secret};
use crate::reader::Rules;
use crate::{EntryError, ImportedAccount, RawEntry, RejectedEntry};

/// An item. Missing parts are empty.
#[derive(Clone, Copy, Default)]
pub(crate) struct Login<'a> {
    /// The name of the item.
    pub(crate) name: &'a str,
    /// The name of its user.
    pub(crate) username: &'a str,
    /// A URI, or a secret alone.
    pub(crate) totp: &'a str,
    /// The name of its folder or group.
    pub(crate) group: &'a str,
    /// Whether it is in the trash.
    pub(crate) is_trashed: bool,
}

impl Login<'_> {
    /// Reads the account. The item's own names stand in for those that the URI lacks.
    pub(crate) fn read(self, position: usize) -> Result<ImportedAccount, RejectedEntry> {
        let read = if self.is_trashed { Err(EntryError::Trashed) } else { self.read_account() };
        let account = read.map_err(|reason| self.reject(position, reason))?;
        Ok(ImportedAccount { group: non_empty(self.group), ..account.into() })
    }

    pub(crate) fn reject(self, position: usize, reason: EntryError) -> RejectedEntry {
        let [service, account] = [self.name, self.username].map(|name| cut(name).to_owned());
        RejectedEntry::new(position, RawEntry { kind: "totp".into(), service, account }, reason)
    }

    fn read_account(self) -> Result<AccountDraft, EntryError> {
        let (name, username) = (present_name(self.name), present_name(self.username));
        let Otpauth { service, account, secret, parameters, .. } = parse_totp(self.totp, Rules::Format)?;
        parameters.validate()?;
        let secret = parse_secret(secret.padded(), Rules::Format)?;
        // A URI of this form holds no names.
        let is_bare = begins_with(self.totp.trim(), "steam://");
        let (service, account) = (service.as_deref().and_then(present_name), present_name(&account));
        let (service, account) =
            if is_bare { (name.or(service), username) } else { (service.or(name), account.or(username)) };
        Ok(AccountDraft::new(account.unwrap_or_default(), secret, parameters).with_service(service))
    }
}

/// Reads a URI, or a secret alone.
pub(crate) fn parse_totp(totp: &str, rules: Rules) -> Result<Otpauth, EntryError> {
    if totp.contains("://") {
        return Ok(Otpauth::parse_any(totp)?);
    }
    let parameters = Parameters::new(OtpType::Totp);
    Ok(Otpauth { service: None, account: String::new(), secret: parse_secret(totp, rules)?, parameters, image: None })
}

/// Returns a name unless it is empty, or the word `null` with which Bitwarden fills the place of a missing one.
pub(crate) fn present_name(name: &str) -> Option<String> {
    let name = trim_blank(cut(name));
    let name = name.strip_suffix(":null").unwrap_or(name).trim_start_matches(':');
    non_empty(name).filter(|name| name != "null")
}
