//! An instance on a real socket, and requests to it byte by byte.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use sixpin::config::Listen;
use sixpin::edge::serve::{Limits, Listener, Proxies, serve};
use sixpin::visitor::door::Door;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::harness::{Answer, TestApp};

/// Nothing here takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// An instance that listens. It stops when dropped.
pub(super) struct Wire {
    app: TestApp,
    place: Place,
    /// Where it listens for tokens alone.
    token_port: Option<u16>,
    _stop: DropGuard,
}

/// Where it listens.
enum Place {
    Port(u16),
    Socket { path: PathBuf, _folder: TempDir },
}

impl Deref for Wire {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Wire {
    /// An instance behind the proxy 127.0.0.2, with further variables, on IPv4.
    pub(super) async fn start(vars: &[(&str, &str)]) -> Self {
        Self::of(TestApp::behind_proxy(vars).await).await
    }

    /// The same on IPv6, where IPv4 arrives in its mapped form.
    pub(super) async fn on_ipv6(vars: &[(&str, &str)]) -> Self {
        let app = TestApp::behind_proxy(vars).await;
        Self::listen(app, &Listen::Tcp((Ipv6Addr::UNSPECIFIED, 0).into()), None).await
    }

    /// The same on a Unix socket.
    pub(super) async fn on_unix_socket(vars: &[(&str, &str)]) -> Self {
        let app = TestApp::behind_proxy(vars).await;
        let folder = tempfile::tempdir().unwrap();
        Self::listen(app, &Listen::Unix(folder.path().join("sixpin.sock")), Some(folder)).await
    }

    /// The same where its configuration says.
    pub(super) async fn where_configured(vars: &[(&str, &str)]) -> Self {
        let app = TestApp::behind_proxy(vars).await;
        let listen = app.config.listen[0].clone();
        Self::listen(app, &listen, None).await
    }

    /// Lets an instance listen on IPv4.
    pub(super) async fn of(app: TestApp) -> Self {
        Self::listen(app, &Listen::Tcp((Ipv4Addr::LOCALHOST, 0).into()), None).await
    }

    async fn listen(app: TestApp, listen: &Listen, folder: Option<TempDir>) -> Self {
        let listener = Listener::open(listen, Door::Main, app.config.tls.as_ref()).await.unwrap();
        let place = match (listener.address(), listen, folder) {
            (Some(address), ..) => Place::Port(address.port()),
            (_, Listen::Unix(path), Some(folder)) => Place::Socket { path: path.clone(), _folder: folder },
            _ => unreachable!(),
        };
        let stop = CancellationToken::new();
        let limits = Limits::from_config(&app.config);
        let mut listeners = vec![listener];
        for listen in app.config.token_listen() {
            listeners.push(Listener::open(listen, Door::TokensOnly, app.config.tls.as_ref()).await.unwrap());
        }
        let token_port = listeners.get(1).map(|listener| listener.address().unwrap().port());
        let proxies = Proxies::from_config(&app.config);
        tokio::spawn(serve(listeners, sixpin::routes::router((*app).clone()), limits, proxies, stop.clone()));
        Self { app, place, token_port, _stop: stop.drop_guard() }
    }

    /// The same database behind a proxy again, with further variables changed.
    pub(super) async fn again_with(&self, vars: &[(&str, &str)]) -> Self {
        Self::of(self.app.again_with(vars).await).await
    }

    /// The port where it listens.
    pub(super) fn port(&self) -> u16 {
        match self.place {
            Place::Port(port) => port,
            Place::Socket { .. } => unreachable!(),
        }
    }

    /// A connection from an address.
    pub(super) async fn connect(&self, from: IpAddr) -> Connection {
        match &self.place {
            Place::Port(port) => Connection::new(dial(from, *port).await),
            Place::Socket { path, .. } => Connection::new(UnixStream::connect(path).await.unwrap()),
        }
    }

    /// A request without a body from an address, to where tokens alone count.
    pub(super) async fn ask_by_token<V: AsRef<[u8]>>(&self, from: IpAddr, line: &str, fields: &[(&str, V)]) -> Answer {
        Connection::new(dial(from, self.token_port.unwrap()).await).exchange(&request(line, fields, "")).await
    }

