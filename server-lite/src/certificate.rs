//! TLS: the relay's own certificate, known by the pin of its key, one from files, or one from an authority
//! ([`crate::acme`]).
//!
//! The key is kept; the certificate is made anew at each start with the addresses of the day. A client that pins
//! compares the key only, so the pin stays the same for as long as the key file does.

use std::{
    collections::HashMap,
    net::IpAddr,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use deskhand_protocol::key::Digest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PublicKeyData as _, SanType};
use rustls::{
    ConfigBuilder, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert, WantsServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{error::StartError, folder::Folder};

/// The name of the file that holds the key.
const FILE: &str = "tls.key";

/// The relay's own key for TLS.
#[derive(Debug)]
pub(crate) struct OwnKey {
    key: KeyPair,
    pin: Digest,
}

impl OwnKey {
    /// Reads the key, or makes it at the first start: ECDSA on P-256.
    pub(crate) fn load(folder: &Folder) -> Result<Self, StartError> {
        let pem = folder.secret(FILE, || {
            let key = KeyPair::generate().map_err(|_| StartError::Random)?;
            Ok(Zeroizing::new(key.serialize_pem().into_bytes()))
        })?;
        let key = std::str::from_utf8(&pem)
            .ok()
            .and_then(|pem| KeyPair::from_pem(pem).ok())
            .ok_or_else(|| StartError::Damaged { path: folder.file(FILE) })?;
        let pin = Digest(Sha256::digest(key.subject_public_key_info()).into());
        Ok(Self { key, pin })
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    pub(crate) const fn pin(&self) -> Digest {
        self.pin
    }

    /// A configuration that shows a certificate for these names.
    pub(crate) fn config(&self, addresses: &[IpAddr], names: &[String]) -> Result<Arc<ServerConfig>, String> {
        let (chain, key) = self.certificate(addresses, names)?;
        config(chain, key)
    }

    fn certificate(
        &self,
        addresses: &[IpAddr],
        names: &[String],
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
        let text = |error: rcgen::Error| error.to_string();
        let mut params = CertificateParams::new(names.to_vec()).map_err(text)?;
        params.subject_alt_names.extend(addresses.iter().map(|ip| SanType::IpAddress(*ip)));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Deskhand relay");
        let certificate = params.self_signed(&self.key).map_err(text)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        Ok((vec![certificate.der().clone()], key))
    }
}

/// What asks for TURN over TLS, where a browser says so at all (RFC 7443).
const TURN_TLS: &[u8] = b"stun.turn";
/// The protocol under which an authority looks at the listener: RFC 8737.
const ACME_TLS: &[u8] = b"acme-tls/1";

/// What a listener shows; may be exchanged while it runs.
#[derive(Debug)]
pub(crate) struct Shown {
    current: RwLock<Arc<CertifiedKey>>,
    /// By name: what an authority is answered.
    answers: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Shown {
    /// Shows the relay's own certificate for these names, for now.
    pub(crate) fn own(key: &OwnKey, addresses: &[IpAddr], names: &[String]) -> Result<Arc<Self>, String> {
        let (chain, key) = key.certificate(addresses, names)?;
        let current = RwLock::new(Arc::new(certified(chain, &key)?));
        Ok(Arc::new(Self { current, answers: RwLock::default() }))
    }

    /// Shows this from now on.
    pub(crate) fn set(&self, certificate: CertifiedKey) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
    }

    /// Answers an authority that asks for a name.
    pub(crate) fn answer(&self, name: String, certificate: CertifiedKey) {
        self.answers.write().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::new(certificate));
    }

    /// Answers nobody any more.
    pub(crate) fn no_answers(&self) {
        self.answers.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A configuration that shows it.
    pub(crate) fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, String> {
        let mut config = builder()?.with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec(), TURN_TLS.to_vec(), ACME_TLS.to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == ACME_TLS)) {
            let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
            return answers.get(hello.server_name()?).cloned();
        }
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A key with its certificates, ready to be shown.
pub(crate) fn certified(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<CertifiedKey, String> {
    let key = ring::sign::any_supported_type(key).map_err(|error| error.to_string())?;
    let certified = CertifiedKey::new(chain, key);
    certified.keys_match().map_err(|error| error.to_string())?;
    Ok(certified)
}

/// A configuration from PEM files.
pub(crate) fn from_files(chain: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let chain = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("{}: {error}", chain.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    config(chain, key)
}

fn config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>, String> {
    let mut config = builder()?.with_single_cert(chain, key).map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec(), TURN_TLS.to_vec()];
    Ok(Arc::new(config))
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsServerCert>, String> {
    Ok(ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth())
}
