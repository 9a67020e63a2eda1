//! Ids in paths.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::error::{Error, NotFound, Result};

/// The id in a path such as `/groups/{id}`. Anything that isn't a number is the id of nothing: 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id(pub i64);

/// The two ids in a path such as `/twofaccounts/{id}/shares/{user}`, each as an [`Id`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids(pub i64, pub i64);

/// The id in a path whose route takes digits alone: anything else is an unknown endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let text = text(parts, state).await?;
        number(&text).map(Self).ok_or(NotFound::Resource.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((first, second)) = texts.map_err(|_| NotFound::Resource)?;
        number(&first).zip(number(&second)).map(|(first, second)| Self(first, second)).ok_or(NotFound::Resource.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Digits {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let text = text(parts, state).await?;
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            number(&text).map(Self).ok_or(NotFound::Resource.into())
        } else {
            Err(NotFound::Endpoint.into())
        }
    }
}

async fn text<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<String> {
    let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| NotFound::Resource)?;
    Ok(text)
}

/// A whole number written with digits alone.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
