//! One look at one picture: its codes, or why there is none.

use image::GrayImage;
use rxing::common::{BitMatrix, DetectorRXingResult, ECIStringBuilder, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer, Exceptions, Luma8Source, LuminanceSource, Point};

/// A picture with more finder patterns than this is a trap: the reader's work grows with the square of their number.
/// Six hundred codes have fewer.
const MAX_PATTERNS: usize = 2000;
/// Triples of finder patterns that are tried, the most plausible first.
const MAX_TRIPLES: usize = 2000;
/// Height of the bands in which finder patterns are counted, in pixels.
const BAND: u32 = 64;

/// What a look at a picture gave.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) codes: Vec<Code>,
    /// Why a code that was located could not be read.
    pub(crate) failure: Option<Failure>,
}

/// A code that was read. Positions are shares of the picture's width and height.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code {
    pub(crate) text: String,
    /// Position of the middle.
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// From the middle to the upper or lower end.
    pub(crate) reach: f32,
}

/// Why a code that was located could not be read.
///
/// In the order of how sure it is that there is a code at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// Its modules make no sense, or it holds no text.
    Format,
    /// More modules are wrong than its error correction makes up for.
    Checksum,
}

/// The codes of a picture: dark ones on light, and if there is none, light ones on dark.
pub(crate) fn scan(picture: &GrayImage) -> Look {
    let look = scan_one_way(picture, false);
    if !look.codes.is_empty() {
        return look;
    }
    let inverted = scan_one_way(picture, true);
    if inverted.codes.is_empty() { look } else { inverted }
}

fn scan_one_way(picture: &GrayImage, inverted: bool) -> Look {
    let Ok(mut source) = Luma8Source::new_with_slice(picture.as_raw(), picture.width(), picture.height()) else {
        return Look::default();
    };
    if inverted {
        source.invert();
    }
    match HybridBinarizer::new(source).get_black_matrix() {
        Ok(matrix) if !crowded(matrix) => read(matrix),
        _ => Look::default(),
    }
}

/// Whether there are more finder patterns than any picture of codes has; counted band by band, so that the counting
/// itself is bounded. Patterns too tall for a band can't be many.
fn crowded(matrix: &BitMatrix) -> bool {
    let mut patterns = 0;
    (0..matrix.height().div_ceil(BAND)).any(|index| {
        patterns += band(matrix, index * BAND).map_or(0, |band| FindFinderPatterns(&band, true, 0).len());
        patterns > MAX_PATTERNS
    })
}

/// The rows of a matrix from `top` on, as many as a band has.
fn band(matrix: &BitMatrix, top: u32) -> Option<BitMatrix> {
    let height = BAND.min(matrix.height() - top);
    let mut band = BitMatrix::new(matrix.width(), height).ok()?;
    for y in 0..height {
        band.setRow(y, &matrix.getRow(top + y));
    }
    Some(band)
}

fn read(matrix: &BitMatrix) -> Look {
    let mut look = Look::default();
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
        let failure = match Decode(sample.getBits()) {
            // An empty text is no use to anyone, and must not hide one that is.
            Ok(decoded) if decoded.isValid() && !decoded.content().bytes().is_empty() => {
                claimed.extend(corners);
                look.codes.push(Code::new(text(decoded.content()), sample.getPoints(), matrix));
                continue;
            }
            Err(Exceptions::ChecksumException(_) | Exceptions::ReedSolomonException(_)) => Failure::Checksum,
            _ => Failure::Format,
        };
        look.failure = look.failure.max(Some(failure));
    }
    look
}

/// The text of a code. Bytes without a declared character set are UTF-8 if they can be, else what rxing makes of them
/// (Latin-1, Shift-JIS).
fn text(content: &ECIStringBuilder) -> String {
    match str::from_utf8(content.bytes()) {
        Ok(text) if !content.has_eci => text.to_owned(),
        _ => content.to_string(),
    }
}

impl Code {
    fn new(text: String, outline: &[Point], matrix: &BitMatrix) -> Self {
        let (left, right) = extent(outline.iter().map(|point| point.x), matrix.width());
        let (top, bottom) = extent(outline.iter().map(|point| point.y), matrix.height());
        Self { text, x: f32::midpoint(left, right), y: f32::midpoint(top, bottom), reach: (bottom - top) / 2.0 }
    }
}

/// The lowest and the highest of some positions, as shares of a length in pixels.
#[expect(clippy::cast_precision_loss, reason = "a length in pixels is exact in 24 bits")]
fn extent(positions: impl Iterator<Item = f32>, length: u32) -> (f32, f32) {
    let (low, high) = positions.fold((f32::MAX, f32::MIN), |(low, high), at| (low.min(at), high.max(at)));
    (low / length as f32, high / length as f32)
}
