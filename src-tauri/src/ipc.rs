//! What the page and the desktop shell say to each other. The page learns these types from generated TypeScript.
//!
//! Commands (page → shell, `invoke`): each returns its answer or an [`IpcError`].
//!
//! | command | arguments → answer |
//! |---|---|
//! | `boot` | → [`Boot`] |
//! | `set_up` | `name, company` → [`Boot`] |
//! | `join_relay` | `name, company, address, token` → [`Boot`]: the first start with a relay that runs elsewhere |
//! | `relays`, `add_relay` | → [`JoinedRelay`]`[]`; `address, token` → the same with one more |
//! | `switch_relay`, `remove_relay` | `id` → [`Boot`], for a page that begins anew; `id` → [`JoinedRelay`]`[]` |
//! | `open_lan`, `close_lan` | → [`RelayStatus`] |
//! | `self_test` | → [`SelfTestView`]: which ways to the relay work |
//! | `link_opened` | `link` → [`ReachView`]: whether somebody outside has opened the self-test's link |
//! | `create_session` | `customer, machine?, preset, lifeMs?` → [`InvitationView`]; the preset is what `connect` asks for |
//! | `invitation` | `session` → [`InvitationView`] or null: only this console knows the secret half, while it lasts |
//! | `session_by_code` | `typed` → `SessionId` or null: whose code this is, also after it was used |
//! | `renew_code` | `session` → [`InvitationView`] with a new spoken code |
//! | `save_package` | `session, platform?, message?, language?` → [`SavedPackage`] |
//! | `save_program` | `session, platform?` → [`SavedPackage`]: the bare program, whose name says whom to call |
//! | `templates` | → `TemplateRecord[]` |
//! | `templates_seen` | → `TemplateRecord[]`: the technician has been shown what is in use |
//! | `begin_upload` | `size` → id of the upload |
//! | `upload_part` | raw body: upload's id (16 bytes), offset (8 bytes, big endian), the part → bytes that have arrived |
//! | `finish_upload` | `id` → `TemplateRecord` |
//! | `use_template` | `id` → `TemplateRecord`: back in use |
//! | `requests` | → `HelpRequest[]` that wait |
//! | `take_request` | `id` → [`InvitationView`]: the relay's page hands its link on |
//! | `put_request_aside` | `id` → `HelpRequest[]` |
//! | `brand`, `set_brand` | → `Brand`; `brand` → `Brand` |
//! | `company` | → [`CompanyView`] |
//! | `certify`, `revoke_certificates` | `technician` as it is shown; its id → [`CompanyView`]: the owner's console makes a certificate for the key that he has before his eyes |
//! | `replace_company_key`, `trust_company` | → [`CompanyView`]; `key` → [`CompanyView`] |
//! | `rename` | `name, company` → `TechnicianRecord` |
//! | `fingerprint` | → the technician's key as people compare it |
//! | `export_identity`, `import_identity` | `passphrase` → [`SavedTable`]; `file, passphrase` → [`Imported`] |
//! | `invite_technician`, `browser_code` | → [`TechnicianInvited`]; [`BrowserCode`] |
//! | `relay_settings`, `choose_settings` | → `SettingsView`; `settings` → `SettingsView` |
//! | `news`, `news_seen` | → `News`; `version` → `News` |
//! | `choose_notices` | `requests, waiting, isWaiting, calls`: of what the desktop tells |
//! | `open_mail` | `draft`: a `mailto:` address |
//! | `show_in_folder` | `path` |
//! | `sessions` | `before?, limit` → `SessionRecord[]`, newest first |
//! | `search_sessions` | `query` → `SessionPage` |
//! | `edit_session` | `session, edit` → `SessionRecord` |
//! | `delete_session` | `session`: only one that is over |
//! | `session_events` | `session` → `SessionEventRecord[]` |
//! | `export_sessions` | `filter, format, headings` → [`SavedTable`] |
//! | `facets` | → `Facets` |
//! | `devices` | `after?, limit` → `DeviceRecord[]`, by id |
//! | `edit_devices`, `remove_devices` | `devices, edit`; `devices`: all or none |
//! | `timeline` | `device, before?` → `TimelineEntry[]`, newest first |
//! | `statistics` | `query` → `Statistics` |
//! | `search_audit`, `export_audit` | `query` → `AuditPage`; `filter, headings` → [`SavedTable`] |
//! | `messages` | `session` → [`ChatView`] |
//! | `send_chat` | `session, id, text` |
//! | `mark_chat` | `session, marks`: what has come to the page, and was on the screen; only where there are marks |
//! | `connect` | `session, codecs` (best first): begins to ask the customer; progress comes as events |
//! | `want` | `session, capabilities`: asks for more during the call |
//! | `leave` | `session`: leaves, to come back under the same grant |
//! | `colleagues` | → `Fellow[]`: the other technicians of the relay |
//! | `invite_colleague` | `session, technician` → the code that he is to be told; how far it is comes as events |
//! | `join_call` | `session, code`: takes part in the call of a colleague who has invited; then `connect` |
//! | `room` | `session, order`: something among the technicians of a call |
//! | `attended` | `session`: the technician has seen that the customer asks for attention |
//! | `call` | `session` → [`CallState`] or null: where it stands, for a page that was loaded late |
//! | `show_monitors` | `session, monitors, focus`: each as a picture of its own, one to four of them |
//! | `need_key_frame` | `session, monitor` |
//! | `prefer` | `session, quality, frameRate?, kbitPerS?, scalePercent?`: how the picture should be, as a whole; holds for the call |
//! | `end_session` | `session` |
//! | `watch` | `session, channel`: frames, tiles and cursor as raw bytes, see below |
//! | `unwatch` | `session` |
//! | `drawn` | `session, monitor, seq`: every picture of it up to this one is decoded or given up, see below |
//! | `input` | raw body: session id (16 bytes), channel (0 input, 1 pointer), then one input message |
//! | `can_grab_keyboard` | → whether the next two do anything on this system |
//! | `grab_keyboard`, `release_keyboard` | the system's own shortcuts go to the window too, until it is released or loses the focus |
//! | `clipboard_text` | → the clipboard's text or null |
//! | `show_session` | `session?`: this one is on the screen now, and its clipboard joined with the technician's |
//! | `pause_clipboard` | `session, way, paused` |
//! | `fetch_copied` | `session`: fetches the files that the customer has copied and puts them into the technician's clipboard |
//! | `paste` | `session`: the customer's clipboard gets what the technician's holds, and then his machine the paste key |
//! | `do_deed` | `session, deed`: what became of it comes as events, first that the customer is asked |
//! | `list_programs`, `system_facts` | `session`: the answer comes as an event |
//! | `file_places`, `file_list`, `file_make_folder`, `file_rename`, `file_trash` | `session, side, …`: see [`crate::files`]; both machines in one form |
//! | `file_search`, `file_search_stop` | `session, side, at, text` → `FoundView`; the next one of a side calls off the last |
//! | `file_carry` | `session, from, what, into` → `JobId`: its progress comes as events |
//! | `file_send_dropped` | `session, into` → `JobId`: what the system dropped on the window last |
//! | `drag_out`, `stop_drag` | `session, side, what` → whether it is dragged now: what becomes of it comes as events |
//! | `file_job`, `file_choose` | `session, job, order`; `session, chosen` |
//! | `take_opened` | → [`Opened`] or null: what a `deskhand://` link wants filled in |
//! | `set_tray` | `view` → whether there is a tray |
//! | `startup_chosen`, `choose_startup` | → [`StartupView`]; `choice, on` → [`StartupView`] |
//! | `subscribe` | `channel`: every [`ConsoleEvent`] from now on |
//!
//! A raw `watch` message is a tag byte, `F`, `T` or `C`, then an encoded frame (`call::frame`), a tile message
//! (`call::tile`) or a cursor message (`call::cursor`) of the protocol crate. Frames and tiles are put together by the
//! viewer's rule in `call::picture`, each monitor's by itself. The page says `drawn` for pictures it is done with, for
//! each one or for a few at once. When it falls too far behind, pictures are held back here and a key frame is asked for once it has
//! caught up; the first picture after a gap is always a key frame.

