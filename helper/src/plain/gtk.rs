//! Puts what is decided on the screen, with GTK's own controls: readable by screen readers, used by keyboard, in the
//! desktop's colours and size of text.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use anyhow::Context as _;
use gtk::{gdk, glib, pango, prelude::*};
use tokio::{
    select,
    sync::{Notify, watch},
};

use super::{Does, Entry, Item, Local, Screen, TITLE, act, of_package, screen, shape, words};
use crate::{
    bar,
    flags::PROGRAM,
    language::Language,
    view::{Action, Stage, View},
    window::{self, Wires},
};

/// Sizes in pixels of a screen of usual density.
const WIDTH: i32 = 520;
const HEIGHT: i32 = 720;
const MARGIN: i32 = 20;
const GAP: i32 = 10;
/// Between a box's text and what is said of it.
const CLOSE: i32 = 2;
/// The least height of what is only read, and the room around its text.
const LOG: i32 = 80;
const INSIDE: i32 = 8;

const STYLE: &[u8] = b"
.deskhand-plain label { font-size: 12pt; }
.deskhand-plain label.title { font-size: 17pt; font-weight: bold; }
.deskhand-plain label.small { font-size: 10.5pt; }
.deskhand-plain label.problem { color: @error_color; font-weight: bold; }
.deskhand-plain button, .deskhand-plain entry { min-height: 36px; }
.deskhand-plain entry, .deskhand-plain textview { font-size: 12pt; }
";

struct Window {
    window: gtk::Window,
    /// Says in which language all is written, and offers others.
    languages: gtk::Button,
    scroll: gtk::ScrolledWindow,
    panel: gtk::Box,
    below: gtk::Box,
    wires: Wires,
    local: RefCell<Local>,
    shown: RefCell<Screen>,
    /// Boxes, fields, buttons and what is only read, by their place among the items.
    checks: RefCell<Vec<(usize, gtk::CheckButton)>>,
    fields: RefCell<Vec<(usize, Entry, gtk::Entry)>>,
    presses: RefCell<Vec<(usize, gtk::Button)>>,
    logs: RefCell<Vec<(usize, gtk::TextView)>>,
    /// Those below.
    buttons: RefCell<Vec<gtk::Button>>,
    /// Up to which place he has had the chat before his eyes.
    seen: Cell<u32>,
    /// The question that stands in the window as soon as it is drawn.
    draws: Cell<Option<u32>>,
    /// The question that was told to be on the screen.
    told: Cell<Option<u32>>,
    /// Set while the program itself sets ticks.
    setting: Cell<bool>,
    closed: Cell<bool>,
    /// Something was clicked, or the window was closed.
    clicked: Notify,
}

/// Opens the window and runs until it is closed for good. Must be called on the main thread.
///
/// # Errors
///
/// When there is no display.
pub fn run(wires: Wires) -> anyhow::Result<()> {
    // Window managers and screen readers call the program by it.
    glib::set_prgname(Some(PROGRAM));
    gtk::init().context(window::NO_DISPLAY)?;
    let context = glib::MainContext::default();
    // A package may ask for a language to begin in.
    let wanted = wires.view.borrow().language;
    if let Some(language) = wanted {
        wires.language.send_replace(of_package(language));
    }
    let (bars, languages, actions) = (wires.bar.clone(), wires.language.subscribe(), wires.actions.clone());
    let this = Window::open(wires);
    let chat = {
        let this = Rc::downgrade(&this);
        move || {
            if let Some(this) = this.upgrade() {
                this.open_chat();
            }
        }
    };
    context.spawn_local(bar::follow(bars, languages, actions, Some(Rc::new(chat))));
    context.block_on(this.follow());
    this.closed.set(true);
    this.window.close();
    Ok(())
}

