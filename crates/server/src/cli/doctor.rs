//! `doctor proxy`: what the configuration of an auth proxy comes down to, the traps that it shows, and how the proxy
//! itself answers to attempts to get around it.

mod probe;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::HashSet;

use authproxy::header::title_case;
use url::Url;

use self::probe::{Client, Kind, Probe};
use self::verdict::{Mark, Verdict};
use super::serve::reachable_address;
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
    let mut examination = Examination::new(auth_proxy, arguments, url)?;
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
    config: &'a AuthProxyConfig,
    client: Client,
    url: &'a Url,
    software: Vec<(Software, Option<String>)>,
    /// The lines that were told already.
    lines: HashSet<String>,
    faults: usize,
}

impl<'a> Examination<'a> {
    fn new(config: &'a AuthProxyConfig, arguments: &ProxyArguments, url: &'a Url) -> Result<Self, String> {
        let client = Client::new(arguments.cookie.as_deref(), &arguments.header)?;
        let software = arguments.proxy.map(|software| (software, None)).into_iter().collect();
        Ok(Self { config, client, url, software, lines: HashSet::new(), faults: 0 })
    }

    /// Returns all attempts, with or without the cookies of a signed-in user.
    async fn series(&mut self, signed_in: bool) -> Result<(), String> {
        let plain = Probe::plain(signed_in);
        let normal = self.client.send(self.url, &plain).await?;
        if self.software.is_empty() {
            self.software = Software::of_answer(&normal.headers);
        }
        self.tell(&plain, &Verdict::of_plain(&normal, signed_in));
        if signed_in && normal.name.is_none() {
            println!("  The rest is not tried as somebody who is signed in.");
            return Ok(());
        }
        let mut before = normal.clone();
        for probe in Probe::all(self.config.settings(), signed_in) {
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
        println!("  {:<5} {}\n        {}", verdict.mark.as_str(), probe.what, verdict.text);
        let (Some(fix), Some((_, header))) = (verdict.fix, self.config.settings().naming_header()) else { return };
        let header = title_case(header.name());
        let spelling = probe.spelling.clone().unwrap_or_else(|| header.replace('-', "_").to_uppercase());
        let known: Vec<Software> = self.software.iter().map(|(software, _)| *software).collect();
        let candidates = if known.is_empty() { &Software::ALL[..] } else { &known };
        for software in candidates {
            let line = software.line(fix, &header, &spelling);
            if let Some(line) = line.filter(|line| self.lines.insert(line.clone())) {
                println!("        {:<8} {line}", software.name());
            }
        }
    }

    fn tell_of_software(&self) {
        for (software, version) in &self.software {
            let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
            println!("\n{}{version}: {}.", software.name(), software.trap());
        }
    }
}
