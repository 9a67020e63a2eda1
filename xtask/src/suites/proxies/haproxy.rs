//! HAProxy with its own passwords.

use anyhow::Result;

use super::Scene;
use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{ALICE, Cases, NAMELESS};
use super::stage::Theatre;
use crate::services::haproxy::Haproxy;
use crate::services::recipe::Recipe;
use crate::tools::HAPROXY;

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &HAPROXY, name: "HAProxy, basic authentication", play: basic },
    Scene { tool: &HAPROXY, name: "HAProxy, over a Unix socket", play: socket },
    Scene { tool: &HAPROXY, name: "X-05 HAProxy that authenticates nobody", play: nobody },
    Scene { tool: &HAPROXY, name: "X-06 HAProxy that forgets to delete the header", play: forgetful },
    Scene { tool: &HAPROXY, name: "HAProxy that keeps other spellings", play: aliases },
    Scene { tool: &HAPROXY, name: "HAProxy that keeps the client's Connection", play: hops },
    Scene { tool: &HAPROXY, name: "HAProxy, under a path", play: under_a_path },
];

const RECIPE: &str = "haproxy-basic.cfg";
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];
const ASKS: &str = "http-request auth realm Sixpin unless { http_auth(people) }";
const STRICT_NAMES: &str = "option http-restrict-req-hdr-names delete";

fn basic(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Haproxy>(theatre.recipe(RECIPE)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.withstand(ALICE, FromProxy(401), &[])?;
    Ok(cases.failures())
}

fn socket(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[&SETTINGS[..], &[("TRUSTED_PROXIES", "unix:")]].concat())?;
    let (usual, offered) = ("server sixpin 127.0.0.1:8000", "server sixpin unix@/run/sixpin/sixpin.sock");
    let front = stage.front_over_socket::<Haproxy>(theatre.recipe(RECIPE)?, usual, offered)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.by_the_only_way(ALICE, "Remote-User")?;
    Ok(cases.failures())
}

/// A header that is always set, from something that isn't known: it comes, and is empty.
fn nobody(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage_without_secret(&SETTINGS)?;
    let recipe = theatre.recipe(RECIPE)?.without(ASKS)?;
    let always = "http-request set-header Remote-User %[http_auth_user]";
    let front = stage.front::<Haproxy>(recipe.with(&format!("{always} if {{ http_auth(people) }}"), always)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[], &[("remote-user", "")], Refused(407, "header_empty"))?;
    cases.keep("x_05_haproxy_empty")?;
    cases.seen(&[("Remote-User", "admin")], &[("remote-user", "")], Refused(407, "header_empty"))?;
    // As with nginx: what isn't compared is what the client claims.
    cases.seen(&[("Authorization", "Basic YWRtaW46")], &[("remote-user", "admin")], Person("admin"))?;
    Ok(cases.failures())
}

/// A header that is only set for who is known, and not deleted before: what the client sent comes through. Without a
/// proof Sixpin can't tell; with one, which is sent under the same condition, it can.
fn forgetful(theatre: &Theatre) -> Result<Vec<String>> {
    let claim = ("Remote-User", "admin");
    let seen = [("remote-user", "admin")];

    let stage = theatre.stage_without_secret(&SETTINGS)?;
    let front = stage.front::<Haproxy>(forgetful_recipe(theatre)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[], &[], Refused(407, NAMELESS))?;
    cases.seen(&[claim], &seen, Person("admin"))?;
    cases.keep("x_06_haproxy_not_deleted")?;
    let mut failures = cases.failures();

    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Haproxy>(forgetful_recipe(theatre)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[claim], &seen, Refused(403, "proof_invalid"))?;
    cases.seen(&[claim, ("X-Auth-Proxy-Secret", "guessed")], &seen, Refused(403, "proof_invalid"))?;
    cases.seen(&[ALICE, claim], &[("remote-user", "alice")], Person("alice"))?;
    failures.extend(cases.failures());
    Ok(failures)
}

/// The recipe without what asks for a password, and without what deletes the client's header.
pub(super) fn forgetful_recipe(theatre: &Theatre) -> Result<Recipe> {
    theatre.recipe(RECIPE)?.without(ASKS)?.without("http-request del-header remote- -m beg")
}

/// Other spellings come through, unless they are deleted by a pattern, which does as well as the recipe's option.
fn aliases(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let spellings = ["REMOTE_USER", "Remote_User", "Remote.User", "Remote~User"];
    let front = stage.front::<Haproxy>(theatre.recipe(RECIPE)?.without(STRICT_NAMES)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    for alias in spellings {
        let both = [("remote-user", "alice"), (alias, "admin")];
        cases.seen(&[ALICE, (alias, "admin")], &both, Refused(407, "header_alias"))?;
    }
    let mut failures = cases.failures();

    let pattern = "http-request del-header ^remote[^a-z0-9]user$ -m reg";
    let front = stage.front::<Haproxy>(theatre.recipe(RECIPE)?.with(STRICT_NAMES, pattern)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    for alias in spellings {
        cases.seen(&[ALICE, (alias, "admin")], &[("remote-user", "alice")], Person("alice"))?;
    }
    failures.extend(cases.failures());
    Ok(failures)
}

/// HAProxy keeps the header that `Connection` names, and the `Connection` as well, which is what Sixpin refuses.
fn hops(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Haproxy>(theatre.recipe(RECIPE)?.without("http-request del-header Connection")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    let refused = Refused(407, "header_hop_by_hop");
    cases.seen(&[ALICE, ("Connection", "Remote-User")], &[("remote-user", "alice")], refused)?;
    Ok(cases.failures())
}

/// Sixpin answers under the path of `APP_URL` too, so that HAProxy need not take it off.
fn under_a_path(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[&SETTINGS[..], &[("APP_URL", "http://codes.example.org/codes")]].concat())?;
    let recipe: Recipe = theatre.recipe(RECIPE)?;
    let front = stage.front::<Haproxy>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address).under("/codes/api/v1/user");
    cases.under_a_path(ALICE, FromProxy(401))?;
    Ok(cases.failures())
}
