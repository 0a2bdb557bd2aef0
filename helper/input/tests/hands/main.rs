//! Whatever is done and wherever it is cut off, nothing stays held.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

#[path = "../common/granted.rs"]
mod granted;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Instant,
};

use deskhand_input::{ButtonAction, Hands, InjectError, Injector, KeyPress, Pressed, Refused, ScrollAxis};
use deskhand_protocol::{
    call::{
        control::{Monitor, Rotation},
        held::HeldSet,
        input::{Button, InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
    },
    capability::Capability,
    limit::HELD_KEYS,
    text::Name,
};
use deskhand_session::Session;
use granted::session;
use proptest::prelude::*;

/// What a keyboard and a mouse would show.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
struct Desk {
    keys: BTreeSet<KeyUsage>,
    buttons: BTreeSet<u8>,
    pointer: Option<(i32, i32)>,
    notches: (i32, i32),
    typed: String,
    log: Vec<String>,
}

#[derive(Clone, Default)]
struct FakeDesk {
    desk: Arc<Mutex<Desk>>,
}

impl FakeDesk {
    fn look(&self) -> Desk {
        self.desk.lock().unwrap().clone()
    }

    fn change(&self, change: impl FnOnce(&mut Desk)) -> Result<(), InjectError> {
        change(&mut self.desk.lock().unwrap());
        Ok(())
    }
}

impl Injector for FakeDesk {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        if press.text == "\u{1}" {
            return Err(InjectError::NoSuchCharacter);
        }
        if press.text.len() > 1 {
            self.change(|desk| desk.typed.push_str(press.text))?;
            return Ok(Pressed::Typed);
        }
        self.change(|desk| assert!(desk.keys.insert(press.key), "pressed twice"))?;
        Ok(Pressed::Held)
    }

    fn release(&mut self, key: KeyUsage) -> Result<(), InjectError> {
        self.change(|desk| assert!(desk.keys.remove(&key), "released without being held"))
    }

    fn type_text(&mut self, text: &str) -> Result<(), InjectError> {
        self.change(|desk| desk.typed.push_str(text))
    }

    fn button(&mut self, button: Button, action: ButtonAction) -> Result<(), InjectError> {
        self.change(|desk| {
            desk.log.push(format!("{button:?} {action:?} at {:?}", desk.pointer));
            assert!(match action {
                ButtonAction::Down => desk.buttons.insert(button as u8),
                ButtonAction::Up => desk.buttons.remove(&(button as u8)),
            });
        })
    }

    fn scroll(&mut self, axis: ScrollAxis, notches: i32) -> Result<(), InjectError> {
        self.change(|desk| match axis {
            ScrollAxis::Horizontal => desk.notches.0 += notches,
            ScrollAxis::Vertical => desk.notches.1 += notches,
        })
    }

    fn move_to(&mut self, x: i32, y: i32) -> Result<(), InjectError> {
        self.change(|desk| desk.pointer = Some((x, y)))
    }
}

fn monitors() -> Vec<Monitor> {
    [(0, 0, 0, 1920, 1080), (1, -1280, 200, 1280, 1024)]
        .into_iter()
        .map(|(index, x, y, width, height)| Monitor {
            index,
            name: Name::default(),
            x,
            y,
            width,
            height,
            primary: index == 0,
            scale_percent: 100,
            rotation: Rotation::Upright,
        })
        .collect()
}

fn hands() -> (FakeDesk, Hands<FakeDesk>) {
    let desk = FakeDesk::default();
    let mut hands = Hands::new(desk.clone());
    hands.set_monitors(&monitors());
    (desk, hands)
}

fn act(hands: &mut Hands<FakeDesk>, session: &Session, seq: u32, event: InputEvent) -> Result<(), Refused> {
    let permit = session.permit(Capability::Control, Instant::now()).expect("control is granted");
    hands.handle(&InputMessage { seq, event }, &permit)
}

fn key_down(usage: u16) -> InputEvent {
    InputEvent::KeyDown {
        key: KeyUsage(usage),
        modifiers: Modifiers::default(),
        locks: Locks::default(),
        text: String::new(),
    }
}

fn place(x: u16, y: u16) -> Place {
    Place { monitor: 0, x, y }
}

