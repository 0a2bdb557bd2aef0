//! What windows of the system's own controls need: fonts, texts, controls, the loop that serves them.
//!
//! Windows belong to the thread that made them, so bar and window have a thread each, which looks for something new some
//! times a second while it shows anything.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::time::Duration;

use windows::{
    Win32::{
        Foundation::{COLORREF, HINSTANCE, HWND, LPARAM, LRESULT, WPARAM},
        Globalization::GetUserDefaultLocaleName,
        Graphics::Gdi::{
            CLEARTYPE_QUALITY, CLIP_DEFAULT_PRECIS, CreateFontW, CreateSolidBrush, DEFAULT_CHARSET, DeleteObject,
            FF_DONTCARE, HBRUSH, HFONT, OUT_DEFAULT_PRECIS,
        },
        System::LibraryLoader::GetModuleHandleW,
        UI::{
            HiDpi::GetDpiForWindow,
            WindowsAndMessaging::{
                CreateWindowExW, DestroyWindow, DispatchMessageW, GWLP_USERDATA, GetWindowLongPtrW,
                GetWindowTextLengthW, GetWindowTextW, HMENU, IDC_ARROW, IDI_APPLICATION, IsDialogMessageW, LoadCursorW,
                LoadIconW, MSG, MSG_WAIT_FOR_MULTIPLE_OBJECTS_EX_FLAGS, MsgWaitForMultipleObjectsEx, PM_REMOVE,
                PeekMessageW, QS_ALLINPUT, RegisterClassExW, SendMessageW, SetWindowLongPtrW, SetWindowTextW,
                TranslateMessage, WINDOW_EX_STYLE, WINDOW_STYLE, WM_SETFONT, WNDCLASSEXW, WNDPROC,
            },
        },
    },
    core::{PCWSTR, w},
};

/// The number under which the build puts the program's icon.
const ICON: u16 = 32512;
/// Dots per inch for which sizes are written.
const DESIGNED_DPI: i32 = 96;

/// The language and country of this user, as in `de-DE`.
pub(crate) fn locale() -> String {
    let mut units = [0; 85];
    // SAFETY: the wrapper passes on how much room there is.
    let length = unsafe { GetUserDefaultLocaleName(&mut units) };
    let length = usize::try_from(length).unwrap_or(0).saturating_sub(1);
    String::from_utf16_lossy(units.get(..length).unwrap_or_default())
}

/// A text as the system takes it.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().filter(|unit| *unit != 0).chain([0]).collect()
}

/// A colour of a style sheet.
pub(crate) const fn colour(rgb: u32) -> COLORREF {
    COLORREF((rgb & 0xff) << 16 | rgb & 0xff00 | rgb >> 16 & 0xff)
}

/// A font. Goes with its owner.
pub(crate) struct Font(pub(crate) HFONT);

impl Font {
    /// The system's own, of so many pixels and so heavy (400 is usual).
    pub(crate) fn new(pixels: i32, weight: i32) -> Self {
        // SAFETY: the name ends with a zero.
        Self(unsafe {
            CreateFontW(
                -pixels,
                0,
                0,
                0,
                weight,
                0,
                0,
                0,
                DEFAULT_CHARSET,
                OUT_DEFAULT_PRECIS,
                CLIP_DEFAULT_PRECIS,
                CLEARTYPE_QUALITY,
                u32::from(FF_DONTCARE.0),
                w!("Segoe UI"),
            )
        })
    }
}

impl Drop for Font {
    fn drop(&mut self) {
        // SAFETY: whoever used it is gone.
        let _ = unsafe { DeleteObject(self.0.into()) };
    }
}

/// A brush. Goes with its owner.
pub(crate) struct Brush(pub(crate) HBRUSH);

impl Brush {
    pub(crate) fn new(colour: COLORREF) -> Self {
        // SAFETY: it only makes one.
        Self(unsafe { CreateSolidBrush(colour) })
    }

    /// For the system to keep as long as this program runs.
    pub(crate) fn keep(self) -> HBRUSH {
        std::mem::ManuallyDrop::new(self).0
    }
}

impl Drop for Brush {
    fn drop(&mut self) {
        // SAFETY: whoever used it is gone.
        let _ = unsafe { DeleteObject(self.0.into()) };
    }
}

/// A length for a window's monitor.
pub(crate) fn scaled(window: HWND, length: i32) -> i32 {
    // SAFETY: it only tells; 0 for a window that is gone.
    let dpi = i32::try_from(unsafe { GetDpiForWindow(window) }).unwrap_or(0);
    length * if dpi == 0 { DESIGNED_DPI } else { dpi } / DESIGNED_DPI
}

/// This program as the system knows it.
pub(crate) fn instance() -> HINSTANCE {
    // SAFETY: without a name it is the program itself, which is always there.
    unsafe { GetModuleHandleW(None) }.map(Into::into).unwrap_or_default()
}

