//! The technician's clipboard, and which customer's it is joined with: that of the session on the screen, while the
//! console's window has the keyboard. Nothing of one customer ever goes to another.
//!
//! One task owns the system's clipboard and an [`Exchange`] for each connection. What a session put into the clipboard
//! stays there for programs on this computer when another session is shown, but is not that session's to have; and it
//! goes when its own session ends. Copied files are in [`parcels`].

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, Weak},
};

use bytes::Bytes;
use deskhand_clipboard::{
    exchange::{Breach, Direction, Effect, Exchange, Print, Rules, Side},
    image::{self, Unfit},
    system::{System, SystemEvent},
};
use deskhand_protocol::{
    call::clipboard::{ClipboardKind, ClipboardMessage, Mark},
    capability::Capability,
    id::SessionId,
};
use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    console::Shared,
    ipc::{ClipboardNotice, ClipboardWay, ConsoleEvent},
    seat::lock,
};

mod parcels;

#[cfg(target_os = "linux")]
pub(crate) use parcels::outcome;
use parcels::{News, Parcels};

/// Content of customers that is recognised when a program here copies it.
const REMEMBERED: usize = 256;

/// Whether the console's window has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// It has.
    Here,
    /// Another program has.
    Elsewhere,
}

/// Whether content may go a way, as far as the technician is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It may.
    Open,
    /// He has paused it.
    Paused,
}

#[derive(Debug)]
enum Order {
    Begun(SessionId),
    Granted(SessionId, BTreeSet<Capability>),
    Over(SessionId),
    Message(SessionId, ClipboardMessage),
    Shown(Option<SessionId>),
    Focus(Focus),
    Flow(SessionId, ClipboardWay, Flow),
    Paste(SessionId),
    FetchCopied(SessionId),
    Close(oneshot::Sender<()>),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Clipboard {
    orders: UnboundedSender<Order>,
    _task: AbortOnDropHandle<()>,
}

impl Clipboard {
    /// Starts the task; must be called within a tokio runtime. The system's clipboard is opened with the first grant.
    /// Files of customers lie in a folder below `copied`.
    pub(crate) fn start(shared: Weak<Shared>, copied: PathBuf) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let (happened, events) = mpsc::unbounded_channel();
        let (parcels, news) = Parcels::new(copied);
        let desk = Desk {
            shared,
            parcels,
            happened,
            system: None,
            seats: HashMap::new(),
            shown: None,
            focus: Focus::Elsewhere,
            known: Arc::default(),
            holder: None,
            content: (BTreeSet::new(), Mark::Plain),
            numbers: 0,
            owns: HashMap::new(),
            reads: HashMap::new(),
            sending: JoinSet::new(),
            cleaning: JoinSet::new(),
        };
        let task = tokio::spawn(desk.run(inbox, events, news));
        Self { orders, _task: AbortOnDropHandle::new(task) }
    }

    /// A connection has begun; what was said on an earlier one is void.
    pub(crate) fn begun(&self, session: SessionId) {
        self.order(Order::Begun(session));
    }

    /// What is granted on the connection that stands; nothing while there is none.
    pub(crate) fn granted(&self, session: SessionId, granted: impl IntoIterator<Item = Capability>) {
        self.order(Order::Granted(session, granted.into_iter().collect()));
    }

    /// The session is over.
    pub(crate) fn over(&self, session: SessionId) {
        self.order(Order::Over(session));
    }

    /// The customer's end said something.
    pub(crate) fn heard(&self, session: SessionId, message: ClipboardMessage) {
        self.order(Order::Message(session, message));
    }

    /// This session is on the screen now.
    pub(crate) fn shown(&self, session: Option<SessionId>) {
        self.order(Order::Shown(session));
    }

    /// The keyboard came or went.
    pub(crate) fn focus(&self, focus: Focus) {
        self.order(Order::Focus(focus));
    }

