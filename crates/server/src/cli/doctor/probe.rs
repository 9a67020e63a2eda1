//! The requests that are sent, and what comes back.

use std::time::Duration;

use authproxy::header::title_case;
use authproxy::{Header, Purpose, Reason, Refusal, Settings};
use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use reqwest::redirect::Policy;
use serde_json::Value;
use url::Url;

use crate::error::{ProxyRefusal, REFUSAL_REASON};

/// Maximum time for an answer.
const WHOLE: Duration = Duration::from_secs(10);
/// Maximum size of an answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// A value that Sixpin refuses as a name, and says so: when it does, the client's header has come through. Nobody gets
/// an account by it.
const PLACEHOLDER: &str = "(null)";

/// The attempt that a request makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// To send the header that names people.
    Forged,
    /// To send another spelling of it.
    Spelling,
    /// To send another header that decides about rights.
    Rights,
    /// The same header, twice: two copies come through only where the proxy replaces none.
    Twice,
    /// To have the proxy drop its header.
    Dropped,
    /// A user name in `Authorization`, without a password.
    Password,
    /// To be a page of the address where users open the app.
    OwnPage,
}

/// The path of most requests.
const USER: &[&str] = &["api", "v1", "user"];
/// The path of the report for administrators.
const REPORT: &[&str] = &["system", "proxy"];

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    /// The attempt.
    pub(super) kind: Kind,
    /// The same in words.
    pub(super) what: String,
    /// The other spelling that it sends.
    pub(super) spelling: Option<String>,
    path: &'static [&'static str],
    signed_in: bool,
    fields: Vec<(HeaderName, HeaderValue)>,
}

impl Probe {
    fn new(kind: Kind, what: &str, signed_in: bool, fields: &[(&HeaderName, &str)]) -> Self {
        let who = if signed_in { "signed in" } else { "a stranger" };
        let value = |text: &str| HeaderValue::from_str(text).ok();
        let fields = fields.iter().filter_map(|(name, text)| Some(((*name).clone(), value(text)?))).collect();
        Self { kind, what: format!("{who}, {what}"), spelling: None, path: USER, signed_in, fields }
    }

    /// What a page of the address where users open the app asks for, over plain http: with `Origin` alone.
    pub(super) fn of_own_page(url: &Url, signed_in: bool) -> Self {
        let origin = url.origin().ascii_serialization();
        let what = format!("as a page of {origin} would");
        Self::new(Kind::OwnPage, &what, signed_in, &[(&header::ORIGIN, &origin)])
    }

    /// What the report for administrators says of the request.
    pub(super) fn report(signed_in: bool) -> Self {
        Self { path: REPORT, ..Self::new(Kind::Plain, "asking what arrived", signed_in, &[]) }
    }

    /// Nothing special.
    pub(super) fn plain(signed_in: bool) -> Self {
        Self::new(Kind::Plain, "without more", signed_in, &[])
    }

    /// The header that names people, as a client sends it.
    pub(super) fn forged(header: &Header, signed_in: bool) -> Self {
        let what = format!("sending {}: {PLACEHOLDER}", header.written());
        Self::new(Kind::Forged, &what, signed_in, &[(header.name(), PLACEHOLDER)])
    }

    /// Everything that is tried besides nothing: some twenty at most.
    pub(super) fn all(settings: &Settings, signed_in: bool) -> Vec<Self> {
        let Some((_, user)) = settings.naming_header() else { return Vec::new() };
        let mut probes = vec![Self::forged(user, signed_in)];
        probes.extend(spellings(user).into_iter().map(|name| {
            let what = format!("sending {}: {PLACEHOLDER}", title_case(&name));
            let probe = Self::new(Kind::Spelling, &what, signed_in, &[(&name, PLACEHOLDER)]);
            Self { spelling: Some(title_case(&name)), ..probe }
        }));
        if signed_in {
            let names: Vec<String> = settings.identity_headers().map(|(_, header)| header.written()).collect();
            let connection = format!("close, {}", names.join(", "));
            let what = format!("sending Connection: {connection}");
            probes.push(Self::new(Kind::Dropped, &what, true, &[(&header::CONNECTION, &connection)]));
            // A secret is no right, and a client can't know it.
            let others = settings.guarded_headers().filter(|(_, header)| header.name() != user.name());
            for (_, header) in others.filter(|(purpose, _)| *purpose != Purpose::Secret) {
                let field = (header.name(), PLACEHOLDER);
                let what = format!("sending {}: {PLACEHOLDER}", header.written());
                probes.push(Self::new(Kind::Rights, &what, true, &[field]));
                probes.push(Self::new(Kind::Twice, &format!("{what}, twice"), true, &[field, field]));
            }
        } else {
            let basic = format!("Basic {}", BASE64.encode(format!("{PLACEHOLDER}:").as_bytes()));
            let what = format!("as {PLACEHOLDER} by Authorization: Basic without a password");
            probes.push(Self::new(Kind::Password, &what, false, &[(&header::AUTHORIZATION, &basic)]));
        }
        probes
    }
}

