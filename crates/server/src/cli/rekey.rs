//! The command `rekey`.

use std::time::{Duration, Instant};

use store::KeySource as _;

use super::serve;
use crate::app::App;
use crate::config::Config;

/// Time between two lines of progress.
const PAUSE: Duration = Duration::from_secs(2);

/// Refuses while the server of this configuration answers: it couldn't decipher anything afterwards.
pub(super) fn refuse_while_serving(config: &Config) -> Result<(), String> {
    if serve::healthcheck(config).is_err() {
        return Ok(());
    }
    Err("Sixpin is running: stop every copy of it first, and start it again afterwards".into())
}

/// Replaces the data key, and seals all values anew.
pub(super) async fn rekey(app: &App) -> Result<(), String> {
    let keys = app.config.key.of_instance(&app.config.data_dir, app.random).master_keys(false)?;
    let mut reported = Instant::now();
    let report = |values| {
        if reported.elapsed() >= PAUSE {
            reported = Instant::now();
            eprintln!("{values} values sealed anew");
        }
    };
    let done =
        app.store.rekey(&keys, app.random, report).await.map_err(|error| format!("nothing was changed: {error}"))?;
    println!("The data key was replaced, and {} values were sealed with the new one", done.values);
    if !done.damaged.is_empty() {
        eprintln!(
            "warning: {} values can't be deciphered and stay as they are: {}",
            done.damaged.len(),
            done.damaged.join(", ")
        );
    }
    Ok(())
}
