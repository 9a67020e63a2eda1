//! Times as people say them, relative to now or written out, and as programs read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::messages::Locale;

/// The units of a relative time with their length in seconds; months and years as calendars have them on average.
const UNITS: [(&str, u64); 7] = [
    ("year", 31_556_952),
    ("month", 2_629_746),
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
];

/// How long ago a moment was, such as `2 hours ago`; one in the future counts as now.
pub fn ago(then: Timestamp, now: Timestamp, locale: Locale) -> String {
    let seconds = u64::try_from(now.as_second() - then.as_second()).unwrap_or(0);
    let length = length(seconds, locale);
    match locale {
        Locale::French => format!("il y a {length}"),
        _ => format!("{length} ago"),
    }
}

/// A length of time in its largest unit, such as `3 hours`.
pub fn length(seconds: u64, locale: Locale) -> String {
    let (unit, size) = UNITS.into_iter().find(|(_, size)| seconds >= *size).unwrap_or(("second", 1));
    let count = seconds / size;
    match locale {
        Locale::French => {
            let (unit, plural) = match unit {
                "year" => ("an", "ans"),
                "month" => ("mois", "mois"),
                "week" => ("semaine", "semaines"),
                "day" => ("jour", "jours"),
                "hour" => ("heure", "heures"),
                "minute" => ("minute", "minutes"),
                _ => ("seconde", "secondes"),
            };
            format!("{count} {}", if count > 1 { plural } else { unit })
        }
        _ => format!("{count} {unit}{}", if count == 1 { "" } else { "s" }),
    }
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
    fn french() {
        assert_eq!(ago(at(0), at(7_200), Locale::French), "il y a 2 heures");
        assert_eq!(length(1, Locale::French), "1 seconde");
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
