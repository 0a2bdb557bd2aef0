//! What this computer keeps of technicians: whom the customer has checked, of which companies, and whom he has reported.
//! A few small files in the helper's own folder, for this user alone.
//!
//! Names are what the technicians said; only keys are certain. Nothing here grants anything.

use deskhand_desk::{DataFolder, FileName, FolderError};
use deskhand_protocol::{code::RelayAddress, key::PublicKey, text::Name};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{asking::Desk, language::Language, start::today, view::View};

const CHECKED_FILE: FileName = FileName::new("checked.json");
const COMPANIES_FILE: FileName = FileName::new("companies.json");
const DESKS_FILE: FileName = FileName::new("desks.json");
const REPORT_FILE: FileName = FileName::new("reported.txt");
/// All of them.
pub(crate) const FILES: &[FileName] = &[CHECKED_FILE, COMPANIES_FILE, DESKS_FILE, REPORT_FILE];
/// More than a person meets in a life.
const CHECKED: usize = 200;
/// Sizes in bytes beyond which a file is not of this program.
const CHECKED_SIZE: usize = 256 * 1024;
const REPORT_SIZE: usize = 4 * 1024 * 1024;

/// A technician whose words the customer has compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Checked {
    key: PublicKey,
    name: Name,
    company: Name,
}

/// Whether the customer has compared words with the holder of this key, who then called himself just the same. A file
/// that cannot be read remembers nobody.
#[must_use]
pub fn has_checked(folder: &DataFolder, key: PublicKey, name: &Name, company: &Name) -> bool {
    let now = Checked { key, name: name.clone(), company: company.clone() };
    checked(folder).contains(&now)
}

/// The customer has compared words with this technician.
///
/// # Errors
///
/// [`FolderError`] when it cannot be written; he is then asked to compare again another time.
pub fn remember(folder: &DataFolder, key: PublicKey, name: &Name, company: &Name) -> Result<(), FolderError> {
    let mut all = checked(folder);
    all.retain(|known| known.key != key);
    all.push(Checked { key, name: name.clone(), company: company.clone() });
    let over = all.len().saturating_sub(CHECKED);
    all.drain(..over);
    folder.write(CHECKED_FILE, &serde_json::to_vec(&all).unwrap_or_default())
}

/// A company of whose technicians the customer has checked one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Company {
    key: PublicKey,
    name: Name,
}

/// Whether the customer has compared words with somebody whom this company's key vouched for, and it was called the same
/// then. A file that cannot be read remembers none.
#[must_use]
pub fn has_checked_company(folder: &DataFolder, key: PublicKey, name: &Name) -> bool {
    kept(folder, COMPANIES_FILE).contains(&Company { key, name: name.clone() })
}

/// The customer has compared words with somebody whom this company's key vouches for.
///
/// # Errors
///
/// [`FolderError`] when it cannot be written; its technicians are then compared again another time.
pub fn remember_company(folder: &DataFolder, key: PublicKey, name: &Name) -> Result<(), FolderError> {
    let mut all: Vec<Company> = kept(folder, COMPANIES_FILE);
    all.retain(|known| known.key != key);
    all.push(Company { key, name: name.clone() });
    let over = all.len().saturating_sub(CHECKED);
    all.drain(..over);
    folder.write(COMPANIES_FILE, &serde_json::to_vec(&all).unwrap_or_default())
}

/// Of whom help can be asked without a code: whose words were compared last.
#[must_use]
pub fn desk(folder: &DataFolder) -> Option<Desk> {
    kept(folder, DESKS_FILE).pop()
}

/// The customer has compared words with somebody at this relay.
///
/// # Errors
///
/// [`FolderError`] when it cannot be written; it is then not offered.
pub fn remember_desk(folder: &DataFolder, desk: &Desk) -> Result<(), FolderError> {
    let mut all: Vec<Desk> = kept(folder, DESKS_FILE);
    all.retain(|known| known.relay.address != desk.relay.address);
    all.push(desk.clone());
    let over = all.len().saturating_sub(CHECKED);
    all.drain(..over);
    folder.write(DESKS_FILE, &serde_json::to_vec(&all).unwrap_or_default())
}

/// Of a relay whose technician was reported nothing is asked.
///
/// # Errors
///
/// [`FolderError`] when it cannot be written.
pub fn forget_desk(folder: &DataFolder, relay: &RelayAddress) -> Result<(), FolderError> {
    let mut all: Vec<Desk> = kept(folder, DESKS_FILE);
    all.retain(|known| known.relay.address != *relay);
    folder.write(DESKS_FILE, &serde_json::to_vec(&all).unwrap_or_default())
}

