//! Sees to it that the customer sees the bar, and ends the session at his keys, whatever program has the keyboard.
//!
//! A thread with a connection of its own to the X server, which waits for what can cover a window: windows that come,
//! move or rise. The bar counts as hidden when it is not on the screen, or when more than a quarter of it lies behind
//! windows of others or outside of the screen. The program's own menus and drawings do not cover it; who made a window
//! is asked of the server (X-Resource), which no program can forge. What cannot be found out counts as hidden.
//!
//! It decides nothing: it tells what it sees, and the session decides. It ends with the bar.

use std::{
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::UnboundedSender;
use x11rb::{
    connection::Connection as _,
    errors::ReplyOrIdError,
    protocol::{
        Event,
        res::{self, ConnectionExt as _},
        shape::{self, ConnectionExt as _},
        xproto::{
            ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, EventMask, GrabMode, MapState, ModMask,
            StackMode, Window, WindowClass,
        },
    },
    rust_connection::RustConnection,
};

use super::cover::{Place, is_hidden};
use crate::view::Action;

/// The End key: `XK_End` of `keysymdef.h`.
const END: u32 = 0xff57;
/// A bar that was covered is raised, but not again and again: two programs that fight for the top would do nothing else.
const RAISE_PAUSE: Duration = Duration::from_secs(10);

/// Begins to watch a bar.
///
/// # Errors
///
/// When there is no X server, or it refuses; the bar then counts as never seen.
pub(super) fn start(bar: Window, actions: UnboundedSender<Action>) -> anyhow::Result<JoinHandle<()>> {
    let (connection, screen) = x11rb::connect(None)?;
    let root = connection.setup().roots.get(screen).map(|screen| screen.root);
    let root = root.ok_or_else(|| anyhow::anyhow!("the display has no such screen"))?;
    let select = |mask| ChangeWindowAttributesAux::new().event_mask(mask);
    connection.change_window_attributes(root, &select(EventMask::SUBSTRUCTURE_NOTIFY | EventMask::STRUCTURE_NOTIFY))?;
    let own = EventMask::VISIBILITY_CHANGE | EventMask::STRUCTURE_NOTIFY;
    connection.change_window_attributes(bar, &select(own))?.check()?;
    if let Err(error) = grab_keys(&connection, root) {
        tracing::warn!(%error, "another program has the keys that end the session");
    }
    let watcher = Watcher { connection, root, bar, pid: std::process::id(), seen: None, raised: None, actions };
    Ok(std::thread::Builder::new().name("bar".to_owned()).spawn(move || watcher.run())?)
}

/// Control, Alt and End, whatever locks are on.
fn grab_keys(connection: &RustConnection, root: Window) -> Result<(), ReplyOrIdError> {
    let setup = connection.setup();
    let (first, last) = (setup.min_keycode, setup.max_keycode);
    let map = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
    let per = usize::from(map.keysyms_per_keycode).max(1);
    let codes =
        (first..=last).zip(map.keysyms.chunks(per)).filter(|(_, syms)| syms.contains(&END)).map(|(code, _)| code);
    for code in codes {
        for locks in [ModMask::from(0_u16), ModMask::LOCK, ModMask::M2, ModMask::LOCK | ModMask::M2] {
            let keys = ModMask::CONTROL | ModMask::M1 | locks;
            connection.grab_key(false, root, keys, code, GrabMode::ASYNC, GrabMode::ASYNC)?.check()?;
        }
    }
    Ok(())
}

struct Watcher {
    connection: RustConnection,
    root: Window,
    bar: Window,
    pid: u32,
    seen: Option<bool>,
    raised: Option<Instant>,
    actions: UnboundedSender<Action>,
}

impl Watcher {
    fn run(mut self) {
        while let Ok(()) = self.look()
            && let Ok(event) = self.connection.wait_for_event()
        {
            if !self.take(&event) {
                return;
            }
            // Windows are moved by many events at once; one look is enough for them.
            while let Ok(Some(event)) = self.connection.poll_for_event() {
                if !self.take(&event) {
                    return;
                }
            }
        }
        // The display is gone, or the bar.
        drop(self.actions.send(Action::BarHidden));
    }

    /// Whether to go on.
    fn take(&self, event: &Event) -> bool {
        match event {
            Event::KeyPress(_) => self.actions.send(Action::End).is_ok(),
            Event::DestroyNotify(gone) => gone.window != self.bar,
            _ => true,
        }
    }

    fn look(&mut self) -> Result<(), ReplyOrIdError> {
        let seen = self.is_seen()?;
        if self.seen != Some(seen) {
            if !seen && self.raised.is_none_or(|at| at.elapsed() > RAISE_PAUSE) {
                self.raised = Some(Instant::now());
                let top = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
                self.connection.configure_window(self.bar, &top)?;
            }
            drop(self.actions.send(if seen { Action::BarSeen } else { Action::BarHidden }));
            self.seen = Some(seen);
        }
        self.connection.flush()?;
        Ok(())
    }

    fn is_seen(&self) -> Result<bool, ReplyOrIdError> {
        let (connection, root) = (&self.connection, self.root);
        if connection.get_window_attributes(self.bar)?.reply()?.map_state != MapState::VIEWABLE {
            return Ok(false);
        }
        let size = connection.get_geometry(self.bar)?.reply()?;
        let at = connection.translate_coordinates(self.bar, root, 0, 0)?.reply()?;
        let bar = Place::of(at.dst_x.into(), at.dst_y.into(), size.width, size.height);
        let size = connection.get_geometry(root)?.reply()?;
        let screen = Place::of(0, 0, size.width, size.height);
        let mut top = self.bar;
        loop {
            let parent = connection.query_tree(top)?.reply()?.parent;
            if parent == root || parent == x11rb::NONE {
                break;
            }
            top = parent;
        }
        let mut above = Vec::new();
        // From the bottom to the top.
        let windows = connection.query_tree(root)?.reply()?.children;
        for window in windows.into_iter().skip_while(|window| *window != top).skip(1) {
            // One that is gone meanwhile covers nothing.
            if let Ok(places) = self.covers(window, bar) {
                above.extend(places);
            }
        }
        Ok(!is_hidden(bar, screen, &above))
    }

    /// The parts of a window that may lie over the bar.
    fn covers(&self, window: Window, bar: Place) -> Result<Vec<Place>, ReplyOrIdError> {
        let connection = &self.connection;
        let attributes = connection.get_window_attributes(window)?.reply()?;
        if attributes.map_state != MapState::VIEWABLE || attributes.class == WindowClass::INPUT_ONLY {
            return Ok(Vec::new());
        }
        let at = connection.get_geometry(window)?.reply()?;
        let (x, y, border) = (i32::from(at.x), i32::from(at.y), at.border_width);
        let whole = Place::of(x, y, at.width + 2 * border, at.height + 2 * border);
        if !whole.meets(bar) || self.is_own(window) {
            return Ok(Vec::new());
        }
        let (x, y) = (x + i32::from(border), y + i32::from(border));
        let Ok(shape) = connection.shape_get_rectangles(window, shape::SK::BOUNDING)?.reply() else {
            return Ok(vec![whole]);
        };
        let part = |part: &x11rb::protocol::xproto::Rectangle| {
            Place::of(x + i32::from(part.x), y + i32::from(part.y), part.width, part.height)
        };
        Ok(shape.rectangles.iter().map(part).filter(|place| place.meets(bar)).collect())
    }

    /// Whether this program made a window.
    fn is_own(&self, window: Window) -> bool {
        let spec = res::ClientIdSpec { client: window, mask: res::ClientIdMask::LOCAL_CLIENT_PID };
        let Ok(asked) = self.connection.res_query_client_ids(&[spec]) else { return false };
        let Ok(answer) = asked.reply() else { return false };
        answer.ids.iter().any(|id| id.value.first() == Some(&self.pid))
    }
}
