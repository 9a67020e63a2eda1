//! Slow clients, and many clients.

use std::net::Ipv4Addr;

use authproxy::Peer;
use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::sync::DropGuard;

use super::places::Place;
use super::*;
use crate::config::vars::Vars;
use crate::config::{Config, Listen};
use crate::visitor::door::Door;

/// Longer than any of these tests.
const LONG: Duration = Duration::from_mins(1);
/// Limits that no test reaches.
const WIDE: Limits = Limits { connections: 100, head: LONG, body: Pace { time: LONG, rate: 1 }, reading: LONG };
/// Over almost immediately.
const SHORT: Duration = Duration::from_millis(20);
/// A pace at which even fast bytes earn no time.
const HURRY: Pace = Pace { time: SHORT, rate: u64::MAX };

const ORIGIN: Origin = Origin { peer: Peer::Unix { uid: 0, gid: 0 }, door: Door::Main };

fn app() -> Router {
    Router::new()
        .route("/", get(async || "x".repeat(100_000)))
        .route("/length", post(async |body: Bytes| body.len().to_string()))
}

/// A place that nothing else wants.
async fn place() -> Place {
    Places::new(1, Proxies::default()).take(ORIGIN.peer).await.unwrap()
}

/// Returns the answer to a client that sends this and then waits.
async fn exchange(limits: Limits, request: &str) -> String {
    let (mut client, server) = duplex(1 << 20);
    client.write_all(request.as_bytes()).await.unwrap();
    let task = tokio::spawn(connection::serve(server, ORIGIN, app(), limits, place().await, CancellationToken::new()));
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    task.await.unwrap();
    answer
}

#[tokio::test]
async fn an_answer_has_the_date() {
    // Clients compute the remaining validity of codes from it.
    let answer = exchange(WIDE, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.to_ascii_lowercase().contains("\r\ndate: "), "{}", &answer[..200]);
}

#[tokio::test]
async fn a_body_that_stops_is_late() {
    let limits = Limits { body: HURRY, ..WIDE };
    for (head, part) in [
        ("Content-Length: 10", "12345"),
        ("Transfer-Encoding: chunked", "5\r\n12345\r\n"),
        ("Content-Type: application/json\r\nContent-Length: 10", "{"),
    ] {
        let answer = exchange(limits, &format!("POST /length HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{part}")).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        assert!(answer.ends_with(r#"{"message":"The request took too long to arrive"}"#), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_trickles_is_late() {
    let (client, server) = duplex(1 << 20);
    let (mut reader, mut writer) = tokio::io::split(client);
    let limits = Limits { body: HURRY, ..WIDE };
    tokio::spawn(connection::serve(server, ORIGIN, app(), limits, place().await, CancellationToken::new()));
    writer.write_all(b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n").await.unwrap();
    // Without a pause, until the server closes the connection.
    tokio::spawn(async move { while writer.write_all(b"x").await.is_ok() {} });
    let mut answer = String::new();
    reader.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_body_in_time_is_read_and_an_incomplete_head_closes_the_connection() {
    let whole = "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345";
    let limits = Limits { head: SHORT, ..WIDE };
    for rest in ["", "POST /length HTTP/1.1\r\nHost:"] {
        let answer = exchange(limits, &format!("{whole}{rest}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\r\n\r\n5"), "{answer}");
        assert!(!answer.contains("HTTP/1.1 4"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_doesnt_read_loses_its_connection() {
    let (mut client, server) = duplex(1000);
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let limits = Limits { reading: SHORT, ..WIDE };
    connection::serve(server, ORIGIN, app(), limits, place().await, CancellationToken::new()).await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.len() < 2000, "{}", answer.len());
}

/// Starts a server that trusts a proxy at 127.0.0.1. Returns its port, and a guard that stops it.
async fn start_server(limits: Limits) -> (u16, DropGuard) {
    let listener = Listener::open(&Listen::Tcp((Ipv4Addr::LOCALHOST, 0).into()), Door::Main, None).await.unwrap();
    let port = listener.address().unwrap().port();
    let stop = CancellationToken::new();
    let vars = Vars::new([("TRUSTED_PROXIES".to_owned(), "127.0.0.1".to_owned())].into());
    let proxies = Proxies::from_config(&Config::read(vars).unwrap());
    tokio::spawn(serve(vec![listener], app(), limits, proxies, stop.clone()));
    (port, stop.drop_guard())
}

async fn ask(stream: &mut TcpStream) -> Option<String> {
    stream.write_all(b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx").await.unwrap();
    let mut answer = vec![0; 1000];
    let read = tokio::time::timeout(SHORT * 2, stream.read(&mut answer)).await.ok()?.unwrap();
    answer.truncate(read);
    Some(String::from_utf8(answer).unwrap())
}

/// Connects from an address, which Linux has on loopback without further ado.
async fn connect(port: u16, from: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).unwrap();
    socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap()
}

/// Reads until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    // A connection that is reset is closed as well.
    let _ = stream.read_to_end(&mut rest).await;
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_busy_ones() {
    let (port, _stop) = start_server(Limits { connections: 2, ..WIDE }).await;
    let mut open = [connect(port, 1).await, connect(port, 1).await];
    for stream in &mut open {
        // Its answer waits for the rest of its body.
        stream
            .write_all(b"POST /length HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
            .await
            .unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).await.unwrap();
    }
    let mut third = connect(port, 1).await;
    assert_eq!(ask(&mut third).await, None, "all places are taken");
    drop(open);
    let mut answer = [0; 13];
    third.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 ");
}

#[tokio::test]
async fn idle_connections_make_room() {
    let (port, _stop) = start_server(Limits { connections: 2, ..WIDE }).await;
    let mut open = [connect(port, 1).await, connect(port, 1).await];
    for stream in &mut open {
        assert!(ask(stream).await.unwrap().starts_with("HTTP/1.1 200 "));
    }
    let mut third = connect(port, 1).await;
    assert!(ask(&mut third).await.unwrap().starts_with("HTTP/1.1 200 "));
    let [first, second] = &mut open;
    assert_eq!(rest(first).await, "", "the longest idle is closed");
    assert!(ask(second).await.unwrap().starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn slow_heads_of_one_network_keep_nobody_else_out() {
    let (port, _stop) = start_server(Limits { connections: 8, ..WIDE }).await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(port, 9).await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        slow.push(stream);
    }
    for from in [2, 3, 1] {
        let mut other = connect(port, from).await;
        assert!(ask(&mut other).await.unwrap().starts_with("HTTP/1.1 200 "), "{from}");
    }
    for stream in &mut slow[..38] {
        assert_eq!(rest(stream).await, "", "a network has a quarter of the places");
    }
}

#[tokio::test]
async fn a_greeting_of_the_proxy_protocol_is_answered_with_the_reason() {
    let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = exchange(WIDE, &format!("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n{request}")).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("PROXY protocol") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_frees_its_place() {
    let (port, _stop) = start_server(Limits { connections: 1, head: SHORT, ..WIDE }).await;
    let mut first = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    assert!(ask(&mut first).await.unwrap().starts_with("HTTP/1.1 200 "));
    let mut second = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    second.write_all(b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx").await.unwrap();
    let mut answer = [0; 13];
    second.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 ");
}
