//! Everyone who is connected: who is told what, and what is given up when nobody comes back.
//!
//! Committed changes come in the order of their commits and are told in that order by one task. Signals pass at once,
//! from one connection's task to the other's queue. A connection that does not take what it is sent is cut off, so
//! that it never holds up another.

mod watch;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use deskhand_core::{
    detour::{End, Leg},
    reaper::{Ends, Reaper, Standing},
    switchboard::{ConnectionId, Switchboard},
    viewing::Viewing,
};
use deskhand_protocol::{
    error::ErrorCode,
    id::{DeviceId, SessionId, TechnicianId},
    key::PublicKey,
    record::{Author, ChatMessage, DeviceRecord, SessionRecord},
    relay::{console_socket::RelayToConsole, helper_socket::RelayToHelper},
};
use serde::Serialize;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    acts::claims::{self, Leaving},
    clock,
    detour::Exchange,
    happening::Happening,
    refusal::Refusal,
    store::{Store, StoreError, devices, invitations, requests, sessions, technicians},
};

/// Frames that may wait for one connection: some seconds of a busy call.
const QUEUE: usize = 256;

/// What a connection's task is to send.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A frame.
    Frame(String),
    /// A frame, after which the connection is closed.
    Last(String),
}

/// A connection's end of its queue.
#[derive(Debug)]
pub(crate) struct Outlet {
    /// The connection's name.
    pub(crate) id: ConnectionId,
    /// What to send.
    pub(crate) frames: mpsc::Receiver<Outgoing>,
    /// Cancelled when the connection takes too long to send.
    pub(crate) cut: CancellationToken,
}

/// What can be done on a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Able {
    /// The listener that it came through answers UDP too.
    pub(crate) udp: bool,
    /// The other side understands the marks of chats.
    pub(crate) marks: bool,
}

#[derive(Debug)]
struct Inlet {
    able: Able,
    frames: mpsc::Sender<Outgoing>,
    cut: CancellationToken,
}

#[derive(Debug)]
struct State {
    board: Switchboard,
    reaper: Reaper,
    viewing: Viewing,
    owners: BTreeMap<SessionId, TechnicianId>,
    /// Of colleagues' sessions: that of the technician who was called.
    joins: BTreeMap<SessionId, SessionId>,
    inlets: HashMap<ConnectionId, Inlet>,
}

/// Everyone who is connected.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    store: Arc<Store>,
    detour: Arc<Exchange>,
    next: AtomicU64,
    reaping: Notify,
}

/// A frame of JSON. Our own messages always have that form.
pub(crate) fn frame<T: Serialize>(message: &T) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

