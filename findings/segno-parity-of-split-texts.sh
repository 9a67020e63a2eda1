#!/usr/bin/env bash
# What: the parity byte of a text that segno splits over several QR codes (structured append).
# Versions: segno 1.6.6 (Python 3), its symbols read by rxing 0.9.3.
#
# Behaviour: `make_sequence` computes the parity of the text in an encoding of its own choice (Latin-1, else Shift-JIS, else
# UTF-8), whatever encoding it is told to write. With `encoding='utf-8'` the symbols hold UTF-8, while the parity is that
# of Latin-1 or Shift-JIS as soon as a character isn't ASCII. Left to itself segno writes what it has chosen, and the
# parity is right.
# Source: ISO/IEC 18004 on structured append: the parity is the exclusive or of all bytes of the message, for a reader to
# tell that the symbols belong together. The rest observed.
# Guess: the parity is that of the bytes which are written, so that a reader can check a joined text by it.
# Seen: with `encoding='utf-8'`, wrong for Latin and Japanese texts, right for ASCII and for texts that neither Latin-1 nor
# Shift-JIS has. Without it: right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check segno==1.6.6

# Prints a name, the number of symbols and the symbols as rows of 0 and 1.
cat > split.py <<'PYTHON'
import segno

TEXTS = [("ASCII", "lower case and 0123456789, " * 3 + "."), ("Latin", "Übergrößenträger " * 4 + "é"),
         ("Japanese", "日本語テキスト" * 7), ("Euro", "10 € und 20 €, " * 4 + "€")]
for name, text in TEXTS:
    for encoding in None, "utf-8":
        symbols = segno.make_sequence(text, symbol_count=3, mode="byte", encoding=encoding)
        print(f"{name}, encoding={encoding}")
        for symbol in symbols:
            print(" ".join("".join(str(int(module)) for module in row) for row in symbol.matrix))
        print()
PYTHON

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "read"
version = "0.0.0"
edition = "2024"
[dependencies]
rxing = { version = "=0.9.3", default-features = false, features = ["decoders", "qrcode", "encoding_rs"] }
TOML
cat > src/main.rs <<'RUST'
use rxing::common::BitMatrix;
use rxing::qrcode::cpp_port::decoder::Decode;

fn main() {
    let sets = std::io::read_to_string(std::io::stdin()).unwrap();
    for set in sets.trim().split("\n\n") {
        let (name, symbols) = set.split_once('\n').unwrap();
        let (mut written, mut parities) = (0, Vec::new());
        for symbol in symbols.lines() {
            let rows = symbol.replace(' ', "\n") + "\n";
            let result = Decode(&BitMatrix::parse_strings(&rows, "1", "0").unwrap()).unwrap();
            parities.push(result.structuredAppend().id.parse::<u8>().unwrap());
            written = result.content().bytes().iter().fold(written, |parity, byte| parity ^ byte);
        }
        let verdict = if parities.iter().all(|parity| *parity == written) { "right" } else { "wrong" };
        println!("{name}: {verdict}");
    }
}
RUST
cargo build --quiet
python/bin/python split.py | ./target/debug/read | tee seen
diff seen - <<'SEEN'
ASCII, encoding=None: right
ASCII, encoding=utf-8: right
Latin, encoding=None: right
Latin, encoding=utf-8: wrong
Japanese, encoding=None: right
Japanese, encoding=utf-8: wrong
Euro, encoding=None: right
Euro, encoding=utf-8: right
SEEN
