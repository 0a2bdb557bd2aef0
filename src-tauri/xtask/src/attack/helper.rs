//! A customer's end that calls itself a helper and may be anything, against the real console and its window: names that
//! are markup, escapes and right-to-left marks, messages of wrong sizes, bombs, pictures that are not what they say.
//! A broken rule ends the connection, whatever else it sends has no effect, and an honest call is possible after all.

use std::{fs, path::Path, sync::Arc, time::Duration, time::Instant};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use deskhand_link::{
    company::Judge,
    entropy::Entropy,
    handshake::{HelperHandshake, HelperOutput, HelperParameters, KnownSecret, write_signal},
    identity::Identity,
    peer::{Peer, PeerConfig, PeerEvent, PeerEvents, SendFrame},
    relay::{HelperLink, HelperLinkEvent, HelperLinkParameters, Route},
    tls::Certificate,
};
use deskhand_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    call::{
        channel::Channel,
        clipboard::{ClipboardKind, ClipboardMessage, Copied, CopiedFile, Mark, Offer, Part},
        control::VideoCodec,
        files::{Entry, EntryKind, FileName, FilePath, FilesAnswer, FilesRequest, Known, Place, PlaceKind},
        picture::{Moved, PictureInfo},
    },
    code::TypedCall,
    id::{MessageId, SessionId},
    record::{DeviceFacts, Via},
    relay::helper_socket::{HelperToRelay, RelayToHelper},
    text::{ChatText, Name},
};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout};

use super::{Length, Tally};
use crate::stage::{display::Display, technician::Technician, wait_for};

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(40);
/// Runs where it is taken for markup.
const MARKUP: &str = "<img src=x onerror=\"window.__taken=1\"><script>window.__taken=1</script>";
/// A key frame of 640 × 480.
const KEY: &[u8] = include_bytes!("../../../tests/stage/key.h264");

pub(super) fn run(length: Length, tally: &mut Tally) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(attack(length, tally))
}

async fn attack(length: Length, tally: &mut Tally) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let screen = Display::start(1440, 940)?;
    let technician = Technician::start(&screen, &folder.path().join("console"), &[])?;
    technician.introduces_himself("Mara Lindt", "Lindt Computer Help")?;
    let mut bad = Bad::is_called(&technician).await?;

    bad.chats()?;
    tally.tried(1, "a chat message that is markup", None);
    for round in 0..length.times(1).min(3) {
        // Each breaks a rule, after which the console believes nothing more in that session.
        for (what, channel, message) in &breaches() {
            bad.is_let_in(&technician).await.with_context(|| format!("before {what}"))?;
            bad.hello(0).await;
            bad.send(*channel, message).await;
            let closed = bad.closes(PATIENCE).await;
            tally.tried(1, what, (!closed).then(|| "the connection stands".to_owned()));
            bad = bad.starts_over(&technician).await?;
        }
        for (width, height) in [(65_535, 65_535), (65_535, 40_000), (12_000, 60_000)] {
            bad.is_let_in(&technician).await?;
            bad.hello(0).await;
            let mut closed = false;
            // The first may come before the console knows the screen, and are then left out.
            for _ in 0..20 {
                bad.shows(width, height).await;
                closed = bad.closes(Duration::from_secs(2)).await;
                if closed {
                    break;
                }
            }
            let what = "a picture that nobody has room for";
            tally.tried(1, what, (!closed).then(|| format!("{width} × {height} was taken")));
            bad = bad.starts_over(&technician).await?;
        }
        // None of these ends anything, and none has an effect.
        bad.is_let_in(&technician).await?;
        bad.hello(round).await;
        let sent = bad.nuisances(length).await;
        tally.tried(sent, "what is only odd", None);
        if round == 0 {
            tokio::task::block_in_place(|| technician.page.click("button", "Files"))?;
            let sent = bad.lists_tricks().await?;
            tally.tried(sent, "names of files with tricks", None);
        }
        bad.leaves().await;
        looks(&technician, folder.path(), tally)?;
    }

    // After all that an honest picture is seen.
    bad.is_let_in(&technician).await?;
    bad.honest().await;
    let live = || wait_for("an honest call", PATIENCE, || Ok(technician.live().ok()));
    if let Err(error) = tokio::task::block_in_place(live) {
        tally.crashed(format!("the console: {error:#}"));
    }
    looks(&technician, folder.path(), tally)
}