impl Window {
    fn open(wires: Wires) -> Rc<Self> {
        let window = gtk::Window::new(gtk::WindowType::Toplevel);
        window.set_title(TITLE);
        window.set_default_size(WIDTH, HEIGHT);
        window.set_position(gtk::WindowPosition::Center);
        window.style_context().add_class("deskhand-plain");
        bar::add_style(STYLE);
        let panel = gtk::Box::new(gtk::Orientation::Vertical, 0);
        panel.set_border_width(MARGIN.unsigned_abs());
        let scroll = gtk::ScrolledWindow::new(None::<&gtk::Adjustment>, None::<&gtk::Adjustment>);
        scroll.set_policy(gtk::PolicyType::Never, gtk::PolicyType::Automatic);
        scroll.add(&panel);
        // Whatever has the keyboard is in sight.
        panel.set_focus_vadjustment(&scroll.vadjustment());
        let below = gtk::Box::new(gtk::Orientation::Vertical, 0);
        let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
        let languages = gtk::Button::new();
        languages.set_halign(gtk::Align::End);
        languages.set_margin_top(GAP);
        // Both, as lines may begin on the other side later.
        languages.set_margin_start(MARGIN);
        languages.set_margin_end(MARGIN);
        all.pack_start(&languages, false, false, 0);
        all.pack_start(&scroll, true, true, 0);
        all.pack_start(&below, false, false, 0);
        window.add(&all);
        let typed = wires.view.borrow().typed.clone();
        let this = Rc::new(Self {
            window,
            languages,
            scroll,
            panel,
            below,
            wires,
            local: RefCell::new(Local::begun(typed)),
            shown: RefCell::default(),
            checks: RefCell::default(),
            fields: RefCell::default(),
            presses: RefCell::default(),
            logs: RefCell::default(),
            buttons: RefCell::default(),
            seen: Cell::new(0),
            draws: Cell::new(None),
            told: Cell::new(None),
            setting: Cell::new(false),
            closed: Cell::new(false),
            clicked: Notify::new(),
        });
        this.window.connect_delete_event({
            let this = Rc::downgrade(&this);
            move |_, _| match this.upgrade() {
                Some(this) if !this.closes() => glib::Propagation::Stop,
                _ => glib::Propagation::Proceed,
            }
        });
        this.languages.connect_clicked({
            let language = this.wires.language.clone();
            move |button| offer(button, &language)
        });
        // Whatever makes the room smaller.
        this.scroll.vadjustment().connect_changed({
            let this = Rc::downgrade(&this);
            move |all| {
                let field = this.upgrade().and_then(|this| this.field_of(Entry::Chat));
                if field.is_some_and(|field| field.is_focus()) {
                    all.set_value(all.upper());
                }
            }
        });
        this.scroll.vadjustment().connect_value_changed({
            let this = Rc::downgrade(&this);
            move |_| {
                if let Some(this) = this.upgrade() {
                    this.clicked.notify_one();
                }
            }
        });
        this.window.connect_is_active_notify({
            let this = Rc::downgrade(&this);
            move |_| {
                if let Some(this) = this.upgrade() {
                    this.clicked.notify_one();
                }
            }
        });
        this.window.connect_draw({
            let this = Rc::downgrade(&this);
            move |_, _| {
                if let Some(this) = this.upgrade()
                    && let Some(question) = this.draws.take()
                {
                    // Once this is over, it stands on the screen.
                    glib::idle_add_local_once(move || this.tell(question));
                }
                glib::Propagation::Proceed
            }
        });
        this
    }

    /// Shows what there is to show, until there is nothing more or the window is closed.
    async fn follow(self: &Rc<Self>) {
        let mut views = self.wires.view.clone();
        let mut languages = self.wires.language.subscribe();
        let mut stage = None;
        loop {
            let view = Arc::clone(&views.borrow_and_update());
            let language = *languages.borrow_and_update();
            bar::write_as_in(language);
            self.show(&view, language);
            if stage != Some(view.stage) {
                stage = Some(view.stage);
                self.move_to_front(view.stage);
            }
            select! {
                changed = views.changed() => if changed.is_err() {
                    return;
                },
                _ = languages.changed() => {}
                () = self.wires.raise.notified() => self.to_the_front(),
                () = self.clicked.notified() => if self.closed.get() {
                    return;
                },
            }
        }
    }

