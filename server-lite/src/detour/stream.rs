//! TURN over the TLS port itself (`turns:`), which is what browsers speak where UDP is blocked. A connection is told
//! apart from HTTP by its first byte: a STUN message begins with two zero bits, a request line with a letter.
//!
//! Messages follow one another (RFC 8656 section 12.5, RFC 8489 section 6.2.2): each says how long it is, and channel
//! data are filled up to four bytes. What is no such message ends the connection.

use std::{io, time::Duration};

use deskhand_protocol::{limit::SOCKET_GREETING, relay::detour::DATAGRAM};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split},
    sync::mpsc,
    time::timeout,
};

use super::{Caller, Exchange, StreamId, WAITING};
use crate::door::Door;

/// Time for what waits to leave; a peer that takes nothing for so long is gone.
const SEND: Duration = Duration::from_secs(10);
/// Silence after which a connection counts as dead: an allocation is refreshed more often than it lives, ten minutes.
const SILENCE: Duration = Duration::from_secs(660);
/// The head of a STUN message, of which its length does not tell.
const STUN_HEAD: usize = 20;
/// The head of channel data.
const CHANNEL_HEAD: usize = 4;

/// Whether a connection that begins so speaks TURN.
pub(crate) const fn begins(first: u8) -> bool {
    first < 0x40
}

/// Serves one connection until it closes.
pub(crate) async fn serve<S>(stream: S, door: &Door)
where
    S: AsyncRead + AsyncWrite + Send,
{
    let exchange = &door.way.detour;
    let (id, queue) = exchange.open_stream();
    tracing::debug!(stream = id.0, "a browser speaks TURN over TLS");
    let (reader, writer) = split(stream);
    tokio::select! {
        () = door.way.stop.cancelled() => {}
        () = inward(reader, exchange, Caller::Stream { stream: id, from: door.peer }) => {}
        () = outward(writer, queue) => {}
    }
    exchange.close_stream(id);
}

async fn inward<R: AsyncRead + Unpin>(mut reader: R, exchange: &Exchange, caller: Caller) {
    let mut patience = SOCKET_GREETING;
    loop {
        match timeout(patience, message(&mut reader)).await {
            Ok(Ok(message)) => exchange.take(caller, &message),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a browser's TURN connection ended");
                return;
            }
            Err(_) => return,
        }
        patience = SILENCE;
    }
}

/// The next message, without what channel data were filled up with.
async fn message<R: AsyncRead + Unpin>(reader: &mut R) -> io::Result<Vec<u8>> {
    let mut head = [0; CHANNEL_HEAD];
    reader.read_exact(&mut head).await?;
    let [first, _, high, low] = head;
    let said = usize::from(u16::from_be_bytes([high, low]));
    let (len, filled) = match first {
        0x00..0x40 => (STUN_HEAD + said, STUN_HEAD + said),
        0x40..0x80 => (CHANNEL_HEAD + said, CHANNEL_HEAD + said.next_multiple_of(4)),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    if filled > DATAGRAM {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; filled];
    let (start, rest) = message.split_at_mut(CHANNEL_HEAD);
    start.copy_from_slice(&head);
    reader.read_exact(rest).await?;
    message.truncate(len);
    Ok(message)
}

async fn outward<W: AsyncWrite + Unpin>(mut writer: W, mut queue: mpsc::Receiver<Vec<u8>>) {
    while let Some(mut message) = queue.recv().await {
        message.resize(message.len().next_multiple_of(4), 0);
        let sent = timeout(SEND, async {
            writer.write_all(&message).await?;
            writer.flush().await
        });
        if !matches!(sent.await, Ok(Ok(()))) {
            return;
        }
    }
}

impl Exchange {
    fn open_stream(&self) -> (StreamId, mpsc::Receiver<Vec<u8>>) {
        let (frames, queue) = mpsc::channel(WAITING);
        let id = StreamId(self.number());
        self.state().streams.insert(id, frames);
        (id, queue)
    }

    fn close_stream(&self, id: StreamId) {
        self.state().streams.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
        let mut reader = bytes;
        let mut all = Vec::new();
        loop {
            match message(&mut reader).await {
                Ok(message) => all.push(Some(message)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && reader.is_empty() => return all,
                Err(_) => {
                    all.push(None);
                    return all;
                }
            }
        }
    }

    #[tokio::test]
    async fn messages_are_taken_apart_by_what_they_say_of_themselves() {
        let stun = [&[0, 1, 0, 4][..], &[7; 20]].concat();
        let filled = [0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0];
        let empty = [0x41, 0, 0, 0];
        let whole = [&stun[..], &filled, &empty, &stun].concat();
        let expected = [stun.clone(), filled[..9].to_vec(), empty.to_vec(), stun.clone()].map(Some);
        assert_eq!(read(&whole).await, expected);
        for wrong in [&[0x80, 0, 0, 0][..], &[0, 1, 0xff, 0xff], &[0x40, 0, 0x0f, 0xfd]] {
            assert_eq!(read(wrong).await.last(), Some(&None), "{wrong:x?}");
        }
    }

    #[test]
    fn no_request_line_begins_like_a_message() {
        assert!(begins(0) && begins(1));
        assert!((b'A'..=b'z').all(|letter| !begins(letter)));
    }
}
