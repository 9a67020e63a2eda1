//! Proxies that prove their identity by a certificate.

use anyhow::Result;
use trials::certificates::Authority;
use trials::process;
use trials::proxy::{Haproxy, Nginx, Proxy, Recipe};

use crate::client::Expected::{FromProxy, Refused, User};
use crate::client::{ALICE, Client, UNTRUSTED};
use crate::setup::{Setup, read_recipe};

const SERVER: &str = "sixpin.internal";
const PROXY: &str = "proxy.internal";
/// Of the same authority, but not the proxy.
const OTHER: &str = "other.internal";

/// Returns a server that knows its proxy by the certificate, and the address where it speaks TLS.
fn start_server(authority: &Authority, header: &str) -> Result<(Setup, String)> {
    for name in [SERVER, PROXY, OTHER] {
        authority.issue(name)?;
    }
    let file = |name: &str| authority.path(name).to_string_lossy().into_owned();
    let (certificate, key, ca) = (file("sixpin.internal.pem"), file("sixpin.internal.key"), file("ca.pem"));
    let address = format!("127.0.0.1:{}", process::free_port()?);
    let settings = [
        ("LISTEN_TLS_CERT", certificate.as_str()),
        ("LISTEN_TLS_KEY", &key),
        ("AUTH_PROXY_CLIENT_CA", &ca),
        ("AUTH_PROXY_CLIENT_SAN", PROXY),
        ("TRUSTED_PROXIES", "tls:"),
        ("AUTH_PROXY_HEADER_FOR_USER", header),
    ];
    Ok((Setup::listening_at(&format!("tls:{address}"), &settings)?, address))
}

#[test]
#[cfg_attr(not(all(installed = "nginx", installed = "openssl")), ignore = "nginx or OpenSSL is not installed")]
fn j_14_nginx() -> Result<()> {
    let authority = Authority::new()?;
    let (setup, address) = start_server(&authority, "REMOTE_USER")?;
    let file = |name: &str| authority.path(name).to_string_lossy().into_owned();
    let recipe = |name: &str| {
        Recipe::read("nginx-certificate.conf")?
            .with("127.0.0.1:8443", &address)?
            .with("/etc/nginx/sixpin/ca.pem", &file("ca.pem"))?
            .with("/etc/nginx/sixpin/proxy.pem", &file(&format!("{name}.pem")))?
            .with("/etc/nginx/sixpin/proxy.key", &file(&format!("{name}.key")))
    };

    let proxy = Proxy::start::<Nginx>(recipe(PROXY)?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check(&[], FromProxy(401))?;
    client.check_only_way(ALICE, "REMOTE_USER")?;

    let other = Proxy::start::<Nginx>(recipe(OTHER)?)?;
    Client::new(&setup, &other).check(&[ALICE], Refused(403, UNTRUSTED))?;

    let certificate = format!("proxy_ssl_certificate {};", file("proxy.internal.pem"));
    let key = format!("proxy_ssl_certificate_key {};", file("proxy.internal.key"));
    let without = Proxy::start::<Nginx>(recipe(PROXY)?.without(&certificate)?.without(&key)?)?;
    Client::new(&setup, &without).check(&[ALICE], Refused(403, UNTRUSTED))?;
    Ok(())
}

#[test]
#[cfg_attr(not(all(installed = "haproxy", installed = "openssl")), ignore = "HAProxy or OpenSSL is not installed")]
fn j_14_haproxy() -> Result<()> {
    let authority = Authority::new()?;
    let (setup, address) = start_server(&authority, "Remote-User")?;
    let file = |name: &str| authority.path(name).to_string_lossy().into_owned();
    let offered = "server sixpin 127.0.0.1:8443 ssl verify required";
    let recipe = read_recipe("haproxy-basic.cfg")?.without("server sixpin 127.0.0.1:8000")?;
    let recipe = recipe.with(&format!("#   {offered}"), offered)?.with("127.0.0.1:8443", &address)?;
    let recipe = recipe.with("/etc/haproxy/sixpin/ca.pem", &file("ca.pem"))?;
    let recipe = |name| recipe.clone().with("/etc/haproxy/sixpin/proxy.pem", &file(name));

    let proxy = Proxy::start::<Haproxy>(recipe("proxy.internal.both.pem")?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check(&[], FromProxy(401))?;
    client.check(&[ALICE], User("alice"))?;
    client.check_only_way(ALICE, "Remote-User")?;

    let other = Proxy::start::<Haproxy>(recipe("other.internal.both.pem")?)?;
    Client::new(&setup, &other).check(&[ALICE], Refused(403, UNTRUSTED))?;
    Ok(())
}
