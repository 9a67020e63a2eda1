//! The forms of files that several formats share.

pub(crate) mod bplist;
pub(crate) mod csv;
pub(crate) mod java;
pub(crate) mod openssl;
pub(crate) mod preferences;
pub(crate) mod sqlite;
pub(crate) mod zip;
