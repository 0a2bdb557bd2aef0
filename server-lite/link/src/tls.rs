//! Which certificate of a relay is accepted, and what is known about it afterwards.
//!
//! | [`Trust`] | accepted | told afterwards |
//! |---|---|---|
//! | `System` | what the operating system trusts for that name | [`Certificate::Trusted`] |
//! | `Pinned` | only the named public keys, whatever the system says | [`Certificate::Pinned`] |
//! | `Provisional` | anything whose owner holds its private key | `Trusted` if the system does, else [`Certificate::Provisional`] |
//!
//! `Provisional` is for a code that a customer typed: a relay on a technician's laptop has a certificate that no
//! system knows, and nobody reads forty characters out on the telephone. What passes over such a connection before
//! the handshake is readable for a middleman (the finder, names, the chat); the handshake then carries the
//! certificates the console knows, proven by the code, and the helper refuses if it met another
//! ([`RefuseReason::RelayCertificate`](deskhand_protocol::call::signal::RefuseReason::RelayCertificate)).
//!
//! A relay on this computer's loopback is reached by plain http: there is no certificate to speak of.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock},
};

use deskhand_protocol::key::Digest;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use sha2::{Digest as _, Sha256};

/// How a relay's certificate is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// By the operating system.
    System,
    /// By SHA-256 of its SubjectPublicKeyInfo (RFC 7469); one of these.
    Pinned(Vec<Digest>),
    /// By the handshake, later.
    Provisional,
}

/// What certificate was met. Digests are SHA-256 of SubjectPublicKeyInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// None: the relay is on this computer.
    Loopback,
    /// One that the operating system trusts for the relay's name.
    Trusted(Digest),
    /// One that was named beforehand.
    Pinned(Digest),
    /// One that nobody has vouched for yet.
    Provisional(Digest),
}

impl Certificate {
    /// Its digest, if there is one.
    #[must_use]
    pub const fn digest(&self) -> Option<Digest> {
        match self {
            Self::Loopback => None,
            Self::Trusted(digest) | Self::Pinned(digest) | Self::Provisional(digest) => Some(*digest),
        }
    }
}

/// No connection with TLS can be made on this computer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The system names no certificate authorities.
    #[error("this computer has no list of trusted certificates; install its package ca-certificates")]
    NoSystemRoots,
    /// The cryptography does not fit together. A fault of the program.
    #[error("TLS cannot be set up")]
    Setup,
}

/// Remembers the certificate that a connection met. Read it only after the connection stands: before that, nothing
/// shows that the other side has the private key.
#[derive(Debug, Clone, Default)]
pub struct Meeting(Arc<Mutex<Option<Certificate>>>);

impl Meeting {
    /// What was met last.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note(&self, certificate: Certificate) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(certificate);
    }
}

/// A client's TLS for one kind of trust, and where it notes what it meets. Sessions are not resumed, so that every
/// connection meets its certificate anew.
///
/// # Errors
///
/// [`TlsError`]; lacking system roots matter only to [`Trust::System`].
pub fn client_config(trust: &Trust) -> Result<(ClientConfig, Meeting), TlsError> {
    let provider = Arc::new(ring::default_provider());
    let system = match trust {
        Trust::Pinned(_) => None,
        Trust::System => Some(system_verifier().ok_or(TlsError::NoSystemRoots)?),
        Trust::Provisional => system_verifier(),
    };
    let meeting = Meeting::default();
    let judge = Judge { trust: trust.clone(), system, provider: Arc::clone(&provider), meeting: meeting.clone() };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsError::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(judge))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok((config, meeting))
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469).
///
/// # Errors
///
/// [`Error`] when it is no X.509 certificate of version 3.
pub fn pin_of(certificate: &CertificateDer<'_>) -> Result<Digest, Error> {
    let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
    Ok(Digest(Sha256::digest(key.as_ref()).into()))
}

/// The system's own judgement, read once: its list of authorities is some hundred files.
fn system_verifier() -> Option<Arc<dyn ServerCertVerifier>> {
    static SYSTEM: OnceLock<Option<Arc<rustls_platform_verifier::Verifier>>> = OnceLock::new();
    let verifier = SYSTEM
        .get_or_init(|| rustls_platform_verifier::Verifier::new(Arc::new(ring::default_provider())).ok().map(Arc::new));
    verifier.clone().map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
}

/// Judges a server's certificate by [`Trust`].
struct Judge {
    trust: Trust,
    system: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
    meeting: Meeting,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").field("trust", &self.trust).finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pin = pin_of(end_entity)?;
        let by_system = || match &self.system {
            Some(system) => system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        let met = match &self.trust {
            Trust::System => by_system().map(|_| Certificate::Trusted(pin))?,
            Trust::Provisional => by_system().map_or(Certificate::Provisional(pin), |_| Certificate::Trusted(pin)),
            // Name and dates are not looked at: the key itself was named, and a laptop changes its address.
            Trust::Pinned(pins) if pins.contains(&pin) => Certificate::Pinned(pin),
            Trust::Pinned(_) => {
                return Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure));
            }
        };
        self.meeting.note(met);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
