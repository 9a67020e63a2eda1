//! Cloudflare Access as it signs assertions, with a key of the tests.

use serde_json::{Value, json};

use super::issuer::{KeyServer, NOW, SigningKey};
use super::wire::Wire;
use super::{STRANGER, is, refused};

/// The header with its assertion.
pub(super) const HEADER: &str = "Cf-Access-Jwt-Assertion";
pub(super) const ISSUER: &str = "https://team.cloudflareaccess.com";
pub(super) const AUDIENCE: &str = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2";

/// An instance behind Cloudflare Access, whose keys are at a local address.
pub(super) struct Access {
    pub(super) key: SigningKey,
    pub(super) server: KeyServer,
    pub(super) wire: Wire,
}

impl Access {
    /// Starts one with the preset's settings alone.
    pub(super) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts one with further variables.
    pub(super) async fn with(more: &[(&str, &str)]) -> Self {
        let key = SigningKey::rsa("key-1");
        let server = KeyServer::with(&[&key]).await;
        let wire = Wire::start(&[&vars(&server.url()), more].concat()).await;
        Self { key, server, wire }
    }

    /// Checks that a token is refused as an invalid assertion.
    pub(super) async fn refuses(&self, token: &str, why: &str) {
        let answer = self.wire.probe(STRANGER, &[(HEADER, token)]).await;
        assert_eq!(answer.status, 403, "{why}: {answer}");
        refused(&answer, 403, "proof_invalid");
    }

    /// Checks that these claims sign the user with that name in.
    pub(super) async fn knows(&self, claims: &Value, name: &str) {
        is(&self.wire.probe(STRANGER, &[(HEADER, self.key.sign(claims))]).await, name);
    }
}

/// Its variables, with the keys at that address.
pub(super) fn vars(url: &str) -> Vec<(&str, &str)> {
    vec![
        ("TRUSTED_PROXIES", ""),
        ("AUTH_PROXY_PRESET", "cloudflare-access"),
        ("AUTH_PROXY_JWT_ISS", ISSUER),
        ("AUTH_PROXY_JWT_AUD", AUDIENCE),
        ("AUTH_PROXY_JWT_JWKS_URL", url),
    ]
}

/// The claims of its assertion for a user.
pub(super) fn claims(email: &str) -> Value {
    json!({
        "aud": [AUDIENCE], "email": email, "exp": NOW + 86_400, "iat": NOW, "nbf": NOW, "iss": ISSUER, "type": "app",
        "identity_nonce": "6ei69kawdKzMIAPF", "sub": "7335d417-61da-459d-899c-0a01c76a2f94", "country": "DE",
    })
}

/// The claims for `a@example.org` with `changes`; a claim that becomes null is left out.
pub(super) fn changed(changes: &Value) -> Value {
    let mut claims = claims("a@example.org");
    for (name, value) in changes.as_object().unwrap() {
        claims.as_object_mut().unwrap().remove(name);
        if !value.is_null() {
            claims[name] = value.clone();
        }
    }
    claims
}
