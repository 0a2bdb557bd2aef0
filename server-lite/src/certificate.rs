//! TLS: the relay's own certificate, known by the pin of its key, or one from files.
//!
//! The key is kept; the certificate is made anew at each start with the addresses of the day. A client that pins
//! compares the key only, so the pin stays the same for as long as the key file does.

use std::{net::IpAddr, path::Path, sync::Arc};

use deskhand_protocol::key::Digest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PublicKeyData as _, SanType};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
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
        let text = |error: rcgen::Error| error.to_string();
        let mut params = CertificateParams::new(names.to_vec()).map_err(text)?;
        params.subject_alt_names.extend(addresses.iter().map(|ip| SanType::IpAddress(*ip)));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Deskhand relay");
        let certificate = params.self_signed(&self.key).map_err(text)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        config(vec![certificate.der().clone()], key)
    }
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
    let text = |error: rustls::Error| error.to_string();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(text)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
