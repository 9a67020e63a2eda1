//! Bytes that proxy and server might take for different requests, so that one comes in which the proxy never saw.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;

use super::cases::Header;
use super::stage::Stage;
use crate::http::send_raw;

/// The proxies answer far sooner; those that wait for more never do.
const PATIENCE: Duration = Duration::from_millis(300);
/// What nobody asks for but the hidden request.
const HIDDEN: &str = "/api/v1/hidden";

/// Says for each way of hiding a request, and each of breaking a line, that worked.
pub(super) fn tries(stage: &Stage, front: SocketAddr, alice: Header, header: &str) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    for lengths in lengths() {
        // The chunks end at once; what follows is a request of its own for whoever sees chunks, and a body for others.
        let hidden = format!("GET {HIDDEN} HTTP/1.1\r\nHost: x\r\n{header}: admin\r\nConnection: close\r\n\r\n");
        let body = format!("0\r\n\r\n{hidden}");
        let lengths = lengths.replace("LENGTH", &body.len().to_string());
        send_raw(front, request("POST", alice, &lengths, &body).as_bytes(), PATIENCE)?;
        if stage.server.log().contains(HIDDEN) {
            failures.push(format!("a request was hidden behind {lengths:?}"));
            break;
        }
    }
    for lines in [
        format!("X-A: b\n{header}: admin\r\n"),
        format!("X-A: b\r{header}: admin\r\n"),
        format!("X-A: b\r\n {header}: admin\r\n"),
        format!("{header} : admin\r\n"),
        format!("{header}\t: admin\r\n"),
        format!("X-A: b\0\r\n{header}: admin\r\n"),
        format!("{header}: alice\r\n\tadmin\r\n"),
    ] {
        let answer = send_raw(front, request("GET", alice, &lines, "").as_bytes(), PATIENCE)?;
        let answer = String::from_utf8_lossy(&answer);
        // Whether the proxy refuses or the line has no effect, that is as good.
        if answer.starts_with("HTTP/1.1 200") && !answer.contains("\"name\":\"alice\"") {
            failures.push(format!("{lines:?} came in: {answer}"));
        }
    }
    Ok(failures)
}

fn request(method: &str, (name, value): Header, lines: &str, body: &str) -> String {
    format!("{method} /api/v1/user HTTP/1.1\r\nHost: codes.example.org\r\n{name}: {value}\r\n{lines}\r\n{body}")
}

/// Ways of saying how long a body is, in two voices.
fn lengths() -> [&'static str; 8] {
    [
        "Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: LENGTH\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding: xchunked\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding : chunked\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding:\x0bchunked\r\n",
        "Content-Length: LENGTH\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: LENGTH\r\nX-A: b\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: LENGTH\r\n",
    ]
}
