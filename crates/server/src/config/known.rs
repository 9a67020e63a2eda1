//! The names of variables: those of Sixpin, and those of 2FAuth that have no effect here. Others that look like them are
//! warned of, since a variable with a wrong name has no effect either.

use std::collections::BTreeSet;

use super::vars::Vars;

/// The document that has every variable in the first column of its tables.
const DOCUMENT: &str = include_str!("../../../../docs/configuration.md");

/// Beginnings of our names. In a `.env`, another name with one of them is warned of.
const PREFIXES: [&str; 18] = [
    "APP_",
    "AUTH_",
    "AUTHENTICATION_",
    "AUTH_PROXY_",
    "DB_",
    "GITHUB_",
    "LISTEN",
    "LOGIN_",
    "LOG_",
    "MAIL_",
    "MAX_",
    "OPENID_",
    "OUTGOING_",
    "SESSION_",
    "THROTTLE_",
    "TRUSTED_",
    "USERPREF_",
    "WEBAUTHN_",
];

/// Beginnings of our names that no other program uses: they are warned of in the environment of the process too.
const OWN_PREFIXES: [&str; 3] = ["AUTH_PROXY_", "USERPREF_", "WEBAUTHN_"];

/// 2FAuth's variables without effect; `*` stands for any end.
const WITHOUT_EFFECT: &[&str] = &[
    "APP_FALLBACK_LOCALE",
    "APP_MAINTENANCE_*",
    "APP_TIMEZONE",
    "ARGON_*",
    "ASSET_URL",
    "AUTH_PASSWORD_TIMEOUT",
    "AWS_*",
    "BCRYPT_ROUNDS",
    "BROADCAST_DRIVER",
    "CACHE_*",
    "CONTENT_SECURITY_POLICY",
    "DB_CACHE_*",
    "DB_CHARSET",
    "DB_COLLATION",
    "DB_FOREIGN_KEYS",
    "DYNAMODB_*",
    "FILESYSTEM_*",
    "HASH_DRIVER",
    "HEROKU_APP_NAME",
    "IS_TESTING_APP",
    "LOG_CHANNEL",
    "LOG_DAILY_DAYS",
    "LOG_DEPRECATIONS_*",
    "LOG_PAPERTRAIL_*",
    "LOG_SLACK_*",
    "LOG_STACK",
    "LOG_STDERR_FORMATTER",
    "LOG_SYSLOG_FACILITY",
    "MAILGUN_*",
    "MAIL_LOG_CHANNEL",
    "MEMCACHED_*",
    "MIX_*",
    "PAPERTRAIL_*",
    "PASSPORT_*",
    "PHP_MEMORY_LIMIT_TEMP_OVERRIDE",
    "POSTMARK_TOKEN",
    "PUSHER_*",
    "QUEUE_*",
    "REDIS_*",
    "RESEND_KEY",
    "SESSION_CONNECTION",
    "SESSION_DRIVER",
    "SESSION_ENCRYPT",
    "SESSION_LIFETIME",
    "SESSION_STORE",
    "SESSION_TABLE",
    "SITE_OWNER",
    "VITE_*",
    "WEBAUTHN_ICON",
];

/// Warns of variables that have no effect: 2FAuth's, and misspelt ones.
pub(super) fn warn_of_unknown(vars: &mut Vars) {
    let known: BTreeSet<String> = documented().chain(vars.asked().map(str::to_owned)).collect();
    let mut warnings = Vec::new();
    let mut without_effect = Vec::new();
    for (name, is_of_process) in vars.names().filter(|(name, _)| !known.contains(*name)) {
        if is_without_effect(name) {
            // Other programs have some of these names in the environment of the process.
            if !is_of_process || PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
                without_effect.push(name);
            }
        } else if let Some(stem) = name.strip_suffix("_FILE").filter(|stem| known.contains(*stem)) {
            warnings.push(format!("{name} has no effect: {stem} can't be read from a file, set it itself"));
        } else if let Some(near) = nearest(name, &known, is_of_process) {
            warnings.push(format!("{name} has no effect: is {near} meant?"));
        } else if prefixes(is_of_process).iter().any(|prefix| name.starts_with(prefix)) {
            warnings.push(format!("{name} has no effect: Sixpin has no such variable"));
        }
    }
    if !without_effect.is_empty() {
        let names = without_effect.join(", ");
        warnings.push(format!("these variables of 2FAuth have no effect in Sixpin: {names}"));
    }
    for warning in warnings {
        vars.warning(warning);
    }
}

fn prefixes(is_of_process: bool) -> &'static [&'static str] {
    if is_of_process { &OWN_PREFIXES } else { &PREFIXES }
}

