//! Headers of a trusted and of an untrusted peer, evaluated by the rules of an auth proxy: only a request with one good
//! header has an identity.

#![no_main]

use std::net::SocketAddr;
use std::sync::LazyLock;

use authproxy::{Admins, AuthProxy, Encoding, Header, KeySet, Peer, Settings, SharedSecret, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

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

/// Each encoding of values, with and without further settings.
static PROXIES: LazyLock<Vec<AuthProxy>> = LazyLock::new(|| {
    let plain =
        || Settings { trust: "127.0.0.2".parse().expect("a list"), user: header("Remote-User"), ..Settings::default() };
    let by_id = || Settings {
        id: header("Remote-Id"),
        email: header("Remote-Email"),
        display_name: header("Remote-Name"),
        groups: header("Remote-Groups"),
        admins: Some(Admins::new([], ["admins"])),
        lower_case_names: true,
        ..plain()
    };
    let secret = SharedSecret::new("X-Auth-Proxy-Secret".parse().expect("a header"), [SECRET]);
    let proven = Settings { secret: Some(secret), strip_prefix: Some("a:".to_owned()), ..plain() };
    let ignoring = Settings { ignore_aliases: true, ..plain() };
    let settings = [plain(), by_id(), proven, ignoring];
    let encoded = Encoding::ALL
        .iter()
        .flat_map(|encoding| settings.iter().map(|settings| Settings { encoding: *encoding, ..settings.clone() }));
    encoded.map(|settings| AuthProxy::new(settings).expect("good settings")).collect()
});

fn header(name: &str) -> Option<Header> {
    Some(name.parse().expect("a header"))
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
    let evaluate = |proxy: &AuthProxy, peer| proxy.evaluate(peer, &headers, &KeySet::EMPTY, NOW);
    for proxy in PROXIES.iter() {
        assert!(evaluate(proxy, peer("127.0.0.9:80")).is_err(), "an untrusted peer is believed");
        assert!(evaluate(proxy, None).is_err(), "an unknown peer is believed");
        let Ok(identity) = evaluate(proxy, peer("127.0.0.2:80")) else { continue };
        for (purpose, header) in proxy.settings().identity_headers() {
            assert_eq!(headers.get_all(header.name()).iter().count(), 1, "not exactly one header for {purpose}");
        }
        let aliases = proxy.aliases(&headers);
        assert!(proxy.settings().ignore_aliases || aliases.is_empty(), "accepted in spite of {aliases:?}");
        let length = identity.name.chars().count();
        assert!((1..=191).contains(&length), "a name of {length} characters");
        assert!(!identity.name.chars().any(char::is_control), "{:?}", identity.name);
        assert_eq!(identity.name.trim_matches([' ', '\t']), identity.name);
    }
});
