//! The mouse on random arrangements of monitors: whatever picture it was made on, it hits the pixel that was meant, and
//! what was done in order is done in order.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

#[path = "common/granted.rs"]
mod granted;

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use deskhand_input::{ButtonAction, Hands, InjectError, Injector, KeyPress, Pressed, ScrollAxis};
use deskhand_protocol::{
    call::{
        control::{ALL_MONITORS, Monitor, Rotation},
        input::{Button, InputEvent, InputMessage, KeyUsage, Place},
    },
    capability::Capability,
    text::Name,
};
use deskhand_session::Session;
use proptest::{prelude::*, sample::Index};

type Pixel = (i32, i32);

/// What a desktop notices of a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noticed {
    Moved(Pixel),
    Button(Button, ButtonAction, Pixel),
    Turned(ScrollAxis, i32, Pixel),
}

#[derive(Clone, Default)]
struct Mouse(Arc<Mutex<(Pixel, Vec<Noticed>)>>);

impl Mouse {
    fn notice(&self, what: impl FnOnce(Pixel) -> Noticed) -> Result<(), InjectError> {
        let (at, noticed) = &mut *self.0.lock().unwrap();
        let what = what(*at);
        if let Noticed::Moved(to) = what {
            *at = to;
        }
        noticed.push(what);
        Ok(())
    }

    fn noticed(&self) -> Vec<Noticed> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Injector for Mouse {
    fn press(&mut self, _: KeyPress<'_>) -> Result<Pressed, InjectError> {
        Ok(Pressed::Nothing)
    }

    fn release(&mut self, _: KeyUsage) -> Result<(), InjectError> {
        Ok(())
    }

    fn type_text(&mut self, _: &str) -> Result<(), InjectError> {
        Ok(())
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        self.notice(|at| Noticed::Button(button, action, at))
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        self.notice(|at| Noticed::Turned(axis, notches, at))
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        self.notice(|_| Noticed::Moved((x, y)))
    }
}

/// Monitors in a row or a column that bends, anywhere, of any size, scale and rotation, with numbers that have gaps; and
/// all of them together.
fn layout() -> impl Strategy<Value = Vec<Monitor>> {
    let rotation = prop::sample::select(vec![Rotation::Upright, Rotation::Right, Rotation::Inverted, Rotation::Left]);
    let monitor = (1_u16..6_000, 1_u16..5_000, -900..900_i32, any::<bool>(), 50_u16..400, rotation);
    let corner = (-20_000..20_000_i32, -20_000..20_000_i32);
    (corner, prop::collection::vec(monitor, 1..5), prop::sample::subsequence((0..40_u8).collect::<Vec<_>>(), 5))
        .prop_map(|((mut x, mut y), parts, numbers)| {
            let mut monitors: Vec<Monitor> = Vec::new();
            for ((width, height, bend, beside, scale_percent, rotation), index) in parts.into_iter().zip(numbers) {
                let (name, primary) = (Name::default(), monitors.is_empty());
                monitors.push(Monitor { index, name, x, y, width, height, primary, scale_percent, rotation });
                (x, y) = if beside { (x + i32::from(width), y + bend) } else { (x + bend, y + i32::from(height)) };
            }
            let edge = |edges: fn(&Monitor) -> i32| monitors.iter().map(edges);
            let (left, top) = (edge(|m| m.x).min().unwrap(), edge(|m| m.y).min().unwrap());
            let width = edge(|m| m.x + i32::from(m.width)).max().unwrap() - left;
            let height = edge(|m| m.y + i32::from(m.height)).max().unwrap() - top;
            monitors.push(Monitor {
                index: ALL_MONITORS,
                x: left,
                y: top,
                width: width.try_into().unwrap(),
                height: height.try_into().unwrap(),
                primary: false,
                ..monitors[0].clone()
            });
            monitors
        })
}

/// The place that the console sends for a pixel of a monitor's picture: the middle of it.
fn place(monitor: &Monitor, (x, y): Pixel) -> Place {
    let share = |pixel: i32, size: u16| ((f64::from(pixel) + 0.5) * 65_536.0 / f64::from(size)).floor() as u16;
    Place { monitor: monitor.index, x: share(x, monitor.width), y: share(y, monitor.height) }
}

fn hands(monitors: &[Monitor]) -> (Mouse, Hands<Mouse>) {
    let mouse = Mouse::default();
    let mut hands = Hands::new(mouse.clone());
    hands.set_monitors(monitors);
    (mouse, hands)
}

fn does(hands: &mut Hands<Mouse>, session: &Session, message: &InputMessage) {
    let permit = session.permit(Capability::Control, Instant::now()).expect("control is granted");
    hands.handle(message, &permit).unwrap();
}

/// One thing done with the mouse at a pixel of the desktop.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Move,
    Down(Button),
    Up(Button),
    Turn(i16, i16),
}

