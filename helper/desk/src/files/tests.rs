//! What a technician could try with paths, and what a disk can do to a file.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use deskhand_protocol::{
    call::files::{
        EntryKind, FileHash, FileName, FilePath, FilesError, FilesRequest, Known, Part, Replace, RequestId, SearchEnd,
    },
    capability::Capability,
    key::PublicKey,
    text::Name,
};
use deskhand_session::{Event, Permit, Policy, Session, StandingGrant, Technician};
use sha2::{Digest as _, Sha256};

use super::{Disk, Scope, Writing, guard::Guard};

const KNOWN: Known = Known { size: 5, modified_ms: 1_600_000_000_123 };

fn session(capabilities: &[Capability]) -> Session {
    let now = Instant::now();
    let key = PublicKey([7; 32]);
    let capabilities: std::collections::BTreeSet<_> = capabilities.iter().copied().collect();
    let until = now + Duration::from_secs(3_600);
    let grant = StandingGrant { technicians: [key].into(), capabilities: capabilities.clone(), until };
    let mut session = Session::new(Policy::GrantFile(grant), now);
    let technician = Technician { key, name: Name::lossy("Ada"), company: Name::default() };
    session.handle(Event::TechnicianKnown(technician), now);
    session.handle(Event::Asked(capabilities), now);
    session.handle(Event::PeerConnected, now);
    session
}

fn name(name: &str) -> FileName {
    FileName::new(name).unwrap()
}

fn path(text: &str) -> FilePath {
    FilePath { place: 0, names: text.split('/').filter(|name| !name.is_empty()).map(name).collect() }
}

fn hash(bytes: &[u8]) -> FileHash {
    Sha256::digest(bytes).into()
}

/// A home folder with the usual things in it, and the folder that the customer picked.
struct Machine {
    base: tempfile::TempDir,
    session: Session,
}

impl Machine {
    fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        for folder in ["home/ada/.config/autostart", "home/ada/.ssh", "home/ada/Downloads/Deskhand", "outside"] {
            fs::create_dir_all(base.path().join(folder)).unwrap();
        }
        fs::write(base.path().join("outside/secret"), "hidden").unwrap();
        Self { base, session: session(&[Capability::View, Capability::FilesIn, Capability::FilesOut]) }
    }

    fn at(&self, below: &str) -> PathBuf {
        self.base.path().canonicalize().unwrap().join(below)
    }

    fn guard(&self) -> Guard {
        let home = self.at("home/ada");
        Guard::of(vec![home.to_str().unwrap().split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()])
    }

    /// With this folder granted.
    fn disk(&self, folder: &str) -> Disk {
        Disk::open_with(Scope::Folder(self.at(folder)), self.guard()).unwrap()
    }

    fn whole(&self) -> Disk {
        Disk::open_with(Scope::WholeDisk, self.guard()).unwrap()
    }

    fn inward(&self) -> Permit<'_> {
        self.session.permit(Capability::FilesIn, Instant::now()).unwrap()
    }

    fn outward(&self) -> Permit<'_> {
        self.session.permit(Capability::FilesOut, Instant::now()).unwrap()
    }

    fn write(&self, disk: &Disk, at: &str) -> Result<(), FilesError> {
        let writing = disk.write(&path(at), KNOWN, Replace::Never, &self.inward())?;
        self.fill(writing).map(drop)
    }

    fn fill(&self, mut writing: Writing) -> Result<FileName, FilesError> {
        let done = usize::try_from(writing.offset()).unwrap();
        writing.write(writing.offset(), &b"bytes"[done..], &self.inward())?;
        Ok(writing.finish(&hash(b"bytes"), &self.inward())?.1)
    }

    fn list(&self, disk: &Disk, at: &str) -> Result<Vec<String>, FilesError> {
        let mut names = Vec::new();
        let mut listing = disk.list(&path(at), &self.outward())?;
        loop {
            let part = listing.part(&self.outward())?;
            if part.is_empty() {
                names.sort();
                return Ok(names);
            }
            names.extend(part.into_iter().map(|entry| entry.name.as_str().to_owned()));
        }
    }
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn path_escape_by_link_leads_nowhere() {
    let machine = Machine::new();
    let granted = machine.at("home/ada/Downloads/Deskhand");
    symlink(machine.at("outside"), granted.join("absolute")).unwrap();
    symlink("../../../../outside", granted.join("relative")).unwrap();
    symlink(machine.at("outside/secret"), granted.join("file")).unwrap();
    symlink("circle", granted.join("circle")).unwrap();
    symlink("/", granted.join("top")).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    for link in ["absolute", "relative", "top", "circle"] {
        assert_eq!(machine.list(&disk, link), Err(FilesError::Outside), "{link}");
        assert_eq!(machine.write(&disk, &format!("{link}/new")), Err(FilesError::Outside), "{link}");
        let made = disk.make_folder(&path(&format!("{link}/new")), &machine.inward());
        assert_eq!(made, Err(FilesError::Outside), "{link}");
        let read = disk.read(&path(&format!("{link}/secret")), 0, None, &machine.outward());
        assert_eq!(read.err(), Some(FilesError::Outside), "{link}");
        let found = disk.stat(&path(&format!("{link}/secret")), &machine.outward());
        assert_eq!(found, Err(FilesError::Outside), "{link}");
    }
    assert_eq!(disk.read(&path("file"), 0, None, &machine.outward()).err(), Some(FilesError::NotAFile));
    assert_eq!(machine.write(&disk, "file"), Err(FilesError::NotAFile), "nothing is written through a link");
    assert_eq!(fs::read(machine.at("outside/secret")).unwrap(), b"hidden");
    assert_eq!(count(&machine.at("outside")), 1);
}

