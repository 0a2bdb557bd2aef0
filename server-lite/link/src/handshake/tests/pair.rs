//! Two ends and the way between them, on which everything can be seen and changed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_protocol::{
    UnixMillis,
    call::{
        control::VideoCodec,
        signal::{Ask, Introduction, RefuseReason, Seat, Signal},
    },
    capability::Capability,
    code::Secret,
    id::{RunId, SessionId},
    key::{Digest, PublicKey},
    text::Name,
};
use uuid::Uuid;

use crate::{
    company::Judge,
    entropy::Entropy,
    handshake::{
        ConsoleHandshake, ConsoleOutput, ConsoleParameters, HelperHandshake, HelperOutput, HelperParameters,
        KnownSecret, Question, Words,
    },
    identity::Identity,
    tls::Certificate,
};

/// Whose signal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Console,
    Helper,
}

pub(super) struct Pair {
    pub(super) console: ConsoleHandshake,
    pub(super) helper: HelperHandshake,
    pub(super) now: Instant,
    pub(super) console_heard: Vec<ConsoleOutput>,
    pub(super) helper_heard: Vec<HelperOutput>,
    /// Every signal that an end sent, in order.
    pub(super) sent: Vec<(From, Signal)>,
    runs: u128,
}

pub(super) fn session(number: u128) -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn run(number: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(0xabc0_0000 + number))
}

pub(super) fn secret(text: &str) -> Secret {
    text.parse().unwrap()
}

/// What every clock shows when a story begins.
pub(super) const TODAY: UnixMillis = UnixMillis(1_790_000_000_000);

pub(super) fn technician() -> Identity {
    Identity::from_seed(&[0x11; 32])
}

pub(super) fn device() -> Identity {
    Identity::from_seed(&[0x22; 32])
}

pub(super) fn stranger() -> Identity {
    Identity::from_seed(&[0x33; 32])
}

pub(super) fn introduction(pins: Vec<Digest>) -> Introduction {
    Introduction {
        name: Name::new("Mara Weber").unwrap(),
        company: Name::new("Weber IT").unwrap(),
        relay_pins: pins,
        certificate: None,
        seat: Seat::Desktop,
    }
}

pub(super) fn console_parameters() -> ConsoleParameters {
    ConsoleParameters {
        session: session(1),
        identity: Arc::new(technician()),
        introduction: introduction(Vec::new()),
        spoken: Some(secret("4QXD")),
        link: Some(secret("0123456789ABCDEFGHJKMNPQRS")),
        pinned: None,
        failures: 0,
        entropy: Entropy::from_seed([0x44; 32]),
    }
}

pub(super) fn helper_parameters() -> HelperParameters {
    HelperParameters {
        session: session(1),
        identity: Arc::new(device()),
        secret: Some(KnownSecret::Spoken(secret("4QXD"))),
        technician: None,
        pinned: None,
        certificate: Certificate::Loopback,
        judge: Judge::new(Instant::now(), TODAY),
        failures: 0,
        entropy: Entropy::from_seed([0x55; 32]),
    }
}

pub(super) fn view_and_control() -> Ask {
    Ask { capabilities: vec![Capability::View, Capability::Control], codecs: vec![VideoCodec::Av1] }
}

impl Pair {
    pub(super) fn new() -> Self {
        Self::of(console_parameters(), helper_parameters())
    }

    pub(super) fn of(console: ConsoleParameters, helper: HelperParameters) -> Self {
        Self {
            console: ConsoleHandshake::new(console),
            helper: HelperHandshake::new(helper),
            now: Instant::now(),
            console_heard: Vec::new(),
            helper_heard: Vec::new(),
            sent: Vec::new(),
            runs: 0,
        }
    }

    /// A pair that knows each other.
    pub(super) fn known() -> Self {
        let mut pair = Self::new();
        pair.greet();
        pair.pass();
        assert!(pair.console.is_known() && pair.helper.is_known());
        pair
    }

    /// A pair whose customer has said yes.
    pub(super) fn allowed() -> Self {
        let mut pair = Self::known();
        pair.console.ask(view_and_control(), pair.now).unwrap();
        pair.pass();
        let question = pair.question();
        pair.helper.allow(question).unwrap();
        pair
    }

    pub(super) fn greet(&mut self) -> RunId {
        self.runs += 1;
        let run = run(self.runs);
        self.console.greet(run, self.now).unwrap();
        run
    }

    pub(super) fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// Passes everything on, unchanged.
    pub(super) fn pass(&mut self) {
        self.pass_by(|_, signal| vec![signal]);
    }

    /// Passes on what `between` makes of each signal, until nobody says anything more.
    pub(super) fn pass_by(&mut self, mut between: impl FnMut(From, Signal) -> Vec<Signal>) {
        for _ in 0..100 {
            let signals = self.collect();
            if signals.is_empty() {
                return;
            }
            for (from, signal) in signals {
                for signal in between(from, signal) {
                    self.deliver(from, signal);
                }
            }
        }
        panic!("the two ends talk for ever");
    }

    /// Gives one signal to the other end.
    pub(super) fn deliver(&mut self, from: From, signal: Signal) {
        match from {
            From::Console => self.helper.handle_signal(signal, self.now),
            From::Helper => self.console.handle_signal(signal, self.now),
        }
    }

    /// Takes what the ends want to send, and notes what they say.
    pub(super) fn collect(&mut self) -> Vec<(From, Signal)> {
        let mut signals = Vec::new();
        while let Some(output) = self.console.poll() {
            match output {
                ConsoleOutput::Send(signal) => signals.push((From::Console, *signal)),
                said => self.console_heard.push(said),
            }
        }
        while let Some(output) = self.helper.poll() {
            match output {
                HelperOutput::Send(signal) => signals.push((From::Helper, signal)),
                said => self.helper_heard.push(said),
            }
        }
        self.sent.extend(signals.iter().cloned());
        signals
    }

    /// The latest question that the customer was asked.
    pub(super) fn question(&self) -> Question {
        let asked = self.helper_heard.iter().rev().find_map(|heard| match heard {
            HelperOutput::Asked { question, .. } => Some(*question),
            _ => None,
        });
        asked.expect("nobody was asked")
    }

    pub(super) fn console_known(&self) -> Option<(PublicKey, Words)> {
        self.console_heard.iter().rev().find_map(|heard| match heard {
            ConsoleOutput::Known { peer_key, words } => Some((*peer_key, *words)),
            _ => None,
        })
    }

    pub(super) fn helper_known(&self) -> Option<(PublicKey, Words)> {
        self.helper_heard.iter().rev().find_map(|heard| match heard {
            HelperOutput::Known { peer_key, words, .. } => Some((*peer_key, *words)),
            _ => None,
        })
    }

    pub(super) fn console_failed(&self) -> Option<RefuseReason> {
        self.console_heard.iter().rev().find_map(|heard| match heard {
            ConsoleOutput::Failed { reason } => Some(*reason),
            _ => None,
        })
    }

    pub(super) fn helper_failed(&self) -> Option<RefuseReason> {
        self.helper_heard.iter().rev().find_map(|heard| match heard {
            HelperOutput::Failed { reason } => Some(*reason),
            _ => None,
        })
    }
}
