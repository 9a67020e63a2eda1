//! What a proxy signs: `AUTH_PROXY_JWT_*`.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use url::Url;

use super::header;
use super::preset::{Given, PLAIN_ASSERTION, Preset};
use crate::auth::proxy::header::{Header, Notation};
use crate::auth::proxy::keys::KeySet;
use crate::config::outgoing::is_here;
use crate::config::vars::Vars;

/// All of them: one of them is enough to say that signed assertions are meant.
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

/// Which signed assertions (JWT, RFC 7519) are believed, and what they tell.
#[derive(Debug, Clone)]
pub struct AssertionConfig {
    /// Carries it.
    pub header: Header,
    /// Whose signature counts.
    pub keys: KeySource,
    /// Who must have issued it: the claim `iss`.
    pub issuer: String,
    /// For whom it must have been issued: one of them is in the claim `aud`.
    pub audiences: Vec<String>,
    /// How it may be signed. None of them has a secret that Sixpin would share.
    pub algorithms: Vec<Algorithm>,
    /// Names the person.
    pub user: Claim,
    /// Gives an identifier that stays when the name changes.
    pub id: Option<Claim>,
    /// Gives the e-mail address.
    pub email: Option<Claim>,
    /// Gives a name to show.
    pub name: Option<Claim>,
    /// Gives the groups of the person.
    pub groups: Option<Claim>,
    /// How far the clocks may differ.
    pub leeway: SignedDuration,
    /// For how long an assertion may be good, from its issue to its end.
    pub max_lifetime: SignedDuration,
}

/// A claim of an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The variable that names it.
    pub variable: &'static str,
    /// Its name.
    pub name: String,
}