/// Makes windows of this name be served by `procedure`. A second time it does nothing.
pub(crate) fn register(name: PCWSTR, procedure: WNDPROC, background: HBRUSH) {
    let instance = instance();
    // SAFETY: the icon's name is a number; the structure says its own size, and what it names stays.
    unsafe {
        let own = LoadIconW(Some(instance), PCWSTR(usize::from(ICON) as *const u16));
        let class = WNDCLASSEXW {
            cbSize: u32::try_from(size_of::<WNDCLASSEXW>()).unwrap_or(0),
            lpfnWndProc: procedure,
            hInstance: instance,
            hCursor: LoadCursorW(None, IDC_ARROW).unwrap_or_default(),
            hIcon: own.or_else(|_| LoadIconW(None, IDI_APPLICATION)).unwrap_or_default(),
            hbrBackground: background,
            lpszClassName: name,
            ..WNDCLASSEXW::default()
        };
        RegisterClassExW(&raw const class);
    }
}

/// Where a window or control is, in pixels: left, top, width, height.
pub(crate) type Bounds = (i32, i32, i32, i32);

/// Makes a window or, inside of `parent`, a control with a number.
pub(crate) fn window(
    class: PCWSTR,
    text: &str,
    (extended, style): (WINDOW_EX_STYLE, WINDOW_STYLE),
    (left, top, width, height): Bounds,
    parent: Option<(HWND, u16)>,
) -> windows::core::Result<HWND> {
    let text = wide(text);
    let menu = parent.map(|(_, number)| HMENU(usize::from(number) as *mut _));
    // SAFETY: both texts end with a zero; a control's menu is its number.
    unsafe {
        CreateWindowExW(
            extended,
            class,
            PCWSTR(text.as_ptr()),
            style,
            left,
            top,
            width,
            height,
            parent.map(|(window, _)| window),
            menu,
            Some(instance()),
            None,
        )
    }
}

/// Gives a control its font.
pub(crate) fn set_font(control: HWND, font: &Font) {
    // SAFETY: the font outlives its controls.
    unsafe { SendMessageW(control, WM_SETFONT, Some(WPARAM(font.0.0 as usize)), Some(LPARAM(1))) };
}

/// Says something in a window's title or a control.
pub(crate) fn set_text(window: HWND, text: &str) {
    let text = wide(text);
    // SAFETY: the text ends with a zero.
    drop(unsafe { SetWindowTextW(window, PCWSTR(text.as_ptr())) });
}

/// What stands in a control.
pub(crate) fn text_of(control: HWND) -> String {
    // SAFETY: it only tells.
    let length = usize::try_from(unsafe { GetWindowTextLengthW(control) }).unwrap_or(0);
    let mut units = vec![0; length + 1];
    // SAFETY: the wrapper passes on how much room there is.
    let length = unsafe { GetWindowTextW(control, &mut units) };
    String::from_utf16_lossy(units.get(..usize::try_from(length).unwrap_or(0)).unwrap_or_default())
}

/// Keeps for a window what its procedure works with. It must live as long as the window.
pub(crate) fn keep<T>(window: HWND, what: &T) {
    // SAFETY: an address of this program's own.
    unsafe { SetWindowLongPtrW(window, GWLP_USERDATA, (&raw const *what) as isize) };
}

/// What was kept; `None` before that.
///
/// # Safety
///
/// It must be of this type, and still be there.
pub(crate) unsafe fn kept<'a, T>(window: HWND) -> Option<&'a T> {
    // SAFETY: as the caller says.
    unsafe { (GetWindowLongPtrW(window, GWLP_USERDATA) as *const T).as_ref() }
}

/// Takes a window away. Whatever it kept is not asked for any more.
pub(crate) fn destroy(window: HWND) {
    // SAFETY: made by this thread.
    unsafe {
        SetWindowLongPtrW(window, GWLP_USERDATA, 0);
        drop(DestroyWindow(window));
    }
}

/// Serves the windows of this thread until none of them has anything, at least once and for at most so long.
pub(crate) fn serve(dialog: HWND, at_most: Duration) {
    let millis = u32::try_from(at_most.as_millis()).unwrap_or(u32::MAX);
    // SAFETY: no handles are waited for; the message's address is good for each call.
    unsafe {
        MsgWaitForMultipleObjectsEx(None, millis, QS_ALLINPUT, MSG_WAIT_FOR_MULTIPLE_OBJECTS_EX_FLAGS(0));
        let mut message = MSG::default();
        while PeekMessageW(&raw mut message, None, 0, 0, PM_REMOVE).as_bool() {
            // Tab, Return and the letters of the buttons.
            if !IsDialogMessageW(dialog, &raw const message).as_bool() {
                let _ = TranslateMessage(&raw const message);
                DispatchMessageW(&raw const message);
            }
        }
    }
}

/// The two halves of a number that a message carries: the lower one first.
pub(crate) const fn halves(value: usize) -> (u16, u16) {
    ((value & 0xffff) as u16, (value >> 16 & 0xffff) as u16)
}

/// A text with the letter of its button marked as the system does it.
pub(crate) fn mnemonic(text: &str) -> String {
    text.replace('&', "&&").replacen('_', "&", 1)
}

/// What a procedure answers when it has done everything.
pub(crate) const DONE: LRESULT = LRESULT(0);
