//! Through which listener a request came, and whether it names that listener: `Host` must be one of its own names and
//! `Origin`, if any, its own origin. This holds on loopback too, where any web page that is open in a browser could
//! otherwise talk to the relay, by name or by rebinding a name to 127.0.0.1.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use deskhand_protocol::error::ErrorCode;
use tokio_util::sync::CancellationToken;

use crate::{detour::Exchange, listen::crowd::Counted, refusal::Refusal};

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
    /// Cancelled when the listener closes.
    pub(crate) stop: CancellationToken,
}

/// One connection through a doorway.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    /// The doorway.
    pub(crate) way: Arc<Doorway>,
    /// Who calls.
    pub(crate) peer: SocketAddr,
    /// The address that was called.
    pub(crate) local: SocketAddr,
    /// The connection's place among those of its address, also while it is a socket.
    pub(crate) _counted: Arc<Counted>,
}

impl Door {
    /// The caller's address.
    pub(crate) const fn caller(&self) -> IpAddr {
        self.peer.ip()
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
        let own_origin = format!("{}://{host}", if self.way.tls { "https" } else { "http" });
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
