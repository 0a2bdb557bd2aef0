//! Reading something small by HTTPS from an address that the owner has chosen: a location, or release notes.
//!
//! # Invariants
//!
//! - Only HTTPS, with certificates checked; no redirect is followed and no cookie kept.
//! - An answer has a size and a time beyond which it is none.
//! - What is sent is the address and this program's name and version, nothing else.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, Request, StatusCode, Uri, header},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

/// Time for a request with its answer.
const REQUEST: Duration = Duration::from_secs(15);

/// How certificates of others are checked: by this system, or by the given roots.
pub(crate) fn trusting(roots: Option<&Path>) -> anyhow::Result<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = match roots {
        None => builder.with_platform_verifier()?.with_no_client_auth(),
        Some(path) => {
            let mut store = RootCertStore::empty();
            for root in CertificateDer::pem_file_iter(path).context("the roots to trust cannot be read")? {
                store.add(root?)?;
            }
            builder.with_root_certificates(store).with_no_client_auth()
        }
    };
    Ok(Arc::new(config))
}

/// What reads.
#[derive(Debug, Clone)]
pub(crate) struct Fetch(Arc<ClientConfig>);

impl Fetch {
    /// See [`trusting`].
    pub(crate) fn new(roots: Option<&Path>) -> anyhow::Result<Self> {
        trusting(roots).map(Self)
    }

    /// Reads what is at an address, at most `most` bytes of it.
    pub(crate) async fn get(&self, address: &str, most: usize) -> anyhow::Result<Bytes> {
        timeout(REQUEST, self.ask(address, most)).await.context("there is no answer in time")?
    }

    async fn ask(&self, address: &str, most: usize) -> anyhow::Result<Bytes> {
        let uri: Uri = address.parse().context("the address is none")?;
        anyhow::ensure!(uri.scheme_str() == Some("https"), "the address is not https");
        let authority = uri.authority().context("the address has no host")?.clone();
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = TcpStream::connect((host.as_str(), authority.port_u16().unwrap_or(443))).await?;
        let stream = TlsConnector::from(Arc::clone(&self.0)).connect(ServerName::try_from(host)?, stream).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(connection));
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path)
            .header(header::HOST, HeaderValue::from_str(authority.as_str())?)
            .header(header::USER_AGENT, concat!("deskhand-relay/", env!("CARGO_PKG_VERSION")))
            .header(header::ACCEPT, "application/json")
            .body(Body::empty())?;
        let (parts, body) = sender.send_request(request).await?.into_parts();
        anyhow::ensure!(parts.status == StatusCode::OK, "the answer is {}", parts.status.as_u16());
        let body = to_bytes(Body::new(body), most).await.context("the answer is too long or broke off")?;
        drop(connection);
        Ok(body)
    }
}
