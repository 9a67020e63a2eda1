//! The XML in which Android keeps an app's preferences: a map of names and values.

use roxmltree::{Document, ParsingOptions};

use crate::file::begins_with;

/// Maximum number of nodes of a document.
const MAX_NODES: u32 = 1_000_000;

/// Parses XML without document types, and so without entities of its own; `None` if it isn't such.
pub(crate) fn parse_xml(text: &str) -> Option<Document<'_>> {
    if !has_plain_tags(text) {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).ok()
}

/// Maximum number of attributes of a tag.
const MAX_ATTRIBUTES: usize = 32;
/// Maximum number of namespaces.
const MAX_NAMESPACES: usize = 16;

/// Whether no tag has more attributes than a genuine file's, and few namespaces are declared: the parser compares each with
/// all others, and each tag has the namespaces of those around it.
fn has_plain_tags(text: &str) -> bool {
    let (mut rest, mut namespaces) = (text, 0);
    while let Some((_, tag)) = rest.split_once('<') {
        let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
        if let Some((_, end)) = skipped.iter().find(|(begin, _)| tag.starts_with(begin)) {
            rest = tag.split_once(end).map_or("", |(_, after)| after);
            continue;
        }
        let mut attributes = 0;
        rest = tag;
        // An end of the tag within quotes is none.
        while let Some(at) = rest.find(['"', '\'', '>']) {
            let (name, found) = rest.split_at(at);
            let (found, after) = found.split_at(1);
            rest = after;
            if found == ">" {
                break;
            }
            attributes += 1;
            namespaces += usize::from(name.contains("xmlns"));
            rest = rest.split_once(found).map_or("", |(_, after)| after);
        }
        if attributes > MAX_ATTRIBUTES || namespaces > MAX_NAMESPACES {
            return false;
        }
    }
    true
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

    #[test]
    fn tags_with_a_crowd_of_attributes_or_namespaces_are_not_parsed() {
        let attributes =
            |count: usize, value: &str| (0..count).map(|n| format!(" a{n}={value}")).collect::<Vec<_>>().concat();
        for value in ["''", "\"\"", "'\">'"] {
            let tag = |count| format!("<!-- ' --><a><![CDATA[\"]]><?x '?><b{}/></a>", attributes(count, value));
            assert!(has_plain_tags(&tag(32)) && !has_plain_tags(&tag(33)), "{value}");
        }
        assert!(parse_xml(&format!("<a>{}</a>", "<b c='d'>'\"</b>".repeat(1_000))).is_some());
        assert!(parse_xml(&format!("<map{}/>", attributes(60_000, "''"))).is_none());
        assert!(!has_plain_tags(&"<b xmlns:a='a'>".repeat(17)));
        assert!(has_plain_tags(&"<b a='xmlns'>xmlns".repeat(17)));
    }
}
