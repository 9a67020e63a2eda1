//! The catalogue of cases, as far as one request decides them.

mod proofs;
mod values;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::*;
use crate::header::Notation;
use crate::refusal::Source;
use crate::settings::Admins;
use crate::trust::TrustList;
use crate::value::Encoding;

const fn loopback(last: u8) -> Peer {
    Peer::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 40_000))
}

/// Time decides nothing about headers.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const TRUSTED: Option<Peer> = Some(loopback(2));
const UNTRUSTED: Option<Peer> = Some(loopback(9));

fn header(name: &str) -> Header {
    name.parse().unwrap()
}

/// Settings for a proxy at 127.0.0.2 that sends `REMOTE_USER`.
fn plain() -> Settings {
    Settings { trust: "127.0.0.2".parse().unwrap(), user: Some(header("REMOTE_USER")), ..Settings::default() }
}

/// The same for `Remote-User`.
fn remote_user() -> Settings {
    Settings { user: Some(header("Remote-User")), ..plain() }
}

fn proxy(settings: Settings) -> AuthProxy {
    AuthProxy::new(settings).unwrap()
}

fn headers<V: AsRef<[u8]>>(fields: &[(&str, V)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
    }
    headers
}

fn evaluate(proxy: &AuthProxy, peer: Option<Peer>, headers: &HeaderMap) -> Result<Identity, Refusal> {
    proxy.evaluate(peer, headers, &KeySet::EMPTY, NOW)
}

#[track_caller]
fn accepted(proxy: &AuthProxy, fields: &[(&str, &str)], name: &str) -> Identity {
    let identity = evaluate(proxy, TRUSTED, &headers(fields)).unwrap();
    assert_eq!(identity.name, name);
    identity
}

#[track_caller]
fn refused(proxy: &AuthProxy, fields: &[(&str, &str)], code: &str) -> Refusal {
    let refusal = evaluate(proxy, TRUSTED, &headers(fields)).unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal}");
    refusal
}

#[test]
fn s_01_s_03_the_header_decides_in_every_request() {
    let proxy = proxy(plain());
    accepted(&proxy, &[("REMOTE_USER", "john")], "john");
    let refusal = refused(&proxy, &[("Accept", "*/*"), ("X-Other", "secret value")], "header_missing");
    let seen = ["accept", "x-other"].map(HeaderName::from_static).to_vec();
    assert_eq!(refusal.reason, Reason::Missing { seen });
    assert_eq!(refusal.source, Some(Source::Header(Purpose::User, HeaderName::from_static("remote_user"))));
    assert_eq!(refusal.to_string(), "header_missing: the header remote_user (user) is missing");
    accepted(&proxy, &[("REMOTE_USER", "Any Value 42, é@x/y")], "Any Value 42, é@x/y");
}

#[test]
fn s_09_to_s_11_custom_names() {
    let custom = proxy(Settings { user: Some(header("2FAUTH-User")), ..plain() });
    accepted(&custom, &[("2FAUTH-User", "john")], "john");
    refused(&custom, &[("REMOTE_USER", "john")], "header_missing");
    let prefixed = proxy(Settings { user: Some(header("HTTP_2FAUTH-User")), ..plain() });
    accepted(&prefixed, &[("HTTP_2FAUTH-User", "john")], "john");
}

#[test]
fn s_12_to_s_16_the_email_header() {
    let email_header = Settings { email: Some(header("REMOTE_USER_EMAIL")), ..plain() };
    let with_email =
        proxy(Settings { deny_email_domains: ["remote".to_owned()].into_iter().collect(), ..email_header.clone() });
    let read_email = |more: &[(&str, &str)]| {
        let fields: Vec<_> = [("REMOTE_USER", "john")].iter().chain(more).copied().collect();
        accepted(&with_email, &fields, "john").email
    };
    let valid = |email: &str| Email::Valid(email.to_owned());
    assert_eq!(read_email(&[("REMOTE_USER_EMAIL", "John@Example.com")]), valid("john@example.com"));
    assert_eq!(read_email(&[]), Email::Unreadable(Reason::Missing { seen: Vec::new() }));
    assert_eq!(read_email(&[("REMOTE_USER_EMAIL", "")]), Email::Unreadable(Reason::Empty));
    let alias = HeaderName::from_static("remote-user-email");
    assert_eq!(
        read_email(&[("REMOTE-USER-EMAIL", "a@example.com")]),
        Email::Unreadable(Reason::Alias { alias, is_beside: false })
    );
    for bad in ["bad[at]email", "john@remote", "john@REMOTE", "a@x, b@x"] {
        assert_eq!(read_email(&[("REMOTE_USER_EMAIL", bad)]), Email::Invalid, "{bad}");
    }
    let twice = [("REMOTE_USER_EMAIL", "a@x.org"), ("REMOTE_USER_EMAIL", "a@x.org")];
    assert_eq!(read_email(&twice), Email::Unreadable(Reason::Duplicate));
    let both = [("REMOTE_USER_EMAIL", "a@x.org"), ("REMOTE-USER-EMAIL", "b@x.org")];
    assert_eq!(read_email(&both), valid("a@x.org"), "aliases of the e-mail header are never read");
    let remote = [("REMOTE_USER", "john"), ("REMOTE_USER_EMAIL", "john@remote")];
    assert_eq!(accepted(&proxy(email_header), &remote, "john").email, valid("john@remote"));
    assert_eq!(accepted(&proxy(plain()), &[("REMOTE_USER", "john")], "john").email, Email::NotConfigured);
}

