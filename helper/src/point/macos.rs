//! The windows that show what is pointed at and drawn, on a Mac: one over each display, on top, and transparent but for
//! what they show; every click goes through. They lie below the bar, and leave this program's other windows free.
//!
//! Windows belong to the main thread, which is given the latest state and draws it when it has time.
//!
//! Written by Apple's documentation and checked by the compiler; it has not run yet.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use deskhand_input::macos::to_point;
use deskhand_protocol::call::point::Tool;
use objc2::{
    AnyThread, DefinedClass, MainThreadMarker, MainThreadOnly, define_class, msg_send, rc::Retained, runtime::AnyObject,
};
use objc2_app_kit::{
    NSApplication, NSAttributedStringNSStringDrawing as _, NSBackingStoreType, NSBezierPath, NSColor, NSFont,
    NSFontAttributeName, NSForegroundColorAttributeName, NSLineCapStyle, NSLineJoinStyle, NSPanel, NSScreen, NSView,
    NSWindingRule, NSWindow, NSWindowCollectionBehavior, NSWindowStyleMask,
};
use objc2_foundation::{NSAttributedString, NSDictionary, NSPoint, NSRect, NSSize, NSString};

use super::board::{Board, Pixel};
use crate::mac::on_main;

/// By which curious people know it.
const TITLE: &str = "Deskhand drawing";
/// Just below the bar.
const LEVEL: isize = 999;
/// Seen on light and on dark: a strong colour with a white rim.
const INK: u32 = 0x00d7_3814;
const RIM: u32 = 0x00ff_ffff;
/// Sizes in points.
const INK_WIDTH: f64 = 4.0;
const RIM_WIDTH: f64 = 7.0;
/// Length of an arrow's two short lines, and how far they stand off it.
const HEAD: f64 = 20.0;
const HEAD_ANGLE: f64 = 0.48;
/// The pointer's corners, from its tip; and where its name stands, and how high it is.
const POINTER: [(f64, f64); 7] =
    [(0.0, 0.0), (0.0, 19.0), (4.0, 15.0), (8.0, 22.0), (11.0, 21.0), (8.0, 14.0), (13.0, 14.0)];
const NAME: (f64, f64) = (15.0, 20.0);
const NAME_SIZE: f64 = 13.0;
/// The longest name, in characters.
const NAME_LENGTH: usize = 32;

/// Numbers overlays, of which each technician has one.
static NEXT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// On the main thread: the windows of each overlay.
    static SHOWN: RefCell<BTreeMap<u64, Vec<Sheet>>> = const { RefCell::new(BTreeMap::new()) };
}

/// See the module. Dropping it takes the windows away.
pub(super) struct Overlay {
    number: u64,
    shown: Option<(Board, String)>,
}

impl Overlay {
    /// One that shows nothing yet. The same on each system.
    ///
    /// # Errors
    ///
    /// None here: a Mac always has a desktop.
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) fn open() -> anyhow::Result<Self> {
        Ok(Self { number: NEXT.fetch_add(1, Ordering::Relaxed), shown: None })
    }

    /// Shows this and nothing else, but nothing over this program's own windows.
    ///
    /// # Errors
    ///
    /// None here.
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) fn show(&mut self, board: &Board, name: &str) -> anyhow::Result<()> {
        let number = self.number;
        if self.shown.as_ref().is_some_and(|(shown, known)| shown == board && known == name) {
            // A window of ours may have come or moved.
            on_main(move |main| {
                SHOWN.with_borrow(|shown| shown.get(&number).iter().for_each(|all| refresh(main, all)))
            });
            return Ok(());
        }
        self.shown = Some((board.clone(), name.to_owned()));
        let drawn = Drawn::of(board, name);
        on_main(move |main| {
            SHOWN.with_borrow_mut(|shown| {
                let sheets = shown.entry(number).or_insert_with(|| Sheet::over_all(main));
                if !Sheet::still_cover(sheets, main) {
                    *sheets = Sheet::over_all(main);
                }
                for sheet in &*sheets {
                    sheet.view.ivars().drawn.replace(drawn.clone());
                }
                refresh(main, sheets);
            });
        });
        Ok(())
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        let number = self.number;
        on_main(move |_| drop(SHOWN.with_borrow_mut(|shown| shown.remove(&number))));
    }
}

/// Lines and a pointer, in the system's points from the upper left corner of the main display.
#[derive(Debug, Clone, Default, PartialEq)]
struct Drawn {
    lines: Vec<Vec<(f64, f64)>>,
    pointer: Option<(f64, f64)>,
    name: String,
}

