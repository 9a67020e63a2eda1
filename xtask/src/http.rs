//! A small HTTP/1.0 client that sends exactly the headers it is told, from any loopback address.
//!
//! The tests send what well-behaved libraries refuse to: underscores, duplicates, foreign source addresses.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use socket2::{Domain, Socket, Type};

const PATIENCE: Duration = Duration::from_secs(30);

/// A request in the making.
pub(crate) struct Request<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    source: IpAddr,
}

/// An answer, as it came.
pub(crate) struct Response {
    /// The status code.
    pub(crate) status: u16,
    /// The header lines in order, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

/// Sends bytes and reads what comes back until the other side closes, or is silent for as long as `patience`.
pub(crate) fn send_raw(to: SocketAddr, bytes: &[u8], patience: Duration) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(bytes)?;
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    // Silence and a reset are ends as well.
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..length]);
    }
    Ok(answer)
}

impl<'a> Request<'a> {
    /// A `GET` that accepts JSON.
    pub(crate) fn read(path: &'a str) -> Self {
        let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        Self { method: "GET", path, headers, body: Vec::new(), source: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// A `POST` of a JSON body.
    pub(crate) fn write(path: &'a str, body: &Value) -> Self {
        let request = Self { method: "POST", body: body.to_string().into_bytes(), ..Self::read(path) };
        request.header("Content-Type", "application/json")
    }

    /// A `POST` of a file in the field `field` of a form.
    pub(crate) fn upload(path: &'a str, field: &str, name: &str, content: &[u8]) -> Self {
        const BOUNDARY: &str = "a-line-that-no-picture-holds";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), content, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let request = Self { method: "POST", body, ..Self::read(path) };
        request.header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
    }

    /// Adds a header line, a second one of the same name too.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds the header of a personal access token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// The address to connect from, 127.0.0.1 unless said.
    pub(crate) fn from(mut self, source: [u8; 4]) -> Self {
        self.source = IpAddr::from(source);
        self
    }

    /// Sends it and reads the whole answer.
    pub(crate) fn send(&self, to: SocketAddr) -> Result<Response> {
        self.exchange(to).with_context(|| format!("{} {} at {to}", self.method, self.path))
    }

    fn exchange(&self, to: SocketAddr) -> Result<Response> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(self.source, 0).into())?;
        socket.connect_timeout(&to.into(), PATIENCE)?;
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(self.head(to).as_bytes())?;
        stream.write_all(&self.body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&String::from_utf8_lossy(&answer)).context("the answer is not HTTP")
    }

    fn head(&self, to: SocketAddr) -> String {
        let Self { method, path, body, .. } = self;
        let lines: Vec<String> = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        format!("{method} {path} HTTP/1.0\r\nHost: {to}\r\n{}{length}\r\n", lines.concat())
    }
}

impl Response {
    /// The body as JSON; `null` when it isn't.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The first value of a header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

fn parse(text: &str) -> Option<Response> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let pairs = lines.filter_map(|line| line.split_once(':'));
    let headers = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    Some(Response { status, headers, body: body.to_owned() })
}