use deskhand_clipboard::exchange::{Direction, Notice};
use deskhand_link::relay::{HttpError, SendError};
use deskhand_protocol::{
    UnixMillis,
    call::{
        clipboard::{ClipboardKind, NoContent, NotCarried},
        files::FilesError,
        room::RoomNews,
    },
    capability::{Capability, Preset},
    error::ErrorCode,
    id::{DeviceId, SessionId},
    key::PublicKey,
    record::{ChatMarks, ChatMessage, DeviceRecord, Marks, SessionRecord, TechnicianRecord},
    template::{HelpRequest, TemplateFault},
};
use deskhand_viewer::{call::CallError, files::JobId};
pub use deskhand_viewer::{
    files::QueueView,
    state::{CallState, CallStats, MachineNews},
};
use serde::{Deserialize, Serialize};

use crate::{archive::ArchiveError, home::HomeError};
pub use crate::{
    drag::DragNews,
    link::Link,
    selftest::{ReachView, SelfTestView},
    startup::{StartupChoice, StartupView},
    tray::{TrayLine, TrayView},
};

/// What the page needs to draw its first screen.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Boot {
    /// The technician; `None` at the first start.
    pub technician: Option<TechnicianRecord>,
    /// How the relay is.
    pub relay: RelayStatus,
    /// What each preset asks for, the smallest first; the last has everything that works.
    pub presets: Vec<PresetView>,
    /// What the technician must know, in plain words by code.
    pub warnings: Vec<Warning>,
    /// Version of this program.
    pub version: String,
}

