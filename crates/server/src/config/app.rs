//! Name, URL and mode of the instance.

use url::Url;

use super::vars::Vars;

/// Name, URL and mode of the instance.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// `APP_NAME`: shown to people, and part of the session cookie's name.
    pub name: String,
    /// `APP_URL`: the public address, where one must be written out in full (mails, single sign-on). Pages never need
    /// it.
    pub url: Option<Url>,
    /// `APP_HOSTS`: further hosts under which users open the pages, in lower case, each with its port unless it is that
    /// of the scheme.
    pub hosts: Vec<String>,
    /// `HSTS_INCLUDE_SUBDOMAINS`: browsers use https for all subdomains of the host as well.
    pub hsts_subdomains: bool,
    /// `APP_SUBDIRECTORY`, or the path of `APP_URL`: a prefix under which the app also answers, without slashes at its
    /// ends; empty for none.
    pub subdirectory: String,
    /// `APP_ENV`: only shown.
    pub environment: String,
    /// `APP_DEBUG`: only shown; answers never carry details of an internal error.
    pub debug: bool,
    /// `IS_DEMO_APP`: strangers share an account, and may not change whose it is.
    pub is_demo: bool,
    /// `APP_LOCALE`: the language of requests that ask for none of ours.
    pub locale: String,
}

impl AppConfig {
    /// Whether the public address is https, whatever a request says.
    pub fn is_https(&self) -> bool {
        self.url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    pub(super) fn read(vars: &mut Vars) -> Self {
        let url = vars.text("APP_URL").and_then(|text| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                vars.problem(format!(
                    "APP_URL: {text:?} is not an http or https address such as https://2fa.example.org"
                ));
                None
            }
        });
        let hosts = read_hosts(vars);
        let subdirectory = vars.text("APP_SUBDIRECTORY").or_else(|| Some(url.as_ref()?.path().to_owned()));
        let subdirectory = subdirectory.unwrap_or_default().trim_matches('/').to_owned();
        if !subdirectory.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)) {
            vars.problem(format!(
                "APP_SUBDIRECTORY: {subdirectory:?} may only have letters, digits, '-', '.', '_', '~' and '/'"
            ));
        }
        Self {
            name: vars.text("APP_NAME").unwrap_or_else(|| "Sixpin".into()),
            url,
            hosts,
            hsts_subdomains: vars.flag("HSTS_INCLUDE_SUBDOMAINS", false),
            subdirectory,
            environment: vars.text("APP_ENV").unwrap_or_else(|| "production".into()),
            debug: vars.flag("APP_DEBUG", false),
            is_demo: vars.flag("IS_DEMO_APP", false),
            locale: vars.text("APP_LOCALE").unwrap_or_else(|| "en".into()),
        }
    }
}

impl AppConfig {
    /// Whether an origin is one of this instance's, as configured.
    pub fn has_origin(&self, origin: &Url) -> bool {
        let is_listed = |host: &String| {
            Url::parse(&format!("{}://{host}", origin.scheme())).is_ok_and(|own| own.origin() == origin.origin())
        };
        self.url.as_ref().is_some_and(|own| own.origin() == origin.origin()) || self.hosts.iter().any(is_listed)
    }

    /// Whether a name without a port is that of a host of this instance, as configured.
    pub fn has_host(&self, name: &str) -> bool {
        let of_url = self.url.as_ref().and_then(Url::host_str).map(|own| own.trim_end_matches('.'));
        of_url == Some(name) || self.is_further_host(name)
    }

    /// Whether a name without a port is that of a host in `APP_HOSTS`.
    pub fn is_further_host(&self, name: &str) -> bool {
        self.hosts.iter().filter_map(|host| parse_host(host)).any(|host| host.host_str() == Some(name))
    }
}

/// Reads `APP_HOSTS`.
fn read_hosts(vars: &mut Vars) -> Vec<String> {
    let mut hosts = Vec::new();
    for text in vars.list("APP_HOSTS") {
        match parse_host(&text) {
            Some(_) => hosts.push(text.to_ascii_lowercase()),
            None => vars.problem(format!(
                "APP_HOSTS: {text:?} is not a host such as codes.lan or 192.0.2.7:8443, without http:// and without a path"
            )),
        }
    }
    hosts
}

fn parse_host(text: &str) -> Option<Url> {
    let is_bare = !text.contains(['/', '@', '?', '#', '*']);
    Url::parse(&format!("http://{text}")).ok().filter(|url| is_bare && url.has_host())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(given: &[(&str, &str)]) -> (AppConfig, Vec<String>) {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
        let config = AppConfig::read(&mut vars);
        (config, vars.into_findings().0)
    }

    #[test]
    fn own_origins_are_the_public_address_and_the_further_hosts() {
        let (config, problems) = read(&[
            ("APP_URL", "https://codes.example.org/app"),
            ("APP_HOSTS", "Codes.lan, 192.0.2.7:8443, [2001:db8::1]"),
        ]);
        assert_eq!(problems, [""; 0]);
        for own in [
            "https://codes.example.org",
            "http://codes.lan",
            "https://codes.lan",
            "https://192.0.2.7:8443",
            "http://[2001:db8::1]",
        ] {
            assert!(config.has_origin(&Url::parse(own).unwrap()), "{own}");
        }
        for other in [
            "http://codes.example.org",
            "https://codes.example.org:8443",
            "http://codes.lan:81",
            "https://192.0.2.7",
            "null:x",
        ] {
            assert!(!config.has_origin(&Url::parse(other).unwrap()), "{other}");
        }
        assert!(config.has_host("codes.lan") && config.has_host("192.0.2.7") && config.has_host("codes.example.org"));
        assert!(!config.has_host("example.org") && !config.is_further_host("codes.example.org"));
    }

    #[test]
    fn a_further_host_that_is_none_is_a_problem() {
        for bad in ["https://codes.lan", "codes.lan/app", "a b", "*.example.org", "x@codes.lan", "codes.lan:port"] {
            assert_eq!(read(&[("APP_HOSTS", bad)]).1.len(), 1, "{bad}");
        }
    }
}
