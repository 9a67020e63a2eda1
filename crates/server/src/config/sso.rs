//! Single sign-on: the providers at which people may prove who they are.

use std::fmt;
use std::path::PathBuf;

use url::{Host, Url};

use super::app::AppConfig;
use super::vars::Vars;

/// URL of GitHub's site.
const GITHUB: &str = "https://github.com";
/// URL of GitHub's API.
const GITHUB_API: &str = "https://api.github.com";
/// The variables that say where an OpenID provider is, one by one.
const ENDPOINTS: [&str; 3] = ["OPENID_AUTHORIZE_URL", "OPENID_TOKEN_URL", "OPENID_USERINFO_URL"];

/// The providers of this instance.
#[derive(Debug, Clone, Default)]
pub struct SsoConfig {
    /// The OpenID Connect provider.
    pub openid: Option<OpenIdConfig>,
    /// GitHub, or an installation of GitHub Enterprise.
    pub github: Option<GithubConfig>,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone)]
pub struct OpenIdConfig {
    /// The endpoints of the provider.
    pub location: Location,
    /// Our registration with the provider.
    pub registration: Registration,
    /// `OPENID_TOKEN_ENDPOINT_AUTH_METHOD`: how we authenticate; `None` to choose from the methods that the provider
    /// offers.
    pub auth_method: Option<AuthMethod>,
    /// `OPENID_HTTP_VERIFY_SSL_PEER`: the accepted certificates.
    pub certificates: Certificates,
}

/// The endpoints of an OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `OPENID_ISSUER`: the provider describes its endpoints (OpenID Connect Discovery 1.0). Kept as text, since a
    /// trailing slash counts.
    Issuer(String),
    /// 2FAuth's three variables.
    Endpoints(Box<Endpoints>),
}

/// The URLs of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `OPENID_AUTHORIZE_URL`: the page to which browsers are sent.
    pub authorize: Url,
    /// `OPENID_TOKEN_URL`: the endpoint that exchanges codes.
    pub token: Url,
    /// `OPENID_USERINFO_URL`: the endpoint that describes the user.
    pub userinfo: Url,
}

/// GitHub, or an installation of GitHub Enterprise.
#[derive(Debug, Clone)]
pub struct GithubConfig {
    /// Our registration with the provider.
    pub registration: Registration,
    /// `GITHUB_URL`: the page to which browsers are sent.
    pub site: Url,
    /// `GITHUB_API_URL`: the API that describes the user.
    pub api: Url,
}

/// Our registration with a provider.
#[derive(Clone)]
pub struct Registration {
    /// The client ID.
    pub id: String,
    /// The client secret.
    pub secret: String,
    /// The URL to which it returns browsers.
    pub callback: Url,
}

/// The client authentication at the token endpoint (OpenID Connect Core 1.0, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// `client_secret_basic`: in a header.
    Basic,
    /// `client_secret_post`: in the body, as 2FAuth does.
    Post,
}

/// The accepted certificates of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificates {
    /// Those that the system trusts.
    System,
    /// Also those of the authorities in this PEM file.
    AlsoFrom(PathBuf),
    /// Any: an attacker between us and the provider can then impersonate every user.
    Any,
}

impl SsoConfig {
    pub(super) fn read(vars: &mut Vars, app: &AppConfig) -> Self {
        Self { openid: openid(vars, app), github: github(vars, app) }
    }
}

fn openid(vars: &mut Vars, app: &AppConfig) -> Option<OpenIdConfig> {
    let registration = registration(vars, app, "openid");
    let issuer = vars.text("OPENID_ISSUER");
    let endpoints = ENDPOINTS.map(|name| web_address(vars, name));
    let certificates = certificates(vars);
    let auth_method = auth_method(vars);
    let location = match (issuer, endpoints) {
        (Some(issuer), _) => Location::Issuer(checked_issuer(vars, &issuer)?),
        (None, [Some(authorize), Some(token), Some(userinfo)]) => {
            Location::Endpoints(Box::new(Endpoints { authorize, token, userinfo }))
        }
        (None, [None, None, None]) => {
            if registration.is_some() {
                vars.warning(
                    "OPENID_CLIENT_ID is set, but not where the provider is: set OPENID_ISSUER, or OPENID_AUTHORIZE_URL, \
                     OPENID_TOKEN_URL and OPENID_USERINFO_URL",
                );
            }
            return None;
        }
        (None, _) => {
            vars.warning(format!(
                "single sign-on by OpenID needs all of {}, or OPENID_ISSUER alone",
                ENDPOINTS.join(", ")
            ));
            return None;
        }
    };
    let registration = registration?;
    let insecure = match &location {
        Location::Issuer(issuer) => Url::parse(issuer).is_ok_and(|issuer| is_insecure(&issuer)),
        Location::Endpoints(at) => [&at.authorize, &at.token, &at.userinfo].into_iter().any(is_insecure),
    };
    if insecure {
        vars.warning(
            "the OpenID provider is reached by http: an attacker between here and there can sign in as any user. Use https",
        );
    }
    if certificates == Certificates::Any {
        vars.warning(
            "OPENID_HTTP_VERIFY_SSL_PEER=false: an attacker between here and the OpenID provider can sign in as any user. Give \
             the path of the provider's CA instead",
        );
    }
    Some(OpenIdConfig { location, registration, auth_method, certificates })
}

