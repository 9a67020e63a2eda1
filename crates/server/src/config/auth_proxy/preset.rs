//! What well-known proxies send: `AUTH_PROXY_PRESET`.
//!
//! A preset only says what the variables of this section would say one by one; each of them, when set, wins over it.

use jsonwebtoken::Algorithm;

use crate::auth::proxy::value::Encoding;
use crate::config::vars::Vars;

/// What one proxy sends.
#[derive(Debug)]
pub(super) struct Preset {
    /// How it is chosen.
    pub(super) name: &'static str,
    /// The headers in which it tells something of a person.
    pub(super) headers: Names,
    /// How it writes values.
    pub(super) encoding: Encoding,
    /// What stands between two groups.
    pub(super) separator: u8,
    /// What stands before names in its headers.
    pub(super) strip_prefix: Option<&'static str>,
    /// What it signs.
    pub(super) assertion: Option<Assertion>,
}

/// Headers or claims, by what they tell. A proxy that tells an `id` but no `user` has no name that is one person's alone:
/// its accounts are named by what is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) user: Option<&'static str>,
    pub(super) id: Option<&'static str>,
    pub(super) email: Option<&'static str>,
    pub(super) display: Option<&'static str>,
    pub(super) groups: Option<&'static str>,
}

/// What a proxy signs.
#[derive(Debug)]
pub(super) struct Assertion {
    /// In which header it comes.
    pub(super) header: &'static str,
    /// Whether it counts even when no `AUTH_PROXY_JWT_…` is set, because there is nothing else to believe.
    pub(super) is_needed: bool,
    pub(super) algorithms: &'static [Algorithm],
    pub(super) claims: Names,
    pub(super) issuer: Given,
    pub(super) audience: Given,
    pub(super) keys: Given,
}

