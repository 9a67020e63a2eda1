//! The program itself, as far as it ends or speaks at its start.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// The program with these variables and no others, in a folder of its own.
fn program(folder: &tempfile::TempDir, vars: &[(&str, &str)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sixpin"));
    let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")];
    program.env_clear().envs(base).envs(vars.iter().copied());
    program.env("LISTEN", "127.0.0.1:0").env("DATA_DIR", folder.path()).current_dir(folder.path());
    program.stdin(Stdio::null()).stderr(Stdio::piped());
    program
}

/// Checks that the program doesn't start with these variables, and that it says these words.
#[track_caller]
pub(super) fn does_not_start(vars: &[(&str, &str)], words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(&folder, vars).spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(program.stderr.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
        said.push('\n');
        if said.contains("Sixpin listens on") {
            program.kill().unwrap();
        }
    }
    let status = program.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{vars:?}: {said}");
    assert!(said.contains(words), "{words:?} in {said}");
}

/// What the program says until it listens with these variables.
pub(super) fn says_at_start(vars: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program(&folder, vars).spawn().unwrap();
    let lines = BufReader::new(program.stderr.take().unwrap()).lines();
    let said: Vec<String> =
        lines.map(Result::unwrap).take_while(|line| !line.starts_with("Sixpin listens on")).collect();
    program.kill().unwrap();
    program.wait().unwrap();
    said.join("\n")
}

/// What the program prints when it is given these arguments, and its exit status.
pub(super) fn says(vars: &[(&str, &str)], arguments: &[&str]) -> (String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let output = program(&folder, vars).envs(vars.iter().copied()).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.code().unwrap())
}
