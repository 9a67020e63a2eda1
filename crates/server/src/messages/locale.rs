//! The languages of the answers.

/// A language that answers can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// `bg`
    Bulgarian,
    /// `zh-CN`
    SimplifiedChinese,
    /// `zh-TW`
    TraditionalChinese,
    /// `da`
    Danish,
    /// `nl`
    Dutch,
    /// `en`, where nothing else is asked for
    #[default]
    English,
    /// `fr`
    French,
    /// `de`
    German,
    /// `hi`
    Hindi,
    /// `it`
    Italian,
    /// `ja`
    Japanese,
    /// `ko`
    Korean,
    /// `pt-BR`
    BrazilianPortuguese,
    /// `ru`
    Russian,
    /// `es-ES`
    Spanish,
    /// `tr`
    Turkish,
}

impl Locale {
    /// Every language, in the order in which 2FAuth lists them.
    pub const ALL: [Self; 16] = [
        Self::Bulgarian,
        Self::SimplifiedChinese,
        Self::TraditionalChinese,
        Self::Danish,
        Self::Dutch,
        Self::English,
        Self::French,
        Self::German,
        Self::Hindi,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::BrazilianPortuguese,
        Self::Russian,
        Self::Spanish,
        Self::Turkish,
    ];

    /// Its language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Bulgarian => "bg",
            Self::SimplifiedChinese => "zh-CN",
            Self::TraditionalChinese => "zh-TW",
            Self::Danish => "da",
            Self::Dutch => "nl",
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Hindi => "hi",
            Self::Italian => "it",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::BrazilianPortuguese => "pt-BR",
            Self::Russian => "ru",
            Self::Spanish => "es-ES",
            Self::Turkish => "tr",
        }
    }

    /// The language of a tag, in any case.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(tag))
    }

    /// The language of an answer: the person's preference (`lang`) unless it is `browser` or unknown, else the first
    /// known language of the `Accept-Language` header by falling weight, else the instance's own (`fallback`), else
    /// English.
    pub fn choose(accept_language: Option<&str>, preference: Option<&str>, fallback: &str) -> Self {
        preference
            .and_then(Self::from_tag)
            .or_else(|| accept_language.and_then(Self::accepted))
            .or_else(|| Self::from_tag(fallback))
            .unwrap_or_default()
    }

    fn accepted(header: &str) -> Option<Self> {
        let header = header.replace(' ', "");
        let mut wanted: Vec<(&str, f32)> = header
            .split(',')
            .filter_map(|item| {
                let mut parts = item.split(';');
                let tag = parts.next()?;
                let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
                Some((tag, weight))
            })
            .collect();
        wanted.sort_by(|one, other| other.1.total_cmp(&one.1));
        // compat: the language alone counts only where its two letters are a whole tag of ours, so `es` is English.
        wanted.iter().find_map(|(tag, _)| Self::from_tag(tag).or_else(|| Self::from_tag(tag.get(..2)?)))
    }

    /// Which of a text's forms goes with a count (Unicode CLDR, cardinal rules).
    pub(super) fn plural_form(self, count: u64) -> usize {
        match self {
            Self::SimplifiedChinese | Self::TraditionalChinese | Self::Japanese | Self::Korean => 0,
            Self::French | Self::BrazilianPortuguese | Self::Hindi => usize::from(count > 1),
            Self::Russian => match (count % 10, count % 100) {
                (1, hundredth) if hundredth != 11 => 0,
                (2..=4, hundredth) if !(12..=14).contains(&hundredth) => 1,
                _ => 2,
            },
            _ => usize::from(count != 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn chosen(accept_language: &str, expected: Locale) {
        assert_eq!(Locale::choose(Some(accept_language), None, "en"), expected, "{accept_language}");
    }

    #[test]
    fn the_heaviest_known_language_wins() {
        chosen("fr-FR,fr;q=0.9,en;q=0.5", Locale::French);
        chosen("en;q=0.5, de ; q = 0.9", Locale::German);
        chosen("xx, it;q=0.2", Locale::Italian);
        chosen("pt-BR", Locale::BrazilianPortuguese);
        chosen("zh-tw", Locale::TraditionalChinese);
        chosen("ko-KR", Locale::Korean);
        chosen("*, ja;q=0.1", Locale::Japanese);
        chosen("ru;q=nonsense, tr;q=0.1", Locale::Turkish);
    }

    #[test]
    fn english_where_nothing_is_known() {
        for header in ["", "xx", "*", "es", "pt-PT", "zh", "é", ",;=,", ";q=1"] {
            chosen(header, Locale::English);
        }
        assert_eq!(Locale::choose(None, None, "xx"), Locale::English);
        assert_eq!(Locale::choose(Some("xx"), None, "de"), Locale::German);
    }

    #[test]
    fn the_preference_overrides_the_browser() {
        assert_eq!(Locale::choose(Some("fr"), Some("de"), "it"), Locale::German);
        assert_eq!(Locale::choose(Some("fr"), Some("browser"), "it"), Locale::French);
        assert_eq!(Locale::choose(Some("fr"), Some("tlh"), "it"), Locale::French);
    }

    #[test]
    fn tags_lead_back_to_their_language() {
        for locale in Locale::ALL {
            assert_eq!(Locale::from_tag(locale.tag()), Some(locale));
        }
    }

    #[test]
    fn plural_forms() {
        let forms = |locale: Locale| [0, 1, 2, 5, 11, 12, 21, 22].map(|count| locale.plural_form(count));
        assert_eq!(forms(Locale::English), [1, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(forms(Locale::French), [0, 0, 1, 1, 1, 1, 1, 1]);
        assert_eq!(forms(Locale::Japanese), [0; 8]);
        assert_eq!(forms(Locale::Russian), [2, 0, 1, 2, 2, 2, 0, 1]);
    }
}
