//! The web app, built from `ui/` and embedded in the program.

use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use rust_embed::{EmbeddedFile, RustEmbed};

/// The place in [`index`] that the server replaces by the relative way from a page to the app's root, such as `../`.
pub const BASE: &str = "__BASE__";

/// The place in [`index`] that the server replaces by what the app must know before its first request: JSON, escaped
/// for an HTML attribute in double quotes.
pub const BOOT: &str = "__BOOT__";

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/dist"]
struct Files;

/// A file of the web app.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type, with the character set for text.
    pub mime: &'static str,
    /// Its entity tag, quotes included: the SHA-256 of `bytes` in hexadecimal.
    pub etag: String,
    /// Its content compressed with Brotli, when that is worth it.
    pub br: Option<Cow<'static, [u8]>>,
    /// Its content compressed with gzip, when that is worth it.
    pub gz: Option<Cow<'static, [u8]>>,
    /// Whether its name changes with its content, so that it may be cached for ever.
    pub immutable: bool,
}

/// The file at `path`, relative to the app's root and without a leading slash. `index.html` is none: see [`index`].
pub fn file(path: &str) -> Option<Asset> {
    let mime = mime(path)?;
    let file = Files::get(path)?;
    let compressed = |suffix: &str| Files::get(&format!("{path}.{suffix}")).map(|file| file.data);
    Some(Asset {
        etag: etag(&file),
        mime,
        bytes: file.data,
        br: compressed("br"),
        gz: compressed("gz"),
        immutable: path.starts_with("assets/"),
    })
}

/// The page that every address of the web app answers with. It holds [`BASE`] and [`BOOT`] once.
pub fn index() -> &'static str {
    static INDEX: LazyLock<String> = LazyLock::new(|| {
        Files::get("index.html").map_or_else(String::new, |file| String::from_utf8_lossy(&file.data).into_owned())
    });
    &INDEX
}

/// The media type of a file that may be asked for by name; `None` for pages, sidecars and whatever else is unknown.
fn mime(path: &str) -> Option<&'static str> {
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

fn etag(file: &EmbeddedFile) -> String {
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
    fn pages_sidecars_and_unknown_names_are_not_files() {
        for path in ["", "index.html", "favicon.svg.br", "assets/", "assets/none.js", "../Cargo.toml", "favicon"] {
            assert!(file(path).is_none(), "{path:?}");
        }
    }
}
