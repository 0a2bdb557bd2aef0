//! Tries every way to a relay from this computer and says which work: what a customer's helper will meet, as far as it
//! can be seen from here.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use deskhand_protocol::{
    call::{channel::Channel, control::VideoCodec},
    relay::detour::Detour,
};
use tokio::time::timeout;

use crate::{
    detour::{Ways, reflexive},
    peer::{Direct, PathKind, Peer, PeerConfig, PeerEvent, PeerEvents},
    proxy::Proxy,
    relay::{Lost, Route, dial},
    tls::Certificate,
};

/// Time for a call with oneself: far more than one needs that works.
const CALL: Duration = Duration::from_secs(12);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What answers at the port: its certificate, or why nothing of use does.
    pub met: Result<Certificate, Lost>,
    /// The proxy that was used, without user and password.
    pub proxy: Option<String>,
    /// The address under which the relay sees this computer by UDP; `None` when UDP does not reach it.
    pub udp: Option<SocketAddr>,
    /// How long a call with oneself through the relay took to stand, by UDP.
    pub by_udp: Option<Duration>,
    /// The same by the TLS port.
    pub by_tls: Option<Duration>,
}

/// Tries a way to a relay with the passes of both ends of one session. Takes some seconds at most when nothing answers.
pub async fn try_out(route: &Route, helper: &Detour, console: &Detour) -> Findings {
    let address = route.address.clone();
    let proxy = tokio::task::spawn_blocking(move || Proxy::to(&address)).await.ok().flatten().map(|proxy| proxy.url());
    // The first socket of a tunnel: port, proxy, TLS and the upgrade in one.
    let met = dial(route, "/api/v1/detour", 1024).await.map(|(_, certificate)| certificate);
    if met.is_err() {
        return Findings { met, proxy, udp: None, by_udp: None, by_tls: None };
    }
    let udp = reflexive(&route.address).await.map(|(_, own)| own);
    let by_udp = match udp {
        Some(_) => call_oneself(route, helper, console, Carried::Udp).await,
        None => None,
    };
    let by_tls = call_oneself(route, helper, console, Carried::Tls).await;
    Findings { met, proxy, udp, by_udp, by_tls }
}

/// How the call with oneself is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carried {
    Udp,
    Tls,
}

async fn call_oneself(route: &Route, helper: &Detour, console: &Detour, carried: Carried) -> Option<Duration> {
    let wanted = match carried {
        Carried::Udp => PathKind::TurnUdp,
        Carried::Tls => PathKind::RelayTls,
    };
    let config = |pass: &Detour| {
        let ways = Ways::default();
        ways.learn(route.clone(), Detour { udp: carried == Carried::Udp, ..pass.clone() });
        PeerConfig { ways, direct: Direct::Withheld, ..PeerConfig::default() }
    };
    let (helper, console) = (config(helper), config(console));
    // Finding the way is no part of the call: in a real one that is done while the customer reads.
    let _ = tokio::join!(helper.ways.reached(), console.ways.reached());
    let began = Instant::now();
    let called = async {
        let (one, mut heard, offer) = Peer::offerer(helper, &[VideoCodec::Av1]).await.ok()?;
        let (other, mut echo, answer) = Peer::answerer(console, &offer).await.ok()?;
        one.accept_answer(&answer).await.ok()?;
        if connected(&mut heard).await? != wanted {
            return None;
        }
        one.send(Channel::Control, b"?").await.ok()?;
        message(&mut echo).await?;
        other.send(Channel::Control, b"!").await.ok()?;
        message(&mut heard).await?;
        Some(began.elapsed())
    };
    timeout(CALL, called).await.ok().flatten()
}

async fn connected(events: &mut PeerEvents) -> Option<PathKind> {
    loop {
        if let PeerEvent::Connected { path } = events.next().await? {
            return Some(path);
        }
    }
}

async fn message(events: &mut PeerEvents) -> Option<()> {
    loop {
        if let PeerEvent::Message { .. } = events.next().await? {
            return Some(());
        }
    }
}
