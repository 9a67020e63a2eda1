//! The authenticator of Battle.net, as an Android device stores it.

use otp::Secret;

use crate::container::preferences::read_preferences;
use crate::crypto::decode_hex;
use crate::file::ExportFile;
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ReadError};

impl Format {
    /// The authenticator of Battle.net.
    pub const BATTLENET: Format = Format::new("battlenet", "Battle.net");
}

pub(crate) const READER: Reader = Reader { format: Format::BATTLENET, detect, read };

const SECRET: &str = "com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET";
const SERIAL: &str = "com.blizzard.messenger.AUTHENTICATOR_SERIAL";

/// What masks the values; it is the same on every device.
const MASK: [u8; 56] = [
    0x39, 0x8e, 0x27, 0xfc, 0x50, 0x27, 0x6a, 0x65, 0x60, 0x65, 0xb0, 0xe5, 0x25, 0xf4, 0xc0, 0x6c, 0x04, 0xc6, 0x10,
    0x75, 0x28, 0x6b, 0x8e, 0x7a, 0xed, 0xa5, 0x9d, 0xa9, 0x81, 0x3b, 0x5d, 0xd6, 0xc8, 0x0d, 0x2f, 0xb3, 0x80, 0x68,
    0x77, 0x3f, 0xa5, 0x9b, 0xa4, 0x7c, 0x17, 0xca, 0x6c, 0x64, 0x79, 0x01, 0x5c, 0x1d, 0x5b, 0x8b, 0x8f, 0x6b,
];

fn detect(file: &ExportFile<'_>) -> bool {
    file.text.contains(SECRET) && read_preferences(file.text).is_some()
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let pairs = read_preferences(file.text).ok_or(ReadError::Unusable(Format::BATTLENET))?;
    let value = |name| unmask(&pairs.iter().find(|(known, _)| known == name)?.1);
    let secret = value(SECRET).and_then(|secret| decode_hex(&secret)).map(|key| Secret::from_key(&key));
    let serial = value(SERIAL).unwrap_or_default();
    let digits = serde_json::Value::from(8);
    let secret_text = secret.as_ref().map(Secret::unpadded).unwrap_or_default();
    let parts = Parts { digits: &digits, ..Parts::new("totp", "Battle.net", &serial, secret_text) };
    let entry = match secret {
        Some(_) => parts.read(1, Rules::Format),
        None => Err(parts.reject(1, EntryError::Missing("secret"))),
    };
    Ok(Import::new(Format::BATTLENET, vec![entry]))
}

/// Returns a masked value, which is written in hexadecimal.
fn unmask(value: &str) -> Option<String> {
    let masked = decode_hex(value).filter(|masked| masked.len() <= MASK.len())?;
    String::from_utf8(masked.iter().zip(MASK).map(|(byte, mask)| byte ^ mask).collect()).ok()
}
