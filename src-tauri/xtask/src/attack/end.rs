//! A technician's end that says what it likes: the real link, handshake and peer connection, and nothing that checks.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use deskhand_link::{
    entropy::Entropy,
    handshake::{ConsoleHandshake, ConsoleOutput, ConsoleParameters, write_signal},
    identity::Identity,
    peer::{Peer, PeerConfig, PeerEvent, PeerEvents},
    relay::{ConsoleHttp, ConsoleLink, ConsoleLinkEvent, Route},
    tls::Trust,
};
use deskhand_protocol::{
    PROTOCOL_VERSION,
    call::{
        channel::Channel,
        clipboard::ClipboardMessage,
        control::{self, Stopped, ToConsole, ToHelper, VideoCodec},
        files::FilesAnswer,
        quick::Outcome,
        room::RoomAct,
        signal::{Ask, DeclineReason, Introduction, Seat},
    },
    capability::Capability,
    code::{Invitation, Secret},
    id::{RunId, SessionId},
    key::PublicKey,
    limit,
    relay::{
        console_socket::{ConsoleToRelay, RelayToConsole},
        http::{InvitationKind, InviteColleague, NewInvitation, NewSession},
        setup::SetupToken,
    },
    text::Name,
};
use tokio::{sync::mpsc, time::timeout};

use crate::stage::relay::RelayProgram;

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The connection stands.
    Connected,
    /// He said no, or cannot be asked.
    Declined(DeclineReason),
}

/// What came over the connection.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Pictures, exact cells, and the pointer.
    pub(super) sights: usize,
    /// Answers about files that say no.
    pub(super) files_refused: usize,
    /// Wants of the clipboard that were answered with nothing.
    pub(super) clipboard_refused: usize,
    /// Anything of the customer's files or clipboard.
    pub(super) crossed: usize,
    /// What the customer has stopped, as far as was told.
    pub(super) stopped: Option<Stopped>,
    pub(super) granted: Vec<Capability>,
    pub(super) refusals: usize,
    pub(super) said_hello: bool,
    /// There is a path.
    pub(super) connected: bool,
    pub(super) declined: usize,
    /// What was told of the machine and its programs, or done to them.
    pub(super) machine: usize,
    pub(super) closed: bool,
}

/// See the module.
pub(super) struct End {
    pub(super) http: ConsoleHttp,
    link: ConsoleLink,
    events: mpsc::Receiver<ConsoleLinkEvent>,
    handshake: ConsoleHandshake,
    session: SessionId,
    identity: Arc<Identity>,
    introduction: Introduction,
    secret: Secret,
    peer: Option<(Peer, PeerEvents)>,
    pub(super) heard: Heard,
    /// What the customer types.
    pub(super) call: String,
}

impl End {
    pub(super) async fn begin(relay: &RelayProgram, name: &str, company: &str) -> Result<Self> {
        let identity = Arc::new(Identity::from_system()?);
        let route = Route { address: relay.url().parse()?, trust: Trust::System };
        let http = ConsoleHttp::new(route, Arc::clone(&identity))?;
        let token: SetupToken = relay.token.parse()?;
        let (name, company) = (Name::lossy(name), Name::lossy(company));
        http.set_up(&token.token, name.clone(), company.clone()).await?;
        let (link, events) = linked(&http).await?;
        let mut entropy = Entropy::from_system()?;
        let spoken = Invitation::spoken(entropy.array());
        let life_ms = u64::try_from(limit::SPOKEN_CODE_LIFE.as_millis())?;
        let invitation = NewInvitation { kind: InvitationKind::Spoken, finder: spoken.finder.digest(), life_ms };
        let new = NewSession { customer: Name::lossy("Mr Weber"), machine: None, invitations: vec![invitation] };
        let session = http.create_session(&new).await?.id;
        let introduction =
            Introduction { name, company, relay_pins: Vec::new(), certificate: None, seat: Seat::Desktop };
        let handshake = ConsoleHandshake::new(ConsoleParameters {
            session,
            identity: Arc::clone(&identity),
            introduction: introduction.clone(),
            spoken: Some(spoken.secret.clone()),
            link: None,
            pinned: None,
            failures: 0,
            entropy,
        });
        let (secret, heard) = (spoken.secret.clone(), Heard::default());
        let call = format!("{} {}", relay.at, spoken.to_spoken());
        Ok(Self { http, link, events, handshake, session, identity, introduction, secret, peer: None, heard, call })
    }

