//! The helper's socket.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    code::{Finder, RelayAddress},
    error::ErrorCode,
    id::SessionId,
    key::{Nonce, PublicKey},
    limit::SOCKET_PING,
    record::DeviceFacts,
    relay::{
        Prover,
        helper_socket::{HelperToRelay, RelayToHelper, closes},
    },
};
use tokio::sync::mpsc;
use tracing::debug;

use super::{
    Lost, Route, SendError, Stop,
    backoff::Backoff,
    socket::{Socket, Step},
    task::{self, Handle, Pause, Side},
};
use crate::{
    entropy::{Entropy, NoEntropy},
    identity::Identity,
    tls::{Certificate, Trust},
};

/// What a helper's link is made of.
#[derive(Debug)]
pub struct HelperLinkParameters {
    /// The ways to the relay, in the order to try them.
    pub routes: Vec<Route>,
    /// The device's key.
    pub identity: Arc<Identity>,
    /// What machine this is.
    pub facts: DeviceFacts,
    /// What finds the session.
    pub finder: Finder,
    /// A session that this key has claimed before, to be taken up again.
    pub session: Option<SessionId>,
}

/// Which relay was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayMet {
    /// The address it answered on.
    pub address: RelayAddress,
    /// The key it names. Nothing proves it; it only keeps a proof made for it from being used elsewhere.
    pub relay: PublicKey,
    /// What certificate it showed, for the handshake.
    pub certificate: Certificate,
}

impl RelayMet {
    /// The way to the same relay, and to no other that may answer there.
    #[must_use]
    pub fn route(&self) -> Route {
        let trust = match self.certificate {
            Certificate::Loopback | Certificate::Trusted(_) => Trust::System,
            Certificate::Pinned(pin) | Certificate::Provisional(pin) => Trust::Pinned(vec![pin]),
        };
        Route { address: self.address.clone(), trust }
    }
}

/// What happens on a helper's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelperLinkEvent {
    /// The device's key is proven; the session is being claimed. `Claimed` or an error comes as a message.
    Connected {
        /// Which relay.
        met: RelayMet,
    },
    /// The relay says something; never `Challenge` or `Welcome`.
    Message(RelayToHelper),
    /// There is no connection; it is tried again.
    Disconnected {
        /// Why; of the last address that was tried.
        reason: Lost,
        /// When.
        retry_in: Duration,
    },
    /// It is over; nothing is tried again.
    Stopped {
        /// Why.
        reason: Stop,
    },
}

/// A helper's connection to its relay, for one session and those of further technicians in the same call, which it
/// claims by [`send`](Self::send). Dropping it ends it.
#[derive(Debug)]
pub struct HelperLink(Handle);

impl HelperLink {
    /// Connects, claims, and keeps connecting. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the system gives no randomness.
    pub fn open(parameters: HelperLinkParameters) -> Result<(Self, mpsc::Receiver<HelperLinkEvent>), NoEntropy> {
        let backoff = Backoff::new(Entropy::from_system()?);
        let taken_up = parameters.session.into_iter().collect();
        let device = Device { entropy: Entropy::from_system()?, parameters, taken_up, held: None, ended: false };
        let (handle, events) = task::start(|side| run(device, side, backoff));
        Ok((Self(handle), events))
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// [`SendError`]; the message is then not sent, now or later.
    pub fn send(&self, message: &HelperToRelay) -> Result<(), SendError> {
        self.0.send(message)
    }

    /// Whether messages are taken now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.0.is_connected()
    }

    /// Asks the relay at once whether it is there, or tries at once to reach it: whatever else went by this machine's
    /// network is lost.
    pub fn doubt(&self) {
        self.0.doubt();
    }

    /// Lets what was sent leave, says goodbye, ends. Takes at most two seconds.
    pub async fn close(self) {
        self.0.close().await;
    }
}

