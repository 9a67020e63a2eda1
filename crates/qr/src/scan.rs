//! One scan of one picture: its QR codes, or the reason why there is none.

use image::GrayImage;
use rxing::common::cpp_essentials::DecoderResult;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer, Exceptions, Luma8Source, LuminanceSource, Point};

use crate::Symbol;

/// Maximum number of finder patterns, since the work grows with its square. Six hundred QR codes have fewer.
const MAX_PATTERNS: usize = 2000;
/// Maximum number of triples of finder patterns that are tried, the most plausible first.
const MAX_TRIPLES: usize = 2000;
/// The height of the bands in which finder patterns are counted, in pixels.
const BAND: u32 = 64;

/// The result of a scan.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) codes: Vec<Code>,
    /// The reason why a located QR code could not be read.
    pub(crate) error: Option<ScanError>,
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
}

/// The reason why a located QR code could not be read, ordered by the certainty that it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ScanError {
    /// Its modules are invalid, or it holds no text.
    Format,
    /// Its error correction can't repair it.
    Checksum,
}

/// Scans a picture for dark QR codes on light, and if there is none, for light ones on dark.
pub(crate) fn scan_picture(picture: &GrayImage) -> Scan {
    let scan = scan_one_way(picture, false);
    if !scan.codes.is_empty() {
        return scan;
    }
    let inverted = scan_one_way(picture, true);
    if inverted.codes.is_empty() { scan } else { inverted }
}

fn scan_one_way(picture: &GrayImage, inverted: bool) -> Scan {
    let Ok(mut source) = Luma8Source::new_with_slice(picture.as_raw(), picture.width(), picture.height()) else {
        return Scan::default();
    };
    if inverted {
        source.invert();
    }
    match HybridBinarizer::new(source).get_black_matrix() {
        Ok(matrix) if !is_crowded(matrix) => read(matrix),
        _ => Scan::default(),
    }
}

/// Whether there are more than [`MAX_PATTERNS`] finder patterns, counted band by band so that the count itself is
/// bounded. Patterns too tall for a band can't be many.
fn is_crowded(matrix: &BitMatrix) -> bool {
    let mut patterns = 0;
    (0..matrix.height().div_ceil(BAND)).any(|index| {
        patterns += copy_band(matrix, index * BAND).map_or(0, |band| FindFinderPatterns(&band, true, 0).len());
        patterns > MAX_PATTERNS
    })
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

fn read(matrix: &BitMatrix) -> Scan {
    let mut scan = Scan::default();
    let mut patterns = FindFinderPatterns(matrix, true, 0);
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
                scan.codes.push(Code::new(symbol, sample.getPoints(), matrix));
            }
            Err(error) => scan.error = scan.error.max(Some(error)),
        }
    }
    scan
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
    fn new(symbol: Symbol, outline: &[Point], matrix: &BitMatrix) -> Self {
        let (left, right) = extent(outline.iter().map(|point| point.x), matrix.width());
        let (top, bottom) = extent(outline.iter().map(|point| point.y), matrix.height());
        Self { symbol, x: f32::midpoint(left, right), y: f32::midpoint(top, bottom), reach: (bottom - top) / 2.0 }
    }
}

/// Returns the lowest and the highest position, as fractions of a length in pixels.
#[expect(clippy::cast_precision_loss, reason = "a length in pixels is exact in 24 bits")]
fn extent(positions: impl Iterator<Item = f32>, length: u32) -> (f32, f32) {
    let (low, high) = positions.fold((f32::MAX, f32::MIN), |(low, high), at| (low.min(at), high.max(at)));
    (low / length as f32, high / length as f32)
}
