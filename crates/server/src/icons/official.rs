//! The icon that a service is known by, from a pack of the instance or a collection on the network.

use std::time::Duration;

use vault::User;

use super::Picture;
use super::packs::Packs;
use crate::app::App;
use crate::error::Result;
use crate::outside::collections::Collection;
use crate::settings::is_true;

/// Accepted endings of a picture's URL in an otpauth URI.
const LINKED: [&str; 6] = [".svg", ".png", ".webp", ".jpg", ".jpeg", ".bmp"];
/// The longest of them, in bytes.
const LONGEST: usize = 2 * 1024 * 1024;
/// Maximum time to fetch a picture.
const PATIENCE: Duration = Duration::from_secs(4);

/// The place to look for a service's icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a pack of the instance.
    Pack(String),
    /// In a collection on the network.
    Collection(Collection),
}

/// Returns a user's preference as text.
fn preference(app: &App, user: &User, name: &str) -> Option<String> {
    app.config.preferences.value(&user.preferences, name)?.as_str().map(str::to_owned)
}

impl Source {
    /// Returns the place that a user prefers; `None` if the user doesn't want official icons.
    pub fn preferred(app: &App, user: &User) -> Option<Self> {
        let wanted = app.config.preferences.value(&user.preferences, "getOfficialIcons");
        if !wanted.is_some_and(is_true) {
            return None;
        }
        if preference(app, user, "iconSource").as_deref() == Some("iconpack") {
            return preference(app, user, "iconPack").map(Self::Pack);
        }
        Some(Self::Collection(preferred_collection(app, user)))
    }
}

/// Returns the collection on the network that a user prefers.
pub fn preferred_collection(app: &App, user: &User) -> Collection {
    let strict = app.config.preferences.value(&user.preferences, "iconVariantStrictFetch");
    Collection {
        name: preference(app, user, "iconCollection").unwrap_or_else(|| "selfh".into()),
        variant: preference(app, user, "iconVariant").unwrap_or_else(|| "regular".into()),
        strict: strict.is_some_and(is_true),
    }
}

/// The icon of a service; `None` when there is none, or it can't be had.
pub async fn find(app: &App, source: Source, service: &str) -> Result<Option<Picture>> {
    let found = match source {
        Source::Pack(pack) => {
            let (packs, service) = (Packs::of(&app.config.data_dir), service.to_owned());
            app.pictures.run(move || packs.picture(&pack, &service)).await?
        }
        Source::Collection(collection) => match &app.http {
            Some(http) => app.collections.find(http, &app.clock, &collection, service).await,
            None => None,
        },
    };
    safe(app, found).await
}

/// A picture that can't be made safe is none.
async fn safe(app: &App, bytes: Option<Vec<u8>>) -> Result<Option<Picture>> {
    let Some(bytes) = bytes else { return Ok(None) };
    Ok(app.pictures.run(move || Picture::new(&bytes)).await?.ok())
}

/// The picture that an otpauth URI names; `None` unless such pictures are fetched and this one can be had.
///
/// # Errors
/// When the runtime fails.
pub async fn linked(app: &App, address: &str) -> Result<Option<Picture>> {
    let Some(http) = app.http.as_ref().filter(|_| app.config.outgoing.image_links) else { return Ok(None) };
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if !LINKED.iter().any(|extension| path.ends_with(extension)) {
        return Ok(None);
    }
    let fetched = tokio::time::timeout(PATIENCE, http.fetch(address, LONGEST)).await;
    let fetched = match fetched {
        Ok(Ok(bytes)) => Some(bytes),
        Ok(Err(error)) => {
            tracing::info!(%error, "the picture of an otpauth URI isn't taken");
            None
        }
        Err(_) => None,
    };
    safe(app, fetched).await
}

/// Returns the icon of a service by a user's preferences; `None` if the user wants none.
pub async fn preferred(app: &App, user: &User, service: Option<&str>) -> Result<Option<Picture>> {
    match (Source::preferred(app, user), service) {
        (Some(source), Some(service)) => find(app, source, service).await,
        _ => Ok(None),
    }
}
