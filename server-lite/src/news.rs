//! Release notes from an address that the owner has chosen: read now and then, kept, and silent when nobody answers.
//!
//! All of it comes from outside and is shown as text. Nothing is installed and nothing is linked.

use std::{
    cmp::Ordering,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use deskhand_protocol::{
    UnixMillis,
    relay::settings::{Notes, Release},
    text::{Name, Text},
};
use serde::{Deserialize, Serialize};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    fetch::Fetch,
    happening::Happening,
    store::{Store, StoreError, settings},
};

/// How often they are read.
const EVERY: Duration = Duration::from_secs(12 * 3600);
/// How soon again after nobody answered.
const AGAIN: Duration = Duration::from_secs(3600);
/// Longest list: GitHub's first page of thirty releases with long notes.
const ANSWER: usize = 2 * 1024 * 1024;
/// Releases of a list that are looked at.
const RELEASES: usize = 100;

/// The releases that were read last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Read {
    /// From where.
    pub(crate) address: String,
    /// When.
    pub(crate) at: Option<UnixMillis>,
    /// That of the version that runs.
    pub(crate) installed: Option<Release>,
    /// The newest, if it is newer than what runs.
    pub(crate) newest: Option<Release>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct News {
    read: Mutex<Read>,
    /// Another address was chosen.
    chosen: Notify,
}

/// The version that runs.
pub(crate) const RUNNING: &str = env!("CARGO_PKG_VERSION");

impl News {
    /// What is known now of an address; nothing of one that is another by now.
    pub(crate) fn of(&self, address: &str) -> Read {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !address.is_empty() && read.address == address { read } else { Read::default() }
    }

    /// The owner has chosen an address.
    pub(crate) fn choose(&self) {
        self.chosen.notify_one();
    }

    fn keep(&self, read: Read) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = read;
    }
}

/// Reads them until the relay stops.
pub(crate) async fn run(news: Arc<News>, store: Arc<Store>, fetch: Option<Fetch>, stop: CancellationToken) {
    let Some(fetch) = fetch else { return };
    if let Ok(Some(kept)) = store.read(|db| settings::get(db, settings::NEWS)).await
        && let Ok(kept) = serde_json::from_str(&kept)
    {
        news.keep(kept);
    }
    loop {
        let address =
            store.read(settings::relay).await.map(|chosen| chosen.news.as_str().to_owned()).unwrap_or_default();
        let wait = match address.as_str() {
            "" => None,
            address => match look(&fetch, address, &stop).await {
                Ok(read) => {
                    let before = news.of(address);
                    let other =
                        before.newest != read.newest || before.installed != read.installed || before.at.is_none();
                    let kept = serde_json::to_string(&read).unwrap_or_default();
                    news.keep(read);
                    let stored: Result<(), StoreError> = store
                        .write(move |change| {
                            settings::set(change.db, settings::NEWS, &kept)?;
                            if other { change.happened(Happening::Settings) } else { Ok(()) }
                        })
                        .await;
                    if let Err(error) = stored {
                        tracing::warn!(%error, "the release notes are not kept");
                    }
                    Some(EVERY)
                }
                Err(error) => {
                    // No line of a log for a computer that is offline.
                    tracing::debug!(%error, "no release notes");
                    Some(AGAIN)
                }
            },
        };
        let waited = async {
            match wait {
                Some(wait) => sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = news.chosen.notified() => {}
            () = waited => {}
        }
    }
}

async fn look(fetch: &Fetch, address: &str, stop: &CancellationToken) -> anyhow::Result<Read> {
    let answer = stop.run_until_cancelled(fetch.get(address, ANSWER)).await.context("the relay stops")??;
    let (installed, newest) = releases(&answer)?;
    Ok(Read { address: address.to_owned(), at: Some(clock::wall()), installed, newest })
}

/// One release in GitHub's form. What is missing or of another kind is left out, not the whole list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    tag_name: Option<String>,
    name: Option<String>,
    body: Option<String>,
    published_at: Option<String>,
    draft: bool,
    prerelease: bool,
}

/// The release of what runs, and the newest one if it is newer.
pub(crate) fn releases(answer: &[u8]) -> anyhow::Result<(Option<Release>, Option<Release>)> {
    let listed: Vec<serde_json::Value> = match serde_json::from_slice(answer)? {
        serde_json::Value::Array(all) => all,
        // The address of the latest release alone.
        one => vec![one],
    };
    let listed = listed.into_iter().take(RELEASES).filter_map(|one| serde_json::from_value::<Listed>(one).ok());
    let mut all: Vec<Release> = listed.filter(|one| !one.draft && !one.prerelease).filter_map(release).collect();
    anyhow::ensure!(!all.is_empty(), "there is no release in the answer");
    all.sort_by(|one, other| compare(one.version.as_str(), other.version.as_str()));
    let installed = all.iter().find(|release| compare(release.version.as_str(), RUNNING) == Ordering::Equal).cloned();
    let newest = all.pop().filter(|release| compare(release.version.as_str(), RUNNING) == Ordering::Greater);
    Ok((installed, newest))
}

