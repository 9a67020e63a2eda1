//! What an answer means.

use http::StatusCode;

use super::probe::{Answer, Kind, Probe};
use crate::config::auth_proxy::advice::software::Fix;

/// The grade of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// As it should be.
    Good,
    /// Sixpin is safe from it, but the proxy could be better.
    Note,
    /// A stranger could sign in, or no user can.
    Bad,
    /// It can't be told.
    Unknown,
}

impl Mark {
    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Bad => "FAULT",
            Self::Unknown => "?",
        }
    }
}

/// The meaning of an answer, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) mark: Mark,
    pub(super) text: String,
    pub(super) fix: Option<Fix>,
}

impl Verdict {
    fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { mark, text: text.into(), fix: None }
    }

    fn with(self, fix: Fix) -> Self {
        Self { fix: Some(fix), ..self }
    }

    /// It can't be told, and why.
    pub(super) fn unknown(text: impl Into<String>) -> Self {
        Self::new(Mark::Unknown, text)
    }

    /// Judges the answer to a plain request.
    pub(super) fn of_plain(answer: &Answer, signed_in: bool) -> Self {
        match (&answer.name, answer.refusal.as_deref()) {
            (Some(name), _) if signed_in => Self::new(Mark::Good, format!("answered for {name:?}")),
            (Some(name), _) => Self::new(
                Mark::Note,
                format!(
                    "answered for {name:?} without any sign-in: right only if the proxy knows people by their device \
                     or network"
                ),
            ),
            (None, Some("untrusted_peer")) => Self::new(
                Mark::Bad,
                "Sixpin doesn't trust the peer that this came from: its log tells the address; if it is the proxy's, \
                 add it to TRUSTED_PROXIES",
            ),
            (None, Some("proof_invalid")) if !signed_in => {
                Self::new(Mark::Good, "passed on without the proxy's proof, and refused for that")
            }
            (None, Some("header_missing")) if !signed_in => {
                let text = "the proxy passes on what it didn't sign in; Sixpin refuses it (header_missing). Protect \
                            this path at the proxy as well";
                Self::new(Mark::Note, text)
            }
            (None, Some(reason @ ("header_empty" | "header_sentinel"))) => {
                let text = format!("the proxy sends a placeholder in place of a name; Sixpin refuses it ({reason})");
                Self::new(if signed_in { Mark::Bad } else { Mark::Note }, text).with(Fix::NoPlaceholder)
            }
            (None, Some(reason)) => {
                let text = format!("refused by Sixpin: {reason}; docs/auth-proxy.md says what to do");
                Self::new(if signed_in { Mark::Bad } else { Mark::Note }, text)
            }
            (None, None) if answer.status == StatusCode::MISDIRECTED_REQUEST => Self::new(
                Mark::Bad,
                "Sixpin takes the host for another site's: it is neither that of APP_URL nor in APP_HOSTS, or the proxy \
                 changes it; Sixpin's log has its name",
            )
            .with(Fix::KeepHost),
            (None, None) if asks_for_sign_in(answer.status) && signed_in => {
                Self::unknown(format!("the proxy doesn't take this sign-in (status {})", answer.status.as_u16()))
            }
            (None, None) if asks_for_sign_in(answer.status) => {
                Self::new(Mark::Good, format!("the proxy asks for a sign-in (status {})", answer.status.as_u16()))
            }
            (None, None) => Self::unknown(format!("status {}, and not from Sixpin", answer.status.as_u16())),
        }
    }

    /// Judges the answer to the app's own page, which sends `Origin`.
    pub(super) fn of_own_page(answer: &Answer, usual: &Answer) -> Self {
        match answer.status.as_u16() {
            _ if answer.is_like(usual) => Self::new(Mark::Good, "taken for the app's own page"),
            419 => {
                let text = "not taken for the app's own page, so nothing can be changed over plain http: the proxy \
                            changes Host (419)";
                Self::new(Mark::Bad, text).with(Fix::KeepHost)
            }
            status => Self::unknown(format!("status {status}, unlike without Origin")),
        }
    }

    /// Judges the host that arrived. `host` is that of the address where users open the app.
    pub(super) fn of_host(arrived: Option<&str>, host: &str, is_configured: bool) -> Self {
        match arrived {
            Some(arrived) if arrived.eq_ignore_ascii_case(host) => {
                Self::new(Mark::Good, "the host arrived as it was sent")
            }
            arrived => {
                let made_up_for = if is_configured { "; APP_URL or APP_HOSTS makes up for it" } else { "" };
                let text = format!("the proxy changes Host: {:?} arrived{made_up_for}", arrived.unwrap_or_default());
                Self::new(Mark::Note, text).with(Fix::KeepHost)
            }
        }
    }

    /// Judges whether the proxy states the client's address, in a header by that name.
    pub(super) fn of_client(header: &str, is_there: bool, is_trusted: bool) -> Self {
        let consequence = "so all clients share one limit, and the log has the proxy's address for all of them";
        match (is_there, is_trusted) {
            (true, true) => Self::new(Mark::Good, format!("{header} states the client's address")),
            (false, _) => Self::new(Mark::Note, format!("{header} is missing, {consequence}")).with(Fix::StateClient),
            (true, false) => Self::new(
                Mark::Note,
                format!("{header} isn't believed, {consequence}: set TRUSTED_PROXIES to the proxy's address"),
            ),
        }
    }

    /// Judges the answer to an attempt, compared with the `usual` one.
    pub(super) fn of(probe: &Probe, answer: &Answer, usual: &Answer) -> Self {
        if answer.is_like(usual) {
            // If the proxy sends a placeholder itself, its origin can't be told.
            let is_clear =
                !matches!(answer.refusal.as_deref(), Some("header_sentinel" | "header_prefix" | "header_suffix"));
            return if is_clear {
                Self::new(Mark::Good, "makes no difference")
            } else {
                Self::unknown("can't be told from the placeholder that the proxy sends itself")
            };
        }
        match (&answer.name, answer.refusal.as_deref()) {
            (Some(name), _) => match &usual.name {
                Some(usual) => Self::new(Mark::Bad, format!("answered for {name:?} instead of {usual:?}")),
                None => Self::new(Mark::Bad, format!("let in as {name:?}")),
            },
            (None, Some(reason)) => Self::of_refusal(probe, reason, usual.name.is_some()),
            (None, None) if answer.status.is_client_error() || answer.status.is_redirection() => {
                Self::new(Mark::Good, format!("stopped by the proxy (status {})", answer.status.as_u16()))
            }
            (None, None) => Self::unknown(format!("status {}, and not from Sixpin", answer.status.as_u16())),
        }
    }

    fn of_refusal(probe: &Probe, reason: &str, is_somebody: bool) -> Self {
        match (reason, probe.kind) {
            ("header_sentinel" | "header_prefix" | "header_suffix", Kind::Password) => {
                let text = "the proxy passes on a name without checking its password: every client can be any user";
                Self::new(Mark::Bad, text).with(Fix::CheckPassword)
            }
            ("header_duplicate", Kind::Twice) => {
                let text = "the proxy passes on this header from clients: they decide about their rights";
                Self::new(Mark::Bad, text).with(Fix::Replace)
            }
            ("header_sentinel" | "header_prefix" | "header_suffix", Kind::Rights) => {
                let text = "the proxy passes on this header from clients: they can be any user";
                Self::new(Mark::Bad, text).with(Fix::Replace)
            }
            ("header_sentinel" | "header_prefix" | "header_suffix", _) => {
                let text = "the client's header came through as the name: every client can be any user";
                Self::new(Mark::Bad, text).with(Fix::Replace)
            }
            ("header_alias", _) => {
                let text = "the proxy passes on this spelling; Sixpin refuses it. The proxy should drop it";
                Self::new(Mark::Note, text).with(Fix::DropSpellings)
            }
            ("header_duplicate", _) => {
                let text = "the proxy adds its header to the client's; Sixpin refuses both. It should replace it";
                Self::new(Mark::Note, text).with(Fix::Replace)
            }
            ("header_missing" | "proof_invalid" | "header_hop_by_hop", Kind::Dropped) if is_somebody => {
                let text = format!("a client can have the proxy drop its header; Sixpin refuses that ({reason})");
                Self::new(Mark::Note, text).with(Fix::DropConnection)
            }
            ("proof_invalid" | "proof_mismatch", _) => {
                Self::new(Mark::Good, format!("came through the proxy, and was not believed ({reason})"))
            }
            _ => Self::new(Mark::Note, format!("refused by Sixpin: {reason}")),
        }
    }

    /// Judges a request that goes past the proxy; `from_here` if it is sent on the machine of Sixpin itself.
    pub(super) fn of_direct(answer: &Answer, from_here: bool) -> Self {
        match answer.refusal.as_deref() {
            Some("untrusted_peer") => Self::new(Mark::Good, "refused, because this peer is not trusted"),
            Some("proof_invalid") => Self::new(Mark::Good, "refused, because the proxy's proof is missing"),
            Some("header_sentinel" | "header_prefix" | "header_suffix") if from_here => {
                let text = "this machine itself is trusted: every program on it can be any user. A secret \
                            (AUTH_PROXY_SECRET) or a Unix socket would tell the proxy from others";
                Self::new(Mark::Note, text)
            }
            Some("header_sentinel" | "header_prefix" | "header_suffix") => {
                let text = "every client that reaches this address can be any user: this machine's address is trusted, or \
                            a program in between is";
                Self::new(Mark::Bad, text)
            }
            Some(reason) => Self::new(Mark::Good, format!("refused by Sixpin: {reason}")),
            None => Self::unknown(format!("status {}, and not from Sixpin", answer.status.as_u16())),
        }
    }
}

fn asks_for_sign_in(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || status.is_redirection()
}
