//! The bar on top of everything while a technician is let in: who he is, what he may do, *Pause* and *End session*. Of a
//! Mac's own controls, on the main thread as all windows are.
//!
//! There is no call without it: while it cannot be seen, mouse and keyboard stop. It counts as hidden when it is not on
//! the screen, or when more than a quarter of it lies behind windows of others or outside of the screen. It stands on
//! every space, also above a program that fills the screen, and does not go when the program is hidden.
//!
//! What it says is decided by `lines`, which is told the time; the rest puts it on the screen.
//!
//! Written by Apple's documentation and checked by the compiler; it has not run yet.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::Duration,
};

use deskhand_protocol::{call::control::Stopped, capability::Capability};
use objc2::{
    DefinedClass, MainThreadMarker, MainThreadOnly, define_class, msg_send,
    rc::Retained,
    runtime::{AnyObject, NSObject, NSObjectProtocol},
    sel,
};
use objc2_app_kit::{
    NSAppearance, NSAppearanceCustomization as _, NSAppearanceNameDarkAqua, NSBackingStoreType, NSButton, NSColor,
    NSControlStateValueOff, NSControlStateValueOn, NSFont, NSLineBreakMode, NSMenu, NSMenuItem, NSPanel, NSScreen,
    NSTextField, NSView, NSWindowCollectionBehavior, NSWindowStyleMask,
};
use objc2_foundation::{NSPoint, NSRect, NSSize, NSString, ns_string};
use tokio::{
    select,
    sync::{mpsc::UnboundedSender, watch as values},
    time::{Instant, sleep},
};

use crate::{language::Language, mac::on_main, view::Action};

mod cover;
mod keys;
mod lines;
mod sight;
mod view;

use lines::Lines;
use sight::Sight;
pub use view::{BarView, Connection};

/// The title by which it can be found.
pub const TITLE: &str = "Deskhand bar";

/// What the *Chat* button does.
pub type OpenChat = Arc<dyn Fn() + Send + Sync>;

/// How often it is looked at whether the bar is seen, and whether the time on it has changed.
const WATCH: Duration = Duration::from_millis(250);
/// `NSScreenSaverWindowLevel`: above everything but what the system itself covers the screen with.
const LEVEL: isize = 1_000;

/// Numbers of the buttons.
const MAY: isize = 101;
const PAUSE: isize = 102;
const CHAT: isize = 103;
const CALL: isize = 104;
const END: isize = 105;

/// Sizes in points.
const HEIGHT: f64 = 56.0;
const BORDER: f64 = 3.0;
const MARGIN: f64 = 14.0;
const GAP: f64 = 8.0;
/// The widest text.
const TEXT: f64 = 520.0;

const BACKGROUND: u32 = 0x000f_2b21;
const LINE: u32 = 0x002f_bf86;
const STOPPED: u32 = 0x00f2_bd63;
const INK: u32 = 0x00e9_f5ef;
const SOFT: u32 = 0x00c9_e3d7;
const END_COLOUR: u32 = 0x00d2_3b30;

thread_local! {
    /// On the main thread: the one that stands.
    static BAR: RefCell<Option<Bar>> = const { RefCell::new(None) };
}

/// Shows what there is to show, on the main thread, until nobody sends `views` any more.
pub async fn follow(
    mut views: values::Receiver<Option<BarView>>,
    mut languages: values::Receiver<Language>,
    actions: UnboundedSender<Action>,
    chat: Option<OpenChat>,
) {
    loop {
        let view = views.borrow_and_update().clone();
        let language = *languages.borrow_and_update();
        let stands = view.is_some();
        let (actions, chat) = (actions.clone(), chat.clone());
        on_main(move |main| {
            BAR.with_borrow_mut(|bar| match (view, bar.as_ref()) {
                (None, _) => *bar = None,
                (Some(view), Some(shown)) => shown.show(view, language),
                (Some(view), None) => *bar = Some(Bar::new(main, view, language, actions, chat)),
            });
        });
        loop {
            select! {
                changed = views.changed() => {
                    if changed.is_err() {
                        on_main(|_| BAR.set(None));
                        return;
                    }
                    break;
                }
                changed = languages.changed() => {
                    if changed.is_err() {
                        on_main(|_| BAR.set(None));
                        return;
                    }
                    break;
                }
                () = sleep(WATCH), if stands => on_main(|_| BAR.with_borrow(|bar| bar.iter().for_each(Bar::look))),
            }
        }
    }
}

