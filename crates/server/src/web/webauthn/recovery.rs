//! A lost security key: a link by mail, with which its user can sign in by password.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use store::{Basis, Claim, ResetKind};

use super::required_text;
use crate::app::App;
use crate::app::passwords::Verdict;
use crate::audit::{self, Object};
use crate::auth::gate::Gate;
use crate::auth::session::Visit;
use crate::auth::tries::{Tries, count_guess};
use crate::auth::{recovery, webauthn};
use crate::error::{Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::visitor::client::Client;
use crate::visitor::language::Language;
use crate::web::login::{Entrance, end_session, note_refusal, signed_in};
use crate::web::password::mail_link;

/// A header by which a client asks to keep no key: the other one of 2FAuth's two ways.
const UNIQUE: &str = "webauthn-unique";

/// `POST /webauthn/lost`: mails a link.
pub async fn lost(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    language: Language,
    input: Input,
) -> Result<Json<Value>> {
    mail_link(&app, &visit, &language, &input, ResetKind::Webauthn).await
}

/// The fields of a recovery.
struct Recovery<'a> {
    token: &'a str,
    /// In lower case.
    email: String,
    password: &'a str,
}

impl<'a> Recovery<'a> {
    fn read(input: &'a Input) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let token = required_text(&mut check, "token");
        let email = check.field("email").required().email().map(str::to_lowercase).value();
        let password = required_text(&mut check, "password");
        check.finish(|| Ok(Self { token: token?, email: email?, password: password? }))
    }
}

/// `POST /webauthn/recover`: with the link and the password, begins a session, lets the password count again, and
/// removes the keys, unless they are to stay. A wrong password doesn't use the link up.
pub async fn recover(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    client: Client,
    language: Language,
    headers: HeaderMap,
    input: Input,
) -> Result<Response> {
    let gate = Gate::load(&app).await?;
    end_session(&app, &visit).await?;
    let Recovery { token, email, password } = Recovery::read(&input).map_err(|invalid| gate.refusal(invalid))?;
    // The same for an unknown address, so that it can't be told from others.
    let refused = || gate.refusal(Invalid::of("token", Message::WebauthnToken));
    let mut read = app.store.read().await?;
    let holder = recovery::load_holder(&app, gate, &mut read, ResetKind::Webauthn, &email, token).await?;
    let holder = holder.ok_or_else(refused)?;
    let hash = read.password_hash(holder.id).await?.unwrap_or_default();
    drop(read);
    let tries = Tries::to_sign_in(&email, &client);
    tries.count(&app).await?;
    count_guess(&app, &email, Some(holder.id), &client).await?;
    if app.passwords.verify(password, &hash).await? == Verdict::Wrong {
        note_refusal(&app, &client, Some(&holder)).await?;
        audit::record_refusal("link", Some(&email), &client, StatusCode::UNAUTHORIZED);
        return Err(Unauthorized::Unauthenticated.into());
    }
    let mut write = app.store.write().await?;
    // Again: another request may have used the link meanwhile.
    let holder = recovery::load_holder(&app, gate, &mut write, ResetKind::Webauthn, &email, token).await?;
    let user = holder.ok_or_else(refused)?;
    if write.password_hash(user.id).await?.unwrap_or_default() != hash {
        return Err(Unauthorized::Unauthenticated.into());
    }
    let mut write = write.by(&Claim::checked(user.id)).await?;
    write.delete_reset(ResetKind::Webauthn, &email).await?;
    if headers.contains_key(UNIQUE) || input.flag("revokeAll") != Some(false) {
        write.delete_security_keys(user.id).await?;
    }
    webauthn::allow_password(&mut write, user.clone(), app.clock.now()).await?;
    write.commit().await?;
    audit::record("user.keys.revoke", &user, "link", &client, &Object::user(&user));
    let entrance = Entrance { tries: Some(&tries), ..Entrance::by(Basis::Password) };
    let (visit, _) = signed_in(&app, &client, user, entrance).await?;
    let answer = Json(json!({ "message": Message::WebauthnDisabled.text(language.locale()) }));
    Ok((visit, answer).into_response())
}
