//! SVG pictures, written anew from a list of what is known to be harmless.
//!
//! Only what draws is written: no scripts and events, no links, no animation, nothing in other namespaces, nothing that
//! is loaded from elsewhere. The work is bounded by counts, not only by time: a file of half a megabyte can be made to
//! cost minutes otherwise.

mod allowed;
mod reuse;
mod style;
mod writer;

use xml::ParserConfig;
use xml::attribute::OwnedAttribute;
use xml::name::OwnedName;
use xml::reader::XmlEvent;

use self::allowed::{has_text, is_attribute, is_element, may_embed, may_refer};
use self::reuse::Reuse;
use self::style::{clean_declarations, clean_sheet, is_safe_value};
use self::writer::Writer;
use super::error::PictureError;

/// Maximum size of a file, in bytes.
const MAX_INPUT: usize = 512 * 1024;
/// Maximum size of the result, in bytes.
const MAX_OUTPUT: usize = 1024 * 1024;
/// Maximum size of all text and values that are read, in bytes: entities make more of it than there is in the file.
const MAX_TEXT: usize = 2 * 1024 * 1024;
/// Maximum number of elements.
const MAX_ELEMENTS: usize = 20_000;
/// Maximum depth of nested elements.
const MAX_DEPTH: usize = 64;
/// Maximum number of attributes of an element.
const MAX_ATTRIBUTES: usize = 100;
/// Maximum number of namespaces in scope. The parser copies them for each element.
const MAX_NAMESPACES: usize = 32;
/// Maximum size of expanded entities, in bytes.
const MAX_ENTITY: usize = 64 * 1024;

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// Returns the picture without scripts, external resources and links. Gives up when `is_over`, which is asked often.
///
/// compat: as with 2FAuth, the namespace of the picture may be missing, as in inline SVG, or misspelt: that of its root
/// counts as SVG's.
///
/// # Errors
/// No SVG, or one that costs too much.
pub(super) fn sanitize(svg: &[u8], is_over: &dyn Fn() -> bool) -> Result<Vec<u8>, PictureError> {
    if svg.len() > MAX_INPUT {
        return Err(PictureError::TooLarge);
    }
    let reader = ParserConfig::new()
        .ignore_comments(true)
        .cdata_to_characters(true)
        .whitespace_to_characters(true)
        .max_attributes(MAX_ATTRIBUTES)
        .max_name_length(1000)
        .max_attribute_length(MAX_INPUT)
        .max_data_length(MAX_OUTPUT)
        .max_entity_expansion_depth(3)
        .max_entity_expansion_length(MAX_ENTITY)
        .create_reader(svg);
    let mut drawing = Drawing::default();
    for event in reader {
        if is_over() {
            return Err(PictureError::TooLarge);
        }
        match event.map_err(|_| PictureError::Damaged)? {
            XmlEvent::StartElement { namespace, .. } if namespace.0.len() > MAX_NAMESPACES => {
                return Err(PictureError::TooLarge);
            }
            XmlEvent::StartElement { name, attributes, .. } => drawing.start(&name, &attributes)?,
            XmlEvent::EndElement { .. } => drawing.end(),
            XmlEvent::Characters(text) => drawing.add_text(&text)?,
            _ => {}
        }
        if drawing.writer.length() > MAX_OUTPUT {
            return Err(PictureError::TooLarge);
        }
    }
    if drawing.reuse.is_excessive() {
        return Err(PictureError::TooLarge);
    }
    Ok(drawing.writer.finish())
}

/// What is done with an open element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Written {
        has_text: bool,
    },
    /// A style sheet, which is written when it is complete.
    Style,
    Dropped,
}

/// A picture that is being written.
#[derive(Default)]
struct Drawing {
    writer: Writer,
    open: Vec<Fate>,
    /// The namespace of the root.
    namespace: Option<String>,
    elements: usize,
    text: usize,
    sheet: String,
    reuse: Reuse,
}