/// A preset with its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct PresetView {
    /// Which.
    pub preset: Preset,
    /// What it asks for.
    pub capabilities: Vec<Capability>,
}

impl PresetView {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let view = |preset: Preset| Self { preset, capabilities: preset.capabilities().into_iter().collect() };
        Preset::ALL.map(view).into()
    }
}

/// Something that works less well than it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// There is no secret service: the identity lies in a file that only this user can read.
    KeyInFile {
        /// Where.
        path: String,
    },
}

/// Where the console's relay runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum RelayPlace {
    /// In the console's own process; the console opens and closes it.
    Inside,
    /// Elsewhere; the console has joined it.
    Elsewhere,
}

/// How this console and its relay stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RelayStatus {
    /// Where it runs.
    pub place: RelayPlace,
    /// Whether the console's socket is open now.
    pub connected: bool,
    /// The relay's address as this console uses it.
    pub address: String,
    /// Addresses under which customers can call; empty while only this computer can.
    pub public_addresses: Vec<String>,
    /// Why the last try to open it to the network failed, as a sentence.
    pub lan_error: Option<String>,
}

/// A relay at which this console is at home, or can be by a click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct JoinedRelay {
    /// What it is called between page and shell.
    pub id: String,
    /// Where it runs.
    pub place: RelayPlace,
    /// Where it is reached; `None` for the one inside, which is reached from here only.
    pub address: Option<String>,
    /// Who the technician is there, as far as that is written down.
    pub technician: Option<TechnicianRecord>,
    /// Whether the console is at home there now.
    pub current: bool,
}

/// The chat of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ChatView {
    /// By `seq`.
    pub messages: Vec<ChatMessage>,
    /// How far each end has taken it in; `None` where the relay is too old to keep that.
    pub marks: Option<ChatMarks>,
}

/// An invitation as the technician hands it on.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct InvitationView {
    /// The session it is for.
    pub session: SessionRecord,
    /// What the technician will ask for.
    pub preset: Preset,
    /// The spoken code, `K7MP-4QXD`; `None` when used, expired or revoked.
    pub code: Option<String>,
    /// When the spoken code stops working.
    pub code_expires_at: Option<UnixMillis>,
    /// What the customer types: `RELAY CODE`.
    pub call: Option<String>,
    /// The link.
    pub link: String,
    /// Whether nobody outside this computer can call yet.
    pub only_this_computer: bool,
}

/// A support package on disk.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct SavedPackage {
    /// Where.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u32,
}

/// A table of records on disk.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct SavedTable {
    /// Where.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u32,
}

/// Where the company's private key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum KeyHere {
    /// Not on this computer.
    No,
    /// In this computer's keyring.
    InKeyring,
    /// In a file that only this user can read.
    InFile,
}

