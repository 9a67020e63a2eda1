//! What surrounds every request.

mod bad_input;
mod bodies;
mod cors;
mod csrf;
mod errors;
mod headers;
mod language;
mod overrides;
mod throttles;
