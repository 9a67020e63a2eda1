//! The two ways in which a request describes an account: by an otpauth URI, or by parameters (compat 1.10).

use otp::{Algorithm, OtpType, Otpauth, Parameters, Secret, UriError};
use serde_json::Value;
use vault::bounds::{self, TooLong};
use vault::{Account, AccountDraft, GroupId};

use crate::app::App;
use crate::error::{BadRequest, Result};
use crate::input::{Checked, Input, Invalid, Validation, has_no_colon, is_account_uri, is_otpauth_uri};
use crate::messages::{Message, Phrase};

/// The types that a form may ask for.
const OTP_TYPES: [OtpType; 3] = [OtpType::Totp, OtpType::Hotp, OtpType::SteamTotp];

/// An account that a request describes.
#[derive(Debug)]
pub struct Draft {
    /// Its values.
    pub account: AccountDraft,
    /// The URI that described it, or one that does.
    pub legacy_uri: String,
    /// The address of a picture that came with it.
    pub image: Option<String>,
    /// The group that the request names.
    pub group: GroupChoice,
}

/// The group of an account as a request states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupChoice {
    /// Not stated: the caller's default applies.
    Default,
    /// No group.
    None,
    /// This one, if it exists; its owner isn't checked yet.
    Some(GroupId),
}

/// Which rules apply to parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Only what an account can't be without is required.
    Lenient,
    /// A replacement: every key must be there.
    Complete,
    /// A code alone: what an account can't be without, and no group.
    Code,
}

/// The names with a colon that a request may give an account.
///
/// compat: 2FAuth refuses every one. What an import brings is kept, and can be saved unchanged.
#[derive(Debug, Clone, Copy)]
pub enum Colons<'a> {
    /// None.
    Refused,
    /// Any: an import page adds the account.
    Imported,
    /// Those that the account has already.
    Unchanged(&'a Account),
}

impl Colons<'_> {
    fn allow_service(self, service: &str) -> bool {
        self.allow(service, |account| account.service.as_deref() == Some(service))
    }

    fn allow_name(self, name: &str) -> bool {
        self.allow(name, |account| account.name == name)
    }

    fn allow(self, text: &str, is_unchanged: impl Fn(&Account) -> bool) -> bool {
        has_no_colon(text)
            || match self {
                Self::Refused => false,
                Self::Imported => true,
                Self::Unchanged(account) => is_unchanged(account),
            }
    }
}

/// Whether `custom_otp` may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CustomOtp {
    /// It may.
    Nullable,
    /// It may not, as 2FAuth has it where it doesn't lower the case first.
    Strict,
}

impl Draft {
    /// The account that a creation describes.
    ///
    /// # Errors
    /// 422 with the fields that are wrong, 400 for parameters that no code can be made from.
    pub async fn for_creation(app: &App, input: &mut Input, colons: Colons<'_>) -> Result<Self> {
        if input.has("uri") {
            let mut check = Validation::new(input);
            let group = check_group(app, &mut check).await?;
            let draft = from_uri(check, CustomOtp::Strict)?;
            if names_hmac_sha1(&draft.legacy_uri) {
                return Err(Invalid::of("uri", Message::In).into());
            }
            // compat 1.10: with a URI, zero and null are no choice but leave the default.
            let group = if group == GroupChoice::None { GroupChoice::Default } else { group };
            return Ok(Self { group, ..draft });
        }
        tidy_words(input);
        from_parameters(app, input, Rules::Lenient, colons).await
    }

    /// The account that a replacement describes.
    ///
    /// # Errors
    /// As for a creation.
    pub async fn for_update(app: &App, input: &mut Input, colons: Colons<'_>) -> Result<Self> {
        tidy_words(input);
        from_parameters(app, input, Rules::Complete, colons).await
    }

    /// The account that a request for a code describes: nothing is stored, and nothing lower-cased.
    ///
    /// # Errors
    /// As for a creation.
    pub async fn for_code(app: &App, input: &Input) -> Result<Self> {
        if input.has("uri") {
            return Ok(from_uri(Validation::new(input), CustomOtp::Strict)?);
        }
        from_parameters(app, input, Rules::Code, Colons::Refused).await
    }