    /// Shows a state of the call, if it is another one.
    fn show(self: &Rc<Self>, view: &View, language: Language) {
        if self.local.borrow_mut().turn_to(view.question.as_ref().map(|question| question.id)) {
            self.told.set(None);
        }
        let words = words::of(language);
        let says = format!("{}: {}", words.tools.language, language.own_name());
        if self.languages.label().is_none_or(|shown| shown.as_str() != says) {
            self.languages.set_label(&says);
        }
        let next = screen(view, &self.local.borrow(), words);
        if *self.shown.borrow() != next {
            // What has the keyboard keeps it when a tick is set.
            if shape(&self.shown.borrow()) == shape(&next) {
                self.change(&next);
            } else {
                self.build(&next);
            }
            self.shown.replace(next);
        }
        let theirs = self.shown.borrow().theirs;
        let looks = self.window.is_active() && self.shows_log();
        if looks && theirs > self.seen.get() {
            drop(self.wires.actions.send(Action::ChatSeen { up_to: theirs }));
        }
        if looks || theirs < self.seen.get() {
            self.seen.set(theirs);
        }
        let question = self.shown.borrow().shows;
        if question.is_some() && self.told.get() != question {
            self.draws.set(question);
            self.window.queue_draw();
        }
    }

    /// A question is on the screen.
    fn tell(&self, question: u32) {
        if self.shown.borrow().shows == Some(question) && self.told.replace(Some(question)) != Some(question) {
            drop(self.wires.actions.send(Action::ConsentShown { question }));
        }
    }

    /// Ticks, captions and what stands in fields only.
    fn change(&self, next: &Screen) {
        self.setting.set(true);
        for (at, check) in &*self.checks.borrow() {
            if let Some(Item::Check { on, enabled, .. }) = next.items.get(*at) {
                check.set_active(*on);
                check.set_sensitive(*enabled);
            }
        }
        for (at, _, field) in &*self.fields.borrow() {
            if let Some(Item::Field { text, .. }) = next.items.get(*at)
                && field.text().as_str() != text
            {
                field.set_text(text);
            }
        }
        self.setting.set(false);
        for (at, press) in &*self.presses.borrow() {
            if let Some(Item::Press { enabled, .. }) = next.items.get(*at) {
                press.set_sensitive(*enabled);
            }
        }
        for (at, log) in &*self.logs.borrow() {
            if let Some(Item::Log { text, .. }) = next.items.get(*at) {
                write(log, text);
            }
        }
        for (control, button) in self.buttons.borrow().iter().zip(&next.buttons) {
            control.set_label(&button.text);
            wrap(control);
            control.set_sensitive(button.enabled);
        }
    }

