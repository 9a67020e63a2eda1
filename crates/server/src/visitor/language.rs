//! The language of a request.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::messages::Locale;

/// The language of this request: what the browser asks for, until the caller is known and prefers another.
#[derive(Debug, Clone)]
pub struct Language {
    chosen: Arc<Mutex<Locale>>,
    is_asked_for: bool,
}

impl Language {
    /// Returns the language of a request; English by default.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_else(|| Self { chosen: Arc::default(), is_asked_for: false })
    }

    /// The language that a request begins with, and whether its browser asks for any.
    pub fn new(locale: Locale, is_asked_for: bool) -> Self {
        Self { chosen: Arc::new(Mutex::new(locale)), is_asked_for }
    }

    /// Whether the browser asks for a language.
    pub fn is_asked_for(&self) -> bool {
        self.is_asked_for
    }

    /// The language in force.
    pub fn locale(&self) -> Locale {
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the caller's preference, unless it is to follow the browser.
    pub fn prefer(&self, preference: Option<&str>) {
        if let Some(locale) = preference.and_then(Locale::from_tag) {
            *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = locale;
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}
