//! What well-known proxies send, as their documentation or source has it, and who that is.

use serde_json::{Value, json};

use super::issuer::{KeyServer, NOW, SigningKey};
use super::wire::Wire;
use super::{PROXY, STRANGER, is, is_admin, refused};
use crate::harness::Answer;

type Fields<'a> = &'a [(&'a str, &'a str)];

/// Behind one of these proxies, with further variables.
async fn behind(preset: &str, more: &[(&str, &str)]) -> Wire {
    Wire::start(&[&[("AUTH_PROXY_PRESET", preset)], more].concat()).await
}

/// Behind one of these proxies that signs.
struct Signed {
    key: SigningKey,
    wire: Wire,
    _server: KeyServer,
}

impl Signed {
    async fn by(preset: &str, key: SigningKey, issuer: &str, audience: &str, more: &[(&str, &str)]) -> Self {
        let server = KeyServer::with(&[&key]).await;
        let url = server.url();
        let own = [
            ("TRUSTED_PROXIES", ""),
            ("AUTH_PROXY_JWT_ISS", issuer),
            ("AUTH_PROXY_JWT_AUD", audience),
            ("AUTH_PROXY_JWT_JWKS_URL", &url),
        ];
        Self { key, wire: behind(preset, &[&own, more].concat()).await, _server: server }
    }

    async fn probe(&self, header: &str, claims: &Value, more: Fields<'_>) -> Answer {
        let token = self.key.sign(claims);
        self.wire.probe(STRANGER, &[&[(header, token.as_str())], more].concat()).await
    }
}

#[track_caller]
fn has(answer: &Answer, name: &str, email: &str) {
    is(answer, name);
    assert_eq!(answer.field("email"), email);
}

#[tokio::test]
async fn x_12_authentik() {
    let wire = behind("authentik", &[("AUTH_PROXY_ADMIN_GROUPS", "sixpin admins")]).await;
    let sent = |name: &'static str, uid: &'static str, groups: &'static str| {
        [
            ("X-authentik-username", name),
            ("X-authentik-groups", groups),
            ("X-authentik-email", "alice@example.org"),
            ("X-authentik-name", "Alice Ä."),
            ("X-authentik-uid", uid),
        ]
    };
    let alice = wire.probe(PROXY, &sent("alice", "u1", "a|b")).await;
    has(&alice, "alice", "alice@example.org");
    assert!(!is_admin(&alice));
    let renamed = wire.probe(PROXY, &sent("alice2", "u1", "a|sixpin admins")).await;
    has(&renamed, "alice2", "alice@example.org");
    assert_eq!((renamed.id(), is_admin(&renamed)), (alice.id(), true));
    refused(&wire.probe(PROXY, &sent("alice2", "u2", "a|b")).await, 403, "identity_conflict");
    refused(&wire.probe(PROXY, &[("X-authentik-username", "alice2")]).await, 407, "header_missing");
    let joined = wire.probe(PROXY, &sent("alice2", "u1", "a|b,sixpin admins")).await;
    assert!(!is_admin(&joined), "a comma is no separator");
}

#[tokio::test]
async fn x_21_lemonldap_ng() {
    let wire = behind("lemonldap", &[("AUTH_PROXY_ADMIN_GROUPS", "timelords")]).await;
    let sent = |groups: &'static str| {
        [("Auth-User", "dwho"), ("Auth-Mail", "dwho@badwolf.org"), ("Auth-Cn", "Doctor Who"), ("Auth-Groups", groups)]
    };
    let dwho = wire.probe(PROXY, &sent("users; timelords")).await;
    has(&dwho, "dwho", "dwho@badwolf.org");
    assert!(is_admin(&dwho));
    assert!(!is_admin(&wire.probe(PROXY, &sent("users; timelords of Gallifrey")).await));
    let alias = [&sent("users")[..], &[("AUTH_USER", "admin")]].concat();
    refused(&wire.probe(PROXY, &alias).await, 407, "header_alias");
}

#[tokio::test]
async fn x_22_mod_auth_openidc() {
    let wire = behind("mod-auth-openidc", &[("AUTH_PROXY_ADMIN_GROUPS", "admins")]).await;
    let sent = |name: &'static str, sub: &'static str| {
        [
            ("OIDC_CLAIM_preferred_username", name),
            ("OIDC_CLAIM_sub", sub),
            ("OIDC_CLAIM_email", "Ana@Example.org"),
            ("OIDC_CLAIM_email_verified", "1"),
            ("OIDC_CLAIM_groups", "users,admins"),
            ("OIDC_CLAIM_iss", "https://id.example.org"),
        ]
    };
    let ana = wire.probe(PROXY, &sent("ana", "24400320")).await;
    has(&ana, "ana", "ana@example.org");
    assert!(is_admin(&ana));
    let renamed = wire.probe(PROXY, &sent("anita", "24400320")).await;
    assert_eq!((renamed.id(), renamed.field("name")), (ana.id(), "anita".into()));
    let alias = [&sent("ana", "24400320")[..], &[("OIDC-CLAIM-sub", "1")]].concat();
    refused(&wire.probe(PROXY, &alias).await, 407, "header_alias");
}

