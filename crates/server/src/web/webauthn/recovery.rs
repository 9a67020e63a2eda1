//! A lost security key: a link by mail, with which its user can sign in by password.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::{Value, json};
use store::{Claim, ResetKind};

use super::required_text;
use crate::app::App;
use crate::app::passwords::Verdict;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::auth::{notices, recovery, webauthn};
use crate::error::{Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::visitor::client::Client;
use crate::visitor::language::Language;
use crate::web::login::{Entrance, end_session, only_admins_while_sso, signed_in};
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
    only_admins_while_sso(&app, &input).await?;
    end_session(&app, &visit).await?;
    let Recovery { token, email, password } = Recovery::read(&input)?;
    // The same for an unknown address, so that it can't be told from others.
    let refused = || Invalid::of("token", Message::WebauthnToken);
    let mut read = app.store.read().await?;
    let holder =
        recovery::load_holder(&app, &mut read, ResetKind::Webauthn, &email, token).await?.ok_or_else(refused)?;
    let hash = read.password_hash(holder.id).await?.unwrap_or_default();
    drop(read);
    let tries = Tries::to_sign_in(&email, &client);
    tries.count(&app).await?;
    if app.passwords.verify(password, &hash).await? == Verdict::Wrong {
        app.store.log_sign_in(client.sign_in_entry(holder.id, app.clock.now(), false, Some("password"))).await?;
        notices::tell_of_refusal(&app, &holder, &client).await?;
        return Err(Unauthorized::Unauthenticated.into());
    }
    let mut write = app.store.write().await?;
    // Again: another request may have used the link meanwhile.
    let holder = recovery::load_holder(&app, &mut write, ResetKind::Webauthn, &email, token).await?;
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
    let entrance =
        Entrance { message: "authenticated", method: Some("password"), tries: Some(&tries), ..Entrance::default() };
    let (visit, _) = signed_in(&app, &client, user, entrance).await?;
    let answer = Json(json!({ "message": Message::WebauthnDisabled.text(language.locale()) }));
    Ok((visit, answer).into_response())
}
