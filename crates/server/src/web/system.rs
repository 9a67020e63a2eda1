//! Routes about the instance itself.

use authproxy::Purpose;
use axum::extract::{FromRequestParts, State};
use axum::response::{Html, IntoResponse};
use axum::{Extension, Json};
use http::HeaderMap;
use http::header;
use http::request::Parts;
use serde_json::{Map, Value, json};
use store::Database;
use vault::User;

use crate::ago::iso;
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::session::Visit;
use crate::config::mail::Mailer;
use crate::error::{Error, Result, Unauthorized};
use crate::mail::Letter;
use crate::settings::Settings;
use crate::visitor::browser::is_navigation;
use crate::visitor::language::Language;

/// The visitor's CSRF token as text; the answer sets the cookies anew.
pub async fn refresh_csrf(State(app): State<App>, Extension(visit): Extension<Visit>) -> impl IntoResponse {
    Html(visit.csrf_token(&app))
}

/// The administrator who asks.
#[derive(Debug)]
pub struct Administrator(pub User);

impl FromRequestParts<App> for Administrator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = SignedIn::from_request_parts(parts, app).await.map_err(|error| match error {
            // compat 3.8: 2FAuth answers programs 401 here, whatever is wrong with a request behind an auth proxy.
            Error::Proxy(_) if !is_navigation(parts.uri.path(), &parts.headers) => Unauthorized::Unauthenticated.into(),
            error => error,
        })?;
        caller.0.admin().map(|admin| Self(admin.0.user))
    }
}

/// `GET /system/latestRelease`: a newer release, `false` if there is none that we know of, null if none was looked for
/// although it was asked to.
///
/// Nothing calls out by itself, so what is known is what is stored.
pub async fn latest_release(State(app): State<App>, _: Administrator) -> Result<Json<Value>> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    let newer = match settings.value("latestRelease") {
        _ if !settings.is_on("checkForUpdate") => json!(false),
        Some(Value::String(tag)) => json!(tag),
        _ => Value::Null,
    };
    Ok(Json(json!({ "newRelease": newer })))
}

/// `GET /system/optimize`.
///
/// compat: what 2FAuth's programs of these names answer when all went well; there is nothing to prepare here.
pub async fn optimize(_: Administrator) -> Result<Json<Value>> {
    Ok(Json(json!({
        "config-exit-code": 0,
        "route-exit-code": 0,
        "event-exit-code": 0,
        "view-exit-code": 0,
    })))
}

/// `GET /system/clear-cache`.
///
/// compat: as [`optimize`]; nothing is cached between requests.
pub async fn clear_cache(_: Administrator) -> Result<Json<Value>> {
    Ok(Json(json!({ "exit-code": 0 })))
}

/// `POST /system/test-email`: sends a mail to the caller and answers whether the mail server accepted it.
pub async fn test_mail(
    State(app): State<App>,
    Administrator(user): Administrator,
    language: Language,
) -> Result<Json<Value>> {
    app.mail.deliver(&user, language.locale(), &Letter::test()).await.map_err(Error::MailFailed)?;
    Ok(Json(json!({ "message": "Ok" })))
}

/// `GET /system/mail`: how mails leave, and how they fared since the program started. No secret, and of a mail only
/// what it was about.
pub async fn mail(State(app): State<App>, _: Administrator) -> Json<Value> {
    let config = &app.config.mail;
    let (mailer, server) = match &config.mailer {
        Mailer::Log => ("log", None),
        Mailer::Sendmail(_) => ("sendmail", Some(config.mailer.to_string())),
        Mailer::Smtp(_) => ("smtp", Some(config.mailer.to_string())),
    };
    let state = app.mail.status();
    let failures = state.failures.iter().map(
        |failure| json!({ "at": iso(failure.at), "to": failure.to, "about": failure.about, "error": failure.error }),
    );
    Json(json!({
        "mailer": mailer,
        "server": server,
        "from": config.from.email.to_string(),
        "sent": state.sent,
        "waiting": state.waiting,
        "failed": state.failed,
        "failures": failures.collect::<Vec<_>>(),
    }))
}

/// `GET /system/infos`: the data for a bug report, without secrets (compat 1.20, W23).
pub async fn infos(State(app): State<App>, _: Administrator, headers: HeaderMap) -> Result<Json<Value>> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    let mut common = Map::new();
    let mut set = |name: &str, value: Value| {
        common.insert(name.to_owned(), value);
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    set("Date", json!(jiff::fmt::rfc2822::to_string(&app.clock.now().to_zoned_datetime(jiff::tz::TimeZone::UTC)).ok()));
    set("userAgent", json!(agent));
    set("Version", json!(env!("CARGO_PKG_VERSION")));
    set("Environment", json!(app.config.app.environment));
    set("Install path", json!(format!("/{}", app.config.app.subdirectory)));
    set("Debug", json!(app.config.app.debug.to_string()));
    set("Cache driver", json!("none"));
    set("Log channel", json!("stderr"));
    set("Log level", Value::Null);
    let driver = match app.config.database {
        Database::Sqlite { .. } => "sqlite",
        Database::Postgres { .. } => "pgsql",
        Database::Mysql { .. } => "mysql",
    };
    set("DB driver", json!(driver));
    set("PHP version", json!("none"));
    set("Operating system", json!(std::env::consts::OS));
    set("interface", json!("sixpin"));
    set("Auth guard", json!(if app.auth_proxy.is_some() { "reverse-proxy-guard" } else { "web-guard" }));
    if let Some(auth_proxy) = &app.config.auth_proxy {
        set("Auth proxy logout url", json!(auth_proxy.logout_url));
        let settings = auth_proxy.settings();
        let name = |purpose| settings.header(purpose).map_or("none", |header| header.name().as_str());
        set("Auth proxy header for user", json!(name(Purpose::User)));
        set("Auth proxy header for email", json!(name(Purpose::Email)));
        if let Some(preset) = auth_proxy.preset {
            set("Auth proxy preset", json!(preset));
        }
        if let Some((assertion, keys)) = settings.assertion.as_ref().zip(auth_proxy.keys.as_ref()) {
            set("Auth proxy JWT header", json!(assertion.header.name().as_str()));
            set("Auth proxy JWT issuer", json!(assertion.issuer));
            set("Auth proxy JWT audience", json!(assertion.audiences.join(", ")));
            set("Auth proxy JWT algorithms", json!(assertion.algorithm_names()));
            set("Auth proxy JWT keys", json!(keys.to_string()));
        }
    }
    set("webauthn user verification", json!(app.config.webauthn.user_verification.to_string()));
    let trusted = app.config.trusted_proxies.to_string();
    let believed = app.config.auth_proxy.as_ref().map(|auth_proxy| auth_proxy.settings().trust.to_string());
    set(
        "Trusted proxies",
        json!(match believed {
            Some(believed) if believed != trusted => format!("{trusted}; for identity {believed}"),
            _ => trusted,
        }),
    );
    let scanned = settings.value("lastRadarScan").and_then(Value::as_i64).unwrap_or(0);
    let scanned = jiff::Timestamp::from_second(scanned).unwrap_or_default();
    set("lastRadarScan", json!(scanned.strftime("%Y-%m-%d %H:%M:%S").to_string()));
    Ok(Json(json!({ "common": common })))
}
