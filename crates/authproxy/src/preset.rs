//! Presets: the headers and claims of well-known proxies.
//!
//! ```
//! use authproxy::{AuthProxy, Preset, Settings};
//!
//! let authelia = Preset::by_name("authelia").ok_or("no such preset")?;
//! let proxy = AuthProxy::new(Settings { trust: "192.0.2.7".parse()?, ..authelia.settings() })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::algorithm::Algorithm;
use crate::assertion::{AssertionSettings, ClaimNames};
use crate::header::{Header, Notation};
use crate::settings::Settings;
use crate::value::Encoding;

/// The headers and claims of a well-known proxy.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// The name by which it is chosen.
    pub name: &'static str,
    /// The headers about the user.
    pub headers: AttributeNames,
    /// The encoding of their values.
    pub encoding: Encoding,
    /// The byte between two groups.
    pub separator: u8,
    /// The prefix of names in headers.
    pub strip_prefix: Option<&'static str>,
    /// The signed assertion, if there is one.
    pub assertion: Option<PresetAssertion>,
}

/// Headers or claims by their purpose. A proxy with an `id` but no `user` has no unique names: the display name becomes
/// the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeNames {
    /// The user's name.
    pub user: Option<&'static str>,
    /// An identifier that stays when the name changes.
    pub id: Option<&'static str>,
    /// The e-mail address.
    pub email: Option<&'static str>,
    /// A name to show.
    pub display_name: Option<&'static str>,
    /// The groups of the user.
    pub groups: Option<&'static str>,
}

/// The assertion that a proxy signs.
#[derive(Debug, Clone, Copy)]
pub struct PresetAssertion {
    /// The header that carries it.
    pub header: &'static str,
    /// Whether the proxy has nothing else that can be believed.
    pub is_required: bool,
    /// The algorithms with which the proxy signs.
    pub algorithms: &'static [Algorithm],
    /// The claims about the user.
    pub claims: AttributeNames,
    /// The issuer.
    pub issuer: PresetValue,
    /// The audience.
    pub audience: PresetValue,
    /// The address of the keys.
    pub keys: PresetValue,
}

