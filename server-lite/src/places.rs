//! Where a public address is, from a database in MaxMind's format that the owner puts into the data folder as
//! `location.mmdb`. Without one nothing is known; nothing is ever sent anywhere to find out.

use std::{
    fmt,
    net::IpAddr,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use deskhand_protocol::{record::Location, text::Name};
use maxminddb::{Reader, path};

/// The database's name in the data folder.
pub(crate) const FILE: &str = "location.mmdb";

/// See the module.
#[derive(Default)]
pub(crate) struct Places {
    database: Option<Reader<Vec<u8>>>,
    failed: AtomicBool,
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("known", &self.database.is_some()).finish()
    }
}

impl Places {
    /// Reads the database, if there is one. One that cannot be read is said once and left aside: without places a
    /// relay works.
    pub(crate) fn open(file: &Path) -> Self {
        let database = match std::fs::read(file) {
            Ok(bytes) => Reader::from_source(bytes)
                .inspect_err(|error| tracing::warn!(%error, "{FILE} is no database of locations"))
                .ok(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, "{FILE} cannot be read");
                None
            }
        };
        Self { database, failed: AtomicBool::new(false) }
    }

    /// Where an address is, as far as is known.
    pub(crate) fn of(&self, address: IpAddr) -> Option<Location> {
        let database = self.database.as_ref()?;
        match look_up(database, address) {
            Ok(location) => Some(location).filter(|location| *location != Location::default()),
            Err(error) => {
                // Said once: a damaged database fails for every address.
                if !self.failed.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "{FILE} is damaged; locations may be missing");
                }
                None
            }
        }
    }
}

fn look_up(database: &Reader<Vec<u8>>, address: IpAddr) -> Result<Location, maxminddb::MaxMindDbError> {
    let found = database.lookup(address)?;
    // The file comes from outside: its text is made to fit like that of a device.
    let name = |text: Option<&str>| text.map(Name::lossy).filter(|name| !name.is_blank());
    Ok(Location {
        country: name(found.decode_path(&path!["country", "iso_code"])?),
        region: name(found.decode_path(&path!["subdivisions", 0, "names", "en"])?),
        city: name(found.decode_path(&path!["city", "names", "en"])?),
    })
}
