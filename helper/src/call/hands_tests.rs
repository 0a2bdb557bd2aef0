//! The thread between the technician and the keyboard: whatever happens, nothing stays held, and no flood grows.

use std::{
    sync::{Condvar, Mutex},
    time::Duration,
};

use deskhand_input::{ButtonAction, KeyPress, Pressed, ScrollAxis};
use deskhand_protocol::{
    call::{
        held::HeldSet,
        input::{Button, KeyUsage, Locks, Modifiers, Place},
        room::Who,
    },
    key::PublicKey,
    text::Name,
};
use deskhand_session::{Event, Policy, Room, StandingGrant, Technician};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::call::write;

const KEY: KeyUsage = KeyUsage(4);
const PATIENCE: Duration = Duration::from_secs(20);

/// A keyboard that tells what was done to it, and that can be made to take its time.
#[derive(Clone, Default)]
struct Keyboard(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    down: Vec<KeyUsage>,
    done: usize,
    stuck: bool,
}

impl Keyboard {
    fn change(&self, change: impl FnOnce(&mut State)) {
        let (state, changed) = &*self.0;
        let free = changed.wait_while(state.lock().unwrap(), |state| state.stuck).unwrap();
        let mut free = free;
        change(&mut free);
        free.done += 1;
        changed.notify_all();
    }

    fn set_stuck(&self, stuck: bool) {
        self.0.0.lock().unwrap().stuck = stuck;
        self.0.1.notify_all();
    }

    fn until(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        let (state, changed) = &*self.0;
        let state = state.lock().unwrap();
        let (_state, waited) = changed.wait_timeout_while(state, PATIENCE, |state| !wanted(state)).unwrap();
        assert!(!waited.timed_out(), "{what}");
    }
}

impl Injector for Keyboard {
    fn press(&mut self, press: KeyPress<'_>) -> Result<Pressed, InjectError> {
        self.change(|state| state.down.push(press.key));
        Ok(Pressed::Held)
    }

    fn release(&mut self, key: KeyUsage) -> Result<(), InjectError> {
        self.change(|state| state.down.retain(|down| *down != key));
        Ok(())
    }

    fn type_text(&mut self, _: &str) -> Result<(), InjectError> {
        self.change(|_| {});
        Ok(())
    }

    fn button(&mut self, _: Button, _: ButtonAction) -> Result<(), InjectError> {
        Ok(())
    }

    fn scroll(&mut self, _: ScrollAxis, _: i32) -> Result<(), InjectError> {
        Ok(())
    }

    fn move_to(&mut self, _: i32, _: i32) -> Result<(), InjectError> {
        Ok(())
    }
}

const FIRST: Who = Who::FIRST;

/// A session in which control is granted and the technician connected.
fn granted() -> Arc<RwLock<Room>> {
    let now = Instant::now();
    let key = PublicKey([7; 32]);
    let capabilities = [Capability::View, Capability::Control];
    let grant = StandingGrant {
        technicians: [key, PublicKey([8; 32])].into(),
        capabilities: capabilities.into(),
        until: now + Duration::from_secs(3_600),
    };
    let mut session = Room::new(Policy::GrantFile(grant), now);
    let_in(&mut session, FIRST, key, now);
    Arc::new(RwLock::new(session))
}

fn let_in(room: &mut Room, who: Who, key: PublicKey, now: Instant) {
    let technician = Technician { key, name: Name::lossy("A"), company: Name::default() };
    room.of(who, Event::TechnicianKnown(technician), now);
    room.of(who, Event::Asked([Capability::View, Capability::Control].into()), now);
    room.of(who, Event::PeerConnected, now);
}

fn start(session: &Arc<RwLock<Room>>, keyboard: &Keyboard) -> (HandsThread, UnboundedReceiver<(Who, Told)>) {
    let (told, tellings) = unbounded_channel();
    let keyboard = keyboard.clone();
    let hands = HandsThread::with(Arc::clone(session), told, PATIENCE, move || Ok(Box::new(keyboard.clone())));
    (hands.unwrap(), tellings)
}

fn input(event: InputEvent) -> InputMessage {
    InputMessage { seq: 1, event }
}

fn key_down() -> InputMessage {
    let (modifiers, locks) = (Modifiers::default(), Locks::default());
    input(InputEvent::KeyDown { key: KEY, modifiers, locks, text: "a".into() })
}

#[test]
fn what_is_held_is_let_go_when_told_to() {
    let keyboard = Keyboard::default();
    let (hands, _tellings) = start(&granted(), &keyboard);
    hands.handle(FIRST, key_down()).unwrap();
    keyboard.until("the key goes down", |state| state.down == [KEY]);
    hands.release_everything(FIRST);
    keyboard.until("the key comes up", |state| state.down.is_empty());
}

#[test]
fn what_is_held_is_let_go_when_the_console_falls_silent() {
    let keyboard = Keyboard::default();
    let (told, _tellings) = unbounded_channel();
    let own = keyboard.clone();
    let silence = Duration::from_millis(50);
    let hands = HandsThread::with(granted(), told, silence, move || Ok(Box::new(own.clone()))).unwrap();
    hands.handle(FIRST, key_down()).unwrap();
    keyboard.until("the key goes down and comes up", |state| state.done == 2);
    assert!(keyboard.0.0.lock().unwrap().down.is_empty());
}