    /// Another technician of the same relay, whose data lie in this folder, whom this one invites to his call.
    pub(super) async fn invites(&mut self, relay: &RelayProgram, data: &Path, name: &str) -> Result<Self> {
        let identity = Arc::new(Identity::from_system()?);
        // There is no other way yet to become a technician of a relay.
        let db = rusqlite::Connection::open(data.join("relay.db"))?;
        let sql = "INSERT INTO technicians (id, key, role, name, company, created_at) \
                   VALUES (?1, ?2, 'technician', ?3, '', 0)";
        db.execute(sql, (uuid::Uuid::now_v7().to_string(), identity.public().as_bytes(), name))?;
        let route = Route { address: relay.url().parse()?, trust: Trust::System };
        let http = ConsoleHttp::new(route, Arc::clone(&identity))?;
        let technician = http.sign_in().await?.technician.id;
        let (link, mut events) = linked(&http).await?;
        let mut entropy = Entropy::from_system()?;
        let spoken = Invitation::spoken(entropy.array());
        let invite = InviteColleague { technician, finder: spoken.finder.digest() };
        self.http.invite_colleague(self.session, &invite).await?;
        let told = async {
            loop {
                let event = events.recv().await.context("the link has ended")?;
                if let ConsoleLinkEvent::Message(RelayToConsole::SessionChanged { session }) = event
                    && session.joins == Some(self.session)
                {
                    return anyhow::Ok(session.id);
                }
            }
        };
        let session = timeout(PATIENCE, told).await.context("the invitation")??;
        let (finder, secret) = (spoken.finder.clone(), spoken.secret.clone());
        let act = RoomAct::Invite { finder, secret: secret.clone(), name: Name::lossy(name) };
        self.send(Channel::Control, &serde_json::to_vec(&ToHelper::Room { act })?).await;
        let introduction = Introduction {
            name: Name::lossy(name),
            company: Name::default(),
            relay_pins: Vec::new(),
            certificate: None,
            seat: Seat::Desktop,
        };
        let handshake = ConsoleHandshake::new(ConsoleParameters {
            session,
            identity: Arc::clone(&identity),
            introduction: introduction.clone(),
            spoken: Some(secret.clone()),
            link: None,
            pinned: None,
            failures: 0,
            entropy,
        });
        let (heard, call) = (Heard::default(), String::new());
        Ok(Self { http, link, events, handshake, session, identity, introduction, secret, peer: None, heard, call })
    }

    /// Sends whatever it is in a session that may be another's.
    pub(super) fn signal_as(&self, session: SessionId, signal: String) -> Result<()> {
        self.link.send(&ConsoleToRelay::Signal { session, signal })?;
        Ok(())
    }

    /// The session that it has made.
    pub(super) const fn session(&self) -> SessionId {
        self.session
    }

    /// The helper's key, once it was known.
    pub(super) const fn pinned(&self) -> Option<PublicKey> {
        self.handshake.pinned()
    }

    /// Another beginning of the same technician's, who knows the helper by the code or by its key.
    pub(super) fn beginning(&self, session: SessionId, pinned: Option<PublicKey>) -> Result<ConsoleHandshake> {
        self.begins(Arc::clone(&self.identity), self.secret.clone(), session, pinned)
    }

    /// Somebody else's, who guesses the code.
    pub(super) fn impostor(&self) -> Result<ConsoleHandshake> {
        let secret = Invitation::spoken(Entropy::from_system()?.array()).secret;
        self.begins(Arc::new(Identity::from_system()?), secret, self.session, None)
    }

    fn begins(
        &self,
        identity: Arc<Identity>,
        secret: Secret,
        session: SessionId,
        pinned: Option<PublicKey>,
    ) -> Result<ConsoleHandshake> {
        Ok(ConsoleHandshake::new(ConsoleParameters {
            session,
            identity,
            introduction: self.introduction.clone(),
            spoken: Some(secret),
            link: None,
            pinned,
            failures: 0,
            entropy: Entropy::from_system()?,
        }))
    }

