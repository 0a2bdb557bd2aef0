//! What happens between two honest ends.

use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::signal::{DeclineReason, RefuseReason, Signal},
    key::Digest,
    limit::{PAKE_FAILURES, SDP, SIGNAL},
    package::name::KeyTag,
    record::EndReason,
};

use super::pair::{
    From, Pair, console_parameters, device, helper_parameters, introduction, run, secret, stranger, technician,
    view_and_control,
};
use crate::{
    handshake::{ConsoleOutput, HelperOutput, KnownSecret, StepError, TechnicianPin, read_signal, write_signal},
    tls::Certificate,
};

#[test]
fn a_call_goes_from_greeting_to_goodbye() {
    let mut pair = Pair::new();
    pair.greet();
    pair.pass();

    let (helper_key, console_words) = pair.console_known().unwrap();
    let (console_key, helper_words) = pair.helper_known().unwrap();
    assert_eq!((helper_key, console_key), (device().public(), technician().public()));
    assert_eq!(console_words, helper_words);
    assert!(console_words.as_array().iter().all(|word| word.len() >= 3));
    assert!(matches!(
        pair.helper_heard.last(),
        Some(HelperOutput::Known { introduction: shown, .. }) if *shown == introduction(Vec::new())
    ));

    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    assert!(matches!(pair.helper_heard.last(), Some(HelperOutput::Asked { ask, .. }) if *ask == view_and_control()));

    let question = pair.question();
    pair.helper.allow(question).unwrap();
    assert_eq!(pair.helper.offer("offer".into()), Ok(0));
    pair.pass();
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Offered { generation: 0, sdp: "offer".into() }));
    pair.console.answer(0, "answer".into()).unwrap();
    pair.pass();
    assert_eq!(pair.helper_heard.last(), Some(&HelperOutput::Answered { generation: 0, sdp: "answer".into() }));

    pair.helper.bye(EndReason::CustomerEnded).unwrap();
    pair.pass();
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Bye { reason: EndReason::CustomerEnded }));
    assert!(!pair.console.is_known() && !pair.helper.is_known());
}

#[test]
fn the_technician_can_end_it_too() {
    let mut pair = Pair::known();
    pair.console.bye(EndReason::TechnicianEnded).unwrap();
    pair.pass();
    assert_eq!(pair.helper_heard.last(), Some(&HelperOutput::Bye { reason: EndReason::TechnicianEnded }));
}

#[test]
fn a_link_is_known_by_its_own_secret() {
    let mut helper = helper_parameters();
    helper.secret = Some(KnownSecret::Link(secret("0123456789ABCDEFGHJKMNPQRS")));
    helper.technician = Some(TechnicianPin::Key(technician().public()));
    let mut pair = Pair::of(console_parameters(), helper);
    pair.greet();
    pair.pass();
    assert_eq!(pair.console_known().unwrap().1, pair.helper_known().unwrap().1);
}

#[test]
fn a_second_run_needs_no_code() {
    let mut pair = Pair::known();
    let first = pair.console_known().unwrap();
    pair.sent.clear();
    pair.console.set_spoken(None);
    pair.greet();
    pair.pass();
    let second = pair.console_known().unwrap();
    assert_eq!(Some(second.1), pair.helper_known().map(|known| known.1));
    assert_eq!(first.0, second.0);
    assert_ne!(first.1, second.1, "words are made anew in each run");
    let without_pake = |signal: &Signal| match signal {
        Signal::Present { share, .. } => share.is_none(),
        Signal::Reveal { share, mac, .. } => share.is_none() && mac.is_none(),
        Signal::Confirm { mac, .. } => mac.is_none(),
        _ => true,
    };
    assert!(pair.sent.iter().all(|(_, signal)| without_pake(signal)));
}

#[test]
fn a_helper_that_was_restarted_proves_itself_by_the_code_again() {
    let mut pair = Pair::known();
    pair.helper = crate::handshake::HelperHandshake::new(helper_parameters());
    pair.greet();
    pair.pass();
    assert!(pair.console.is_known() && pair.helper.is_known());
}

