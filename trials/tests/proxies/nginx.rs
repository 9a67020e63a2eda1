//! nginx: its own passwords, and Authelia.

use anyhow::Result;
use trials::checkout;
use trials::gatekeeper::{self, Gatekeeper};
use trials::http::Request;
use trials::instance::Instance;
use trials::proxy::{Nginx, Proxy, Recipe};

use crate::client::Expected::{FromProxy, Refused, User};
use crate::client::{ALICE, Client, NAMELESS};
use crate::gatekeepers::{AUTHELIA_FOR_NGINX, AUTHELIA_SETTINGS, NGINX_AUTHELIA};
use crate::setup::{Setup, read_recipe};

const RECIPE: &str = "nginx-basic.conf";

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn basic() -> Result<()> {
    let setup = Setup::new(&[])?;
    let proxy = setup.start_proxy::<Nginx>(read_recipe(RECIPE)?)?;
    let mut client = Client::new(&setup, &proxy).identified_by("remote_user");
    client.check_recipe(ALICE, FromProxy(401), &[])
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn over_a_unix_socket() -> Result<()> {
    let setup = Setup::new(&[("TRUSTED_PROXIES", "unix:")])?;
    let (usual, offered) = ("proxy_pass http://127.0.0.1:8000;", "proxy_pass http://unix:/run/sixpin/sixpin.sock;");
    let proxy = setup.start_proxy_over_socket::<Nginx>(read_recipe(RECIPE)?, usual, offered)?;
    Client::new(&setup, &proxy).identified_by("remote_user").check_only_way(ALICE, "REMOTE_USER")
}

/// The client's other spelling arrives next to the proxy's header.
#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn x_03_other_spelling_kept() -> Result<()> {
    let setup = Setup::new(&[])?;
    let recipe = read_recipe(RECIPE)?.without("proxy_set_header Remote-User \"\";")?;
    let proxy = setup.start_proxy::<Nginx>(recipe)?;
    let mut client = Client::new(&setup, &proxy).identified_by("remote_user");
    client.check_received(&[ALICE], &[("remote_user", "alice")], User("alice"))?;
    let both = [("remote_user", "alice"), ("remote-user", "admin")];
    client.check_received(&[ALICE, ("Remote-User", "admin")], &both, Refused(407, "header_alias"))?;
    client.compare_with_recorded("x_03_nginx_alias")
}

/// `$remote_user` is the client's claim unless `auth_basic` compares the password. No rule of Sixpin's can tell: this
/// is why the recipe says so, and why a secret on such a route proves nothing.
#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn remote_user_without_auth_basic() -> Result<()> {
    let setup = Setup::new(&[])?;
    let proxy = setup.start_proxy::<Nginx>(read_recipe(RECIPE)?.without("auth_basic \"Sixpin\";")?)?;
    let mut client = Client::new(&setup, &proxy).identified_by("remote_user");
    client.check_received(&[], &[], Refused(407, NAMELESS))?;
    client.check_received(&[("Authorization", "Basic YWRtaW46")], &[("remote_user", "admin")], User("admin"))
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn x_01_x_02_authelia() -> Result<()> {
    let setup = Setup::new(&AUTHELIA_SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_NGINX)?;
    let proxy = setup.start_proxy::<Nginx>(NGINX_AUTHELIA.read(&gatekeeper)?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check_recipe(gatekeeper::ALICE, FromProxy(302), &[])?;
    let denied = client.check(&[], FromProxy(302))?;
    assert_eq!(denied.header("location"), Some("https://auth.example.org/"));
    let alice = client.check(&[gatekeeper::ALICE], User("alice"))?;
    assert_eq!(alice.json()["email"], "alice@example.org");
    client.compare_with_recorded("x_01_nginx_authelia")?;
    client.check_received(&[gatekeeper::NAMELESS], &[], Refused(407, NAMELESS))?;
    client.compare_with_recorded("x_02_nginx_authelia_bypass")?;
    for spelling in ["Remote-User", "REMOTE_USER", "Remote.User"] {
        client.check_received(&[gatekeeper::NAMELESS, (spelling, "admin")], &[], Refused(407, NAMELESS))?;
    }
    Ok(())
}

/// With and without an identity from the proxy.
#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn x_04_underscores_in_headers() -> Result<()> {
    let setup = Setup::new(&AUTHELIA_SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_NGINX)?;
    let recipe = NGINX_AUTHELIA.read(&gatekeeper)?;
    let proxy = setup.start_proxy::<Nginx>(recipe.with("client_max_body_size 32m;", "underscores_in_headers on;")?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check(&[gatekeeper::ALICE], User("alice"))?;
    let alias = ("REMOTE_USER", "admin");
    let both = [("remote-user", "alice"), ("remote_user", "admin")];
    client.check_received(&[gatekeeper::ALICE, alias], &both, Refused(407, "header_alias"))?;
    client.compare_with_recorded("x_04_nginx_underscores")?;
    let alone = [("remote_user", "admin")];
    client.check_received(&[gatekeeper::NAMELESS, alias], &alone, Refused(407, "header_alias"))?;
    client.compare_with_recorded("x_04_nginx_underscores_nobody")
}

/// Two recipes in one: the path of one, the passwords of the other.
#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn under_a_path() -> Result<()> {
    let setup = Setup::new(&[("APP_URL", "http://codes.example.org/codes")])?;
    let recipe = read_recipe(RECIPE)?.with("location / {", "location /codes/ {")?;
    let proxy = setup.start_proxy::<Nginx>(recipe.with("http://127.0.0.1:8000;", "http://127.0.0.1:8000/;")?)?;
    let mut client = Client::new(&setup, &proxy).identified_by("remote_user").under("/codes/api/v1/user");
    client.check_under_path(ALICE, FromProxy(401))
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn under_a_path_without_sign_in() -> Result<()> {
    let instance = Instance::new(checkout::debug_server()?)?.with(&[("TRUSTED_PROXIES", "127.0.0.1")]);
    let _server = instance.serve()?;
    let proxy = Proxy::start::<Nginx>(Recipe::read("nginx-subpath.conf")?.upstream(instance.address)?)?;
    let read = |path| Request::read(path).header("Accept", "text/html").send(proxy.address);
    assert_eq!(read("/codes/up")?.status, 200, "health");
    assert_eq!(read("/codes")?.status, 301, "without its slash");
    let page = read("/codes/")?;
    assert_eq!(page.status, 200, "the page");
    assert!(!page.body.contains("src=\"/") && !page.body.contains("href=\"/"), "URLs from the root in the page");
    Ok(())
}
