//! All test files, cut short and with changed bits: each copy has one clear error, or entries of which each is an account
//! or a named problem, and takes little time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use imports::{File, Import, MAX_ENTRIES, ReadError, read_among};
use serde_json::Value;

use crate::files::{own_files, samples};

/// Number of copies of a file, and of one that takes time.
const COPIES: u64 = 20;
const COSTLY_COPIES: u64 = 2;
/// Time from which a file takes time.
const COSTLY: Duration = Duration::from_millis(50);
/// Maximum time for a copy: what the costliest key derivation of a test file takes, on a busy machine.
const MAX_TIME: Duration = Duration::from_mins(1);

/// The numbers of `SplitMix64`, which are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// A test file, with what it takes to read it.
struct Sample {
    path: PathBuf,
    bytes: Vec<u8>,
    manifest: Vec<u8>,
    password: Option<String>,
}

impl Sample {
    fn load(path: PathBuf) -> Self {
        let expected = fs::read(path.with_added_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        Self {
            bytes: fs::read(&path).unwrap(),
            manifest: fs::read(path.with_file_name("manifest.json")).unwrap_or_default(),
            password: expected["password"].as_str().map(str::to_owned),
            path,
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<Import, ReadError> {
        let manifest = File { name: "manifest.json", bytes: &self.manifest };
        let file = File { name: self.path.to_str().unwrap(), bytes };
        read_among(file, &[manifest], self.password.as_deref())
    }
}

/// Checks a result: an error says what to do, and every problem names its entry.
fn check(path: &Path, outcome: &Result<Import, ReadError>) {
    match outcome {
        Ok(import) => {
            assert!(import.entries.len() <= MAX_ENTRIES);
            for rejected in import.entries.iter().filter_map(|entry| entry.as_ref().err()) {
                assert!(!rejected.name.is_empty() && !rejected.reason.to_string().is_empty(), "{}", path.display());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.code().is_empty()),
    }
}

#[test]
fn damaged_copies_of_all_files_have_a_clear_result() {
    let mut numbers = Numbers(2_024);
    // The keys of this crate's own files are cheap.
    let others = samples().into_iter().map(|path| Sample { password: None, ..Sample::load(path) });
    for sample in own_files().into_iter().map(Sample::load).chain(others) {
        let begin = Instant::now();
        let whole = sample.read(&sample.bytes);
        check(&sample.path, &whole);
        let copies = if begin.elapsed() > COSTLY { COSTLY_COPIES } else { COPIES };
        for number in 0..copies {
            let mut copy = sample.bytes.clone();
            if number % 2 == 0 {
                copy.truncate(numbers.below(copy.len()));
            } else {
                for _ in 0..=numbers.below(3) {
                    let place = numbers.below(copy.len());
                    copy.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << (number % 8));
                }
            }
            let begin = Instant::now();
            let outcome = sample.read(&copy);
            assert!(begin.elapsed() < MAX_TIME, "{}: copy {number}", sample.path.display());
            check(&sample.path, &outcome);
        }
    }
}
