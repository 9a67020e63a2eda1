//! The XML of a database: groups, entries, and their texts.

use std::collections::HashMap;
use std::rc::Rc;

use roxmltree::{Node, NodeId};
use zeroize::Zeroizing;

use super::codes::{Texts, read_codes};
use super::database::Stream;
use crate::container::preferences::parse_xml;
use crate::{Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry, Warning, base64};

/// Maximum length of the names of a group and those around it, in bytes: groups deeper inside count as that one.
const MAX_PATH: usize = 1_024;

/// The texts of protected values.
type Protected = HashMap<NodeId, Zeroizing<String>>;

/// Reads all entries that are in no history; those in the recycle bin are named. The stream opens protected values.
pub(super) fn read(text: &str, stream: Option<Stream>) -> Result<Import, ReadError> {
    let document = parse_xml(text).ok_or(ReadError::Unusable(Format::KEEPASS))?;
    let file = document.root_element();
    let protected = stream.map(|stream| open_protected(file, stream)).unwrap_or_default();
    let bin = child(file, "Meta").filter(|meta| text_of(*meta, "RecycleBinEnabled") != "False");
    let bin = bin.map(|meta| text_of(meta, "RecycleBinUUID")).unwrap_or_default();
    let mut walk = Walk { protected: &protected, bin, trashed: Vec::new(), entries: Vec::new() };
    for group in child(file, "Root").into_iter().flat_map(|root| children(root, "Group")) {
        walk.groups(group)?;
    }
    let warnings = Warning::of_binned(Format::KEEPASS, walk.trashed).into_iter().collect();
    Ok(Import { warnings, ..Import::new(Format::KEEPASS, walk.entries) })
}

/// Decrypts all protected values, in the order of the document: those of histories and of the recycle bin as well.
fn open_protected(file: Node<'_, '_>, mut stream: Stream) -> Protected {
    let values = file.descendants().filter(|node| node.attribute("Protected") == Some("True"));
    let opened = values.map(|node| {
        let mut bytes = Zeroizing::new(base64::decode(node.text().unwrap_or_default()).unwrap_or_default());
        stream.apply(&mut bytes);
        (node.id(), Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
    });
    opened.collect()
}

fn children<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> Option<Node<'a, 'input>> {
    children(node, name).next()
}

fn text_of<'a>(node: Node<'a, '_>, name: &'static str) -> &'a str {
    child(node, name).and_then(|child| child.text()).unwrap_or_default()
}

/// Returns the path of a group in another one.
fn path_in(path: &Rc<str>, group: Node<'_, '_>) -> Rc<str> {
    let name = text_of(group, "Name");
    match path.len() + name.len() {
        MAX_PATH.. => Rc::clone(path),
        _ if path.is_empty() => name.into(),
        _ => format!("{path}/{name}").into(),
    }
}

fn title_of(read: Result<ImportedAccount, RejectedEntry>) -> String {
    read.map_or_else(|rejected| rejected.name, |imported| imported.title())
}

struct Walk<'a> {
    protected: &'a Protected,
    /// The ID of the recycle bin; empty if there is none.
    bin: &'a str,
    /// The names of the accounts in it.
    trashed: Vec<String>,
    entries: Vec<Result<ImportedAccount, RejectedEntry>>,
}

impl Walk<'_> {
    /// Reads a group and those in it, however deep, in the order of the document. Their paths have the names of the groups
    /// around them, but for the root.
    fn groups(&mut self, root: Node<'_, '_>) -> Result<(), ReadError> {
        let mut waiting = vec![(root, Rc::<str>::from(""), false)];
        while let Some((group, path, is_trashed)) = waiting.pop() {
            let is_trashed = is_trashed || !self.bin.is_empty() && text_of(group, "UUID") == self.bin;
            for entry in children(group, "Entry") {
                let texts = self.texts(entry);
                let read = read_codes(&texts, &path, self.entries.len() + 1);
                if is_trashed {
                    self.trashed.extend(read.into_iter().map(title_of).take(MAX_ENTRIES - self.trashed.len()));
                } else {
                    self.entries.extend(read);
                }
                if self.entries.len() > MAX_ENTRIES {
                    return Err(ReadError::TooMany);
                }
            }
            let inner: Vec<_> =
                children(group, "Group").map(|inner| (inner, path_in(&path, inner), is_trashed)).collect();
            waiting.extend(inner.into_iter().rev());
        }
        Ok(())
    }

    /// Returns the texts of an entry by their names.
    fn texts(&self, entry: Node<'_, '_>) -> Texts {
        let pairs = children(entry, "String").filter_map(|string| {
            let value = child(string, "Value")?;
            let text = match self.protected.get(&value.id()) {
                Some(text) => text.clone(),
                None => Zeroizing::new(value.text().unwrap_or_default().to_owned()),
            };
            Some((text_of(string, "Key").to_owned(), text))
        });
        pairs.collect()
    }
}
