//! The bar on top of everything while a technician is let in: who he is, what he may do, *Pause* and *End session*. Of
//! Windows' own controls, on a thread of its own.
//!
//! There is no call without it: if it is closed or destroyed, the session ends; while it cannot be seen, mouse and keyboard
//! stop. It counts as hidden when it is not on the screen, or when more than a quarter of it lies behind windows of others
//! or outside of the screen. A window that is transparent, as programs lay them over the whole screen to show something
//! small, covers it only if the bar's own colours are not on the screen.
//!
//! What it says is decided by `lines`, which is told the time; the rest puts it on the screen.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    cell::{Cell, RefCell},
    io,
    thread::JoinHandle,
    time::Duration,
};

use deskhand_protocol::{call::control::Stopped, capability::Capability};
use tokio::{
    sync::{mpsc::UnboundedSender, watch as values},
    time::Instant,
};
use windows::{
    Win32::{
        Foundation::{HWND, LPARAM, LRESULT, RECT, WPARAM},
        Graphics::Gdi::{
            BeginPaint, DRAW_TEXT_FORMAT, DT_CALCRECT, DT_CENTER, DT_END_ELLIPSIS, DT_NOPREFIX, DT_RTLREADING,
            DT_SINGLELINE, DT_VCENTER, DrawFocusRect, DrawTextW, EndPaint, FillRect, GetDC, HBRUSH, HDC,
            InvalidateRect, PAINTSTRUCT, ReleaseDC, SelectObject, SetBkMode, SetTextColor, TRANSPARENT,
        },
        UI::{
            Controls::{DRAWITEMSTRUCT, ODS_FOCUS},
            Input::KeyboardAndMouse::{MOD_ALT, MOD_CONTROL, MOD_NOREPEAT, RegisterHotKey, UnregisterHotKey, VK_END},
            WindowsAndMessaging::{
                AppendMenuW, BS_OWNERDRAW, CreatePopupMenu, DefWindowProcW, DestroyMenu, GetClientRect,
                GetSystemMetrics, GetWindowRect, HWND_TOPMOST, MF_CHECKED, MF_STRING, MF_UNCHECKED, SM_CXSCREEN,
                SW_SHOWNOACTIVATE, SWP_NOACTIVATE, SWP_SHOWWINDOW, SetForegroundWindow, SetWindowPos, ShowWindow,
                TPM_RETURNCMD, TPM_RIGHTBUTTON, TrackPopupMenu, WINDOW_EX_STYLE, WINDOW_STYLE, WM_CLOSE, WM_COMMAND,
                WM_DESTROY, WM_DRAWITEM, WM_ERASEBKGND, WM_HOTKEY, WM_PAINT, WS_CHILD, WS_EX_CONTROLPARENT,
                WS_EX_LAYOUTRTL, WS_EX_TOOLWINDOW, WS_EX_TOPMOST, WS_POPUP, WS_TABSTOP, WS_VISIBLE,
            },
        },
    },
    core::{PCWSTR, w},
};

use crate::{
    language::Language,
    view::Action,
    win32::{self, Brush, DONE, Font, colour, halves, mnemonic, scaled, set_font, set_text, wide},
};

mod cover;
mod lines;
mod seen;
mod view;

use lines::Lines;
use seen::Sight;
pub use view::{BarView, Connection};

/// The title by which tests find it.
pub const TITLE: &str = "Deskhand bar";

/// What the *Chat* button does.
pub type OpenChat = Box<dyn Fn() + Send>;

/// How often something new is looked for while the bar stands.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is looked at whether the bar is seen.
const WATCH: Duration = Duration::from_millis(250);

const CLASS: PCWSTR = w!("DeskhandBar");
/// Numbers of the buttons.
const MAY: u16 = 101;
const PAUSE: u16 = 102;
const CHAT: u16 = 103;
const CALL: u16 = 104;
const END: u16 = 105;
/// Of the keys that end the session.
const END_KEYS: i32 = 1;
/// The first one in the menu.
const FIRST: usize = 1;