/// What the console's window and disk must not show.
fn looks(technician: &Technician, folder: &Path, tally: &mut Tally) -> Result<()> {
    let script = "return [window.__taken ?? null, document.querySelectorAll('img[src=\"x\"]').length, \
                  document.querySelectorAll('script:not([src]):not([type])').length, document.body.innerText.length]";
    let found = match technician.page.script(script, &[]) {
        Ok(found) => found,
        Err(error) => {
            tally.crashed(format!("the console's page: {error:#}"));
            return Ok(());
        }
    };
    tally.tried(1, "running in the page", (!found[0].is_null()).then(|| "it ran".to_owned()));
    tally.tried(1, "becoming markup", (found[1] != 0 || found[2] != 0).then(|| found.to_string()));
    if found[3].as_u64().unwrap_or_default() < 20 {
        tally.crashed("the console's page is empty");
    }
    let downloads = fs::read_dir(folder.join("console/Downloads"))?.count();
    tally.tried(1, "writing files", (downloads != 0).then(|| format!("{downloads} files")));
    Ok(())
}

/// What no helper says. Each ends the connection.
fn breaches() -> Vec<(&'static str, Channel, Vec<u8>)> {
    let json = |value: Value| value.to_string().into_bytes();
    let tiles = |width: u16, height: u16, count: u16, raw: u32, body: &[u8]| {
        let mut out = vec![1, 0];
        out.extend(7_u32.to_le_bytes());
        for field in [width, height, count] {
            out.extend(field.to_le_bytes());
        }
        out.extend(raw.to_le_bytes());
        out.extend(body);
        out
    };
    let shape = |width: u16, height: u16, bytes: usize| {
        let mut out = vec![1];
        out.extend(1_u32.to_le_bytes());
        for field in [0, 0, width, height] {
            out.extend(field.to_le_bytes());
        }
        out.resize(out.len() + bytes, 0);
        out
    };
    // 64 kB of these inflate to 60 MB of zeros.
    let bomb: Vec<u8> = [0xec, 0xc1, 0x01, 0x01].into_iter().chain(std::iter::repeat_n(0, 60_000)).collect();
    vec![
        ("a message that nobody knows", Channel::Control, json(json!({"type": "format_disk"}))),
        ("a second hello", Channel::Control, json(hello(0))),
        ("JSON without end", Channel::Control, vec![b'['; 60_000]),
        ("what is no text", Channel::Control, b"\xff\xfe\0".to_vec()),
        (
            "a name of 60 kB",
            Channel::Control,
            json(json!({"type": "monitors", "shown": [0], "monitors": [
            {"index": 0, "name": "x".repeat(60_000), "x": 0, "y": 0, "width": 1, "height": 1, "primary": true,
             "scale_percent": 100, "rotation": "upright"}]})),
        ),
        (
            "terminal escapes",
            Channel::Control,
            json(json!({"type": "monitors", "shown": [0], "monitors": [
            {"index": 0, "name": "\u{1b}]0;taken\u{7}", "x": 0, "y": 0, "width": 1, "height": 1, "primary": true,
             "scale_percent": 100, "rotation": "upright"}]})),
        ),
        (
            "right-to-left marks",
            Channel::Control,
            json(json!({"type": "monitors", "shown": [0], "monitors": [
            {"index": 0, "name": "\u{202e}gpj.exe", "x": 0, "y": 0, "width": 1, "height": 1, "primary": true,
             "scale_percent": 100, "rotation": "upright"}]})),
        ),
        ("tiles cut short", Channel::Tiles, tiles(640, 480, 1, 100, b"")),
        ("tiles of nothing", Channel::Tiles, tiles(0, 0, 0, 0, b"")),
        ("more tiles than there are", Channel::Tiles, tiles(64, 64, 65_535, 100, b"garbage")),
        ("tiles of 4 GB", Channel::Tiles, tiles(65_535, 65_535, 65_535, u32::MAX, &bomb)),
        ("a decompression bomb", Channel::Tiles, tiles(640, 480, 1, 12_294, &bomb)),
        ("a pointer of the wrong size", Channel::Cursor, shape(255, 255, 10)),
        ("a pointer of 65535 × 65535", Channel::Cursor, shape(65_535, 65_535, 1_000)),
        ("a pointer of nothing", Channel::Cursor, shape(0, 0, 0)),
        ("the technician's own paste key", Channel::Clipboard, ClipboardMessage::Paste { serial: 1 }.encode()),
        ("files that the technician is to have sent", Channel::Clipboard, ClipboardMessage::Files { set: 1 }.encode()),
        ("garbage in the clipboard", Channel::Clipboard, b"\x01\xee garbage".to_vec()),
        ("garbage about files", Channel::Files, b"\x01\xee garbage".to_vec()),
        ("keys", Channel::Input, b"\x01 key".to_vec()),
    ]
}

