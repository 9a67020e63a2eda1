//! HAProxy with its own passwords.

use anyhow::Result;
use trials::proxy::{Haproxy, Recipe};

use crate::client::Expected::{FromProxy, Refused, User};
use crate::client::{ALICE, Client, NAMELESS};
use crate::setup::{Setup, read_recipe};

const RECIPE: &str = "haproxy-basic.cfg";
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];
const SIGN_IN: &str = "http-request auth realm Sixpin unless { http_auth(people) }";
const STRICT_NAMES: &str = "option http-restrict-req-hdr-names delete";
const SPELLINGS: [&str; 4] = ["REMOTE_USER", "Remote_User", "Remote.User", "Remote~User"];

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn basic() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Haproxy>(read_recipe(RECIPE)?)?;
    Client::new(&setup, &proxy).check_recipe(ALICE, FromProxy(401), &[])
}

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn over_a_unix_socket() -> Result<()> {
    let setup = Setup::new(&[&SETTINGS[..], &[("TRUSTED_PROXIES", "unix:")]].concat())?;
    let (usual, offered) = ("server sixpin 127.0.0.1:8000", "server sixpin unix@/run/sixpin/sixpin.sock");
    let proxy = setup.start_proxy_over_socket::<Haproxy>(read_recipe(RECIPE)?, usual, offered)?;
    Client::new(&setup, &proxy).check_only_way(ALICE, "Remote-User")
}

/// A header that is always set, from an undefined value, arrives empty.
#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn x_05_no_sign_in() -> Result<()> {
    let setup = Setup::without_secret(&SETTINGS)?;
    let recipe = read_recipe(RECIPE)?.without(SIGN_IN)?;
    let always = "http-request set-header Remote-User %[http_auth_user]";
    let proxy = setup.start_proxy::<Haproxy>(recipe.with(&format!("{always} if {{ http_auth(people) }}"), always)?)?;
    let mut client = Client::new(&setup, &proxy);
    let empty = [("remote-user", "")];
    client.check_received(&[], &empty, Refused(407, "header_empty"))?;
    client.compare_with_recorded("x_05_haproxy_empty")?;
    client.check_received(&[("Remote-User", "admin")], &empty, Refused(407, "header_empty"))?;
    // As with nginx: a password that isn't compared makes the user name the client's claim.
    client.check_received(&[("Authorization", "Basic YWRtaW46")], &[("remote-user", "admin")], User("admin"))
}

/// If the header is set only for a user who has signed in, and not deleted before, the client's own passes. Without a
/// proof Sixpin can't tell; with one, which is sent under the same condition, it can.
#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn x_06_header_not_deleted() -> Result<()> {
    let claim = ("Remote-User", "admin");
    let received = [("remote-user", "admin")];

    let setup = Setup::without_secret(&SETTINGS)?;
    let proxy = setup.start_proxy::<Haproxy>(recipe_without_deletion()?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check_received(&[], &[], Refused(407, NAMELESS))?;
    client.check_received(&[claim], &received, User("admin"))?;
    client.compare_with_recorded("x_06_haproxy_not_deleted")?;

    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Haproxy>(recipe_without_deletion()?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check_received(&[claim], &received, Refused(403, "proof_invalid"))?;
    let guess = [claim, ("X-Auth-Proxy-Secret", "guessed")];
    client.check_received(&guess, &received, Refused(403, "proof_invalid"))?;
    client.check_received(&[ALICE, claim], &[("remote-user", "alice")], User("alice"))
}

/// Returns the recipe without the demand for a password, and without the deletion of the client's header.
pub(crate) fn recipe_without_deletion() -> Result<Recipe> {
    read_recipe(RECIPE)?.without(SIGN_IN)?.without("http-request del-header remote- -m beg")
}

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn other_spellings_kept() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Haproxy>(read_recipe(RECIPE)?.without(STRICT_NAMES)?)?;
    let mut client = Client::new(&setup, &proxy);
    for alias in SPELLINGS {
        let both = [("remote-user", "alice"), (alias, "admin")];
        client.check_received(&[ALICE, (alias, "admin")], &both, Refused(407, "header_alias"))?;
    }
    Ok(())
}

/// A pattern does as well as the option of the recipe.
#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn other_spellings_deleted_by_a_pattern() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let pattern = "http-request del-header ^remote[^a-z0-9]user$ -m reg";
    let proxy = setup.start_proxy::<Haproxy>(read_recipe(RECIPE)?.with(STRICT_NAMES, pattern)?)?;
    let mut client = Client::new(&setup, &proxy);
    for alias in SPELLINGS {
        client.check_received(&[ALICE, (alias, "admin")], &[("remote-user", "alice")], User("alice"))?;
    }
    Ok(())
}

/// HAProxy keeps the header that `Connection` names, and the `Connection` as well, which makes Sixpin refuse.
#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn connection_kept() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Haproxy>(read_recipe(RECIPE)?.without("http-request del-header Connection")?)?;
    let mut client = Client::new(&setup, &proxy);
    let refused = Refused(407, "header_hop_by_hop");
    client.check_received(&[ALICE, ("Connection", "Remote-User")], &[("remote-user", "alice")], refused)
}

/// Sixpin answers under the path of `APP_URL` too, so that HAProxy need not remove it.
#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn under_a_path() -> Result<()> {
    let setup = Setup::new(&[&SETTINGS[..], &[("APP_URL", "http://codes.example.org/codes")]].concat())?;
    let proxy = setup.start_proxy::<Haproxy>(read_recipe(RECIPE)?)?;
    Client::new(&setup, &proxy).under("/codes/api/v1/user").check_under_path(ALICE, FromProxy(401))
}
