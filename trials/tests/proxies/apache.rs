//! Apache httpd with its own passwords.

use anyhow::Result;
use trials::proxy::{Apache, Recipe};

use crate::client::Expected::{FromProxy, Refused, User};
use crate::client::{ALICE, Client, NAMELESS};
use crate::setup::{Setup, read_recipe};

const RECIPE: &str = "apache-basic.conf";
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn x_07_basic() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Apache>(read_recipe(RECIPE)?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check_recipe(ALICE, FromProxy(401), &["Remote~User"])?;
    client.check_received(&[ALICE], &[("remote-user", "alice")], User("alice"))?;
    client.compare_with_recorded("x_07_apache")
}

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn over_a_unix_socket() -> Result<()> {
    let setup = Setup::new(&[&SETTINGS[..], &[("TRUSTED_PROXIES", "unix:")]].concat())?;
    let usual = r#"ProxyPass "/" "http://127.0.0.1:8000/""#;
    let offered = r#"ProxyPass "/" "unix:/run/sixpin/sixpin.sock|http://localhost/""#;
    let proxy = setup.start_proxy_over_socket::<Apache>(read_recipe(RECIPE)?, usual, offered)?;
    Client::new(&setup, &proxy).check_only_way(ALICE, "Remote-User")
}

/// A client can make Apache drop the header that it has just set.
#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn x_07_connection_kept() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let recipe = read_recipe(RECIPE)?.without("RequestHeader unset Connection early")?;
    let proxy = setup.start_proxy::<Apache>(recipe)?;
    let mut client = Client::new(&setup, &proxy);
    let hop = ("Connection", "Remote-User");
    client.check_received(&[ALICE], &[("remote-user", "alice")], User("alice"))?;
    client.check_received(&[ALICE, hop], &[], Refused(407, NAMELESS))?;
    client.compare_with_recorded("x_07_apache_hop_by_hop")?;
    client.check_received(&[ALICE, hop, ("REMOTE_USER", "admin")], &[], Refused(407, NAMELESS))?;
    client.check(&[ALICE, ("Connection", "X-Auth-Proxy-Secret")], Refused(403, "proof_invalid"))?;
    Ok(())
}

/// Other spellings pass, beside the header and, by the same trick, without it.
#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn other_spellings_kept() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let recipe = read_recipe(RECIPE)?.without("RequestHeader unset Connection early")?;
    let recipe = recipe.without("RequestHeader unset REMOTE_USER early")?;
    let proxy = setup.start_proxy::<Apache>(recipe.without("RequestHeader unset Remote.User early")?)?;
    let mut client = Client::new(&setup, &proxy);
    for alias in ["REMOTE_USER", "Remote_User", "Remote.User", "Remote~User"] {
        let both = [("remote-user", "alice"), (alias, "admin")];
        client.check_received(&[ALICE, (alias, "admin")], &both, Refused(407, "header_alias"))?;
        let alone = [ALICE, (alias, "admin"), ("Connection", "Remote-User")];
        client.check_received(&alone, &[(alias, "admin")], Refused(407, "header_alias"))?;
    }
    Ok(())
}

/// `%{REMOTE_USER}e`, the form of many instructions, never works, for any user.
#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn x_08_environment_variable() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let recipe = read_recipe(RECIPE)?.with(" expr=%{REMOTE_USER}", " \"%{REMOTE_USER}e\"")?;
    let proxy = setup.start_proxy::<Apache>(without_sign_in(recipe)?)?;
    let mut client = Client::new(&setup, &proxy);
    let null = [("remote-user", "(null)")];
    client.check_received(&[], &null, Refused(407, "header_sentinel"))?;
    client.compare_with_recorded("x_08_apache_null")?;
    client.check_received(&[("Remote-User", "admin")], &null, Refused(407, "header_sentinel"))
}

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn no_sign_in() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Apache>(without_sign_in(read_recipe(RECIPE)?)?)?;
    let mut client = Client::new(&setup, &proxy);
    let empty = [("remote-user", "")];
    client.check_received(&[], &empty, Refused(407, "header_empty"))?;
    client.check_received(&[("Remote-User", "admin")], &empty, Refused(407, "header_empty"))
}

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn under_a_path() -> Result<()> {
    let setup = Setup::new(&[&SETTINGS[..], &[("APP_URL", "http://codes.example.org/codes")]].concat())?;
    let recipe = read_recipe(RECIPE)?.with(r#"ProxyPass "/" "http"#, r#"ProxyPass "/codes/" "http"#)?;
    let proxy = setup.start_proxy::<Apache>(recipe.with(r#"<Location "/">"#, r#"<Location "/codes/">"#)?)?;
    Client::new(&setup, &proxy).under("/codes/api/v1/user").check_under_path(ALICE, FromProxy(401))
}

/// Removes the demand for a password from a recipe.
fn without_sign_in(recipe: Recipe) -> Result<Recipe> {
    recipe.with("Require valid-user", "Require all granted")
}