#[test]
fn a_permit_to_look_is_no_permit_to_touch() {
    let (desk, mut hands) = hands();
    let session = session();
    let permit = session.permit(Capability::View, Instant::now()).unwrap();
    let event = InputMessage { seq: 1, event: key_down(4) };
    assert_eq!(hands.handle(&event, &permit), Err(Refused::NotGranted));
    assert_eq!(desk.look(), Desk::default());
}

#[test]
fn a_motion_that_comes_late_never_moves_the_pointer_away_from_a_click() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, 1, InputEvent::Motion { place: place(0, 0) }).unwrap();
    act(&mut hands, &session, 3, InputEvent::ButtonDown { button: Button::Left, place: place(32_768, 32_768) })
        .unwrap();
    act(&mut hands, &session, 2, InputEvent::Motion { place: place(0, 0) }).unwrap();
    assert_eq!(desk.look().pointer, Some((960, 540)));
    act(&mut hands, &session, 5, InputEvent::Motion { place: place(100, 0) }).unwrap();
    act(&mut hands, &session, 4, InputEvent::Motion { place: place(0, 0) }).unwrap();
    assert_eq!(desk.look().pointer, Some((2, 0)), "the newest motion wins");
    assert_eq!(desk.look().log, ["Left Down at Some((960, 540))"]);
}

#[test]
fn the_order_holds_when_the_numbers_wrap() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, u32::MAX, key_down(4)).unwrap();
    act(&mut hands, &session, 1, InputEvent::Motion { place: place(0, 0) }).unwrap();
    assert_eq!(desk.look().pointer, Some((0, 0)));
    act(&mut hands, &session, u32::MAX - 1, InputEvent::Motion { place: place(9_999, 0) }).unwrap();
    assert_eq!(desk.look().pointer, Some((0, 0)));
}

#[test]
fn whoever_comes_after_everything_was_let_go_may_count_from_the_beginning() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, 9_000, InputEvent::Motion { place: place(0, 0) }).unwrap();
    act(&mut hands, &session, 9_001, key_down(4)).unwrap();
    hands.release_all().unwrap();
    act(&mut hands, &session, 1, InputEvent::Motion { place: place(32_768, 32_768) }).unwrap();
    assert_eq!(desk.look().pointer, Some((960, 540)));
    act(&mut hands, &session, 2, InputEvent::ReleaseAll).unwrap();
    act(&mut hands, &session, 1, InputEvent::Motion { place: place(0, 0) }).unwrap();
    assert_eq!(desk.look().pointer, Some((0, 0)), "another view of the same console");
}

#[test]
fn a_second_monitor_left_of_the_first_is_hit_without_offset() {
    let (desk, mut hands) = hands();
    let session = session();
    let centre = Place { monitor: 1, x: 32_768, y: 32_768 };
    act(&mut hands, &session, 1, InputEvent::Motion { place: centre }).unwrap();
    assert_eq!(desk.look().pointer, Some((-640, 712)));
    let nowhere = Place { monitor: 7, x: 0, y: 0 };
    assert_eq!(act(&mut hands, &session, 2, InputEvent::Motion { place: nowhere }), Err(Refused::NoSuchMonitor));
}

#[test]
fn a_button_goes_up_even_when_its_monitor_is_gone() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, 1, InputEvent::ButtonDown { button: Button::Right, place: place(0, 0) }).unwrap();
    hands.set_monitors(&[]);
    let up = InputEvent::ButtonUp { button: Button::Right, place: place(0, 0) };
    assert_eq!(act(&mut hands, &session, 2, up), Err(Refused::NoSuchMonitor));
    assert!(desk.look().buttons.is_empty());
}

#[test]
fn a_key_that_repeats_is_pressed_once() {
    let (desk, mut hands) = hands();
    let session = session();
    for seq in 0..5 {
        act(&mut hands, &session, seq, key_down(4)).unwrap();
    }
    assert_eq!((hands.held(), desk.look().keys.len()), (1, 1));
    act(&mut hands, &session, 6, InputEvent::KeyUp { key: KeyUsage(4) }).unwrap();
    act(&mut hands, &session, 7, InputEvent::KeyUp { key: KeyUsage(4) }).unwrap();
    assert_eq!(desk.look().keys.len(), 0);
}

