//! SVG pictures, rewritten to a safe subset.
//!
//! A picture is read twice. The first pass enforces limits and removes external references, which are of no use in an
//! icon. The second is `svg-hush`, which only lets through elements and attributes that it knows to be harmless.

use std::io::{self, Write};

use svg_hush::{Filter, data_url_filter};
use xml::attribute::OwnedAttribute;
use xml::name::OwnedName;
use xml::reader::XmlEvent;
use xml::{EmitterConfig, ParserConfig};

use super::error::PictureError;

/// Maximum size of a file, in bytes.
const MAX_INPUT: usize = 512 * 1024;
/// Maximum size of the result, in bytes: with indentation, nesting grows with the square of its depth.
const MAX_OUTPUT: usize = 1024 * 1024;
/// Maximum depth of nested elements.
const MAX_DEPTH: usize = 64;
/// Maximum size of expanded entities, in bytes.
const MAX_ENTITY: usize = 64 * 1024;

/// Returns the picture without scripts, external resources and links.
pub(super) fn sanitize(svg: &[u8]) -> Result<Vec<u8>, PictureError> {
    if svg.len() > MAX_INPUT {
        return Err(PictureError::TooLarge);
    }
    let standalone = strip_external(svg)?;
    let mut filter = Filter::new();
    filter.set_data_url_filter(data_url_filter::allow_standard_images);
    let mut safe = Bounded(Vec::new());
    filter.filter(standalone.as_slice(), &mut safe).map_err(|_| PictureError::Damaged)?;
    Ok(safe.0)
}

/// Returns the elements and their text, without document types, entities, comments and external references.
fn strip_external(svg: &[u8]) -> Result<Vec<u8>, PictureError> {
    let reader = ParserConfig::new()
        .ignore_comments(true)
        .cdata_to_characters(true)
        .max_attributes(200)
        .max_name_length(1000)
        .max_entity_expansion_depth(3)
        .max_entity_expansion_length(MAX_ENTITY)
        .create_reader(svg);
    let mut stripped = Bounded(Vec::new());
    let mut writer = EmitterConfig::new().perform_indent(false).create_writer(&mut stripped);
    let mut depth = 0;
    for event in reader {
        let mut event = event.map_err(|_| PictureError::Damaged)?;
        match &mut event {
            XmlEvent::StartElement { attributes, .. } => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(PictureError::TooLarge);
                }
                remove_external_references(attributes);
            }
            XmlEvent::EndElement { .. } => depth -= 1,
            XmlEvent::Doctype { .. } | XmlEvent::ProcessingInstruction { .. } | XmlEvent::StartDocument { .. } => {
                continue;
            }
            _ => {}
        }
        if let Some(event) = event.as_writer_event() {
            writer.write(event).map_err(|_| PictureError::Damaged)?;
        }
    }
    Ok(stripped.0)
}

/// Removes external references from an element's attributes.
///
/// compat: 2FAuth keeps the address of a remote picture. Here it moves to an attribute that no browser follows, so that
/// it can still be read in the file.
fn remove_external_references(attributes: &mut Vec<OwnedAttribute>) {
    let mut external = None;
    attributes.retain_mut(|attribute| {
        if attribute.name.local_name != "href" {
            return true;
        }
        let target = attribute.value.trim().to_ascii_lowercase();
        let is_internal = target.starts_with('#') || target.starts_with("data:image/");
        if !is_internal && ["http://", "https://", "//"].iter().any(|scheme| target.starts_with(scheme)) {
            external = Some(std::mem::take(&mut attribute.value));
        }
        is_internal
    });
    if let Some(address) = external {
        attributes.retain(|attribute| attribute.name.local_name != "data-href");
        attributes.push(OwnedAttribute::new(OwnedName::local("data-href"), address));
    }
}

/// A buffer of at most [`MAX_OUTPUT`] bytes.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(io::Error::other("the picture grows too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