/// Other spellings of a header: those that programs behind CGI-like interfaces take for it.
fn spellings(header: &Header) -> Vec<HeaderName> {
    let name = header.name().as_str();
    let with = |separator: &str| name.replace(['-', '_'], separator);
    let candidates = [with("_"), with("-"), with("."), format!("http_{}", with("_"))];
    let mut found: Vec<HeaderName> = candidates.iter().filter_map(|name| name.parse().ok()).collect();
    found.retain(|name| header.has_alias(name));
    found.dedup();
    found
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// Its status.
    pub(super) status: StatusCode,
    /// Why Sixpin refused it, if it was Sixpin.
    pub(super) refusal: Option<String>,
    /// The user for whom Sixpin answered.
    pub(super) name: Option<String>,
    /// Its headers.
    pub(super) headers: HeaderMap,
    /// The request as Sixpin saw it, if the answer is the report.
    pub(super) request: Value,
}

impl Answer {
    fn read(status: StatusCode, headers: HeaderMap, body: &[u8]) -> Self {
        let mut body: Value = serde_json::from_slice(body).unwrap_or_default();
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let told = headers.get(REFUSAL_REASON).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // A proxy may keep the header to itself.
        let by_message = || {
            let reasons = [Reason::UntrustedPeer(None), Reason::Missing { seen: Vec::new() }];
            let refusals = reasons.map(|reason| ProxyRefusal::from(Refusal { reason, source: None }));
            let found =
                refusals.iter().find(|refusal| refusal.status() == status && body["message"] == refusal.message());
            found.map(|refusal| refusal.code().to_owned())
        };
        let refusal = told.or_else(|| word(&body["reason"])).or_else(by_message);
        let name = word(&body["name"]).filter(|_| status == StatusCode::OK && body["authenticated_by_proxy"] == true);
        let request = body.get_mut("request").map(Value::take).unwrap_or_default();
        Self { status, refusal, name, headers, request }
    }

    /// Whether both came to the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.status, &self.refusal, &self.name) == (other.status, &other.refusal, &other.name)
    }
}

/// Sends probes.
pub(super) struct Client {
    client: reqwest::Client,
    sign_in: HeaderMap,
}

impl Client {
    /// A client that signs in with cookies and headers, or not at all.
    pub(super) fn new(cookie: Option<&str>, headers: &[String]) -> Result<Self, String> {
        let mut sign_in = HeaderMap::new();
        if let Some(cookie) = cookie {
            let cookie = HeaderValue::from_str(cookie).map_err(|_| "--cookie: it can't be sent as a header")?;
            sign_in.append(header::COOKIE, cookie);
        }
        for text in headers {
            let field = text.split_once(':').and_then(|(name, value)| {
                Some((name.trim().parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?))
            });
            let (name, value) = field.ok_or("--header: write it as 'Name: value'")?;
            sign_in.append(name, value);
        }
        // An earlier call has installed the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("sixpin-doctor/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            .timeout(WHOLE)
            .build()
            .map_err(|error| format!("no request can leave this machine: {error}"))?;
        Ok(Self { client, sign_in })
    }

    /// Whether there is anything to sign in with.
    pub(super) fn signs_in(&self) -> bool {
        !self.sign_in.is_empty()
    }

    /// Sends a probe to the server at `base`.
    pub(super) async fn send(&self, base: &Url, probe: &Probe) -> Result<Answer, String> {
        let mut url = base.clone();
        url.path_segments_mut()
            .map_err(|()| format!("{base} is no address of a server"))?
            .pop_if_empty()
            .extend(probe.path);
        let mut request = reqwest::Request::new(Method::GET, url);
        let headers = request.headers_mut();
        headers.append(header::ACCEPT, HeaderValue::from_static("application/json"));
        if probe.signed_in {
            headers.extend(self.sign_in.clone());
        }
        for (name, value) in &probe.fields {
            headers.append(name, value.clone());
        }
        let failed = |error: reqwest::Error| format!("{base} doesn't answer: {:#}", anyhow::Error::from(error));
        let mut answer = self.client.execute(request).await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST {
                break;
            }
        }
        Ok(Answer::read(answer.status(), std::mem::take(answer.headers_mut()), &body))
    }
}