/// A value of an assertion.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given {
    /// The same for everybody.
    Same(&'static str),
    /// Everybody's own: what it is, in words or by an example.
    Own(&'static str),
}

impl Names {
    /// Nothing is told.
    pub(super) const NONE: Self = Self { user: None, id: None, email: None, display: None, groups: None };
}

/// What counts without a preset, and wherever a preset says nothing else.
const PLAIN: Preset = Preset {
    name: "",
    headers: Names { user: Some("REMOTE_USER"), ..Names::NONE },
    encoding: Encoding::Utf8,
    separator: b',',
    strip_prefix: None,
    assertion: None,
};

/// What counts of an assertion without a preset.
pub(super) const PLAIN_ASSERTION: Assertion = Assertion {
    header: "",
    is_needed: false,
    algorithms: &[Algorithm::RS256, Algorithm::ES256],
    claims: Names { user: Some("sub"), ..Names::NONE },
    issuer: Given::Own("the issuer, exactly as the claim `iss` has it"),
    audience: Given::Own("what the claim `aud` has for Sixpin"),
    keys: Given::Own("the https address of the issuer's keys; or AUTH_PROXY_JWT_JWKS_FILE, or AUTH_PROXY_JWT_KEY_FILE"),
};

static NO_PRESET: Preset = PLAIN;

static PRESETS: [Preset; 13] = [
    Preset {
        name: "authelia",
        headers: Names {
            user: Some("Remote-User"),
            email: Some("Remote-Email"),
            display: Some("Remote-Name"),
            groups: Some("Remote-Groups"),
            id: None,
        },
        ..PLAIN
    },
    Preset {
        name: "authentik",
        headers: Names {
            user: Some("X-Authentik-Username"),
            id: Some("X-Authentik-Uid"),
            email: Some("X-Authentik-Email"),
            display: Some("X-Authentik-Name"),
            groups: Some("X-Authentik-Groups"),
        },
        separator: b'|',
        assertion: Some(Assertion {
            header: "X-Authentik-Jwt",
            claims: Names {
                user: Some("preferred_username"),
                id: Some("sub"),
                email: Some("email"),
                display: Some("name"),
                groups: Some("groups"),
            },
            issuer: Given::Own("https://AUTHENTIK/application/o/APPLICATION/"),
            audience: Given::Own("the provider's client ID"),
            keys: Given::Own("https://AUTHENTIK/application/o/APPLICATION/jwks/"),
            ..PLAIN_ASSERTION
        }),
        ..PLAIN
    },
    Preset {
        name: "oauth2-proxy",
        headers: Names {
            id: Some("X-Forwarded-User"),
            email: Some("X-Forwarded-Email"),
            display: Some("X-Forwarded-Preferred-Username"),
            groups: Some("X-Forwarded-Groups"),
            user: None,
        },
        ..PLAIN
    },
    Preset {
        name: "cloudflare-access",
        assertion: Some(Assertion {
            header: "Cf-Access-Jwt-Assertion",
            is_needed: true,
            algorithms: &[Algorithm::RS256],
            claims: Names { user: Some("email"), email: Some("email"), ..Names::NONE },
            issuer: Given::Own("https://TEAM.cloudflareaccess.com"),
            audience: Given::Own("the application's audience tag"),
            keys: Given::Own("https://TEAM.cloudflareaccess.com/cdn-cgi/access/certs"),
        }),
        ..PLAIN
    },
    Preset {
        name: "pomerium",
        assertion: Some(Assertion {
            header: "X-Pomerium-Jwt-Assertion",
            is_needed: true,
            algorithms: &[Algorithm::ES256],
            claims: Names {
                user: Some("email"),
                id: Some("sub"),
                email: Some("email"),
                display: Some("name"),
                groups: Some("groups"),
            },
            issuer: Given::Own("the host of Sixpin's route, as codes.example.org"),
            audience: Given::Own("the same host"),
            keys: Given::Own("https://CODES.EXAMPLE.ORG/.well-known/pomerium/jwks.json"),
        }),
        ..PLAIN
    },
    Preset {
        name: "google-iap",
        // For whoever wants the plain headers compared as well.
        strip_prefix: Some("accounts.google.com:"),
        assertion: Some(Assertion {
            header: "X-Goog-Iap-Jwt-Assertion",
            is_needed: true,
            algorithms: &[Algorithm::ES256],
            claims: Names { user: Some("email"), id: Some("sub"), email: Some("email"), ..Names::NONE },
            issuer: Given::Same("https://cloud.google.com/iap"),
            audience: Given::Own("/projects/NUMBER/global/backendServices/ID"),
            keys: Given::Same("https://www.gstatic.com/iap/verify/public_key-jwk"),
        }),
        ..PLAIN
    },
    Preset {
        name: "tailscale",
        headers: Names { user: Some("Tailscale-User-Login"), display: Some("Tailscale-User-Name"), ..Names::NONE },
        encoding: Encoding::Rfc2047,
        ..PLAIN
    },
    Preset {
        name: "teleport",
        assertion: Some(Assertion {
            header: "Teleport-Jwt-Assertion",
            is_needed: true,
            algorithms: &[Algorithm::RS256, Algorithm::ES256],
            claims: Names { user: Some("username"), groups: Some("roles"), ..Names::NONE },
            issuer: Given::Own("the name of the cluster"),
            audience: Given::Own("the application's URI in Teleport"),
            keys: Given::Own("https://CLUSTER/.well-known/jwks.json"),
        }),
        ..PLAIN
    },
    Preset {
        name: "sandstorm",
        headers: Names {
            id: Some("X-Sandstorm-User-Id"),
            display: Some("X-Sandstorm-Username"),
            groups: Some("X-Sandstorm-Permissions"),
            ..Names::NONE
        },
        encoding: Encoding::Percent,
        ..PLAIN
    },
    Preset {
        name: "keycloak-gatekeeper",
        headers: Names {
            user: Some("X-Auth-Username"),
            id: Some("X-Auth-Subject"),
            email: Some("X-Auth-Email"),
            groups: Some("X-Auth-Groups"),
            display: None,
        },
        ..PLAIN
    },
    Preset {
        name: "caddy-security",
        headers: Names {
            user: Some("X-Token-Subject"),
            email: Some("X-Token-User-Email"),
            display: Some("X-Token-User-Name"),
            groups: Some("X-Token-User-Roles"),
            id: None,
        },
        separator: b' ',
        ..PLAIN
    },
    Preset { name: "vouch", headers: Names { user: Some("X-Vouch-User"), ..Names::NONE }, ..PLAIN },
    Preset {
        name: "traefik-forward-auth",
        // It names people by their address.
        headers: Names { user: Some("X-Forwarded-User"), email: Some("X-Forwarded-User"), ..Names::NONE },
        ..PLAIN
    },
];

/// The preset that was chosen, or the one that only has what counts without one.
pub(super) fn read(vars: &mut Vars) -> &'static Preset {
    const NAME: &str = "AUTH_PROXY_PRESET";
    let Some(wanted) = vars.text(NAME) else { return &NO_PRESET };
    if let Some(preset) = PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(&wanted)) {
        return preset;
    }
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    vars.problem(format!("{NAME}: {wanted:?} is not known; there are {}", names.join(", ")));
    &NO_PRESET
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Preset> {
    PRESETS.iter()
}
