//! Puts what is decided on the screen, with the system's own controls: readable by screen readers, used by keyboard, in
//! the system's colours and contrast.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::Duration,
};

use windows::{
    Win32::{
        Foundation::{HWND, LPARAM, LRESULT, RECT, WPARAM},
        Graphics::Gdi::{
            COLOR_WINDOW, DT_CALCRECT, DT_NOPREFIX, DT_WORDBREAK, DrawTextW, GetDC, GetSysColorBrush, HDC,
            InvalidateRect, RDW_ALLCHILDREN, RDW_ERASE, RDW_FRAME, RDW_INVALIDATE, RDW_UPDATENOW, RedrawWindow,
            ReleaseDC, SelectObject, SetBkMode, SetTextColor, TRANSPARENT,
        },
        UI::{
            Controls::{EM_LINESCROLL, EM_SETLIMITTEXT, SetScrollInfo, ShowScrollBar},
            Input::KeyboardAndMouse::{EnableWindow, GetFocus, SetFocus},
            WindowsAndMessaging::{
                BM_GETCHECK, BM_SETCHECK, BS_AUTOCHECKBOX, BS_DEFPUSHBUTTON, BS_MULTILINE, BS_PUSHBUTTON, BS_TOP,
                CB_ADDSTRING, CB_GETCURSEL, CB_SETCURSEL, CBN_SELCHANGE, CBS_DROPDOWNLIST, DefWindowProcW, EN_CHANGE,
                EN_SETFOCUS, ES_AUTOHSCROLL, ES_MULTILINE, ES_READONLY, FindWindowW, GWL_EXSTYLE, GetClientRect,
                GetForegroundWindow, GetNextDlgTabItem, GetSystemMetrics, GetWindowLongPtrW, HWND_NOTOPMOST,
                HWND_TOPMOST, IsIconic, IsWindow, SB_BOTTOM, SB_LINEDOWN, SB_LINEUP, SB_PAGEDOWN, SB_PAGEUP,
                SB_THUMBPOSITION, SB_THUMBTRACK, SB_TOP, SB_VERT, SCROLLBAR_COMMAND, SCROLLINFO, SIF_PAGE, SIF_POS,
                SIF_RANGE, SIZE_MINIMIZED, SM_CXSCREEN, SM_CYSCREEN, SW_MINIMIZE, SW_RESTORE, SW_SHOW, SWP_NOMOVE,
                SWP_NOSIZE, SWP_NOZORDER, SendMessageW, SetForegroundWindow, SetWindowLongPtrW, SetWindowPos,
                ShowWindow, WINDOW_EX_STYLE, WINDOW_STYLE, WM_CLOSE, WM_COMMAND, WM_CTLCOLORBTN, WM_CTLCOLORSTATIC,
                WM_MOUSEWHEEL, WM_NEXTDLGCTL, WM_SETREDRAW, WM_SIZE, WM_VSCROLL, WS_BORDER, WS_CHILD, WS_CLIPCHILDREN,
                WS_EX_APPWINDOW, WS_EX_CLIENTEDGE, WS_EX_CONTROLPARENT, WS_EX_LAYOUTRTL, WS_OVERLAPPEDWINDOW,
                WS_TABSTOP, WS_VISIBLE, WS_VSCROLL,
            },
        },
    },
    core::{PCWSTR, w},
};

use super::{Does, Entry, Item, Local, Rows, Screen, TITLE, act, of_package, screen, shape, words};
use crate::{
    bar,
    language::Language,
    view::{Action, Stage, View},
    win32::{self, DONE, Font, colour, halves, scaled, set_font, set_text, text_of},
    window::Wires,
};

const CLASS: PCWSTR = w!("DeskhandHelper");
const PANEL: PCWSTR = w!("DeskhandHelperPanel");
/// How often something new is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Sizes in pixels at 96 dots per inch.
const WIDTH: i32 = 520;
const HEIGHT: i32 = 720;
const MARGIN: i32 = 20;
const GAP: i32 = 10;
const BUTTON: i32 = 44;
const FIELD: i32 = 36;
/// Room beside a text for its box, and the box's height.
const CHECK: i32 = 30;
const CHECK_HEIGHT: i32 = 22;
/// Between a box's text and what is said of it.
const CLOSE: i32 = 2;
const LINE: i32 = 40;
/// Of what is only read.
const LOG: i32 = 90;
/// Where the language is chosen: the width of the choice, and its height with all that can be chosen.
const LANGUAGES: i32 = 150;
const UNFOLDED: i32 = 320;
/// More lines than are ever read.
const ALL_LINES: isize = 1_000_000;

