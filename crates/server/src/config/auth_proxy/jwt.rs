//! Signed assertions: `AUTH_PROXY_JWT_*`.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use authproxy::keys::KeySetFault;
use authproxy::preset::PresetValue;
use authproxy::{Algorithm, AssertionSettings, ClaimNames, KeySet, Notation, Preset};
use url::Url;

use super::preset::PLAIN_ASSERTION;
use super::words::read_header;
use crate::config::outgoing::is_here;
use crate::config::vars::Vars;

/// All variables of this section. Any of them turns signed assertions on.
const VARIABLES: [&str; 14] = [
    "AUTH_PROXY_JWT_HEADER",
    "AUTH_PROXY_JWT_JWKS_URL",
    "AUTH_PROXY_JWT_JWKS_FILE",
    "AUTH_PROXY_JWT_KEY_FILE",
    "AUTH_PROXY_JWT_ISS",
    "AUTH_PROXY_JWT_AUD",
    "AUTH_PROXY_JWT_ALGS",
    "AUTH_PROXY_JWT_CLAIM_USER",
    "AUTH_PROXY_JWT_CLAIM_ID",
    "AUTH_PROXY_JWT_CLAIM_EMAIL",
    "AUTH_PROXY_JWT_CLAIM_NAME",
    "AUTH_PROXY_JWT_CLAIM_GROUPS",
    "AUTH_PROXY_JWT_LEEWAY",
    "AUTH_PROXY_JWT_MAX_LIFETIME",
];

/// The source of the keys that confirm assertions.
#[derive(Clone)]
pub enum KeySource {
    /// The address of a JSON Web Key set (RFC 7517).
    Url(Url),
    /// A file that was read at the start.
    File {
        /// Its path.
        path: String,
        /// The keys in it.
        keys: KeySet,
    },
}

impl KeySource {
    const NONE: Self = Self::File { path: String::new(), keys: KeySet::EMPTY };
}

/// The address without what could be secret in it, or the file.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(f, "{}{}", url.origin().ascii_serialization(), url.path()),
            Self::File { path, .. } => f.write_str(path),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySource({self})")
    }
}

/// Whether users are identified by signed assertions.
pub(super) fn is_enabled(vars: &mut Vars, preset: &Preset) -> bool {
    // Each is asked for, so that each is known.
    let given = VARIABLES.iter().filter(|name| vars.text(name).is_some()).count();
    given > 0 || preset.assertion.as_ref().is_some_and(|assertion| assertion.is_required)
}

/// Reads the settings and the source of the keys; `None` with a problem when the header can't be used.
pub(super) fn read(vars: &mut Vars, preset: &Preset, notation: Notation) -> Option<(AssertionSettings, KeySource)> {
    let usual = preset.assertion.as_ref().unwrap_or(&PLAIN_ASSERTION);
    let mut missing = Vec::new();
    let usual_header = Some(usual.header).filter(|name| !name.is_empty());
    if usual_header.is_none() && vars.text("AUTH_PROXY_JWT_HEADER").is_none() {
        missing.push(("AUTH_PROXY_JWT_HEADER", "the header in which the proxy sends the assertion"));
    }
    let keys = read_key_source(vars, usual.keys, &mut missing);
    let issuer = read_own(vars, "AUTH_PROXY_JWT_ISS", usual.issuer, &mut missing);
    let audience = read_own(vars, "AUTH_PROXY_JWT_AUD", usual.audience, &mut missing);
    if !missing.is_empty() {
        vars.problem(incomplete(preset, &missing));
    }
    let algorithms = read_algorithms(vars, usual.algorithms);
    let mut read_claim = |name, usual: Option<&str>| vars.text(name).or_else(|| usual.map(str::to_owned));
    let claims = ClaimNames {
        user: read_claim("AUTH_PROXY_JWT_CLAIM_USER", usual.claims.user)?,
        id: read_claim("AUTH_PROXY_JWT_CLAIM_ID", usual.claims.id),
        email: read_claim("AUTH_PROXY_JWT_CLAIM_EMAIL", usual.claims.email),
        display_name: read_claim("AUTH_PROXY_JWT_CLAIM_NAME", usual.claims.display_name),
        groups: read_claim("AUTH_PROXY_JWT_CLAIM_GROUPS", usual.claims.groups),
    };
    let settings = AssertionSettings {
        issuer,
        audiences: audience.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
        algorithms,
        claims,
        leeway: read_seconds(vars, "AUTH_PROXY_JWT_LEEWAY", 60, 0..=300),
        max_lifetime: read_seconds(vars, "AUTH_PROXY_JWT_MAX_LIFETIME", 86_400, 60..=2_678_400),
        header: read_header(vars, "AUTH_PROXY_JWT_HEADER", Some(usual_header.unwrap_or("Assertion")), notation)?,
    };
    Some((settings, keys))
}

