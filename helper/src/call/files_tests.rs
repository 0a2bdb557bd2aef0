//! Both ends of the `files` channel over a real connection: the helper's with a real disk, the technician's with his
//! real queue.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{RwLock, Weak},
    time::Duration,
};

use deskhand_link::peer::{PeerConfig, PeerEvent, PeerEvents};
use deskhand_protocol::{
    call::{
        clipboard::Copied,
        control::VideoCodec,
        files::{FileName, FilePath, Known, Replace},
        room::Who,
    },
    key::PublicKey,
    limit::{COPIED_BYTES, COPIED_FILES, FILE_NAME},
    text::Name,
};
use deskhand_session::{Event, Policy, Room, StandingGrant, Technician};
use deskhand_viewer::files::{
    Client, Files,
    queue::{Choice, For, JobState},
};
use tokio::time::timeout;

use super::*;
use crate::call::write;

const PATIENCE: Duration = Duration::from_secs(60);

/// A customer's disk, a technician's disk, and what connects them.
struct Stage {
    base: tempfile::TempDir,
    session: Arc<RwLock<Room>>,
    opened: Arc<Opened>,
    files: Files,
    attempts: mpsc::UnboundedSender<(Who, Capability)>,
    attempted: mpsc::UnboundedReceiver<(Who, Capability)>,
    link: Option<Link>,
}

/// One connection; dropping it is what a killed program or a pulled cable does to the other end.
struct Link {
    _ends: (Arc<Peer>, PeerEvents, PeerEvents),
    console: Arc<Peer>,
    serving: tokio::task::JoinHandle<()>,
    broken: watch::Receiver<Option<Breach>>,
}

impl Stage {
    async fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        for folder in ["here", "there"] {
            fs::create_dir(base.path().join(folder)).unwrap();
        }
        let opened = Arc::new(Opened::with_copied(base.path().join("pasted")));
        opened.choose_folder(base.path().join("there"));
        let session = Arc::new(RwLock::new(session()));
        tokio::spawn(attend(Arc::downgrade(&session)));
        let (attempts, attempted) = mpsc::unbounded_channel();
        let files = Files::start(Client::default());
        let mut stage = Self { base, session, opened, files, attempts, attempted, link: None };
        stage.connect().await;
        stage
    }

    async fn connect(&mut self) {
        let (helper, mut helper_events, offer) =
            Peer::offerer(PeerConfig::default(), &[VideoCodec::Av1]).await.unwrap();
        let (console, mut console_events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.unwrap();
        helper.accept_answer(&answer).await.unwrap();
        for events in [&mut helper_events, &mut console_events] {
            let up = async { while !matches!(events.next().await, Some(PeerEvent::Connected { .. })) {} };
            timeout(PATIENCE, up).await.expect("a path");
        }
        let (helper, console) = (Arc::new(helper), Arc::new(console));
        let (breaks, broken) = watch::channel(None);
        let serve = serve(
            Arc::clone(&helper),
            helper_events.take_files().unwrap(),
            Ours::new(Arc::clone(&self.session), Who::FIRST),
            Arc::clone(&self.opened),
            Arc::default(),
            breaks,
            Teller::new(Who::FIRST, &self.attempts),
        );
        let serving = tokio::spawn(serve);
        let read = self.files.client().attach(Arc::clone(&console), console_events.take_files().unwrap());
        tokio::spawn(read);
        self.link = Some(Link { _ends: (helper, helper_events, console_events), console, serving, broken });
    }

    /// The helper is gone from one moment to the next.
    fn lose(&mut self) {
        if let Some(link) = self.link.take() {
            link.serving.abort();
            self.files.client().detach();
        }
    }

    fn here(&self, name: &str) -> PathBuf {
        self.base.path().join("here").join(name)
    }

    fn there(&self, name: &str) -> PathBuf {
        self.base.path().join("there").join(name)
    }

    async fn over(&self, job: deskhand_viewer::files::JobId) -> JobState {
        let over = timeout(PATIENCE, self.files.over(job)).await;
        over.unwrap_or_else(|_| panic!("no end: {:?}", *self.files.view().borrow()))
    }

    async fn send(&self, name: &str) -> JobState {
        let job = self.files.send(vec![self.here(name)], FilePath::default()).await.unwrap();
        self.over(job).await
    }

    /// Waits until the first job is as wanted.
    async fn until(&self, wanted: impl Fn(&deskhand_viewer::files::queue::JobView) -> bool) {
        let mut view = self.files.view();
        let seen = view.wait_for(|view| view.jobs.first().is_some_and(&wanted));
        drop(timeout(PATIENCE, seen).await.expect("in time"));
    }
}

