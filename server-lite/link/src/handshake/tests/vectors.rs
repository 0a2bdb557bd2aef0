//! Stories of a helper's end, written down so that other languages can play them: what it was told, what it drew of
//! randomness, and every word it answered. Both sides read `vectors/handshake.json`; with `UPDATE_VECTORS=1` this test
//! writes it anew.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use deskhand_protocol::{
    call::{
        control::VideoCodec,
        signal::{Ask, DeclineReason, Introduction, Knowing, RefuseReason, Seat, Signal},
    },
    capability::Capability,
    company::SealedCertificate,
    key::Digest,
    record::EndReason,
};
use serde_json::{Value, json};

use super::pair::{console_parameters, device, helper_parameters, introduction, run, secret, stranger, technician};
use crate::{
    entropy::Entropy,
    handshake::{
        ConsoleHandshake, ConsoleOutput, ConsoleParameters, HelperHandshake, HelperOutput, HelperParameters,
        KnownSecret, Question, STEP_TIME,
    },
    tls::Certificate,
};

const LINK: &str = "0123456789ABCDEFGHJKMNPQRS";
const SPOKEN: &str = "4QXD";
const SEED: [u8; 32] = [0x55; 32];

/// One helper's end, and whoever talks to it.
struct Story {
    console: ConsoleHandshake,
    helper: HelperHandshake,
    /// Draws what the helper draws.
    entropy: Entropy,
    random: Vec<String>,
    question: Option<Question>,
    began: Instant,
    now: Instant,
    runs: u128,
    told: Value,
    steps: Vec<Value>,
}

fn by(knowing: &str) -> HelperParameters {
    let known = match knowing {
        "link" => KnownSecret::Link(secret(LINK)),
        _ => KnownSecret::Spoken(secret(SPOKEN)),
    };
    HelperParameters { secret: Some(known), entropy: Entropy::from_seed(SEED), ..helper_parameters() }
}

impl Story {
    fn new(knowing: &str, console: ConsoleParameters) -> Self {
        Self::with(knowing, console, by(knowing))
    }

    fn with(knowing: &str, console: ConsoleParameters, helper: HelperParameters) -> Self {
        let now = Instant::now();
        let text = if knowing == "link" { LINK } else { SPOKEN };
        let told = json!({
            "session": helper.session,
            "seed": HEXLOWER.encode(&*device().seed()),
            "secret": { "knowing": knowing, "text": text },
        });
        Self {
            console: ConsoleHandshake::new(console),
            helper: HelperHandshake::new(helper),
            entropy: Entropy::from_seed(SEED),
            random: Vec::new(),
            question: None,
            began: now,
            now,
            runs: 0,
            told,
            steps: Vec::new(),
        }
    }

    /// The console of somebody else takes this one's place.
    fn replace_console(&mut self, console: ConsoleParameters) {
        self.console = ConsoleHandshake::new(console);
    }

    fn greet(&mut self) {
        self.runs += 1;
        self.console.greet(run(self.runs), self.now).unwrap();
        self.pass(Some);
    }

    fn ask(&mut self, capabilities: &[Capability], codecs: &[VideoCodec]) {
        let ask = Ask { capabilities: capabilities.to_vec(), codecs: codecs.to_vec() };
        self.console.ask(ask, self.now).unwrap();
        self.pass(Some);
    }

    /// Gives the helper what the console says, as `change` makes of it, until nobody says anything more.
    fn pass(&mut self, mut change: impl FnMut(Signal) -> Option<Signal>) {
        loop {
            let said: Vec<Signal> = std::iter::from_fn(|| self.console.poll())
                .filter_map(|output| match output {
                    ConsoleOutput::Send(signal) => Some(*signal),
                    _ => None,
                })
                .collect();
            if said.is_empty() {
                return;
            }
            for signal in said.into_iter().filter_map(&mut change) {
                self.say(&signal);
            }
        }
    }

    fn say(&mut self, signal: &Signal) {
        let text = serde_json::to_string(signal).unwrap();
        let before = self.steps.len();
        self.step(json!({ "signal": serde_json::to_value(signal).unwrap() }), |helper, now| {
            helper.handle_text(&text, now);
        });
        if matches!(signal, Signal::Greet { .. }) {
            self.random.push(HEXLOWER.encode(&self.entropy.array::<32>()));
            let outputs = self.steps[before]["outputs"].as_array().unwrap();
            if outputs.iter().any(|output| output["signal"]["share"].is_string()) {
                self.random.push(HEXLOWER.encode(&self.entropy.array::<64>()));
            }
        }
    }

