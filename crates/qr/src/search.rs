//! The search of one picture for all of its QR codes, view by view.

use image::GrayImage;

use crate::scan::{Code, Failure, ScanError, scan};
use crate::view::{Altered, Frame, View};
use crate::{DecodeError, Symbol};

/// Maximum number of failures that are remembered.
const MAX_FAILURES: usize = 64;

/// What was found so far.
#[derive(Default)]
struct Search {
    codes: Vec<Code>,
    failures: Vec<Failure>,
    error: Option<ScanError>,
}

/// Returns what all QR codes in a frame hold, in reading order, each once.
///
/// Dark and light ones, and those that only one colour shows, are looked for in any case. Alterations cost most of the
/// time. They are tried if there is no QR code yet, or something that looks like another one.
pub(crate) fn search(frame: &Frame) -> Result<Vec<Symbol>, DecodeError> {
    let mut search = Search::default();
    for view in &frame.views {
        // The full size is scanned even after a success: it may show a small QR code beside a large one.
        for size in view.sizes() {
            search.look(size, false);
            if search.codes.is_empty() {
                search.look(size, true);
            }
        }
        search.look(view.small(), true);
    }
    for colour in frame.colours(!search.codes.is_empty()) {
        search.look(&colour, false);
        search.look(&colour, true);
    }
    if !search.codes.is_empty() {
        frame.views.iter().flat_map(View::quick_alterations).for_each(|altered| search.look_altered(&altered));
    }
    for altered in frame.views.iter().flat_map(View::alterations).chain(frame.altered_colours()) {
        if !search.codes.is_empty() && !search.has_hint() {
            break;
        }
        search.look_altered(&altered);
    }
    search.into_symbols()
}

impl Search {
    /// Looks for dark QR codes on light, or `light` ones on dark, outside those that were found.
    fn look(&mut self, picture: &GrayImage, light: bool) {
        self.look_within(picture, 0, light);
    }

    fn look_altered(&mut self, Altered { picture, frame }: &Altered) {
        self.look_within(picture, *frame, false);
        self.look_within(picture, *frame, true);
    }

    fn look_within(&mut self, picture: &GrayImage, frame: u32, light: bool) {
        let scan = scan(picture, frame, light, &self.codes);
        self.error = self.error.max(scan.failures.iter().map(|failure| failure.error).max());
        let room = MAX_FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(scan.failures.into_iter().take(room));
        self.codes.extend(scan.codes);
    }

    /// Whether something looked like a QR code at a place where none was found.
    fn has_hint(&self) -> bool {
        self.failures.iter().any(|failure| !self.codes.iter().any(|code| code.covers(failure.place)))
    }

    fn into_symbols(self) -> Result<Vec<Symbol>, DecodeError> {
        if self.codes.is_empty() {
            return Err(self.error.map_or(DecodeError::NothingFound, DecodeError::from));
        }
        Ok(sort(self.codes))
    }
}

/// Returns the distinct symbols in reading order: line by line, from left to right.
fn sort(mut codes: Vec<Code>) -> Vec<Symbol> {
    codes.sort_by(|a, b| a.y.total_cmp(&b.y));
    let same_line = |upper: &Code, lower: &Code| lower.y - upper.y <= upper.reach.max(lower.reach);
    for line in codes.chunk_by_mut(same_line) {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    let mut symbols: Vec<Symbol> = Vec::new();
    for code in codes {
        if !symbols.contains(&code.symbol) {
            symbols.push(code.symbol);
        }
    }
    symbols
}
