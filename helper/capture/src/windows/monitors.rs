//! Which monitors there are.

#![allow(unsafe_code, reason = "the system's interface is C")]

use windows::{
    Win32::{
        Foundation::{LPARAM, RECT},
        Graphics::Gdi::{
            DEVMODEW, DMDO_90, DMDO_180, DMDO_270, ENUM_CURRENT_SETTINGS, EnumDisplayMonitors, EnumDisplaySettingsW,
            GetMonitorInfoW, HDC, HMONITOR, MONITORINFO, MONITORINFOEXW,
        },
        UI::{
            HiDpi::{GetDpiForMonitor, MDT_EFFECTIVE_DPI},
            WindowsAndMessaging::MONITORINFOF_PRIMARY,
        },
    },
    core::{BOOL, PCWSTR},
};

use crate::{Monitor, Rotation, ids, together};

/// Dots per inch at which nothing is scaled.
const DESIGNED_DPI: u32 = 96;

/// All monitors, in the system's order, and behind them all of them together if there is more than one.
pub(super) fn list() -> Vec<Monitor> {
    let mut handles: Vec<HMONITOR> = Vec::new();
    // SAFETY: `collect` gets the vector's address back, and only before this call returns.
    let listed = unsafe { EnumDisplayMonitors(None, None, Some(collect), LPARAM(&raw mut handles as isize)) };
    if !listed.as_bool() {
        return Vec::new();
    }
    let mut monitors: Vec<Monitor> = handles.into_iter().filter_map(monitor).collect();
    let numbers = ids::of(monitors.iter().map(|monitor| &*monitor.name));
    monitors.iter_mut().zip(numbers).for_each(|(monitor, id)| monitor.id = id);
    monitors.extend(together::all(&monitors));
    monitors
}

unsafe extern "system" fn collect(monitor: HMONITOR, _: HDC, _: *mut RECT, handles: LPARAM) -> BOOL {
    // SAFETY: it is the vector of `list`, which waits for this.
    let handles = unsafe { &mut *(handles.0 as *mut Vec<HMONITOR>) };
    handles.push(monitor);
    true.into()
}

/// One that went meanwhile is none.
fn monitor(handle: HMONITOR) -> Option<Monitor> {
    let mut info = MONITORINFOEXW::default();
    info.monitorInfo.cbSize = u32::try_from(size_of::<MONITORINFOEXW>()).ok()?;
    // SAFETY: the structure says its own size, and begins with the smaller one.
    let told = unsafe { GetMonitorInfoW(handle, (&raw mut info).cast::<MONITORINFO>()) };
    if !told.as_bool() {
        return None;
    }
    let area = info.monitorInfo.rcMonitor;
    let extent = |from: i32, to: i32| u16::try_from(to.checked_sub(from)?).ok().filter(|extent| *extent > 0);
    let (width, height) = (extent(area.left, area.right)?, extent(area.top, area.bottom)?);
    let length = info.szDevice.iter().position(|unit| *unit == 0).unwrap_or(info.szDevice.len());
    let device = String::from_utf16_lossy(info.szDevice.get(..length)?);
    Some(Monitor {
        id: 0,
        name: device.trim_start_matches(['\\', '.']).to_owned(),
        x: area.left,
        y: area.top,
        width,
        height,
        primary: info.monitorInfo.dwFlags & MONITORINFOF_PRIMARY != 0,
        scale_percent: scale(handle),
        rotation: rotation(&info.szDevice),
    })
}

fn scale(handle: HMONITOR) -> u16 {
    let (mut across, mut down) = (0, 0);
    // SAFETY: both addresses are good for this call.
    let told = unsafe { GetDpiForMonitor(handle, MDT_EFFECTIVE_DPI, &raw mut across, &raw mut down) };
    if told.is_err() || across == 0 {
        return 100;
    }
    u16::try_from(across * 100 / DESIGNED_DPI).unwrap_or(100)
}

fn rotation(device: &[u16; 32]) -> Rotation {
    let mut mode = DEVMODEW { dmSize: u16::try_from(size_of::<DEVMODEW>()).unwrap_or(0), ..DEVMODEW::default() };
    // SAFETY: the name ends with a zero, and the structure says its own size.
    let told = unsafe { EnumDisplaySettingsW(PCWSTR(device.as_ptr()), ENUM_CURRENT_SETTINGS, &raw mut mode) };
    if !told.as_bool() {
        return Rotation::Upright;
    }
    // SAFETY: of a display, and not of a printer, this is the part of the union that is filled in.
    match unsafe { mode.Anonymous1.Anonymous2.dmDisplayOrientation } {
        DMDO_90 => Rotation::Right,
        DMDO_180 => Rotation::Inverted,
        DMDO_270 => Rotation::Left,
        _ => Rotation::Upright,
    }
}
