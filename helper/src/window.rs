//! The one window: a page that shows the latest view and sends what the customer does.

#[cfg(target_os = "linux")]
use std::rc::Rc;
use std::{path::Path, sync::Arc};

use anyhow::Context as _;
#[cfg(target_os = "linux")]
use gtk::prelude::{FileChooserExt as _, NativeDialogExt as _};
use tauri::{
    AppHandle, Emitter as _, Manager as _, RunEvent, State, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent,
};
use tokio::sync::{Notify, mpsc::UnboundedSender, watch};

use crate::{
    bar::{self, BarView},
    language::Language,
    permissions,
    view::{Action, Stage, View},
};

/// What whoever starts the program can do then.
#[cfg(target_os = "linux")]
pub(crate) const NO_DISPLAY: &str =
    "there is no display for the window; start it in a desktop session, or name its DISPLAY";
/// The window's name inside the program.
const MAIN: &str = "main";

/// What the window is connected to.
#[derive(Debug, Clone)]
pub struct Wires {
    /// What to show.
    pub view: watch::Receiver<Arc<View>>,
    /// What the bar shows.
    pub bar: watch::Receiver<Option<BarView>>,
    /// Which language the page speaks, and the bar with it.
    pub language: watch::Sender<Language>,
    /// What the customer does.
    pub actions: UnboundedSender<Action>,
    /// Brings the window to the front.
    pub raise: Arc<Notify>,
}

impl Wires {
    /// Who is told when the program is started a second time, where there is a window.
    #[must_use]
    pub fn answers(&self) -> crate::single::Answers {
        crate::single::Answers { front: Some(Arc::clone(&self.raise)), actions: self.actions.clone() }
    }
}

#[tauri::command]
#[allow(clippy::needless_pass_by_value, reason = "the framework passes its state by value")]
fn view(wires: State<'_, Wires>) -> View {
    View::clone(&wires.view.borrow())
}

#[tauri::command]
#[allow(clippy::needless_pass_by_value, reason = "the framework passes its state by value")]
fn act(action: Action, wires: State<'_, Wires>, app: AppHandle) {
    match action {
        // Elsewhere nobody is asked for files, and there is nothing to pick.
        #[cfg(not(target_os = "linux"))]
        Action::PickFolder => drop(app),
        #[cfg(target_os = "linux")]
        Action::PickFolder => {
            let (handle, actions) = (app.clone(), wires.actions.clone());
            let language = *wires.language.borrow();
            let pick = move || {
                let parent = handle.get_webview_window(MAIN).and_then(|window| window.gtk_window().ok());
                pick_folder(parent.as_ref(), language, actions);
            };
            if let Err(error) = app.run_on_main_thread(pick) {
                tracing::warn!(%error, "no folder can be picked");
            }
        }
        Action::Permit { permission } => permissions::ask(permission),
        Action::Speak { language } => {
            wires.language.send_replace(language);
        }
        // What only the shell may say does not come from the page.
        action if action.is_the_pages() => drop(wires.actions.send(action)),
        _ => {}
    }
}

/// Asks the customer for a folder with the system's own dialog.
#[cfg(target_os = "linux")]
pub(crate) fn pick_folder(
    parent: Option<&impl gtk::glib::IsA<gtk::Window>>,
    language: Language,
    actions: UnboundedSender<Action>,
) {
    let words = language.dialog();
    let dialog = gtk::FileChooserNative::new(
        Some(words.title),
        parent,
        gtk::FileChooserAction::SelectFolder,
        Some(words.choose),
        Some(words.cancel),
    );
    let kept = std::cell::RefCell::new(Some(dialog.clone()));
    dialog.connect_response(move |dialog, response| {
        if response == gtk::ResponseType::Accept
            && let Some(folder) = dialog.filename()
        {
            drop(actions.send(Action::FolderPicked { folder }));
        }
        // It lives as long as it is shown.
        kept.replace(None);
    });
    dialog.show();
}

