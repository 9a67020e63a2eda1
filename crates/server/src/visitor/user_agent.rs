//! What a browser calls itself, in the words that 2FAuth's clients know (compat 1.7.7).

/// Browser and platform, as recognised in a `User-Agent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserAgent {
    /// `Chrome`, `Firefox`, `Edge`, `Safari` …
    pub browser: Option<&'static str>,
    /// `Windows`, `OS X`, `Linux`, `Ubuntu`, `AndroidOS`, `iOS` …
    pub platform: Option<&'static str>,
    /// `desktop`, `phone`, `tablet` or `robot`.
    pub device: &'static str,
}

/// Signs of browsers, the more particular first: nearly all of them claim to be Chrome and Safari as well.
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

/// Signs of platforms, the more particular first.
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

const ROBOTS: [&str; 5] = ["bot", "crawl", "spider", "slurp", "facebookexternalhit"];

impl UserAgent {
    /// Recognises what it can.
    pub fn of(text: &str) -> Self {
        let sign =
            |signs: &[(&str, &'static str)]| signs.iter().find(|(sign, _)| text.contains(sign)).map(|(_, name)| *name);
        Self { browser: sign(&BROWSERS), platform: sign(&PLATFORMS), device: device(text) }
    }
}

fn device(text: &str) -> &'static str {
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
    fn common_browsers() {
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
            assert_eq!(UserAgent::of(text), UserAgent { browser, platform, device }, "{text}");
        }
    }
}
