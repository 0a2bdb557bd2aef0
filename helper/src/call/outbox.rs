//! What leaves by one connection, on its way to the wire: messages, tiles and pictures, each permitted at the moment of
//! use. Never decides what is said; that is up to [`super::share`].

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use deskhand_link::peer::{Peer, PeerError, SendFrame, Sent};
use deskhand_picture::{Ticket, TilePacket};
use deskhand_protocol::{
    call::{channel::Channel, picture::PictureInfo},
    capability::Capability,
};
use tokio::sync::mpsc;

use super::{ours::Ours, share::Task, views::Pictures};

/// Messages that may wait for the other end to take earlier ones. The longest burst is a call's beginning: hello,
/// monitors, a few cursor shapes.
const WAITING: usize = 64;

/// Sends what is put into it, in order, waiting where the other end is slow; what may not go when its turn comes is
/// dropped.
pub(super) fn outbox(
    peer: &Arc<Peer>,
    channel: Channel,
    may_go: impl Fn() -> bool + Send + Sync + 'static,
) -> (mpsc::Sender<Vec<u8>>, Task) {
    let (sender, mut messages) = mpsc::channel::<Vec<u8>>(WAITING);
    let peer = Arc::clone(peer);
    let task = tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            if let Err(error) = peer.send_if(channel, &message, &may_go).await {
                tracing::debug!(%error, ?channel, "a message was not sent");
                if error == PeerError::Closed {
                    return;
                }
            }
        }
    });
    (sender, Task::new(task))
}

/// Sends tile messages, each permitted at the moment of use. A message lets the next be made when little of it, and of
/// those before it, stands before the wire.
pub(super) async fn send_tiles(
    mut packets: mpsc::Receiver<TilePacket>,
    peer: Arc<Peer>,
    session: Ours,
    waiting: Arc<AtomicUsize>,
) {
    // Those that stand before the wire, and those that are not known to have arrived.
    let (mut held, mut under_way) = (Vec::<Ticket>::new(), Vec::<Ticket>::new());
    loop {
        let allowed = if held.is_empty() { 0 } else { waiting.load(Ordering::Relaxed) };
        let packet = tokio::select! {
            biased;
            packet = packets.recv() => packet,
            () = peer.drained(Channel::Tiles, allowed), if !held.is_empty() || !under_way.is_empty() => {
                if held.is_empty() {
                    under_way.clear();
                }
                held.iter_mut().for_each(Ticket::release);
                under_way.append(&mut held);
                continue;
            }
        };
        let Some(TilePacket { data, ticket, .. }) = packet else { return };
        let permitted = || !ticket.is_void() && session.read().permit(Capability::View, Instant::now()).is_ok();
        match peer.send_if(Channel::Tiles, &data, permitted).await {
            Ok(Sent::Yes) => held.push(ticket),
            Ok(Sent::No) => ticket.give_up(),
            Err(error) => {
                tracing::debug!(%error, "tiles were not sent");
                if error == PeerError::Closed {
                    return;
                }
                ticket.give_up();
            }
        }
    }
}

/// Sends pictures, each permitted at the moment of use.
pub(super) async fn send_video(mut pictures: Pictures, peer: Arc<Peer>, session: Ours) {
    while let Some(packet) = pictures.next().await {
        if packet.ticket.is_void() || session.read().permit(Capability::View, Instant::now()).is_err() {
            continue;
        }
        let info = PictureInfo {
            monitor: packet.monitor,
            width: packet.width,
            height: packet.height,
            moved: packet.moved.clone(),
        };
        let frame = SendFrame { key: packet.key, captured_us: packet.captured_us(), info, data: packet.data.clone() };
        if let Err(error) = peer.send_video(frame).await {
            tracing::debug!(%error, "a picture was not sent");
            if error == PeerError::Closed {
                return;
            }
        }
        // Only now may the feed make the next one.
        drop(packet.ticket);
    }
}
