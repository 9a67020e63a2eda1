//! Google Authenticator's QR codes: `otpauth-migration://offline?data=` and Protocol Buffers in base64.
//!
//! A QR code holds at most ten accounts; more are spread over a batch of QR codes.

use std::collections::BTreeMap;
use std::fmt;

use otp::{Algorithm, OtpType, Parameters, STEAM_SERVICE, Secret, SecretError};
use percent_encoding::percent_decode_str;
use prost::Message;
use vault::AccountDraft;

use crate::file::{ExportFile, begins_with, reject_line};
use crate::parts::non_empty;
use crate::reader::{Reader, Request};
use crate::{
    EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, RawEntry, ReadError, RejectedEntry, Warning, base64,
};

impl Format {
    /// The `otpauth-migration` URIs in Google Authenticator's QR codes, as text.
    pub const GOOGLE_AUTHENTICATOR: Format = Format::new("google_authenticator", "Google Authenticator");
}

pub(crate) const READER: Reader = Reader { format: Format::GOOGLE_AUTHENTICATOR, detect, read };

/// The beginning of these URIs.
pub(crate) const SCHEME: &str = "otpauth-migration://";

/// The content of a QR code.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Payload {
    #[prost(message, repeated, tag = "1")]
    accounts: Vec<ExportedAccount>,
    /// The number of QR codes in the batch.
    #[prost(int32, tag = "3")]
    batch_size: i32,
    /// The position of this one in the batch, counted from 0.
    #[prost(int32, tag = "4")]
    batch_index: i32,
    #[prost(int32, tag = "5")]
    batch_id: i32,
}

/// An account in a QR code, which has no period.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct ExportedAccount {
    #[prost(bytes = "vec", tag = "1")]
    secret: Vec<u8>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    issuer: String,
    #[prost(int32, tag = "4")]
    algorithm: i32,
    #[prost(int32, tag = "5")]
    digits: i32,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(int64, tag = "7")]
    counter: i64,
}

/// Without the secret.
impl fmt::Debug for ExportedAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ExportedAccount")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Whether all lines but comments are such URIs.
fn detect(file: &ExportFile<'_>) -> bool {
    let mut lines = uris(file).peekable();
    lines.peek().is_some() && lines.all(|(_, line)| begins_with(line, SCHEME))
}

fn uris<'a>(file: &ExportFile<'a>) -> impl Iterator<Item = (usize, &'a str)> {
    file.lines().filter(|(_, line)| !line.starts_with('#'))
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let mut entries = Vec::new();
    let mut batches = Batches::default();
    for (number, line) in uris(file) {
        match decode_payload(line) {
            Some(payload) => entries.extend(batches.add(&payload)),
            None => entries.push(Err(reject_line(number, line, EntryError::MigrationData))),
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    if batches.is_empty() {
        return Err(ReadError::Unusable(Format::GOOGLE_AUTHENTICATOR));
    }
    Ok(Import { warnings: batches.warnings(), ..Import::new(Format::GOOGLE_AUTHENTICATOR, entries) })
}

/// Whether a URI ends where its data should begin.
pub(crate) fn is_empty_uri(uri: &str) -> bool {
    uri.len() <= "otpauth-migration://offline?data=".len()
}

/// Decodes the content of a QR code from its URI.
pub(crate) fn decode_payload(uri: &str) -> Option<Payload> {
    let (_, query) = uri.split_once('?')?;
    let data = query.split('&').find_map(|parameter| parameter.strip_prefix("data="))?;
    // Unlike in a form, a plus sign stands for itself here: base64 has it.
    let data = percent_decode_str(data).decode_utf8().ok()?;
    let payload = Payload::decode(base64::decode(&data)?.as_slice()).ok()?;
    (!payload.accounts.is_empty()).then_some(payload)
}

/// The QR codes in a text, by batch.
#[derive(Default)]
pub(crate) struct Batches {
    /// The size of each batch and the positions of the QR codes that are present, by the ID of the batch.
    seen: BTreeMap<i32, (usize, Vec<usize>)>,
    accounts: usize,
}

/// Maximum number of QR codes in a batch, so that a wrong number doesn't cause a long list of missing ones.
const MAX_CODES: usize = 1000;
/// Maximum number of batches whose missing QR codes are told.
const MAX_BATCHES: usize = 20;

impl Batches {
    /// Whether no QR code was added.
    fn is_empty(&self) -> bool {
        self.accounts == 0
    }

    /// Records a QR code and returns its entries.
    pub(crate) fn add(&mut self, payload: &Payload) -> Vec<Result<ImportedAccount, RejectedEntry>> {
        let size = usize::try_from(payload.batch_size).unwrap_or(0).min(MAX_CODES);
        let (known, indices) = self.seen.entry(payload.batch_id).or_default();
        *known = size.max(*known);
        indices.extend(usize::try_from(payload.batch_index));
        let before = self.accounts;
        self.accounts += payload.accounts.len();
        (before + 1..).zip(&payload.accounts).map(|(position, account)| account.read(position)).collect()
    }

    /// Returns the warnings about periods and missing QR codes.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        if self.is_empty() {
            return Vec::new();
        }
        let incomplete = self.seen.values().filter_map(|(size, indices)| {
            let missing: Vec<usize> = (0..*size).filter(|index| !indices.contains(index)).collect();
            (!missing.is_empty()).then_some(Warning::MissingCodes { size: *size, missing })
        });
        let incomplete = incomplete.take(MAX_BATCHES);
        std::iter::once(Warning::NoPeriods(Format::GOOGLE_AUTHENTICATOR)).chain(incomplete).collect()
    }
}

