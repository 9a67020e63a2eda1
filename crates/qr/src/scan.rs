//! One scan of one picture: its QR codes, or the reason why there is none.

use image::GrayImage;
use rxing::common::cpp_essentials::{ConcentricPattern, DecoderResult};
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{
    FindFinderPatterns, GenerateFinderPatternSets, SampleMQR, SampleQR, SampleRMQR,
};
use rxing::{Binarizer, Exceptions, Luma8Source, LuminanceSource, Point};

use crate::Symbol;

/// Maximum number of finder patterns, since the work grows with its square. Six hundred QR codes have fewer.
const MAX_PATTERNS: usize = 2000;
/// Maximum number of triples of finder patterns that are tried, the most plausible first.
const MAX_TRIPLES: usize = 2000;
/// Maximum number of finder patterns that are tried alone.
const MAX_MICRO: usize = 100;
/// The side of a Micro QR code of version M1, in modules.
const SMALLEST: u32 = 11;
/// The dark runs in each row of a finder pattern that no other one has.
const RUNS: usize = 2;
/// The distance of the rows that are searched for finder patterns.
const SEARCHED: u32 = 3;
/// The height of the bands in which finder patterns are counted, in pixels.
const BAND: u32 = 64;

/// The result of a scan.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) codes: Vec<Code>,
    pub(crate) failures: Vec<Failure>,
}

/// A QR code. Positions are fractions of the picture's width and height.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code {
    pub(crate) symbol: Symbol,
    /// The position of its centre.
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// The distance from the centre to the upper or lower edge.
    pub(crate) reach: f32,
    /// Its corners, in order around it.
    outline: Vec<Point>,
}

/// Something that looks like a QR code, but could not be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure {
    /// A place in it, in fractions of the picture's width and height.
    pub(crate) place: Point,
    pub(crate) error: ScanError,
}

/// The reason why a located QR code could not be read, ordered by the certainty that it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ScanError {
    /// It is a Micro QR code of version M1: up to five digits, which are hardly checked.
    Micro,
    /// Its modules are invalid, or it holds no text.
    Format,
    /// Its error correction can't repair it.
    Checksum,
}

/// Scans a picture for dark QR codes on light, or for `light` ones on dark, outside those that are `known`. A frame of
/// this many pixels was added around the picture.
pub(crate) fn scan(picture: &GrayImage, frame: u32, light: bool, known: &[Code]) -> Scan {
    let Ok(mut source) = Luma8Source::new_with_slice(picture.as_raw(), picture.width(), picture.height()) else {
        return Scan::default();
    };
    if light {
        source.invert();
    }
    match HybridBinarizer::new(source).get_black_matrix() {
        Ok(matrix) if !is_crowded(matrix) => read(matrix, Scale::new(matrix, frame), known),
        _ => Scan::default(),
    }
}

/// Turns positions in pixels into fractions of a picture, around which a frame was added.
#[derive(Clone, Copy)]
struct Scale {
    frame: f32,
    width: f32,
    height: f32,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a length in pixels is exact in 24 bits")]
    fn new(matrix: &BitMatrix, frame: u32) -> Self {
        let inside = |length: u32| length.saturating_sub(2 * frame).max(1) as f32;
        Self { frame: frame as f32, width: inside(matrix.width()), height: inside(matrix.height()) }
    }

    fn of(self, point: Point) -> Point {
        Point { x: (point.x - self.frame) / self.width, y: (point.y - self.frame) / self.height }
    }
}

/// Whether there are more than [`MAX_PATTERNS`] finder patterns, counted band by band so that the count itself is
/// bounded. Patterns too tall for a band can't be many.
fn is_crowded(matrix: &BitMatrix) -> bool {
    if count_runs(matrix) < MAX_PATTERNS * RUNS {
        return false;
    }
    let mut patterns = 0;
    (0..matrix.height().div_ceil(BAND)).any(|index| {
        patterns += copy_band(matrix, index * BAND).map_or(0, |band| FindFinderPatterns(&band, true, 0).len());
        patterns > MAX_PATTERNS
    })
}

/// Returns the number of dark runs in the rows that are searched for finder patterns.
fn count_runs(matrix: &BitMatrix) -> usize {
    let runs = |row: u32| {
        let mut last = 0;
        let starts =
            |word: &usize| (word & !(word << 1 | std::mem::replace(&mut last, word >> (usize::BITS - 1)))).count_ones();
        matrix.getRow(row).getBitArray().iter().map(starts).sum::<u32>() as usize
    };
    (SEARCHED - 1..matrix.height()).step_by(SEARCHED as usize).map(runs).sum()
}

