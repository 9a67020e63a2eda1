//! `/oauth/personal-access-tokens`: the signed-in person's own tokens (compat 1.19).

use std::borrow::Cow;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::Token;
use vault::User;

use crate::ago::iso;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::SignedIn;
use crate::auth::csrf::FromOwnPage;
use crate::auth::{notices, token};
use crate::error::{Forbidden, NotFound, Result};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::random::digest;
use crate::settings::Settings;

/// Maximum lifetime of a token, in days.
const LIFETIME_DAYS: i64 = 365;
/// Default lifetime of a token behind an auth proxy, in days.
const PROXIED_LIFETIME_DAYS: i64 = 90;
/// The scope of tokens that may write behind an auth proxy.
const WRITE: &str = "write";
/// compat: 2FAuth's one client of its own, of which every token speaks.
const CLIENT_ID: i64 = 1;

/// `GET`: those that are valid.
pub async fn list(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<Value>>> {
    gate(&app, &caller.user).await?;
    let now = app.clock.now();
    let tokens = app.store.read().await?.tokens(caller.user.id).await?.into_iter();
    let valid = tokens.filter(|token| token.is_valid(now));
    Ok(Json(valid.map(|token| shown(&app, &caller.user, &token)).collect()))
}

/// `POST`: makes one. Its text is in this answer and nowhere else.
///
/// Behind an auth proxy it can be asked to write (`scopes`: `["write"]`) and to live for fewer or more days than 90
/// (`days`, up to 365), which 2FAuth doesn't have.
pub async fn create(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    _: FromOwnPage,
    input: Input,
) -> Result<Json<Value>> {
    gate(&app, &caller.user).await?;
    let TokenRequest { name, may_write, days } = TokenRequest::read(&input, app.auth_proxy.is_some())?;
    let text = token::generate(app.random);
    let now = app.clock.now();
    let new = Token {
        id: token::generate_id(app.random),
        user: caller.user.id,
        name: name.into_owned(),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(24 * days),
        revoked: false,
        may_write,
        last_used_at: None,
    };
    let mut write = caller.write(&app).await?;
    let count = write.token_count(caller.user.id).await?;
    Invalid::unless_room("name", count, app.config.bounds.tokens)?;
    write.create_token(&digest(&text), &new).await?;
    write.commit().await?;
    notices::tell_of_token(&app, &caller.user, &caller.client, &new.name);
    caller.record("token.create", &Object::of("token", new.id.as_str()).named(new.name));
    Ok(Json(json!({
        "accessToken": text,
        "accessTokenId": new.id,
        "tokenType": "Bearer",
        "expiresIn": days * 86_400,
    })))
}

/// The fields of a new token.
struct TokenRequest<'a> {
    name: Cow<'a, str>,
    may_write: bool,
    days: i64,
}

impl<'a> TokenRequest<'a> {
    fn read(input: &'a Input, is_proxied: bool) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let name = check.field("name").required().max_characters(255).storable().printed().value();
        let scopes = check.field("scopes").sometimes().array();
        // compat: one error for the whole list, whichever of its members is unknown.
        let is_wrong = scopes.so_far().is_some_and(|scopes| scopes.iter().any(|scope| !is_proxied || scope != WRITE));
        let scopes = scopes.refuse_if(is_wrong, Message::In).optional();
        let may_write = scopes.is_some_and(|scopes| scopes.iter().next().is_some());
        let days = if is_proxied {
            let days = check.field("days").sometimes().integer().between(1, LIFETIME_DAYS).optional();
            days.unwrap_or(PROXIED_LIFETIME_DAYS)
        } else {
            LIFETIME_DAYS
        };
        check.finish(|| Ok(Self { name: name?, may_write, days }))
    }
}

/// `DELETE /{id}`: revokes one.
pub async fn revoke(State(app): State<App>, SignedIn(caller): SignedIn, Path(id): Path<String>) -> Result<StatusCode> {
    gate(&app, &caller.user).await?;
    let mut write = caller.write(&app).await?;
    let is_revoked = write.revoke_token(caller.user.id, &id).await?;
    write.commit().await?;
    if is_revoked {
        caller.record("token.revoke", &Object::of("token", id));
    }
    if is_revoked { Ok(StatusCode::NO_CONTENT) } else { Err(NotFound::Token.into()) }
}

/// Refuses people who must sign in elsewhere, unless tokens are allowed all the same.
async fn gate(app: &App, user: &User) -> Result<()> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    let is_barred = settings.is_sso_only() && !settings.is_on("allowPatWhileSsoOnly") && !user.is_admin;
    if is_barred { Err(Forbidden::AdministratorsOnly.into()) } else { Ok(()) }
}

fn shown(app: &App, user: &User, token: &Token) -> Value {
    json!({
        "id": token.id,
        "user_id": user.id.0,
        "client_id": CLIENT_ID,
        "name": token.name,
        "scopes": if token.may_write { vec![WRITE] } else { vec![] },
        "revoked": token.revoked,
        "created_at": iso(token.created_at),
        "updated_at": iso(token.created_at),
        "expires_at": iso(token.expires_at),
        "client": {
            "id": CLIENT_ID,
            "user_id": null,
            "name": app.config.app.name,
            "provider": "users",
            "redirect": "",
            "personal_access_client": true,
            "password_client": false,
            "revoked": false,
            "created_at": iso(token.created_at),
            "updated_at": iso(token.created_at),
        },
    })
}