    fn step(&mut self, done: Value, act: impl FnOnce(&mut HelperHandshake, Instant)) {
        act(&mut self.helper, self.now);
        let mut outputs = Vec::new();
        while let Some(output) = self.helper.poll() {
            outputs.push(match output {
                HelperOutput::Send(signal) => {
                    self.console.handle_signal(signal.clone(), self.now);
                    json!({ "kind": "send", "signal": serde_json::to_value(&signal).unwrap() })
                }
                HelperOutput::Greeted => json!({ "kind": "greeted" }),
                HelperOutput::Known { peer_key, words, introduction } => {
                    let words = words.to_strings();
                    json!({ "kind": "known", "key": peer_key, "words": words, "introduction": introduction })
                }
                HelperOutput::Asked { question, ask } => {
                    self.question = Some(question);
                    json!({ "kind": "asked", "ask": ask })
                }
                HelperOutput::Answered { generation, sdp } => {
                    json!({ "kind": "answered", "generation": generation, "sdp": sdp })
                }
                HelperOutput::MendAsked => json!({ "kind": "mend_asked" }),
                HelperOutput::Bye { reason } => json!({ "kind": "bye", "reason": reason }),
                HelperOutput::WrongCode { failures } => json!({ "kind": "wrong_code", "failures": failures }),
                HelperOutput::Failed { reason } => json!({ "kind": "failed", "reason": reason }),
            });
        }
        let at = u64::try_from((self.now - self.began).as_millis()).unwrap();
        let mut step = json!({ "at": at, "outputs": outputs });
        step.as_object_mut().unwrap().extend(done.as_object().unwrap().clone());
        self.steps.push(step);
    }

    fn allow(&mut self) {
        let question = self.question.unwrap();
        self.step(json!({ "do": "allow" }), |helper, _| helper.allow(question).unwrap());
    }

    fn decline(&mut self, reason: DeclineReason) {
        let question = self.question.unwrap();
        self.step(json!({ "do": "decline", "reason": reason }), |helper, _| helper.decline(question, reason).unwrap());
    }

    fn offer(&mut self, sdp: &str) {
        self.step(json!({ "do": "offer", "sdp": sdp }), |helper, _| {
            helper.offer(sdp.to_owned()).unwrap();
        });
    }

    fn bye(&mut self, reason: EndReason) {
        self.step(json!({ "do": "bye", "reason": reason }), |helper, _| helper.bye(reason).unwrap());
    }

    fn later(&mut self, time: Duration) {
        self.now += time;
        self.step(json!({ "do": "tick" }), |helper, now| helper.handle_timeout(now));
    }

    fn end(self, name: &str) -> Value {
        let mut whole = json!({ "name": name, "random": self.random, "steps": self.steps });
        whole.as_object_mut().unwrap().extend(self.told.as_object().unwrap().clone());
        whole
    }
}

fn a_whole_call() -> Value {
    let mut story = Story::new("link", console_parameters());
    story.greet();
    story.ask(&[Capability::View, Capability::Point], &[VideoCodec::Av1, VideoCodec::H264]);
    story.allow();
    story.offer("v=0 offer");
    story.console.answer(0, "v=0 answer".into()).unwrap();
    story.pass(Some);
    story.console.mend().unwrap();
    story.pass(Some);
    story.offer("v=0 another path");
    story.console.answer(1, "v=0 another answer".into()).unwrap();
    story.pass(Some);
    story.console.bye(EndReason::TechnicianEnded).unwrap();
    story.pass(Some);
    story.end("a link leads to a call with two paths that the technician ends")
}

fn a_no_and_a_yes() -> Value {
    let mut story = Story::new("spoken", console_parameters());
    story.greet();
    story.ask(&[Capability::View], &[VideoCodec::H264]);
    story.decline(DeclineReason::NoAnswer);
    story.ask(&[Capability::View, Capability::Control], &[VideoCodec::Av1]);
    story.allow();
    story.decline(DeclineReason::Denied);
    story.ask(&[Capability::View], &[VideoCodec::Av1]);
    story.allow();
    story.offer("v=0");
    story.bye(EndReason::CustomerEnded);
    story.end("a spoken code, a no, a yes taken back, a yes, and the customer's end")
}

fn known_keys() -> Value {
    let mut story = Story::new("spoken", console_parameters());
    story.greet();
    story.greet();
    story.greet();
    story.end("the second and third run are known by their keys")
}