#[test]
fn a_helper_that_was_restarted_tells_a_console_that_goes_on() {
    let mut pair = Pair::known();
    pair.helper = crate::handshake::HelperHandshake::new(helper_parameters());
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    assert_eq!(pair.console_failed(), Some(RefuseReason::NoReply));
}

#[test]
fn a_wrong_code_is_told_to_both() {
    let mut helper = helper_parameters();
    helper.secret = Some(KnownSecret::Spoken(secret("4QXE")));
    let mut pair = Pair::of(console_parameters(), helper);
    pair.greet();
    pair.pass();
    assert_eq!(pair.helper_known(), None);
    assert_eq!(pair.console_known(), None);
    assert!(pair.helper_heard.contains(&HelperOutput::WrongCode { failures: 1 }));
    assert!(pair.console_heard.contains(&ConsoleOutput::WrongCode { failures: 1 }));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::WrongCode));
    assert_eq!(pair.console_failed(), Some(RefuseReason::WrongCode));
}

#[test]
fn three_wrong_codes_end_the_code_until_there_is_a_new_one() {
    let mut helper = helper_parameters();
    helper.secret = Some(KnownSecret::Spoken(secret("4QXE")));
    let mut pair = Pair::of(console_parameters(), helper);
    for _ in 0..PAKE_FAILURES {
        pair.greet();
        pair.pass();
    }
    assert_eq!(pair.console_failed(), Some(RefuseReason::TooManyWrongCodes));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::TooManyWrongCodes));
    assert_eq!(pair.console.greet(run(90), pair.now), Err(StepError::CodeEnded));

    // The console's count does not depend on the helper's.
    let mut helper = helper_parameters();
    helper.secret = Some(KnownSecret::Spoken(secret("7777")));
    pair.helper = crate::handshake::HelperHandshake::new(helper);
    assert_eq!(pair.console.greet(run(91), pair.now), Err(StepError::CodeEnded));
    pair.console.set_spoken(Some(secret("7777")));
    pair.greet();
    pair.pass();
    assert!(pair.console.is_known() && pair.helper.is_known());
}

#[test]
fn a_helper_whose_code_is_ended_answers_no_greeting() {
    let mut helper = helper_parameters();
    helper.failures = PAKE_FAILURES;
    let mut pair = Pair::of(console_parameters(), helper);
    pair.greet();
    pair.pass();
    assert_eq!(pair.helper_failed(), Some(RefuseReason::TooManyWrongCodes));
    assert_eq!(pair.console_failed(), Some(RefuseReason::TooManyWrongCodes));
}

#[test]
fn the_customer_says_no_and_is_asked_again() {
    let mut pair = Pair::known();
    for reason in [DeclineReason::Denied, DeclineReason::NoAnswer] {
        pair.console.ask(view_and_control(), pair.now).unwrap();
        pair.pass();
        let question = pair.question();
        pair.helper.decline(question, reason).unwrap();
        pair.pass();
        assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Declined { reason }));
        assert_eq!(pair.helper.allow(question), Err(StepError::OldQuestion));
    }
}

#[test]
fn a_yes_that_cannot_be_carried_out_is_declined() {
    let mut pair = Pair::allowed();
    let question = pair.question();
    pair.helper.decline(question, DeclineReason::NothingToGrant).unwrap();
    pair.pass();
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Declined { reason: DeclineReason::NothingToGrant }));
    assert_eq!(pair.helper.offer("late".into()), Err(StepError::NotAllowed));
}

#[test]
fn no_offer_is_made_before_the_customer_said_yes() {
    let mut pair = Pair::new();
    assert_eq!(pair.helper.offer("early".into()), Err(StepError::NotKnown));
    pair.greet();
    pair.pass();
    assert_eq!(pair.helper.offer("early".into()), Err(StepError::NotAllowed));
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    assert_eq!(pair.helper.offer("early".into()), Err(StepError::NotAllowed));
    assert!(pair.collect().is_empty(), "nothing was sent");
}

