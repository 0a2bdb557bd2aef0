//! What a relay is started with.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

use deskhand_protocol::limit::RECONNECT_GRACE;

use crate::{acme::Acme, proxies::Network};

/// The port that [`Relay::open_lan`](crate::Relay::open_lan) tries first. Not registered with IANA.
pub const LAN_PORT: u16 = 7470;

/// Where the console's listener comes from.
#[derive(Debug, Default)]
pub enum Listen {
    /// Plain HTTP on 127.0.0.1, at the port of the last start if it is free.
    #[default]
    Loopback,
    /// Plain HTTP on a bound listener, which must be on a loopback address.
    Plain(TcpListener),
    /// TLS on a bound listener of any address.
    Tls(TcpListener, Certificate),
}

/// Whose certificate a TLS listener shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Certificate {
    /// The relay's own, known by its pin.
    #[default]
    Own,
    /// One that its clients' systems trust.
    Files {
        /// The certificate chain in PEM.
        chain: PathBuf,
        /// Its key in PEM.
        key: PathBuf,
    },
    /// One that the relay gets from an authority, for its own names.
    Acme(Acme),
}

/// What a relay is started with.
#[derive(Debug)]
pub struct Settings {
    /// Where everything is kept; made if it is not there.
    pub data_dir: PathBuf,
    /// Where the console's listener comes from.
    pub listen: Listen,
    /// Further names under which clients may call this relay (`Host`), without a port.
    pub names: Vec<String>,
    /// Proxies before the console's listener that are believed when they say for whom they call.
    pub proxies: Vec<Network>,
    /// Certificates in PEM by which what the owner has read by HTTPS is known; without, by this system's.
    pub fetch_roots: Option<PathBuf>,
    /// The console's page, packed by `ui/dev/bundle.ts`; browsers get it, over TLS, if there is one.
    pub console: Option<&'static [u8]>,
    /// The port that the LAN listener tries first when none is remembered.
    pub lan_port: u16,
    /// How long a session may miss both ends before it is closed as interrupted.
    pub reconnect_grace: Duration,
}

impl Settings {
    /// The defaults, on loopback only.
    #[must_use]
    pub fn new(data_dir: impl AsRef<Path>) -> Self {
        Self {
            data_dir: data_dir.as_ref().to_path_buf(),
            listen: Listen::Loopback,
            names: Vec::new(),
            proxies: Vec::new(),
            fetch_roots: None,
            console: None,
            lan_port: LAN_PORT,
            reconnect_grace: RECONNECT_GRACE,
        }
    }
}
