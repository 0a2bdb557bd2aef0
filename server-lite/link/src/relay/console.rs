//! The console's socket.

use std::time::{Duration, Instant};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::ErrorCode,
    limit::SOCKET_PING,
    relay::console_socket::{ConsoleToRelay, RelayToConsole},
};
use tokio::sync::mpsc;
use tracing::debug;

use super::{
    ConsoleHttp, HttpError, Lost, SendError, Stop,
    backoff::Backoff,
    socket::{Socket, Step},
    task::{self, Handle, Pause, Side},
};
use crate::entropy::{Entropy, NoEntropy};

/// What happens on a console's link.
#[allow(clippy::large_enum_variant, reason = "one event is held at a time, and moved once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleLinkEvent {
    /// The relay takes messages. What changed meanwhile is to be read by HTTP.
    Connected,
    /// The relay says something; never `Welcome`.
    Message(RelayToConsole),
    /// There is no connection; it is tried again.
    Disconnected {
        /// Why.
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

/// A console's live connection to its relay. Dropping it ends it.
#[derive(Debug)]
pub struct ConsoleLink {
    handle: Handle,
    http: ConsoleHttp,
}

impl ConsoleLink {
    /// Connects, and keeps connecting. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] when the system gives no randomness.
    pub fn open(http: ConsoleHttp) -> Result<(Self, mpsc::Receiver<ConsoleLinkEvent>), NoEntropy> {
        let backoff = Backoff::new(Entropy::from_system()?);
        let used = http.clone();
        let (handle, events) = task::start(|side| run(used, side, backoff));
        Ok((Self { handle, http }, events))
    }

    /// The HTTP API of the same relay, with the same sign-in.
    #[must_use]
    pub const fn http(&self) -> &ConsoleHttp {
        &self.http
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// [`SendError`]; the message is then not sent, now or later.
    pub fn send(&self, message: &ConsoleToRelay) -> Result<(), SendError> {
        self.handle.send(message)
    }

    /// Whether messages are taken now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.handle.is_connected()
    }

    /// Asks the relay at once whether it is there, or tries at once to reach it: whatever else went by this machine's
    /// network is lost.
    pub fn doubt(&self) {
        self.handle.doubt();
    }

    /// Lets what was sent leave, says goodbye, ends. Takes at most two seconds.
    pub async fn close(self) {
        self.handle.close().await;
    }
}

/// How one connection ended.
enum End {
    Lost(Lost),
    Stop(Stop),
    Closed,
}

async fn run(http: ConsoleHttp, mut side: Side<ConsoleLinkEvent>, mut backoff: Backoff) {
    loop {
        let began = Instant::now();
        let opened = tokio::select! {
            () = side.closing.clone().cancelled_owned() => return,
            opened = connect(&http) => opened,
        };
        let end = match opened {
            Ok(socket) => {
                side.up();
                if side.tell(ConsoleLinkEvent::Connected).await { serve(socket, &mut side).await } else { End::Closed }
            }
            Err(end) => end,
        };
        side.down();
        let reason = match end {
            End::Closed => return,
            End::Stop(reason) => {
                side.tell(ConsoleLinkEvent::Stopped { reason }).await;
                return;
            }
            End::Lost(reason) => reason,
        };
        // One that broke at once did not hold: hurrying back would only hammer the relay.
        if began.elapsed() > SOCKET_PING {
            backoff.reset();
        }
        let retry_in = backoff.next_delay();
        debug!(%reason, ?retry_in, "console link lost");
        if !side.tell(ConsoleLinkEvent::Disconnected { reason, retry_in }).await {
            return;
        }
        match side.pause(retry_in).await {
            Pause::Over => {}
            Pause::CutShort => backoff.reset(),
            Pause::Closing => return,
        }
    }
}

async fn connect(http: &ConsoleHttp) -> Result<Socket, End> {
    match try_connect(http).await {
        // The relay was restarted and knows no token any more; the refused one is forgotten by now.
        Err(End::Lost(Lost::Refused(ErrorCode::Unauthenticated))) => try_connect(http).await,
        opened => opened,
    }
}

async fn try_connect(http: &ConsoleHttp) -> Result<Socket, End> {
    let token = http.token().await.map_err(|error| match error.code() {
        Some(ErrorCode::VersionUnsupported) => End::Stop(Stop::VersionUnsupported),
        Some(ErrorCode::Unauthenticated | ErrorCode::Forbidden | ErrorCode::NotFound) => End::Stop(Stop::KeyRefused),
        Some(code) => End::Lost(Lost::Refused(code)),
        None if matches!(error, HttpError::NotARelay) => End::Lost(Lost::NotARelay),
        None => End::Lost(Lost::Unreachable),
    })?;
    let (mut socket, _) = Socket::connect(http.route(), "/api/v1/console").await.map_err(End::Lost)?;
    let hello = ConsoleToRelay::Hello { version: PROTOCOL_VERSION, token: Some(token.clone()), marks: true };
    socket.greet(&hello).await.map_err(End::Lost)?;
    match socket.greeted().await.map_err(End::Lost)? {
        RelayToConsole::Welcome => Ok(socket),
        RelayToConsole::Error { error, .. } => {
            if error.code == ErrorCode::Unauthenticated {
                http.forget(&token).await;
            }
            Err(refusal(error.code))
        }
        _ => Err(End::Lost(Lost::NotARelay)),
    }
}

const fn refusal(code: ErrorCode) -> End {
    match code {
        ErrorCode::VersionUnsupported => End::Stop(Stop::VersionUnsupported),
        ErrorCode::Replaced => End::Stop(Stop::Replaced),
        code => End::Lost(Lost::Refused(code)),
    }
}

async fn serve(mut socket: Socket, side: &mut Side<ConsoleLinkEvent>) -> End {
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
        if let RelayToConsole::Error { error, .. } = &message
            && deskhand_protocol::relay::helper_socket::closes(error.code)
        {
            return refusal(error.code);
        }
        if !side.tell(ConsoleLinkEvent::Message(message)).await {
            return End::Closed;
        }
    }
}
