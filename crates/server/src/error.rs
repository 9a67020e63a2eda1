//! Everything that can go wrong for a request, as one closed list. Anything else is an internal error: logged once with
//! its chain, opaque to the client.
//!
//! A handler names status and cause: `Forbidden::SharingOff`, `NotFound::Resource`. What is answered is in one table,
//! the statuses in this file and the body of each cause in `causes.rs`.

mod body;
mod causes;
mod outage;
mod refusal;

use std::io;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use otp::GenerateError;
use serde_json::Value;

use crate::input::{Invalid, Unreadable};
use crate::messages::{Locale, Message};
use body::{Body, message};

pub use causes::{BadRequest, Conflict, Forbidden, MethodNotAllowed, NotFound, Unauthorized, Unprocessable};
pub use outage::Outage;
pub use refusal::{Denial, ProxyRefusal};

/// Why a request was refused. The causes of a status that has several are an enum of its name.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400.
    #[error("bad request: {0:?}")]
    BadRequest(BadRequest),
    /// 401.
    #[error("unauthorized: {0:?}")]
    Unauthorized(Unauthorized),
    /// 403 or 407: a request behind an auth proxy has no acceptable identity.
    #[error("{0}")]
    Proxy(ProxyRefusal),
    /// 403.
    #[error("forbidden: {0:?}")]
    Forbidden(Forbidden),
    /// 404.
    #[error("not found: {0:?}")]
    NotFound(NotFound),
    /// 405.
    #[error("method not allowed: {0:?}")]
    MethodNotAllowed(MethodNotAllowed),
    /// 409.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// 413: the body is longer than what is read.
    #[error("the body is too long")]
    TooLarge,
    /// 503: too many bytes of bodies are under way.
    #[error("there is no room for the body")]
    NoRoom,
    /// 418: signed out by inactivity.
    #[error("inactivity detected")]
    Inactive,
    /// 419: a state-changing request without proof that one of our pages sent it.
    #[error("CSRF token mismatch")]
    CsrfMismatch,
    /// 421: the request was sent to a host that isn't this instance's.
    #[error("misdirected request")]
    Misdirected,
    /// 422.
    #[error("unprocessable: {0:?}")]
    Unprocessable(Unprocessable),
    /// 424: a mail was not taken, with what the mail server said.
    #[error("a mail was not sent: {0}")]
    MailFailed(String),
    /// 429: too many requests.
    #[error("too many requests")]
    Throttled {
        /// Seconds until the window ends.
        retry_after: u64,
        /// When the window ends, Unix seconds.
        reset: u64,
        /// Requests allowed per window.
        limit: u32,
    },
    /// 429: too many failed logins.
    #[error("locked out")]
    LockedOut {
        /// Seconds until the next try.
        retry_after: u64,
    },
    /// 503: too much work is waiting.
    #[error("busy")]
    Busy,
    /// 500: a picture that can't be made sense of.
    #[error("the upload failed")]
    UploadFailed,
    /// 503 or 507: the database or the disk is of no use at present.
    #[error("{0}")]
    Outage(Outage),
    /// 500: a stored value can't be read.
    #[error("a row of the database is damaged")]
    DamagedRow,
    /// 500.
    #[error("{0:#}")]
    Internal(anyhow::Error),
}

/// The result of a handler.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            // The store has logged these, once.
            store::Error::Undecipherable(account) => BadRequest::Undecipherable(account).into(),
            store::Error::Damaged(account) => BadRequest::DamagedAccount(account).into(),
            store::Error::Corrupt(_) => Self::DamagedRow,
            store::Error::Away(_) => Outage::Away.into(),
            store::Error::Busy(_) => Outage::Busy.noted(&error),
            store::Error::OutcomeUnknown(_) => Outage::OutcomeUnknown.noted(&error),
            store::Error::Full(_) => Outage::Full.noted(&error),
            store::Error::ReadOnly(_) => Outage::ReadOnly.noted(&error),
            store::Error::Unauthenticated => Unauthorized::Unauthenticated.into(),
            store::Error::NotAdmin => Forbidden::NoRight.into(),
            error => Self::Internal(error.into()),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        let mut files = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
        match files.find_map(Outage::of_file) {
            Some(outage) => outage.noted(error.as_ref()),
            None => Self::Internal(error),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Unprocessable::Invalid(invalid).into()
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::TooLarge,
            Unreadable::TooManyFields => BadRequest::BodyTooManyFields.into(),
            Unreadable::Interrupted => BadRequest::BodyInterrupted.into(),
            Unreadable::NoRoom => Self::NoRoom,
        }
    }
}

impl From<GenerateError> for Error {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::NotBase32(_) => BadRequest::SecretNotBase32.into(),
            other => BadRequest::OtpParameters(other.to_string()).into(),
        }
    }
}

impl From<vault::access::Denied> for Error {
    fn from(denied: vault::access::Denied) -> Self {
        match denied {
            vault::access::Denied::SharingDisabled => Forbidden::SharingOff.into(),
            vault::access::Denied::NotYours => Forbidden::NoRight.into(),
        }
    }
}

