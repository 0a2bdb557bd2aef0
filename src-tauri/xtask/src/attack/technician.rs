//! A technician who ignores every rule and says everything, on every channel, in every state, against the real helper:
//! before he is let in, with less than he wants, in a pause, under an open question, after the end.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::{
        channel::Channel,
        clipboard::{ClipboardKind, ClipboardMessage, Mark, Offer, PLACE_COPIED, PLACE_PASTED, Part},
        files::{FileName, FilePath, FilesRequest, Known, Replace, RequestId},
        input::{InputEvent, InputMessage, Place},
    },
    capability::Capability,
};
use serde_json::{Value, json};

use super::{
    Length, Tally,
    end::{Asked, End},
};
use crate::stage::{copied::Program, customer::Customer, display::Display, relay::RelayProgram};

/// What he types in every state in which he may not.
const FORBIDDEN: &str = "forbidden";
/// What he would put on the customer's disk and into his clipboard.
const STOLEN: &str = "stolen-by-eve";
/// What he types when he may.
const PERMITTED: &str = "permitted";

/// Everything a session may ask for, working or not.
const EVERYTHING: [Capability; 15] = [
    Capability::View,
    Capability::Control,
    Capability::Point,
    Capability::ClipboardIn,
    Capability::ClipboardOut,
    Capability::FilesIn,
    Capability::FilesOut,
    Capability::Lock,
    Capability::SignOut,
    Capability::Restart,
    Capability::TaskManager,
    Capability::SystemInfo,
    Capability::Terminal,
    Capability::Audio,
    Capability::Record,
];

pub(super) fn run(length: Length, tally: &mut Tally) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(attack(length, tally))
}

