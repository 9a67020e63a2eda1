//! Pages with an otpauth URI for each account, which some apps write to be printed.

use super::otpauth;
use crate::file::{ExportFile, begins_with};
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// A page with otpauth URIs.
    pub const HTML: Format = Format::new("html", "HTML page");
}

pub(crate) const READER: Reader = Reader { format: Format::HTML, detect, read };

fn detect(file: &ExportFile<'_>) -> bool {
    let text = file.text.trim_start();
    (begins_with(text, "<!doctype html") || begins_with(text, "<html")) && uris(text).next().is_some()
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    otpauth::read_lines(Format::HTML, (1..).zip(uris(file.text)), request.rules)
}

/// Returns what stands between the tags of a page, where it is a URI.
fn uris(page: &str) -> impl Iterator<Item = &str> {
    page.split(['<', '>', '"', '\n']).map(str::trim).filter(|piece| otpauth::is_uri(piece))
}
