//! The window that shows what is pointed at and drawn: over all monitors, on top, and transparent but for what it shows;
//! every click goes through.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::time::Duration;

use deskhand_protocol::call::point::Tool;
use windows::{
    Win32::{
        Foundation::{HWND, LPARAM, LRESULT, POINT, RECT, WPARAM},
        Graphics::Gdi::{
            CreatePen, DT_CALCRECT, DT_END_ELLIPSIS, DT_NOPREFIX, DT_SINGLELINE, DeleteObject, DrawTextW, FillRect,
            GetDC, GetStockObject, HDC, NULL_BRUSH, PS_SOLID, Polygon, Polyline, ReleaseDC, SelectObject, SetBkMode,
            SetTextColor, TRANSPARENT,
        },
        System::Threading::GetCurrentProcessId,
        UI::WindowsAndMessaging::{
            DefWindowProcW, EnumWindows, GetSystemMetrics, GetWindowRect, GetWindowThreadProcessId, HWND_TOPMOST,
            IsIconic, IsWindowVisible, LWA_COLORKEY, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_XVIRTUALSCREEN,
            SM_YVIRTUALSCREEN, SWP_NOACTIVATE, SWP_NOMOVE, SWP_NOSIZE, SWP_SHOWWINDOW, SetLayeredWindowAttributes,
            SetWindowPos, WS_EX_LAYERED, WS_EX_NOACTIVATE, WS_EX_TOOLWINDOW, WS_EX_TOPMOST, WS_EX_TRANSPARENT,
            WS_POPUP,
        },
    },
    core::{BOOL, PCWSTR, w},
};

use super::board::{Board, Pixel, Stroke};
use crate::win32::{self, Brush, Font, colour, scaled};

/// By which tests and curious people know it.
const TITLE: &str = "Deskhand drawing";
const CLASS: PCWSTR = w!("DeskhandDrawing");
/// Seen on light and on dark: a strong colour with a white rim.
const INK: u32 = 0x00d7_3814;
const RIM: u32 = 0x00ff_ffff;
/// What is not shown. Nothing is drawn in it.
const NOTHING: u32 = 0x0001_0203;
const INK_WIDTH: i32 = 5;
const RIM_WIDTH: i32 = 9;
/// Length of an arrow's two short lines in pixels, and how far they stand off it.
const HEAD: f64 = 26.0;
const HEAD_ANGLE: f64 = 0.48;
/// The pointer's corners, from its tip; and where its name stands, how wide at most and how high.
const POINTER: [Pixel; 7] = [(0, 0), (0, 19), (4, 15), (8, 22), (11, 21), (8, 14), (13, 14)];
const NAME: Pixel = (15, 20);
const NAME_SIZE: Pixel = (220, 22);

/// See the module. Dropping it takes the window away.
pub(super) struct Overlay {
    window: HWND,
    origin: Pixel,
    size: Pixel,
    font: Font,
    shown: Option<(Board, String, Vec<Place>)>,
}

/// Left, upper, right and lower edge.
type Place = (i32, i32, i32, i32);

impl Overlay {
    pub(super) fn open() -> anyhow::Result<Self> {
        // SAFETY: these only tell.
        let metric = |which| unsafe { GetSystemMetrics(which) };
        let origin = (metric(SM_XVIRTUALSCREEN), metric(SM_YVIRTUALSCREEN));
        let size = (metric(SM_CXVIRTUALSCREEN), metric(SM_CYVIRTUALSCREEN));
        win32::register(CLASS, Some(procedure), Brush::new(colour(NOTHING)).keep());
        let style = WS_EX_LAYERED | WS_EX_TRANSPARENT | WS_EX_TOPMOST | WS_EX_NOACTIVATE | WS_EX_TOOLWINDOW;
        let window = win32::window(CLASS, TITLE, (style, WS_POPUP), (origin.0, origin.1, size.0, size.1), None)?;
        let this = Self { window, origin, size, font: Font::new(scaled(window, 13), 700), shown: None };
        // SAFETY: the window is this thread's.
        unsafe {
            SetLayeredWindowAttributes(window, colour(NOTHING), 0, LWA_COLORKEY)?;
            let how = SWP_NOACTIVATE | SWP_NOMOVE | SWP_NOSIZE | SWP_SHOWWINDOW;
            SetWindowPos(window, Some(HWND_TOPMOST), 0, 0, 0, 0, how)?;
        }
        Ok(this)
    }

    /// Shows this and nothing else, but nothing over this program's own windows.
    pub(super) fn show(&mut self, board: &Board, name: &str) -> anyhow::Result<()> {
        win32::serve(self.window, Duration::ZERO);
        let ours = ours(self.window);
        let same = |shown: &(Board, String, Vec<Place>)| shown.0 == *board && shown.1 == name && shown.2 == ours;
        if self.shown.as_ref().is_some_and(same) {
            return Ok(());
        }
        // SAFETY: the canvas is given back, and what is selected goes back.
        unsafe {
            let canvas = GetDC(Some(self.window));
            anyhow::ensure!(!canvas.is_invalid(), "the window gives nothing to draw on");
            let none = Brush::new(colour(NOTHING));
            FillRect(canvas, &RECT { left: 0, top: 0, right: self.size.0, bottom: self.size.1 }, none.0);
            let brush = SelectObject(canvas, GetStockObject(NULL_BRUSH));
            for (ink, width) in [(RIM, RIM_WIDTH), (INK, INK_WIDTH)] {
                let pen = CreatePen(PS_SOLID, width, colour(ink));
                let before = SelectObject(canvas, pen.into());
                for stroke in &board.strokes {
                    self.stroke(canvas, stroke);
                }
                SelectObject(canvas, before);
                let _ = DeleteObject(pen.into());
            }
            if let Some(at) = board.pointer {
                self.point(canvas, at, name);
            }
            SelectObject(canvas, brush);
            for (left, top, right, bottom) in &ours {
                let (x, y) = self.origin;
                let place = RECT { left: left - x, top: top - y, right: right - x, bottom: bottom - y };
                FillRect(canvas, &raw const place, none.0);
            }
            ReleaseDC(Some(self.window), canvas);
        }
        self.shown = Some((board.clone(), name.to_owned(), ours));
        Ok(())
    }