impl Drawn {
    fn of(board: &Board, name: &str) -> Self {
        let at = |(x, y): Pixel| to_point(x, y);
        let mut lines = Vec::new();
        for stroke in &board.strokes {
            let points: Vec<(f64, f64)> = stroke.points.iter().filter_map(|point| at(*point)).collect();
            match (stroke.tool, &*points) {
                (Tool::Arrow, [from, to]) => {
                    let [left, right] = head(*from, *to);
                    lines.extend([vec![*from, *to], vec![left, *to, right]]);
                }
                (Tool::Box, [from, to]) => lines.push(vec![*from, (to.0, from.1), *to, (from.0, to.1), *from]),
                // A line of one point is a dot.
                (_, [one]) => lines.push(vec![*one, (one.0 + 0.1, one.1)]),
                _ => lines.push(points),
            }
        }
        let line = name.chars().map(|char| if char.is_control() { ' ' } else { char }).take(NAME_LENGTH);
        Self { lines, pointer: board.pointer.and_then(at), name: line.collect::<String>().trim().to_owned() }
    }
}

/// The ends of an arrow's two short lines.
fn head(from: (f64, f64), to: (f64, f64)) -> [(f64, f64); 2] {
    let angle = (to.1 - from.1).atan2(to.0 - from.0);
    [HEAD_ANGLE, -HEAD_ANGLE].map(|turn| {
        let (sine, cosine) = (angle + turn).sin_cos();
        (to.0 - HEAD * cosine, to.1 - HEAD * sine)
    })
}

/// What a view draws.
#[derive(Default)]
struct Ivars {
    drawn: RefCell<Drawn>,
    /// Where this program's other windows are, as the view counts.
    free: RefCell<Vec<NSRect>>,
}

define_class!(
    /// Draws what is shown, with its upper left corner first.
    // SAFETY: its superclass asks nothing of it that it does not do, and it has no `Drop` of its own.
    #[unsafe(super(NSView))]
    #[thread_kind = MainThreadOnly]
    #[name = "DeskhandDrawing"]
    #[ivars = Ivars]
    struct Canvas;

    impl Canvas {
        #[unsafe(method(isFlipped))]
        fn is_flipped(&self) -> bool {
            true
        }

        #[unsafe(method(drawRect:))]
        fn draw_rect(&self, _: NSRect) {
            self.draw();
        }
    }
);

impl Canvas {
    fn new(main: MainThreadMarker, frame: NSRect) -> Retained<Self> {
        let this = Self::alloc(main).set_ivars(Ivars::default());
        // SAFETY: the superclass begins like this.
        unsafe { msg_send![super(this), initWithFrame: frame] }
    }

    fn draw(&self) {
        let bounds = self.bounds();
        // Inside of an odd number of them is what is free to be drawn on.
        let around = NSBezierPath::bezierPathWithRect(bounds);
        around.setWindingRule(NSWindingRule::EvenOdd);
        for free in &*self.ivars().free.borrow() {
            around.appendBezierPathWithRect(*free);
        }
        around.addClip();
        let Some(from) = self.window().map(|window| corner(&window)) else { return };
        let here = |(x, y): (f64, f64)| NSPoint::new(x - from.0, y - from.1);
        let drawn = self.ivars().drawn.borrow();
        for (ink, width) in [(RIM, RIM_WIDTH), (INK, INK_WIDTH)] {
            colour(ink).setStroke();
            for line in &drawn.lines {
                let path = NSBezierPath::bezierPath();
                path.setLineWidth(width);
                path.setLineCapStyle(NSLineCapStyle::Round);
                path.setLineJoinStyle(NSLineJoinStyle::Round);
                for (number, point) in line.iter().enumerate() {
                    if number == 0 { path.moveToPoint(here(*point)) } else { path.lineToPoint(here(*point)) }
                }
                path.stroke();
            }
        }
        if let Some(at) = drawn.pointer {
            point(here(at), &drawn.name);
        }
    }
}

