//! The icon that a service is known by, from a pack of the instance or a collection on the network.

use vault::User;

use super::Picture;
use super::packs::Packs;
use crate::app::App;
use crate::error::Result;

/// Where to look for a service's icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a pack of the instance.
    Pack(String),
    /// In a collection on the network.
    Collection(Collection),
}

/// A collection on the network, and what of it.
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

/// The preference `name` of somebody, as text.
fn preference(app: &App, user: &User, name: &str) -> Option<String> {
    app.config.preferences.value(&user.preferences, name)?.as_str().map(str::to_owned)
}

impl Source {
    /// Where somebody prefers to look; `None` when they don't want official icons.
    pub fn preferred(app: &App, user: &User) -> Option<Self> {
        let wanted = app.config.preferences.value(&user.preferences, "getOfficialIcons");
        if !wanted.is_some_and(crate::settings::is_true) {
            return None;
        }
        if preference(app, user, "iconSource").as_deref() == Some("iconpack") {
            return preference(app, user, "iconPack").map(Self::Pack);
        }
        Some(Self::Collection(Collection::preferred(app, user)))
    }
}

impl Collection {
    /// The one that somebody prefers.
    pub fn preferred(app: &App, user: &User) -> Self {
        Self {
            name: preference(app, user, "iconCollection").unwrap_or_else(|| "selfh".into()),
            variant: preference(app, user, "iconVariant").unwrap_or_else(|| "regular".into()),
            strict: app
                .config
                .preferences
                .value(&user.preferences, "iconVariantStrictFetch")
                .is_some_and(crate::settings::is_true),
        }
    }
}

/// The icon of a service; `None` when there is none, or it can't be had.
pub async fn find(app: &App, source: Source, service: &str) -> Result<Option<Picture>> {
    let found = match source {
        Source::Pack(pack) => {
            let (packs, service) = (Packs::of(&app.config.data_dir), service.to_owned());
            app.pictures.run(move || packs.picture(&pack, &service)).await?
        }
        Source::Collection(_) => None,
    };
    let Some(bytes) = found else { return Ok(None) };
    // One that can't be made safe is none.
    Ok(app.pictures.run(move || Picture::new(&bytes)).await?.ok())
}

/// The icon that somebody prefers for a service of theirs; `None` when they want none.
pub async fn preferred(app: &App, user: &User, service: Option<&str>) -> Result<Option<Picture>> {
    match (Source::preferred(app, user), service) {
        (Some(source), Some(service)) => find(app, source, service).await,
        _ => Ok(None),
    }
}
