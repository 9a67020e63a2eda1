use super::*;
use crate::rules::AuthProxy;

fn header(name: &str) -> Header {
    name.parse().unwrap()
}

fn by_user() -> Settings {
    Settings { trust: "127.0.0.2".parse().unwrap(), user: Some(header("Remote-User")), ..Settings::default() }
}

fn by_assertion() -> Settings {
    let assertion = AssertionSettings::new("X-Assertion".parse().unwrap(), "issuer", "audience");
    Settings { assertion: Some(assertion), ..Settings::default() }
}

#[test]
fn good_settings_have_no_fault() {
    for settings in [
        by_user(),
        by_assertion(),
        Settings { trust: TrustList::default(), ..by_user() },
        Settings { user: None, id: Some(header("X-Id")), ..by_user() },
        Settings { email: Some(header("Remote-User")), ..by_user() },
        Settings { email: Some(header("Remote-User-Email")), ..by_user() },
    ] {
        assert_eq!(settings.faults(), [], "{settings:?}");
    }
}

#[test]
fn r2_t_13_t_14_trusting_every_address_needs_a_proof_or_consent() {
    for list in ["*", "0.0.0.0/0", "10.0.0.1,::/0"] {
        let trust: TrustList = list.parse().unwrap();
        let open = Settings { trust: trust.clone(), ..by_user() };
        assert_eq!(open.faults(), [SettingsFault::AnyPeer], "{list}");
        assert_eq!(Settings { allow_any_peer: true, ..open.clone() }.faults(), []);
        let secret = SharedSecret::new("X-Secret".parse().unwrap(), ["s"]);
        assert_eq!(Settings { secret: Some(secret), ..open }.faults(), []);
        assert_eq!(Settings { trust, ..by_assertion() }.faults(), []);
    }
}

#[test]
fn n_21_headers_that_could_be_taken_for_each_other() {
    let collision = |one, other| [SettingsFault::Collision { one, other }];
    let of = |settings: Settings| settings.faults();
    assert_eq!(
        of(Settings { email: Some(header("REMOTE_USER")), ..by_user() }),
        collision(Purpose::User, Purpose::Email)
    );
    assert_eq!(of(Settings { id: Some(header("Remote_User")), ..by_user() }), collision(Purpose::User, Purpose::Id));
    let secret = Some(SharedSecret::new("REMOTE-USER".parse().unwrap(), ["s"]));
    assert_eq!(of(Settings { secret, ..by_user() }), collision(Purpose::User, Purpose::Secret));
    let groups = Settings { groups: Some(header("HTTP_Remote-User")), ..by_user() };
    assert_eq!(of(groups), collision(Purpose::User, Purpose::Groups));
}

#[test]
fn what_identifies_users_and_makes_administrators_must_be_there() {
    assert_eq!(Settings { user: None, ..by_user() }.faults(), [SettingsFault::NoIdentity]);
    let admins = Some(Admins::new([], ["admins"]));
    let without = Settings { admins: admins.clone(), ..by_user() };
    assert_eq!(without.faults(), [SettingsFault::NoGroups]);
    assert_eq!(Settings { groups: Some(header("Remote-Groups")), ..without }.faults(), []);
    assert_eq!(Settings { admins, ..by_assertion() }.faults(), [SettingsFault::NoGroups]);
}

#[test]
fn a_header_besides_an_assertion_needs_a_claim() {
    let mut settings = Settings { id: Some(header("X-Id")), groups: Some(header("X-Groups")), ..by_assertion() };
    let unsigned = [Purpose::Id, Purpose::Groups].map(SettingsFault::Unsigned);
    assert_eq!(settings.faults(), unsigned);
    if let Some(assertion) = &mut settings.assertion {
        assertion.claims.id = Some("sub".to_owned());
        assertion.claims.groups = Some("groups".to_owned());
    }
    assert_eq!(settings.faults(), unsigned[1..], "groups are never compared");
    let error = AuthProxy::new(settings).unwrap_err();
    assert_eq!(error.to_string(), "the header for groups has no claim of the assertion to be compared with");
}
