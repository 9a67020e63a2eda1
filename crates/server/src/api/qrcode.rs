//! QR codes: pictures to text, accounts to pictures.

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use percent_encoding::percent_decode_str;
use qr::{DecodeError, Incomplete};
use serde_json::{Value, json};
use vault::access;

use super::accounts::draft::portable_uri_of;
use super::accounts::load_seen;
use super::path::Id;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Error, Result};
use crate::input::{Input, Validation};

/// `POST /qrcode/decode`: the text of the QR code in an uploaded picture; of several, one on each line.
pub async fn decode(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Value>> {
    let mut check = Validation::new(&input);
    let picture = check.field("qrcode").required().picture().map(|file| file.bytes.clone()).value();
    let picture = check.finish(|| picture)?;
    let texts = app.pictures.run(caller.user.id, move |_| qr::decode(&picture)).await?;
    let texts: Vec<String> = texts.map_err(refused)?.iter().map(|text| readable(text)).collect();
    Ok(Json(json!({ "data": texts.join("\n") })))
}

/// The text of a QR code as 2FAuth's clients expect it: percent-decoded once.
///
/// An otpauth URI stays one: what separates its parts (`AT%26T`, `%23`) stays encoded, since decoding it would change
/// what the URI says. The colon between issuer and account is decoded: clients split there. A batch of Google
/// Authenticator is left as it is, its base64 has `+` in it.
fn readable(text: &str) -> String {
    let lower = text.get(..20).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("otpauth-migration:") {
        return text.to_owned();
    }
    if !lower.starts_with("otpauth://") {
        let spaced = text.replace('+', " ");
        return percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let query = query.replace('+', " ");
    let parts = [path, &query].map(|part| decoded_but(part, b"%&#+=?/"));
    if parts[1].is_empty() { parts[0].clone() } else { parts.join("?") }
}

/// Percent-decodes everything but these signs, and what isn't UTF-8.
fn decoded_but(text: &str, kept: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match (first, tail) {
            (b'%', [high, low, ..]) => data_encoding::HEXLOWER_PERMISSIVE.decode(&[*high, *low]).ok(),
            _ => None,
        };
        match code.as_deref() {
            Some([byte]) if !kept.contains(byte) => {
                bytes.push(*byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Returns the error for an unreadable picture: one of 2FAuth's four messages, the name of a
/// format that isn't read, or what is missing of a text that is split over several QR codes.
fn refused(error: DecodeError) -> Error {
    let cause = match error {
        DecodeError::NothingFound => BadRequest::QrNotDetected,
        DecodeError::Unreadable | DecodeError::Micro | DecodeError::Incomplete(Incomplete::Mixed) => {
            BadRequest::QrNotDecoded
        }
        DecodeError::Checksum => BadRequest::QrChecksum,
        DecodeError::Incomplete(parts @ Incomplete::Missing { .. }) => BadRequest::QrIncomplete(parts.missing()),
        DecodeError::Unsupported(format) => BadRequest::QrFormat(format),
        _ => BadRequest::QrUnreadable,
    };
    cause.into()
}

/// `GET /twofaccounts/{id}/qrcode`: the account's otpauth URI as a picture, for its owner.
pub async fn of_account(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<Json<Value>> {
    let seen = load_seen(&mut app.store.read().await?, &caller, id).await?;
    let right = access::read_secret(caller.user.id, &seen)?;
    let secret = app.store.open_secret(&seen.account, &right)?;
    caller.record("account.qrcode", &Object::accounts([seen.account.id]));
    let svg = qr::svg(&portable_uri_of(&seen.account.into_draft(secret))?)
        .map_err(|error| BadRequest::OtpParameters(error.to_string()))?;
    let picture = format!("data:image/svg+xml;base64,{}", BASE64.encode(svg.as_bytes()));
    Ok(Json(json!({ "qrcode": picture })))
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn texts_are_decoded_once() {
        assert_eq!(readable("hello+world %41 100%25"), "hello world A 100%");
        assert_eq!(readable("100% %zz %"), "100% %zz %");
    }

    #[test]
    fn an_otpauth_uri_says_the_same_as_before() {
        assert_eq!(
            readable("otpauth://totp/Acme%20Corp%3Aa?secret=A&issuer=Acme%20Corp+x"),
            "otpauth://totp/Acme Corp:a?secret=A&issuer=Acme Corp x"
        );
        assert_eq!(readable("otpauth://totp/a?issuer=AT%26T%23%2525"), "otpauth://totp/a?issuer=AT%26T%23%2525");
        assert_eq!(readable("otpauth://totp/c++?secret=A"), "otpauth://totp/c++?secret=A");
        assert_eq!(readable("otpauth://totp/%FF"), "otpauth://totp/%FF");
    }

    #[test]
    fn a_batch_of_google_authenticator_is_left_alone() {
        assert_eq!(readable("otpauth-migration://offline?data=a+b%2F"), "otpauth-migration://offline?data=a+b%2F");
    }
}