fn hello(round: usize) -> Value {
    let edge = if round.is_multiple_of(2) { 480 } else { 65_535 };
    let name = MARKUP.chars().take(100).collect::<String>();
    json!({
        "type": "hello", "version": PROTOCOL_VERSION, "shown": [0], "codec": "h264",
        "monitors": [{"index": 0, "name": name, "x": i32::MIN, "y": i32::MAX, "width": edge, "height": edge,
                      "primary": true, "scale_percent": 65_535, "rotation": "left"}],
        "granted": ["view", "control", "clipboard-in", "clipboard-out", "files-in", "files-out"],
    })
}

/// See the module.
struct Bad {
    link: HelperLink,
    events: mpsc::Receiver<HelperLinkEvent>,
    session: SessionId,
    handshake: HelperHandshake,
    peer: Option<(Peer, PeerEvents)>,
    calls: usize,
}

impl Bad {
    /// The technician makes a session, and this end comes to it.
    async fn is_called(technician: &Technician) -> Result<Self> {
        let call: TypedCall = tokio::task::block_in_place(|| {
            let call = technician.makes_session("Mr Weber", "")?;
            technician.closes_dialog()?;
            anyhow::Ok(call)
        })?
        .parse()?;
        Self::comes(&call).await
    }

    /// The technician ends what was stopped, and makes another session.
    async fn starts_over(self, technician: &Technician) -> Result<Self> {
        drop(self);
        tokio::task::block_in_place(|| {
            technician.ends()?;
            technician.page.click("button", "Back to sessions")?;
            // Only there is a button to connect.
            technician.opens("Dashboard")
        })?;
        Self::is_called(technician).await
    }

    async fn comes(call: &TypedCall) -> Result<Self> {
        let identity = Arc::new(Identity::from_system()?);
        let name = Name::lossy(&MARKUP.chars().take(100).collect::<String>());
        let (link, mut events) = HelperLink::open(HelperLinkParameters {
            routes: vec![Route::typed(call.relay.clone())],
            identity: Arc::clone(&identity),
            facts: DeviceFacts {
                via: Via::Program,
                host: name.clone(),
                os: name.clone(),
                arch: name.clone(),
                helper_version: name,
            },
            finder: call.invitation.finder.clone(),
            session: None,
        })?;
        let claimed = async {
            loop {
                let event = events.recv().await.context("the link has ended")?;
                if let HelperLinkEvent::Message(RelayToHelper::Claimed { session, .. }) = event {
                    return anyhow::Ok(session);
                }
            }
        };
        let session = timeout(PATIENCE, claimed).await.context("the session")??;
        let handshake = HelperHandshake::new(HelperParameters {
            session,
            identity,
            secret: Some(KnownSecret::Spoken(call.invitation.secret.clone())),
            technician: None,
            pinned: None,
            certificate: Certificate::Loopback,
            judge: Judge::new(Instant::now(), UnixMillis(0)),
            failures: 0,
            entropy: Entropy::from_system()?,
        });
        Ok(Self { link, events, session, handshake, peer: None, calls: 0 })
    }