    /// The account that a URI shows: nothing is stored, so that more is read than can be stored as it is, such as a URI
    /// without a name.
    ///
    /// # Errors
    /// 422 with the fields that are wrong.
    pub fn for_preview(input: &Input) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let uri = check.field("uri").required().string().matches(is_account_uri, Message::OtpauthUri);
        let uri = uri.max_bytes(bounds::URI_BYTES).value();
        let custom_otp = check_custom_otp(&mut check, CustomOtp::Nullable);
        let uri = check.finish(|| uri)?;
        let parsed = parse(uri, custom_otp).or_else(|error| match error {
            UriError::Scheme | UriError::Type(_) | UriError::Account | UriError::Colon => {
                let any = Otpauth::parse_any(uri)?;
                Ok(if custom_otp { any.into_steam() } else { any })
            }
            error => Err(error),
        });
        Self::of_uri(uri, parsed.map_err(|error| invalid_uri(&error))?)
    }

    fn of_uri(uri: &str, parsed: Otpauth) -> Result<Self, Invalid> {
        let image = parsed.image.clone();
        let account = AccountDraft::from(parsed);
        account
            .check_sizes()
            .map_err(|TooLong { part, max }| Invalid::of(part, Message::MaxString.with("max", max)))?;
        Ok(Self { legacy_uri: uri.to_owned(), image, group: GroupChoice::Default, account })
    }
}

/// Writes the words of a request as they are compared: in lower case, algorithms in one spelling.
fn tidy_words(input: &mut Input) {
    input.lowercase("otp_type");
    input.lowercase("algorithm");
    let algorithm = input.value("algorithm").and_then(Value::as_str).map(Algorithm::from_spelling);
    if let Some(Ok(algorithm)) = algorithm {
        input.set("algorithm", algorithm.as_str());
    }
}

/// Whether a URI has Java's name of SHA-1.
///
/// compat 7.1: creation refuses it; recorded exchanges. Every other spelling, and every other way in, is fine.
fn names_hmac_sha1(uri: &str) -> bool {
    uri.split(['?', '&']).any(|parameter| parameter.eq_ignore_ascii_case("algorithm=HmacSHA1"))
}

/// The account of the field `uri`, after what `check` found so far. Its group is the default.
///
/// # Errors
/// 422 with the fields that are wrong.
fn from_uri(mut check: Validation<'_>, custom: CustomOtp) -> Result<Draft, Invalid> {
    let uri = check.field("uri").required().string().matches(is_otpauth_uri, Message::OtpauthUri);
    let uri = uri.max_bytes(bounds::URI_BYTES).value();
    let custom_otp = check_custom_otp(&mut check, custom);
    let uri = check.finish(|| uri)?;
    let parsed = parse(uri, custom_otp).map_err(|error| invalid_uri(&error))?;
    Draft::of_uri(uri, parsed)
}

/// Checks `custom_otp`; returns whether it asks for a Steam account.
fn check_custom_otp(check: &mut Validation<'_>, custom: CustomOtp) -> bool {
    let custom_otp = check.field("custom_otp").nullable_if(custom == CustomOtp::Nullable).string();
    custom_otp.choice(&[OtpType::SteamTotp], OtpType::as_str, Message::In).optional().is_some()
}

fn parse(uri: &str, as_steam: bool) -> Result<Otpauth, UriError> {
    if as_steam { Otpauth::parse_as_steam(uri) } else { Otpauth::parse(uri) }
}

/// Returns the error of a URI, with what to do about it where that can be said.
fn invalid_uri(error: &UriError) -> Invalid {
    let phrase: Phrase = match error {
        UriError::Algorithm(name) => unsupported_algorithm(name),
        UriError::Colon => Message::UriColon.into(),
        UriError::Secret => Message::UriSecret.into(),
        UriError::Separator(character) => Message::UriDamaged.with("character", character),
        _ => Message::OtpauthUri.into(),
    };
    Invalid::of(error.field(), phrase)
}

/// Names an algorithm that no code can be made with, and those that are possible.
fn unsupported_algorithm(name: &str) -> Phrase {
    // compat: a request for a code takes the names in lower case alone.
    if Algorithm::from_spelling(name).is_ok_and(|algorithm| Algorithm::SELECTABLE.contains(&algorithm)) {
        return Message::In.into();
    }
    let name: String = name.chars().take(20).collect();
    Message::AlgorithmUnsupported.with("algorithm", name).with("possible", "SHA-1, SHA-256, SHA-512")
}

/// An account by its parameters.
struct AccountRequest<'a> {
    service: Option<&'a str>,
    name: &'a str,
    icon: Option<&'a str>,
    /// Absent where Sixpin is to generate one.
    secret: Option<&'a str>,
    parameters: Parameters,
}

