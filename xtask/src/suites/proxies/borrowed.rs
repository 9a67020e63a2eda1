//! Groups and addresses that a client sends itself: whatever else Sixpin is told to read, no recipe may pass it on.

use anyhow::Result;

use super::cases::Expected::Person;
use super::cases::{ALICE, Cases, Header};
use super::stage::Theatre;
use super::{Scene, caddy, hosted, nginx};
use crate::services::apache::Apache;
use crate::services::caddy::Caddy;
use crate::services::front::Kind;
use crate::services::gatekeeper::{self, Gatekeeper, Manners};
use crate::services::haproxy::Haproxy;
use crate::services::nginx::Nginx;
use crate::tools::{APACHE, CADDY, HAPROXY, NGINX};

pub(super) const SCENES: &[Scene] = &[
    Scene {
        tool: &NGINX,
        name: "nginx, borrowed groups",
        play: |theatre| passwords::<Nginx>(theatre, "nginx-basic.conf", "REMOTE_USER"),
    },
    Scene {
        tool: &APACHE,
        name: "Apache, borrowed groups",
        play: |theatre| passwords::<Apache>(theatre, "apache-basic.conf", "Remote-User"),
    },
    Scene {
        tool: &HAPROXY,
        name: "HAProxy, borrowed groups",
        play: |theatre| passwords::<Haproxy>(theatre, "haproxy-basic.cfg", "Remote-User"),
    },
    Scene {
        tool: &CADDY,
        name: "Caddy, borrowed groups",
        play: |theatre| passwords::<Caddy>(theatre, "caddy-basic.Caddyfile", "Remote-User"),
    },
    Scene {
        tool: &NGINX,
        name: "nginx, Authelia, borrowed groups",
        play: |theatre| asked::<Nginx>(theatre, ("nginx-authelia.conf", "127.0.0.1:9091"), nginx::AUTHELIA, &REMOTE),
    },
    Scene {
        tool: &CADDY,
        name: "Caddy, Authelia, borrowed groups",
        play: |theatre| {
            asked::<Caddy>(theatre, ("caddy-authelia.Caddyfile", "127.0.0.1:9091"), caddy::AUTHELIA, &REMOTE)
        },
    },
    Scene {
        tool: &NGINX,
        name: "nginx, authentik, borrowed groups",
        play: |theatre| {
            asked::<Nginx>(theatre, ("nginx-authentik.conf", "127.0.0.1:9000"), hosted::AUTHENTIK, &AUTHENTIK)
        },
    },
    Scene {
        tool: &NGINX,
        name: "nginx, oauth2-proxy, borrowed groups",
        play: |theatre| {
            asked::<Nginx>(theatre, ("nginx-oauth2-proxy.conf", "127.0.0.1:4180"), hosted::OAUTH2_PROXY, &OAUTH2_PROXY)
        },
    },
    Scene { tool: &NGINX, name: "nginx that passes on the client's groups", play: passed_on },
];

/// Names of the headers of one way of signing in.
struct Names {
    user: &'static str,
    email: &'static str,
    groups: &'static str,
    separator: &'static str,
}

const REMOTE: Names = Names { user: "Remote-User", email: "Remote-Email", groups: "Remote-Groups", separator: "," };
const AUTHENTIK: Names =
    Names { user: "X-authentik-username", email: "X-authentik-email", groups: "X-authentik-groups", separator: "|" };
const OAUTH2_PROXY: Names = Names {
    user: "X-Auth-Request-Preferred-Username",
    email: "X-Auth-Request-Email",
    groups: "X-Auth-Request-Groups",
    separator: ",",
};

/// A proxy that knows neither groups nor addresses.
fn passwords<K: Kind>(theatre: &Theatre, recipe: &str, user: &'static str) -> Result<Vec<String>> {
    let recipe = theatre.recipe(recipe)?;
    let stage = theatre.stage(&settings(&Names { user, ..REMOTE }, "admins"))?;
    let front = stage.front::<K>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    borrow(&mut cases, ALICE, &REMOTE, "alice@remote")?;
    Ok(cases.failures())
}

/// A proxy that asks a gatekeeper, who knows alice's groups and address.
fn asked<K: Kind>(
    theatre: &Theatre,
    (recipe, place): (&str, &str),
    manners: Manners,
    names: &Names,
) -> Result<Vec<String>> {
    let gatekeeper = Gatekeeper::start(manners)?;
    let recipe = || theatre.recipe(recipe)?.with(place, &gatekeeper.address.to_string());
    let stage = theatre.stage(&settings(names, "admins"))?;
    let front = stage.front::<K>(recipe()?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    borrow(&mut cases, gatekeeper::ALICE, names, "alice@example.org")?;
    let mut failures = cases.failures();

    // The group that she is in does arrive.
    let stage = theatre.stage(&settings(names, "people"))?;
    let front = stage.front::<K>(recipe()?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    let alice = cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    cases.equal("a member of the group is an administrator", &alice.json()["is_admin"], &true.into());
    failures.extend(cases.failures());
    Ok(failures)
}

/// What comes of a header that Sixpin is told to read and the proxy isn't told to set: no rule of Sixpin's can tell.
fn passed_on(theatre: &Theatre) -> Result<Vec<String>> {
    let gatekeeper = Gatekeeper::start(nginx::AUTHELIA)?;
    let recipe = theatre.recipe("nginx-authelia.conf")?.with("127.0.0.1:9091", &gatekeeper.address.to_string())?;
    let stage = theatre.stage(&settings(&REMOTE, "admins"))?;
    let front = stage.front::<Nginx>(recipe.without("proxy_set_header Remote-Groups $groups;")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    let claim = [gatekeeper::ALICE, (REMOTE.groups, "admins")];
    cases.check(&claim, Person("alice"))?;
    let claimed = cases.check(&claim, Person("alice"))?;
    cases.equal("a borrowed group, believed", &claimed.json()["is_admin"], &true.into());
    Ok(cases.failures())
}

fn settings<'a>(names: &Names, admins: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("AUTH_PROXY_HEADER_FOR_USER", names.user),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", names.email),
        ("AUTH_PROXY_HEADER_FOR_GROUPS", names.groups),
        ("AUTH_PROXY_GROUPS_SEPARATOR", names.separator),
        ("AUTH_PROXY_ADMIN_GROUPS", admins),
    ]
}

/// Alice claims to be in a group, and to have an address, that aren't hers.
fn borrow(cases: &mut Cases, alice: Header, names: &Names, own: &str) -> Result<()> {
    cases.check(&[alice], Person("alice"))?;
    for lines in [
        vec![(names.groups, "admins"), (names.email, "boss@example.org")],
        vec![(names.groups, "admins"), (names.groups, "admins"), ("Connection", names.groups)],
    ] {
        let claimed = cases.check(&[&[alice][..], &lines].concat(), Person("alice"))?.json();
        cases.equal("a borrowed group makes an administrator", &claimed["is_admin"], &false.into());
        cases.equal("a borrowed address", &claimed["email"], &own.into());
    }
    Ok(())
}