#[test]
fn s_21_s_22_credentials_are_not_looked_at() {
    let proxy = proxy(plain());
    for credential in
        [("Authorization", "Bearer x"), ("Authorization", "Basic am9objo="), ("Cookie", "REMOTE_USER=john")]
    {
        refused(&proxy, &[credential], "header_missing");
        accepted(&proxy, &[credential, ("REMOTE_USER", "john")], "john");
    }
}

#[test]
fn s_23_s_24_only_trusted_peers() {
    let john = headers(&[("REMOTE_USER", "john")]);
    let refusal = evaluate(&proxy(plain()), UNTRUSTED, &john).unwrap_err();
    assert_eq!(refusal, Refusal { reason: Reason::UntrustedPeer(UNTRUSTED), source: None });
    assert_eq!(refusal.to_string(), "untrusted_peer: the peer 127.0.0.9 is not trusted");
    let closed = proxy(Settings { trust: TrustList::default(), ..plain() });
    for peer in [TRUSTED, Some(loopback(1)), None] {
        assert_eq!(evaluate(&closed, peer, &john).unwrap_err().reason, Reason::UntrustedPeer(peer));
    }
    let everyone = proxy(Settings { trust: "*".parse().unwrap(), allow_any_peer: true, ..plain() });
    assert!(evaluate(&everyone, UNTRUSTED, &john).is_ok());
    assert_eq!(evaluate(&everyone, None, &john).unwrap_err().code(), "untrusted_peer", "an unknown peer");
}

#[test]
fn t_08_to_t_10_no_header_makes_a_peer_trusted() {
    let proxy = proxy(plain());
    for (name, value) in [
        ("X-Forwarded-For", "127.0.0.2"),
        ("X-Real-IP", "127.0.0.2"),
        ("Forwarded", "for=127.0.0.2"),
        ("X-Forwarded-By", "127.0.0.2"),
        ("CF-Connecting-IP", "127.0.0.2"),
        ("True-Client-IP", "127.0.0.2"),
    ] {
        let fields = headers(&[("REMOTE_USER", "john"), (name, value)]);
        assert_eq!(evaluate(&proxy, UNTRUSTED, &fields).unwrap_err().code(), "untrusted_peer", "{name}");
    }
}

#[test]
fn t_17_to_t_19_unix_sockets() {
    let john = headers(&[("REMOTE_USER", "john")]);
    let socket = Some(Peer::Unix { uid: 101, gid: 101 });
    let trusting = |list: &str| proxy(Settings { trust: list.parse().unwrap(), ..plain() });
    assert!(evaluate(&trusting("unix:"), socket, &john).is_ok());
    for list in ["unix:uid=102", "127.0.0.1"] {
        assert!(evaluate(&trusting(list), socket, &john).is_err(), "{list}");
    }
}

#[test]
fn n_01_to_n_05_configured_names() {
    let remote_user = proxy(remote_user());
    accepted(&remote_user, &[("remote-user", "john")], "john");
    accepted(&remote_user, &[("REMOTE-USER", "john")], "john");
    let cgi = proxy(Settings { user: Some(header("HTTP_REMOTE_USER")), ..plain() });
    accepted(&cgi, &[("Remote-User", "john")], "john");
    refused(&cgi, &[("HTTP_REMOTE_USER", "john")], "header_alias");
    let literal = Header::parse("HTTP_REMOTE_USER", Notation::Wire).unwrap();
    let wire = proxy(Settings { user: Some(literal), ..plain() });
    accepted(&wire, &[("HTTP_REMOTE_USER", "john")], "john");
    let php = proxy(Settings { user: Some(header("HTTP_2FAUTH_USER")), ..plain() });
    accepted(&php, &[("2FAUTH-User", "john")], "john");
}

