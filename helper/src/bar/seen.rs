//! Whether the customer sees the bar.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::time::{Duration, Instant};

use windows::Win32::{
    Foundation::{HWND, RECT},
    Graphics::{
        Dwm::{DWMWA_CLOAKED, DwmGetWindowAttribute},
        Gdi::{
            BI_RGB, BITMAPINFO, BITMAPINFOHEADER, BitBlt, CreateCompatibleBitmap, CreateCompatibleDC, DIB_RGB_COLORS,
            DeleteDC, DeleteObject, GetDC, GetDIBits, ReleaseDC, SRCCOPY, SelectObject,
        },
    },
    System::Threading::GetCurrentProcessId,
    UI::WindowsAndMessaging::{
        GW_HWNDPREV, GWL_EXSTYLE, GetSystemMetrics, GetWindow, GetWindowLongPtrW, GetWindowRect,
        GetWindowThreadProcessId, HWND_TOPMOST, IsIconic, IsWindowVisible, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN,
        SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN, SWP_NOACTIVATE, SWP_NOMOVE, SWP_NOSIZE, SetWindowPos, WS_EX_LAYERED,
    },
};

use super::cover::{Place, is_hidden};

/// A bar that was covered is raised, but not again and again: two programs that fight for the top would do nothing else.
const RAISE_PAUSE: Duration = Duration::from_secs(10);
/// Windows above the bar that are looked at; more are not there by chance.
const WINDOWS: usize = 1_000;

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Sight {
    looked: Option<Instant>,
    seen: Option<bool>,
    raised: Option<Instant>,
}

impl Sight {
    /// Looks, if it is time to. Answers with what is new: whether the bar, whose lowest rows have this colour, is seen.
    pub(super) fn look(&mut self, bar: HWND, every: Duration, line: u32, rows: i32) -> Option<bool> {
        if self.looked.is_some_and(|at| at.elapsed() < every) {
            return None;
        }
        self.looked = Some(Instant::now());
        let seen = is_seen(bar, line, rows);
        if !seen && self.raised.is_none_or(|at| at.elapsed() > RAISE_PAUSE) {
            self.raised = Some(Instant::now());
            let how = SWP_NOACTIVATE | SWP_NOMOVE | SWP_NOSIZE;
            // SAFETY: the window is this thread's.
            drop(unsafe { SetWindowPos(bar, Some(HWND_TOPMOST), 0, 0, 0, 0, how) });
        }
        (self.seen.replace(seen) != Some(seen)).then_some(seen)
    }
}

fn place(window: HWND) -> Option<Place> {
    let mut told = RECT::default();
    // SAFETY: the address is good for this call.
    unsafe { GetWindowRect(window, &raw mut told) }.ok()?;
    Some(Place { left: told.left, top: told.top, right: told.right, bottom: told.bottom })
}

fn is_seen(bar: HWND, line: u32, rows: i32) -> bool {
    let Some(at) = place(bar) else { return false };
    // SAFETY: these only tell.
    let (shown, screen, own) = unsafe {
        let shown = IsWindowVisible(bar).as_bool() && !IsIconic(bar).as_bool();
        let (left, top) = (GetSystemMetrics(SM_XVIRTUALSCREEN), GetSystemMetrics(SM_YVIRTUALSCREEN));
        let (width, height) = (GetSystemMetrics(SM_CXVIRTUALSCREEN), GetSystemMetrics(SM_CYVIRTUALSCREEN));
        (shown, Place { left, top, right: left + width, bottom: top + height }, GetCurrentProcessId())
    };
    if !shown {
        return false;
    }
    let (mut above, mut transparent) = (Vec::new(), false);
    let mut window = bar;
    for _ in 0..WINDOWS {
        // SAFETY: it only tells; behind the topmost there is none.
        let Ok(next) = (unsafe { GetWindow(window, GW_HWNDPREV) }) else { break };
        window = next;
        let Some(its) = place(window).filter(|its| its.meets(at)) else { continue };
        if !is_on_screen(window) || owner(window) == own {
            continue;
        }
        // SAFETY: it only tells.
        let style = unsafe { GetWindowLongPtrW(window, GWL_EXSTYLE) };
        if style & (WS_EX_LAYERED.0 as isize) == 0 {
            above.push(its);
        } else {
            transparent = true;
        }
    }
    !is_hidden(at, screen, &above) && (!transparent || has_line(at, line, rows))
}

fn owner(window: HWND) -> u32 {
    let mut process = 0;
    // SAFETY: the address is good for this call.
    unsafe { GetWindowThreadProcessId(window, Some(&raw mut process)) };
    process
}

/// Whether a window is shown, and not kept aside for another desktop or an app that sleeps.
fn is_on_screen(window: HWND) -> bool {
    let mut cloaked = 0_u32;
    let size = u32::try_from(size_of_val(&cloaked)).unwrap_or(0);
    // SAFETY: the number has the size that is said.
    unsafe {
        let told = DwmGetWindowAttribute(window, DWMWA_CLOAKED, (&raw mut cloaked).cast(), size);
        IsWindowVisible(window).as_bool() && !IsIconic(window).as_bool() && (told.is_err() || cloaked == 0)
    }
}

/// Whether the bar's own lowest rows are what is on the screen there, for the most part.
fn has_line(bar: Place, line: u32, rows: i32) -> bool {
    let (width, rows) = (bar.right - bar.left, rows.max(1));
    let header = BITMAPINFOHEADER {
        biSize: u32::try_from(size_of::<BITMAPINFOHEADER>()).unwrap_or(0),
        biWidth: width,
        biHeight: -rows,
        biPlanes: 1,
        biBitCount: 32,
        biCompression: BI_RGB.0,
        ..BITMAPINFOHEADER::default()
    };
    let mut info = BITMAPINFO { bmiHeader: header, ..BITMAPINFO::default() };
    let count = usize::try_from(width * rows).unwrap_or(0);
    let mut pixels = vec![0_u32; count];
    // SAFETY: what is made here goes here; there is room for all pixels.
    let read = unsafe {
        let screen = GetDC(None);
        let memory = CreateCompatibleDC(Some(screen));
        let bitmap = CreateCompatibleBitmap(screen, width, rows);
        let before = SelectObject(memory, bitmap.into());
        let taken = BitBlt(memory, 0, 0, width, rows, Some(screen), bar.left, bar.bottom - rows, SRCCOPY).is_ok();
        SelectObject(memory, before);
        let to = Some(pixels.as_mut_ptr().cast());
        let read = GetDIBits(screen, bitmap, 0, rows.cast_unsigned(), to, &raw mut info, DIB_RGB_COLORS);
        let _ = DeleteObject(bitmap.into());
        let _ = DeleteDC(memory);
        ReleaseDC(None, screen);
        taken && read == rows
    };
    // Night light and the like change colours a little, and are no cover.
    let near = |a: u32, b: u32| (0..3).all(|byte| (a >> (8 * byte) & 0xff).abs_diff(b >> (8 * byte) & 0xff) < 48);
    let same = pixels.iter().filter(|pixel| near(**pixel, line)).count();
    read && same * 4 > count * 3
}