#[test]
fn a_click_meant_for_one_question_does_not_answer_the_next() {
    let mut pair = Pair::known();
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    let first = pair.question();
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    assert_eq!(pair.helper.allow(first), Err(StepError::OldQuestion));
    assert_eq!(pair.helper.offer("offer".into()), Err(StepError::NotAllowed));
    let second = pair.question();
    assert_eq!(pair.helper.allow(second), Ok(()));
}

#[test]
fn ice_is_restarted_by_a_new_generation() {
    let mut pair = Pair::allowed();
    for generation in 0..3 {
        assert_eq!(pair.helper.offer(format!("offer {generation}")), Ok(generation));
        pair.pass();
        pair.console.answer(generation, format!("answer {generation}")).unwrap();
        assert_eq!(pair.console.answer(generation, "twice".into()), Err(StepError::NoOffer));
        pair.pass();
        assert_eq!(
            pair.helper_heard.last(),
            Some(&HelperOutput::Answered { generation, sdp: format!("answer {generation}") })
        );
    }
    assert_eq!(pair.console.answer(0, "old".into()), Err(StepError::NoOffer));
}

#[test]
fn an_answer_that_crosses_a_newer_offer_is_dropped_without_harm() {
    let mut pair = Pair::allowed();
    pair.helper.offer("first".into()).unwrap();
    pair.pass();
    pair.console.answer(0, "answer to the first".into()).unwrap();
    pair.helper.offer("second".into()).unwrap();
    pair.pass();
    pair.console.answer(1, "answer to the second".into()).unwrap();
    pair.pass();
    let answers: Vec<_> =
        pair.helper_heard.iter().filter(|heard| matches!(heard, HelperOutput::Answered { .. })).collect();
    assert_eq!(answers, [&HelperOutput::Answered { generation: 1, sdp: "answer to the second".into() }]);
    assert!(pair.console.is_known() && pair.helper.is_known());
}

#[test]
fn an_offer_that_was_lost_does_not_stop_the_next() {
    let mut pair = Pair::allowed();
    pair.helper.offer("lost".into()).unwrap();
    pair.pass_by(|_, _| Vec::new());
    pair.helper.offer("found".into()).unwrap();
    pair.pass();
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Offered { generation: 1, sdp: "found".into() }));
}

#[test]
fn a_console_whose_path_is_lost_is_offered_another() {
    let mut pair = Pair::allowed();
    assert_eq!(pair.console.mend(), Err(StepError::NoOffer), "there is no path that could be lost");
    pair.helper.offer("first".into()).unwrap();
    pair.pass();
    assert_eq!(pair.console.mend(), Err(StepError::NoOffer), "the path is being made");
    pair.console.answer(0, "answer".into()).unwrap();
    pair.pass();
    pair.console.mend().unwrap();
    pair.pass();
    assert_eq!(pair.helper_heard.last(), Some(&HelperOutput::MendAsked));
    assert_eq!(pair.helper.offer("second".into()), Ok(1));
    // The same wish again crosses the offer that grants it.
    let heard = pair.helper_heard.len();
    pair.console.mend().unwrap();
    pair.pass();
    assert_eq!(pair.helper_heard.len(), heard);
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Offered { generation: 1, sdp: "second".into() }));
    assert!(pair.console.is_known() && pair.helper.is_known());
}

#[test]
fn a_wish_for_another_path_is_signed_and_names_an_offer() {
    let change: [fn(&mut Signal); 3] = [
        |signal| {
            if let Signal::Mend { signature, .. } = signal {
                *signature = device().sign(b"nothing");
            }
        },
        |signal| {
            if let Signal::Mend { generation, .. } = signal {
                *generation += 1;
            }
        },
        |signal| {
            if let Signal::Mend { nonce, .. } = signal {
                *nonce = deskhand_protocol::key::Nonce([9; 32]);
            }
        },
    ];
    for change in change {
        let mut pair = Pair::allowed();
        pair.helper.offer("first".into()).unwrap();
        pair.pass();
        pair.console.answer(0, "answer".into()).unwrap();
        pair.pass();
        pair.console.mend().unwrap();
        pair.pass_by(|_, mut signal| {
            change(&mut signal);
            vec![signal]
        });
        assert!(!pair.helper_heard.contains(&HelperOutput::MendAsked));
        assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
    }
}

