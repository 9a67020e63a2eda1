//! The commands `serve` and `healthcheck`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::account::to_message;
use super::checkup;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Listen};
use crate::edge::serve::{self, Limits, Listener, Proxies};
use crate::random::system_random;
use crate::settings::Settings;
use crate::visitor::door::Door;
use crate::{routes, upkeep};

/// Serves until asked to stop.
pub(super) async fn serve(config: Config) -> Result<(), String> {
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let listens = config.listen.clone();
    let app = App::open(config, Clock::system(), system_random).await?;
    for remark in checkup::remarks(&app).await {
        tracing::warn!("{remark}");
    }
    if let Some(auth_proxy) = &app.config.auth_proxy {
        tracing::info!("{auth_proxy}");
        if let Some(tokens) = &auth_proxy.tokens {
            tracing::info!("{tokens}");
        }
        if let Some(fault) = auth_proxy.fault() {
            tracing::error!("{fault}");
        }
    }
    if is_closed(&app).await.map_err(to_message)? {
        tracing::warn!(
            "only single sign-on is allowed, but no provider is set up, so only administrators can sign in: set one up, or \
             run `sixpin user allow-passwords`"
        );
    }
    tokio::spawn(load_keys(app.clone()));
    let doors = listens.iter().map(|listen| (listen, Door::Main));
    let mut listeners = Vec::new();
    for (listen, door) in doors.chain(app.config.token_listen().iter().map(|listen| (listen, Door::TokensOnly))) {
        let opened = Listener::open(listen, door, app.config.tls.as_ref()).await;
        listeners.push(opened.map_err(|error| format!("can't listen on {listen}: {error}"))?);
    }
    for listener in &listeners {
        // Whoever reads it may be gone.
        let _ = writeln!(std::io::stderr(), "Sixpin listens on {}", listener.display());
    }
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    tokio::spawn(upkeep::run(app.clone(), stop.clone()));
    let (limits, proxies) = (Limits::from_config(&app.config), Proxies::from_config(&app.config));
    serve::serve(listeners, routes::router(app.clone()), limits, proxies, stop).await;
    app.mail.finish().await;
    Ok(())
}

/// Whether users can only sign in at a provider, and there is none.
async fn is_closed(app: &App) -> Result<bool, store::Error> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    Ok(settings.is_sso_only() && app.sso.names().is_empty() && app.auth_proxy.is_none())
}

async fn load_keys(app: App) {
    if let Some(auth_proxy) = &app.auth_proxy {
        auth_proxy.load_keys(app.clock.now()).await;
    }
}

async fn stop_on_signal(stop: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals can't be handled: a signal will stop the program at once");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
    tracing::info!("stopping");
}

/// Maximum time to connect, and to wait for the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST: &[u8] = b"GET /up HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Requests `/up` from the first listener without TLS, or else checks that the first listener accepts connections.
pub(super) fn healthcheck(config: &Config) -> Result<(), String> {
    let plain = config.listen.iter().find(|listen| !matches!(listen, Listen::Tls(_)));
    let Some(listen) = plain.or(config.listen.first()) else {
        return Err("there is no listener: LISTEN is empty".into());
    };
    let answer = match listen {
        Listen::Tcp(address) => TcpStream::connect_timeout(&reachable_address(*address), TIMEOUT).and_then(|stream| {
            stream.set_read_timeout(Some(TIMEOUT))?;
            request_status(stream)
        }),
        // The certificate needn't be for this name, so there is no TLS handshake.
        Listen::Tls(address) => match TcpStream::connect_timeout(&reachable_address(*address), TIMEOUT) {
            Ok(_) => return Ok(()),
            Err(error) => Err(error),
        },
        Listen::Unix(path) => UnixStream::connect(path).and_then(|stream| {
            stream.set_read_timeout(Some(TIMEOUT))?;
            request_status(stream)
        }),
    };
    let answer = answer.map_err(|error| format!("{listen} doesn't answer: {error}"))?;
    if answer.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(format!("{listen} reports a problem: {}", answer.lines().next().unwrap_or("the answer is empty")))
    }
}

fn request_status(mut stream: impl std::io::Read + std::io::Write) -> std::io::Result<String> {
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Returns the address of a listener as seen from this machine: loopback, if it listens on all addresses.
pub(super) fn reachable_address(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