impl Error {
    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.answer().0
    }

    /// The answer's body; `None` for an empty one.
    pub fn body(&self, asked: &Asked<'_>) -> Option<Value> {
        self.answer().1.written(asked)
    }

    /// The table of answers.
    fn answer(&self) -> (StatusCode, Body<'_>) {
        match self {
            Self::BadRequest(cause) => (StatusCode::BAD_REQUEST, cause.body()),
            Self::Unauthorized(cause) => (StatusCode::UNAUTHORIZED, cause.body()),
            Self::Proxy(refusal) => (refusal.status(), Body::Refusal(refusal)),
            Self::Forbidden(cause) => (StatusCode::FORBIDDEN, cause.body()),
            Self::NotFound(cause) => (StatusCode::NOT_FOUND, cause.body()),
            Self::MethodNotAllowed(cause) => (StatusCode::METHOD_NOT_ALLOWED, cause.body()),
            Self::Conflict(cause) => (StatusCode::CONFLICT, cause.body()),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, message(Message::BodyTooLarge)),
            Self::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, message(Message::BodyNoRoom)),
            Self::Inactive => (StatusCode::IM_A_TEAPOT, message("inactivity detected")),
            Self::CsrfMismatch => (csrf_mismatch(), message("CSRF token mismatch.")),
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, message(Message::OtherHost)),
            Self::Unprocessable(cause) => (StatusCode::UNPROCESSABLE_ENTITY, cause.body()),
            Self::MailFailed(why) => (StatusCode::FAILED_DEPENDENCY, Body::Details(Message::MailFailed.into(), why)),
            Self::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, message(Message::TooManyAttempts)),
            Self::LockedOut { retry_after } => (StatusCode::TOO_MANY_REQUESTS, Body::LockedOut(*retry_after)),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, message(Message::Busy)),
            Self::UploadFailed => (StatusCode::INTERNAL_SERVER_ERROR, message(Message::UploadFailed)),
            Self::Outage(outage) => (outage.status(), message(outage.message())),
            Self::DamagedRow => (StatusCode::INTERNAL_SERVER_ERROR, message(Message::DamagedRow)),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, message(Message::ServerError)),
        }
    }

    /// Headers that belong to the answer.
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::Throttled { retry_after, reset, limit } => {
                headers.insert(header::RETRY_AFTER, (*retry_after).into());
                headers.insert(HeaderName::from_static("x-ratelimit-reset"), (*reset).into());
                headers.insert(HeaderName::from_static("x-ratelimit-limit"), (*limit).into());
                headers.insert(HeaderName::from_static("x-ratelimit-remaining"), 0.into());
            }
            Self::NoRoom => {
                headers.insert(header::RETRY_AFTER, RETRY_UPLOAD.into());
            }
            Self::Busy => {
                headers.insert(header::RETRY_AFTER, BUSY_SECONDS.into());
            }
            Self::Outage(outage) => {
                headers.insert(header::RETRY_AFTER, outage.retry_after().into());
            }
            Self::Unauthorized(Unauthorized::TokenRefused) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Proxy(refusal) => {
                headers.insert(REFUSAL_REASON, HeaderValue::from_static(refusal.code()));
            }
            _ => {}
        }
        headers
    }
}

/// Time after which an upload that found no room should be tried again, in seconds.
const RETRY_UPLOAD: u64 = 5;
/// Seconds after which a request that found too much work waiting may be repeated.
const BUSY_SECONDS: u64 = 2;

/// 419: 2FAuth's framework made this number up.
fn csrf_mismatch() -> StatusCode {
    StatusCode::from_u16(419).unwrap_or(StatusCode::FORBIDDEN)
}

/// The properties of a request on which an error's text depends.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The language.
    pub locale: Locale,
    /// Whether the request asked for a language, as a browser's does.
    pub by_browser: bool,
    /// The request's method.
    pub method: &'a str,
    /// The request's path.
    pub path: &'a str,
    /// The methods that its route has, for a 405.
    pub allowed: &'a str,
}

/// Names the rule by which an auth proxy's request was refused.
///
/// compat: 2FAuth's clients compare the bodies of the refusals that 2FAuth knows, so the reason has a header of its
/// own.
pub const REFUSAL_REASON: HeaderName = HeaderName::from_static("x-auth-proxy-refusal");

/// An error on its way out: [`crate::edge::lang`] writes it in the request's language.
#[derive(Debug, Clone)]
pub struct Failure(pub Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(error) = &self {
            tracing::error!(error = format!("{error:#}"), "internal error");
        }
        let mut response = (self.status(), self.headers()).into_response();
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        Error::from(self).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_that_cannot_be_read_is_the_clients_fault() {
        let status = |unreadable: Unreadable| unreadable.into_response().status();
        assert_eq!(status(Unreadable::TooLarge), 413);
        for unreadable in [Unreadable::TooManyFields, Unreadable::Interrupted] {
            assert_eq!(status(unreadable), 400);
        }
        assert_eq!(Unreadable::NoRoom.into_response().headers()[header::RETRY_AFTER], "5");
    }
}