    /// Makes all controls anew.
    fn build(self: &Rc<Self>, next: &Screen) {
        let held = self.fields.borrow().iter().find(|(.., field)| field.has_focus()).map(|(_, entry, field)| {
            // Where he writes.
            (*entry, field.position())
        });
        let chooses = next.shows.is_none() && self.window.focused_widget().is_some_and(|focus| focus == self.languages);
        self.checks.take();
        self.fields.take();
        self.presses.take();
        self.logs.take();
        self.buttons.take();
        for old in self.panel.children() {
            self.panel.remove(&old);
        }
        for old in self.below.children() {
            self.below.remove(&old);
        }
        for (at, item) in next.items.iter().enumerate() {
            let gap = if matches!(item, Item::Check { .. }) { CLOSE } else { GAP };
            let made: gtk::Widget = match item {
                Item::Title(text) => label(text, Some("title")).upcast(),
                Item::Text(text) => label(text, None).upcast(),
                Item::Small(text) => label(text, Some("small")).upcast(),
                Item::Problem(text) => label(text, Some("problem")).upcast(),
                Item::Check { text, on, enabled, .. } => {
                    let more = match next.items.get(at + 1) {
                        Some(Item::Small(more)) => more,
                        _ => "",
                    };
                    self.check(at, text, more, (*on, *enabled)).upcast()
                }
                Item::Field { label: said, entry, text, does } => {
                    let said = label(said, Some("small"));
                    self.panel.pack_start(&said, false, false, 0);
                    self.field(at, &said, *entry, text, does).upcast()
                }
                Item::Press { text, enabled, .. } => self.pressed(at, text, *enabled).upcast(),
                Item::Log { label: said, text } => {
                    let said = label(said, Some("small"));
                    self.panel.pack_start(&said, false, false, 0);
                    self.log(at, &said, text).upcast()
                }
            };
            made.set_margin_bottom(gap);
            // What is only read takes the room that is left.
            let grows = matches!(item, Item::Log { .. });
            self.panel.pack_start(&made, grows, grows, 0);
        }
        let rows = gtk::Box::new(gtk::Orientation::Vertical, GAP);
        rows.set_border_width(MARGIN.unsigned_abs());
        self.below.pack_start(&rows, false, false, 0);
        let beside = next.rows.beside(next.buttons.len());
        let mut row = gtk::Box::new(gtk::Orientation::Horizontal, GAP);
        let (mut first, mut main) = (None, None);
        for (at, button) in next.buttons.iter().enumerate() {
            if at % beside == 0 {
                row = gtk::Box::new(gtk::Orientation::Horizontal, GAP);
                row.set_homogeneous(true);
                rows.pack_start(&row, false, false, 0);
            }
            let control = gtk::Button::with_label(&button.text);
            wrap(&control);
            control.set_sensitive(button.enabled);
            control.connect_clicked({
                let this = Rc::downgrade(self);
                move |_| {
                    if let Some(this) = this.upgrade() {
                        this.press(at);
                    }
                }
            });
            if button.main {
                control.style_context().add_class("suggested-action");
                control.set_can_default(true);
                main = Some(control.clone());
            }
            if first.is_none() || matches!(button.does, Does::Say(Action::Deny { .. })) {
                first = Some(control.clone());
            }
            row.pack_start(&control, true, true, 0);
            self.buttons.borrow_mut().push(control);
        }
        self.window.show_all();
        self.scroll.vadjustment().set_value(0.0);
        if let Some(main) = &main {
            main.grab_default();
        }
        if let Some((entry, position)) = held
            && let Some(field) = self.field_of(entry)
        {
            field.grab_focus_without_selecting();
            field.set_position(position);
            self.show_last(entry);
        } else if chooses {
            // Nothing takes the keyboard from who chooses his language.
        } else if let Some(field) = next.begins.and_then(|entry| self.field_of(entry)) {
            field.grab_focus();
            field.set_position(-1);
        } else if let Some(button) = main.or(first) {
            button.grab_focus();
        }
    }

    /// Whether what is only read is in the part of the panel that is in sight.
    fn shows_log(&self) -> bool {
        let height = self.scroll.allocated_height();
        let logs = self.logs.borrow();
        let around = logs.iter().filter_map(|(_, log)| log.parent());
        let mut tops = around.filter_map(|log| Some((log.translate_coordinates(&self.scroll, 0, 0)?.1, log)));
        tops.any(|(top, log)| top < height && top + log.allocated_height() > 0)
    }

    fn field_of(&self, entry: Entry) -> Option<gtk::Entry> {
        self.fields.borrow().iter().find(|(_, known, _)| *known == entry).map(|(.., field)| field.clone())
    }

    /// The chat is the last thing of a screen: whoever writes in it sees it, as soon as it has its place.
    fn show_last(&self, entry: Entry) {
        if entry == Entry::Chat {
            let all = self.scroll.vadjustment();
            glib::idle_add_local_once(move || all.set_value(all.upper()));
        }
    }

    fn check(self: &Rc<Self>, at: usize, text: &str, more: &str, (on, enabled): (bool, bool)) -> gtk::CheckButton {
        let check = gtk::CheckButton::new();
        check.add(&label(text, None));
        check.set_active(on);
        check.set_sensitive(enabled);
        if let Some(read) = check.accessible() {
            read.set_name(text);
            read.set_description(more);
        }
        check.connect_toggled({
            let this = Rc::downgrade(self);
            move |check| {
                if let Some(this) = this.upgrade().filter(|this| !this.setting.get()) {
                    this.tick(at, check.is_active());
                }
            }
        });
        self.checks.borrow_mut().push((at, check.clone()));
        check
    }

