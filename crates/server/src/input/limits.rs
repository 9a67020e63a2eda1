//! The limits of a request's size, and the error beyond them.

/// The limits of a request's size.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum size of a JSON body or a form, in bytes.
    pub body: usize,
    /// Maximum size of a multipart body with all its files, in bytes.
    pub upload: usize,
    /// Maximum number of fields of a form or a query. Elements of lists count one by one.
    pub fields: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 2 << 20, upload: 16 << 20, fields: 10_000 }
    }
}

/// Why a request's input can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The body is larger than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The form or the query has more fields than the limit.
    #[error("the form or the query has too many fields")]
    TooManyFields,
    /// The body says that it is multipart but can't be taken apart.
    #[error("the multipart body is malformed")]
    Malformed,
    /// The connection failed before the body was there.
    #[error("the body did not arrive whole")]
    Interrupted,
}
