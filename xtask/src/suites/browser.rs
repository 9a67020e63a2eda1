//! Journeys of people in a real browser, against the real server.

use std::process::Command;

use anyhow::Result;

use super::{Outcome, missing};
use crate::process;
use crate::services::nginx::{Nginx, Recipe};
use crate::services::sixpin::Site;
use crate::tools::{CHROMIUM, NGINX, NPM};
use crate::workspace::Workspace;

/// `npm ci` and `npm test` in `ui/e2e`. The journeys start the server themselves, each its own.
///
/// One journey goes through nginx under a sub-path: nginx runs here, for a server on a port that is reserved for it.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&NPM, &CHROMIUM, &NGINX]) {
        return Ok(Outcome::Skipped(reason));
    }
    let binary = workspace.build_server("dev")?;
    let upstream = Site::new(&binary)?;
    let nginx = Nginx::start(Recipe::read(&workspace.root, "nginx-subpath.conf")?, upstream.address, "")?;

    let folder = workspace.web_app().join("e2e");
    let npm = NPM.path()?;
    process::run(Command::new(&npm).current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    let mut journeys = Command::new(&npm);
    journeys.current_dir(&folder).arg("test").env("SIXPIN_BINARY", &binary).env("CHROMIUM", CHROMIUM.path()?);
    journeys.env("SUBPATH_LISTEN", upstream.address.to_string());
    journeys.env("SUBPATH_URL", format!("http://{}/codes/", nginx.address));
    journeys.env("SCREENSHOTS", workspace.target.join("xtask/screenshots"));
    process::run(&mut journeys)?;
    Ok(Outcome::Passed)
}