    /// Says in the chat what would be more than text elsewhere.
    fn chats(&self) -> Result<()> {
        let id = MessageId::from_uuid(uuid::Uuid::now_v7());
        let text = ChatText::lossy(MARKUP);
        self.link.send(&HelperToRelay::Chat { session: self.session, id, text })?;
        Ok(())
    }

    /// The technician clicks *Connect*, and everything is granted.
    async fn is_let_in(&mut self, technician: &Technician) -> Result<()> {
        self.peer = None;
        self.calls += 1;
        let candidates = if self.calls.is_multiple_of(20) { 200 } else { 0 };
        let connected = async {
            let mut clicked = false;
            loop {
                while let Some(output) = self.handshake.poll() {
                    match output {
                        HelperOutput::Send(signal) => {
                            let (session, signal) = (self.session, write_signal(&signal)?);
                            self.link.send(&HelperToRelay::Signal { session, signal })?;
                        }
                        HelperOutput::Asked { question, .. } => {
                            let config = PeerConfig { codecs: vec![VideoCodec::H264], ..PeerConfig::default() };
                            let (peer, events, offer) = Peer::offerer(config, &[VideoCodec::H264]).await?;
                            self.peer = Some((peer, events));
                            self.handshake.allow(question)?;
                            self.handshake.offer(endless(&offer, candidates))?;
                        }
                        HelperOutput::Answered { sdp, .. } => {
                            let (peer, events) = self.peer.as_mut().context("a connection")?;
                            peer.accept_answer(&sdp).await?;
                            while !matches!(
                                events.next().await.context("a path to the console")?,
                                PeerEvent::Connected { .. }
                            ) {}
                            return anyhow::Ok(());
                        }
                        _ => {}
                    }
                }
                if !clicked {
                    clicked = tokio::task::block_in_place(|| can_connect(technician)).unwrap_or(false);
                }
                if let Ok(event) = timeout(Duration::from_millis(100), self.events.recv()).await {
                    let event = event.context("the link has ended")?;
                    if let HelperLinkEvent::Message(RelayToHelper::Signal { signal, .. }) = event {
                        self.handshake.handle_text(&signal, Instant::now());
                    }
                }
            }
        };
        let connected = timeout(PATIENCE, connected).await;
        connected.with_context(|| {
            let text = tokio::task::block_in_place(|| technician.page.text()).unwrap_or_default();
            format!("the console does not connect any more: {text:?}")
        })?
    }

    async fn send(&self, channel: Channel, message: &[u8]) {
        if let Some((peer, _)) = &self.peer {
            let _ = timeout(Duration::from_secs(5), peer.send(channel, message)).await;
        }
    }

    async fn hello(&self, round: usize) {
        self.send(Channel::Control, hello(round).to_string().as_bytes()).await;
    }

    /// Whether the console ends the connection in time.
    async fn closes(&mut self, within: Duration) -> bool {
        let Some((_, events)) = &mut self.peer else { return true };
        let closed = async { while !matches!(events.next().await, None | Some(PeerEvent::Closed)) {} };
        timeout(within, closed).await.is_ok()
    }

    async fn leaves(&mut self) {
        if let Some((peer, _)) = self.peer.take() {
            peer.close().await;
        }
    }

