//! Registering, listing, naming and removing security keys.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use super::key::{HOST, KEYS, Key, at_home, changed, claiming, visitor, with};
use crate::harness::{MailServer, Person, TestApp};

const OPTIONS: &str = "/webauthn/register/options";
const REGISTER: &str = "/webauthn/register";
const ALONE: &str = "/api/v1/user/preferences/useWebauthnOnly";

/// What makes an answer wrong.
type Wrong = Box<dyn Fn(Value) -> Value>;

async fn ana(app: &TestApp) -> Person {
    at_home(app.user("ana").await)
}

async fn options(person: &Person) -> Value {
    person.post(OPTIONS, json!({})).await.expect(200).json()
}

#[tokio::test]
async fn a_new_key_is_told_of_by_mail() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = ana(&app).await;
    let made = Key::new().creates(&options(&ana).await).await;
    ana.post(REGISTER, changed(made, "response.clientDataJSON", |data| data.truncate(9))).await.expect(422);
    let made = Key::new().creates(&options(&ana).await).await;
    ana.post(REGISTER, with(made, "response.alias", "Blue\nkey")).await.expect(204);
    let mail = mails.next().await;
    assert_eq!(mail.header("Subject"), "Sixpin: A security key was added");
    assert!(mail.text().contains("Security key: Blue key"), "{}", mail.text());
    assert_eq!(app.mail.status().sent + app.mail.status().waiting, 1, "a refused key is none");
}

#[tokio::test]
async fn keys_have_a_largest_number_also_if_they_come_at_once() {
    let app = TestApp::with(&[("MAX_SECURITY_KEYS_PER_USER", "2")]).await;
    let ana = ana(&app).await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(Key::new().creates(&options(&ana).await).await);
    }
    let again = made[0].clone();
    let mut sent = JoinSet::new();
    for made in made {
        sent.spawn(ana.post(REGISTER, made).into_future());
    }
    let mut statuses: Vec<u16> = sent.join_all().await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 204, 422, 422]);
    ana.post(REGISTER, again).await.expect(422);
    assert_eq!(ana.get(KEYS).await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn of_two_answers_to_one_challenge_one_counts() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let made = Key::new().creates(&options(&ana).await).await;
    let (one, other) = tokio::join!(ana.post(REGISTER, made.clone()), ana.post(REGISTER, made));
    assert_eq!([one.status.min(other.status), one.status.max(other.status)], [204, 422]);
}