/// Numbers of the choice of a language, of the first thing in the window, and of the first button.
const THE_LANGUAGES: u16 = 50;
const FIRST_ITEM: u16 = 100;
const FIRST_BUTTON: u16 = 200;
/// What a dialog sends for Return and Escape.
const RETURN: u16 = 1;
/// The colour of what is wrong.
const PROBLEM: u32 = 0x00b3_261e;

/// Brings the window of another start of this program to the front, with a webview or without. Windows lets the one do it
/// that was started last.
pub fn to_the_front() {
    let title = win32::wide(TITLE);
    // SAFETY: the text ends with a zero, and a window that has gone meanwhile is only not found.
    unsafe {
        let Ok(window) = FindWindowW(None, PCWSTR(title.as_ptr())) else { return };
        if IsIconic(window).as_bool() {
            let _ = ShowWindow(window, SW_RESTORE);
        }
        let _ = SetForegroundWindow(window);
    }
}

struct Window {
    window: HWND,
    panel: HWND,
    wires: Wires,
    local: RefCell<Local>,
    shown: RefCell<Screen>,
    language: Cell<Language>,
    languages: Cell<HWND>,
    fields: RefCell<Vec<(HWND, Entry, Does)>>,
    /// Up to which place he has had the chat before his eyes.
    seen: Cell<u32>,
    controls: RefCell<Vec<HWND>>,
    /// Controls with their place in the panel when it is not scrolled.
    places: RefCell<Vec<(HWND, i32)>>,
    problems: RefCell<Vec<HWND>>,
    /// What can be clicked, by its number.
    numbered: RefCell<Vec<(u16, HWND)>>,
    height: Cell<i32>,
    scroll: Cell<i32>,
    /// The question that was told to be on the screen.
    told: Cell<Option<u32>>,
    title: Font,
    text: Font,
    small: Font,
}

/// Opens the window and runs until it is closed for good. Must be called on the main thread.
///
/// # Errors
///
/// When the system makes no window.
pub fn run(wires: Wires) -> anyhow::Result<()> {
    let (bars, languages) = (wires.bar.clone(), wires.language.subscribe());
    let chat = {
        let actions = wires.actions.clone();
        move || {
            drop(actions.send(Action::ChatOpened));
            to_the_front();
        }
    };
    // It ends with the calls, for which this program waits once there is no window.
    drop(bar::start(bars, languages, wires.actions.clone(), Some(Box::new(chat)))?);
    let mut views = wires.view.clone();
    let mut languages = wires.language.subscribe();
    // A package may ask for a language to begin in.
    if let Some(language) = views.borrow().language {
        wires.language.send_replace(of_package(language));
    }
    let this = Window::open(wires)?;
    let mut stage = None;
    loop {
        let view = Arc::clone(&views.borrow_and_update());
        let language = *languages.borrow_and_update();
        this.show(&view, language);
        if stage != Some(view.stage) {
            stage = Some(view.stage);
            this.move_to_front(view.stage);
        }
        win32::serve(this.window, LOOK);
        if views.has_changed().is_err() || this.is_closed() {
            break;
        }
    }
    win32::destroy(this.window);
    Ok(())
}

impl Window {
    fn open(wires: Wires) -> windows::core::Result<Box<Self>> {
        // SAFETY: it only tells.
        let background = unsafe { GetSysColorBrush(COLOR_WINDOW) };
        win32::register(CLASS, Some(procedure), background);
        win32::register(PANEL, Some(panel_procedure), background);
        let language = *wires.language.borrow();
        let mirrored = if language.is_right_to_left() { WS_EX_LAYOUTRTL } else { WINDOW_EX_STYLE(0) };
        let style = (WS_EX_APPWINDOW | WS_EX_CONTROLPARENT | mirrored, WS_OVERLAPPEDWINDOW | WS_CLIPCHILDREN);
        let window = win32::window(CLASS, TITLE, style, (0, 0, WIDTH, HEIGHT), None)?;
        let style = (WS_EX_CONTROLPARENT, WS_CHILD | WS_VISIBLE | WS_VSCROLL | WS_CLIPCHILDREN);
        let panel = win32::window(PANEL, "", style, (0, 0, WIDTH, HEIGHT), Some((window, 0)))?;
        let typed = wires.view.borrow().typed.clone();
        let this = Box::new(Self {
            window,
            panel,
            wires,
            local: RefCell::new(Local::begun(typed)),
            shown: RefCell::default(),
            language: Cell::new(language),
            languages: Cell::default(),
            fields: RefCell::default(),
            seen: Cell::new(0),
            controls: RefCell::default(),
            places: RefCell::default(),
            problems: RefCell::default(),
            numbered: RefCell::default(),
            height: Cell::new(0),
            scroll: Cell::new(0),
            told: Cell::new(None),
            title: Font::new(scaled(window, 22), 600),
            text: Font::new(scaled(window, 16), 400),
            small: Font::new(scaled(window, 14), 400),
        });
        win32::keep(window, &*this);
        win32::keep(panel, &*this);
        let size = (scaled(window, WIDTH), scaled(window, HEIGHT));
        // SAFETY: the window is this thread's.
        unsafe {
            let middle = |screen: i32, length: i32| ((screen - length) / 2).max(0);
            let (left, top) =
                (middle(GetSystemMetrics(SM_CXSCREEN), size.0), middle(GetSystemMetrics(SM_CYSCREEN), size.1));
            SetWindowPos(window, None, left, top, size.0, size.1, SWP_NOZORDER)?;
            let _ = ShowWindow(window, SW_SHOW);
        }
        Ok(this)
    }

