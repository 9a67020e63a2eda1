//! The catalogue of black-box cases, as far as one request decides them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::config::trust::TrustList;
use crate::config::vars::Vars;

const EMAIL: (&str, &str) = ("AUTH_PROXY_HEADER_FOR_EMAIL", "REMOTE_USER_EMAIL");
const REMOTE_USER: (&str, &str) = ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User");

/// A proxy in front of 127.0.0.2 with these settings.
pub(crate) fn proxy(more: &[(&str, &str)]) -> AuthProxy {
    let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")];
    let given: BTreeMap<_, _> =
        base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut vars = Vars::new(given);
    let trusted_proxies = TrustList::read(&mut vars, "TRUSTED_PROXIES");
    let config = AuthProxyConfig::read(&mut vars, &trusted_proxies).unwrap();
    assert_eq!(vars.into_findings().0, [""; 0]);
    AuthProxy::new(config, None)
}

const fn loopback(last: u8) -> Peer {
    Peer::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 40_000))
}

/// Time decides nothing about headers.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const TRUSTED: Option<Peer> = Some(loopback(2));
const UNTRUSTED: Option<Peer> = Some(loopback(9));

fn headers<V: AsRef<[u8]>>(fields: &[(&str, V)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
    }
    headers
}

#[track_caller]
fn given(proxy: &AuthProxy, fields: &[(&str, &str)], name: &str) -> Identity {
    let identity = proxy.evaluate(TRUSTED, &headers(fields), NOW).unwrap();
    assert_eq!(identity.name, name);
    identity
}

#[track_caller]
fn refused(proxy: &AuthProxy, fields: &[(&str, &str)], reason: &str) -> Refusal {
    let refusal = proxy.evaluate(TRUSTED, &headers(fields), NOW).unwrap_err();
    assert_eq!(refusal.reason(), reason, "{refusal}");
    refusal
}

#[test]
fn s_01_s_03_the_header_decides_in_every_request() {
    let proxy = proxy(&[]);
    given(&proxy, &[("REMOTE_USER", "john")], "john");
    let refusal = refused(&proxy, &[("Accept", "*/*"), ("X-Other", "secret value")], "header_missing");
    assert_eq!((refusal.status().as_u16(), refusal.message()), (407, "Unauthenticated."));
    assert_eq!(
        refusal.to_string(),
        "header_missing: the header Remote_User (AUTH_PROXY_HEADER_FOR_USER) is missing; headers seen: Accept, X-Other"
    );
    given(&proxy, &[("REMOTE_USER", "Any Value 42, é@x/y")], "Any Value 42, é@x/y");
}

