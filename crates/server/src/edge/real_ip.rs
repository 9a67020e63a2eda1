//! The client of a request, and the host that it asked for: as a trusted proxy reports, or else as the connection and
//! the request say.

use std::net::IpAddr;
use std::sync::Arc;

use authproxy::Peer;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::app::App;
use crate::config::Config;
use crate::visitor::client::Client;
use crate::visitor::host::SentTo;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Maximum length of a user agent in the logs, in characters; longer ones are cut.
const MAX_USER_AGENT: usize = 512;

/// Adds the [`Client`] to a request, and the hosts that it was [`SentTo`].
pub async fn identify_client(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let client = find_client(&app.config, &parts);
    note_unnamed_proxy(&app, &parts);
    let sent_to = find_hosts(&app.config, &parts);
    parts.extensions.insert(client);
    parts.extensions.insert(sent_to);
    next.run(Request::from_parts(parts, body)).await
}

/// Warns once of a peer that seems to be a reverse proxy, but isn't trusted with addresses.
fn note_unnamed_proxy(app: &App, parts: &Parts) {
    let Some(peer) = parts.extensions.get::<Peer>().copied().filter(|_| parts.headers.contains_key(FORWARDED_FOR))
    else {
        return;
    };
    if !app.config.trusted_proxies.contains(peer)
        && let Some(ip) = peer.ip()
        && app.unnamed_proxies.note(ip)
    {
        tracing::warn!(
            peer = %ip,
            "the peer sends X-Forwarded-For but isn't named in TRUSTED_PROXIES: if it is a reverse proxy, all clients \
             behind it count as one, and one of them can lock out all others; add it to TRUSTED_PROXIES"
        );
    }
}

fn find_client(config: &Config, parts: &Parts) -> Client {
    let peer = parts.extensions.get::<Peer>().copied();
    let is_proxied = peer.is_some_and(|peer| config.trusted_proxies.contains(peer));
    let forwarded = if is_proxied { forwarded_ip(config, &parts.headers) } else { None };
    let proto = is_proxied.then(|| last_element(&parts.headers, &FORWARDED_PROTO)).flatten();
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Client {
        ip: forwarded.or(peer.and_then(Peer::ip)),
        is_https: config.app.is_https()
            || proto.map_or(peer.is_some_and(Peer::is_tls), |proto| proto.eq_ignore_ascii_case("https")),
        user_agent: agent.filter(|agent| !agent.is_empty()).map(shorten),
    }
}

/// Returns the hosts that a request was sent to. `X-Forwarded-Host` counts from a trusted proxy, and only with one value:
/// of several it can't be told which ones a client wrote.
fn find_hosts(config: &Config, parts: &Parts) -> SentTo {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
    let mut hosts: Vec<String> = parts.headers.get_all(header::HOST).iter().map(text).collect();
    hosts.extend(parts.uri.authority().map(ToString::to_string));
    let is_proxied = parts.extensions.get::<Peer>().is_some_and(|peer| config.trusted_proxies.contains(*peer));
    let mut values = parts.headers.get_all(FORWARDED_HOST).iter().map(text);
    let forwarded = match (values.next(), values.next()) {
        (Some(value), None) if is_proxied => Some(value).filter(|value| !value.is_empty() && !value.contains(',')),
        _ => None,
    };
    SentTo { hosts, forwarded }
}

fn shorten(agent: &str) -> Arc<str> {
    match agent.char_indices().nth(MAX_USER_AGENT) {
        Some((end, _)) => agent[..end].into(),
        None => agent.into(),
    }
}

/// Returns the client's address as a trusted proxy states it: in the configured header, else the right-most address of
/// `X-Forwarded-For` that isn't itself a trusted proxy. Addresses further left were written by the client.
fn forwarded_ip(config: &Config, headers: &HeaderMap) -> Option<IpAddr> {
    if let Some(name) = &config.client_ip_header {
        return parse_ip(headers.get(name)?.to_str().ok()?);
    }
    let values = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    let mut hops = hops.into_iter().rev().map(parse_ip).take_while(Option::is_some).flatten().peekable();
    let nearest = hops.peek().copied();
    hops.find(|ip| !config.trusted_proxies.contains(Peer::tcp((*ip, 0).into()))).or(nearest)
}

/// Reads an address, with or without a port, in brackets or not.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let ip = bare.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&ip))
}

/// Returns the last element of a comma-separated header, which the nearest proxy wrote.
fn last_element<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next().map(str::trim)
}