#[test]
fn nobody_holds_more_keys_than_the_limit() {
    let (desk, mut hands) = hands();
    let session = session();
    for usage in 0..HELD_KEYS {
        act(&mut hands, &session, 0, key_down(u16::try_from(usage).unwrap())).unwrap();
    }
    assert_eq!(act(&mut hands, &session, 0, key_down(0x99)), Err(Refused::TooManyHeld));
    assert_eq!(desk.look().keys.len(), HELD_KEYS);
}

fn holding(keys: &[u16], buttons: &[Button]) -> InputEvent {
    let keys = keys.iter().copied().map(KeyUsage).collect();
    InputEvent::Held(HeldSet { keys, buttons: buttons.iter().copied().collect() })
}

#[test]
fn a_lost_key_up_is_made_good_by_the_next_statement() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, 1, key_down(4)).unwrap();
    act(&mut hands, &session, 2, key_down(0xe1)).unwrap();
    act(&mut hands, &session, 3, InputEvent::ButtonDown { button: Button::Left, place: place(0, 0) }).unwrap();
    act(&mut hands, &session, 6, holding(&[0xe1], &[])).unwrap();
    assert_eq!(desk.look().keys, [KeyUsage(0xe1)].into());
    assert!(desk.look().buttons.is_empty());
    act(&mut hands, &session, 7, holding(&[], &[])).unwrap();
    assert_eq!(hands.held(), 0);
}

#[test]
fn a_late_statement_says_nothing_about_what_came_after_it() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, 1, key_down(0xe1)).unwrap();
    act(&mut hands, &session, 5, key_down(4)).unwrap();
    act(&mut hands, &session, 4, holding(&[0xe1, 0xe0], &[])).unwrap();
    assert_eq!(desk.look().keys, [KeyUsage(4), KeyUsage(0xe1)].into());
}

#[test]
fn after_a_reconnect_modifiers_that_are_still_held_count_again_and_letters_do_not() {
    let (desk, mut hands) = hands();
    let session = session();
    act(&mut hands, &session, 90, holding(&[4, 0xe0, 0xe6], &[Button::Left])).unwrap();
    assert_eq!(desk.look().keys, [KeyUsage(0xe0)].into(), "AltGr makes text, which needs no key");
    assert!(desk.look().buttons.is_empty());
}

#[test]
fn wheel_movements_add_up_to_notches() {
    let (desk, mut hands) = hands();
    let session = session();
    for seq in 0..12 {
        act(&mut hands, &session, seq, InputEvent::Wheel { place: place(0, 0), dx: -40, dy: 30 }).unwrap();
    }
    assert_eq!(desk.look().notches, (-4, 3));
}

fn usages() -> impl Strategy<Value = KeyUsage> {
    prop_oneof![(4_u16..20).prop_map(KeyUsage), (0xe0_u16..0xe8).prop_map(KeyUsage)]
}

fn buttons() -> impl Strategy<Value = Button> {
    prop::sample::select(vec![Button::Left, Button::Middle, Button::Right, Button::Back, Button::Forward])
}

fn places() -> impl Strategy<Value = Place> {
    (0_u8..4, any::<u16>(), any::<u16>()).prop_map(|(monitor, x, y)| Place { monitor, x, y })
}

fn held_sets() -> impl Strategy<Value = HeldSet> {
    let keys = prop::collection::btree_set(usages(), 0..6);
    (keys, prop::collection::btree_set(buttons(), 0..3)).prop_map(|(keys, buttons)| HeldSet { keys, buttons })
}

/// What happens to a message, or to the whole connection.
#[derive(Debug, Clone)]
enum Fate {
    Arrives,
    IsLost,
    /// The connection breaks after it: the helper's hands are made anew, the technician holds what he holds.
    Breaks,
    /// Control is taken back.
    Revoked,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![12 => Just(Fate::Arrives), 4 => Just(Fate::IsLost), 1 => Just(Fate::Breaks), 1 => Just(Fate::Revoked)]
}

