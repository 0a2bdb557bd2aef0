//! The bar on top of everything while a technician is let in: who he is, what he may do, and *End session*.
//!
//! A native window, so that it stands without a webview and costs nothing: it is drawn when what it says changes, for
//! the time alone once a minute. There is no call without it: if it is closed or destroyed, the session ends.
//!
//! What it says is decided by [`Lines`], which is told the time; the rest puts it on the screen.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use deskhand_protocol::{
    capability::{Capabilities, Capability},
    text::Name,
};
use gtk::{gdk, glib, pango, prelude::*};
use tokio::{
    select,
    sync::{mpsc::UnboundedSender, watch},
    time::Instant,
};

use crate::{
    language::{BarWords, Language},
    view::Action,
};

/// The title by which window managers and tests find it.
pub const TITLE: &str = "Deskhand bar";

/// What the bar shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarView {
    /// Who.
    pub name: Name,
    /// From where.
    pub company: Name,
    /// What he may do.
    pub granted: Capabilities,
    /// Where the connection stands.
    pub connection: Connection,
    /// When he was let in.
    pub since: Instant,
    /// Whether a chat message has come that the customer may not have seen.
    pub unread: bool,
}

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It is being made for the first time.
    Coming,
    /// It is up.
    Up,
    /// It was lost.
    Lost,
}

const MINUTE: Duration = Duration::from_secs(60);

/// What stands on the bar at a moment. It is drawn when this changes, and only then.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lines {
    name: String,
    company: String,
    doing: &'static str,
    time: String,
    lost: bool,
    chat: &'static str,
}

impl Lines {
    fn at(view: &BarView, words: &BarWords, now: Instant) -> Self {
        // A name may have line feeds; the bar has one line.
        let line = |name: &Name| name.as_str().replace('\n', " ");
        let doing = match view.connection {
            Connection::Coming => words.connecting,
            Connection::Lost => words.away,
            Connection::Up if view.granted.contains(&Capability::Control) => words.steers,
            Connection::Up if view.granted.contains(&Capability::Point) => words.points,
            Connection::Up => words.sees,
        };
        let minutes = now.saturating_duration_since(view.since).as_secs() / MINUTE.as_secs();
        let time = if minutes == 0 { words.just_now.to_owned() } else { format!("{minutes} {}", words.minutes) };
        Self {
            name: line(&view.name),
            company: line(&view.company),
            doing,
            time,
            lost: view.connection == Connection::Lost,
            chat: if view.unread { words.chat_new } else { words.chat },
        }
    }
}

/// How long the time on the bar stays as it is.
fn until_next_minute(since: Instant, now: Instant) -> Duration {
    let over = now.saturating_duration_since(since);
    MINUTE - Duration::from_secs(over.as_secs() % MINUTE.as_secs()) - Duration::from_nanos(over.subsec_nanos().into())
}

/// What the *Chat* button does.
pub type OpenChat = Rc<dyn Fn()>;

