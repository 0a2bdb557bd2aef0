//! The bar on top of everything while a technician is let in: who he is, what he may do, *Pause* and *End session*.
//!
//! A native window, so that it stands without a webview and costs nothing: it is drawn when what it says changes, for
//! the time alone once a minute. There is no call without it: if it is closed or destroyed, the session ends; while it
//! cannot be seen, mouse and keyboard stop (`watch`).
//!
//! What it says is decided by `lines`, which is told the time; the rest puts it on the screen.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use deskhand_protocol::call::control::Stopped;
use gtk::{gdk, glib, pango, prelude::*};
use tokio::{
    select,
    sync::{mpsc::UnboundedSender, watch as values},
    time::Instant,
};

use crate::{language::Language, view::Action};

mod cover;
mod lines;
mod menu;
mod view;
mod watch;

use lines::{Lines, until_next_minute};
pub use view::{BarView, Connection};

/// The title by which window managers and tests find it.
pub const TITLE: &str = "Deskhand bar";

/// What the *Chat* button does.
pub type OpenChat = Rc<dyn Fn()>;

const STYLE: &[u8] = b"
window.deskhand-bar { background-color: #0f2b21; border-bottom: 3px solid #2fbf86; }
.deskhand-bar label { color: #e9f5ef; font-size: 15px; }
.deskhand-bar label.name { font-weight: bold; font-size: 16px; }
.deskhand-bar label.below { color: #c9e3d7; font-size: 13px; }
.deskhand-bar.stopped label.below { color: #f2bd63; font-weight: bold; }
.deskhand-bar .soft { color: #a9cfbf; }
.deskhand-bar .dot { color: #43d79b; font-size: 13px; }
.deskhand-bar.stopped .dot { color: #f2bd63; }
.deskhand-bar.stopped { border-bottom-color: #f2bd63; }
.deskhand-bar button { padding: 7px 16px; border-radius: 8px; border: 1px solid #3d6b58; background-image: none;
    background-color: #1a4433; box-shadow: none; text-shadow: none; }
.deskhand-bar button:hover { background-color: #235843; }
.deskhand-bar button:focus { outline: 2px solid #ffffff; outline-offset: 1px; }
.deskhand-bar button label { font-weight: bold; }
.deskhand-bar button:disabled { background-color: #143628; }
.deskhand-bar button:disabled label { color: #c9e3d7; }
.deskhand-bar button.end { background-color: #d23b30; border-color: #e8665c; padding: 7px 22px; }
.deskhand-bar button.end:hover { background-color: #b52c23; }
.deskhand-bar button.end label { color: #ffffff; }
.deskhand-bar button.end label.keys { font-weight: normal; font-size: 12px; }
";

/// Follows what there is to show: makes the bar when there is something, and takes it away when there is nothing.
/// Belongs on the thread of GTK's main loop and ends with the sender of `views`.
pub async fn follow(
    mut views: values::Receiver<Option<BarView>>,
    mut languages: values::Receiver<Language>,
    actions: UnboundedSender<Action>,
    chat: Option<OpenChat>,
) {
    let mut bar: Option<Bar> = None;
    loop {
        let view = views.borrow_and_update().clone();
        let language = *languages.borrow_and_update();
        write_as_in(language);
        match (view, &bar) {
            (None, _) => bar = None,
            (Some(view), Some(bar)) => bar.show(view, language),
            (Some(view), None) => bar = Some(Bar::new(view, language, actions.clone(), chat.clone())),
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
            changed = languages.changed() => if changed.is_err() {
                return;
            },
            () = minute => if let Some(bar) = &bar {
                bar.parts.draw();
            },
        }
    }
}

/// Lets all windows begin their lines where a language begins them.
pub(crate) fn write_as_in(language: Language) {
    let direction = if language.is_right_to_left() { gtk::TextDirection::Rtl } else { gtk::TextDirection::Ltr };
    gtk::Widget::set_default_direction(direction);
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
    says: gtk::Label,
    name: gtk::Label,
    company: gtk::Label,
    below: gtk::Label,
    may: gtk::Button,
    pause: gtk::Button,
    chat: Option<gtk::Button>,
    call: gtk::Button,
    end: gtk::Label,
    end_keys: gtk::Label,
    language: Rc<Cell<Language>>,
    view: Rc<RefCell<BarView>>,
    drawn: RefCell<Option<Lines>>,
}

impl Bar {
    fn new(view: BarView, language: Language, actions: UnboundedSender<Action>, open_chat: Option<OpenChat>) -> Self {
        let words = language.bar();
        let language = Rc::new(Cell::new(language));
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

        let row = gtk::Box::new(gtk::Orientation::Horizontal, 10);
        row.set_margin_start(16);
        row.set_margin_end(10);
        row.set_margin_top(5);
        row.set_margin_bottom(5);
        let dot = label(&row, "dot", None);
        dot.set_text("\u{25cf}");
        let text = gtk::Box::new(gtk::Orientation::Vertical, 0);
        text.set_valign(gtk::Align::Center);
        let first = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        let says = label(&first, "soft", None);
        let name = label(&first, "name", Some(24));
        let company = label(&first, "soft", Some(24));
        text.pack_start(&first, false, false, 0);
        let below = label(&text, "below", Some(72));
        below.set_xalign(0.0);
        row.pack_start(&text, false, false, 4);

        let shared = Rc::new(RefCell::new(view));
        let may = gtk::Button::with_mnemonic(words.may);
        may.connect_clicked({
            let (actions, shared, language) = (actions.clone(), Rc::clone(&shared), Rc::clone(&language));
            move |button| menu::open(button, &shared.borrow().standing, language.get().bar(), &actions)
        });
        row.pack_start(&may, false, false, 0);
        let pause = gtk::Button::with_mnemonic(words.pause);
        pause.connect_clicked({
            let (actions, shared) = (actions.clone(), Rc::clone(&shared));
            move |_| {
                let paused = shared.borrow().standing.stopped == Some(Stopped::Paused);
                drop(actions.send(if paused { Action::Resume } else { Action::Pause }));
            }
        });
        row.pack_start(&pause, false, false, 0);
        let chat = open_chat.map(|open| {
            let button = gtk::Button::with_mnemonic(words.chat);
            button.connect_clicked(move |_| open());
            row.pack_start(&button, false, false, 0);
            button
        });
        let call = gtk::Button::with_mnemonic(words.call);
        call.connect_clicked({
            let actions = actions.clone();
            move |_| drop(actions.send(Action::Attention))
        });
        row.pack_start(&call, false, false, 0);
        let end = gtk::Button::new();
        end.style_context().add_class("end");
        let lines = gtk::Box::new(gtk::Orientation::Vertical, 0);
        let caption = gtk::Label::with_mnemonic(words.end);
        caption.set_mnemonic_widget(Some(&end));
        lines.pack_start(&caption, false, false, 0);
        let end_keys = label(&lines, "keys", None);
        end_keys.set_text(words.end_keys);
        end.add(&lines);
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
            let (actions, closing) = (actions.clone(), Rc::clone(&closing));
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
            says,
            name,
            company,
            below,
            may,
            pause,
            chat,
            call,
            end: caption,
            end_keys,
            language,
            view: shared,
            drawn: RefCell::new(None),
        });
        parts.draw();
        row.show_all();
        parts.hide_empty();
        end.grab_focus();
        window.show();
        let watched = window
            .window()
            .and_then(|window| window.downcast::<gdkx11::X11Window>().ok())
            .map(|window| watch::start(u32::try_from(window.xid()).unwrap_or(0), actions));
        if let Some(Err(error)) = watched {
            tracing::warn!(%error, "nobody can say whether the bar is seen");
        }
        Self { window, parts, closing }
    }

    fn show(&self, view: BarView, language: Language) {
        self.parts.view.replace(view);
        self.parts.speak(language);
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

    /// What `draw` does not set anew.
    fn speak(&self, language: Language) {
        if self.language.replace(language) == language {
            return;
        }
        let words = language.bar();
        self.may.set_label(words.may);
        self.end.set_text_with_mnemonic(words.end);
        self.end_keys.set_text(words.end_keys);
    }

    fn draw(&self) {
        let lines = Lines::at(&self.view.borrow(), self.language.get().bar(), Instant::now());
        let before = self.drawn.replace(Some(lines.clone()));
        if before.as_ref() == Some(&lines) {
            return;
        }
        // The same text again would be drawn again.
        let changed = |line: fn(&Lines) -> &str| before.as_ref().map(line) != Some(line(&lines));
        for (label, line) in [
            (&self.says, (|lines| lines.says) as fn(&Lines) -> &str),
            (&self.name, |lines| &lines.name),
            (&self.company, |lines| &lines.company),
            (&self.below, |lines| &lines.below),
        ] {
            if changed(line) {
                label.set_text(line(&lines));
            }
        }
        // Each of several names is to be read.
        self.name.set_max_width_chars(if self.view.borrow().others.is_empty() { 24 } else { 56 });
        self.hide_empty();
        let context = self.window.style_context();
        if lines.stopped {
            context.add_class("stopped");
        } else {
            context.remove_class("stopped");
        }
        if changed(|lines| lines.pause) {
            self.pause.set_label(lines.pause);
        }
        if changed(|lines| lines.call) {
            self.call.set_label(lines.call);
        }
        self.call.set_sensitive(lines.may_call);
        if let Some(chat) = self.chat.as_ref().filter(|_| changed(|lines| lines.chat)) {
            chat.set_label(lines.chat);
        }
    }

    /// A label without text would still take its space.
    fn hide_empty(&self) {
        for label in [&self.says, &self.company] {
            label.set_visible(!label.text().trim().is_empty());
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
    add_style(STYLE);
}

/// Gives all windows a style.
pub(crate) fn add_style(style: &[u8]) {
    let provider = gtk::CssProvider::new();
    if let Err(error) = provider.load_from_data(style) {
        tracing::warn!(%error, "a window has no style");
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
mod tests;
