//! lighttpd with its own passwords.

use anyhow::Result;
use trials::proxy::Lighttpd;

use crate::client::Expected::FromProxy;
use crate::client::{ALICE, Client};
use crate::setup::{Setup, read_recipe};

const RECIPE: &str = "lighttpd-basic.conf";
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];

#[test]
#[cfg_attr(not(installed = "lighttpd"), ignore = "lighttpd is not installed")]
fn basic() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Lighttpd>(read_recipe(RECIPE)?)?;
    Client::new(&setup, &proxy).check_recipe(ALICE, FromProxy(401), &["Remote~User"])
}
