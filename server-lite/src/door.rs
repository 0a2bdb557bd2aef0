//! Through which listener a request came, and whether it names that listener: `Host` must be one of its own names and
//! `Origin`, if any, its own origin. Who calls is the peer of the connection or, behind a trusted proxy, whom that names. This holds on loopback too, where any web page that is open in a browser could
//! otherwise talk to the relay, by name or by rebinding a name to 127.0.0.1.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use deskhand_protocol::error::ErrorCode;
use tokio_util::sync::CancellationToken;

use crate::{
    detour::Exchange,
    listen::crowd::{Counted, Crowd},
    proxies::{Came, Proxies},
    refusal::Refusal,
};

/// What a listener is for and how it is called.
#[derive(Debug)]
pub(crate) struct Doorway {
    /// Whether it speaks TLS.
    pub(crate) tls: bool,
    /// Whether STUN and TURN are answered at the same port by UDP.
    pub(crate) udp: bool,
    /// Where TURN is answered that comes over TLS.
    pub(crate) detour: Arc<Exchange>,
    /// Names given by whoever runs the relay; at any port, since something may stand before it.
    pub(crate) names: Vec<String>,
    /// Who is believed when he says for whom he calls.
    pub(crate) proxies: Proxies,
    /// Connections by address.
    pub(crate) crowd: Arc<Crowd>,
    /// Cancelled when the listener closes.
    pub(crate) stop: CancellationToken,
}

/// One connection through a doorway.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    /// The doorway.
    pub(crate) way: Arc<Doorway>,
    /// The other end of the connection.
    pub(crate) peer: SocketAddr,
    /// Who calls.
    client: IpAddr,
    /// Whether nobody on the way can read what is said, as far as is known here.
    secure: bool,
    /// The address that was called.
    pub(crate) local: SocketAddr,
    /// The place among those of the caller's address, also while it is a socket. Through a proxy each request has one.
    _counted: Option<Arc<Counted>>,
}

/// An address has enough connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowded;

impl Door {
    /// A connection has come.
    pub(crate) fn open(way: Arc<Doorway>, peer: SocketAddr, local: SocketAddr) -> Result<Self, Crowded> {
        let client = peer.ip();
        let counted =
            if way.proxies.trust(client) { None } else { Some(Arc::new(way.crowd.enter(client).ok_or(Crowded)?)) };
        Ok(Self { client, secure: way.tls, way, peer, local, _counted: counted })
    }

    /// The same door for one request: a proxy's connection brings those of many callers.
    pub(crate) fn for_request(&self, headers: &HeaderMap) -> Result<Self, Crowded> {
        let Some(Came { client, secure }) = self.way.proxies.came(self.peer.ip(), headers) else {
            return Ok(self.clone());
        };
        let counted = self.way.crowd.enter(client).ok_or(Crowded)?;
        Ok(Self { client, secure: self.secure || secure, _counted: Some(Arc::new(counted)), ..self.clone() })
    }

    /// The caller's address.
    pub(crate) const fn caller(&self) -> IpAddr {
        self.client
    }

    /// Whether it came by TLS, to here or to a trusted proxy.
    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Checks that a request means this listener.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok());
        let host: Authority = host.ok_or(FOREIGN_HOST)?;
        if hosts.next().is_some() || !self.is_own(&host) {
            return Err(FOREIGN_HOST);
        }
        if uri.authority().is_some_and(|named| !self.is_own(named)) {
            return Err(FOREIGN_HOST);
        }
        let own_origin = format!("{}://{host}", if self.secure { "https" } else { "http" });
        let is_own = |origin: &axum::http::HeaderValue| origin.as_bytes().eq_ignore_ascii_case(own_origin.as_bytes());
        if headers.get_all(header::ORIGIN).iter().all(is_own) { Ok(()) } else { Err(FOREIGN_ORIGIN) }
    }

    fn is_own(&self, named: &Authority) -> bool {
        if named.as_str().contains('@') {
            return false;
        }
        let host = named.host().trim_start_matches('[').trim_end_matches(']');
        if self.way.names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            return true;
        }
        let port = named.port_u16().unwrap_or(if self.way.tls { 443 } else { 80 });
        let local = self.local.ip().to_canonical();
        let by_address = host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical() == local);
        let by_name = local.is_loopback() && host.eq_ignore_ascii_case("localhost");
        port == self.local.port() && (by_address || by_name)
    }
}

const FOREIGN_HOST: Refusal =
    Refusal::new(ErrorCode::Forbidden, "the request names another host than this relay; --name adds one");
const FOREIGN_ORIGIN: Refusal = Refusal::new(ErrorCode::Forbidden, "the request comes from a page of another origin");
