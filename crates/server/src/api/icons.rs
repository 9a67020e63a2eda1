//! Icon files.

use std::path::PathBuf;

use crate::app::App;

/// Removes the files of icons that nothing uses any more.
pub fn remove_files(app: &App, names: &[String]) {
    for name in names.iter().filter_map(|name| path(app, name)) {
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, path = %name.display(), "an icon can't be removed");
            }
            _ => {}
        }
    }
}

/// Whether an icon's file is there.
pub fn exists(app: &App, name: &str) -> bool {
    path(app, name).is_some_and(|path| path.is_file())
}

/// Where an icon's file is; `None` for a name that no icon has, whatever it tries to reach.
fn path(app: &App, name: &str) -> Option<PathBuf> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (is_plain && !name.is_empty() && !name.starts_with('.')).then(|| app.config.data_dir.join("icons").join(name))
}