fn release(listed: Listed) -> Option<Release> {
    let tag = listed.tag_name?;
    let version = tag.trim().trim_start_matches(['v', 'V']).to_owned();
    numbers(&version)?;
    Some(Release {
        title: Name::lossy(listed.name.as_deref().unwrap_or(&tag).trim()),
        notes: tidy(listed.body.as_deref().unwrap_or_default()),
        published_at: listed.published_at.as_deref().and_then(moment),
        version: Name::lossy(&version),
    })
}

fn tidy(text: &str) -> Notes {
    Text::lossy(text.replace('\t', "    ").trim())
}

/// The numbers of a version; `None` for what is no version.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let (plain, _) = version.split_once(['-', '+']).unwrap_or((version, ""));
    plain.split('.').map(|number| number.parse().ok()).collect()
}

/// Which version is newer; a pre-release comes before its release.
fn compare(one: &str, other: &str) -> Ordering {
    let key = |version: &str| {
        let mut numbers = numbers(version).unwrap_or_default();
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        (numbers, !version.contains('-'))
    };
    key(one).cmp(&key(other))
}

/// A moment as `2026-01-02T03:04:05Z`.
fn moment(text: &str) -> Option<UnixMillis> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let number = |text: &str| (text.len() <= 4).then(|| text.parse::<u16>().ok()).flatten().map(i64::from);
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.split(':').map(|part| number(part.split('.').next().unwrap_or_default()));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days of the civil calendar since 1970; a year begins with March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(UnixMillis((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: &serde_json::Value) -> anyhow::Result<(Option<Release>, Option<Release>)> {
        releases(value.to_string().as_bytes())
    }

    #[test]
    fn the_installed_and_the_newest_are_found_whatever_the_order() {
        let list = json!([
            { "tag_name": "v0.0.9", "name": "Old", "body": "x" },
            { "tag_name": "v999.10.0", "name": "Newest", "body": "- fast\r\n\t- faster", "published_at": "2026-03-02T10:00:00Z" },
            { "tag_name": "v999.9.0", "name": "Newer", "body": "x" },
            { "tag_name": format!("v{RUNNING}"), "name": "This one", "body": "here" },
            { "tag_name": "v1000.0.0", "draft": true },
            { "tag_name": "v1000.0.0-beta.1", "prerelease": true },
            { "tag_name": "nightly", "name": "No version" },
            { "tag_name": 7 },
            "not a release",
        ]);
        let (installed, newest) = read(&list).unwrap();
        assert_eq!(installed.unwrap().title.as_str(), "This one");
        let newest = newest.unwrap();
        assert_eq!((newest.version.as_str(), newest.notes.as_str()), ("999.10.0", "- fast\n    - faster"));
        assert_eq!(newest.published_at, Some(UnixMillis(1_772_445_600_000)));
    }

    #[test]
    fn nothing_newer_is_nothing_and_no_list_is_an_error() {
        let (installed, newest) = read(&json!({ "tag_name": RUNNING, "name": null })).unwrap();
        assert_eq!((installed.is_some(), newest), (true, None));
        for wrong in [json!([]), json!({}), json!([{ "name": "x" }]), json!("v1"), json!(null)] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        assert!(releases(b"<html>").is_err());
    }

    #[test]
    fn text_from_outside_is_cut_and_loses_what_deceives() {
        let body = format!("\u{202e}\u{1b}[31m<script>{}", "x".repeat(100_000));
        let (_, newest) =
            read(&json!([{ "tag_name": "v999.0.0", "name": "a\u{200b}b".repeat(500), "body": body }])).unwrap();
        let newest = newest.unwrap();
        assert!(newest.notes.as_str().starts_with("[31m<script>x"));
        assert_eq!((newest.notes.as_str().len(), newest.title.as_str().len()), (12_000, 120));
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (one, other) in [("0.9.0", "0.10.0"), ("1.0.0-rc.1", "1.0.0"), ("1.2", "1.2.1"), ("9", "10.0.0")] {
            assert_eq!(compare(one, other), Ordering::Less, "{one} {other}");
        }
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Equal);
        assert_eq!(compare("1.0.0+build.5", "1.0.0"), Ordering::Equal);
    }

    #[test]
    fn a_moment_is_read_or_left_out() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(UnixMillis(0)));
        assert_eq!(moment("2000-02-29T12:30:15.5Z"), Some(UnixMillis(951_827_415_000)));
        for wrong in
            ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T25:00:00Z", "-1-01-01T00:00:00Z"]
        {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(bytes: Vec<u8>, tag in "\\PC{0,20}", at in "[0-9TZ:.-]{0,30}") {
            let _ = releases(&bytes);
            let _ = read(&json!([{ "tag_name": tag, "published_at": at, "name": bytes.len() }]));
            let _ = moment(&at);
        }
    }
}
