//! Everything that can go wrong for a request, as one closed list. What isn't on it is an internal error: logged once
//! with its chain, opaque to the client.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use otp::GenerateError;
use serde_json::{Value, json};

use crate::auth::proxy::Refusal;
use crate::input::{Invalid, Unreadable};
use crate::messages::{Locale, Message};

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400 with a text of its own.
    #[error("bad request: {0:?}")]
    BadRequest(Message),
    /// 400 `bad request` with the reason in whatever form 2FAuth gives it.
    #[error("bad request: {0}")]
    BadRequestReason(Value),
    /// 400 `bad request` with one reason, in a list.
    #[error("bad request: {0:?}")]
    BadRequestBecause(Message),
    /// 400: the one-time password can't be made from these parameters.
    #[error("invalid OTP parameters: {0}")]
    OtpParameters(String),
    /// 400: the list can't be filtered by what these names stand for.
    #[error("unknown filters: {0}")]
    UnknownFilters(String),
    /// 400: a file that looks like an export of this application, but can't be read.
    #[error("unusable data of {0}")]
    ImportUnusable(imports::Format),
    /// 400: what is stored of this account can't be deciphered.
    #[error("account {} can't be deciphered", .0.0)]
    Undecipherable(vault::AccountId),
    /// 401: nobody is signed in, or the proof isn't valid.
    #[error("not authenticated")]
    Unauthenticated,
    /// 401: not in a demo.
    #[error("not in a demo")]
    Demo,
    /// 401: a token that is of no use behind an auth proxy.
    #[error("the token is refused")]
    TokenRefused,
    /// 401: wrong password.
    #[error("wrong credentials")]
    WrongCredentials,
    /// 403 or 407: the auth proxy's word was not accepted.
    #[error("{0}")]
    Proxy(Refusal),
    /// 403 with 2FAuth's reason.
    #[error("forbidden")]
    Forbidden,
    /// 403 `forbidden` with a reason.
    #[error("forbidden: {0:?}")]
    ForbiddenBecause(Message),
    /// 403 with a text of its own.
    #[error("refused: {0:?}")]
    Refused(Message),
    /// 403 without a text: a locked preference, an account that can't be put in a group.
    #[error("refused")]
    RefusedSilently,
    /// 403: nobody may register.
    #[error("registration is off")]
    RegistrationOff,
    /// 403: an account of somebody else has the icon.
    #[error("the icon is in use")]
    IconOfOthers,
    /// 404: there is no such thing.
    #[error("not found")]
    NotFound,
    /// 404 without a body.
    #[error("not found")]
    Nothing,
    /// 404: there is no such route in the API.
    #[error("unknown endpoint")]
    UnknownEndpoint,
    /// 405: the route has other methods.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// 405 with a text of its own: the route makes no sense as the instance is set up.
    #[error("not applicable: {0:?}")]
    NotApplicable(Message),
    /// 409 with a reason.
    #[error("conflict: {0:?}")]
    Conflict(Message),
    /// 409 because something changed meanwhile.
    #[error("conflict")]
    Changed,
    /// 413: the body is longer than what is read.
    #[error("the body is too long")]
    TooLarge,
    /// 418: signed out by inactivity.
    #[error("inactivity detected")]
    Inactive,
    /// 419: a state-changing request without proof that one of our pages sent it.
    #[error("CSRF token mismatch")]
    CsrfMismatch,
    /// 422: one or more fields are wrong.
    #[error("invalid: {0:?}")]
    Invalid(Invalid),
    /// 422 with a reason per field in 2FAuth's odd form.
    #[error("unprocessable: {0}")]
    Unprocessable(Value),
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
    /// 500: a picture that can't be made sense of.
    #[error("the upload failed")]
    UploadFailed,
    /// 500.
    #[error("{0:#}")]
    Internal(anyhow::Error),
}

/// What a handler answers.
pub type Result<T> = std::result::Result<T, Error>;

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Undecipherable(account) => {
                tracing::error!(%error, "a value can't be deciphered");
                Self::Undecipherable(account)
            }
            error => Self::Internal(error.into()),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::TooLarge,
            Unreadable::TooManyFields => Self::BadRequest(Message::BodyTooManyFields),
            Unreadable::Malformed => Self::BadRequest(Message::BodyMalformed),
            Unreadable::Interrupted => Self::BadRequest(Message::BodyInterrupted),
        }
    }
}

impl From<GenerateError> for Error {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::NotBase32(_) => Self::BadRequest(Message::SecretNotBase32),
            other => Self::OtpParameters(other.to_string()),
        }
    }
}

impl From<vault::access::Denied> for Error {
    fn from(denied: vault::access::Denied) -> Self {
        match denied {
            vault::access::Denied::SharingDisabled => Self::Refused(Message::SharingDisabled),
            vault::access::Denied::NotYours => Self::Forbidden,
        }
    }
}

