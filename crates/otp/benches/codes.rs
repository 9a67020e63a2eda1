//! Speed of what every request does: making codes and reading URIs. `cargo bench -p otp`.

use divan::{Bencher, black_box};
use otp::{Algorithm, OtpType, Otpauth, Parameters, Secret, hotp, steam, time_codes};

const NOW: u64 = 1_700_000_000;
const URI: &str =
    "otpauth://totp/service%3Aaccount?algorithm=sha256&digits=7&issuer=service&period=40&secret=A4GRFHVVRBGY7UIW";

fn main() {
    divan::main();
}

#[divan::bench(args = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512])]
fn hotp_code(algorithm: Algorithm) -> String {
    hotp(black_box(b"12345678901234567890"), algorithm, 6, black_box(1))
}

#[divan::bench]
fn steam_code() -> String {
    steam(black_box(b"12345678901234567890"), black_box(NOW))
}

#[divan::bench]
fn codes_of_an_account(bencher: Bencher) {
    let secret = Secret::from_text("A4GRFHVVRBGY7UIW");
    let parameters = Parameters::new(OtpType::Totp);
    bencher.bench_local(|| time_codes(black_box(&secret), &parameters, black_box(NOW), None));
}

#[divan::bench]
fn parse_uri() -> Option<Otpauth> {
    Otpauth::parse(black_box(URI)).ok()
}

#[divan::bench]
fn parse_any_uri() -> Option<Otpauth> {
    Otpauth::parse_any(black_box(URI)).ok()
}

#[divan::bench]
fn write_uri(bencher: Bencher) {
    let account = Otpauth::parse(URI).ok();
    bencher.bench_local(|| account.as_ref().and_then(|account| black_box(account).to_uri().ok()));
}

#[divan::bench]
fn parse_pasted_secret() -> Option<Secret> {
    Secret::parse(black_box("a4gr fhvv rbgy 7uiw")).ok()
}
