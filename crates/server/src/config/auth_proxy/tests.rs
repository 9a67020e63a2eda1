//! The settings of the catalogue, and what is said about those that can't be used.

use std::collections::BTreeMap;

use authproxy::Preset;

use super::*;

const BASE: [(&str, &str); 2] = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")];

fn read(more: &[(&str, &str)]) -> (Option<AuthProxyConfig>, Vec<String>, Vec<String>) {
    let given: BTreeMap<_, _> =
        BASE.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut vars = Vars::new(given);
    let trusted_proxies = trust::read(&mut vars, "TRUSTED_PROXIES");
    let config = AuthProxyConfig::read(&mut vars, &trusted_proxies);
    let (problems, warnings) = vars.into_findings();
    (config, problems, warnings)
}

/// Reads a configuration for a proxy at 127.0.0.2.
pub(crate) fn config(more: &[(&str, &str)]) -> AuthProxyConfig {
    let (config, problems, _) = read(more);
    assert_eq!(problems, [""; 0]);
    config.unwrap()
}

#[track_caller]
fn refused(more: &[(&str, &str)], words: &str) {
    let (_, problems, _) = read(more);
    assert!(problems.iter().any(|problem| problem.contains(words)), "{words:?} in {problems:?}");
}

#[test]
fn s_04_s_05_the_guard_decides() {
    assert!(read(&[("AUTHENTICATION_GUARD", "web-guard")]).0.is_none());
    assert!(read(&[("AUTHENTICATION_GUARD", "")]).0.is_none());
    assert!(read(&[("AUTHENTICATION_GUARD", ""), ("AUTH_GUARD", "reverse-proxy-guard")]).0.is_some());
    assert!(read(&[("AUTH_GUARD", "web-guard")]).0.is_none(), "AUTH_GUARD wins");
    refused(&[("AUTH_GUARD", "proxy")], "AUTH_GUARD: \"proxy\" is none of web-guard, reverse-proxy-guard");
}

#[test]
fn r1_an_empty_trust_list_starts_with_an_error() {
    let (config, problems, warnings) = read(&[("TRUSTED_PROXIES", "")]);
    assert_eq!((problems.len(), warnings.len()), (0, 0));
    let config = config.unwrap();
    assert!(
        config.settings().trust.is_empty()
            && config.fault().is_some_and(|fault| fault.contains("TRUSTED_PROXIES=192.0.2.7"))
    );
}

#[test]
fn r2_t_13_t_14_trusting_everybody_needs_a_proof_or_a_word() {
    for all_peers in ["*", "0.0.0.0/0", "10.0.0.1,::/0"] {
        refused(&[("TRUSTED_PROXIES", all_peers)], "AUTH_PROXY_ALLOW_ANY_PEER=true");
        refused(&[("AUTH_PROXY_TRUSTED_PROXIES", all_peers)], "AUTH_PROXY_SECRET");
        let (_, problems, warnings) = read(&[("TRUSTED_PROXIES", all_peers), ("AUTH_PROXY_ALLOW_ANY_PEER", "true")]);
        assert_eq!((problems.len(), warnings.len()), (0, 1));
        config(&[("TRUSTED_PROXIES", all_peers), ("AUTH_PROXY_SECRET", &"s".repeat(32))]);
        config(&[("TRUSTED_PROXIES", all_peers), ("AUTH_PROXY_TRUSTED_PROXIES", "127.0.0.2")]);
    }
}

#[test]
fn n_19_no_name_is_the_default_name() {
    for name in ["", "null", "REMOTE_USER"] {
        assert_eq!(
            config(&[("AUTH_PROXY_HEADER_FOR_USER", name)]).settings().user.as_ref().unwrap().name(),
            "remote_user"
        );
    }
    assert!(config(&[("AUTH_PROXY_HEADER_FOR_EMAIL", "null")]).settings().email.is_none());
}

#[test]
fn r4_n_20_n_21_names_that_cannot_be_used() {
    for name in ["Authorization", "Host", "X.User", "Remote User"] {
        refused(&[("AUTH_PROXY_HEADER_FOR_USER", name)], "AUTH_PROXY_HEADER_FOR_USER: ");
        refused(&[("AUTH_PROXY_HEADER_FOR_EMAIL", name)], "AUTH_PROXY_HEADER_FOR_EMAIL: ");
    }
    let user = ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User");
    refused(&[user, ("AUTH_PROXY_HEADER_FOR_EMAIL", "REMOTE_USER")], "could be taken for each other");
    refused(&[user, ("AUTH_PROXY_HEADER_FOR_ID", "remote-user")], "could be taken for each other");
    let secret = ("AUTH_PROXY_SECRET", "0123456789abcdef0123456789abcdef");
    refused(&[secret, ("AUTH_PROXY_SECRET_HEADER", "REMOTE-USER")], "could be taken for each other");
    config(&[("AUTH_PROXY_HEADER_FOR_EMAIL", "REMOTE_USER_EMAIL")]);
}

