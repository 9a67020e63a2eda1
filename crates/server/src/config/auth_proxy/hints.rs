//! Hints for the log: why a request was refused, with the variables to look at.

#[cfg(test)]
mod tests;

use authproxy::header::{list_names, title_case};
use authproxy::refusal::AssertionFault;
use authproxy::{Header, Purpose, Reason, Refusal, Source};
use http::HeaderName;

use super::AuthProxyConfig;
use super::variables::{header_variable, source_variable};

impl AuthProxyConfig {
    /// Returns a hint for the operator: names of headers and variables, never values. `keys_fault` is why there are no
    /// keys.
    pub fn hint(&self, refusal: &Refusal, keys_fault: &str) -> String {
        match (&refusal.reason, &refusal.source) {
            (Reason::UntrustedPeer(peer), _) => format!(
                "the peer {} is not trusted ({}); if it is the reverse proxy, add it to TRUSTED_PROXIES",
                peer.map_or("unknown".to_owned(), |peer| peer.to_string()),
                self.settings().trust
            ),
            (Reason::Secret(fault), _) => {
                format!("the secret in {} {fault}; compare it with AUTH_PROXY_SECRET", self.written(Purpose::Secret))
            }
            (Reason::Assertion(fault), _) => format!(
                "the assertion in {} {}",
                self.written(Purpose::Assertion),
                self.describe_assertion_fault(*fault, keys_fault)
            ),
            (Reason::Alias { alias, is_beside }, Some(Source::Header(purpose, _))) => {
                self.describe_alias(*purpose, alias, *is_beside)
            }
            (Reason::Denied, Some(source)) if is_id(source) => {
                "the identifier is one that AUTH_PROXY_DENY_USERS denies".to_owned()
            }
            (reason, Some(source)) => format!("{} {}", self.describe_source(source), describe_value(reason, source)),
            (_, None) => "no header is configured to name the person".to_owned(),
        }
    }

    /// Returns the name of a header as people write it.
    fn written(&self, purpose: Purpose) -> String {
        self.settings().header(purpose).map_or_else(String::new, Header::written)
    }

    fn describe_source(&self, source: &Source) -> String {
        let variable = source_variable(source);
        match source {
            Source::Header(purpose, name) => {
                let header = self.settings().header(*purpose).filter(|header| header.name() == name);
                format!("the header {} ({variable})", header.map_or_else(|| title_case(name), Header::written))
            }
            Source::Claim(_, name) => format!("the claim {name} ({variable})"),
        }
    }

    fn describe_alias(&self, purpose: Purpose, alias: &HeaderName, is_beside: bool) -> String {
        let (got, variable) = (title_case(alias), header_variable(purpose));
        let configured = self.settings().header(purpose).map_or("", Header::configured);
        let is_configurable = !alias.as_str().contains(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        let remedy = if is_beside {
            "both came; the proxy must drop the former, which clients can send".to_owned()
        } else if is_configurable {
            let notation =
                if self.needs_notation(purpose, alias) { " and AUTH_PROXY_HEADER_NOTATION=wire" } else { "" };
            format!("if the proxy sends it, set {variable}={got}{notation}; if clients can, the proxy must drop it")
        } else {
            "the proxy must drop it, because clients can send it".to_owned()
        };
        format!("got `{got}`, configured `{configured}` ({variable}); {remedy}")
    }

    /// Whether the name of a header, written in capitals, would be read as a CGI variable.
    fn needs_notation(&self, purpose: Purpose, name: &HeaderName) -> bool {
        let configured = self.settings().header(purpose);
        let is_cgi = configured.is_some_and(|header| !header.is_literal() && !header.configured().starts_with("HTTP_"));
        name.as_str().contains('_') && (is_cgi || name.as_str().starts_with("http_"))
    }

    fn describe_assertion_fault(&self, fault: AssertionFault, keys_fault: &str) -> String {
        let Some(assertion) = &self.settings().assertion else { return fault.to_string() };
        let keys = self.keys.as_ref().map_or_else(String::new, ToString::to_string);
        match fault {
            AssertionFault::Critical => "demands extensions (crit) that Sixpin doesn't know".to_owned(),
            AssertionFault::Algorithm => format!(
                "has an algorithm that is not allowed; AUTH_PROXY_JWT_ALGS allows {}",
                assertion.algorithm_names()
            ),
            AssertionFault::NoKeys => format!("can't be checked without keys from {keys}: {keys_fault}"),
            AssertionFault::UnknownKey => format!(
                "names a key (kid) that is not among those from {keys}, or none; they are asked for again once a minute at \
                 most"
            ),
            AssertionFault::Signature => format!(
                "has a signature that the key it names, from {keys}, doesn't confirm, or an algorithm that isn't that key's"
            ),
            AssertionFault::Issuer => format!("is not by the issuer (iss) AUTH_PROXY_JWT_ISS, {}", assertion.issuer),
            AssertionFault::Audience => {
                format!("is not for the audience (aud) AUTH_PROXY_JWT_AUD, {}", assertion.audiences.join(" or "))
            }
            AssertionFault::TooLong => format!(
                "is good for longer than {} seconds; let the proxy sign for a shorter time, or set \
                 AUTH_PROXY_JWT_MAX_LIFETIME",
                assertion.max_lifetime.as_secs()
            ),
            AssertionFault::UnverifiedEmail => {
                "names the person by an address that is not verified (email_verified)".to_owned()
            }
            other => other.to_string(),
        }
    }
}

fn is_id(source: &Source) -> bool {
    matches!(source, Source::Header(Purpose::Id, _) | Source::Claim(Purpose::Id, _))
}

/// Returns what is wrong with a header or a claim, to follow its name.
fn describe_value(reason: &Reason, source: &Source) -> String {
    match (reason, source) {
        (Reason::Missing { seen }, Source::Header(..)) => {
            format!("is missing; headers seen: {}", list_names(seen).join(", "))
        }
        (Reason::Missing { .. }, Source::Claim(..)) => "is missing: the proxy has authenticated no user".to_owned(),
        (Reason::Duplicate, _) => "came more than once; the proxy must replace what clients send".to_owned(),
        (Reason::HopByHop, _) => {
            "is named by the Connection header; the proxy must drop that header of clients".to_owned()
        }
        (Reason::Mismatch, _) => {
            "says something else than the signed assertion; the proxy must replace what clients send".to_owned()
        }
        (Reason::Empty, _) => "is empty: the proxy has authenticated no user".to_owned(),
        (Reason::Sentinel | Reason::Denied, _) => {
            "has a placeholder instead of a name, or a value that AUTH_PROXY_DENY_USERS denies".to_owned()
        }
        (Reason::Prefix, _) => "has a value without the prefix AUTH_PROXY_STRIP_PREFIX".to_owned(),
        (Reason::Suffix, _) => "has a value without the suffix AUTH_PROXY_STRIP_SUFFIX".to_owned(),
        (Reason::Undecodable, Source::Header(..)) => {
            "has a value that is not in the encoding AUTH_PROXY_VALUE_ENCODING".to_owned()
        }
        (Reason::Undecodable, Source::Claim(..)) => "is no text".to_owned(),
        (other, _) => other.to_string(),
    }
}