    /// Shows a picture that says it has this size.
    async fn shows(&self, width: u16, height: u16) {
        let info = PictureInfo { monitor: 0, width, height, moved: Moved::none() };
        if let Some((peer, _)) = &self.peer {
            let frame = SendFrame { key: true, captured_us: 0, info, data: KEY.into() };
            let _ = timeout(Duration::from_secs(5), peer.send_video(frame)).await;
        }
    }

    /// What breaks no rule. Answers with how much that was.
    async fn nuisances(&self, length: Length) -> usize {
        let mut sent = 0;
        let other_size = PictureInfo { monitor: 0, width: 3_000, height: 2_000, moved: Moved::none() };
        let other = PictureInfo { monitor: 200, width: 1, height: 1, moved: Moved::none() };
        let small = PictureInfo { monitor: 0, width: 640, height: 480, moved: Moved::none() };
        let cut = KEY.get(..KEY.len() / 2).unwrap_or_default();
        let noise: Vec<u8> =
            KEY.iter().enumerate().map(|(at, byte)| byte ^ (at.wrapping_mul(151) >> 3) as u8).collect();
        let noise: Vec<u8> = [&KEY[..8.min(KEY.len())], &noise].concat();
        for round in 0..length.times(4) {
            for (info, data) in
                [(&other_size, KEY), (&other, KEY), (&small, cut), (&small, &*noise), (&other_size, cut)]
            {
                let captured_us = u64::try_from(round).unwrap_or(0) * 40_000;
                let frame =
                    SendFrame { key: round % 2 == 0, captured_us, info: info.clone(), data: data.to_vec().into() };
                if let Some((peer, _)) = &self.peer {
                    let _ = timeout(Duration::from_secs(5), peer.send_video(frame)).await;
                    sent += 1;
                }
            }
            // A clipboard that lies: a picture that is none, lengths that are not kept, answers that nobody asked for.
            let serial = u32::try_from(round).unwrap_or(0) * 2 + 1;
            let parts = [
                (ClipboardKind::Text, Part::Here(Bytes::from_static(MARKUP.as_bytes()))),
                (ClipboardKind::Html, Part::Here(Bytes::from_static(MARKUP.as_bytes()))),
                (ClipboardKind::Image, Part::OnDemand),
            ];
            let offer = Offer { serial, seen: 0, mark: Mark::Plain, parts: parts.into() };
            // Files that nobody asked for, and that are named like markup.
            let known = Known { size: 1, modified_ms: i64::MIN };
            let file = FileName::new(MARKUP.replace('/', "_").chars().take(100).collect::<String>());
            let files = file.into_iter().map(|name| CopiedFile { name, known }).collect();
            let list = Part::Here(Copied::Files { set: serial, files }.encode().into());
            let (serial_of_files, parts) = (serial + 1, [(ClipboardKind::Files, list)].into());
            let files = Offer { serial: serial_of_files, seen: 0, mark: Mark::Plain, parts };
            let messages = [
                ClipboardMessage::Offer(offer),
                ClipboardMessage::Offer(files),
                ClipboardMessage::Begin { request: 999, length: u32::MAX },
                ClipboardMessage::Chunk { request: 999, bytes: Bytes::from_static(b"\x89PNG\r\n") },
                ClipboardMessage::Want { request: serial, serial: 999, kind: ClipboardKind::Image },
            ];
            for message in messages {
                self.send(Channel::Clipboard, &message.encode()).await;
                sent += 1;
            }
            let mut place = vec![2];
            place.extend(u32::MAX.to_le_bytes());
            place.push(0);
            place.extend(i32::MIN.to_le_bytes());
            place.extend(i32::MAX.to_le_bytes());
            self.send(Channel::Cursor, &place).await;
            let error = json!({"type": "error", "error": {"code": "internal", "detail": MARKUP}}).to_string();
            self.send(Channel::Control, error.as_bytes()).await;
            sent += 2;
        }
        sent
    }

