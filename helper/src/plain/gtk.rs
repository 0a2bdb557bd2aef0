//! Puts what is decided on the screen, with GTK's own controls: readable by screen readers, used by keyboard, in the
//! desktop's colours and size of text.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

use anyhow::Context as _;
use gtk::{glib, pango, prelude::*};
use tokio::{select, sync::Notify};

use super::{Does, Item, Local, Screen, TITLE, of_package, screen, shape, words};
use crate::{
    bar,
    flags::PROGRAM,
    language::Language,
    view::{Action, Stage, View},
    window::{self, Wires},
};

/// Sizes in pixels of a screen of usual density.
const WIDTH: i32 = 520;
const HEIGHT: i32 = 640;
const MARGIN: i32 = 20;
const GAP: i32 = 10;
/// Between a box's text and what is said of it.
const CLOSE: i32 = 2;
/// As many buttons as stand beside each other.
const BESIDE: usize = 2;

const STYLE: &[u8] = b"
.deskhand-plain label { font-size: 12pt; }
.deskhand-plain label.title { font-size: 17pt; font-weight: bold; }
.deskhand-plain label.small { font-size: 10.5pt; }
.deskhand-plain label.problem { color: @error_color; font-weight: bold; }
.deskhand-plain button, .deskhand-plain entry { min-height: 36px; }
.deskhand-plain entry { font-size: 12pt; }
";

struct Window {
    window: gtk::Window,
    scroll: gtk::ScrolledWindow,
    panel: gtk::Box,
    below: gtk::Box,
    wires: Wires,
    local: RefCell<Local>,
    shown: RefCell<Screen>,
    /// What was typed, kept while the window shows something else.
    typed: RefCell<String>,
    /// Boxes by their place among the items.
    checks: RefCell<Vec<(usize, gtk::CheckButton)>>,
    buttons: RefCell<Vec<gtk::Button>>,
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
    context.spawn_local(bar::follow(wires.bar.clone(), wires.language.subscribe(), wires.actions.clone(), None));
    // A package may ask for a language to begin in.
    let wanted = wires.view.borrow().language;
    if let Some(language) = wanted {
        wires.language.send_replace(of_package(language));
    }
    let this = Window::open(wires);
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
        let below = gtk::Box::new(gtk::Orientation::Vertical, 0);
        let all = gtk::Box::new(gtk::Orientation::Vertical, 0);
        all.pack_start(&scroll, true, true, 0);
        all.pack_start(&below, false, false, 0);
        window.add(&all);
        let typed = wires.view.borrow().typed.clone();
        let this = Rc::new(Self {
            window,
            scroll,
            panel,
            below,
            typed: RefCell::new(typed),
            wires,
            local: RefCell::default(),
            shown: RefCell::default(),
            checks: RefCell::default(),
            buttons: RefCell::default(),
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
        {
            let mut local = self.local.borrow_mut();
            let question = view.question.as_ref().map(|question| question.id);
            if local.question != question {
                // What is checked never outlives its question.
                *local = Local { question, ..Local::default() };
                self.told.set(None);
            }
        }
        let next = screen(view, &self.local.borrow(), words::of(language));
        if *self.shown.borrow() != next {
            // What has the keyboard keeps it when a tick is set.
            if shape(&self.shown.borrow()) == shape(&next) {
                self.change(&next);
            } else {
                self.build(&next);
            }
            self.shown.replace(next);
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

    /// Ticks and captions only.
    fn change(&self, next: &Screen) {
        self.setting.set(true);
        for (at, check) in &*self.checks.borrow() {
            if let Some(Item::Check { on, enabled, .. }) = next.items.get(*at) {
                check.set_active(*on);
                check.set_sensitive(*enabled);
            }
        }
        self.setting.set(false);
        for (control, button) in self.buttons.borrow().iter().zip(&next.buttons) {
            control.set_label(&button.text);
            control.set_sensitive(button.enabled);
        }
    }

    /// Makes all controls anew.
    fn build(self: &Rc<Self>, next: &Screen) {
        self.checks.take();
        self.buttons.take();
        for old in self.panel.children() {
            self.panel.remove(&old);
        }
        for old in self.below.children() {
            self.below.remove(&old);
        }
        let mut entry = None;
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
                Item::Field { label: said } => {
                    let said = label(said, Some("small"));
                    self.panel.pack_start(&said, false, false, 0);
                    entry.insert(self.field(&said)).clone().upcast()
                }
            };
            made.set_margin_bottom(gap);
            self.panel.pack_start(&made, false, false, 0);
        }
        let beside = next.buttons.len() <= BESIDE;
        let direction = if beside { gtk::Orientation::Horizontal } else { gtk::Orientation::Vertical };
        let row = gtk::Box::new(direction, GAP);
        row.set_homogeneous(beside);
        row.set_border_width(MARGIN.unsigned_abs());
        self.below.pack_start(&row, false, false, 0);
        let (mut first, mut main) = (None, None);
        for (at, button) in next.buttons.iter().enumerate() {
            let control = gtk::Button::with_label(&button.text);
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
        match (&entry, main.as_ref().or(first.as_ref())) {
            (Some(entry), _) => {
                entry.grab_focus();
                entry.set_position(-1);
            }
            (None, Some(button)) => button.grab_focus(),
            (None, None) => {}
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

    fn field(self: &Rc<Self>, said: &gtk::Label) -> gtk::Entry {
        let entry = gtk::Entry::new();
        entry.set_text(&self.typed.borrow());
        entry.set_activates_default(true);
        said.set_mnemonic_widget(Some(&entry));
        entry.connect_changed({
            let this = Rc::downgrade(self);
            move |entry| {
                if let Some(this) = this.upgrade() {
                    this.typed.replace(entry.text().into());
                }
            }
        });
        entry
    }

    fn press(&self, at: usize) {
        let does =
            self.shown.borrow().buttons.get(at).filter(|button| button.enabled).map(|button| button.does.clone());
        if let Some(does) = does {
            self.act(does, false);
        }
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
        match does {
            Does::Say(Action::PickFolder) => {
                let language = *self.wires.language.borrow();
                window::pick_folder(Some(&self.window), language, self.wires.actions.clone());
            }
            Does::Say(action) => drop(self.wires.actions.send(action)),
            Does::Call => {
                let text = self.typed.borrow().clone();
                drop(self.wires.actions.send(Action::Call { text }));
            }
            Does::Check(capability) => {
                let unchecked = &mut self.local.borrow_mut().unchecked;
                if on {
                    unchecked.remove(&capability)
                } else {
                    unchecked.insert(capability)
                };
            }
            Does::MayReturn => self.local.borrow_mut().may_return = on,
            Does::Called(called) => self.local.borrow_mut().called = Some(called),
        }
        self.clicked.notify_one();
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
