//! Proofs of a proxy: the shared secret, and signed assertions before their keys are known.

use super::*;
use crate::refusal::SecretFault;
use crate::secret::SharedSecret;

#[test]
fn j_01_to_j_04_the_shared_secret() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let secret = SharedSecret::new("X-Auth-Proxy-Secret".parse().unwrap(), [SECRET]);
    let settings = Settings { secret: Some(secret), ..plain() };
    let proved = proxy(settings.clone());
    let mut john = vec![("REMOTE_USER", "john")];
    assert_eq!(refused(&proved, &john, "proof_invalid").reason, Reason::Secret(SecretFault::Missing));
    for wrong in ["", "x", &SECRET[1..], &SECRET[..31], &format!("{SECRET}0")] {
        let refusal = refused(&proved, &[john[0], ("X-Auth-Proxy-Secret", wrong)], "proof_invalid");
        assert_eq!(refusal.reason, Reason::Secret(SecretFault::Wrong));
    }
    refused(&proved, &[john[0], ("X_Auth_Proxy_Secret", SECRET)], "proof_invalid");
    john.push(("X-Auth-Proxy-Secret", SECRET));
    accepted(&proved, &john, "john");
    refused(&proved, &[john[0], john[1], ("X_Auth_Proxy_Secret", SECRET)], "header_alias");
    let everywhere = proxy(Settings { trust: "*".parse().unwrap(), ..settings });
    assert!(evaluate(&everywhere, UNTRUSTED, &headers(&john)).is_ok());
    assert!(evaluate(&everywhere, UNTRUSTED, &headers(&john[..1])).is_err());
    let mut without_proofs = headers(&john);
    proved.remove_proofs(&mut without_proofs);
    assert!(!without_proofs.contains_key("x-auth-proxy-secret") && without_proofs.contains_key("remote_user"));
    john.push(john[1]);
    let refusal = refused(&proved, &john, "proof_invalid");
    assert_eq!(refusal.to_string(), "proof_invalid: the header X-Auth-Proxy-Secret (secret) came more than once");
}

#[test]
fn an_assertion_that_is_refused_for_other_reasons_needs_no_keys() {
    let assertion = AssertionSettings::new("X-Assertion".parse().unwrap(), "issuer", "audience");
    let proxy = proxy(Settings { user: None, assertion: Some(assertion), ..plain() });
    // {"alg":"ES256","kid":"1"}
    let token = ("X-Assertion", "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.e30.AAAA");
    let key_id = |peer, fields: &[(&str, &str)]| {
        let headers = headers(fields);
        proxy.unverified_token(peer, &headers).map(|token| token.key_id().map(str::to_owned))
    };
    assert_eq!(key_id(TRUSTED, &[token]), Some(Some("1".to_owned())));
    assert_eq!(key_id(UNTRUSTED, &[token]), None);
    assert_eq!(key_id(TRUSTED, &[token, token]), None);
    assert_eq!(key_id(TRUSTED, &[token, ("X_Assertion", "x")]), None);
    assert_eq!(key_id(TRUSTED, &[("X-Assertion", "x")]), None);
    assert_eq!(key_id(TRUSTED, &[]), None);
    let refusal = refused(&proxy, &[token], "proof_invalid");
    assert_eq!(refusal.to_string(), "proof_invalid: the header X-Assertion (assertion) can't be checked without keys");
}