fn session() -> Room {
    let now = Instant::now();
    let key = PublicKey([7; 32]);
    let capabilities = BTreeSet::from([
        Capability::View,
        Capability::FilesIn,
        Capability::FilesOut,
        Capability::ClipboardIn,
        Capability::ClipboardOut,
    ]);
    let until = now + Duration::from_secs(3_600);
    let grant = StandingGrant { technicians: [key].into(), capabilities: capabilities.clone(), until };
    let mut session = Room::new(Policy::GrantFile(grant), now);
    let technician = Technician { key, name: Name::lossy("Ada"), company: Name::default() };
    session.of(Who::FIRST, Event::TechnicianKnown(technician), now);
    session.of(Who::FIRST, Event::Asked(capabilities), now);
    session.of(Who::FIRST, Event::PeerConnected, now);
    session.all(&Event::BarSeen, now);
    session
}

/// The program is there and goes on telling the time.
async fn attend(session: Weak<RwLock<Room>>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    while let Some(session) = session.upgrade() {
        write(&session).all(&Event::Tick, Instant::now());
        drop(session);
        seconds.tick().await;
    }
}

fn path(name: &str) -> FilePath {
    FilePath::default().join(FileName::new(name).unwrap())
}

fn noise(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_goes_there_and_comes_back_the_same() {
    let stage = Stage::new().await;
    fs::create_dir_all(stage.here("parcel/inner/empty")).unwrap();
    for (name, bytes) in [("parcel/nothing", 0), ("parcel/one", 1), ("parcel/inner/big", 5_000_000)] {
        fs::write(stage.here(name), noise(bytes)).unwrap();
    }
    assert_eq!(stage.send("parcel").await, JobState::Done);
    assert_eq!(fs::read(stage.there("parcel/inner/big")).unwrap(), noise(5_000_000));
    assert_eq!(names(&stage.there("parcel/inner")), ["big".to_owned(), "empty".to_owned()].into());
    let (sent, kept) =
        (fs::metadata(stage.here("parcel/one")).unwrap(), fs::metadata(stage.there("parcel/one")).unwrap());
    let millis = |metadata: &fs::Metadata| {
        metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
    };
    assert_eq!(millis(&sent), millis(&kept));

    fs::rename(stage.here("parcel"), stage.here("original")).unwrap();
    let job = stage.files.fetch(vec![path("parcel")], stage.here("")).await.unwrap();
    assert_eq!(stage.over(job).await, JobState::Done);
    assert_eq!(fs::read(stage.here("parcel/inner/big")).unwrap(), noise(5_000_000));
    assert_eq!(names(&stage.here("parcel")), names(&stage.here("original")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_goes_on_where_it_stopped_and_loses_at_most_one_megabyte() {
    let mut stage = Stage::new().await;
    let content = noise(60_000_000);
    fs::write(stage.here("big"), &content).unwrap();
    let job = stage.files.send(vec![stage.here("big")], FilePath::default()).await.unwrap();
    stage.until(|job| job.bytes_done > 5_000_000).await;
    stage.lose();
    stage.until(|job| job.state == JobState::Waiting).await;
    assert_eq!(names(&stage.base.path().join("there")).len(), 1, "half of it, under a name of its own");
    let before = stage.files.view().borrow().jobs[0].bytes_done;
    let part = fs::read_dir(stage.base.path().join("there")).unwrap().next().unwrap().unwrap().path();
    let kept = fs::metadata(part).unwrap().len();
    assert!(before.saturating_sub(kept) <= 1_000_000, "{kept} of {before} bytes were kept");
    stage.connect().await;
    assert_eq!(stage.over(job).await, JobState::Done);
    assert_eq!(fs::read(stage.there("big")).unwrap(), content);
    assert_eq!(names(&stage.base.path().join("there")).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_goes_on_too() {
    let mut stage = Stage::new().await;
    let content = noise(60_000_000);
    fs::write(stage.there("big"), &content).unwrap();
    let job = stage.files.fetch(vec![path("big")], stage.here("")).await.unwrap();
    stage.until(|job| job.bytes_done > 5_000_000).await;
    stage.lose();
    stage.until(|job| job.state == JobState::Waiting).await;
    assert!(!stage.here("big").exists());
    stage.connect().await;
    assert_eq!(stage.over(job).await, JobState::Done);
    assert_eq!(fs::read(stage.here("big")).unwrap(), content);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_the_grant_back_stops_a_file_in_the_middle() {
    let mut stage = Stage::new().await;
    fs::write(stage.here("big"), noise(60_000_000)).unwrap();
    let job = stage.files.send(vec![stage.here("big")], FilePath::default()).await.unwrap();
    stage.until(|job| job.bytes_done > 3_000_000).await;
    write(&stage.session).all(&Event::Revoked(Capability::FilesIn), Instant::now());
    assert_eq!(stage.over(job).await, JobState::Failed);
    assert!(!stage.there("big").exists());
    assert_eq!(stage.files.view().borrow().jobs[0].failed[0].error, FilesError::NotGranted);
    // The other direction is a grant of its own.
    assert!(stage.files.client().list(&FilePath::default()).await.is_ok());
    assert_eq!(stage.files.client().make_folder(&path("x")).await, Err(FilesError::NotGranted));
    assert_eq!(
        timeout(PATIENCE, stage.attempted.recv()).await.expect("in time"),
        Some((Who::FIRST, Capability::FilesIn))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_use_waits_for_the_technician_and_a_bad_place_is_said_per_file() {
    let stage = Stage::new().await;
    for name in ["a", "b"] {
        fs::write(stage.here(name), "new").unwrap();
    }
    fs::write(stage.there("a"), "old").unwrap();
    fs::create_dir(stage.there("b")).unwrap();
    let job = stage.files.send(vec![stage.here("a"), stage.here("b")], FilePath::default()).await.unwrap();
    stage.until(|job| !job.asking.is_empty() && !job.failed.is_empty()).await;
    let view = stage.files.view().borrow().jobs[0].clone();
    assert_eq!((view.asking[0].there_size, view.failed[0].error), (Some(3), FilesError::NotAFile));
    assert_eq!(fs::read(stage.there("a")).unwrap(), b"old");
    stage.files.choose(view.asking[0].item, Choice::Rename, For::One);
    assert_eq!(stage.over(job).await, JobState::Failed, "the other one is not there");
    assert_eq!(fs::read(stage.there("a (2)")).unwrap(), b"new");
}

#[tokio::test(flavor = "multi_thread")]
async fn calling_off_leaves_nothing_half() {
    let stage = Stage::new().await;
    fs::write(stage.here("big"), noise(60_000_000)).unwrap();
    let job = stage.files.send(vec![stage.here("big")], FilePath::default()).await.unwrap();
    stage.until(|job| job.bytes_done > 2_000_000).await;
    stage.files.cancel(job);
    assert_eq!(stage.over(job).await, JobState::Cancelled);
    // The helper answers in order: after this it has let go of the file.
    let gone = async {
        while !names(&stage.base.path().join("there")).is_empty() {
            tokio::task::yield_now().await
        }
    };
    timeout(PATIENCE, gone).await.expect("the half is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_beyond_the_window_and_garbage_break_the_rules() {
    let known = Known { size: 1_000_000, modified_ms: 0 };
    let write = FilesRequest::Write { path: path("f"), known, replace: Replace::Never };
    let list = FilesRequest::List(FilePath::default());
    let id = RequestId(1);
    let twice = vec![write.encode(id), write.encode(id)];
    let credit = vec![
        FilesRequest::Read { path: path("there"), offset: 0, known: None }.encode(id),
        FilesRequest::Credit(u32::MAX).encode(id),
    ];
    let garbage = vec![b"\x01\x7f nonsense".to_vec()];
    let long = vec![[list.encode(id), vec![0; FILE_NAME]].concat()];
    for (what, messages) in [("twice", twice), ("credit", credit), ("garbage", garbage), ("long", long)] {
        let stage = Stage::new().await;
        fs::write(stage.there("there"), noise(4_000_000)).unwrap();
        let link = stage.link.as_ref().unwrap();
        for message in messages {
            link.console.send(Channel::Files, &message).await.unwrap();
        }
        let mut broken = link.broken.clone();
        let told =
            timeout(PATIENCE, broken.wait_for(Option::is_some)).await.expect("in time").map(|breach| breach.is_some());
        assert!(told.unwrap(), "{what}");
    }
}

/// Copied files of the technician's, with the names that they are to have.
fn copied(stage: &Stage, names: &[&str]) -> Vec<(PathBuf, FileName)> {
    names.iter().map(|name| (stage.here(name), FileName::new(*name).unwrap())).collect()
}

fn at(place: u16, names: &[&str]) -> FilePath {
    FilePath { place, names: names.iter().map(|name| FileName::new(*name).unwrap()).collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn copied_files_go_into_a_folder_of_their_own_that_goes_with_the_call() {
    let stage = Stage::new().await;
    for name in ["Größe.txt", "run.sh"] {
        fs::write(stage.here(name), name).unwrap();
    }
    let set = at(PLACE_PASTED, &["7"]);
    stage.files.client().make_folder(&set).await.unwrap();
    let job = stage.files.send_as(copied(&stage, &["Größe.txt", "run.sh"]), set.clone()).await.unwrap();
    assert_eq!(stage.over(job).await, JobState::Done);
    let there = stage.opened.clip().arrived(7);
    let found: Vec<_> = there.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(found, ["Größe.txt", "run.sh"]);
    assert_eq!(fs::read(&there[0]).unwrap(), "Größe.txt".as_bytes());
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(&there[1]).unwrap().permissions().mode() & 0o111, 0, "it cannot be run");
    assert!(stage.opened.clip().any_is_his(&there), "and is nobody's own");
    assert_eq!(stage.opened.clip().arrived(8), Vec::<PathBuf>::new());

    // Nothing else can be done there, and not without the clipboard's grant.
    let client = stage.files.client().clone();
    assert!(client.list(&set).await.is_err() && client.stat(&set).await.is_err() && client.trash(&set).await.is_err());
    for bad in [at(PLACE_PASTED, &["x"]), at(PLACE_PASTED, &["07"]), at(PLACE_COPIED, &["7"]), at(3, &["7"])] {
        assert!(client.make_folder(&bad).await.is_err(), "{bad:?}");
    }
    write(&stage.session).all(&Event::Revoked(Capability::ClipboardIn), Instant::now());
    assert_eq!(client.make_folder(&at(PLACE_PASTED, &["8"])).await, Err(FilesError::NotGranted));
    assert_eq!(client.make_folder(&path("of the folder")).await, Ok(()), "files alone are another matter");

    let pasted = stage.base.path().join("pasted");
    assert_eq!(names(&pasted).len(), 1);
    let Stage { opened, link, .. } = &stage;
    link.as_ref().unwrap().serving.abort();
    let gone = async {
        while Arc::strong_count(opened) > 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("nobody serves any more");
    let Stage { opened, base, .. } = stage;
    drop(opened);
    assert_eq!(names(&base.path().join("pasted")).len(), 0, "the call is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_copied_files_than_the_limits_are_refused_by_the_helper_too() {
    let stage = Stage::new().await;
    let clip = stage.opened.clip();
    clip.to_write(&at(PLACE_PASTED, &["1"]), None).unwrap();
    let file = |name: &str, size| clip.to_write(&at(PLACE_PASTED, &["1", name]), Some(size)).map(drop);
    assert_eq!(file("a", COPIED_BYTES), Ok(()));
    assert_eq!(file("b", 1), Err(FilesError::Denied));
    assert_eq!(file("a", 0), Ok(()), "the same one again");
    for number in 1..COPIED_FILES {
        assert_eq!(file(&number.to_string(), 1), Ok(()));
    }
    assert_eq!(file("one more", 0), Err(FilesError::Denied));
    assert_eq!(clip.to_write(&at(PLACE_PASTED, &["2", "a"]), Some(1)).map(drop), Err(FilesError::NotFound));
    assert_eq!(clip.to_write(&at(PLACE_PASTED, &["1", "a", "b"]), Some(1)).map(drop), Err(FilesError::NotFound));
    for set in 2..10 {
        clip.to_write(&at(PLACE_PASTED, &[&set.to_string()]), None).unwrap();
    }
    assert_eq!(file("a", 0), Err(FilesError::NotFound), "the oldest has gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_customers_disk_only_what_he_copied_is_fetched_and_only_with_both_grants() {
    let stage = Stage::new().await;
    let outside = stage.base.path().join("desktop");
    fs::create_dir(&outside).unwrap();
    for name in ["Größe.txt", "other"] {
        fs::write(outside.join(name), name).unwrap();
    }
    let offer = |name: &str| {
        let local = deskhand_clipboard::files::look(vec![outside.join(name)]).unwrap();
        match stage.opened.clip().copied(local) {
            Copied::Files { set, files } => (set, files[0].clone()),
            not => panic!("{not:?}"),
        }
    };
    let (set, file) = offer("Größe.txt");
    assert_eq!(offer("Größe.txt").0, set, "the same files keep their number");
    let fetch = async |set: u32, name: &FileName, known: Known, into: &str| {
        let there =
            FilePath { place: PLACE_COPIED, names: vec![FileName::new(set.to_string()).unwrap(), name.clone()] };
        let job =
            stage.files.fetch_as(vec![(there, FileName::new(into).unwrap(), known)], &stage.here("")).await.unwrap();
        stage.over(job).await;
        let view = stage.files.view().borrow().jobs.last().unwrap().clone();
        view.failed.first().map_or(Ok(()), |failed| Err(failed.error))
    };
    assert_eq!(fetch(set, &file.name, file.known, "got").await, Ok(()));
    assert_eq!(fs::read(stage.here("got")).unwrap(), "Größe.txt".as_bytes());
    let other = FileName::new("other").unwrap();
    assert_eq!(fetch(set, &other, file.known, "no").await, Err(FilesError::NotFound), "it was not copied");
    assert_eq!(fetch(set + 1, &file.name, file.known, "no").await, Err(FilesError::NotFound));
    // What is in its place now was not offered.
    fs::write(outside.join("Größe.txt"), "something longer").unwrap();
    assert_eq!(fetch(set, &file.name, file.known, "no").await, Err(FilesError::Changed));
    fs::remove_file(outside.join("Größe.txt")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", outside.join("Größe.txt")).unwrap();
    assert_eq!(fetch(set, &file.name, file.known, "no").await, Err(FilesError::NotAFile));

    let (set, file) = offer("other");
    write(&stage.session).all(&Event::Revoked(Capability::ClipboardOut), Instant::now());
    assert_eq!(fetch(set, &file.name, file.known, "no").await, Err(FilesError::NotGranted));
    assert!(!stage.here("no").exists());
}
