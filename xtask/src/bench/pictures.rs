//! How many published pictures of QR codes are read, and how fast. The pictures lie beside the repository: not all of
//! them may be copied into it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use trials::checkout::cargo;

use crate::workspace::Workspace;

/// The folders of pictures, from the repository.
const SAMPLES: &str = "../shared/samples/qr";

/// Prints a row for each folder in `samples`, and the pictures that are missed.
pub(crate) fn run(workspace: &Workspace, samples: Option<&str>) -> Result<()> {
    let samples = workspace.root.join(samples.unwrap_or(SAMPLES));
    let entries = fs::read_dir(&samples).with_context(|| format!("no pictures at {}", samples.display()))?;
    let mut folders = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    let status = cargo()
        .current_dir(&workspace.root)
        .args(["bench", "--quiet", "-p", "qr", "--bench", "samples", "--"])
        .args(&folders)
        .status()?;
    ensure!(status.success(), "the benchmark ended with {status}");
    Ok(())
}
