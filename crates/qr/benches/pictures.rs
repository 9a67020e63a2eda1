//! Time and peak memory of reading and drawing QR codes.

use divan::{AllocProfiler, Bencher};
use image::ImageFormat;

#[expect(clippy::expect_used, dead_code, reason = "shared with the tests, which use the rest")]
#[path = "../tests/it/drawing.rs"]
mod drawing;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn draw_svg(bencher: Bencher) {
    bencher.bench(|| qr::svg(drawing::OTPAUTH));
}

#[divan::bench]
fn screenshot(bencher: Bencher) {
    let code = drawing::code(drawing::OTPAUTH, 8, 4);
    let picture = drawing::png(drawing::on_surface(&code, 1080, 1920, 230, 200, 600));
    bencher.bench(|| qr::decode(&picture));
}

/// Sizes of the code in pixels; at 0 there is none, which takes every attempt there is.
#[divan::bench(args = [2000, 300, 0], sample_count = 10)]
fn photo_of_12_megapixels(bencher: Bencher, size: u32) {
    let picture = drawing::file(drawing::photo(drawing::OTPAUTH, 4000, 3000, size), ImageFormat::Jpeg);
    bencher.bench(|| qr::decode(&picture));
}
