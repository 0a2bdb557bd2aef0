//! Somebody who does anything at all with every signal he has seen, in any order.

use deskhand_protocol::{
    call::signal::{Ask, Signal},
    record::EndReason,
};
use proptest::prelude::*;
use serde_json::Value;

use super::pair::{From, Pair, device, run, technician, view_and_control};
use crate::handshake::{ConsoleOutput, HelperOutput, write_signal};

/// One thing that an end or the attacker does.
#[derive(Debug, Clone)]
enum Move {
    Greet,
    Ask,
    Allow,
    Decline,
    Offer,
    Answer(u32),
    Wait(u64),
    /// Lets everything that is under way pass.
    Pass,
    /// Lets nothing of it pass.
    Drop,
    /// Delivers the signal of this number, to either end, changed or not.
    Deliver {
        which: prop::sample::Index,
        to: bool,
        change: Option<(prop::sample::Index, Change)>,
    },
    Text(String),
}

#[derive(Debug, Clone)]
enum Change {
    /// The same field of another signal.
    From(prop::sample::Index),
    FlipCharacter(prop::sample::Index, u8),
    Number(u32),
    Text(String),
    Null,
    Remove,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => any::<prop::sample::Index>().prop_map(Change::From),
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, to)| Change::FlipCharacter(at, to)),
        1 => any::<u32>().prop_map(Change::Number),
        1 => "[a-z_]{0,12}".prop_map(Change::Text),
        1 => Just(Change::Null),
        1 => Just(Change::Remove),
    ]
}

fn any_move() -> impl Strategy<Value = Move> {
    let deliver =
        (any::<prop::sample::Index>(), any::<bool>(), prop::option::of((any::<prop::sample::Index>(), change())))
            .prop_map(|(which, to, change)| Move::Deliver { which, to, change });
    prop_oneof![
        2 => Just(Move::Greet),
        2 => Just(Move::Ask),
        2 => Just(Move::Allow),
        1 => Just(Move::Decline),
        2 => Just(Move::Offer),
        2 => (0_u32..3).prop_map(Move::Answer),
        1 => (0_u64..40).prop_map(Move::Wait),
        8 => Just(Move::Pass),
        2 => Just(Move::Drop),
        12 => deliver,
        1 => "\\PC{0,40}".prop_map(Move::Text),
    ]
}

fn fields(value: &Value) -> Vec<String> {
    value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

fn changed(signal: &Signal, all: &[Signal], at: prop::sample::Index, change: &Change) -> String {
    let mut value = serde_json::to_value(signal).unwrap();
    let names = fields(&value);
    let name = at.get(&names).clone();
    match change {
        Change::Remove => {
            value.as_object_mut().unwrap().remove(&name);
        }
        Change::Null => value[&name] = Value::Null,
        Change::Number(number) => value[&name] = (*number).into(),
        Change::Text(text) => value[&name] = text.clone().into(),
        Change::From(other) => {
            let other = serde_json::to_value(other.get(all)).unwrap();
            if let Some(field) = other.get(&name) {
                value[&name] = field.clone();
            }
        }
        Change::FlipCharacter(at, to) => {
            let mut text = serde_json::to_string(&value).unwrap().into_bytes();
            let at = at.index(text.len());
            text[at] = *to;
            return String::from_utf8_lossy(&text).into_owned();
        }
    }
    value.to_string()
}

/// What the honest ends really said; anything else that is heard was made up by somebody.
fn check(pair: &Pair, offers: &[String], answers: &[String], asks: &[Ask]) -> Result<(), TestCaseError> {
    for heard in &pair.console_heard {
        match heard {
            ConsoleOutput::Known { peer_key, .. } => prop_assert_eq!(*peer_key, device().public()),
            ConsoleOutput::Offered { sdp, .. } => prop_assert!(offers.contains(sdp)),
            ConsoleOutput::Bye { reason } => prop_assert_eq!(*reason, EndReason::CustomerEnded),
            _ => {}
        }
    }
    for heard in &pair.helper_heard {
        match heard {
            HelperOutput::Known { peer_key, .. } => prop_assert_eq!(*peer_key, technician().public()),
            HelperOutput::Asked { ask, .. } => prop_assert!(asks.contains(ask)),
            HelperOutput::Answered { sdp, .. } => prop_assert!(answers.contains(sdp)),
            HelperOutput::Bye { .. } => prop_assert!(false, "the technician never said goodbye"),
            _ => {}
        }
    }
    if pair.console.is_known() && pair.helper.is_known() {
        let last = |from| pair.sent.iter().rev().find(|(by, signal)| *by == from && is_proof(signal));
        let same_run =
            last(From::Console).map(|(_, signal)| signal.run()) == last(From::Helper).map(|(_, signal)| signal.run());
        if same_run {
            prop_assert_eq!(pair.console_known().map(|known| known.1), pair.helper_known().map(|known| known.1));
        }
    }
    Ok(())
}

const fn is_proof(signal: &Signal) -> bool {
    matches!(signal, Signal::Reveal { .. } | Signal::Confirm { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_the_signals_nobody_is_deceived(moves in prop::collection::vec(any_move(), 1..40)) {
        let mut pair = Pair::new();
        let mut runs = 0;
        let (mut offers, mut answers, mut asks) = (Vec::new(), Vec::new(), Vec::new());
        for one in moves {
            match one {
                Move::Greet => {
                    runs += 1;
                    let _ = pair.console.greet(run(runs), pair.now);
                }
                Move::Ask => {
                    let mut ask = view_and_control();
                    ask.capabilities.truncate(1 + asks.len() % 2);
                    asks.push(ask.clone());
                    let _ = pair.console.ask(ask, pair.now);
                }
                Move::Allow | Move::Decline => {
                    let question = pair.helper_heard.iter().rev().find_map(|heard| match heard {
                        HelperOutput::Asked { question, .. } => Some(*question),
                        _ => None,
                    });
                    if let Some(question) = question {
                        let reason = deskhand_protocol::call::signal::DeclineReason::Denied;
                        let _ = if matches!(one, Move::Allow) {
                            pair.helper.allow(question)
                        } else {
                            pair.helper.decline(question, reason)
                        };
                    }
                }
                Move::Offer => {
                    offers.push(format!("offer {}", offers.len()));
                    let _ = pair.helper.offer(offers.last().unwrap().clone());
                }
                Move::Answer(generation) => {
                    answers.push(format!("answer {}", answers.len()));
                    let _ = pair.console.answer(generation, answers.last().unwrap().clone());
                }
                Move::Wait(seconds) => {
                    pair.later(seconds);
                    pair.console.handle_timeout(pair.now);
                    pair.helper.handle_timeout(pair.now);
                }
                Move::Pass => pair.pass(),
                Move::Drop => {
                    pair.collect();
                }
                Move::Deliver { which, to, change } if !pair.sent.is_empty() => {
                    let all: Vec<_> = pair.sent.iter().map(|(_, signal)| signal.clone()).collect();
                    let signal = which.get(&all);
                    let text = match &change {
                        Some((at, change)) => changed(signal, &all, *at, change),
                        None => write_signal(signal).unwrap(),
                    };
                    if to { pair.console.handle_text(&text, pair.now) } else { pair.helper.handle_text(&text, pair.now) }
                }
                Move::Deliver { .. } => {}
                Move::Text(text) => {
                    pair.console.handle_text(&text, pair.now);
                    pair.helper.handle_text(&text, pair.now);
                }
            }
            check(&pair, &offers, &answers, &asks)?;
        }
        pair.collect();
        check(&pair, &offers, &answers, &asks)?;
    }
}
