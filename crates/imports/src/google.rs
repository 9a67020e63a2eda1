//! Google Authenticator's QR codes: `otpauth-migration://offline?data=` and protobuf in base64.
//!
//! A code holds ten accounts at most; many accounts are a batch of codes.

use std::collections::BTreeMap;
use std::fmt;

use otp::{Algorithm, OtpType, Parameters, STEAM_SERVICE, Secret, SecretError};
use percent_encoding::percent_decode_str;
use prost::Message;
use vault::AccountDraft;

use crate::parts::{named, without_issuer};
use crate::reader::Reader;
use crate::source::{Source, begins_with, rejected_line};
use crate::{Draft, Format, Import, MAX_ENTRIES, Notice, ReadError, Reason, Rejected, Written, base64};

impl Format {
    /// The `otpauth-migration` URIs in Google Authenticator's QR codes, as text.
    pub const GOOGLE_AUTHENTICATOR: Format = Format::new("google_authenticator", "Google Authenticator");
}

pub(crate) const READER: Reader = Reader { format: Format::GOOGLE_AUTHENTICATOR, detect, read };

/// How such URIs begin.
pub(crate) const SCHEME: &str = "otpauth-migration://";

/// The content of a QR code.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Payload {
    #[prost(message, repeated, tag = "1")]
    pub(crate) accounts: Vec<Account>,
    /// QR codes of the batch.
    #[prost(int32, tag = "3")]
    batch_size: i32,
    /// Which of them this is, from 0.
    #[prost(int32, tag = "4")]
    batch_index: i32,
    #[prost(int32, tag = "5")]
    batch_id: i32,
}

/// An account in a QR code. There is no period.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct Account {
    #[prost(bytes = "vec", tag = "1")]
    secret: Vec<u8>,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) issuer: String,
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
impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Account")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// A text of such URIs and comments, and nothing else.
fn detect(source: &Source<'_>) -> bool {
    let mut lines = uris(source).peekable();
    lines.peek().is_some() && lines.all(|(_, line)| begins_with(line, SCHEME))
}

fn uris<'a>(source: &Source<'a>) -> impl Iterator<Item = (usize, &'a str)> {
    source.lines().filter(|(_, line)| !line.starts_with('#'))
}

fn read(source: &Source<'_>, _: Option<&str>) -> Result<Import, ReadError> {
    let mut entries = Vec::new();
    let mut batches = Batches::default();
    for (number, line) in uris(source) {
        match payload(line) {
            Some(payload) => entries.extend(batches.add(&payload)),
            None => entries.push(Err(rejected_line(number, line, Reason::MigrationData))),
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    if batches.is_empty() {
        return Err(ReadError::Unusable(Format::GOOGLE_AUTHENTICATOR));
    }
    Ok(Import { notices: batches.notices(), ..Import::new(Format::GOOGLE_AUTHENTICATOR, entries) })
}

/// The content of a QR code, from its URI.
pub(crate) fn payload(uri: &str) -> Option<Payload> {
    let (_, query) = uri.split_once('?')?;
    let data = query.split('&').find_map(|parameter| parameter.strip_prefix("data="))?;
    // A plus sign is one, here: base64 has it.
    let data = percent_decode_str(data).decode_utf8().ok()?;
    let payload = Payload::decode(base64::decode(&data)?.as_slice()).ok()?;
    (!payload.accounts.is_empty()).then_some(payload)
}

/// The QR codes of a text, by their batches.
#[derive(Default)]
pub(crate) struct Batches {
    /// The size and the codes that are there, by the id of the batch.
    seen: BTreeMap<i32, (usize, Vec<usize>)>,
    accounts: usize,
}

/// The QR codes that a batch may have, so that a wrong number doesn't make a long list.
const MAX_CODES: usize = 1000;

impl Batches {
    /// Whether no QR code was added.
    fn is_empty(&self) -> bool {
        self.accounts == 0
    }

    /// Notes a QR code; answers its entries.
    pub(crate) fn add(&mut self, payload: &Payload) -> Vec<Result<Draft, Rejected>> {
        let size = usize::try_from(payload.batch_size).unwrap_or(0).min(MAX_CODES);
        let (known, indices) = self.seen.entry(payload.batch_id).or_default();
        *known = size.max(*known);
        indices.extend(usize::try_from(payload.batch_index));
        let before = self.accounts;
        self.accounts += payload.accounts.len();
        (before + 1..).zip(&payload.accounts).map(|(position, account)| account.draft(position)).collect()
    }

    /// What is missing.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        if self.is_empty() {
            return Vec::new();
        }
        let incomplete = self.seen.values().filter_map(|(size, indices)| {
            let missing: Vec<usize> = (0..*size).filter(|index| !indices.contains(index)).collect();
            (!missing.is_empty()).then_some(Notice::MissingCodes { size: *size, missing })
        });
        std::iter::once(Notice::NoPeriods(Format::GOOGLE_AUTHENTICATOR)).chain(incomplete).collect()
    }
}

