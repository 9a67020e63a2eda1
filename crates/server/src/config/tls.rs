//! TLS, and the certificate by which the proxy is known: `LISTEN_TLS_CERT`, `LISTEN_TLS_KEY`, `AUTH_PROXY_CLIENT_*`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, DnsName, PrivateKeyDer, ServerName};
use rustls::server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier};
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use webpki::EndEntityCert;

use super::listen::Listen;
use super::vars::Vars;

/// The TLS settings of the listeners.
#[derive(Clone)]
pub struct TlsConfig {
    /// The server's part.
    pub server: Arc<ServerConfig>,
    /// Which certificates are the proxy's; `None` when none is asked for.
    pub proxy: Option<ProxyCertificate>,
}

/// Which of the certificates that the authority has issued are the proxy's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyCertificate {
    names: Vec<Name>,
    /// SHA-256 of public keys (`SubjectPublicKeyInfo`).
    pins: Vec<[u8; 32]>,
}

/// A name in a certificate (RFC 5280 section 4.2.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Dns(String),
    Uri(String),
    Ip(IpAddr),
}

impl TlsConfig {
    /// The configuration for these places to listen; `None` when none of them speaks TLS.
    pub(super) fn read(vars: &mut Vars, listens: &[&Listen]) -> Option<Self> {
        let place = listens.iter().find(|listen| matches!(listen, Listen::Tls(_)));
        let (chain, key) = (vars.text("LISTEN_TLS_CERT"), vars.text("LISTEN_TLS_KEY"));
        let authority = vars.text("AUTH_PROXY_CLIENT_CA");
        let proxy = ProxyCertificate::read(vars, authority.is_some());
        let Some(place) = place else {
            if let Some(name) = [
                chain.map(|_| "LISTEN_TLS_CERT"),
                key.map(|_| "LISTEN_TLS_KEY"),
                authority.map(|_| "AUTH_PROXY_CLIENT_CA"),
            ]
            .into_iter()
            .flatten()
            .next()
            {
                vars.problem(format!(
                    "{name} is of no use without a place that speaks TLS, such as LISTEN=tls:0.0.0.0:8443"
                ));
            }
            return None;
        };
        let (Some(chain), Some(key)) = (chain, key) else {
            vars.problem(format!(
                "{place} needs a certificate: set LISTEN_TLS_CERT and LISTEN_TLS_KEY to files in PEM format"
            ));
            return None;
        };
        let made = server(&chain, &key, authority.as_deref());
        let server = made.map_err(|problem| vars.problem(problem)).ok()?;
        Some(Self { server: Arc::new(server), proxy })
    }
}

/// Without the key.
impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

fn server(chain: &str, key: &str, authority: Option<&str>) -> Result<ServerConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = match authority {
        Some(authority) => verifier(authority, &provider)?,
        None => Arc::new(NoClientAuth),
    };
    let certificates = certificates("LISTEN_TLS_CERT", chain)?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("LISTEN_TLS_KEY: {key} has no private key in PEM format that can be read: {error}"))?;
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS can't be spoken on this machine: {error}"))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates, private)
        .map_err(|error| format!("LISTEN_TLS_CERT and LISTEN_TLS_KEY don't go together: {error}"))?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(server)
}

/// Returns a verifier that requests a certificate of the authority. Clients without one may connect, but aren't the
/// proxy.
fn verifier(authority: &str, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, String> {
    const NAME: &str = "AUTH_PROXY_CLIENT_CA";
    let mut roots = RootCertStore::empty();
    for certificate in certificates(NAME, authority)? {
        roots
            .add(certificate)
            .map_err(|error| format!("{NAME}: {authority} has a certificate that can't be used: {error}"))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .allow_unauthenticated()
        .build()
        .map_err(|error| format!("{NAME}: {authority} can't be used: {error}"))
}

/// Reads the certificates of a PEM file that a variable names.
pub(super) fn certificates(name: &str, file: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>();
    let certificates = read().map_err(|error| format!("{name}: {file} can't be read: {error}"))?;
    if certificates.is_empty() {
        return Err(format!("{name}: {file} has no certificate in PEM format"));
    }
    Ok(certificates)
}

impl ProxyCertificate {
    /// `AUTH_PROXY_CLIENT_SAN` and `AUTH_PROXY_CLIENT_PIN`, of which an authority needs one.
    fn read(vars: &mut Vars, has_authority: bool) -> Option<Self> {
        let mut certificate = Self::default();
        for text in vars.list("AUTH_PROXY_CLIENT_SAN") {
            match Name::parse(&text) {
                Some(name) => certificate.names.push(name),
                None => vars.problem(format!(
                    "AUTH_PROXY_CLIENT_SAN: {text:?} is neither the name of a host, nor an IP address, nor a URI"
                )),
            }
        }
        for text in vars.list("AUTH_PROXY_CLIENT_PIN") {
            match pin(&text) {
                Some(pin) => certificate.pins.push(pin),
                None => vars.problem(format!(
                    "AUTH_PROXY_CLIENT_PIN: {text:?} is not the SHA-256 of a public key, in base64 or hexadecimal digits"
                )),
            }
        }
        let is_empty = certificate == Self::default();
        match (has_authority, is_empty) {
            (false, true) => None,
            (true, false) => Some(certificate),
            (false, false) => {
                vars.problem(
                    "AUTH_PROXY_CLIENT_SAN and AUTH_PROXY_CLIENT_PIN are of no use without AUTH_PROXY_CLIENT_CA",
                );
                None
            }
            (true, true) => {
                vars.problem(
                    "with AUTH_PROXY_CLIENT_CA alone, every client with a certificate of that authority is the proxy: set \
                     AUTH_PROXY_CLIENT_SAN to the name in the proxy's certificate, or AUTH_PROXY_CLIENT_PIN to the \
                     SHA-256 of its public key",
                );
                None
            }
        }
    }

    /// Whether a certificate, which the authority has issued, is the proxy's: it has one of the names, exactly and not
    /// by a wildcard, and one of the keys, as far as there are any.
    pub fn is(&self, certificate: &CertificateDer<'_>) -> bool {
        let Ok(certificate) = EndEntityCert::try_from(certificate) else { return false };
        let key: [u8; 32] = Sha256::digest(certificate.subject_public_key_info().as_ref()).into();
        (self.names.is_empty() || self.names.iter().any(|name| name.is_in(&certificate)))
            && (self.pins.is_empty() || self.pins.contains(&key))
    }
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(ip) = text.parse() {
            return Some(Self::Ip(ip));
        }
        if text.contains("://") {
            return Some(Self::Uri(text.to_owned()));
        }
        DnsName::try_from(text).ok().map(|name| Self::Dns(name.as_ref().to_owned()))
    }

    fn is_in(&self, certificate: &EndEntityCert<'_>) -> bool {
        match self {
            Self::Dns(name) => certificate.valid_dns_names().any(|held| held.eq_ignore_ascii_case(name)),
            Self::Uri(uri) => certificate.valid_uri_names().any(|held| held == uri),
            Self::Ip(ip) => certificate.verify_is_valid_for_subject_name(&ServerName::from(*ip)).is_ok(),
        }
    }
}

fn pin(text: &str) -> Option<[u8; 32]> {
    let lower = text.to_ascii_lowercase();
    let bytes = data_encoding::HEXLOWER
        .decode(lower.as_bytes())
        .or_else(|_| data_encoding::BASE64.decode(text.as_bytes()))
        .ok()?;
    bytes.try_into().ok()
}
