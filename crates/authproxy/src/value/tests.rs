use super::*;

fn value(bytes: &[u8], encoding: Encoding) -> Result<String, Reason> {
    let text = decode(bytes, encoding)?;
    check(&text)?;
    Ok(text)
}

#[track_caller]
fn accepted(bytes: impl AsRef<[u8]>, encoding: Encoding, expected: &str) {
    assert_eq!(value(bytes.as_ref(), encoding).as_deref(), Ok(expected));
}

#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, encoding: Encoding, reason: Reason) {
    assert_eq!(value(bytes.as_ref(), encoding), Err(reason), "{:?}", String::from_utf8_lossy(bytes.as_ref()));
}

#[test]
fn v_01_v_02_blanks() {
    refused("", Encoding::Utf8, Reason::Empty);
    refused("   \t", Encoding::Utf8, Reason::Empty);
    refused("%20%09", Encoding::Percent, Reason::Empty);
    accepted("  john \t", Encoding::Utf8, "john");
}

#[test]
fn v_03_to_v_06_characters_outside_of_ascii() {
    accepted("Gödel", Encoding::Utf8, "Gödel");
    refused(b"G\xF6del", Encoding::Utf8, Reason::Undecodable);
    accepted(b"G\xF6del", Encoding::Latin1, "Gödel");
    refused(b"G\x85del", Encoding::Latin1, Reason::BadChar);
    accepted("Go\u{308}del", Encoding::Utf8, "Gödel");
}

#[test]
fn v_07_to_v_10_percent_encoding() {
    accepted("Kurt%20G%C3%B6del", Encoding::Utf8, "Kurt%20G%C3%B6del");
    accepted("Kurt%20G%C3%B6del", Encoding::Percent, "Kurt Gödel");
    for bad in ["%", "a%2", "%ZZ", "%FF", "%+1%C3"] {
        refused(bad, Encoding::Percent, Reason::Undecodable);
    }
    refused("a%0d%0ab", Encoding::Percent, Reason::BadChar);
    refused("a%00", Encoding::Percent, Reason::BadChar);
    accepted("%2561dmin", Encoding::Percent, "%61dmin");
}

#[test]
fn v_11_v_12_encoded_words() {
    accepted("=?utf-8?q?Ferris_B=C3=BCller?=", Encoding::Rfc2047, "Ferris Büller");
    accepted("=?UTF-8?B?R8O2ZGVs?=", Encoding::Rfc2047, "Gödel");
    accepted("=?iso-8859-1?Q?G=F6del?=", Encoding::Rfc2047, "Gödel");
    accepted("=?utf-8?q?a=C3=BC?= =?utf-8?q?_b?=  plain  word", Encoding::Rfc2047, "aü b  plain  word");
    accepted("john doe", Encoding::Rfc2047, "john doe");
    for bad in [
        "=?utf-8?q?a",
        "=?utf-8?x?a?=",
        "=?koi8-r?q?a?=",
        "=?utf-8?q?=F6?=",
        "=?utf-8?q?a b?=",
        "a=?utf-8?q?b?=",
        "é",
        "=?utf-8?q?a?b?=",
        "=?utf-8?b?!?=",
        "=?us-ascii?q?=C3=B6?=",
        "=?=",
    ] {
        refused(bad, Encoding::Rfc2047, Reason::Undecodable);
    }
    accepted("=?utf-8?q?admin?=", Encoding::Utf8, "=?utf-8?q?admin?=");
}

#[test]
fn quoted_printable() {
    accepted("Kurt G=C3=B6del_x", Encoding::QuotedPrintable, "Kurt Gödel_x");
    refused("a=", Encoding::QuotedPrintable, Reason::Undecodable);
    refused("a=\t", Encoding::QuotedPrintable, Reason::Undecodable);
}

#[test]
fn v_13_v_14_lengths() {
    accepted("é".repeat(191), Encoding::Utf8, &"é".repeat(191));
    refused("é".repeat(192), Encoding::Utf8, Reason::TooLong);
    refused("a".repeat(300), Encoding::Utf8, Reason::TooLong);
    refused("a".repeat(300_000), Encoding::Utf8, Reason::TooLong);
    refused(" ".repeat(1025), Encoding::Utf8, Reason::TooLong);
}

#[test]
fn v_16_invisible_characters() {
    for bad in "\t\u{202E}\u{200B}\u{FEFF}\u{A0}\u{3000}\u{200D}\u{2028}\u{E000}\u{FFFD}\u{FFFF}\u{AD}\u{378}\u{FE0F}\u{3164}\u{E0061}".chars() {
        refused(format!("a{bad}b"), Encoding::Utf8, Reason::BadChar);
    }
}

#[test]
fn v_17_v_18_placeholders() {
    for bad in [
        "(null)",
        "NULL",
        "-",
        "none",
        "undefined",
        "ANONYMOUS",
        "Anonymous User",
        "Anonymous%20User",
        "{http.auth.user.id}",
        "${user}",
        "%{REMOTE_USER}e",
        "%[var(txn.user)]",
        "ａｎｏｎｙｍｏｕｓ",
        "＄user",
        "<nil>",
        "$http_remote_user",
        "%!s(<nil>)",
        "{}",
    ] {
        refused(bad, Encoding::Utf8, Reason::Sentinel);
    }
    refused("Anonymous%20User", Encoding::Percent, Reason::Sentinel);
    for good in ["nonesuch", "--", "a{b}", "{a", "null2", "nobody"] {
        accepted(good, Encoding::Utf8, good);
    }
}

#[test]
fn v_23_hostile_texts_are_names_like_others() {
    for name in ["' OR 1=1 --", "<script>", "../../x", "Any Value 42, é@x/y", "alice, admin"] {
        accepted(name, Encoding::Utf8, name);
    }
}