async fn attack(length: Length, tally: &mut Tally) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProgram::start(&folder.path().join("relay"))?;
    let desk = Display::start(1280, 800)?;
    let mut end = End::begin(&relay, "Eve <img src=x>", "Your \u{1b}[31mBank").await?;
    let customer = Customer::start(&desk, &folder.path().join("helper"))?;
    customer.types_call(&end.call)?;
    end.prove().await?;

    // Everything is asked for; the customer lets him see, and nothing else.
    let (asked, clicked) = tokio::join!(end.ask(&EVERYTHING), async {
        tokio::task::block_in_place(|| {
            customer.is_asked()?;
            let text = customer.page.text()?;
            customer.takes_off_all_but("See your screen")?;
            customer.page.click_away("button", "Allow")?;
            anyhow::Ok(text)
        })
    });
    let text = clicked?;
    let shown = ["Type commands", "Hear your computer"].iter().find(|words| text.contains(**words));
    tally.tried(3, "asking for what has no feature", shown.map(|words| format!("{words:?} was shown")));
    anyhow::ensure!(asked? == Asked::Connected, "the technician was not let in");

    breaches(&mut end, tally).await?;

    let typed = folder.path().join("typed.txt");
    let _notes = desk.keeper(&typed)?;
    let window = desk.window("Customer notes", std::time::Duration::from_secs(10))?;
    desk.focus(&window)?;
    end.hello().await;
    end.until("the helper's hello", |heard| heard.said_hello).await?;

    // He may see, and tries to take files and what is copied.
    let sent = grabs(&mut end, length.times(3)).await?;
    let crossed = end.heard.crossed;
    tally.tried(sent, "files and clipboard without a grant", (crossed > 0).then(|| format!("{crossed} answers")));
    let left = stands(&folder.path().join("helper"), STOLEN).then(|| "something stands on the disk".to_owned());
    tally.tried(1, "writing to the disk without a grant", left);
    let pasted = tokio::task::block_in_place(|| pasted(&desk))?;
    tally.tried(1, "the clipboard without a grant", pasted.map(|kinds| format!("{kinds} forms can be pasted")));

    // He tries to have the machine locked, restarted, described.
    let bin = folder.path().join("helper/bin");
    crate::stage::customer::stands_in(&bin, "loginctl", "")?;
    crate::stage::customer::stands_in(&bin, "systemctl", "")?;
    let refusals = end.heard.refusals;
    let sent = deeds(&end, length.times(20)).await;
    end.until("a refusal", |heard| heard.refusals > refusals).await?;
    end.quiet().await;
    let effect = (end.heard.machine > 0).then(|| format!("{} answers", end.heard.machine));
    tally.tried(sent, "quick actions without a grant", effect);
    let done = crate::stage::customer::called(&bin);
    tally.tried(1, "what quick actions have called", (!done.is_empty()).then_some(done));

    // He tries to steer.
    let sent = flood(&end, length.times(60)).await?;
    tally.tried(sent, "steering without a grant", None);
    let sent = babble(&end, length.times(4)).await;
    tally.tried(sent, "wanting more", (end.heard.granted.len() > 1).then(|| "it was granted unasked".to_owned()));
    tokio::task::block_in_place(|| customer.page.click_away("button", "Deny"))?;
    end.until("the customer's no", |heard| heard.declined > 0).await?;

    // In a pause nothing leaves, whatever happens on the screen and whatever is asked for.
    tokio::task::block_in_place(|| customer.page.click("button", "Pause"))?;
    end.until("the pause", |heard| heard.stopped.is_some()).await?;
    // What was on its way before the click is no sight of the pause.
    end.quiet().await;
    end.heard.sights = 0;
    let sent = flood(&end, length.times(40)).await? + sights(&end, length.times(20)).await;
    let change = desk.keeper(&folder.path().join("other.txt"))?;
    end.quiet().await;
    let during = end.heard.sights;
    tokio::task::block_in_place(|| customer.page.click("button", "Go on"))?;
    end.until("the customer to go on", |heard| heard.stopped.is_none()).await?;
    tally.tried(sent, "looking and steering in a pause", (during > 0).then(|| format!("{during} sights left")));
    drop(change);
    desk.focus(&window)?;

    // Under an open question nothing is steered, and the question is the only thing that can grant.
    let want = json!({"type": "want", "capabilities": ["control"]}).to_string();
    end.send(Channel::Control, want.as_bytes()).await;
    tokio::task::block_in_place(|| customer.is_asked())?;
    let sent = flood(&end, length.times(30)).await?;
    end.quiet().await;
    tally.tried(sent, "steering under an open question", None);
    tokio::task::block_in_place(|| customer.page.click_away("button", "Allow"))?;
    end.until("control", |heard| heard.granted.contains(&Capability::Control)).await?;

    // What is permitted comes last through the same queue: whatever had got through would stand before it.
    desk.focus(&window)?;
    end.send(Channel::Input, &text_message(&format!("{PERMITTED}\n"))).await;
    let kept = tokio::task::block_in_place(|| line(&typed))?;
    let effect = (kept.trim() != PERMITTED).then(|| format!("{} characters were typed", kept.len()));
    tally.tried(1, "what was typed without a grant", effect);

    let audit = end.http.audit(200, None).await?;
    for tried in ["control", "clipboard-in", "clipboard-out", "files-in", "files-out"] {
        let told = |row: &&deskhand_protocol::record::AuditRow| {
            row.action == "session.attempted" && row.summary.contains(&format!("{tried:?}"))
        };
        let rows = audit.rows.iter().filter(told).count();
        tally.tried(1, "trying in secret", (rows == 0).then(|| format!("no audit row tells of {tried}")));
        // One a minute: this suite is over in less than ten.
        tally.tried(1, "filling the audit log", (rows > 10).then(|| format!("{rows} rows tell of {tried}")));
    }

    let place = folder.path().join("relay");
    second(&mut end, (&relay, &place), &customer, length, tally).await?;
    let kept = tokio::task::block_in_place(|| fs::read_to_string(&typed))?;
    tally.tried(1, "what a second technician typed", (kept.trim() != PERMITTED).then(|| "it was typed".to_owned()));

    // After the end nothing is heard any more.
    tokio::task::block_in_place(|| customer.page.click("button", "End session"))?;
    end.until("the end", |heard| heard.closed).await?;
    let sent = flood(&end, length.times(5)).await?;
    tally.tried(sent, "steering after the end", None);
    let declined = end.ask(&EVERYTHING).await;
    let effect = matches!(declined, Ok(Asked::Connected)).then(|| "he was let in".to_owned());
    tally.tried(1, "coming back after the end", effect);
    let kept = tokio::task::block_in_place(|| fs::read_to_string(&typed))?;
    tally.tried(1, "typing after the end", (kept.trim() != PERMITTED).then(|| "it was typed".to_owned()));
    if !customer.page.text().is_ok_and(|text| text.contains("over")) {
        tally.crashed("the helper does not say that the session is over");
    }
    Ok(())
}

