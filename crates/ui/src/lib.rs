//! The web app, built from `ui/` and embedded in the program.

use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use rust_embed::{EmbeddedFile, RustEmbed};

/// The placeholder in [`index`] for the relative path from a page to the app's root, such as `../`.
pub const BASE: &str = "__BASE__";

/// The placeholder in [`index`] for the data that the app needs before its first request: JSON, escaped for an HTML
/// attribute in double quotes.
pub const BOOT: &str = "__BOOT__";

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Files;

/// A file of the web app.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// The media type, with the character set for text.
    pub mime: &'static str,
    /// The entity tag, quotes included: the SHA-256 of `bytes` in hexadecimal.
    pub etag: String,
    /// The content compressed with Brotli, if that makes it smaller.
    pub br: Option<Cow<'static, [u8]>>,
    /// The content compressed with gzip, if that makes it smaller.
    pub gz: Option<Cow<'static, [u8]>>,
    /// Whether the name changes with the content, so that the file may be cached forever.
    pub immutable: bool,
}

/// Returns the file at `path`, relative to the app's root and without a leading slash. `index.html` is none: see
/// [`index`].
pub fn file(path: &str) -> Option<Asset> {
    let mime = media_type(path)?;
    let file = Files::get(path)?;
    let compressed = |suffix: &str| Files::get(&format!("{path}.{suffix}")).map(|file| file.data);
    Some(Asset {
        etag: entity_tag(&file),
        mime,
        bytes: file.data,
        br: compressed("br"),
        gz: compressed("gz"),
        immutable: path.starts_with("assets/"),
    })
}

/// Returns the page for every address of the web app. It contains [`BASE`] and [`BOOT`] once each.
pub fn index() -> &'static str {
    static INDEX: LazyLock<String> = LazyLock::new(|| {
        Files::get("index.html").map_or_else(String::new, |file| String::from_utf8_lossy(&file.data).into_owned())
    });
    &INDEX
}

/// Returns the media type of a file that may be requested by name; `None` for pages, compressed copies and unknown
/// files.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::with_capacity(2 + 2 * hash.len());
    tag.push('"');
    for byte in hash {
        // Writing to a string can't fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_its_root_once_and_has_nothing_inline() {
        let page = index();
        assert_eq!(page.matches(BASE).count(), 1);
        assert_eq!(page.matches(BOOT).count(), 1);
        assert!(page.contains(r#"<base href="__BASE__""#));
        assert!(page.contains(r#"<meta name="boot" content="__BOOT__""#));
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script>"));
        assert!(!page.contains("href=\"/") && !page.contains("src=\"/") && !page.contains("//"));
    }

    #[test]
    fn every_file_named_by_the_page_is_there() {
        let page = index();
        let scripts = page.split("src=\"./").skip(1);
        let links = page.split("href=\"./").skip(1);
        let mut seen = 0;
        for rest in scripts.chain(links) {
            let path = rest.split('"').next().unwrap();
            if path == "manifest.json" {
                continue; // the server writes it
            }
            assert!(file(path).is_some(), "{path} is missing");
            seen += 1;
        }
        assert!(seen >= 5, "only {seen} files named");
    }

    #[test]
    fn scripts_are_compressed_tagged_and_immutable() {
        let name = Files::iter().find(|name| name.starts_with("assets/") && name.ends_with(".js")).unwrap();
        let script = file(&name).unwrap();
        assert_eq!(script.mime, "text/javascript; charset=utf-8");
        assert_eq!(script.etag.len(), 66);
        assert!(script.immutable);
        assert!(script.br.unwrap().len() < script.bytes.len());
        assert!(script.gz.unwrap().len() < script.bytes.len());
    }

    #[test]
    fn pages_compressed_copies_and_unknown_names_are_not_files() {
        for path in ["", "index.html", "favicon.svg.br", "assets/", "assets/none.js", "../Cargo.toml", "favicon"] {
            assert!(file(path).is_none(), "{path:?}");
        }
    }
}
