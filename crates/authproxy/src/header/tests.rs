use super::*;

fn header(configured: &str, notation: Notation) -> Header {
    Header::parse(configured, notation).unwrap()
}

#[test]
fn one_configured_name_is_one_wire_name() {
    for (configured, auto, wire, cgi) in [
        ("REMOTE_USER", "remote_user", "remote_user", "remote-user"),
        ("Remote-User", "remote-user", "remote-user", "remote-user"),
        ("remote-user", "remote-user", "remote-user", "remote-user"),
        ("HTTP_REMOTE_USER", "remote-user", "http_remote_user", "remote-user"),
        ("2FAUTH-User", "2fauth-user", "2fauth-user", "2fauth-user"),
        ("HTTP_2FAUTH-User", "http_2fauth-user", "http_2fauth-user", "2fauth-user"),
        ("HTTP_2FAUTH_USER", "2fauth-user", "http_2fauth_user", "2fauth-user"),
        ("HTTP_X_AUTHENTIK_USERNAME", "x-authentik-username", "http_x_authentik_username", "x-authentik-username"),
        ("http_remote_user", "http_remote_user", "http_remote_user", "http-remote-user"),
    ] {
        for (notation, expected) in [(Notation::Auto, auto), (Notation::Wire, wire), (Notation::Cgi, cgi)] {
            assert_eq!(header(configured, notation).name(), expected, "{configured} {notation:?}");
        }
    }
    assert_eq!(header("HTTP_", Notation::Auto).name(), "http_");
    assert_eq!(Header::parse("HTTP_", Notation::Cgi), Err(HeaderFault::Empty("HTTP_".to_owned())));
}

#[test]
fn aliases_are_names_of_one_fold() {
    for (configured, aliases, strangers) in [
        (
            "REMOTE_USER",
            &["Remote-User", "Remote.User", "HTTP_REMOTE_USER", "http-http-remote-user", "Remote~User"][..],
            &["X-Remote-User", "REMOTE_USER_EMAIL", "REMOTE_USE", "REMOTE_USER"][..],
        ),
        ("Remote-User", &["REMOTE_USER", "Remote_User", "HTTP_REMOTE_USER"], &["remote-user", "remoteuser"]),
        ("HTTP_REMOTE_USER", &["REMOTE_USER", "HTTP_REMOTE_USER"], &["Remote-User"]),
        ("2FAUTH-User", &["2FAUTH_User", "HTTP_2FAUTH-User"], &["2FAUTH-User", "REMOTE_USER"]),
        ("HTTP_2FAUTH-User", &["2FAUTH-User", "HTTP-2FAUTH-User"], &["HTTP_2FAUTH-User"]),
        ("HTTP_2FAUTH_USER", &["2FAUTH_USER"], &["2FAUTH-User"]),
    ] {
        let header = header(configured, Notation::Auto);
        for alias in aliases {
            assert!(header.has_alias(&alias.parse().unwrap()), "{alias} looks like {configured}");
        }
        for stranger in strangers {
            assert!(!header.has_alias(&stranger.parse().unwrap()), "{stranger} doesn't look like {configured}");
        }
    }
}

#[test]
fn n_20_reserved_and_malformed_names_are_refused() {
    for bad in ["X.User", "Remote User", "Usér", ""] {
        assert_eq!(bad.parse::<Header>(), Err(HeaderFault::NotAName(bad.to_owned())), "{bad}");
    }
    for bad in [
        "Authorization",
        "HTTP_AUTHORIZATION",
        "Host",
        "http-host",
        "HTTP_COOKIE",
        "Content-Type",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X_Real_IP",
        "Sec-Fetch-Site",
        "Connection",
        "Expect",
    ] {
        assert!(matches!(bad.parse::<Header>(), Err(HeaderFault::Reserved(_))), "{bad}");
    }
    for good in ["X-Forwarded-User", "X-Forwarded-Email", "Cf-Access-Authenticated-User-Email", "Tailscale-User-Login"]
    {
        assert!(good.parse::<Header>().is_ok(), "{good}");
    }
}

#[test]
fn names_are_written_as_people_write_them() {
    for (wire, expected) in [("remote-user", "Remote-User"), ("remote_user", "remote_user"), ("x.u", "X.U")] {
        assert_eq!(title_case(&HeaderName::from_static(wire)), expected);
    }
    let name = title_case(&HeaderName::from_static("http_remote_user"));
    assert_eq!(header(&name, Notation::Auto).name(), "http_remote_user", "configuring that name gives that header");
}
