//! The administrator's grant file: who may do what on a computer where nobody sits to be asked.
//!
//! ```toml
//! technicians = ["o3…"]               # their consoles' keys, as the console's settings show them
//! capabilities = ["view", "control"]
//! expires = 2027-01-01T00:00:00Z
//! ```
//!
//! It counts only if nobody but root can have written it: the file and every folder above it belong to root and
//! nobody else may write there. On Windows that is the system and its administrators. It is read once, at start.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use deskhand_protocol::{
    UnixMillis,
    capability::{Capability, WORKING},
    key::PublicKey,
};
use deskhand_session::StandingGrant;
use serde::Deserialize;
use toml::value::Datetime;

/// A grant file is a handful of lines; more is a mistake.
const SIZE: u64 = 64 * 1024;

/// Why a grant file does not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantFileError {
    /// It cannot be read.
    #[error("the grant file {path} cannot be read ({why}); an administrator has to put it there")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It is no ordinary file, or too big to be one.
    #[error("{0} is no grant file")]
    NoFile(PathBuf),
    /// Somebody else could have written it.
    #[error("{0} can be changed by others than root; make root its owner and take the right to write from all others")]
    NotRoots(PathBuf),
    /// Nobody can tell here who could have written it.
    #[error("a grant file does not count on this system yet; start the helper without --headless")]
    Unsupported,
    /// It is not of the form.
    #[error("the grant file is wrong: {0}")]
    Malformed(String),
    /// It has no time zone in its expiry, or no time at all.
    #[error("the grant file's expiry needs date, time and zone, as in 2027-01-01T00:00:00Z")]
    Expiry,
    /// Its time is over.
    #[error("the grant file has expired; an administrator has to renew it")]
    Expired,
    /// It names nobody or nothing.
    #[error("the grant file names no technician or no capability")]
    Empty,
    /// It names something that this program cannot do.
    #[error("the grant file names a capability that this version does not have; it has view and control")]
    NotWorking,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantFile {
    technicians: Vec<PublicKey>,
    capabilities: Vec<Capability>,
    expires: Datetime,
}

/// Who owns a file or folder and who may write to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The owner's number.
    pub owner: u32,
    /// The permission bits.
    pub mode: u32,
}

impl Access {
    /// Whether nobody but root can write there.
    const fn is_roots(self) -> bool {
        self.owner == 0 && self.mode & 0o022 == 0
    }

    /// Whether nobody but root and this user can write there.
    pub(crate) const fn is_of(self, user: u32) -> bool {
        (self.owner == 0 || self.owner == user) && self.mode & 0o022 == 0
    }
}

/// What the system says of a file or folder.
///
/// # Errors
///
/// What the system says when it says nothing.
#[cfg(unix)]
pub fn access(path: &Path) -> io::Result<Access> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path)?;
    Ok(Access { owner: metadata.uid(), mode: metadata.mode() })
}

#[cfg(windows)]
pub use acl::access;

#[cfg(windows)]
#[path = "grant_file/acl.rs"]
mod acl;

/// Who may write is not known on this system, so nothing counts.
///
/// # Errors
///
/// Always.
#[cfg(not(any(unix, windows)))]
pub fn access(_: &Path) -> io::Result<Access> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reads and checks a grant file. `access` is [`access`], but in tests.
///
/// # Errors
///
/// [`GrantFileError`], as a sentence for an administrator. Nothing of the file counts then.
pub fn read(
    path: &Path,
    access: impl Fn(&Path) -> io::Result<Access>,
    today: UnixMillis,
    now: Instant,
) -> Result<StandingGrant, GrantFileError> {
    let unreadable = |why| GrantFileError::Unreadable { path: path.to_owned(), why };
    // Links are followed first: what counts is who can write where they lead. No folder on the way can be swapped
    // between this check and the reading, because only root can write to any of them.
    let real = fs::canonicalize(path).map_err(unreadable)?;
    for part in real.ancestors() {
        let access = access(part).map_err(|why| match why.kind() {
            io::ErrorKind::Unsupported => GrantFileError::Unsupported,
            _ => unreadable(why),
        })?;
        if !access.is_roots() {
            return Err(GrantFileError::NotRoots(part.to_owned()));
        }
    }
    let metadata = fs::metadata(&real).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > SIZE {
        return Err(GrantFileError::NoFile(real));
    }
    understand(&fs::read_to_string(&real).map_err(unreadable)?, today, now)
}

fn understand(text: &str, today: UnixMillis, now: Instant) -> Result<StandingGrant, GrantFileError> {
    let file: GrantFile =
        toml::from_str(text).map_err(|error| GrantFileError::Malformed(error.message().replace('\n', ", ")))?;
    if file.technicians.is_empty() || file.capabilities.is_empty() {
        return Err(GrantFileError::Empty);
    }
    if !file.capabilities.iter().all(|capability| WORKING.contains(capability)) {
        return Err(GrantFileError::NotWorking);
    }
    let expires = unix_millis(&file.expires).ok_or(GrantFileError::Expiry)?;
    let left = u64::try_from(expires.saturating_sub(today.0)).ok().filter(|left| *left > 0);
    let left = Duration::from_millis(left.ok_or(GrantFileError::Expired)?);
    let until = now.checked_add(left).ok_or(GrantFileError::Expiry)?;
    Ok(StandingGrant {
        technicians: file.technicians.into_iter().collect(),
        capabilities: file.capabilities.into_iter().collect(),
        until,
    })
}