const STYLE: &[u8] = b"
window.deskhand-bar { background-color: #0f2b21; border-bottom: 3px solid #2fbf86; }
.deskhand-bar label { color: #e9f5ef; font-size: 15px; }
.deskhand-bar .name { font-weight: bold; }
.deskhand-bar .soft { color: #a9cfbf; }
.deskhand-bar .dot { color: #43d79b; font-size: 13px; }
.deskhand-bar.lost .dot { color: #f2bd63; }
.deskhand-bar.lost { border-bottom-color: #f2bd63; }
.deskhand-bar button { padding: 7px 16px; border-radius: 8px; border: 1px solid #3d6b58; background-image: none;
    background-color: #1a4433; box-shadow: none; text-shadow: none; }
.deskhand-bar button:hover { background-color: #235843; }
.deskhand-bar button:focus { outline: 2px solid #ffffff; outline-offset: 1px; }
.deskhand-bar button label { font-weight: bold; }
.deskhand-bar button.end { background-color: #d23b30; border-color: #e8665c; padding: 7px 22px; }
.deskhand-bar button.end:hover { background-color: #b52c23; }
.deskhand-bar button.end label { color: #ffffff; }
";

/// Follows what there is to show: makes the bar when there is something, and takes it away when there is nothing.
/// Belongs on the thread of GTK's main loop and ends with the sender of `views`.
pub async fn follow(
    mut views: watch::Receiver<Option<BarView>>,
    actions: UnboundedSender<Action>,
    chat: Option<OpenChat>,
) {
    let words = Language::of_the_system().bar();
    let mut bar: Option<Bar> = None;
    loop {
        let view = views.borrow_and_update().clone();
        match (view, &bar) {
            (None, _) => bar = None,
            (Some(view), Some(bar)) => bar.show(view),
            (Some(view), None) => bar = Some(Bar::new(view, words, actions.clone(), chat.clone())),
        }
        let minute = async {
            match &bar {
                Some(bar) => glib::timeout_future(bar.parts.stays()).await,
                None => std::future::pending().await,
            }
        };
        select! {
            changed = views.changed() => if changed.is_err() {
                return;
            },
            () = minute => if let Some(bar) = &bar {
                bar.parts.draw();
            },
        }
    }
}

/// The window and what changes in it.
struct Bar {
    window: gtk::Window,
    parts: Rc<Parts>,
    /// Tells a bar that is taken away from one that the customer closed.
    closing: Rc<Cell<bool>>,
}

struct Parts {
    window: gtk::Window,
    name: gtk::Label,
    company: gtk::Label,
    doing: gtk::Label,
    time: gtk::Label,
    chat: Option<gtk::Button>,
    words: &'static BarWords,
    view: RefCell<BarView>,
    drawn: RefCell<Option<Lines>>,
}

impl Bar {
    fn new(
        view: BarView,
        words: &'static BarWords,
        actions: UnboundedSender<Action>,
        open_chat: Option<OpenChat>,
    ) -> Self {
        let window = gtk::Window::new(gtk::WindowType::Toplevel);
        window.set_title(TITLE);
        window.set_decorated(false);
        window.set_resizable(false);
        window.set_keep_above(true);
        window.set_skip_pager_hint(true);
        window.set_skip_taskbar_hint(true);
        window.set_type_hint(gdk::WindowTypeHint::Utility);
        // It must not take the keyboard away from what is being typed into; a click or a window switch gives it.
        window.set_focus_on_map(false);
        window.stick();
        style(&window);

        let row = gtk::Box::new(gtk::Orientation::Horizontal, 12);
        row.set_margin_start(18);
        row.set_margin_end(10);
        row.set_margin_top(7);
        row.set_margin_bottom(7);
        let dot = label(&row, "dot", None);
        dot.set_text("\u{25cf}");
        let name = label(&row, "name", Some(28));
        let company = label(&row, "soft", Some(28));
        let doing = label(&row, "doing", Some(60));
        let time = label(&row, "soft", None);
        let chat = open_chat.map(|open| {
            let button = gtk::Button::with_mnemonic(words.chat);
            button.connect_clicked(move |_| open());
            row.pack_start(&button, false, false, 0);
            button
        });
        let end = gtk::Button::with_mnemonic(words.end);
        end.style_context().add_class("end");
        row.pack_start(&end, false, false, 0);
        window.add(&row);

        let closing = Rc::new(Cell::new(false));
        end.connect_clicked({
            let actions = actions.clone();
            move |_| drop(actions.send(Action::End))
        });
        window.connect_delete_event({
            let (actions, closing) = (actions.clone(), Rc::clone(&closing));
            move |_, _| {
                if closing.get() {
                    return glib::Propagation::Proceed;
                }
                drop(actions.send(Action::End));
                // It stays until the session has ended.
                glib::Propagation::Stop
            }
        });
        window.connect_destroy({
            let closing = Rc::clone(&closing);
            move |_| {
                if !closing.get() {
                    drop(actions.send(Action::End));
                }
            }
        });
        window.connect_window_state_event(|window, event| {
            if event.new_window_state().contains(gdk::WindowState::ICONIFIED) {
                window.deiconify();
            }
            glib::Propagation::Proceed
        });
        // Whoever takes it off the screen (other than this program) gets it back.
        window.connect_unmap_event({
            let closing = Rc::clone(&closing);
            move |window, _| {
                if !closing.get() {
                    let (window, closing) = (window.clone(), Rc::clone(&closing));
                    glib::idle_add_local_once(move || {
                        if let Some(window) = window.window().filter(|_| !closing.get()) {
                            // Another program may have destroyed it since: then the display's complaint about a window
                            // that is not there must not end the helper before it has said that the session is over.
                            gdk::error_trap_push();
                            window.show();
                            window.raise();
                            // A window manager forgets what it was told of a window that goes.
                            window.set_keep_above(true);
                            window.stick();
                            window.set_skip_pager_hint(true);
                            window.set_skip_taskbar_hint(true);
                            gdk::error_trap_pop_ignored();
                        }
                    });
                }
                glib::Propagation::Proceed
            }
        });
        window.connect_size_allocate(|window, size| place(window, size.width()));

        let parts = Rc::new(Parts {
            window: window.clone(),
            name,
            company,
            doing,
            time,
            chat,
            words,
            view: RefCell::new(view),
            drawn: RefCell::new(None),
        });
        parts.draw();
        row.show_all();
        end.grab_focus();
        window.show();
        Self { window, parts, closing }
    }

    fn show(&self, view: BarView) {
        self.parts.view.replace(view);
        self.parts.draw();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.closing.set(true);
        self.window.hide();
        self.window.close();
    }
}

impl Parts {
    /// How long nothing changes by itself. A little more, so that the next minute has begun for sure.
    fn stays(&self) -> Duration {
        until_next_minute(self.view.borrow().since, Instant::now()) + Duration::from_millis(20)
    }

    fn draw(&self) {
        let lines = Lines::at(&self.view.borrow(), self.words, Instant::now());
        let before = self.drawn.replace(Some(lines.clone()));
        if before.as_ref() == Some(&lines) {
            return;
        }
        // The same text again would be drawn again.
        let changed = |line: fn(&Lines) -> &str| before.as_ref().map(line) != Some(line(&lines));
        for (label, line) in [
            (&self.name, (|lines| &lines.name) as fn(&Lines) -> &str),
            (&self.company, |lines| &lines.company),
            (&self.doing, |lines| lines.doing),
            (&self.time, |lines| &lines.time),
        ] {
            if changed(line) {
                label.set_text(line(&lines));
            }
        }
        self.company.set_visible(!lines.company.trim().is_empty());
        let context = self.window.style_context();
        if lines.lost {
            context.add_class("lost")
        } else {
            context.remove_class("lost")
        }
        if let Some(chat) = self.chat.as_ref().filter(|_| changed(|lines| lines.chat)) {
            chat.set_label(lines.chat);
        }
    }
}

fn label(row: &gtk::Box, class: &str, max: Option<i32>) -> gtk::Label {
    let label = gtk::Label::new(None);
    label.style_context().add_class(class);
    if let Some(max) = max {
        label.set_ellipsize(pango::EllipsizeMode::End);
        label.set_max_width_chars(max);
    }
    row.pack_start(&label, false, false, 0);
    label
}

fn style(window: &gtk::Window) {
    window.style_context().add_class("deskhand-bar");
    let provider = gtk::CssProvider::new();
    if let Err(error) = provider.load_from_data(STYLE) {
        tracing::warn!(%error, "the bar has no style");
    }
    if let Some(screen) = gdk::Screen::default() {
        gtk::StyleContext::add_provider_for_screen(&screen, &provider, gtk::STYLE_PROVIDER_PRIORITY_APPLICATION);
    }
}

/// To the top, in the middle of the primary monitor.
fn place(window: &gtk::Window, width: i32) {
    let Some(display) = gdk::Display::default() else { return };
    let Some(monitor) = display.primary_monitor().or_else(|| display.monitor(0)) else { return };
    let area = monitor.workarea();
    window.move_(area.x() + (area.width() - width).max(0) / 2, area.y());
}

#[cfg(test)]
#[path = "bar_tests.rs"]
mod tests;