/// Sizes in pixels at 96 dots per inch.
const HEIGHT: i32 = 56;
const BORDER: i32 = 3;
const MARGIN: i32 = 14;
const GAP: i32 = 8;
const BUTTON: i32 = 36;
const PADDING: i32 = 16;
/// The widest text, likewise.
const TEXT: i32 = 520;

const BACKGROUND: u32 = 0x000f_2b21;
const LINE: u32 = 0x002f_bf86;
const STOPPED: u32 = 0x00f2_bd63;
const INK: u32 = 0x00e9_f5ef;
const SOFT: u32 = 0x00c9_e3d7;
const BUTTON_COLOUR: u32 = 0x001a_4433;
const END_COLOUR: u32 = 0x00d2_3b30;

/// Shows what there is to show, on a thread that ends with the sender of `views`.
///
/// # Errors
///
/// When the system gives no thread.
pub fn start(
    mut views: values::Receiver<Option<BarView>>,
    mut languages: values::Receiver<Language>,
    actions: UnboundedSender<Action>,
    chat: Option<OpenChat>,
) -> io::Result<JoinHandle<()>> {
    let waits = tokio::runtime::Builder::new_current_thread().build()?;
    std::thread::Builder::new().name("bar".to_owned()).spawn(move || {
        let mut bar: Option<Bar> = None;
        let mut chat = chat;
        while views.has_changed().is_ok() {
            let view = views.borrow_and_update().clone();
            let language = *languages.borrow_and_update();
            match (view, &bar) {
                (None, _) => {
                    if let Some(bar) = bar.take() {
                        chat = bar.close();
                    }
                }
                (Some(view), Some(shown)) => shown.show(view, language),
                (Some(view), None) => match Bar::new(view, language, actions.clone(), chat.take()) {
                    Ok(made) => bar = Some(made),
                    Err(error) => {
                        tracing::error!(%error, "there is no bar: the session ends");
                        drop(actions.send(Action::End));
                        drop(waits.block_on(views.changed()));
                    }
                },
            }
            match &bar {
                Some(bar) => bar.serve(&views),
                None => {
                    if waits.block_on(views.changed()).is_err() {
                        return;
                    }
                }
            }
        }
        if let Some(bar) = bar {
            drop(bar.close());
        }
    })
}

/// The window, and what its procedure works with.
struct Bar {
    window: HWND,
    parts: Box<Parts>,
}

struct Parts {
    actions: UnboundedSender<Action>,
    open_chat: RefCell<Option<OpenChat>>,
    view: RefCell<BarView>,
    language: Cell<Language>,
    drawn: RefCell<Option<Lines>>,
    buttons: RefCell<Vec<(u16, HWND)>>,
    name: Font,
    text: Font,
    sight: RefCell<Sight>,
}

impl Bar {
    fn new(
        view: BarView,
        language: Language,
        actions: UnboundedSender<Action>,
        open_chat: Option<OpenChat>,
    ) -> windows::core::Result<Self> {
        win32::register(CLASS, Some(procedure), HBRUSH::default());
        let mirrored = if language.is_right_to_left() { WS_EX_LAYOUTRTL } else { WINDOW_EX_STYLE(0) };
        let style = (WS_EX_TOPMOST | WS_EX_TOOLWINDOW | WS_EX_CONTROLPARENT | mirrored, WS_POPUP);
        let window = win32::window(CLASS, TITLE, style, (0, 0, 400, HEIGHT), None)?;
        let parts = Box::new(Parts {
            actions,
            open_chat: RefCell::new(open_chat),
            view: RefCell::new(view),
            language: Cell::new(language),
            drawn: RefCell::new(None),
            buttons: RefCell::default(),
            name: Font::new(scaled(window, 16), 700),
            text: Font::new(scaled(window, 14), 400),
            sight: RefCell::default(),
        });
        win32::keep(window, &*parts);
        let this = Self { window, parts };
        let numbers: &[u16] = if this.parts.open_chat.borrow().is_some() {
            &[MAY, PAUSE, CHAT, CALL, END]
        } else {
            &[MAY, PAUSE, CALL, END]
        };
        for number in numbers {
            let owner = WINDOW_STYLE(BS_OWNERDRAW.cast_unsigned());
            let style = (WINDOW_EX_STYLE(0), WS_CHILD | WS_VISIBLE | WS_TABSTOP | owner);
            let button = win32::window(w!("BUTTON"), "", style, (0, 0, 10, 10), Some((window, *number)))?;
            set_font(button, &this.parts.text);
            this.parts.buttons.borrow_mut().push((*number, button));
        }
        let keys = MOD_CONTROL | MOD_ALT | MOD_NOREPEAT;
        // SAFETY: the window is this thread's.
        if let Err(error) = unsafe { RegisterHotKey(Some(window), END_KEYS, keys, u32::from(VK_END.0)) } {
            tracing::warn!(%error, "another program has the keys that end the session");
        }
        this.parts.draw(window);
        // SAFETY: likewise. It must not take the keyboard away from what is being typed into.
        let _ = unsafe { ShowWindow(window, SW_SHOWNOACTIVATE) };
        Ok(this)
    }