#[test]
fn misspelt_settings_are_refused() {
    refused(&[("AUTH_PROXY_SECERT", "x")], "AUTH_PROXY_SECERT is not known");
    refused(&[("AUTH_PROXY_ALIAS_POLICY", "allow")], "AUTH_PROXY_ALIAS_POLICY");
    refused(&[("AUTH_PROXY_VALUE_ENCODING", "utf16")], "utf8, latin1, percent, rfc2047, quoted-printable");
    refused(&[("AUTH_PROXY_AUTO_CREATE", "maybe")], "AUTH_PROXY_AUTO_CREATE");
}

#[test]
fn j_03_two_secrets_while_changing() {
    let (old, new) = ("o".repeat(32), "n".repeat(40));
    let config = config(&[("AUTH_PROXY_SECRET", &format!("{old},{new}"))]);
    let secret = config.settings().secret.as_ref().unwrap();
    assert!(secret.matches(old.as_bytes()) && secret.matches(new.as_bytes()));
    for wrong in ["", "o", &old[1..], &format!("{old},{new}"), &format!("{new}n")] {
        assert!(!secret.matches(wrong.as_bytes()), "{wrong}");
    }
    assert!(!format!("{secret:?}").contains(&old));
    for bad in ["a,b,c", "a,", "with blank"] {
        let (_, problems, _) = read(&[("AUTH_PROXY_SECRET", bad)]);
        assert_eq!(problems.len(), 1, "{bad}");
        assert!(!problems[0].contains(bad), "a secret is never shown");
    }
    assert_eq!(read(&[("AUTH_PROXY_SECRET", "short")]).2.len(), 1);
}

#[test]
fn l_16_lists_of_administrators() {
    assert!(config(&[]).settings().admins.is_none());
    let groups = ("AUTH_PROXY_ADMIN_GROUPS", "admins, Go\u{308}del");
    refused(&[groups], "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_HEADER_FOR_GROUPS");
    let header = ("AUTH_PROXY_HEADER_FOR_GROUPS", "Remote-Groups");
    let (idle, problems, warnings) = read(&[header]);
    let idle = idle.unwrap();
    assert!(idle.settings().admins.is_none() && idle.settings().groups.is_none());
    assert!(problems.is_empty() && warnings.len() == 1);
    let config_with_groups = config(&[groups, header]);
    let admins = config_with_groups.settings().admins.as_ref().unwrap();
    assert_eq!(config_with_groups.settings().groups.as_ref().unwrap().name(), "remote-groups");
    assert_eq!(admins.separator, b',');
    assert!(admins.groups.contains("admins") && admins.groups.contains("G\u{F6}del"));
    refused(&[("AUTH_PROXY_GROUPS_SEPARATOR", "/")], "AUTH_PROXY_GROUPS_SEPARATOR");
    let taken = ("AUTH_PROXY_HEADER_FOR_USER", "Remote_Groups");
    refused(&[taken, header, ("AUTH_PROXY_ADMIN_GROUPS", "x")], "could be taken for each other");
    let line = config(&[("AUTH_PROXY_ADMIN_USERS", "alice")]).to_string();
    assert!(line.ends_with("unknown people get an account, administrators by name"), "{line}");
}

#[test]
fn e_10_logout_urls() {
    for good in ["https://sso.example/logout?x=1", "/oauth2/sign_out", "http://sso"] {
        assert_eq!(config(&[("PROXY_LOGOUT_URL", good)]).logout_url.as_deref(), Some(good));
    }
    for bad in ["javascript:alert(1)", "//evil.example", "/\\evil.example", "logout", "data:text/html,x", "https:/x y"]
    {
        refused(&[("PROXY_LOGOUT_URL", bad)], "PROXY_LOGOUT_URL");
    }
}

#[test]
fn display_names_of_sandstorm_are_no_identity() {
    assert_eq!(read(&[("AUTH_PROXY_HEADER_FOR_USER", "X-Sandstorm-Username")]).2.len(), 1);
    assert_eq!(read(&[("AUTH_PROXY_HEADER_FOR_USER", "X-Sandstorm-User-Id")]).2.len(), 0);
}

/// A key for tests only.
const KEYS: &str = r#"{"keys":[{"kty":"EC","kid":"1","crv":"P-256","alg":"ES256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

fn cloudflare() -> Vec<(&'static str, &'static str)> {
    vec![
        ("TRUSTED_PROXIES", ""),
        ("AUTH_PROXY_PRESET", "cloudflare-access"),
        ("AUTH_PROXY_JWT_ISS", "https://team.cloudflareaccess.com"),
        ("AUTH_PROXY_JWT_AUD", "tag1, tag2"),
        ("AUTH_PROXY_JWT_JWKS_URL", "https://team.cloudflareaccess.com/cdn-cgi/access/certs?planted=1"),
    ]
}