#[test]
fn a_link_that_stays_inside_is_followed() {
    let machine = Machine::new();
    let granted = machine.at("home/ada/Downloads/Deskhand");
    fs::create_dir_all(granted.join("a/b")).unwrap();
    fs::write(granted.join("a/b/file"), "x").unwrap();
    symlink(granted.join("a"), granted.join("absolute")).unwrap();
    symlink("../a/b", granted.join("a/back")).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    assert_eq!(machine.list(&disk, "absolute/b").unwrap(), ["file"]);
    assert_eq!(machine.list(&disk, "absolute/back").unwrap(), ["file"]);
    machine.write(&disk, "absolute/back/new").unwrap();
    assert_eq!(fs::read(granted.join("a/b/new")).unwrap(), b"bytes");
}

#[test]
fn path_escape_by_dots_is_no_path() {
    // The decoder knows no such name, and there is no text that is taken apart later.
    for bad in ["..", ".", "", "../x", "a/../../x", "/etc/passwd"] {
        assert!(FileName::new(bad).is_err(), "{bad}");
    }
    let good = FilesRequest::List(path("xy")).encode(RequestId(1));
    assert!(FilesRequest::decode(&good).is_ok());
    let mut dots = good;
    let at = dots.len() - 2;
    dots[at..].copy_from_slice(b"..");
    assert!(FilesRequest::decode(&dots).is_err());
    let machine = Machine::new();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    assert_eq!(machine.list(&disk, ".../..x"), Err(FilesError::NotFound), "plain names, and not there");
}

#[test]
fn path_escape_by_device_name_opens_no_device() {
    let machine = Machine::new();
    let disk = machine.whole();
    for device in ["dev/zero", "dev/null", "dev/tty", "dev/full"] {
        assert_eq!(disk.read(&path(device), 0, None, &machine.outward()).err(), Some(FilesError::NotAFile), "{device}");
        assert_eq!(machine.write(&disk, device), Err(FilesError::Protected), "{device}");
    }
    let granted = machine.at("home/ada/Downloads/Deskhand");
    let pipe = granted.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(granted.join("socket")).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    for special in ["pipe", "socket"] {
        // Opening the pipe would wait for ever.
        assert_eq!(
            disk.read(&path(special), 0, None, &machine.outward()).err(),
            Some(FilesError::NotAFile),
            "{special}"
        );
        assert_eq!(machine.write(&disk, special), Err(FilesError::NotAFile), "{special}");
        assert_eq!(disk.stat(&path(special), &machine.outward()).unwrap().kind, EntryKind::Other);
    }
    assert_eq!(disk.read(&path(""), 0, None, &machine.outward()).err(), Some(FilesError::NotAFile));
}