    fn field(self: &Rc<Self>, at: usize, said: &gtk::Label, entry: Entry, text: &str, does: &Does) -> gtk::Entry {
        let field = gtk::Entry::new();
        field.set_text(text);
        field.set_max_length(entry.longest().into());
        name(&field, said);
        field.connect_changed({
            let this = Rc::downgrade(self);
            move |field| {
                if let Some(this) = this.upgrade() {
                    *this.local.borrow_mut().written.of(entry) = field.text().into();
                    this.clicked.notify_one();
                }
            }
        });
        field.connect_activate({
            let (this, does) = (Rc::downgrade(self), does.clone());
            move |_| {
                if let Some(this) = this.upgrade() {
                    this.act(does.clone(), false);
                }
            }
        });
        self.fields.borrow_mut().push((at, entry, field.clone()));
        field
    }

    /// A button among the rest.
    fn pressed(self: &Rc<Self>, at: usize, text: &str, enabled: bool) -> gtk::Button {
        let button = gtk::Button::with_label(text);
        button.set_sensitive(enabled);
        wrap(&button);
        button.connect_clicked({
            let this = Rc::downgrade(self);
            move |_| {
                if let Some(this) = this.upgrade() {
                    this.press_item(at);
                }
            }
        });
        self.presses.borrow_mut().push((at, button.clone()));
        button
    }

    /// What is only read, the latest in sight.
    fn log(self: &Rc<Self>, at: usize, said: &gtk::Label, text: &str) -> gtk::ScrolledWindow {
        let log = gtk::TextView::new();
        log.set_editable(false);
        log.set_cursor_visible(false);
        // The Tab key goes on.
        log.set_accepts_tab(false);
        log.set_wrap_mode(gtk::WrapMode::WordChar);
        log.set_left_margin(INSIDE);
        log.set_right_margin(INSIDE);
        name(&log, said);
        let scroll = gtk::ScrolledWindow::new(None::<&gtk::Adjustment>, None::<&gtk::Adjustment>);
        scroll.set_policy(gtk::PolicyType::Never, gtk::PolicyType::Automatic);
        scroll.set_shadow_type(gtk::ShadowType::In);
        scroll.set_min_content_height(LOG);
        scroll.add(&log);
        // Whether it is in sight is known once it has its place.
        scroll.connect_size_allocate({
            let this = Rc::downgrade(self);
            move |_, _| {
                if let Some(this) = this.upgrade() {
                    this.clicked.notify_one();
                }
            }
        });
        write(&log, text);
        self.logs.borrow_mut().push((at, log));
        scroll
    }

    fn press(&self, at: usize) {
        let does =
            self.shown.borrow().buttons.get(at).filter(|button| button.enabled).map(|button| button.does.clone());
        if let Some(does) = does {
            self.act(does, false);
        }
    }

    fn press_item(&self, at: usize) {
        let does = match self.shown.borrow().items.get(at) {
            Some(Item::Press { does, enabled: true, .. }) => does.clone(),
            _ => return,
        };
        self.act(does, false);
    }

    fn tick(&self, at: usize, on: bool) {
        let does = match self.shown.borrow().items.get(at) {
            Some(Item::Check { does, .. }) => does.clone(),
            _ => return,
        };
        self.act(does, on);
    }

    /// What a click does; `on` is of use for boxes alone.
    fn act(&self, does: Does, on: bool) {
        // Its button cannot be used now, and the next message comes from the same place.
        let writes = (does == Does::Chat).then(|| self.field_of(Entry::Chat)).flatten();
        let told = act(&mut self.local.borrow_mut(), does, on);
        match told {
            Some(Action::PickFolder) => {
                let language = *self.wires.language.borrow();
                window::pick_folder(Some(&self.window), language, self.wires.actions.clone());
            }
            Some(action) => drop(self.wires.actions.send(action)),
            None => {}
        }
        if let Some(field) = writes {
            field.grab_focus();
        }
        self.clicked.notify_one();
    }

