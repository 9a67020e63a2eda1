use axum::body::Bytes;

use serde_json::{Value, json};

use super::super::rules::{has_no_colon, is_group_name, is_id_list};
use super::super::upload::Upload;
use super::*;
use crate::messages::{Locale, Message, Phrase};

fn input(fields: Value) -> Input {
    match fields {
        Value::Object(fields) => Input::from(fields),
        other => panic!("not an object: {other}"),
    }
}

fn with_file(name: &str, bytes: &'static [u8]) -> Input {
    let upload = Upload { name: name.into(), file_name: "x".into(), bytes: Bytes::from_static(bytes) };
    Input { files: vec![upload], ..Input::default() }
}

/// The messages in English, field by field, without the texts that follow from the rules alone.
fn verdict(input: &Input, rules: impl FnOnce(&mut Validation<'_>)) -> Value {
    let mut check = Validation::new(input);
    rules(&mut check);
    check.finish(|| Ok(())).err().map_or(Value::Null, |invalid| invalid.body(Locale::English)["errors"].clone())
}

/// Applies the rules to a field `x` with a value, and returns the messages of the failed ones in order.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a table of values reads better")]
fn check(value: Value, rules: impl FnOnce(Field<'_, '_>), expected: &[Message]) {
    let fields = input(json!({ "x": value }));
    let mut check = Validation::new(&fields);
    rules(check.field("x"));
    let failed: Vec<Message> = check.invalid.fields().flat_map(|(_, phrases)| phrases).map(Phrase::message).collect();
    assert_eq!(failed, expected, "{:?}", fields.value("x"));
}

#[test]
fn what_exists_is_asked_only_for_what_could() {
    let is_one = |id: &i64| *id == 1;
    check(json!("1"), |x| drop(x.integer().exists(is_one)), &[]);
    check(json!(2), |x| drop(x.integer().exists(is_one)), &[Message::Exists]);
    check(json!("x"), |x| drop(x.integer().exists(is_one)), &[Message::Integer]);
    check(json!(null), |x| drop(x.required().integer().exists(is_one)), &[Message::Required]);
    check(json!(null), |x| drop(x.nullable().integer().exists(is_one)), &[]);
}

#[test]
fn required() {
    for value in [json!(null), json!(""), json!("  "), json!([]), json!({})] {
        check(value, |x| drop(x.required()), &[Message::Required]);
    }
    for value in [json!(false), json!(0), json!("0"), json!([null]), json!("x")] {
        check(value, |x| drop(x.required()), &[]);
    }
    let blank = input(json!({"password": "   "}));
    assert_eq!(
        verdict(&blank, |check| {
            check.field("password").required().string().optional();
        }),
        json!({"password": ["The password field is required."]})
    );
}

#[test]
fn presence() {
    let fields = input(json!({"null": null}));
    let errors = verdict(&fields, |check| {
        check.field("null").present().nullable().string().optional();
        check.field("absent").present().integer().between(5, 10).optional();
        check.field("optional").integer().between(5, 10).optional();
        check.field("skipped").sometimes().required().optional();
    });
    assert_eq!(errors, json!({"absent": ["The absent field must be present."]}));
    check(json!(null), |x| drop(x.sometimes().required()), &[Message::Required]);
    check(json!(""), |x| drop(x.sometimes().required().boolean()), &[Message::Required]);
}

#[test]
fn null_is_only_fine_where_nullable() {
    check(json!(null), |x| drop(x.nullable().string().matches(has_no_colon, Message::NoColon)), &[]);
    check(json!(null), |x| drop(x.string()), &[Message::String]);
    check(json!(""), |x| drop(x.bail().string().base32()), &[Message::String]);
    check(json!(null), |x| drop(x.integer().between(5, 10)), &[Message::Integer, Message::Between]);
    check(json!(null), |x| drop(x.string().one_of(&["steamtotp"], Message::In)), &[Message::String, Message::In]);
    check(json!(null), |x| drop(x.boolean()), &[Message::Boolean]);
    check(json!(null), |x| drop(x.array()), &[Message::Array]);
}

#[test]
fn all_rules_apply_unless_bail() {
    fn rules(x: Field<'_, '_>) {
        drop(x.string().matches(has_no_colon, Message::NoColon));
    }
    check(json!("a:b"), rules, &[Message::NoColon]);
    check(json!(5), rules, &[Message::String]);
    check(json!(true), rules, &[Message::String, Message::NoColon]);
    check(json!(["x"]), rules, &[Message::String, Message::NoColon]);
    check(json!(["x"]), |x| drop(x.bail().string().matches(has_no_colon, Message::NoColon)), &[Message::String]);
    check(
        json!(["1"]),
        |x| drop(x.required().string().matches(is_id_list, Message::IdList)),
        &[Message::String, Message::IdList],
    );
}

#[test]
fn integers_and_their_bounds() {
    fn digits(x: Field<'_, '_>) {
        drop(x.nullable().integer().between(5, 10));
    }
    for value in [json!(5), json!(10), json!("8"), json!("+6"), json!(null), json!(6.0)] {
        check(value, digits, &[]);
    }
    check(json!(4), digits, &[Message::Between]);
    check(json!("11"), digits, &[Message::Between]);
    check(json!(6.5), digits, &[Message::Integer]);
    check(json!("x"), digits, &[Message::Integer, Message::Between]);
    check(json!("1.0"), digits, &[Message::Integer, Message::Between]);
    check(json!(true), digits, &[Message::Integer, Message::Between]);
    check(json!(false), |x| drop(x.integer()), &[Message::Integer]);
    check(json!("x"), |x| drop(x.integer().min(1)), &[Message::Integer]);
    check(json!(0), |x| drop(x.integer().min(1)), &[Message::MinNumeric]);
    check(json!("4294967296"), |x| drop(x.integer().min(1).max(4_294_967_295)), &[Message::MaxNumeric]);
    check(json!("-1"), |x| drop(x.integer().min(0)), &[Message::MinNumeric]);
    check(json!(30.5), |x| drop(x.integer().min(1)), &[Message::Integer]);
}

#[test]
fn numbers() {
    for value in [json!(1), json!("1.5"), json!("-3"), json!(0.1)] {
        check(value, |x| drop(x.sometimes().numeric()), &[]);
    }
    for value in [json!("x"), json!(null), json!(""), json!(true), json!([1])] {
        check(value, |x| drop(x.sometimes().numeric()), &[Message::Numeric]);
    }
}

#[test]
fn booleans() {
    for value in [json!(true), json!(false), json!(0), json!(1), json!("0"), json!("1")] {
        check(value, |x| drop(x.required().boolean()), &[]);
    }
    for value in
        [json!(2), json!(5), json!(0.1), json!(1.0), json!("01"), json!("true"), json!("yes"), json!("abc"), json!([1])]
    {
        check(value, |x| drop(x.required().boolean()), &[Message::Boolean]);
    }
    for value in [json!(null), json!(""), json!([])] {
        check(value, |x| drop(x.required().boolean()), &[Message::Required]);
    }
}

#[test]
fn sizes_of_texts_and_lists() {
    check(json!("é".repeat(32)), |x| drop(x.max_characters(32)), &[]);
    check(json!("é".repeat(33)), |x| drop(x.max_characters(32)), &[Message::MaxString]);
    check(json!(123), |x| drop(x.max_characters(2)), &[Message::MaxString]);
    check(json!("1234567"), |x| drop(x.string().min_characters(8)), &[Message::MinString]);
    check(json!([]), |x| drop(x.required().array().min_items(1)), &[Message::Required]);
    check(json!({"a": 1}), |x| drop(x.required().array().min_items(1)), &[]);
    check(json!([1]), |x| drop(x.array().min_items(2)), &[Message::MinArray]);
    check(json!("x"), |x| drop(x.required().array()), &[Message::Array]);
}

#[test]
fn group_names() {
    fn name(x: Field<'_, '_>) {
        drop(x.required().matches(is_group_name, Message::GroupNameLetters).max_characters(32));
    }
    check(json!("vàlîdWörd"), name, &[]);
    check(json!(5), name, &[]);
    check(json!(true), name, &[Message::GroupNameLetters]);
    check(json!(["x"]), name, &[Message::GroupNameLetters]);
    check(json!("x".repeat(33)), name, &[Message::MaxString]);
}

#[test]
fn words_emails_and_letters() {
    let types = ["totp", "hotp"];
    check(json!("totp"), |x| drop(x.string().one_of(&types, Message::OtpType)), &[]);
    check(json!("TOTP"), |x| drop(x.string().one_of(&types, Message::OtpType)), &[Message::OtpType]);
    check(json!(5), |x| drop(x.one_of(&["5"], Message::In)), &[]);
    check(json!("user@host"), |x| drop(x.email()), &[]);
    check(json!("x"), |x| drop(x.email()), &[Message::Email]);
    check(json!(5), |x| drop(x.email()), &[Message::Email]);
    check(json!("abcé"), |x| drop(x.alpha()), &[]);
    check(json!("abc1"), |x| drop(x.alpha().max_characters(128)), &[Message::Alpha]);
    check(json!(5), |x| drop(x.alpha()), &[Message::Alpha]);
    check(json!("eee"), |x| drop(x.string().base32()), &[]);
    check(json!("1.0"), |x| drop(x.string().base32()), &[Message::Base32]);
}

#[test]
fn lowered_fields_are_there_but_empty() {
    let mut fields = input(json!({"otp_type": "TOTP", "algorithm": null, "number": 1}));
    for name in ["otp_type", "algorithm", "custom_otp", "number"] {
        fields.lowercase(name);
    }
    let errors = verdict(&fields, |check| {
        check.field("otp_type").required().string().one_of(&["totp"], Message::OtpType).optional();
        check.field("algorithm").present().string().one_of(&["sha1"], Message::In).optional();
        check.field("custom_otp").string().one_of(&["steamtotp"], Message::In).optional();
        check.field("number").string().one_of(&["sha1"], Message::In).optional();
    });
    assert_eq!(errors, json!({"number": ["The selected number is invalid."]}));
    let required = verdict(&fields, |check| {
        check.field("algorithm").required().optional();
    });
    assert_eq!(required, json!({"algorithm": ["The algorithm field is required."]}));
}

#[test]
fn confirmation() {
    let fields = input(json!({"password": " secret ", "password_confirmation": " secret ", "other": "x"}));
    let errors = verdict(&fields, |check| {
        check.field("password").required().confirmed().optional();
        check.field("other").confirmed().optional();
    });
    assert_eq!(errors, json!({"other": ["The other field confirmation does not match."]}));
}

#[test]
fn elements() {
    let rules = |check: &mut Validation<'_>| {
        let ids = check.field("user_ids").required().array().min_items(1);
        ids.each(|id| id.required().integer().distinct().value()).optional();
    };
    assert_eq!(verdict(&input(json!({"user_ids": [1, "2", 3]})), rules), Value::Null);
    assert_eq!(
        verdict(&input(json!({"user_ids": [1, "+1", null, true, "x", "x"]})), rules),
        json!({
            "user_ids.0": ["The user_ids.0 field has a duplicate value."],
            "user_ids.1": ["The user_ids.1 field has a duplicate value."],
            "user_ids.2": ["The user_ids.2 field is required."],
            "user_ids.3": ["The user_ids.3 field must be an integer."],
            "user_ids.4": ["The user_ids.4 field must be an integer.", "The user_ids.4 field has a duplicate value."],
            "user_ids.5": ["The user_ids.5 field must be an integer.", "The user_ids.5 field has a duplicate value."],
        })
    );
    assert_eq!(
        verdict(&input(json!({"user_ids": {"a": "x"}})), rules),
        json!({"user_ids.a": ["The user ids.a field must be an integer."]})
    );
    assert_eq!(
        verdict(&input(json!({"user_ids": 1})), rules),
        json!({"user_ids": ["The user ids field must be an array."]})
    );
}