/// A value of an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetValue {
    /// The same in every installation.
    Fixed(&'static str),
    /// Another in each installation: a description, or an example with capitals.
    Own(&'static str),
}

impl AttributeNames {
    /// No headers, or no claims.
    pub const NONE: Self = Self { user: None, id: None, email: None, display_name: None, groups: None };
}

impl Preset {
    /// All presets.
    pub const ALL: &[Self] = PRESETS;

    /// Returns the preset of that name, in any case.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(name))
    }

    /// Returns settings with the headers of the preset, their encoding and their prefix. They trust no peer yet.
    pub fn settings(&self) -> Settings {
        let header = |name: Option<&str>| name.and_then(|name| Header::parse(name, Notation::Wire).ok());
        Settings {
            user: header(self.headers.user),
            id: header(self.headers.id),
            email: header(self.headers.email),
            display_name: header(self.headers.display_name),
            encoding: self.encoding,
            strip_prefix: self.strip_prefix.map(str::to_owned),
            ..Settings::default()
        }
    }

    /// Returns settings for the assertion of the preset, of your issuer and for your audience; `None` if it signs none.
    pub fn assertion_settings(
        &self,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Option<AssertionSettings> {
        let assertion = self.assertion.as_ref()?;
        let header = Header::parse(assertion.header, Notation::Wire).ok()?;
        Some(AssertionSettings {
            algorithms: assertion.algorithms.to_vec(),
            claims: assertion.claims.to_claims(),
            ..AssertionSettings::new(header, issuer, audience)
        })
    }
}

impl AttributeNames {
    fn to_claims(self) -> ClaimNames {
        let owned = |name: Option<&str>| name.map(str::to_owned);
        ClaimNames {
            user: owned(self.user).unwrap_or_else(|| ClaimNames::default().user),
            id: owned(self.id),
            email: owned(self.email),
            display_name: owned(self.display_name),
            groups: owned(self.groups),
        }
    }
}

/// The values of most presets.
const PLAIN: Preset = Preset {
    name: "",
    headers: AttributeNames::NONE,
    encoding: Encoding::Utf8,
    separator: b',',
    strip_prefix: None,
    assertion: None,
};

static PRESETS: &[Preset] = &[
    Preset {
        name: "authelia",
        headers: AttributeNames {
            user: Some("Remote-User"),
            email: Some("Remote-Email"),
            display_name: Some("Remote-Name"),
            groups: Some("Remote-Groups"),
            id: None,
        },
        ..PLAIN
    },
    Preset {
        name: "authentik",
        headers: AttributeNames {
            user: Some("X-Authentik-Username"),
            id: Some("X-Authentik-Uid"),
            email: Some("X-Authentik-Email"),
            display_name: Some("X-Authentik-Name"),
            groups: Some("X-Authentik-Groups"),
        },
        separator: b'|',
        assertion: Some(PresetAssertion {
            header: "X-Authentik-Jwt",
            claims: AttributeNames {
                user: Some("preferred_username"),
                id: Some("sub"),
                email: Some("email"),
                display_name: Some("name"),
                groups: Some("groups"),
            },
            issuer: PresetValue::Own("https://AUTHENTIK/application/o/APPLICATION/"),
            audience: PresetValue::Own("the provider's client ID"),
            keys: PresetValue::Own("https://AUTHENTIK/application/o/APPLICATION/jwks/"),
            algorithms: &[Algorithm::RS256, Algorithm::ES256],
            is_required: false,
        }),
        ..PLAIN
    },
    Preset {
        name: "oauth2-proxy",
        headers: AttributeNames {
            id: Some("X-Forwarded-User"),
            email: Some("X-Forwarded-Email"),
            display_name: Some("X-Forwarded-Preferred-Username"),
            groups: Some("X-Forwarded-Groups"),
            user: None,
        },
        ..PLAIN
    },
    Preset {
        name: "cloudflare-access",
        assertion: Some(PresetAssertion {
            header: "Cf-Access-Jwt-Assertion",
            is_required: true,
            algorithms: &[Algorithm::RS256],
            claims: AttributeNames { user: Some("email"), email: Some("email"), ..AttributeNames::NONE },
            issuer: PresetValue::Own("https://TEAM.cloudflareaccess.com"),
            audience: PresetValue::Own("the application's audience tag"),
            keys: PresetValue::Own("https://TEAM.cloudflareaccess.com/cdn-cgi/access/certs"),
        }),
        ..PLAIN
    },
    Preset {
        name: "pomerium",
        assertion: Some(PresetAssertion {
            header: "X-Pomerium-Jwt-Assertion",
            is_required: true,
            algorithms: &[Algorithm::ES256],
            claims: AttributeNames {
                user: Some("email"),
                id: Some("sub"),
                email: Some("email"),
                display_name: Some("name"),
                groups: Some("groups"),
            },
            issuer: PresetValue::Own("the host of the service's route, as codes.example.org"),
            audience: PresetValue::Own("the same host"),
            keys: PresetValue::Own("https://CODES.EXAMPLE.ORG/.well-known/pomerium/jwks.json"),
        }),
        ..PLAIN
    },
    Preset {
        name: "google-iap",
        // For plain headers that are compared with the assertion.
        strip_prefix: Some("accounts.google.com:"),
        assertion: Some(PresetAssertion {
            header: "X-Goog-Iap-Jwt-Assertion",
            is_required: true,
            algorithms: &[Algorithm::ES256],
            claims: AttributeNames {
                user: Some("email"),
                id: Some("sub"),
                email: Some("email"),
                ..AttributeNames::NONE
            },
            issuer: PresetValue::Fixed("https://cloud.google.com/iap"),
            audience: PresetValue::Own("/projects/NUMBER/global/backendServices/ID"),
            keys: PresetValue::Fixed("https://www.gstatic.com/iap/verify/public_key-jwk"),
        }),
        ..PLAIN
    },
    Preset {
        name: "tailscale",
        headers: AttributeNames {
            user: Some("Tailscale-User-Login"),
            display_name: Some("Tailscale-User-Name"),
            ..AttributeNames::NONE
        },
        encoding: Encoding::Rfc2047,
        ..PLAIN
    },
    Preset {
        name: "teleport",
        assertion: Some(PresetAssertion {
            header: "Teleport-Jwt-Assertion",
            is_required: true,
            algorithms: &[Algorithm::RS256, Algorithm::ES256],
            claims: AttributeNames { user: Some("username"), groups: Some("roles"), ..AttributeNames::NONE },
            issuer: PresetValue::Own("the name of the cluster"),
            audience: PresetValue::Own("the application's URI in Teleport"),
            keys: PresetValue::Own("https://CLUSTER/.well-known/jwks.json"),
        }),
        ..PLAIN
    },
    Preset {
        name: "sandstorm",
        headers: AttributeNames {
            id: Some("X-Sandstorm-User-Id"),
            display_name: Some("X-Sandstorm-Username"),
            groups: Some("X-Sandstorm-Permissions"),
            ..AttributeNames::NONE
        },
        encoding: Encoding::Percent,
        ..PLAIN
    },
    Preset {
        name: "keycloak-gatekeeper",
        headers: AttributeNames {
            user: Some("X-Auth-Username"),
            id: Some("X-Auth-Subject"),
            email: Some("X-Auth-Email"),
            groups: Some("X-Auth-Groups"),
            display_name: None,
        },
        ..PLAIN
    },
    Preset {
        name: "caddy-security",
        headers: AttributeNames {
            user: Some("X-Token-Subject"),
            email: Some("X-Token-User-Email"),
            display_name: Some("X-Token-User-Name"),
            groups: Some("X-Token-User-Roles"),
            id: None,
        },
        separator: b' ',
        ..PLAIN
    },
    Preset {
        name: "lemonldap",
        headers: AttributeNames {
            user: Some("Auth-User"),
            email: Some("Auth-Mail"),
            display_name: Some("Auth-Cn"),
            groups: Some("Auth-Groups"),
            id: None,
        },
        separator: b';',
        ..PLAIN
    },
    Preset {
        name: "mod-auth-openidc",
        headers: AttributeNames {
            user: Some("OIDC_CLAIM_preferred_username"),
            id: Some("OIDC_CLAIM_sub"),
            email: Some("OIDC_CLAIM_email"),
            display_name: Some("OIDC_CLAIM_name"),
            groups: Some("OIDC_CLAIM_groups"),
        },
        ..PLAIN
    },
    Preset { name: "vouch", headers: AttributeNames { user: Some("X-Vouch-User"), ..AttributeNames::NONE }, ..PLAIN },
    Preset {
        name: "traefik-forward-auth",
        // It names users by their address.
        headers: AttributeNames {
            user: Some("X-Forwarded-User"),
            email: Some("X-Forwarded-User"),
            ..AttributeNames::NONE
        },
        ..PLAIN
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::AuthProxy;

    #[test]
    fn every_preset_makes_settings_that_can_be_used() {
        for preset in Preset::ALL {
            let assertion = preset.assertion.filter(|assertion| assertion.is_required);
            let settings = Settings {
                assertion: assertion.and_then(|_| preset.assertion_settings("issuer", "audience")),
                ..preset.settings()
            };
            assert_eq!(settings.assertion.is_some(), assertion.is_some(), "{}", preset.name);
            let names = [preset.headers.user, preset.headers.id, preset.headers.email, preset.headers.display_name];
            let headers = [&settings.user, &settings.id, &settings.email, &settings.display_name];
            for (name, header) in names.into_iter().zip(headers) {
                assert_eq!(name, header.as_ref().map(Header::configured), "{}", preset.name);
            }
            assert!(AuthProxy::new(settings).is_ok(), "{}", preset.name);
        }
    }

    #[test]
    fn presets_are_found_in_any_case() {
        assert_eq!(Preset::by_name("Google-IAP").map(|preset| preset.name), Some("google-iap"));
        assert!(Preset::by_name("").is_none());
    }
}