/// Where the keys are.
#[derive(Clone)]
pub enum KeySource {
    /// At an address, as a JSON Web Key set (RFC 7517).
    Url(Url),
    /// In a file that was read at the start.
    File {
        /// Which.
        path: String,
        /// What is in it.
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

/// Whether assertions are meant to say who somebody is.
pub(super) fn is_meant(vars: &mut Vars, preset: &Preset) -> bool {
    // Each is asked for, so that each is known.
    let given = VARIABLES.iter().filter(|name| vars.text(name).is_some()).count();
    given > 0 || preset.assertion.as_ref().is_some_and(|assertion| assertion.is_needed)
}

impl AssertionConfig {
    /// The configuration; `None` with a problem when the header can't be one.
    pub(super) fn read(vars: &mut Vars, preset: &Preset, notation: Notation) -> Option<Self> {
        let usual = preset.assertion.as_ref().unwrap_or(&PLAIN_ASSERTION);
        let mut missing = Vec::new();
        let usual_header = Some(usual.header).filter(|name| !name.is_empty());
        if usual_header.is_none() && vars.text("AUTH_PROXY_JWT_HEADER").is_none() {
            missing.push(("AUTH_PROXY_JWT_HEADER", "the header in which the proxy sends the assertion"));
        }
        let keys = key_source(vars, usual.keys, &mut missing);
        let issuer = own(vars, "AUTH_PROXY_JWT_ISS", usual.issuer, &mut missing);
        let audience = own(vars, "AUTH_PROXY_JWT_AUD", usual.audience, &mut missing);
        if !missing.is_empty() {
            vars.problem(incomplete(preset, &missing));
        }
        Some(Self {
            keys,
            issuer,
            audiences: audience.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
            algorithms: algorithms(vars, usual.algorithms),
            user: claim(vars, "AUTH_PROXY_JWT_CLAIM_USER", usual.claims.user)?,
            id: claim(vars, "AUTH_PROXY_JWT_CLAIM_ID", usual.claims.id),
            email: claim(vars, "AUTH_PROXY_JWT_CLAIM_EMAIL", usual.claims.email),
            name: claim(vars, "AUTH_PROXY_JWT_CLAIM_NAME", usual.claims.display),
            groups: claim(vars, "AUTH_PROXY_JWT_CLAIM_GROUPS", usual.claims.groups),
            leeway: seconds(vars, "AUTH_PROXY_JWT_LEEWAY", 60, 0..=300),
            max_lifetime: seconds(vars, "AUTH_PROXY_JWT_MAX_LIFETIME", 86_400, 60..=2_678_400),
            header: header(vars, "AUTH_PROXY_JWT_HEADER", usual_header.unwrap_or("Assertion"), notation)?,
        })
    }

    /// The names of the algorithms, in one text.
    pub fn algorithm_names(&self) -> String {
        let names: Vec<String> = self.algorithms.iter().map(|algorithm| format!("{algorithm:?}")).collect();
        names.join(", ")
    }
}

/// What is not set, each with what it is.
type Missing = Vec<(&'static str, &'static str)>;

fn incomplete(preset: &Preset, missing: &Missing) -> String {
    let wanted: Vec<String> = missing.iter().map(|(name, what)| format!("{name} ({what})")).collect();
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

/// What is everybody's own, as it was set.
fn own(vars: &mut Vars, name: &'static str, usual: Given, missing: &mut Missing) -> String {
    match (vars.text(name), usual) {
        (Some(text), _) => text,
        (None, Given::Same(text)) => text.to_owned(),
        (None, Given::Own(what)) => {
            missing.push((name, what));
            String::new()
        }
    }
}

fn claim(vars: &mut Vars, variable: &'static str, usual: Option<&str>) -> Option<Claim> {
    let name = vars.text(variable).or_else(|| usual.map(str::to_owned))?;
    Some(Claim { variable, name })
}

fn algorithms(vars: &mut Vars, usual: &[Algorithm]) -> Vec<Algorithm> {
    const NAME: &str = "AUTH_PROXY_JWT_ALGS";
    let names = vars.list(NAME);
    if names.is_empty() {
        return usual.to_vec();
    }
    let usable = |algorithm: &Algorithm| algorithm.family() != AlgorithmFamily::Hmac;
    let mut algorithms = Vec::new();
    for name in names {
        match name.parse::<Algorithm>().ok().filter(usable) {
            Some(algorithm) => algorithms.push(algorithm),
            None => vars.problem(format!(
                "{NAME}: {name:?} can't be used: take the one that the proxy signs with, out of RS256, RS384, RS512, \
                 PS256, PS384, PS512, ES256, ES384 and EdDSA, whose keys only the proxy has"
            )),
        }
    }
    algorithms
}

fn seconds(vars: &mut Vars, name: &str, default: i64, allowed: RangeInclusive<i64>) -> SignedDuration {
    let seconds = vars.parsed(name, default);
    if !allowed.contains(&seconds) {
        vars.problem(format!("{name}: {seconds} is not within {} and {} seconds", allowed.start(), allowed.end()));
    }
    SignedDuration::from_secs(seconds)
}

fn key_source(vars: &mut Vars, usual: Given, missing: &mut Missing) -> KeySource {
    const NAMES: [&str; 3] = ["AUTH_PROXY_JWT_JWKS_URL", "AUTH_PROXY_JWT_JWKS_FILE", "AUTH_PROXY_JWT_KEY_FILE"];
    let given: Vec<(&str, String)> = NAMES.iter().filter_map(|name| Some((*name, vars.text(name)?))).collect();
    let source = match (&given[..], usual) {
        ([], Given::Same(url)) => keys_at(url),
        ([], Given::Own(what)) => {
            missing.push((NAMES[0], what));
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

/// Whoever can answer for the address can sign for everybody, so it is asked over https, or on this very machine.
fn keys_at(text: &str) -> Result<KeySource, String> {
    const NAME: &str = "AUTH_PROXY_JWT_JWKS_URL";
    let url = Url::parse(text).map_err(|error| format!("{NAME} is not an address: {error}"))?;
    if !(url.scheme() == "https" && url.has_host() || url.scheme() == "http" && is_here(&url)) {
        return Err(format!(
            "{NAME} must start with https://, because whoever is asked for the keys decides who gets in; http:// goes for \
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
    let keys = keys.map_err(|problem| format!("{path} {problem}"))?;
    Ok(KeySource::File { path: path.to_owned(), keys })
}