impl Drawing {
    fn start(&mut self, name: &OwnedName, attributes: &[OwnedAttribute]) -> Result<(), PictureError> {
        self.elements += 1;
        if self.open.len() == MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(PictureError::TooLarge);
        }
        self.count_text(attributes.iter().map(|attribute| attribute.value.len()).sum())?;
        self.note_reuse(name, attributes);
        let Some(outer) = self.open.last() else { return self.start_root(name, attributes) };
        let is_svg = name.namespace == self.namespace || name.namespace.as_deref() == Some(SVG);
        let local_name = name.local_name.as_str();
        let fate = match outer {
            Fate::Written { .. } if is_svg && local_name == "style" => Fate::Style,
            Fate::Written { .. } if is_svg && (is_element(local_name) || local_name == "a") => {
                // A link draws what is in it.
                let written = if local_name == "a" { "g" } else { local_name };
                self.writer.start(written);
                self.write_attributes(written, attributes);
                Fate::Written { has_text: has_text(written) }
            }
            _ => Fate::Dropped,
        };
        self.open.push(fate);
        Ok(())
    }

    fn note_reuse(&mut self, name: &OwnedName, attributes: &[OwnedAttribute]) {
        let value = |wanted: &str| {
            let found = attributes.iter().find(|attribute| attribute.name.local_name == wanted);
            found.map(|attribute| attribute.value.trim())
        };
        let used = value("href").filter(|_| name.local_name == "use").and_then(|target| target.strip_prefix('#'));
        self.reuse.start(value("id"), used);
    }

    fn start_root(&mut self, name: &OwnedName, attributes: &[OwnedAttribute]) -> Result<(), PictureError> {
        if name.local_name != "svg" {
            return Err(PictureError::Damaged);
        }
        self.namespace.clone_from(&name.namespace);
        self.writer.start("svg");
        self.writer.attribute("xmlns", SVG);
        self.write_attributes("svg", attributes);
        self.open.push(Fate::Written { has_text: false });
        Ok(())
    }

    fn write_attributes(&mut self, element: &str, attributes: &[OwnedAttribute]) {
        let mut has_href = false;
        for OwnedAttribute { name, value } in attributes {
            let is_plain = name.namespace.is_none();
            match name.local_name.as_str() {
                "href" if !has_href && (is_plain || name.namespace.as_deref() == Some(XLINK)) => {
                    has_href = self.write_href(element, value.trim());
                }
                "style" if is_plain => {
                    let declarations = clean_declarations(value);
                    if !declarations.is_empty() {
                        self.writer.attribute("style", &declarations);
                    }
                }
                local_name if is_plain && is_attribute(local_name) && is_safe_value(value) => {
                    self.writer.attribute(local_name, value);
                }
                _ => {}
            }
        }
        // What an earlier pass wrote stays.
        let kept = attributes.iter().find(|attribute| attribute.name == OwnedName::local("data-href"));
        if let Some(kept) = kept.filter(|kept| !has_href && is_remote(kept.value.trim())) {
            self.writer.attribute("data-href", &kept.value);
        }
    }

    /// Writes a reference to a part of the picture, or an embedded picture. Returns whether it wrote something.
    ///
    /// compat: 2FAuth keeps the address of a remote picture. Here it moves to an attribute that no browser follows, so
    /// that it can still be read in the file.
    fn write_href(&mut self, element: &str, target: &str) -> bool {
        let is_local = target.starts_with('#') && may_refer(element);
        if is_local || (may_embed(element) && is_embedded_picture(target)) {
            self.writer.attribute("href", target);
            return true;
        }
        let is_remote = is_remote(target);
        if is_remote {
            self.writer.attribute("data-href", target);
        }
        is_remote
    }

    fn add_text(&mut self, text: &str) -> Result<(), PictureError> {
        self.count_text(text.len())?;
        match self.open.last() {
            Some(Fate::Written { has_text: true }) => self.writer.text(text),
            Some(Fate::Style) => self.sheet.push_str(text),
            _ => {}
        }
        Ok(())
    }

    fn count_text(&mut self, length: usize) -> Result<(), PictureError> {
        self.text += length;
        if self.text > MAX_TEXT { Err(PictureError::TooLarge) } else { Ok(()) }
    }

    fn end(&mut self) {
        self.reuse.end();
        match self.open.pop() {
            Some(Fate::Written { .. }) => self.writer.end(),
            Some(Fate::Style) => {
                let sheet = clean_sheet(&std::mem::take(&mut self.sheet));
                if !sheet.is_empty() {
                    self.writer.start("style");
                    self.writer.text(&sheet);
                    self.writer.end();
                }
            }
            Some(Fate::Dropped) | None => {}
        }
    }
}

/// Whether a URL leads to another host.
fn is_remote(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    ["http://", "https://", "//"].iter().any(|scheme| lower.starts_with(scheme))
}

/// Whether a URL is a raster picture itself: `data:image/png;base64,…`.
fn is_embedded_picture(url: &str) -> bool {
    let Some((kind, content)) = url.split_once(',') else { return false };
    let kind = kind.to_ascii_lowercase();
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' ');
    matches!(
        kind.as_str(),
        "data:image/png;base64" | "data:image/jpeg;base64" | "data:image/jpg;base64" | "data:image/gif;base64"
    ) && content.bytes().all(is_base64)
}

#[cfg(test)]
mod tests;
