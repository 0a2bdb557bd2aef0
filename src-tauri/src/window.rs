//! The one window, from opening it to the end of the program.

use std::{
    env,
    io::{self, Write as _},
    panic,
    path::Path,
    process,
    sync::Arc,
};

use deskhand_door::Door;
use tauri::{
    AppHandle, DragDropEvent, Manager as _, PhysicalPosition, PhysicalSize, RunEvent, WebviewWindow, WindowEvent,
};

use crate::{
    clipboard::Focus,
    commands::{self, Desk},
    console::Console,
    instance, keyboard,
    place::{Monitor, Place},
    start::StartError,
    startup::Started,
};

/// The one window's name.
const MAIN: &str = "main";

/// Whether there is a display to open a window on, as far as the environment tells.
///
/// # Errors
///
/// [`StartError::NoDisplay`].
pub fn check_display() -> Result<(), StartError> {
    let named = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !named("DISPLAY") && !named("WAYLAND_DISPLAY") {
        return Err(StartError::NoDisplay);
    }
    Ok(())
}

/// Says a sentence in a box of its own: a program without a console has nothing else to say it on.
#[cfg(windows)]
#[allow(unsafe_code, reason = "the system's interface is C")]
pub fn tell(sentence: &str) {
    use windows::{
        Win32::UI::WindowsAndMessaging::{MB_ICONWARNING, MB_OK, MessageBoxW},
        core::{HSTRING, w},
    };
    // SAFETY: both texts end with a zero.
    unsafe { MessageBoxW(None, &HSTRING::from(sentence), w!("Deskhand"), MB_OK | MB_ICONWARNING) };
}

/// Opens the window and stays until it is closed; then ends the console in order.
///
/// # Errors
///
/// [`StartError::NoPage`] or [`StartError::Window`]. A display that refuses ends the process with the sentence of
/// [`StartError::NoDisplay`]: the windowing library panics there.
pub fn run(runtime: &tokio::runtime::Runtime, console: Arc<Console>, started: Started) -> Result<(), StartError> {
    tauri::async_runtime::set(runtime.handle().clone());
    tauri::async_runtime::spawn(console.ship_templates(started.helper.clone()));
    let desk = Desk::new(Arc::clone(&console), started);

    let usual = panic::take_hook();
    panic::set_hook(Box::new(|_| {
        let _ = writeln!(io::stderr(), "deskhand: {}", StartError::NoDisplay);
        process::exit(1);
    }));
    let app =
        tauri::Builder::default().manage(desk).invoke_handler(commands::handler()).build(tauri::generate_context!());
    panic::set_hook(usual);
    let app = app?;

    if app.asset_resolver().get("index.html".into()).is_none() {
        return Err(StartError::NoPage);
    }
    let mut listening = None;
    let seen = Arc::clone(&console);
    app.run_return(move |app, event| match event {
        // The window is there, and not seen yet.
        RunEvent::Ready => {
            if let Some(window) = app.get_webview_window(MAIN) {
                take_place(&window, seen.data_folder());
            }
            show(app);
            listening = listen(app, &seen);
        }
        RunEvent::Exit => {
            let _ = listening.take();
            app.state::<Desk>().close();
        }
        RunEvent::WindowEvent { event: WindowEvent::Moved(_) | WindowEvent::Resized(_), .. } => {
            app.state::<Desk>().stands(app.get_webview_window(MAIN).and_then(|window| place_of(&window)));
        }
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } => {
            let (desk, window) = (app.state::<Desk>(), app.get_webview_window(&label));
            keep_place(&desk, window.as_ref());
            if desk.stays_in_tray()
                && let Some(window) = window
                && window.hide().is_ok()
            {
                api.prevent_close();
            }
        }
        RunEvent::WindowEvent { label, event: WindowEvent::Focused(focused), .. } => {
            if !focused && let Some(window) = app.get_webview_window(&label) {
                keyboard::release(&window);
                keep_place(&app.state::<Desk>(), Some(&window));
            }
            seen.focus(if focused { Focus::Here } else { Focus::Elsewhere });
        }
        RunEvent::WindowEvent { label, event: WindowEvent::DragDrop(drag), .. } => {
            let scale = app.get_webview_window(&label).and_then(|window| window.scale_factor().ok()).unwrap_or(1.0);
            let at = |place: PhysicalPosition<f64>| Some((place.x / scale, place.y / scale));
            let (at, paths) = match drag {
                DragDropEvent::Enter { position, .. } | DragDropEvent::Over { position } => (at(position), vec![]),
                DragDropEvent::Drop { paths, position } => (at(position), paths),
                _ => (None, vec![]),
            };
            app.state::<Desk>().dropped(at, paths);
        }
        _ => {}
    });
    runtime.block_on(console.shutdown());
    Ok(())
}

/// Shows the window, in front.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    for did in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = did {
            tracing::debug!(%error, "the window was not shown");
        }
    }
}

/// Listens for further starts with the same data folder.
fn listen(app: &AppHandle, console: &Arc<Console>) -> Option<Door> {
    let (app, asked) = (app.clone(), Arc::downgrade(console));
    let listening = instance::listen(console.data_folder(), move |what| {
        if let Some(console) = asked.upgrade() {
            console.asked(&what);
            let shown = app.clone();
            let _ = app.run_on_main_thread(move || show(&shown));
        }
    });
    listening.inspect_err(|error| tracing::warn!(%error, "another start will not find this window")).ok()
}

/// Where the window is, unless it fills a screen.
fn place_of(window: &WebviewWindow) -> Option<Place> {
    let is = |answer: tauri::Result<bool>| answer.unwrap_or(false);
    if is(window.is_maximized()) || is(window.is_fullscreen()) || is(window.is_minimized()) {
        return None;
    }
    let (corner, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
    Some(Place { x: corner.x, y: corner.y, width: size.width, height: size.height, maximized: false })
}

fn keep_place(desk: &Desk, window: Option<&WebviewWindow>) {
    let Some(window) = window else { return };
    let maximized = window.is_maximized().unwrap_or(false);
    if let Some(place) = place_of(window).or_else(|| desk.stood()) {
        Place { maximized, ..place }.write(desk.console().data_folder());
    }
}

/// Puts the window where it was, if a monitor still shows that.
fn take_place(window: &WebviewWindow, folder: &Path) {
    let Some(place) = Place::read(folder) else { return };
    let monitors = window.available_monitors().unwrap_or_default();
    let monitors: Vec<Monitor> = monitors
        .iter()
        .map(|monitor| {
            let (corner, size) = (monitor.position(), monitor.size());
            Monitor { corner: (corner.x, corner.y), size: (size.width, size.height) }
        })
        .collect();
    if !place.is_seen(&monitors) {
        return;
    }
    let moved = window
        .set_size(PhysicalSize::new(place.width, place.height))
        .and_then(|()| window.set_position(PhysicalPosition::new(place.x, place.y)))
        .and_then(|()| if place.maximized { window.maximize() } else { Ok(()) });
    if let Err(error) = moved {
        tracing::debug!(%error, "the window is not where it was");
    }
}
