use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;

/// A certificate signed by its own key, for these names, of an authority or not.
fn self_signed(names: &[&str], is_authority: bool) -> CertificateDer<'static> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
}

/// Verifies a server's certificate for a name, `years` after 1970, where `listed` are believed.
fn verify(
    listed: &[&CertificateDer<'static>],
    certificate: &CertificateDer<'_>,
    name: &'static str,
    years: u64,
) -> Result<ServerCertVerified, Error> {
    let listed = listed.iter().map(|listed| (*listed).clone()).collect();
    let verifier = Verifier::new(listed, &Arc::new(aws_lc_rs::default_provider())).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_hours(24 * 366 * years));
    verifier.verify_server_cert(certificate, &[], &ServerName::try_from(name).unwrap(), &[], now)
}

#[test]
fn a_listed_certificate_is_the_servers_even_if_it_is_an_authoritys() {
    for is_authority in [true, false] {
        let certificate = self_signed(&["mail.home"], is_authority);
        let other = self_signed(&["mail.home"], is_authority);
        assert!(verify(&[&other, &certificate], &certificate, "mail.home", 55).is_ok(), "{is_authority}");
        assert!(verify(&[&other], &certificate, "mail.home", 55).is_err(), "{is_authority}: not listed");
        assert!(verify(&[&certificate], &certificate, "other.home", 55).is_err(), "{is_authority}: another name");
        assert!(verify(&[&certificate], &certificate, "mail.home", 70).is_err(), "{is_authority}: over");
    }
}

#[test]
fn a_listed_certificate_without_names_is_for_any() {
    let certificate = self_signed(&[], true);
    assert!(verify(&[&certificate], &certificate, "mail.home", 55).is_ok());
    assert!(verify(&[&self_signed(&[], true)], &certificate, "mail.home", 55).is_err());
}

#[test]
fn an_authority_issues_certificates_as_ever() {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let params = CertificateParams::new(vec!["mail.home".to_owned()]).unwrap();
    let certificate = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let root = issuer.der().clone();
    assert!(verify(&[&root], certificate.der(), "mail.home", 55).is_ok());
    assert!(verify(&[&root], certificate.der(), "other.home", 55).is_err());
    let stranger = self_signed(&["mail.home"], true);
    let refused = verify(&[&root], &stranger, "mail.home", 55).unwrap_err();
    assert!(advice(&refused).is_some_and(|advice| advice.contains("SSL_CERT_FILE")), "{refused:?}");
}

#[test]
fn any_certificate_is_believed_if_so_configured() {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let name = ServerName::try_from("mail.home").unwrap();
    let garbage = CertificateDer::from(b"no certificate at all".to_vec());
    let believed = AnyCertificate(provider).verify_server_cert(&garbage, &[], &name, &[], UnixTime::now());
    assert!(believed.is_ok());
}
