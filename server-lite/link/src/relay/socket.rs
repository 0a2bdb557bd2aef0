//! One WebSocket to a relay: connecting, JSON text frames both ways, pings, and noticing that nobody is there any more.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use deskhand_protocol::limit::{SOCKET_FRAME, SOCKET_GREETING, SOCKET_PING, SOCKET_SILENCE};
use futures_util::{SinkExt, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::{Notify, mpsc},
    time::{sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use super::{
    Lost, Route,
    dial::{Stream, dial, local_address},
};
use crate::{network::Network, tls::Certificate};

/// An open connection.
pub(super) struct Socket {
    stream: Stream,
    heard: Instant,
    next_ping: Instant,
    silence: Duration,
    /// How long a relay may take that is asked whether it is there.
    answer: Duration,
    /// Until when an answer is expected of a relay that was asked whether it is there.
    asked: Option<Instant>,
    network: Network,
    /// This end's own address: when the machine has lost it, nothing passes any more.
    local: Option<IpAddr>,
}

/// A bad line's second, and one packet lost twice.
const ANSWER: Duration = Duration::from_secs(4);

/// What came of waiting.
pub(super) enum Step<T> {
    Got(T),
    Lost(Lost),
    /// The owner wants to close.
    Closing,
}

impl Socket {
    /// Connects to `path` of a relay.
    pub(super) async fn connect(route: &Route, path: &str) -> Result<(Self, Certificate), Lost> {
        let (stream, certificate) = dial(route, path, SOCKET_FRAME).await?;
        let local = local_address(&stream);
        let now = Instant::now();
        let socket = Self {
            stream,
            heard: now,
            next_ping: now + SOCKET_PING,
            silence: SOCKET_SILENCE,
            answer: ANSWER,
            asked: None,
            network: Network::here(),
            local,
        };
        Ok((socket, certificate))
    }

    /// Counts it as dead sooner than a real one.
    #[cfg(test)]
    pub(super) const fn hurry(&mut self, silence: Duration, answer: Duration) {
        (self.silence, self.answer) = (silence, answer);
    }

    /// Sends a message during the greeting.
    pub(super) async fn greet<T: Serialize>(&mut self, message: &T) -> Result<(), Lost> {
        let text = serde_json::to_string(message).map_err(|_| Lost::NotARelay)?;
        self.send(Message::text(text)).await
    }

    /// Waits for a message during the greeting.
    pub(super) async fn greeted<T: DeserializeOwned>(&mut self) -> Result<T, Lost> {
        timeout(SOCKET_GREETING, self.next()).await.unwrap_or(Err(Lost::Silent))
    }

    /// Waits for a message, sending what `outgoing` has meanwhile.
    pub(super) async fn step<T: DeserializeOwned>(
        &mut self,
        outgoing: &mut mpsc::Receiver<String>,
        closing: &CancellationToken,
        doubt: &Notify,
    ) -> Step<T> {
        loop {
            let silent = (self.heard + self.silence).min(self.asked.unwrap_or(self.heard + self.silence));
            let sent = tokio::select! {
                () = closing.cancelled() => return Step::Closing,
                got = self.stream.next() => match self.take(got) {
                    Ok(Some(message)) => return Step::Got(message),
                    Ok(None) => Ok(()),
                    Err(lost) => Err(lost),
                },
                text = outgoing.recv() => match text {
                    Some(text) => self.send(Message::text(text)).await,
                    None => return Step::Closing,
                },
                () = sleep_until(self.next_ping.into()) => {
                    self.next_ping = Instant::now() + SOCKET_PING;
                    self.send(Message::Ping(bytes::Bytes::new())).await
                }
                () = doubt.notified() => {
                    self.doubt();
                    Ok(())
                }
                () = sleep_until(self.network.due().into()) => self.look(),
                () = sleep_until(silent.into()) => Err(Lost::Silent),
            };
            if let Err(lost) = sent {
                return Step::Lost(lost);
            }
        }
    }

    /// Whether this machine can still be where it was.
    fn look(&mut self) -> Result<(), Lost> {
        let change = self.network.look();
        if self.local.is_some_and(|local| change.gone.contains(&local)) {
            return Err(Lost::Moved);
        }
        if !change.is_nothing() {
            self.doubt();
        }
        Ok(())
    }

    /// Asks at once whether the relay is there.
    fn doubt(&mut self) {
        let now = Instant::now();
        self.next_ping = now;
        self.asked.get_or_insert(now + self.answer);
    }

    /// Sends what is still waiting, and says goodbye.
    pub(super) async fn finish(mut self, outgoing: &mut mpsc::Receiver<String>) {
        while let Ok(text) = outgoing.try_recv() {
            if self.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        let _ = timeout(SOCKET_GREETING, self.stream.close(None)).await;
    }

    async fn next<T: DeserializeOwned>(&mut self) -> Result<T, Lost> {
        loop {
            let got = self.stream.next().await;
            if let Some(message) = self.take(got)? {
                return Ok(message);
            }
        }
    }

    fn take<T: DeserializeOwned>(
        &mut self,
        got: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<Option<T>, Lost> {
        self.heard = Instant::now();
        self.asked = None;
        match got {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map(Some).map_err(|_| Lost::NotARelay),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => Err(Lost::NotARelay),
            Some(Err(
                tungstenite::Error::Capacity(_) | tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_),
            )) => Err(Lost::NotARelay),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Lost::Closed),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Lost> {
        match timeout(SOCKET_GREETING, self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Lost::Closed),
            Err(_) => Err(Lost::Silent),
        }
    }
}

/// Whether a message fits one frame, as text.
pub(super) fn frame<T: Serialize>(message: &T) -> Option<String> {
    serde_json::to_string(message).ok().filter(|text| text.len() <= SOCKET_FRAME)
}
