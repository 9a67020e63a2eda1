//! How people are signed in by a proxy, for the administrator who sets it up.

use authproxy::header::list_names;
use authproxy::{AuthProxy, Peer, Settings, TrustList};
use axum::Extension;
use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::app::App;
use crate::app::refusals::Refused;
use crate::auth::caller::SignedIn;
use crate::config::auth_proxy::advice::software::Software;
use crate::config::auth_proxy::advice::{Advice, Gravity, Resolved, advice, resolved};
use crate::error::Result;
use crate::registration::lookalikes;
use crate::visitor::host::SentTo;

/// `GET /system/proxy`: this request as Sixpin saw it, the effective configuration with its risks, the latest refusals,
/// and users whose names could be taken for others'. Names of headers, never values.
pub async fn show(
    State(app): State<App>,
    peer: Option<Extension<Peer>>,
    Extension(sent_to): Extension<SentTo>,
    headers: HeaderMap,
    caller: SignedIn,
) -> Result<Json<Value>> {
    caller.0.clone().admin()?;
    let traps: Vec<Value> =
        Software::ALL.iter().map(|software| json!({ "name": software.name(), "trap": software.trap() })).collect();
    Ok(Json(json!({
        "guard": if app.auth_proxy.is_some() { "reverse-proxy-guard" } else { "web-guard" },
        "request": describe_request(&app, peer.map(|peer| peer.0), &sent_to, &headers, &caller),
        "configuration": resolved(&app.config).iter().map(setting).collect::<Vec<_>>(),
        "warnings": app.config.warnings,
        "advice": advice(&app.config).iter().chain(&unnamed_proxies(&app)).map(trap).collect::<Vec<_>>(),
        "software": traps,
        "refusals": app.refusals.recent().iter().map(refused).collect::<Vec<_>>(),
        "people": doubtful_people(&app).await?,
    })))
}

/// Returns this request as Sixpin saw it, and the header that identified its user behind a proxy.
fn describe_request(app: &App, peer: Option<Peer>, sent_to: &SentTo, headers: &HeaderMap, caller: &SignedIn) -> Value {
    let rules = app.config.auth_proxy.as_ref().map(|auth_proxy| &auth_proxy.rules);
    let settings = rules.map(AuthProxy::settings);
    let entry = |list: &TrustList| peer.and_then(|peer| list.entry_for(peer));
    json!({
        "peer": peer.map(|peer| peer.to_string()),
        "host": sent_to.public(),
        "trusted_as": settings.and_then(|settings| entry(&settings.trust)),
        "forwarded_as": entry(&app.config.trusted_proxies),
        "proven": settings.map(Settings::has_proof),
        "header": settings.and_then(Settings::naming_header).map(|(_, header)| header.written()),
        "name": caller.0.user.name,
        "headers": list_names(headers.keys()),
        "aliases": rules.map_or_else(Vec::new, |rules| rules.aliases(headers)),
    })
}

/// Returns an advice for each peer that seems to be a reverse proxy, but isn't trusted with addresses.
fn unnamed_proxies(app: &App) -> Vec<Advice> {
    let advice = app.unnamed_proxies.all().into_iter().map(|peer| Advice {
        code: "unnamed_proxy",
        gravity: Gravity::Warning,
        subject: peer.to_string(),
        text: format!(
            "{peer} sends X-Forwarded-For but isn't named in TRUSTED_PROXIES: if it is a reverse proxy, all clients \
             behind it count as one for rate limits, and one of them can lock out all others"
        ),
        remedy: format!("add {peer} to TRUSTED_PROXIES"),
    });
    advice.collect()
}

fn setting(resolved: &Resolved) -> Value {
    let Resolved { topic, variable, value, written } = resolved;
    json!({ "topic": topic, "variable": variable, "value": value, "written": written })
}

fn trap(advice: &Advice) -> Value {
    json!({
        "code": advice.code,
        "gravity": advice.gravity.as_str(),
        "subject": advice.subject,
        "text": advice.text,
        "remedy": advice.remedy,
    })
}

fn refused(refused: &Refused) -> Value {
    json!({
        "peer": refused.peer,
        "reason": refused.code,
        "count": refused.count,
        "first": refused.first.to_string(),
        "last": refused.last.to_string(),
        "headers": refused.headers,
        "hint": refused.hint,
    })
}

async fn doubtful_people(app: &App) -> Result<Vec<Value>> {
    let users = app.store.read().await?.users().await?;
    let names: Vec<&str> = users.iter().map(|(user, _)| user.name.as_str()).collect();
    let doubtful = lookalikes(&names).into_iter().filter_map(|lookalike| {
        let (user, _) = users.get(lookalike.index)?;
        Some(json!({ "id": user.id.0, "name": user.name, "mixed": lookalike.is_mixed, "alike": lookalike.alike }))
    });
    Ok(doubtful.collect())
}