    /// Sends the helper whatever it is.
    pub(super) fn signal(&self, signal: String) -> Result<()> {
        self.link.send(&ConsoleToRelay::Signal { session: self.session, signal })?;
        Ok(())
    }

    /// The helper's next signal; `None` if it goes instead.
    pub(super) async fn next_signal(&mut self) -> Result<Option<String>> {
        let signal = async {
            loop {
                if !self.http.session(self.session).await?.helper_online {
                    return Ok(None);
                }
                let event = self.events.recv().await.context("the link has ended")?;
                if let ConsoleLinkEvent::Message(RelayToConsole::Signal { signal, .. }) = event {
                    return Ok(Some(signal));
                }
            }
        };
        timeout(PATIENCE, signal).await.context("the helper does not answer")?
    }

    /// Waits until the helper is here.
    pub(super) async fn helper_comes(&mut self) -> Result<()> {
        self.until_helper("the helper to come", |online| online).await
    }

    /// Waits until the helper is gone.
    pub(super) async fn helper_goes(&mut self) -> Result<()> {
        self.until_helper("the helper to go", |online| !online).await
    }

    async fn until_helper(&mut self, what: &str, wanted: impl Fn(bool) -> bool) -> Result<()> {
        let so = async {
            while !wanted(self.http.session(self.session).await?.helper_online) {
                self.events.recv().await.context("the link has ended")?;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, so).await.with_context(|| what.to_owned())?
    }

    /// Proves the keys, once the helper is here.
    pub(super) async fn prove(&mut self) -> Result<()> {
        self.helper_comes().await?;
        self.peer = None;
        self.handshake.greet(RunId::from_uuid(uuid::Uuid::now_v7()), Instant::now())?;
        self.pump(|output| matches!(output, ConsoleOutput::Known { .. }).then_some(())).await
    }

    /// Asks, and connects if the answer is yes. May wait for a person.
    pub(super) async fn ask(&mut self, capabilities: &[Capability]) -> Result<Asked> {
        self.heard = Heard::default();
        let ask = Ask { capabilities: capabilities.to_vec(), codecs: vec![VideoCodec::Av1, VideoCodec::H264] };
        self.handshake.ask(ask, Instant::now())?;
        let offer = self
            .pump(|output| match output {
                ConsoleOutput::Offered { generation, sdp } => Some(Ok((*generation, sdp.clone()))),
                ConsoleOutput::Declined { reason } => Some(Err(*reason)),
                _ => None,
            })
            .await?;
        let (generation, sdp) = match offer {
            Ok(offer) => offer,
            Err(reason) => return Ok(Asked::Declined(reason)),
        };
        let (peer, events, answer) = Peer::answerer(PeerConfig::default(), &sdp).await?;
        self.peer = Some((peer, events));
        self.handshake.answer(generation, answer)?;
        self.flush()?;
        // The helper's first words may be heard before that.
        self.until("a path to the helper", |heard| heard.connected).await?;
        Ok(Asked::Connected)
    }

    /// Sends whatever it is; a connection that the other end has closed takes nothing.
    pub(super) async fn send(&self, channel: Channel, message: &[u8]) {
        if let Some((peer, _)) = &self.peer {
            // The own end knows the limits too and would not send what is over them: cut to what it takes.
            let message = &message[..message.len().min(channel.limit())];
            let _ = timeout(Duration::from_secs(5), peer.send(channel, message)).await;
        }
    }

    /// Waits until the helper's end has everything that was sent by a channel.
    pub(super) async fn arrived(&self, channel: Channel) {
        if let Some((peer, _)) = &self.peer {
            let _ = timeout(Duration::from_secs(20), peer.drained(channel, 0)).await;
        }
    }

    pub(super) async fn hello(&self) {
        let hello = serde_json::json!({"type": "hello", "version": PROTOCOL_VERSION}).to_string();
        self.send(Channel::Control, hello.as_bytes()).await;
    }

    /// Listens until something is so.
    pub(super) async fn until(&mut self, what: &str, wanted: impl Fn(&Heard) -> bool) -> Result<()> {
        let heard = async {
            while !wanted(&self.heard) {
                anyhow::ensure!(!self.heard.closed, "the connection was closed");
                self.next().await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, heard).await.map_err(anyhow::Error::from).flatten().with_context(|| what.to_owned())
    }

    /// Listens until nothing has come for half a second.
    pub(super) async fn quiet(&mut self) {
        while !self.heard.closed && timeout(Duration::from_millis(500), self.next()).await.is_ok() {}
    }

    async fn next(&mut self) {
        let Some((_, events)) = &mut self.peer else {
            self.heard.closed = true;
            return;
        };
        match events.next().await {
            Some(PeerEvent::Message { channel: Channel::Control, message }) => match control::read(&message) {
                Ok(ToConsole::Hello { granted, .. }) => {
                    self.heard.said_hello = true;
                    self.heard.granted = granted;
                }
                Ok(ToConsole::Granted { granted, stopped, .. }) => {
                    (self.heard.granted, self.heard.stopped) = (granted, stopped);
                }
                Ok(ToConsole::Declined { .. }) => self.heard.declined += 1,
                Ok(ToConsole::Did { outcome: Outcome::NotGranted, .. }) => self.heard.refusals += 1,
                Ok(ToConsole::Did { .. } | ToConsole::Programs { .. } | ToConsole::System { .. }) => {
                    self.heard.machine += 1;
                }
                Ok(ToConsole::Error { .. }) => self.heard.refusals += 1,
                _ => {}
            },
            Some(PeerEvent::Message { channel: Channel::Files, message }) => match FilesAnswer::decode(&message) {
                Ok((_, FilesAnswer::Error(_))) => self.heard.files_refused += 1,
                _ => self.heard.crossed += 1,
            },
            Some(PeerEvent::Message { channel: Channel::Clipboard, message }) => {
                match ClipboardMessage::decode(&message) {
                    Ok(ClipboardMessage::None { .. }) => self.heard.clipboard_refused += 1,
                    _ => self.heard.crossed += 1,
                }
            }
            Some(PeerEvent::Message { .. } | PeerEvent::Video(_)) => self.heard.sights += 1,
            Some(PeerEvent::Connected { .. }) => self.heard.connected = true,
            Some(PeerEvent::Closed) | None => {
                self.heard.closed = true;
                self.peer = None;
            }
            _ => {}
        }
    }

    /// Closes the connection and proves the keys again.
    pub(super) async fn come_back(&mut self) -> Result<()> {
        if let Some((peer, _)) = self.peer.take() {
            peer.close().await;
        }
        self.prove().await
    }

    fn flush(&mut self) -> Result<()> {
        while let Some(output) = self.handshake.poll() {
            if let ConsoleOutput::Send(signal) = output {
                let (session, signal) = (self.session, write_signal(&signal)?);
                self.link.send(&ConsoleToRelay::Signal { session, signal })?;
            }
        }
        Ok(())
    }

    /// Carries the handshake on until it gives what is wanted.
    async fn pump<T>(&mut self, wanted: impl Fn(&ConsoleOutput) -> Option<T>) -> Result<T> {
        let end = Instant::now() + limit::CONSENT_TIMEOUT + PATIENCE;
        loop {
            while let Some(output) = self.handshake.poll() {
                if let Some(found) = wanted(&output) {
                    return Ok(found);
                }
                match output {
                    ConsoleOutput::Send(signal) => {
                        let (session, signal) = (self.session, write_signal(&signal)?);
                        self.link.send(&ConsoleToRelay::Signal { session, signal })?;
                    }
                    ConsoleOutput::Failed { reason } => bail!("the handshake failed: {reason:?}"),
                    _ => {}
                }
            }
            anyhow::ensure!(Instant::now() < end, "the helper does not answer");
            let event = timeout(Duration::from_secs(1), self.events.recv()).await;
            if let Ok(Some(ConsoleLinkEvent::Message(RelayToConsole::Signal { signal, .. }))) = event {
                self.handshake.handle_text(&signal, Instant::now());
            }
        }
    }
}

/// A link that stands.
async fn linked(http: &ConsoleHttp) -> Result<(ConsoleLink, mpsc::Receiver<ConsoleLinkEvent>)> {
    let (link, mut events) = ConsoleLink::open(http.clone())?;
    let connected = async {
        while !matches!(events.recv().await.context("the link has ended")?, ConsoleLinkEvent::Connected) {}
        anyhow::Ok(())
    };
    timeout(PATIENCE, connected).await.context("connecting to the relay")??;
    Ok((link, events))
}