#[test]
fn presets_are_known_by_name() {
    for preset in Preset::ALL {
        let own = [
            ("AUTH_PROXY_PRESET", preset.name),
            ("AUTH_PROXY_ADMIN_USERS", "x"),
            ("AUTH_PROXY_JWT_ISS", "issuer"),
            ("AUTH_PROXY_JWT_AUD", "audience"),
            ("AUTH_PROXY_JWT_JWKS_URL", "https://keys.example.org/"),
        ];
        let is_signed = preset.assertion.as_ref().is_some_and(|assertion| assertion.is_required);
        let config = config(if is_signed { &own } else { &own[..2] });
        assert_eq!(config.preset, Some(preset.name));
        let settings = config.settings();
        assert_eq!(settings.assertion.is_some(), is_signed, "{}", preset.name);
        assert!(settings.assertion.is_some() || settings.user.is_some() || settings.id.is_some(), "{}", preset.name);
    }
    refused(&[("AUTH_PROXY_PRESET", "authelai")], "there are authelia, authentik, oauth2-proxy, cloudflare-access,");
}

#[test]
fn every_preset_is_documented() {
    let guide = include_str!("../../../../../docs/auth-proxy.md");
    let variables = include_str!("../../../../../docs/configuration.md");
    let list = variables.lines().find(|line| line.starts_with("| `AUTH_PROXY_PRESET`")).unwrap();
    for preset in Preset::ALL {
        let name = format!("`{}`", preset.name);
        assert!(guide.contains(&format!("\n| {name} |")), "docs/auth-proxy.md has no row for {name}");
        assert!(list.contains(&name), "AUTH_PROXY_PRESET in docs/configuration.md lacks {name}");
    }
}

#[test]
fn what_is_set_wins_over_the_preset() {
    let own = [
        ("AUTH_PROXY_PRESET", "Authentik"),
        ("AUTH_PROXY_HEADER_FOR_USER", "X-Authentik-Email"),
        ("AUTH_PROXY_GROUPS_SEPARATOR", "space"),
        ("AUTH_PROXY_ADMIN_GROUPS", "x"),
        ("AUTH_PROXY_VALUE_ENCODING", "latin1"),
    ];
    let given = config(&own);
    let settings = given.settings();
    assert_eq!(settings.user.as_ref().unwrap().name(), "x-authentik-email");
    assert_eq!(settings.id.as_ref().unwrap().name(), "x-authentik-uid");
    assert_eq!((settings.encoding, settings.admins.as_ref().unwrap().separator), (Encoding::Latin1, b' '));
    let line = config(&[("AUTH_PROXY_PRESET", "sandstorm")]).to_string();
    let told = "auth proxy: preset sandstorm, peers 127.0.0.2, id from x-sandstorm-user-id, display name from \
                x-sandstorm-username, no secret, values in percent";
    assert!(line.starts_with(told), "{line}");
}

#[test]
fn a_signing_preset_says_what_it_lacks() {
    let preset = ("AUTH_PROXY_PRESET", "cloudflare-access");
    let (_, problems, _) = read(&[preset, ("AUTH_PROXY_JWT_ISS", "https://team.cloudflareaccess.com")]);
    assert_eq!(
        problems,
        ["the assertions of AUTH_PROXY_PRESET=cloudflare-access can't be checked without your own \
          AUTH_PROXY_JWT_JWKS_URL (https://TEAM.cloudflareaccess.com/cdn-cgi/access/certs), AUTH_PROXY_JWT_AUD (the \
          application's audience tag): set it"]
    );
    let (_, problems, _) = read(&[("AUTH_PROXY_PRESET", "google-iap")]);
    assert_eq!(problems.len(), 1);
    assert!(!problems[0].contains("JWT_ISS") && problems[0].contains("JWT_AUD"), "{problems:?}");
    refused(&[("AUTH_PROXY_JWT_ISS", "x")], "without AUTH_PROXY_JWT_HEADER (the header");
    refused(&[("AUTH_PROXY_PRESET", "authentik"), ("AUTH_PROXY_JWT_ISS", "x")], "AUTH_PROXY_PRESET=authentik");
}

#[test]
fn r1_r2_r5_an_assertion_needs_no_list_of_peers() {
    let config = config(&cloudflare());
    assert_eq!(config.fault(), None);
    assert!(config.settings().user.is_none() && config.fetches_keys());
    assert_eq!(
        config.to_string(),
        "auth proxy: preset cloudflare-access, peers any, assertion in cf-access-jwt-assertion by \
         https://team.cloudflareaccess.com for tag1 or tag2, signed in RS256 with keys from \
         https://team.cloudflareaccess.com/cdn-cgi/access/certs, user from claim email, e-mail from claim email, no \
         secret, values in utf8, aliases refused, unknown people get an account, the first one becomes administrator"
    );
    let all_peers = [cloudflare(), vec![("TRUSTED_PROXIES", "*")]].concat();
    assert_eq!(read(&all_peers).1, [""; 0]);
}

