//! Icons: the pictures beside accounts. They are files of the data folder, or rows of the database when the setting
//! `storeIconsInDatabase` is on (compat 2.4).
//!
//! Icons are added, removed and moved within the write transaction only, so that none is lost between folder and
//! database.

mod error;
mod folder;
pub mod official;
pub mod packs;
mod picture;
mod svg;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use jiff::Timestamp;
use store::{Read, Write};
use vault::{AccountId, Seen};

use crate::app::App;
use crate::error::{Conflict, Result};
use crate::random::random_text;
use crate::settings::Settings;
use folder::Folder;

pub use error::PictureError;
pub use folder::is_name;
pub use picture::Picture;

/// The setting that keeps icons in the database.
pub const IN_DATABASE: &str = "storeIconsInDatabase";

fn folder(app: &App) -> Folder {
    Folder::of(&app.config.data_dir)
}

async fn is_in_database(read: &mut Read) -> Result<bool> {
    Ok(Settings::load(read).await?.is_on(IN_DATABASE))
}

/// Does work on files off the async workers.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.context("work on icon files")?;
    Ok(done.context("the folder of icons")?)
}

/// The content type of an icon, by its name; `None` for what isn't served as one.
pub fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "gif" => Some("image/gif"),
        "bmp" => Some("image/bmp"),
        "webp" => Some("image/webp"),
        _ => None,
    }
}

/// The content of an icon; `None` when there is none of this name.
///
/// # Errors
/// When the database or the disk fails.
pub async fn content(app: &App, read: &mut Read, name: &str) -> Result<Option<Vec<u8>>> {
    if !is_name(name) {
        return Ok(None);
    }
    if is_in_database(read).await? {
        return Ok(read.icon(name).await?);
    }
    let (folder, name) = (folder(app), name.to_owned());
    blocking(move || folder.content(&name)).await
}

/// The content of the icons of some accounts, by name; of those that are there.
///
/// # Errors
/// When the database or the disk fails.
pub async fn contents(app: &App, read: &mut Read, seen: &[Seen]) -> Result<HashMap<String, Vec<u8>>> {
    let with_icon = seen.iter().filter(|seen| seen.account.icon.is_some());
    if is_in_database(read).await? {
        let accounts: Vec<AccountId> = with_icon.map(|seen| seen.account.id).collect();
        return Ok(read.account_icon_contents(&accounts).await?);
    }
    let names: HashSet<String> = with_icon.filter_map(|seen| seen.account.icon.clone()).collect();
    let folder = folder(app);
    let content = move |name: String| folder.content(&name).transpose().map(|content| Ok((name, content?)));
    blocking(move || names.into_iter().filter_map(content).collect()).await
}

/// Stores a picture and returns its name, which is unique and can't be guessed.
///
/// # Errors
/// When the database or the disk fails.
pub async fn add(app: &App, write: &mut Write, picture: Picture) -> Result<String> {
    let name = format!("{}.{}", random_text(app.random, 40), picture.extension());
    if is_in_database(write).await? {
        write.add_icon(&name, picture.bytes(), app.clock.now()).await?;
    } else {
        let (folder, name) = (folder(app), name.clone());
        blocking(move || folder.write(&name, picture.bytes())).await?;
    }
    Ok(name)
}

/// Files of icons that nothing needs any more: to be removed when the transaction is durable.
#[must_use = "the files stay until they are removed"]
#[derive(Debug, Default)]
pub struct Leftovers(Vec<String>);

impl Leftovers {
    /// Removes them.
    pub fn remove(self, app: &App) {
        folder(app).remove(&self.0);
    }
}

/// Removes icons.
///
/// # Errors
/// When the database fails.
pub async fn remove(write: &mut Write, names: Vec<String>) -> Result<Leftovers> {
    if !is_in_database(write).await? {
        return Ok(Leftovers(names));
    }
    for name in names.iter().filter(|name| is_name(name)) {
        write.delete_icon(name).await?;
    }
    Ok(Leftovers::default())
}

/// Removes those of some icons that no account has any more.
///
/// # Errors
/// When the database fails.
pub async fn remove_unused(write: &mut Write, names: impl IntoIterator<Item = String>) -> Result<Leftovers> {
    let names: HashSet<String> = names.into_iter().collect();
    let mut unused = Vec::new();
    for name in names {
        if !write.icon_in_use(&name).await? {
            unused.push(name);
        }
    }
    remove(write, unused).await
}

/// Removes the icons from before `added_before` that no account has. Meanwhile no account can get one of them: that
/// takes the same transaction.
///
/// # Errors
/// When the database or the disk fails.
pub async fn sweep(app: &App, write: &mut Write, added_before: Timestamp) -> Result<()> {
    if is_in_database(write).await? {
        return Ok(write.purge_icons(added_before).await?);
    }
    let files = folder(app);
    let seconds = u64::try_from(added_before.as_second()).unwrap_or(0);
    let old = blocking(move || files.older_than(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))).await?;
    if old.is_empty() {
        return Ok(());
    }
    let used = write.icons_in_use().await?;
    let unused: Vec<String> = old.into_iter().filter(|name| !used.contains(name)).collect();
    let files = folder(app);
    blocking(move || {
        files.remove(&unused);
        Ok(())
    })
    .await
}

/// Which icons are there, of those that some accounts have.
#[derive(Debug)]
pub struct Present(Place);

#[derive(Debug)]
enum Place {
    Folder(Folder),
    Database(HashSet<String>),
}

impl Present {
    /// Finds out for these accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(app: &App, read: &mut Read, settings: &Settings, seen: &[Seen]) -> Result<Self> {
        if !settings.is_on(IN_DATABASE) {
            return Ok(Self(Place::Folder(folder(app))));
        }
        let with_icon = seen.iter().filter(|seen| seen.account.icon.is_some());
        let accounts: Vec<AccountId> = with_icon.map(|seen| seen.account.id).collect();
        Ok(Self(Place::Database(read.account_icons(&accounts).await?)))
    }

    /// Whether the icon is there.
    pub fn has(&self, name: &str) -> bool {
        match &self.0 {
            Place::Folder(folder) => folder.has(name),
            Place::Database(names) => names.contains(name),
        }
    }
}

/// Moves every icon to where the setting's new value says; the caller stores that value in the same transaction.
///
/// # Errors
/// When the database or the disk fails: the icons are where they were once the transaction is dropped.
pub async fn relocate(app: &App, write: &mut Write, into_database: bool) -> Result<Leftovers> {
    if into_database == is_in_database(write).await? {
        return Ok(Leftovers::default());
    }
    let folder = folder(app);
    if !into_database {
        for name in write.icon_names().await? {
            let content = write.icon(&name).await?.ok_or(Conflict::Changed)?;
            let folder = folder.clone();
            blocking(move || folder.write(&name, &content)).await?;
        }
        write.delete_icons().await?;
        return Ok(Leftovers::default());
    }
    // Leftovers of an interrupted move.
    write.delete_icons().await?;
    let names = {
        let folder = folder.clone();
        blocking(move || folder.names()).await?
    };
    for name in &names {
        let (folder, file) = (folder.clone(), name.clone());
        if let Some(content) = blocking(move || folder.content(&file)).await? {
            write.add_icon(name, &content, app.clock.now()).await?;
        }
    }
    Ok(Leftovers(names))
}
