//! What both sockets share: reading frames within their bounds, pings, silence, and a clear error before closing.

pub(crate) mod console;
pub(crate) mod helper;

use std::time::{Duration, Instant};

use axum::{
    Error,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
};
use deskhand_core::rate::{Bucket, RECORDS_PER_SOCKET, Rate};
use deskhand_protocol::{
    error::ErrorCode,
    limit::{SOCKET_FRAME, SOCKET_FRAMES_PER_SECOND, SOCKET_PING, SOCKET_SILENCE},
    relay::helper_socket::closes,
    tagged::{self, Unreadable},
};
use serde::de::DeserializeOwned;
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite;
use tokio_util::sync::CancellationToken;

use crate::{
    hub::{Outgoing, Outlet},
    refusal::Refusal,
};

/// What is read of a message that is too large, so that its sender can be told in order. Anything longer is answered
/// as far as the connection allows.
const READ_MOST: usize = 4 * SOCKET_FRAME;
/// Time for one frame to leave; a peer that takes nothing for so long is gone.
const SEND: Duration = Duration::from_secs(10);
/// Time for the other side to close after it was told to.
const CLOSE: Duration = Duration::from_secs(2);
/// Frames per second, with two seconds' worth at once.
const FRAMES: Rate = Rate {
    burst: 2 * SOCKET_FRAMES_PER_SECOND,
    every: Duration::from_micros(1_000_000 / SOCKET_FRAMES_PER_SECOND as u64),
};

/// The connection is gone; there is nobody to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// What came of one turn.
#[derive(Debug)]
pub(crate) enum Turn {
    /// A text frame came.
    Text(String),
    /// Something else is to be done first.
    Nothing,
}

/// Bounds an upgrade.
pub(crate) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(READ_MOST).max_frame_size(READ_MOST).write_buffer_size(0).max_write_buffer_size(READ_MOST)
}

/// One socket.
pub(crate) struct Line {
    socket: WebSocket,
    /// The last moment anything came.
    heard: Instant,
    ping: Interval,
    frames: Bucket,
    records: Bucket,
    away: bool,
}

