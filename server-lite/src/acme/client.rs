//! HTTPS to the authority: one connection for each request, certificates checked by the system or by the given roots.

use std::{path::Path, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderValue, Request, header},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::fetch;

/// The longest answer: certificate chains are under 16 kB.
const ANSWER: usize = 256 * 1024;
/// Time for one request with its answer.
const REQUEST: Duration = Duration::from_secs(30);

/// See the module.
pub(super) struct AuthorityClient(Arc<ClientConfig>);

impl AuthorityClient {
    pub(super) fn new(roots: Option<&Path>) -> anyhow::Result<Self> {
        fetch::trusting(roots).map(Self)
    }
}

impl HttpClient for AuthorityClient {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let config = Arc::clone(&self.0);
        Box::pin(async move {
            let asked = timeout(REQUEST, ask(config, request)).await;
            asked
                .unwrap_or_else(|_| Err(anyhow::anyhow!("the authority does not answer")))
                .map_err(|error| Error::Other(error.into()))
        })
    }
}

async fn ask(config: Arc<ClientConfig>, mut request: Request<BodyWrapper<Bytes>>) -> anyhow::Result<BytesResponse> {
    let uri = request.uri().clone();
    anyhow::ensure!(uri.scheme_str() == Some("https"), "the authority's address is not https");
    let authority = uri.authority().context("the authority's address has no host")?.clone();
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((host.as_str(), authority.port_u16().unwrap_or(443))).await?;
    let stream = TlsConnector::from(config).connect(ServerName::try_from(host)?, stream).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(connection));
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).parse()?;
    *request.uri_mut() = path;
    request.headers_mut().insert(header::HOST, HeaderValue::from_str(authority.as_str())?);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = to_bytes(Body::new(body), ANSWER).await?;
    drop(connection);
    Ok(BytesResponse { parts, body: Box::new(body) })
}
