//! Headers of a trusted and of an untrusted peer, as an auth proxy's rules evaluate them: nobody is let in but whom one
//! good header names.

#![no_main]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sixpin::auth::proxy::AuthProxy;
use sixpin::auth::proxy::value::Encoding;
use sixpin::config::AuthProxyConfig;
use sixpin::config::trust::TrustList;
use sixpin::config::vars::Vars;
use sixpin::peer::Peer;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Names that are tried often. A line that begins with another byte has its own name.
const NAMES: [&str; 16] = [
    "remote-user",
    "remote_user",
    "remote.user",
    "http_remote_user",
    "remote-id",
    "remote_id",
    "remote-groups",
    "remote_groups",
    "remote-email",
    "remote-name",
    "x-auth-proxy-secret",
    "x_auth_proxy_secret",
    "connection",
    "authorization",
    "x-forwarded-for",
    "x-remote-user",
];

/// Each way to read values, with and without what can be asked for besides.
static PROXIES: LazyLock<Vec<AuthProxy>> = LazyLock::new(|| {
    let more = [
        &[][..],
        &[
            ("AUTH_PROXY_HEADER_FOR_ID", "Remote-Id"),
            ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email"),
            ("AUTH_PROXY_HEADER_FOR_NAME", "Remote-Name"),
            ("AUTH_PROXY_HEADER_FOR_GROUPS", "Remote-Groups"),
            ("AUTH_PROXY_ADMIN_GROUPS", "admins"),
            ("AUTH_PROXY_USERNAME_CASE", "lower"),
        ],
        &[("AUTH_PROXY_SECRET", "0123456789abcdef0123456789abcdef"), ("AUTH_PROXY_STRIP_PREFIX", "a:")],
        &[("AUTH_PROXY_ALIAS_POLICY", "ignore")],
    ];
    let configured = Encoding::ALL.iter().flat_map(|encoding| more.iter().map(move |more| (encoding, *more)));
    configured.map(|(encoding, more)| proxy(encoding.as_str(), more)).collect()
});

fn proxy(encoding: &str, more: &[(&str, &str)]) -> AuthProxy {
    let base = [
        ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
        ("TRUSTED_PROXIES", "127.0.0.2"),
        ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User"),
        ("AUTH_PROXY_VALUE_ENCODING", encoding),
    ];
    let given = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
    let trusted = TrustList::read(&mut vars, "TRUSTED_PROXIES");
    AuthProxy::new(AuthProxyConfig::read(&mut vars, &trusted).expect("a configuration"), None)
}

/// A header on each line: a number of a name, or a name and a colon; then the value.
fn headers(data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(32) {
        let Some((first, rest)) = line.split_first() else { continue };
        let known = NAMES.get(usize::from(*first)).map(|name| (name.as_bytes(), rest));
        let own = || line.iter().position(|byte| *byte == b':').map(|colon| (&line[..colon], &line[colon + 1..]));
        let Some((name, value)) = known.or_else(own) else { continue };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

fn peer(address: &str) -> Option<Peer> {
    address.parse::<SocketAddr>().ok().map(Peer::tcp)
}

fuzz_target!(|data: &[u8]| {
    let headers = headers(data);
    for proxy in PROXIES.iter() {
        assert!(proxy.evaluate(peer("127.0.0.9:80"), &headers, NOW).is_err(), "a stranger is let in");
        assert!(proxy.evaluate(None, &headers, NOW).is_err(), "nobody's connection lets somebody in");
        let Ok(identity) = proxy.evaluate(peer("127.0.0.2:80"), &headers, NOW) else { continue };
        for header in proxy.config().identity_headers() {
            assert_eq!(headers.get_all(&header.wire).iter().count(), 1, "not exactly one {}", header.wire);
        }
        let aliases = proxy.aliases(&headers);
        assert!(proxy.config().ignore_aliases || aliases.is_empty(), "let in in spite of {aliases:?}");
        let length = identity.name.chars().count();
        assert!((1..=191).contains(&length), "a name of {length} characters");
        assert!(!identity.name.chars().any(char::is_control), "{:?}", identity.name);
        assert_eq!(identity.name.trim_matches([' ', '\t']), identity.name);
    }
});
