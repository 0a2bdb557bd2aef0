//! The detour's UDP socket.

use deskhand_protocol::relay::detour::DATAGRAM;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use super::{Caller, Exchange, UdpDoor};

/// Takes datagrams until `stop`.
pub(super) async fn serve(exchange: &Exchange, door: UdpDoor, socket: &UdpSocket, stop: CancellationToken) {
    // One byte more, to tell what is too long from what fits exactly.
    let mut buffer = vec![0; DATAGRAM + 1];
    loop {
        let came = tokio::select! {
            () = stop.cancelled() => return,
            came = socket.recv_from(&mut buffer) => came,
        };
        match came {
            Ok((len, from)) if len <= DATAGRAM => {
                exchange.take(Caller::Udp { door, from }, buffer.get(..len).unwrap_or_default());
            }
            Ok(_) => {}
            // Windows tells here that an earlier datagram found nobody.
            Err(error) => {
                tracing::debug!(%error, "nothing could be read");
                tokio::task::yield_now().await;
            }
        }
    }
}
