use std::collections::BTreeMap;

use http::HeaderMap;

use super::software::{Fix, Software};
use super::*;
use crate::config::vars::Vars;

fn config(vars: &[(&str, &str)]) -> Config {
    let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard")];
    let given: BTreeMap<_, _> =
        base.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::read(Vars::new(given)).unwrap()
}

fn codes(vars: &[(&str, &str)]) -> Vec<&'static str> {
    advice(&config(vars)).into_iter().map(|advice| advice.code).collect()
}

/// A set-up without a trap.
const GOOD: [(&str, &str); 5] = [
    ("TRUSTED_PROXIES", "10.0.0.7"),
    ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User"),
    ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email"),
    ("AUTH_PROXY_HEADER_FOR_ID", "Remote-Id"),
    ("PROXY_LOGOUT_URL", "https://auth.example.org/logout"),
];

#[test]
fn a_good_set_up_has_no_trap() {
    assert_eq!(advice(&config(&GOOD)), []);
    assert_eq!(advice(&config(&[("AUTHENTICATION_GUARD", "web-guard")])), []);
}

#[test]
fn each_trap_is_told() {
    const SECRET: (&str, &str) = ("AUTH_PROXY_SECRET", "0123456789abcdef0123456789abcdef");
    const ANY: (&str, &str) = ("AUTH_PROXY_ALLOW_ANY_PEER", "true");
    for (vars, code) in [
        (&[("TRUSTED_PROXIES", "")][..], "nobody_trusted"),
        (&[("TRUSTED_PROXIES", "*"), ANY], "everybody_trusted"),
        (&[("TRUSTED_PROXIES", "172.16.0.0/12")], "network_trusted"),
        (&[("TRUSTED_PROXIES", "172.18.0.1")], "gateway_trusted"),
        (&[("TRUSTED_PROXIES", "127.0.0.1")], "loopback_trusted"),
        (&[("TRUSTED_PROXIES", "::1")], "loopback_trusted"),
        (&[("TRUSTED_PROXIES", "198.51.100.1")], "public_trusted"),
        (&[("TRUSTED_PROXIES", "unix:")], "socket_trusted"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER")], "cgi_name"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "")], "underscore_name"),
        (&[("AUTH_PROXY_ALIAS_POLICY", "ignore")], "aliases_ignored"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "Cf-Access-Authenticated-User-Email")], "unsigned_header"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "X-Goog-Authenticated-User-Email"), SECRET], "google_prefix"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "Tailscale-User-Login")], "tailscale_encoding"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "Tailscale-Login")], "tailscale_login"),
        (&[("AUTH_PROXY_HEADER_FOR_USER", "X-Forwarded-User")], "oauth2_proxy"),
        (&[("AUTH_PROXY_HEADER_FOR_ID", "")], "no_stable_id"),
        (&[("AUTH_PROXY_HEADER_FOR_EMAIL", "")], "no_email"),
        (&[("AUTH_PROXY_RECREATE_DELETED", "true")], "deleted_return"),
        (&[("PROXY_LOGOUT_URL", "")], "no_logout_url"),
        (&[("TRUSTED_PROXIES", ""), ("AUTH_PROXY_TRUSTED_PROXIES", "10.0.0.7")], "forwarded_ignored"),
    ] {
        let found = codes(&[&GOOD, vars].concat());
        assert!(found.contains(&code), "{vars:?}: {found:?}");
    }
    for trusted in ["172.16.0.0/12", "127.0.0.1", "*", "198.51.100.1"] {
        assert_eq!(codes(&[&GOOD[..], &[SECRET, ("TRUSTED_PROXIES", trusted)]].concat()), [""; 0], "with a proof");
    }
}

#[test]
fn what_it_comes_down_to_is_told_without_the_secret() {
    let vars = [
        ("TRUSTED_PROXIES", "10.0.0.7"),
        ("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER"),
        ("AUTH_PROXY_SECRET", "planted-secret-planted-secret-planted"),
        ("AUTH_PROXY_ADMIN_USERS", "bob,alice"),
    ];
    let all = resolved(&config(&vars));
    let of = |topic: &str| all.iter().find(|resolved| resolved.topic == topic).unwrap();
    assert_eq!(of("user").value.as_deref(), Some("Remote-User"));
    assert_eq!(of("user").written.as_deref(), Some("HTTP_REMOTE_USER"));
    assert_eq!(of("secret").value.as_deref(), Some("X-Auth-Proxy-Secret"));
    assert_eq!(of("administrators").value.as_deref(), Some("alice, bob"));
    assert_eq!(of("email").value, None);
    assert!(!format!("{all:?}").contains("planted"), "{all:?}");
}

#[test]
fn proxies_are_known_by_what_they_say() {
    let of = |name: &'static str, value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        Software::of_answer(&headers)
    };
    assert_eq!(of("server", "nginx/1.22.1"), [(Software::Nginx, Some("1.22.1".into()))]);
    assert_eq!(of("server", "Apache/2.4.71 (Debian)"), [(Software::Apache, Some("2.4.71".into()))]);
    assert_eq!(of("via", "1.1 Caddy"), [(Software::Caddy, None)]);
    assert_eq!(of("server", "hyper"), []);
    for software in Software::ALL {
        assert!(!software.trap().is_empty());
        let line = software.line(Fix::Replace, "Remote-User", "REMOTE_USER").unwrap();
        assert!(line.contains("Remote-User"), "{line}");
        assert!(software.line(Fix::DropSpellings, "Remote-User", "REMOTE_USER").is_some());
    }
}