fn wrong_codes() -> Value {
    let console = || ConsoleParameters { spoken: Some(secret("7777")), ..console_parameters() };
    let mut story = Story::new("spoken", console());
    for _ in 0..4 {
        story.greet();
        story.replace_console(console());
    }
    story.end("three wrong codes end the code")
}

fn named_certificates() -> Value {
    let pin = Digest([0xe3; 32]);
    let console = ConsoleParameters { introduction: introduction(vec![pin, Digest([9; 32])]), ..console_parameters() };
    let helper = HelperParameters { certificate: Certificate::Pinned(pin), ..by("link") };
    let mut story = Story::with("link", console, helper);
    story.greet();
    story.end("certificates that the console names are part of the proof")
}

fn a_browser() -> Value {
    let certificate = SealedCertificate::from_bytes(vec![0xce; 200]).ok();
    let mut story = Story::new("link", console_parameters());
    for certificate in [None, certificate] {
        let introduction = Introduction { seat: Seat::Browser, certificate, ..introduction(vec![Digest([0xe3; 32])]) };
        story.replace_console(ConsoleParameters { introduction, ..console_parameters() });
        story.greet();
    }
    // As if it were not one.
    story.runs += 1;
    let introduction = Introduction { seat: Seat::Browser, ..introduction(Vec::new()) };
    story.replace_console(ConsoleParameters { introduction, ..console_parameters() });
    story.console.greet(run(story.runs), story.now).unwrap();
    story.pass(|mut signal| {
        if let Signal::Reveal { introduction, .. } = &mut signal {
            introduction.seat = Seat::Desktop;
        }
        Some(signal)
    });
    story.end("that he sits at a browser is part of the proof")
}

fn another_technician() -> Value {
    let mut story = Story::new("spoken", console_parameters());
    story.greet();
    let identity = Arc::new(stranger());
    story.replace_console(ConsoleParameters { identity, ..console_parameters() });
    story.greet();
    story.end("another key than the known one is refused")
}

fn doubts() -> Value {
    let mut story = Story::new("link", console_parameters());
    let key = technician().public();
    let greet = |run, version| Signal::Greet { version, run, key, commitment: Digest([1; 32]), knowing: Knowing::Link };
    story.say(&greet(run(90), 2));
    story.say(&greet(run(91), 1));
    story.later(STEP_TIME);
    let reason = RefuseReason::NoReply;
    story.say(&Signal::Refuse { run: run(91), reason });
    story.say(&Signal::Refuse { run: run(92), reason });
    story.say(&Signal::Bye { run: run(93), reason: EndReason::Expired, signature: technician().sign(b"x") });
    // Each of these is changed on its way.
    let changes: [fn(&mut Signal); 6] = [
        |signal| {
            if let Signal::Reveal { signature, .. } = signal {
                signature.0[0] ^= 1;
            }
        },
        |signal| {
            if let Signal::Reveal { mac, .. } = signal {
                *mac = None;
            }
        },
        |signal| {
            if let Signal::Reveal { share: Some(share), .. } = signal {
                share.0[0] = 0x42;
            }
        },
        |signal| {
            if let Signal::Reveal { share, .. } = signal {
                *share = None;
            }
        },
        |signal| {
            if let Signal::Reveal { nonce, .. } = signal {
                nonce.0[3] ^= 0x10;
            }
        },
        |signal| {
            if let Signal::Reveal { introduction: who, .. } = signal {
                *who = introduction(vec![Digest([7; 32])]);
            }
        },
    ];
    for change in changes {
        story.replace_console(console_parameters());
        story.runs += 1;
        story.console.greet(run(story.runs), story.now).unwrap();
        story.pass(|mut signal| {
            change(&mut signal);
            Some(signal)
        });
    }
    story.replace_console(console_parameters());
    story.greet();
    story.step(json!({ "text": "no signal at all" }), |helper, now| helper.handle_text("no signal at all", now));
    story.end("any doubt ends the run")
}

#[test]
fn the_vectors_of_the_helpers_end_are_up_to_date() {
    let stories = json!([
        a_whole_call(),
        a_no_and_a_yes(),
        known_keys(),
        wrong_codes(),
        named_certificates(),
        a_browser(),
        another_technician(),
        doubts(),
    ]);
    let written = format!("{}\n", serde_json::to_string_pretty(&stories).unwrap());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/handshake.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).unwrap();
        fs::write(path, &written).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(kept == written, "vectors/handshake.json is not what the code does; UPDATE_VECTORS=1 writes it anew");
}
