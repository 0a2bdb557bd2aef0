//! The customer's clipboard during one connection: carries out what the [`Exchange`] decides. Every step is permitted by
//! the session when it is done; what the technician's end sent leaves the clipboard with the connection.
//!
//! Of copied files only names and sizes are told here; the files go by [`super::files`].

use std::{collections::VecDeque, sync::Arc, time::Instant};

use bytes::Bytes;
use deskhand_clipboard::{
    exchange::{Breach, Direction, Effect, Exchange, Looked, Notice, Print, Rules, Side, Then},
    files::{list_of, look, paths_of},
    image::{self, Unfit},
    system::{System, SystemEvent},
};
use deskhand_link::peer::{Peer, PeerError, Sent};
use deskhand_protocol::{
    call::{
        channel::Channel,
        clipboard::{ClipboardMessage, Copied, Mark, NotCarried},
    },
    capability::Capability,
};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

use super::{
    files::Opened,
    is_attempt,
    ours::{Ours, Teller},
    share::Task,
};

/// Bytes that may be under way at once: what 100 Mbit/s carry in 20 ms.
const AHEAD: usize = 256 * 1024;
/// Messages of the technician that may wait to be looked at; his end then waits.
const WAITING: usize = 64;
/// Content of the technician's end that is recognised when a program here copies it.
const REMEMBERED: usize = 64;
/// Looks at the disk that may be under way; an end that wants more at once gets none.
const LOOKS: usize = 8;

/// What the clipboard has to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The technician's content is there: press the paste key.
    Press,
    /// His end broke a rule.
    Breach(Breach),
}

enum Incoming {
    Message(ClipboardMessage),
    GrantsChanged,
}

/// Dropping it takes the technician's content out of the clipboard.
pub(super) struct ClipboardEnd {
    inbox: mpsc::Sender<Incoming>,
    _task: Task,
}

impl ClipboardEnd {
    pub(super) fn start(
        peer: Arc<Peer>,
        session: Ours,
        opened: Arc<Opened>,
        told: Teller<Told>,
        attempts: Teller<Capability>,
    ) -> Self {
        let (inbox, incoming) = mpsc::channel(WAITING);
        let (happened, events) = mpsc::unbounded_channel();
        let rules = Permits { session, took: VecDeque::new() };
        let work = Work {
            peer,
            exchange: Exchange::new(Side::Helper, rules),
            system: None,
            happened,
            cleaning: JoinSet::new(),
            disk: JoinSet::new(),
            opened,
            files_out: false,
            told,
            attempts,
        };
        let this = Self { inbox, _task: Task::new(tokio::spawn(work.run(incoming, events))) };
        this.grants_changed();
        this
    }

    /// What is granted has changed.
    pub(super) fn grants_changed(&self) {
        self.put(Incoming::GrantsChanged);
    }

    /// A message of the technician's end.
    pub(super) fn take(&self, message: ClipboardMessage) {
        self.put(Incoming::Message(message));
    }

    fn put(&self, incoming: Incoming) {
        // Long content comes only as fast as it was asked for; an end that sends more loses it.
        if self.inbox.try_send(incoming).is_err() {
            tracing::debug!("the clipboard does not keep up");
        }
    }
}

/// The session's word, asked each time.
struct Permits {
    session: Ours,
    took: VecDeque<Print>,
}

fn permitted(session: &Ours, direction: Direction) -> bool {
    let capability = match direction {
        Direction::Out => Capability::ClipboardOut,
        Direction::In => Capability::ClipboardIn,
    };
    session.read().permit(capability, Instant::now()).is_ok()
}

impl Rules for Permits {
    fn may(&self, direction: Direction) -> bool {
        permitted(&self.session, direction)
    }

    fn is_foreign(&self, print: Print) -> bool {
        self.took.contains(&print)
    }

    fn took(&mut self, print: Print) {
        if self.took.len() >= REMEMBERED {
            self.took.pop_front();
        }
        self.took.push_back(print);
    }
}

/// What was seen on the disk.
enum Seen {
    Copied(u32, Looked),
    Arrived(Bytes),
}

struct Work {
    peer: Arc<Peer>,
    exchange: Exchange<Permits>,
    /// Opened with the first grant.
    system: Option<System>,
    happened: UnboundedSender<SystemEvent>,
    cleaning: JoinSet<(u32, Result<Bytes, Unfit>)>,
    disk: JoinSet<Seen>,
    opened: Arc<Opened>,
    /// Whether copied files may be named, as the technician was told last.
    files_out: bool,
    told: Teller<Told>,
    attempts: Teller<Capability>,
}