    /// Closed for good, by the customer.
    fn is_closed(&self) -> bool {
        // SAFETY: it only tells.
        !unsafe { IsWindow(Some(self.window)) }.as_bool()
    }

    /// Shows a state of the call, if it is another one.
    fn show(&self, view: &View, language: Language) {
        if self.local.borrow_mut().turn_to(view.question.as_ref().map(|question| question.id)) {
            self.told.set(None);
        }
        if self.language.replace(language).is_right_to_left() != language.is_right_to_left() {
            self.mirror(language);
        }
        let words = words::of(language);
        let next = screen(view, &self.local.borrow(), words);
        if *self.shown.borrow() != next {
            // What has the keyboard keeps it when a tick is set.
            if shape(&self.shown.borrow()) == shape(&next) {
                self.change(&next)
            } else {
                self.build(&next)
            }
            self.shown.replace(next);
        }
        let theirs = self.shown.borrow().theirs;
        // SAFETY: it only tells.
        let looks = unsafe { GetForegroundWindow() } == self.window && self.shows_log();
        if looks && theirs > self.seen.get() {
            drop(self.wires.actions.send(Action::ChatSeen { up_to: theirs }));
        }
        if looks || theirs < self.seen.get() {
            self.seen.set(theirs);
        }
        if let Some(question) = self.shown.borrow().shows
            && self.told.replace(Some(question)) != Some(question)
        {
            drop(self.wires.actions.send(Action::ConsentShown { question }));
        }
    }

    /// Lets lines begin where this language begins them. The controls are made anew after that.
    fn mirror(&self, language: Language) {
        let flag = WS_EX_LAYOUTRTL.0 as isize;
        for window in [self.window, self.panel] {
            // SAFETY: both are this thread's.
            unsafe {
                let style = GetWindowLongPtrW(window, GWL_EXSTYLE);
                let style = if language.is_right_to_left() { style | flag } else { style & !flag };
                SetWindowLongPtrW(window, GWL_EXSTYLE, style);
            }
        }
    }

    /// Ticks, captions and what stands in fields only.
    fn change(&self, next: &Screen) {
        let numbered = self.numbered.borrow();
        let control = |number: u16| numbered.iter().find(|(known, _)| *known == number).map(|(_, control)| *control);
        for (number, item) in (FIRST_ITEM..).zip(&next.items) {
            let Some(control) = control(number) else { continue };
            match item {
                // SAFETY: the control is this thread's.
                Item::Check { on, enabled, .. } => unsafe {
                    SendMessageW(control, BM_SETCHECK, Some(WPARAM(usize::from(*on))), None);
                    let _ = EnableWindow(control, *enabled);
                },
                // SAFETY: the control is this thread's.
                Item::Press { enabled, .. } => unsafe {
                    let _ = EnableWindow(control, *enabled);
                },
                Item::Field { text, .. } if text_of(control) != *text => set_text(control, text),
                Item::Log { text, .. } => write(control, text),
                _ => {}
            }
        }
        for (number, button) in (FIRST_BUTTON..).zip(&next.buttons) {
            if let Some(control) = control(number) {
                set_text(control, &button.text.replace('&', "&&"));
                // SAFETY: the control is this thread's.
                let _ = unsafe { EnableWindow(control, button.enabled) };
            }
        }
    }

