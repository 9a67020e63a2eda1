//! Browser, platform and device of a `User-Agent`, by the names that 2FAuth's clients know (compat 1.7.7).

/// Browser, platform and device, as recognised in a `User-Agent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserAgent {
    /// `Chrome`, `Firefox`, `Edge`, `Safari` …
    pub browser: Option<&'static str>,
    /// `Windows`, `OS X`, `Linux`, `Ubuntu`, `AndroidOS`, `iOS` …
    pub platform: Option<&'static str>,
    /// `desktop`, `phone`, `tablet` or `robot`.
    pub device: &'static str,
}

/// Marks of browsers and their names, the more specific first: nearly all of them claim to be Chrome and Safari too.
const BROWSERS: [(&str, &str); 14] = [
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Trident/", "IE"),
    ("Safari/", "Safari"),
];

/// Marks of platforms and their names, the more specific first.
const PLATFORMS: [(&str, &str); 10] = [
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Android", "AndroidOS"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "OS X"),
    ("Macintosh", "OS X"),
    ("Ubuntu", "Ubuntu"),
    ("Debian", "Debian"),
    ("Linux", "Linux"),
];

/// Marks of crawlers, in lower case.
const ROBOTS: [&str; 5] = ["bot", "crawl", "spider", "slurp", "facebookexternalhit"];

impl UserAgent {
    /// Recognises a `User-Agent`. Unknown browsers and platforms are `None`, unknown devices desktops.
    pub fn parse(text: &str) -> Self {
        let find =
            |marks: &[(&str, &'static str)]| marks.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
        Self { browser: find(&BROWSERS), platform: find(&PLATFORMS), device: find_device(text) }
    }
}

fn find_device(text: &str) -> &'static str {
    let lower = text.to_ascii_lowercase();
    if ROBOTS.iter().any(|robot| lower.contains(robot)) {
        "robot"
    } else if lower.contains("ipad")
        || lower.contains("tablet")
        || lower.contains("android") && !lower.contains("mobile")
    {
        "tablet"
    } else if lower.contains("mobile") || lower.contains("iphone") || lower.contains("phone") {
        "phone"
    } else {
        "desktop"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_recognised() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                (Some("Firefox"), Some("Windows"), "desktop"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                (Some("Edge"), Some("Windows"), "desktop"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                (Some("Safari"), Some("iOS"), "phone"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                (Some("Chrome"), Some("AndroidOS"), "phone"),
            ),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://example.org/bot.html)", (None, None, "robot")),
            ("curl/8.0", (None, None, "desktop")),
            ("", (None, None, "desktop")),
        ];
        for (text, (browser, platform, device)) in cases {
            assert_eq!(UserAgent::parse(text), UserAgent { browser, platform, device }, "{text}");
        }
    }
}
