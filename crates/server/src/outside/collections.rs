//! Collections of services' icons on the network.
//!
//! A lookup reveals the name of the service to the collection, and nothing else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::http::{FetchError, Http};
use crate::clock::Clock;

/// Maximum size of an icon, in bytes.
const MAX_ICON: usize = 512 * 1024;
/// Maximum size of a directory, in bytes.
const MAX_DIRECTORY: usize = 8 * 1024 * 1024;
const DIRECTORY: &str = "https://2fa.directory/api/v3/tfa.json";
/// Lifetime of a fetched directory, in seconds.
const DIRECTORY_AGE: u64 = 24 * 60 * 60;
/// Maximum time for a lookup, with all its requests.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Pause after a lookup that couldn't reach a host, in seconds.
const PAUSE: u64 = 60;

/// Domains of services, by the services' names in lower case.
type Directory = HashMap<String, String>;

/// The state of lookups in collections.
#[derive(Default)]
pub struct Collections {
    /// End of the pause, Unix seconds. No lookup is tried before.
    paused_until: AtomicU64,
    /// The directory, and the time when it was fetched, Unix seconds.
    directory: Mutex<Option<(Arc<Directory>, u64)>>,
}

/// A collection, with the wanted variant of its icons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Name: one of [`COLLECTIONS`].
    pub name: String,
    /// Variant, by the background that it suits: one of [`VARIANTS`].
    pub variant: String,
    /// Whether the regular variant is no substitute for a missing one.
    pub strict: bool,
}

/// Names of all collections.
pub const COLLECTIONS: [&str; 3] = ["tfa", "selfh", "dashboardicons"];
/// The variants of an icon.
pub const VARIANTS: [&str; 3] = ["regular", "light", "dark"];

impl Collections {
    /// Fetches the icon of a service; `None` if there is none, or the network can't be reached. Takes at most four
    /// seconds. Once the network couldn't be reached, no lookup is tried for a minute.
    pub async fn find(&self, http: &Http, clock: &Clock, wanted: &Collection, service: &str) -> Option<Vec<u8>> {
        if clock.unix_seconds() < self.paused_until.load(Ordering::Relaxed) {
            return None;
        }
        let found = match tokio::time::timeout(TIMEOUT, self.look_up(http, clock, wanted, service)).await {
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => Err("the lookup timed out".to_owned()),
        };
        found.unwrap_or_else(|error| {
            tracing::warn!(error, collection = wanted.name, "icons can't be looked up; the next try is in a minute");
            self.paused_until.store(clock.unix_seconds() + PAUSE, Ordering::Relaxed);
            None
        })
    }

    /// # Errors
    /// When a host can't be reached. A missing icon is no error.
    async fn look_up(
        &self,
        http: &Http,
        clock: &Clock,
        wanted: &Collection,
        service: &str,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        let urls = if wanted.name == "tfa" {
            let directory = self.load_directory(http, clock).await?;
            directory.get(&directory_key(service)).and_then(|domain| logo_url(domain)).into_iter().collect()
        } else {
            wanted.icon_urls(service)
        };
        for url in urls {
            match http.fetch(&url, MAX_ICON).await {
                Ok(icon) => return Ok(Some(icon)),
                Err(FetchError::Status(_) | FetchError::TooLong) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Returns the directory, fetched anew once a day.
    async fn load_directory(&self, http: &Http, clock: &Clock) -> Result<Arc<Directory>, FetchError> {
        let now = clock.unix_seconds();
        let known = self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((directory, fetched)) = known
            && now.abs_diff(fetched) < DIRECTORY_AGE
        {
            return Ok(directory);
        }
        let json = http.fetch(DIRECTORY, MAX_DIRECTORY).await?;
        let directory = Arc::new(read_domains(&serde_json::from_slice(&json).unwrap_or_default()));
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&directory), now));
        Ok(directory)
    }
}

impl Collection {
    /// Returns the URLs where a service's icon may be, in the order of preference.
    fn icon_urls(&self, service: &str) -> Vec<String> {
        let name = slug(service);
        let repository = match self.name.as_str() {
            "selfh" => "selfhst/icons",
            "dashboardicons" => "homarr-labs/dashboard-icons",
            _ => return Vec::new(),
        };
        if name.is_empty() {
            return Vec::new();
        }
        let endings = match self.variant.as_str() {
            "light" if self.strict => vec!["-light"],
            "light" => vec!["-light", ""],
            "dark" if self.strict => vec!["-dark"],
            "dark" => vec!["-dark", ""],
            _ => vec![""],
        };
        let url = |ending, kind| format!("https://cdn.jsdelivr.net/gh/{repository}/{kind}/{name}{ending}.{kind}");
        endings.into_iter().flat_map(|ending| ["svg", "png"].map(|kind| url(ending, kind))).collect()
    }
}