    /// He wants to read or write in the chat.
    fn open_chat(&self) {
        self.to_the_front();
        if let Some(field) = self.field_of(Entry::Chat) {
            field.grab_focus();
            self.show_last(Entry::Chat);
        }
        drop(self.wires.actions.send(Action::ChatOpened));
    }

    fn to_the_front(&self) {
        self.window.deiconify();
        self.window.present();
    }

    /// Where the customer needs it.
    fn move_to_front(&self, stage: Stage) {
        self.window.set_keep_above(stage == Stage::Asking);
        match stage {
            // Out of the way: the bar says the rest.
            Stage::Live => self.window.iconify(),
            Stage::Asking | Stage::Ended { .. } => self.to_the_front(),
            _ => {}
        }
    }

    /// The customer closes the window. Whether it goes.
    fn closes(&self) -> bool {
        if self.closed.get() {
            return true;
        }
        let stage = self.wires.view.borrow().stage;
        match stage {
            // The bar stays, and is the way to end.
            Stage::Connecting | Stage::Live | Stage::Away => {
                self.window.iconify();
                false
            }
            Stage::Asking => {
                drop(self.wires.actions.send(Action::WindowLost));
                false
            }
            _ => {
                self.closed.set(true);
                self.clicked.notify_one();
                true
            }
        }
    }
}

/// A text of any length. What others have written is text, and nothing else.
fn label(text: &str, class: Option<&str>) -> gtk::Label {
    let label = gtk::Label::new(Some(text));
    label.set_line_wrap(true);
    label.set_line_wrap_mode(pango::WrapMode::WordChar);
    label.set_xalign(0.0);
    if let Some(class) = class {
        label.style_context().add_class(class);
    }
    label
}

/// Lets a long caption have several lines.
fn wrap(button: &gtk::Button) {
    if let Some(label) = button.child().and_then(|child| child.downcast::<gtk::Label>().ok()) {
        label.set_line_wrap(true);
        label.set_line_wrap_mode(pango::WrapMode::WordChar);
        label.set_justify(gtk::Justification::Center);
    }
}

/// What is said of a control when it is read out.
fn name(control: &impl IsA<gtk::Widget>, said: &gtk::Label) {
    said.set_mnemonic_widget(Some(control));
    if let Some(read) = control.accessible() {
        read.set_name(&said.text());
    }
}

/// Writes into what is only read, and shows its end.
fn write(log: &gtk::TextView, text: &str) {
    let Some(buffer) = log.buffer() else { return };
    let (start, end) = buffer.bounds();
    if buffer.text(&start, &end, true).is_some_and(|shown| shown.as_str() == text) {
        return;
    }
    buffer.set_text(text);
    if let Some(mark) = buffer.create_mark(None, &buffer.end_iter(), false) {
        log.scroll_to_mark(&mark, 0.0, false, 0.0, 1.0);
    }
}

/// Opens the list of languages below its button, each by its own name.
fn offer(button: &gtk::Button, chosen: &watch::Sender<Language>) {
    let menu = gtk::Menu::new();
    // The button keeps it while it is open.
    menu.set_attach_widget(Some(button));
    menu.connect_deactivate(|menu| menu.detach());
    let mut now = None;
    for language in Language::ALL {
        let item = gtk::CheckMenuItem::with_label(language.own_name());
        item.set_draw_as_radio(true);
        item.set_active(*chosen.borrow() == language);
        item.connect_activate({
            let chosen = chosen.clone();
            move |_| {
                chosen.send_replace(language);
            }
        });
        menu.append(&item);
        if *chosen.borrow() == language {
            now = Some(item);
        }
    }
    menu.show_all();
    menu.popup_at_widget(button, gdk::Gravity::SouthEast, gdk::Gravity::NorthEast, None);
    if let Some(now) = now {
        menu.select_item(&now);
    }
}
