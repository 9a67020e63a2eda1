//! A server that sends mails, for one test.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::json;
use trials::checkout;
use trials::http::Response;
use trials::instance::{Instance, PASSWORD, Server};

use crate::browser::{ADMINISTRATOR, Browser};

/// A running server with an administrator.
pub(crate) struct Setup {
    pub(crate) server: Server,
    pub(crate) instance: Instance,
}

impl Setup {
    /// A server with these variables.
    pub(crate) fn new(settings: &[(&str, &str)]) -> Result<Self> {
        let instance = Instance::new(checkout::debug_server()?)?;
        let base = instance.base();
        let instance = instance.with(&[("APP_URL", &base), ("MAIL_FROM_ADDRESS", "codes@example.org")]).with(settings);
        instance.add_administrator("admin", ADMINISTRATOR)?;
        Ok(Self { server: instance.serve()?, instance })
    }

    /// The same with `address` as its mail server.
    pub(crate) fn sending_to(address: SocketAddr, settings: &[(&str, &str)]) -> Result<Self> {
        let port = address.port().to_string();
        Self::new(&[&[("MAIL_HOST", "127.0.0.1"), ("MAIL_PORT", port.as_str())], settings].concat())
    }

    /// Opens a browser that isn't signed in.
    pub(crate) fn open_browser(&self) -> Result<Browser> {
        Browser::open(self.instance.address)
    }

    /// Opens the administrator's browser.
    pub(crate) fn sign_in(&self) -> Result<Browser> {
        self.open_browser()?.sign_in(PASSWORD)
    }

    /// Checks that the test mail fails with an error that contains `words`.
    #[track_caller]
    pub(crate) fn check_test_mail_fails(&self, words: &str) -> Result<()> {
        let answer = self.send_test_mail()?;
        let details = answer.json()["details"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == 424 && details.contains(words), "not {words:?}: {} {}", answer.status, answer.body);
        self.server.check_no_panic()
    }

    /// Checks that the test mail is accepted.
    #[track_caller]
    pub(crate) fn check_test_mail_passes(&self) -> Result<()> {
        let answer = self.send_test_mail()?;
        assert_eq!(answer.status, 200, "the test mail was refused: {}", answer.body);
        self.server.check_no_panic()
    }

    fn send_test_mail(&self) -> Result<Response> {
        self.sign_in()?.post("/system/test-email", &json!({}))
    }
}