    /// Makes all controls anew.
    fn build(&self, next: &Screen) {
        // SAFETY: it only tells.
        let held = unsafe { GetFocus() };
        let chooses = held == self.languages.get() && !held.is_invalid() && next.shows.is_none();
        let held = self.fields.borrow().iter().find(|(control, ..)| *control == held).map(|(_, entry, _)| *entry);
        for control in self.controls.take() {
            win32::destroy(control);
        }
        self.places.take();
        self.problems.take();
        self.numbered.take();
        self.fields.take();
        let mut first = None;
        let mut y = scaled(self.window, GAP);
        let (left, width) = (scaled(self.window, MARGIN), self.width());
        // SAFETY: the panel is this thread's.
        unsafe { SendMessageW(self.panel, WM_SETREDRAW, Some(WPARAM(0)), None) };
        for (number, item) in (FIRST_ITEM..).zip(&next.items) {
            let made = match item {
                Item::Title(text) => self.say(text, &self.title, (left, y, width)),
                Item::Text(text) => self.say(text, &self.text, (left, y, width)),
                Item::Small(text) => self.say(text, &self.small, (left, y, width)),
                Item::Problem(text) => self.say(text, &self.text, (left, y, width)).inspect(|(control, _)| {
                    self.problems.borrow_mut().push(*control);
                }),
                Item::Check { text, on, enabled, .. } => self.check(text, (*on, *enabled), number, (left, y, width)),
                Item::Press { text, enabled, .. } => self.press(text, *enabled, number, (left, y, width)),
                Item::Field { label, entry, text, does } => {
                    let style = WS_TABSTOP | WS_BORDER | style_of(ES_AUTOHSCROLL);
                    self.edit(label, text, style, number, (left, y, width, FIELD)).inspect(|(control, _)| {
                        let most = WPARAM(entry.longest().into());
                        // SAFETY: the control is this thread's.
                        unsafe { SendMessageW(*control, EM_SETLIMITTEXT, Some(most), None) };
                        self.fields.borrow_mut().push((*control, *entry, does.clone()));
                    })
                }
                Item::Log { label, text } => {
                    let style = WS_TABSTOP | WS_BORDER | WS_VSCROLL | style_of(ES_MULTILINE | ES_READONLY);
                    self.edit(label, "", style, number, (left, y, width, LOG)).inspect(|(control, _)| {
                        write(*control, text);
                    })
                }
            };
            if let Some((control, height)) = made {
                self.controls.borrow_mut().push(control);
                // What is said of these stands above them.
                let below = match item {
                    Item::Field { .. } => height - scaled(self.window, FIELD),
                    Item::Log { .. } => height - scaled(self.window, LOG),
                    _ => 0,
                };
                self.places.borrow_mut().push((control, y + below));
                self.numbered.borrow_mut().push((number, control));
                let gap = if matches!(item, Item::Check { .. }) { CLOSE } else { GAP };
                y += height + scaled(self.window, gap);
            }
        }
        self.height.set(y);
        self.switch();
        let mut buttons = 0;
        for (number, button) in (FIRST_BUTTON..).zip(&next.buttons) {
            let kind = if button.main { BS_DEFPUSHBUTTON } else { BS_PUSHBUTTON } | BS_MULTILINE;
            let style = (WINDOW_EX_STYLE(0), WS_CHILD | WS_VISIBLE | WS_TABSTOP | style_of(kind));
            let text = button.text.replace('&', "&&");
            let Ok(control) = win32::window(w!("BUTTON"), &text, style, (0, 0, 10, 10), Some((self.window, number)))
            else {
                continue;
            };
            set_font(control, &self.text);
            // SAFETY: the control is this thread's.
            let _ = unsafe { EnableWindow(control, button.enabled) };
            first = first.or(Some(control));
            buttons += 1;
            self.controls.borrow_mut().push(control);
            self.numbered.borrow_mut().push((number, control));
        }
        self.lay_out(buttons, next.rows);
        self.scroll_to(0);
        let field = |entry: Entry| {
            let fields = self.fields.borrow();
            fields.iter().find(|(_, known, _)| *known == entry).map(|(control, ..)| *control)
        };
        let focus = match (held.and_then(field), chooses) {
            (Some(field), _) => Some(field),
            (None, true) => Some(self.languages.get()),
            (None, false) => next.begins.and_then(field).or(first),
        };
        // SAFETY: panel and control are this thread's.
        unsafe {
            SendMessageW(self.panel, WM_SETREDRAW, Some(WPARAM(1)), None);
            if let Some(focus) = focus {
                drop(SetFocus(Some(focus)));
            }
            // The controls too: what was made while the panel drew nothing is not drawn by itself. At once, as a question
            // counts as shown after this.
            let how = RDW_ERASE | RDW_FRAME | RDW_INVALIDATE | RDW_ALLCHILDREN | RDW_UPDATENOW;
            let _ = RedrawWindow(Some(self.window), None, None, how);
        }
    }

    /// How wide a text may be, with room for a scroll bar.
    fn width(&self) -> i32 {
        self.inside().0 - 2 * scaled(self.window, MARGIN) - scaled(self.window, 20)
    }

