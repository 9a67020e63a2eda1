//! A provider whose every answer a test can choose: what an honest one says, and what a lying one might.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PublicKeyData as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sixpin::config::vars::Vars;
use sixpin::config::{Config, Listen};
use sixpin::edge::serve::{Limits, Listener, Proxies, serve};
use sixpin::visitor::door::Door;
use tokio_util::sync::CancellationToken;

pub(super) const CLIENT: &str = "sixpin";
pub(super) const SECRET: &str = "the client's secret";
/// Where the instance is, to the provider.
pub(super) const APP_URL: (&str, &str) = ("APP_URL", "https://codes.example.org");
/// What it gives for [`CODE`].
pub(super) const ACCESS: &str = "access-token";
/// The one code that it knows.
pub(super) const CODE: &str = "the-code";

/// A provider on a loopback port.
#[derive(Clone)]
pub(super) struct Provider {
    pub(super) issuer: String,
    key: Arc<KeyPair>,
    answers: Arc<Mutex<Answers>>,
}

/// What it answers.
#[derive(Clone)]
struct Answers {
    /// Overrides of the ID token's claims; null removes one.
    claims: Value,
    /// Replaces the ID token as a whole.
    id_token: Option<String>,
    profile: Value,
    /// Whether the userinfo endpoint answers with a signed token.
    is_profile_signed: bool,
    /// Changes of the discovery document.
    discovery: Value,
    token_status: StatusCode,
    /// The last challenge, which a code's verifier must fit, and the nonce that came with it.
    challenge: String,
    nonce: String,
    now: i64,
}

impl Provider {
    pub(super) async fn start(now: i64) -> Self {
        let anywhere = Listen::Tcp("127.0.0.1:0".parse().unwrap());
        let listener = Listener::open(&anywhere, Door::Main, None).await.unwrap();
        let issuer = format!("http://{}", listener.address().unwrap());
        let profile = json!({ "sub": "u-7", "nickname": "ana", "name": "Ana A.", "email": "Ana@Example.org" });
        let answers = Answers {
            claims: json!({}),
            id_token: None,
            profile,
            is_profile_signed: false,
            discovery: json!({}),
            token_status: StatusCode::OK,
            challenge: String::new(),
            nonce: String::new(),
            now,
        };
        let key = Arc::new(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap());
        let provider = Self { issuer, key, answers: Arc::new(Mutex::new(answers)) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/api/user", get(userinfo))
            .route("/login/oauth/access_token", post(token))
            .route("/api/user/emails", get(emails))
            .with_state(provider.clone());
        let limits = Limits::from_config(&Config::read(Vars::new(BTreeMap::new())).unwrap());
        tokio::spawn(serve(vec![listener], routes, limits, Proxies::default(), CancellationToken::new()));
        provider
    }

    /// The variables that set it up by discovery.
    pub(super) fn by_issuer(&self) -> Vec<(&str, &str)> {
        vec![("OPENID_ISSUER", &self.issuer), ("OPENID_CLIENT_ID", CLIENT), ("OPENID_CLIENT_SECRET", SECRET), APP_URL]
    }

    /// Notes what a browser was sent there with; the state that it must bring back.
    pub(super) fn visited(&self, location: &str) -> String {
        let url = url::Url::parse(location).unwrap();
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!((&*asked["client_id"], &*asked["response_type"]), (CLIENT, "code"));
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut answers = self.answers.lock().unwrap();
        answers.challenge.clone_from(&asked["code_challenge"]);
        answers.nonce = asked.get("nonce").cloned().unwrap_or_default();
        asked["state"].clone()
    }

    /// The challenge and the nonce of the last attempt.
    pub(super) fn attempt(&self) -> (String, String) {
        let answers = self.answers.lock().unwrap();
        (answers.challenge.clone(), answers.nonce.clone())
    }

    /// Goes on with an earlier attempt.
    pub(super) fn resumes(&self, (challenge, nonce): (String, String)) {
        let mut answers = self.answers.lock().unwrap();
        (answers.challenge, answers.nonce) = (challenge, nonce);
    }

    pub(super) fn says(&self, profile: Value) {
        self.answers.lock().unwrap().profile = profile;
    }

    /// Has the userinfo endpoint answer with a token.
    pub(super) fn signs_profiles(&self) {
        self.answers.lock().unwrap().is_profile_signed = true;
    }

    pub(super) fn claims(&self, claims: Value) {
        self.answers.lock().unwrap().claims = claims;
    }

    pub(super) fn gives_id_token(&self, id_token: String) {
        self.answers.lock().unwrap().id_token = Some(id_token);
    }

    pub(super) fn describes_itself(&self, discovery: Value) {
        self.answers.lock().unwrap().discovery = discovery;
    }

    pub(super) fn fails(&self, status: StatusCode) {
        self.answers.lock().unwrap().token_status = status;
    }

    /// The claims of an ID token, as they are at the moment.
    pub(super) fn honest_claims(&self) -> Value {
        let answers = self.answers.lock().unwrap();
        let claims = json!({
            "iss": self.issuer, "sub": answers.profile["sub"], "aud": CLIENT, "nonce": answers.nonce,
            "iat": answers.now, "exp": answers.now + 300,
        });
        changed(claims, &answers.claims)
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some("key".into()), ..Header::new(Algorithm::ES256) };
        let key = EncodingKey::from_ec_pem(self.key.serialize_pem().as_bytes()).unwrap();
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
}

/// An object with other members; null removes one.
fn changed(mut object: Value, changes: &Value) -> Value {
    let members = object.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    object
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.issuer;
    let document = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"), "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    Json(changed(document, &provider.answers.lock().unwrap().discovery))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    // An uncompressed point: a byte, then both coordinates (SEC 1, section 2.3.3).
    let point = provider.key.der_bytes();
    let (x, y) = (BASE64URL_NOPAD.encode(&point[1..33]), BASE64URL_NOPAD.encode(&point[33..]));
    let key = json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "key", "x": x, "y": y });
    // Others are none of ours: to encrypt with, or of a kind that nobody knows yet.
    let other = json!({ "kty": "EC", "crv": "P-256", "use": "enc", "kid": "key", "x": "AA", "y": "AA" });
    Json(json!({ "keys": [{ "kty": "new" }, other, key] }))
}

