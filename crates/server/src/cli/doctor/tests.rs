use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};

use super::probe::Answer;
use super::*;
use crate::config::auth_proxy::advice::software::Fix;
use crate::config::vars::Vars;

fn config(vars: &[(&str, &str)]) -> Config {
    let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "10.0.0.7")];
    let given: BTreeMap<_, _> =
        base.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::read(Vars::new(given)).unwrap()
}

fn answer(status: u16, refusal: Option<&str>, name: Option<&str>) -> Answer {
    let status = StatusCode::from_u16(status).unwrap();
    Answer {
        status,
        refusal: refusal.map(str::to_owned),
        name: name.map(str::to_owned),
        headers: HeaderMap::new(),
        request: serde_json::Value::Null,
    }
}

#[test]
fn the_set_up_is_told() {
    let text = set_up(&config(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER")]));
    for words in [
        "AUTH_PROXY_HEADER_FOR_USER   Remote-User (written HTTP_REMOTE_USER)\n",
        "AUTH_PROXY_TRUSTED_PROXIES   10.0.0.7\n",
        "AUTH_PROXY_HEADER_FOR_EMAIL  -\n",
        "[no_logout_url]\n  set PROXY_LOGOUT_URL",
    ] {
        assert!(text.contains(words), "{words:?} in {text}");
    }
    let text = set_up(&config(&[("AUTHENTICATION_GUARD", "web-guard"), ("AUTH_PROXY_AUTO_CREATE", "false")]));
    assert!(text.starts_with("People sign in at Sixpin itself."), "{text}");
    assert!(text.contains("warning: AUTH_PROXY_AUTO_CREATE without effect"), "{text}");
}

#[test]
fn what_is_tried_names_nobody() {
    let config = config(&[
        ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User"),
        ("AUTH_PROXY_HEADER_FOR_ID", "Remote-Id"),
        ("AUTH_PROXY_HEADER_FOR_GROUPS", "Remote-Groups"),
        ("AUTH_PROXY_ADMIN_GROUPS", "admins"),
    ]);
    let auth_proxy = config.auth_proxy.as_ref().unwrap();
    let [strangers, members] = [false, true].map(|signed_in| Probe::all(auth_proxy.settings(), signed_in));
    let what = |probes: &[Probe]| probes.iter().map(|probe| probe.what.clone()).collect::<Vec<_>>();
    assert_eq!(
        what(&strangers),
        [
            "a stranger, sending Remote-User: (null)",
            "a stranger, sending remote_user: (null)",
            "a stranger, sending Remote.User: (null)",
            "a stranger, sending http_remote_user: (null)",
            "a stranger, as (null) by Authorization: Basic without a password",
        ]
    );
    assert_eq!(
        what(&members)[4..],
        [
            "signed in, sending Connection: close, Remote-User, Remote-Id",
            "signed in, sending Remote-Id: (null)",
            "signed in, sending Remote-Id: (null), twice",
            "signed in, sending Remote-Groups: (null)",
            "signed in, sending Remote-Groups: (null), twice",
        ]
    );
    assert!(strangers.len() + members.len() < 20);
}

#[test]
fn answers_are_judged() {
    let config = config(&[("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")]);
    let auth_proxy = config.auth_proxy.as_ref().unwrap();
    let [strangers, members] = [false, true].map(|signed_in| Probe::all(auth_proxy.settings(), signed_in));
    let of = |probes: &[Probe], kind| probes.iter().find(|probe| probe.kind == kind).unwrap().clone();
    let (nobody, john) = (answer(302, None, None), answer(200, None, Some("john")));
    let judged = |probe: &Probe, answer: &Answer, usual: &Answer| {
        let verdict = Verdict::of(probe, answer, usual);
        (verdict.mark, verdict.fix)
    };
    let refused = |reason| answer(407, Some(reason), None);

    let forged = of(&strangers, Kind::Forged);
    assert_eq!(judged(&forged, &nobody, &nobody), (Mark::Good, None));
    assert_eq!(judged(&forged, &refused("header_sentinel"), &nobody), (Mark::Bad, Some(Fix::Replace)));
    let placeholder = refused("header_sentinel");
    assert_eq!(judged(&forged, &placeholder, &placeholder), (Mark::Unknown, None));
    let spelling = of(&members, Kind::Spelling);
    assert_eq!(judged(&spelling, &refused("header_alias"), &john), (Mark::Note, Some(Fix::DropSpellings)));
    assert_eq!(judged(&spelling, &answer(200, None, Some("(null)")), &john), (Mark::Bad, None));
    assert_eq!(judged(&spelling, &answer(400, None, None), &john), (Mark::Good, None));
    let password = of(&strangers, Kind::Password);
    assert_eq!(judged(&password, &refused("header_sentinel"), &nobody), (Mark::Bad, Some(Fix::CheckPassword)));
    let dropped = of(&members, Kind::Dropped);
    assert_eq!(judged(&dropped, &refused("header_missing"), &john), (Mark::Note, Some(Fix::DropConnection)));
    assert_eq!(judged(&dropped, &answer(502, None, None), &john), (Mark::Unknown, None));

    let page = |answer: &Answer| Verdict::of_own_page(answer, &john).mark;
    assert_eq!((page(&john), page(&answer(419, None, None)), page(&nobody)), (Mark::Good, Mark::Bad, Mark::Unknown));
    let host = |arrived| Verdict::of_host(arrived, "codes.example.org:8443", false).mark;
    assert_eq!(
        (host(Some("CODES.example.org:8443")), host(Some("sixpin:8000")), host(None)),
        (Mark::Good, Mark::Note, Mark::Note)
    );
    let client = |is_there, is_trusted| Verdict::of_client("X-Forwarded-For", is_there, is_trusted).mark;
    assert_eq!((client(true, true), client(true, false), client(false, true)), (Mark::Good, Mark::Note, Mark::Note));

    let plain = |answer: &Answer, signed_in| Verdict::of_plain(answer, signed_in).mark;
    assert_eq!((plain(&nobody, false), plain(&nobody, true)), (Mark::Good, Mark::Unknown));
    assert_eq!(plain(&answer(421, None, None), true), Mark::Bad);
    assert_eq!((plain(&john, false), plain(&john, true)), (Mark::Note, Mark::Good));
    assert_eq!(plain(&answer(403, Some("untrusted_peer"), None), true), Mark::Bad);
    let direct = |reason, from_here| Verdict::of_direct(&refused(reason), from_here).mark;
    assert_eq!(direct("untrusted_peer", false), Mark::Good);
    assert_eq!((direct("header_sentinel", true), direct("header_sentinel", false)), (Mark::Note, Mark::Bad));
}
