//! Authelia, authentik and oauth2-proxy, as stand-ins answer for them after their documentation.

use anyhow::Result;
use trials::gatekeeper::{Answers, Gatekeeper};
use trials::proxy::Recipe;

use crate::setup::read_recipe;

/// Authelia, asked by nginx.
pub(crate) const AUTHELIA_FOR_NGINX: Answers = Answers {
    denied: "401 Unauthorized\r\nLocation: https://auth.example.org/",
    allowed: "200 OK",
    alice: "Remote-User: alice\r\nRemote-Groups: people\r\nRemote-Name: Alice\r\nRemote-Email: alice@example.org\r\n",
};

/// Authelia, asked by Caddy.
pub(crate) const AUTHELIA_FOR_CADDY: Answers =
    Answers { denied: "302 Found\r\nLocation: https://auth.example.org/", ..AUTHELIA_FOR_NGINX };

/// The settings that the recipes for Authelia name.
pub(crate) const AUTHELIA_SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_PRESET", "authelia")];

/// authentik, asked by nginx.
pub(crate) const AUTHENTIK: Answers = Answers {
    denied: "401 Unauthorized",
    allowed: "200 OK",
    alice: "X-authentik-username: alice\r\nX-authentik-groups: people|staff\r\nX-authentik-email: alice@example.org\r\n\
            X-authentik-name: Alice\r\nX-authentik-uid: 9f86d081884c7d65\r\n\
            X-authentik-meta-jwks: https://auth.example.org/jwks/\r\n",
};

/// oauth2-proxy, asked by nginx.
pub(crate) const OAUTH2_PROXY: Answers = Answers {
    denied: "401 Unauthorized",
    allowed: "202 Accepted",
    alice: "X-Auth-Request-User: 9f86d081884c7d65\r\nX-Auth-Request-Email: alice@example.org\r\n\
            X-Auth-Request-Preferred-Username: alice\r\nX-Auth-Request-Groups: people,staff\r\n",
};

/// A recipe that asks a gatekeeper.
pub(crate) struct GatedRecipe {
    file: &'static str,
    /// The address of the gatekeeper in the file.
    address: &'static str,
}

pub(crate) const NGINX_AUTHELIA: GatedRecipe = GatedRecipe { file: "nginx-authelia.conf", address: "127.0.0.1:9091" };
pub(crate) const NGINX_AUTHELIA_TOKENS: GatedRecipe =
    GatedRecipe { file: "nginx-authelia-tokens.conf", address: "127.0.0.1:9091" };
pub(crate) const NGINX_AUTHENTIK: GatedRecipe = GatedRecipe { file: "nginx-authentik.conf", address: "127.0.0.1:9000" };
pub(crate) const NGINX_OAUTH2_PROXY: GatedRecipe =
    GatedRecipe { file: "nginx-oauth2-proxy.conf", address: "127.0.0.1:4180" };
pub(crate) const CADDY_AUTHELIA: GatedRecipe =
    GatedRecipe { file: "caddy-authelia.Caddyfile", address: "127.0.0.1:9091" };

impl GatedRecipe {
    /// Reads the recipe, with the secret and the address of the gatekeeper in it.
    pub(crate) fn read(&self, gatekeeper: &Gatekeeper) -> Result<Recipe> {
        read_recipe(self.file)?.with(self.address, &gatekeeper.address.to_string())
    }
}