#[test]
fn n_06_a_refusal_has_the_name_that_came() {
    let refusal = refused(&proxy(plain()), &[("Remote-User", "john")], "header_alias");
    let alias = HeaderName::from_static("remote-user");
    assert_eq!(refusal.reason, Reason::Alias { alias, is_beside: false });
    assert_eq!(
        refusal.to_string(),
        "header_alias: the header remote_user (user) didn't come, but Remote-User, which could be taken for it"
    );
}

#[test]
fn n_07_to_n_10_aliases() {
    let reject = proxy(remote_user());
    let ignore = proxy(Settings { ignore_aliases: true, ..remote_user() });
    for alias in ["REMOTE_USER", "Remote.User", "Remote_User", "Remote~User", "HTTP_REMOTE_USER"] {
        let (alone, both) = ([(alias, "admin")], [("Remote-User", "john"), (alias, "admin")]);
        refused(&reject, &alone, "header_alias");
        refused(&reject, &both, "header_alias");
        refused(&ignore, &alone, "header_missing");
        accepted(&ignore, &both, "john");
    }
}

#[test]
fn n_11_to_n_13_exactly_one() {
    let proxy = proxy(remote_user());
    refused(&proxy, &[("Remote-User", "a"), ("Remote-User", "b")], "header_duplicate");
    refused(&proxy, &[("Remote-User", "a"), ("remote-user", "a")], "header_duplicate");
    refused(&proxy, &[("Remote-User", "a"), ("Remote-User", "b"), ("REMOTE_USER", "c")], "header_duplicate");
    accepted(&proxy, &[("Remote-User", "alice, admin")], "alice, admin");
}

#[test]
fn n_15_n_16_hop_by_hop() {
    let proxy = proxy(remote_user());
    for connection in ["close, Remote-User", "REMOTE_USER", "keep-alive ,\thttp_remote.user ,close"] {
        refused(&proxy, &[("Connection", connection), ("Remote-User", "john")], "header_hop_by_hop");
        refused(&proxy, &[("Connection", connection)], "header_missing");
    }
    let twice = [("Connection", "close"), ("Connection", "remote-user"), ("Remote-User", "john")];
    refused(&proxy, &twice, "header_hop_by_hop");
    accepted(&proxy, &[("Connection", "keep-alive, Upgrade"), ("Remote-User", "john")], "john");
}

#[test]
fn n_22_a_longer_name_is_no_alias() {
    let with_email = Settings { email: Some(header("REMOTE_USER_EMAIL")), ..plain() };
    accepted(&proxy(with_email), &[("REMOTE_USER", "john"), ("REMOTE_USER_EMAIL", "j@x.org")], "john");
}

#[test]
fn v_04_v_05_bytes_outside_of_utf8() {
    let latin1 = headers(&[("Remote-User", b"G\xF6del")]);
    let refusal = evaluate(&proxy(remote_user()), TRUSTED, &latin1).unwrap_err();
    assert_eq!(refusal.reason, Reason::Undecodable);
    let proxy = proxy(Settings { encoding: Encoding::Latin1, ..remote_user() });
    assert_eq!(evaluate(&proxy, TRUSTED, &latin1).unwrap().name, "Gödel");
}

#[test]
fn v_17_denied_names() {
    let denying = Settings { deny_users: ["guest", "Straße"].into_iter().collect(), ..remote_user() };
    let proxy = proxy(denying.clone());
    for name in ["guest", "GUEST", "STRASSE", "ｇｕｅｓｔ"] {
        assert_eq!(refused(&proxy, &[("Remote-User", name)], "header_sentinel").reason, Reason::Denied);
    }
    assert_eq!(refused(&proxy, &[("Remote-User", "null")], "header_sentinel").reason, Reason::Sentinel);
    accepted(&proxy, &[("Remote-User", "guests")], "guests");
}

#[test]
fn v_20_lower_case() {
    let proxy = proxy(Settings { lower_case_names: true, ..remote_user() });
    accepted(&proxy, &[("Remote-User", "JOHN Ölm")], "john ölm");
}

#[test]
fn v_22_other_blanks_are_refused() {
    refused(&proxy(remote_user()), &[("Remote-User", "admin\u{A0}")], "header_bad_char");
}