#[tokio::test]
async fn x_13_oauth2_proxy() {
    let wire = behind("oauth2-proxy", &[("AUTH_PROXY_ADMIN_USERS", "1234,alice")]).await;
    let sent = |sub: &'static str, email: &'static str, name: &'static str| {
        let fields =
            [("X-Forwarded-User", sub), ("X-Forwarded-Email", email), ("X-Forwarded-Preferred-Username", name)];
        fields.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>()
    };
    let alice = wire.probe(PROXY, &sent("1234", "alice@example.org", "alice")).await;
    has(&alice, "alice", "alice@example.org");
    assert!(is_admin(&alice), "identifiers are what lists hold");
    let other = wire.probe(PROXY, &sent("5678", "alice@example.net", "alice")).await;
    has(&other, "alice (5678)", "alice@example.net");
    assert!(!is_admin(&other), "a name to show makes nobody an administrator");
    assert_ne!(other.id(), alice.id());
    has(&wire.probe(PROXY, &sent("9", "carol@example.org", "")).await, "carol@example.org", "carol@example.org");
    has(&wire.probe(PROXY, &sent("10", "", "")).await, "10", "10@remote");
    has(&wire.probe(PROXY, &sent("1234", "alice@example.org", "alice")).await, "alice", "alice@example.org");
    refused(&wire.probe(PROXY, &sent("", "alice@example.org", "alice")).await, 407, "header_missing");
    let nginx = wire
        .again_with(&[
            ("AUTH_PROXY_HEADER_FOR_ID", "X-Auth-Request-User"),
            ("AUTH_PROXY_HEADER_FOR_EMAIL", "X-Auth-Request-Email"),
            ("AUTH_PROXY_HEADER_FOR_NAME", "X-Auth-Request-Preferred-Username"),
        ])
        .await;
    let sent = [("X-Auth-Request-User", "1234"), ("X-Auth-Request-Email", "alice@example.org")];
    assert_eq!(nginx.probe(PROXY, &sent).await.id(), alice.id());
}

#[tokio::test]
async fn x_13_a_name_to_show_enters_no_account() {
    let wire = behind("oauth2-proxy", &[]).await;
    let root = wire.administrator("root").await;
    let sent = [("X-Forwarded-User", "666"), ("X-Forwarded-Preferred-Username", "root")];
    let answer = wire.probe(PROXY, &sent).await;
    is(&answer, "root (666)");
    assert!(answer.id() != root.id && !is_admin(&answer), "{answer}");
}