#[tokio::test]
async fn a_key_is_registered_named_and_removed() {
    let app = TestApp::start().await;
    let (ana, bob) = (ana(&app).await, at_home(app.user("bob").await));
    let asked = options(&ana).await;
    let (handle, challenge) = (asked["user"]["id"].as_str().unwrap(), asked["challenge"].as_str().unwrap());
    let shown = asked.to_string().replace(handle, "HANDLE").replace(challenge, "CHALLENGE");
    insta::assert_snapshot!(shown, @r#"{"rp":{"name":"Sixpin"},"user":{"id":"HANDLE","name":"ana@example.org","displayName":"ana"},"challenge":"CHALLENGE","pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"timeout":60000,"attestation":"none","excludeCredentials":[]}"#);
    assert_eq!(BASE64URL_NOPAD.decode(challenge.as_bytes()).unwrap().len(), 32);

    let mut key = Key::new();
    let made = key.creates(&asked).await;
    ana.post(REGISTER, made).await.expect(204);
    let path = format!("{KEYS}/{}", key.id());
    let name = format!("{path}/name");
    let listed = ana.get(KEYS).await.expect(200);
    insta::assert_snapshot!(listed.to_string().replace(&key.id(), "ID"), @r#"
    200 [
      {"id":"ID","origin":"https://2fa.example.org","alias":null,"aaguid":"00000000-0000-0000-0000-000000000000","attestation_format":"none","disabled_at":null}
    ]
    "#);
    insta::assert_snapshot!(ana.patch(&name, json!({ "name": "Blue key" })).await, @r#"200 {"name":"Blue key"}"#);
    insta::assert_snapshot!(ana.patch(&name, json!({ "name": "" })).await, @r#"422 {"message":"The name field is required.","errors":{"name":["The name field is required."]}}"#);
    ana.patch(&name, json!({ "name": "x".repeat(192) })).await.expect(422);
    assert_eq!(ana.get(KEYS).await.json()[0]["alias"], "Blue key");

    insta::assert_snapshot!(bob.patch(&name, json!({ "name": "mine" })).await, @r#"404 {"message":"not found"}"#);
    bob.delete(&path).await.expect(204);
    assert_eq!(bob.get(KEYS).await.json(), json!([]));
    ana.put(ALONE, json!({ "value": true })).await.expect(201);
    ana.delete(&format!("{KEYS}/nonsense!")).await.expect(204);
    ana.delete(&path).await.expect(204);
    assert_eq!(ana.get(KEYS).await.json(), json!([]));
    assert_eq!(ana.get(ALONE).await.field("value"), false, "nobody is locked out with their last key");
}

#[tokio::test]
async fn a_key_that_says_whose_it_is_is_asked_for() {
    let app = TestApp::start().await;
    let asked = ana(&app).await.post(OPTIONS, json!({ "discoverable": true })).await.expect(200).json();
    assert_eq!(asked["authenticatorSelection"], json!({ "residentKey": "preferred", "requireResidentKey": false }));
}

#[tokio::test]
async fn several_keys_share_the_handle_and_exclude_each_other() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (mut one, mut two) = (Key::new(), Key::new());
    one.registered_by(&ana).await;
    let first = options(&ana).await;
    let known = json!({ "id": one.id(), "type": "public-key", "transports": ["internal", "hybrid"] });
    assert_eq!(first["excludeCredentials"], json!([known]));
    let made = with(two.creates(&first).await, "response.transports", json!(["usb", "<b>", 7]));
    ana.post(REGISTER, made).await.expect(204);
    let second = options(&ana).await;
    assert_eq!(second["user"]["id"], first["user"]["id"]);
    let expected = json!({ "id": two.id(), "type": "public-key", "transports": ["usb"] });
    assert_eq!(second["excludeCredentials"][1], expected);

    ana.put(ALONE, json!({ "value": true })).await.expect(201);
    ana.delete(&format!("{KEYS}/{}", one.id())).await.expect(204);
    assert_eq!(ana.get(ALONE).await.field("value"), true, "one is left");
}

#[tokio::test]
async fn a_key_is_registered_once() {
    let app = TestApp::start().await;
    let (ana, bob) = (ana(&app).await, at_home(app.user("bob").await));
    let mut key = Key::new();
    key.registered_by(&ana).await;
    for person in [&ana, &bob] {
        let asked = with(options(person).await, "excludeCredentials", json!([]));
        // A copy of a key: the same credential answers.
        let mut copy = Key { passkey: key.passkey.clone(), ..Key::new() };
        let made = copy.creates(&asked).await;
        let made = as_credential(made, &copy, &key);
        let answer = person.post(REGISTER, made).await.expect(422).field("message");
        assert_eq!(answer, "Attestation Error: This security key is already registered.");
    }
}

/// The answer of one key, made to name the credential of another.
fn as_credential(answer: Value, from: &Key, to: &Key) -> Value {
    let [from_id, to_id] = [from, to].map(|key| key.passkey.as_ref().unwrap().credential_id.to_vec());
    let answer = changed(answer, "response.attestationObject", |bytes| {
        let start = bytes.windows(from_id.len()).position(|window| *window == from_id[..]).unwrap();
        bytes[start..start + to_id.len()].copy_from_slice(&to_id);
    });
    with(with(answer, "id", to.id()), "rawId", to.id())
}

#[tokio::test]
async fn an_answer_counts_once_in_time_and_for_the_browser_that_asked() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let asked = options(&ana).await;
    let made = Key::new().creates(&asked).await;
    let elsewhere = ana.session().await;
    insta::assert_snapshot!(elsewhere.post(REGISTER, made.clone()).await, @r#"
    422 {
      "message": "Attestation Error: This challenge does not exist: it was answered already, or the answer took too long. Please try again.",
      "errors": {"attestation":["Attestation Error: This challenge does not exist: it was answered already, or the answer took too long. Please try again."]}
    }
    "#);
    at_home(app.user("bob").await).post(REGISTER, made.clone()).await.expect(422);
    ana.post(REGISTER, made.clone()).await.expect(204);
    ana.post(REGISTER, made).await.expect(422);

    let (first, second) = (options(&ana).await, options(&ana).await);
    app.advance_seconds(119);
    let made = Key::new().creates(&second).await;
    ana.post(REGISTER, made).await.expect(204);
    app.advance_seconds(1);
    let late = Key::new().creates(&first).await;
    ana.post(REGISTER, late).await.expect(422);
    assert_eq!(ana.get(KEYS).await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_wrong_answer_is_refused_and_says_why() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let authenticator_data =
        |bytes: &[u8]| bytes.windows(32).position(|part| *part == Sha256::digest(HOST)[..]).unwrap();
    let truncated = |made| changed(made, "response.attestationObject", |bytes| bytes.truncate(60));
    let other_domain = move |made| {
        changed(made, "response.attestationObject", |bytes| {
            let start = authenticator_data(bytes);
            bytes[start..start + 32].copy_from_slice(&Sha256::digest("evil.example"));
        })
    };
    let untouched = move |made| {
        changed(made, "response.attestationObject", |bytes| {
            let start = authenticator_data(bytes);
            bytes[start + 32] &= !1;
        })
    };
    let wrongs: [(&str, Wrong); 12] = [
        ("a challenge of another", Box::new(|made| claiming(made, "challenge", "A".repeat(43)))),
        ("the answer of a sign-in", Box::new(|made| claiming(made, "type", "webauthn.get"))),
        ("another site's page", Box::new(|made| claiming(made, "origin", "https://evil.example"))),
        ("a page in the clear", Box::new(|made| claiming(made, "origin", format!("http://{HOST}")))),
        ("a page inside of another's", Box::new(|made| claiming(made, "crossOrigin", true))),
        ("another domain's key", Box::new(other_domain)),
        ("nobody there", Box::new(untouched)),
        ("truncated CBOR", Box::new(truncated)),
        ("no CBOR", Box::new(|made| with(made, "response.attestationObject", "AAAA"))),
        ("no base64", Box::new(|made| with(made, "response.clientDataJSON", "%%%"))),
        ("another id", Box::new(|made| with(made, "rawId", "AAAA"))),
        ("another type", Box::new(|made| with(made, "type", "password"))),
    ];
    let mut told = Vec::new();
    for (name, wrong) in wrongs {
        let made = wrong(Key::new().creates(&options(&ana).await).await);
        let answer = ana.post(REGISTER, made).await.expect(422).json();
        assert_eq!(answer["errors"], json!({ "attestation": [answer["message"]] }), "{name}");
        told.push(format!("{name}: {}", answer["message"].as_str().unwrap()));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    a challenge of another: Attestation Error: This challenge does not exist: it was answered already, or the answer took too long. Please try again.
    the answer of a sign-in: Attestation Error: The answer of the security key cannot be used: it is the answer to another question.
    another site's page: Attestation Error: This page is at https://evil.example, but the security keys of this server are for 2fa.example.org. Open the page there, or have an administrator set APP_URL or WEBAUTHN_ID.
    a page in the clear: Attestation Error: Security keys need a page on HTTPS or on localhost.
    a page inside of another's: Attestation Error: The answer of the security key cannot be used: the page was inside of another site's.
    another domain's key: Attestation Error: The answer of the security key cannot be used: it is for another domain.
    nobody there: Attestation Error: The answer of the security key cannot be used: nobody touched the key.
    truncated CBOR: Attestation Error: The answer of the security key cannot be used: its CBOR is malformed.
    no CBOR: Attestation Error: The answer of the security key cannot be used: its attestation is malformed.
    no base64: Attestation Error: The answer of the security key cannot be used: a part of it isn't base64url.
    another id: Attestation Error: The answer of the security key cannot be used: it isn't of a public key, or names two of them.
    another type: Attestation Error: The answer of the security key cannot be used: it isn't of a public key, or names two of them.
    ");
    assert_eq!(ana.get(KEYS).await.json(), json!([]));
}

#[tokio::test]
async fn neither_a_cut_nor_a_flipped_bit_upsets_the_server() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    for place in (0..250).step_by(9) {
        let cut = |made| changed(made, "response.attestationObject", |bytes| bytes.truncate(place % bytes.len()));
        let flip = |made| {
            changed(made, "response.attestationObject", |bytes| {
                let place = place % bytes.len();
                bytes[place] ^= 1 << (place % 8);
            })
        };
        let made = cut(Key::new().creates(&options(&ana).await).await);
        ana.post(REGISTER, made).await.expect(422);
        let made = flip(Key::new().creates(&options(&ana).await).await);
        let answer = ana.post(REGISTER, made).await;
        // Nobody vouches for what a key says about itself.
        assert!(matches!(answer.status, 204 | 422), "{place}: {answer}");
    }
}

#[tokio::test]
async fn what_is_missing_or_much_too_long_is_refused() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    insta::assert_snapshot!(ana.post(REGISTER, json!({})).await, @r#"
    422 {
      "message": "The id field is required. (and 5 more errors)",
      "errors": {"id":["The id field is required."],"rawId":["The raw id field is required."],"type":["The type field is required."],"response":["The response field is required."],"response.clientDataJSON":["The response.client data j s o n field is required."],"response.attestationObject":["The response.attestation object field is required."]}
    }
    "#);
    let made = Key::new().creates(&options(&ana).await).await;
    ana.post(REGISTER, with(made, "response.alias", "x".repeat(192))).await.expect(422);
    let long = "A".repeat(40_000);
    for path in ["id", "rawId", "response.attestationObject", "response.clientDataJSON"] {
        let made = Key::new().creates(&options(&ana).await).await;
        ana.post(REGISTER, with(made, path, long.clone())).await.expect(422);
    }
    assert_eq!(ana.get(KEYS).await.json(), json!([]));
}

#[tokio::test]
async fn a_refusal_quotes_little_of_the_answer() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let odd = format!("a\nb{}", "x".repeat(5000));
    let made = claiming(Key::new().creates(&options(&ana).await).await, "origin", odd);
    let told = ana.post(REGISTER, made).await.expect(422).field("message").as_str().unwrap().to_owned();
    assert!(told.contains("xxx") && told.len() < 400 && !told.contains('\n'), "{told}");
}

#[tokio::test]
async fn a_key_that_must_verify_its_user_does() {
    let app = TestApp::with(&[("WEBAUTHN_USER_VERIFICATION", "required"), ("WEBAUTHN_NAME", "Codes")]).await;
    let ana = ana(&app).await;
    let asked = options(&ana).await;
    assert_eq!(asked["authenticatorSelection"], json!({ "userVerification": "required" }));
    assert_eq!(asked["rp"], json!({ "name": "Codes" }));
    let lax = with(asked, "authenticatorSelection.userVerification", "discouraged");
    let made = Key { verifies: false, ..Key::new() }.creates(&lax).await;
    insta::assert_snapshot!(ana.post(REGISTER, made).await, @r#"
    422 {
      "message": "Attestation Error: The security key did not verify its user, as this server requires. Set a PIN or a fingerprint on it and try again.",
      "errors": {"attestation":["Attestation Error: The security key did not verify its user, as this server requires. Set a PIN or a fingerprint on it and try again."]}
    }
    "#);
    Key::new().registered_by(&ana).await;
}

#[tokio::test]
async fn the_domain_is_told_when_it_is_set() {
    let vars = [("WEBAUTHN_ID", "example.org"), ("APP_URL", "https://2fa.example.org"), ("APP_NAME", "2FA")];
    let app = TestApp::with(&vars).await;
    let ana = ana(&app).await;
    assert_eq!(options(&ana).await["rp"], json!({ "id": "example.org", "name": "2FA" }));
    Key::new().registered_by(&ana).await;
}

#[tokio::test]
async fn a_page_at_another_host_is_told_at_once() {
    let app = TestApp::with(&[("APP_URL", "https://2fa.example.org")]).await;
    let ana = app.user("ana").await.with("host", "10.0.0.5:8000");
    let elsewhere = ana.clone().with("origin", "https://other.example.org");
    insta::assert_snapshot!(elsewhere.post(OPTIONS, json!({})).await, @r#"
    422 {
      "message": "This page is at https://other.example.org, but the security keys of this server are for 2fa.example.org. Open the page there, or have an administrator set APP_URL or WEBAUTHN_ID.",
      "errors": {"origin":["This page is at https://other.example.org, but the security keys of this server are for 2fa.example.org. Open the page there, or have an administrator set APP_URL or WEBAUTHN_ID."]}
    }
    "#);
    let visitor = visitor(&app).await.with("host", "10.0.0.5:8000").with("origin", "https://other.example.org");
    visitor.post("/webauthn/login/options", json!({ "discoverable": true })).await.expect(422);
    let home = ana.with("origin", "https://2fa.example.org");
    home.post(OPTIONS, json!({})).await.expect(200);
}

#[tokio::test]
async fn whoever_must_use_single_sign_on_has_no_keys() {
    let app = TestApp::start().await;
    let (admin, ana) = (at_home(app.admin().await), ana(&app).await);
    app.set("useSsoOnly", json!(true)).await;
    insta::assert_snapshot!(ana.get(KEYS).await, @r#"
    403 {
      "message": "forbidden",
      "reason": "This authentication method is for administrators only. Users must log in with SSO."
    }
    "#);
    for answer in [
        ana.post(OPTIONS, json!({})).await,
        ana.post(REGISTER, json!({})).await,
        ana.patch(&format!("{KEYS}/AA/name"), json!({})).await,
        ana.delete(&format!("{KEYS}/AA")).await,
    ] {
        assert_eq!(answer.status, 403, "{answer}");
    }
    Key::new().registered_by(&admin).await;
}

#[tokio::test]
async fn administrators_count_and_remove_keys() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, ana(&app).await);
    Key::new().registered_by(&ana).await;
    Key::new().registered_by(&ana).await;
    let path = format!("/api/v1/users/{}", ana.id);
    assert_eq!(admin.get(&path).await.field("webauthn_credentials"), 2);
    admin.delete(&format!("{path}/credentials")).await.expect(204);
    assert_eq!(admin.get(&path).await.field("webauthn_credentials"), 0);
    assert_eq!(ana.get(KEYS).await.json(), json!([]));
}
