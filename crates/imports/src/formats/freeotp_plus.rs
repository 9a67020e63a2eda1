//! FreeOTP+'s JSON. FreeOTP itself stores tokens in the same form.

use otp::Secret;
use serde_json::{Value, json};

use crate::file::{ExportFile, bounded};
use crate::json::{at, integer, list, signed_bytes, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, ReadError, RejectedEntry};

impl Format {
    /// FreeOTP+'s JSON.
    pub const FREEOTP_PLUS: Format = Format::new("freeotp_plus", "FreeOTP+");
}

pub(crate) const READER: Reader = Reader { format: Format::FREEOTP_PLUS, detect, read };

/// `{tokens: […], tokenOrder: […]}`.
fn detect(file: &ExportFile<'_>) -> bool {
    list(&file.json, "tokens").is_some() && list(&file.json, "tokenOrder").is_some()
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let tokens = list(&file.json, "tokens").ok_or(ReadError::Unusable(Format::FREEOTP_PLUS))?;
    let entries = (1..).zip(bounded(tokens)?).map(|(position, token)| read_token(position, token));
    Ok(Import::new(Format::FREEOTP_PLUS, entries.collect()))
}

/// Reads a token of FreeOTP or FreeOTP+, with its secret as signed bytes.
pub(super) fn read_token(position: usize, token: &Value) -> Result<ImportedAccount, RejectedEntry> {
    // The user's own words come first, then those of the URI, then those of its label.
    let first = |names: &[&'static str]| names.iter().map(|name| text(token, name)).find(|name| !name.is_empty());
    let service = first(&["issuerAlt", "issuerInt", "issuerExt"]).unwrap_or_default();
    let account = first(&["labelAlt", "label"]).unwrap_or_default();
    let secret = signed_bytes(at(token, "secret")).map(|key| Secret::from_key(&key));
    let counter = next_counter(token);
    let parts = Parts {
        algorithm: text(token, "algo"),
        digits: at(token, "digits"),
        period: at(token, "period"),
        counter: &counter,
        ..Parts::new(text(token, "type"), service, account, secret.as_ref().map(Secret::unpadded).unwrap_or_default())
    };
    if secret.is_none() {
        return Err(parts.reject(position, EntryError::Missing("secret")));
    }
    parts.read(position, Rules::Format)
}

/// Returns the counter of the next code. The stored one is that of the URI less one, or of the last code: one more is never
/// behind the server, which would be refused, while one ahead is within every window.
fn next_counter(token: &Value) -> Value {
    match integer(at(token, "counter")) {
        Ok(Some(counter)) => json!(counter.saturating_add(1)),
        _ => at(token, "counter").clone(),
    }
}
