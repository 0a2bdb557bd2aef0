//! The commands of [`crate::ipc`], as Tauri calls them: reading arguments, nothing more.

#![allow(clippy::needless_pass_by_value, reason = "Tauri hands arguments over by value")]

use std::{
    ffi::OsStr,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deskhand_protocol::{
    call::{
        control::{Preference, Quality, VideoCodec},
        quick::Deed,
    },
    capability::{Capability, Preset},
    id::{MessageId, SessionId, TechnicianId},
    record::{Fellow, Marks, SessionRecord},
};
use deskhand_viewer::{call::Quick, files::JobId, state::CallState};
use tauri::{
    AppHandle, Manager as _, State, WebviewWindow, Wry,
    ipc::{Channel, Invoke, InvokeBody, InvokeResponseBody, Request},
};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    clipboard::Flow,
    company::commands as company,
    console::Console,
    files::{Chosen, EntryView, FoundView, JobOrder, PlaceView, Side, Spot},
    ipc::{
        Boot, ChatView, ClipboardWay, ConsoleEvent, InvitationView, IpcError, IpcErrorCode, JoinedRelay, Opened,
        ReachView, RelayStatus, SelfTestView, StartupChoice, StartupView, TrayView,
    },
    keyboard,
    packaging::commands as packaging,
    place::Place,
    records,
    seat::lock,
    startup::{self, Started},
    together::RoomOrder,
    tray,
};

/// What a command gives.
pub(crate) type Answer<T> = Result<T, IpcError>;

/// What the commands work on.
#[derive(Debug)]
pub struct Desk {
    pub(crate) console: Arc<Console>,
    started: Started,
    /// Where the window was when it last filled no screen.
    stood: Mutex<Option<Place>>,
    /// Whether closing the window leaves the program in the tray.
    stays: AtomicBool,
    /// Tells the page what happens; a page that is loaded anew takes its place.
    teller: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Desk {
    /// Around a console that runs.
    #[must_use]
    pub const fn new(console: Arc<Console>, started: Started) -> Self {
        Self { console, started, stood: Mutex::new(None), stays: AtomicBool::new(false), teller: Mutex::new(None) }
    }

    /// The window is there; `None`: it fills a screen.
    pub fn stands(&self, place: Option<Place>) {
        if let Some(place) = place {
            *lock(&self.stood) = Some(place);
        }
    }

    /// Where the window was when it last filled no screen.
    #[must_use]
    pub fn stood(&self) -> Option<Place> {
        *lock(&self.stood)
    }

    /// Whether closing the window leaves the program in the tray.
    #[must_use]
    pub fn stays_in_tray(&self) -> bool {
        self.stays.load(Ordering::Relaxed)
    }

    /// Files of the system are held over the window, were dropped on it, or have left it.
    pub fn dropped(&self, at: Option<(f64, f64)>, paths: Vec<PathBuf>) {
        self.console.dropped(at, paths);
    }

    /// The console.
    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// The helper program, if the command line named one.
    pub(crate) fn helper(&self) -> Option<PathBuf> {
        self.started.helper.clone()
    }

    /// The window is gone.
    pub fn close(&self) {
        lock(&self.teller).take();
    }
}

/// All commands.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        boot,
        set_up,
        join_relay,
        relays,
        add_relay,
        switch_relay,
        remove_relay,
        open_lan,
        close_lan,
        self_test,
        link_opened,
        create_session,
        invitation,
        renew_code,
        session_by_code,
        packaging::templates,
        packaging::templates_seen,
        packaging::begin_upload,
        packaging::upload_part,
        packaging::finish_upload,
        packaging::use_template,
        packaging::save_package,
        packaging::save_program,
        packaging::requests,
        packaging::take_request,
        packaging::put_request_aside,
        packaging::brand,
        packaging::set_brand,
        packaging::open_mail,
        company::company,
        company::certify,
        company::revoke_certificates,
        company::replace_company_key,
        company::trust_company,
        company::rename,
        company::fingerprint,
        company::export_identity,
        company::import_identity,
        company::invite_technician,
        company::browser_code,
        company::relay_settings,
        company::choose_settings,
        company::news,
        company::news_seen,
        company::choose_notices,
        show_in_folder,
        sessions,
        messages,
        send_chat,
        mark_chat,
        connect,
        want,
        leave,
        call,
        show_monitors,
        need_key_frame,
        prefer,
        end_session,
        watch,
        unwatch,
        drawn,
        input,
        can_grab_keyboard,
        grab_keyboard,
        release_keyboard,
        clipboard_text,
        show_session,
        pause_clipboard,
        fetch_copied,
        paste,
        colleagues,
        invite_colleague,
        join_call,
        room,
        attended,
        do_deed,
        list_programs,
        system_facts,
        file_places,
        file_list,
        file_search,
        file_search_stop,
        file_make_folder,
        file_rename,
        file_trash,
        file_carry,
        file_send_dropped,
        drag_out,
        stop_drag,
        file_job,
        file_choose,
        take_opened,
        set_tray,
        startup_chosen,
        choose_startup,
        subscribe,
        records::commands::search_sessions,
        records::commands::edit_session,
        records::commands::delete_session,
        records::commands::session_events,
        records::commands::export_sessions,
        records::commands::facets,
        records::commands::devices,
        records::commands::edit_devices,
        records::commands::remove_devices,
        records::commands::timeline,
        records::commands::statistics,
        records::commands::search_audit,
        records::commands::export_audit,
    ]
}

