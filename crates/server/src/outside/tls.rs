//! TLS to other servers: which certificates are believed.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::config::sso::Certificates;

/// Returns the TLS settings of a client that believes these certificates.
///
/// # Errors
/// The reason why the certificates can't be read.
pub fn client_config(certificates: &Certificates) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match certificates {
        Certificates::System => Arc::new(Verifier::new(system_certificates()?, &provider)?),
        Certificates::AlsoFrom(path) => {
            let mut listed = read_certificates(path)?;
            // There may be none on the system.
            listed.extend(system_certificates().unwrap_or_default());
            Arc::new(Verifier::new(listed, &provider)?)
        }
        Certificates::Any => Arc::new(AnyCertificate(Arc::clone(&provider))),
    };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| format!("TLS can't be spoken on this machine: {error}"))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Reads the certificates of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
fn system_certificates() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    match found.errors.first() {
        Some(error) if found.certs.is_empty() => Err(format!("the system's certificates can't be read: {error}")),
        _ if found.certs.is_empty() => Err("the system has no certificates of authorities".into()),
        _ => Ok(found.certs),
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    read().map_err(|error| format!("the certificates of {} can't be read: {error}", path.display()))
}

/// Returns what to do about a certificate that isn't believed.
pub fn advice(error: &Error) -> Option<&'static str> {
    let Error::InvalidCertificate(reason) = error else { return None };
    let other = match reason {
        CertificateError::UnknownIssuer => {
            return Some(
                "no known authority has issued the server's certificate: set SSL_CERT_FILE to a file with the certificate \
                 of its authority, or with the server's own if only it has signed that",
            );
        }
        CertificateError::Other(other) => format!("{other:?}"),
        _ => return None,
    };
    if other.contains("CaUsedAsEndEntity") {
        return Some(
            "the server uses the certificate of an authority (CA:TRUE): set SSL_CERT_FILE to a file with this very \
             certificate, or give the server a certificate of its own",
        );
    }
    other.contains("UnsupportedCertVersion").then_some(
        "the server's certificate is of X.509 version 1, which can't be checked: make one of version 3, for example with \
         `openssl req -x509 -addext subjectAltName=DNS:NAME`",
    )
}

/// Verifies certificates by the listed authorities. A server may also use a listed certificate itself, even if it is that
/// of an authority: home servers often have one that `openssl req -x509` made.
#[derive(Debug)]
struct Verifier {
    authorities: Arc<WebPkiServerVerifier>,
    listed: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(listed: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(listed.iter().cloned());
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        Ok(Self { authorities: authorities.map_err(|error| format!("no certificate can be used: {error}"))?, listed })
    }
}

/// Whether a listed certificate is refused for what it is, rather than for its time or its name.
fn is_about_kind(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(_) | CertificateError::UnknownIssuer))
}

/// Checks the name of a listed certificate, if it has names: those of `openssl req -x509` have none.
fn check_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    match verify_server_name(&ParsedCertificate::try_from(certificate)?, name) {
        Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }))
            if presented.is_empty() =>
        {
            Ok(())
        }
        checked => checked,
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(error) if is_about_kind(&error) && self.listed.iter().any(|listed| listed == end_entity) => {
                check_name(end_entity, server_name).map(|()| ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Believes any certificate, even one that can't be read. Its signature is checked if possible.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

/// Accepts a signature that can't be checked, because the certificate can't be read.
fn unless_unreadable(checked: Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
    match checked {
        Err(Error::InvalidCertificate(CertificateError::BadSignature)) => checked,
        _ => Ok(HandshakeSignatureValid::assertion()),
    }
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unless_unreadable(verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unless_unreadable(verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