/// Returns the name by which the directory lists a service.
fn directory_key(service: &str) -> String {
    service.trim().to_lowercase().replace('+', "plus")
}

/// Reads the domains in a directory: a list of `[name, {"domain": …}]`, or an object of such pairs.
fn read_domains(json: &Value) -> Directory {
    let pairs = json.as_array().into_iter().flatten().filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?)));
    let fields = json.as_object().into_iter().flatten().map(|(name, entry)| (name.as_str(), entry));
    let domain = |(name, entry): (&str, &Value)| Some((directory_key(name), entry.get("domain")?.as_str()?.to_owned()));
    pairs.chain(fields).filter_map(domain).collect()
}

/// Returns the URL of the logo of a site; `None` if `domain` isn't a plain domain.
fn logo_url(domain: &str) -> Option<String> {
    let is_plain = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let first = domain.chars().next().filter(|_| is_plain && !domain.contains(".."))?;
    Some(format!("https://raw.githubusercontent.com/2factorauth/twofactorauth/master/img/{first}/{domain}.svg"))
}

/// Returns the file name of a service's picture, without the extension: in lower case, with a dash for everything but
/// ASCII letters and digits.
pub fn slug(service: &str) -> String {
    let lower = service.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_lowercase() && !letter.is_ascii_digit());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn icon_paths(name: &str, variant: &str, strict: bool, service: &str) -> Vec<String> {
        let collection = Collection { name: name.into(), variant: variant.into(), strict };
        let urls = collection.icon_urls(service);
        urls.into_iter().map(|url| url.replace("https://cdn.jsdelivr.net/gh/", "")).collect()
    }

    #[test]
    fn the_wanted_variant_comes_before_the_regular_one() {
        assert_eq!(
            icon_paths("selfh", "regular", false, "Acme Corp"),
            ["selfhst/icons/svg/acme-corp.svg", "selfhst/icons/png/acme-corp.png"]
        );
        assert_eq!(
            icon_paths("dashboardicons", "dark", false, "Acme"),
            [
                "homarr-labs/dashboard-icons/svg/acme-dark.svg",
                "homarr-labs/dashboard-icons/png/acme-dark.png",
                "homarr-labs/dashboard-icons/svg/acme.svg",
                "homarr-labs/dashboard-icons/png/acme.png",
            ]
        );
        assert_eq!(icon_paths("selfh", "light", true, "Acme").len(), 2);
        assert_eq!(icon_paths("selfh", "../../x", false, "../../y")[0], "selfhst/icons/svg/y.svg");
        assert_eq!(icon_paths("selfh", "regular", false, "☃"), [""; 0]);
        assert_eq!(icon_paths("other", "regular", false, "Acme"), [""; 0]);
    }

    #[test]
    fn a_directory_has_domains_by_name() {
        let domains = read_domains(&json!([["Acme+", {"domain": "acme.example"}], ["None", {}], "x", [1, 2]]));
        assert_eq!(domains, HashMap::from([("acmeplus".to_owned(), "acme.example".to_owned())]));
        assert_eq!(read_domains(&json!({"ACME": {"domain": "acme.example"}})).len(), 1);
        assert_eq!(read_domains(&Value::Null).len(), 0);
        assert_eq!(directory_key(" Acme+ "), "acmeplus");
    }

    #[test]
    fn the_logo_of_a_site_is_below_its_first_letter() {
        assert!(logo_url("acme.example").unwrap().ends_with("/master/img/a/acme.example.svg"));
        assert_eq!(logo_url(""), None);
        assert_eq!(logo_url("../x"), None);
        assert_eq!(logo_url("a/b"), None);
    }

    #[test]
    fn a_service_is_written_with_dashes() {
        assert_eq!(slug("Amazon Web Services (AWS)"), "amazon-web-services-aws");
        assert_eq!(slug("  Häuschen & Co. "), "h-uschen-co");
        assert_eq!(slug("☃"), "");
    }
}