fn github(vars: &mut Vars, app: &AppConfig) -> Option<GithubConfig> {
    let site = address_or(vars, "GITHUB_URL", GITHUB);
    let api = address_or(vars, "GITHUB_API_URL", GITHUB_API);
    Some(GithubConfig { registration: registration(vars, app, "github")?, site: site?, api: api? })
}

/// All of it, or none: half of it is worth a warning.
fn registration(vars: &mut Vars, app: &AppConfig, driver: &str) -> Option<Registration> {
    let provider = driver.to_uppercase();
    let (id_name, secret_name) = (format!("{provider}_CLIENT_ID"), format!("{provider}_CLIENT_SECRET"));
    let (id, secret) = (vars.text(&id_name), vars.secret(&secret_name));
    if id.is_none() && secret.is_none() {
        return None;
    }
    let missing = match (&id, &secret, &app.url) {
        (None, ..) => Some(&*id_name),
        (_, None, _) => Some(&*secret_name),
        (.., None) => Some("APP_URL"),
        _ => None,
    };
    if let Some(missing) = missing {
        vars.warning(format!("single sign-on at {driver} stays off until {missing} is set as well"));
    }
    let base = app.url.as_ref()?.as_str().trim_end_matches('/');
    let callback = Url::parse(&format!("{base}/socialite/callback/{driver}")).ok()?;
    Some(Registration { id: id?, secret: secret?, callback })
}

/// Whether requests to a URL can be read and changed on their way: http, unless it stays on this machine.
fn is_insecure(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_local
}

fn checked_issuer(vars: &mut Vars, text: &str) -> Option<String> {
    let issuer = text.strip_suffix("/.well-known/openid-configuration").unwrap_or(text);
    parsed(vars, "OPENID_ISSUER", issuer).map(|_| issuer.to_owned())
}

fn certificates(vars: &mut Vars) -> Certificates {
    let Some(text) = vars.text("OPENID_HTTP_VERIFY_SSL_PEER") else { return Certificates::System };
    match text.to_ascii_lowercase().as_str() {
        "true" | "(true)" | "1" => Certificates::System,
        "false" | "(false)" | "0" => Certificates::Any,
        _ => {
            let path = PathBuf::from(&text);
            if let Err(error) = std::fs::metadata(&path) {
                vars.problem(format!("OPENID_HTTP_VERIFY_SSL_PEER: {text} can't be read: {error}"));
            }
            Certificates::AlsoFrom(path)
        }
    }
}

fn auth_method(vars: &mut Vars) -> Option<AuthMethod> {
    let text = vars.text("OPENID_TOKEN_ENDPOINT_AUTH_METHOD")?;
    match text.as_str() {
        "client_secret_basic" => Some(AuthMethod::Basic),
        "client_secret_post" => Some(AuthMethod::Post),
        _ => {
            vars.problem(format!(
                "OPENID_TOKEN_ENDPOINT_AUTH_METHOD: {text:?} is neither client_secret_basic nor client_secret_post"
            ));
            None
        }
    }
}

fn address_or(vars: &mut Vars, name: &str, default: &str) -> Option<Url> {
    let text = vars.text(name).unwrap_or_else(|| default.to_owned());
    parsed(vars, name, &text)
}

fn web_address(vars: &mut Vars, name: &str) -> Option<Url> {
    let text = vars.text(name)?;
    parsed(vars, name, &text)
}

fn parsed(vars: &mut Vars, name: &str, text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        vars.problem(format!("{name}: {text:?} is not an http or https address such as https://login.example.org"));
    }
    url
}