impl Line {
    pub(crate) fn new(socket: WebSocket) -> Self {
        let now = Instant::now();
        let mut ping = interval_at((now + SOCKET_PING).into(), SOCKET_PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (frames, records) = (Bucket::new(FRAMES, now), Bucket::new(RECORDS_PER_SOCKET, now));
        Self { socket, heard: now, ping, frames, records, away: false }
    }

    /// The next text frame, while nothing else can happen on the connection.
    pub(crate) async fn read(&mut self) -> Result<Result<String, Refusal>, Gone> {
        loop {
            let came = self.socket.recv().await;
            match self.take(came)? {
                Ok(Turn::Text(text)) => return Ok(Ok(text)),
                Ok(Turn::Nothing) => {}
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
    }

    /// One turn of a greeted connection: sends what waits, pings, or reads a frame.
    pub(crate) async fn turn(&mut self, outlet: &mut Outlet) -> Result<Result<Turn, Refusal>, Gone> {
        tokio::select! {
            () = outlet.cut.cancelled() => Err(Gone),
            frame = outlet.frames.recv() => {
                match frame {
                    Some(Outgoing::Frame(frame)) => self.send(frame).await?,
                    Some(Outgoing::Last(frame)) => {
                        self.last(frame).await;
                        return Err(Gone);
                    }
                    None => return Err(Gone),
                }
                Ok(Ok(Turn::Nothing))
            }
            _ = self.ping.tick() => {
                if self.heard.elapsed() >= SOCKET_SILENCE {
                    return Err(Gone);
                }
                self.put(Message::Ping(Vec::new().into())).await?;
                Ok(Ok(Turn::Nothing))
            }
            came = self.socket.recv() => self.take(came),
        }
    }

    fn take(&mut self, came: Option<Result<Message, Error>>) -> Result<Result<Turn, Refusal>, Gone> {
        let message = match came.ok_or(Gone)? {
            Ok(message) => message,
            Err(error) => return unreadable(error).map(Err),
        };
        self.heard = Instant::now();
        if self.frames.take(self.heard).is_err() {
            return Ok(Err(Refusal::too_many()));
        }
        match message {
            Message::Text(text) if text.len() > SOCKET_FRAME => Ok(Err(TOO_LARGE)),
            Message::Text(text) => Ok(Ok(Turn::Text(text.as_str().to_owned()))),
            Message::Binary(_) => Ok(Err(Refusal::malformed("this socket takes text frames only"))),
            Message::Ping(_) | Message::Pong(_) => Ok(Ok(Turn::Nothing)),
            Message::Close(frame) => {
                self.away = frame.is_some_and(|frame| frame.code == close_code::AWAY);
                Err(Gone)
            }
        }
    }

    /// Whether the other side closed it because its page is closed (RFC 6455 section 7.4.1), not because it was lost.
    pub(crate) const fn went_away(&self) -> bool {
        self.away
    }

    /// Counts something that is written to disk.
    pub(crate) fn count_record(&mut self) -> Result<(), Refusal> {
        Ok(self.records.take(Instant::now())?)
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: String) -> Result<(), Gone> {
        self.put(Message::Text(frame.into())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Sends a last frame and closes in order: what the other side still sends is read for a moment, so that it can
    /// read why.
    pub(crate) async fn last(&mut self, frame: String) {
        let closing = CloseFrame { code: close_code::POLICY, reason: "".into() };
        if self.send(frame).await.is_err() || self.put(Message::Close(Some(closing))).await.is_err() {
            return;
        }
        let drained = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        // Whoever does not close in time is closed by force.
        drop(timeout(CLOSE, drained).await);
    }
}

/// Waits until the relay or its listener stops.
pub(crate) async fn stopping(stop: &CancellationToken) -> Refusal {
    stop.cancelled().await;
    Refusal::new(ErrorCode::ShuttingDown, "the relay is stopping; come back")
}

/// Whether a refusal closes the connection.
pub(crate) const fn is_last(refusal: Refusal) -> bool {
    closes(refusal.code)
}

const TOO_LARGE: Refusal = Refusal::new(ErrorCode::TooLarge, "the message is larger than the limit");

/// What is said about something that is no message at all.
fn unreadable(error: Error) -> Result<Refusal, Gone> {
    use tungstenite::Error as E;
    match error.into_inner().downcast_ref::<E>() {
        Some(E::Capacity(_)) => Ok(TOO_LARGE),
        Some(E::Utf8(_)) => Ok(Refusal::malformed("the frame is not UTF-8")),
        Some(E::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => Err(Gone),
        Some(E::Protocol(_)) => Ok(Refusal::malformed("the frame breaks the WebSocket protocol")),
        _ => Err(Gone),
    }
}

/// Reads one message of the known types.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, known: &[&str]) -> Result<T, Refusal> {
    tagged::read(text.as_bytes(), known).map_err(|wrong| match wrong {
        Unreadable::NoMessage => Refusal::malformed("the frame is not a message"),
        Unreadable::WrongForm => Refusal::malformed("the message has not the form its type asks for"),
        Unreadable::UnknownType => Refusal::new(wrong.code(), "this version does not know that message"),
        Unreadable::OtherVersion => Refusal::version(),
    })
}

/// What does not fit where a connection stands.
pub(crate) const fn out_of_order() -> Refusal {
    Refusal::new(ErrorCode::OutOfOrder, "the message does not fit where the connection stands")
}

/// What came too late.
pub(crate) const fn too_late() -> Refusal {
    Refusal::new(ErrorCode::OutOfOrder, "the connection did not say in time who it is")
}

/// A signal that is too large.
pub(crate) const fn too_large() -> Refusal {
    TOO_LARGE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use deskhand_protocol::relay::{console_socket::ConsoleToRelay, helper_socket::HelperToRelay};

    use super::*;

    /// The message types a decoder knows, as it names them itself.
    fn types<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_json::from_str::<T>(r#"{"type":"?"}"#) else { panic!("a type called ?") };
        let said = error.to_string();
        let (_, expected) = said.split_once("expected").unwrap();
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_known_messages_are_those_of_the_protocol() {
        let owned = |known: &[&str]| known.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(types::<HelperToRelay>(), owned(&helper::KNOWN));
        assert_eq!(types::<ConsoleToRelay>(), owned(&console::KNOWN));
    }

    #[test]
    fn another_version_is_told_apart_before_the_form_is_looked_at() {
        let newer = r#"{"type":"hello","version":2,"keys":[],"extra":true}"#;
        let refused = parse::<HelperToRelay>(newer, &helper::KNOWN).unwrap_err();
        assert_eq!(refused.code, ErrorCode::VersionUnsupported);
        let odd = r#"{"type":"hello","version":-1}"#;
        assert_eq!(parse::<HelperToRelay>(odd, &helper::KNOWN).unwrap_err().code, ErrorCode::Malformed);
    }
}
