//! A relay that does what it likes with what passes it, against the real helper: between the technician's handshake and
//! the helper's program it swaps keys, nonces and fingerprints, drops, cuts, repeats and retargets, plays old runs and
//! guesses the code. It may deny service and no more: after everything an honest call stands.

use std::time::Duration;

use anyhow::{Context as _, Result};
use deskhand_link::{
    handshake::{ConsoleHandshake, ConsoleOutput, write_signal},
    peer::{Peer, PeerConfig},
};
use deskhand_protocol::{
    call::{control::VideoCodec, signal::Ask},
    capability::Capability,
    id::{RunId, SessionId},
    limit::SOCKET_FRAMES_PER_SECOND,
};
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    Length, Tally,
    end::{Asked, End},
};
use crate::stage::{customer::Customer, display::Display, relay::RelayProgram};

/// What is done to a signal.
#[derive(Debug, Clone, Copy)]
enum How {
    /// It does not arrive.
    Drop,
    /// Only its first half arrives.
    Cut,
    /// It arrives twice.
    Twice,
    /// A part of it is another.
    Change(&'static str),
    /// In its description, what follows these words is another.
    Description(&'static str),
}

/// One thing done to one kind of signal.
type Tamper = (&'static str, How);

/// What is done while keys are proven.
const PROOF: [Tamper; 23] = [
    ("greet", How::Change("/key")),
    ("greet", How::Change("/commitment")),
    ("greet", How::Change("/version")),
    ("greet", How::Change("/run")),
    ("greet", How::Change("/knowing")),
    ("greet", How::Drop),
    ("present", How::Change("/key")),
    ("present", How::Change("/nonce")),
    ("present", How::Change("/version")),
    ("present", How::Change("/knowing")),
    ("present", How::Change("/share")),
    ("present", How::Drop),
    ("present", How::Cut),
    ("reveal", How::Change("/nonce")),
    ("reveal", How::Change("/share")),
    ("reveal", How::Change("/introduction")),
    ("reveal", How::Change("/signature")),
    ("reveal", How::Change("/run")),
    ("reveal", How::Drop),
    ("reveal", How::Cut),
    ("reveal", How::Twice),
    ("confirm", How::Change("/signature")),
    ("confirm", How::Drop),
];

/// What is done while a connection is asked for, offered and answered.
const CALL: [Tamper; 22] = [
    ("ask", How::Change("/ask/capabilities")),
    ("ask", How::Change("/ask/codecs")),
    ("ask", How::Change("/nonce")),
    ("ask", How::Change("/signature")),
    ("ask", How::Change("/run")),
    ("ask", How::Drop),
    ("ask", How::Cut),
    ("offer", How::Description("a=fingerprint:sha-256 ")),
    ("offer", How::Description("a=ice-pwd:")),
    ("offer", How::Description("a=candidate:")),
    ("offer", How::Change("/generation")),
    ("offer", How::Change("/nonce")),
    ("offer", How::Change("/signature")),
    ("offer", How::Drop),
    ("answer", How::Description("a=fingerprint:sha-256 ")),
    ("answer", How::Description("a=ice-pwd:")),
    ("answer", How::Change("/generation")),
    ("answer", How::Change("/nonce")),
    ("answer", How::Change("/signature")),
    ("answer", How::Change("/run")),
    ("answer", How::Drop),
    ("answer", How::Cut),
];

pub(super) fn run(length: Length, tally: &mut Tally) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(attack(length, tally))
}

async fn attack(length: Length, tally: &mut Tally) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProgram::start(&folder.path().join("relay"))?;
    let desk = Display::start(1280, 800)?;
    let end = End::begin(&relay, "Ada Weber", "Weber IT").await?;
    let customer = Customer::start(&desk, &folder.path().join("helper"))?;
    let mut middle = Middle::new(end, &customer);

    // One guess at the code, and the customer is back at the field.
    middle.customer_calls().await?;
    let mut guess = middle.end.impostor()?;
    let known = middle.proves(&mut guess, None).await? == Seen::Known || middle.confirmed;
    tally.tried(1, "guessing the code", known.then(|| "he was known".to_owned()));
    customer.page.find("textbox", "Address and code, or link")?;
    middle.end.helper_goes().await?;
    middle.customer_calls().await?;
    middle.flush().await?;

    middle.proofs(Know::ByCode, tally).await?;
    // An honest call, so that there is something to take.
    middle.end.prove().await?;
    let (asked, clicked) = tokio::join!(middle.end.ask(&[Capability::View]), async {
        tokio::task::block_in_place(|| {
            customer.is_asked()?;
            customer.page.click_away("button", "Allow")
        })
    });
    clicked?;
    anyhow::ensure!(asked? == Asked::Connected, "the technician was not let in");
    for _ in 0..length.times(1) {
        middle.proofs(Know::ByCode, tally).await?;
        middle.proofs(Know::ByKey, tally).await?;
        middle.honest_call().await?;
        middle.calls(tally).await?;
        middle.honest_call().await?;
        middle.old_runs(tally).await?;
        for _ in 0..5 {
            let mut impostor = middle.end.impostor()?;
            let known = middle.proves(&mut impostor, None).await? == Seen::Known || middle.confirmed;
            tally.tried(1, "another technician's key", known.then(|| "he was known".to_owned()));
            middle.flush().await?;
        }
        // It can only deny service: the same technician is let in again, and nobody was asked anything.
        middle.honest_call().await?;
        let question = tokio::task::block_in_place(|| customer.page.find_now("button", "Allow"))?;
        tally.tried(1, "a question of its own", question.map(|_| "the customer is asked something".to_owned()));
    }
    let text = tokio::task::block_in_place(|| customer.page.text())?;
    if text.trim().is_empty() {
        tally.crashed("the helper shows nothing any more");
    }
    Ok(())
}

/// By what the helper is known at the technician's.
#[derive(Debug, Clone, Copy)]
enum Know {
    ByCode,
    ByKey,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Known,
    Offered(u32, String),
    Failed,
    /// It waits for what does not come.
    Silent,
}

/// Whoever sits between the two ends.
struct Middle<'a> {
    end: End,
    customer: &'a Customer,
    /// The relay takes so many frames a second.
    pace: Interval,
    /// Whether the helper has proven itself to a run with which something was wrong.
    confirmed: bool,
    /// Signals of the technician's that passed in honest runs.
    old: Vec<String>,
}

