//! `/user/sessions`: where the signed-in person is signed in. 2FAuth has nothing like it.

use axum::Json;
use axum::extract::{Extension, Path, State};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use http::StatusCode;
use serde::Serialize;
use store::Session;

use crate::ago::iso;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::SignedIn;
use crate::auth::session::{Visit, is_over};
use crate::error::{NotFound, Result};
use crate::visitor::user_agent::UserAgent;

/// A session as its owner sees it.
#[derive(Debug, Serialize)]
pub struct Shown {
    id: String,
    /// Whether it is the one that asks.
    is_current: bool,
    ip_address: Option<String>,
    browser: Option<&'static str>,
    platform: Option<&'static str>,
    device: &'static str,
    created_at: String,
    last_used_at: String,
}

impl Shown {
    fn new(hash: &[u8; 32], session: &Session, current: &Visit) -> Self {
        let agent = UserAgent::parse(session.user_agent.as_deref().unwrap_or_default());
        Self {
            id: HEX.encode(hash),
            is_current: *hash == current.id(),
            ip_address: session.ip.clone(),
            browser: agent.browser,
            platform: agent.platform,
            device: agent.device,
            created_at: iso(session.created_at),
            last_used_at: iso(session.last_used_at),
        }
    }
}

/// `GET`: those that are good, the latest used first.
pub async fn list(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
) -> Result<Json<Vec<Shown>>> {
    let now = app.clock.now();
    let sessions = app.store.read().await?.sessions(caller.user.id).await?;
    let good = sessions.iter().filter(|(_, session)| !is_over(&app, session, now));
    Ok(Json(good.map(|(hash, session)| Shown::new(hash, session, &visit)).collect()))
}

/// `DELETE /{id}`: ends one.
pub async fn end(State(app): State<App>, SignedIn(caller): SignedIn, Path(id): Path<String>) -> Result<StatusCode> {
    let hash = HEX.decode(id.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(NotFound::Resource)?;
    let mut write = caller.write(&app).await?;
    if !write.end_user_session(caller.user.id, &hash).await? {
        return Err(NotFound::Resource.into());
    }
    write.commit().await?;
    caller.record("session.end", &Object::of("session", id.get(..8).unwrap_or_default()));
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE`: ends all but the one that asks.
pub async fn end_others(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    write.end_sessions(caller.user.id, Some(&visit.id())).await?;
    write.commit().await?;
    caller.record("session.end", &Object::of("session", "all others"));
    Ok(StatusCode::NO_CONTENT)
}