/// How a technician stands with the company, as this console has checked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// He has no certificate.
    None,
    /// His certificate is good.
    Good,
    /// Its time is over.
    Expired,
    /// It is under another name than he has now.
    Renamed,
    /// It is by another key than the company's, or about another key than his.
    Foreign,
    /// It was revoked.
    Revoked,
}

/// A technician of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct PersonView {
    /// Who.
    pub technician: TechnicianRecord,
    /// His key as people compare it.
    pub fingerprint: String,
    /// Whether it is the one who looks.
    pub me: bool,
    /// Whether the relay is his.
    pub owner: bool,
    /// How he stands with the company.
    pub standing: Standing,
    /// Until when, if it is good, or was.
    pub until: Option<UnixMillis>,
}

/// An identity was taken up; it holds from the next start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Imported {
    /// Its key as people compare it.
    pub fingerprint: String,
    /// Whether the company's key came along.
    pub company: bool,
    /// Whether the relay that it has joined came along.
    pub relay: bool,
}

/// An invitation for a colleague's console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct TechnicianInvited {
    /// The relay's address.
    pub address: String,
    /// What he types beside it. Good once.
    pub token: String,
    /// For how many hours.
    pub hours: u32,
    /// Whether the relay is reached from this computer only.
    pub only_here: bool,
}

/// A code with which this technician signs up in his browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct BrowserCode {
    /// The page's address.
    pub address: String,
    /// What he types there. Good once.
    pub code: String,
    /// For how many hours.
    pub hours: u32,
}

/// The company and everybody in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct CompanyView {
    /// The company's key.
    pub key: Option<PublicKey>,
    /// The same as people compare it.
    pub fingerprint: Option<String>,
    /// Whether it is another one than this console believes.
    pub changed: bool,
    /// Whether the one who looks owns the relay.
    pub owner: bool,
    /// Where the private key is.
    pub here: KeyHere,
    /// Everybody, the owner first.
    pub people: Vec<PersonView>,
    /// Whether its relay serves the console to browsers too.
    pub browsers: bool,
}

/// What the page is told without asking. Records are whole and may be repeated.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConsoleEvent {
    /// The relay came, went, opened or closed.
    Relay {
        /// As it is now.
        status: RelayStatus,
    },
    /// A session was made or changed.
    Session {
        /// As it is now.
        session: SessionRecord,
    },
    /// A device came, changed or went.
    Device {
        /// As it is now.
        device: DeviceRecord,
    },
    /// A session was deleted.
    SessionRemoved {
        /// Which.
        session: SessionId,
    },
    /// A device was removed.
    DeviceRemoved {
        /// Which.
        device: DeviceId,
    },
    /// Which templates there are, or have been shown, is new: ask again.
    Templates,
    /// What the owner has chosen for the relay, or what is new, has changed: ask again.
    Settings,
    /// The company's key, somebody who works there or a certificate is new.
    Company {
        /// As it is now.
        company: CompanyView,
    },
    /// Somebody asked for help on the relay's page, or his request was closed.
    Request {
        /// As it is now.
        request: HelpRequest,
    },
    /// A message was stored.
    Chat {
        /// The message.
        message: ChatMessage,
    },
    /// The customer has taken in more of what the technicians wrote.
    ChatMarks {
        /// In which session.
        session: SessionId,
        /// How far now.
        marks: Marks,
    },
    /// A call moved on.
    Call {
        /// Which session.
        session: SessionId,
        /// Where it stands.
        call: CallState,
    },
    /// The transfers of a session have moved on.
    Files {
        /// Which session.
        session: SessionId,
        /// All of them.
        queue: QueueView,
    },
    /// Files of the system are over the window, were dropped on it, or have left it again (`at` is `None`).
    Dropped {
        /// Where, in CSS pixels of the page.
        at: Option<(f64, f64)>,
        /// How many were dropped; 0 while they are held.
        count: u32,
    },
    /// A link wants something filled in: take it.
    Opened,
    /// Somebody who waits was chosen in the tray.
    Tray {
        /// As the page called him.
        line: String,
    },
    /// Of what is dragged out of the window.
    Drag {
        /// Which session.
        session: SessionId,
        /// What.
        news: DragNews,
    },
    /// Once a second in a live call.
    Stats {
        /// Which session.
        session: SessionId,
        /// The figures.
        stats: CallStats,
    },
    /// Of the customer's machine and its programs.
    Machine {
        /// Which session.
        session: SessionId,
        /// What.
        news: MachineNews,
    },
    /// Of the technicians in a call.
    Room {
        /// Which session.
        session: SessionId,
        /// What.
        news: RoomNews,
    },
    /// Something was copied, or was not.
    Clipboard {
        /// Which session.
        session: SessionId,
        /// What.
        notice: ClipboardNotice,
    },
}