/// Opens the window and runs until it is closed for good. Must be called on the main thread.
///
/// # Errors
///
/// When there is no display or no webview.
pub fn run(wires: Wires, data: &Path) -> anyhow::Result<()> {
    // The framework would only panic.
    #[cfg(target_os = "linux")]
    gtk::init().context(NO_DISPLAY)?;
    let page = data.join(crate::clean::PAGE);
    let app = tauri::Builder::default()
        .manage(wires.clone())
        .invoke_handler(tauri::generate_handler![view, act])
        .setup(move |app| {
            let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
                .title("Deskhand Helper")
                .inner_size(520.0, 720.0)
                .min_inner_size(360.0, 480.0)
                .center()
                // Nothing of the page is kept; where the system's webview keeps a folder all the same, it is in ours. A
                // webview that a test drives cannot be a private one.
                .incognito(std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_none())
                .data_directory(page)
                .build()?;
            tauri::async_runtime::spawn(raise(window.clone(), Arc::clone(&wires.raise)));
            let chat = {
                let actions = wires.actions.clone();
                move || {
                    drop(actions.send(Action::ChatOpened));
                    to_the_front(&window);
                }
            };
            begin(app.handle(), wires, chat)?;
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window cannot be opened")?;
    match app.run_return(handle_event) {
        0 => Ok(()),
        code => anyhow::bail!("the window ended with code {code}"),
    }
}

/// Shows the bar when there is one, and tells the page of every new view.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn begin(app: &AppHandle, wires: Wires, chat: impl Fn() + 'static) -> std::io::Result<()> {
    let context = gtk::glib::MainContext::default();
    let Wires { view, bar, language, actions, raise: _ } = wires;
    context.spawn_local(bar::follow(bar, language.subscribe(), actions, Some(Rc::new(chat))));
    context.spawn_local(follow(app.clone(), view));
    Ok(())
}

/// The same, with the bar on the main thread, where this program's tasks are not.
#[cfg(target_os = "macos")]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn begin(app: &AppHandle, wires: Wires, chat: impl Fn() + Send + Sync + 'static) -> std::io::Result<()> {
    let Wires { view, bar, language, actions, raise: _ } = wires;
    tauri::async_runtime::spawn(bar::follow(bar, language.subscribe(), actions, Some(Arc::new(chat))));
    tauri::async_runtime::spawn(follow(app.clone(), view));
    Ok(())
}

/// The same, with the bar on a thread of its own.
#[cfg(windows)]
fn begin(app: &AppHandle, wires: Wires, chat: impl Fn() + Send + 'static) -> std::io::Result<()> {
    let Wires { view, bar, language, actions, raise: _ } = wires;
    // It ends with what it shows.
    drop(bar::start(bar, language.subscribe(), actions, Some(Box::new(chat)))?);
    tauri::async_runtime::spawn(follow(app.clone(), view));
    Ok(())
}

fn to_the_front(window: &WebviewWindow) {
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window does not come to the front");
    }
}

/// Brings the window to the front whenever somebody asks for it.
async fn raise(window: WebviewWindow, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        to_the_front(&window);
    }
}

/// Says a sentence in a box of its own, for a start that opens no window.
#[cfg(target_os = "macos")]
pub fn tell(sentence: &str) {
    crate::mac::tell(sentence);
}

/// The same.
#[cfg(target_os = "linux")]
pub fn tell(sentence: &str) {
    use gtk::prelude::{DialogExt as _, GtkWindowExt as _};
    if gtk::init().is_err() {
        return;
    }
    let (kind, buttons) = (gtk::MessageType::Info, gtk::ButtonsType::Close);
    let dialog = gtk::MessageDialog::new(None::<&gtk::Window>, gtk::DialogFlags::empty(), kind, buttons, sentence);
    dialog.set_title("Deskhand Helper");
    dialog.run();
}

/// Tells the page of every new view, and moves the window to where the customer needs it.
async fn follow(app: AppHandle, mut views: watch::Receiver<Arc<View>>) {
    let mut stage = Stage::Field;
    loop {
        let view = Arc::clone(&views.borrow_and_update());
        if let Err(error) = app.emit_to(MAIN, "view", View::clone(&view)) {
            tracing::warn!(%error, "the page was not told of a change");
        }
        if view.stage != stage {
            stage = view.stage;
            move_window(&app, stage);
        }
        if views.changed().await.is_err() {
            // Nobody is left to show anything for.
            app.exit(0);
            return;
        }
    }
}

fn move_window(app: &AppHandle, stage: Stage) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let done = match stage {
        Stage::Asking => window
            .unminimize()
            .and_then(|()| window.show())
            .and_then(|()| window.set_always_on_top(true))
            .and_then(|()| window.set_focus()),
        // Out of the way: the bar says the rest and brings it back.
        Stage::Live => window.set_always_on_top(false).and_then(|()| window.minimize()),
        Stage::Ended { .. } => {
            window.set_always_on_top(false).and_then(|()| window.unminimize()).and_then(|()| window.show())
        }
        _ => window.set_always_on_top(false),
    };
    if let Err(error) = done {
        tracing::warn!(%error, "the window does not move");
    }
}

fn handle_event(app: &AppHandle, event: RunEvent) {
    let RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } = event else { return };
    let wires = app.state::<Wires>();
    let stage = wires.view.borrow().stage;
    match stage {
        // The bar stays, and is the way back and the way to end.
        Stage::Connecting | Stage::Live | Stage::Away => {
            api.prevent_close();
            if let Some(window) = app.get_webview_window(MAIN) {
                drop(window.minimize());
            }
        }
        Stage::Asking => {
            api.prevent_close();
            drop(wires.actions.send(Action::WindowLost));
        }
        _ => {}
    }
}
