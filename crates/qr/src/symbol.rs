//! The contents of QR codes, and the texts that they make: one each, or one of several.

use std::fmt;

use rxing::common::{CharacterSet, ECIStringBuilder};

/// What a QR code holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Symbol {
    /// A whole text.
    Text(String),
    /// A part of a text that is split over several QR codes.
    Part(Part),
}

/// A part of a text that is split over several QR codes (structured append, ISO/IEC 18004, section 8).
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    set: Set,
    /// Its place in the text, from 0.
    index: u8,
    content: Content,
}

/// What the parts of a text have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Set {
    /// The number of the parts, from 2 to 16.
    count: u8,
    /// The exclusive or of all bytes of the text, or what the writer took for that.
    parity: u8,
}

/// The bytes of a QR code and what they say.
#[derive(Clone, PartialEq, Eq)]
struct Content {
    bytes: Vec<u8>,
    text: String,
    /// Whether the QR code declares the character set of its bytes.
    is_declared: bool,
}

/// The reason why the parts of a text don't make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// Some parts aren't there.
    #[error(
        "The text is split over {count} QR codes, and not all of them are there. Missing: {}. Take pictures of all of \
         them, and read the pictures together", Numbers(*.missing)
    )]
    Missing {
        /// The number of all parts.
        count: u8,
        /// The missing ones: the lowest bit is the first part.
        missing: u16,
    },
    /// The parts are of different texts.
    #[error("The QR codes are parts of different texts: read those of one text together, apart from others")]
    Mixed,
}

impl Incomplete {
    /// Returns the numbers of the missing parts, from 1, for people: `2, 3`; empty if none is known to be missing.
    pub fn missing(self) -> String {
        match self {
            Self::Missing { missing, .. } => Numbers(missing).to_string(),
            Self::Mixed => String::new(),
        }
    }
}

/// The numbers of parts, from 1.
struct Numbers(u16);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (0..u16::BITS).filter(|index| self.0 >> index & 1 == 1);
        for (position, index) in numbers.enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{}", index + 1)?;
        }
        Ok(())
    }
}

/// The texts of QR codes.
#[derive(Default)]
pub struct Joined {
    /// The texts, in the order of the QR codes that they begin at.
    pub texts: Vec<String>,
    /// Texts that can't be joined, each with the positions of its parts.
    pub incomplete: Vec<(Incomplete, Vec<usize>)>,
}

/// Joins texts that are split over several QR codes, which may be in any order and in several pictures.
pub fn join(symbols: &[Symbol]) -> Joined {
    let mut joined = Joined::default();
    let mut sets: Vec<Set> = Vec::new();
    for symbol in symbols {
        match symbol {
            Symbol::Text(text) => joined.texts.push(text.clone()),
            Symbol::Part(Part { set, .. }) if !sets.contains(set) => {
                sets.push(*set);
                match join_set(symbols, *set) {
                    Ok(text) => joined.texts.push(text),
                    Err(reason) => joined.incomplete.push((reason, positions(symbols, *set))),
                }
            }
            Symbol::Part(_) => {}
        }
    }
    joined
}

fn positions(symbols: &[Symbol], set: Set) -> Vec<usize> {
    let is_of_set = |symbol: &Symbol| matches!(symbol, Symbol::Part(part) if part.set == set);
    symbols.iter().enumerate().filter(|(_, symbol)| is_of_set(symbol)).map(|(position, _)| position).collect()
}

/// Joins the parts of one text.
fn join_set(symbols: &[Symbol], set: Set) -> Result<String, Incomplete> {
    let mut places: Vec<Option<&Content>> = vec![None; set.count.into()];
    for symbol in symbols {
        let Symbol::Part(part) = symbol else { continue };
        if part.set != set {
            continue;
        }
        let Some(place) = places.get_mut(usize::from(part.index)) else { continue };
        if place.is_some_and(|other| *other != part.content) {
            return Err(Incomplete::Mixed);
        }
        *place = Some(&part.content);
    }
    let missing = places.iter().rev().fold(0, |bits, place| bits << 1 | u16::from(place.is_none()));
    if missing != 0 {
        return Err(Incomplete::Missing { count: set.count, missing });
    }
    // The parity only tells texts apart. It isn't checked, since segno 1.6 computes it of other bytes than it writes if it
    // is told to write UTF-8.
    Ok(join_contents(&places.into_iter().flatten().collect::<Vec<_>>()))
}

/// Joins the bytes before they are read, since a character may be split too.
fn join_contents(contents: &[&Content]) -> String {
    let bytes: Vec<u8> = contents.iter().flat_map(|content| content.bytes.iter().copied()).collect();
    if contents.iter().any(|content| content.is_declared) {
        let text: String = contents.iter().map(|content| content.text.as_str()).collect();
        if !text.contains(char::REPLACEMENT_CHARACTER) {
            return text;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut guess = ECIStringBuilder::default();
        guess.switch_encoding(CharacterSet::Unknown, false);
        guess.append_bytes(error.as_bytes());
        guess.to_string()
    })
}

impl Content {
    /// Bytes without a declared character set are read as UTF-8 if they are valid, else as rxing guesses (Latin-1,
    /// Shift-JIS).
    fn new(content: &ECIStringBuilder) -> Self {
        let text = match str::from_utf8(content.bytes()) {
            Ok(text) if !content.has_eci => text.to_owned(),
            _ => content.to_string(),
        };
        Self { bytes: content.bytes().to_vec(), text, is_declared: content.has_eci }
    }
}

impl Symbol {
    /// Returns what a QR code holds, part `index` of `count` with this parity; `None` if there is no such part, or
    /// nothing in it.
    pub(crate) fn new(content: &ECIStringBuilder, index: i32, count: i32, parity: &str) -> Option<Self> {
        // An empty text is useless, and must not hide another one.
        if content.bytes().is_empty() {
            return None;
        }
        let content = Content::new(content);
        if count <= 1 {
            return Some(Self::Text(content.text));
        }
        let set = Set { count: u8::try_from(count).ok()?, parity: parity.parse().ok()? };
        let index = u8::try_from(index).ok().filter(|index| *index < set.count)?;
        Some(Self::Part(Part { set, index, content }))
    }
}

/// Without the content, which may be a secret.
impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_struct("Text").field("length", &text.len()).finish(),
            Self::Part(part) => part.fmt(f),
        }
    }
}

/// Without the content, which may be of a secret.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set: Set { count, .. }, index, content } = self;
        let length = content.bytes.len();
        f.debug_struct("Part").field("index", index).field("count", count).field("length", &length).finish()
    }
}