/// Without the secret.
impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The effective setting in words, without secrets.
impl fmt::Display for SsoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let openid = self.openid.as_ref().map(|openid| match &openid.location {
            Location::Issuer(issuer) => issuer.clone(),
            Location::Endpoints(endpoints) => endpoints.authorize.to_string(),
        });
        let github = self.github.as_ref().map(|github| github.site.to_string());
        let all: Vec<String> = openid.into_iter().chain(github).collect();
        if all.is_empty() { f.write_str("none") } else { f.write_str(&all.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(given: &[(&str, &str)]) -> (SsoConfig, Vec<String>, Vec<String>) {
        let given = given.iter().chain(&[("APP_URL", "https://codes.example.org/2fa/")]);
        let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
        let app = AppConfig::read(&mut vars);
        let config = SsoConfig::read(&mut vars, &app);
        let (problems, warnings) = vars.into_findings();
        (config, problems, warnings)
    }

    const CLIENT: [(&str, &str); 2] = [("OPENID_CLIENT_ID", "sixpin"), ("OPENID_CLIENT_SECRET", "planted")];

    #[test]
    fn nothing_given_is_no_provider() {
        let (config, problems, warnings) = read(&[]);
        assert!(config.openid.is_none() && config.github.is_none() && problems.is_empty() && warnings.is_empty());
        assert_eq!(config.to_string(), "none");
    }

    #[test]
    fn an_issuer_or_three_addresses() {
        let issuer = ("OPENID_ISSUER", "https://id.example.org/realm/.well-known/openid-configuration");
        let (config, problems, _) = read(&[CLIENT[0], CLIENT[1], issuer]);
        assert!(problems.is_empty());
        let openid = config.openid.unwrap();
        assert_eq!(openid.location, Location::Issuer("https://id.example.org/realm".into()));
        let callback = "https://codes.example.org/2fa/socialite/callback/openid";
        assert_eq!(openid.registration.callback.as_str(), callback);

        let three = ENDPOINTS.map(|name| (name, "https://id.example.org/x"));
        let (config, problems, _) = read(&[CLIENT[0], CLIENT[1], three[0], three[1], three[2]]);
        assert!(problems.is_empty());
        assert!(matches!(config.openid.unwrap().location, Location::Endpoints(_)));
    }

    #[test]
    fn half_of_it_is_off_with_a_warning() {
        let issuer = ("OPENID_ISSUER", "https://id.example.org");
        for half in [vec![CLIENT[0], issuer], vec![CLIENT[1], issuer], vec![CLIENT[0], CLIENT[1]]] {
            let (config, problems, warnings) = read(&half);
            assert!(config.openid.is_none() && problems.is_empty() && !warnings.is_empty(), "{half:?}");
        }
        let one = ("OPENID_TOKEN_URL", "https://id.example.org/token");
        assert!(!read(&[CLIENT[0], CLIENT[1], one]).2.is_empty());
        assert!(!read(&[("GITHUB_CLIENT_SECRET", "x")]).2.is_empty());
    }

    #[test]
    fn what_can_t_be_meant_is_a_problem() {
        for (name, value) in [
            ("OPENID_ISSUER", "id.example.org"),
            ("OPENID_TOKEN_URL", "ftp://id.example.org"),
            ("OPENID_TOKEN_ENDPOINT_AUTH_METHOD", "none"),
            ("OPENID_HTTP_VERIFY_SSL_PEER", "/no/such/file.pem"),
            ("GITHUB_URL", "github"),
        ] {
            let (_, problems, _) = read(&[(name, value)]);
            assert!(problems.iter().any(|problem| problem.contains(name)), "{name}: {problems:?}");
        }
    }

    #[test]
    fn http_to_another_machine_is_worth_a_warning() {
        for (issuer, is_warned) in
            [("http://id.example.org", true), ("https://id.example.org", false), ("http://127.0.0.1:9000", false)]
        {
            let (_, _, warnings) = read(&[CLIENT[0], CLIENT[1], ("OPENID_ISSUER", issuer)]);
            assert_eq!(!warnings.is_empty(), is_warned, "{issuer}: {warnings:?}");
        }
    }

    #[test]
    fn the_secret_isn_t_shown() {
        let (config, ..) = read(&[CLIENT[0], CLIENT[1], ("OPENID_ISSUER", "https://id.example.org")]);
        assert!(!format!("{config} {config:?}").contains("planted"));
    }
}
