use std::collections::BTreeMap;

use rcgen::{CertificateParams, KeyPair, SanType};

use super::*;

/// Files with a certificate and its key.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            let key = KeyPair::generate().unwrap();
            let certificate =
                CertificateParams::new(vec!["sixpin.test".to_owned()]).unwrap().self_signed(&key).unwrap();
            std::fs::write(folder.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(folder.path().join(format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        std::fs::write(folder.path().join("empty"), "nothing").unwrap();
        Self { folder }
    }

    /// Returns the problems of these variables, where `@` stands for the folder.
    fn problems(&self, vars: &[(&str, &str)]) -> Vec<String> {
        let folder = self.folder.path().to_str().unwrap();
        let given = vars.iter().map(|(name, value)| ((*name).to_owned(), value.replace('@', folder)));
        let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
        let listens = super::super::listen::read(&mut vars);
        TlsConfig::read(&mut vars, &listens.iter().collect::<Vec<_>>());
        vars.into_findings().0
    }

    #[track_caller]
    fn refused(&self, vars: &[(&str, &str)], words: &str) {
        let problems = self.problems(vars);
        assert!(problems.len() == 1 && problems[0].contains(words), "{words:?} in {problems:?}");
    }
}

const LISTEN: (&str, &str) = ("LISTEN", "tls:127.0.0.1:8443");
const CERT: (&str, &str) = ("LISTEN_TLS_CERT", "@/one.pem");
const KEY: (&str, &str) = ("LISTEN_TLS_KEY", "@/one.key");
const CA: (&str, &str) = ("AUTH_PROXY_CLIENT_CA", "@/two.pem");
const SAN: (&str, &str) = ("AUTH_PROXY_CLIENT_SAN", "proxy.test, 192.0.2.7, spiffe://example.org/proxy");

#[test]
fn what_cant_be_used_is_said_in_one_sentence() {
    let files = Files::new();
    assert_eq!(files.problems(&[]), [""; 0]);
    assert_eq!(files.problems(&[LISTEN, CERT, KEY]), [""; 0]);
    assert_eq!(files.problems(&[LISTEN, CERT, KEY, CA, SAN]), [""; 0]);
    files.refused(&[LISTEN], "LISTEN_TLS_CERT and LISTEN_TLS_KEY");
    files.refused(&[LISTEN, CERT], "LISTEN_TLS_CERT and LISTEN_TLS_KEY");
    files.refused(&[CERT], "LISTEN=tls:");
    files.refused(&[CA, SAN], "LISTEN=tls:");
    files.refused(&[LISTEN, ("LISTEN_TLS_CERT", "@/none.pem"), KEY], "none.pem can't be read");
    files.refused(&[LISTEN, ("LISTEN_TLS_CERT", "@/empty"), KEY], "empty has no certificate");
    files.refused(&[LISTEN, CERT, ("LISTEN_TLS_KEY", "@/one.pem")], "has no private key");
    files.refused(&[LISTEN, CERT, ("LISTEN_TLS_KEY", "@/two.key")], "don't go together");
    files.refused(&[LISTEN, CERT, KEY, CA], "AUTH_PROXY_CLIENT_SAN");
    files.refused(&[LISTEN, CERT, KEY, SAN], "without AUTH_PROXY_CLIENT_CA");
    files.refused(&[LISTEN, CERT, KEY, ("AUTH_PROXY_CLIENT_CA", "@/empty"), SAN], "AUTH_PROXY_CLIENT_CA");
    for name in ["*.test", "a b", "-"] {
        files.refused(&[LISTEN, CERT, KEY, CA, SAN, ("AUTH_PROXY_CLIENT_SAN", &format!("proxy.test,{name}"))], name);
    }
    files.refused(&[LISTEN, CERT, KEY, CA, SAN, ("AUTH_PROXY_CLIENT_PIN", "abc")], "SHA-256");
}

#[test]
fn a_certificate_is_the_proxys_by_its_exact_names_and_keys() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["proxy.test".to_owned(), "*.wild.test".to_owned()]).unwrap();
    params.subject_alt_names.push(SanType::URI("spiffe://example.org/proxy".try_into().unwrap()));
    params.subject_alt_names.push(SanType::IpAddress("192.0.2.7".parse().unwrap()));
    let certificate = params.self_signed(&key).unwrap();
    let is = |names: &[&str], pins: &[[u8; 32]]| {
        let names = names.iter().map(|name| Name::parse(name).unwrap()).collect();
        ProxyCertificate { names, pins: pins.to_vec() }.is(certificate.der())
    };
    for name in ["proxy.test", "PROXY.test", "spiffe://example.org/proxy", "192.0.2.7"] {
        assert!(is(&[name], &[]) && is(&["other.test", name], &[]), "{name}");
    }
    for name in ["test", "a.proxy.test", "a.wild.test", "wild.test", "spiffe://example.org/", "192.0.2.8"] {
        assert!(!is(&[name], &[]), "{name}");
    }
    let certificate = EndEntityCert::try_from(certificate.der()).unwrap();
    let own: [u8; 32] = Sha256::digest(certificate.subject_public_key_info().as_ref()).into();
    assert!(is(&[], &[own]) && is(&[], &[[0; 32], own]) && is(&["proxy.test"], &[own]));
    assert!(!is(&[], &[[0; 32]]) && !is(&["other.test"], &[own]) && !is(&["proxy.test"], &[[0; 32]]));
    let shown = data_encoding::BASE64.encode(&own);
    assert_eq!([pin(&shown), pin(&data_encoding::HEXUPPER.encode(&own))], [Some(own); 2]);
}