/// The console's own book of what is held, as each event changes it.
fn keep_book(book: &mut HeldSet, event: &InputEvent) {
    match event {
        InputEvent::KeyDown { key, .. } => drop(book.keys.insert(*key)),
        InputEvent::KeyUp { key } => drop(book.keys.remove(key)),
        InputEvent::ButtonDown { button, .. } => drop(book.buttons.insert(*button)),
        InputEvent::ButtonUp { button, .. } => drop(book.buttons.remove(button)),
        InputEvent::ReleaseAll => *book = HeldSet::default(),
        _ => {}
    }
}

fn events() -> impl Strategy<Value = InputEvent> {
    let text = prop::sample::select(vec!["", "a", "ab", "\u{1}"]);
    prop_oneof![
        6 => (usages(), text).prop_map(|(key, text)| InputEvent::KeyDown {
            key,
            modifiers: Modifiers::default(),
            locks: Locks::default(),
            text: text.to_owned(),
        }),
        4 => usages().prop_map(|key| InputEvent::KeyUp { key }),
        4 => (buttons(), places()).prop_map(|(button, place)| InputEvent::ButtonDown { button, place }),
        3 => (buttons(), places()).prop_map(|(button, place)| InputEvent::ButtonUp { button, place }),
        2 => places().prop_map(|place| InputEvent::Motion { place }),
        1 => places().prop_map(|place| InputEvent::Wheel { place, dx: 50, dy: -70 }),
        1 => Just(InputEvent::Text { text: "x".to_owned() }),
        1 => Just(InputEvent::ReleaseAll),
        1 => held_sets().prop_map(InputEvent::Held),
    ]
}

proptest! {
    #[test]
    fn no_stuck_modifiers_and_nothing_held_wherever_a_history_is_cut(
        history in prop::collection::vec((any::<u32>(), events()), 0..80),
        cut in any::<prop::sample::Index>(),
    ) {
        let session = session();
        let (desk, mut hands) = hands();
        let cut = cut.index(history.len() + 1);
        for (seq, event) in &history[..cut] {
            // Refusals are part of the story; what counts is what is held.
            let _ = act(&mut hands, &session, *seq, event.clone());
            let now = desk.look();
            prop_assert_eq!(hands.held(), now.keys.len() + now.buttons.len());
        }
        if cut % 2 == 0 {
            hands.release_all().unwrap();
            prop_assert_eq!(hands.held(), 0);
        } else {
            drop(hands);
        }
        let end = desk.look();
        prop_assert!(end.keys.is_empty() && end.buttons.is_empty());
    }

    #[test]
    fn whatever_is_lost_and_however_often_the_connection_breaks_the_next_statement_sets_it_right(
        history in prop::collection::vec((events(), fates()), 0..80),
    ) {
        let session = session();
        let (mut desk, mut hands) = hands();
        let mut book = HeldSet::default();
        let mut seq = 0;
        for (event, fate) in history.into_iter().filter(|(event, _)| !matches!(event, InputEvent::Held(_))) {
            seq += 1;
            keep_book(&mut book, &event);
            if !matches!(fate, Fate::IsLost) {
                let _ = act(&mut hands, &session, seq, event);
            }
            match fate {
                Fate::Breaks => {
                    let old = std::mem::take(&mut desk);
                    drop(std::mem::replace(&mut hands, Hands::new(desk.clone())));
                    hands.set_monitors(&monitors());
                    prop_assert!(old.look().keys.is_empty() && old.look().buttons.is_empty());
                }
                Fate::Revoked => {
                    hands.release_all().unwrap();
                    prop_assert!(desk.look().keys.is_empty() && desk.look().buttons.is_empty());
                }
                Fate::Arrives | Fate::IsLost => {}
            }
        }
        act(&mut hands, &session, seq + 1, InputEvent::Held(book.clone())).unwrap();
        let held = desk.look();
        prop_assert!(held.keys.is_subset(&book.keys), "{held:?}");
        prop_assert!(held.buttons.iter().all(|number| book.buttons.iter().any(|button| *button as u8 == *number)));
        let missing = |key: &&KeyUsage| key.is_modifier() && **key != KeyUsage::RIGHT_ALT && !held.keys.contains(*key);
        prop_assert_eq!(book.keys.iter().find(missing), None, "a modifier that is held counts");
        // The end, with everything the technician still holds.
        drop(hands);
        prop_assert!(desk.look().keys.is_empty() && desk.look().buttons.is_empty());
    }
}