    /// The technician pauses a way, or opens it again.
    pub(crate) fn flow(&self, session: SessionId, way: ClipboardWay, flow: Flow) {
        self.order(Order::Flow(session, way, flow));
    }

    /// *Paste*.
    pub(crate) fn paste(&self, session: SessionId) {
        self.order(Order::Paste(session));
    }

    /// *Get the copied files*.
    pub(crate) fn fetch_copied(&self, session: SessionId) {
        self.order(Order::FetchCopied(session));
    }

    /// The program ends: nothing of any customer stays. To be awaited.
    pub(crate) fn close(&self) -> oneshot::Receiver<()> {
        let (done, closed) = oneshot::channel();
        self.order(Order::Close(done));
        closed
    }

    fn order(&self, order: Order) {
        // The task ends only with this handle.
        let _ = self.orders.send(order);
    }
}

/// Content that came from customers, the newest last.
type Known = Arc<Mutex<VecDeque<Print>>>;

/// What holds for one session now.
#[derive(Debug)]
struct Gate {
    granted: BTreeSet<Capability>,
    paused: HashSet<ClipboardWay>,
    /// It is the session on the screen.
    shown: bool,
    /// The console's window has the keyboard.
    focused: bool,
    /// The clipboard holds content of this session.
    holds: bool,
    known: Known,
}

impl Rules for Gate {
    fn may(&self, direction: Direction) -> bool {
        match direction {
            Direction::Out => {
                self.granted.contains(&Capability::ClipboardIn)
                    && !self.paused.contains(&ClipboardWay::ToCustomer)
                    && self.shown
                    && self.focused
            }
            Direction::In => {
                self.granted.contains(&Capability::ClipboardOut)
                    && !self.paused.contains(&ClipboardWay::FromCustomer)
                    && (self.shown || self.holds)
            }
        }
    }

    fn may_take(&self) -> bool {
        self.shown && self.may(Direction::In)
    }

    fn is_foreign(&self, print: Print) -> bool {
        lock(&self.known).contains(&print)
    }

    fn took(&mut self, print: Print) {
        let mut known = lock(&self.known);
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        known.push_back(print);
    }
}

/// One session with its connection.
struct Joined {
    exchange: Exchange<Gate>,
    /// A message is on its way; the next waits for it.
    sending: bool,
}

struct Desk {
    shared: Weak<Shared>,
    parcels: Parcels,
    happened: UnboundedSender<SystemEvent>,
    system: Option<System>,
    seats: HashMap<SessionId, Joined>,
    shown: Option<SessionId>,
    focus: Focus,
    known: Known,
    /// Whose content the clipboard holds; `None` when it is a program's of this computer.
    holder: Option<SessionId>,
    /// What the programs of this computer have there.
    content: (BTreeSet<ClipboardKind>, Mark),
    /// Numbers given to the system's clipboard, which knows of no sessions.
    numbers: u32,
    owns: HashMap<u32, (SessionId, u32)>,
    reads: HashMap<u32, (SessionId, u32)>,
    sending: JoinSet<SessionId>,
    cleaning: JoinSet<(SessionId, u32, Result<Bytes, Unfit>)>,
}