    fn show(&self, view: BarView, language: Language) {
        self.parts.view.replace(view);
        if self.parts.language.replace(language) != language {
            self.parts.drawn.replace(None);
        }
        self.parts.draw(self.window);
    }

    /// Serves it until there is something new to show, or time has passed.
    fn serve(&self, views: &values::Receiver<Option<BarView>>) {
        let began = Instant::now();
        while began.elapsed() < LOOK && matches!(views.has_changed(), Ok(false)) {
            win32::serve(self.window, LOOK);
        }
        self.parts.draw(self.window);
        let mut sight = self.parts.sight.borrow_mut();
        if let Some(seen) = sight.look(self.window, WATCH, self.parts.line_colour(), scaled(self.window, BORDER)) {
            drop(self.parts.actions.send(if seen { Action::BarSeen } else { Action::BarHidden }));
        }
    }

    /// Takes it away in order.
    fn close(self) -> Option<OpenChat> {
        // SAFETY: the window is this thread's.
        drop(unsafe { UnregisterHotKey(Some(self.window), END_KEYS) });
        win32::destroy(self.window);
        self.parts.open_chat.borrow_mut().take()
    }
}

impl Parts {
    fn line_colour(&self) -> u32 {
        if self.drawn.borrow().as_ref().is_some_and(|lines| lines.stopped) { STOPPED } else { LINE }
    }

    /// Puts on the screen what has changed.
    fn draw(&self, window: HWND) {
        let words = self.language.get().bar();
        let lines = Lines::at(&self.view.borrow(), words, Instant::now());
        if self.drawn.replace(Some(lines.clone())).as_ref() == Some(&lines) {
            return;
        }
        let first = self.first(&lines);
        // What a screen reader says first.
        set_text(window, &format!("{TITLE}: {first}, {}", lines.below));
        // SAFETY: it is given back below.
        let screen = unsafe { GetDC(Some(window)) };
        let text = self.width(screen, &first, &self.name).max(self.width(screen, &lines.below, &self.text));
        let mut x = scaled(window, MARGIN) + text.min(scaled(window, TEXT)) + scaled(window, GAP);
        let top = (scaled(window, HEIGHT - BORDER) - scaled(window, BUTTON)) / 2;
        let mut places = Vec::new();
        for (number, button) in &*self.buttons.borrow() {
            let caption = match *number {
                MAY => words.may,
                PAUSE => lines.pause,
                CHAT => lines.chat,
                CALL => lines.call,
                _ => words.end,
            };
            set_text(*button, &mnemonic(caption));
            let width = self.width(screen, &caption.replacen('_', "", 1), &self.text) + 2 * scaled(window, PADDING);
            places.push((*button, x, width));
            x += width + scaled(window, GAP);
        }
        // SAFETY: asked for above; windows and controls are this thread's.
        unsafe {
            ReleaseDC(Some(window), screen);
            let whole = x + scaled(window, MARGIN - GAP);
            let left = ((GetSystemMetrics(SM_CXSCREEN) - whole) / 2).max(0);
            let how = SWP_NOACTIVATE | SWP_SHOWWINDOW;
            drop(SetWindowPos(window, Some(HWND_TOPMOST), left, 0, whole, scaled(window, HEIGHT), how));
            for (button, x, width) in places {
                drop(SetWindowPos(button, None, x, top, width, scaled(window, BUTTON), SWP_NOACTIVATE));
                let _ = InvalidateRect(Some(button), None, true);
            }
            let _ = InvalidateRect(Some(window), None, true);
        }
    }

