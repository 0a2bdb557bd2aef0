//! The detour through the TLS port: one WebSocket carries the datagrams of one end of one session.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use deskhand_protocol::{
    PROTOCOL_VERSION,
    limit::{SOCKET_GREETING, SOCKET_PING, SOCKET_SILENCE},
    relay::detour::{DATAGRAM, TunnelAnswer, TunnelHello},
};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{Caller, TunnelId};
use crate::{app::App, door::Door, hub::frame, refusal::Refusal, socket::stopping};

/// Time for what waits to leave; a peer that takes nothing for so long is gone.
const SEND: Duration = Duration::from_secs(10);

/// Bounds an upgrade: a datagram, or the greeting.
pub(crate) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(DATAGRAM + 1).max_frame_size(DATAGRAM + 1)
}

/// Serves one tunnel until it closes.
pub(crate) async fn serve(mut socket: WebSocket, app: Arc<App>, door: Door) {
    let greeted = tokio::select! {
        refusal = stopping(&door.way.stop) => Err(refusal),
        greeted = timeout(SOCKET_GREETING, greet(&mut socket, &app, &door)) => {
            greeted.unwrap_or(Err(Refusal::malformed("the tunnel did not say in time what it is for")))
        }
    };
    let tunnel = match greeted {
        Ok(tunnel) => tunnel,
        Err(refusal) => {
            let last = frame(&TunnelAnswer::Error { error: refusal.wire() });
            // Whoever does not read why is closed all the same.
            let _ = timeout(SEND, socket.send(Message::Text(last.into()))).await;
            return;
        }
    };
    let (connection, queue) = app.detour.attach(tunnel);
    tracing::debug!(connection, "a tunnel is open");
    let (mut sink, stream) = socket.split();
    let welcome = Message::Text(frame(&TunnelAnswer::Welcome).into());
    if sink.send(welcome).await.is_ok() {
        tokio::select! {
            _ = stopping(&door.way.stop) => {}
            () = outward(sink, queue) => {}
            () = inward(stream, &app, tunnel, &door) => {}
        }
    }
    app.detour.detach(tunnel, connection);
}

/// A wrong credential counts like a wrong proof.
async fn greet(socket: &mut WebSocket, app: &App, door: &Door) -> Result<TunnelId, Refusal> {
    let text = loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => break text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            _ => return Err(Refusal::malformed("a tunnel begins with its hello")),
        }
    };
    let hello: TunnelHello =
        serde_json::from_str(text.as_str()).map_err(|_| Refusal::malformed("a tunnel begins with its hello"))?;
    if hello.version != PROTOCOL_VERSION {
        return Err(Refusal::version());
    }
    app.proofs.take(door.caller())?;
    let admitted = app.detour.admit(&hello.username, &hello.credential, &hello.tunnel);
    let tunnel = admitted.ok_or_else(Refusal::unauthenticated)?;
    app.proofs.with(|limiter, now| limiter.give_back(door.caller(), now));
    Ok(tunnel)
}

async fn outward(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Vec<u8>>) {
    let mut ping = interval(SOCKET_PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let first = tokio::select! {
            datagram = queue.recv() => match datagram {
                Some(datagram) => Message::Binary(datagram.into()),
                // A newer connection of the same tunnel has taken this one's place.
                None => return,
            },
            _ = ping.tick() => Message::Ping(Vec::new().into()),
        };
        let sent = timeout(SEND, async {
            sink.feed(first).await?;
            // What waits already goes out in one write.
            while let Ok(datagram) = queue.try_recv() {
                sink.feed(Message::Binary(datagram.into())).await?;
            }
            sink.flush().await
        });
        if !matches!(sent.await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn inward(mut stream: SplitStream<WebSocket>, app: &App, tunnel: TunnelId, door: &Door) {
    let mut heard = Instant::now();
    loop {
        let silent = tokio::time::sleep_until((heard + SOCKET_SILENCE).into());
        let came = tokio::select! {
            came = stream.next() => came,
            () = silent => return,
        };
        heard = Instant::now();
        match came {
            Some(Ok(Message::Binary(frame))) => {
                let Some((socket, datagram)) = frame.split_first() else { return };
                app.detour.take(Caller::Tunnel { tunnel, socket: *socket, from: door.peer }, datagram);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_) | Message::Close(_)) | Err(_)) | None => return,
        }
    }
}
