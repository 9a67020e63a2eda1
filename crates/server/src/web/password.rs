//! A lost password: a link by mail, with which its user can set a new one (compat 1.17, W2 and W3).

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use store::{Basis, Claim, ResetKind};

use super::login::{Entrance, end_session, signed_in};
use crate::app::App;
use crate::audit::{self, Object};
use crate::auth::gate::Gate;
use crate::auth::recovery;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::auth::webauthn::KEYS_ALONE;
use crate::error::{Error, Result};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::registration;
use crate::visitor::client::Client;
use crate::visitor::language::Language;

/// `POST /user/password/lost`: mails a link.
pub async fn lost(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    language: Language,
    input: Input,
) -> Result<Json<Value>> {
    mail_link(&app, &visit, &language, &input, ResetKind::Password).await
}

/// Mails a link of this kind to the address in `input`, and ends the visit's session.
///
/// # Errors
/// 405 while only single sign-on may be used, although an administrator gets the mail; otherwise 422 for what is no address or was asked for too often.
pub async fn mail_link(
    app: &App,
    visit: &Visit,
    language: &Language,
    input: &Input,
    kind: ResetKind,
) -> Result<Json<Value>> {
    let gate = Gate::load(app).await?;
    end_session(app, visit).await?;
    match recovery::send_link(app, gate, kind, input, language.locale()).await {
        Ok(()) => gate.check_open()?,
        Err(error @ Error::Unprocessable(_)) => return Err(gate.refusal(error)),
        Err(error) => return Err(error),
    }
    let message = match kind {
        ResetKind::Password => Message::PasswordLinkSent,
        ResetKind::Webauthn => Message::RecoveryLinkSent,
    };
    Ok(Json(json!({ "message": message.text(language.locale()) })))
}

/// The fields of a password reset.
struct NewPassword<'a> {
    token: &'a str,
    /// In lower case.
    email: String,
    password: &'a str,
}

impl<'a> NewPassword<'a> {
    fn read(input: &'a Input) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let token = check.field("token").required().string().value();
        let email = check.field("email").required().email().map(str::to_lowercase).value();
        let password = registration::check_new_password(&mut check, &[]);
        check.finish(|| Ok(Self { token: token?, email: email?, password: password? }))
    }
}

/// `POST /user/password/reset`: sets a new password, ends all sessions and begins one, unless the password alone
/// doesn't let its owner in.
pub async fn reset(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    client: Client,
    language: Language,
    input: Input,
) -> Result<Response> {
    let gate = Gate::load(&app).await?;
    end_session(&app, &visit).await?;
    let NewPassword { token, email, password } = NewPassword::read(&input).map_err(|invalid| gate.refusal(invalid))?;
    // The same for an unknown address, so that it can't be told from others.
    let refused = || gate.refusal(Invalid::of("email", Message::PasswordToken));
    let kind = ResetKind::Password;
    let holder = recovery::load_holder(&app, gate, &mut app.store.read().await?, kind, &email, token).await?;
    let holder = holder.ok_or_else(refused)?;
    if let Some(weakness) = registration::weakness(password, &[&holder.name, &holder.email]) {
        return Err(Invalid::of("password", weakness).into());
    }
    let hash = app.passwords.hash(password).await?;
    let mut write = app.store.write().await?;
    // Again: another request may have used the link meanwhile.
    let holder = recovery::load_holder(&app, gate, &mut write, kind, &email, token).await?;
    let user = holder.ok_or_else(refused)?;
    let mut write = write.by(&Claim::checked(user.id)).await?;
    write.delete_reset(ResetKind::Password, &email).await?;
    write.set_password(user.id, Some(&hash), app.clock.now()).await?;
    write.end_sessions(user.id, None).await?;
    write.commit().await?;
    audit::record("user.password.reset", &user, "link", &client, &Object::user(&user));
    let answer = Json(json!({ "message": Message::PasswordReset.text(language.locale()) }));
    if user.preferences.flag(KEYS_ALONE) == Some(true) {
        return Ok(answer.into_response());
    }
    let tries = Tries::to_sign_in(&email, &client);
    let entrance = Entrance { tries: Some(&tries), ..Entrance::by(Basis::Password) };
    let (visit, _) = signed_in(&app, &client, user, entrance).await?;
    Ok((visit, answer).into_response())
}
