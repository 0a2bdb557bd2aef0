//! What the owner of a relay chooses for it, and what came of it: `GET` and `POST settings`, `GET news`,
//! `POST news/read`, `POST me`.

use serde::{Deserialize, Serialize};

use crate::{
    UnixMillis,
    text::{Name, Text},
};

/// An address of the web in characters.
pub const ADDRESS_CHARS: usize = 500;
/// Release notes in characters: a few screens of text.
pub const NOTES_CHARS: usize = 12_000;
/// What an address of a location provider has in the place of the address that is asked for.
pub const ADDRESS_ASKED: &str = "{ip}";

/// An address of the web; empty for none.
pub type WebAddress = Text<ADDRESS_CHARS>;
/// Release notes. Hostile text: never HTML.
pub type Notes = Text<NOTES_CHARS>;

/// What the owner has chosen. By default nothing is kept for less than ever, and nobody outside is asked anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct RelaySettings {
    /// Where it is asked by HTTPS where a public address is, with [`ADDRESS_ASKED`] in its place; empty for nowhere.
    #[ts(type = "string")]
    pub location: WebAddress,
    /// Where release notes are read by HTTPS, in the form of GitHub's list of releases; empty for nowhere.
    #[ts(type = "string")]
    pub news: WebAddress,
    /// Sessions that were over so many days ago are deleted; `None` for never.
    pub keep_days: Option<u32>,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self { location: Text::lossy(""), news: Text::lossy(""), keep_days: None }
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// It is no address of the web, not HTTPS, or has a name and password in it.
    #[error("an address begins with https:// and has no password in it")]
    NotHttps,
    /// Nothing says where the address that is asked for belongs, or more than one thing does.
    #[error("the address of a location provider has {ADDRESS_ASKED} once, behind the host")]
    NoPlace,
    /// Sessions are kept for a day at least and a hundred years at most.
    #[error("sessions are kept for 1 to 36500 days, or for ever")]
    Days,
}

impl RelaySettings {
    /// Whether they make sense.
    ///
    /// # Errors
    ///
    /// [`SettingsError`].
    pub fn check(&self) -> Result<(), SettingsError> {
        for address in [&self.location, &self.news] {
            if !address.as_str().is_empty() {
                is_https(address.as_str())?;
            }
        }
        let location = self.location.as_str();
        if !location.is_empty() {
            let after_host =
                location.get("https://".len()..).and_then(|rest| rest.split_once('/')).map(|(_, path)| path);
            let places = location.matches(ADDRESS_ASKED).count();
            if places != 1 || !after_host.is_some_and(|path| path.contains(ADDRESS_ASKED)) {
                return Err(SettingsError::NoPlace);
            }
        }
        if self.keep_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
            return Err(SettingsError::Days);
        }
        Ok(())
    }
}

fn is_https(address: &str) -> Result<(), SettingsError> {
    let url = url::Url::parse(address).map_err(|_| SettingsError::NotHttps)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.host_str().is_some();
    // As it is written: what the parser puts right could look like another address.
    if address.starts_with("https://") && plain && !address.contains(['\n', ' ', '\\']) {
        Ok(())
    } else {
        Err(SettingsError::NotHttps)
    }
}

/// What came of asking where addresses are, since the relay was started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct LocationFigures {
    /// Whether there is a database in the data folder; then nobody is asked for what it knows.
    pub database: bool,
    /// Addresses that the provider was asked for.
    pub asked: u32,
    /// Of these: answers that said where.
    pub found: u32,
    /// Of these: no answer, or none that could be read.
    pub failed: u32,
    /// Looked up again without asking.
    pub known: u32,
}

/// The settings, and how they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SettingsView {
    /// What was chosen.
    pub settings: RelaySettings,
    /// Whether the one who asks owns the relay and may change them.
    pub owner: bool,
    /// What came of asking where addresses are.
    pub location: LocationFigures,
    /// When the release notes were read last; `None` for never, or not since the address was changed.
    pub news_read_at: Option<UnixMillis>,
    /// When sessions were deleted last because their time was over, and how many.
    pub last_deleted: Option<Deleted>,
}

/// Sessions that were deleted because their time was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Deleted {
    /// When.
    pub at: UnixMillis,
    /// How many.
    pub sessions: u32,
}

/// One release. All of its text comes from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Release {
    /// Its version, without a `v` before it.
    #[ts(type = "string")]
    pub version: Name,
    /// Its title.
    #[ts(type = "string")]
    pub title: Name,
    /// What is new, as it was written.
    #[ts(type = "string")]
    pub notes: Notes,
    /// When it was published, if that is known.
    pub published_at: Option<UnixMillis>,
}

/// What is new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct News {
    /// The version that runs.
    #[ts(type = "string")]
    pub running: Name,
    /// Its release.
    pub installed: Option<Release>,
    /// The newest release, if it is another one.
    pub newest: Option<Release>,
    /// The version that this technician has not been told of yet; `None` for nothing new.
    #[ts(type = "string | null")]
    pub unseen: Option<Name>,
}

/// A technician has been told of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsSeen {
    /// Which.
    pub version: Name,
}

/// What a technician is called from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// His name, as customers see it.
    pub name: Name,
    /// His company.
    pub company: Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(location: &str, news: &str, keep_days: Option<u32>) -> Result<(), SettingsError> {
        RelaySettings { location: Text::new(location).unwrap(), news: Text::new(news).unwrap(), keep_days }.check()
    }

    #[test]
    fn addresses_are_https_and_hold_no_password() {
        assert_eq!(RelaySettings::default().check(), Ok(()));
        assert_eq!(with("https://geo.example/{ip}/json", "https://api.example/releases", Some(30)), Ok(()));
        assert_eq!(with("https://geo.example/?of={ip}", "", None), Ok(()));
        for wrong in [
            "http://geo.example/{ip}",
            "HTTPS://geo.example/{ip}",
            "https:geo.example/{ip}",
            "https://",
            "https://user:secret@geo.example/{ip}",
            "https://user@geo.example/{ip}",
            "file:///etc/passwd?{ip}",
            "https://geo.example/\n{ip}",
            "https://geo.example\\@evil.example/{ip}",
            "geo.example/{ip}",
        ] {
            assert_eq!(with(wrong, "", None), Err(SettingsError::NotHttps), "{wrong}");
            assert_eq!(with("", wrong, None), Err(SettingsError::NotHttps), "{wrong}");
        }
    }

    #[test]
    fn the_asked_address_has_one_place_behind_the_host() {
        for wrong in [
            "https://geo.example/",
            "https://{ip}.geo.example/x",
            "https://geo.example/{ip}/{ip}",
            "https://geo.example",
        ] {
            let refused = with(wrong, "", None);
            assert!(matches!(refused, Err(SettingsError::NoPlace | SettingsError::NotHttps)), "{wrong}: {refused:?}");
        }
    }

    #[test]
    fn sessions_are_kept_for_a_day_at_least() {
        assert_eq!(with("", "", Some(0)), Err(SettingsError::Days));
        assert_eq!(with("", "", Some(36_501)), Err(SettingsError::Days));
        assert_eq!(with("", "", Some(1)), Ok(()));
    }
}
