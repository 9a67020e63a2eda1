//! `doctor proxy`: what the configuration of an auth proxy comes down to, the traps that it shows, and how the proxy
//! itself answers to attempts to get around it.

mod probe;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::HashSet;

use authproxy::header::title_case;
use url::Url;

use self::probe::{Answer, Client, Kind, Probe};
use self::verdict::{Mark, Verdict};
use super::serve::reachable_address;
use super::terminal::{printable, printable_lines};
use crate::config::auth_proxy::advice::software::Software;
use crate::config::auth_proxy::advice::{Gravity, advice, resolved};
use crate::config::{AuthProxyConfig, Config, Listen};

/// The subject of the examination.
#[derive(clap::Args)]
pub(super) struct ProxyArguments {
    /// The URL of Sixpin behind the proxy, as `https://codes.example.org`: some twenty requests are sent there.
    /// None of them names a user or changes anything.
    #[arg(long)]
    url: Option<Url>,
    /// Cookies of a user who is signed in at the proxy, as 'name=value; name=value'.
    #[arg(long, requires = "url")]
    cookie: Option<String>,
    /// A header that signs in at the proxy, as 'Authorization: Basic ...'. May be given several times.
    #[arg(long, requires = "url", value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Sixpin's own address, past the proxy. Without it, where this configuration listens.
    #[arg(long, requires = "url")]
    direct: Option<Url>,
    /// Which proxy it is, if it doesn't tell: nginx, Apache, Caddy, `HAProxy` or Traefik.
    #[arg(long, value_parser = software)]
    proxy: Option<Software>,
}

fn software(name: &str) -> Result<Software, String> {
    let known = Software::ALL.into_iter().find(|software| software.name().eq_ignore_ascii_case(name));
    known.ok_or_else(|| "it is none of nginx, Apache, Caddy, HAProxy and Traefik".into())
}

/// Prints what there is to say.
///
/// # Errors
/// The problems found.
pub(super) async fn proxy(config: &Config, arguments: &ProxyArguments) -> Result<(), String> {
    println!("{}", set_up(config));
    let Some(auth_proxy) = &config.auth_proxy else { return Ok(()) };
    let mut faults = advice(config).iter().filter(|advice| advice.gravity == Gravity::Fault).count();
    let Some(url) = &arguments.url else {
        println!("\nTo try the proxy itself as well: sixpin doctor proxy --url https://... --cookie 'name=value'");
        return outcome(faults);
    };
    let mut examination = Examination::new(config, auth_proxy, arguments, url)?;
    println!("\nThrough the proxy, {url}:");
    examination.series(false).await?;
    if examination.client.signs_in() {
        examination.series(true).await?;
    } else {
        println!("  Not tried as somebody who is signed in: give --cookie or --header for that.");
    }
    examination.direct(config, arguments.direct.as_ref()).await?;
    examination.tell_of_software();
    faults += examination.faults;
    if faults == 0 && examination.is_unproven {
        return Err(
            "nothing was proven: the proxy or Sixpin didn't answer as it must, see the lines with `?` above".into()
        );
    }
    outcome(faults)
}

fn outcome(faults: usize) -> Result<(), String> {
    match faults {
        0 => Ok(()),
        1 => Err("there is a fault, see above".into()),
        faults => Err(format!("there are {faults} faults, see above")),
    }
}

/// Prints the effective configuration, and its risks and faults.
fn set_up(config: &Config) -> String {
    let mut lines = Vec::new();
    lines.push(if config.auth_proxy.is_some() {
        "A reverse proxy signs people in:".to_owned()
    } else {
        "People sign in at Sixpin itself. AUTHENTICATION_GUARD=reverse-proxy-guard changes that.".to_owned()
    });
    for resolved in resolved(config) {
        let value = resolved.value.as_deref().unwrap_or("-");
        let written = resolved.written.map(|written| format!(" (written {written})")).unwrap_or_default();
        lines.push(format!("  {:<28} {value}{written}", resolved.variable));
    }
    lines.extend(config.warnings.iter().map(|warning| format!("\nwarning: {warning}")));
    for advice in advice(config) {
        lines.push(format!("\n{}: {} [{}]\n  {}", advice.gravity.as_str(), advice.text, advice.code, advice.remedy));
    }
    lines.join("\n")
}

/// Requests to a proxy, and what was found.
struct Examination<'a> {
    whole: &'a Config,
    config: &'a AuthProxyConfig,
    client: Client,
    url: &'a Url,
    software: Vec<(Software, Option<String>)>,
    /// The lines that were told already.
    lines: HashSet<String>,
    faults: usize,
    /// Whether the proxy says what it is.
    names_itself: bool,
    /// Whether the sign-in wasn't taken, so that the attempts prove nothing.
    is_unproven: bool,
}

impl<'a> Examination<'a> {
    fn new(
        whole: &'a Config,
        config: &'a AuthProxyConfig,
        arguments: &ProxyArguments,
        url: &'a Url,
    ) -> Result<Self, String> {
        let client = Client::new(arguments.cookie.as_deref(), &arguments.header)?;
        let software = arguments.proxy.map(|software| (software, None)).into_iter().collect();
        let lines = HashSet::new();
        Ok(Self { whole, config, client, url, software, lines, faults: 0, names_itself: false, is_unproven: false })
    }

