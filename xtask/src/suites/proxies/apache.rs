//! Apache httpd with its own passwords.

use anyhow::Result;

use super::Scene;
use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{ALICE, Cases, NAMELESS};
use super::stage::Theatre;
use crate::services::apache::Apache;
use crate::services::recipe::Recipe;
use crate::tools::APACHE;

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &APACHE, name: "Apache, basic authentication", play: basic },
    Scene { tool: &APACHE, name: "Apache, over a Unix socket", play: socket },
    Scene { tool: &APACHE, name: "X-07 Apache that keeps the client's Connection", play: hops },
    Scene { tool: &APACHE, name: "Apache that keeps other spellings", play: aliases },
    Scene { tool: &APACHE, name: "X-08 Apache with %{REMOTE_USER}e", play: environment },
    Scene { tool: &APACHE, name: "Apache that authenticates nobody", play: nobody },
    Scene { tool: &APACHE, name: "Apache, under a path", play: under_a_path },
];

const RECIPE: &str = "apache-basic.conf";
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];

fn basic(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Apache>(theatre.recipe(RECIPE)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.withstand(ALICE, FromProxy(401), &["Remote~User"])?;
    cases.seen(&[ALICE], &[("remote-user", "alice")], Person("alice"))?;
    cases.keep("x_07_apache")?;
    Ok(cases.failures())
}

fn socket(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[&SETTINGS[..], &[("TRUSTED_PROXIES", "unix:")]].concat())?;
    let usual = r#"ProxyPass "/" "http://127.0.0.1:8000/""#;
    let offered = r#"ProxyPass "/" "unix:/run/sixpin/sixpin.sock|http://localhost/""#;
    let front = stage.front_over_socket::<Apache>(theatre.recipe(RECIPE)?, usual, offered)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.by_the_only_way(ALICE, "Remote-User")?;
    Ok(cases.failures())
}

/// A client can make Apache drop the header that it has just set.
fn hops(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Apache>(theatre.recipe(RECIPE)?.without("RequestHeader unset Connection early")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[ALICE], &[("remote-user", "alice")], Person("alice"))?;
    cases.seen(&[ALICE, ("Connection", "Remote-User")], &[], Refused(407, NAMELESS))?;
    cases.keep("x_07_apache_hop_by_hop")?;
    cases.seen(&[ALICE, ("Connection", "Remote-User"), ("REMOTE_USER", "admin")], &[], Refused(407, NAMELESS))?;
    cases.check(&[ALICE, ("Connection", "X-Auth-Proxy-Secret")], Refused(403, "proof_invalid"))?;
    Ok(cases.failures())
}

/// Other spellings come through, beside the header and, by the same trick, without it.
fn aliases(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let recipe = theatre.recipe(RECIPE)?.without("RequestHeader unset Connection early")?;
    let recipe = recipe.without("RequestHeader unset REMOTE_USER early")?;
    let front = stage.front::<Apache>(recipe.without("RequestHeader unset Remote.User early")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    for alias in ["REMOTE_USER", "Remote_User", "Remote.User", "Remote~User"] {
        let both = [("remote-user", "alice"), (alias, "admin")];
        cases.seen(&[ALICE, (alias, "admin")], &both, Refused(407, "header_alias"))?;
        let alone = [ALICE, (alias, "admin"), ("Connection", "Remote-User")];
        cases.seen(&alone, &[(alias, "admin")], Refused(407, "header_alias"))?;
    }
    Ok(cases.failures())
}

/// The form that many instructions have: it never works, with anybody.
fn environment(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let recipe = theatre.recipe(RECIPE)?.with(" expr=%{REMOTE_USER}", " \"%{REMOTE_USER}e\"")?;
    let front = stage.front::<Apache>(unguarded(recipe)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[], &[("remote-user", "(null)")], Refused(407, "header_sentinel"))?;
    cases.keep("x_08_apache_null")?;
    cases.seen(&[("Remote-User", "admin")], &[("remote-user", "(null)")], Refused(407, "header_sentinel"))?;
    Ok(cases.failures())
}

fn nobody(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Apache>(unguarded(theatre.recipe(RECIPE)?)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[], &[("remote-user", "")], Refused(407, "header_empty"))?;
    cases.seen(&[("Remote-User", "admin")], &[("remote-user", "")], Refused(407, "header_empty"))?;
    Ok(cases.failures())
}

/// A recipe that asks nobody for a password.
fn unguarded(recipe: Recipe) -> Result<Recipe> {
    recipe.with("Require valid-user", "Require all granted")
}

fn under_a_path(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[&SETTINGS[..], &[("APP_URL", "http://codes.example.org/codes")]].concat())?;
    let recipe = theatre.recipe(RECIPE)?.with(r#"ProxyPass "/" "http"#, r#"ProxyPass "/codes/" "http"#)?;
    let front = stage.front::<Apache>(recipe.with(r#"<Location "/">"#, r#"<Location "/codes/">"#)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address).under("/codes/api/v1/user");
    cases.under_a_path(ALICE, FromProxy(401))?;
    Ok(cases.failures())
}