#[test]
fn path_escape_by_unicode_trick_becomes_a_plain_name() {
    let machine = Machine::new();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    for trick in ["..\u{ff0f}..\u{2215}x", "invoice\u{202e}fdp.exe", "\u{202e}", "a\u{200b}\u{1b}[31m"] {
        machine.write(&disk, trick).unwrap();
    }
    let names = machine.list(&disk, "").unwrap();
    assert_eq!(names, [".._.._x", "_", "a__[31m", "invoice_fdp.exe"]);
    assert_eq!(count(&machine.at("home/ada/Downloads")), 1);
}

#[test]
fn write_into_autostart_is_refused_under_every_grant() {
    let machine = Machine::new();
    let home = machine.at("home/ada");
    symlink(".config/autostart", home.join("innocent")).unwrap();
    symlink(home.join(".ssh"), home.join("Downloads/keys")).unwrap();
    let disk = machine.disk("home/ada");
    for target in [
        ".config/autostart/x.desktop",
        "innocent/x.desktop",
        ".ssh/authorized_keys",
        "Downloads/keys/authorized_keys",
        ".bashrc",
        ".profile",
        ".config",
    ] {
        assert_eq!(machine.write(&disk, target), Err(FilesError::Protected), "{target}");
        assert_eq!(disk.make_folder(&path(target), &machine.inward()), Err(FilesError::Protected), "{target}");
        let replaced = disk.write(&path(target), KNOWN, Replace::Always, &machine.inward());
        assert_eq!(replaced.err(), Some(FilesError::Protected), "{target}");
    }
    // By names from the root of the whole disk, and with the very folder granted.
    let deep = machine.at("home/ada/.config/autostart/x.desktop");
    assert_eq!(machine.write(&machine.whole(), deep.to_str().unwrap()), Err(FilesError::Protected));
    assert_eq!(machine.write(&machine.disk("home/ada/.config/autostart"), "x.desktop"), Err(FilesError::Protected));
    assert_eq!(count(&home.join(".config/autostart")) + count(&home.join(".ssh")), 0);
}

#[test]
fn a_folder_is_not_renamed_into_autostart_nor_out_of_it() {
    let machine = Machine::new();
    let home = machine.at("home/ada");
    fs::remove_dir(home.join(".config/autostart")).unwrap();
    fs::create_dir_all(home.join(".config/filled")).unwrap();
    fs::create_dir_all(home.join(".local/share")).unwrap();
    let disk = machine.disk("home/ada");
    for (from, to) in [
        (".config/filled", "autostart"),
        (".config", "config"),
        (".local/share", "x"),
        ("Downloads", ".bash_profile"),
        (".ssh", "ssh"),
    ] {
        let renamed = disk.rename(&path(from), &name(to), &machine.inward());
        assert_eq!(renamed, Err(FilesError::Protected), "{from} to {to}");
        assert_eq!(disk.trash(&path(".ssh"), &machine.inward()), Err(FilesError::Protected));
    }
    assert_eq!(disk.rename(&path(""), &name("x"), &machine.inward()), Err(FilesError::Protected));
    disk.rename(&path("Downloads"), &name("Loads"), &machine.inward()).unwrap();
}

#[test]
fn a_link_put_in_between_leads_nowhere() {
    let machine = Machine::new();
    let granted = machine.at("home/ada/Downloads/Deskhand");
    let (real, link) = (granted.join("real"), granted.join("link"));
    fs::create_dir(&real).unwrap();
    symlink(machine.at("outside"), &link).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                // The folder and the link change places again and again.
                rustix::fs::renameat_with(
                    rustix::fs::CWD,
                    &real,
                    rustix::fs::CWD,
                    &link,
                    rustix::fs::RenameFlags::EXCHANGE,
                )
                .unwrap();
            }
        });
        for number in 0..2_000 {
            let _ = machine.write(&disk, &format!("real/{number}"));
            let _ = disk.make_folder(&path(&format!("real/f{number}")), &machine.inward());
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(count(&machine.at("outside")), 1, "only what was there");
}

