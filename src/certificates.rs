//! Whose certificate is accepted (RFC 4217 §15.1.1): here anybody's, elsewhere that of whom the user vouches for.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use thiserror::Error;

use crate::bounded;
use crate::reply::shown;

/// No file of certificates is larger.
const BYTES_MAX: u64 = 16 << 20;

/// Why a file of certificates is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificatesError {
    /// It cannot be read.
    #[error("cannot read the certificates from {}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It does not hold what it should.
    #[error("{} is not a PEM file of certificates: {reason}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Certificates that the user vouches for: of servers, or of who issued theirs.
#[derive(Debug, Clone)]
pub struct Certificates {
    file: PathBuf,
    verifier: Arc<Verifier>,
}

impl Certificates {
    /// Reads a PEM file.
    pub fn read(file: &Path) -> Result<Self, CertificatesError> {
        let pem =
            bounded::bytes(file, BYTES_MAX).map_err(|error| CertificatesError::Unreadable {
                file: file.to_owned(),
                reason: error.to_string(),
            })?;
        let wrong = |reason: String| CertificatesError::Wrong {
            file: file.to_owned(),
            reason: shown(reason.as_bytes()),
        };
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong("there is no CERTIFICATE in it".to_owned()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots
                .add(certificate.clone())
                .map_err(|error| wrong(error.to_string()))?;
        }
        let issuers = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Certificates {
            file: file.to_owned(),
            verifier: Arc::new(Verifier::Given {
                certificates,
                issuers,
            }),
        })
    }

    /// The server called `host`, if it is vouched for. What is no name is the address `ip`.
    pub(crate) fn trust(&self, host: &str, ip: IpAddr) -> Trust {
        Trust {
            name: ServerName::try_from(host.to_owned()).unwrap_or(ServerName::from(ip)),
            verifier: Arc::clone(&self.verifier),
        }
    }

    /// Where they come from.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

/// Whose certificate is accepted.
#[derive(Debug)]
pub(crate) enum Verifier {
    /// Whoever answers on this machine is who was meant.
    Anyone,
    Nobody,
    /// These, and whom they issued one.
    Given {
        certificates: Vec<CertificateDer<'static>>,
        issuers: Arc<WebPkiServerVerifier>,
    },
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self {
            Verifier::Anyone => Ok(ServerCertVerified::assertion()),
            Verifier::Nobody => Err(CertificateError::UnknownIssuer.into()),
            Verifier::Given { certificates, .. } if certificates.contains(certificate) => {
                Ok(ServerCertVerified::assertion())
            }
            Verifier::Given { issuers, .. } => {
                issuers.verify_server_cert(certificate, intermediates, name, ocsp_response, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self {
            // Keys and certificates too old for the library are none of our business here.
            Verifier::Anyone => Ok(HandshakeSignatureValid::assertion()),
            Verifier::Nobody | Verifier::Given { .. } => verify_tls12_signature(
                message,
                certificate,
                signature,
                &provider().signature_verification_algorithms,
            ),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self {
            Verifier::Anyone => Ok(HandshakeSignatureValid::assertion()),
            Verifier::Nobody | Verifier::Given { .. } => verify_tls13_signature(
                message,
                certificate,
                signature,
                &provider().signature_verification_algorithms,
            ),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The server that is meant, and how it shows that it is that.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    pub(crate) name: ServerName<'static>,
    pub(crate) verifier: Arc<Verifier>,
}

impl Trust {
    /// The server at `ip`: on this machine any, elsewhere none.
    pub(crate) fn of(ip: IpAddr) -> Self {
        Trust {
            name: ServerName::from(ip),
            verifier: Arc::new(if ip.is_loopback() {
                Verifier::Anyone
            } else {
                Verifier::Nobody
            }),
        }
    }
}
