//! What somebody between the two ends can try, and how far he gets.

use std::sync::Arc;

use deskhand_protocol::{
    call::signal::{DeclineReason, Introduction, Knowing, RefuseReason, Seat, Signal},
    key::{Digest, Nonce, PublicKey},
    limit::{PAKE_FAILURES, SDP},
    record::EndReason,
    text::Name,
};

use super::pair::{
    From, Pair, console_parameters, device, helper_parameters, introduction, run, secret, session, stranger,
    technician, view_and_control,
};
use crate::{
    entropy::Entropy,
    handshake::{
        ConsoleHandshake, ConsoleOutput, ConsoleParameters, HelperHandshake, HelperOutput, HelperParameters,
        KnownSecret, StepError,
    },
    identity::Identity,
};

/// A middleman: a helper's end towards the console, a console's end towards the helper, with his own key.
fn middleman(code: &str) -> (ConsoleParameters, HelperParameters) {
    let identity = Arc::new(stranger());
    let console = ConsoleParameters {
        identity: Arc::clone(&identity),
        spoken: Some(secret(code)),
        link: None,
        entropy: Entropy::from_seed([0x66; 32]),
        ..console_parameters()
    };
    let helper = HelperParameters {
        identity,
        secret: Some(KnownSecret::Spoken(secret(code))),
        entropy: Entropy::from_seed([0x77; 32]),
        ..helper_parameters()
    };
    (console, helper)
}

#[test]
fn a_middleman_without_the_code_is_known_to_nobody() {
    let (console, helper) = middleman("0000");
    let mut to_console = Pair::of(console_parameters(), helper);
    let mut to_helper = Pair::of(console, helper_parameters());
    for pair in [&mut to_console, &mut to_helper] {
        pair.greet();
        pair.pass();
    }
    assert_eq!(to_console.console_known(), None);
    assert_eq!(to_helper.helper_known(), None);
    assert_eq!(to_console.console_failed(), Some(RefuseReason::WrongCode));
    assert_eq!(to_helper.helper_failed(), Some(RefuseReason::WrongCode));
}

#[test]
fn a_middleman_who_overheard_the_code_shows_other_words() {
    let (console, helper) = middleman("4QXD");
    let mut to_console = Pair::of(console_parameters(), helper);
    let mut to_helper = Pair::of(console, helper_parameters());
    for pair in [&mut to_console, &mut to_helper] {
        pair.greet();
        pair.pass();
    }
    let (_, at_the_technician) = to_console.console_known().unwrap();
    let (_, at_the_customer) = to_helper.helper_known().unwrap();
    assert_ne!(at_the_technician, at_the_customer);
}

#[test]
fn the_words_do_not_depend_on_what_is_chosen_after_the_commitment_is_open() {
    let words = |name: &str, code: &str| {
        let mut console = console_parameters();
        console.introduction = Introduction { name: Name::new(name).unwrap(), ..introduction(Vec::new()) };
        console.spoken = Some(secret(code));
        let mut helper = helper_parameters();
        helper.secret = Some(KnownSecret::Spoken(secret(code)));
        let mut pair = Pair::of(console, helper);
        pair.greet();
        pair.pass();
        pair.helper_known().unwrap().1
    };
    // Only the introduction and the PAKE shares differ: whoever could vary the words by them could search for a match.
    assert_eq!(words("Mara Weber", "4QXD"), words("Mara Weaver", "7777"));
}

#[test]
fn a_key_swapped_on_the_way_is_known_to_nobody() {
    for at in [From::Console, From::Helper] {
        let mut pair = Pair::new();
        pair.greet();
        pair.pass_by(|from, mut signal| {
            if from == at
                && let Signal::Greet { key, .. } | Signal::Present { key, .. } = &mut signal
            {
                *key = stranger().public();
            }
            vec![signal]
        });
        assert_eq!((pair.console_known(), pair.helper_known()), (None, None), "{at:?}");
        assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
        assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
    }
}

