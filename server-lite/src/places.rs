//! Where a public address is: from a database in MaxMind's format that the owner puts into the data folder as
//! `location.mmdb`, or from a provider that he has chosen and that is asked by HTTPS. Without either nothing is known,
//! and nothing is sent anywhere.
//!
//! # Invariants
//!
//! - The database comes first, and what it knows nobody is asked.
//! - A provider is told public addresses only, each once a month at most.
//! - What it answers is made to fit like what a device says.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use deskhand_protocol::{
    record::Location,
    relay::settings::{ADDRESS_ASKED, LocationFigures},
    text::Name,
};
use maxminddb::{Reader, path};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{addresses, fetch::Fetch};

/// The database's name in the data folder.
pub(crate) const FILE: &str = "location.mmdb";
/// Longest answer of a provider: real ones are under 2 kB.
const ANSWER: usize = 16 * 1024;
/// How long an answer holds.
const KNOWN: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long nobody is asked again after no answer.
const AGAIN: Duration = Duration::from_secs(3600);
/// Addresses that are remembered: a shop has some hundred customers.
const REMEMBERED: usize = 4_096;
/// Requests to a provider at once.
const AT_ONCE: usize = 2;

/// See the module.
pub(crate) struct Places {
    database: Option<Reader<Vec<u8>>>,
    failed: AtomicBool,
    fetch: Option<Fetch>,
    provider: Mutex<Provider>,
    asking: Semaphore,
}

#[derive(Default)]
struct Provider {
    /// Where it is asked; empty for nowhere.
    address: String,
    answers: HashMap<IpAddr, (Option<Location>, Instant)>,
    figures: LocationFigures,
    /// Whether it was said that it fails.
    said: bool,
}

impl Provider {
    /// What was answered for an address, if that still holds.
    fn held(&self, address: IpAddr, now: Instant) -> Option<Option<Location>> {
        let (location, at) = self.answers.get(&address.to_canonical())?;
        let life = if location.is_some() { KNOWN } else { AGAIN };
        (now.saturating_duration_since(*at) < life).then(|| location.clone())
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("known", &self.database.is_some()).finish_non_exhaustive()
    }
}

impl Places {
    /// Reads the database, if there is one. One that cannot be read is said once and left aside: without places a
    /// relay works.
    pub(crate) fn open(file: &Path, fetch: Option<Fetch>) -> Self {
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
        let provider = Mutex::default();
        Self { database, failed: AtomicBool::new(false), fetch, provider, asking: Semaphore::new(AT_ONCE) }
    }

    fn provider(&self) -> MutexGuard<'_, Provider> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another provider, or none. What the one before has said counts no more.
    pub(crate) fn choose(&self, address: &str) {
        let mut provider = self.provider();
        if provider.address != address {
            *provider = Provider { address: address.to_owned(), ..Provider::default() };
        }
    }

    /// What came of asking.
    pub(crate) fn figures(&self) -> LocationFigures {
        LocationFigures { database: self.database.is_some(), ..self.provider().figures.clone() }
    }

    /// Whether there is a provider to ask.
    pub(crate) fn asks(&self) -> bool {
        self.fetch.is_some() && !self.provider().address.is_empty()
    }

    /// Where an address is, as far as is known without asking anybody.
    pub(crate) fn of(&self, address: IpAddr) -> Option<Location> {
        self.of_database(address).or_else(|| self.provider().held(address, Instant::now())?)
    }

