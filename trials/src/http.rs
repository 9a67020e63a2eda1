//! A small HTTP/1.0 client that sends exactly the headers it is told, from any loopback address.
//!
//! The tests send what well-behaved libraries refuse to: underscores, duplicates, foreign source addresses.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// Maximum time to connect, and between two pieces of a response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The name and the value of a header line.
pub type Header<'a> = (&'a str, &'a str);

/// A request that can be sent, even repeatedly.
#[must_use]
pub struct Request<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    source: IpAddr,
}

/// A response as it was received.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header lines in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Sends bytes and returns the bytes received until the peer closes the connection or is silent for `timeout`.
pub fn send_raw(to: SocketAddr, bytes: &[u8], timeout: Duration) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.write_all(bytes)?;
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    // Silence and a reset end the response as well.
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        received.extend_from_slice(&buffer[..length]);
    }
    Ok(received)
}

impl<'a> Request<'a> {
    /// A `GET` that accepts JSON.
    pub fn read(path: &'a str) -> Self {
        let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        Self { method: "GET", path, headers, body: Vec::new(), source: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// A `POST` of a JSON body.
    pub fn write(path: &'a str, body: &Value) -> Self {
        let request = Self { method: "POST", body: body.to_string().into_bytes(), ..Self::read(path) };
        request.header("Content-Type", "application/json")
    }

    /// A `POST` of a file in the field `field` of a form.
    pub fn upload(path: &'a str, field: &str, name: &str, content: &[u8]) -> Self {
        const BOUNDARY: &str = "a-line-that-no-picture-holds";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), content, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let request = Self { method: "POST", body, ..Self::read(path) };
        request.header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
    }

    /// Adds a header line, even if there is one of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds header lines.
    pub fn headers(self, headers: &[Header]) -> Self {
        headers.iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    /// Adds the header of a personal access token.
    pub fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Sets the address to connect from; it is 127.0.0.1 otherwise.
    pub fn from(mut self, source: [u8; 4]) -> Self {
        self.source = IpAddr::from(source);
        self
    }

    /// Sends the request and reads the whole response.
    pub fn send(&self, to: SocketAddr) -> Result<Response> {
        self.exchange(to).with_context(|| format!("{} {} at {to}", self.method, self.path))
    }

    fn exchange(&self, to: SocketAddr) -> Result<Response> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(self.source, 0).into())?;
        socket.connect_timeout(&to.into(), TIMEOUT)?;
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.write_all(self.head(to).as_bytes())?;
        stream.write_all(&self.body)?;
        let mut received = Vec::new();
        stream.read_to_end(&mut received)?;
        parse(&String::from_utf8_lossy(&received)).context("the response is not HTTP")
    }

    fn head(&self, to: SocketAddr) -> String {
        let Self { method, path, body, .. } = self;
        let lines: Vec<String> = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        format!("{method} {path} HTTP/1.0\r\nHost: {to}\r\n{}{length}\r\n", lines.concat())
    }
}

impl Response {
    /// Returns the body as JSON, or `null` if it isn't JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Returns the first value of a header. `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
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