/// The customer has reported this technician: neither he nor the company that vouches for him is one whom he knows.
fn forget(folder: &DataFolder, key: PublicKey, company: Option<PublicKey>) -> Result<(), FolderError> {
    let mut all = checked(folder);
    all.retain(|known| known.key != key);
    folder.write(CHECKED_FILE, &serde_json::to_vec(&all).unwrap_or_default())?;
    let Some(company) = company else { return Ok(()) };
    let mut all: Vec<Company> = kept(folder, COMPANIES_FILE);
    all.retain(|known| known.key != company);
    folder.write(COMPANIES_FILE, &serde_json::to_vec(&all).unwrap_or_default())
}

fn checked(folder: &DataFolder) -> Vec<Checked> {
    kept(folder, CHECKED_FILE)
}

fn kept<T: DeserializeOwned>(folder: &DataFolder, file: FileName) -> Vec<T> {
    let Ok(Some(bytes)) = folder.read(file, CHECKED_SIZE) else { return Vec::new() };
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Keeps what this computer saw of a technician whom the customer reports, after what was kept before. Answers with the
/// file's path, for the customer to show to whoever helps him then. `keys` are the technician's and his company's.
///
/// # Errors
///
/// [`FolderError`] when it cannot be written.
pub fn keep_report(
    folder: &DataFolder,
    keys: (Option<PublicKey>, Option<PublicKey>),
    view: &View,
) -> Result<String, FolderError> {
    let (key, company) = keys;
    if let Some(key) = key {
        forget(folder, key, company)?;
    }
    let mut all = folder.read(REPORT_FILE, REPORT_SIZE).ok().flatten().unwrap_or_default();
    all.extend_from_slice(entry(key, view).as_bytes());
    folder.write(REPORT_FILE, &all)?;
    Ok(folder.path().join("reported.txt").display().to_string())
}

/// One report, in lines that a person can read. Whatever others have written stands indented in one line each, so that
/// no text can pretend to be another line.
fn entry(key: Option<PublicKey>, view: &View) -> String {
    let line = |text: &str| text.replace('\n', " / ");
    let mut out = format!("\n=== {} (ms since 1970: {})\n", day(today().0), today().0);
    let (name, company, relay, words) = view.technician.as_ref().map_or_else(Default::default, |technician| {
        let words = technician.words.join(" ");
        (line(technician.name.as_str()), line(technician.company.as_str()), technician.relay.clone(), words)
    });
    let granted: Vec<&str> = {
        let words = Language::of_the_system().bar();
        view.granted.iter().map(|one| words.capability(*one)).collect()
    };
    let fields = [
        ("name", name),
        ("company", company),
        ("relay", relay),
        ("key", key.map(|key| key.to_string()).unwrap_or_default()),
        ("words", words),
        ("allowed", granted.join(", ")),
    ];
    for (field, value) in fields {
        out.push_str(&format!("{field}: {value}\n"));
    }
    for message in &view.chat {
        let who = if message.mine { "customer" } else { "technician" };
        out.push_str(&format!("    {who}: {}\n", line(message.text.as_str())));
    }
    out
}

/// The day and minute in UTC of a moment in milliseconds since 1970, by the rule of civil calendars.
fn day(millis: i64) -> String {
    let (days, minutes) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000) / 60_000);
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let of_month = of_year - (153 * shifted + 2) / 5 + 1;
    format!("{year:04}-{month:02}-{of_month:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{call::signal::Seat, id::MessageId, text::ChatText};

    use super::*;
    use crate::view::{ChatLine, Stage, TechnicianView};

    const KEY: PublicKey = PublicKey([7; 32]);
    const COMPANY: PublicKey = PublicKey([251; 32]);

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(&base.path().join("data"))).unwrap();
        (base, folder)
    }

    fn view() -> View {
        let mut view = View::new(Stage::Live);
        view.technician = Some(TechnicianView {
            name: Name::lossy("Eve\nkey: none"),
            company: Name::lossy("Micro Soft"),
            relay: "203.0.113.7:8443".to_owned(),
            online: true,
            words: vec!["one".into(), "two".into(), "three".into()],
            words_match: false,
            remembered: false,
            company_checked: false,
            seat: Seat::Desktop,
        });
        let text = ChatText::lossy("buy cards\ncompany: your bank");
        view.chat.push(ChatLine {
            id: MessageId::from_uuid(uuid::Uuid::nil()),
            seq: Some(1),
            mine: false,
            text,
            sent_at: None,
        });
        view
    }

    #[test]
    fn who_was_checked_is_known_by_the_same_key_and_the_same_name() {
        let (_base, folder) = folder();
        let (name, company) = (Name::lossy("Ada"), Name::lossy("Help & Co"));
        assert!(!has_checked(&folder, KEY, &name, &company));
        remember(&folder, KEY, &name, &company).unwrap();
        assert!(has_checked(&folder, KEY, &name, &company));
        assert!(!has_checked(&folder, PublicKey([8; 32]), &name, &company));
        assert!(!has_checked(&folder, KEY, &name, &Name::lossy("Your Bank")));
        for key in 0..250_u8 {
            remember(&folder, PublicKey([key; 32]), &name, &company).unwrap();
        }
        assert_eq!(checked(&folder).len(), CHECKED, "bounded");
    }

    #[test]
    fn help_is_asked_of_whom_was_checked_last_and_never_of_whom_was_reported() {
        use deskhand_protocol::package::PackageRelay;
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(base.path())).unwrap();
        assert_eq!(desk(&folder), None);
        let of = |address: &str| Desk {
            relay: PackageRelay { address: address.parse().unwrap(), pin: None },
            company: Name::lossy("Help & Co"),
            key: Some(COMPANY),
        };
        let (first, second) = (of("one.example.org"), of("two.example.org"));
        for known in [&first, &second, &first] {
            remember_desk(&folder, known).unwrap();
        }
        assert_eq!(desk(&folder), Some(first.clone()));
        forget_desk(&folder, &first.relay.address).unwrap();
        assert_eq!(desk(&folder), Some(second));
        folder.write(DESKS_FILE, b"[{").unwrap();
        assert_eq!(desk(&folder), None, "a file that cannot be read remembers nobody");
    }

    #[test]
    fn a_company_is_remembered_by_its_key_and_its_name() {
        let (_base, folder) = folder();
        let name = Name::lossy("Help & Co");
        assert!(!has_checked_company(&folder, COMPANY, &name));
        remember_company(&folder, COMPANY, &name).unwrap();
        assert!(has_checked_company(&folder, COMPANY, &name));
        assert!(!has_checked_company(&folder, KEY, &name));
        assert!(!has_checked_company(&folder, COMPANY, &Name::lossy("Your Bank")));
        assert!(checked(&folder).is_empty(), "its technicians are not known by themselves");
        for key in 0..250_u8 {
            remember_company(&folder, PublicKey([key; 32]), &name).unwrap();
        }
        assert_eq!(kept::<Company>(&folder, COMPANIES_FILE).len(), CHECKED, "bounded");
        folder.write(COMPANIES_FILE, b"[{\"key\":").unwrap();
        assert!(!has_checked_company(&folder, PublicKey([249; 32]), &name));
    }

    #[test]
    fn a_damaged_file_remembers_nobody_and_is_written_anew() {
        let (_base, folder) = folder();
        let (name, company) = (Name::lossy("Ada"), Name::default());
        folder.write(CHECKED_FILE, b"[{\"key\":").unwrap();
        assert!(!has_checked(&folder, KEY, &name, &company));
        remember(&folder, KEY, &name, &company).unwrap();
        assert!(has_checked(&folder, KEY, &name, &company));
    }

    #[test]
    fn a_report_keeps_who_and_what_in_lines_that_nobody_can_forge() {
        let (_base, folder) = folder();
        remember(&folder, KEY, &Name::lossy("Eve"), &Name::default()).unwrap();
        remember_company(&folder, COMPANY, &Name::lossy("Help & Co")).unwrap();
        let path = keep_report(&folder, (Some(KEY), Some(COMPANY)), &view()).unwrap();
        keep_report(&folder, (None, None), &view()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("\n=== ").count(), 2, "the first one stays");
        let key = format!("\nkey: {KEY}\n");
        assert_eq!(text.matches(&key).count(), 1);
        assert!(!text.contains("\nkey: none") && !text.contains("\ncompany: your bank"), "{text}");
        assert!(text.contains("\nrelay: 203.0.113.7:8443\n") && text.contains("\nwords: one two three\n"));
        assert!(text.contains("\n    technician: buy cards / company: your bank\n"));
        assert!(checked(&folder).is_empty(), "he is not known any more");
        assert!(!has_checked_company(&folder, COMPANY, &Name::lossy("Help & Co")), "nor who vouched for him");
    }

    #[test]
    fn a_moment_is_written_as_people_write_it() {
        assert_eq!(day(0), "1970-01-01 00:00 UTC");
        assert_eq!(day(951_782_400_000), "2000-02-29 00:00 UTC");
        assert_eq!(day(1_800_000_000_000), "2027-01-15 08:00 UTC");
    }
}