/// Returns why keys can't be read, to follow the name of their file or address.
pub fn describe_keys_fault(fault: &KeySetFault) -> String {
    match fault {
        KeySetFault::NotASet(error) => format!("is not a JSON Web Key set, {{\"keys\": […]}}: {error}"),
        KeySetFault::NoUsableKey => "has no key that can verify signatures: it takes a public RSA key of 2048 to 8192 \
                                     bits, an EC key on P-256 or P-384, or an Ed25519 key, with a `kid`"
            .to_owned(),
        KeySetFault::NotPem => "is not a text in PEM format".to_owned(),
        KeySetFault::PrivateKey => {
            "has a private key, which belongs to the proxy alone: put only the public one there, \
                                    made with `openssl pkey -in KEY -pubout`"
                .to_owned()
        }
        KeySetFault::NotAKey(label) => format!(
            "has a {label:?} where a public key is expected; `openssl x509 -in CERTIFICATE -noout -pubkey` takes it out of \
             a certificate"
        ),
        KeySetFault::UnusableKey => {
            "has a public key that can't be used: it takes RSA of 2048 to 8192 bits, EC on P-256 \
                                     or P-384, or Ed25519"
                .to_owned()
        }
        KeySetFault::NoKey => "has no public key in PEM format".to_owned(),
    }
}

/// Variables that are not set, each with its meaning.
type Missing = Vec<(&'static str, &'static str)>;

fn incomplete(preset: &Preset, missing: &Missing) -> String {
    let wanted: Vec<String> = missing.iter().map(|(name, meaning)| format!("{name} ({meaning})")).collect();
    let wanted = wanted.join(", ");
    if preset.assertion.is_some() {
        format!(
            "the assertions of AUTH_PROXY_PRESET={} can't be checked without your own {wanted}: set it",
            preset.name
        )
    } else {
        format!("signed assertions (AUTH_PROXY_JWT_…) can't be checked without {wanted}: set it")
    }
}

/// Reads a value that may differ between installations.
fn read_own(vars: &mut Vars, name: &'static str, usual: PresetValue, missing: &mut Missing) -> String {
    match (vars.text(name), usual) {
        (Some(text), _) => text,
        (None, PresetValue::Fixed(text)) => text.to_owned(),
        (None, PresetValue::Own(meaning)) => {
            missing.push((name, meaning));
            String::new()
        }
    }
}

fn read_algorithms(vars: &mut Vars, usual: &[Algorithm]) -> Vec<Algorithm> {
    const NAME: &str = "AUTH_PROXY_JWT_ALGS";
    let names = vars.list(NAME);
    if names.is_empty() {
        return usual.to_vec();
    }
    let mut algorithms = Vec::new();
    for name in names {
        match name.parse() {
            Ok(algorithm) => algorithms.push(algorithm),
            Err(_) => vars.problem(format!(
                "{NAME}: {name:?} can't be used: take the one that the proxy signs with, out of RS256, RS384, RS512, \
                 PS256, PS384, PS512, ES256, ES384 and EdDSA, whose keys only the proxy has"
            )),
        }
    }
    algorithms
}

fn read_seconds(vars: &mut Vars, name: &str, default: i64, allowed: RangeInclusive<i64>) -> Duration {
    let seconds = vars.parsed(name, default);
    if !allowed.contains(&seconds) {
        vars.problem(format!("{name}: {seconds} is not within {} and {} seconds", allowed.start(), allowed.end()));
    }
    Duration::from_secs(seconds.unsigned_abs())
}

fn read_key_source(vars: &mut Vars, usual: PresetValue, missing: &mut Missing) -> KeySource {
    const NAMES: [&str; 3] = ["AUTH_PROXY_JWT_JWKS_URL", "AUTH_PROXY_JWT_JWKS_FILE", "AUTH_PROXY_JWT_KEY_FILE"];
    let given: Vec<(&str, String)> = NAMES.iter().filter_map(|name| Some((*name, vars.text(name)?))).collect();
    let source = match (&given[..], usual) {
        ([], PresetValue::Fixed(url)) => keys_at(url),
        ([], PresetValue::Own(meaning)) => {
            missing.push((NAMES[0], meaning));
            return KeySource::NONE;
        }
        ([(name, text)], _) if *name == NAMES[0] => keys_at(text),
        ([(name, path)], _) => keys_in(path, *name == NAMES[1]).map_err(|problem| format!("{name}: {problem}")),
        _ => Err(format!("of {} only one can be set, so that it is clear whose keys count", NAMES.join(", "))),
    };
    source.unwrap_or_else(|problem| {
        vars.problem(problem);
        KeySource::NONE
    })
}

/// The server at the address decides which signatures count, so it is asked over https, or on this very machine.
fn keys_at(text: &str) -> Result<KeySource, String> {
    const NAME: &str = "AUTH_PROXY_JWT_JWKS_URL";
    let url = Url::parse(text).map_err(|error| format!("{NAME} is not an address: {error}"))?;
    if !(url.scheme() == "https" && url.has_host() || url.scheme() == "http" && is_here(&url)) {
        return Err(format!(
            "{NAME} must start with https://, because the source of the keys decides who can sign in; http:// goes for \
             this machine alone (http://127.0.0.1:…). Keys that are only to be had otherwise go into \
             AUTH_PROXY_JWT_JWKS_FILE"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{NAME} can't have a name or a password in it: keys are public"));
    }
    Ok(KeySource::Url(url))
}

fn keys_in(path: &str, is_set: bool) -> Result<KeySource, String> {
    let content = std::fs::read(path).map_err(|error| format!("{path} can't be read: {error}"))?;
    let keys = if is_set { KeySet::from_jwks(&content) } else { KeySet::from_pem(&content) };
    let keys = keys.map_err(|fault| format!("{path} {}", describe_keys_fault(&fault)))?;
    Ok(KeySource::File { path: path.to_owned(), keys })
}
