//! Which monitors there are, by RandR.

use scrap::x11::Rect as Area;
use x11rb::{
    protocol::{
        randr::{ConnectionExt as _, MonitorInfo, Rotation as Turned},
        xproto::{AtomEnum, ConnectionExt as _, Window},
    },
    rust_connection::RustConnection,
};

use crate::{CaptureError, Monitor, Rect, Rotation, ids, together};

/// What the whole screen is called where RandR names no part of it.
const SCREEN: &str = "screen";
/// Dots per inch that programs are designed for.
const DESIGNED_DPI: u32 = 96;
/// Bytes of the display's resources that are looked at, in units of four: they are a few lines.
const RESOURCES: u32 = 16 * 1024;

/// All monitors that are on, in the server's order, as far as they lie in the root window, and behind them all of them
/// together if there is more than one. On a machine without any, or with all of them unplugged, programs go on drawing:
/// then the root window counts as one. So there is always one.
pub(super) fn list(connection: &RustConnection, root: Window) -> Result<Vec<Monitor>, CaptureError> {
    let listed = connection.randr_get_monitors(root, true)?;
    let screen = connection.get_geometry(root)?;
    let resources = connection.get_property(false, root, AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING, 0, RESOURCES)?;
    let (listed, screen) = (listed.reply()?, screen.reply()?);
    // Without the property the answer is empty.
    let scale_percent = resources.reply().map_or(100, |resources| scale_of(&resources.value));
    let size = (screen.width, screen.height);
    let mut monitors = Vec::with_capacity(listed.monitors.len() + 1);
    for info in listed.monitors {
        let Some(part) = Rect::clipped(info.x.into(), info.y.into(), info.width, info.height, (0, 0), size) else {
            continue;
        };
        let name = connection.get_atom_name(info.name)?.reply()?.name;
        monitors.push(Monitor {
            id: 0,
            name: String::from_utf8_lossy(&name).into_owned(),
            x: part.x.into(),
            y: part.y.into(),
            width: part.width,
            height: part.height,
            primary: info.primary,
            scale_percent,
            rotation: rotation(connection, &info),
        });
    }
    if monitors.is_empty() {
        monitors.push(Monitor {
            id: 0,
            name: SCREEN.to_owned(),
            x: 0,
            y: 0,
            width: screen.width,
            height: screen.height,
            primary: true,
            scale_percent,
            rotation: Rotation::Upright,
        });
    }
    let numbers = ids::of(monitors.iter().map(|monitor| &*monitor.name));
    monitors.iter_mut().zip(numbers).for_each(|(monitor, id)| monitor.id = id);
    monitors.extend(together::all(&monitors));
    Ok(monitors)
}

/// How the first screen of a monitor is turned. One that cannot be asked for, because it was unplugged meanwhile or is
/// no real one, is upright.
fn rotation(connection: &RustConnection, info: &MonitorInfo) -> Rotation {
    let turned = || {
        let output = *info.outputs.first()?;
        let output = connection.randr_get_output_info(output, x11rb::CURRENT_TIME).ok()?.reply().ok()?;
        Some(connection.randr_get_crtc_info(output.crtc, x11rb::CURRENT_TIME).ok()?.reply().ok()?.rotation)
    };
    turned().map_or(Rotation::Upright, rotation_of)
}

/// X11 turns counter-clockwise.
fn rotation_of(turned: Turned) -> Rotation {
    match turned {
        _ if turned.contains(Turned::ROTATE90) => Rotation::Left,
        _ if turned.contains(Turned::ROTATE180) => Rotation::Inverted,
        _ if turned.contains(Turned::ROTATE270) => Rotation::Right,
        _ => Rotation::Upright,
    }
}

/// The scale that programs follow: `Xft.dpi` among the display's resources. X11 has one for all monitors.
fn scale_of(resources: &[u8]) -> u16 {
    let dpi = String::from_utf8_lossy(resources).lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "Xft.dpi").then(|| value.trim().parse::<f64>().ok())?
    });
    // From half to ten times: anything else is a mistake.
    let percent = dpi.map_or(100.0, |dpi| (dpi * 100.0 / f64::from(DESIGNED_DPI)).round());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between the two")]
    if (50.0..=1000.0).contains(&percent) { percent as u16 } else { 100 }
}

/// A monitor as `scrap` names it.
pub(super) fn area(monitor: &Monitor) -> Result<Area, CaptureError> {
    let place =
        |value: i32| i16::try_from(value).map_err(|_| CaptureError::Display("a monitor is out of reach".into()));
    Ok(Area { x: place(monitor.x)?, y: place(monitor.y)?, w: monitor.width, h: monitor.height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_what_programs_follow() {
        assert_eq!(scale_of(b""), 100);
        assert_eq!(scale_of(b"Xcursor.size:\t24\nXft.dpi:\t144\n"), 150);
        assert_eq!(scale_of(b"Xft.dpi: 96.5"), 101);
        for nonsense in [&b"Xft.dpi: big"[..], b"Xft.dpi: -96", b"Xft.dpi: 1e9", b"Xft.dpi: NaN", b"\xff:\xff"] {
            assert_eq!(scale_of(nonsense), 100);
        }
    }

    #[test]
    fn the_servers_turns_are_counter_clockwise() {
        assert_eq!(rotation_of(Turned::ROTATE0), Rotation::Upright);
        assert_eq!(rotation_of(Turned::ROTATE90), Rotation::Left);
        assert_eq!(rotation_of(Turned::ROTATE270 | Turned::REFLECT_X), Rotation::Right);
        assert_eq!(rotation_of(Turned::ROTATE180), Rotation::Inverted);
    }
}
