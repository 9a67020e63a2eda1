//! The Credential Exchange Format of the FIDO Alliance (CXF 1.0 with its errata of 2026-03), which password managers read.
//!
//! It knows time-based codes alone: others are never written as such.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use otp::{Algorithm, OtpType};
use serde_json::{Value, json};

use crate::{Entry, Export, FillRandom, LeftOut, write_each};

/// Who exports, and when.
#[derive(Debug, Clone, Copy)]
pub struct Exporter<'a> {
    /// The host name of the program that exports.
    pub host: &'a str,
    /// The name of the user.
    pub username: &'a str,
    /// The user's e-mail address.
    pub email: &'a str,
    /// The time, in seconds since 1970.
    pub at: u64,
}

/// Writes an item with one credential for each account, and a collection for each group. Icons have no place in it.
pub fn cxf(entries: &[Entry], exporter: &Exporter<'_>, random: FillRandom) -> Export {
    let mut collections: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let (items, left_out) = write_each(entries, |entry| {
        let id = new_id(random);
        let item = write_item(entry, &id)?;
        if let Some(group) = &entry.group {
            collections.entry(group).or_default().push(json!({ "item": id }));
        }
        Ok(item)
    });
    let collections: Vec<Value> = collections
        .into_iter()
        .map(|(title, items)| json!({ "id": new_id(random), "title": title, "items": items }))
        .collect();
    let content = json!({
        "version": { "major": 1, "minor": 0 },
        "exporterRpId": exporter.host,
        "exporterDisplayName": "Sixpin",
        "timestamp": exporter.at,
        "accounts": [{
            "id": new_id(random),
            "username": exporter.username,
            "email": exporter.email,
            "collections": collections,
            "items": items,
        }],
    });
    Export::new(format!("{content}\n"), left_out)
}

/// Returns a random ID of 16 bytes, as the format wants them: in base64url.
fn new_id(random: FillRandom) -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}

fn write_item(entry: &Entry, id: &str) -> Result<Value, LeftOut> {
    let account = &entry.account;
    let parameters = account.parameters;
    if parameters.otp_type != OtpType::Totp {
        return Err(LeftOut::Kind(parameters.otp_type));
    }
    if !matches!(parameters.algorithm, Algorithm::Sha1 | Algorithm::Sha256 | Algorithm::Sha512) {
        return Err(LeftOut::Algorithm(parameters.algorithm));
    }
    let period = parameters.period_seconds();
    // It is an octet in the format: readers refuse a whole file for a longer one.
    if period > u32::from(u8::MAX) {
        return Err(LeftOut::Period(period));
    }
    account.secret.key().map_err(|_| LeftOut::Secret)?;
    let title = account.service.as_deref().unwrap_or(&account.name);
    let mut totp = json!({
        "type": "totp",
        "secret": account.secret.unpadded(),
        "period": period,
        "digits": parameters.digits,
        "username": account.name,
        "algorithm": parameters.algorithm.as_str(),
    });
    if let Some(service) = &account.service {
        totp["issuer"] = service.as_str().into();
    }
    Ok(json!({ "id": id, "title": title, "credentials": [totp] }))
}