/// What the buttons work with.
struct Ivars {
    actions: UnboundedSender<Action>,
    chat: Option<OpenChat>,
    view: RefCell<BarView>,
    language: Cell<Language>,
    drawn: RefCell<Option<Lines>>,
    /// What stands in the menu.
    listed: RefCell<Vec<Capability>>,
}

define_class!(
    /// Hears of clicks.
    // SAFETY: its superclass asks nothing of it, and it has no `Drop` of its own.
    #[unsafe(super(NSObject))]
    #[thread_kind = MainThreadOnly]
    #[name = "DeskhandBarTarget"]
    #[ivars = Ivars]
    struct Target;

    // SAFETY: it has the methods that it inherits.
    unsafe impl NSObjectProtocol for Target {}

    impl Target {
        #[unsafe(method(clicked:))]
        fn clicked(&self, button: &NSButton) {
            self.click(button);
        }

        #[unsafe(method(chosen:))]
        fn chosen(&self, item: &NSMenuItem) {
            self.choose(item.tag());
        }
    }
);

impl Target {
    fn new(main: MainThreadMarker, ivars: Ivars) -> Retained<Self> {
        let this = Self::alloc(main).set_ivars(ivars);
        // SAFETY: the superclass begins like this.
        unsafe { msg_send![super(this), init] }
    }

    fn say(&self, action: Action) {
        drop(self.ivars().actions.send(action));
    }

    fn click(&self, button: &NSButton) {
        let parts = self.ivars();
        match button.tag() {
            MAY => self.open_menu(button),
            PAUSE => {
                let paused = parts.view.borrow().standing.stopped == Some(Stopped::Paused);
                self.say(if paused { Action::Resume } else { Action::Pause });
            }
            CHAT => {
                if let Some(open) = &parts.chat {
                    open();
                }
            }
            CALL if parts.drawn.borrow().as_ref().is_some_and(|lines| lines.may_call) => self.say(Action::Attention),
            END => self.say(Action::End),
            _ => {}
        }
    }

    /// The list of what the technician may, each to be held back and given back on its own. The session decides whether a
    /// click counts.
    fn open_menu(&self, button: &NSButton) {
        let parts = self.ivars();
        let standing = parts.view.borrow().standing.clone();
        let words = parts.language.get().bar();
        let all: Vec<Capability> = standing.granted.union(&standing.held).copied().collect();
        let menu = NSMenu::new(self.mtm());
        menu.setAutoenablesItems(false);
        for (number, capability) in (0_isize..).zip(&all) {
            let text = NSString::from_str(words.capability(*capability));
            let target: &AnyObject = self;
            // SAFETY: the target has this method.
            let item = unsafe {
                let item = menu.addItemWithTitle_action_keyEquivalent(&text, Some(sel!(chosen:)), ns_string!(""));
                item.setTarget(Some(target));
                item
            };
            item.setTag(number);
            let granted = standing.granted.contains(capability);
            item.setState(if granted { NSControlStateValueOn } else { NSControlStateValueOff });
        }
        parts.listed.replace(all);
        let below = NSPoint::new(0.0, button.bounds().size.height);
        menu.popUpMenuPositioningItem_atLocation_inView(None, below, Some(button));
    }

    fn choose(&self, number: isize) {
        let parts = self.ivars();
        let chosen = usize::try_from(number).ok().and_then(|number| parts.listed.borrow().get(number).copied());
        let Some(capability) = chosen else { return };
        let gives = !parts.view.borrow().standing.granted.contains(&capability);
        self.say(if gives { Action::GiveBack { capability } } else { Action::Hold { capability } });
    }
}