#[test]
fn assertions_that_cannot_be_checked_are_refused_at_the_start() {
    let with = |name, value| [cloudflare(), vec![(name, value)]].concat();
    for (name, value, words) in [
        ("AUTH_PROXY_JWT_ALGS", "RS256,HS256", "AUTH_PROXY_JWT_ALGS: \"HS256\" can't be used"),
        ("AUTH_PROXY_JWT_ALGS", "none", "AUTH_PROXY_JWT_ALGS: \"none\" can't be used"),
        ("AUTH_PROXY_JWT_JWKS_URL", "http://keys.example.org/", "must start with https://"),
        ("AUTH_PROXY_JWT_JWKS_URL", "file:///keys", "must start with https://"),
        ("AUTH_PROXY_JWT_JWKS_URL", "keys", "is not an address"),
        ("AUTH_PROXY_JWT_JWKS_URL", "https://a:b@keys.example.org/", "can't have a name or a password"),
        ("AUTH_PROXY_JWT_KEY_FILE", "key.pem", "only one can be set"),
        ("AUTH_PROXY_JWT_LEEWAY", "3600", "not within 0 and 300 seconds"),
        ("AUTH_PROXY_JWT_LEEWAY", "-1", "not within 0 and 300 seconds"),
        ("AUTH_PROXY_JWT_MAX_LIFETIME", "0", "AUTH_PROXY_JWT_MAX_LIFETIME: 0 is not within"),
        ("AUTH_PROXY_JWT_HEADER", "Authorization", "AUTH_PROXY_JWT_HEADER: the header"),
        ("AUTH_PROXY_JWT_ISSUER", "x", "AUTH_PROXY_JWT_ISSUER is not known"),
        ("AUTH_PROXY_HEADER_FOR_ID", "X-Id", "AUTH_PROXY_HEADER_FOR_ID names a header that isn't signed"),
        ("AUTH_PROXY_HEADER_FOR_GROUPS", "X-Groups", "AUTH_PROXY_JWT_CLAIM_GROUPS"),
        ("AUTH_PROXY_ADMIN_GROUPS", "x", "AUTH_PROXY_ADMIN_GROUPS needs AUTH_PROXY_JWT_CLAIM_GROUPS"),
        ("AUTH_PROXY_HEADER_FOR_USER", "Cf_Access_Jwt_Assertion", "could be taken for each other"),
    ] {
        refused(&with(name, value), words);
    }
    for here in ["http://127.0.0.1:80/", "http://localhost/", "http://[::1]/", "https://keys/"] {
        config(&with("AUTH_PROXY_JWT_JWKS_URL", here));
    }
}

#[test]
fn keys_are_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, KEYS).unwrap();
    let own = [
        ("AUTH_PROXY_JWT_HEADER", "X-Assertion"),
        ("AUTH_PROXY_JWT_ISS", "issuer"),
        ("AUTH_PROXY_JWT_AUD", "audience"),
        ("AUTH_PROXY_JWT_JWKS_FILE", path.to_str().unwrap()),
    ];
    let config = config(&own);
    assert!(matches!(&config.keys, Some(KeySource::File { keys, .. }) if keys.len() == 1));
    let assertion = config.settings().assertion.as_ref().unwrap();
    assert_eq!((assertion.claims.user.as_str(), assertion.algorithm_names().as_str()), ("sub", "RS256, ES256"));
    std::fs::write(&path, "{}").unwrap();
    refused(&own, "is not a JSON Web Key set");
    std::fs::write(&path, r#"{"keys":[{"kty":"oct","kid":"1","k":"c2VjcmV0"}]}"#).unwrap();
    refused(&own, "has no key that can verify signatures");
    std::fs::remove_file(&path).unwrap();
    refused(&own, "can't be read");
}

#[test]
fn r5_o_03_says_what_was_configured_without_secrets() {
    let secret = "0123456789abcdef0123456789abcdef";
    let line =
        config(&[("AUTH_PROXY_SECRET", secret), ("AUTH_PROXY_HEADER_FOR_EMAIL", "HTTP_REMOTE_EMAIL")]).to_string();
    assert_eq!(
        line,
        "auth proxy: peers 127.0.0.2, user from remote_user, e-mail from remote-email, secret in \
         x-auth-proxy-secret, values in utf8, aliases refused, unknown people get an account, the first one becomes \
         administrator"
    );
}
