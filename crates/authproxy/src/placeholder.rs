//! Texts that programs send in place of a value that isn't there.
//!
//! They come by kinds: words of languages for nothing, variables that a configuration didn't expand, and what is left of
//! a format without its argument. Whatever user such a text named would be shared by all whom the proxy didn't sign in.
//! What people are called must pass: `PC01$`, `a{b}`, `Nil`, `Nan`.

/// Words for nothing, in any case.
const WORDS: [&str; 5] = ["null", "none", "undefined", "anonymous", "anonymous user"];
/// Words for nothing that are written so alone: in another case they are names.
const EXACT_WORDS: [&str; 3] = ["nil", "NIL", "NaN"];
/// Further words that say nothing between brackets.
const BRACKETED: [&str; 10] =
    ["nil", "nan", "no value", "not set", "unset", "unknown", "empty", "missing", "user", "username"];
/// Brackets and quotes around a word.
const BRACKETS: [(char, char); 7] =
    [('(', ')'), ('<', '>'), ('[', ']'), ('{', '}'), ('"', '"'), ('\'', '\''), ('`', '`')];
/// The start and the end of templates, within any text.
const TEMPLATES: [(&str, &str); 8] =
    [("${", "}"), ("%{", "}"), ("#{", "}"), ("@{", "}"), ("{{", "}}"), ("$(", ")"), ("<%", "%>"), ("%[", "]")];
/// The start of templates and of printed objects, which make the whole text one.
const BEGINNINGS: [&str; 7] = ["${", "%{", "%[", "%(", "{{", "[object ", "#<"];

/// Whether a text stands for a value that isn't there.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    is_word(text) || is_bracketed(text) || is_unexpanded(text) || parts(text).any(is_hollow)
}

/// Returns the parts of a text with a domain or a realm: the name alone.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let account = text.rsplit_once('@').map(|(account, _)| account);
    let inner = text.rsplit_once('\\').map(|(_, inner)| inner);
    account.into_iter().chain(inner)
}

/// Whether the name in front of or behind a domain stands for nothing. Plain words don't: people have addresses such as
/// `nil@example.org`.
fn is_hollow(name: &str) -> bool {
    name.eq_ignore_ascii_case("undefined") || is_bracketed(name) || is_unexpanded(name)
}

