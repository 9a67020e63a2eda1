//! Somebody who signs assertions, and the address where the keys are.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// When every test begins, in seconds since 1970.
pub(super) const NOW: i64 = 1_700_000_000;

/// A key that signs, made for one test.
pub(super) struct SigningKey {
    id: String,
    algorithm: Algorithm,
    key: EncodingKey,
    pair: KeyPair,
}

impl SigningKey {
    /// An RSA key of 2048 bits.
    pub(super) fn rsa(id: &str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { id: id.to_owned(), algorithm: Algorithm::RS256, key, pair }
    }

    /// An EC key on P-256.
    pub(super) fn ec(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { id: id.to_owned(), algorithm: Algorithm::ES256, key, pair }
    }

    /// An Ed25519 key.
    pub(super) fn ed(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let key = EncodingKey::from_ed_der(pair.serialized_der());
        Self { id: id.to_owned(), algorithm: Algorithm::EdDSA, key, pair }
    }

    /// The public key in PEM format.
    pub(super) fn public_pem(&self) -> String {
        self.pair.public_key_pem()
    }

    /// The private key in PEM format.
    pub(super) fn private_pem(&self) -> String {
        self.pair.serialize_pem()
    }

    /// The public key as a JSON Web Key.
    pub(super) fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        jwk
    }

    /// What a token of this key begins with.
    pub(super) fn head(&self) -> Value {
        json!({ "typ": "JWT", "alg": format!("{:?}", self.algorithm), "kid": self.id })
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.head(), claims)
    }

    /// A token that says something else of itself, signed as this key signs.
    pub(super) fn sign_as(&self, head: &Value, claims: &Value) -> String {
        self.sign_text(head, &claims.to_string())
    }

    /// A token whose claims are this text.
    pub(super) fn sign_text(&self, head: &Value, claims: &str) -> String {
        let message = unsigned(head, claims);
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

/// A token that only its reader's own secret would sign.
pub(super) fn sign_with_secret(head: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = unsigned(head, &claims.to_string());
    let signature = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(secret), Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

/// The first two parts of a token.
pub(super) fn unsigned(head: &Value, claims: &str) -> String {
    format!("{}.{}", BASE64URL_NOPAD.encode(head.to_string().as_bytes()), BASE64URL_NOPAD.encode(claims.as_bytes()))
}

/// A set of keys.
pub(super) fn set(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

/// A web server that answers every request with the same, and counts them.
pub(super) struct KeyServer {
    port: u16,
    asked: Arc<AtomicUsize>,
    /// A body, or a failure.
    answer: Arc<Mutex<Option<String>>>,
    /// Whoever holds it keeps the answers back.
    pub(super) gate: Arc<tokio::sync::Mutex<()>>,
}

impl KeyServer {
    /// One with these keys.
    pub(super) async fn with(keys: &[&SigningKey]) -> Self {
        let server = Self::down().await;
        server.change(Some(set(keys).to_string()));
        server
    }

    /// One that fails.
    pub(super) async fn down() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            asked: Arc::default(),
            answer: Arc::default(),
            gate: Arc::default(),
        };
        let (asked, answer, gate) = (server.asked.clone(), server.answer.clone(), server.gate.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                asked.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                drop(gate.lock().await);
                let (status, body) = match answer.lock().unwrap().clone() {
                    Some(body) => ("200 OK", body),
                    None => ("503 Service Unavailable", String::new()),
                };
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        server
    }

    /// Where the keys are.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/keys?version=1", self.port)
    }

    /// What is answered from now on; `None` for a failure.
    pub(super) fn change(&self, answer: Option<String>) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
