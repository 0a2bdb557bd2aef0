//! The keyboard of this computer: taken for the window, so that the system's own shortcuts go through it to the customer,
//! and given back. It is taken only on the page's word, and given back without it when the window loses the focus: a page
//! that hangs must not keep the keyboard. Also the text on the clipboard, for *Type text*.

use tauri::{AppHandle, WebviewWindow};

/// Whether [`grab`] does anything on this system.
pub const CAN_GRAB: bool = cfg!(target_os = "linux");

/// Another program holds the keyboard, or the window cannot take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// Takes the whole keyboard for the window. Only on the main thread.
///
/// # Errors
///
/// [`Refused`].
#[cfg(target_os = "linux")]
pub fn grab(window: &WebviewWindow) -> Result<(), Refused> {
    use gtk::{gdk, prelude::*};
    let refuse = |why: &str| Refused(why.to_owned());
    let window = window.gtk_window().map_err(|error| Refused(error.to_string()))?;
    if !window.is_active() {
        return Err(refuse("the window has not the focus"));
    }
    let window = window.window().ok_or_else(|| refuse("there is no window"))?;
    let seat = window.display().default_seat().ok_or_else(|| refuse("there is no keyboard"))?;
    match seat.grab(&window, gdk::SeatCapabilities::KEYBOARD, true, None, None, None) {
        gdk::GrabStatus::Success => Ok(()),
        status => Err(Refused(format!("{status:?}"))),
    }
}

/// Gives the keyboard back; nothing if it was not taken. Only on the main thread.
#[cfg(target_os = "linux")]
pub fn release(window: &WebviewWindow) {
    use gtk::prelude::*;
    let seat = window.gtk_window().ok().and_then(|window| window.display().default_seat());
    if let Some(seat) = seat {
        seat.ungrab();
    }
}

/// The clipboard's text; `None` without one.
#[cfg(target_os = "linux")]
pub async fn clipboard_text(app: &AppHandle) -> Option<String> {
    let (found, text) = tokio::sync::oneshot::channel();
    app.run_on_main_thread(move || {
        gtk::Clipboard::get(&gtk::gdk::SELECTION_CLIPBOARD).request_text(move |_, text| {
            let _ = found.send(text.map(str::to_owned));
        });
    })
    .ok()?;
    text.await.ok().flatten()
}

/// Takes the whole keyboard for the window: here it cannot.
///
/// # Errors
///
/// [`Refused`], always.
#[cfg(not(target_os = "linux"))]
pub fn grab(_window: &WebviewWindow) -> Result<(), Refused> {
    Err(Refused("not on this system".to_owned()))
}

/// Gives the keyboard back: here it is never taken.
#[cfg(not(target_os = "linux"))]
pub const fn release(_window: &WebviewWindow) {}

/// The clipboard's text: here the page asks the webview.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::unused_async, reason = "the same on every system")]
pub async fn clipboard_text(_app: &AppHandle) -> Option<String> {
    None
}
