//! Collections of services' icons on the network.
//!
//! Who looks an icon up there tells them the service's name, and nothing else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::http::{FetchError, Http};
use crate::clock::Clock;

/// The longest icon that is fetched, in bytes.
const LONGEST: usize = 512 * 1024;
/// The longest directory that is fetched, in bytes.
const LONGEST_DIRECTORY: usize = 8 * 1024 * 1024;
const DIRECTORY: &str = "https://2fa.directory/api/v3/tfa.json";
/// Lifetime of a fetched directory, in seconds.
const DIRECTORY_AGE: u64 = 24 * 60 * 60;
/// Maximum time for one lookup, with all that it fetches.
const PATIENCE: Duration = Duration::from_secs(4);
/// After a lookup for which a host couldn't be reached, how many seconds none is tried.
const REST: u64 = 60;

/// Services' sites, by names in lower case.
type Directory = HashMap<String, String>;

/// The fetched directories of the collections.
#[derive(Default)]
pub struct Collections {
    /// Until when no lookup is tried, Unix seconds.
    resting: AtomicU64,
    /// The directory, and when it was fetched, Unix seconds.
    directory: Mutex<Option<(Arc<Directory>, u64)>>,
}

/// A collection, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Its name: one of [`COLLECTIONS`].
    pub name: String,
    /// For which background: one of [`VARIANTS`].
    pub variant: String,
    /// Whether another variant is no substitute.
    pub strict: bool,
}

/// The collections that are known.
pub const COLLECTIONS: [&str; 3] = ["tfa", "selfh", "dashboardicons"];
/// The variants of an icon.
pub const VARIANTS: [&str; 3] = ["regular", "light", "dark"];

impl Collections {
    /// The icon of a service; `None` when there is none, or the network isn't there. Takes four seconds at most, and no
    /// time at all for a minute after the network wasn't there.
    pub async fn find(&self, http: &Http, clock: &Clock, wanted: &Collection, service: &str) -> Option<Vec<u8>> {
        if clock.unix_seconds() < self.resting.load(Ordering::Relaxed) {
            return None;
        }
        let found = match tokio::time::timeout(PATIENCE, self.look_up(http, clock, wanted, service)).await {
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => Err("it took too long".to_owned()),
        };
        found.unwrap_or_else(|error| {
            tracing::warn!(error, collection = wanted.name, "no icon can be looked up; the next try is in a minute");
            self.resting.store(clock.unix_seconds() + REST, Ordering::Relaxed);
            None
        })
    }

    /// # Errors
    /// When a host can't be reached. That it has no such icon is no error.
    async fn look_up(
        &self,
        http: &Http,
        clock: &Clock,
        wanted: &Collection,
        service: &str,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        let addresses = if wanted.name == "tfa" {
            let directory = self.directory(http, clock).await?;
            directory.get(&key(service)).and_then(|site| logo(site)).into_iter().collect()
        } else {
            wanted.addresses(service)
        };
        for address in addresses {
            match http.fetch(&address, LONGEST).await {
                Ok(icon) => return Ok(Some(icon)),
                Err(FetchError::Status(_) | FetchError::TooLong) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn directory(&self, http: &Http, clock: &Clock) -> Result<Arc<Directory>, FetchError> {
        let now = clock.unix_seconds();
        let known = self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((directory, fetched)) = known
            && now < fetched + DIRECTORY_AGE
        {
            return Ok(directory);
        }
        let json = http.fetch(DIRECTORY, LONGEST_DIRECTORY).await?;
        let directory = Arc::new(sites(&serde_json::from_slice(&json).unwrap_or_default()));
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&directory), now));
        Ok(directory)
    }
}

impl Collection {
    /// Returns the URLs where a service's icon may be, the best first.
    fn addresses(&self, service: &str) -> Vec<String> {
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
        let address = |ending, kind| format!("https://cdn.jsdelivr.net/gh/{repository}/{kind}/{name}{ending}.{kind}");
        endings.into_iter().flat_map(|ending| ["svg", "png"].map(|kind| address(ending, kind))).collect()
    }
}

