//! What an X server tells of a desktop that cannot be seen.
//!
//! A screen saver is told by MIT-SCREEN-SAVER, with an event when it begins and ends. A Wayland desktop's X server (its
//! monitors are called `XWAYLAND0` and so on) shows nothing but X11 windows to whoever captures it. More is not known:
//! a lock screen is a window like any other and is in the picture, a monitor on standby hides nothing from capture, and
//! X11 has no protected windows.

use x11rb::{
    connection::RequestConnection as _,
    protocol::{
        screensaver::{self, ConnectionExt as _, State},
        xproto::Window,
    },
    rust_connection::RustConnection,
};

use crate::{CaptureError, Monitor, Obstacle};

/// How an X server inside of a Wayland desktop names its monitors.
const WAYLAND: &str = "XWAYLAND";

/// What stands in the way now.
#[derive(Debug)]
pub(super) struct Obstacles {
    saver: bool,
    wayland: bool,
}

impl Obstacles {
    /// Asks for the present state and to be told of each change.
    pub(super) fn watch(connection: &RustConnection, root: Window, monitors: &[Monitor]) -> Result<Self, CaptureError> {
        let mut saver = false;
        if connection.extension_information(screensaver::X11_EXTENSION_NAME)?.is_some() {
            connection.screensaver_select_input(root, screensaver::Event::NOTIFY_MASK)?;
            if let Ok(info) = connection.screensaver_query_info(root)?.reply() {
                saver = info.state == u8::from(State::ON);
            }
        }
        Ok(Self { saver, wayland: is_wayland(monitors) })
    }

    /// The screen saver has another state. Returns whether that makes a difference.
    pub(super) fn saver(&mut self, state: State) -> bool {
        let before = self.now();
        self.saver = matches!(state, State::ON | State::CYCLE);
        self.now() != before
    }

    /// There are other monitors. Returns whether that makes a difference.
    pub(super) fn listed(&mut self, monitors: &[Monitor]) -> bool {
        let before = self.now();
        self.wayland = is_wayland(monitors);
        self.now() != before
    }

    /// The one that matters most.
    pub(super) fn now(&self) -> Option<Obstacle> {
        if self.wayland {
            return Some(Obstacle::Protected);
        }
        self.saver.then_some(Obstacle::ScreenSaver)
    }
}

fn is_wayland(monitors: &[Monitor]) -> bool {
    monitors.iter().any(|monitor| monitor.name.starts_with(WAYLAND))
}