#[tauri::command]
fn boot(desk: State<'_, Desk>) -> Boot {
    desk.console.boot()
}

#[tauri::command]
async fn set_up(desk: State<'_, Desk>, name: String, company: String) -> Answer<Boot> {
    desk.console.set_up(&name, &company).await
}

#[tauri::command]
async fn join_relay(
    desk: State<'_, Desk>,
    name: String,
    company: String,
    address: String,
    token: String,
) -> Answer<Boot> {
    desk.console.join_relay(&name, &company, &address, &token).await
}

#[tauri::command]
fn relays(desk: State<'_, Desk>) -> Answer<Vec<JoinedRelay>> {
    desk.console.relays()
}

#[tauri::command]
async fn add_relay(desk: State<'_, Desk>, address: String, token: String) -> Answer<Vec<JoinedRelay>> {
    desk.console.add_relay(&address, &token).await
}

#[tauri::command]
async fn switch_relay(desk: State<'_, Desk>, id: String) -> Answer<Boot> {
    desk.console.switch_relay(&id).await
}

#[tauri::command]
async fn remove_relay(desk: State<'_, Desk>, id: String) -> Answer<Vec<JoinedRelay>> {
    desk.console.remove_relay(&id).await
}

#[tauri::command]
async fn open_lan(desk: State<'_, Desk>) -> Answer<RelayStatus> {
    Ok(desk.console.open_lan().await)
}

#[tauri::command]
async fn close_lan(desk: State<'_, Desk>) -> Answer<RelayStatus> {
    Ok(desk.console.close_lan().await)
}

#[tauri::command]
async fn self_test(desk: State<'_, Desk>) -> Answer<SelfTestView> {
    desk.console.self_test().await
}

#[tauri::command]
async fn link_opened(desk: State<'_, Desk>, link: String) -> Answer<ReachView> {
    desk.console.link_opened(&link).await
}

#[tauri::command]
async fn create_session(
    desk: State<'_, Desk>,
    customer: String,
    machine: Option<String>,
    preset: Preset,
    life_ms: Option<u32>,
) -> Answer<InvitationView> {
    let life = life_ms.map(|life| Duration::from_millis(life.into()));
    desk.console.create_session(&customer, machine.as_deref(), preset, life).await
}

#[tauri::command]
async fn invitation(desk: State<'_, Desk>, session: SessionId) -> Answer<Option<InvitationView>> {
    desk.console.invitation(session).await
}

#[tauri::command]
async fn renew_code(desk: State<'_, Desk>, session: SessionId) -> Answer<InvitationView> {
    desk.console.renew_code(session).await
}

#[tauri::command]
fn session_by_code(desk: State<'_, Desk>, typed: String) -> Option<SessionId> {
    desk.console.session_by_code(&typed)
}

