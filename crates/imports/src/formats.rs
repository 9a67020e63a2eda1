//! The formats, a module each.
//!
//! A new format is a module with its [`Format`] and its `Reader`, a `mod` line and an entry of [`READERS`] in this file,
//! and files in `tests/data`, whose `README.md` describes expectations. The command, the API and the web app then read
//! it.

mod aegis;
mod andotp;
mod archive;
mod authenticator_cc;
mod authenticator_plus;
mod authy;
mod battlenet;
mod bitwarden;
mod cxf;
mod databases;
mod duo;
mod ente;
mod freeotp;
mod freeotp_plus;
pub(crate) mod google;
mod html;
mod keepass;
mod lastpass_authenticator;
mod managers;
mod nextcloud_otpmanager;
mod otp_auth_ios;
pub(crate) mod otpauth;
mod proton_authenticator;
mod raivo;
mod sealed;
mod sixpin;
mod steam;
mod stratum;
mod tables;
mod totp_authenticator;
mod twofas;
pub(crate) mod twofauth;
mod yandex_id;

use crate::file::ExportFile;
use crate::reader::Reader;
use crate::{Format, ReadError};

/// The readers of all formats, in the order in which they are tried: the first one that detects its format reads the
/// file.
///
/// A format that is a special case of another one therefore comes before it. Those of JSON are told apart by their
/// keys. Of the texts, Google Authenticator's takes files that consist of its URIs alone, and the list, which comes
/// last, any text with one URI in it.
const READERS: &[Reader] = &[
    sixpin::READER,
    twofauth::READER,
    aegis::READER,
    twofas::READER,
    ente::READER,
    bitwarden::READER,
    stratum::READER,
    steam::READER,
    authy::READER,
    battlenet::READER,
    freeotp::READER,
    cxf::READER,
    managers::proton_pass::READER,
    managers::onepassword::READER,
    managers::keeper::READER,
    managers::enpass::READER,
    managers::passman::READER,
    databases::GOOGLE,
    databases::MICROSOFT,
    databases::STRATUM,
    archive::READER,
    keepass::READER,
    otp_auth_ios::READER,
    proton_authenticator::READER,
    freeotp_plus::READER,
    lastpass_authenticator::READER,
    nextcloud_otpmanager::READER,
    raivo::READER,
    duo::READER,
    yandex_id::READER,
    authenticator_cc::READER,
    andotp::READER,
    html::READER,
    sealed::OPENPGP,
    tables::ZOHO_VAULT,
    tables::BITWARDEN,
    tables::LASTPASS_VAULT,
    tables::ONE_PASSWORD,
    tables::APPLE_PASSWORDS,
    tables::KEEPASSXC_CSV,
    tables::DASHLANE,
    tables::PASS_IMPORT,
    tables::CSV,
    tables::BROWSER,
    google::READER,
    otpauth::READER,
    totp_authenticator::READER,
    authenticator_plus::READER,
    andotp::ENCRYPTED_READER,
];

/// Returns the formats that can be read, in the order in which they are tried.
pub fn formats() -> impl Iterator<Item = Format> {
    let is_first =
        |place: usize, format: Format| READERS.iter().position(|other| other.format == format) == Some(place);
    let formats = READERS.iter().map(|reader| reader.format).enumerate();
    formats.filter(move |(place, format)| is_first(*place, *format)).map(|(_, format)| format)
}

/// Returns the reader of a file's format.
pub(crate) fn find_reader(file: &ExportFile<'_>) -> Result<&'static Reader, ReadError> {
    find_reader_of(file)
}

/// Returns the reader of a file in another one.
fn find_reader_of(file: &ExportFile<'_>) -> Result<&'static Reader, ReadError> {
    READERS.iter().find(|reader| (reader.detect)(file)).ok_or(ReadError::UnknownFormat)
}
