//! Official icons of services, from a pack of the instance or a collection on the network.

use std::time::Duration;

use vault::{User, UserId};

use super::Picture;
use super::packs::Packs;
use crate::app::App;
use crate::error::Result;
use crate::outside::collections::Collection;
use crate::settings::is_true;

/// The preference to look for the icons of new accounts.
const PREFERENCE: &str = "getOfficialIcons";

/// Accepted endings of a picture's URL in an otpauth URI.
const LINK_EXTENSIONS: [&str; 6] = [".svg", ".png", ".webp", ".jpg", ".jpeg", ".bmp"];
/// Maximum size of such a picture, in bytes.
const MAX_LINKED: usize = 2 * 1024 * 1024;
/// Maximum time to fetch a picture.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Where to look for a service's icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IconSource {
    /// A pack of the instance, by its name.
    Pack(String),
    /// A collection on the network.
    Collection(Collection),
}

/// Returns a user's preference as text.
fn text_preference(app: &App, user: &User, name: &str) -> Option<String> {
    app.config.preferences.value(&user.preferences, name)?.as_str().map(str::to_owned)
}

impl IconSource {
    /// Returns the source that a user prefers; `None` if the user doesn't want official icons.
    pub fn preferred(app: &App, user: &User) -> Option<Self> {
        let wanted = app.config.preferences.value(&user.preferences, PREFERENCE);
        if !wanted.is_some_and(is_true) {
            return None;
        }
        if text_preference(app, user, "iconSource").as_deref() == Some("iconpack") {
            return text_preference(app, user, "iconPack").map(Self::Pack);
        }
        Some(Self::Collection(preferred_collection(app, user)))
    }
}

/// Returns the collection on the network that a user prefers.
pub fn preferred_collection(app: &App, user: &User) -> Collection {
    let strict = app.config.preferences.value(&user.preferences, "iconVariantStrictFetch");
    Collection {
        name: text_preference(app, user, "iconCollection").unwrap_or_else(|| "selfh".into()),
        variant: text_preference(app, user, "iconVariant").unwrap_or_else(|| "regular".into()),
        strict: strict.is_some_and(is_true),
    }
}

/// Finds the icon of a service; `None` if there is none, or it can't be fetched.
pub async fn find(app: &App, user: UserId, source: IconSource, service: &str) -> Result<Option<Picture>> {
    let found = match source {
        IconSource::Pack(pack) => {
            let (packs, service) = (Packs::new(&app.config.data_dir), service.to_owned());
            app.pictures.run(user, move |_| packs.load_picture(&pack, &service)).await?
        }
        IconSource::Collection(collection) => match &app.http {
            Some(http) => app.collections.find(http, &app.clock, &collection, service).await,
            None => None,
        },
    };
    sanitize(app, user, found).await
}

/// Makes a picture safe; `None` if that is impossible.
async fn sanitize(app: &App, user: UserId, bytes: Option<Vec<u8>>) -> Result<Option<Picture>> {
    let Some(bytes) = bytes else { return Ok(None) };
    Ok(app.pictures.run(user, move |turn| Picture::new(&bytes, &|| turn.is_over())).await?.ok())
}

/// Fetches the picture at a URL in an otpauth URI; `None` if such pictures are off, or this one can't be fetched.
///
/// # Errors
/// When the runtime fails.
pub async fn fetch_linked(app: &App, user: UserId, address: &str) -> Result<Option<Picture>> {
    let Some(http) = app.http.as_ref().filter(|_| app.config.outgoing.image_links) else { return Ok(None) };
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if !LINK_EXTENSIONS.iter().any(|extension| path.ends_with(extension)) {
        return Ok(None);
    }
    let fetched = match tokio::time::timeout(TIMEOUT, http.fetch(address, MAX_LINKED)).await {
        Ok(Ok(bytes)) => Some(bytes),
        Ok(Err(error)) => {
            tracing::info!(%error, "the picture of an otpauth URI isn't taken");
            None
        }
        Err(_) => None,
    };
    sanitize(app, user, fetched).await
}

/// Returns the icon of a service by a user's preferences; `None` if the user wants none.
///
/// The preference is on by default, as in 2FAuth, but another host is only asked if somebody has chosen that: it learns
/// which services are used here.
pub async fn find_preferred(app: &App, user: &User, service: Option<&str>) -> Result<Option<Picture>> {
    let may_ask = app.config.preferences.is_chosen(&user.preferences, PREFERENCE);
    let source = IconSource::preferred(app, user).filter(|source| may_ask || matches!(source, IconSource::Pack(_)));
    match (source, service) {
        (Some(source), Some(service)) => find(app, user.id, source, service).await,
        _ => Ok(None),
    }
}