    fn inside(&self) -> (i32, i32) {
        let mut place = RECT::default();
        // SAFETY: the address is good for this call.
        drop(unsafe { GetClientRect(self.window, &raw mut place) });
        (place.right, place.bottom)
    }

    fn say(&self, text: &str, font: &Font, (left, top, width): (i32, i32, i32)) -> Option<(HWND, i32)> {
        let height = self.height_of(text, font, width);
        // `SS_NOPREFIX`: what others have written has no letters to press.
        let style = (WINDOW_EX_STYLE(0), WS_CHILD | WS_VISIBLE | WINDOW_STYLE(0x80));
        let bounds = (left, top, width, height);
        let control = win32::window(w!("STATIC"), text, style, bounds, Some((self.panel, 0))).ok()?;
        set_font(control, font);
        Some((control, height))
    }

    fn check(
        &self,
        text: &str,
        (on, enabled): (bool, bool),
        number: u16,
        (left, top, width): (i32, i32, i32),
    ) -> Option<(HWND, i32)> {
        let room = width - scaled(self.window, CHECK);
        let height = self.height_of(text, &self.text, room).max(scaled(self.window, CHECK_HEIGHT));
        let kind = BS_AUTOCHECKBOX | BS_MULTILINE | BS_TOP;
        let style = (WINDOW_EX_STYLE(0), WS_CHILD | WS_VISIBLE | WS_TABSTOP | style_of(kind));
        let bounds = (left, top, width, height);
        let text = text.replace('&', "&&");
        let control = win32::window(w!("BUTTON"), &text, style, bounds, Some((self.panel, number))).ok()?;
        set_font(control, &self.text);
        // SAFETY: the control is this thread's.
        unsafe {
            SendMessageW(control, BM_SETCHECK, Some(WPARAM(usize::from(on))), None);
            let _ = EnableWindow(control, enabled);
        }
        Some((control, height))
    }

    /// A button among the rest.
    fn press(
        &self,
        text: &str,
        enabled: bool,
        number: u16,
        (left, top, width): (i32, i32, i32),
    ) -> Option<(HWND, i32)> {
        let inside = scaled(self.window, MARGIN);
        let height = (self.height_of(text, &self.text, width - 2 * inside) + inside).max(scaled(self.window, BUTTON));
        let kind = style_of(BS_PUSHBUTTON | BS_MULTILINE);
        let style = (WINDOW_EX_STYLE(0), WS_CHILD | WS_VISIBLE | WS_TABSTOP | kind);
        let (text, bounds) = (text.replace('&', "&&"), (left, top, width, height));
        let control = win32::window(w!("BUTTON"), &text, style, bounds, Some((self.panel, number))).ok()?;
        set_font(control, &self.text);
        // SAFETY: the control is this thread's.
        let _ = unsafe { EnableWindow(control, enabled) };
        Some((control, height))
    }

    /// A text to write or read in, with what is said of it above it.
    fn edit(
        &self,
        label: &str,
        text: &str,
        style: WINDOW_STYLE,
        number: u16,
        (left, top, width, height): (i32, i32, i32, i32),
    ) -> Option<(HWND, i32)> {
        // Before it, so that a screen reader takes it for its name.
        let (said, above) = self.say(label, &self.small, (left, top, width))?;
        self.places.borrow_mut().push((said, top));
        self.controls.borrow_mut().push(said);
        let height = scaled(self.window, height);
        let bounds = (left, top + above, width, height);
        let style = (WS_EX_CLIENTEDGE, WS_CHILD | WS_VISIBLE | style);
        let control = win32::window(w!("EDIT"), text, style, bounds, Some((self.panel, number))).ok()?;
        set_font(control, &self.text);
        Some((control, above + height))
    }

    /// Above all in which language it is written, each by its own name.
    fn switch(&self) {
        let (margin, gap) = (scaled(self.window, MARGIN), scaled(self.window, GAP));
        let (wide, label) = (scaled(self.window, LANGUAGES), &words::of(self.language.get()).tools.language);
        let left = self.inside().0 - margin - wide;
        let style = (WINDOW_EX_STYLE(0), WS_CHILD | WS_VISIBLE);
        let end = WINDOW_STYLE(0x02 | 0x80);
        let bounds = (margin, gap + scaled(self.window, 5), (left - margin - gap).max(0), scaled(self.window, 24));
        // `SS_RIGHT` and `SS_NOPREFIX`; before the choice, so that a screen reader takes it for its name.
        let said = win32::window(w!("STATIC"), label, (style.0, style.1 | end), bounds, Some((self.window, 0)));
        let style = (style.0, style.1 | WS_TABSTOP | WS_VSCROLL | style_of(CBS_DROPDOWNLIST));
        let bounds = (left, gap, wide, scaled(self.window, UNFOLDED));
        let choice = win32::window(w!("COMBOBOX"), "", style, bounds, Some((self.window, THE_LANGUAGES)));
        let (Ok(said), Ok(choice)) = (said, choice) else { return };
        set_font(said, &self.small);
        set_font(choice, &self.small);
        let now = Language::ALL.iter().position(|language| *language == self.language.get()).unwrap_or(0);
        for language in Language::ALL {
            let name = win32::wide(language.own_name());
            // SAFETY: the text ends with a zero, and is copied.
            unsafe { SendMessageW(choice, CB_ADDSTRING, None, Some(LPARAM(name.as_ptr() as isize))) };
        }
        // SAFETY: the control is this thread's.
        unsafe { SendMessageW(choice, CB_SETCURSEL, Some(WPARAM(now)), None) };
        self.languages.set(choice);
        self.controls.borrow_mut().extend([said, choice]);
    }