/// The window, and what changes in it. Dropping it takes it away.
struct Bar {
    panel: Retained<NSPanel>,
    target: Retained<Target>,
    first: Retained<NSTextField>,
    below: Retained<NSTextField>,
    line: Retained<NSTextField>,
    buttons: Vec<Retained<NSButton>>,
    sight: RefCell<Sight>,
    _keys: Option<keys::EndKeys>,
}

impl Bar {
    fn new(
        main: MainThreadMarker,
        view: BarView,
        language: Language,
        actions: UnboundedSender<Action>,
        chat: Option<OpenChat>,
    ) -> Self {
        let keys = keys::EndKeys::take(actions.clone());
        if keys.is_none() {
            tracing::warn!("another program has the keys that end the session");
        }
        let numbers: &[isize] = if chat.is_some() { &[MAY, PAUSE, CHAT, CALL, END] } else { &[MAY, PAUSE, CALL, END] };
        let target = Target::new(
            main,
            Ivars {
                actions,
                chat,
                view: RefCell::new(view),
                language: Cell::new(language),
                drawn: RefCell::new(None),
                listed: RefCell::default(),
            },
        );
        let panel = panel(main);
        let content = panel.contentView();
        let add = |view: &NSView| content.iter().for_each(|content| content.addSubview(view));
        let label = |size: f64, bold: bool, ink: u32| {
            let label = NSTextField::labelWithString(ns_string!(""), main);
            let font = if bold { NSFont::boldSystemFontOfSize(size) } else { NSFont::systemFontOfSize(size) };
            label.setFont(Some(&font));
            label.setTextColor(Some(&colour(ink)));
            label.setLineBreakMode(NSLineBreakMode::ByTruncatingTail);
            add(&label);
            label
        };
        let (first, below) = (label(15.0, true, INK), label(13.0, false, SOFT));
        let line = label(1.0, false, INK);
        line.setDrawsBackground(true);
        let button = |number: &isize| {
            let target: &AnyObject = &target;
            // SAFETY: the target has this method.
            let button = unsafe {
                NSButton::buttonWithTitle_target_action(ns_string!(""), Some(target), Some(sel!(clicked:)), main)
            };
            button.setTag(*number);
            if *number == END {
                button.setBezelColor(Some(&colour(END_COLOUR)));
            }
            add(&button);
            button
        };
        let buttons = numbers.iter().map(button).collect();
        let this = Self { panel, target, first, below, line, buttons, sight: RefCell::default(), _keys: keys };
        this.draw();
        this.panel.orderFrontRegardless();
        this
    }

    fn show(&self, view: BarView, language: Language) {
        let parts = self.target.ivars();
        parts.view.replace(view);
        if parts.language.replace(language) != language {
            parts.drawn.replace(None);
        }
        self.draw();
    }

    /// The time on it, and whether it is seen.
    fn look(&self) {
        self.draw();
        if let Some(seen) = self.sight.borrow_mut().look(&self.panel) {
            self.target.say(if seen { Action::BarSeen } else { Action::BarHidden });
        }
    }

    /// Puts on the screen what has changed.
    fn draw(&self) {
        let parts = self.target.ivars();
        let language = parts.language.get();
        let words = language.bar();
        let lines = Lines::at(&parts.view.borrow(), words, Instant::now());
        if parts.drawn.replace(Some(lines.clone())).as_ref() == Some(&lines) {
            return;
        }
        let said = [lines.says, &lines.name, &lines.company];
        let first = said.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(" ");
        // What a screen reader says first.
        self.panel.setTitle(&NSString::from_str(&format!("{TITLE}: {first}, {}", lines.below)));
        self.first.setStringValue(&NSString::from_str(&first));
        self.below.setStringValue(&NSString::from_str(&lines.below));
        let ink = if lines.stopped { STOPPED } else { SOFT };
        self.below.setTextColor(Some(&colour(ink)));
        self.line.setBackgroundColor(Some(&colour(if lines.stopped { STOPPED } else { LINE })));
        for button in &self.buttons {
            let caption = match button.tag() {
                MAY => words.may.to_owned(),
                PAUSE => lines.pause.to_owned(),
                CHAT => lines.chat.to_owned(),
                CALL => lines.call.to_owned(),
                _ => format!("{} ({})", words.end, words.end_keys),
            };
            // Macs underline no letters.
            button.setTitle(&NSString::from_str(&caption.replacen('_', "", 1)));
            button.setEnabled(button.tag() != CALL || lines.may_call);
        }
        self.arrange(language);
    }

