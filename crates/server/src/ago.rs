//! Times as people say them, relative to now or written out, and as programs read them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::messages::{Locale, Message, Phrase};

/// The units of a relative time: their length in seconds, months and years as calendars have them on average; what they
/// are called in the past; and what as a length.
const UNITS: [(u64, Message, Message); 7] = [
    (31_556_952, Message::YearsAgo, Message::Years),
    (2_629_746, Message::MonthsAgo, Message::Months),
    (604_800, Message::WeeksAgo, Message::Weeks),
    (86_400, Message::DaysAgo, Message::Days),
    (3_600, Message::HoursAgo, Message::Hours),
    (60, Message::MinutesAgo, Message::Minutes),
    (1, Message::SecondsAgo, Message::Seconds),
];

/// Returns the time since a moment in words, such as `2 hours ago`. A moment in the future counts as now.
pub fn ago(then: Timestamp, now: Timestamp, locale: Locale) -> String {
    let seconds = u64::try_from(now.as_second() - then.as_second()).unwrap_or(0);
    let (count, past, _) = largest_unit(seconds);
    Phrase::from(past).counted(count).text(locale)
}

/// A length of time in its largest unit, such as `3 hours`.
pub fn length(seconds: u64, locale: Locale) -> String {
    let (count, _, length) = largest_unit(seconds);
    Phrase::from(length).counted(count).text(locale)
}

/// Returns the largest unit that fits into a length of time, and the number of whole ones.
fn largest_unit(seconds: u64) -> (u64, Message, Message) {
    let fits = UNITS.into_iter().find(|(size, ..)| seconds >= *size);
    fits.map_or((0, Message::SecondsAgo, Message::Seconds), |(size, past, length)| (seconds / size, past, length))
}

/// `Thu, Jan 15, 2026 11:30 AM` in a time zone of the IANA database; in UTC when there is no such zone.
pub fn written_out(moment: Timestamp, zone: Option<&str>) -> String {
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    moment.to_zoned_datetime(zone).strftime("%a, %b %-d, %Y %-I:%M %p").to_string()
}

/// `2026-05-16T07:44:27.000000Z` (ISO 8601).
pub fn iso(moment: Timestamp) -> String {
    format!("{moment:.6}")
}

/// The moment some months before `now`; the beginning of time when that is out of range.
pub fn months_before(now: Timestamp, months: i64) -> Timestamp {
    let zoned = now.to_zoned_datetime(TimeZone::UTC);
    let span = Span::new().try_months(months);
    span.and_then(|span| zoned.checked_sub(span)).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

/// A number without what stands behind its point.
#[expect(clippy::cast_possible_truncation, reason = "out of range saturates, which is far beyond any log")]
pub fn whole(number: f64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_largest_unit_counts() {
        let ago = |seconds| ago(at(0), at(seconds), Locale::English);
        assert_eq!(ago(-5), "0 seconds ago");
        assert_eq!(ago(1), "1 second ago");
        assert_eq!(ago(119), "1 minute ago");
        assert_eq!(ago(7_200), "2 hours ago");
        assert_eq!(ago(86_400 * 13), "1 week ago");
        assert_eq!(ago(86_400 * 800), "2 years ago");
    }

    #[test]
    fn in_every_language() {
        let hours = [
            (Locale::Bulgarian, "преди 1 час", "преди 2 часа", "21 часа"),
            (Locale::SimplifiedChinese, "1 小时前", "2 小时前", "21 小时"),
            (Locale::TraditionalChinese, "1 小時前", "2 小時前", "21 小時"),
            (Locale::Danish, "for 1 time siden", "for 2 timer siden", "21 timer"),
            (Locale::Dutch, "1 uur geleden", "2 uur geleden", "21 uur"),
            (Locale::English, "1 hour ago", "2 hours ago", "21 hours"),
            (Locale::French, "il y a 1 heure", "il y a 2 heures", "21 heures"),
            (Locale::German, "vor 1 Stunde", "vor 2 Stunden", "21 Stunden"),
            (Locale::Hindi, "1 घंटे पहले", "2 घंटे पहले", "21 घंटे"),
            (Locale::Italian, "1 ora fa", "2 ore fa", "21 ore"),
            (Locale::Japanese, "1時間前", "2時間前", "21時間"),
            (Locale::Korean, "1시간 전", "2시간 전", "21시간"),
            (Locale::BrazilianPortuguese, "há 1 hora", "há 2 horas", "21 horas"),
            (Locale::Russian, "1 час назад", "2 часа назад", "21 час"),
            (Locale::Spanish, "hace 1 hora", "hace 2 horas", "21 horas"),
            (Locale::Turkish, "1 saat önce", "2 saat önce", "21 saat"),
        ];
        assert_eq!(hours.map(|(locale, ..)| locale), Locale::ALL);
        for (locale, one, two, long) in hours {
            assert_eq!(ago(at(0), at(3_600), locale), one);
            assert_eq!(ago(at(0), at(7_200), locale), two);
            assert_eq!(length(21 * 3_600, locale), long);
        }
    }

    #[test]
    fn cases_and_plurals_differ() {
        assert_eq!(ago(at(0), at(86_400 * 5), Locale::German), "vor 5 Tagen");
        assert_eq!(length(86_400 * 5, Locale::German), "5 Tage");
        let minutes = |count: i64| ago(at(0), at(60 * count), Locale::Russian);
        let said = [1, 3, 5, 11, 22, 41].map(minutes);
        let expected = ["1 минуту", "3 минуты", "5 минут", "11 минут", "22 минуты", "41 минуту"];
        assert_eq!(said, expected.map(|words| format!("{words} назад")));
        assert_eq!(length(60, Locale::Russian), "1 минута");
        assert_eq!(ago(at(0), at(0), Locale::French), "il y a 0 seconde");
        assert_eq!(ago(at(0), at(0), Locale::Spanish), "hace 0 segundos");
    }

    #[test]
    fn iso_has_microseconds() {
        assert_eq!(iso(at(1_768_476_600)), "2026-01-15T11:30:00.000000Z");
    }

    #[test]
    fn written_out_in_the_zone() {
        assert_eq!(written_out(at(1_768_476_600), None), "Thu, Jan 15, 2026 11:30 AM");
        assert_eq!(written_out(at(1_768_476_600), Some("Europe/Paris")), "Thu, Jan 15, 2026 12:30 PM");
        assert_eq!(written_out(at(1_768_476_600), Some("Nowhere/Land")), "Thu, Jan 15, 2026 11:30 AM");
    }
}