    fn here(&self, (x, y): Pixel) -> POINT {
        POINT { x: x - self.origin.0, y: y - self.origin.1 }
    }

    fn stroke(&self, canvas: HDC, Stroke { tool, points }: &Stroke) {
        let line = |points: &[Pixel]| {
            let mut points: Vec<POINT> = points.iter().map(|point| self.here(*point)).collect();
            // A line of one point is a dot.
            points.extend(points.last().copied().filter(|_| points.len() == 1).map(|at| POINT { x: at.x + 1, ..at }));
            // SAFETY: the canvas is the caller's.
            let _ = unsafe { Polyline(canvas, &points) };
        };
        match (tool, &**points) {
            (Tool::Arrow, [from, to]) => {
                line(&[*from, *to]);
                let [left, right] = head(*from, *to);
                line(&[left, *to, right]);
            }
            (Tool::Box, [from, to]) => line(&[*from, (to.0, from.1), *to, (from.0, to.1), *from]),
            (_, points) => line(points),
        }
    }

    fn point(&self, canvas: HDC, at: Pixel, name: &str) {
        let corners = POINTER.map(|(x, y)| self.here((at.0 + x, at.1 + y)));
        let line: String = name.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        let mut text: Vec<u16> = line.trim().encode_utf16().collect();
        let from = self.here((at.0 + NAME.0, at.1 + NAME.1));
        let place = RECT { left: from.x, top: from.y, right: from.x + NAME_SIZE.0, bottom: from.y + NAME_SIZE.1 };
        let ink = Brush::new(colour(INK));
        // SAFETY: the canvas is the caller's, and what is selected goes back.
        unsafe {
            let pen = CreatePen(PS_SOLID, 2, colour(RIM));
            let before = (SelectObject(canvas, pen.into()), SelectObject(canvas, ink.0.into()));
            let _ = Polygon(canvas, &corners);
            SelectObject(canvas, before.0);
            SelectObject(canvas, before.1);
            let _ = DeleteObject(pen.into());
            if !text.is_empty() {
                let font = SelectObject(canvas, self.font.0.into());
                let mut inner = RECT { left: place.left + 6, right: place.right - 6, top: place.top + 3, ..place };
                let mut measured = inner;
                let how = DT_SINGLELINE | DT_NOPREFIX | DT_END_ELLIPSIS;
                DrawTextW(canvas, &mut text, &raw mut measured, how | DT_CALCRECT);
                inner.right = inner.right.min(measured.right);
                FillRect(canvas, &RECT { right: inner.right + 6, ..place }, ink.0);
                SetBkMode(canvas, TRANSPARENT);
                SetTextColor(canvas, colour(RIM));
                DrawTextW(canvas, &mut text, &raw mut inner, how);
                SelectObject(canvas, font);
            }
        }
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        win32::destroy(self.window);
    }
}

/// The ends of an arrow's two short lines.
fn head(from: Pixel, to: Pixel) -> [Pixel; 2] {
    let angle = f64::from(to.1 - from.1).atan2(f64::from(to.0 - from.0));
    let end = |turn: f64| {
        let (sine, cosine) = (angle + turn).sin_cos();
        #[allow(clippy::cast_possible_truncation, reason = "a few pixels from a pixel")]
        let end = ((f64::from(to.0) - HEAD * cosine) as i32, (f64::from(to.1) - HEAD * sine) as i32);
        end
    };
    [end(HEAD_ANGLE), end(-HEAD_ANGLE)]
}

struct Ours {
    but: HWND,
    process: u32,
    places: Vec<Place>,
}

/// Where this program's other windows are.
fn ours(but: HWND) -> Vec<Place> {
    // SAFETY: it only tells.
    let mut ours = Ours { but, process: unsafe { GetCurrentProcessId() }, places: Vec::new() };
    // SAFETY: `note` gets this address back, and only before the call returns.
    let _ = unsafe { EnumWindows(Some(note), LPARAM(&raw mut ours as isize)) };
    ours.places
}

unsafe extern "system" fn note(window: HWND, ours: LPARAM) -> BOOL {
    // SAFETY: it is the structure of `ours`, which waits for this; the addresses are good for these calls.
    unsafe {
        let ours = &mut *(ours.0 as *mut Ours);
        let mut process = 0;
        GetWindowThreadProcessId(window, Some(&raw mut process));
        let mut place = RECT::default();
        let shown = IsWindowVisible(window).as_bool() && !IsIconic(window).as_bool();
        if process == ours.process && window != ours.but && shown && GetWindowRect(window, &raw mut place).is_ok() {
            ours.places.push((place.left, place.top, place.right, place.bottom));
        }
    }
    true.into()
}

unsafe extern "system" fn procedure(window: HWND, message: u32, wide: WPARAM, long: LPARAM) -> LRESULT {
    // SAFETY: passed on as it came.
    unsafe { DefWindowProcW(window, message, wide, long) }
}