#[tauri::command]
fn show_in_folder(desk: State<'_, Desk>, path: PathBuf) -> Answer<()> {
    if !desk.console.has_saved(&path) {
        return Err(IpcError::of(IpcErrorCode::BadInput, "only files that were saved here are shown"));
    }
    open_with_system(path.parent().unwrap_or(&path).as_os_str())
}

/// Opens something with the program that the system has for it.
pub(crate) fn open_with_system(what: &OsStr) -> Answer<()> {
    let mut program = if cfg!(windows) {
        Command::new("explorer")
    } else if cfg!(target_os = "macos") {
        Command::new("open")
    } else {
        Command::new("xdg-open")
    };
    let mut child = program
        .arg(what)
        .spawn()
        .map_err(|_| IpcError::of(IpcErrorCode::Internal, "the system has no program for this"))?;
    // Collects the exit code, so that no zombie stays.
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[tauri::command]
async fn sessions(desk: State<'_, Desk>, before: Option<SessionId>, limit: u32) -> Answer<Vec<SessionRecord>> {
    desk.console.sessions(before, limit).await
}

#[tauri::command]
async fn messages(desk: State<'_, Desk>, session: SessionId) -> Answer<ChatView> {
    desk.console.messages(session).await
}

#[tauri::command]
fn send_chat(desk: State<'_, Desk>, session: SessionId, id: MessageId, text: String) -> Answer<()> {
    desk.console.send_chat(session, id, &text)
}

#[tauri::command]
fn mark_chat(desk: State<'_, Desk>, session: SessionId, marks: Marks) -> Answer<()> {
    desk.console.mark_chat(session, marks)
}

#[tauri::command]
async fn connect(desk: State<'_, Desk>, session: SessionId, codecs: Vec<VideoCodec>) -> Answer<()> {
    desk.console.connect(session, codecs).await
}

#[tauri::command]
async fn want(desk: State<'_, Desk>, session: SessionId, capabilities: Vec<Capability>) -> Answer<()> {
    desk.console.want(session, capabilities).await
}

#[tauri::command]
async fn leave(desk: State<'_, Desk>, session: SessionId) -> Answer<()> {
    Ok(desk.console.seat(session)?.call().leave().await?)
}

#[tauri::command]
async fn call(desk: State<'_, Desk>, session: SessionId) -> Answer<Option<CallState>> {
    match desk.console.seat(session) {
        Ok(seat) => Ok(seat.call().state().await),
        Err(_) => Ok(None),
    }
}

#[tauri::command]
async fn show_monitors(desk: State<'_, Desk>, session: SessionId, monitors: Vec<u8>, focus: u8) -> Answer<()> {
    Ok(desk.console.seat(session)?.call().show(monitors, focus).await?)
}

#[tauri::command]
fn need_key_frame(desk: State<'_, Desk>, session: SessionId, monitor: u8) -> Answer<()> {
    desk.console.seat(session)?.call().need_key_frame(Some(monitor));
    Ok(())
}

#[tauri::command]
fn prefer(
    desk: State<'_, Desk>,
    session: SessionId,
    quality: Quality,
    frame_rate: Option<u8>,
    kbit_per_s: Option<u32>,
    scale_percent: Option<u8>,
) -> Answer<()> {
    desk.console.seat(session)?.call().prefer(Preference { quality, frame_rate, kbit_per_s, scale_percent });
    Ok(())
}

#[tauri::command]
async fn end_session(desk: State<'_, Desk>, session: SessionId) -> Answer<()> {
    desk.console.end_session(session).await
}

#[tauri::command]
fn watch(desk: State<'_, Desk>, session: SessionId, channel: Channel<InvokeResponseBody>) -> Answer<()> {
    desk.console.seat(session)?.watch(Box::new(move |message| {
        if let Err(error) = channel.send(InvokeResponseBody::Raw(message)) {
            tracing::debug!(%error, "the window does not take a picture");
        }
    }));
    Ok(())
}

#[tauri::command]
fn unwatch(desk: State<'_, Desk>, session: SessionId) {
    // The session may be over by now, and with it the seat.
    if let Ok(seat) = desk.console.seat(session) {
        seat.unwatch();
    }
}

#[tauri::command]
fn drawn(desk: State<'_, Desk>, session: SessionId, monitor: u8, seq: u32) {
    if let Ok(seat) = desk.console.seat(session) {
        seat.drawn(monitor, seq);
    }
}

/// Not `async`: what was typed first must be sent first.
#[tauri::command]
fn input(desk: State<'_, Desk>, request: Request<'_>) -> Answer<()> {
    let InvokeBody::Raw(body) = request.body() else {
        return Err(IpcError::of(IpcErrorCode::BadInput, "the body must be raw bytes"));
    };
    let (session, channel, message) = crate::input::parse(body)?;
    desk.console.seat(session)?.input(channel, message);
    Ok(())
}

#[tauri::command]
const fn can_grab_keyboard() -> bool {
    keyboard::CAN_GRAB
}

/// Not `async`: only the main thread may talk to the window.
#[tauri::command]
fn grab_keyboard(window: WebviewWindow) -> Answer<()> {
    keyboard::grab(&window)
        .map_err(|refused| IpcError::of(IpcErrorCode::Internal, format!("the keyboard was not given: {refused}")))
}

#[tauri::command]
fn release_keyboard(window: WebviewWindow) {
    keyboard::release(&window);
}

#[tauri::command]
async fn clipboard_text(app: AppHandle) -> Option<String> {
    keyboard::clipboard_text(&app).await
}

#[tauri::command]
fn show_session(desk: State<'_, Desk>, session: Option<SessionId>) {
    desk.console.show_session(session);
}

#[tauri::command]
fn pause_clipboard(desk: State<'_, Desk>, session: SessionId, way: ClipboardWay, paused: bool) {
    desk.console.clipboard_flow(session, way, if paused { Flow::Paused } else { Flow::Open });
}

#[tauri::command]
fn fetch_copied(desk: State<'_, Desk>, session: SessionId) {
    desk.console.fetch_copied(session);
}

#[tauri::command]
fn paste(desk: State<'_, Desk>, session: SessionId) {
    desk.console.paste(session);
}

#[tauri::command]
async fn colleagues(desk: State<'_, Desk>) -> Answer<Vec<Fellow>> {
    desk.console.colleagues().await
}

#[tauri::command]
async fn invite_colleague(desk: State<'_, Desk>, session: SessionId, technician: TechnicianId) -> Answer<String> {
    desk.console.invite_colleague(session, technician).await
}

#[tauri::command]
async fn join_call(desk: State<'_, Desk>, session: SessionId, code: String) -> Answer<()> {
    desk.console.join_call(session, &code).await
}

#[tauri::command]
async fn room(desk: State<'_, Desk>, session: SessionId, order: RoomOrder) -> Answer<()> {
    desk.console.room(session, order).await
}

#[tauri::command]
async fn attended(desk: State<'_, Desk>, session: SessionId) -> Answer<()> {
    Ok(desk.console.seat(session)?.call().attended().await?)
}

#[tauri::command]
async fn do_deed(desk: State<'_, Desk>, session: SessionId, deed: Deed) -> Answer<()> {
    Ok(desk.console.seat(session)?.call().quick(Quick::Do(deed)).await?)
}

#[tauri::command]
async fn list_programs(desk: State<'_, Desk>, session: SessionId) -> Answer<()> {
    Ok(desk.console.seat(session)?.call().quick(Quick::Programs).await?)
}

#[tauri::command]
async fn system_facts(desk: State<'_, Desk>, session: SessionId) -> Answer<()> {
    Ok(desk.console.seat(session)?.call().quick(Quick::System).await?)
}

#[tauri::command]
async fn file_places(desk: State<'_, Desk>, session: SessionId, side: Side) -> Answer<Vec<PlaceView>> {
    desk.console.file_places(session, side).await
}

#[tauri::command]
async fn file_list(desk: State<'_, Desk>, session: SessionId, side: Side, at: Spot) -> Answer<Vec<EntryView>> {
    desk.console.file_list(session, side, at).await
}

#[tauri::command]
async fn file_search(
    desk: State<'_, Desk>,
    session: SessionId,
    side: Side,
    at: Spot,
    text: String,
) -> Answer<FoundView> {
    desk.console.file_search(session, side, at, text).await
}

#[tauri::command]
fn file_search_stop(desk: State<'_, Desk>, session: SessionId, side: Side) -> Answer<()> {
    desk.console.file_search_stop(session, side)
}

#[tauri::command]
async fn file_make_folder(desk: State<'_, Desk>, session: SessionId, side: Side, at: Spot) -> Answer<()> {
    desk.console.file_make_folder(session, side, at).await
}

#[tauri::command]
async fn file_rename(desk: State<'_, Desk>, session: SessionId, side: Side, at: Spot, name: String) -> Answer<()> {
    desk.console.file_rename(session, side, at, name).await
}

#[tauri::command]
async fn file_trash(desk: State<'_, Desk>, session: SessionId, side: Side, at: Vec<Spot>) -> Answer<()> {
    desk.console.file_trash(session, side, at).await
}

#[tauri::command]
async fn file_carry(
    desk: State<'_, Desk>,
    session: SessionId,
    from: Side,
    what: Vec<Spot>,
    into: Spot,
) -> Answer<JobId> {
    desk.console.file_carry(session, from, what, into).await
}

#[tauri::command]
async fn file_send_dropped(desk: State<'_, Desk>, session: SessionId, into: Spot) -> Answer<JobId> {
    desk.console.file_send_dropped(session, into).await
}

#[tauri::command]
async fn drag_out(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    session: SessionId,
    side: Side,
    what: Vec<Spot>,
) -> Answer<bool> {
    desk.console.drag_out(&window, session, side, what).await
}

#[tauri::command]
fn stop_drag(desk: State<'_, Desk>) {
    desk.console.stop_drag();
}

#[tauri::command]
fn file_job(desk: State<'_, Desk>, session: SessionId, job: JobId, order: JobOrder) -> Answer<()> {
    desk.console.file_job(session, job, order)
}

#[tauri::command]
fn file_choose(desk: State<'_, Desk>, session: SessionId, chosen: Chosen) -> Answer<()> {
    desk.console.file_choose(session, chosen)
}

#[tauri::command]
fn take_opened(desk: State<'_, Desk>) -> Option<Opened> {
    desk.console.take_opened()
}

/// Not `async`: only the main thread may talk to the tray.
#[tauri::command]
fn set_tray(app: AppHandle, desk: State<'_, Desk>, view: TrayView) -> bool {
    let there = tray::show(&app, desk.console.data_folder(), &view).unwrap_or_else(|error| {
        tracing::warn!(%error, "no icon in the tray");
        false
    });
    desk.stays.store(there && view.keep, Ordering::Relaxed);
    there
}

#[tauri::command]
async fn startup_chosen() -> StartupView {
    tauri::async_runtime::spawn_blocking(startup::chosen)
        .await
        .unwrap_or(StartupView { with_desktop: None, opens_links: None })
}

#[tauri::command]
async fn choose_startup(desk: State<'_, Desk>, choice: StartupChoice, on: bool) -> Answer<StartupView> {
    let started = desk.started.clone();
    let chosen = tauri::async_runtime::spawn_blocking(move || startup::choose(choice, on, &started)).await;
    chosen.unwrap_or_else(|_| Err(IpcError::of(IpcErrorCode::Internal, "a part of the program stopped")))
}

#[tauri::command]
fn subscribe(app: AppHandle, desk: State<'_, Desk>, channel: Channel<ConsoleEvent>) {
    let mut events = desk.console.events();
    // Whatever happened before the page listened shows in how the relay is now.
    let _ = channel.send(ConsoleEvent::Relay { status: desk.console.boot().relay });
    let task = tauri::async_runtime::handle().inner().spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) => {
                    if channel.send(event).is_err() {
                        return;
                    }
                }
                // The page missed some: how the relay is makes it ask for the lists again.
                Err(RecvError::Lagged(_)) => {
                    let status = app.state::<Desk>().console.boot().relay;
                    if channel.send(ConsoleEvent::Relay { status }).is_err() {
                        return;
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
    *lock(&desk.teller) = Some(AbortOnDropHandle::new(task));
}
