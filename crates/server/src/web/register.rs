//! Registration: of the first administrator, and of later users if it is open (compat 1.17, W1).

use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use store::Basis;

use super::login::{Entrance, end_session, signed_in};
use crate::app::App;
use crate::audit::{self, Object};
use crate::auth::gate::Gate;
use crate::auth::session::Visit;
use crate::error::{Forbidden, Result};
use crate::input::{Input, Validation};
use crate::registration;
use crate::settings::Settings;
use crate::visitor::client::Client;

/// `POST /user`. The first user ever becomes administrator.
pub async fn register(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    client: Client,
    mut input: Input,
) -> Result<Response> {
    Gate::load(&app).await?.check_open()?;
    end_session(&app, &visit).await?;
    input.lowercase("email");
    let mut read = app.store.read().await?;
    let settings = Settings::load(&mut read).await?;
    // First: a visitor who may not register isn't told which names and addresses are taken.
    if settings.is_on("disableRegistration") {
        return Err(Forbidden::RegistrationOff.into());
    }
    let mut check = Validation::new(&input);
    let registration = registration::check_registration(&mut check, &mut read, &settings).await?;
    let registration = check.finish(|| registration)?;
    drop(read);
    let registration = registration.hashed(&app).await?;
    let mut write = app.store.write().await?;
    let user = registration.register(&app, &mut write).await?;
    write.commit().await?;
    audit::record("user.register", &user, "password", &client, &Object::user(&user));
    let entrance = Entrance { message: "account created", ..Entrance::by(Basis::Password) };
    let answer = signed_in(&app, &client, user, entrance).await?;
    Ok((StatusCode::CREATED, answer).into_response())
}
