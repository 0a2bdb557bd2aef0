//! The clipboard of a Windows desktop: a window that nobody sees is told of changes, and hands over what it owns when a
//! program pastes it (delayed rendering). Files are not carried yet.
//!
//! One thread owns the window. While a program here waits for content of the other end it can do nothing else, so it is
//! given up after some seconds.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    slice,
    sync::mpsc::{self, RecvTimeoutError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_protocol::call::clipboard::{ClipboardKind, Mark};
use windows::{
    Win32::{
        Foundation::{GlobalFree, HANDLE, HGLOBAL, HWND, LPARAM, LRESULT, WPARAM},
        System::{
            DataExchange::{
                AddClipboardFormatListener, CloseClipboard, EmptyClipboard, GetClipboardData, GetClipboardOwner,
                IsClipboardFormatAvailable, OpenClipboard, RegisterClipboardFormatW, SetClipboardData,
            },
            LibraryLoader::GetModuleHandleW,
            Memory::{GMEM_MOVEABLE, GlobalAlloc, GlobalLock, GlobalSize, GlobalUnlock},
            Ole::{CF_DIB, CF_UNICODETEXT},
        },
        UI::WindowsAndMessaging::{
            CreateWindowExW, DefWindowProcW, DestroyWindow, DispatchMessageW, GWLP_USERDATA, GetMessageW,
            GetWindowLongPtrW, HWND_MESSAGE, MSG, PostMessageW, RegisterClassExW, SetWindowLongPtrW, WINDOW_EX_STYLE,
            WINDOW_STYLE, WM_APP, WM_CLIPBOARDUPDATE, WM_DESTROYCLIPBOARD, WM_RENDERFORMAT, WNDCLASSEXW,
        },
    },
    core::{PCWSTR, w},
};

use crate::{
    forms,
    system::{NoClipboard, SystemEvent, Unread},
};

/// How long the other end may take for content that a program here pastes: the program stands still meanwhile.
const PATIENCE: Duration = Duration::from_secs(15);
/// Another program may have the clipboard open for a moment.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(10);

const CLASS: PCWSTR = w!("DeskhandClipboard");
/// There are orders.
const ORDERS: u32 = WM_APP + 1;
/// The thread is to end.
const STOP: u32 = WM_APP + 2;

type Tell = Box<dyn Fn(SystemEvent) + Send>;

enum Order {
    Own { serial: u32, kinds: BTreeSet<ClipboardKind>, mark: Mark },
    Clear,
    Read { read: u32, kind: ClipboardKind, limit: usize },
    Provide { want: u32, content: Option<Bytes> },
}

/// The clipboard. Dropping it takes what it owns out of the clipboard.
#[derive(Debug)]
pub struct System {
    orders: mpsc::Sender<Order>,
    /// As a number, since only its own thread may do more with it than post to it.
    window: isize,
    thread: Option<JoinHandle<()>>,
}

impl System {
    /// Opens the clipboard. `tell` is called on the clipboard's own thread and must return at once; what is in the
    /// clipboard now is told as a change.
    ///
    /// # Errors
    ///
    /// [`NoClipboard`] when the system makes no window.
    pub fn open(_: Option<&str>, tell: impl Fn(SystemEvent) + Send + 'static) -> Result<Self, NoClipboard> {
        let (orders, queue) = mpsc::channel();
        let (opened, window) = mpsc::channel();
        let work = move || match Worker::open(Box::new(tell), queue) {
            Ok(worker) => {
                drop(opened.send(Ok(worker.window.0 as isize)));
                worker.run();
            }
            Err(error) => drop(opened.send(Err(error))),
        };
        let no = |what: &dyn std::fmt::Display| NoClipboard(what.to_string());
        let thread =
            std::thread::Builder::new().name("clipboard".to_owned()).spawn(work).map_err(|error| no(&error))?;
        let window = window.recv().map_err(|error| no(&error))?.map_err(|error| no(&error))?;
        Ok(Self { orders, window, thread: Some(thread) })
    }

    /// Puts content into the clipboard that is handed over only when a program wants it. `serial` names it;
    /// what is marked as secret is kept out of the system's history and off its other machines.
    pub fn own(&self, serial: u32, kinds: BTreeSet<ClipboardKind>, mark: Mark) {
        self.order(Order::Own { serial, kinds, mark });
    }

    /// Takes out of the clipboard what was put there by [`own`](Self::own), if it still is there.
    pub fn clear(&self) {
        self.order(Order::Clear);
    }

    /// Reads what is in the clipboard, of at most `limit` bytes. The answer names `read`.
    pub fn read(&self, read: u32, kind: ClipboardKind, limit: usize) {
        self.order(Order::Read { read, kind, limit });
    }

    /// Hands over what [`SystemEvent::Wanted`] asked for, or says that there is none.
    pub fn provide(&self, want: u32, content: Option<Bytes>) {
        self.order(Order::Provide { want, content });
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_ok() {
            self.post(ORDERS);
        }
    }

    fn post(&self, message: u32) {
        // SAFETY: a window that is gone is an error, which says nothing new.
        drop(unsafe { PostMessageW(Some(HWND(self.window as *mut _)), message, WPARAM(0), LPARAM(0)) });
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.post(STOP);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Forms that have no number of their own.
#[derive(Debug, Clone, Copy)]
struct Names {
    html: u32,
    png: u32,
    /// By which programs keep secrets from histories, and from other machines.
    excluded: u32,
    history: u32,
    cloud: u32,
}

impl Names {
    fn new() -> Self {
        // SAFETY: each name ends with a zero.
        let of = |name| unsafe { RegisterClipboardFormatW(name) };
        Self {
            html: of(w!("HTML Format")),
            png: of(w!("PNG")),
            excluded: of(w!("ExcludeClipboardContentFromMonitorProcessing")),
            history: of(w!("CanIncludeInClipboardHistory")),
            cloud: of(w!("CanUploadToCloudClipboard")),
        }
    }

    /// The forms of a kind, best first.
    fn of(self, kind: ClipboardKind) -> Vec<u32> {
        match kind {
            ClipboardKind::Text => vec![CF_UNICODETEXT.0.into()],
            ClipboardKind::Html => vec![self.html],
            ClipboardKind::Image => vec![self.png, CF_DIB.0.into()],
            ClipboardKind::Files => Vec::new(),
        }
    }

    fn kind_of(self, form: u32) -> Option<ClipboardKind> {
        ClipboardKind::ALL.into_iter().find(|kind| self.of(*kind).contains(&form))
    }
}

/// What the thread works with.
struct Worker {
    window: HWND,
    tell: Tell,
    orders: mpsc::Receiver<Order>,
    names: Names,
    /// What is owned here.
    own: RefCell<Option<BTreeSet<ClipboardKind>>>,
    /// The clipboard is being emptied by this program.
    emptying: Cell<bool>,
    wants: Cell<u32>,
    /// Orders that came while content was waited for.
    late: RefCell<Vec<Order>>,
}

impl Worker {
    fn open(tell: Tell, orders: mpsc::Receiver<Order>) -> windows::core::Result<Box<Self>> {
        // SAFETY: names end with a zero, the structure says its own size, and the worker lives as long as its window.
        unsafe {
            let instance = GetModuleHandleW(None)?.into();
            let class = WNDCLASSEXW {
                cbSize: u32::try_from(size_of::<WNDCLASSEXW>()).unwrap_or(0),
                lpfnWndProc: Some(procedure),
                hInstance: instance,
                lpszClassName: CLASS,
                ..WNDCLASSEXW::default()
            };
            // A second time it is there already.
            RegisterClassExW(&raw const class);
            let (extended, style) = (WINDOW_EX_STYLE(0), WINDOW_STYLE(0));
            let window = CreateWindowExW(
                extended,
                CLASS,
                w!(""),
                style,
                0,
                0,
                0,
                0,
                Some(HWND_MESSAGE),
                None,
                Some(instance),
                None,
            )?;
            let worker = Box::new(Self {
                window,
                tell,
                orders,
                names: Names::new(),
                own: RefCell::default(),
                emptying: Cell::new(false),
                wants: Cell::new(0),
                late: RefCell::default(),
            });
            SetWindowLongPtrW(window, GWLP_USERDATA, (&raw const *worker) as isize);
            AddClipboardFormatListener(window)?;
            Ok(worker)
        }
    }

    fn run(&self) {
        // Nobody tells of what was there before.
        self.changed();
        let mut message = MSG::default();
        // SAFETY: the message's address is good for each call.
        unsafe {
            while GetMessageW(&raw mut message, None, 0, 0).0 > 0 && message.message != STOP {
                DispatchMessageW(&raw const message);
            }
        }
        self.clear();
        // SAFETY: made by this thread; nobody asks for the worker any more.
        unsafe {
            SetWindowLongPtrW(self.window, GWLP_USERDATA, 0);
            drop(DestroyWindow(self.window));
        }
    }

    fn carry_out_all(&self) {
        let late = std::mem::take(&mut *self.late.borrow_mut());
        for order in late.into_iter().chain(self.orders.try_iter()) {
            match order {
                Order::Own { serial, kinds, mark } => self.own(serial, kinds, mark),
                Order::Clear => self.clear(),
                Order::Read { read, kind, limit } => {
                    let result = self.read(kind, limit);
                    (self.tell)(SystemEvent::Read { read, result });
                }
                // The program that wanted it was given up.
                Order::Provide { .. } => {}
            }
        }
    }

    /// The content is another program's now, or nobody's.
    fn changed(&self) {
        // SAFETY: it only tells.
        let is_own = unsafe { GetClipboardOwner() }.is_ok_and(|owner| owner == self.window);
        if is_own && self.own.borrow().is_some() {
            return;
        }
        self.own.replace(None);
        // SAFETY: it only tells.
        let has = |form: u32| unsafe { IsClipboardFormatAvailable(form) }.is_ok();
        let kinds = ClipboardKind::ALL.into_iter().filter(|kind| self.names.of(*kind).into_iter().any(has)).collect();
        let secret = has(self.names.excluded) || (has(self.names.history) && self.keeps_out_of_history());
        (self.tell)(SystemEvent::Changed { kinds, mark: if secret { Mark::Secret } else { Mark::Plain } });
    }

    /// Whether the number beside the content is a no.
    fn keeps_out_of_history(&self) -> bool {
        let Some(_open) = Open::new(self.window) else { return false };
        content(self.names.history, 4).is_ok_and(|bytes| bytes.iter().all(|byte| *byte == 0))
    }

    fn own(&self, serial: u32, kinds: BTreeSet<ClipboardKind>, mark: Mark) {
        let Some(_open) = Open::new(self.window) else {
            tracing::debug!("another program keeps the clipboard open");
            return;
        };
        self.empty();
        for form in kinds.iter().flat_map(|kind| self.names.of(*kind)) {
            // SAFETY: without content the system asks for it when a program wants it.
            drop(unsafe { SetClipboardData(form, None) });
        }
        if mark == Mark::Secret {
            for form in [self.names.excluded, self.names.history, self.names.cloud] {
                put(form, &0_u32.to_le_bytes());
            }
        }
        self.own.replace(Some(kinds));
        (self.tell)(SystemEvent::Owned { serial });
    }

    fn clear(&self) {
        if self.own.borrow().is_none() {
            return;
        }
        if let Some(_open) = Open::new(self.window) {
            self.empty();
            self.own.replace(None);
        }
    }

    fn empty(&self) {
        self.emptying.set(true);
        // SAFETY: it is open.
        drop(unsafe { EmptyClipboard() });
        self.emptying.set(false);
    }

    fn read(&self, kind: ClipboardKind, limit: usize) -> Result<Bytes, Unread> {
        let _open = Open::new(self.window).ok_or(Unread::Gone)?;
        // SAFETY: it only tells.
        let there = |form: &u32| unsafe { IsClipboardFormatAvailable(*form) }.is_ok();
        let form = self.names.of(kind).into_iter().find(there).ok_or(Unread::Gone)?;
        // In UTF-16 and in bitmaps it is longer than what is made of it.
        let longer = if form == self.names.png { limit } else { limit.saturating_mul(64) };
        let bytes = content(form, longer)?;
        let made: Bytes = match kind {
            ClipboardKind::Text => forms::text_from(&bytes).into(),
            ClipboardKind::Html => forms::html_from(&bytes).ok_or(Unread::Unfit)?.into(),
            ClipboardKind::Image if form == self.names.png => bytes.into(),
            ClipboardKind::Image => forms::png_of(&bytes).ok_or(Unread::Unfit)?.into(),
            ClipboardKind::Files => return Err(Unread::Gone),
        };
        if made.len() > limit { Err(Unread::TooBig { size: made.len() }) } else { Ok(made) }
    }

    /// A program wants what is owned here, and waits.
    fn render(&self, form: u32) {
        let Some(kind) = self.names.kind_of(form).filter(|kind| {
            let own = self.own.borrow();
            own.as_ref().is_some_and(|kinds| kinds.contains(kind))
        }) else {
            return;
        };
        let want = self.wants.get().wrapping_add(1);
        self.wants.set(want);
        (self.tell)(SystemEvent::Wanted { want, kind });
        let Some(bytes) = self.awaited(want) else { return };
        let made = match kind {
            ClipboardKind::Text => forms::text_to(&String::from_utf8_lossy(&bytes)),
            ClipboardKind::Html => forms::html_to(&String::from_utf8_lossy(&bytes)),
            ClipboardKind::Image if form == self.names.png => bytes.to_vec(),
            ClipboardKind::Image => match forms::bitmap_of(&bytes) {
                Some(bitmap) => bitmap,
                None => return,
            },
            ClipboardKind::Files => return,
        };
        put(form, &made);
    }

    /// What the other end sends for this, if it comes in time.
    fn awaited(&self, wanted: u32) -> Option<Bytes> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.orders.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Order::Provide { want, content }) if want == wanted => return content,
                Ok(Order::Provide { .. }) => {}
                // It is carried out with the message that came with it.
                Ok(order) => self.late.borrow_mut().push(order),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

/// The clipboard is open for this program while this stands.
struct Open;

impl Open {
    fn new(window: HWND) -> Option<Self> {
        for _ in 0..TRIES {
            // SAFETY: the window is this thread's.
            if unsafe { OpenClipboard(Some(window)) }.is_ok() {
                return Some(Self);
            }
            std::thread::sleep(BETWEEN);
        }
        None
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: opened by `new`.
        drop(unsafe { CloseClipboard() });
    }
}

/// Content in this form, of at most so many bytes. The clipboard must be open.
fn content(form: u32, limit: usize) -> Result<Vec<u8>, Unread> {
    // SAFETY: the handle stays the clipboard's, and is good while that is open; as many bytes are read as it says.
    unsafe {
        let memory = HGLOBAL(GetClipboardData(form).map_err(|_| Unread::Gone)?.0);
        let size = GlobalSize(memory);
        if size > limit {
            return Err(Unread::TooBig { size });
        }
        let from = GlobalLock(memory);
        if from.is_null() {
            return Err(Unread::Gone);
        }
        let bytes = slice::from_raw_parts(from.cast::<u8>(), size).to_vec();
        drop(GlobalUnlock(memory));
        Ok(bytes)
    }
}

/// Puts content into the clipboard. It must be open, by this program or by the one that waits for the content.
fn put(form: u32, bytes: &[u8]) {
    // SAFETY: there is room for as much as is written; the memory is the clipboard's once that has taken it.
    unsafe {
        let Ok(memory) = GlobalAlloc(GMEM_MOVEABLE, bytes.len().max(1)) else { return };
        let to = GlobalLock(memory);
        if !to.is_null() {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast::<u8>(), bytes.len());
            drop(GlobalUnlock(memory));
            if SetClipboardData(form, Some(HANDLE(memory.0))).is_ok() {
                return;
            }
        }
        drop(GlobalFree(Some(memory)));
    }
}

unsafe extern "system" fn procedure(window: HWND, message: u32, wide: WPARAM, long: LPARAM) -> LRESULT {
    // SAFETY: it is kept as long as the window.
    let worker = unsafe { (GetWindowLongPtrW(window, GWLP_USERDATA) as *const Worker).as_ref() };
    match (worker, message) {
        (Some(worker), WM_CLIPBOARDUPDATE) => worker.changed(),
        (Some(worker), WM_RENDERFORMAT) => worker.render(u32::try_from(wide.0).unwrap_or(0)),
        (Some(worker), WM_DESTROYCLIPBOARD) => {
            if !worker.emptying.get() {
                worker.own.replace(None);
            }
        }
        (Some(worker), ORDERS) => worker.carry_out_all(),
        // SAFETY: passed on as it came.
        _ => return unsafe { DefWindowProcW(window, message, wide, long) },
    }
    LRESULT(0)
}
