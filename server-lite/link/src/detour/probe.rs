//! Asks a relay by UDP under which address it sees this computer (STUN, RFC 8489).

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use deskhand_protocol::code::RelayAddress;
use rtc::stun::{
    message::{BINDING_REQUEST, CLASS_SUCCESS_RESPONSE, Getter as _, Message, TransactionId},
    xoraddr::XorMappedAddress,
};
use tokio::{
    net::{UdpSocket, lookup_host},
    time::{sleep, timeout},
};

/// When the question is asked, from the first time on: a lost packet or two on a line of 300 ms round trip must not
/// count as no UDP, and the customer should not wait.
const ASK: [Duration; 4] =
    [Duration::from_millis(0), Duration::from_millis(100), Duration::from_millis(250), Duration::from_millis(450)];
/// How long an answer may take after the last question.
const LAST: Duration = Duration::from_millis(500);
/// Time to look up a name.
const NAME: Duration = Duration::from_secs(2);

/// The relay's address for UDP, at the same host and port as for TLS, and this computer's as the relay sees it; `None` when UDP does not pass. IPv4 only: the
/// names of STUN servers that the connection takes have no form for others, and the tunnel takes any.
pub async fn reflexive(relay: &RelayAddress) -> Option<(SocketAddr, SocketAddr)> {
    let url = relay.url();
    let port = url.port_or_known_default()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let found = timeout(NAME, lookup_host((host, port))).await.ok()?.ok()?;
    let at = found.into_iter().find(SocketAddr::is_ipv4)?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await.ok()?;
    socket.connect(at).await.ok()?;
    let mut question = Message::new();
    let transaction = TransactionId::new();
    question.build(&[Box::new(transaction), Box::new(BINDING_REQUEST)]).ok()?;
    let asking = async {
        let mut before = Duration::ZERO;
        for ask in ASK {
            sleep(ask.saturating_sub(before)).await;
            before = ask;
            // The network may be just coming up.
            let _ = socket.send(&question.raw).await;
        }
        sleep(LAST).await;
    };
    tokio::select! {
        () = asking => None,
        own = answered(&socket, transaction) => Some((at, own)),
    }
}

async fn answered(socket: &UdpSocket, transaction: TransactionId) -> SocketAddr {
    let mut buffer = [0; 512];
    loop {
        // A refusal (nobody is at the port) is no answer either; it comes once for each question.
        let Ok(len) = socket.recv(&mut buffer).await else { continue };
        if let Some(own) = read(buffer.get(..len).unwrap_or_default(), transaction) {
            return own;
        }
    }
}

fn read(datagram: &[u8], transaction: TransactionId) -> Option<SocketAddr> {
    let mut message = Message::new();
    message.raw = datagram.to_vec();
    message.decode().ok()?;
    if message.transaction_id != transaction || message.typ.class != CLASS_SUCCESS_RESPONSE {
        return None;
    }
    let mut mapped = XorMappedAddress::default();
    mapped.get_from(&message).ok()?;
    Some(SocketAddr::new(mapped.ip, mapped.port))
}
