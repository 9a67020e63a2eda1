//! FreeOTP: the tokens of an Android device, and the backups of version 2, which a password protects.

mod backup;

use std::collections::HashMap;

use serde_json::Value;

use super::freeotp_plus::read_token;
use crate::container::java;
use crate::container::preferences::read_preferences;
use crate::file::{ExportFile, bounded};
use crate::json::{has, root_list};
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// FreeOTP's tokens and backups.
    pub const FREEOTP: Format = Format::new("freeotp", "FreeOTP");
}

pub(crate) const READER: Reader = Reader { format: Format::FREEOTP, detect, read };

/// The preference with the order of the tokens, which isn't one.
const ORDER: &str = "tokenOrder";

fn detect(file: &ExportFile<'_>) -> bool {
    java::is_stream(file.bytes)
        || file.text.contains("secret")
            && read_preferences(file.text).is_some_and(|pairs| tokens(&pairs).iter().any(is_token))
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if java::is_stream(file.bytes) {
        return backup::read(file.bytes, request.password);
    }
    let pairs = read_preferences(file.text).ok_or(ReadError::Unusable(Format::FREEOTP))?;
    let tokens = tokens(&pairs);
    let entries = (1..).zip(bounded(&tokens)?).map(|(position, token)| read_token(position, token));
    Ok(Import::new(Format::FREEOTP, entries.collect()))
}

fn is_token(value: &Value) -> bool {
    has(value, "secret") && has(value, "type")
}

/// Returns the tokens among preferences, and what can't be read as one, in the user's order: a list of their names, which the file doesn't follow.
fn tokens(pairs: &[(String, String)]) -> Vec<Value> {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let order = pairs.iter().find(|(name, _)| name == ORDER).and_then(|(_, order)| parsed(order)).unwrap_or_default();
    let names = root_list(&order).iter().enumerate().rev();
    let places: HashMap<&str, usize> = names.filter_map(|(place, name)| Some((name.as_str()?, place))).collect();
    let place = |name: &str| places.get(name).copied();
    let mut tokens: Vec<(Option<usize>, Value)> = pairs
        .iter()
        .filter(|(name, _)| name != ORDER)
        .map(|(name, value)| (place(name), parsed(value).unwrap_or_default()))
        .collect();
    tokens.sort_by_key(|(place, _)| (place.is_none(), *place));
    tokens.into_iter().map(|(_, token)| token).collect()
}
