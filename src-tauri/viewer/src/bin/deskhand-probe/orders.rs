//! Orders for measuring: one line of JSON each on the standard input, answered by one line on the standard output.
//!
//! | order | answer |
//! |---|---|
//! | `type`: a key after each pause, once the last one's effect was seen | `typed`: for each key when it was sent, and the time until the pixel had its other colour |
//! | `text`: what is typed without keys | `sent` |
//! | `click`: the left button at a place of a monitor | `sent` |
//! | `record`: note each picture from now on | nothing |
//! | `report`: end the notes | `recorded`: the pictures, with their numbers and times |
//! | `still`: compare with the screen until it is the same | `still`: when it was |
//! | `carry`: sends these files, or fetches them | `carried`: how it ended, when, and how much had to be carried again |
//! | `progress` | `progress`: bytes that are there |
//! | `pictures`: tell of each picture from now on | `picture`, each time: when it could be seen |
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
    files::{FileName, FilePath},
    input::{Button, InputEvent, InputMessage, KeyUsage, Locks, Modifiers, Place},
};
use deskhand_viewer::{
    call::Call,
    files::{Files, Way, queue::JobState},
};
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
    Text {
        /// What.
        text: String,
    },
    /// See the module.
    Click {
        /// Its index.
        monitor: u8,
        /// Across its width, 0 to 65535.
        x: u16,
        /// Across its height, likewise.
        y: u16,
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
    Carry {
        /// Which way.
        way: Way,
        /// The files of this machine, or the folder for them.
        local: Vec<PathBuf>,
        /// The names of those of the other one in the granted folder; with `send` nothing.
        remote: Vec<String>,
    },
    /// See the module.
    Progress,
    /// See the module.
    Pictures,
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
        Order::Text { text } => {
            hands.send(InputEvent::Text { text });
            Ok(json!({"event": "sent"}))
        }
        Order::Click { monitor, x, y } => {
            let (button, place) = (Button::Left, Place { monitor, x, y });
            hands.send(InputEvent::ButtonDown { button, place });
            hands.send(InputEvent::ButtonUp { button, place });
            Ok(json!({"event": "sent"}))
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
        Order::Carry { way, local, remote } => carry(hands.call.files(), way, local, &remote).await,
        Order::Progress => {
            let view = hands.call.files().view().borrow().clone();
            // An order to carry something looks at the disk first.
            let (bytes_done, state) =
                view.jobs.last().map_or((0, JobState::Waiting), |job| (job.bytes_done, job.state));
            Ok(json!({"event": "progress", "bytes_done": bytes_done, "state": state}))
        }
        // These two are the call's own.
        Order::Pictures | Order::End => Ok(Value::Null),
    }
}

/// Sends or fetches files and waits until they are there.
async fn carry(files: &Files, way: Way, local: Vec<PathBuf>, remote: &[String]) -> Result<Value> {
    let begun = Instant::now();
    let job = match way {
        Way::Send => files.send(local, FilePath::default()).await?,
        Way::Fetch => {
            let names = remote.iter().map(|name| FileName::new(name.as_str()));
            let paths = names.map(|name| Ok(FilePath::default().join(name?))).collect::<Result<Vec<_>>>()?;
            files.fetch(paths, local.into_iter().next().context("no folder to fetch into")?).await?
        }
    };
    let mut view = files.view();
    // What counted as there and had to be carried again after a loss.
    let (mut most, mut lost) = (0, 0);
    loop {
        let state = view.borrow_and_update().jobs.iter().find(|known| known.id == job).cloned();
        let Some(state) = state else { bail!("the transfer has gone") };
        if state.bytes_done < most {
            lost += most - state.bytes_done;
        }
        most = state.bytes_done;
        match state.state {
            JobState::Done | JobState::Failed | JobState::Cancelled => {
                let ms = begun.elapsed().as_secs_f64() * 1000.0;
                return Ok(json!({"event": "carried", "state": state.state, "ms": ms, "bytes": state.bytes,
                    "files": state.files, "lost_bytes": lost, "failed": state.failed}));
            }
            JobState::Asking => bail!("a name is in use"),
            _ => view.changed().await?,
        }
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