fn is_without_effect(name: &str) -> bool {
    WITHOUT_EFFECT.iter().any(|known| known.strip_suffix('*').map_or(*known == name, |begin| name.starts_with(begin)))
}

/// Returns the names in the first columns of the document's tables, in backticks. A `*` behind one marks a secret, which
/// has another name with `_FILE`.
fn documented() -> impl Iterator<Item = String> {
    let cells = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells.flat_map(|cell| {
        let mut parts = cell.split('`').skip(1);
        let mut names = Vec::new();
        while let Some(name) = parts.next() {
            let is_secret = parts.next().is_some_and(|between| between.trim_start().starts_with('*'));
            if name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'_')) {
                names.push(name.to_owned());
                names.extend(is_secret.then(|| format!("{name}_FILE")));
            }
        }
        names
    })
}

/// Returns the known name that a name was probably meant to be. In the environment of the process, names with more than
/// one mistake must have one of our beginnings.
fn nearest<'a>(name: &str, known: &'a BTreeSet<String>, is_of_process: bool) -> Option<&'a str> {
    let mistakes = match name.len() {
        0..5 => return None,
        5..8 => 1,
        _ if is_of_process && !PREFIXES.iter().any(|prefix| name.starts_with(prefix)) => 1,
        8..12 => 2,
        _ => 3,
    };
    let capitals = name.to_ascii_uppercase();
    let near = known.iter().map(|known| (distance(&capitals, known), known.as_str()));
    near.filter(|(distance, _)| *distance <= mistakes).min().map(|(_, known)| known)
}

/// Returns the number of mistakes between two names: a character too much, missing, other, or in the place of the next
/// one (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, left) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, right) in other.iter().enumerate() {
            let mut least = (row[j] + usize::from(left != right)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *left == other[j - 1] && one[i - 1] == *right {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Returns the warnings about variables of the process, and of a `.env`.
    fn warnings(of_process: &[&str], of_file: &str) -> Vec<String> {
        let given = of_process.iter().map(|name| ((*name).to_owned(), "1".to_owned()));
        let mut vars = Vars::with_file(given.collect::<BTreeMap<_, _>>(), of_file);
        warn_of_unknown(&mut vars);
        vars.into_findings().1
    }

    #[test]
    fn a_misspelt_name_is_warned_of_with_the_right_one() {
        for (wrong, right) in [
            ("LISTEM", "LISTEN"),
            ("APP_KYE", "APP_KEY"),
            ("app_key", "APP_KEY"),
            ("DATADIR", "DATA_DIR"),
            ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
            ("AUTH_PROXY_HEADER_FOR_USRE", "AUTH_PROXY_HEADER_FOR_USER"),
        ] {
            let expected = format!("{wrong} has no effect: is {right} meant?");
            assert_eq!(warnings(&[], &format!("{wrong}=planted")), [expected], "{wrong}");
        }
        assert_eq!(warnings(&["APP_KYE"], ""), ["APP_KYE has no effect: is APP_KEY meant?"]);
    }

    #[test]
    fn a_name_of_ours_is_not_warned_of() {
        let of_file = documented().fold(String::new(), |text, name| text + &name + "=1\n");
        assert_eq!(warnings(&[], &of_file), [""; 0]);
        for name in ["LISTEN", "APP_KEY_FILE", "DATABASE_URL_FILE", "AUTH_PROXY_SECRET_FILE", "MAIL_DRIVER"] {
            assert!(documented().any(|documented| documented == name), "{name}");
        }
    }

    #[test]
    fn names_of_other_programs_in_the_environment_are_not_warned_of() {
        let others =
            ["HOME", "PATH", "LISTEN_FDS", "LISTEN_PID", "GITHUB_ACTIONS", "MAIL", "REDIS_URL", "SESSION_MANAGER"];
        assert_eq!(warnings(&others, ""), [""; 0]);
        assert_eq!(warnings(&["AUTH_PROXY_MAGIC"], "").len(), 1);
    }

    #[test]
    fn other_names_in_the_file_are_warned_of_by_their_beginning() {
        let found =
            warnings(&[], "APP_COLOUR=1\nGREETING=hello\nAPP_URL_FILE=/x\nSESSION_LIFETIME=5\nLOG_CHANNEL=daily\n");
        assert_eq!(found.len(), 3, "{found:?}");
        for (words, found) in
            ["APP_COLOUR has no effect", "APP_URL_FILE has no effect", "LOG_CHANNEL, SESSION_LIFETIME"]
                .iter()
                .zip(found)
        {
            assert!(found.contains(words), "{found}");
        }
    }
}