    /// Sends bytes from an address; everything that comes back until the other side closes, which it must.
    pub(super) async fn raw(&self, from: IpAddr, bytes: impl AsRef<[u8]>) -> String {
        let mut connection = self.connect(from).await;
        connection.write(bytes.as_ref()).await;
        connection.rest().await
    }

    /// A request without a body from an address.
    pub(super) async fn ask<V: AsRef<[u8]>>(&self, from: IpAddr, line: &str, fields: &[(&str, V)]) -> Answer {
        self.send(from, line, fields, "").await
    }

    /// A request with a body of JSON, or none, from an address. `line` is its method and path.
    pub(super) async fn send<V: AsRef<[u8]>>(
        &self,
        from: IpAddr,
        line: &str,
        fields: &[(&str, V)],
        json: &str,
    ) -> Answer {
        self.connect(from).await.exchange(&request(line, fields, json)).await
    }

    /// `GET /api/v1/user` from an address.
    pub(super) async fn probe<V: AsRef<[u8]>>(&self, from: IpAddr, fields: &[(&str, V)]) -> Answer {
        self.ask(from, "GET /api/v1/user", fields).await
    }

    /// How many people have an account.
    pub(super) async fn users(&self) -> u64 {
        self.store.read().await.unwrap().user_count().await.unwrap()
    }
}

/// A connection to a port of this machine, from an address.
pub(super) async fn dial(from: IpAddr, port: u16) -> TcpStream {
    let (socket, to) = match from {
        IpAddr::V4(_) => (TcpSocket::new_v4().unwrap(), IpAddr::from(Ipv4Addr::LOCALHOST)),
        IpAddr::V6(_) => (TcpSocket::new_v6().unwrap(), IpAddr::from(Ipv6Addr::LOCALHOST)),
    };
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    socket.connect(SocketAddr::new(to, port)).await.unwrap()
}

/// A request as bytes: `line` is its method and path. It is sent to `localhost` and accepts JSON unless `fields` say
/// otherwise.
pub(super) fn request<V: AsRef<[u8]>>(line: &str, fields: &[(&str, V)], json: &str) -> Vec<u8> {
    let mut bytes = format!("{line} HTTP/1.1\r\n").into_bytes();
    for usual in ["Host: localhost", "Accept: application/json"] {
        let is_given = |name: &str| usual.split(':').next().unwrap().eq_ignore_ascii_case(name);
        if !fields.iter().any(|(name, _)| is_given(name)) {
            bytes.extend([usual.as_bytes(), b"\r\n"].concat());
        }
    }
    for (name, value) in fields {
        bytes.extend([name.as_bytes(), b": ", value.as_ref(), b"\r\n"].concat());
    }
    if !json.is_empty() {
        bytes.extend(format!("Content-Type: application/json\r\nContent-Length: {}\r\n", json.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(json.bytes());
    bytes
}

/// Either kind of socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection, which stays open.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    received: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new() }
    }

    /// Sends bytes. The other side may have closed already, which reading then shows.
    pub(super) async fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends a request and reads the answer, which must say how long it is.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Answer {
        self.write(request).await;
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            assert_ne!(self.read().await, 0, "closed: {}", String::from_utf8_lossy(&self.received));
        };
        let head = self.received.drain(..end + 4).collect::<Vec<u8>>();
        let head = std::str::from_utf8(&head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let fields = lines.map(|line| line.split_once(": ").unwrap());
        let headers: HeaderMap = fields
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()))
            .collect();
        let has_body = !(request.starts_with(b"HEAD ") || status == 204 || status == 304);
        let length = headers.get("content-length").filter(|_| has_body);
        let length = length.map_or(0, |length| length.to_str().unwrap().parse().unwrap());
        assert!(!headers.contains_key("transfer-encoding"), "{head}");
        while self.received.len() < length {
            assert_ne!(self.read().await, 0, "closed in a body");
        }
        Answer { status, headers, body: self.received.drain(..length).collect() }
    }

    /// Everything until the other side closes.
    pub(super) async fn rest(&mut self) -> String {
        while self.read().await > 0 {}
        String::from_utf8_lossy(&self.received).into_owned()
    }

    async fn read(&mut self) -> usize {
        let read = self.stream.read_buf(&mut self.received);
        // A reset is an end as well.
        tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap_or(0)
    }
}