#[test]
fn a_received_file_cannot_be_run_and_says_where_it_is_from() {
    let machine = Machine::new();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    machine.write(&disk, "setup.sh").unwrap();
    let file = machine.at("home/ada/Downloads/Deskhand/setup.sh");
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o111, 0);
    assert_eq!(metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000, KNOWN.modified_ms, "its time is kept");
    let mut mark = [0; 64];
    match rustix::fs::getxattr(&file, "user.xdg.origin.url", &mut mark) {
        Ok(len) => assert_eq!(&mark[..len], b"deskhand://technician"),
        Err(error) => assert_eq!(error, rustix::io::Errno::NOTSUP, "a file system without attributes"),
    }
    assert_eq!(count(&machine.at("home/ada/Downloads/Deskhand")), 1, "nothing is left beside it");
}

#[test]
fn replacing_a_program_takes_its_execute_bit() {
    let machine = Machine::new();
    let file = machine.at("home/ada/Downloads/Deskhand/tool");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let writing = disk.write(&path("tool"), KNOWN, Replace::Always, &machine.inward()).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"old", "until the new one is whole");
    machine.fill(writing).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"bytes");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o111, 0);
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let machine = Machine::new();
    let folder = machine.at("home/ada/Downloads/Deskhand");
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let mut writing = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward()).unwrap();
    writing.write(0, b"byt", &machine.inward()).unwrap();
    // Killed here: no farewell of any kind.
    drop(writing);
    assert!(machine.list(&disk, "").unwrap().is_empty(), "a half file is shown to nobody");
    let other = Known { size: 5, modified_ms: 1 };
    let another = disk.write(&path("f"), other, Replace::Never, &machine.inward()).unwrap();
    assert_eq!(another.offset(), 0, "another file of that name does not go on from it");
    another.cancel(Part::Forget);
    let writing = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward()).unwrap();
    assert_eq!(writing.offset(), 3);
    machine.fill(writing).unwrap();
    assert_eq!(fs::read(folder.join("f")).unwrap(), b"bytes");
    assert_eq!(count(&folder), 1);
}

#[test]
fn what_arrives_damaged_takes_nothings_place() {
    let machine = Machine::new();
    let file = machine.at("home/ada/Downloads/Deskhand/f");
    fs::write(&file, "old").unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let mut writing = disk.write(&path("f"), KNOWN, Replace::Always, &machine.inward()).unwrap();
    writing.write(0, b"bytez", &machine.inward()).unwrap();
    assert_eq!(writing.finish(&hash(b"bytes"), &machine.inward()), Err(FilesError::Mismatch));
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(count(file.parent().unwrap()), 1, "the damaged part is gone");
}

#[test]
fn only_the_next_bytes_of_the_file_are_taken() {
    let machine = Machine::new();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let mut writing = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward()).unwrap();
    assert_eq!(writing.write(1, b"x", &machine.inward()), Err(FilesError::Failed), "a hole");
    assert_eq!(writing.write(0, b"too long", &machine.inward()), Err(FilesError::Failed));
    writing.write(0, b"byt", &machine.inward()).unwrap();
    assert_eq!(writing.write(0, b"byt", &machine.inward()), Err(FilesError::Failed), "twice");
    let again = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward());
    assert_eq!(again.err(), Some(FilesError::Busy), "two at once");
    assert_eq!(writing.finish(&hash(b"byt"), &machine.inward()), Err(FilesError::Failed), "too short");
    assert_eq!(
        fs::metadata(machine.at("home/ada/Downloads/Deskhand/f")).err().map(|e| e.kind()),
        Some(std::io::ErrorKind::NotFound)
    );
}

#[test]
fn a_part_that_somebody_prepared_is_not_written_to() {
    let machine = Machine::new();
    let folder = machine.at("home/ada/Downloads/Deskhand");
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let part = || fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let writing = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward()).unwrap();
    let name = part();
    writing.cancel(Part::Forget);
    symlink(machine.at("outside/secret"), &name).unwrap();
    let through = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward());
    assert_eq!(through.err(), Some(FilesError::Outside), "a link");
    fs::remove_file(&name).unwrap();
    fs::hard_link(machine.at("outside/secret"), &name).unwrap();
    let through = disk.write(&path("f"), KNOWN, Replace::Never, &machine.inward());
    assert_eq!(through.err(), Some(FilesError::Denied), "a second name");
    assert_eq!(fs::read(machine.at("outside/secret")).unwrap(), b"hidden");
}