impl Hub {
    pub(crate) fn new(store: Arc<Store>, detour: Arc<Exchange>, grace: Duration) -> Self {
        let state = State {
            board: Switchboard::default(),
            reaper: Reaper::new(grace),
            viewing: Viewing::default(),
            owners: BTreeMap::new(),
            joins: BTreeMap::new(),
            inlets: HashMap::new(),
        };
        Self { state: Mutex::new(state), store, detour, next: AtomicU64::new(1), reaping: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_line(&self, state: &mut State, able: Able) -> Outlet {
        let id = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, frames) = mpsc::channel(QUEUE);
        let cut = CancellationToken::new();
        state.inlets.insert(id, Inlet { able, frames: sender, cut: cut.clone() });
        Outlet { id, frames, cut }
    }

    /// A console has shown its token: it takes the place of an older one, and its helpers are told.
    pub(crate) fn console_came(&self, technician: TechnicianId, able: Able) -> Outlet {
        let mut state = self.state();
        let outlet = self.open_line(&mut state, able);
        if let Some(older) = state.board.console_came(technician, outlet.id) {
            let error = Refusal::new(ErrorCode::Replaced, "a newer connection has taken this one's place").wire();
            state.last(older, frame(&RelayToConsole::Error { session: None, error }));
        }
        state.send(outlet.id, frame(&RelayToConsole::Welcome));
        state.console_is(technician, true);
        let lines: Vec<_> = state.board.lines_of(technician).collect();
        for (session, _) in lines {
            self.give_detour(&mut state, session, End::Console);
        }
        drop(state);
        self.reaping.notify_one();
        outlet
    }

    /// A console's connection closed.
    pub(crate) async fn console_left(&self, technician: TechnicianId, connection: ConnectionId) {
        let viewed = {
            let mut state = self.state();
            state.inlets.remove(&connection);
            if state.board.console_left(technician, connection) {
                state.console_is(technician, false);
                state.viewing.left(technician)
            } else {
                BTreeSet::new()
            }
        };
        self.reaping.notify_one();
        self.viewers_changed(viewed).await;
    }

    /// A console says whose screens its technician looks at. Sessions that are not his count for nothing.
    pub(crate) async fn views(&self, technician: TechnicianId, sessions: &[SessionId]) {
        let changed = {
            let mut state = self.state();
            let own = |session: &&SessionId| state.owners.get(session) == Some(&technician);
            let own: Vec<SessionId> = sessions.iter().filter(own).copied().collect();
            state.viewing.says(technician, &own, Instant::now())
        };
        self.reaping.notify_one();
        self.viewers_changed(changed).await;
    }

    /// Told by the task that tells everything, so that no older state of a session is told after a newer one.
    async fn viewers_changed(&self, sessions: BTreeSet<SessionId>) {
        if sessions.is_empty() {
            return;
        }
        let sessions: BTreeSet<SessionId> = {
            let state = self.state();
            sessions.into_iter().flat_map(|session| state.of_one_call(session)).collect()
        };
        let told = self.store.write(move |change| {
            sessions.into_iter().try_for_each(|session| change.happened(Happening::Viewers(session)))
        });
        if let Err(error) = told.await {
            tracing::warn!(%error, "it could not be told who looks at a session");
        }
    }

    /// A helper has proven its key: it takes the place of an older connection.
    pub(crate) async fn helper_came(&self, key: PublicKey, able: Able) -> Result<Outlet, StoreError> {
        let (outlet, left) = {
            let mut state = self.state();
            let outlet = self.open_line(&mut state, able);
            let left = state.board.helper_came(key, outlet.id);
            if let Some(older) = left.connection {
                let error = Refusal::new(ErrorCode::Replaced, "a newer connection has taken this one's place").wire();
                state.last(older, frame(&RelayToHelper::Error { session: None, error }));
            }
            state.send(outlet.id, frame(&RelayToHelper::Welcome));
            (outlet, left)
        };
        self.helper_gone(left.sessions, key, Leaving::Perhaps).await?;
        Ok(outlet)
    }

    /// A helper's connection closed.
    pub(crate) async fn helper_left(
        &self,
        key: PublicKey,
        connection: ConnectionId,
        leaving: Leaving,
    ) -> Result<(), StoreError> {
        let left = {
            let mut state = self.state();
            state.inlets.remove(&connection);
            state.board.helper_left(connection)
        };
        if left.connection.is_none() {
            return Ok(());
        }
        self.helper_gone(left.sessions, key, leaving).await
    }

    async fn helper_gone(&self, gone: Vec<SessionId>, key: PublicKey, leaving: Leaving) -> Result<(), StoreError> {
        {
            let mut state = self.state();
            for session in &gone {
                state.ends_changed(*session);
            }
        }
        self.reaping.notify_one();
        self.store
            .write(move |change| {
                claims::left(change, &gone, leaving)?;
                claims::device_heard(change, &key)
            })
            .await
    }

    /// Tells one end of a session that a helper has taken up how it reaches the other through the relay.
    fn give_detour(&self, state: &mut State, session: SessionId, end: End) {
        let to = match end {
            End::Helper => state.board.helper_of(session),
            End::Console => state.board.console_for(session),
        };
        let Some((to, udp)) = to.and_then(|to| Some((to, state.inlets.get(&to)?.able.udp))) else { return };
        let detour = match self.detour.issue(Leg { session, end }, udp) {
            Ok(detour) => detour,
            Err(error) => return tracing::warn!(%session, %error, "no way through the relay can be given"),
        };
        let told = match end {
            End::Helper => frame(&RelayToHelper::Detour { session, detour }),
            End::Console => frame(&RelayToConsole::Detour { session, detour }),
        };
        state.send(to, told);
    }

    /// Gives every session's ends a new way before the old one has lived.
    fn renew_detours(&self) {
        let mut state = self.state();
        for session in state.board.sessions() {
            self.give_detour(&mut state, session, End::Helper);
            self.give_detour(&mut state, session, End::Console);
        }
    }

    /// Passes a technician's signal on to his session's helper.
    pub(crate) fn signal_to_helper(
        &self,
        technician: TechnicianId,
        session: SessionId,
        signal: String,
    ) -> Result<(), Refusal> {
        let mut state = self.state();
        let to = state.board.to_helper(technician, session).ok_or(ABSENT)?;
        state.send(to, frame(&RelayToHelper::Signal { session, signal }));
        Ok(())
    }

    /// Passes a helper's signal on to its session's console.
    pub(crate) fn signal_to_console(
        &self,
        helper: ConnectionId,
        session: SessionId,
        signal: String,
    ) -> Result<(), Refusal> {
        let mut state = self.state();
        if !state.board.has_taken_up(helper, session) {
            return Err(Refusal::not_found());
        }
        let to = state.board.to_console(helper, session).ok_or(ABSENT)?;
        state.send(to, frame(&RelayToConsole::Signal { session, signal }));
        Ok(())
    }

    /// Whether this connection has taken up this session.
    pub(crate) fn has_taken_up(&self, helper: ConnectionId, session: SessionId) -> bool {
        self.state().board.has_taken_up(helper, session)
    }

    /// How many sessions this connection has taken up.
    pub(crate) fn taken_up(&self, helper: ConnectionId) -> usize {
        self.state().board.taken_up(helper)
    }

    /// Fills in what only the hub knows.
    pub(crate) fn present(&self, sessions: &mut [SessionRecord]) {
        let state = self.state();
        for session in sessions {
            session.helper_online = state.board.helper_of(session.id).is_some();
            let call = state.of_one_call(session.id);
            let viewers: BTreeSet<TechnicianId> =
                call.into_iter().flat_map(|session| state.viewing.viewers(session)).collect();
            session.viewers = viewers.into_iter().collect();
        }
    }

    /// Whether a technician's console is connected.
    pub(crate) fn is_here(&self, technician: TechnicianId) -> bool {
        self.state().board.console_of(technician).is_some()
    }

    /// Fills in what only the hub knows.
    pub(crate) fn devices_present(&self, devices: &mut [DeviceRecord]) {
        let state = self.state();
        for device in devices {
            device.online = state.board.is_online(&device.key);
        }
    }

    /// Tells what was committed, until the store is closed or the relay dropped.
    pub(crate) async fn tell(&self, mut happenings: mpsc::UnboundedReceiver<Happening>, dropped: CancellationToken) {
        let mut batch = Vec::new();
        loop {
            let came = tokio::select! {
                () = dropped.cancelled() => return,
                came = happenings.recv_many(&mut batch, 64) => came,
            };
            if came == 0 {
                return;
            }
            for happening in batch.drain(..) {
                if let Err(error) = self.tell_one(happening).await {
                    tracing::warn!(%error, "a change could not be told; it is stored");
                }
            }
        }
    }

    async fn tell_one(&self, happening: Happening) -> Result<(), StoreError> {
        match happening {
            Happening::Session(session) | Happening::Viewers(session) => self.tell_session(session).await,
            Happening::SessionRemoved { session, technician } => {
                let owner = self.store.read(technicians::owner).await?;
                let mut state = self.state();
                state.tell(technician, owner, &frame(&RelayToConsole::SessionRemoved { session }));
                Ok(())
            }
            Happening::Device(device) => self.tell_device(device).await,
            Happening::DeviceRemoved(device) => {
                self.state().tell_consoles(&frame(&RelayToConsole::DeviceRemoved { device }));
                Ok(())
            }
            Happening::Templates => {
                self.state().tell_consoles(&frame(&RelayToConsole::TemplatesUpdated));
                Ok(())
            }
            Happening::Settings => {
                self.state().tell_consoles(&frame(&RelayToConsole::SettingsChanged));
                Ok(())
            }
            Happening::Company => {
                self.state().tell_consoles(&frame(&RelayToConsole::CompanyChanged));
                Ok(())
            }
            Happening::Request(id) => {
                if let Some(request) = self.store.read(move |db| requests::one(db, id)).await? {
                    self.state().tell_consoles(&frame(&RelayToConsole::RequestChanged { request }));
                }
                Ok(())
            }
            Happening::Chat { technician, message } => {
                let session = message.session;
                let told = self.of_one_conversation(session, technician).await?;
                let mut state = self.state();
                if let Some(helper) = state.board.helper_of(session) {
                    state.send(helper, frame(&RelayToHelper::Chat { message: message.clone() }));
                }
                for (session, technician) in told {
                    if let Some(console) = state.board.console_of(technician) {
                        let message = ChatMessage { session, ..message.clone() };
                        state.send(console, frame(&RelayToConsole::Chat { message }));
                    }
                }
                Ok(())
            }
            // The customer's: each technician sees at his own messages how far he is.
            Happening::Marks { session, technician, of: Author::Customer, marks } => {
                let told = self.of_one_conversation(session, technician).await?;
                let mut state = self.state();
                for (session, technician) in told {
                    if let Some(console) = state.board.console_of(technician) {
                        state.send_marks(console, frame(&RelayToConsole::ChatMarks { session, marks }));
                    }
                }
                Ok(())
            }
            Happening::Marks { session, technician: _, of: Author::Technician, marks } => {
                let mut state = self.state();
                if let Some(helper) = state.board.helper_of(session) {
                    state.send_marks(helper, frame(&RelayToHelper::ChatMarks { session, marks }));
                }
                Ok(())
            }
            Happening::TakenUp { session, technician, connection, mut answer } => {
                let attached = {
                    let mut state = self.state();
                    if let RelayToHelper::Claimed { console_online, .. } = &mut *answer {
                        *console_online = state.board.console_of(technician).is_some();
                    }
                    state.owners.insert(session, technician);
                    let attached = state.board.attach(session, connection, technician);
                    if attached {
                        state.send(connection, frame(&*answer));
                        self.give_detour(&mut state, session, End::Helper);
                        self.give_detour(&mut state, session, End::Console);
                        state.ends_changed(session);
                    }
                    attached
                };
                if attached {
                    return Ok(());
                }
                // The helper went while its claim was being stored.
                self.store.write(move |change| claims::left(change, &[session], Leaving::Perhaps)).await
            }
            Happening::Released(session) => {
                self.detour.end(session);
                let mut state = self.state();
                if let Some(helper) = state.board.detach(session) {
                    let error = Refusal::new(ErrorCode::InvalidCode, "the support code is no longer valid").wire();
                    state.send(helper, frame(&RelayToHelper::Error { session: Some(session), error }));
                    state.ends_changed(session);
                }
                Ok(())
            }
            Happening::Ended { session, reason } => {
                self.detour.end(session);
                let mut state = self.state();
                if let Some(helper) = state.board.detach(session) {
                    state.send(helper, frame(&RelayToHelper::Ended { session, reason }));
                }
                Ok(())
            }
        }
    }

    /// Who writes in the conversation of a session: all technicians of a call have one, each in his own session.
    async fn of_one_conversation(
        &self,
        session: SessionId,
        technician: TechnicianId,
    ) -> Result<Vec<(SessionId, TechnicianId)>, StoreError> {
        let mut all = self.store.read(move |db| sessions::of_one_call(db, session)).await?;
        if !all.iter().any(|(own, _)| *own == session) {
            all.push((session, technician));
        }
        Ok(all)
    }

    /// Tells a session as it is stored now, so that no older state is ever told after a newer one.
    async fn tell_session(&self, id: SessionId) -> Result<(), StoreError> {
        let read = move |db: &rusqlite::Connection| {
            let record = sessions::record(db, id, clock::wall())?;
            Ok((record, invitations::last_expiry(db, id)?, technicians::owner(db)?))
        };
        let (Some(record), last_expiry, owner) = self.store.read(read).await? else { return Ok(()) };
        let now = clock::wall();
        let span = |from: i64, to: i64| Duration::from_millis(u64::try_from(to.saturating_sub(from)).unwrap_or(0));
        let standing = Standing {
            status: record.status,
            started: record.started_at.map(|started| span(started.0, now.0)),
            code_left: last_expiry.map_or(Duration::ZERO, |expires| span(now.0, expires.0)),
        };
        let mut records = [record];
        self.present(&mut records);
        let [session] = records;
        {
            let mut state = self.state();
            let technician = session.technician;
            if deskhand_core::life::is_over(session.status) {
                state.owners.remove(&id);
                state.joins.remove(&id);
            } else {
                state.owners.insert(id, technician);
                state.joins.extend(session.joins.map(|joined| (id, joined)));
            }
            let ends = state.ends(id, technician);
            state.reaper.update(id, standing, ends, Instant::now());
            state.tell(technician, owner, &frame(&RelayToConsole::SessionChanged { session }));
        }
        self.reaping.notify_one();
        Ok(())
    }

    async fn tell_device(&self, id: DeviceId) -> Result<(), StoreError> {
        let Some(device) = self.store.read(move |db| devices::record(db, id)).await? else { return Ok(()) };
        let mut devices = [device];
        self.devices_present(&mut devices);
        let [device] = devices;
        self.state().tell_consoles(&frame(&RelayToConsole::DeviceChanged { device }));
        Ok(())
    }
}

/// What a signal's sender is told when the other end is not here, or not for it.
const ABSENT: Refusal = Refusal::new(ErrorCode::PeerAbsent, "the other end is not connected");

impl State {
    fn send(&mut self, to: ConnectionId, frame: String) {
        self.push(to, Outgoing::Frame(frame));
    }

