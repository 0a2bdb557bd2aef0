//! Several technicians in one call: each with his own yes of the customer, one with the controls.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "a test starts the clock")]

use std::time::{Duration, Instant};

use deskhand_protocol::{
    call::{control::Stopped, room::Who, signal::DeclineReason},
    capability::{Capabilities, Capability},
    key::PublicKey,
    limit::{CONSENT_TIMEOUT, INVITED, SESSION_HARD_END, TECHNICIANS},
    record::EndReason,
    relay::Report,
    text::Name,
};
use deskhand_session::{
    Answer, Command, Event, NotGranted, NotInvited, Phase, Policy, QuestionId, REFUSALS, Room, Technician,
};
use proptest::prelude::*;

use Capability::{ClipboardIn, Control, FilesIn, View};

const ANNA: Who = Who::FIRST;
const ASKED: [Capability; 4] = [View, Control, ClipboardIn, FilesIn];

/// A call with a clock, and with what was to be done since.
struct Call {
    room: Room,
    now: Instant,
    done: Vec<(Who, Command)>,
}

impl Call {
    fn new() -> Self {
        let now = Instant::now();
        Self { room: Room::new(Policy::Customer, now), now, done: Vec::new() }
    }

    /// Anna is let in with everything and connected; the bar is seen.
    fn live() -> Self {
        let mut call = Self::new();
        call.of(ANNA, Event::TechnicianKnown(technician(1)));
        call.let_in(ANNA, &ASKED);
        call.all(&Event::BarSeen);
        assert_eq!(call.room.phase(), Phase::Live);
        call
    }

    /// The same with Ben, whom she has invited.
    fn with_ben() -> (Self, Who) {
        let mut call = Self::live();
        let ben = call.invite();
        call.let_in(ben, &ASKED);
        (call, ben)
    }

    fn invite(&mut self) -> Who {
        let who = self.room.invite(ANNA, self.now).unwrap();
        self.of(who, Event::TechnicianKnown(technician(who.0 + 1)));
        who
    }

    /// He asks, the customer allows every question of his, and the connection comes up.
    fn let_in(&mut self, who: Who, asked: &[Capability]) {
        self.of(who, Event::Asked(set(asked)));
        while let Some((_, question)) = self.open() {
            self.all(&Event::ConsentShown(question));
            self.wait(Duration::from_secs(1));
            self.all(&Event::Allowed { question, capabilities: set(asked) });
        }
        self.of(who, Event::PeerConnected);
    }

    /// The question that was put last, if it is still open, and by whom.
    fn open(&self) -> Option<(Who, QuestionId)> {
        let asking = self.room.asking()?;
        self.done.iter().rev().find_map(|(who, command)| match command {
            Command::ShowConsent(question) if *who == asking => Some((*who, question.id)),
            _ => None,
        })
    }

    fn of(&mut self, who: Who, event: Event) -> Vec<(Who, Command)> {
        self.room.of(who, event, self.now);
        self.drain()
    }

