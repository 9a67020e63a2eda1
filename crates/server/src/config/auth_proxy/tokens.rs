//! Personal access tokens behind an auth proxy: only where the operator asks for them.

use std::fmt;

use authproxy::{Header, Notation, Settings};
use jiff::SignedDuration;

use super::super::listen::{self, Listen};
use super::variables::header_variable;
use super::words::read_header;
use crate::config::vars::Vars;

/// Default maximum number of days since the last visit of a token's owner through the proxy.
const MAX_IDLE_DAYS: u32 = 30;

/// The settings of tokens behind an auth proxy.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// `AUTH_PROXY_PAT_HEADER`: carries a token, in place of `Authorization: Bearer`.
    pub header: Option<Header>,
    /// `AUTH_PROXY_PAT_MAX_IDLE`: maximum time since the last visit of the owner through the proxy.
    pub max_idle: SignedDuration,
    /// `TOKEN_ONLY_LISTEN`: the listeners where only tokens authenticate.
    pub listen: Vec<Listen>,
    /// Whether they are taken where people come in as well: where a request that passed the proxy without signing in
    /// can't be a user.
    pub on_main: bool,
}

impl TokenConfig {
    /// Reads the configuration; `None` when tokens are of no use. `settings` are those of the rules.
    pub(super) fn read(vars: &mut Vars, settings: &Settings, notation: Notation) -> Option<Self> {
        let is_on = vars.flag("AUTH_PROXY_ALLOW_PAT", false);
        let is_stripped = vars.flag("AUTH_PROXY_PAT_BYPASS_STRIPS_IDENTITY", false);
        let days = vars.parsed("AUTH_PROXY_PAT_MAX_IDLE", MAX_IDLE_DAYS);
        let tokens = Self {
            header: read_header(vars, "AUTH_PROXY_PAT_HEADER", None, notation),
            max_idle: SignedDuration::from_hours(24 * i64::from(days)),
            listen: listen::places(vars, "TOKEN_ONLY_LISTEN"),
            on_main: settings.has_proof() || is_stripped,
        };
        if days == 0 {
            vars.problem("AUTH_PROXY_PAT_MAX_IDLE: with 0 days every token would be of no use: give at least 1");
        }
        if let Some(header) = &tokens.header
            && let Some((purpose, other)) =
                settings.headers().find(|(_, other)| other.collides_with(header.name().as_str()))
        {
            vars.problem(format!(
                "AUTH_PROXY_PAT_HEADER={} and {}={} could be taken for each other: tokens need a header of their own",
                header.configured(),
                header_variable(purpose),
                other.configured()
            ));
        }
        if !is_on {
            if !tokens.listen.is_empty() {
                vars.problem("TOKEN_ONLY_LISTEN is for tokens, which are of no use without AUTH_PROXY_ALLOW_PAT=true");
            }
            return None;
        }
        if !tokens.on_main && tokens.listen.is_empty() {
            vars.problem(
                "AUTH_PROXY_ALLOW_PAT=true lets requests to the API pass the proxy without a sign-in, and such a \
                 request could state any identity: give the proxy a secret that it adds to requests of signed-in users \
                 (AUTH_PROXY_SECRET), or let it send signed assertions, or route requests without a sign-in to a listener \
                 of their own (TOKEN_ONLY_LISTEN). If the proxy removes the identity headers from such requests, set \
                 AUTH_PROXY_PAT_BYPASS_STRIPS_IDENTITY=true",
            );
        }
        Some(tokens)
    }
}

/// One line for the log.
impl fmt::Display for TokenConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.listen.iter().map(ToString::to_string).collect();
        let places = match (self.on_main, places.is_empty()) {
            (true, true) => "everywhere".to_owned(),
            (true, false) => format!("everywhere, and alone on {}", places.join(", ")),
            (false, _) => format!("on {} alone", places.join(", ")),
        };
        write!(f, "tokens are taken {places}, until the proxy hasn't named their owner for {} days", self.days())?;
        match &self.header {
            Some(header) => write!(f, "; a request with the header {} is a token's", header.written()),
            None => f.write_str(
                "; a request with any Authorization is a token's, so the proxy must not add one of its own to those of \
                 people (or set AUTH_PROXY_PAT_HEADER)",
            ),
        }
    }
}

impl TokenConfig {
    fn days(&self) -> i64 {
        self.max_idle.as_hours() / 24
    }
}