#[test]
fn a_full_disk_is_said_before_anything_is_written() {
    let machine = Machine::new();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let known = Known { size: u64::MAX / 2, modified_ms: 0 };
    let writing = disk.write(&path("f"), known, Replace::Never, &machine.inward());
    assert_eq!(writing.err(), Some(FilesError::Full));
    assert_eq!(count(&machine.at("home/ada/Downloads/Deskhand")), 0);
    assert_eq!(super::told(rustix::io::Errno::NOSPC), FilesError::Full);
    assert_eq!(super::told(rustix::io::Errno::ACCESS), FilesError::Denied);
}

#[test]
fn each_direction_needs_its_own_permit_at_each_step() {
    let machine = Machine::new();
    fs::write(machine.at("home/ada/Downloads/Deskhand/f"), "text").unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let (into, out) = (machine.inward(), machine.outward());
    let refused = Some(FilesError::NotGranted);
    assert_eq!(disk.places(&into).err(), refused);
    assert_eq!(disk.list(&path(""), &into).err(), refused);
    assert_eq!(disk.list(&path(""), &out).unwrap().part(&into).err(), refused);
    assert_eq!(disk.stat(&path("f"), &into).err(), refused);
    assert_eq!(disk.search(&path(""), "f", &into).err(), refused);
    assert_eq!(disk.search(&path(""), "f", &out).unwrap().part(&disk, &into).err(), refused);
    assert_eq!(disk.read(&path("f"), 0, None, &into).err(), refused);
    assert_eq!(disk.make_folder(&path("g"), &out).err(), refused);
    assert_eq!(disk.rename(&path("f"), &name("g"), &out).err(), refused);
    assert_eq!(disk.trash(&path("f"), &out).err(), refused);
    assert_eq!(disk.write(&path("g"), KNOWN, Replace::Never, &out).err(), refused);
    let mut reading = disk.read(&path("f"), 0, None, &out).unwrap();
    assert_eq!(reading.read(2, &into).err(), refused);
    let mut writing = disk.write(&path("g"), KNOWN, Replace::Never, &into).unwrap();
    assert_eq!(writing.write(0, b"bytes", &out).err(), refused);
    writing.write(0, b"bytes", &into).unwrap();
    assert_eq!(writing.finish(&hash(b"bytes"), &out).err(), refused);
}

#[test]
fn a_file_is_read_from_an_offset_with_the_hash_of_all_of_it() {
    let machine = Machine::new();
    let file = machine.at("home/ada/Downloads/Deskhand/f");
    fs::write(&file, "0123456789").unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let known = disk.read(&path("f"), 0, None, &machine.outward()).unwrap().known();
    let mut reading = disk.read(&path("f"), 6, Some(known), &machine.outward()).unwrap();
    assert_eq!(reading.read(3, &machine.outward()).unwrap(), (6, b"678".to_vec()));
    assert_eq!(reading.read(3, &machine.outward()).unwrap(), (9, b"9".to_vec()));
    assert!(reading.is_over());
    assert_eq!(reading.finish().unwrap(), hash(b"0123456789"));
    assert_eq!(disk.read(&path("f"), 11, None, &machine.outward()).err(), Some(FilesError::Changed));
    let mut reading = disk.read(&path("f"), 0, None, &machine.outward()).unwrap();
    fs::write(&file, "0123").unwrap();
    assert_eq!(reading.read(10, &machine.outward()).err(), Some(FilesError::Changed));
    assert_eq!(disk.read(&path("f"), 0, Some(known), &machine.outward()).err(), Some(FilesError::Changed));
}

#[test]
fn twenty_thousand_entries_come_in_parts() {
    let machine = Machine::new();
    let folder = machine.at("home/ada/Downloads/Deskhand");
    for number in 0..20_000 {
        fs::write(folder.join(format!("file {number}")), "").unwrap();
    }
    use std::os::unix::ffi::OsStrExt as _;
    fs::write(folder.join(std::ffi::OsStr::from_bytes(b"no\xfftext")), "").unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    assert_eq!(machine.list(&disk, "").unwrap().len(), 20_000, "what is no text cannot be asked for");
}