    /// Answers the console's questions about files with names that are tricks. Answers with how many there were.
    async fn lists_tricks(&mut self) -> Result<usize> {
        let names = [
            MARKUP,
            "..\\..\\start.exe",
            "\u{202e}fdp.exe",
            "a\nb\u{1b}[31m",
            "CON",
            ".bashrc",
            "C:",
            "-rf",
            "file.txt:stream",
            " ",
        ];
        let names: Vec<FileName> = names.into_iter().filter_map(|name| FileName::new(name).ok()).collect();
        let long = FileName::new("n".repeat(1_024))?;
        let entry = |name: &FileName| Entry {
            name: name.clone(),
            kind: EntryKind::File,
            size: u64::MAX,
            modified_ms: i64::MIN,
            hidden: false,
        };
        let entries: Vec<Entry> = names.iter().chain([&long]).map(entry).collect();
        let mut sent = 0;
        loop {
            let Some((peer, events)) = &mut self.peer else { return Ok(sent) };
            let event = match timeout(PATIENCE, events.next()).await.context("a question about files")? {
                None | Some(PeerEvent::Closed) => return Ok(sent),
                Some(event) => event,
            };
            let PeerEvent::Message { channel: Channel::Files, message } = event else { continue };
            let (id, request) = FilesRequest::decode(&message)?;
            let answer = match request {
                FilesRequest::Places => {
                    let place = |name: &FileName| Place {
                        name: name.clone(),
                        kind: PlaceKind::Granted,
                        path: FilePath::default(),
                    };
                    FilesAnswer::Places(names.iter().map(place).collect())
                }
                FilesRequest::List(_) => FilesAnswer::Entries { entries: entries.clone(), last: true },
                _ => FilesAnswer::Error(deskhand_protocol::call::files::FilesError::Failed),
            };
            let listed = matches!(answer, FilesAnswer::Entries { .. });
            let _ = timeout(Duration::from_secs(5), peer.send(Channel::Files, &answer.encode(id))).await;
            sent += names.len();
            if listed {
                return Ok(sent);
            }
        }
    }

    /// What a helper does.
    async fn honest(&self) {
        let hello = json!({
            "type": "hello", "version": PROTOCOL_VERSION, "shown": [0], "codec": "h264", "granted": ["view"],
            "monitors": [{"index": 0, "name": "DP-1", "x": 0, "y": 0, "width": 640, "height": 480, "primary": true,
                          "scale_percent": 100, "rotation": "upright"}],
        });
        self.send(Channel::Control, hello.to_string().as_bytes()).await;
        let info = PictureInfo { monitor: 0, width: 640, height: 480, moved: Moved::none() };
        if let Some((peer, _)) = &self.peer {
            let _ = peer.send_video(SendFrame { key: true, captured_us: 1, info, data: KEY.into() }).await;
        }
    }
}

/// Clicks *Connect* if it can be clicked.
fn can_connect(technician: &Technician) -> Result<bool> {
    if technician.page.find_now("button", "Connect")?.is_none() || !technician.page.enabled("button", "Connect")? {
        return Ok(false);
    }
    technician.page.click("button", "Connect")?;
    Ok(true)
}

/// An offer with so many more candidates, as far as there is room for them, none of which leads anywhere.
fn endless(offer: &str, candidates: usize) -> String {
    let Some(at) = offer.find("a=candidate:") else { return offer.to_owned() };
    let (before, after) = offer.split_at(at);
    let mut many = String::new();
    let mut n = 0;
    while before.len() + many.len() + after.len() + 80 < deskhand_protocol::limit::SDP && n < candidates {
        many.push_str(&format!("a=candidate:{n} 1 udp 1 192.0.2.{} {} typ host\r\n", n % 250 + 1, 1_024 + n));
        n += 1;
    }
    format!("{before}{after}{many}")
}
