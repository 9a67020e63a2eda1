//! `doctor database`: whether everything in the database can be read.

use super::terminal::printable;
use crate::app::App;
use crate::registration::rule_remark;
use crate::settings::Settings;

/// Prints what is damaged.
///
/// # Errors
/// When something is, or the database fails.
pub(super) async fn database(app: &App) -> Result<(), String> {
    println!("Reading {}: every row, and the secrets of all accounts.", app.config.database);
    let findings = app.store.examine().await.map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    for fault in &findings.file {
        println!("  file: {}", printable(fault));
    }
    for damage in &findings.rows {
        println!("  {}", printable(&damage.to_string()));
    }
    for remark in remarks(app).await {
        println!("  note: {}", printable(&remark));
    }
    let found = findings.file.len() + findings.rows.len();
    if found == 0 {
        println!("Everything can be read.");
        return Ok(());
    }
    if !findings.file.is_empty() {
        println!(
            "\nThe file itself is damaged: stop Sixpin, keep a copy of the file, and restore a backup, or save what is \
             left with `sqlite3 FILE .recover`."
        );
    }
    Err(format!("{found} {} damaged, see above", if found == 1 { "value is" } else { "values are" }))
}

/// Returns what operators should know of the database and the settings in it, besides damage.
pub(super) async fn remarks(app: &App) -> Vec<String> {
    let rule = match app.store.read().await {
        Ok(mut read) => Settings::load(&mut read).await.ok().and_then(|settings| rule_remark(&settings)),
        Err(_) => None,
    };
    cluster_remark(app).await.into_iter().chain(rule).collect()
}

/// Returns what is to be known of the cluster that the database server belongs to, if it does.
async fn cluster_remark(app: &App) -> Option<String> {
    let nodes = app.store.cluster_size().await.ok().flatten().filter(|nodes| *nodes > 1)?;
    Some(format!(
        "the database server is one of a Galera cluster of {nodes} nodes. All copies of Sixpin must use the same node at a \
         time, by a proxy with one active node: with writers on two nodes a HOTP counter can be used twice"
    ))
}