/// Milliseconds since 1970 of a moment with date, time and zone.
fn unix_millis(moment: &Datetime) -> Option<i64> {
    let (date, time) = (moment.date?, moment.time?);
    let offset_minutes = match moment.offset? {
        toml::value::Offset::Z => 0,
        toml::value::Offset::Custom { minutes } => i64::from(minutes),
    };
    let seconds = days(date.year.into(), date.month.into(), date.day.into()) * 86_400
        + i64::from(time.hour) * 3600
        + i64::from(time.minute) * 60
        + i64::from(time.second);
    Some((seconds - offset_minutes * 60) * 1000)
}

/// Days from 1970-01-01 in the Gregorian calendar; years begin in March here, so that the leap day comes last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: UnixMillis = UnixMillis(1_800_000_000_000);

    fn key() -> String {
        PublicKey([7; 32]).to_string()
    }

    fn good() -> String {
        format!("technicians = [\"{}\"]\ncapabilities = [\"view\"]\nexpires = 2027-01-15T10:00:00+01:00\n", key())
    }

    fn roots(_: &Path) -> io::Result<Access> {
        Ok(Access { owner: 0, mode: 0o100_644 })
    }

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grant.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_good_file_grants_what_it_names_until_it_expires() {
        let (_folder, path) = written(&good());
        let now = Instant::now();
        let grant = read(&path, roots, TODAY, now).unwrap();
        assert_eq!(grant.technicians, [PublicKey([7; 32])].into());
        assert_eq!(grant.capabilities, [Capability::View].into());
        assert_eq!(grant.until - now, Duration::from_secs(3600));
    }

    #[test]
    fn what_others_can_write_does_not_count() {
        let (folder, path) = written(&good());
        for (owner, mode) in [(1000, 0o644), (0, 0o664), (0, 0o646)] {
            let access = |part: &Path| if part == path { Ok(Access { owner, mode }) } else { roots(part) };
            assert!(matches!(read(&path, access, TODAY, Instant::now()), Err(GrantFileError::NotRoots(_))));
        }
        let above = |part: &Path| {
            if part == folder.path() { Ok(Access { owner: 0, mode: 0o40_777 }) } else { roots(part) }
        };
        assert!(matches!(read(&path, above, TODAY, Instant::now()), Err(GrantFileError::NotRoots(_))));
    }

    #[test]
    fn a_folder_for_everybody_as_it_really_is_does_not_count() {
        let (_folder, path) = written(&good());
        assert!(matches!(read(&path, access, TODAY, Instant::now()), Err(GrantFileError::NotRoots(_))));
    }

    #[test]
    fn where_nobody_can_tell_who_may_write_nothing_counts() {
        let (_folder, path) = written(&good());
        let unknown = |_: &Path| Err(io::ErrorKind::Unsupported.into());
        assert!(matches!(read(&path, unknown, TODAY, Instant::now()), Err(GrantFileError::Unsupported)));
    }

    #[test]
    fn a_missing_file_says_so() {
        let error = read(Path::new("/nowhere/grant.toml"), roots, TODAY, Instant::now()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/grant.toml"), "{error}");
    }

    #[test]
    fn anything_wrong_is_one_sentence_and_no_grant() {
        let broken = [
            "".to_owned(),
            "technicians = 1".to_owned(),
            good() + "everyone = true\n",
            good().replace("view", "fly"),
            good().replace("view", "terminal"),
            good().replace("[\"view\"]", "[]"),
            good().replace(&format!("\"{}\"", key()), ""),
            good().replace(&key(), "abc"),
            good().replace("+01:00", ""),
            good().replace("2027-01-15T10:00:00+01:00", "2027-01-15"),
            good().replace("2027", "2026"),
        ];
        for text in broken {
            let error = understand(&text, TODAY, Instant::now()).unwrap_err().to_string();
            assert!(!error.contains('\n'), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_or_grants_more_than_it_names(
            text in "\\PC{0,200}",
            at: proptest::sample::Index,
            put in "\\PC{0,12}|[0-9TZ:.+-]{1,25}|[\\[\\]\"=\n,]{1,4}",
            over in 0..40_usize,
        ) {
            let now = Instant::now();
            drop(understand(&text, TODAY, now));
            let good = good();
            let at = at.index(good.len());
            let changed = format!("{}{put}{}", &good[..at], &good[(at + over).min(good.len())..]);
            match understand(&changed, TODAY, now) {
                Ok(grant) => {
                    proptest::prop_assert!(grant.until > now && !grant.technicians.is_empty());
                    proptest::prop_assert!(grant.capabilities.iter().all(|capability| WORKING.contains(capability)));
                }
                Err(error) => proptest::prop_assert!(!error.to_string().contains('\n'), "{error}"),
            }
        }

        #[test]
        fn every_moment_that_toml_has_is_a_number(year in 0_u16..=9999, month in 1_u8..=12, day in 1_u8..=28, minutes in -1439_i16..=1439) {
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            let text = format!("{year:04}-{month:02}-{day:02}T23:59:59{sign}{hours:02}:{rest:02}");
            let moment: Datetime = text.parse().unwrap();
            let utc = unix_millis(&moment).unwrap() + i64::from(minutes) * 60_000;
            proptest::prop_assert_eq!(utc.rem_euclid(86_400_000), 86_399_000);
        }
    }

    #[test]
    fn days_are_counted_like_the_calendar() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(2000, 3, 1), 11_017);
        assert_eq!(days(2027, 1, 15) * 86_400_000 + 8 * 3_600_000, TODAY.0);
    }
}
