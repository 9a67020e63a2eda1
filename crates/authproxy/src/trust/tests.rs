use super::*;

fn list(text: &str) -> TrustList {
    text.parse().unwrap()
}

fn tcp(address: &str) -> Peer {
    Peer::tcp(format!("{address}:80").parse().unwrap())
}

#[track_caller]
fn check(text: &str, trusted: &[&str], untrusted: &[&str]) {
    let list = list(text);
    for address in trusted {
        assert!(list.contains(tcp(address)), "{text} trusts {address}");
    }
    for address in untrusted {
        assert!(!list.contains(tcp(address)), "{text} distrusts {address}");
    }
}

#[test]
fn t_01_a_network() {
    check("127.0.0.0/30", &["127.0.0.2"], &["127.0.0.9"]);
}

#[test]
fn t_02_blanks_around_entries() {
    check(" 10.0.0.1 , 127.0.0.2 ", &["127.0.0.2", "10.0.0.1"], &["10.0.0.2"]);
}

#[test]
fn t_03_an_entry_that_cannot_be_used_is_named() {
    let (uid, gid) = ("uid".to_owned(), "gid".to_owned());
    for (bad, fault) in [
        ("nonsense", EntryFault::Unknown),
        ("proxy.example.com", EntryFault::Unknown),
        ("127.0.0.1/33", EntryFault::Unknown),
        ("1.2.3", EntryFault::Unknown),
        ("gid=5", EntryFault::Unknown),
        ("10.0.0.1:80", EntryFault::Unknown),
        ("unix:/run/x", EntryFault::NotCredentials),
        ("unix:uid=x", EntryFault::NotANumber(uid.clone())),
        ("unix:gid", EntryFault::NotANumber(gid)),
        ("unix:uid=1,uid=1", EntryFault::GivenTwice(uid)),
    ] {
        let error = format!("127.0.0.2,{bad}").parse::<TrustList>().unwrap_err();
        assert_eq!(error, TrustListError { entry: bad.to_owned(), fault }, "{bad}");
        assert!(error.to_string().starts_with(&format!("{bad:?} ")), "{error}");
    }
}

#[test]
fn t_04_t_05_mapped_addresses_are_ipv4_addresses() {
    check("127.0.0.2", &["127.0.0.2", "[::ffff:127.0.0.2]"], &["[::2]"]);
    check("::ffff:127.0.0.2", &["127.0.0.2", "[::ffff:127.0.0.2]"], &["[::2]", "127.0.0.3"]);
    check("::ffff:10.0.0.0/104", &["10.9.9.9"], &["11.0.0.1"]);
    let unconverted = Peer::Tcp("[::ffff:127.0.0.2]:80".parse().unwrap());
    assert!(list("127.0.0.2").contains(unconverted));
}

#[test]
fn t_06_a_bare_ipv6_address_is_one_address() {
    check("::2", &["[::2]"], &["[::1]"]);
}

#[test]
fn t_07_families_do_not_cross() {
    check("127.0.0.0/8", &[], &["[::1]", "[::7f00:1]"]);
    check("::/0", &["[::1]"], &["127.0.0.1"]);
    check("0.0.0.0/0", &["127.0.0.1"], &["[::1]"]);
}

#[test]
fn t_13_unbounded_lists_are_recognised() {
    for text in ["*", "**", "0.0.0.0/0", "::/0", "0.0.0.0/1,128.0.0.0/1", "10.0.0.1,::/1,8000::/1"] {
        assert!(list(text).is_unbounded(), "{text}");
    }
    for text in ["", "10.0.0.0/8", "unix:", "0.0.0.0/1"] {
        assert!(!list(text).is_unbounded(), "{text}");
    }
}

#[test]
fn t_17_t_18_t_19_unix_sockets() {
    let process = Peer::Unix { uid: 101, gid: 7 };
    for text in ["unix:", "unix:uid=101", "unix:gid=7", "unix:uid=101,gid=7", "10.0.0.1, unix:gid=7 , uid=101", "*"] {
        assert!(list(text).contains(process), "{text}");
    }
    for text in ["", "127.0.0.1,::1", "0.0.0.0/0,::/0", "unix:uid=102", "unix:uid=101,gid=8", "unix:uid=0"] {
        assert!(!list(text).contains(process), "{text}");
    }
    assert!(!list("unix:").contains(tcp("127.0.0.1")));
}

#[test]
fn certificates() {
    let address = "127.0.0.1:80".parse().unwrap();
    let tls = list("tls:");
    assert!(tls.contains(Peer::tls(address, true)) && tls.needs_certificate());
    assert!(!tls.contains(Peer::tls(address, false)) && !tls.contains(Peer::tcp(address)));
    let by_address = list("127.0.0.1");
    assert!(by_address.contains(Peer::tls(address, false)) && !by_address.needs_certificate());
}

#[test]
fn the_entry_that_counts_is_returned() {
    let list = list("10.0.0.0/8, 10.1.2.3, unix:uid=101");
    assert_eq!(list.entry_for(tcp("10.1.2.3")).as_deref(), Some("10.0.0.0/8"));
    assert_eq!(list.entry_for(Peer::Unix { uid: 101, gid: 5 }).as_deref(), Some("unix:uid=101"));
    assert_eq!(list.entry_for(tcp("192.0.2.1")), None);
    assert_eq!(super::tests::list("*").entry_for(tcp("192.0.2.1")).as_deref(), Some("*"));
    assert!(super::tests::list("unix:").has_any_process() && !list.has_any_process());
}

#[test]
fn bits_outside_of_the_network_are_masked_and_reported() {
    let mut list = TrustList::default();
    assert_eq!(list.add("10.1.2.3/8"), Ok(Some("10.0.0.0/8".parse().unwrap())));
    assert_eq!(list.add("192.0.2.0/24"), Ok(None));
    assert_eq!(list.to_string(), "10.0.0.0/8,192.0.2.0/24");
}

#[test]
fn a_list_is_written_as_it_is_read() {
    let text = "192.0.2.7,10.0.0.0/8,2001:db8::7,unix:uid=101,gid=7,tls:";
    assert_eq!(list(text).to_string(), text);
    assert_eq!(list("").to_string(), "none");
    assert!(list("").is_empty());
    assert!(!list("unix:").is_empty());
}
