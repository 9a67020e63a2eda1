//! The QR codes of Google Authenticator: `otpauth-migration://offline?data=` and Protocol Buffers in base64, which many
//! apps scan.

use data_encoding::BASE64;
use otp::{Algorithm, OtpType};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message;
use zeroize::Zeroizing;

use crate::{Entry, Export, FillRandom, LeftOut};

/// Maximum number of accounts in a QR code: as many as Google's own have.
const PER_CODE: usize = 10;
/// Maximum length of the text of a QR code with several accounts: version 25 of 40 holds it, which cameras still read
/// from a screen or from paper.
const READABLE: usize = 1273;
/// Maximum length of the text of a QR code: version 40 holds it.
const MAX_TEXT: usize = 2953;

/// The content of a QR code.
#[derive(Clone, PartialEq, Message)]
struct Payload {
    #[prost(message, repeated, tag = "1")]
    accounts: Vec<Account>,
    #[prost(int32, tag = "2")]
    version: i32,
    #[prost(int32, tag = "3")]
    batch_size: i32,
    #[prost(int32, tag = "4")]
    batch_index: i32,
    #[prost(int32, tag = "5")]
    batch_id: i32,
}

/// An account in a QR code, which has no period.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Account {
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
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Writes the URIs of QR codes of one batch, one per line. Groups and icons have no place in them.
pub fn google(entries: &[Entry], random: FillRandom) -> Export {
    let mut codes: Vec<Code> = Vec::new();
    let mut left_out = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        match write_account(entry).and_then(|account| place(&mut codes, position, account)) {
            Ok(()) => {}
            Err(reason) => left_out.push((position, reason)),
        }
    }
    let mut id = [0; 4];
    random(&mut id);
    let batch_id = i32::from_be_bytes(id) & i32::MAX;
    let batch_size = i32::try_from(codes.len()).unwrap_or(i32::MAX);
    let positions = codes.iter().map(|code| code.positions.clone()).collect();
    let mut content = Zeroizing::new(String::new());
    for (batch_index, Code { accounts, .. }) in (0..).zip(codes) {
        content.push_str(&write_uri(&Payload { accounts, version: 1, batch_size, batch_index, batch_id }));
        content.push('\n');
    }
    Export { codes: positions, ..Export::new(content, left_out) }
}

/// What is in a QR code.
struct Code {
    accounts: Vec<Account>,
    /// Their positions among the entries.
    positions: Vec<usize>,
}

/// Puts an account into the last QR code, or into another one if there is no room.
fn place(codes: &mut Vec<Code>, position: usize, account: Account) -> Result<(), LeftOut> {
    match codes.last_mut() {
        Some(code) if has_room(&code.accounts, &account) => {
            code.accounts.push(account);
            code.positions.push(position);
        }
        _ if longest_text(vec![account.clone()]) > MAX_TEXT => return Err(LeftOut::Size),
        _ => codes.push(Code { accounts: vec![account], positions: vec![position] }),
    }
    Ok(())
}

/// Whether another account fits into a QR code.
fn has_room(code: &[Account], account: &Account) -> bool {
    code.len() < PER_CODE && longest_text([code, std::slice::from_ref(account)].concat()) <= READABLE
}

/// Returns the length of the longest URI that these accounts may have: the numbers of a batch take one to five bytes.
fn longest_text(accounts: Vec<Account>) -> usize {
    const LONGEST: i32 = i32::MAX;
    let payload = Payload { accounts, version: 1, batch_size: LONGEST, batch_index: LONGEST, batch_id: LONGEST };
    // Each character of the last bytes may need an escape.
    write_uri(&payload).len() + 3 * 4 * 6
}

fn write_uri(payload: &Payload) -> Zeroizing<String> {
    let data = Zeroizing::new(BASE64.encode(&Zeroizing::new(payload.encode_to_vec())));
    let escaped = utf8_percent_encode(&data, NON_ALPHANUMERIC);
    Zeroizing::new(format!("otpauth-migration://offline?data={escaped}"))
}

fn write_account(entry: &Entry) -> Result<Account, LeftOut> {
    let account = &entry.account;
    let parameters = account.parameters;
    let (kind, counter) = match parameters.otp_type {
        OtpType::Hotp => (1, i64::try_from(parameters.counter.unwrap_or(0)).map_err(|_| LeftOut::Size)?),
        OtpType::Totp if parameters.period_seconds() == 30 => (2, 0),
        OtpType::Totp => return Err(LeftOut::Period(parameters.period_seconds())),
        OtpType::SteamTotp => return Err(LeftOut::Kind(OtpType::SteamTotp)),
    };
    let secret = account.secret.key().map_err(|_| LeftOut::Secret)?.to_vec();
    let algorithm = match parameters.algorithm {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
        Algorithm::Md5 => 4,
        other => return Err(LeftOut::Algorithm(other)),
    };
    let digits = match parameters.digits {
        6 => 1,
        8 => 2,
        other => return Err(LeftOut::Digits(other)),
    };
    let issuer = account.service.clone().unwrap_or_default();
    // Without an issuer, what stands before a colon is taken for one.
    let is_split = issuer.is_empty() && account.name.contains(':');
    let name = if is_split { format!(":{}", account.name) } else { account.name.clone() };
    Ok(Account { secret, name, issuer, algorithm, digits, kind, counter })
}
