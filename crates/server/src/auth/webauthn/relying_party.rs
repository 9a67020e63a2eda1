//! For which domain keys are made, and whose pages may use them.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use url::Url;

use super::refusal::Refusal;
use crate::app::App;
use crate::config::Config;
use crate::config::webauthn::is_within;
use crate::visitor::host::SentTo;

/// This instance as a key sees it, for one request.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// The domain for which keys are made (WebAuthn, "RP ID").
    pub id: String,
    /// The hosts whose pages are this instance's.
    hosts: Vec<String>,
    /// The page that sent the request, if the browser says so.
    page: Option<Url>,
}

impl RelyingParty {
    /// By `WEBAUTHN_ID`, else by `APP_URL`, else by the host that the request was sent to. That one is the client's
    /// word, but the browser holds keys to it: a key made for another host signs nothing for this one.
    pub fn of(config: &Config, parts: &Parts) -> Self {
        let sent_to = SentTo::from_parts(parts).url("http");
        // With `APP_URL`, only a host in `APP_HOSTS` counts: the request could come through a neighbour's domain.
        let listed = sent_to.as_ref().filter(|url| url.host_str().is_some_and(|host| config.app.is_further_host(host)));
        let own = listed.or(config.app.url.as_ref()).or(sent_to.as_ref());
        let mut hosts: Vec<String> = own.and_then(Url::host_str).map(str::to_owned).into_iter().collect();
        let id = config.webauthn.id.clone().or_else(|| hosts.first().cloned()).unwrap_or_else(|| "localhost".into());
        hosts.push(id.clone());
        let page = parts.headers.get(header::ORIGIN).and_then(|origin| Url::parse(origin.to_str().ok()?).ok());
        Self { id, hosts, page }
    }

    /// The same as it was when a key was made for it.
    pub(super) fn as_for(&self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self.clone() }
    }

    /// Refuses a page whose browser would not let it use the keys, before its user looks for one.
    ///
    /// # Errors
    /// [`Refusal::OtherHost`].
    pub fn check_page(&self, config: &Config) -> Result<(), Refusal> {
        match &self.page {
            Some(page) if !config.webauthn.origins.contains(page) => self.check_host(page),
            _ => Ok(()),
        }
    }

    /// Refuses an answer that comes from another page than this instance's. Pages on other hosts below the domain are
    /// refused too: they could ask a user for a signature in our place.
    ///
    /// compat 1.18: the port doesn't matter, and encryption not on localhost.
    pub(super) fn check_origin(&self, config: &Config, origin: &Url) -> Result<(), Refusal> {
        if config.webauthn.origins.contains(origin) {
            return Ok(());
        }
        let is_local = origin.host_str().is_some_and(|host| is_within(host, "localhost"));
        if origin.scheme() != "https" && !(origin.scheme() == "http" && is_local) {
            return Err(Refusal::InsecurePage);
        }
        self.check_host(origin)
    }

    fn check_host(&self, page: &Url) -> Result<(), Refusal> {
        let host = page.host_str().unwrap_or_default();
        if self.hosts.iter().any(|own| own == host) && is_within(host, &self.id) {
            return Ok(());
        }
        Err(Refusal::OtherHost { page: page.origin().ascii_serialization(), domain: self.id.clone() })
    }
}

impl FromRequestParts<App> for RelyingParty {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&app.config, parts))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::Request;

    use super::*;
    use crate::config::vars::Vars;

    fn config(given: &[(&str, &str)]) -> Config {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(Vars::new(given.collect::<BTreeMap<_, _>>())).unwrap()
    }

    #[track_caller]
    fn check(given: &[(&str, &str)], host: &str, id: &str, good: &[&str], bad: &[&str]) {
        let config = config(given);
        let sent_to = SentTo { hosts: vec![host.to_owned()], forwarded: None };
        let parts = Request::builder().extension(sent_to).body(()).unwrap().into_parts().0;
        let own = RelyingParty::of(&config, &parts);
        assert_eq!(own.id, id);
        for origin in good {
            assert!(own.check_origin(&config, &Url::parse(origin).unwrap()).is_ok(), "{origin} is good");
        }
        for origin in bad {
            assert!(own.check_origin(&config, &Url::parse(origin).unwrap()).is_err(), "{origin} is bad");
        }
    }

    #[test]
    fn without_settings_the_host_of_the_request_counts() {
        check(
            &[],
            "2fa.example.org:8443",
            "2fa.example.org",
            &["https://2fa.example.org", "https://2fa.example.org:8443"],
            &[
                "http://2fa.example.org",
                "https://example.org",
                "https://a.2fa.example.org",
                "https://x2fa.example.org",
                "https://2fa.example.org.evil.example",
                "https://evil.example",
                "data:text/html,x",
                "android:apk-key-hash:x",
            ],
        );
        check(&[], "localhost:8000", "localhost", &["http://localhost:8000"], &["http://127.0.0.1:8000"]);
        check(&[], "[::1]:8000", "[::1]", &["https://[::1]"], &["https://[::2]"]);
    }

    #[test]
    fn the_public_address_counts_before_the_host_of_the_request() {
        let url = ("APP_URL", "https://2fa.example.org/app");
        let (good, bad) = (["https://2fa.example.org"], ["https://127.0.0.1", "https://evil.example"]);
        check(&[url], "127.0.0.1:8000", "2fa.example.org", &good, &bad);
        check(&[url], "evil.example", "2fa.example.org", &good, &bad);
    }

    #[test]
    fn a_further_host_has_keys_of_its_own() {
        let vars = [("APP_URL", "https://2fa.example.org"), ("APP_HOSTS", "codes.example.net")];
        let bad = ["https://2fa.example.org", "https://evil.example"];
        check(&vars, "codes.example.net:8443", "codes.example.net", &["https://codes.example.net"], &bad);
    }

    #[test]
    fn a_domain_above_has_the_pages_of_our_hosts_alone() {
        let vars = [("APP_URL", "https://2fa.example.org"), ("WEBAUTHN_ID", "example.org")];
        let good = ["https://2fa.example.org", "https://example.org"];
        let bad = ["https://other.example.org", "https://third.example.org"];
        check(&vars, "other.example.org", "example.org", &good, &bad);
    }

    #[test]
    fn further_origins_are_taken_at_their_word() {
        let vars = [("WEBAUTHN_ORIGINS", "https://app.example.com,android:apk-key-hash:abc")];
        let good = ["https://app.example.com", "android:apk-key-hash:abc"];
        check(&vars, "a.example", "a.example", &good, &["https://app.example.com:8443", "android:apk-key-hash:abd"]);
    }
}