impl Error {
    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_)
            | Self::BadRequestReason(_)
            | Self::BadRequestBecause(_)
            | Self::OtpParameters(_)
            | Self::UnknownFilters(_)
            | Self::ImportUnusable(_)
            | Self::Undecipherable(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::TokenRefused | Self::Demo | Self::WrongCredentials => {
                StatusCode::UNAUTHORIZED
            }
            Self::Proxy(refusal) => refusal.status(),
            Self::Forbidden
            | Self::ForbiddenBecause(_)
            | Self::Refused(_)
            | Self::RefusedSilently
            | Self::IconOfOthers
            | Self::RegistrationOff => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Nothing | Self::UnknownEndpoint => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed | Self::NotApplicable(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) | Self::Changed => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Inactive => StatusCode::IM_A_TEAPOT,
            // 2FAuth's framework made this number up.
            Self::CsrfMismatch => StatusCode::from_u16(419).unwrap_or(StatusCode::FORBIDDEN),
            Self::Invalid(_) | Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MailFailed(_) => StatusCode::FAILED_DEPENDENCY,
            Self::Throttled { .. } | Self::LockedOut { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UploadFailed | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer's body; `None` for an empty one.
    pub fn body(&self, asked: &Asked<'_>) -> Option<Value> {
        let locale = asked.locale;
        let text = |message: &Message| message.text(locale);
        Some(match self {
            Self::BadRequest(message) | Self::Refused(message) | Self::NotApplicable(message) => {
                json!({ "message": text(message) })
            }
            Self::BadRequestBecause(message) => json!({ "message": "bad request", "reason": [text(message)] }),
            Self::BadRequestReason(reason) | Self::Unprocessable(reason) => {
                json!({ "message": "bad request", "reason": reason })
            }
            Self::OtpParameters(reason) => json!({ "message": "invalid OTP parameters", "reason": [reason] }),
            Self::UnknownFilters(names) => {
                let sentence = Message::FilterNotAllowed.with("filters", names).with("allowed", "nameOrEmail");
                json!({ "message": sentence.text(locale) })
            }
            Self::ImportUnusable(format) => {
                json!({ "message": Message::ImportUnusable.with("format", format).text(locale) })
            }
            Self::Undecipherable(account) => {
                json!({ "message": Message::Undecipherable.with("account", account.0).text(locale) })
            }
            Self::Unauthenticated | Self::TokenRefused => json!({ "message": text(&Message::Unauthenticated) }),
            Self::Demo => json!({ "message": text(&Message::Demo) }),
            Self::WrongCredentials | Self::IconOfOthers => json!({ "message": "unauthorized" }),
            Self::Proxy(refusal) => refusal.body(),
            Self::Forbidden => json!({ "message": "forbidden", "reason": text(&Message::ActionUnauthorized) }),
            Self::ForbiddenBecause(reason) => json!({ "message": "forbidden", "reason": text(reason) }),
            Self::RegistrationOff => json!({ "message": "forbidden" }),
            Self::RefusedSilently => json!({ "message": "" }),
            Self::NotFound => json!({ "message": "not found" }),
            Self::Nothing => return None,
            // compat 1.4: the spelling is 2FAuth's.
            Self::UnknownEndpoint => json!({ "message": "unknowkn endpoint" }),
            Self::MethodNotAllowed => {
                let route = asked.path.trim_start_matches('/');
                let message = format!(
                    "The {} method is not supported for route {route}. Supported methods: {}.",
                    asked.method,
                    asked.allowed.replace(',', ", ")
                );
                json!({ "message": message })
            }
            Self::Conflict(reason) => json!({ "message": "conflict", "reason": text(reason) }),
            Self::Changed => json!({ "message": "Conflict" }),
            Self::TooLarge => json!({ "message": text(&Message::BodyTooLarge) }),
            Self::Inactive => json!({ "message": "inactivity detected" }),
            Self::CsrfMismatch => json!({ "message": "CSRF token mismatch." }),
            Self::Invalid(invalid) => invalid.body(locale),
            Self::MailFailed(details) => json!({ "message": text(&Message::MailFailed), "details": details }),
            Self::Throttled { .. } => json!({ "message": text(&Message::TooManyAttempts) }),
            Self::LockedOut { retry_after } => {
                // compat: 2FAuth forgets to fill in the seconds, and its programs compare the text; people, whose
                // browsers ask for a language, get a sentence that helps.
                let sentence = Message::LockedOut
                    .with("seconds", if asked.by_browser { retry_after.to_string() } else { "{seconds}".into() });
                json!({ "message": sentence.text(locale) })
            }
            Self::UploadFailed => json!({ "message": text(&Message::UploadFailed) }),
            Self::Internal(_) => json!({ "message": text(&Message::ServerError) }),
        })
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
            Self::TokenRefused => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Proxy(refusal) => {
                headers.insert(REFUSAL_REASON, HeaderValue::from_static(refusal.reason()));
            }
            _ => {}
        }
        headers
    }
}

/// What an error's text depends on.
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
/// compat: 2FAuth's clients compare the bodies of the refusals that 2FAuth knows, so the reason has a header of its own.
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
        for unreadable in [Unreadable::TooManyFields, Unreadable::Malformed, Unreadable::Interrupted] {
            assert_eq!(status(unreadable), 400);
        }
    }
}
