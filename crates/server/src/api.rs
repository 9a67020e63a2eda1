//! `/api/v1`: one file per resource.

pub mod input;
