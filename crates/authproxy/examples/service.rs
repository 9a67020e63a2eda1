//! A service behind a reverse proxy on the same machine.
//!
//! `cargo run -p authproxy --features tower --example service`, then ask it as the proxy would:
//! `curl -H 'Remote-User: alice' http://127.0.0.1:3000/`

use std::net::SocketAddr;

use authproxy::{AuthProxy, AuthProxyLayer, Identity, Peer, Refusal, Settings, Timestamp};
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router, middleware};

/// Greets the user whom the proxy names. Without one, the log has the reason and the client its code.
async fn greet(Extension(result): Extension<Result<Identity, Refusal>>) -> (StatusCode, String) {
    match result {
        Ok(identity) => (StatusCode::OK, format!("Hello {}!\n", identity.name)),
        Err(refusal) => {
            eprintln!("{refusal}");
            (StatusCode::FORBIDDEN, format!("{}\n", refusal.code()))
        }
    }
}

/// Adds the peer of the connection, which the layer needs.
async fn add_peer(ConnectInfo(address): ConnectInfo<SocketAddr>, mut request: Request) -> Request {
    request.extensions_mut().insert(Peer::tcp(address));
    request
}

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a service has a clock")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings { trust: "127.0.0.1".parse()?, user: Some("Remote-User".parse()?), ..Settings::default() };
    let layer = AuthProxyLayer::new(AuthProxy::new(settings)?, Timestamp::now);
    let app = Router::new().route("/", get(greet)).layer(layer).layer(middleware::map_request(add_peer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