    /// Sends marks to whoever understands them; an older one would take the relay for another program.
    fn send_marks(&mut self, to: ConnectionId, frame: String) {
        if self.inlets.get(&to).is_some_and(|inlet| inlet.able.marks) {
            self.send(to, frame);
        }
    }

    fn tell_consoles(&mut self, told: &str) {
        for console in self.board.consoles() {
            self.send(console, told.to_owned());
        }
    }

    /// Tells those within whose reach a session is.
    fn tell(&mut self, technician: TechnicianId, owner: Option<TechnicianId>, told: &str) {
        let reached: BTreeSet<TechnicianId> = owner.into_iter().chain([technician]).collect();
        for console in reached.into_iter().filter_map(|who| self.board.console_of(who)).collect::<Vec<_>>() {
            self.send(console, told.to_owned());
        }
    }

    /// The sessions that run in the same call.
    fn of_one_call(&self, session: SessionId) -> BTreeSet<SessionId> {
        let first = self.joins.get(&session).copied().unwrap_or(session);
        let colleagues = self.joins.iter().filter(|(_, joined)| **joined == first).map(|(own, _)| *own);
        colleagues.chain([first, session]).collect()
    }

    fn last(&mut self, to: ConnectionId, frame: String) {
        self.push(to, Outgoing::Last(frame));
        self.inlets.remove(&to);
    }

    fn push(&mut self, to: ConnectionId, outgoing: Outgoing) {
        let Some(inlet) = self.inlets.get(&to) else { return };
        if inlet.frames.try_send(outgoing).is_err() {
            tracing::info!(connection = to.0, "a connection takes nothing and is cut off");
            inlet.cut.cancel();
            self.inlets.remove(&to);
        }
    }

    fn ends(&self, session: SessionId, technician: TechnicianId) -> Ends {
        Ends { helper: self.board.helper_of(session).is_some(), console: self.board.console_of(technician).is_some() }
    }

    fn ends_changed(&mut self, session: SessionId) {
        if let Some(technician) = self.owners.get(&session) {
            let ends = self.ends(session, *technician);
            self.reaper.ends(session, ends, Instant::now());
        }
    }

    fn console_is(&mut self, technician: TechnicianId, online: bool) {
        let lines: Vec<_> = self.board.lines_of(technician).collect();
        for (session, helper) in lines {
            self.send(helper, frame(&RelayToHelper::Console { session, online }));
        }
        let own: Vec<_> = self.owners.iter().filter(|(_, owner)| **owner == technician).map(|(id, _)| *id).collect();
        own.into_iter().for_each(|session| self.ends_changed(session));
    }
}
