//! The proxy known by its certificate.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncReadExt as _;
use tokio_rustls::TlsConnector;

use super::wire::{Connection, Wire, dial, request};
use super::{PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::Answer;

const JOHN: (&str, &str) = ("Remote-User", "john");
const USER: &str = "GET /api/v1/user";

/// An authority, and the files that it has made for the instance.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Self { issuer, folder: tempfile::tempdir().unwrap() };
        let (certificate, key) = authority.issue("127.0.0.1");
        authority.write("server.pem", &certificate.pem());
        authority.write("server.key", &key.serialize_pem());
        authority.write("ca.pem", &authority.issuer.pem());
        authority
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// An instance that speaks TLS, and knows the proxy as `proxy.test` by this authority.
    async fn instance(&self, vars: &[(&str, &str)]) -> Wire {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let (certificate, key, ca) = (path("server.pem"), path("server.key"), path("ca.pem"));
        let own = [
            REMOTE_USER,
            ("LISTEN", "tls:127.0.0.1:0"),
            ("LISTEN_TLS_CERT", &certificate),
            ("LISTEN_TLS_KEY", &key),
            ("AUTH_PROXY_CLIENT_CA", &ca),
            ("AUTH_PROXY_CLIENT_SAN", "proxy.test"),
            ("TRUSTED_PROXIES", "tls:"),
        ];
        Wire::where_configured(&[&own, vars].concat()).await
    }

    /// Who trusts this authority for the instance, and shows a certificate for `name` of `by`, or none.
    fn client(&self, shown: Option<(&Authority, &str)>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => config.with_no_client_auth(),
            Some((by, name)) => {
                let (certificate, key) = by.issue(name);
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
                config.with_client_auth_cert(vec![certificate.der().clone()], key).unwrap()
            }
        };
        TlsConnector::from(Arc::new(config))
    }
}

/// `GET /api/v1/user` over TLS, for john.
async fn probe(wire: &Wire, from: IpAddr, client: &TlsConnector) -> Answer {
    let name = ServerName::from(IpAddr::from([127, 0, 0, 1]));
    let stream = client.connect(name, dial(from, wire.port()).await).await.unwrap();
    Connection::new(stream).exchange(&request(USER, &[JOHN], "")).await
}

#[tokio::test]
async fn j_14_the_proxy_is_known_by_its_certificate() {
    let authority = Authority::new();
    let wire = authority.instance(&[]).await;
    for from in [PROXY, STRANGER] {
        is(&probe(&wire, from, &authority.client(Some((&authority, "proxy.test")))).await, "john");
        for shown in
            [None, Some((&authority, "other.test")), Some((&authority, "*.test")), Some((&authority, "127.0.0.2"))]
        {
            refused(&probe(&wire, from, &authority.client(shown)).await, 403, "untrusted_peer");
        }
    }
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn j_14_a_certificate_of_another_authority_opens_no_connection() {
    let (authority, other) = (Authority::new(), Authority::new());
    let wire = authority.instance(&[]).await;
    let client = authority.client(Some((&other, "proxy.test")));
    let name = ServerName::from(IpAddr::from([127, 0, 0, 1]));
    // The client may find out with its first read.
    if let Ok(mut stream) = client.connect(name, dial(PROXY, wire.port()).await).await {
        assert!(stream.read_u8().await.is_err());
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn j_14_without_tls_nobody_comes_in_and_the_address_alone_is_not_enough() {
    let authority = Authority::new();
    let wire = authority.instance(&[]).await;
    let answer = wire.raw(PROXY, "GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\nRemote-User: john\r\n\r\n").await;
    assert!(!answer.contains("HTTP/1.1"), "{answer}");
    refused(&probe(&wire, PROXY, &authority.client(None)).await, 403, "untrusted_peer");
    let wire = authority.instance(&[("TRUSTED_PROXIES", "tls:,127.0.0.2")]).await;
    is(&probe(&wire, PROXY, &authority.client(None)).await, "john");
    refused(&probe(&wire, STRANGER, &authority.client(None)).await, 403, "untrusted_peer");
}

#[tokio::test]
async fn cookies_over_tls_are_for_tls_alone() {
    let authority = Authority::new();
    let wire = authority.instance(&[]).await;
    let name = ServerName::from(IpAddr::from([127, 0, 0, 1]));
    let stream = authority.client(None).connect(name, dial(STRANGER, wire.port()).await).await.unwrap();
    let page = Connection::new(stream).exchange(&request("GET /", &[JOHN], "")).await;
    assert!(!page.cookies().is_empty() && page.cookies().iter().all(|cookie| cookie.contains("Secure")), "{page}");
}