/// The technician's pointer, with his name.
fn point(at: NSPoint, name: &str) {
    let path = NSBezierPath::bezierPath();
    for (number, (x, y)) in POINTER.into_iter().enumerate() {
        let corner = NSPoint::new(at.x + x, at.y + y);
        if number == 0 { path.moveToPoint(corner) } else { path.lineToPoint(corner) }
    }
    path.closePath();
    path.setLineWidth(2.0);
    colour(INK).setFill();
    path.fill();
    colour(RIM).setStroke();
    path.stroke();
    if name.is_empty() {
        return;
    }
    let (font, ink) = (NSFont::boldSystemFontOfSize(NAME_SIZE), colour(RIM));
    let (font, ink): (&AnyObject, &AnyObject) = (&font, &ink);
    // SAFETY: they are constants, and each has a value of its kind.
    let text = unsafe {
        let how = NSDictionary::from_slices(&[NSFontAttributeName, NSForegroundColorAttributeName], &[font, ink]);
        NSAttributedString::initWithString_attributes(
            NSAttributedString::alloc(),
            &NSString::from_str(name),
            Some(&how),
        )
    };
    let size = text.size();
    let from = NSPoint::new(at.x + NAME.0, at.y + NAME.1);
    let place = NSRect::new(from, NSSize::new(size.width + 12.0, size.height + 6.0));
    colour(INK).setFill();
    NSBezierPath::bezierPathWithRect(place).fill();
    text.drawAtPoint(NSPoint::new(from.x + 6.0, from.y + 3.0));
}

/// A window over one display. Dropping it takes it away.
struct Sheet {
    panel: Retained<NSPanel>,
    view: Retained<Canvas>,
}

impl Sheet {
    fn over_all(main: MainThreadMarker) -> Vec<Self> {
        NSScreen::screens(main).iter().map(|screen| Self::over(main, screen.frame())).collect()
    }

    /// Whether they lie over the displays as these are now.
    fn still_cover(sheets: &[Self], main: MainThreadMarker) -> bool {
        let frames: Vec<NSRect> = NSScreen::screens(main).iter().map(|screen| screen.frame()).collect();
        sheets.iter().map(|sheet| sheet.panel.frame()).eq(frames)
    }

    fn over(main: MainThreadMarker, frame: NSRect) -> Self {
        let panel = NSPanel::initWithContentRect_styleMask_backing_defer(
            NSPanel::alloc(main),
            frame,
            NSWindowStyleMask::Borderless | NSWindowStyleMask::NonactivatingPanel,
            NSBackingStoreType::Buffered,
            false,
        );
        // SAFETY: it is kept by its owner here.
        unsafe { panel.setReleasedWhenClosed(false) };
        panel.setTitle(&NSString::from_str(TITLE));
        panel.setLevel(LEVEL);
        panel.setOpaque(false);
        panel.setHasShadow(false);
        panel.setIgnoresMouseEvents(true);
        panel.setHidesOnDeactivate(false);
        panel.setCanHide(false);
        panel.setBackgroundColor(Some(&NSColor::clearColor()));
        panel.setCollectionBehavior(
            NSWindowCollectionBehavior::CanJoinAllSpaces
                | NSWindowCollectionBehavior::FullScreenAuxiliary
                | NSWindowCollectionBehavior::Stationary
                | NSWindowCollectionBehavior::IgnoresCycle,
        );
        let view = Canvas::new(main, NSRect::new(NSPoint::new(0.0, 0.0), frame.size));
        panel.setContentView(Some(&view));
        panel.setFrame_display(frame, true);
        panel.orderFrontRegardless();
        Self { panel, view }
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        self.panel.orderOut(None);
        self.panel.close();
    }
}

/// Draws anew, around this program's other windows as they lie now.
fn refresh(main: MainThreadMarker, sheets: &[Sheet]) {
    let windows = NSApplication::sharedApplication(main).windows();
    let ours: Vec<NSRect> = windows
        .iter()
        .filter(|window| window.isVisible() && window.level() != LEVEL)
        .map(|window| window.frame())
        .collect();
    for Sheet { panel, view } in sheets {
        let frame = panel.frame();
        let upper = frame.origin.y + frame.size.height;
        let here = |of: &NSRect| {
            let from = NSPoint::new(of.origin.x - frame.origin.x, upper - of.origin.y - of.size.height);
            NSRect::new(from, of.size)
        };
        view.ivars().free.replace(ours.iter().map(here).collect());
        view.setNeedsDisplay(true);
    }
}

/// A window's upper left corner, in points from that of the main display: the first screen, from whose lower left corner
/// windows are counted.
fn corner(window: &NSWindow) -> (f64, f64) {
    let height = NSScreen::screens(window.mtm()).firstObject().map_or(0.0, |screen| screen.frame().size.height);
    let frame = window.frame();
    (frame.origin.x, height - frame.origin.y - frame.size.height)
}

fn colour(rgb: u32) -> Retained<NSColor> {
    let [_, red, green, blue] = rgb.to_be_bytes().map(|byte| f64::from(byte) / 255.0);
    NSColor::colorWithSRGBRed_green_blue_alpha(red, green, blue, 1.0)
}
