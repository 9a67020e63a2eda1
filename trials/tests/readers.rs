//! What Sixpin exports makes the same codes in programs that others wrote.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use trials::checkout;
use trials::http::Request;
use trials::instance::{Instance, Server};
use trials::process;
use trials::tools::{OATHTOOL, PYOTP};

const ACCOUNTS: [&str; 6] = [
    "otpauth://totp/Acme:ana%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme",
    "otpauth://totp/AT%26T:ana?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK&issuer=AT%26T&digits=8&algorithm=SHA256&period=60",
    "otpauth://totp/B%C3%A4r%20100%25:%C3%A9?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK&issuer=B%C3%A4r%20100%25&algorithm=SHA512",
    "otpauth://totp/alone?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=7&period=45",
    "otpauth://hotp/Bank:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank&counter=41",
    "otpauth://hotp/Count:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Count",
];

/// Prints the name, the issuer and the code of a URI at a time, as JSON.
const PYOTP_SCRIPT: &str = "
import json, sys, pyotp
at, otp = int(sys.argv[1]), pyotp.parse_uri(sys.argv[2])
code = otp.at(at) if isinstance(otp, pyotp.TOTP) else otp.at(0)
print(json.dumps([otp.name, otp.issuer, code]))
";

/// A server with the accounts, and their export.
struct Setup {
    server: Server,
    instance: Instance,
    token: String,
    /// The exported URIs.
    uris: Vec<String>,
}

impl Setup {
    fn new() -> Result<Self> {
        let instance = Instance::new(checkout::debug_server()?)?;
        instance.add_administrator("admin", "admin@example.org")?;
        let token = instance.add_token("admin@example.org")?;
        let server = instance.serve()?;
        let mut setup = Self { server, instance, token: format!("Bearer {token}"), uris: Vec::new() };
        let added = setup.post("/api/v2/imports", &json!({ "text": ACCOUNTS.join("\n") }))?;
        ensure!(added["counts"]["added"] == ACCOUNTS.len(), "{added}");
        let file = setup.post("/api/v2/exports", &json!({ "format": "uris" }))?;
        let content = file["content"].as_str().context("no content")?;
        setup.uris = content.lines().map(str::to_owned).collect();
        ensure!(setup.uris.len() == ACCOUNTS.len(), "{file}");
        Ok(setup)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = Request::write(path, body).header("Authorization", &self.token).send(self.instance.address)?;
        ensure!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        Ok(answer.json())
    }

    fn get(&self, path: &str) -> Result<Value> {
        Ok(Request::read(path).header("Authorization", &self.token).send(self.instance.address)?.json())
    }

    /// Returns the accounts, each with the code that Sixpin makes for it and the time of that.
    fn codes(&self) -> Result<Vec<(Value, String, u64)>> {
        let accounts = self.get("/api/v1/twofaccounts")?;
        let with_code = |account: &Value| {
            let otp = self.get(&format!("/api/v1/twofaccounts/{}/otp", account["id"]))?;
            let code = otp["password"].as_str().context("no code")?.to_owned();
            Ok((account.clone(), code, otp["generated_at"].as_u64().unwrap_or_default()))
        };
        accounts.as_array().context("no accounts")?.iter().map(with_code).collect()
    }
}

#[test]
#[cfg_attr(not(installed = "oathtool"), ignore = "oathtool and pyotp are not installed")]
fn pyotp_reads_the_same_names_and_codes() -> Result<()> {
    let setup = Setup::new()?;
    let python = PYOTP.path()?;
    for ((account, code, at), uri) in setup.codes()?.into_iter().zip(&setup.uris) {
        // pyotp 2.6 decodes a URI before it splits it.
        if uri.contains("%26") || uri.contains("%25") {
            continue;
        }
        let read = process::output(Command::new(&python).args(["-c", PYOTP_SCRIPT, &at.to_string(), uri]))?;
        let read: Value = serde_json::from_str(&read)?;
        assert_eq!(read, json!([account["account"], account["service"], code]), "{uri}");
    }
    setup.server.check_no_panic()
}

#[test]
#[cfg_attr(not(installed = "oathtool"), ignore = "oathtool and pyotp are not installed")]
fn oathtool_makes_the_same_codes() -> Result<()> {
    let setup = Setup::new()?;
    let oathtool = OATHTOOL.path()?;
    for ((account, code, at), uri) in setup.codes()?.into_iter().zip(&setup.uris) {
        let parameter = |name: &str| {
            let mut pairs = uri.split(['?', '&']).filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        };
        let kind = match parameter("algorithm") {
            _ if account["otp_type"] == "hotp" => format!("--hotp=-c{}", parameter("counter").unwrap_or_default()),
            algorithm => format!("--totp={}", algorithm.unwrap_or("sha1".into()).to_lowercase()),
        };
        let mut arguments =
            vec!["--base32".to_owned(), format!("--digits={}", parameter("digits").unwrap_or("6".into()))];
        match kind.strip_prefix("--hotp=-c") {
            Some(counter) => arguments.extend(["--hotp".to_owned(), format!("--counter={counter}")]),
            None => arguments.extend([
                kind,
                format!("--now=@{at}"),
                format!("--time-step-size={}s", parameter("period").unwrap_or("30".into())),
            ]),
        }
        arguments.push(parameter("secret").unwrap_or_default());
        let made = process::output(Command::new(&oathtool).args(&arguments).env("TZ", "UTC"))?;
        assert_eq!(made.trim(), code, "{uri}");
    }
    setup.server.check_no_panic()
}