/// What the task knows.
struct Device {
    parameters: HelperLinkParameters,
    entropy: Entropy,
    /// The sessions that are this key's and not over, the first one first.
    taken_up: Vec<SessionId>,
    /// The certificate of the connection that claimed the session.
    held: Option<Certificate>,
    /// The relay said that the sessions are over.
    ended: bool,
}

/// How one connection ended.
enum End {
    Lost(Lost),
    Stop(Stop),
    Closed,
}

async fn run(mut device: Device, mut side: Side<HelperLinkEvent>, mut backoff: Backoff) {
    loop {
        let began = Instant::now();
        let opened = tokio::select! {
            () = side.closing.clone().cancelled_owned() => return,
            opened = device.connect() => opened,
        };
        let end = match opened {
            Ok((socket, met)) => {
                side.up();
                if side.tell(HelperLinkEvent::Connected { met: met.clone() }).await {
                    device.serve(socket, &met, &mut side).await
                } else {
                    End::Closed
                }
            }
            Err(end) => end,
        };
        side.down();
        let reason = match end {
            End::Closed => return,
            End::Stop(reason) => {
                side.tell(HelperLinkEvent::Stopped { reason }).await;
                return;
            }
            End::Lost(_) if device.ended => {
                side.tell(HelperLinkEvent::Stopped { reason: Stop::SessionEnded }).await;
                return;
            }
            End::Lost(reason) => reason,
        };
        // One that broke at once did not hold: hurrying back would only hammer the relay.
        if began.elapsed() > SOCKET_PING {
            backoff.reset();
        }
        let retry_in = backoff.next_delay();
        debug!(%reason, ?retry_in, "helper link lost");
        if !side.tell(HelperLinkEvent::Disconnected { reason, retry_in }).await {
            return;
        }
        match side.pause(retry_in).await {
            Pause::Over => {}
            Pause::CutShort => backoff.reset(),
            Pause::Closing => return,
        }
    }
}

impl Device {
    /// Tries every address once.
    async fn connect(&mut self) -> Result<(Socket, RelayMet), End> {
        let mut last = End::Lost(Lost::Unreachable);
        for at in 0..self.parameters.routes.len() {
            let Some(route) = self.parameters.routes.get(at).cloned() else { break };
            match self.greet(&route).await {
                Ok(opened) => {
                    // The address that works is the first to be tried next time.
                    if let Some(before) = self.parameters.routes.get_mut(..=at) {
                        before.rotate_right(1);
                    }
                    return Ok(opened);
                }
                Err(End::Lost(lost)) => {
                    debug!(address = %route.address, reason = %lost, "no relay there");
                    last = End::Lost(lost);
                }
                Err(end) => return Err(end),
            }
        }
        Err(last)
    }

    async fn greet(&mut self, route: &Route) -> Result<(Socket, RelayMet), End> {
        let (mut socket, certificate) = Socket::connect(route, "/api/v1/helper").await.map_err(End::Lost)?;
        if !self.may_follow(certificate) {
            return Err(End::Lost(Lost::Certificate));
        }
        let identity = &self.parameters.identity;
        let own = Nonce(self.entropy.array());
        let hello = HelperToRelay::Hello { version: PROTOCOL_VERSION, key: identity.public(), nonce: own, marks: true };
        socket.greet(&hello).await.map_err(End::Lost)?;
        let (version, relay, nonce) = match socket.greeted().await.map_err(End::Lost)? {
            RelayToHelper::Challenge { version, relay, nonce } => (version, relay, nonce),
            RelayToHelper::Error { error, .. } => return Err(refusal(error.code)),
            _ => return Err(End::Lost(Lost::NotARelay)),
        };
        if version != PROTOCOL_VERSION {
            return Err(End::Stop(Stop::VersionUnsupported));
        }
        let signature = identity.prove(Prover::Helper, &relay, &nonce, &own);
        let prove = HelperToRelay::Prove { signature, facts: self.parameters.facts.clone() };
        socket.greet(&prove).await.map_err(End::Lost)?;
        match socket.greeted().await.map_err(End::Lost)? {
            RelayToHelper::Welcome => {}
            RelayToHelper::Error { error, .. } => return Err(refusal(error.code)),
            _ => return Err(End::Lost(Lost::NotARelay)),
        }
        let claims = match self.taken_up.as_slice() {
            [] => vec![HelperToRelay::Claim { finder: self.parameters.finder.clone() }],
            sessions => sessions.iter().map(|session| HelperToRelay::Resume { session: *session }).collect(),
        };
        for claim in claims {
            socket.greet(&claim).await.map_err(End::Lost)?;
        }
        Ok((socket, RelayMet { address: route.address.clone(), relay, certificate }))
    }