#[test]
fn one_field_depending_on_another() {
    let rules = |check: &mut Validation<'_>| {
        check.field("payload").required_without("file").string().optional();
        check.field("file").required_without("payload").export().optional();
    };
    assert_eq!(
        verdict(&input(json!({"payload": []})), rules),
        json!({
            "payload": ["The payload field is required when file is not present."],
            "file": ["The file field is required when payload is not present."],
        })
    );
    assert_eq!(
        verdict(&input(json!({"payload": 5})), rules),
        json!({"payload": ["The payload field must be a string."]})
    );
    assert_eq!(verdict(&input(json!({"payload": "x"})), rules), Value::Null);
    assert_eq!(verdict(&with_file("file", b"otpauth://totp/x"), rules), Value::Null);

    let variant = |check: &mut Validation<'_>| {
        check.field("variant").sometimes().missing_with("iconPack").string().optional();
    };
    assert_eq!(
        verdict(&input(json!({"variant": "dark", "iconPack": null})), variant),
        json!({"variant": ["The variant field must be missing when icon pack is present."]})
    );
    assert_eq!(verdict(&input(json!({"variant": "dark"})), variant), Value::Null);
}

#[test]
fn files() {
    let icon = |check: &mut Validation<'_>| {
        check.field("icon").required().picture_or_svg().optional();
    };
    let photo = |check: &mut Validation<'_>| {
        check.field("icon").required().picture().optional();
    };
    let refused = json!({"icon": ["Supported format are jpeg, png, bmp, gif, svg, or webp."]});
    assert_eq!(verdict(&with_file("icon", b"<svg/>"), icon), Value::Null);
    assert_eq!(verdict(&with_file("icon", b"<svg/>"), photo), refused);
    assert_eq!(verdict(&with_file("icon", b"\xff\xd8\xff\xe0"), photo), Value::Null);
    assert_eq!(verdict(&with_file("icon", b""), icon), refused);
    assert_eq!(verdict(&input(json!({"icon": "x"})), icon), refused);
    assert_eq!(verdict(&with_file("image", b"<svg/>"), icon), json!({"icon": ["The icon field is required."]}));

    let export = |check: &mut Validation<'_>| {
        check.field("file").export().optional();
    };
    let refused = json!({"file": ["The file field must be a file of type: txt, json, csv."]});
    assert_eq!(verdict(&with_file("file", b""), export), refused);
    assert_eq!(verdict(&with_file("file", b"<?xml version='1.0'?><svg>"), export), refused);
    assert_eq!(verdict(&with_file("file", b"<?xml version='1.0'?><WinAuth>"), export), Value::Null);
}

