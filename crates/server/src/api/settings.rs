//! `/settings`: what an administrator sets at run time (compat 1.15).

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Number, Value, json};
use store::AdminWrite;

use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::{Admin, Caller};
use crate::error::{BadRequest, Error, MethodNotAllowed, NotFound, Result};
use crate::icons::{self, Leftovers};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::registration::{BrokenRule, compile_rule};
use crate::settings::{NATIVE, Settings, is_true};
use vault::email::is_email;

/// Maximum size of a value, in bytes of JSON.
const MAX_BYTES: usize = 64 * 1024;

fn setting_view(name: &str, value: &Value) -> Value {
    json!({ "key": name, "value": value })
}

/// compat 1.15: numeric text is read back as a number.
fn read_back(value: &Value) -> Value {
    let number = match value {
        Value::String(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => text.parse::<Number>().ok(),
        _ => None,
    };
    number.map_or_else(|| value.clone(), Value::Number)
}

/// A setting's name is of letters alone; another path is no endpoint.
fn named(name: String, unknown: impl Into<Error>) -> Result<String> {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()) { Ok(name) } else { Err(unknown.into()) }
}

fn is_native(name: &str) -> bool {
    NATIVE.iter().any(|(native, _)| *native == name)
}

/// `GET /settings`.
pub async fn list(State(app): State<App>, _: Admin) -> Result<Json<Vec<Value>>> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    Ok(Json(settings.all().map(|(name, value)| setting_view(name, &read_back(value))).collect()))
}

/// `GET /settings/{name}`.
pub async fn show(State(app): State<App>, Path(name): Path<String>, caller: Result<Caller>) -> Result<Json<Value>> {
    let name = named(name, NotFound::Endpoint)?;
    caller?.admin()?;
    let settings = Settings::load(&mut app.store.read().await?).await?;
    let value = settings.value(&name).ok_or(NotFound::Resource)?;
    Ok(Json(setting_view(&name, &read_back(value))))
}

/// `POST /settings`: a setting of the instance's own, or a native one that was never changed.
pub async fn create(State(app): State<App>, Admin(caller): Admin, input: Input) -> Result<(StatusCode, Json<Value>)> {
    let mut write = caller.write(&app).await?.admin()?;
    let mut check = Validation::new(&input);
    let name = check.field("key").required().alpha().max_characters(128);
    let is_taken = match name.so_far() {
        Some(name) => write.setting(name).await?.is_some(),
        None => false,
    };
    let name = name.refuse_if(is_taken, Message::Unique).value();
    let value = check.field("value").required().value();
    let (name, _) = check.finish(|| Ok((name?, value?)))?;
    let value = check_value(name, &input)?;
    check_encryption(name, value)?;
    let leftovers = place_icons(&app, &mut write, name, value).await?;
    end_sso_sessions(&mut write, name, value).await?;
    write.set_setting(name, value).await?;
    write.commit().await?;
    caller.record("setting.set", &Object::of("setting", name));
    leftovers.remove(&app);
    Ok((StatusCode::CREATED, Json(setting_view(name, value))))
}

/// `PUT /settings/{name}`.
pub async fn update(
    State(app): State<App>,
    Path(name): Path<String>,
    caller: Result<Caller>,
    input: Input,
) -> Result<Json<Value>> {
    let name = named(name, MethodNotAllowed::OtherMethods)?;
    let Admin(caller) = caller?.admin()?;
    let value = check_value(&name, &input)?;
    check_encryption(&name, value)?;
    let mut write = caller.write(&app).await?.admin()?;
    if name == "enableAllUsersSharingScope" && *value == json!(true) {
        let was_on = Settings::load(&mut write).await?.is_on(&name);
        if !was_on {
            write.end_mixed_shares().await?;
        }
    }
    let leftovers = place_icons(&app, &mut write, &name, value).await?;
    end_sso_sessions(&mut write, &name, value).await?;
    write.set_setting(&name, value).await?;
    write.commit().await?;
    caller.record("setting.set", &Object::of("setting", name.as_str()));
    leftovers.remove(&app);
    Ok(Json(setting_view(&name, value)))
}

fn check_value<'a>(name: &str, input: &'a Input) -> Result<&'a Value, Invalid> {
    let mut check = Validation::new(input);
    let value = check.field("value").required();
    let value = match name {
        // compat: empty items are skipped, and kept as they are written.
        "restrictList" => {
            value.matches(|list| list.split('|').filter(|item| !item.is_empty()).all(is_email), Message::EmailList)
        }
        "restrictRule" => {
            let broken = input.value("value").and_then(Value::as_str).and_then(|rule| compile_rule(rule).err());
            let phrase = match broken {
                Some(BrokenRule::Unsupported(construct)) => Message::RegexUnsupported.with("construct", construct),
                _ => Message::RegexPattern.into(),
            };
            value.matches(|rule| compile_rule(rule).is_ok(), phrase)
        }
        _ => value,
    };
    let is_long = value.so_far().is_some_and(|value| value.to_string().len() > MAX_BYTES);
    let value = value.refuse_if(is_long, Message::MaxBytes.with("max", MAX_BYTES)).value();
    check.finish(|| value)
}

/// Encryption is always on: switching it off is refused with the reason.
fn check_encryption(name: &str, value: &Value) -> Result<()> {
    if name == "useEncryption" && *value != json!(true) {
        return Err(Invalid::of("value", Message::EncryptionAlwaysOn).into());
    }
    Ok(())
}

/// Moves the icons when the setting that says where they are changes.
///
/// # Errors
/// 400 when that fails: nothing has changed then.
async fn place_icons(app: &App, write: &mut AdminWrite, name: &str, value: &Value) -> Result<Leftovers> {
    if name != icons::IN_DATABASE {
        return Ok(Leftovers::default());
    }
    icons::relocate(app, write, is_true(value)).await.map_err(|error| {
        tracing::error!(%error, "the icons can't be moved");
        BadRequest::IconsNotMoved.into()
    })
}

/// Ends the sessions that stand on a provider when single sign-on is switched off.
async fn end_sso_sessions(write: &mut AdminWrite, name: &str, value: &Value) -> Result<()> {
    if name == "enableSso" && !is_true(value) {
        write.end_all_provider_sessions().await?;
    }
    Ok(())
}

/// `DELETE /settings/{name}`: forgets a setting of the instance's own, or resets one of the two restrictions.
pub async fn delete(State(app): State<App>, Path(name): Path<String>, caller: Result<Caller>) -> Result<StatusCode> {
    let name = named(name, MethodNotAllowed::OtherMethods)?;
    let Admin(caller) = caller?.admin()?;
    let may_reset = matches!(name.as_str(), "restrictList" | "restrictRule");
    if is_native(&name) && !may_reset {
        return Err(BadRequest::NativeSetting.into());
    }
    let mut write = caller.write(&app).await?.admin()?;
    if !write.delete_setting(&name).await? && !may_reset {
        return Err(NotFound::Resource.into());
    }
    write.commit().await?;
    caller.record("setting.delete", &Object::of("setting", name));
    Ok(StatusCode::NO_CONTENT)
}