impl Desk {
    async fn run(
        mut self,
        mut inbox: UnboundedReceiver<Order>,
        mut events: UnboundedReceiver<SystemEvent>,
        mut news: UnboundedReceiver<News>,
    ) {
        loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => self.happened(event),
                Some(news) = news.recv() => self.news(news),
                order = inbox.recv() => match order {
                    Some(order) => self.carry_out_order(order),
                    None => return,
                },
                Some(sent) = self.sending.join_next() => {
                    if let Some(joined) = sent.ok().and_then(|session| self.seats.get_mut(&session)) {
                        joined.sending = false;
                    }
                }
                Some(cleaned) = self.cleaning.join_next() => {
                    if let Ok((session, request, result)) = cleaned
                        && let Some(joined) = self.seats.get_mut(&session)
                    {
                        joined.exchange.cleaned(request, result);
                    }
                }
            }
            self.settle();
        }
    }

    fn carry_out_order(&mut self, order: Order) {
        match order {
            Order::Begun(session) => self.begin(session),
            Order::Granted(session, granted) => {
                let wanted =
                    [Capability::ClipboardIn, Capability::ClipboardOut].iter().any(|one| granted.contains(one));
                if wanted {
                    self.open();
                }
                self.change_rules(session, |gate| gate.granted = granted);
            }
            Order::Over(session) => self.forget(session),
            Order::Message(session, message) => {
                let Some(joined) = self.seats.get_mut(&session) else { return };
                if let Err(Breach { code, detail }) = joined.exchange.heard(message) {
                    tracing::warn!(%session, ?code, detail, "the helper's clipboard broke a rule and is not listened to");
                    self.forget(session);
                }
            }
            Order::Shown(session) => {
                let before = std::mem::replace(&mut self.shown, session);
                for session in before.into_iter().chain(session) {
                    let shown = self.shown == Some(session);
                    self.change_rules(session, |gate| gate.shown = shown);
                }
            }
            Order::Focus(focus) => {
                self.focus = focus;
                if let Some(session) = self.shown {
                    self.change_rules(session, |gate| gate.focused = focus == Focus::Here);
                }
            }
            Order::Flow(session, way, flow) => {
                self.change_rules(session, |gate| {
                    match flow {
                        Flow::Open => gate.paused.remove(&way),
                        Flow::Paused => gate.paused.insert(way),
                    };
                });
                if flow == Flow::Paused {
                    self.stop_trips(session, way);
                }
            }
            Order::Paste(session) => {
                if let Some(joined) = self.seats.get_mut(&session) {
                    joined.exchange.paste();
                }
            }
            Order::FetchCopied(session) => self.fetch_copied(session),
            Order::Close(done) => {
                self.seats.clear();
                self.system = None;
                self.parcels.close();
                // Nobody waits any more if the program is gone.
                let _ = done.send(());
            }
        }
    }

    fn begin(&mut self, session: SessionId) {
        let paused = self.seats.remove(&session).map(|before| before.exchange.into_rules().paused).unwrap_or_default();
        self.let_go(session);
        self.offered(session, None);
        let gate = Gate {
            granted: BTreeSet::new(),
            paused,
            shown: self.shown == Some(session),
            focused: self.focus == Focus::Here,
            holds: false,
            known: Arc::clone(&self.known),
        };
        let mut exchange = Exchange::new(Side::Console, gate);
        if self.holder.is_some() {
            exchange.taken_by_another();
        } else {
            exchange.changed(self.content.0.clone(), self.content.1);
        }
        self.seats.insert(session, Joined { exchange, sending: false });
    }

    fn change_rules(&mut self, session: SessionId, change: impl FnOnce(&mut Gate)) {
        let focused = self.focus == Focus::Here;
        if let Some(joined) = self.seats.get_mut(&session) {
            let gate = joined.exchange.rules_mut();
            gate.focused = focused;
            change(gate);
            joined.exchange.rules_changed();
        }
    }

    fn forget(&mut self, session: SessionId) {
        self.seats.remove(&session);
        self.let_go(session);
        self.forget_files(session);
    }

    /// What the session put into the clipboard goes, if it still is there.
    fn let_go(&mut self, session: SessionId) {
        self.owns.retain(|_, (owner, _)| *owner != session);
        if self.holder == Some(session) {
            self.holder = None;
            if let Some(system) = &self.system {
                system.clear();
            }
        }
    }

    fn open(&mut self) {
        if self.system.is_some() {
            return;
        }
        let happened = self.happened.clone();
        match System::open(None, move |event| drop(happened.send(event))) {
            Ok(system) => self.system = Some(system),
            Err(error) => tracing::warn!(%error, "the clipboard cannot be used"),
        }
    }

    fn happened(&mut self, event: SystemEvent) {
        match event {
            SystemEvent::Changed { kinds, mark } => {
                self.set_holder(None);
                self.parcels.changed();
                self.content = (kinds.clone(), mark);
                for joined in self.seats.values_mut() {
                    joined.exchange.changed(kinds.clone(), mark);
                }
            }
            SystemEvent::Owned { serial } => {
                let Some((session, serial)) = self.owns.remove(&serial) else {
                    // Of a session that has ended meanwhile.
                    if let Some(system) = &self.system {
                        system.clear();
                    }
                    return;
                };
                self.set_holder(Some(session));
                self.parcels.changed();
                self.owned(session, serial);
                for (other, joined) in &mut self.seats {
                    if *other == session {
                        joined.exchange.owned(serial);
                    } else {
                        joined.exchange.taken_by_another();
                    }
                }
            }
            SystemEvent::Wanted { want, kind } => match self.holder.and_then(|session| self.seats.get_mut(&session)) {
                Some(joined) => joined.exchange.wanted(want, kind),
                None => {
                    if let Some(system) = &self.system {
                        system.provide(want, None);
                    }
                }
            },
            SystemEvent::Read { read, result } => {
                if let Some((session, read)) = self.reads.remove(&read)
                    && let Some(joined) = self.seats.get_mut(&session)
                {
                    joined.exchange.read(read, result);
                }
            }
            SystemEvent::Closed => self.system = None,
        }
    }

    fn set_holder(&mut self, holder: Option<SessionId>) {
        self.holder = holder;
        for (session, joined) in &mut self.seats {
            joined.exchange.rules_mut().holds = holder == Some(*session);
        }
    }

    /// Carries out what the exchanges want, and sends what may go.
    fn settle(&mut self) {
        let sessions: Vec<SessionId> = self.seats.keys().copied().collect();
        for session in sessions {
            while let Some(effect) = self.seats.get_mut(&session).and_then(|joined| joined.exchange.poll()) {
                self.carry_out(session, effect);
            }
            self.send(session);
            // Sending has something to tell, too.
            while let Some(effect) = self.seats.get_mut(&session).and_then(|joined| joined.exchange.poll()) {
                self.carry_out(session, effect);
            }
        }
    }

    fn send(&mut self, session: SessionId) {
        let Some(shared) = self.shared.upgrade() else { return };
        let Some(joined) = self.seats.get_mut(&session).filter(|joined| !joined.sending) else { return };
        let Some(seat) = shared.seat(session) else { return };
        let Some(message) = joined.exchange.message() else { return };
        joined.sending = true;
        self.sending.spawn(async move {
            seat.call().clipboard(message.encode()).await;
            session
        });
    }

    fn carry_out(&mut self, session: SessionId, effect: Effect) {
        self.numbers = self.numbers.wrapping_add(1);
        let number = self.numbers;
        match (effect, &self.system) {
            (Effect::Own { serial, kinds }, Some(system)) => {
                self.owns.insert(number, (session, serial));
                // A customer's is kept in no history here.
                system.own(number, kinds, Mark::Secret);
            }
            (Effect::Clear, Some(system)) if self.holder == Some(session) => {
                self.holder = None;
                system.clear();
            }
            (Effect::Read { read, kind, limit }, Some(system)) => {
                self.reads.insert(number, (session, read));
                system.read(number, kind, limit);
            }
            (Effect::Provide { want, content }, Some(system)) => system.provide(want, content),
            (Effect::Clean { request, image }, _) => {
                self.cleaning.spawn_blocking(move || (session, request, image::clean(&image)));
            }
            (Effect::Look { read, list }, _) => self.look(session, read, list),
            (Effect::Offered(copied), _) => self.offered(session, copied),
            (Effect::SendFiles, _) => self.send_files(session),
            (Effect::Tell(notice), _) => {
                if let Some(shared) = self.shared.upgrade() {
                    shared.tell(ConsoleEvent::Clipboard { session, notice: ClipboardNotice::from(notice) });
                }
            }
            _ => {}
        }
    }
}
