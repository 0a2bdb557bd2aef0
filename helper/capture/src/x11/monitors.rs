//! Which monitors there are, by RandR.

use scrap::x11::Rect as Area;
use x11rb::{
    protocol::{
        randr::ConnectionExt as _,
        xproto::{ConnectionExt as _, Window},
    },
    rust_connection::RustConnection,
};

use crate::{CaptureError, Monitor};

/// All monitors that are on, in the server's order.
pub(super) fn list(connection: &RustConnection, root: Window) -> Result<Vec<Monitor>, CaptureError> {
    let reply = connection.randr_get_monitors(root, true)?.reply()?;
    let mut monitors = Vec::with_capacity(reply.monitors.len());
    for info in reply.monitors {
        if info.width == 0 || info.height == 0 {
            continue;
        }
        let name = connection.get_atom_name(info.name)?.reply()?.name;
        monitors.push(Monitor {
            name: String::from_utf8_lossy(&name).into_owned(),
            x: info.x.into(),
            y: info.y.into(),
            width: info.width,
            height: info.height,
            primary: info.primary,
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