impl<'a> Middle<'a> {
    fn new(end: End, customer: &'a Customer) -> Self {
        let mut pace = interval(Duration::from_secs(1) * 5 / 4 / SOCKET_FRAMES_PER_SECOND);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { end, customer, pace, confirmed: false, old: Vec::new() }
    }

    /// The customer types the code, which may be again: a proof that is wrong leads him back to the field.
    async fn customer_calls(&mut self) -> Result<()> {
        let (customer, call) = (self.customer, self.end.call.clone());
        tokio::task::block_in_place(|| customer.types_call(&call))?;
        self.end.helper_comes().await
    }

    async fn send(&mut self, text: String) -> Result<()> {
        self.pace.tick().await;
        self.end.signal(text)
    }

    /// Carries a run on until something came of it.
    async fn carry(&mut self, handshake: &mut ConsoleHandshake, tamper: Option<Tamper>) -> Result<Seen> {
        loop {
            while let Some(output) = handshake.poll() {
                match output {
                    ConsoleOutput::Send(signal) => {
                        let texts = tampered(tamper, &write_signal(&signal)?);
                        if texts.is_empty() {
                            return Ok(Seen::Silent);
                        }
                        for text in texts {
                            self.send(text).await?;
                        }
                    }
                    ConsoleOutput::Known { .. } => return Ok(Seen::Known),
                    ConsoleOutput::Offered { generation, sdp } => return Ok(Seen::Offered(generation, sdp)),
                    ConsoleOutput::Failed { .. } | ConsoleOutput::Declined { .. } | ConsoleOutput::Bye { .. } => {
                        return Ok(Seen::Failed);
                    }
                    ConsoleOutput::WrongCode { .. } => {}
                }
            }
            let Some(text) = self.end.next_signal().await? else { return Ok(Seen::Failed) };
            self.confirmed |= kind(&text) == "confirm";
            let texts = tampered(tamper, &text);
            if texts.is_empty() {
                return Ok(Seen::Silent);
            }
            for text in texts {
                handshake.handle_text(&text, std::time::Instant::now());
            }
        }
    }

    /// Begins a run and carries it until the keys are known, or not.
    async fn proves(&mut self, handshake: &mut ConsoleHandshake, tamper: Option<Tamper>) -> Result<Seen> {
        self.confirmed = false;
        handshake.greet(RunId::from_uuid(uuid::Uuid::now_v7()), std::time::Instant::now())?;
        self.carry(handshake, tamper).await
    }

