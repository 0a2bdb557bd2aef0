//! Removes everything that the program keeps on this computer for this user, and shows that it is gone.
//!
//! It takes away what it knows by name, one by one: a folder that was named by mistake loses nothing else. Whatever
//! stays is named, with why. The program itself stays where the customer has put it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use deskhand_desk::{DataFolder, FileName, FolderError, power::RunOnce};

use crate::{again, machine, memory, single};

/// Folders within the data folder, with all that is in them: the technician's copied files while a call lasts, and the
/// page's own where the system's webview keeps one.
const FOLDERS: [&str; 2] = [machine::PASTED, PAGE];
/// What the webview keeps where it cannot be kept from it.
pub(crate) const PAGE: &str = "page";
/// Made by `deskhand-webview` on Windows.
const LOADER: FileName = FileName::new("WebView2Loader.dll");

/// Files within the data folder.
fn files() -> impl Iterator<Item = FileName> {
    [machine::FILES, memory::FILES, again::FILES, single::FILES, &[LOADER]].into_iter().flatten().copied()
}

/// What was removed and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// What is not there any more, in the order in which it went.
    pub removed: Vec<String>,
    /// What is still there, and why.
    pub left: Vec<(String, String)>,
}

impl Cleaned {
    fn stays(&mut self, path: &Path, why: impl ToString) {
        self.left.push((path.display().to_string(), why.to_string()));
    }

    /// A line for each, and the last one says how it is now.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let removed = self.removed.iter().map(|path| format!("removed {path}"));
        let left = self.left.iter().map(|(path, why)| format!("left {path}: {why}"));
        let now = if self.left.is_empty() {
            "nothing of Deskhand Helper is kept on this computer for this user"
        } else {
            "not everything could be removed"
        };
        removed.chain(left).chain([now.to_owned()]).collect()
    }
}

/// Removes it all: from this data folder or the user's own, and the entry for after a restart.
///
/// # Errors
///
/// [`FolderError::NoHome`] when nobody can say where the folder would be.
pub fn clean(data: Option<&Path>) -> Result<Cleaned, FolderError> {
    let folder = DataFolder::place(data)?;
    let mut cleaned = Cleaned::default();
    match RunOnce::of_this_user().map(|once| once.remove()) {
        Some(Ok(true)) => cleaned.removed.push("the entry that starts it after a restart".to_owned()),
        Some(Err(why)) => cleaned.left.push(("the entry that starts it after a restart".to_owned(), why.to_string())),
        Some(Ok(false)) | None => {}
    }
    clean_folder(&folder, &mut cleaned);
    Ok(cleaned)
}

/// The folder, if everything in it is this program's; else what is.
fn clean_folder(folder: &Path, cleaned: &mut Cleaned) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(why) => return cleaned.stays(folder, why),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if FOLDERS.contains(&name) || files().any(|file| file.is_name_of(name)) {
            remove(&path, cleaned);
        } else {
            cleaned.stays(&path, "this is none of its files");
        }
    }
    if cleaned.left.is_empty() {
        gone(folder, fs::remove_dir(folder), cleaned);
    }
}

/// Removes a file, or a folder with all that is in it. What a link leads to stays.
fn remove(path: &Path, cleaned: &mut Cleaned) {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    if !is_folder {
        return gone(path, fs::remove_file(path), cleaned);
    }
    match fs::read_dir(path) {
        Ok(entries) => {
            let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            inside.iter().for_each(|path| remove(path, cleaned));
            gone(path, fs::remove_dir(path), cleaned);
        }
        Err(why) => cleaned.stays(path, why),
    }
}

/// It counts as removed when it is not there any more, whatever was said of removing it.
fn gone(path: &Path, said: io::Result<()>, cleaned: &mut Cleaned) {
    match (said, fs::symlink_metadata(path)) {
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            cleaned.removed.push(path.display().to_string());
        }
        (Err(why), _) | (Ok(()), Err(why)) => cleaned.stays(path, why),
        (Ok(()), Ok(_)) => cleaned.stays(path, "it is still there"),
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{key::PublicKey, text::Name};
    use deskhand_session::Policy;

    use super::*;
    use crate::machine::Machine;

    fn cleaned(folder: &Path) -> Cleaned {
        let mut cleaned = Cleaned::default();
        clean_folder(folder, &mut cleaned);
        cleaned
    }

    #[test]
    fn all_that_the_program_writes_goes_and_the_second_time_there_is_nothing() {
        let base = tempfile::tempdir().unwrap();
        let data = base.path().join("data");
        let machine = Machine::of_this_computer(Some(&data), Policy::Customer).unwrap();
        memory::remember(&machine.folder, PublicKey([1; 32]), &Name::lossy("Ada"), &Name::default()).unwrap();
        memory::remember_company(&machine.folder, PublicKey([2; 32]), &Name::lossy("Help & Co")).unwrap();
        for file in files() {
            machine.folder.write(file, b"x").unwrap();
        }
        fs::write(data.join("device.key.new-4711"), b"half").unwrap();
        fs::create_dir_all(data.join("pasted/1/deep")).unwrap();
        fs::write(data.join("pasted/1/deep/a letter.txt"), b"").unwrap();
        let first = cleaned(&data);
        assert!(!data.exists() && first.left.is_empty(), "{first:?}");
        let whole = data.display().to_string();
        assert_eq!(first.removed.last(), Some(&whole));
        for file in ["device.key", "checked.json", "companies.json", "reported.txt", "pasted/1/deep/a letter.txt"] {
            assert!(first.removed.contains(&data.join(file).display().to_string()), "{file} is named");
        }
        assert!(first.lines().last().unwrap().starts_with("nothing of Deskhand Helper"));
        let second = cleaned(&data);
        assert_eq!(second, Cleaned::default(), "and nothing is made by asking");
        assert!(!data.exists());
    }

    #[test]
    fn what_is_of_others_stays_and_is_named() {
        let base = tempfile::tempdir().unwrap();
        let data = base.path().join("Documents");
        Machine::of_this_computer(Some(&data), Policy::Customer).unwrap();
        fs::write(data.join("thesis.odt"), b"years of work").unwrap();
        fs::create_dir(data.join("photos")).unwrap();
        let found = cleaned(&data);
        assert_eq!(found.removed, [data.join("device.key").display().to_string()]);
        let left: Vec<&str> = found.left.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(left, [data.join("photos").display().to_string(), data.join("thesis.odt").display().to_string()]);
        assert!(data.join("thesis.odt").exists());
        assert_eq!(found.lines().last().unwrap(), "not everything could be removed");
    }

    #[cfg(unix)]
    #[test]
    fn what_a_link_leads_to_stays() {
        let base = tempfile::tempdir().unwrap();
        let (data, elsewhere) = (base.path().join("data"), base.path().join("elsewhere"));
        DataFolder::open(Some(&data)).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("keep"), b"").unwrap();
        std::os::unix::fs::symlink(&elsewhere, data.join("pasted")).unwrap();
        assert_eq!(cleaned(&data).left, []);
        assert!(!data.exists() && elsewhere.join("keep").exists());
    }
}
