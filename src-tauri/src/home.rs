//! The relay that this console is at home at: its own inside this process, or one elsewhere that it joined as its owner.
//!
//! Decides which of the two it is and what customers are given to find it. What is said to it is the same for both.
//!
//! # Invariants
//!
//! - A relay elsewhere is written down before its technician is told that he has joined it.
//! - A relay that is written down can be away: the console starts without it and waits.
//! - Only a relay inside this process is opened and closed by this console.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use deskhand_link::{
    identity::Identity,
    relay::{ConsoleHttp, Route},
    tls::Trust,
};
use deskhand_protocol::{code::RelayAddress, key::Digest, limit, package::PackageRelay, record::TechnicianRecord};
use deskhand_relay::{LanError, Settings};
use serde::{Deserialize, Serialize};

use crate::{
    folder::{Folder, write_private},
    inside::Inside,
    ipc::RelayPlace,
    start::StartError,
};

const FILE: &str = "relay.json";
const VERSION: u32 = 1;

/// Why the file that names the relay is of no use. Each text is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// It cannot be read or written.
    #[error("the file {} cannot be used ({source}); make it readable and writable for this user only", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not what this program writes.
    #[error("the file {} is damaged or newer than this program; move it away and join the relay again", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
}

/// A relay elsewhere, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Joined {
    /// Where it is.
    pub(crate) address: RelayAddress,
    /// Of its own certificate; none where authorities vouch for it, and on loopback.
    pub(crate) pin: Option<Digest>,
    /// Who has joined, for a start while the relay is away.
    pub(crate) technician: TechnicianRecord,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(flatten)]
    joined: Joined,
}

impl Joined {
    /// The relay written down in a data folder, if there is one.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, HomeError> {
        let path = folder.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(HomeError::File { path, source }),
        };
        match serde_json::from_slice::<Stored>(&bytes) {
            Ok(stored) if stored.version == VERSION => Ok(Some(stored.joined)),
            _ => Err(HomeError::Damaged { path }),
        }
    }

    /// Writes it down.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), HomeError> {
        let path = folder.join(FILE);
        let stored = Stored { version: VERSION, joined: self.clone() };
        let bytes = serde_json::to_vec_pretty(&stored).map_err(io::Error::other);
        bytes.and_then(|bytes| write_private(&path, &bytes)).map_err(|source| HomeError::File { path, source })
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Home {
    /// How the relay is asked.
    pub(crate) http: ConsoleHttp,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Inside(Inside),
    Elsewhere { address: RelayAddress, pin: Option<Digest> },
}

impl Home {
    /// Starts the relay inside this process.
    pub(crate) async fn inside(folder: &Folder, identity: &Arc<Identity>) -> Result<Self, StartError> {
        let inside = Inside::start(Settings::new(folder.relay())).await?;
        let http = ConsoleHttp::new(Route::system(inside.address().clone()), Arc::clone(identity))?;
        Ok(Self { http, place: Place::Inside(inside) })
    }

    /// Prepares the way to a relay elsewhere; nothing is sent.
    pub(crate) fn elsewhere(
        address: RelayAddress,
        pin: Option<Digest>,
        identity: &Arc<Identity>,
    ) -> Result<Self, deskhand_link::tls::TlsError> {
        let trust = pin.map_or(Trust::System, |pin| Trust::Pinned(vec![pin]));
        let http = ConsoleHttp::new(Route { address: address.clone(), trust }, Arc::clone(identity))?;
        Ok(Self { http, place: Place::Elsewhere { address, pin } })
    }

    /// Which of the two.
    pub(crate) const fn place(&self) -> RelayPlace {
        match self.place {
            Place::Inside(_) => RelayPlace::Inside,
            Place::Elsewhere { .. } => RelayPlace::Elsewhere,
        }
    }

    /// Where this console reaches it.
    pub(crate) const fn address(&self) -> &RelayAddress {
        match &self.place {
            Place::Inside(inside) => inside.address(),
            Place::Elsewhere { address, .. } => address,
        }
    }