    /// Height of what stands above the panel.
    fn above(&self) -> i32 {
        scaled(self.window, GAP + FIELD)
    }

    fn height_of(&self, text: &str, font: &Font, width: i32) -> i32 {
        let mut text: Vec<u16> = text.encode_utf16().collect();
        let mut place = RECT { left: 0, top: 0, right: width, bottom: 0 };
        // SAFETY: the canvas is given back, and what is selected goes back.
        unsafe {
            let canvas = GetDC(Some(self.window));
            let before = SelectObject(canvas, font.0.into());
            DrawTextW(canvas, &mut text, &raw mut place, DT_CALCRECT | DT_WORDBREAK | DT_NOPREFIX);
            SelectObject(canvas, before);
            ReleaseDC(Some(self.window), canvas);
        }
        place.bottom
    }

    /// Panel above, buttons in rows below it.
    fn lay_out(&self, buttons: usize, rows: Rows) {
        let count = i32::try_from(buttons).unwrap_or(0);
        let beside = i32::try_from(rows.beside(buttons)).unwrap_or(1);
        let (width, height) = self.inside();
        let (margin, gap) = (scaled(self.window, MARGIN), scaled(self.window, GAP));
        let tall = scaled(self.window, BUTTON);
        let rows = (count + beside - 1) / beside;
        let below = if count == 0 { 0 } else { rows * (tall + gap) + margin - gap };
        let above = self.above();
        let panel = (height - below - above).max(0);
        let all = self.controls.borrow();
        // SAFETY: window and controls are this thread's.
        unsafe {
            drop(SetWindowPos(self.panel, None, 0, above, width, panel, SWP_NOZORDER));
            for (at, button) in (0..).zip(all.iter().skip(all.len().saturating_sub(buttons))) {
                let (column, row) = (at % beside, at / beside);
                // The last one has its row for itself.
                let here = if column == 0 && at == count - 1 { 1 } else { beside };
                let each = (width - 2 * margin - (here - 1) * gap) / here;
                let (x, y) = (margin + column * (each + gap), above + panel + row * (tall + gap));
                drop(SetWindowPos(*button, None, x, y, each, tall, SWP_NOZORDER));
            }
        }
    }

    /// Shows the panel from here on.
    fn scroll_to(&self, wanted: i32) {
        let mut place = RECT::default();
        // SAFETY: the address is good for this call.
        drop(unsafe { GetClientRect(self.panel, &raw mut place) });
        let (seen, all) = (place.bottom, self.height.get());
        let at = wanted.clamp(0, (all - seen).max(0));
        self.scroll.set(at);
        let info = SCROLLINFO {
            cbSize: u32::try_from(size_of::<SCROLLINFO>()).unwrap_or(0),
            fMask: SIF_RANGE | SIF_PAGE | SIF_POS,
            nMin: 0,
            nMax: (all - 1).max(0),
            nPage: seen.max(0).cast_unsigned(),
            nPos: at,
            nTrackPos: 0,
        };
        let left = scaled(self.window, MARGIN);
        // SAFETY: panel and controls are this thread's; the structure says its own size.
        unsafe {
            let _ = ShowScrollBar(self.panel, SB_VERT, all > seen);
            SetScrollInfo(self.panel, SB_VERT, &raw const info, true);
            for (control, y) in &*self.places.borrow() {
                drop(SetWindowPos(*control, None, left, y - at, 0, 0, SWP_NOZORDER | SWP_NOSIZE));
            }
            let _ = InvalidateRect(Some(self.panel), None, true);
        }
    }