/// The rules of an account's parameters.
fn check_parameters<'a>(
    check: &mut Validation<'a>,
    rules: Rules,
    colons: Colons<'_>,
    algorithm_name: &str,
) -> Checked<AccountRequest<'a>> {
    let complete = rules == Rules::Complete;
    let service = check.field("service").present_if(complete).nullable().string();
    let service = service.matches(|text| colons.allow_service(text), Message::NoColon);
    let service = service.max_characters(bounds::NAME_CHARS).optional();
    let name = check.field("account").required().string();
    let name =
        name.matches(|text| colons.allow_name(text), Message::NoColon).max_characters(bounds::NAME_CHARS).value();
    let icon = check.field("icon").present_if(complete).nullable().string().max_characters(191).storable().optional();
    let otp_type = check.field("otp_type").required().string();
    let otp_type = otp_type.choice(&OTP_TYPES, OtpType::as_str, Message::OtpType).value();
    let secret = check
        .field("secret")
        .present_if(complete)
        .string()
        .bail()
        .base32()
        .max_characters(bounds::SECRET_CHARS)
        .optional();
    let digits = check.field("digits").present_if(complete).nullable_if(!complete).integer();
    let (fewest, most) = Parameters::SELECTABLE_DIGITS.into_inner();
    let digits = digits.between(fewest.into(), most.into()).narrow().optional();
    let algorithm = check.field("algorithm").nullable().string();
    let algorithm =
        algorithm.choice(&Algorithm::SELECTABLE, Algorithm::as_str, unsupported_algorithm(algorithm_name)).optional();
    let period = check.field("period").nullable().integer().min(1).max(u32::MAX.into()).narrow().optional();
    let counter = check.field("counter").nullable().integer().min(0).narrow().optional();
    let parameters = Parameters::with_defaults(otp_type?, algorithm, digits, period, counter);
    Ok(AccountRequest { service, name: name?, icon, secret, parameters })
}

async fn from_parameters(app: &App, input: &Input, rules: Rules, colons: Colons<'_>) -> Result<Draft> {
    let mut check = Validation::new(input);
    let algorithm_name = input.value("algorithm").and_then(Value::as_str).unwrap_or_default();
    let request = check_parameters(&mut check, rules, colons, algorithm_name);
    // compat 1.10: a group need not exist for a code.
    let group = if rules == Rules::Code { GroupChoice::Default } else { check_group(app, &mut check).await? };
    let AccountRequest { service, name, icon, secret, parameters } = check.finish(|| request)?;
    let (service, parameters) = parameters.with_steam_rule(service.map(str::to_owned));
    parameters.validate().map_err(|error| BadRequest::OtpParameters(error.to_string()))?;
    let secret = secret.map_or_else(|| generated_secret(app), Secret::from_text);
    let mut account = AccountDraft::new(name, secret, parameters).with_service(service);
    account.icon = icon.map(str::to_owned);
    // compat: a secret of padding alone is stored, though no URI can hold it; recorded exchanges.
    let legacy_uri = if account.secret.unpadded().is_empty() { String::new() } else { legacy_uri_of(&account)? };
    Ok(Draft { legacy_uri, image: None, group, account })
}

fn generated_secret(app: &App) -> Secret {
    let mut random = [0; 64];
    (app.random)(&mut random);
    Secret::generate(&random)
}

/// The otpauth URI of an account.
///
/// # Errors
/// 400 for an account without a name or a secret.
pub fn uri_of(account: &AccountDraft) -> Result<String> {
    otpauth_of(account).to_uri().map_err(|error| BadRequest::OtpParameters(error.to_string()).into())
}

/// The otpauth URI of an account, for programs of any kind.
///
/// # Errors
/// As for [`uri_of`].
pub fn portable_uri_of(account: &AccountDraft) -> Result<String> {
    otpauth_of(account).to_portable_uri().map_err(|error| BadRequest::OtpParameters(error.to_string()).into())
}

/// The URI that is stored with an account, in 2FAuth's form (compat 5.8).
///
/// # Errors
/// As for [`uri_of`].
pub fn legacy_uri_of(account: &AccountDraft) -> Result<String> {
    otpauth_of(account).to_legacy_uri().map_err(|error| BadRequest::OtpParameters(error.to_string()).into())
}

fn otpauth_of(account: &AccountDraft) -> Otpauth {
    Otpauth {
        service: account.service.clone(),
        account: account.name.clone(),
        secret: account.secret.clone(),
        parameters: account.parameters,
        image: None,
    }
}

/// Checks `group_id`: a number, and of a group that exists.
async fn check_group(app: &App, check: &mut Validation<'_>) -> Result<GroupChoice> {
    let group = check.field("group_id").sometimes().nullable().integer().min(0).map(GroupChoice::from);
    let is_unknown = match group.so_far() {
        Some(GroupChoice::Some(id)) => app.store.read().await?.group(*id).await?.is_none(),
        _ => false,
    };
    Ok(group.refuse_if(is_unknown, Message::Exists).optional().unwrap_or(GroupChoice::Default))
}

impl From<i64> for GroupChoice {
    fn from(id: i64) -> Self {
        if id > 0 { Self::Some(GroupId(id)) } else { Self::None }
    }
}

/// A moment in Unix seconds; `None` when it isn't given.
///
/// # Errors
/// 422 when it isn't a number.
pub fn moment(input: &Input, name: &'static str) -> Result<Option<u64>, Invalid> {
    let mut check = Validation::new(input);
    let seconds = check.field(name).nullable().integer().min(0).narrow().optional();
    check.finish(|| Ok(seconds))
}
