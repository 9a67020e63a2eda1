//! The program itself, on a data folder of its own.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output, Stdio};

use sixpin::app::App;
use sixpin::clock::Clock;
use sixpin::config::{Config, vars::Vars};
use sixpin::random::system_random;
use tempfile::TempDir;

/// A folder with an instance in it.
pub(crate) struct Instance(pub(crate) TempDir);

impl Instance {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Runs the program, with a text on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        self.run_with(&[], arguments, input)
    }

    fn run_with(&self, vars: &[(&str, &str)], arguments: &[&str], input: &str) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_sixpin"));
        program.args(arguments).env_clear().env("DATA_DIR", self.0.path().join("data")).current_dir(self.0.path());
        program.envs(vars.iter().copied());
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        // A program that doesn't read it may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// What the program prints when it succeeds.
    #[track_caller]
    pub(crate) fn prints(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the program complains of when it fails.
    #[track_caller]
    pub(crate) fn complains(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// What the program says before it serves. It then stops: another program has its address.
    #[track_caller]
    pub(crate) fn says_at_start(&self) -> String {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = other.local_addr().unwrap().to_string();
        let output = self.run_with(&[("LISTEN", &address)], &[], "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat()
    }

    /// The instance, opened in this process.
    pub(crate) async fn open(&self) -> App {
        let data = self.0.path().join("data").to_str().unwrap().to_owned();
        let config = Config::read(Vars::new([("DATA_DIR".to_owned(), data)].into())).unwrap();
        App::open(config, Clock::system(), system_random).await.unwrap()
    }
}