    fn scrolled(&self, how: u16, to: u16) {
        let page = self.inside().1 / 2;
        let line = scaled(self.window, LINE);
        let at = self.scroll.get();
        let is = |which: SCROLLBAR_COMMAND| i32::from(how) == which.0;
        self.scroll_to(match () {
            () if is(SB_LINEUP) => at - line,
            () if is(SB_LINEDOWN) => at + line,
            () if is(SB_PAGEUP) => at - page,
            () if is(SB_PAGEDOWN) => at + page,
            () if is(SB_TOP) => 0,
            () if is(SB_BOTTOM) => i32::MAX,
            () if is(SB_THUMBPOSITION) || is(SB_THUMBTRACK) => to.into(),
            () => at,
        });
    }

    /// Whether what is only read is in the part of the panel that is in sight.
    fn shows_log(&self) -> bool {
        let mut place = RECT::default();
        // SAFETY: the address is good for this call.
        drop(unsafe { GetClientRect(self.panel, &raw mut place) });
        let (numbered, places) = (self.numbered.borrow(), self.places.borrow());
        let shown = self.shown.borrow();
        let mut logs = (FIRST_ITEM..).zip(&shown.items).filter(|(_, item)| matches!(item, Item::Log { .. }));
        logs.any(|(number, _)| {
            let control = numbered.iter().find(|(known, _)| *known == number).map(|(_, control)| *control);
            let top = places.iter().find(|(known, _)| Some(*known) == control).map(|(_, top)| top - self.scroll.get());
            top.is_some_and(|top| top < place.bottom && top + scaled(self.window, LOG) > 0)
        })
    }

    /// Brings what has the keyboard into sight, with what stands below it.
    fn show_field(&self, control: HWND) {
        let mut place = RECT::default();
        // SAFETY: the address is good for this call.
        drop(unsafe { GetClientRect(self.panel, &raw mut place) });
        let top = self.places.borrow().iter().find(|(known, _)| *known == control).map(|(_, top)| *top);
        let Some(top) = top else { return };
        let end = top + scaled(self.window, FIELD + BUTTON + 2 * GAP);
        if end > self.scroll.get() + place.bottom {
            self.scroll_to(end - place.bottom);
        } else if top < self.scroll.get() {
            self.scroll_to(top - scaled(self.window, LINE));
        }
    }

    /// Something was clicked, chosen or written, or Return was pressed.
    fn clicked(&self, number: u16, what: u16, control: HWND) {
        let field = |control: HWND| {
            let fields = self.fields.borrow();
            fields.iter().find(|(known, ..)| *known == control).map(|(_, entry, does)| (*entry, does.clone()))
        };
        let what = u32::from(what);
        if number == THE_LANGUAGES {
            if what == CBN_SELCHANGE {
                // SAFETY: the control is this thread's.
                let at = unsafe { SendMessageW(control, CB_GETCURSEL, None, None) }.0;
                if let Some(language) = usize::try_from(at).ok().and_then(|at| Language::ALL.get(at)) {
                    self.wires.language.send_replace(*language);
                }
            }
            return;
        }
        if let Some((entry, _)) = field(control) {
            match what {
                EN_CHANGE => *self.local.borrow_mut().written.of(entry) = text_of(control),
                EN_SETFOCUS => self.show_field(control),
                _ => {}
            }
            return;
        }
        let does = {
            let shown = self.shown.borrow();
            let item = |at: u16| match shown.items.get(usize::from(at)) {
                Some(Item::Check { does, .. } | Item::Press { does, enabled: true, .. }) => Some(does.clone()),
                _ => None,
            };
            let main = || shown.buttons.iter().find(|button| button.main).map(|button| button.does.clone());
            match number {
                // SAFETY: it only tells.
                RETURN => field(unsafe { GetFocus() }).map(|(_, does)| does).or_else(main),
                number if number >= FIRST_BUTTON => {
                    let button = shown.buttons.get(usize::from(number - FIRST_BUTTON));
                    button.filter(|button| button.enabled).map(|button| button.does.clone())
                }
                number if number >= FIRST_ITEM => item(number - FIRST_ITEM),
                _ => None,
            }
        };
        let Some(does) = does else { return };
        // The button of a message cannot be used now, and the next one comes from the same place.
        let writes = (does == Does::Chat).then_some(Entry::Chat);
        // SAFETY: the control is this thread's.
        let on = unsafe { SendMessageW(control, BM_GETCHECK, None, None) } == LRESULT(1);
        let told = act(&mut self.local.borrow_mut(), does, on);
        if let Some(action) = told {
            drop(self.wires.actions.send(action));
        }
        let next =
            self.fields.borrow().iter().find(|(_, entry, _)| Some(*entry) == writes).map(|(control, ..)| *control);
        if let Some(next) = next {
            // SAFETY: the control is this thread's.
            drop(unsafe { SetFocus(Some(next)) });
        }
    }