    /// Beside each other from where the language begins its lines.
    fn arrange(&self, language: Language) {
        self.first.sizeToFit();
        self.below.sizeToFit();
        let width = |view: &NSView| view.frame().size.width;
        let text = width(&self.first).max(width(&self.below)).min(TEXT);
        for button in &self.buttons {
            button.sizeToFit();
        }
        let all: f64 = self.buttons.iter().map(|button| width(button) + GAP).sum();
        let whole = MARGIN + text + all + MARGIN;
        let place = |view: &NSView, x: f64, y: f64, width: f64, height: f64| {
            let x = if language.is_right_to_left() { whole - x - width } else { x };
            view.setFrame(NSRect::new(NSPoint::new(x, y), NSSize::new(width, height)));
        };
        let half = (HEIGHT - BORDER) / 2.0;
        place(&self.first, MARGIN, BORDER + half, text, half - 4.0);
        place(&self.below, MARGIN, BORDER + 3.0, text, half - 4.0);
        place(&self.line, 0.0, 0.0, whole, BORDER);
        let mut x = MARGIN + text + GAP;
        for button in &self.buttons {
            let size = button.frame().size;
            place(button, x, BORDER + (HEIGHT - BORDER - size.height) / 2.0, size.width, size.height);
            x += size.width + GAP;
        }
        // The first screen is the one with the menu bar, below which it lies.
        let Some(screen) = NSScreen::screens(self.target.mtm()).firstObject() else { return };
        let area = screen.visibleFrame();
        let left = area.origin.x + ((area.size.width - whole) / 2.0).max(0.0);
        let from = NSPoint::new(left, area.origin.y + area.size.height - HEIGHT);
        self.panel.setFrame_display(NSRect::new(from, NSSize::new(whole, HEIGHT)), true);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.panel.orderOut(None);
        self.panel.close();
    }
}

/// A window that takes the keyboard from nobody.
fn panel(main: MainThreadMarker) -> Retained<NSPanel> {
    let place = NSRect::new(NSPoint::new(0.0, 0.0), NSSize::new(400.0, HEIGHT));
    let style = NSWindowStyleMask::Borderless | NSWindowStyleMask::NonactivatingPanel;
    let panel = NSPanel::initWithContentRect_styleMask_backing_defer(
        NSPanel::alloc(main),
        place,
        style,
        NSBackingStoreType::Buffered,
        false,
    );
    // SAFETY: it is kept by its owner here.
    unsafe { panel.setReleasedWhenClosed(false) };
    panel.setLevel(LEVEL);
    panel.setCollectionBehavior(
        NSWindowCollectionBehavior::CanJoinAllSpaces
            | NSWindowCollectionBehavior::FullScreenAuxiliary
            | NSWindowCollectionBehavior::Stationary
            | NSWindowCollectionBehavior::IgnoresCycle,
    );
    panel.setHidesOnDeactivate(false);
    panel.setCanHide(false);
    panel.setBackgroundColor(Some(&colour(BACKGROUND)));
    // SAFETY: it is a constant.
    let dark = NSAppearance::appearanceNamed(unsafe { NSAppearanceNameDarkAqua });
    panel.setAppearance(dark.as_deref());
    panel
}

fn colour(rgb: u32) -> Retained<NSColor> {
    let [_, red, green, blue] = rgb.to_be_bytes().map(|byte| f64::from(byte) / 255.0);
    NSColor::colorWithSRGBRed_green_blue_alpha(red, green, blue, 1.0)
}

#[cfg(test)]
mod tests;
