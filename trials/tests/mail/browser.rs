//! A browser that keeps the cookies of the session.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use trials::http::{Request, Response};

/// The e-mail address of the administrator.
pub(crate) const ADMINISTRATOR: &str = "admin@example.org";

/// A browser with its cookies.
pub(crate) struct Browser {
    address: SocketAddr,
    cookies: String,
    csrf_token: String,
}

impl Browser {
    /// Opens a browser that isn't signed in.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let answer = Request::read("/refresh-csrf").send(address)?;
        Self { address, cookies: String::new(), csrf_token: String::new() }.with_cookies_of(&answer)
    }

    /// Sends a request that reads, and returns the JSON of the answer.
    pub(crate) fn read(&self, path: &str) -> Result<Value> {
        Ok(Request::read(path).header("Cookie", &self.cookies).send(self.address)?.json())
    }

    /// Sends a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Response> {
        let request = Request::write(path, body).header("Cookie", &self.cookies);
        request.header("X-XSRF-TOKEN", &self.csrf_token).send(self.address)
    }

    /// Sends the administrator's address with a password.
    pub(crate) fn login(&self, password: &str) -> Result<Response> {
        self.post("/user/login", &json!({ "email": ADMINISTRATOR, "password": password }))
    }

    /// Signs in as the administrator.
    pub(crate) fn sign_in(self, password: &str) -> Result<Self> {
        let answer = self.login(password)?;
        ensure!(answer.status == 200, "the sign-in failed: {}", answer.body);
        self.with_cookies_of(&answer)
    }

    fn with_cookies_of(self, answer: &Response) -> Result<Self> {
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        let pairs: Vec<&str> = set.filter_map(|(_, value)| value.split(';').next()).collect();
        let csrf_token = pairs.iter().find_map(|pair| pair.strip_prefix("XSRF-TOKEN=")).context("no CSRF cookie")?;
        Ok(Self { address: self.address, cookies: pairs.join("; "), csrf_token: (*csrf_token).to_owned() })
    }
}