    /// Returns all attempts, with or without the cookies of a signed-in user.
    async fn series(&mut self, signed_in: bool) -> Result<(), String> {
        let plain = Probe::plain(signed_in);
        let normal = self.client.send(self.url, &plain).await?;
        if self.software.is_empty() {
            self.software = Software::of_answer(&normal.headers);
            self.names_itself = normal.headers.contains_key(http::header::SERVER);
        }
        let verdict = Verdict::of_plain(&normal, signed_in);
        self.is_unproven |= signed_in && verdict.mark == Mark::Unknown;
        self.tell(&plain, &verdict);
        let mut probes = Probe::all(self.config.settings(), signed_in);
        if signed_in && normal.name.is_none() {
            // Where the proxy sets no header, a client's own may come through: nobody else would notice.
            let is_unnamed = normal.refusal.as_deref() == Some("header_missing");
            probes.retain(|probe| is_unnamed && matches!(probe.kind, Kind::Forged | Kind::Spelling));
            println!("  The rest is not tried as somebody who is signed in.");
        }
        let mut before = normal.clone();
        for probe in probes {
            let verdict = match self.client.send(self.url, &probe).await {
                Ok(answer) => {
                    let usual = if probe.kind == Kind::Twice { &before } else { &normal };
                    let verdict = Verdict::of(&probe, &answer, usual);
                    before = answer;
                    verdict
                }
                Err(error) => Verdict::unknown(error),
            };
            self.tell(&probe, &verdict);
        }
        if normal.name.is_some() { self.address(signed_in, &normal).await } else { Ok(()) }
    }

    /// What becomes of the address that users open, and of their own.
    async fn address(&mut self, signed_in: bool, normal: &Answer) -> Result<(), String> {
        let probe = Probe::of_own_page(self.url, signed_in);
        let answer = self.client.send(self.url, &probe).await?;
        self.tell(&probe, &Verdict::of_own_page(&answer, normal));
        let probe = Probe::report(signed_in);
        let report = self.client.send(self.url, &probe).await?;
        if report.request.is_null() {
            println!("  The host and the client's address are only told to administrators.");
            return Ok(());
        }
        let app = &self.whole.app;
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let arrived = report.request["host"].as_str();
        self.tell(&probe, &Verdict::of_host(arrived, &format!("{host}{port}"), app.has_origin(self.url)));
        let header = self.whole.client_ip_header.as_ref().map_or("X-Forwarded-For".to_owned(), title_case);
        let names = report.request["headers"].as_array().into_iter().flatten();
        let is_there = names.filter_map(|name| name.as_str()).any(|name| name.eq_ignore_ascii_case(&header));
        let is_trusted = report.request["forwarded_as"].is_string();
        self.tell(&probe, &Verdict::of_client(&header, is_there, is_trusted));
        Ok(())
    }

    /// Past the proxy.
    async fn direct(&mut self, config: &Config, given: Option<&Url>) -> Result<(), String> {
        let own = config.listen.iter().find_map(|listen| match listen {
            Listen::Tcp(address) => Url::parse(&format!("http://{}", reachable_address(*address))).ok(),
            // Its certificate is hardly one of the name that it would be asked by here.
            Listen::Tls(_) | Listen::Unix(_) => None,
        });
        let Some(url) = given.or(own.as_ref()) else { return Ok(()) };
        println!("\nPast the proxy, {url}:");
        let Some((_, header)) = self.config.settings().naming_header() else { return Ok(()) };
        let probe = Probe::forged(header, false);
        let verdict = match self.client.send(url, &probe).await {
            Ok(answer) => Verdict::of_direct(&answer, given.is_none()),
            Err(error) => Verdict::unknown(error),
        };
        self.tell(&probe, &verdict);
        Ok(())
    }

    fn tell(&mut self, probe: &Probe, verdict: &Verdict) {
        self.faults += usize::from(verdict.mark == Mark::Bad);
        println!("  {:<5} {}\n        {}", verdict.mark.as_str(), probe.what, printable_lines(&verdict.text));
        let (Some(fix), Some((_, header))) = (verdict.fix, self.config.settings().naming_header()) else { return };
        let header = header.written();
        let spelling = probe.spelling.clone().unwrap_or_else(|| header.replace('-', "_").to_uppercase());
        let known: Vec<Software> = self.software.iter().map(|(software, _)| *software).collect();
        let mut lines = Vec::new();
        if known.is_empty() {
            lines.push(("any", fix.describe(&header, &spelling)));
        }
        let candidates = if known.is_empty() && !self.names_itself { &Software::ALL[..] } else { &known };
        lines.extend(
            candidates.iter().filter_map(|software| Some((software.name(), software.line(fix, &header, &spelling)?))),
        );
        for (name, line) in lines {
            if self.lines.insert(line.clone()) {
                println!("        {name:<8} {line}");
            }
        }
    }

    fn tell_of_software(&self) {
        for (software, version) in &self.software {
            let version = version.as_ref().map(|version| format!(" {}", printable(version))).unwrap_or_default();
            println!("\n{}{version}: {}.", software.name(), software.trap());
        }
    }
}