#[test]
fn late_signals_of_an_earlier_run_or_question_change_nothing() {
    let mut pair = Pair::allowed();
    let old: Vec<_> = pair.sent.clone();
    pair.greet();
    pair.pass();
    let heard = (pair.console_heard.len(), pair.helper_heard.len());
    for (from, signal) in old {
        pair.deliver(from, signal);
    }
    pair.pass();
    assert_eq!((pair.console_heard.len(), pair.helper_heard.len()), heard);
    assert!(pair.console.is_known() && pair.helper.is_known());
}

#[test]
fn a_new_greeting_takes_an_open_question_off_the_screen() {
    let mut pair = Pair::known();
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    let question = pair.question();
    pair.greet();
    pair.pass();
    let greeted = pair.helper_heard.iter().rposition(|heard| *heard == HelperOutput::Greeted);
    let asked = pair.helper_heard.iter().rposition(|heard| matches!(heard, HelperOutput::Asked { .. }));
    assert!(greeted > asked);
    assert_eq!(pair.helper.allow(question), Err(StepError::OldQuestion));
}

#[test]
fn who_does_not_reply_in_time_ends_the_run() {
    let mut pair = Pair::new();
    pair.greet();
    pair.pass_by(|from, signal| if from == From::Console { vec![signal] } else { Vec::new() });
    pair.later(19);
    pair.console.handle_timeout(pair.now);
    pair.helper.handle_timeout(pair.now);
    pair.collect();
    assert_eq!((pair.console_failed(), pair.helper_failed()), (None, None));
    assert!(pair.console.deadline().is_some() && pair.helper.deadline().is_some());
    pair.later(1);
    pair.console.handle_timeout(pair.now);
    pair.helper.handle_timeout(pair.now);
    pair.collect();
    assert_eq!(pair.console_failed(), Some(RefuseReason::NoReply));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::NoReply));
    assert_eq!(pair.console.failures(), 0, "nothing was revealed, so nothing could be guessed");
}

#[test]
fn a_question_without_answer_is_a_no() {
    let mut pair = Pair::known();
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    let question = pair.question();
    pair.helper.allow(question).unwrap();
    pair.helper.offer("held back".into()).unwrap();
    let held: Vec<_> = pair.collect();
    pair.later(80);
    pair.console.handle_timeout(pair.now);
    pair.pass();
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Declined { reason: DeclineReason::NoAnswer }));
    for (from, signal) in held {
        pair.deliver(from, signal);
    }
    pair.pass();
    assert_eq!(pair.console_heard.last(), Some(&ConsoleOutput::Declined { reason: DeclineReason::NoAnswer }));
    assert!(pair.console.is_known());
}

#[test]
fn a_description_over_the_limit_is_not_sent() {
    let mut pair = Pair::allowed();
    assert_eq!(pair.helper.offer("x".repeat(SDP + 1)), Err(StepError::TooLarge));
    assert_eq!(pair.helper.offer("x".repeat(SDP)), Ok(0));
    pair.pass();
    assert_eq!(pair.console.answer(0, "x".repeat(SDP + 1)), Err(StepError::TooLarge));
    pair.console.answer(0, "x".repeat(SDP)).unwrap();
    assert!(pair.collect().iter().all(|(_, signal)| write_signal(signal).is_ok()));
}

#[test]
fn a_helper_with_a_support_file_takes_only_its_technician() {
    let mut helper = helper_parameters();
    for named in [TechnicianPin::Key(stranger().public()), TechnicianPin::Tag(KeyTag::of(&stranger().public()))] {
        helper.technician = Some(named);
        let mut pair = Pair::of(console_parameters(), helper);
        pair.greet();
        pair.pass();
        assert_eq!(pair.helper_failed(), Some(RefuseReason::KeyChanged));
        assert_eq!(pair.console_failed(), Some(RefuseReason::KeyChanged));
        assert_eq!(pair.helper_known(), None);
        helper = helper_parameters();
    }
}