#[test]
fn a_statement_after_control_was_taken_back_lets_go_and_is_no_offence() {
    let keyboard = Keyboard::default();
    let session = granted();
    let (hands, mut tellings) = start(&session, &keyboard);
    hands.handle(FIRST, key_down()).unwrap();
    keyboard.until("the key goes down", |state| state.down == [KEY]);
    write(&session).all(&Event::Revoked(Capability::Control), Instant::now());
    hands.handle(FIRST, input(InputEvent::Held(HeldSet { keys: [KEY].into(), ..HeldSet::default() }))).unwrap();
    keyboard.until("the key comes up", |state| state.down.is_empty());
    drop(hands);
    assert_eq!(tellings.blocking_recv(), None);
}

#[test]
fn another_technicians_keys_neither_go_down_nor_lift_those_of_the_one_with_the_controls() {
    let keyboard = Keyboard::default();
    let session = granted();
    let other = write(&session).invite(FIRST, Instant::now()).unwrap();
    let_in(&mut write(&session), other, PublicKey([8; 32]), Instant::now());
    let (hands, mut tellings) = start(&session, &keyboard);
    hands.handle(FIRST, key_down()).unwrap();
    keyboard.until("the key goes down", |state| state.down == [KEY]);
    hands.handle(other, key_down()).unwrap();
    hands.handle(other, input(InputEvent::ReleaseAll)).unwrap();
    assert_eq!(tellings.blocking_recv(), Some((other, Told::NotGranted)));
    hands.release_everything(other);
    hands.handle(FIRST, input(InputEvent::Text { text: "still".into() })).unwrap();
    keyboard.until("the text is typed, and the key is still down", |state| state.done == 2 && state.down == [KEY]);

    write(&session).hands_over(FIRST, other, Instant::now()).unwrap();
    hands.handle(other, key_down()).unwrap();
    keyboard.until("one comes up before the other goes down", |state| state.done == 4 && state.down == [KEY]);
    drop(hands);
    assert!(keyboard.0.0.lock().unwrap().down.is_empty());
}

#[test]
fn what_is_held_is_let_go_at_the_end_even_if_events_still_wait() {
    let keyboard = Keyboard::default();
    let (hands, _tellings) = start(&granted(), &keyboard);
    for _ in 0..100 {
        hands.handle(FIRST, key_down()).unwrap();
        hands.handle(FIRST, input(InputEvent::Text { text: "long".into() })).unwrap();
    }
    drop(hands);
    assert!(keyboard.0.0.lock().unwrap().down.is_empty());
}

#[test]
fn after_control_is_taken_back_nothing_is_pressed_but_letting_go_still_works() {
    let keyboard = Keyboard::default();
    let session = granted();
    let (hands, mut tellings) = start(&session, &keyboard);
    hands.handle(FIRST, key_down()).unwrap();
    keyboard.until("the key goes down", |state| state.down == [KEY]);
    write(&session).all(&Event::Revoked(Capability::Control), Instant::now());
    hands.handle(FIRST, input(InputEvent::Text { text: "no".into() })).unwrap();
    assert_eq!(tellings.blocking_recv(), Some((FIRST, Told::NotGranted)));
    hands.handle(FIRST, input(InputEvent::ReleaseAll)).unwrap();
    keyboard.until("the key comes up", |state| state.down.is_empty() && state.done == 2);
}

#[test]
fn a_system_without_a_keyboard_is_told_once() {
    let (told, mut tellings) = unbounded_channel();
    let absent = || Err(InjectError::Unavailable("none".into()));
    let hands = HandsThread::with(granted(), told, PATIENCE, absent).unwrap();
    hands.handle(FIRST, key_down()).unwrap();
    hands.handle(FIRST, key_down()).unwrap();
    drop(hands);
    assert_eq!(tellings.blocking_recv(), Some((FIRST, Told::Unavailable)));
    assert_eq!(tellings.blocking_recv(), None);
}

#[test]
fn a_flood_is_refused_and_does_not_keep_keys_down() {
    let keyboard = Keyboard::default();
    let (hands, _tellings) = start(&granted(), &keyboard);
    hands.handle(FIRST, key_down()).unwrap();
    keyboard.until("the key goes down", |state| state.down == [KEY]);
    keyboard.set_stuck(true);
    // The thread may have taken one more out of the queue before it got stuck with it.
    let taken = (0..=WAITING + 1)
        .take_while(|_| hands.handle(FIRST, input(InputEvent::Text { text: "x".into() })).is_ok())
        .count();
    assert!((WAITING..=WAITING + 1).contains(&taken), "{taken}");
    let motion = InputEvent::Motion { place: Place { monitor: 0, x: 0, y: 0 } };
    assert_eq!(hands.handle(FIRST, input(motion)), Ok(()), "a motion is left out");
    hands.release_everything(FIRST);
    keyboard.set_stuck(false);
    keyboard.until("the key comes up", |state| state.down.is_empty());
    keyboard.until("the queue is worked off", |state| state.done == taken + 2);
    assert_eq!(hands.handle(FIRST, key_down()), Ok(()), "there is room again");
}

#[test]
fn what_the_system_has_yet_to_allow_is_tried_again_and_told_once() {
    let (told, mut tellings) = unbounded_channel();
    let keyboard = Keyboard::default();
    let (opens, tries) = (keyboard.clone(), AtomicUsize::new(0));
    let open = move || match tries.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Err(InjectError::NotAllowed),
        _ => Ok(Box::new(opens.clone()) as Box<dyn Injector>),
    };
    let hands = HandsThread::with(granted(), told, PATIENCE, open).unwrap();
    for _ in 0..3 {
        hands.handle(FIRST, key_down()).unwrap();
    }
    keyboard.until("the key goes down", |state| state.down == [KEY]);
    drop(hands);
    assert_eq!(tellings.blocking_recv(), Some((FIRST, Told::Unavailable)));
    assert_eq!(tellings.blocking_recv(), Some((FIRST, Told::Available)));
    assert_eq!(tellings.blocking_recv(), None);
}