#[test]
fn v_24_prefixes() {
    let proxy = proxy(Settings {
        strip_prefix: Some("accounts.google.com:".to_owned()),
        email: Some(header("Remote-Email")),
        ..remote_user()
    });
    let fields = [("Remote-User", "accounts.google.com:a@x"), ("Remote-Email", "accounts.google.com:a@x")];
    assert_eq!(accepted(&proxy, &fields, "a@x").email, Email::Valid("a@x".to_owned()));
    for bad in ["a@x", "Accounts.google.com:a@x"] {
        refused(&proxy, &[("Remote-User", bad)], "header_prefix");
    }
    refused(&proxy, &[("Remote-User", "accounts.google.com:")], "header_empty");
    refused(&proxy, &[("Remote-User", "accounts.google.com: null")], "header_sentinel");
}

#[test]
fn l_09_l_11_the_subject_header() {
    let proxy = proxy(Settings {
        user: Some(header("X-authentik-username")),
        id: Some(header("X-authentik-uid")),
        display_name: Some(header("X-authentik-name")),
        ..plain()
    });
    let (user, id) = (("X-authentik-username", "alice"), ("X-authentik-uid", "u1"));
    let identity = accepted(&proxy, &[user, id, ("X-authentik-name", "Alice A.")], "alice");
    assert_eq!((identity.subject.as_deref(), identity.display_name.as_deref()), (Some("u1"), Some("Alice A.")));
    assert_eq!(accepted(&proxy, &[user, id], "alice").display_name, None);
    assert_eq!((identity.key(), identity.naming), ("u1", Naming::Unique));
    refused(&proxy, &[user], "header_missing");
    refused(&proxy, &[id], "header_missing");
    refused(&proxy, &[user, id, id], "header_duplicate");
    refused(&proxy, &[user, id, ("X_authentik_uid", "u2")], "header_alias");
    refused(&proxy, &[user, id, ("Connection", "X-Authentik-Uid")], "header_hop_by_hop");
    refused(&proxy, &[user, ("X-authentik-uid", "(null)")], "header_sentinel");
}

#[test]
fn x_13_x_16_an_identifier_without_unique_names() {
    let settings = Settings {
        user: None,
        id: Some(header("X-Id")),
        display_name: Some(header("X-Name")),
        email: Some(header("X-Email")),
        deny_users: ["u9"].into_iter().collect(),
        ..plain()
    };
    let proxy = proxy(settings);
    let (id, email) = (("X-Id", "u1"), ("X-Email", "kurt@example.org"));
    let identity = accepted(&proxy, &[id, email, ("X-Name", "Kurt")], "Kurt");
    assert_eq!((identity.key(), identity.naming), ("u1", Naming::Display));
    accepted(&proxy, &[id, email], "kurt@example.org");
    accepted(&proxy, &[id, email, ("X-Name", "anonymous")], "kurt@example.org");
    accepted(&proxy, &[id], "u1");
    let refusal = refused(&proxy, &[("X-Id", "u9"), ("X-Name", "Kurt")], "header_sentinel");
    assert_eq!(refusal.source, Some(Source::Header(Purpose::Id, HeaderName::from_static("x-id"))));
    refused(&proxy, &[("X-Name", "Kurt")], "header_missing");
}

#[test]
fn l_03_l_16_administrators_by_name_and_by_group() {
    let proxy = proxy(Settings {
        groups: Some(header("Remote-Groups")),
        admins: Some(Admins { separator: b'|', ..Admins::new(["alice"], ["admins"]) }),
        ..remote_user()
    });
    let is_admin = |name: &'static str, groups: &'static str| {
        accepted(&proxy, &[("Remote-User", name), ("Remote-Groups", groups)], name).is_admin
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
    assert_eq!(accepted(&proxy, &[bob], "bob").is_admin, Some(false));
    let admins = ("Remote-Groups", "admins");
    refused(&proxy, &[bob, admins, admins], "header_duplicate");
    refused(&proxy, &[bob, ("REMOTE_GROUPS", "admins")], "header_alias");
    refused(&proxy, &[bob, admins, ("Connection", "remote-groups")], "header_hop_by_hop");
    assert_eq!(accepted(&super::tests::proxy(remote_user()), &[bob, admins], "bob").is_admin, None);
}

#[test]
fn aliases_are_listed() {
    let proxy = proxy(remote_user());
    let fields = headers(&[("Remote_User", "a"), ("Remote-User", "a"), ("http_remote_user", "b"), ("Accept", "c")]);
    assert_eq!(proxy.aliases(&fields), ["remote_user", "http_remote_user"]);
}