fn is_word(text: &str) -> bool {
    text == "-"
        || text.eq_ignore_ascii_case("n/a")
        || text.eq_ignore_ascii_case("anonymous%20user")
        || EXACT_WORDS.contains(&text)
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a text is a word for nothing between brackets, such as `(null)` and `<no value>`, or empty brackets, or any
/// text between braces or backticks.
fn is_bracketed(text: &str) -> bool {
    let inner = |(start, end): &(char, char)| text.strip_prefix(*start)?.strip_suffix(*end).map(str::trim);
    BRACKETS.iter().any(|brackets| match (inner(brackets), brackets.0) {
        (None, _) => false,
        (Some(_), '{' | '`') | (Some(""), _) => true,
        (Some(inner), start) => {
            let is_listed = BRACKETED.iter().any(|word| inner.eq_ignore_ascii_case(word));
            // `<remote_user>`, but not `<script>`; and an object as Python prints it.
            let is_variable =
                start == '<' && (inner.contains(['_', '-']) && is_identifier(inner) || inner.contains(" at 0x"));
            is_word(inner) || is_listed || is_variable
        }
    })
}

/// Whether a text is, or has in it, a variable or a format that was passed on instead of its value.
fn is_unexpanded(text: &str) -> bool {
    let has_template = |(start, end): &(&str, &str)| text.split_once(start).is_some_and(|(_, rest)| rest.contains(end));
    BEGINNINGS.iter().any(|start| text.starts_with(start))
        || TEMPLATES.iter().any(has_template)
        || text.strip_prefix('$').is_some_and(is_variable)
        || is_enclosed_in_percent(text)
        || text.strip_prefix('%').is_some_and(is_conversion)
        || has_go_error(text)
}

/// Whether a text is the name of a variable, or the number of an argument: `http_remote_user`, `1`.
fn is_variable(name: &str) -> bool {
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    is_number || (is_identifier(name) && !name.contains('-'))
}

fn is_identifier(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && name.bytes().all(is_part)
}

/// Whether a text is a variable as IIS, Windows and Envoy write it: `%REMOTE_USER%`, `%REQ(X-USER)%`.
fn is_enclosed_in_percent(text: &str) -> bool {
    let inner = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    inner.is_some_and(|inner| {
        inner.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && !inner.contains('%')
    })
}

/// Whether a text is what follows `%` in a conversion of printf or a log format: `s`, `1$s`, `ul`, `@`.
fn is_conversion(rest: &str) -> bool {
    let kind = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let kind = if kind.len() == rest.len() { Some(kind) } else { kind.strip_prefix('$') };
    kind.is_some_and(|kind| {
        kind == "@" || (1..=2).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether Go's `fmt` complains of an argument within a text: `%!s(<nil>)`, `%!(EXTRA string=x)`.
fn has_go_error(text: &str) -> bool {
    let is_error = |rest: &str| {
        let rest = rest.strip_prefix(|verb: char| verb.is_ascii_alphabetic()).unwrap_or(rest);
        rest.starts_with('(')
    };
    text.split("%!").skip(1).any(is_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v_17_v_28_words_for_nothing_in_any_language() {
        for nothing in [
            "null",
            "NULL",
            "(null)",
            "None",
            "NONE",
            "undefined",
            "-",
            "anonymous",
            "Anonymous User",
            "nil",
            "NIL",
            "NaN",
            "<nil>",
            "(nil)",
            "<none>",
            "<null>",
            "<undefined>",
            "<no value>",
            "< no value >",
            "(none)",
            "(unknown)",
            "<unset>",
            "(not set)",
            "[null]",
            "\"null\"",
            "'none'",
            "\"\"",
            "''",
            "<>",
            "()",
            "[]",
            "{}",
            "N/A",
            "<anonymous>",
            "(empty)",
            "[object Object]",
            "[object Undefined]",
            "[object Null]",
            "<object object at 0x7f3a>",
            "#<User:0x0001>",
            "`id`",
        ] {
            assert!(is_placeholder(nothing), "{nothing}");
        }
    }

    #[test]
    fn v_18_v_29_variables_that_were_not_expanded() {
        for variable in [
            "$http_remote_user",
            "$authentik_username",
            "$REMOTE_USER",
            "$_user",
            "$user.name",
            "$1",
            "${user}",
            "${user",
            "x${user}y",
            "$(whoami)",
            "$user@example.org",
            "${user}@EXAMPLE.ORG",
            "CORP\\$remote_user",
            "CORP\\(null)",
            "(null)@EXAMPLE.ORG",
            "undefined@example.org",
            "%{REMOTE_USER}e",
            "%{REMOTE_USER",
            "%[var(txn.user)]",
            "%REMOTE_USER%",
            "%USERNAME%",
            "CORP\\%USERNAME%",
            "%REQ(X-USER)%",
            "{http.auth.user.id}",
            "{{ .User }}",
            "{{user}}",
            "#{user.name}",
            "@{user}",
            "<%= user %>",
            "<remote_user>",
            "<user>",
            "<USERNAME>",
            "<your-name>",
            "%(user)s",
        ] {
            assert!(is_placeholder(variable), "{variable}");
        }
    }

    #[test]
    fn v_30_what_is_left_of_a_format() {
        for left in [
            "%!s(<nil>)",
            "%!v(<nil>)",
            "%!d(string=x)",
            "%!s(MISSING)",
            "%!(EXTRA string=x)",
            "user %!s(<nil>)",
            "%s",
            "%v",
            "%d",
            "%ul",
            "%u",
            "%1$s",
            "%@",
        ] {
            assert!(is_placeholder(left), "{left}");
        }
    }

    #[test]
    fn v_31_names_of_people_and_machines_are_no_placeholders() {
        for name in [
            "PC01$",
            "PC01$@EXAMPLE.ORG",
            "CORP\\PC01$",
            "a$b",
            "$DUPLICATE-1f4",
            "$",
            "us$r",
            "cash$$",
            "Nil",
            "Nan",
            "nan",
            "nil@example.org",
            "null@example.org",
            "nobody",
            "nonesuch",
            "Null Island",
            "--",
            "a{b}",
            "{a",
            "<script>",
            "<b>",
            "(Ana)",
            "[x]",
            "100%",
            "50% off",
            "%",
            "%41dmin",
            "%61bob",
            "%C3%A9lodie",
            "Kurt%20G%C3%B6del",
            "unknown",
            "missing",
            "user",
            "username",
            "Mr. (null pointer)",
            "o'neil",
            "alice, admin",
            "' OR 1=1 --",
            "\"Bob\"",
            "=?utf-8?q?a?=",
            "a@b",
            "x@remote",
            "#1",
            "ana#2",
            "дима",
            "object Object",
            "%user",
            "!s(x)",
        ] {
            assert!(!is_placeholder(name), "{name}");
        }
    }
}