    fn all(&mut self, event: &Event) -> Vec<(Who, Command)> {
        self.room.all(event, self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<(Who, Command)> {
        let commands: Vec<_> = std::iter::from_fn(|| self.room.poll()).collect();
        self.done.extend(commands.iter().cloned());
        commands
    }

    fn wait(&mut self, time: Duration) -> Vec<(Who, Command)> {
        self.now += time;
        self.all(&Event::Tick)
    }

    fn may(&self, who: Who, capability: Capability) -> Result<(), NotGranted> {
        self.room.permit(who, capability, self.now).map(drop)
    }
}

fn technician(key: u8) -> Technician {
    Technician { key: PublicKey([key; 32]), name: Name::lossy(&format!("T{key}")), company: Name::default() }
}

fn set(capabilities: &[Capability]) -> Capabilities {
    capabilities.iter().copied().collect()
}

#[test]
fn a_colleague_is_a_new_question_and_gets_nothing_before_the_customers_yes_to_him() {
    let mut call = Call::live();
    let ben = call.invite();
    assert!(ASKED.iter().all(|one| call.may(ben, *one).is_err()));
    let asked = call.of(ben, Event::Asked(set(&ASKED)));
    let Some((_, Command::ShowConsent(question))) = asked.iter().find(|(who, _)| *who == ben) else {
        panic!("{asked:?}")
    };
    assert_eq!(question.technician, technician(2));
    assert_eq!(call.room.inviter(ben), Some(&technician(1)));
    // Until it is answered nobody can click it but the customer.
    assert_eq!(call.may(ANNA, Control), Err(NotGranted::ConsentOpen));
    assert_eq!(call.may(ANNA, View), Ok(()));
    assert!(asked.contains(&(ANNA, Command::ReleaseEverything)), "what she holds is let go: {asked:?}");
    assert!(ASKED.iter().all(|one| call.may(ben, *one).is_err()));

    let question = question.id;
    call.all(&Event::ConsentShown(question));
    call.wait(Duration::from_secs(1));
    call.all(&Event::Allowed { question, capabilities: set(&[View]) });
    assert_eq!(call.may(ben, View), Err(NotGranted::NotConnected));
    call.of(ben, Event::PeerConnected);
    assert_eq!(call.may(ben, View), Ok(()));
    assert_eq!(call.may(ben, Control), Err(NotGranted::NotGranted));
    assert_eq!(call.may(ANNA, Control), Ok(()), "and she goes on");
}

#[test]
fn the_customers_no_to_a_colleague_changes_nothing_for_the_first() {
    let mut call = Call::live();
    let ben = call.invite();
    call.of(ben, Event::Asked(set(&ASKED)));
    let (_, question) = call.open().unwrap();
    let told = call.all(&Event::Denied(question));
    assert!(told.contains(&(ben, Command::Answer(Answer::Declined(DeclineReason::Denied)))), "{told:?}");
    assert_eq!(call.may(ANNA, Control), Ok(()));
    assert_eq!(call.room.phase_of(ben), Phase::Known);
    // No answer is a no as well.
    call.of(ben, Event::Asked(set(&ASKED)));
    let told = call.wait(CONSENT_TIMEOUT);
    assert!(told.contains(&(ben, Command::Answer(Answer::Declined(DeclineReason::NoAnswer)))), "{told:?}");
    assert_eq!(call.may(ANNA, View), Ok(()));
}

#[test]
fn the_customer_is_asked_one_thing_at_a_time() {
    let (mut call, ben) = Call::with_ben();
    call.of(ANNA, Event::Asked([Capability::FilesOut].into()));
    let (who, question) = call.open().unwrap();
    assert_eq!(who, ANNA);
    let told = call.of(ben, Event::Asked([Capability::FilesOut].into()));
    assert!(told.contains(&(ben, Command::Answer(Answer::Declined(DeclineReason::Busy)))), "{told:?}");
    assert_eq!(call.open(), Some((ANNA, question)));
    // A yes to her is none to him.
    call.all(&Event::ConsentShown(question));
    call.wait(Duration::from_secs(1));
    call.all(&Event::Allowed { question, capabilities: [Capability::FilesOut].into() });
    assert_eq!(call.may(ANNA, Capability::FilesOut), Ok(()));
    assert_eq!(call.may(ben, Capability::FilesOut), Err(NotGranted::NotGranted));
}

#[test]
fn one_has_the_controls_and_hands_them_over() {
    let (mut call, ben) = Call::with_ben();
    assert_eq!(call.room.steers(), Some(ANNA));
    for capability in [Control, ClipboardIn] {
        assert_eq!((call.may(ANNA, capability), call.may(ben, capability)), (Ok(()), Err(NotGranted::NotSteering)));
    }
    assert_eq!(call.may(ben, FilesIn), Ok(()), "files of two are in nobody's way");
    assert_eq!(call.room.hands_over(ben, ben, call.now), Err(NotGranted::NotSteering));

    call.room.wants_controls(ben, call.now).unwrap();
    call.drain();
    assert_eq!(call.room.steers(), Some(ANNA), "asking takes nothing");
    assert!(call.room.present().iter().any(|one| one.who == ben && one.wants));
    call.room.hands_over(ANNA, ben, call.now).unwrap();
    let told = call.drain();
    let let_go = told.iter().position(|told| *told == (ANNA, Command::ReleaseEverything)).expect("she lets go");
    let begins = told.iter().position(|(who, command)| *who == ben && matches!(command, Command::Usable(_)));
    assert!(begins.is_some_and(|begins| let_go < begins), "before he begins: {told:?}");
    assert_eq!((call.may(ANNA, Control), call.may(ben, Control)), (Err(NotGranted::NotSteering), Ok(())));
    assert!(call.room.present().iter().all(|one| !one.wants));
}

#[test]
fn whoever_is_only_let_in_to_look_neither_gets_nor_is_handed_the_controls() {
    let mut call = Call::live();
    let ben = call.invite();
    call.let_in(ben, &[View]);
    assert_eq!(call.room.wants_controls(ben, call.now), Err(NotGranted::NotGranted));
    assert_eq!(call.room.hands_over(ANNA, ben, call.now), Err(NotGranted::NotGranted));
    assert_eq!(call.room.steers(), Some(ANNA));
    call.of(ANNA, Event::TechnicianEnded);
    assert_eq!(call.room.steers(), None);
    assert_eq!(call.may(ben, Control), Err(NotGranted::NotGranted));
}

#[test]
fn the_controls_of_one_who_is_lost_are_there_for_the_asking_and_of_one_who_left_the_next_ones() {
    let (mut call, ben) = Call::with_ben();
    call.of(ANNA, Event::PeerLost);
    assert_eq!(call.room.steers(), Some(ANNA), "she may be back in a moment");
    assert!(call.may(ben, Control).is_err());
    call.room.wants_controls(ben, call.now).unwrap();
    call.drain();
    assert_eq!(call.may(ben, Control), Ok(()));
    call.of(ANNA, Event::Asked(set(&ASKED)));
    call.of(ANNA, Event::PeerConnected);
    assert_eq!(call.may(ANNA, View), Ok(()));
    assert_eq!(call.may(ANNA, Control), Err(NotGranted::NotSteering));
    let told = call.of(ben, Event::TechnicianEnded);
    assert!(told.contains(&(ben, Command::ReleaseEverything)), "{told:?}");
    assert_eq!(call.may(ANNA, Control), Ok(()));
}

#[test]
fn one_who_leaves_does_not_end_the_call_of_the_other() {
    let (mut call, ben) = Call::with_ben();
    let told = call.of(ANNA, Event::TechnicianEnded);
    assert!(told.contains(&(ANNA, Command::Close(EndReason::TechnicianEnded))), "{told:?}");
    assert!(!told.iter().any(|(_, command)| *command == Command::HideBar), "the bar stays for the other");
    assert_eq!((call.room.phase(), call.may(ben, View)), (Phase::Live, Ok(())));
    let told = call.of(ben, Event::TechnicianEnded);
    assert!(told.iter().any(|(_, command)| *command == Command::HideBar), "{told:?}");
    assert!(matches!(call.room.phase(), Phase::Ended(_)));
}

#[test]
fn whoever_was_invited_and_not_let_in_goes_with_the_last_who_was() {
    let mut call = Call::live();
    let ben = call.invite();
    let told = call.of(ANNA, Event::TechnicianEnded);
    assert!(told.contains(&(ben, Command::Close(EndReason::TechnicianEnded))), "{told:?}");
    assert!(matches!(call.room.phase(), Phase::Ended(_)));
}

#[test]
fn the_customers_end_is_everyones_and_each_record_says_so() {
    let (mut call, ben) = Call::with_ben();
    let told = call.all(&Event::CustomerEnded);
    let ended = Command::Report(Report::Ended { reason: EndReason::CustomerEnded });
    for who in [ANNA, ben] {
        assert!(told.contains(&(who, ended.clone())), "{told:?}");
        assert!(told.contains(&(who, Command::Close(EndReason::CustomerEnded))));
        assert!(ASKED.iter().all(|one| call.may(who, *one).is_err()));
    }
    assert_eq!(told.iter().filter(|(_, command)| *command == Command::HideBar).count(), 1);
    assert_eq!(call.room.phase(), Phase::Ended(EndReason::CustomerEnded));
}

#[test]
fn pause_bar_and_what_is_taken_back_are_for_all_of_them() {
    let (mut call, ben) = Call::with_ben();
    let both = |call: &Call, capability| [call.may(ANNA, capability).is_ok(), call.may(ben, capability).is_ok()];
    call.all(&Event::Paused);
    assert_eq!(both(&call, View), [false, false]);
    assert_eq!(call.room.invite(ANNA, call.now), Err(NotInvited::NotLive));
    call.all(&Event::Resumed);
    assert_eq!(both(&call, View), [true, true]);
    call.all(&Event::Held(View));
    assert_eq!(both(&call, View), [false, false]);
    call.all(&Event::GivenBack(View));
    call.all(&Event::BarHidden);
    call.wait(Duration::from_secs(2));
    assert_eq!(call.room.standing().stopped, Some(Stopped::BarHidden));
    assert_eq!((both(&call, View), both(&call, FilesIn)), ([true, true], [false, false]));
    call.all(&Event::BarSeen);
    call.all(&Event::Revoked(Control));
    assert_eq!(both(&call, Control), [false, false]);
}

#[test]
fn who_is_let_in_while_everything_is_paused_waits_too() {
    let mut call = Call::live();
    let ben = call.invite();
    call.of(ben, Event::Asked(set(&[View])));
    let (_, question) = call.open().unwrap();
    call.all(&Event::ConsentShown(question));
    call.all(&Event::Paused);
    call.wait(Duration::from_secs(1));
    call.all(&Event::Allowed { question, capabilities: set(&[View]) });
    call.of(ben, Event::PeerConnected);
    assert_eq!(call.may(ben, View), Err(NotGranted::Paused));
    call.all(&Event::Resumed);
    assert_eq!(call.may(ben, View), Ok(()));
}

#[test]
fn a_colleagues_time_ends_with_the_first_ones() {
    let mut call = Call::live();
    let ends = call.room.hard_end().unwrap();
    for _ in 0..30 {
        call.wait(Duration::from_secs(60));
        call.of(ANNA, Event::Active);
    }
    let ben = call.invite();
    call.let_in(ben, &[View]);
    assert!(call.now + SESSION_HARD_END > ends);
    assert_eq!(call.room.hard_end(), Some(ends));
    call.now = ends;
    call.all(&Event::Tick);
    assert!(matches!(call.room.phase(), Phase::Ended(_)));
}

#[test]
fn nobody_fills_the_call_or_wears_the_customer_down_by_inviting() {
    let mut call = Call::live();
    for _ in 1..TECHNICIANS {
        call.invite();
    }
    assert_eq!(call.room.invite(ANNA, call.now), Err(NotInvited::Full));
    let mut call = Call::live();
    for _ in 0..REFUSALS {
        let who = call.invite();
        call.of(who, Event::Asked(set(&[View])));
        let (_, question) = call.open().unwrap();
        call.all(&Event::Denied(question));
        call.of(who, Event::TechnicianEnded);
    }
    assert_eq!(call.room.invite(ANNA, call.now), Err(NotInvited::Enough));
    let mut call = Call::live();
    for _ in 0..INVITED {
        let who = call.invite();
        call.of(who, Event::TechnicianEnded);
    }
    assert_eq!(call.room.invite(ANNA, call.now), Err(NotInvited::Enough));
    let mut call = Call::live();
    let ben = call.invite();
    assert_eq!(call.room.invite(ben, call.now), Err(NotInvited::NotLive), "who is not let in invites nobody");
}

fn whos() -> impl Strategy<Value = Who> {
    (0_u8..3).prop_map(Who)
}

/// What one technician, his end or the customer may cause.
#[derive(Debug, Clone)]
enum Step {
    Of(Who, Event),
    All(Event),
    /// The customer sees the question that is open, waits, and allows it.
    Allow,
    Invite(Who),
    Want(Who),
    HandOver(Who, Who),
    Keep(Who),
}

fn steps() -> impl Strategy<Value = Step> {
    let own = prop_oneof![
        Just(Event::Asked(set(&ASKED))),
        Just(Event::Asked(set(&[View]))),
        Just(Event::PeerConnected),
        Just(Event::PeerLost),
        Just(Event::QuestionVoid),
        Just(Event::Confirm(Capability::Lock)),
        Just(Event::TechnicianEnded),
    ];
    let common = prop_oneof![
        Just(Event::Paused),
        Just(Event::Resumed),
        Just(Event::BarSeen),
        Just(Event::BarHidden),
        Just(Event::ConsentLost),
        proptest::sample::select(ASKED.to_vec()).prop_map(Event::Held),
        proptest::sample::select(ASKED.to_vec()).prop_map(Event::GivenBack),
        Just(Event::Tick),
    ];
    prop_oneof![
        6 => (whos(), own).prop_map(|(who, event)| Step::Of(who, event)),
        4 => whos().prop_map(|who| Step::Of(who, Event::TechnicianKnown(technician(who.0 + 1)))),
        4 => common.prop_map(Step::All),
        6 => Just(Step::Allow),
        3 => whos().prop_map(Step::Invite),
        3 => whos().prop_map(Step::Want),
        3 => (whos(), whos()).prop_map(|(from, to)| Step::HandOver(from, to)),
        1 => whos().prop_map(Step::Keep),
    ]
}

proptest! {
    #[test]
    fn input_of_whoever_does_not_have_the_controls_is_never_permitted(
        steps in proptest::collection::vec((steps(), 0_u64..1_500), 0..80)
    ) {
        let mut call = Call::new();
        // A simpler account: to whom the customer has ever said yes, and of whom everything was let go since he was
        // last permitted to steer.
        let mut allowed: std::collections::BTreeSet<Who> = std::collections::BTreeSet::new();
        let mut steered: Option<Who> = None;
        for (step, wait) in steps {
            let mut told = call.wait(Duration::from_millis(wait));
            let now = call.now;
            told.extend(match step {
                Step::Of(who, event) => call.of(who, event),
                Step::All(event) => call.all(&event),
                Step::Allow => match call.open() {
                    Some((who, question)) => {
                        allowed.insert(who);
                        let mut told = call.all(&Event::ConsentShown(question));
                        told.extend(call.wait(Duration::from_secs(1)));
                        told.extend(call.all(&Event::Allowed { question, capabilities: set(&ASKED) }));
                        told
                    }
                    None => Vec::new(),
                },
                Step::Invite(who) => { let _ = call.room.invite(who, now); Vec::new() }
                Step::Want(who) => { let _ = call.room.wants_controls(who, now); Vec::new() }
                Step::HandOver(from, to) => { let _ = call.room.hands_over(from, to, now); Vec::new() }
                Step::Keep(who) => { call.room.keeps_controls(who); Vec::new() }
            });
            told.extend(call.drain());
            for capability in [Control, ClipboardIn, Capability::Lock] {
                let may: Vec<Who> = (0..4).map(Who).filter(|who| call.may(*who, capability).is_ok()).collect();
                prop_assert!(may.len() <= 1, "{:?} are permitted {:?} at once", may, capability);
                for who in may {
                    prop_assert_eq!(call.room.steers(), Some(who));
                    prop_assert!(allowed.contains(&who), "without the customer's yes to him");
                }
            }
            let steers = (0..4).map(Who).find(|who| call.may(*who, Control).is_ok());
            if let Some(before) = steered.filter(|before| Some(*before) != steers) {
                prop_assert!(
                    told.contains(&(before, Command::ReleaseEverything)),
                    "{:?} may not steer any more, and nothing is let go: {:?}", before, told
                );
            }
            steered = steers;
            for who in (0..4).map(Who) {
                prop_assert!(call.may(who, View).is_err() || allowed.contains(&who));
            }
        }
    }

    #[test]
    fn every_deadline_that_is_kept_moves_on(steps in proptest::collection::vec((steps(), 0_u64..1_500), 0..40)) {
        let mut call = Call::new();
        for (step, wait) in steps {
            call.now += Duration::from_millis(wait);
            match step {
                Step::Of(who, event) => drop(call.of(who, event)),
                Step::All(event) => drop(call.all(&event)),
                Step::Invite(who) => drop(call.room.invite(who, call.now)),
                _ => {}
            }
            if let Some(deadline) = call.room.next_deadline() {
                call.now = call.now.max(deadline);
                call.all(&Event::Tick);
                prop_assert!(call.room.next_deadline().is_none_or(|next| next > call.now), "a timer would spin");
            }
        }
    }
}