    /// Its address, if it is elsewhere.
    pub(crate) const fn joined_address(&self) -> Option<&RelayAddress> {
        match &self.place {
            Place::Inside(_) => None,
            Place::Elsewhere { address, .. } => Some(address),
        }
    }

    /// Where customers on other computers reach it, the likeliest first; empty while they cannot.
    pub(crate) fn public_addresses(&self) -> Vec<RelayAddress> {
        match &self.place {
            Place::Inside(inside) => inside.lan_addresses(),
            Place::Elsewhere { address, .. } if address.is_loopback() => Vec::new(),
            Place::Elsewhere { address, .. } => vec![address.clone()],
        }
    }

    /// The certificate that a customer may meet there.
    pub(crate) const fn pin(&self) -> Option<Digest> {
        match &self.place {
            Place::Inside(inside) => Some(inside.pin()),
            Place::Elsewhere { pin, .. } => *pin,
        }
    }

    /// The ways that a support package names; never none.
    pub(crate) fn package_relays(&self) -> Vec<PackageRelay> {
        let public = self.public_addresses().into_iter().take(limit::PACKAGE_RELAYS);
        let relays: Vec<_> = public.map(|address| PackageRelay { address, pin: self.pin() }).collect();
        if relays.is_empty() { vec![PackageRelay { address: self.address().clone(), pin: None }] } else { relays }
    }

    /// The relay inside this process, while it runs.
    pub(crate) fn relay_inside(&self) -> Option<Arc<deskhand_relay::Relay>> {
        match &self.place {
            Place::Inside(inside) => inside.running(),
            Place::Elsewhere { .. } => None,
        }
    }

    /// The one-time token of a relay inside that has no owner yet.
    pub(crate) fn setup_token(&self) -> Option<String> {
        match &self.place {
            Place::Inside(inside) => inside.setup_token(),
            Place::Elsewhere { .. } => None,
        }
    }

    /// Lets customers on the local network call; a relay elsewhere stays as its operator has it.
    pub(crate) async fn open_lan(&self) -> Result<(), LanError> {
        match &self.place {
            Place::Inside(inside) => inside.open_lan().await,
            Place::Elsewhere { .. } => Ok(()),
        }
    }

    /// Lets nobody outside this computer call a relay inside any more.
    pub(crate) async fn close_lan(&self) -> Result<(), LanError> {
        match &self.place {
            Place::Inside(inside) => inside.close_lan().await,
            Place::Elsewhere { .. } => Ok(()),
        }
    }

    /// Stops a relay inside in order.
    pub(crate) async fn stop(&self) {
        if let Place::Inside(inside) = &self.place {
            inside.stop().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{id::TechnicianId, key::PublicKey, text::Name};
    use uuid::Uuid;

    use super::*;

    fn joined() -> Joined {
        Joined {
            address: "https://help.example.org".parse().unwrap(),
            pin: Some(Digest([7; 32])),
            technician: TechnicianRecord {
                id: TechnicianId::from_uuid(Uuid::nil()),
                key: PublicKey([1; 32]),
                name: Name::new("Ada Berg").unwrap(),
                company: Name::new("Berg IT").unwrap(),
            },
        }
    }

    #[test]
    fn what_was_joined_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Joined::read(dir.path()).unwrap(), None);
        joined().write(dir.path()).unwrap();
        assert_eq!(Joined::read(dir.path()).unwrap(), Some(joined()));
    }

    #[test]
    fn a_file_that_is_damaged_or_newer_is_named_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        joined().write(dir.path()).unwrap();
        let path = dir.path().join(FILE);
        let whole = fs::read_to_string(&path).unwrap();
        for wrong in [&whole[..whole.len() / 2], &whole.replace("\"version\": 1", "\"version\": 2"), "", "[]"] {
            fs::write(&path, wrong).unwrap();
            let error = Joined::read(dir.path()).unwrap_err();
            assert!(error.to_string().contains(FILE), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), wrong);
        }
    }
}