    fn first(&self, lines: &Lines) -> String {
        let parts = [lines.says, &lines.name, &lines.company];
        parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn width(&self, screen: HDC, text: &str, font: &Font) -> i32 {
        let mut text: Vec<u16> = text.encode_utf16().collect();
        let mut place = RECT::default();
        // SAFETY: the font is this one's own.
        unsafe {
            let before = SelectObject(screen, font.0.into());
            DrawTextW(screen, &mut text, &raw mut place, DT_CALCRECT | DT_SINGLELINE | DT_NOPREFIX);
            SelectObject(screen, before);
        }
        place.right - place.left
    }

    fn paint(&self, window: HWND) {
        let mut paint = PAINTSTRUCT::default();
        let mut place = RECT::default();
        let lines = self.drawn.borrow();
        // SAFETY: between beginning and end the canvas is good, and what is selected goes back.
        unsafe {
            let canvas = BeginPaint(window, &raw mut paint);
            drop(GetClientRect(window, &raw mut place));
            FillRect(canvas, &raw const place, Brush::new(colour(BACKGROUND)).0);
            let line = RECT { top: place.bottom - scaled(window, BORDER), ..place };
            FillRect(canvas, &raw const line, Brush::new(colour(self.line_colour())).0);
            if let Some(lines) = &*lines {
                SetBkMode(canvas, TRANSPARENT);
                let left = scaled(window, MARGIN);
                let right = left + scaled(window, TEXT);
                let middle = scaled(window, (HEIGHT - BORDER) / 2);
                let above = RECT { left, top: scaled(window, 5), right, bottom: middle };
                let below = RECT { left, top: middle, right, bottom: scaled(window, HEIGHT - BORDER) };
                self.write(canvas, &self.first(lines), &self.name, INK, above);
                self.write(canvas, &lines.below, &self.text, if lines.stopped { STOPPED } else { SOFT }, below);
            }
            let _ = EndPaint(window, &raw const paint);
        }
    }

    fn write(&self, canvas: HDC, text: &str, font: &Font, ink: u32, mut place: RECT) {
        let mut text: Vec<u16> = text.encode_utf16().collect();
        let reading = if self.language.get().is_right_to_left() { DT_RTLREADING } else { DRAW_TEXT_FORMAT(0) };
        // SAFETY: the font is this one's own.
        unsafe {
            let before = SelectObject(canvas, font.0.into());
            SetTextColor(canvas, colour(ink));
            DrawTextW(canvas, &mut text, &raw mut place, DT_SINGLELINE | DT_END_ELLIPSIS | DT_NOPREFIX | reading);
            SelectObject(canvas, before);
        }
    }

    fn paint_button(&self, item: &DRAWITEMSTRUCT) {
        let number = u16::try_from(item.CtlID).unwrap_or(0);
        let (background, weight) = if number == END { (END_COLOUR, &self.name) } else { (BUTTON_COLOUR, &self.text) };
        let mut place = item.rcItem;
        let mut text: Vec<u16> = win32::text_of(item.hwndItem).encode_utf16().collect();
        // SAFETY: the canvas is the message's, and what is selected goes back.
        unsafe {
            FillRect(item.hDC, &raw const place, Brush::new(colour(background)).0);
            SetBkMode(item.hDC, TRANSPARENT);
            SetTextColor(item.hDC, colour(0x00ff_ffff));
            let before = SelectObject(item.hDC, weight.0.into());
            DrawTextW(item.hDC, &mut text, &raw mut place, DT_SINGLELINE | DT_CENTER | DT_VCENTER | DT_END_ELLIPSIS);
            SelectObject(item.hDC, before);
            if item.itemState.0 & ODS_FOCUS.0 != 0 {
                let _ = DrawFocusRect(item.hDC, &raw const place);
            }
        }
    }

    fn clicked(&self, window: HWND, number: u16) {
        match number {
            MAY => self.open_menu(window),
            PAUSE => {
                let paused = self.view.borrow().standing.stopped == Some(Stopped::Paused);
                drop(self.actions.send(if paused { Action::Resume } else { Action::Pause }));
            }
            CHAT => {
                if let Some(open) = &*self.open_chat.borrow() {
                    open();
                }
            }
            CALL if self.drawn.borrow().as_ref().is_some_and(|lines| lines.may_call) => {
                drop(self.actions.send(Action::Attention));
            }
            END => drop(self.actions.send(Action::End)),
            _ => {}
        }
    }

    /// The list of what the technician may, each to be held back and given back on its own. The session decides whether a
    /// click counts.
    fn open_menu(&self, window: HWND) {
        let standing = self.view.borrow().standing.clone();
        let words = self.language.get().bar();
        let all: Vec<Capability> = standing.granted.union(&standing.held).copied().collect();
        let mut place = RECT::default();
        // SAFETY: the menu is destroyed below; texts end with a zero and are copied.
        let chosen = unsafe {
            let Ok(menu) = CreatePopupMenu() else { return };
            for (number, capability) in (FIRST..).zip(&all) {
                let text = wide(&words.capability(*capability).replace('&', "&&"));
                let checked = if standing.granted.contains(capability) { MF_CHECKED } else { MF_UNCHECKED };
                drop(AppendMenuW(menu, MF_STRING | checked, number, PCWSTR(text.as_ptr())));
            }
            let button = self.buttons.borrow().iter().find(|(number, _)| *number == MAY).map(|(_, button)| *button);
            drop(GetWindowRect(button.unwrap_or(window), &raw mut place));
            // Without it the menu stays when the customer clicks elsewhere.
            let _ = SetForegroundWindow(window);
            let chosen =
                TrackPopupMenu(menu, TPM_RETURNCMD | TPM_RIGHTBUTTON, place.left, place.bottom, None, window, None);
            drop(DestroyMenu(menu));
            chosen.0
        };
        let chosen = usize::try_from(chosen).ok().and_then(|chosen| chosen.checked_sub(FIRST));
        if let Some(capability) = chosen.and_then(|chosen| all.get(chosen)).copied() {
            let gives = !standing.granted.contains(&capability);
            drop(self.actions.send(if gives { Action::GiveBack { capability } } else { Action::Hold { capability } }));
        }
    }
}

unsafe extern "system" fn procedure(window: HWND, message: u32, wide: WPARAM, long: LPARAM) -> LRESULT {
    // SAFETY: the parts live as long as the window; what the system passes on is good for this call.
    unsafe {
        let Some(parts) = win32::kept::<Parts>(window) else { return DefWindowProcW(window, message, wide, long) };
        match message {
            WM_PAINT => parts.paint(window),
            WM_ERASEBKGND => return LRESULT(1),
            WM_DRAWITEM => {
                if let Some(item) = (long.0 as *const DRAWITEMSTRUCT).as_ref() {
                    parts.paint_button(item);
                }
            }
            WM_COMMAND => parts.clicked(window, halves(wide.0).0),
            // It stays until the session has ended.
            WM_CLOSE | WM_HOTKEY => drop(parts.actions.send(Action::End)),
            // Not by this program, which forgets the parts first.
            WM_DESTROY => drop(parts.actions.send(Action::End)),
            _ => return DefWindowProcW(window, message, wide, long),
        }
    }
    DONE
}

#[cfg(test)]
mod tests;
