//! Which monitors there are, by RandR.

use scrap::x11::Rect as Area;
use x11rb::{
    protocol::{
        randr::ConnectionExt as _,
        xproto::{ConnectionExt as _, Window},
    },
    rust_connection::RustConnection,
};

use crate::{CaptureError, Monitor, Rect};

/// What the whole screen is called where RandR names no part of it.
const SCREEN: &str = "screen";

/// All monitors that are on, in the server's order, as far as they lie in the root window. On a machine without any,
/// or with all of them unplugged, programs go on drawing: then the root window counts as one. So there is always one.
pub(super) fn list(connection: &RustConnection, root: Window) -> Result<Vec<Monitor>, CaptureError> {
    let listed = connection.randr_get_monitors(root, true)?;
    let screen = connection.get_geometry(root)?;
    let (listed, screen) = (listed.reply()?, screen.reply()?);
    let mut monitors = Vec::with_capacity(listed.monitors.len());
    for info in listed.monitors {
        let size = (screen.width, screen.height);
        let Some(part) = Rect::clipped(info.x.into(), info.y.into(), info.width, info.height, (0, 0), size) else {
            continue;
        };
        let name = connection.get_atom_name(info.name)?.reply()?.name;
        monitors.push(Monitor {
            name: String::from_utf8_lossy(&name).into_owned(),
            x: part.x.into(),
            y: part.y.into(),
            width: part.width,
            height: part.height,
            primary: info.primary,
        });
    }
    if monitors.is_empty() {
        monitors.push(Monitor {
            name: SCREEN.to_owned(),
            x: 0,
            y: 0,
            width: screen.width,
            height: screen.height,
            primary: true,
        });
    }
    Ok(monitors)
}

/// The one to begin with.
pub(super) fn preferred(monitors: &[Monitor]) -> Option<usize> {
    let primary = monitors.iter().position(|monitor| monitor.primary);
    primary.or((!monitors.is_empty()).then_some(0))
}

/// A monitor as `scrap` names it.
pub(super) fn area(monitor: &Monitor) -> Result<Area, CaptureError> {
    let place =
        |value: i32| i16::try_from(value).map_err(|_| CaptureError::Display("a monitor is out of reach".into()));
    Ok(Area { x: place(monitor.x)?, y: place(monitor.y)?, w: monitor.width, h: monitor.height })
}