/// What a link has brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Opened {
    /// What it wants filled in; `None` when it was not understood.
    pub link: Option<Link>,
}

/// Which way copied content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ClipboardWay {
    /// From the technician's clipboard to the customer's.
    ToCustomer,
    /// The other way.
    FromCustomer,
}

impl From<Direction> for ClipboardWay {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Out => Self::ToCustomer,
            Direction::In => Self::FromCustomer,
        }
    }
}

/// What became of copied content. Sizes only, never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum ClipboardNotice {
    /// It can be pasted at the other end.
    Moved {
        /// Which way.
        way: ClipboardWay,
        /// Its richest form.
        content: ClipboardKind,
        /// In bytes, as far as it is known.
        size: Option<u32>,
    },
    /// It cannot.
    Failed {
        /// Which way.
        way: ClipboardWay,
        /// Which form.
        content: ClipboardKind,
        /// Why.
        why: NoContent,
        /// In bytes, if it is too big.
        size: u32,
        /// The most that is allowed, in bytes.
        limit: u32,
    },
    /// *Paste* found nothing in the technician's clipboard.
    NothingToPaste,
    /// What is in the technician's clipboard came from another customer.
    NotYours,
    /// Of copied files.
    Files {
        /// Which way.
        way: ClipboardWay,
        /// How far they are.
        files: FilesStep,
    },
}

/// How far copied files are. No names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum FilesStep {
    /// They go when the technician clicks, or he is told then why they do not.
    Copied {
        /// How many; 0 when they are too many to count.
        count: u32,
        /// In bytes, together.
        #[ts(type = "number")]
        size: u64,
    },
    /// They cannot go.
    NotCarried {
        /// Why.
        why: NotCarried,
        /// How many, as far as they were counted.
        count: u32,
        /// In bytes, as far as they were looked at.
        #[ts(type = "number")]
        size: u64,
    },
    /// Something else was copied since.
    Gone,
    /// The customer has not granted both the clipboard and files this way, or it is paused.
    NotAllowed,
    /// They are on their way, as this job of the queue.
    Moving {
        /// Which.
        job: JobId,
        /// How many.
        count: u32,
    },
    /// They are in the clipboard at their goal.
    Ready {
        /// How many.
        count: u32,
    },
    /// They were called off.
    Cancelled,
    /// They did not arrive, at least not all of them; nothing was put into the clipboard.
    Failed {
        /// The first reason.
        error: FilesError,
    },
}

impl From<Notice> for ClipboardNotice {
    fn from(notice: Notice) -> Self {
        let bytes = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        match notice {
            Notice::Moved { direction, kind, size } => {
                Self::Moved { way: direction.into(), content: kind, size: size.map(bytes) }
            }
            Notice::Failed { direction, kind, why, size, limit } => {
                Self::Failed { way: direction.into(), content: kind, why, size: bytes(size), limit: bytes(limit) }
            }
            Notice::NothingToPaste => Self::NothingToPaste,
            Notice::NotYours => Self::NotYours,
        }
    }
}

/// Why a command failed.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct IpcError {
    /// A fixed word by which the page chooses its sentence.
    pub code: IpcErrorCode,
    /// For a developer's eyes; fixed text.
    pub detail: String,
    /// With [`IpcErrorCode::File`]: why.
    pub file: Option<FilesError>,
}

