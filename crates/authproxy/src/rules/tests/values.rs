//! Values: placeholders, case, realms and lists of groups.

use super::*;

#[test]
fn v_28_a_word_for_nothing_is_no_address_no_group_and_no_display_name() {
    let proxy = proxy(Settings {
        email: Some(header("Remote-Email")),
        display_name: Some(header("Remote-Name")),
        groups: Some(header("Remote-Groups")),
        admins: Some(Admins::new(["root"], ["none", "$groups", "admins"])),
        ..remote_user()
    });
    for nothing in ["<nil>", "none", "$groups", "undefined@undefined", "${email}@example.org", "[object Object]"] {
        let fields =
            [("Remote-User", "john"), ("Remote-Email", nothing), ("Remote-Name", nothing), ("Remote-Groups", nothing)];
        let john = accepted(&proxy, &fields, "john");
        assert_eq!((john.email, john.display_name, john.is_admin), (Email::Invalid, None, Some(false)), "{nothing}");
    }
    let lower = AuthProxy::new(Settings { lower_case_names: true, ..remote_user() }).unwrap();
    for nothing in ["NaN", "NIL", "[object Object]", "%!V(<NIL>)"] {
        refused(&lower, &[("Remote-User", nothing)], "header_sentinel");
    }
}

#[test]
fn v_26_the_list_of_administrators_ignores_case_as_names_do() {
    for (ignores_case, is_admin) in [(true, true), (false, false)] {
        let admins = Some(Admins::new(["Ana"], []));
        let proxy = proxy(Settings { lower_case_names: ignores_case, admins, ..remote_user() });
        let name = if ignores_case { "ANA" } else { "ana" };
        assert_eq!(accepted(&proxy, &[("Remote-User", name)], "ana").is_admin, Some(is_admin));
    }
}

#[test]
fn v_32_a_realm_is_removed() {
    let realm = Some("@EXAMPLE.ORG".to_owned());
    let kerberos = proxy(Settings { strip_suffix: realm.clone(), ..remote_user() });
    accepted(&kerberos, &[("Remote-User", "ana@EXAMPLE.ORG")], "ana");
    for other in ["ana", "ana@example.org", "ana@OTHER.ORG", "ana@EXAMPLE.ORG@OTHER.ORG"] {
        refused(&kerberos, &[("Remote-User", other)], "header_suffix");
    }
    for (bad, code) in [("@EXAMPLE.ORG", "header_empty"), ("(null)@EXAMPLE.ORG", "header_sentinel")] {
        refused(&kerberos, &[("Remote-User", bad)], code);
    }
    let both = proxy(Settings { strip_prefix: Some("CORP\\".to_owned()), strip_suffix: realm, ..remote_user() });
    accepted(&both, &[("Remote-User", "CORP\\ana@EXAMPLE.ORG")], "ana");
    refused(&both, &[("Remote-User", "ana@EXAMPLE.ORG")], "header_prefix");
}

#[test]
fn l_17_groups_with_another_separator() {
    let with = |separator| {
        let admins = Some(Admins { separator, ..Admins::new([], ["timelords"]) });
        proxy(Settings { groups: Some(header("Auth-Groups")), admins, ..remote_user() })
    };
    for (value, separator, is_admin, other) in [
        ("timelords; users", b';', true, None),
        ("users ;\ttimelords ", b';', true, None),
        ("users;timelords", b',', false, Some(';')),
        ("users|timelords", b',', false, Some('|')),
        ("users,timelords", b';', false, Some(',')),
        ("users", b',', false, None),
        ("a;b,timelords", b',', true, None),
    ] {
        let fields = [("Remote-User", "ana"), ("Auth-Groups", value)];
        assert_eq!(accepted(&with(separator), &fields, "ana").is_admin, Some(is_admin), "{value}");
        assert_eq!(with(separator).other_separator(&headers(&fields)), other, "{value}");
    }
    assert_eq!(proxy(remote_user()).other_separator(&headers(&[("Auth-Groups", "a;b")])), None, "groups don't matter");
}
