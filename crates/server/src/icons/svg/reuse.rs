//! The cost of elements that are drawn again by `use`.
//!
//! A few nested ones make a picture of a few hundred bytes draw billions of elements in the browser of each user who
//! sees it.

use std::collections::HashMap;

/// Maximum number of elements that are drawn, with all that are drawn again.
const MAX_DRAWN: u64 = 100_000;
/// Maximum depth of elements that use others that use others.
const MAX_CHAIN: u32 = 16;
/// Maximum number of uses.
const MAX_USES: usize = 5000;

/// The elements of a picture, as far as they use each other.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    /// The places of the IDs that elements have, or use, among `parts`.
    ids: HashMap<String, usize>,
    parts: Vec<Part>,
    /// The parts that open elements are; `None` for those without an ID.
    open: Vec<Option<usize>>,
    whole: Part,
    uses: usize,
}

/// A part of the picture: an element with an ID, and those inside it.
#[derive(Debug, Default)]
struct Part {
    /// Number of its elements.
    elements: u64,
    /// The parts that its elements use.
    uses: Vec<usize>,
    /// Number of elements that are drawn for it, once that is known.
    drawn: Option<u64>,
}

impl Part {
    fn add(&mut self, used: Option<usize>) {
        self.elements += 1;
        self.uses.extend(used);
    }
}

impl Reuse {
    /// Notes the start of an element with an ID, that draws another one again.
    pub(super) fn start(&mut self, id: Option<&str>, used: Option<&str>) {
        self.uses += usize::from(used.is_some());
        let used = used.filter(|_| self.uses <= MAX_USES).map(|id| self.place(id));
        let own = id.map(|id| self.place(id));
        self.open.push(own);
        self.whole.add(used);
        for place in self.open.iter().flatten() {
            // An ID within itself is counted twice, which is on the safe side.
            if let Some(part) = self.parts.get_mut(*place) {
                part.add(used);
            }
        }
    }

    fn place(&mut self, id: &str) -> usize {
        let next = self.parts.len();
        let place = *self.ids.entry(id.to_owned()).or_insert(next);
        if place == next {
            self.parts.push(Part::default());
        }
        place
    }

    /// Notes the end of the innermost element.
    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Whether more is drawn than a picture may cost.
    pub(super) fn is_excessive(&mut self) -> bool {
        if self.uses == 0 {
            return false;
        }
        if self.uses > MAX_USES {
            return true;
        }
        let uses = std::mem::take(&mut self.whole.uses);
        self.drawn_by(self.whole.elements, &uses, 0).is_none_or(|drawn| drawn > MAX_DRAWN)
    }

    /// Returns the number of elements that are drawn for some that use others; `None` if the chain is too long. A
    /// circle isn't drawn, and costs nothing.
    fn drawn_by(&mut self, elements: u64, uses: &[usize], depth: u32) -> Option<u64> {
        if depth > MAX_CHAIN {
            return None;
        }
        let mut drawn = elements;
        for place in uses {
            let Some(part) = self.parts.get_mut(*place) else { continue };
            if part.drawn.is_none() {
                let (elements, uses) = (part.elements, std::mem::take(&mut part.uses));
                let of_part = self.drawn_by(elements, &uses, depth + 1)?;
                self.parts.get_mut(*place)?.drawn = Some(of_part);
            }
            drawn = drawn.saturating_add(self.parts.get(*place)?.drawn?);
        }
        Some(drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose parts, named by letters, use those after the colon: `a:bb`.
    fn is_excessive(parts: &[&str]) -> bool {
        let mut reuse = Reuse::default();
        for part in parts {
            let (id, uses) = part.split_once(':').unwrap();
            reuse.start(Some(id).filter(|id| !id.is_empty()), None);
            for used in uses.chars() {
                reuse.start(None, Some(&used.to_string()));
                reuse.end();
            }
            reuse.end();
        }
        reuse.is_excessive()
    }

    #[test]
    fn what_is_drawn_again_counts_again() {
        assert!(!is_excessive(&["a:", ":aaaaaaaaaa"]));
        assert!(!is_excessive(&["a:bbb", "b:ccc", "c:", ":aaa"]));
        let ten = "cccccccccc";
        assert!(is_excessive(&[
            &format!("a:{}", ten.replace('c', "b")),
            &format!("b:{ten}"),
            "c:dddddddddd",
            "d:eeeeeeeeee",
            "e:ffffffffff",
            "f:",
            ":aaaaaaaaaa"
        ]));
        assert!(!is_excessive(&[":x"]), "what isn't there costs nothing");
    }

    #[test]
    fn chains_have_an_end() {
        assert!(!is_excessive(&["a:b", "b:c", ":a"]));
        assert!(!is_excessive(&["a:a", ":a"]) && !is_excessive(&["a:b", "b:a", ":ab"]), "a circle isn't drawn");
        let letters: Vec<char> = ('a'..='z').collect();
        let chain: Vec<String> = letters.windows(2).map(|pair| format!("{}:{}", pair[0], pair[1])).collect();
        let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
        assert!(is_excessive(&[&chain[..], &[":a"]].concat()));
    }
}
