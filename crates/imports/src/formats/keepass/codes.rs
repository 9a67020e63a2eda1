//! The one-time passwords of an entry, in the ways of KeePass, KeePassXC and the plugins.

use std::collections::{BTreeMap, HashSet};

use otp::Secret;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::crypto::{decode_hex, sha256_of};
use crate::login::Login;
use crate::parts::{Parts, non_empty};
use crate::reader::Rules;
use crate::{EntryError, ImportedAccount, RejectedEntry, base64};

/// The texts of an entry by their names.
pub(super) type Texts = BTreeMap<String, Zeroizing<String>>;

/// The word of KeePassXC for a missing user name.
const PLACEHOLDER: &str = "none";

/// Reads all one-time passwords of an entry; positions count on from `position`.
pub(super) fn read_codes(texts: &Texts, group: &str, position: usize) -> Vec<Result<ImportedAccount, RejectedEntry>> {
    let entry = Entry { texts, group };
    let mut codes: Vec<Result<ImportedAccount, RejectedEntry>> = Vec::new();
    let mut known = HashSet::new();
    let mut add = |read: Option<Result<ImportedAccount, RejectedEntry>>| {
        let Some(read) = read else { return };
        // Programs keep the same secret in the ways of several others.
        let is_new = read.as_ref().map_or(true, |read| {
            let kind = read.account.parameters.otp_type.as_str();
            known.insert((kind, *sha256_of(read.account.secret.unpadded().as_bytes())))
        });
        if is_new {
            codes.push(read);
        }
    };
    let named = texts.iter().filter(|(name, _)| *name == "otp" || name.starts_with("otp_"));
    for (_, otp) in named.filter(|(_, otp)| !otp.trim().is_empty()) {
        add(Some(if otp.contains("://") { entry.uri(otp, position) } else { entry.kee_otp(otp, position) }));
    }
    add(entry.tray(position));
    add(entry.native("TimeOtp", position));
    add(entry.native("HmacOtp", position));
    codes
}

struct Entry<'a> {
    texts: &'a Texts,
    group: &'a str,
}

impl<'a> Entry<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.texts.get(name).map(|text| text.as_str()).unwrap_or_default()
    }

    fn uri(&self, otp: &str, position: usize) -> Result<ImportedAccount, RejectedEntry> {
        let username = self.text("UserName");
        let login = Login { name: self.text("Title"), username, totp: otp, group: self.group, is_trashed: false };
        login.read(position).map(|mut read| {
            if read.account.name == PLACEHOLDER && username.trim().is_empty() {
                read.account.name.clear();
            }
            read
        })
    }

    /// Reads parts with the names of the entry.
    fn parts(
        &self,
        parts: Parts<'_>,
        secret: Option<&Secret>,
        position: usize,
    ) -> Result<ImportedAccount, RejectedEntry> {
        let parts = Parts {
            service: self.text("Title"),
            account: self.text("UserName"),
            secret: secret.map(Secret::unpadded).unwrap_or_default(),
            ..parts
        };
        if secret.is_none() {
            return Err(parts.reject(position, EntryError::Missing("secret")));
        }
        Ok(ImportedAccount { group: non_empty(self.group), ..parts.read(position, Rules::Format)? })
    }

    /// Reads the parameters of the plugin KeeOtp: `key=…&size=…&step=…&otpHashMode=…&type=…&counter=…&encoding=…`.
    fn kee_otp(&self, otp: &str, position: usize) -> Result<ImportedAccount, RejectedEntry> {
        let value = |name: &str| {
            let pairs = otp.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            percent_decode_str(value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        let number = |name: &str| value(name).map_or(Value::Null, Value::from);
        let Some(key) = value("key") else {
            // A secret alone.
            let login =
                Login { name: self.text("Title"), username: self.text("UserName"), totp: otp, ..Login::default() };
            return Login { group: self.group, ..login }.read(position);
        };
        let secret = decode(&key, value("encoding").as_deref().unwrap_or("base32"));
        let (digits, period, counter) = (number("size"), number("step"), number("counter"));
        let (kind, algorithm) = (value("type"), value("otpHashMode"));
        let parts = Parts {
            algorithm: algorithm.as_deref().unwrap_or_default(),
            digits: &digits,
            period: &period,
            counter: &counter,
            ..Parts::new(kind.as_deref().unwrap_or("totp"), "", "", "")
        };
        self.parts(parts, secret.as_ref(), position)
    }

    /// Reads the texts of the plugin KeeTrayTOTP: a seed, and `period;digits`, where `S` stands for Steam.
    fn tray(&self, position: usize) -> Option<Result<ImportedAccount, RejectedEntry>> {
        let seed = Some(self.text("TOTP Seed").trim()).filter(|seed| !seed.is_empty())?;
        let mut settings = self.text("TOTP Settings").split(';').map(str::trim);
        let (period, digits) = (settings.next().unwrap_or_default(), settings.next().unwrap_or_default());
        let is_steam = digits.eq_ignore_ascii_case("s");
        let (period, digits) = (Value::from(period), if is_steam { Value::Null } else { Value::from(digits) });
        let kind = if is_steam { "steam" } else { "totp" };
        let secret = Secret::from_text(seed);
        let parts = Parts { period: &period, digits: &digits, ..Parts::new(kind, "", "", "") };
        Some(self.parts(parts, Some(&secret), position))
    }

    /// Reads KeePass's own texts: `TimeOtp-Secret-Base32`, `TimeOtp-Length` and others, or those of `HmacOtp`.
    fn native(&self, prefix: &str, position: usize) -> Option<Result<ImportedAccount, RejectedEntry>> {
        let named = |name: &str| self.text(&format!("{prefix}-{name}"));
        let encodings =
            [("Secret-Base32", "base32"), ("Secret-Hex", "hex"), ("Secret-Base64", "base64"), ("Secret", "utf8")];
        let (secret, encoding) =
            encodings.into_iter().map(|(name, encoding)| (named(name), encoding)).find(|(text, _)| !text.is_empty())?;
        let secret = decode(secret, encoding);
        let [digits, period, counter] = ["Length", "Period", "Counter"].map(|name| Value::from(named(name)));
        let kind = if prefix == "HmacOtp" { "hotp" } else { "totp" };
        let parts = Parts {
            algorithm: named("Algorithm"),
            digits: &digits,
            period: &period,
            counter: &counter,
            ..Parts::new(kind, "", "", "")
        };
        Some(self.parts(parts, secret.as_ref(), position))
    }
}

/// Decodes a secret.
fn decode(text: &str, encoding: &str) -> Option<Secret> {
    match encoding.to_ascii_lowercase().as_str() {
        "hex" => decode_hex(text).map(|key| Secret::from_key(&key)),
        "base64" => base64::decode(text).map(|key| Secret::from_key(&key)),
        "utf8" => Some(Secret::from_key(text.as_bytes())),
        _ => Some(Secret::from_text(text)),
    }
}