/// Returns the name of a service in the directory.
fn key(service: &str) -> String {
    service.trim().to_lowercase().replace('+', "plus")
}

/// The sites of a directory: a list of `[name, {"domain": …}]`, or an object of such.
fn sites(json: &Value) -> Directory {
    let pairs = json.as_array().into_iter().flatten().filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?)));
    let fields = json.as_object().into_iter().flatten().map(|(name, entry)| (name.as_str(), entry));
    let domain = |(name, entry): (&str, &Value)| Some((key(name), entry.get("domain")?.as_str()?.to_owned()));
    pairs.chain(fields).filter_map(domain).collect()
}

/// Returns the URL of a site's logo; `None` if the site isn't a plain domain.
fn logo(site: &str) -> Option<String> {
    let is_plain = site.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let first = site.chars().next().filter(|_| is_plain && !site.contains(".."))?;
    Some(format!("https://raw.githubusercontent.com/2factorauth/twofactorauth/master/img/{first}/{site}.svg"))
}

/// Returns the file name of a service's picture: in lower case, with a dash for everything but ASCII letters and
/// digits.
pub fn slug(service: &str) -> String {
    let lower = service.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_lowercase() && !letter.is_ascii_digit());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn addresses(name: &str, variant: &str, strict: bool, service: &str) -> Vec<String> {
        let collection = Collection { name: name.into(), variant: variant.into(), strict };
        let all = collection.addresses(service);
        all.into_iter().map(|address| address.replace("https://cdn.jsdelivr.net/gh/", "")).collect()
    }

    #[test]
    fn an_icon_is_looked_for_in_its_variant_then_in_the_regular_one() {
        assert_eq!(
            addresses("selfh", "regular", false, "Acme Corp"),
            ["selfhst/icons/svg/acme-corp.svg", "selfhst/icons/png/acme-corp.png"]
        );
        assert_eq!(
            addresses("dashboardicons", "dark", false, "Acme"),
            [
                "homarr-labs/dashboard-icons/svg/acme-dark.svg",
                "homarr-labs/dashboard-icons/png/acme-dark.png",
                "homarr-labs/dashboard-icons/svg/acme.svg",
                "homarr-labs/dashboard-icons/png/acme.png",
            ]
        );
        assert_eq!(addresses("selfh", "light", true, "Acme").len(), 2);
        assert_eq!(addresses("selfh", "../../x", false, "../../y")[0], "selfhst/icons/svg/y.svg");
        assert_eq!(addresses("selfh", "regular", false, "☃"), [""; 0]);
        assert_eq!(addresses("other", "regular", false, "Acme"), [""; 0]);
    }

    #[test]
    fn a_directory_tells_sites_by_name() {
        let listed = sites(&json!([["Acme+", {"domain": "acme.example"}], ["None", {}], "x", [1, 2]]));
        assert_eq!(listed, HashMap::from([("acmeplus".to_owned(), "acme.example".to_owned())]));
        assert_eq!(sites(&json!({"ACME": {"domain": "acme.example"}})).len(), 1);
        assert_eq!(sites(&Value::Null).len(), 0);
        assert_eq!(key(" Acme+ "), "acmeplus");
    }

    #[test]
    fn a_site_s_logo_is_below_its_first_letter() {
        assert!(logo("acme.example").unwrap().ends_with("/master/img/a/acme.example.svg"));
        assert_eq!(logo(""), None);
        assert_eq!(logo("../x"), None);
        assert_eq!(logo("a/b"), None);
    }

    #[test]
    fn a_service_is_written_with_dashes() {
        assert_eq!(slug("Amazon Web Services (AWS)"), "amazon-web-services-aws");
        assert_eq!(slug("  Häuschen & Co. "), "h-uschen-co");
        assert_eq!(slug("☃"), "");
    }
}
