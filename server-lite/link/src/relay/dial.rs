//! Opens a connection to a relay, TCP or a proxy's tunnel and TLS; and on it a WebSocket.

use std::{net::IpAddr, sync::Arc};

use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, task::spawn_blocking, time::timeout};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_with_config,
    tungstenite::{self, client::IntoClientRequest, protocol::WebSocketConfig},
};
use url::Host;

use super::{CONNECT_TIME, Lost, Route};
use crate::{
    proxy::Proxy,
    tls::{Certificate, client_config},
};

/// A WebSocket to a relay.
pub(crate) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects to `path` of a relay; messages of more than `longest` bytes end the connection.
///
/// # Errors
///
/// [`Lost`].
pub(crate) async fn dial(route: &Route, path: &str, longest: usize) -> Result<(Stream, Certificate), Lost> {
    timeout(CONNECT_TIME, try_dial(route, path, longest)).await.unwrap_or(Err(Lost::Unreachable))
}

/// This end's own address, which a dead network takes away; with a proxy between, that of the way to the proxy.
pub(crate) fn local_address(stream: &Stream) -> Option<IpAddr> {
    let tcp = match stream.get_ref() {
        MaybeTlsStream::Plain(tcp) => tcp,
        MaybeTlsStream::Rustls(tls) => tls.get_ref().0,
        _ => return None,
    };
    tcp.local_addr().ok().map(|local| local.ip())
}

/// Connects to a relay, for one request. May take as long as the system lets it.
///
/// # Errors
///
/// [`Lost`].
pub(super) async fn connect(route: &Route) -> Result<(MaybeTlsStream<TcpStream>, Certificate), Lost> {
    let url = route.address.url();
    let port = url.port_or_known_default().ok_or(Lost::Unreachable)?;
    let name = match url.host().ok_or(Lost::Unreachable)? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    };
    let relay = route.address.clone();
    // Reading the system's settings may start a program.
    let proxy = spawn_blocking(move || Proxy::to(&relay)).await.ok().flatten();
    let tcp = match proxy {
        Some(proxy) => proxy.connect(url).await?,
        None => TcpStream::connect((name.as_str(), port)).await.map_err(|_| Lost::Unreachable)?,
    };
    // Signals, chat and packets are small and wait for nobody.
    tcp.set_nodelay(true).map_err(|_| Lost::Unreachable)?;
    let secure = url.scheme() == "https";
    Ok(if secure {
        let (config, meeting) = client_config(&route.trust).map_err(|_| Lost::Certificate)?;
        let name = ServerName::try_from(name).map_err(|_| Lost::Unreachable)?;
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(rustls::Error::InvalidCertificate(_)) => Lost::Certificate,
                Some(_) => Lost::NotARelay,
                None => Lost::Unreachable,
            }
        })?;
        (MaybeTlsStream::Rustls(tls), meeting.certificate().ok_or(Lost::Certificate)?)
    } else {
        (MaybeTlsStream::Plain(tcp), Certificate::Loopback)
    })
}

async fn try_dial(route: &Route, path: &str, longest: usize) -> Result<(Stream, Certificate), Lost> {
    let (stream, certificate) = connect(route).await?;
    let scheme = if route.address.url().scheme() == "https" { "wss" } else { "ws" };
    let request = format!("{scheme}://{}{path}", route.address.authority())
        .into_client_request()
        .map_err(|_| Lost::Unreachable)?;
    let config = WebSocketConfig::default().max_message_size(Some(longest)).max_frame_size(Some(longest));
    let (stream, _) = client_async_with_config(request, stream, Some(config)).await.map_err(|error| match error {
        tungstenite::Error::Http(_) | tungstenite::Error::Protocol(_) => Lost::NotARelay,
        _ => Lost::Unreachable,
    })?;
    Ok((stream, certificate))
}
