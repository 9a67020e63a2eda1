use super::*;

fn read_with(text: &str, environment: &[(&str, &str)]) -> DotEnv {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read(text, &environment.collect())
}

/// Reads a file that has neither problems nor warnings, and returns the value of `A`.
#[track_caller]
fn value(text: &str) -> String {
    let mut found = read_with(text, &[]);
    assert!(found.problems.is_empty() && found.warnings.is_empty(), "{text:?}: {found:?}");
    found.variables.remove("A").unwrap_or_else(|| panic!("{text:?} has no A")).value
}

/// Reads a file with one warning, which must have these words, and returns the value of `A`.
#[track_caller]
fn warned(text: &str, words: &str) -> String {
    let mut found = read_with(text, &[]);
    assert!(found.problems.is_empty(), "{text:?}: {found:?}");
    assert!(found.warnings.len() == 1 && found.warnings[0].contains(words), "{text:?}: {found:?}");
    found.variables.remove("A").unwrap().value
}

/// Reads a file with one problem, and returns that.
#[track_caller]
fn problem(text: &str) -> String {
    let mut problems = read_with(text, &[]).problems;
    assert_eq!(problems.len(), 1, "{text:?}: {problems:?}");
    problems.remove(0)
}

#[test]
fn a_dollar_is_a_dollar() {
    for (text, expected) in [
        ("A=m$ypass$wor@d", "m$ypass$wor@d"),
        ("A=\"pa$word\"", "pa$word"),
        ("A='pa$word'", "pa$word"),
        ("A=0123456789012345678901234567$890abcdef", "0123456789012345678901234567$890abcdef"),
        ("A=$", "$"),
        ("A=$$x$", "$$x$"),
        ("A=\"$\"", "$"),
        ("A=pa$B\nB=1", "pa$B"),
        ("B=1\nA=pa$B", "pa$B"),
        ("A=$(whoami)", "$(whoami)"),
        ("A=a\\$b", "a\\$b"),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn a_name_in_braces_is_another_variable() {
    for (text, expected) in [
        ("B=x\nA=${B}y", "xy"),
        ("B=x\nA=\"${B} ${B}\"", "x x"),
        ("B=\nA=a${B}b", "ab"),
        ("B='${C}'\nC=1\nA=${B}", "${C}"),
        // phpdotenv leaves what it doesn't know.
        ("A=${B}y\nB=x", "${B}y"),
        ("A=${NONE}", "${NONE}"),
        ("A=\"${NONE}\"", "${NONE}"),
        ("B=x\nA='${B}'", "${B}"),
        ("B=x\nA=\"\\${B}\"", "${B}"),
        ("B=x\nA=${B", "${B"),
        ("A=${}", "${}"),
        ("B=x\nA=${B:-y}", "${B:-y}"),
        ("B=x\nA=${${B}}", "${x}"),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
    let found = read_with("B=file\nA=${B} \nC=${HOME}", &[("B", "process"), ("HOME", "/root")]);
    assert_eq!(found.variables["A"].value, "process");
    assert_eq!(found.variables["C"].value, "/root");
}

#[test]
fn comments_blanks_and_line_ends_are_no_values() {
    for text in [
        "A=x",
        "\u{feff}A=x\n",
        "A=x\r\n",
        "A=x\rB=y",
        "# A=y\n\n  # B='\nA=x",
        "  A = x  ",
        "\tA\t=\tx\t",
        "export A=x",
        "export\tA=x",
        "A=x # a comment with \"quotes\" and $",
        "A=x\t#",
        "A=\"x\" # a comment",
        "A='x'#a comment",
        "A=\"x\"   ",
    ] {
        assert_eq!(value(text), "x", "{text:?}");
    }
    assert_eq!(value("A=x#y"), "x#y");
    assert_eq!(value("A=x=y=="), "x=y==");
    assert_eq!(value("A='x # y'"), "x # y");
    assert_eq!(value("A=\"x # y\""), "x # y");
    assert_eq!(value("exportA=1\nA=x"), "x");
}

#[test]
fn a_value_may_be_empty() {
    for text in ["A=", "A=\nB=x", "A=\"\"", "A=''", "A= # a comment", "A=#", "A=   ", "A=\r\nB=x"] {
        assert_eq!(value(text), "", "{text:?}");
    }
}

#[test]
fn quotes_hold_blanks_lines_and_escapes() {
    for (text, expected) in [
        ("A=\" x \"", " x "),
        ("A=' x '", " x "),
        ("A=\"one\ntwo\"", "one\ntwo"),
        ("A='one\r\ntwo'\r\nB=1", "one\ntwo"),
        (r#"A="a\"b""#, "a\"b"),
        (r#"A="a\\b""#, "a\\b"),
        (r#"A="a\\""#, "a\\"),
        (r#"A="a\nb\tc\rd""#, "a\nb\tc\rd"),
        (r"A='a\nb\'", "a\\nb\\"),
        (r"A=DOMAIN\user", r"DOMAIN\user"),
        ("A=it's", "it's"),
        ("A=say\"hi\"", "say\"hi\""),
        ("A='\"x\"'", "\"x\""),
        ("A=\"ä'ö\"", "ä'ö"),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
    let found = read_with("A=\"one\ntwo\"\nB=\n\nC=1", &[]);
    assert_eq!(found.variables.values().map(|variable| variable.line).collect::<Vec<_>>(), [1, 3, 5]);
}

#[test]
fn what_2fauth_refuses_or_reads_otherwise_is_warned_of() {
    assert_eq!(warned("A=My own vault # ours", "blanks"), "My own vault");
    assert_eq!(warned("A=#secret", "quotes"), "");
    assert_eq!(warned("A=\"C:\\Data\"", "backslash"), "C:\\Data");
    assert_eq!(warned("A=1\nA=2", ".env line 2: A: it is set in line 1 already"), "2");
}

#[test]
fn a_problem_names_line_and_variable_and_never_a_value() {
    for (text, begin) in [
        ("MAIL_PASSWORD=ok\nAPP_KEY=\"base64:planted", ".env line 2: APP_KEY: the quote (\") that opens"),
        ("APP_KEY='planted\nDB_PASSWORD=planted", ".env line 1: APP_KEY: the quote (') that opens"),
        ("APP_KEY=\"planted\\", ".env line 1: APP_KEY: the quote"),
        (
            "APP_KEY=\"planted\nMAIL_PASSWORD=\"planted\"",
            ".env line 1: APP_KEY: the quote that opens the value is closed in line 2",
        ),
        ("APP_NAME=\"pla\"nted", ".env line 1: APP_NAME: the quote that opens the value is closed in line 1"),
        ("A=1\n\nplanted", ".env line 3: there is no \"=\""),
        ("=planted", ".env line 1: what stands before"),
        ("planted planted=1", ".env line 1: what stands before"),
        ("planted-x=1", ".env line 1: what stands before"),
        ("planted=\"1", ".env line 1: the quote"),
    ] {
        let problem = problem(text);
        assert!(problem.starts_with(begin) && !problem.contains("planted"), "{text:?}: {problem}");
    }
}

#[test]
fn every_problem_is_reported_and_good_lines_count() {
    let found = read_with("one\nA=1\ntwo\nB=\"x\"y\nC=3\n", &[]);
    assert_eq!(found.problems.len(), 3, "{found:?}");
    assert_eq!(found.variables.keys().collect::<Vec<_>>(), ["A", "C"]);
}

#[test]
fn warnings_hold_no_value() {
    let text = "A=planted planted\nA=planted\nB=#planted\nC=\"plan\\ted \\planted\"\n";
    let found = read_with(text, &[]);
    assert!(found.warnings.len() >= 4 && !format!("{:?}", found.warnings).contains("planted"), "{found:?}");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "[A-B=\"'\\\\$\\{\\}# \t\r\n\u{e4}\u{feff}]{0,60}") {
        let found = read_with(&text, &[]);
        let lines = text.lines().count() + text.matches('\r').count();
        proptest::prop_assert!(found.problems.len() + found.variables.len() <= lines + 1);
    }

    #[test]
    fn any_value_is_kept_in_single_quotes(value in "[^'\r]{0,60}") {
        let found = read_with(&format!("A='{value}' # end\n"), &[]);
        proptest::prop_assert!(found.problems.is_empty());
        proptest::prop_assert_eq!(&found.variables["A"].value, &value);
    }

    #[test]
    fn any_value_is_kept_in_double_quotes_with_escapes(value in "[^\r]{0,60}") {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
        let found = read_with(&format!("A=\"{escaped}\""), &[]);
        proptest::prop_assert!(found.problems.is_empty() && found.warnings.is_empty());
        proptest::prop_assert_eq!(&found.variables["A"].value, &value);
    }
}
