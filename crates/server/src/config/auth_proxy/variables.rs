//! The variables that name headers and claims.

use authproxy::{Purpose, Source};

/// Returns the variable that names the header for a purpose.
pub fn header_variable(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::User => "AUTH_PROXY_HEADER_FOR_USER",
        Purpose::Id => "AUTH_PROXY_HEADER_FOR_ID",
        Purpose::Email => "AUTH_PROXY_HEADER_FOR_EMAIL",
        Purpose::DisplayName => "AUTH_PROXY_HEADER_FOR_NAME",
        Purpose::Groups => "AUTH_PROXY_HEADER_FOR_GROUPS",
        Purpose::Secret => "AUTH_PROXY_SECRET_HEADER",
        Purpose::Assertion => "AUTH_PROXY_JWT_HEADER",
    }
}

/// Returns the variable that names the claim for a purpose.
pub(super) fn claim_variable(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::User => "AUTH_PROXY_JWT_CLAIM_USER",
        Purpose::Id => "AUTH_PROXY_JWT_CLAIM_ID",
        Purpose::Email => "AUTH_PROXY_JWT_CLAIM_EMAIL",
        Purpose::DisplayName => "AUTH_PROXY_JWT_CLAIM_NAME",
        Purpose::Groups => "AUTH_PROXY_JWT_CLAIM_GROUPS",
        Purpose::Secret | Purpose::Assertion => "AUTH_PROXY_JWT_HEADER",
    }
}

/// Returns the variable that names a header or a claim.
pub(super) fn source_variable(source: &Source) -> &'static str {
    match source {
        Source::Header(purpose, _) => header_variable(*purpose),
        Source::Claim(purpose, _) => claim_variable(*purpose),
    }
}
