//! The two ways in which a request describes an account: by an otpauth URI, or by parameters (compat 1.10).

use otp::{Algorithm, OtpType, Otpauth, Parameters, Secret};
use vault::{AccountDraft, GroupId};

use crate::app::App;
use crate::error::{BadRequest, Result};
use crate::input::{Input, Invalid, Validation, has_no_colon, is_otpauth_uri};
use crate::messages::Message;

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

/// What a request says about an account's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupChoice {
    /// Nothing: the caller's default applies.
    Default,
    /// No group.
    None,
    /// This one, whoever owns it.
    Some(GroupId),
}

/// Which rules apply to parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Only what an account can't be without is required.
    Lenient,
    /// A replacement: every key must be there.
    Complete,
}

/// Whether `custom_otp` may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomOtp {
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
    pub async fn for_creation(app: &App, input: &mut Input) -> Result<Self> {
        if input.has("uri") {
            let mut check = Validation::new(input);
            check_group(app, &mut check, input).await?;
            let mut draft = from_uri(check, input, CustomOtp::Strict)?;
            // compat 1.10: with a URI, zero and null are no choice but leave the default.
            if draft.group == GroupChoice::None {
                draft.group = GroupChoice::Default;
            }
            return Ok(draft);
        }
        lower_case(input);
        from_parameters(app, input, Rules::Lenient).await
    }

    /// The account that a replacement describes.
    ///
    /// # Errors
    /// As for a creation.
    pub async fn for_update(app: &App, input: &mut Input) -> Result<Self> {
        lower_case(input);
        from_parameters(app, input, Rules::Complete).await
    }

    /// The account that a request for a code describes: nothing is stored, and nothing lower-cased.
    ///
    /// # Errors
    /// As for a creation.
    pub async fn for_code(app: &App, input: &Input) -> Result<Self> {
        if input.has("uri") {
            return from_uri(Validation::new(input), input, CustomOtp::Strict);
        }
        from_parameters(app, input, Rules::Lenient).await
    }
}

fn lower_case(input: &mut Input) {
    input.lowercase("otp_type");
    input.lowercase("algorithm");
}

/// The account of the field `uri`, after what `check` found so far.
///
/// # Errors
/// 422 with the fields that are wrong.
pub fn from_uri(mut check: Validation<'_>, input: &Input, custom: CustomOtp) -> Result<Draft> {
    check.field("uri").required().string().matches(is_otpauth_uri, Message::OtpauthUri);
    let custom_otp = check.field("custom_otp");
    let custom_otp = if custom == CustomOtp::Nullable { custom_otp.nullable() } else { custom_otp };
    custom_otp.string().one_of(&["steamtotp"], Message::In);
    check.finish()?;
    let uri = input.text("uri").unwrap_or_default();
    let is_steam = input.text("custom_otp") == Some("steamtotp");
    let parsed = if is_steam { Otpauth::parse_as_steam(uri) } else { Otpauth::parse(uri) };
    let parsed = parsed.map_err(|error| Invalid::of(error.field(), Message::OtpauthUri))?;
    Ok(Draft {
        legacy_uri: uri.to_owned(),
        image: parsed.image.clone(),
        group: group_choice(input),
        account: parsed.into(),
    })
}

/// The rules of an account's parameters.
fn check_parameters(check: &mut Validation<'_>, rules: Rules) {
    let complete = rules == Rules::Complete;
    check.field("service").present_if(complete).nullable().string().matches(has_no_colon, Message::NoColon);
    check.field("account").required().string().matches(has_no_colon, Message::NoColon);
    check.field("icon").present_if(complete).nullable().string().max_characters(191);
    check.storable("icon");
    check.field("otp_type").required().string().one_of(&["totp", "hotp", "steamtotp"], Message::OtpType);
    check.field("secret").present_if(complete).string().bail().base32();
    let digits = check.field("digits").present_if(complete);
    let digits = if complete { digits } else { digits.nullable() };
    let (fewest, most) = Parameters::SELECTABLE_DIGITS.into_inner();
    digits.integer().between(fewest.into(), most.into());
    let algorithms = Algorithm::SELECTABLE.map(Algorithm::as_str);
    check.field("algorithm").nullable().string().one_of(&algorithms, Message::In);
    check.field("period").nullable().integer().min(1).max(i64::from(u32::MAX));
    check.field("counter").nullable().integer().min(0);
}

async fn from_parameters(app: &App, input: &Input, rules: Rules) -> Result<Draft> {
    let mut check = Validation::new(input);
    check_parameters(&mut check, rules);
    check_group(app, &mut check, input).await?;
    check.finish()?;
    let parameters = parameters(input);
    let (service, parameters) = parameters.with_steam_rule(input.text("service").map(str::to_owned));
    parameters.validate().map_err(|error| BadRequest::OtpParameters(error.to_string()))?;
    let secret = input.text("secret").map_or_else(|| generated_secret(app), Secret::from_text);
    let mut account =
        AccountDraft::new(input.text("account").unwrap_or_default(), secret, parameters).with_service(service);
    account.icon = input.text("icon").map(str::to_owned);
    // compat: a secret of padding alone is stored, though no URI can hold it; recorded exchanges.
    let legacy_uri = if account.secret.unpadded().is_empty() { String::new() } else { uri_of(&account)? };
    Ok(Draft { legacy_uri, image: None, group: group_choice(input), account })
}

fn parameters(input: &Input) -> Parameters {
    let otp_type = input.text("otp_type").and_then(|name| name.parse().ok()).unwrap_or(OtpType::Totp);
    let algorithm = input.text("algorithm").and_then(|name| name.parse().ok());
    Parameters::with_defaults(
        otp_type,
        algorithm,
        input.integer("digits").and_then(|digits| digits.try_into().ok()),
        input.integer("period").and_then(|period| period.try_into().ok()),
        input.integer("counter").and_then(|counter| counter.try_into().ok()),
    )
}

fn generated_secret(app: &App) -> Secret {
    let mut random = [0; 64];
    (app.random)(&mut random);
    Secret::generate(&random)
}

/// The otpauth URI of an account.
///
/// # Errors
/// 400 for what no URI can hold.
pub fn uri_of(account: &AccountDraft) -> Result<String> {
    let uri = Otpauth {
        service: account.service.clone(),
        account: account.name.clone(),
        secret: account.secret.clone(),
        parameters: account.parameters,
        image: None,
    };
    uri.to_uri().map_err(|error| BadRequest::OtpParameters(error.to_string()).into())
}

/// Adds the rules of `group_id`: a number, and of a group that exists.
async fn check_group(app: &App, check: &mut Validation<'_>, input: &Input) -> Result<()> {
    check.field("group_id").sometimes().nullable().integer().min(0);
    if let Some(group) = input.integer("group_id").filter(|group| *group > 0)
        && app.store.read().await?.group(GroupId(group)).await?.is_none()
    {
        check.fail("group_id", Message::Exists);
    }
    Ok(())
}

fn group_choice(input: &Input) -> GroupChoice {
    match input.integer("group_id") {
        None => GroupChoice::Default,
        Some(group) if group > 0 => GroupChoice::Some(GroupId(group)),
        Some(_) => GroupChoice::None,
    }
}

/// A moment in Unix seconds; `None` when it isn't given.
///
/// # Errors
/// 422 when it isn't a number.
pub fn moment(input: &Input, name: &'static str) -> Result<Option<u64>> {
    let mut check = Validation::new(input);
    check.field(name).nullable().integer().min(0);
    check.finish()?;
    Ok(input.integer(name).and_then(|seconds| seconds.try_into().ok()))
}