/// The kinds of failure the page has a sentence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum IpcErrorCode {
    /// A field is empty, too long or has forbidden characters.
    BadInput,
    /// The relay is not connected.
    RelayAway,
    /// The relay refused.
    RelayRefused,
    /// That is not an address of a relay.
    BadAddress,
    /// The set-up token is wrong, or the relay has its owner already.
    WrongToken,
    /// This console has joined that relay already.
    RelayKnown,
    /// The session or its secret is not known here (any more).
    UnknownSession,
    /// The customer is not here.
    CustomerAway,
    /// Another call is under way.
    Busy,
    /// That technician is in the call, or is asked already.
    AlreadyInvited,
    /// A session is not over, or a device is in one.
    InSession,
    /// The helper program that belongs into a package was not found.
    NoHelperProgram,
    /// The relay has no program for that platform.
    NoTemplate,
    /// The address does not fit into a file's name.
    NoNameForAddress,
    /// The file is no program of a system we know.
    NotAProgram,
    /// The program is damaged or not complete.
    DamagedProgram,
    /// The program is not the customer's.
    NotOurProgram,
    /// The program is for a processor we do not know.
    UnknownPlatform,
    /// The program is too large.
    TemplateTooLarge,
    /// The upload is no longer known; begin anew.
    UnknownUpload,
    /// The request was taken up or put aside by somebody else.
    RequestGone,
    /// The file is no identity that was exported.
    NotAnIdentity,
    /// The passphrase is wrong, or the file is damaged.
    WrongPassphrase,
    /// The relay does not know that identity.
    UnknownIdentity,
    /// The company's key is not on this computer.
    NoCompanyKey,
    /// A key or a name is another than the one on the screen.
    KeyChanged,
    /// A file could not be written.
    CannotWrite,
    /// Something was not done with a file of one of the two machines.
    File,
    /// Anything else.
    Internal,
}

impl IpcError {
    /// An error of that kind.
    #[must_use]
    pub fn of(code: IpcErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), file: None }
    }
}

impl From<HttpError> for IpcError {
    fn from(error: HttpError) -> Self {
        let code = match &error {
            HttpError::Unreachable => IpcErrorCode::RelayAway,
            HttpError::Refused(refusal) => match refusal.code {
                ErrorCode::NotFound | ErrorCode::SessionEnded => IpcErrorCode::UnknownSession,
                ErrorCode::ShuttingDown => IpcErrorCode::RelayAway,
                ErrorCode::Malformed => match TemplateFault::of_sentence(&refusal.detail) {
                    Some(TemplateFault::NotAProgram) => IpcErrorCode::NotAProgram,
                    Some(TemplateFault::Damaged) => IpcErrorCode::DamagedProgram,
                    Some(TemplateFault::NotOurs) => IpcErrorCode::NotOurProgram,
                    Some(TemplateFault::UnknownPlatform) => IpcErrorCode::UnknownPlatform,
                    None => IpcErrorCode::BadInput,
                },
                ErrorCode::TooLarge => IpcErrorCode::BadInput,
                ErrorCode::SetupRefused => IpcErrorCode::WrongToken,
                _ => IpcErrorCode::RelayRefused,
            },
            HttpError::NotARelay => IpcErrorCode::RelayRefused,
            HttpError::NotWritten(_) => IpcErrorCode::CannotWrite,
            _ => IpcErrorCode::Internal,
        };
        Self::of(code, error.to_string())
    }
}

impl From<SendError> for IpcError {
    fn from(error: SendError) -> Self {
        let code = match error {
            SendError::TooLarge => IpcErrorCode::BadInput,
            _ => IpcErrorCode::RelayAway,
        };
        Self::of(code, error.to_string())
    }
}

impl From<CallError> for IpcError {
    fn from(error: CallError) -> Self {
        let code = match error {
            CallError::HelperAway => IpcErrorCode::CustomerAway,
            CallError::Busy => IpcErrorCode::Busy,
            CallError::BadInput => IpcErrorCode::BadInput,
            _ => IpcErrorCode::UnknownSession,
        };
        Self::of(code, error.to_string())
    }
}

impl From<HomeError> for IpcError {
    fn from(error: HomeError) -> Self {
        Self::of(IpcErrorCode::CannotWrite, error.to_string())
    }
}

impl From<ArchiveError> for IpcError {
    fn from(error: ArchiveError) -> Self {
        let code = match error {
            ArchiveError::NoHelper { .. } => IpcErrorCode::NoHelperProgram,
            ArchiveError::CannotWrite { .. } => IpcErrorCode::CannotWrite,
        };
        Self::of(code, error.to_string())
    }
}