    /// Where an address is, asking the provider if there is one and it was not asked lately.
    pub(crate) async fn ask(&self, address: IpAddr) -> Option<Location> {
        let address = address.to_canonical();
        if let Some(location) = self.of_database(address) {
            return Some(location);
        }
        let fetch = self.fetch.as_ref()?;
        let _place = self.asking.acquire().await.ok()?;
        let url = {
            let mut provider = self.provider();
            if provider.address.is_empty() || !addresses::is_public(address) {
                return None;
            }
            if let Some(answered) = provider.held(address, Instant::now()) {
                provider.figures.known = provider.figures.known.saturating_add(1);
                return answered;
            }
            provider.figures.asked = provider.figures.asked.saturating_add(1);
            provider.address.clone()
        };
        let answer = fetch.get(&url.replace(ADDRESS_ASKED, &address.to_string()), ANSWER).await;
        let answer = answer.and_then(|bytes| Ok(read(&serde_json::from_slice(&bytes)?)));
        let mut provider = self.provider();
        if provider.address != url {
            return None;
        }
        let location = match answer {
            Ok(location) => location,
            Err(error) => {
                provider.figures.failed = provider.figures.failed.saturating_add(1);
                // Said once: a provider that is away fails for every address.
                if !std::mem::replace(&mut provider.said, true) {
                    tracing::warn!(%error, "the provider of locations does not answer as it should");
                }
                None
            }
        };
        if location.is_some() {
            provider.figures.found = provider.figures.found.saturating_add(1);
        }
        if provider.answers.len() >= REMEMBERED {
            // Begins anew rather than looking for the oldest: it costs a shop a few requests in years.
            provider.answers.clear();
        }
        provider.answers.insert(address, (location.clone(), Instant::now()));
        location
    }

    fn of_database(&self, address: IpAddr) -> Option<Location> {
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

/// A provider's answer, in any of the usual forms. Nothing when it does not say where.
pub(crate) fn read(answer: &Value) -> Option<Location> {
    let text = |places: &[&str]| {
        let found = places.iter().find_map(|place| answer.pointer(place)?.as_str());
        found.map(Name::lossy).filter(|name| !name.is_blank())
    };
    let is_code =
        |name: &Name| name.as_str().len() == 2 && name.as_str().bytes().all(|byte| byte.is_ascii_alphabetic());
    let country = ["/country_code", "/countryCode", "/country/iso_code", "/country/code", "/country"]
        .iter()
        .find_map(|place| text(&[*place]).filter(is_code))
        .map(|code| Name::lossy(&code.as_str().to_ascii_uppercase()));
    let region = text(&["/region_name", "/regionName", "/subdivisions/0/names/en", "/region/name", "/region"]);
    let city = text(&["/city/names/en", "/city/name", "/city"]);
    let location = Location { country, region, city };
    (location != Location::default()).then_some(location)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(country: &str, region: &str, city: &str) -> Option<Location> {
        let name = |text: &str| Some(Name::lossy(text)).filter(|name| !name.is_blank());
        Some(Location { country: name(country), region: name(region), city: name(city) })
    }

    #[test]
    fn the_usual_answers_are_understood() {
        for (answer, expected) in [
            (json!({ "country": "AT", "region": "Styria", "city": "Graz" }), place("AT", "Styria", "Graz")),
            (json!({ "country": "Austria", "country_code": "at", "region": "Styria" }), place("AT", "Styria", "")),
            (
                json!({ "countryCode": "AT", "country": "Austria", "regionName": "Styria", "region": "6" }),
                place("AT", "Styria", ""),
            ),
            (
                json!({ "country": { "iso_code": "AT" }, "subdivisions": [{ "names": { "en": "Styria" } }],
                        "city": { "names": { "en": "Graz" } } }),
                place("AT", "Styria", "Graz"),
            ),
            (json!({ "city": "Graz" }), place("", "", "Graz")),
        ] {
            assert_eq!(read(&answer), expected, "{answer}");
        }
    }

    #[test]
    fn what_says_nothing_or_is_hostile_is_made_to_fit() {
        for nothing in [
            json!(null),
            json!([]),
            json!("AT"),
            json!({}),
            json!({ "country": 43, "city": ["Graz"] }),
            json!({ "error": true }),
        ] {
            assert_eq!(read(&nothing), None, "{nothing}");
        }
        let hostile = json!({ "country_code": "<b>", "city": format!("a\u{202e}b\u{7}{}", "x".repeat(10_000)) });
        let location = read(&hostile).unwrap();
        assert_eq!(location.country, None);
        let city = location.city.unwrap();
        assert!(city.as_str().starts_with("abx") && city.as_str().chars().count() == 120);
    }
}