#[test]
fn every_field_of_every_proof_counts() {
    type Change = fn(&mut Signal);
    let changes: [Change; 11] = [
        |signal| {
            if let Signal::Greet { commitment, .. } = signal {
                commitment.0[0] ^= 1
            }
        },
        |signal| {
            if let Signal::Greet { knowing, .. } = signal {
                *knowing = Knowing::Link
            }
        },
        |signal| {
            if let Signal::Present { nonce, .. } = signal {
                nonce.0[31] ^= 1
            }
        },
        |signal| {
            if let Signal::Present { knowing, .. } = signal {
                *knowing = Knowing::Link
            }
        },
        |signal| {
            if let Signal::Present { share: Some(share), .. } = signal {
                share.0[0] ^= 3
            }
        },
        |signal| {
            if let Signal::Reveal { nonce, .. } = signal {
                nonce.0[0] ^= 1
            }
        },
        |signal| {
            if let Signal::Reveal { introduction, .. } = signal {
                introduction.name = Name::new("Mallory").unwrap()
            }
        },
        |signal| {
            if let Signal::Reveal { introduction, .. } = signal {
                introduction.relay_pins.push(Digest([9; 32]))
            }
        },
        |signal| {
            if let Signal::Reveal { signature, .. } = signal {
                signature.0[5] ^= 1
            }
        },
        |signal| {
            if let Signal::Confirm { signature, .. } = signal {
                signature.0[5] ^= 1
            }
        },
        |signal| {
            if let Signal::Confirm { mac: Some(mac), .. } = signal {
                mac.0[5] ^= 1
            }
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut pair = Pair::new();
        pair.greet();
        pair.pass_by(|_, mut signal| {
            change(&mut signal);
            vec![signal]
        });
        assert_eq!(pair.console_known(), None, "change {number}");
        assert!(pair.console_failed().is_some(), "change {number}");
    }
}

#[test]
fn what_a_technician_sits_at_cannot_be_changed_on_the_way() {
    for (said, heard) in [(Seat::Browser, Seat::Desktop), (Seat::Desktop, Seat::Browser)] {
        let sits = |seat| {
            let introduction = Introduction { seat, ..introduction(Vec::new()) };
            Pair::of(ConsoleParameters { introduction, ..console_parameters() }, helper_parameters())
        };
        let mut pair = sits(said);
        pair.greet();
        pair.pass_by(|_, mut signal| {
            if let Signal::Reveal { introduction, .. } = &mut signal {
                introduction.seat = heard;
            }
            vec![signal]
        });
        assert_eq!(pair.helper_known(), None, "{said:?}");
        assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
        let mut honest = sits(said);
        honest.greet();
        honest.pass();
        let told = honest
            .helper_heard
            .iter()
            .any(|heard| matches!(heard, HelperOutput::Known { introduction, .. } if introduction.seat == said));
        assert!(told, "{said:?}");
    }
}

#[test]
fn a_wrong_mac_alone_is_a_wrong_code() {
    let mut pair = Pair::new();
    pair.greet();
    pair.pass_by(|_, mut signal| {
        if let Signal::Reveal { mac: Some(mac), .. } = &mut signal {
            mac.0[0] ^= 1;
        }
        vec![signal]
    });
    assert_eq!(pair.helper_failed(), Some(RefuseReason::WrongCode));
    assert_eq!(pair.helper.failures(), 1);
}

#[test]
fn a_proof_without_its_mac_is_no_proof() {
    let mut pair = Pair::new();
    pair.greet();
    pair.pass_by(|_, mut signal| {
        if let Signal::Reveal { mac, .. } | Signal::Confirm { mac, .. } = &mut signal {
            *mac = None;
        }
        vec![signal]
    });
    assert_eq!((pair.console_known(), pair.helper_known()), (None, None));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn each_guess_at_the_technician_costs_one_of_three_tries() {
    // Whoever gets the console's MAC can test one guess with it. He then breaks off, in each possible way.
    type BreakOff = fn(&mut Pair);
    let ways: [BreakOff; 3] = [
        |pair| {
            pair.later(30);
            pair.console.handle_timeout(pair.now);
        },
        |pair| {
            let run = pair.sent.last().unwrap().1.run();
            pair.deliver(From::Helper, Signal::Refuse { run, reason: RefuseReason::NoReply });
        },
        |pair| {
            let run = pair.sent.last().unwrap().1.run();
            let reason = EndReason::CustomerEnded;
            let signature = device().sign(b"nothing");
            pair.deliver(From::Helper, Signal::Bye { run, reason, signature });
        },
    ];
    for break_off in ways {
        let mut pair = Pair::new();
        for _ in 0..PAKE_FAILURES {
            pair.greet();
            pair.pass_by(|_, signal| if matches!(signal, Signal::Confirm { .. }) { Vec::new() } else { vec![signal] });
            break_off(&mut pair);
            pair.pass_by(|_, _| Vec::new());
        }
        assert_eq!(pair.console_failed(), Some(RefuseReason::TooManyWrongCodes));
        assert_eq!(pair.console.greet(run(99), pair.now), Err(StepError::CodeEnded));
    }
}

#[test]
fn greeting_anew_does_not_hide_a_guess() {
    let mut pair = Pair::new();
    for _ in 0..PAKE_FAILURES {
        pair.greet();
        pair.pass_by(|_, signal| if matches!(signal, Signal::Confirm { .. }) { Vec::new() } else { vec![signal] });
    }
    assert_eq!(pair.console.greet(run(99), pair.now), Err(StepError::CodeEnded));
}

#[test]
fn nothing_that_is_sent_twice_is_heard_twice() {
    // The whole way of a call, each signal delivered twice at once.
    let mut count = 0;
    loop {
        let mut pair = Pair::new();
        let mut at = 0;
        let mut twice = |_: From, signal: Signal| {
            at += 1;
            if at == count + 1 { vec![signal.clone(), signal] } else { vec![signal] }
        };
        pair.greet();
        pair.pass_by(&mut twice);
        if pair.console.ask(view_and_control(), pair.now).is_ok() {
            pair.pass_by(&mut twice);
            if pair.helper.allow(pair.question()).is_ok() && pair.helper.offer("offer".into()).is_ok() {
                pair.pass_by(&mut twice);
                let _ = pair.console.answer(0, "answer".into());
                pair.pass_by(&mut twice);
            }
        }
        let once = |is: fn(&ConsoleOutput) -> bool| pair.console_heard.iter().filter(|heard| is(heard)).count() <= 1;
        assert!(once(|heard| matches!(heard, ConsoleOutput::Known { .. })));
        assert!(once(|heard| matches!(heard, ConsoleOutput::Offered { .. })));
        let once = |is: fn(&HelperOutput) -> bool| pair.helper_heard.iter().filter(|heard| is(heard)).count() <= 1;
        assert!(once(|heard| matches!(heard, HelperOutput::Known { .. })));
        assert!(once(|heard| matches!(heard, HelperOutput::Asked { .. })));
        assert!(once(|heard| matches!(heard, HelperOutput::Answered { .. })));
        if count >= at {
            assert!(at >= 7, "the whole way was walked");
            return;
        }
        count += 1;
    }
}

#[test]
fn a_recorded_call_cannot_be_played_to_a_helper_again() {
    let mut recorded = Pair::allowed();
    recorded.helper.offer("offer".into()).unwrap();
    recorded.pass();
    recorded.console.answer(0, "answer".into()).unwrap();
    recorded.pass();
    let mut fresh = helper_parameters();
    fresh.entropy = Entropy::from_seed([0x99; 32]);
    let mut pair = Pair::of(console_parameters(), fresh);
    for (from, signal) in recorded.sent.into_iter().filter(|(from, _)| *from == From::Console) {
        pair.deliver(from, signal);
    }
    pair.pass_by(|_, _| Vec::new());
    assert_eq!(pair.helper_known(), None);
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_recorded_call_cannot_be_played_to_a_console_again() {
    let recorded = Pair::known();
    let mut fresh = console_parameters();
    fresh.entropy = Entropy::from_seed([0x99; 32]);
    let mut pair = Pair::of(fresh, helper_parameters());
    pair.greet();
    for (from, signal) in recorded.sent.into_iter().filter(|(from, _)| *from == From::Helper) {
        pair.deliver(from, signal);
    }
    pair.pass_by(|_, _| Vec::new());
    assert_eq!(pair.console_known(), None);
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_signal_before_its_turn_ends_the_run() {
    let mut whole = Pair::allowed();
    whole.helper.offer("offer".into()).unwrap();
    whole.pass();
    whole.console.answer(0, "answer".into()).unwrap();
    whole.pass();
    let early: Vec<_> = whole.sent.iter().filter(|(from, _)| *from == From::Console).skip(2).cloned().collect();
    assert_eq!(early.len(), 2, "ask and answer");
    for (from, signal) in early {
        let mut pair = Pair::new();
        pair.greet();
        let greeting = pair.collect();
        for (from, greet) in greeting {
            pair.deliver(from, greet);
        }
        pair.deliver(from, signal);
        pair.pass_by(|_, _| Vec::new());
        assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
        assert_eq!(pair.helper_known(), None);
    }
    for (from, signal) in whole.sent.iter().filter(|(from, _)| *from == From::Helper).skip(1) {
        let mut pair = Pair::new();
        pair.greet();
        pair.deliver(*from, signal.clone());
        pair.pass_by(|_, _| Vec::new());
        assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
    }
}

#[test]
fn what_comes_back_to_its_sender_ends_the_run() {
    let mut whole = Pair::allowed();
    whole.helper.offer("offer".into()).unwrap();
    whole.pass();
    for (from, signal) in whole.sent.clone() {
        let back = if from == From::Console { From::Helper } else { From::Console };
        let mut pair = Pair::allowed();
        pair.deliver(back, signal);
        pair.pass_by(|_, _| Vec::new());
        let failed = if from == From::Console { pair.console_failed() } else { pair.helper_failed() };
        assert_eq!(failed, Some(RefuseReason::BadProof));
    }
}

#[test]
fn a_call_led_to_another_session_is_not_known() {
    let mut helper = helper_parameters();
    helper.session = session(2);
    let mut pair = Pair::of(console_parameters(), helper);
    pair.greet();
    pair.pass();
    assert_eq!((pair.console_known(), pair.helper_known()), (None, None));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_known_end_of_another_session_cannot_be_led_here() {
    // Both keys are pinned in both sessions: only the session's id tells them apart.
    let mut console = console_parameters();
    console.pinned = Some(device().public());
    let mut helper = helper_parameters();
    helper.pinned = Some(technician().public());
    helper.session = session(2);
    let mut pair = Pair::of(console, helper);
    pair.greet();
    pair.pass();
    assert_eq!((pair.console_known(), pair.helper_known()), (None, None));
}

#[test]
fn a_swapped_fingerprint_ends_the_call() {
    let mut pair = Pair::allowed();
    pair.helper.offer("a=fingerprint:sha-256 AA".into()).unwrap();
    pair.pass_by(|_, mut signal| {
        if let Signal::Offer { sdp, .. } = &mut signal {
            *sdp = sdp.replace("AA", "EE");
        }
        vec![signal]
    });
    assert!(!pair.console_heard.iter().any(|heard| matches!(heard, ConsoleOutput::Offered { .. })));
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));

    let mut pair = Pair::allowed();
    pair.helper.offer("offer".into()).unwrap();
    pair.pass();
    pair.console.answer(0, "a=fingerprint:sha-256 AA".into()).unwrap();
    pair.pass_by(|_, mut signal| {
        if let Signal::Answer { sdp, .. } = &mut signal {
            *sdp = sdp.replace("AA", "EE");
        }
        vec![signal]
    });
    assert!(!pair.helper_heard.iter().any(|heard| matches!(heard, HelperOutput::Answered { .. })));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn more_cannot_be_asked_for_on_the_way() {
    let mut pair = Pair::known();
    let mut ask = view_and_control();
    ask.capabilities.truncate(1);
    pair.console.ask(ask, pair.now).unwrap();
    pair.pass_by(|_, mut signal| {
        if let Signal::Ask { ask, .. } = &mut signal {
            *ask = view_and_control();
        }
        vec![signal]
    });
    assert!(!pair.helper_heard.iter().any(|heard| matches!(heard, HelperOutput::Asked { .. })));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_no_cannot_be_made_a_yes_nor_the_other_way_round() {
    let mut pair = Pair::known();
    pair.console.ask(view_and_control(), pair.now).unwrap();
    pair.pass();
    pair.helper.decline(pair.question(), DeclineReason::Denied).unwrap();
    pair.pass_by(|_, signal| match signal {
        Signal::Decline { run, nonce, signature, .. } => {
            vec![Signal::Offer { run, nonce, generation: 0, sdp: "mine".into(), signature }]
        }
        signal => vec![signal],
    });
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));

    let mut pair = Pair::allowed();
    pair.helper.offer("offer".into()).unwrap();
    pair.pass_by(|_, signal| match signal {
        Signal::Offer { run, nonce, signature, .. } => {
            vec![Signal::Decline { run, nonce, reason: DeclineReason::Denied, signature }]
        }
        signal => vec![signal],
    });
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn an_offer_for_one_question_does_not_fit_another() {
    let mut pair = Pair::allowed();
    pair.helper.offer("offer".into()).unwrap();
    let held = pair.collect();
    pair.console.ask(view_and_control(), pair.now).unwrap();
    let newer = pair.collect();
    let Some((_, Signal::Ask { nonce: newer, .. })) = newer.first() else { panic!("an ask") };
    for (from, signal) in held {
        let Signal::Offer { run, generation, sdp, signature, .. } = signal else { panic!("an offer") };
        pair.deliver(from, Signal::Offer { run, nonce: *newer, generation, sdp, signature });
    }
    pair.pass_by(|_, _| Vec::new());
    assert!(!pair.console_heard.iter().any(|heard| matches!(heard, ConsoleOutput::Offered { .. })));
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn an_older_generation_is_never_taken_again() {
    let mut pair = Pair::allowed();
    for generation in 0..2 {
        pair.helper.offer(format!("offer {generation}")).unwrap();
        pair.pass();
        pair.console.answer(generation, format!("answer {generation}")).unwrap();
        pair.pass();
    }
    let old = |is: fn(&Signal) -> bool| pair.sent.iter().find(|(_, signal)| is(signal)).cloned().unwrap();
    let offer = old(|signal| matches!(signal, Signal::Offer { generation: 0, .. }));
    let answer = old(|signal| matches!(signal, Signal::Answer { generation: 0, .. }));
    pair.deliver(offer.0, offer.1);
    pair.deliver(answer.0, answer.1);
    pair.pass_by(|_, _| Vec::new());
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_goodbye_must_be_signed_by_who_says_it() {
    let mut pair = Pair::known();
    pair.helper.bye(EndReason::CustomerEnded).unwrap();
    pair.pass_by(|_, mut signal| {
        if let Signal::Bye { reason, .. } = &mut signal {
            *reason = EndReason::TechnicianEnded;
        }
        vec![signal]
    });
    assert!(!pair.console_heard.iter().any(|heard| matches!(heard, ConsoleOutput::Bye { .. })));
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn another_key_for_a_known_session_is_refused_even_with_the_code() {
    let mut pair = Pair::known();
    let mut other = helper_parameters();
    other.identity = Arc::new(stranger());
    pair.helper = HelperHandshake::new(other);
    pair.greet();
    pair.pass();
    assert_eq!(pair.console_failed(), Some(RefuseReason::KeyChanged));

    let mut pair = Pair::known();
    let mut other = console_parameters();
    other.identity = Arc::new(stranger());
    pair.console = ConsoleHandshake::new(other);
    pair.console.greet(run(50), pair.now).unwrap();
    pair.pass();
    assert_eq!(pair.helper_failed(), Some(RefuseReason::KeyChanged));
}

#[test]
fn nobody_can_talk_two_ends_into_trusting_keys_they_never_proved() {
    // "Pinned" on the way, where nothing is pinned.
    let mut pair = Pair::new();
    pair.greet();
    pair.pass_by(|_, signal| match signal {
        Signal::Greet { version, run, key, commitment, .. } => {
            vec![Signal::Greet { version, run, key, commitment, knowing: Knowing::Pinned }]
        }
        Signal::Present { version, run, key, nonce, .. } => {
            vec![Signal::Present { version, run, key, nonce, knowing: Knowing::Pinned, share: None }]
        }
        signal => vec![signal],
    });
    assert_eq!((pair.console_known(), pair.helper_known()), (None, None));
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_pinned_run_led_to_the_code_still_needs_the_pinned_key() {
    let mut pair = Pair::known();
    let run = pair.greet();
    pair.collect();
    // The stranger has the code, and says that he wants to be known by it.
    let (_, mut parameters) = middleman("4QXD");
    parameters.session = session(1);
    let mut stranger = HelperHandshake::new(parameters);
    let greet = Signal::Greet {
        version: deskhand_protocol::PROTOCOL_VERSION,
        run,
        key: technician().public(),
        commitment: Digest([0; 32]),
        knowing: Knowing::Spoken,
    };
    stranger.handle_signal(greet, pair.now);
    while let Some(output) = stranger.poll() {
        if let HelperOutput::Send(signal) = output {
            pair.deliver(From::Helper, signal);
        }
    }
    pair.collect();
    assert_eq!(pair.console_failed(), Some(RefuseReason::KeyChanged));
}

#[test]
fn an_end_does_not_talk_to_itself() {
    let mut helper = helper_parameters();
    helper.identity = Arc::new(technician());
    let mut pair = Pair::of(console_parameters(), helper);
    pair.greet();
    pair.pass();
    assert_eq!((pair.console_known(), pair.helper_known()), (None, None));
}

#[test]
fn a_key_that_fits_every_signature_is_refused() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut pair = Pair::new();
    pair.greet();
    pair.pass_by(|_, mut signal| {
        match &mut signal {
            Signal::Present { key, .. } => *key = PublicKey(neutral),
            Signal::Confirm { signature, .. } => {
                signature.0 = [0; 64];
                signature.0[0] = 1;
            }
            _ => {}
        }
        vec![signal]
    });
    assert_eq!(pair.console_known(), None);
}

#[test]
fn a_description_over_the_limit_is_not_taken() {
    let mut pair = Pair::allowed();
    pair.helper.offer("offer".into()).unwrap();
    pair.pass_by(|_, mut signal| {
        if let Signal::Offer { sdp, .. } = &mut signal {
            *sdp = "x".repeat(SDP + 1);
        }
        vec![signal]
    });
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_flood_of_questions_ends_the_run() {
    let mut pair = Pair::known();
    for _ in 0..65 {
        if pair.console.ask(view_and_control(), pair.now).is_err() {
            break;
        }
        pair.pass();
    }
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}

#[test]
fn a_signal_of_a_run_nobody_began_ends_the_present_one() {
    let mut pair = Pair::known();
    let stray = Signal::Decline {
        run: run(77),
        nonce: Nonce([0; 32]),
        reason: DeclineReason::Denied,
        signature: Identity::from_seed(&[1; 32]).sign(b"x"),
    };
    pair.deliver(From::Helper, stray.clone());
    pair.deliver(From::Console, stray);
    pair.pass_by(|_, _| Vec::new());
    assert_eq!(pair.console_failed(), Some(RefuseReason::BadProof));
    assert_eq!(pair.helper_failed(), Some(RefuseReason::BadProof));
}
