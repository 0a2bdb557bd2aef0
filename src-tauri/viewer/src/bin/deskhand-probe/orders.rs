//! Orders for measuring: one line of JSON each on the standard input, answered by one line on the standard output.
//!
//! | order | answer |
//! |---|---|
//! | `type`: a key after each pause, once the last one's effect was seen | `typed`: for each key when it was sent, and the time until the pixel had its other colour |
//! | `record`: note each picture from now on | nothing |
//! | `report`: end the notes | `recorded`: the pictures, with their numbers and times |
//! | `still`: compare with the screen until it is the same | `still`: when it was |
//! | `end`, or the end of the input | the call ends |
//!
//! What cannot be done is answered by `problem`.
//!
//! Times are microseconds since 1970 of this machine's clock.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::Sender,
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use deskhand_protocol::call::{
    channel::Channel,
    input::{InputEvent, InputMessage, KeyUsage, Locks, Modifiers},
};
use deskhand_viewer::call::Call;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use crate::{
    eye::{Keep, Moment, Sight, Still, instant_of},
    framebuffer::Framebuffer,
};

/// A key whose effect was not seen within this time is missed.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many keys without any effect are enough.
const HOPELESS: u32 = 3;

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Order {
    /// See the module.
    Type {
        /// USB HID usage.
        usage: u16,
        /// What it writes at the console.
        text: String,
        /// Before each key.
        pauses_ms: Vec<u64>,
        /// The pixel to look at.
        pixel: (u16, u16),
    },
    /// See the module.
    Record {
        /// Where pictures carry their number.
        rows: Vec<(u16, u16)>,
        /// Keep those whose number is a multiple of this.
        keep_every: Option<u16>,
        /// Where.
        folder: Option<PathBuf>,
    },
    /// See the module.
    Report,
    /// See the module.
    Still {
        /// The file of the X server's framebuffer.
        framebuffer: PathBuf,
        /// When the screen became still.
        since_us: u64,
        /// How long after that to keep what can be seen.
        marks_ms: Vec<u64>,
        /// Where: `MARK.rgb`.
        folder: PathBuf,
        /// How long after that to give up.
        at_most_ms: u64,
    },
    /// See the module.
    End,
}

/// Sends input, numbered.
#[derive(Clone)]
pub(crate) struct Hands {
    call: Arc<Call>,
    seq: Arc<AtomicU32>,
}

impl Hands {
    /// For one call.
    pub(crate) fn new(call: Arc<Call>) -> Self {
        Self { call, seq: Arc::new(AtomicU32::new(1)) }
    }

    /// Sends one event.
    pub(crate) fn send(&self, event: InputEvent) {
        let seq = self.seq.fetch_add(1, Ordering::Relaxed);
        self.call.input(Channel::Input, InputMessage { seq, event }.encode());
    }
}

/// Reads orders until the input ends.
pub(crate) fn read() -> mpsc::UnboundedReceiver<Result<Order>> {
    let (sender, orders) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let order = serde_json::from_str(&line).with_context(|| format!("not an order: {line}"));
            if sender.send(order).is_err() {
                return;
            }
        }
    });
    orders
}

/// Carries out an order and returns what to tell.
pub(crate) async fn carry_out(order: Order, hands: Hands, eye: Sender<Sight>) -> Result<Value> {
    match order {
        Order::Type { usage, text, pauses_ms, pixel } => {
            types(&hands, &eye, (KeyUsage(usage), &text), &pauses_ms, pixel).await
        }
        Order::Record { rows, keep_every, folder } => {
            let keep = keep_every.zip(folder).map(|(every, folder)| Keep { every, folder });
            look(&eye, Sight::Record { rows, keep })?;
            Ok(json!({"event": "recording"}))
        }
        Order::Report => {
            let (answer, recorded) = oneshot::channel();
            look(&eye, Sight::Report(answer))?;
            Ok(json!({"event": "recorded", "recorded": recorded.await?}))
        }
        Order::Still { framebuffer, since_us, marks_ms, folder, at_most_ms } => {
            let screen = Framebuffer::open(&framebuffer).with_context(|| framebuffer.display().to_string())?;
            let since = instant_of(since_us, Moment::now());
            let after = |ms: u64| since + Duration::from_millis(ms);
            let marks = marks_ms.iter().map(|ms| (after(*ms), folder.join(format!("{ms}.rgb")))).collect();
            let (exact, told) = oneshot::channel();
            look(&eye, Sight::Still(Still { screen, marks, give_up: after(at_most_ms), exact }))?;
            Ok(json!({"event": "still", "exact_us": told.await??}))
        }
        Order::End => Ok(Value::Null),
    }
}

/// Presses and releases a key after each pause, and waits for what it does to the pixel.
async fn types(
    hands: &Hands,
    eye: &Sender<Sight>,
    (key, text): (KeyUsage, &str),
    pauses_ms: &[u64],
    pixel: (u16, u16),
) -> Result<Value> {
    let (mut sent_us, mut seen_ms, mut received_ms, mut missed) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut last = Instant::now();
    for pause in pauses_ms {
        sleep(Duration::from_millis(*pause).saturating_sub(last.elapsed())).await;
        let (armed, is_armed) = oneshot::channel();
        let (seen, is_seen) = oneshot::channel();
        look(eye, Sight::Change { pixel, armed, seen })?;
        if !is_armed.await? {
            bail!("there is no picture at {pixel:?} to watch");
        }
        let (modifiers, locks) = (Modifiers::default(), Locks::default());
        let sent = Moment::now();
        last = sent.instant;
        for event in [InputEvent::KeyDown { key, modifiers, locks, text: text.to_owned() }, InputEvent::KeyUp { key }] {
            hands.send(event);
        }
        match timeout(PATIENCE, is_seen).await {
            Ok(Ok(seen)) => {
                let since = |at: Instant| at.saturating_duration_since(last).as_secs_f64() * 1000.0;
                sent_us.push(sent.unix_us);
                seen_ms.push(since(seen.at));
                received_ms.push(since(seen.received));
            }
            _ => missed += 1,
        }
        if missed >= HOPELESS && seen_ms.is_empty() {
            bail!("no key changes the pixel at {pixel:?}");
        }
    }
    Ok(json!({"event": "typed", "sent_us": sent_us, "seen_ms": seen_ms, "received_ms": received_ms, "missed": missed}))
}

fn look(eye: &Sender<Sight>, sight: Sight) -> Result<()> {
    eye.send(sight).ok().context("the decoder has ended")
}