fn deed() -> impl Strategy<Value = Deed> {
    let button = prop::sample::select(vec![Button::Left, Button::Middle, Button::Right]);
    prop_oneof![
        4 => Just(Deed::Move),
        1 => button.clone().prop_map(Deed::Down),
        1 => button.prop_map(Deed::Up),
        1 => (-2..3_i16, -2..3_i16).prop_map(|(dx, dy)| Deed::Turn(dx * 120, dy * 120)),
    ]
}

fn event(deed: Deed, place: Place) -> InputEvent {
    match deed {
        Deed::Move => InputEvent::Motion { place },
        Deed::Down(button) => InputEvent::ButtonDown { button, place },
        Deed::Up(button) => InputEvent::ButtonUp { button, place },
        Deed::Turn(dx, dy) => InputEvent::Wheel { place, dx, dy },
    }
}

proptest! {
    #[test]
    fn every_pixel_is_hit_on_its_monitor_and_on_all_of_them(monitors in layout(), picks in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>()), 1..20)) {
        let (mouse, mut hands) = hands(&monitors);
        let session = granted::session();
        let (all, single) = monitors.split_last().unwrap();
        let mut meant = Vec::new();
        for (seq, (which, x, y)) in (0..).step_by(2).zip(picks) {
            let on = which.get(single);
            let at = (x.index(on.width.into()) as i32, y.index(on.height.into()) as i32);
            let pixel = (on.x + at.0, on.y + at.1);
            for (seq, place) in [(seq, place(on, at)), (seq + 1, place(all, (pixel.0 - all.x, pixel.1 - all.y)))] {
                does(&mut hands, &session, &InputMessage { seq, event: InputEvent::Motion { place } });
                meant.push(Noticed::Moved(pixel));
            }
        }
        prop_assert_eq!(mouse.noticed(), meant);
    }

    /// Motion goes by a channel of its own, where it may be lost, late and in any order; the rest comes as it was done.
    #[test]
    fn buttons_and_wheel_act_where_they_were_meant_whatever_becomes_of_motion(
        monitors in layout(),
        deeds in prop::collection::vec((deed(), any::<Index>(), any::<Index>(), any::<Index>(), 0..12_usize, 0..8_u8), 1..60),
        begin in prop::sample::select(vec![0_u32, u32::MAX - 20]),
    ) {
        let (mouse, mut hands) = hands(&monitors);
        let session = granted::session();
        let (_, single) = monitors.split_last().unwrap();
        // When each arrives: the ordered ones at their time, motions some time later or never.
        let mut arrivals = Vec::new();
        for (time, (deed, which, x, y, late, luck)) in deeds.into_iter().enumerate() {
            let on = which.get(single);
            let at = (x.index(on.width.into()) as i32, y.index(on.height.into()) as i32);
            let pixel = (on.x + at.0, on.y + at.1);
            let seq = begin.wrapping_add(time as u32);
            let message = InputMessage { seq, event: event(deed, place(on, at)) };
            let ordered = !matches!(deed, Deed::Move);
            if ordered || luck > 0 {
                arrivals.push((if ordered { time } else { time + late }, time, deed, pixel, message));
            }
        }
        arrivals.sort_by_key(|(when, time, ..)| (*when, *time));
        let mut newest: Option<usize> = None;
        for (_, time, deed, pixel, message) in arrivals {
            let before = mouse.noticed().len();
            does(&mut hands, &session, &message);
            let noticed = mouse.noticed().split_off(before);
            let last = newest.is_none_or(|newest| time > newest);
            match deed {
                Deed::Move if last => prop_assert_eq!(noticed, vec![Noticed::Moved(pixel)]),
                Deed::Move => prop_assert_eq!(noticed, vec![], "what is late moves nothing"),
                _ => {
                    prop_assert_eq!(noticed.first(), Some(&Noticed::Moved(pixel)), "it acts where it was meant");
                    let there = |noticed: &Noticed| match noticed {
                        Noticed::Moved(at) | Noticed::Button(_, _, at) | Noticed::Turned(_, _, at) => *at == pixel,
                    };
                    prop_assert!(noticed.iter().all(there));
                }
            }
            if last || !matches!(deed, Deed::Move) {
                newest = Some(newest.map_or(time, |newest| newest.max(time)));
            }
        }
    }
}
