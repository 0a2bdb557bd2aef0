//! The relay inside this process, until it is stopped.

use std::sync::{Arc, Mutex};

use deskhand_protocol::{code::RelayAddress, key::Digest};
use deskhand_relay::{LanError, Relay, Settings, StartError};
use tokio_util::sync::CancellationToken;

use crate::seat::lock;

/// See the module.
#[derive(Debug)]
pub(crate) struct Inside {
    relay: Mutex<Option<Arc<Relay>>>,
    address: RelayAddress,
    pin: Digest,
    stop: CancellationToken,
}

impl Inside {
    pub(crate) async fn start(settings: Settings) -> Result<Self, StartError> {
        let stop = CancellationToken::new();
        let relay = Relay::start(settings, stop.clone()).await?;
        let (address, pin) = (relay.local_address(), relay.certificate_pin());
        Ok(Self { relay: Mutex::new(Some(Arc::new(relay))), address, pin, stop })
    }

    /// Where the console reaches it.
    pub(crate) const fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// Of the certificate that customers on the local network meet.
    pub(crate) const fn pin(&self) -> Digest {
        self.pin
    }

    pub(crate) fn setup_token(&self) -> Option<String> {
        self.running()?.setup_token()
    }

    /// Where customers on the local network reach it; empty while it is closed to them.
    pub(crate) fn lan_addresses(&self) -> Vec<RelayAddress> {
        self.running().map(|relay| relay.lan_addresses()).unwrap_or_default()
    }

    pub(crate) async fn open_lan(&self) -> Result<(), LanError> {
        self.running().ok_or(LanError::ShuttingDown)?.open_lan().await.map(drop)
    }

    pub(crate) async fn close_lan(&self) -> Result<(), LanError> {
        self.running().ok_or(LanError::ShuttingDown)?.close_lan().await
    }

    /// Commits what is under way and stops.
    pub(crate) async fn stop(&self) {
        let relay = lock(&self.relay).take().and_then(Arc::into_inner);
        // Whoever still uses it holds the last handle; it then stops by itself.
        self.stop.cancel();
        if let Some(relay) = relay {
            relay.shutdown().await;
        }
    }

    pub(crate) fn running(&self) -> Option<Arc<Relay>> {
        lock(&self.relay).clone()
    }
}
