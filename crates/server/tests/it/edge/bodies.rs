//! The memory that bodies of requests take while they are under way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::harness::Instance;

/// The size of a body that is announced, in bytes.
const ANNOUNCED: usize = 16 << 20;
/// Number of bodies at a time.
const BODIES: usize = 60;
/// Time after which a server that doesn't read is taken not to want more.
const PATIENCE: Duration = Duration::from_millis(200);

/// The program, listening.
struct Running {
    program: Child,
    address: String,
}

impl Running {
    fn start(instance: &Instance) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_sixpin"));
        program.env_clear().env("DATA_DIR", instance.0.path().join("data")).current_dir(instance.0.path());
        program.env("LISTEN", "127.0.0.1:0").env("THROTTLE_API", "null").env("LOG_LEVEL", "error");
        let mut program = program.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(program.stderr.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.find(|line| line.contains("listens on")).unwrap();
        // Reads on, so that the program can go on writing.
        thread::spawn(move || lines.for_each(drop));
        Self { program, address: line.rsplit_once("//").unwrap().1.to_owned() }
    }

    /// The most memory that it has ever had, in MiB.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// Sends all of a large body but its last byte, as far as it is taken. Returns the open connection.
    fn hold(&self, path: &str, kind: &str, field: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {kind}\r\n\
             Content-Length: {ANNOUNCED}\r\n{field}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let piece = [b'x'; 8 * 1024];
        let mut left = ANNOUNCED - 1;
        while left > 0
            && let Ok(written) = stream.write(&piece[..left.min(piece.len())])
        {
            left -= written;
        }
        stream
    }

    /// Holds many at once. Returns by how much the peak has grown, in MiB.
    fn growth_while_held(&self, path: &str, kind: &str, field: &str) -> (u64, Vec<TcpStream>) {
        let before = self.peak();
        let open: Vec<_> = thread::scope(|scope| {
            let held: Vec<_> = (0..BODIES).map(|_| scope.spawn(|| self.hold(path, kind, field))).collect();
            held.into_iter().map(|hold| hold.join().unwrap()).collect()
        });
        // The kernel reads its counters loosely: a peak may seem to fall.
        (self.peak().saturating_sub(before), open)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn strangers_cost_next_to_no_memory() {
    let instance = Instance::new();
    let program = Running::start(&instance);
    for path in ["/user", "/user/login", "/webauthn/login/options", "/user/password/lost", "/api/v1/icons"] {
        for kind in ["multipart/form-data; boundary=b", "application/json", "application/x-www-form-urlencoded"] {
            let (growth, _open) = program.growth_while_held(path, kind, "");
            assert!(growth < 24, "{path} {kind}: {growth} MiB");
        }
    }
}

#[test]
fn a_user_costs_no_more_memory_than_a_share() {
    let instance = Instance::new();
    instance.prints(&["user", "add", "ana", "ana@example.org"], "");
    let token = instance.prints(&["token", "create", "ana@example.org", "test"], "");
    let program = Running::start(&instance);
    let field = format!("Authorization: Bearer {}\r\n", token.trim());
    for path in ["/api/v1/icons", "/api/v1/qrcode/decode", "/api/v1/twofaccounts/migration"] {
        let (growth, _open) = program.growth_while_held(path, "multipart/form-data; boundary=b", &field);
        assert!(growth < 80, "{path}: {growth} MiB");
    }
}
