//! Authy's tokens: of an Android device, or captured from the app on iOS.

use otp::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::container::preferences::read_preferences;
use crate::crypto::{decode_hex, open_aes_cbc, pbkdf2_sha1};
use crate::file::{ExportFile, bounded};
use crate::json::{at, list, text};
use crate::parts::{Parts, split_label};
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, ReadError, RejectedEntry, Warning, base64};

impl Format {
    /// Authy's tokens.
    pub const AUTHY: Format = Format::new("authy", "Authy");
}

pub(crate) const READER: Reader = Reader { format: Format::AUTHY, detect, read };

/// The beginning of the names of preferences with tokens, as JSON.
const PREFERENCE: &str = "com.authy.storage.tokens.";

fn detect(file: &ExportFile<'_>) -> bool {
    captured(&file.json).is_some()
        || file.text.contains(PREFERENCE) && read_preferences(file.text).is_some_and(|pairs| !stored(&pairs).is_empty())
}

/// Returns the tokens of a capture, and whether they are decrypted.
fn captured(json: &Value) -> Option<&[Value]> {
    list(json, "authenticator_tokens").or_else(|| list(json, "decrypted_authenticator_tokens"))
}

/// Returns the tokens in preferences.
fn stored(pairs: &[(String, String)]) -> Vec<Value> {
    let lists = pairs.iter().filter(|(name, _)| name.starts_with(PREFERENCE));
    // A damaged list counts as one token that can't be read.
    let lists = lists.map(|(_, value)| serde_json::from_str::<Vec<Value>>(value).unwrap_or(vec![Value::Null]));
    lists.flatten().collect()
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let tokens = match captured(&file.json) {
        Some(tokens) => tokens.to_vec(),
        None => stored(&read_preferences(file.text).unwrap_or_default()),
    };
    let tokens = bounded(&tokens)?;
    let is_encrypted = |token: &&Value| ciphertext(token).is_some();
    let password = match request.password {
        None if tokens.iter().any(|token| is_encrypted(&token)) => return Err(ReadError::Encrypted(Format::AUTHY)),
        password => password.unwrap_or_default(),
    };
    let mut keys = Keys { password, last: None, left: MAX_ITERATIONS };
    let secrets = tokens.iter().map(|token| keys.open_secret(token)).collect::<Result<Vec<_>, _>>()?;
    let encrypted = || tokens.iter().zip(&secrets).filter(|(token, _)| is_encrypted(token));
    // Nothing else tells a wrong password.
    if encrypted().next().is_some() && encrypted().all(|(_, secret)| secret.is_none()) {
        return Err(ReadError::WrongPassword(Format::AUTHY));
    }
    let entries = (1..)
        .zip(tokens.iter().zip(&secrets))
        .map(|(position, (token, secret))| read_token(position, token, secret.as_deref().map(String::as_str)));
    let warnings = vec![Warning::NoPeriods(Format::AUTHY)];
    Ok(Import { warnings, ..Import::new(Format::AUTHY, entries.collect()) })
}

/// Returns the ciphertext of a token's secret, if it has one.
fn ciphertext(token: &Value) -> Option<&str> {
    ["encryptedSecret", "encrypted_seed"].into_iter().map(|name| text(token, name)).find(|text| !text.is_empty())
}

/// The keys of tokens, which often have the same salt.
struct Keys<'a> {
    password: &'a str,
    last: Option<((String, u32), crate::crypto::Key)>,
    /// The iterations that the rest of the file may cost.
    left: u64,
}

/// Iterations of the app on Android for a token, and the most that a file may cost: each token may have its own salt.
const ITERATIONS: u64 = 1_000;
const MAX_ITERATIONS: u64 = 20_000_000;

impl Keys<'_> {
    /// Returns a token's secret in base32; `None` if the password doesn't open it, or there is none.
    fn open_secret(&mut self, token: &Value) -> Result<Option<Zeroizing<String>>, ReadError> {
        let plain = ["decryptedSecret", "decrypted_seed"].into_iter().map(|name| text(token, name));
        if let Some(plain) = plain.into_iter().find(|secret| !secret.is_empty()) {
            return Ok(Some(Zeroizing::new(plain.to_owned())));
        }
        // Authy's own accounts have their key in hexadecimal.
        if let Some(seed) = decode_hex(text(token, "secretSeed")).filter(|seed| !seed.is_empty()) {
            return Ok(Some(Zeroizing::new(Secret::from_key(&seed).unpadded().to_owned())));
        }
        let Some(ciphertext) = ciphertext(token).and_then(base64::decode) else { return Ok(None) };
        let iterations = at(token, "key_derivation_iterations").as_u64().unwrap_or(ITERATIONS);
        let iterations = u32::try_from(iterations).map_err(|_| ReadError::TooCostly(Format::AUTHY))?.max(1);
        let wanted = (text(token, "salt").to_owned(), iterations);
        let key = match self.last.take() {
            Some((salt, key)) if salt == wanted => key,
            _ => {
                let left = self.left.checked_sub(iterations.into());
                self.left = left.ok_or(ReadError::TooCostly(Format::AUTHY))?;
                pbkdf2_sha1(self.password.as_bytes(), wanted.0.as_bytes(), iterations)
            }
        };
        let nonce = decode_hex(text(token, "unique_iv")).filter(|nonce| nonce.len() == 16).unwrap_or(vec![0; 16]);
        let plain = open_aes_cbc(key.as_slice(), &nonce, &ciphertext);
        self.last = Some((wanted, key));
        let secret = plain.and_then(|plain| Some(Zeroizing::new(std::str::from_utf8(&plain).ok()?.to_owned())));
        Ok(secret.filter(|secret| Secret::parse(secret).is_ok()))
    }
}

fn read_token(position: usize, token: &Value, secret: Option<&str>) -> Result<ImportedAccount, RejectedEntry> {
    let name = [text(token, "name"), text(token, "originalName"), text(token, "original_name")];
    let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let issuer = [text(token, "originalIssuer"), text(token, "issuer")];
    let issuer = issuer.into_iter().find(|issuer| !issuer.is_empty()).unwrap_or_default();
    let (service, account) = if issuer.is_empty() { split_label(name) } else { (issuer, name) };
    // Authy's own codes have 7 digits and last 10 seconds.
    let is_own = !text(token, "secretSeed").is_empty() || text(token, "accountType") == "authy";
    let ten = Value::from(10);
    let parts = Parts {
        digits: at(token, "digits"),
        period: if is_own { &ten } else { &Value::Null },
        ..Parts::new("totp", service, account, secret.unwrap_or_default())
    };
    if secret.is_none() {
        return Err(parts.reject(position, EntryError::Missing("secret")));
    }
    parts.read(position, Rules::Format)
}