impl Work {
    async fn run(mut self, mut incoming: mpsc::Receiver<Incoming>, mut events: UnboundedReceiver<SystemEvent>) {
        loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => self.happened(event),
                Some(cleaned) = self.cleaning.join_next() => {
                    if let Ok((request, result)) = cleaned {
                        self.exchange.cleaned(request, result);
                    }
                }
                Some(seen) = self.disk.join_next() => match seen {
                    Ok(Seen::Copied(read, looked)) => self.exchange.looked(read, looked),
                    Ok(Seen::Arrived(list)) if list.is_empty() => tracing::debug!("no files have arrived"),
                    Ok(Seen::Arrived(list)) => self.exchange.arrived(list, Then::Press),
                    Err(error) => tracing::error!(%error, "copied files were not looked at"),
                },
                incoming = incoming.recv() => match incoming {
                    None => return,
                    Some(Incoming::GrantsChanged) => self.grants_changed(),
                    Some(Incoming::Message(message)) => {
                        self.note_attempt(&message);
                        if let Err(breach) = self.exchange.heard(message) {
                            self.told.send(Told::Breach(breach));
                            return;
                        }
                    }
                },
                () = self.peer.drained(Channel::Clipboard, AHEAD), if self.exchange.has_message() => {
                    if self.send().await.is_err() {
                        return;
                    }
                }
            }
            while let Some(effect) = self.exchange.poll() {
                self.carry_out(effect);
            }
        }
    }

    /// What is asked for without a grant is refused by the exchange, and told for the record.
    fn note_attempt(&self, message: &ClipboardMessage) {
        let wanted = match message {
            ClipboardMessage::Offer(_) => &[Capability::ClipboardIn][..],
            ClipboardMessage::Want { .. } => &[Capability::ClipboardOut],
            ClipboardMessage::Files { .. } => &[Capability::ClipboardIn, Capability::FilesIn],
            _ => &[],
        };
        for capability in wanted {
            let permitted = self.exchange.rules().session.read().permit(*capability, Instant::now()).map(drop);
            if permitted.is_err_and(is_attempt) {
                self.attempts.send(*capability);
            }
        }
    }

    fn permits(&self, capability: Capability) -> bool {
        self.exchange.rules().session.read().permit(capability, Instant::now()).is_ok()
    }

    /// Sees what was copied. Without the grant for files not even their names are told.
    fn look(&mut self, number: u32, list: &[u8]) {
        let (opened, granted, paths) = (Arc::clone(&self.opened), self.files_out, paths_of(list));
        self.disk.spawn_blocking(move || {
            if paths.is_empty() {
                return Seen::Copied(number, Looked::None);
            }
            if opened.clip().any_is_his(&paths) {
                return Seen::Copied(number, Looked::Foreign);
            }
            let count = u32::try_from(paths.len()).unwrap_or(u32::MAX);
            let copied = match look(paths) {
                _ if !granted => Copied::Not { why: NotCarried::NotGranted, count, size: 0 },
                Ok(local) => opened.clip().copied(local),
                Err(not) => not,
            };
            Seen::Copied(number, Looked::Copied(copied))
        });
    }

    /// The technician says that files of his are here: they are what is pasted now.
    fn collect(&mut self, set: u32) {
        let busy = self.disk.len() >= LOOKS;
        if busy || !self.permits(Capability::FilesIn) || !self.permits(Capability::ClipboardIn) {
            return;
        }
        let opened = Arc::clone(&self.opened);
        self.disk.spawn_blocking(move || {
            Seen::Arrived(list_of(opened.clip().arrived(set).iter().map(std::path::PathBuf::as_path)))
        });
    }

    fn grants_changed(&mut self) {
        let granted = [Direction::Out, Direction::In].into_iter().any(|way| self.exchange.rules().may(way));
        if granted && self.system.is_none() {
            let happened = self.happened.clone();
            match System::open(None, move |event| drop(happened.send(event))) {
                Ok(system) => self.system = Some(system),
                Err(error) => tracing::warn!(%error, "the clipboard cannot be used"),
            }
        }
        let files_out = self.permits(Capability::FilesOut);
        if std::mem::replace(&mut self.files_out, files_out) != files_out {
            self.exchange.files_changed();
        }
        self.exchange.rules_changed();
    }

    fn happened(&mut self, event: SystemEvent) {
        match event {
            SystemEvent::Changed { kinds, mark } => self.exchange.changed(kinds, mark),
            SystemEvent::Owned { serial } => self.exchange.owned(serial),
            SystemEvent::Wanted { want, kind } => self.exchange.wanted(want, kind),
            SystemEvent::Read { read, result } => self.exchange.read(read, result),
            SystemEvent::Closed => self.system = None,
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match (effect, &self.system) {
            (Effect::Own { serial, kinds }, Some(system)) => {
                // Not ours to be kept in a history here.
                system.own(serial, kinds, Mark::Secret);
            }
            (Effect::Clear, Some(system)) => system.clear(),
            (Effect::Read { read, kind, limit }, Some(system)) => system.read(read, kind, limit),
            (Effect::Provide { want, content }, Some(system)) => system.provide(want, content),
            (Effect::Clean { request, image }, _) => {
                self.cleaning.spawn_blocking(move || (request, image::clean(&image)));
            }
            (Effect::Look { read, list }, _) => self.look(read, &list),
            (Effect::Collect { set }, _) => self.collect(set),
            (Effect::Press, _) => self.told.send(Told::Press),
            (Effect::Tell(Notice::Failed { direction, kind, why, size, .. }), _) => {
                tracing::debug!(?direction, ?kind, ?why, size, "clipboard content did not pass");
            }
            _ => {}
        }
    }

    async fn send(&mut self) -> Result<(), PeerError> {
        let Some(message) = self.exchange.message() else { return Ok(()) };
        let content = matches!(message, ClipboardMessage::Offer(_) | ClipboardMessage::Chunk { .. });
        let session = self.exchange.rules().session.clone();
        // The path may have been gone for a while.
        let may_go = move || !content || permitted(&session, Direction::Out);
        if self.peer.send_if(Channel::Clipboard, &message.encode(), may_go).await? == Sent::No {
            self.exchange.was_not_sent();
        }
        Ok(())
    }
}
