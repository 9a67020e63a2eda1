//! Icons: the pictures of accounts. They are files in the data folder, or rows in the database if the setting
//! `storeIconsInDatabase` is on (compat 2.4).
//!
//! Icons are added, removed and moved only within the write transaction, so that none is lost between the folder and
//! the database.

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
use store::{AdminWrite, MayPurge, Read, UserWrite, Write};
use vault::{AccountId, Seen};

use crate::app::App;
use crate::error::{Conflict, Result};
use crate::input::Invalid;
use crate::random::random_text;
use crate::settings::Settings;
use folder::Folder;

pub use error::PictureError;
pub use folder::is_name;
pub use picture::Picture;

/// The setting that keeps icons in the database.
pub const IN_DATABASE: &str = "storeIconsInDatabase";

fn icon_folder(app: &App) -> Folder {
    Folder::new(&app.config.data_dir)
}

async fn is_in_database(read: &mut Read) -> Result<bool> {
    Ok(Settings::load(read).await?.is_on(IN_DATABASE))
}

/// Runs work on files off the async workers.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
    let outcome = tokio::task::spawn_blocking(work).await.context("work on icon files")?;
    Ok(outcome.context("the folder of icons")?)
}

/// Returns the content type of an icon, by the extension of its name; `None` for names that aren't served.
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

/// Reads the content of an icon; `None` if there is none of this name.
///
/// # Errors
/// When the database or the disk fails.
pub async fn load_content(app: &App, read: &mut Read, name: &str) -> Result<Option<Vec<u8>>> {
    if !is_name(name) {
        return Ok(None);
    }
    if is_in_database(read).await? {
        return Ok(read.icon(name).await?);
    }
    let (folder, name) = (icon_folder(app), name.to_owned());
    run_blocking(move || folder.content(&name)).await
}

/// Reads the content of the icons of some accounts, by name. Leaves out missing icons.
///
/// # Errors
/// When the database or the disk fails.
pub async fn load_contents(app: &App, read: &mut Read, seen: &[Seen]) -> Result<HashMap<String, Vec<u8>>> {
    let with_icon = seen.iter().filter(|seen| seen.account.icon.is_some());
    if is_in_database(read).await? {
        let accounts: Vec<AccountId> = with_icon.map(|seen| seen.account.id).collect();
        return Ok(read.account_icon_contents(&accounts).await?);
    }
    let names: HashSet<String> = with_icon.filter_map(|seen| seen.account.icon.clone()).collect();
    let folder = icon_folder(app);
    let load = move |name: String| folder.content(&name).transpose().map(|content| Ok((name, content?)));
    run_blocking(move || names.into_iter().filter_map(load).collect()).await
}

/// Stores a picture and returns its name, which is unique and can't be guessed. An account gets it within the same
/// transaction, or [`require_room`] comes first.
///
/// # Errors
/// When the database or the disk fails.
pub async fn add(app: &App, write: &mut UserWrite, picture: Picture) -> Result<String> {
    let name = format!("{}.{}", random_text(app.random, 40), picture.extension());
    if is_in_database(write).await? {
        write.add_icon(&name, picture.bytes(), app.clock.now()).await?;
    } else {
        let (folder, name) = (icon_folder(app), name.clone());
        run_blocking(move || folder.write(&name, picture.bytes())).await?;
    }
    write.note_icon(&name, app.clock.now()).await?;
    Ok(name)
}

/// Returns the number of icons that the user may still add without an account that has them.
///
/// # Errors
/// When the database fails.
pub async fn count_room(app: &App, write: &mut UserWrite) -> Result<usize> {
    let room = u64::from(app.config.bounds.unused_icons).saturating_sub(write.unused_icon_count().await?);
    Ok(usize::try_from(room).unwrap_or(usize::MAX))
}

/// Refuses one more icon that no account has.
///
/// # Errors
/// 422 if the user has added too many.
pub async fn require_room(app: &App, write: &mut UserWrite) -> Result<()> {
    let count = write.unused_icon_count().await?;
    Ok(Invalid::unless_room("icon", count, app.config.bounds.unused_icons)?)
}

/// Files of icons that are no longer used. Remove them once the transaction is committed.
#[must_use = "the files stay until they are removed"]
#[derive(Debug, Default)]
pub struct Leftovers(Vec<String>);