/// A second technician, whom the first has invited: the customer says no to him, then lets him look and nothing else.
async fn second(
    first: &mut End,
    (relay, data): (&RelayProgram, &Path),
    customer: &Customer,
    length: Length,
    tally: &mut Tally,
) -> Result<()> {
    let mut other = first.invites(relay, data, "Mallory").await?;
    other.prove().await?;
    // What goes by the first one's session is not his to say.
    let rounds = length.times(3);
    for round in 0..rounds {
        other.signal_as(first.session(), format!("{{\"type\":\"bye\",\"round\":{round}}}"))?;
    }
    tally.tried(rounds, "speaking in the first one's session", None);
    let (asked, clicked) = tokio::join!(other.ask(&EVERYTHING), async {
        tokio::task::block_in_place(|| {
            customer.is_asked()?;
            customer.denies()
        })
    });
    clicked?;
    let effect = (asked? == Asked::Connected).then(|| "he was let in".to_owned());
    tally.tried(1, "a second technician after the customer's no", effect);
    let (asked, clicked) = tokio::join!(other.ask(&EVERYTHING), async {
        tokio::task::block_in_place(|| {
            customer.is_asked()?;
            customer.takes_off_all_but("See your screen")?;
            customer.page.click_away("button", "Allow")
        })
    });
    clicked?;
    anyhow::ensure!(asked? == Asked::Connected, "the second technician was not let in to look");
    other.hello().await;
    other.until("the helper's hello", |heard| heard.said_hello).await?;

    let acts = [
        json!({"kind": "want_controls"}),
        json!({"kind": "hand_over", "to": 1}),
        json!({"kind": "hand_over", "to": 0}),
        json!({"kind": "hand_over", "to": 255}),
        json!({"kind": "keep_controls"}),
        json!({"kind": "pointer", "at": {"monitor": 9, "x": 65535, "y": 0}}),
        json!({"kind": "invite", "finder": "AAAA", "secret": "BBBB", "name": "Eve"}),
    ];
    let rounds = length.times(14);
    for act in acts.iter().cycle().take(rounds) {
        let message = json!({"type": "room", "act": act}).to_string();
        other.send(Channel::Control, message.as_bytes()).await;
    }
    tally.tried(rounds, "taking the controls without a grant", None);
    let sent = flood(&other, length.times(20)).await? + deeds(&other, length.times(7)).await;
    tally.tried(sent, "steering as a second technician", None);
    let sent = grabs(&mut other, length.times(1)).await?;
    let effect = (other.heard.crossed > 0).then(|| format!("{} answers", other.heard.crossed));
    tally.tried(sent, "files and clipboard of a second technician", effect);
    other.quiet().await;
    let more = other.heard.granted.len() > 1 || other.heard.machine > 0;
    tally.tried(1, "more than a look for a second technician", more.then(|| "he got it".to_owned()));
    first.quiet().await;
    let gone = first.heard.closed.then(|| "the first one's connection was closed".to_owned());
    tally.tried(1, "disturbing the first technician", gone);
    Ok(())
}

/// When a rule is broken.
#[derive(Clone, Copy)]
enum When {
    /// As the first message of a connection.
    First,
    /// After both ends have greeted.
    Greeted,
}

