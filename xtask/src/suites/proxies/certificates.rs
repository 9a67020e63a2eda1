//! Proxies that prove themselves by a certificate.

use anyhow::Result;

use super::Scene;
use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{ALICE, Cases, UNTRUSTED};
use super::stage::{Stage, Theatre};
use crate::process;
use crate::services::certificates::Authority;
use crate::services::front::Front;
use crate::services::haproxy::Haproxy;
use crate::services::nginx::Nginx;
use crate::services::recipe::Recipe;
use crate::tools::{HAPROXY, NGINX};

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &NGINX, name: "J-14 nginx with a certificate", play: nginx },
    Scene { tool: &HAPROXY, name: "J-14 HAProxy with a certificate", play: haproxy },
];

const SERVER: &str = "sixpin.internal";
const PROXY: &str = "proxy.internal";
/// Of the same authority, but not the proxy.
const OTHER: &str = "other.internal";

/// A server that knows its proxy by the certificate, and where it speaks TLS.
fn stage(theatre: &Theatre, authority: &Authority, header: &str) -> Result<(Stage, String)> {
    for name in [SERVER, PROXY, OTHER] {
        authority.issue(name)?;
    }
    let file = |name: &str| authority.path(name).to_string_lossy().into_owned();
    let (certificate, key, ca) = (file("sixpin.internal.pem"), file("sixpin.internal.key"), file("ca.pem"));
    let place = format!("127.0.0.1:{}", process::free_port()?);
    let settings = [
        ("LISTEN_TLS_CERT", certificate.as_str()),
        ("LISTEN_TLS_KEY", &key),
        ("AUTH_PROXY_CLIENT_CA", &ca),
        ("AUTH_PROXY_CLIENT_SAN", PROXY),
        ("TRUSTED_PROXIES", "tls:"),
        ("AUTH_PROXY_HEADER_FOR_USER", header),
    ];
    Ok((theatre.stage_at(&format!("tls:{place}"), &settings)?, place))
}

fn nginx(theatre: &Theatre) -> Result<Vec<String>> {
    let authority = Authority::new()?;
    let (stage, place) = stage(theatre, &authority, "REMOTE_USER")?;
    let file = |name: &str| authority.path(name).to_string_lossy().into_owned();
    let recipe = |name: &str| {
        Recipe::read(&theatre.root, "nginx-certificate.conf")?
            .with("127.0.0.1:8443", &place)?
            .with("/etc/nginx/sixpin/ca.pem", &file("ca.pem"))?
            .with("/etc/nginx/sixpin/proxy.pem", &file(&format!("{name}.pem")))?
            .with("/etc/nginx/sixpin/proxy.key", &file(&format!("{name}.key")))
    };

    let front = Front::start::<Nginx>(recipe(PROXY)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.check(&[], FromProxy(401))?;
    cases.by_the_only_way(ALICE, "REMOTE_USER")?;
    let mut failures = cases.failures();

    let another = Front::start::<Nginx>(recipe(OTHER)?)?;
    let mut cases = Cases::new(theatre, &stage, another.address);
    cases.check(&[ALICE], Refused(403, UNTRUSTED))?;
    failures.extend(cases.failures());

    let shown = format!("proxy_ssl_certificate {};", file("proxy.internal.pem"));
    let its_key = format!("proxy_ssl_certificate_key {};", file("proxy.internal.key"));
    let silent = Front::start::<Nginx>(recipe(PROXY)?.without(&shown)?.without(&its_key)?)?;
    let mut cases = Cases::new(theatre, &stage, silent.address);
    cases.check(&[ALICE], Refused(403, UNTRUSTED))?;
    failures.extend(cases.failures());
    Ok(failures)
}

fn haproxy(theatre: &Theatre) -> Result<Vec<String>> {
    let authority = Authority::new()?;
    let (stage, place) = stage(theatre, &authority, "Remote-User")?;
    let file = |name: &str| authority.path(name).to_string_lossy().into_owned();
    let offered = "server sixpin 127.0.0.1:8443 ssl verify required";
    let recipe = theatre.recipe("haproxy-basic.cfg")?.without("server sixpin 127.0.0.1:8000")?;
    let recipe = recipe.with(&format!("#   {offered}"), offered)?.with("127.0.0.1:8443", &place)?;
    let recipe = recipe.with("/etc/haproxy/sixpin/ca.pem", &file("ca.pem"))?;
    let recipe = |name| recipe.clone().with("/etc/haproxy/sixpin/proxy.pem", &file(name));

    let front = Front::start::<Haproxy>(recipe("proxy.internal.both.pem")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.check(&[], FromProxy(401))?;
    cases.check(&[ALICE], Person("alice"))?;
    cases.by_the_only_way(ALICE, "Remote-User")?;
    let mut failures = cases.failures();

    let another = Front::start::<Haproxy>(recipe("other.internal.both.pem")?)?;
    let mut cases = Cases::new(theatre, &stage, another.address);
    cases.check(&[ALICE], Refused(403, UNTRUSTED))?;
    failures.extend(cases.failures());
    Ok(failures)
}