    /// Where the customer needs it.
    fn move_to_front(&self, stage: Stage) {
        // SAFETY: the window is this thread's.
        unsafe {
            let how = SWP_NOMOVE | SWP_NOSIZE;
            let above = if stage == Stage::Asking { HWND_TOPMOST } else { HWND_NOTOPMOST };
            match stage {
                // Out of the way: the bar says the rest.
                Stage::Live => drop(ShowWindow(self.window, SW_MINIMIZE)),
                Stage::Asking | Stage::Ended { .. } => {
                    if IsIconic(self.window).as_bool() {
                        let _ = ShowWindow(self.window, SW_RESTORE);
                    }
                    let _ = SetForegroundWindow(self.window);
                }
                _ => {}
            }
            drop(SetWindowPos(self.window, Some(above), 0, 0, 0, 0, how));
        }
    }

    /// The customer closes the window. Whether it goes.
    fn closing(&self) -> bool {
        let stage = self.wires.view.borrow().stage;
        match stage {
            // The bar stays, and is the way to end.
            Stage::Connecting | Stage::Live | Stage::Away => {
                // SAFETY: the window is this thread's.
                let _ = unsafe { ShowWindow(self.window, SW_MINIMIZE) };
                false
            }
            Stage::Asking => {
                drop(self.wires.actions.send(Action::WindowLost));
                false
            }
            _ => true,
        }
    }

    /// The colour of a control's text.
    fn paint(&self, canvas: HDC, control: HWND) -> LRESULT {
        // SAFETY: the canvas is the message's.
        unsafe {
            SetBkMode(canvas, TRANSPARENT);
            if self.problems.borrow().contains(&control) {
                SetTextColor(canvas, colour(PROBLEM));
            }
            LRESULT(GetSysColorBrush(COLOR_WINDOW).0 as isize)
        }
    }
}

fn style_of(style: i32) -> WINDOW_STYLE {
    WINDOW_STYLE(style.cast_unsigned())
}

unsafe extern "system" fn procedure(window: HWND, message: u32, wide: WPARAM, long: LPARAM) -> LRESULT {
    // SAFETY: it is kept as long as the window.
    unsafe {
        let Some(this) = win32::kept::<Window>(window) else { return DefWindowProcW(window, message, wide, long) };
        match message {
            WM_COMMAND => {
                let (number, what) = halves(wide.0);
                this.clicked(number, what, HWND(long.0 as *mut _));
            }
            WM_CLOSE => {
                if this.closing() {
                    win32::destroy(window);
                }
            }
            WM_SIZE => {
                let shown = std::mem::take(&mut *this.shown.borrow_mut());
                if wide.0 as u32 != SIZE_MINIMIZED {
                    this.build(&shown);
                }
                this.shown.replace(shown);
            }
            WM_MOUSEWHEEL => {
                let turned = halves(wide.0).1.cast_signed();
                this.scroll_to(this.scroll.get() - i32::from(turned) * scaled(window, LINE) / 120);
            }
            _ => return DefWindowProcW(window, message, wide, long),
        }
    }
    DONE
}

/// Writes into what is only read, and shows its end.
fn write(control: HWND, text: &str) {
    let text = text.replace('\n', "\r\n");
    if text_of(control) != text {
        set_text(control, &text);
        // SAFETY: the control is this thread's.
        unsafe { SendMessageW(control, EM_LINESCROLL, None, Some(LPARAM(ALL_LINES))) };
    }
}

unsafe extern "system" fn panel_procedure(panel: HWND, message: u32, wide: WPARAM, long: LPARAM) -> LRESULT {
    // SAFETY: it is kept as long as the panel.
    unsafe {
        let Some(this) = win32::kept::<Window>(panel) else { return DefWindowProcW(panel, message, wide, long) };
        match message {
            WM_COMMAND => {
                let (number, what) = halves(wide.0);
                this.clicked(number, what, HWND(long.0 as *mut _));
            }
            WM_CTLCOLORSTATIC | WM_CTLCOLORBTN => return this.paint(HDC(wide.0 as *mut _), HWND(long.0 as *mut _)),
            WM_VSCROLL => {
                let (how, to) = halves(wide.0);
                this.scrolled(how, to);
            }
            // The Tab key in a text of several lines; whatever else is asked for, nobody here asks.
            WM_NEXTDLGCTL if long.0 == 0 => {
                if let Ok(next) = GetNextDlgTabItem(this.window, Some(GetFocus()), wide.0 != 0) {
                    drop(SetFocus(Some(next)));
                }
            }
            _ => return DefWindowProcW(panel, message, wide, long),
        }
    }
    DONE
}
