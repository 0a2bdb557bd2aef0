//! Whatever happens in whatever order, nothing is permitted that the customer did not allow.
#![allow(clippy::disallowed_methods, reason = "a test starts the clock")]

use std::time::{Duration, Instant};

use deskhand_protocol::{
    capability::{Capabilities, Capability},
    key::PublicKey,
    record::EndReason,
    text::Name,
};
use deskhand_session::{Command, Event, Phase, Policy, QuestionId, Return, Session, Technician};
use proptest::prelude::*;

const ALL: [Capability; 4] = [Capability::View, Capability::Control, Capability::Terminal, Capability::FilesOut];

fn capabilities() -> impl Strategy<Value = Capabilities> {
    proptest::collection::btree_set(proptest::sample::select(ALL.to_vec()), 0..=ALL.len())
}

/// Everything that anyone but the customer can cause, and everything of the customer's but his yes.
fn without_a_yes() -> impl Strategy<Value = Event> {
    let question = (0_u32..4).prop_map(QuestionId);
    prop_oneof![
        (1_u8..=2).prop_map(|key| Event::TechnicianKnown(Technician {
            key: PublicKey([key; 32]),
            name: Name::lossy("Ada"),
            company: Name::default(),
        })),
        capabilities().prop_map(Event::Asked),
        question.clone().prop_map(Event::ConsentShown),
        question.prop_map(Event::Denied),
        Just(Event::ConsentLost),
        Just(Event::QuestionVoid),
        proptest::sample::select(ALL.to_vec()).prop_map(Event::Revoked),
        proptest::sample::select(ALL.to_vec()).prop_map(Event::Held),
        proptest::sample::select(ALL.to_vec()).prop_map(Event::GivenBack),
        proptest::sample::select(ALL.to_vec()).prop_map(Event::Attempted),
        Just(Event::Paused),
        Just(Event::Resumed),
        Just(Event::Returns(Return::Free)),
        Just(Event::Returns(Return::Asks)),
        Just(Event::BarSeen),
        Just(Event::BarHidden),
        Just(Event::Active),
        Just(Event::PeerConnected),
        Just(Event::PeerLost),
        Just(Event::Tick),
    ]
}

fn endings() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::TechnicianEnded),
        Just(Event::CustomerEnded),
        Just(Event::KeyChanged),
        Just(Event::RelayEnded(EndReason::Expired)),
    ]
}

fn anything() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => without_a_yes(),
        4 => ((0_u32..4).prop_map(QuestionId), capabilities())
            .prop_map(|(question, capabilities)| Event::Allowed { question, capabilities }),
        1 => endings(),
    ]
}

fn waits() -> impl Strategy<Value = Duration> {
    prop_oneof![(0_u64..3000).prop_map(Duration::from_millis), (0_u64..200).prop_map(Duration::from_secs)]
}

proptest! {
    #[test]
    fn without_a_yes_nothing_is_ever_permitted(events in proptest::collection::vec((without_a_yes(), waits()), 0..60)) {
        let mut now = Instant::now();
        let mut session = Session::new(Policy::Customer, now);
        for (event, wait) in events {
            now += wait;
            session.handle(event, now);
            for capability in ALL {
                prop_assert!(session.permit(capability, now).is_err());
            }
            while let Some(command) = session.poll() {
                prop_assert!(!matches!(command, Command::StartSharing | Command::ShowBar | Command::Usable(_)), "{:?}", command);
            }
        }
    }

    #[test]
    fn what_is_permitted_was_asked_shown_and_allowed(events in proptest::collection::vec((anything(), waits()), 0..80)) {
        let mut now = Instant::now();
        let mut session = Session::new(Policy::Customer, now);
        // A second, simpler account of the same rules: what was clicked on the question that was on the screen.
        let mut shown: Option<(QuestionId, Capabilities, Option<Instant>)> = None;
        let mut clicked = Capabilities::new();
        let (mut paused, mut seeing) = (false, 0);
        for (event, wait) in events {
            now += wait;
            let click = match &event {
                Event::Allowed { question, capabilities } => Some((*question, capabilities.clone())),
                _ => None,
            };
            if let (Event::ConsentShown(id), Some((open, _, at))) = (&event, &mut shown)
                && id == open
            {
                at.get_or_insert(now);
            }
            let last = event.clone();
            session.handle(event, now);
            if let (Some((question, checked)), Some((open, asked, Some(at)))) = (click, &shown)
                && question == *open && now >= *at + Duration::from_secs(1)
            {
                clicked.extend(asked.intersection(&checked));
                seeing += usize::from(asked.contains(&Capability::View) || asked.contains(&Capability::Control));
            }
            match &last {
                Event::Paused if session.phase() != Phase::Known => paused = session.standing().stopped.is_some(),
                Event::Resumed => paused = false,
                _ => {}
            }
            while let Some(command) = session.poll() {
                match command {
                    Command::ShowConsent(question) => shown = Some((question.id, question.asked, None)),
                    Command::HideConsent(_) => shown = None,
                    _ => {}
                }
            }
            for capability in ALL {
                if session.permit(capability, now).is_ok() {
                    prop_assert!(clicked.contains(&capability), "{:?} without a click", capability);
                    prop_assert!(!paused, "{:?} in the pause", capability);
                    prop_assert!(capability != Capability::Control || seeing >= 2, "control by the first click");
                    prop_assert_eq!(session.phase(), Phase::Live);
                }
            }
        }
    }

    #[test]
    fn after_the_end_nothing_is_permitted_and_nothing_is_done(
        before in proptest::collection::vec((anything(), waits()), 0..30),
        ending in endings(),
        after in proptest::collection::vec((anything(), waits()), 0..30),
    ) {
        let mut now = Instant::now();
        let mut session = Session::new(Policy::Customer, now);
        for (event, wait) in before {
            now += wait;
            session.handle(event, now);
        }
        session.handle(ending, now);
        let mut closes = 0;
        while let Some(command) = session.poll() {
            closes += usize::from(matches!(command, Command::Close(_)));
        }
        prop_assert_eq!(closes, 1, "closed exactly once");
        for (event, wait) in after {
            now += wait;
            session.handle(event, now);
            prop_assert_eq!(session.poll(), None);
            prop_assert!(ALL.iter().all(|capability| session.permit(*capability, now).is_err()));
        }
    }

    #[test]
    fn every_deadline_that_is_kept_moves_on(events in proptest::collection::vec((anything(), waits()), 0..40)) {
        let mut now = Instant::now();
        let mut session = Session::new(Policy::Customer, now);
        for (event, wait) in events {
            now += wait;
            session.handle(event, now);
            if let Some(deadline) = session.next_deadline() {
                now = now.max(deadline);
                session.handle(Event::Tick, now);
                prop_assert!(session.next_deadline().is_none_or(|next| next > now), "a timer would spin");
            }
        }
    }
}
