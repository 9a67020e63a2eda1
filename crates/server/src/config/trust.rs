//! Trusted peers: `TRUSTED_PROXIES` and `PROXY_HEADER_FOR_IP`.

use authproxy::header::wire_name;
use authproxy::trust::EntryFault;
use authproxy::{Notation, TrustList};
use http::HeaderName;

use super::vars::Vars;

/// Reads the list in the variable `name`. An entry that can't be used is a problem, never skipped silently.
pub fn read(vars: &mut Vars, name: &str) -> TrustList {
    let mut list = TrustList::default();
    for entry in TrustList::split(&vars.text(name).unwrap_or_default()) {
        match list.add(&entry) {
            Ok(None) => {}
            Ok(Some(masked)) => vars.warning(format!(
                "{name}: {entry} is an address inside the network {masked}; the whole network {masked} is trusted. Write \
                 {masked} if that is meant, or the address alone"
            )),
            Err(fault) => vars.problem(format!("{name}: {entry:?} {}", describe_fault(&fault))),
        }
    }
    list
}

fn describe_fault(fault: &EntryFault) -> String {
    match fault {
        EntryFault::Unknown => {
            format!(
                "{fault}; names of hosts can't be used, because any machine that answers to the name would be trusted"
            )
        }
        EntryFault::NotCredentials => format!("{fault}; the path of the socket belongs into LISTEN"),
        EntryFault::NotANumber(_) | EntryFault::GivenTwice(_) => fault.to_string(),
    }
}

/// Reads the name of the header in which a trusted proxy states the client's address (`PROXY_HEADER_FOR_IP`), for logs
/// alone: it never makes a peer trusted.
pub fn read_client_ip_header(vars: &mut Vars) -> Option<HeaderName> {
    const NAME: &str = "PROXY_HEADER_FOR_IP";
    let configured = vars.text(NAME)?;
    wire_name(&configured, Notation::Auto).map_err(|fault| vars.problem(format!("{NAME}: {fault}"))).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read_list(text: &str) -> (TrustList, Vec<String>, Vec<String>) {
        let mut vars = Vars::new(BTreeMap::from([("TRUSTED_PROXIES".to_owned(), text.to_owned())]));
        let list = read(&mut vars, "TRUSTED_PROXIES");
        let (problems, warnings) = vars.into_findings();
        (list, problems, warnings)
    }

    #[test]
    fn t_03_an_entry_that_cannot_be_understood_is_named() {
        for bad in [
            "nonsense",
            "proxy.example.com",
            "127.0.0.1/33",
            "1.2.3",
            "unix:/run/x",
            "unix:uid=x",
            "gid=5",
            "10.0.0.1:80",
        ] {
            let (_, problems, _) = read_list(&format!("127.0.0.2,{bad}"));
            assert_eq!(problems.len(), 1, "{bad}");
            assert!(problems[0].starts_with(&format!("TRUSTED_PROXIES: {bad:?} ")), "{}", problems[0]);
        }
    }

    #[test]
    fn bits_outside_of_the_network_are_masked_with_a_warning() {
        let (list, problems, warnings) = read_list("10.1.2.3/8");
        assert_eq!((problems.len(), warnings.len()), (0, 1));
        assert!(warnings[0].contains("10.0.0.0/8"), "{}", warnings[0]);
        assert_eq!(list.to_string(), "10.0.0.0/8");
    }

    #[test]
    fn the_header_for_addresses_is_named_like_in_php_or_on_the_wire() {
        for (configured, expected) in [
            ("", None),
            ("null", None),
            ("CF-Connecting-IP", Some("cf-connecting-ip")),
            ("HTTP_X_REAL_IP", Some("x-real-ip")),
        ] {
            let mut vars = Vars::new(BTreeMap::from([("PROXY_HEADER_FOR_IP".to_owned(), configured.to_owned())]));
            let name = read_client_ip_header(&mut vars);
            assert_eq!(name.as_ref().map(HeaderName::as_str), expected);
        }
    }
}
