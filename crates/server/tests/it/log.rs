//! The log, where it can't be written.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Maximum time of a start or an end.
const PATIENCE: Duration = Duration::from_secs(20);

/// The status line of `/up`; `None` if the program doesn't answer.
fn up(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.write_all(b"GET /up HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.lines().next().map(str::to_owned)
}

/// On a full disk, and where the reader of a pipe is gone, requests are answered and the program ends when asked to.
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (reader, gone) = std::io::pipe().unwrap();
    drop(reader);
    for log in [Stdio::from(full), Stdio::from(gone)] {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut program = Command::new(env!("CARGO_BIN_EXE_sixpin"));
        program.env_clear().env("DATA_DIR", folder.path().join("data")).env("LISTEN", format!("127.0.0.1:{port}"));
        program.env("OUTGOING_REQUESTS", "false").current_dir(folder.path()).stderr(log).stdout(Stdio::null());
        let mut child = program.spawn().unwrap();
        let id = child.id().to_string();
        let (ended, end) = channel();
        std::thread::spawn(move || ended.send(child.wait()));
        let pause = Duration::from_millis(20);
        let tries = PATIENCE.as_millis() / pause.as_millis();
        let answer =
            (0..tries).find_map(|_| up(port).or_else(|| end.recv_timeout(pause).ok().map(|end| format!("{end:?}"))));
        assert_eq!(answer.as_deref(), Some("HTTP/1.0 200 OK"));
        assert_eq!(up(port).as_deref(), Some("HTTP/1.0 200 OK"));
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert!(end.recv_timeout(PATIENCE).unwrap().unwrap().success());
    }
}
