//! The XML in which Android keeps an app's preferences: a map of names and values.

use roxmltree::{Document, ParsingOptions};

use crate::file::begins_with;

/// Maximum number of nodes of a document.
const MAX_NODES: u32 = 1_000_000;

/// Parses XML without document types, and so without entities of its own; `None` if it isn't such.
pub(crate) fn parse_xml(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).ok()
}

/// Whether a text looks like XML with this root.
pub(crate) fn has_root(text: &str, root: &str) -> bool {
    let text = text.trim_start();
    let after = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, after)| after).trim_start(),
        None => text,
    };
    after.strip_prefix('<').is_some_and(|name| begins_with(name, root))
}

/// Returns the texts of preferences with their names, in the order of the file; `None` if it isn't such XML.
pub(crate) fn read_preferences(text: &str) -> Option<Vec<(String, String)>> {
    if !has_root(text, "map") {
        return None;
    }
    let document = parse_xml(text)?;
    let strings = document.root_element().children().filter(|node| node.has_tag_name("string"));
    let pairs = strings.filter_map(|node| {
        let value: String =
            node.descendants().filter_map(|text| text.is_text().then(|| text.text()).flatten()).collect();
        Some((node.attribute("name")?.to_owned(), value))
    });
    Some(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_and_entities_are_not() {
        let text =
            "<?xml version='1.0'?>\n<map><int name=\"a\" value=\"1\"/><string name=\"b\">x &amp; y</string></map>";
        assert_eq!(read_preferences(text), Some(vec![("b".to_owned(), "x & y".to_owned())]));
        let bomb = "<!DOCTYPE m [<!ENTITY a \"aaaa\">]><map><string name=\"b\">&a;</string></map>";
        assert_eq!(read_preferences(bomb), None);
        assert_eq!(parse_xml(bomb).map(drop), None);
    }
}