impl Leftovers {
    /// Removes the files.
    pub fn remove(self, app: &App) {
        icon_folder(app).remove(&self.0);
    }
}

/// Removes icons: rows at once, files through [`Leftovers`].
///
/// # Errors
/// When the database fails.
pub async fn remove(write: &mut UserWrite, names: Vec<String>) -> Result<Leftovers> {
    for name in &names {
        write.forget_icon(name).await?;
    }
    if !is_in_database(write).await? {
        return Ok(Leftovers(names));
    }
    for name in names.iter().filter(|name| is_name(name)) {
        write.delete_icon(name).await?;
    }
    Ok(Leftovers::default())
}

/// Removes the given icons, except those that an account still has.
///
/// # Errors
/// When the database fails.
pub async fn remove_unused(write: &mut UserWrite, names: impl IntoIterator<Item = String>) -> Result<Leftovers> {
    let names: HashSet<String> = names.into_iter().collect();
    let mut unused = Vec::new();
    for name in names {
        if !write.icon_in_use(&name).await? {
            unused.push(name);
        }
    }
    remove(write, unused).await
}

/// Removes the icons that no account has and that were added before `added_before`. No account can get one of them in
/// the meantime: that takes the same transaction.
///
/// # Errors
/// When the database or the disk fails.
pub async fn sweep(app: &App, write: &mut Write, may: MayPurge, added_before: Timestamp) -> Result<()> {
    write.purge_added_icons(may, added_before).await?;
    if is_in_database(write).await? {
        return Ok(write.purge_icons(may, added_before).await?);
    }
    let files = icon_folder(app);
    let seconds = u64::try_from(added_before.as_second()).unwrap_or(0);
    let old = run_blocking(move || files.older_than(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))).await?;
    if old.is_empty() {
        return Ok(());
    }
    let used = write.icons_in_use().await?;
    let unused: Vec<String> = old.into_iter().filter(|name| !used.contains(name)).collect();
    let files = icon_folder(app);
    run_blocking(move || {
        files.remove(&unused);
        Ok(())
    })
    .await
}

/// The icons of some accounts that exist in the storage.
#[derive(Debug)]
pub struct PresentIcons(Storage);

#[derive(Debug)]
enum Storage {
    Folder(Folder),
    Database(HashSet<String>),
}

impl PresentIcons {
    /// Returns the existing icons of these accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(app: &App, read: &mut Read, settings: &Settings, seen: &[Seen]) -> Result<Self> {
        if !settings.is_on(IN_DATABASE) {
            return Ok(Self(Storage::Folder(icon_folder(app))));
        }
        let with_icon = seen.iter().filter(|seen| seen.account.icon.is_some());
        let accounts: Vec<AccountId> = with_icon.map(|seen| seen.account.id).collect();
        Ok(Self(Storage::Database(read.account_icons(&accounts).await?)))
    }

    /// Whether the icon exists.
    pub fn has(&self, name: &str) -> bool {
        match &self.0 {
            Storage::Folder(folder) => folder.has(name),
            Storage::Database(names) => names.contains(name),
        }
    }
}

/// Moves all icons into the database or out of it. The caller stores the new value of the setting in the same
/// transaction.
///
/// # Errors
/// When the database or the disk fails. Once the transaction is dropped, all icons are where they were.
pub async fn relocate(app: &App, write: &mut AdminWrite, into_database: bool) -> Result<Leftovers> {
    if into_database == is_in_database(write).await? {
        return Ok(Leftovers::default());
    }
    let folder = icon_folder(app);
    if !into_database {
        for name in write.icon_names().await? {
            let content = write.icon(&name).await?.ok_or(Conflict::Changed)?;
            let folder = folder.clone();
            run_blocking(move || folder.write(&name, &content)).await?;
        }
        write.delete_icons().await?;
        return Ok(Leftovers::default());
    }
    // Rows that an interrupted move left behind.
    write.delete_icons().await?;
    let names = {
        let folder = folder.clone();
        run_blocking(move || folder.names()).await?
    };
    for name in &names {
        let (folder, file) = (folder.clone(), name.clone());
        if let Some(content) = run_blocking(move || folder.content(&file)).await? {
            write.add_icon(name, &content, app.clock.now()).await?;
        }
    }
    Ok(Leftovers(names))
}