impl ExportedAccount {
    /// Reads the account; `position` counts accounts from 1.
    fn read(&self, position: usize) -> Result<ImportedAccount, RejectedEntry> {
        self.parse_account().map(ImportedAccount::from).map_err(|reason| self.reject(position, reason))
    }

    fn reject(&self, position: usize, reason: EntryError) -> RejectedEntry {
        let raw = RawEntry { kind: "totp".into(), service: self.issuer.clone(), account: self.name.clone() };
        RejectedEntry::new(position, raw, reason)
    }

    fn parse_account(&self) -> Result<AccountDraft, EntryError> {
        let (service, name) = self.split_names();
        let parameters = self.parse_parameters()?;
        parameters.validate()?;
        if self.secret.is_empty() {
            return Err(SecretError::Empty.into());
        }
        let secret = Secret::from_key(&self.secret);
        let is_steam = service.as_ref().is_some_and(|service| service.eq_ignore_ascii_case(STEAM_SERVICE));
        let (service, parameters) = if is_steam { parameters.with_steam_rule(service) } else { (service, parameters) };
        Ok(AccountDraft::new(name, secret, parameters).with_service(service))
    }

    /// Returns the service and the account. The name often repeats the issuer, and may be the only place that has it.
    fn split_names(&self) -> (Option<String>, String) {
        let (issuer, name) = (self.issuer.trim(), self.name.trim());
        match name.split_once(':') {
            Some((prefix, account)) if issuer.is_empty() && !account.trim().is_empty() => {
                (non_empty(prefix), account.trim().to_owned())
            }
            _ => (non_empty(issuer), name.to_owned()),
        }
    }

    fn parse_parameters(&self) -> Result<Parameters, EntryError> {
        let otp_type = match self.kind {
            1 => OtpType::Hotp,
            // Apps that leave it out mean the common kind.
            0 | 2 => OtpType::Totp,
            other => return Err(EntryError::Kind(other.to_string())),
        };
        let algorithm = match self.algorithm {
            0 | 1 => Algorithm::Sha1,
            2 => Algorithm::Sha256,
            3 => Algorithm::Sha512,
            4 => Algorithm::Md5,
            other => return Err(EntryError::Algorithm(other.to_string())),
        };
        let digits = match self.digits {
            0 | 1 => 6,
            2 => 8,
            _ => return Err(EntryError::Digits),
        };
        let counter = match u64::try_from(self.counter) {
            _ if otp_type == OtpType::Totp => None,
            Ok(counter) if counter < i64::MAX.unsigned_abs() => Some(counter),
            _ => return Err(EntryError::Counter),
        };
        Ok(Parameters::with_defaults(otp_type, Some(algorithm), Some(digits), None, counter))
    }
}