    /// Begins another run and waits until the helper answers it: whatever it had to say before was said. Answers with
    /// whether it has proven itself or offered anything meanwhile. A helper that is gone is called again.
    async fn flush(&mut self) -> Result<bool> {
        let mut took_part = false;
        loop {
            let mut handshake = self.end.beginning(self.end.session(), None)?;
            let run = RunId::from_uuid(uuid::Uuid::now_v7());
            handshake.greet(run, std::time::Instant::now())?;
            while let Some(output) = handshake.poll() {
                if let ConsoleOutput::Send(signal) = output {
                    self.send(write_signal(&signal)?).await?;
                }
            }
            while let Some(text) = self.end.next_signal().await? {
                took_part |= matches!(kind(&text).as_str(), "confirm" | "offer");
                if kind(&text) == "present" && text.contains(&run.to_string()) {
                    return Ok(took_part);
                }
            }
            self.customer_calls().await?;
        }
    }

    /// What the technician does whom nobody disturbs: the helper lets him in under the same grant, and would wait for
    /// him no longer than two minutes.
    async fn honest_call(&mut self) -> Result<()> {
        self.end.come_back().await?;
        let asked = self.end.ask(&[Capability::View]).await?;
        anyhow::ensure!(asked == Asked::Connected, "an honest call does not stand any more: {asked:?}");
        Ok(())
    }

    /// Everything that can be done while keys are proven.
    async fn proofs(&mut self, know: Know, tally: &mut Tally) -> Result<()> {
        let pinned = match know {
            Know::ByCode => None,
            Know::ByKey => Some(self.end.pinned().context("the helper is known")?),
        };
        for tamper in PROOF {
            // What a run by key does not have cannot be changed.
            if pinned.is_some() && matches!(tamper.1, How::Change("/share")) {
                continue;
            }
            let mut handshake = self.end.beginning(self.end.session(), pinned)?;
            let seen = self.proves(&mut handshake, Some(tamper)).await.with_context(|| format!("{tamper:?}"))?;
            let (kind, how) = tamper;
            let before = matches!(kind, "greet" | "reveal" | "present") && self.confirmed;
            let after = self.flush().await.with_context(|| format!("after {tamper:?}"))?
                && matches!(kind, "greet" | "reveal" | "present");
            // A signal that came twice is not another one.
            let through = !matches!(how, How::Twice) && (seen == Seen::Known || before || after);
            tally.tried(1, "a proof that was tampered with", through.then(|| format!("{kind} {how:?}: {seen:?}")));
        }
        // Led to the helper of another session.
        let other = SessionId::from_uuid(uuid::Uuid::now_v7());
        let mut handshake = self.end.beginning(other, pinned)?;
        let seen = self.proves(&mut handshake, None).await?;
        let through = (seen == Seen::Known || self.confirmed).then(|| "it was known there".to_owned());
        tally.tried(1, "a call led elsewhere", through);
        self.flush().await?;
        Ok(())
    }

    /// Everything that can be done to a question, an offer and an answer.
    async fn calls(&mut self, tally: &mut Tally) -> Result<()> {
        let pinned = self.end.pinned();
        for tamper in CALL {
            let mut handshake = self.end.beginning(self.end.session(), pinned)?;
            anyhow::ensure!(self.proves(&mut handshake, None).await? == Seen::Known, "an honest proof is not taken");
            let codecs = vec![VideoCodec::Av1, VideoCodec::H264];
            handshake.ask(Ask { capabilities: vec![Capability::View], codecs }, std::time::Instant::now())?;
            let seen = self.carry(&mut handshake, Some(tamper)).await?;
            let (kind, how) = tamper;
            let through = match (kind, seen) {
                ("answer", Seen::Offered(generation, sdp)) => {
                    let (peer, _events, answer) = Peer::answerer(PeerConfig::default(), &sdp).await?;
                    handshake.answer(generation, answer)?;
                    let seen = self.carry(&mut handshake, Some(tamper)).await?;
                    drop(peer);
                    !matches!(seen, Seen::Failed | Seen::Silent)
                }
                ("answer", _) => anyhow::bail!("an honest question has no offer"),
                (_, seen) => matches!(seen, Seen::Offered(..) | Seen::Known),
            };
            let after = self.flush().await? && kind == "ask";
            let what = "a call that was tampered with";
            tally.tried(1, what, (through || after).then(|| format!("{kind} {how:?}")));
        }
        Ok(())
    }