async fn token(State(provider): State<Provider>, Form(asked): Form<HashMap<String, String>>) -> Response {
    let answers = provider.answers.lock().unwrap().clone();
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(asked["code_verifier"].as_bytes()));
    let is_right = asked["grant_type"] == "authorization_code"
        && asked["code"] == CODE
        && asked["client_id"] == CLIENT
        && asked["client_secret"] == SECRET
        && challenge == answers.challenge;
    if answers.token_status != StatusCode::OK || !is_right {
        let status = if is_right { answers.token_status } else { StatusCode::BAD_REQUEST };
        return (status, Json(json!({ "error": "invalid_grant" }))).into_response();
    }
    let id_token = answers.id_token.unwrap_or_else(|| provider.sign(&provider.honest_claims()));
    let is_github = !asked["redirect_uri"].ends_with("/openid");
    let mut tokens = json!({ "access_token": ACCESS, "token_type": "bearer", "expires_in": 60 });
    if !is_github && !id_token.is_empty() {
        tokens["id_token"] = json!(id_token);
    }
    Json(tokens).into_response()
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    if headers["authorization"] != format!("Bearer {ACCESS}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let answers = provider.answers.lock().unwrap().clone();
    if answers.is_profile_signed {
        return ([("content-type", "application/jwt")], provider.sign(&answers.profile)).into_response();
    }
    Json(answers.profile).into_response()
}

async fn emails() -> Json<Value> {
    Json(json!([
        { "email": "other@example.org", "primary": false, "verified": true },
        { "email": "Ana@Example.org", "primary": true, "verified": true },
    ]))
}