    async fn serve(&mut self, mut socket: Socket, met: &RelayMet, side: &mut Side<HelperLinkEvent>) -> End {
        let closing = side.closing.clone();
        loop {
            let message = match socket.step(&mut side.outgoing, &closing, &side.doubt).await {
                Step::Got(message) => message,
                Step::Lost(lost) => return End::Lost(lost),
                Step::Closing => {
                    socket.finish(&mut side.outgoing).await;
                    return End::Closed;
                }
            };
            match &message {
                RelayToHelper::Claimed { session, .. } => {
                    if !self.taken_up.contains(session) {
                        self.taken_up.push(*session);
                    }
                    self.held = Some(met.certificate);
                }
                RelayToHelper::Ended { session, .. } => self.forget(*session),
                RelayToHelper::Error { error, .. } if closes(error.code) => return refusal(error.code),
                // One of several is over, or one more is not found: the others go on.
                RelayToHelper::Error { session: Some(session), error }
                    if (is_final(error.code) || error.code == ErrorCode::NotFound)
                        && self.taken_up.contains(session) =>
                {
                    self.forget(*session);
                    if self.taken_up.is_empty() {
                        return match refusal(error.code) {
                            End::Stop(reason) => End::Stop(reason),
                            _ => End::Stop(Stop::SessionEnded),
                        };
                    }
                }
                RelayToHelper::Error { session: None, error }
                    if error.code == ErrorCode::InvalidCode && !self.taken_up.is_empty() => {}
                RelayToHelper::Error { error, .. } if is_final(error.code) => return refusal(error.code),
                _ => {}
            }
            if !side.tell(HelperLinkEvent::Message(message)).await {
                return End::Closed;
            }
        }
    }

    /// A session is over; with the last one there is nothing to come back for.
    fn forget(&mut self, session: SessionId) {
        let before = self.taken_up.len();
        self.taken_up.retain(|known| *known != session);
        self.ended |= self.taken_up.len() < before && self.taken_up.is_empty();
    }

    /// Nobody has vouched for a provisional certificate. Whoever showed it when the session was claimed has the session
    /// now; nobody else may step in later, when no handshake would look.
    fn may_follow(&self, certificate: Certificate) -> bool {
        match (certificate, self.held) {
            (Certificate::Provisional(_), Some(held)) => held == certificate,
            _ => true,
        }
    }
}

/// Whether an error in the middle of a connection ends the link. A forbidden message does not: the key is good.
const fn is_final(code: ErrorCode) -> bool {
    !matches!(code, ErrorCode::Forbidden) && matches!(refusal(code), End::Stop(_))
}

const fn refusal(code: ErrorCode) -> End {
    match code {
        ErrorCode::VersionUnsupported => End::Stop(Stop::VersionUnsupported),
        ErrorCode::Replaced => End::Stop(Stop::Replaced),
        ErrorCode::InvalidCode => End::Stop(Stop::InvalidCode),
        ErrorCode::SessionEnded => End::Stop(Stop::SessionEnded),
        ErrorCode::Unauthenticated | ErrorCode::Forbidden => End::Stop(Stop::KeyRefused),
        code => End::Lost(Lost::Refused(code)),
    }
}
