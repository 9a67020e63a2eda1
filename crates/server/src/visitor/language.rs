//! The language of a request.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::messages::Locale;

/// The language of a request: the one that the browser asks for, until the caller is known and prefers another.
#[derive(Debug, Clone)]
pub struct Language {
    chosen: Arc<Mutex<Locale>>,
    is_asked_for: bool,
}

impl Language {
    /// Returns the language that the layer `lang` has chosen; English outside that layer.
    pub fn from_parts(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_else(|| Self { chosen: Arc::default(), is_asked_for: false })
    }

    /// Creates the language of a new request. `is_asked_for` says whether the browser asks for any.
    pub fn new(locale: Locale, is_asked_for: bool) -> Self {
        Self { chosen: Arc::new(Mutex::new(locale)), is_asked_for }
    }

    /// Whether the browser asks for a language.
    pub fn is_asked_for(&self) -> bool {
        self.is_asked_for
    }

    /// Returns the current language.
    pub fn locale(&self) -> Locale {
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches to the caller's preferred language, unless the preference is to follow the browser.
    pub fn prefer(&self, preference: Option<&str>) {
        if let Some(locale) = preference.and_then(Locale::from_tag) {
            *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = locale;
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_parts(parts))
    }
}