    /// What the technician said in an honest run, said again; and an end that he did not say.
    async fn old_runs(&mut self, tally: &mut Tally) -> Result<()> {
        let mut handshake = self.end.beginning(self.end.session(), self.end.pinned())?;
        let run = RunId::from_uuid(uuid::Uuid::now_v7());
        handshake.greet(run, std::time::Instant::now())?;
        let mut said = Vec::new();
        while !handshake.is_known() {
            while let Some(output) = handshake.poll() {
                if let ConsoleOutput::Send(signal) = output {
                    let text = write_signal(&signal)?;
                    said.push(text.clone());
                    self.send(text).await?;
                }
            }
            let text = self.end.next_signal().await?.context("an honest proof is not taken")?;
            handshake.handle_text(&text, std::time::Instant::now());
        }
        self.flush().await?;
        self.old.append(&mut said);
        for text in self.old.clone() {
            self.send(text).await?;
            let taken = self.flush().await?;
            tally.tried(1, "an old run", taken.then(|| "the helper took part".to_owned()));
        }
        let mut handshake = self.end.beginning(self.end.session(), self.end.pinned())?;
        anyhow::ensure!(self.proves(&mut handshake, None).await? == Seen::Known, "an honest proof is not taken");
        handshake.bye(deskhand_protocol::record::EndReason::TechnicianEnded)?;
        while let Some(output) = handshake.poll() {
            if let ConsoleOutput::Send(signal) = output {
                for text in tampered(Some(("bye", How::Change("/signature"))), &write_signal(&signal)?) {
                    self.send(text).await?;
                }
            }
        }
        // A helper whose session had ended would not answer.
        self.flush().await?;
        tally.tried(1, "an end that nobody said", None);
        Ok(())
    }
}

fn kind(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    value["type"].as_str().unwrap_or_default().to_owned()
}

/// What arrives of a signal.
fn tampered(tamper: Option<Tamper>, text: &str) -> Vec<String> {
    let untouched = || vec![text.to_owned()];
    let Some((of, how)) = tamper else { return untouched() };
    let mut value: Value = serde_json::from_str(text).unwrap_or_default();
    if value["type"] != of {
        return untouched();
    }
    match how {
        How::Drop => return Vec::new(),
        How::Cut => return vec![text.chars().take(text.len() / 2).collect()],
        How::Twice => return vec![text.to_owned(), text.to_owned()],
        How::Change(part) => {
            if let Some(part) = value.pointer_mut(part) {
                change(part);
            }
        }
        How::Description(words) => {
            let sdp = value["sdp"].as_str().unwrap_or_default();
            let changed = sdp.find(words).map(|at| {
                let (before, after) = sdp.split_at(at + words.len());
                let other = if after.starts_with('0') { '1' } else { '0' };
                format!("{before}{other}{}", after.get(1..).unwrap_or_default())
            });
            value["sdp"] = json!(changed);
        }
    }
    vec![value.to_string()]
}

/// Makes something else of a part, of the same form.
fn change(part: &mut Value) {
    *part = match part.take() {
        Value::String(word) if word == "spoken" => json!("link"),
        Value::String(word) if word == "pinned" => json!("spoken"),
        Value::String(text) => {
            let other = if text.starts_with('0') { '1' } else { '0' };
            json!(format!("{other}{}", text.get(1..).unwrap_or_default()))
        }
        Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1),
        Value::Array(mut list) => {
            list.push(json!("control"));
            Value::Array(list)
        }
        Value::Object(mut fields) => {
            fields.insert("name".to_owned(), json!("Mallory"));
            Value::Object(fields)
        }
        other => other,
    };
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::call::signal::{RefuseReason, Signal};

    use super::*;

    #[test]
    fn what_is_tampered_with_is_another_signal() {
        let run = RunId::from_uuid(uuid::Uuid::nil());
        let text = write_signal(&Signal::Refuse { run, reason: RefuseReason::Version }).ok().unwrap_or_default();
        assert_eq!(tampered(None, &text), std::slice::from_ref(&text));
        assert_eq!(tampered(Some(("greet", How::Drop)), &text), std::slice::from_ref(&text));
        assert!(tampered(Some(("refuse", How::Drop)), &text).is_empty());
        assert_eq!(tampered(Some(("refuse", How::Twice)), &text).len(), 2);
        for how in [How::Cut, How::Change("/run")] {
            let other = tampered(Some(("refuse", how)), &text);
            assert!(other.len() == 1 && other[0] != text, "{how:?}");
        }
    }
}
