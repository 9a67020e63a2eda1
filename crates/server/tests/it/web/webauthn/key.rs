//! A browser with a security key.

use std::pin::Pin;

use data_encoding::BASE64URL_NOPAD;
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use passkey_types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};
use url::Url;

use crate::harness::{Answer, Person, TestApp};

/// Where the instance is.
pub(super) const HOST: &str = "2fa.example.org";
pub(super) const KEYS: &str = "/webauthn/credentials";

/// Somebody's browser at [`HOST`].
pub(super) fn at_home(person: Person) -> Person {
    person.with("host", HOST)
}

/// An empty browser at [`HOST`] that has seen the page.
pub(super) async fn visitor(app: &TestApp) -> Person {
    at_home(super::super::login::visitor(app).await)
}

/// Whoever touches the key.
pub(super) struct Touch {
    /// Whether the key asks for a PIN or a fingerprint.
    verifies: bool,
}

impl UserValidationMethod for Touch {
    type PasskeyItem = Passkey;

    fn check_user<'a, 'life0, 'async_trait>(
        &'life0 self,
        _: UiHint<'a, Passkey>,
        _: bool,
        _: bool,
    ) -> Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'async_trait>>
    where
        'a: 'async_trait,
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let verification = self.verifies;
        Box::pin(async move { Ok(UserCheck { presence: true, verification }) })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        self.verifies.then_some(true)
    }
}

/// A security key, and the browser that it is plugged into.
pub(super) struct Key {
    /// What is on it.
    pub(super) passkey: Option<Passkey>,
    /// Whether it counts its signatures.
    pub(super) counts: bool,
    /// Whether it asks for a PIN or a fingerprint.
    pub(super) verifies: bool,
    /// The page on which the browser is.
    pub(super) page: Url,
}

impl Key {
    /// An empty one that counts and verifies, in a browser at [`HOST`].
    pub(super) fn new() -> Self {
        let page = Url::parse(&format!("https://{HOST}")).unwrap();
        Self { passkey: None, counts: true, verifies: true, page }
    }

    fn plugged_in(&self) -> Browser {
        let touch = Touch { verifies: self.verifies };
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), self.passkey.clone(), touch, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(self.counts);
        authenticator
    }

    /// `navigator.credentials.create()`.
    pub(super) async fn creates(&mut self, options: &Value) -> Value {
        let public_key = serde_json::from_value(options.clone()).unwrap();
        let mut client = Client::new(self.plugged_in()).user_verification_when_preferred(self.verifies);
        let made =
            client.register(&self.page, CredentialCreationOptions { public_key }, DefaultClientData).await.unwrap();
        self.passkey.clone_from(client.authenticator().store());
        serde_json::to_value(made).unwrap()
    }

    /// `navigator.credentials.get()`.
    pub(super) async fn signs(&mut self, options: &Value) -> Value {
        let public_key = serde_json::from_value(options.clone()).unwrap();
        let mut client = Client::new(self.plugged_in()).user_verification_when_preferred(self.verifies);
        let signed =
            client.authenticate(&self.page, CredentialRequestOptions { public_key }, DefaultClientData).await.unwrap();
        self.passkey.clone_from(client.authenticator().store());
        serde_json::to_value(signed).unwrap()
    }

    /// By which it is known, as the API writes it.
    pub(super) fn id(&self) -> String {
        BASE64URL_NOPAD.encode(&self.passkey.as_ref().unwrap().credential_id)
    }

    /// Registers it for somebody at [`HOST`].
    pub(super) async fn registered_by(&mut self, person: &Person) {
        let options = person.post("/webauthn/register/options", json!({})).await.expect(200).json();
        let made = self.creates(&options).await;
        person.post("/webauthn/register", made).await.expect(204);
    }

    /// Signs in with it, with the address that goes with the options.
    pub(super) async fn signs_in(&mut self, browser: &Person, email: &str) -> Answer {
        let options = browser.post("/webauthn/login/options", json!({ "email": email })).await.expect(200).json();
        let signed = self.signs(&options).await;
        browser.post("/webauthn/login", with(signed, "email", email)).await
    }

    /// Signs in with it alone.
    pub(super) async fn signs_in_alone(&mut self, browser: &Person) -> Answer {
        let options = browser.post("/webauthn/login/options", json!({ "discoverable": true })).await.expect(200).json();
        let signed = self.signs(&options).await;
        browser.post("/webauthn/login", with(signed, "discoverable", true)).await
    }
}

type Browser = Authenticator<Option<Passkey>, Touch, RustCryptoBackend>;

/// An answer with another field.
pub(super) fn with(mut answer: Value, path: &str, value: impl Into<Value>) -> Value {
    let field = path.split('.').fold(&mut answer, |object, name| &mut object[name]);
    *field = value.into();
    answer
}

/// An answer whose binary field was changed.
pub(super) fn changed(answer: Value, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let text = answer.pointer(&format!("/{}", path.replace('.', "/"))).unwrap().as_str().unwrap().to_owned();
    let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    change(&mut bytes);
    with(answer, path, BASE64URL_NOPAD.encode(&bytes))
}

/// An answer whose browser said something else about itself.
pub(super) fn claiming(answer: Value, name: &str, value: impl Into<Value>) -> Value {
    changed(answer, "response.clientDataJSON", |bytes| {
        let mut data: Value = serde_json::from_slice(bytes).unwrap();
        data[name] = value.into();
        *bytes = data.to_string().into_bytes();
    })
}
