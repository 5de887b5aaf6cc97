//! TLS 1.3 and nothing older, and who a client certificate says it is.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use std::{io, net::IpAddr};

use access::{Identity, IdentityError};
use chrono::{DateTime, Days, Utc};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::authority::{self, Authority, Issued};
use crate::durable_file::{self, Readable};

mod identity_verifier;

/// A server certificate that ends within this time is issued anew at start.
const RENEW_DAYS: u64 = 30;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The authority refused.
    #[error("failed to issue the server's certificate")]
    Authority(#[from] authority::Error),
    /// A file could not be read or written.
    #[error("failed to read or keep a certificate")]
    File(#[from] io::Error),
    /// A file holds no PEM.
    #[error("failed to read PEM from {what}")]
    Pem {
        /// Which file.
        what: String,
        /// What is wrong with it.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not fit, or TLS 1.3 cannot be offered.
    #[error("failed to set up TLS")]
    Tls(#[from] rustls::Error),
    /// The authority's certificate cannot be trusted as one.
    #[error("failed to set up the check of client certificates")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Why a certificate, although of our authority, names nobody.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Not X.509.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// No usable names.
    #[error("the certificate names nobody")]
    Identity(#[from] IdentityError),
}

/// The provider of every TLS connection, in and out: BSI TR-02102-2 suites, hybrid groups first.
#[must_use]
pub fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = vec![
        aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
        aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
    ];
    provider.kx_groups = vec![
        aws_lc_rs::kx_group::SECP256R1MLKEM768,
        aws_lc_rs::kx_group::X25519MLKEM768,
        aws_lc_rs::kx_group::SECP384R1,
        aws_lc_rs::kx_group::SECP256R1,
        // Not on the BSI's list, but what many gRPC clients offer alone.
        aws_lc_rs::kx_group::X25519,
    ];
    provider
}

/// For gRPC: a client certificate of our authority that names a department, or no connection.
pub fn grpc(authority: &Authority, server: &Issued) -> Result<ServerConfig, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("ca.pem", authority.certificate_pem())? {
        roots.add(certificate)?;
    }
    let provider = Arc::new(provider());
    let chain = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        provider.clone(),
    )
    .build()?;
    let verifier: Arc<dyn ClientCertVerifier> =
        Arc::new(identity_verifier::IdentityVerifier::new(chain));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates("server.pem", &server.certificate_pem)?, key(server)?)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would skip the check of the certificate.
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// For the console: browsers sign in on the page, not by certificate.
pub fn console(server: &Issued) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(certificates("server.pem", &server.certificate_pem)?, key(server)?)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// For the commands that call an appliance, with the files of an identity folder.
pub fn client(folder: &Path) -> Result<ClientConfig, Error> {
    let read = |name: &str| fs_err::read_to_string(folder.join(name));
    let mut roots = RootCertStore::empty();
    for certificate in certificates("ca.pem", &read("ca.pem")?)? {
        roots.add(certificate)?;
    }
    let issued = Issued { certificate_pem: read("cert.pem")?, key_pem: read("key.pem")? };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates("cert.pem", &issued.certificate_pem)?, key(&issued)?)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The server's certificate from `tls/`, issued anew where it is missing, ends soon, or lacks a name.
pub fn server_certificate(
    directory: &Path,
    authority: &Authority,
    names: &[String],
    now: SystemTime,
) -> Result<Issued, Error> {
    let (certificate_path, key_path) = (directory.join("server.pem"), directory.join("server.key"));
    if certificate_path.exists() && key_path.exists() {
        let issued = Issued {
            certificate_pem: fs_err::read_to_string(&certificate_path)?,
            key_pem: fs_err::read_to_string(&key_path)?,
        };
        if still_good(&issued.certificate_pem, names, now)? {
            return Ok(issued);
        }
    }
    let issued = authority.issue_server(names, now)?;
    durable_file::write(&key_path, issued.key_pem.as_bytes(), Readable::ByOwner)?;
    durable_file::write(&certificate_path, issued.certificate_pem.as_bytes(), Readable::ByAll)?;
    Ok(issued)
}

/// Who a client certificate, already checked against the authority, says it is.
pub fn identity(certificate: &CertificateDer<'_>) -> Result<Identity, PeerError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| PeerError::Unreadable)?;
    let names = parsed.subject_alternative_name().map_err(|_| PeerError::Unreadable)?;
    let uris: Vec<String> = names
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| if let GeneralName::URI(uri) = name { Some(*uri) } else { None })
        .map(str::to_owned)
        .collect();
    Ok(Identity::from_uris(&uris, hex::encode(Sha256::digest(certificate)))?)
}

/// Days until the first certificate of a file ends; negative once it has.
pub fn days_left(path: &Path, now: SystemTime) -> Result<i64, Error> {
    let pem = fs_err::read_to_string(path)?;
    let what = path.display().to_string();
    let ends = certificates(&what, &pem)?
        .first()
        .and_then(|certificate| {
            let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
            Some(parsed.validity().not_after.timestamp())
        })
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, what))?;
    Ok((ends - DateTime::<Utc>::from(now).timestamp()).div_euclid(86_400))
}

fn still_good(pem: &str, names: &[String], now: SystemTime) -> Result<bool, Error> {
    let Some(certificate) = certificates("server.pem", pem)?.into_iter().next() else {
        return Ok(false);
    };
    let Ok((_, parsed)) = X509Certificate::from_der(&certificate) else { return Ok(false) };
    let Ok(Some(held)) = parsed.subject_alternative_name() else { return Ok(false) };
    let held: Vec<String> = held
        .value
        .general_names
        .iter()
        .filter_map(|name| {
            if let GeneralName::IPAddress(bytes) = name {
                return address(bytes).map(|address| address.to_string());
            }
            let GeneralName::DNSName(name) = name else { return None };
            Some((*name).to_owned())
        })
        .collect();
    let soon = DateTime::<Utc>::from(now)
        .checked_add_days(Days::new(RENEW_DAYS))
        .is_none_or(|soon| soon.timestamp() >= parsed.validity().not_after.timestamp());
    Ok(!soon && names.iter().all(|name| held.contains(name)))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

fn certificates(what: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|source| Error::Pem { what: what.to_owned(), source })
}

fn key(issued: &Issued) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes())
        .map_err(|source| Error::Pem { what: "the private key".to_owned(), source })
}