#[test]
fn the_answer_counts_what_it_does_not_say() {
    let fields = input(json!({"service": "a:b"}));
    let mut check = Validation::new(&fields);
    check.field("service").matches(has_no_colon, Message::NoColon).optional();
    check.field("account").required().refuse_if(true, Message::Unique).optional();
    let invalid = check.finish(|| Ok(())).unwrap_err();
    assert_eq!(
        invalid.body(Locale::English),
        json!({
            "message": "The service field must not contain colon. (and 2 more errors)",
            "errors": {
                "service": ["The service field must not contain colon."],
                "account": ["The account field is required.", "The account has already been taken."],
            },
        })
    );
    assert_eq!(
        invalid.body(Locale::French)["message"],
        "Le champ service ne doit pas contenir de deux-points. (et 2 autres erreurs)"
    );
    let single = Invalid::of("email", Message::RetryLater);
    assert_eq!(
        single.body(Locale::English),
        json!({
            "message": "Please wait before retrying.",
            "errors": {"email": ["Please wait before retrying."]},
        })
    );
}

#[test]
fn the_answer_stays_small() {
    let fields = input(json!({ "ids": vec!["x"; 10_000] }));
    let mut check = Validation::new(&fields);
    let ids = check.field("ids").array().each(|id| id.integer().value()).value();
    let body = check.finish(|| ids).unwrap_err().body(Locale::English);
    assert_eq!(body["message"], "The ids.0 field must be an integer. (and 9999 more errors)");
    assert_eq!(body["errors"].as_object().unwrap().len(), 200);
}
