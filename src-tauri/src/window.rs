//! The one window, from opening it to the end of the program.

use std::{
    env,
    io::{self, Write as _},
    panic,
    path::PathBuf,
    process,
    sync::Arc,
};

use tauri::{DragDropEvent, Manager as _, PhysicalPosition, RunEvent, WindowEvent};

use crate::{
    clipboard::Focus,
    commands::{self, Desk},
    console::Console,
    keyboard,
    start::StartError,
};

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
pub fn run(
    runtime: &tokio::runtime::Runtime,
    console: Arc<Console>,
    helper: Option<PathBuf>,
) -> Result<(), StartError> {
    tauri::async_runtime::set(runtime.handle().clone());
    tauri::async_runtime::spawn(console.ship_templates(helper.clone()));
    let desk = Desk::new(Arc::clone(&console), helper);

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
    let seen = Arc::clone(&console);
    app.run_return(move |app, event| match event {
        RunEvent::Exit => app.state::<Desk>().close(),
        RunEvent::WindowEvent { label, event: WindowEvent::Focused(focused), .. } => {
            if !focused && let Some(window) = app.get_webview_window(&label) {
                keyboard::release(&window);
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
