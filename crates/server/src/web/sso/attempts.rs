//! The attempts of a browser at single sign-on that it hasn't come back from. They are kept in its session, several at
//! once, because each tab may begin one, and each is forgotten by itself.

use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};
use store::Session;
use vault::User;

use crate::app::App;
use crate::auth::session::Visit;
use crate::error::Result;
use crate::outside::sso::Attempt;
use crate::visitor::client::Client;

/// Name of the attempts in a session's data.
const ATTEMPTS: &str = "sso";
/// Maximum number of attempts of one browser: the latest are kept.
const KEPT: usize = 8;

/// An attempt that was found, with the state of the browser's session.
#[derive(Debug)]
pub(super) struct Found {
    /// The attempt.
    pub(super) attempt: Attempt,
    /// The user of the session.
    pub(super) user: Option<User>,
    /// The other attempts, as a session's data; `None` without any.
    pub(super) others: Option<Value>,
}

/// Adds an attempt to the session of a visit. A visitor without a session gets one without a user.
///
/// # Errors
/// When the database fails.
pub(super) async fn remember(app: &App, visit: &Visit, client: &Client, attempt: &Attempt) -> Result<()> {
    let mut write = app.store.write().await?;
    let session = write.session(&visit.id()).await?;
    let mut attempts = session.as_ref().map(attempts_of).unwrap_or_default();
    attempts.push(attempt.clone());
    attempts.drain(..attempts.len().saturating_sub(KEPT));
    let data = data(&attempts);
    if session.is_some() {
        write.set_session_data(&visit.id(), data.as_ref()).await?;
    } else {
        let now = app.clock.now();
        let session = Session {
            user: None,
            basis: None,
            data,
            ip: client.ip_text(),
            user_agent: client.user_agent_text(),
            created_at: now,
            last_used_at: now,
        };
        write.create_session(&visit.id(), &session).await?;
    }
    Ok(write.commit().await?)
}

/// Takes the attempt that an answer of this provider with this state belongs to out of the session of a visit.
///
/// # Errors
/// When the database fails.
pub(super) async fn take(
    app: &App,
    visit: &Visit,
    provider: &str,
    state: &str,
    now: Timestamp,
) -> Result<Option<Found>> {
    if !visit.is_known() {
        return Ok(None);
    }
    let mut write = app.store.write().await?;
    let Some((session, user)) = write.session_bearer(&visit.id()).await? else { return Ok(None) };
    let mut attempts = attempts_of(&session);
    let Some(place) = attempts.iter().position(|attempt| attempt.is_answered_by(provider, state, now)) else {
        return Ok(None);
    };
    let attempt = attempts.remove(place);
    let others = data(&attempts);
    if session.user.is_none() && others.is_none() {
        write.end_session(&visit.id()).await?;
    } else {
        write.set_session_data(&visit.id(), others.as_ref()).await?;
    }
    write.commit().await?;
    // A user who was disabled meanwhile can't link a provider.
    let is_sound = !attempt.is_link || user.as_ref().is_some_and(|user| user.disabled_at.is_none());
    Ok(is_sound.then_some(Found { attempt, user, others }))
}

fn attempts_of(session: &Session) -> Vec<Attempt> {
    let kept = session.data.as_ref().and_then(|data| data.get(ATTEMPTS));
    kept.and_then(|kept| Vec::deserialize(kept).ok()).unwrap_or_default()
}

fn data(attempts: &[Attempt]) -> Option<Value> {
    (!attempts.is_empty()).then(|| json!({ ATTEMPTS: attempts }))
}