#[test]
fn a_search_is_bounded_and_stays_inside() {
    let machine = Machine::new();
    let folder = machine.at("home/ada/Downloads/Deskhand");
    fs::create_dir_all(folder.join("a/Bericht")).unwrap();
    fs::write(folder.join("a/Bericht/bericht 2.pdf"), "").unwrap();
    symlink(machine.at("outside"), folder.join("a/way")).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let find = |text: &str| {
        let mut hits = Vec::new();
        let mut search = disk.search(&path(""), text, &machine.outward()).unwrap();
        loop {
            let (part, end) = search.part(&disk, &machine.outward()).unwrap();
            hits.extend(part.into_iter().map(|(path, _)| path));
            if end != SearchEnd::NotYet {
                hits.sort();
                return (end, hits);
            }
        }
    };
    let wanted = vec![path("a/Bericht"), path("a/Bericht/bericht 2.pdf")];
    assert_eq!(find("BERICHT"), (SearchEnd::All, wanted));
    assert_eq!(find("secret"), (SearchEnd::All, vec![]));
    for number in 0..2_100 {
        fs::write(folder.join(format!("many{number}")), "").unwrap();
    }
    let (end, hits) = find("many");
    assert_eq!((end, hits.len()), (SearchEnd::Cut, 2_000));
}

#[test]
fn what_goes_to_the_trash_can_be_found_there() {
    let machine = Machine::new();
    let folder = machine.at("home/ada/Downloads/Deskhand");
    let trash = machine.at("home/ada/Trash");
    for text in ["one", "two"] {
        fs::write(folder.join("my letter.txt"), text).unwrap();
        let root = super::walk::Root::open(&folder).unwrap();
        let here = root.walk(&[], &machine.guard()).unwrap();
        super::trash::put(&here, &name("my letter.txt"), std::slice::from_ref(&trash)).unwrap();
    }
    assert_eq!(count(&folder), 0);
    assert_eq!(fs::read(trash.join("files/my letter.txt")).unwrap(), b"one");
    assert_eq!(fs::read(trash.join("files/my letter (2).txt")).unwrap(), b"two");
    let note = fs::read_to_string(trash.join("info/my letter (2).txt.trashinfo")).unwrap();
    assert!(note.contains("/Downloads/Deskhand/my%20letter.txt\nDeletionDate=20"), "{note}");
}

#[test]
fn a_name_that_is_taken_stays_with_its_owner() {
    let machine = Machine::new();
    let folder = machine.at("home/ada/Downloads/Deskhand");
    fs::write(folder.join("f"), "old").unwrap();
    fs::create_dir(folder.join("d")).unwrap();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    assert_eq!(machine.write(&disk, "f"), Err(FilesError::Exists));
    assert_eq!(disk.make_folder(&path("f"), &machine.inward()), Err(FilesError::Exists));
    assert_eq!(disk.rename(&path("d"), &name("f"), &machine.inward()), Err(FilesError::Exists));
    let over = disk.write(&path("d"), KNOWN, Replace::Always, &machine.inward());
    assert_eq!(over.err(), Some(FilesError::NotAFile));
    // It came into being while the other was on its way.
    let writing = disk.write(&path("g"), KNOWN, Replace::Never, &machine.inward()).unwrap();
    fs::write(folder.join("g"), "meanwhile").unwrap();
    assert_eq!(machine.fill(writing), Err(FilesError::Exists));
    assert_eq!(fs::read(folder.join("g")).unwrap(), b"meanwhile");
}

#[test]
fn places_lie_inside_of_what_is_open() {
    let machine = Machine::new();
    let disk = machine.disk("home/ada/Downloads/Deskhand");
    let places = disk.places(&machine.outward()).unwrap();
    assert_eq!(places.len(), 1);
    assert_eq!((places[0].name.as_str(), places[0].path.names.len()), ("Deskhand", 0));
    let whole = machine.whole();
    for place in whole.places(&machine.outward()).unwrap() {
        assert_eq!(whole.stat(&place.path, &machine.outward()).unwrap().kind, EntryKind::Folder);
    }
}