/// Copies the rows of a band, which begins at `top`.
fn copy_band(matrix: &BitMatrix, top: u32) -> Option<BitMatrix> {
    let height = BAND.min(matrix.height() - top);
    let mut band = BitMatrix::new(matrix.width(), height).ok()?;
    for y in 0..height {
        band.setRow(y, &matrix.getRow(top + y));
    }
    Some(band)
}

fn read(matrix: &BitMatrix, scale: Scale, known: &[Code]) -> Scan {
    let mut codes = Vec::new();
    let mut failures = Vec::new();
    let mut patterns = FindFinderPatterns(matrix, true, 0);
    patterns.retain(|pattern| !known.iter().any(|code| code.covers(scale.of(pattern.p))));
    let mut claimed = Vec::new();
    for triple in GenerateFinderPatternSets(&mut patterns).into_iter().take(MAX_TRIPLES) {
        let corners = [triple.tl, triple.tr, triple.bl];
        if corners.iter().any(|corner| claimed.contains(corner)) {
            continue;
        }
        let Ok(sample) = SampleQR(matrix, &triple) else {
            continue;
        };
        match Decode(sample.getBits()).map_err(ScanError::from).and_then(|decoded| read_symbol(&decoded)) {
            Ok(symbol) => {
                claimed.extend(corners);
                codes.push(Code::new(symbol, sample.getPoints().iter().map(|point| scale.of(*point)).collect()));
            }
            Err(error) => failures.push(Failure { place: scale.of(triple.tl.p), error }),
        }
    }
    let lone = patterns.iter().filter(|pattern| !claimed.contains(*pattern));
    for pattern in lone.take(MAX_MICRO) {
        let place = scale.of(pattern.p);
        if codes.iter().any(|code: &Code| code.covers(place)) {
            continue;
        }
        match read_micro(matrix, *pattern, scale) {
            Some(Ok(code)) => codes.push(code),
            Some(Err(error)) => failures.push(Failure { place, error }),
            None => {}
        }
    }
    Scan { codes, failures }
}

/// Reads a Micro QR code or a rectangular one (ISO/IEC 18004 and 23941), which have one finder pattern; `None` if it
/// isn't certainly one.
fn read_micro(matrix: &BitMatrix, pattern: ConcentricPattern, scale: Scale) -> Option<Result<Code, ScanError>> {
    [SampleMQR, SampleRMQR].into_iter().find_map(|sample| {
        let sample = sample(matrix, pattern).ok()?;
        let symbol = read_symbol(&Decode(sample.getBits()).ok()?).ok()?;
        // It has two codewords of error detection, which the corner of a damaged QR code may fit by chance.
        if sample.getBits().width() == SMALLEST {
            return Some(Err(ScanError::Micro));
        }
        Some(Ok(Code::new(symbol, sample.getPoints().iter().map(|point| scale.of(*point)).collect())))
    })
}

fn read_symbol(decoded: &DecoderResult<bool>) -> Result<Symbol, ScanError> {
    if !decoded.isValid() {
        return Err(ScanError::Format);
    }
    let place = decoded.structuredAppend();
    Symbol::new(decoded.content(), place.index, place.count, &place.id).ok_or(ScanError::Format)
}

impl From<Exceptions> for ScanError {
    fn from(error: Exceptions) -> Self {
        match error {
            Exceptions::ChecksumException(_) | Exceptions::ReedSolomonException(_) => Self::Checksum,
            _ => Self::Format,
        }
    }
}

impl Code {
    fn new(symbol: Symbol, outline: Vec<Point>) -> Self {
        let (left, right) = extent(outline.iter().map(|point| point.x));
        let (top, bottom) = extent(outline.iter().map(|point| point.y));
        let (x, y) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        Self { symbol, x, y, reach: (bottom - top) / 2.0, outline }
    }

    /// Whether a place, in fractions of the picture's width and height, is within the QR code.
    pub(crate) fn covers(&self, place: Point) -> bool {
        let ends = self.outline.iter().cycle().skip(1);
        // On which side of each edge it is.
        let sides = self
            .outline
            .iter()
            .zip(ends)
            .map(|(start, end)| (end.x - start.x) * (place.y - start.y) - (end.y - start.y) * (place.x - start.x));
        let sides: Vec<f32> = sides.collect();
        sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
    }
}

/// Returns the lowest and the highest position.
fn extent(positions: impl Iterator<Item = f32>) -> (f32, f32) {
    positions.fold((f32::MAX, f32::MIN), |(low, high), at| (low.min(at), high.max(at)))
}
