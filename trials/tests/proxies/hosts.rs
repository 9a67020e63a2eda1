//! Names of other sites that lead to a proxy (DNS rebinding): the recipes answer none of them.

use std::time::Duration;

use anyhow::Result;
use trials::http::send_raw;
use trials::proxy::{Apache, Caddy, Haproxy, Lighttpd, Nginx, Software};

use crate::client::ALICE;
use crate::setup::{Setup, read_recipe};

/// Time to wait for an answer, which the proxies give far sooner.
const TIMEOUT: Duration = Duration::from_secs(2);

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx() -> Result<()> {
    check::<Nginx>("nginx-basic.conf")
}

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn apache() -> Result<()> {
    check::<Apache>("apache-basic.conf")
}

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn haproxy() -> Result<()> {
    check::<Haproxy>("haproxy-basic.cfg")
}

#[test]
#[cfg_attr(not(installed = "lighttpd"), ignore = "lighttpd is not installed")]
fn lighttpd() -> Result<()> {
    check::<Lighttpd>("lighttpd-basic.conf")
}

/// Caddy's recipe is bound to its name by being a site; the test has to lift that, so that Sixpin's own check is left.
#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn caddy() -> Result<()> {
    let url = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User"), ("APP_URL", "http://127.0.0.1")];
    let setup = Setup::new(&url)?;
    let proxy = setup.start_proxy::<Caddy>(read_recipe("caddy-basic.Caddyfile")?)?;
    let answer = send_raw(proxy.address, request("evil.example").as_bytes(), TIMEOUT)?;
    assert!(answer.starts_with(b"HTTP/1.1 421"), "{}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// Checks that alice's browser gets nothing under another name, and that the server isn't even asked.
fn check<S: Software>(recipe: &str) -> Result<()> {
    let setup = Setup::new(&[("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")])?;
    let proxy = setup.start_proxy::<S>(read_recipe(recipe)?)?;
    for (host, is_own) in
        [("evil.example", false), ("codes.example.org.evil.example", false), ("codes.example.org", true)]
    {
        setup.tap.take();
        send_raw(proxy.address, request(host).as_bytes(), TIMEOUT)?;
        assert_eq!(!setup.tap.take().is_empty(), is_own, "{host}");
    }
    Ok(())
}

fn request(host: &str) -> String {
    let (name, value) = ALICE;
    format!(
        "GET /api/v1/user HTTP/1.1\r\nHost: {host}\r\n{name}: {value}\r\nSec-Fetch-Site: same-origin\r\nConnection: \
         close\r\n\r\n"
    )
}