#[test]
fn a_helper_with_a_name_takes_the_technician_whose_tag_it_has() {
    let mut helper = helper_parameters();
    helper.technician = Some(TechnicianPin::Tag(KeyTag::of(&technician().public())));
    let mut pair = Pair::of(console_parameters(), helper);
    pair.greet();
    pair.pass();
    assert!(pair.helper_known().is_some() && pair.console_known().is_some());
}

#[test]
fn the_certificate_a_helper_met_must_be_one_the_console_names() {
    let (named, other) = (Digest([1; 32]), Digest([2; 32]));
    let cases = [
        (Certificate::Provisional(named), vec![named], true),
        (Certificate::Provisional(other), vec![named], false),
        (Certificate::Provisional(other), vec![], false),
        (Certificate::Pinned(named), vec![], true),
        (Certificate::Pinned(other), vec![named], false),
        (Certificate::Trusted(named), vec![], true),
        (Certificate::Trusted(other), vec![named], false),
        (Certificate::Loopback, vec![named], true),
    ];
    for (certificate, pins, good) in cases {
        let mut console = console_parameters();
        console.introduction = introduction(pins.clone());
        let mut helper = helper_parameters();
        helper.certificate = certificate;
        let mut pair = Pair::of(console, helper);
        pair.greet();
        pair.pass();
        assert_eq!(pair.helper_known().is_some(), good, "{certificate:?} against {pins:?}");
        assert_eq!(pair.console_known().is_some(), good);
        if !good {
            assert_eq!(pair.helper_failed(), Some(RefuseReason::RelayCertificate));
        }
    }
}

#[test]
fn ends_of_different_versions_say_so() {
    for at in [From::Console, From::Helper] {
        let mut pair = Pair::new();
        pair.greet();
        pair.pass_by(|from, mut signal| {
            if from == at
                && let Signal::Greet { version, .. } | Signal::Present { version, .. } = &mut signal
            {
                *version = PROTOCOL_VERSION + 1;
            }
            vec![signal]
        });
        assert_eq!(pair.console_failed(), Some(RefuseReason::Version));
        assert_eq!(pair.helper_failed(), Some(RefuseReason::Version));
    }
}

#[test]
fn a_console_without_secret_and_key_cannot_greet() {
    let mut console = console_parameters();
    console.spoken = None;
    console.link = None;
    let mut pair = Pair::of(console, helper_parameters());
    assert_eq!(pair.console.greet(run(1), pair.now), Err(StepError::NothingToKnowBy));
}

#[test]
fn nothing_can_be_said_before_the_other_end_is_known() {
    let mut pair = Pair::new();
    assert_eq!(pair.console.ask(view_and_control(), pair.now), Err(StepError::NotKnown));
    assert_eq!(pair.console.bye(EndReason::TechnicianEnded), Err(StepError::NotKnown));
    assert_eq!(pair.helper.bye(EndReason::CustomerEnded), Err(StepError::NotKnown));
    assert_eq!(pair.console.answer(0, String::new()), Err(StepError::NoOffer));
}

#[test]
fn a_signal_survives_its_way_as_text() {
    let mut pair = Pair::allowed();
    pair.helper.offer("offer".into()).unwrap();
    pair.pass();
    for (_, signal) in &pair.sent {
        assert_eq!(read_signal(&write_signal(signal).unwrap()).as_ref(), Ok(signal));
    }
    assert!(read_signal(&" ".repeat(SIGNAL + 1)).is_err());
}

#[test]
fn what_is_no_signal_ends_the_run() {
    for garbage in ["", "null", "{\"type\":\"greet\"}", "\u{0}\u{1}", "[[[[[["] {
        let mut pair = Pair::known();
        pair.console.handle_text(garbage, pair.now);
        pair.helper.handle_text(garbage, pair.now);
        pair.pass_by(|_, _| Vec::new());
        assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
        assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
    }
}

#[test]
fn neither_end_prints_a_secret() {
    let pair = Pair::known();
    let printed = format!("{:?} {:?} {:?}", pair.console, pair.helper, helper_parameters());
    assert!(!printed.contains("4QXD"), "{printed}");
}