/// One rule broken on each connection: the helper closes it, and lets him come back under the same grant.
async fn breaches(end: &mut End, tally: &mut Tally) -> Result<()> {
    let hello = json!({"type": "hello", "version": PROTOCOL_VERSION}).to_string();
    let garbage = || b"\x01\xee garbage".to_vec();
    let mut broken: Vec<(When, Channel, Vec<u8>)> = vec![
        (When::First, Channel::Input, text_message(FORBIDDEN)),
        (When::First, Channel::Control, br#"{"type":"watch","watching":true}"#.to_vec()),
        (When::First, Channel::Control, br#"{"type":"want","capabilities":["control"]}"#.to_vec()),
        (When::First, Channel::Control, br#"{"type":"format_disk"}"#.to_vec()),
        (When::First, Channel::Control, br#"{"type":"hello","version":999}"#.to_vec()),
        (When::First, Channel::Control, vec![b'['; 60_000]),
        (When::First, Channel::Control, b"\xff\xfe\0".to_vec()),
        (When::First, Channel::Clipboard, ClipboardMessage::Paste { serial: 0 }.encode()),
        (When::First, Channel::Files, FilesRequest::Places.encode(RequestId(1))),
        (When::Greeted, Channel::Control, hello.clone().into_bytes()),
    ];
    // Each channel on its own: two of them are heard in any order.
    broken.extend(
        [Channel::Input, Channel::Cursor, Channel::Tiles, Channel::Clipboard, Channel::Files]
            .map(|channel| (When::Greeted, channel, garbage())),
    );
    for (when, channel, message) in broken {
        if let When::Greeted = when {
            end.hello().await;
            end.until("the helper's hello", |heard| heard.said_hello).await?;
        }
        let sights = end.heard.sights;
        end.send(channel, &message).await;
        let closed = end.until("the end of a connection that broke a rule", |heard| heard.closed).await;
        closed.with_context(|| format!("{} bytes on {channel:?}", message.len()))?;
        let seen = matches!(when, When::First) && end.heard.sights > sights;
        tally.tried(1, "breaking a rule of the channels", seen.then(|| "pictures came".to_owned()));
        returns(end).await?;
    }
    Ok(())
}

/// Comes back under the same grant. A connection that is made while the helper still leaves the last one may be closed
/// with it; then he tries again, as a console does.
async fn returns(end: &mut End) -> Result<()> {
    for _ in 0..3 {
        end.come_back().await?;
        match end.ask(&[Capability::View]).await {
            Ok(Asked::Connected) => return Ok(()),
            Ok(asked) => anyhow::bail!("he is not let back in under the same grant: {asked:?}"),
            Err(error) => crate::say(&format!("another try: {error:#}")),
        }
    }
    anyhow::bail!("no connection stands any more")
}

/// Asks for the customer's files and clipboard in every way, and offers his own. Answers with the number of messages;
/// each request for files has its answer before the next.
async fn grabs(end: &mut End, rounds: usize) -> Result<usize> {
    let name = |text: &str| FileName::new(text);
    let (root, known) = (FilePath::default(), Known { size: 9, modified_ms: 0 });
    let stolen = root.join(name(STOLEN)?);
    // Where copied files go and come from.
    let set = |place| Ok::<_, anyhow::Error>(FilePath { place, names: vec![name("1")?] });
    let (pasted, copied) = (set(PLACE_PASTED)?, set(PLACE_COPIED)?.join(name(STOLEN)?));
    let requests = [
        FilesRequest::Places,
        FilesRequest::List(root.clone()),
        FilesRequest::Stat(root.clone()),
        FilesRequest::Search(root, "a".to_owned()),
        FilesRequest::MakeFolder(stolen.clone()),
        FilesRequest::Rename(stolen.clone(), name("other")?),
        FilesRequest::Trash(stolen.clone()),
        FilesRequest::Read { path: stolen.clone(), offset: 0, known: None },
        FilesRequest::Write { path: stolen, known, replace: Replace::Always },
        FilesRequest::MakeFolder(pasted.clone()),
        FilesRequest::Write { path: pasted.join(name(STOLEN)?), known, replace: Replace::Never },
        FilesRequest::Read { path: copied, offset: 0, known: None },
    ];
    let mut sent = 0;
    for round in 0..rounds {
        for request in &requests {
            sent += 1;
            let (id, before) = (RequestId(u32::try_from(sent)?), end.heard.files_refused);
            end.send(Channel::Files, &request.encode(id)).await;
            end.until("the answer to a request for files", |heard| heard.files_refused > before || heard.crossed > 0)
                .await?;
        }
        let serial = u32::try_from(round)? + 1;
        let text = Part::Here(Bytes::from_static(STOLEN.as_bytes()));
        let parts = [(ClipboardKind::Text, text), (ClipboardKind::Image, Part::OnDemand)].into();
        let offer = ClipboardMessage::Offer(Offer { serial, seen: 0, mark: Mark::Plain, parts });
        let want = |kind| ClipboardMessage::Want { request: serial, serial: 1, kind };
        let wants = [ClipboardKind::Text, ClipboardKind::Html, ClipboardKind::Image].map(want);
        let before = end.heard.clipboard_refused;
        for message in [offer, ClipboardMessage::Files { set: 1 }].into_iter().chain(wants) {
            end.send(Channel::Clipboard, &message.encode()).await;
        }
        sent += 5;
        end.until("the answers about the clipboard", |heard| {
            heard.clipboard_refused >= before + 3 || heard.crossed > 0
        })
        .await?;
    }
    Ok(sent)
}

/// Whether anything of this name stands below a folder.
fn stands(folder: &Path, name: &str) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let inner = entry.file_type().is_ok_and(|kind| kind.is_dir()) && stands(&entry.path(), name);
        inner || entry.file_name().to_string_lossy().contains(name)
    })
}

/// How many forms a program of the customer can paste, if any.
fn pasted(desk: &Display) -> Result<Option<usize>> {
    let mut program = Program::on(desk)?;
    let mut forms = 0;
    for kind in ClipboardKind::ALL {
        forms += usize::from(program.pastes_alone(kind)?.is_some());
    }
    Ok((forms > 0).then_some(forms))
}

/// Steers in every way that the protocol has. Answers with the number of messages.
async fn flood(end: &End, rounds: usize) -> Result<usize> {
    let vectors = crate::root().join("server-lite/protocol/vectors/input.json");
    let vectors: Vec<Value> = serde_json::from_slice(&fs::read(vectors)?)?;
    let messages: Vec<InputMessage> = vectors
        .iter()
        .filter_map(|vector| vector["hex"].as_str())
        .filter_map(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok())
        .filter_map(|bytes| InputMessage::decode(&bytes).ok())
        .collect();
    anyhow::ensure!(!messages.is_empty(), "no vectors of input");
    for round in 0..rounds {
        let message = &messages[round % messages.len()];
        end.send(message.event.channel(), &message.encode()).await;
        end.send(Channel::Input, &text_message(FORBIDDEN)).await;
        let place = Place { monitor: 0, x: 9_000, y: 9_000 };
        let motion = InputMessage { seq: u32::try_from(round)?, event: InputEvent::Motion { place } };
        end.send(Channel::Pointer, &motion.encode()).await;
    }
    // What is still on its way when the customer says yes is granted by that.
    for channel in [Channel::Input, Channel::Pointer] {
        end.arrived(channel).await;
    }
    Ok(rounds * 3)
}

/// Wants everything, again and again, and what does not exist.
async fn babble(end: &End, rounds: usize) -> usize {
    let all: Vec<Value> = EVERYTHING.iter().map(|one| json!(one)).collect();
    let wants = [json!(all), json!(["control"]), json!([]), json!(vec!["view"; 100])];
    for round in 0..rounds {
        let want = json!({"type": "want", "capabilities": wants[round % wants.len()]}).to_string();
        end.send(Channel::Control, want.as_bytes()).await;
    }
    // The last question stands.
    let want = json!({"type": "want", "capabilities": ["control"]}).to_string();
    end.send(Channel::Control, want.as_bytes()).await;
    rounds + 1
}

/// Wants every quick action.
async fn deeds(end: &End, rounds: usize) -> usize {
    // The first program of every system, and this one.
    let program = |pid: u32| json!({"kind": "end_program", "program": {"pid": pid, "started": 1}, "ending": "forced"});
    let asks = [
        json!({"type": "do", "deed": {"kind": "lock"}}),
        json!({"type": "do", "deed": {"kind": "sign_out"}}),
        json!({"type": "do", "deed": {"kind": "restart"}}),
        json!({"type": "do", "deed": program(1)}),
        json!({"type": "do", "deed": program(std::process::id())}),
        json!({"type": "programs"}),
        json!({"type": "system"}),
    ];
    for round in 0..rounds {
        end.send(Channel::Control, asks[round % asks.len()].to_string().as_bytes()).await;
    }
    rounds
}

/// Asks for pictures in every way.
async fn sights(end: &End, rounds: usize) -> usize {
    let asks = [
        json!({"type": "key_frame", "monitor": null}),
        json!({"type": "show", "monitors": [0], "focus": 0}),
        json!({"type": "watch", "watching": true}),
        json!({"type": "prefer", "quality": "sharp_text", "frame_rate": 60, "kbit_per_s": null, "scale_percent": 100}),
    ];
    for round in 0..rounds {
        end.send(Channel::Control, asks[round % asks.len()].to_string().as_bytes()).await;
    }
    rounds
}

fn text_message(text: &str) -> Vec<u8> {
    InputMessage { seq: 1, event: InputEvent::Text { text: text.into() } }.encode()
}

/// The first line that was typed.
fn line(file: &Path) -> Result<String> {
    crate::stage::wait_for("what is permitted to be typed", std::time::Duration::from_secs(20), || {
        Ok(fs::read_to_string(file).ok().filter(|text| text.contains('\n')))
    })
}