#[tokio::test]
async fn x_14_sandstorm() {
    let wire = behind("sandstorm", &[("AUTH_PROXY_ADMIN_GROUPS", "admin")]).await;
    let id = ("X-Sandstorm-User-Id", "0ba26e59c64ec75dedbc11679f267a40");
    let sent = |name: &'static str| {
        let more = ("X-Sandstorm-Preferred-Handle", "kurt");
        [id, ("X-Sandstorm-Username", name), more, ("X-Sandstorm-Permissions", "edit,admin")]
    };
    let kurt = wire.probe(PROXY, &sent("Kurt%20G%C3%B6del")).await;
    has(&kurt, "Kurt Gödel", "kurt gödel@remote");
    assert!(is_admin(&kurt));
    let renamed = wire.probe(PROXY, &sent("Kurt%20F.%20G%C3%B6del")).await;
    is(&renamed, "Kurt F. Gödel");
    assert_eq!(renamed.id(), kurt.id());
    is(&wire.probe(PROXY, &sent("%ZZ")).await, "0ba26e59c64ec75dedbc11679f267a40");
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn x_15_sandstorm_without_anybody() {
    let wire = behind("sandstorm", &[]).await;
    let anonymous = ("X-Sandstorm-Username", "Anonymous%20User");
    refused(&wire.probe(PROXY, &[anonymous]).await, 407, "header_missing");
    refused(&wire.probe(PROXY, &[anonymous, ("X-Sandstorm-User-Id", "")]).await, 407, "header_empty");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn x_16_sandstorm_with_two_people_of_one_name() {
    let wire = behind("sandstorm", &[]).await;
    let sent = |id: &'static str, name: &'static str| [("X-Sandstorm-User-Id", id), ("X-Sandstorm-Username", name)];
    let first = wire.probe(PROXY, &sent("aaaa", "Kurt")).await;
    let second = wire.probe(PROXY, &sent("bbbb", "Kurt")).await;
    is(&first, "Kurt");
    is(&second, "Kurt (bbbb)");
    assert_ne!(first.id(), second.id());
    is(&wire.probe(PROXY, &sent("cccc", "KURT")).await, "KURT (cccc)");
    // Somebody who takes the name that another would get only keeps it from them.
    is(&wire.probe(PROXY, &sent("dddd", "Kurt (eeee)")).await, "Kurt (eeee)");
    is(&wire.probe(PROXY, &sent("eeee", "Kurt")).await, "eeee");
    for (id, name) in [("aaaa", "Kurt"), ("bbbb", "Kurt (bbbb)"), ("eeee", "eeee")] {
        is(&wire.probe(PROXY, &sent(id, "Kurt")).await, name);
    }
    is(&wire.probe(PROXY, &sent("aaaa", "Kurt Friedrich")).await, "Kurt Friedrich");
    assert_eq!(wire.probe(PROXY, &sent("aaaa", "Kurt Friedrich")).await.id(), first.id());
    assert_eq!(wire.users().await, 5);
}

#[tokio::test]
async fn l_07_who_was_deleted_does_not_return_by_another_name() {
    let wire = behind("sandstorm", &[]).await;
    let sent = |id: &'static str, name: &'static str| [("X-Sandstorm-User-Id", id), ("X-Sandstorm-Username", name)];
    is(&wire.probe(PROXY, &sent("aaaa", "Root")).await, "Root");
    let kurt = wire.probe(PROXY, &sent("bbbb", "Kurt")).await;
    let line = format!("DELETE /api/v1/users/{}", kurt.id());
    let answer = wire.ask(PROXY, &line, &sent("aaaa", "Root")).await;
    assert_eq!(answer.status, 204, "{answer}");
    for name in ["Kurt", "Curt"] {
        refused(&wire.probe(PROXY, &sent("bbbb", name)).await, 403, "tombstoned");
    }
    is(&wire.probe(PROXY, &sent("cccc", "Kurt")).await, "Kurt");
}

#[tokio::test]
async fn x_17_tailscale() {
    let wire = behind("tailscale", &[]).await;
    let ferris = [
        ("Tailscale-User-Login", "ferris@example.org"),
        ("Tailscale-User-Name", "=?utf-8?q?Ferris_B=C3=BCller?="),
        ("Tailscale-User-Profile-Pic", "https://example.org/f.png"),
        ("Tailscale-Headers-Info", "https://tailscale.com/s/serve-headers"),
    ];
    is(&wire.probe(PROXY, &ferris).await, "ferris@example.org");
    let encoded = [("Tailscale-User-Login", "=?utf-8?q?b=C3=BC@example.org?=")];
    is(&wire.probe(PROXY, &encoded).await, "bü@example.org");
    refused(&wire.probe(PROXY, &[("Tailscale-Funnel-Request", "?1")]).await, 407, "header_missing");
}

#[tokio::test]
async fn x_18_google_iap() {
    const AUDIENCE: &str = "/projects/12345/global/backendServices/67890";
    let claims = |email: &str| {
        json!({
            "iss": "https://cloud.google.com/iap", "aud": AUDIENCE, "iat": NOW - 30, "exp": NOW + 570,
            "sub": "accounts.google.com:1133", "email": email, "hd": "example.org",
        })
    };
    let header = "X-Goog-IAP-JWT-Assertion";
    let key = SigningKey::ec("key");
    let signed = Signed::by("google-iap", key, "", AUDIENCE, &[]).await;
    let plain = [("X-Goog-Authenticated-User-Email", "accounts.google.com:alice@example.org")];
    let alice = signed.probe(header, &claims("alice@example.org"), &plain).await;
    has(&alice, "alice@example.org", "alice@example.org");
    let moved = signed.probe(header, &claims("a.b@example.org"), &plain).await;
    has(&moved, "a.b@example.org", "a.b@example.org");
    assert_eq!(moved.id(), alice.id(), "the subject stays");
    refused(&signed.wire.probe(PROXY, &plain).await, 407, "header_missing");

    let names = [
        ("AUTH_PROXY_HEADER_FOR_USER", "X-Goog-Authenticated-User-Email"),
        ("AUTH_PROXY_HEADER_FOR_ID", "X-Goog-Authenticated-User-Id"),
    ];
    let signed = Signed::by("google-iap", SigningKey::ec("key"), "", AUDIENCE, &names).await;
    let sent = |email: &'static str, id: &'static str| {
        [("X-Goog-Authenticated-User-Email", email), ("X-Goog-Authenticated-User-Id", id)]
    };
    let good = sent("accounts.google.com:alice@example.org", "accounts.google.com:1133");
    is(&signed.probe(header, &claims("alice@example.org"), &good).await, "alice@example.org");
    for (fields, reason) in [
        (sent("accounts.google.com:bob@example.org", "accounts.google.com:1133"), "proof_mismatch"),
        (sent("accounts.google.com:alice@example.org", "accounts.google.com:1134"), "proof_mismatch"),
        (sent("alice@example.org", "accounts.google.com:1133"), "header_prefix"),
    ] {
        refused(&signed.probe(header, &claims("alice@example.org"), &fields).await, 407, reason);
    }
}

#[tokio::test]
async fn x_19_pomerium() {
    let host = "codes.example.org";
    let admins = [("AUTH_PROXY_ADMIN_GROUPS", "admins")];
    let signed = Signed::by("pomerium", SigningKey::ec("p"), host, host, &admins).await;
    let claims = json!({
        "iss": host, "aud": host, "iat": NOW, "exp": NOW + 300, "jti": "x", "sub": "google|1133", "user": "google|1133",
        "email": "alice@example.org", "name": "Alice", "groups": ["admins"], "sid": "session",
    });
    let unsigned = [("X-Pomerium-Claim-Email", "bob@example.org"), ("X-Pomerium-Claim-Groups", "x")];
    let answer = signed.probe("X-Pomerium-Jwt-Assertion", &claims, &unsigned).await;
    has(&answer, "alice@example.org", "alice@example.org");
    assert!(is_admin(&answer));
    let rsa = SigningKey::rsa("p").sign(&claims);
    let answer = signed.wire.probe(PROXY, &[("X-Pomerium-Jwt-Assertion", rsa)]).await;
    refused(&answer, 403, "proof_invalid");
}

#[tokio::test]
async fn x_19_teleport() {
    let (cluster, app) = ("teleport.example.org", "https://codes.teleport.example.org:443");
    for key in [SigningKey::rsa("t"), SigningKey::ec("t")] {
        let signed = Signed::by("teleport", key, cluster, app, &[]).await;
        let claims = json!({
            "iss": cluster, "aud": [app], "iat": NOW, "nbf": NOW, "exp": NOW + 36_000, "sub": "alice",
            "username": "alice", "roles": ["access"], "traits": { "email": ["alice@example.org"] },
        });
        has(&signed.probe("Teleport-Jwt-Assertion", &claims, &[]).await, "alice", "alice@remote");
    }
}

#[tokio::test]
async fn x_20_traefik_forward_auth() {
    let wire = behind("traefik-forward-auth", &[]).await;
    has(&wire.probe(PROXY, &[("X-Forwarded-User", "a@example.org")]).await, "a@example.org", "a@example.org");
    refused(&wire.probe(PROXY, &[("X_Forwarded_User", "a@example.org")]).await, 407, "header_alias");
}

#[tokio::test]
async fn authelia_keycloak_gatekeeper_caddy_security_and_vouch() {
    for (preset, group, sent, name, email) in [
        (
            "authelia",
            "admins",
            &[
                ("Remote-User", "alice"),
                ("Remote-Groups", "users,admins"),
                ("Remote-Name", "Alice"),
                ("Remote-Email", "alice@example.org"),
            ][..],
            "alice",
            "alice@example.org",
        ),
        (
            "keycloak-gatekeeper",
            "admins",
            &[
                ("X-Auth-Username", "alice"),
                ("X-Auth-Subject", "f5a1"),
                ("X-Auth-Email", "alice@example.org"),
                ("X-Auth-Groups", "users,admins"),
                ("X-Auth-Token", "a.b.c"),
            ],
            "alice",
            "alice@example.org",
        ),
        (
            "caddy-security",
            "authp/admin",
            &[
                ("X-Token-Subject", "alice"),
                ("X-Token-User-Name", "Alice A."),
                ("X-Token-User-Email", "alice@example.org"),
                ("X-Token-User-Roles", "authp/user authp/admin"),
            ],
            "alice",
            "alice@example.org",
        ),
    ] {
        let wire = behind(preset, &[("AUTH_PROXY_ADMIN_GROUPS", group)]).await;
        let answer = wire.probe(PROXY, sent).await;
        has(&answer, name, email);
        assert!(is_admin(&answer), "{preset}");
        refused(&wire.probe(PROXY, &sent[1..]).await, 407, "header_missing");
    }
    let wire = behind("vouch", &[]).await;
    is(&wire.probe(PROXY, &[("X-Vouch-User", "alice@example.org")]).await, "alice@example.org");
}