#[test]
fn s_09_to_s_11_custom_names() {
    let custom = proxy(&[("AUTH_PROXY_HEADER_FOR_USER", "2FAUTH-User")]);
    given(&custom, &[("2FAUTH-User", "john")], "john");
    refused(&custom, &[("REMOTE_USER", "john")], "header_missing");
    let prefixed = proxy(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_2FAUTH-User")]);
    given(&prefixed, &[("HTTP_2FAUTH-User", "john")], "john");
}

#[test]
fn s_12_to_s_16_the_email_header() {
    let with_email = proxy(&[EMAIL]);
    let claim = |more: &[(&str, &str)]| {
        let fields: Vec<_> = [("REMOTE_USER", "john")].iter().chain(more).copied().collect();
        given(&with_email, &fields, "john").email
    };
    assert_eq!(claim(&[("REMOTE_USER_EMAIL", "John@Example.com")]), EmailClaim::Given("john@example.com".to_owned()));
    assert_eq!(claim(&[]), EmailClaim::Unusable("header_missing"));
    assert_eq!(claim(&[("REMOTE_USER_EMAIL", "")]), EmailClaim::Unusable("header_empty"));
    assert_eq!(claim(&[("REMOTE-USER-EMAIL", "a@example.com")]), EmailClaim::Unusable("header_alias"));
    for bad in ["bad[at]email", "john@remote", "a@x, b@x"] {
        assert_eq!(claim(&[("REMOTE_USER_EMAIL", bad)]), EmailClaim::Unusable("not an e-mail address"), "{bad}");
    }
    let twice = [("REMOTE_USER_EMAIL", "a@x.org"), ("REMOTE_USER_EMAIL", "a@x.org")];
    assert_eq!(claim(&twice), EmailClaim::Unusable("header_duplicate"));
    let both = [("REMOTE_USER_EMAIL", "a@x.org"), ("REMOTE-USER-EMAIL", "b@x.org")];
    assert_eq!(claim(&both), EmailClaim::Given("a@x.org".to_owned()), "aliases of the e-mail header are never read");
    assert_eq!(given(&proxy(&[]), &[("REMOTE_USER", "john")], "john").email, EmailClaim::NotConfigured);
}

#[test]
fn s_21_s_22_credentials_are_not_looked_at() {
    let proxy = proxy(&[]);
    for credential in
        [("Authorization", "Bearer x"), ("Authorization", "Basic am9objo="), ("Cookie", "REMOTE_USER=john")]
    {
        refused(&proxy, &[credential], "header_missing");
        given(&proxy, &[credential, ("REMOTE_USER", "john")], "john");
    }
}

#[test]
fn s_23_s_24_only_trusted_peers() {
    let john = headers(&[("REMOTE_USER", "john")]);
    let refusal = proxy(&[]).evaluate(UNTRUSTED, &john, NOW).unwrap_err();
    assert_eq!((refusal.status().as_u16(), refusal.kind()), (403, Reason::UntrustedPeer));
    assert_eq!(refusal.message(), "Request does not come from a trusted proxy");
    assert!(refusal.hint().contains("127.0.0.9 is not trusted (127.0.0.2)"), "{refusal}");
    let closed = proxy(&[("TRUSTED_PROXIES", "")]);
    assert_eq!(closed.evaluate(TRUSTED, &john, NOW).unwrap_err().kind(), Reason::UntrustedPeer);
    assert_eq!(closed.evaluate(Some(loopback(1)), &john, NOW).unwrap_err().kind(), Reason::UntrustedPeer);
    let everybody = proxy(&[("TRUSTED_PROXIES", "*"), ("AUTH_PROXY_ALLOW_ANY_PEER", "true")]);
    assert_eq!(
        everybody.evaluate(None, &john, NOW).unwrap_err().kind(),
        Reason::UntrustedPeer,
        "an unknown peer is nobody's"
    );
}

#[test]
fn t_08_to_t_10_no_header_makes_a_peer_trusted() {
    let proxy = proxy(&[("PROXY_HEADER_FOR_IP", "X-Real-IP")]);
    for (name, value) in [
        ("X-Forwarded-For", "127.0.0.2"),
        ("X-Real-IP", "127.0.0.2"),
        ("Forwarded", "for=127.0.0.2"),
        ("X-Forwarded-By", "127.0.0.2"),
        ("CF-Connecting-IP", "127.0.0.2"),
        ("True-Client-IP", "127.0.0.2"),
    ] {
        let fields = headers(&[("REMOTE_USER", "john"), (name, value)]);
        assert_eq!(proxy.evaluate(UNTRUSTED, &fields, NOW).unwrap_err().kind(), Reason::UntrustedPeer, "{name}");
    }
}

#[test]
fn t_15_a_narrower_list_for_identity() {
    let proxy = proxy(&[("TRUSTED_PROXIES", "127.0.0.0/8"), ("AUTH_PROXY_TRUSTED_PROXIES", "127.0.0.2")]);
    let john = headers(&[("REMOTE_USER", "john")]);
    assert!(proxy.evaluate(TRUSTED, &john, NOW).is_ok());
    assert_eq!(proxy.evaluate(UNTRUSTED, &john, NOW).unwrap_err().kind(), Reason::UntrustedPeer);
}

#[test]
fn t_17_to_t_19_unix_sockets() {
    let john = headers(&[("REMOTE_USER", "john")]);
    let socket = Some(Peer::Unix { uid: 101, gid: 101 });
    assert!(proxy(&[("TRUSTED_PROXIES", "unix:")]).evaluate(socket, &john, NOW).is_ok());
    for list in ["unix:uid=102", "127.0.0.1"] {
        assert!(proxy(&[("TRUSTED_PROXIES", list)]).evaluate(socket, &john, NOW).is_err(), "{list}");
    }
}

#[test]
fn n_01_to_n_05_configured_names() {
    let remote_user = proxy(&[REMOTE_USER]);
    given(&remote_user, &[("remote-user", "john")], "john");
    given(&remote_user, &[("REMOTE-USER", "john")], "john");
    let cgi = proxy(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER")]);
    given(&cgi, &[("Remote-User", "john")], "john");
    refused(&cgi, &[("HTTP_REMOTE_USER", "john")], "header_alias");
    let wire = proxy(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER"), ("AUTH_PROXY_HEADER_NOTATION", "wire")]);
    given(&wire, &[("HTTP_REMOTE_USER", "john")], "john");
    let php = proxy(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_2FAUTH_USER")]);
    given(&php, &[("2FAUTH-User", "john")], "john");
}

#[test]
fn n_06_the_log_suggests_the_name_that_came() {
    let refusal = refused(&proxy(&[]), &[("Remote-User", "john")], "header_alias");
    assert_eq!(refusal.status().as_u16(), 407);
    assert!(
        refusal.hint().starts_with("got `Remote-User`, configured `REMOTE_USER`")
            && refusal.hint().contains("set AUTH_PROXY_HEADER_FOR_USER=Remote-User"),
        "{refusal}"
    );
    assert!(!refusal.to_string().contains("john"), "values are never shown");
}

#[test]
fn n_07_to_n_10_aliases() {
    let reject = proxy(&[REMOTE_USER]);
    let ignore = proxy(&[REMOTE_USER, ("AUTH_PROXY_ALIAS_POLICY", "ignore")]);
    for alias in ["REMOTE_USER", "Remote.User", "Remote_User", "Remote~User", "HTTP_REMOTE_USER"] {
        let (alone, both) = ([(alias, "admin")], [("Remote-User", "john"), (alias, "admin")]);
        refused(&reject, &alone, "header_alias");
        refused(&reject, &both, "header_alias");
        refused(&ignore, &alone, "header_missing");
        given(&ignore, &both, "john");
    }
}

#[test]
fn n_11_to_n_13_exactly_one() {
    let proxy = proxy(&[REMOTE_USER]);
    refused(&proxy, &[("Remote-User", "a"), ("Remote-User", "b")], "header_duplicate");
    refused(&proxy, &[("Remote-User", "a"), ("remote-user", "a")], "header_duplicate");
    refused(&proxy, &[("Remote-User", "a"), ("Remote-User", "b"), ("REMOTE_USER", "c")], "header_duplicate");
    given(&proxy, &[("Remote-User", "alice, admin")], "alice, admin");
}

#[test]
fn n_15_n_16_hop_by_hop() {
    let proxy = proxy(&[REMOTE_USER]);
    for connection in ["close, Remote-User", "REMOTE_USER", "keep-alive ,\thttp_remote.user ,close"] {
        refused(&proxy, &[("Connection", connection), ("Remote-User", "john")], "header_hop_by_hop");
        refused(&proxy, &[("Connection", connection)], "header_missing");
    }
    let twice = [("Connection", "close"), ("Connection", "remote-user"), ("Remote-User", "john")];
    refused(&proxy, &twice, "header_hop_by_hop");
    given(&proxy, &[("Connection", "keep-alive, Upgrade"), ("Remote-User", "john")], "john");
}

#[test]
fn n_22_a_longer_name_is_no_alias() {
    given(&proxy(&[EMAIL]), &[("REMOTE_USER", "john"), ("REMOTE_USER_EMAIL", "j@x.org")], "john");
}

#[test]
fn v_04_v_05_bytes_outside_of_utf8() {
    let latin1 = headers(&[("Remote-User", b"G\xF6del")]);
    let refusal = proxy(&[REMOTE_USER]).evaluate(TRUSTED, &latin1, NOW).unwrap_err();
    assert_eq!(refusal.kind(), Reason::Undecodable);
    let proxy = proxy(&[REMOTE_USER, ("AUTH_PROXY_VALUE_ENCODING", "latin1")]);
    assert_eq!(proxy.evaluate(TRUSTED, &latin1, NOW).unwrap().name, "Gödel");
}

#[test]
fn v_17_denied_names() {
    let proxy = proxy(&[REMOTE_USER, ("AUTH_PROXY_DENY_USERS", "guest, Straße")]);
    for name in ["guest", "GUEST", "STRASSE", "null", "ｇｕｅｓｔ"] {
        refused(&proxy, &[("Remote-User", name)], "header_sentinel");
    }
    given(&proxy, &[("Remote-User", "guests")], "guests");
}

#[test]
fn v_20_lower_case() {
    let proxy = proxy(&[REMOTE_USER, ("AUTH_PROXY_USERNAME_CASE", "lower")]);
    given(&proxy, &[("Remote-User", "JOHN Ölm")], "john ölm");
}

#[test]
fn v_22_name_keys_meet() {
    assert_eq!(name_key("ａdmin"), name_key("ADMIN"));
    assert_eq!(name_key("Straße"), name_key("STRASSE"));
    assert_eq!(name_key("Go\u{308}del"), name_key("GÖDEL"));
    assert_ne!(name_key("\u{430}dmin"), name_key("admin"), "v_21: scripts are not mixed up");
    refused(&proxy(&[REMOTE_USER]), &[("Remote-User", "admin\u{A0}")], "header_bad_char");
}

#[test]
fn v_24_prefixes() {
    let proxy = proxy(&[
        REMOTE_USER,
        ("AUTH_PROXY_STRIP_PREFIX", "accounts.google.com:"),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email"),
    ]);
    let fields = [("Remote-User", "accounts.google.com:a@x"), ("Remote-Email", "accounts.google.com:a@x")];
    assert_eq!(given(&proxy, &fields, "a@x").email, EmailClaim::Given("a@x".to_owned()));
    for bad in ["a@x", "Accounts.google.com:a@x"] {
        refused(&proxy, &[("Remote-User", bad)], "header_prefix");
    }
    refused(&proxy, &[("Remote-User", "accounts.google.com:")], "header_empty");
    refused(&proxy, &[("Remote-User", "accounts.google.com: null")], "header_sentinel");
}

#[test]
fn l_09_l_11_the_subject_header() {
    let proxy = proxy(&[
        ("AUTH_PROXY_HEADER_FOR_USER", "X-authentik-username"),
        ("AUTH_PROXY_HEADER_FOR_ID", "X-authentik-uid"),
        ("AUTH_PROXY_HEADER_FOR_NAME", "X-authentik-name"),
    ]);
    let (user, id) = (("X-authentik-username", "alice"), ("X-authentik-uid", "u1"));
    let identity = given(&proxy, &[user, id, ("X-authentik-name", "Alice A.")], "alice");
    assert_eq!((identity.subject.as_deref(), identity.display.as_deref()), (Some("u1"), Some("Alice A.")));
    assert_eq!(given(&proxy, &[user, id], "alice").display, None);
    refused(&proxy, &[user], "header_missing");
    refused(&proxy, &[id], "header_missing");
    refused(&proxy, &[user, id, id], "header_duplicate");
    refused(&proxy, &[user, id, ("X_authentik_uid", "u2")], "header_alias");
    refused(&proxy, &[user, id, ("Connection", "X-Authentik-Uid")], "header_hop_by_hop");
    refused(&proxy, &[user, ("X-authentik-uid", "(null)")], "header_sentinel");
}

#[test]
fn l_03_l_16_administrators_by_name_and_by_group() {
    let proxy = proxy(&[
        REMOTE_USER,
        ("AUTH_PROXY_ADMIN_USERS", "alice"),
        ("AUTH_PROXY_ADMIN_GROUPS", "admins"),
        ("AUTH_PROXY_HEADER_FOR_GROUPS", "Remote-Groups"),
        ("AUTH_PROXY_GROUPS_SEPARATOR", "|"),
    ]);
    let is_admin = |name: &'static str, groups: &'static str| {
        given(&proxy, &[("Remote-User", name), ("Remote-Groups", groups)], name).is_admin
    };
    for groups in ["admins", "a|admins", "admins|b", " a | admins | b "] {
        assert_eq!(is_admin("bob", groups), Some(true), "{groups}");
    }
    for groups in ["", "|", "superadmins", "admins2", "admins,x", "Admins", "a|b"] {
        assert_eq!(is_admin("bob", groups), Some(false), "{groups}");
        assert_eq!(is_admin("alice", groups), Some(true), "{groups}");
    }
    assert_eq!(is_admin("Alice", ""), Some(false));
    let bob = ("Remote-User", "bob");
    assert_eq!(given(&proxy, &[bob], "bob").is_admin, Some(false));
    let admins = ("Remote-Groups", "admins");
    refused(&proxy, &[bob, admins, admins], "header_duplicate");
    refused(&proxy, &[bob, ("REMOTE_GROUPS", "admins")], "header_alias");
    refused(&proxy, &[bob, admins, ("Connection", "remote-groups")], "header_hop_by_hop");
    assert_eq!(given(&super::tests::proxy(&[REMOTE_USER]), &[bob, admins], "bob").is_admin, None);
}

#[test]
fn j_01_to_j_04_the_shared_secret() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let mut john = vec![("REMOTE_USER", "john")];
    let proved = proxy(&[("AUTH_PROXY_SECRET", SECRET)]);
    let refusal = refused(&proved, &john, "proof_invalid");
    assert_eq!(refusal.message(), "Request does not come from a trusted proxy");
    for wrong in ["", "x", &SECRET[1..], &SECRET[..31], &format!("{SECRET}0")] {
        refused(&proved, &[john[0], ("X-Auth-Proxy-Secret", wrong)], "proof_invalid");
    }
    refused(&proved, &[john[0], ("X_Auth_Proxy_Secret", SECRET)], "proof_invalid");
    john.push(("X-Auth-Proxy-Secret", SECRET));
    given(&proved, &john, "john");
    refused(&proved, &[john[0], john[1], ("X_Auth_Proxy_Secret", SECRET)], "header_alias");
    let everywhere = proxy(&[("AUTH_PROXY_SECRET", SECRET), ("TRUSTED_PROXIES", "*")]);
    assert!(everywhere.evaluate(UNTRUSTED, &headers(&john), NOW).is_ok());
    assert!(everywhere.evaluate(UNTRUSTED, &headers(&john[..1]), NOW).is_err());
    let mut concealed = headers(&john);
    proved.conceal_proofs(&mut concealed);
    assert!(!concealed.contains_key("x-auth-proxy-secret") && concealed.contains_key("remote_user"));
    john.push(john[1]);
    refused(&proved, &john, "proof_invalid");
}

/// Headers as clients and proxies send them, with what they could be mixed up with.
fn field() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let name = prop::sample::select(vec![
        "remote-user",
        "remote-user",
        "remote-user",
        "remote_user",
        "remote.user",
        "http_remote_user",
        "http-http-remote~user",
        "x-remote-user",
        "remote-users",
        "remote",
        "connection",
        "authorization",
        "cookie",
        "x-forwarded-user",
        "accept",
    ]);
    let value = prop_oneof![
        4 => prop::sample::select(vec!["john", "admin", "Gödel", "a b", "alice, admin"]).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec!["", " ", "(null)", "{x}", "null", "a\tb", "a\u{200B}", "remote-user", "close, REMOTE_USER"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec((b' '..=b'~').prop_union(128..=255_u8), 0..6),
    ];
    (name, value)
}

/// Whether the fields hold exactly one good identity, told another way than the code tells it.
fn identity(fields: &[(&str, Vec<u8>)]) -> Option<String> {
    let fold = |name: &[u8]| {
        let name =
            String::from_utf8_lossy(name).to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        name.rsplit("http_").next().map(str::to_owned).unwrap_or_default()
    };
    let alike: Vec<_> = fields.iter().filter(|(name, _)| fold(name.as_bytes()) == "remote_user").collect();
    let [("remote-user", value)] = alike[..] else { return None };
    let is_dropped = fields.iter().any(|(name, value)| {
        *name == "connection"
            && value.split(|byte| *byte == b',').any(|token| fold(token.trim_ascii()) == "remote_user")
    });
    let text = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    let is_placeholder = ["", "-", "(null)", "null", "{x}", "a\tb", "a\u{200B}"].contains(&text);
    (!is_dropped && !is_placeholder).then(|| text.nfc().collect())
}

/// So many sets of headers.
const SETS: u32 = 100_000;

#[test]
fn o_05_without_exactly_one_good_identity_nobody_is_let_in() {
    let proxy = proxy(&[REMOTE_USER]);
    let config = ProptestConfig { cases: SETS, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (nobody, somebody) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&prop::collection::vec(field(), 0..6), |fields| {
        match (identity(&fields), proxy.evaluate(TRUSTED, &headers(&fields), NOW)) {
            (None, result) => {
                nobody.set(nobody.get() + 1);
                prop_assert!(result.is_err(), "{:?}", result);
            }
            // Random values may hold more that is refused; a name that is let in is the one that was sent.
            (Some(name), Ok(identity)) => {
                somebody.set(somebody.get() + 1);
                prop_assert_eq!(identity.name, name);
            }
            (Some(name), Err(refusal)) => {
                prop_assert!(
                    !["john", "admin", "Gödel", "a b", "alice, admin"].contains(&name.as_str()),
                    "{}",
                    refusal
                );
            }
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(nobody.get() > SETS / 2 && somebody.get() > SETS / 20, "{nobody:?} and {somebody:?}: both kinds are tried");
}