impl Account {
    /// The draft of this account; `position` counts accounts from 1.
    pub(crate) fn draft(&self, position: usize) -> Result<Draft, Rejected> {
        self.account().map(Draft::of).map_err(|reason| self.rejected(position, reason))
    }

    /// Whether the account says of which kind its passwords are.
    pub(crate) fn names_kind(&self) -> bool {
        self.kind != 0
    }

    pub(crate) fn rejected(&self, position: usize, reason: Reason) -> Rejected {
        let written = Written { kind: "totp".into(), service: self.issuer.clone(), account: self.name.clone() };
        Rejected::new(position, written, reason)
    }

    fn account(&self) -> Result<AccountDraft, Reason> {
        let (service, name) = self.names();
        let parameters = self.parameters()?;
        parameters.validate()?;
        if self.secret.is_empty() {
            return Err(SecretError::Empty.into());
        }
        let secret = Secret::from_key(&self.secret);
        let is_steam = service.as_ref().is_some_and(|service| service.eq_ignore_ascii_case(STEAM_SERVICE));
        let (service, parameters) = if is_steam { parameters.with_steam_rule(service) } else { (service, parameters) };
        Ok(AccountDraft::new(name, secret, parameters).with_service(service))
    }

    /// The service and the account. The name often repeats the issuer, and holds it where there is none apart.
    fn names(&self) -> (Option<String>, String) {
        let (issuer, name) = (self.issuer.trim(), self.name.trim());
        match name.split_once(':') {
            Some((prefix, account)) if issuer.is_empty() && !account.trim().is_empty() => {
                (named(prefix), account.trim().to_owned())
            }
            _ => (named(issuer), without_issuer(name, issuer).to_owned()),
        }
    }

    fn parameters(&self) -> Result<Parameters, Reason> {
        let otp_type = match self.kind {
            1 => OtpType::Hotp,
            // Whoever leaves it out means the common kind.
            0 | 2 => OtpType::Totp,
            other => return Err(Reason::Kind(other.to_string())),
        };
        let algorithm = match self.algorithm {
            0 | 1 => Algorithm::Sha1,
            2 => Algorithm::Sha256,
            3 => Algorithm::Sha512,
            4 => Algorithm::Md5,
            other => return Err(Reason::Algorithm(other.to_string())),
        };
        let digits = match self.digits {
            0 | 1 => 6,
            2 => 8,
            _ => return Err(Reason::Digits),
        };
        let counter = match u64::try_from(self.counter) {
            _ if otp_type == OtpType::Totp => None,
            Ok(counter) if counter < i64::MAX.unsigned_abs() => Some(counter),
            _ => return Err(Reason::Counter),
        };
        Ok(Parameters::with_defaults(otp_type, Some(algorithm), Some(digits), None, counter))
    }
}
