//! Calls between two ends.

use std::time::Duration;

use deskhand_link::{
    detour::{Reached, Ways},
    peer::{Direct, PathKind, Peer, PeerConfig, PeerEvent, PeerEvents},
    relay::{Lost, Route},
    selftest::try_out,
    tls::{Certificate, Trust},
};
use deskhand_protocol::{
    call::{channel::Channel, control::VideoCodec},
    code::RelayAddress,
    key::Digest,
    relay::{
        detour::Detour,
        http::{Opened, SelfTest},
    },
};
use ed25519_dalek::SigningKey;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use crate::peers::{Console, Helper, House, bearer, fresh, get, request};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Under which a relay is called from the other end of a [`Wire`].
const WIRE: &str = "localhost";

/// A relay with its TLS port open, and the passes of both ends of a session.
struct Call {
    house: House,
    tls: Route,
    helper: Detour,
    console: Detour,
    /// The ends' sockets; without them the relay would count the session as left.
    _sockets: (Helper, Console),
}

impl Call {
    async fn new() -> Self {
        let house = House::named(&[WIRE]).await;
        let owner = house.owner().await;
        let lan = house.relay().open_lan().await.unwrap();
        let tls = Route {
            address: lan.first().unwrap().clone(),
            trust: Trust::Pinned(vec![house.relay().certificate_pin()]),
        };
        let (_, invitation) = owner.new_session().await;
        let mut console = owner.console().await;
        let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
        helper.claim(&invitation.finder).await;
        let (helper_detour, console_detour) = (helper.detour().await, console.detour().await);
        Self { house, tls, helper: helper_detour, console: console_detour, _sockets: (helper, console) }
    }

    fn plain(&self) -> Route {
        Route::system(self.house.relay().local_address())
    }

    /// Ways that find UDP open.
    fn by_udp(&self, detour: &Detour) -> Ways {
        let ways = Ways::default();
        ways.learn(self.plain(), detour.clone());
        ways
    }

    /// Ways that find UDP blocked.
    async fn by_tls(&self, detour: &Detour) -> (Ways, Wire) {
        let wire = Wire::to(&self.tls.address).await;
        let ways = Ways::default();
        ways.learn(Route { address: wire.at.clone(), trust: self.tls.trust.clone() }, detour.clone());
        (ways, wire)
    }
}

struct End {
    peer: Peer,
    events: PeerEvents,
}

impl End {
    async fn until<T>(&mut self, mut pick: impl FnMut(PeerEvent) -> Option<T>) -> T {
        timeout(PATIENCE, async {
            loop {
                if let Some(picked) = pick(self.events.next().await.unwrap()) {
                    return picked;
                }
            }
        })
        .await
        .unwrap()
    }

    async fn connected(&mut self) -> PathKind {
        self.until(|event| match event {
            PeerEvent::Connected { path } => Some(path),
            _ => None,
        })
        .await
    }

    async fn hears(&mut self, words: &[u8]) {
        let heard = self
            .until(|event| match event {
                PeerEvent::Message { message, .. } => Some(message),
                _ => None,
            })
            .await;
        assert_eq!(&heard[..], words);
    }
}

fn withheld(ways: Ways) -> PeerConfig {
    PeerConfig { ways, direct: Direct::Withheld, ..PeerConfig::default() }
}

/// Connects two ends whose own addresses are withheld, and has each say something that the other hears.
async fn connect(helper: Ways, console: Ways) -> (End, End, PathKind) {
    let (peer, events, offer) = Peer::offerer(withheld(helper), &[VideoCodec::Av1]).await.unwrap();
    let mut helper = End { peer, events };
    let (peer, events, answer) = Peer::answerer(withheld(console), &offer).await.unwrap();
    let mut console = End { peer, events };
    for description in [&offer, &answer] {
        let candidates: Vec<_> = description.lines().filter(|line| line.starts_with("a=candidate:")).collect();
        assert!(!candidates.is_empty() && candidates.iter().all(|line| line.contains(" typ relay")), "{candidates:?}");
    }
    helper.peer.accept_answer(&answer).await.unwrap();
    let path = helper.connected().await;
    assert_eq!(console.connected().await, path, "both ends know the same path");
    talk(&mut helper, &mut console).await;
    (helper, console, path)
}

async fn talk(helper: &mut End, console: &mut End) {
    // More than one packet each way.
    let long = vec![7_u8; 20_000];
    helper.peer.send(Channel::Control, &long).await.unwrap();
    console.hears(&long).await;
    console.peer.send(Channel::Control, b"heard").await.unwrap();
    helper.hears(b"heard").await;
}

#[tokio::test]
async fn two_ends_without_a_direct_path_meet_through_the_relay_by_udp() {
    let call = Call::new().await;
    let (helper, console) = (call.by_udp(&call.helper), call.by_udp(&call.console));
    assert!(matches!(helper.reached().await, Some(Reached::Udp(own)) if own.ip().is_loopback()));
    let (_helper, _console, path) = connect(helper, console).await;
    assert_eq!(path, PathKind::TurnUdp);
}

#[tokio::test]
async fn with_udp_blocked_everything_runs_over_the_tls_port() {
    let call = Call::new().await;
    let (helper, _helpers_wire) = call.by_tls(&call.helper).await;
    let (console, _consoles_wire) = call.by_tls(&call.console).await;
    assert_eq!(helper.reached().await, Some(Reached::Tls));
    let (_helper, _console, path) = connect(helper, console).await;
    assert_eq!(path, PathKind::RelayTls);
}

#[tokio::test]
async fn an_end_behind_a_wall_meets_one_in_the_open() {
    let call = Call::new().await;
    let (helper, _wire) = call.by_tls(&call.helper).await;
    let (_helper, _console, path) = connect(helper, call.by_udp(&call.console)).await;
    assert_eq!(path, PathKind::RelayTls);
}

#[tokio::test]
async fn a_restart_finds_the_relay_anew() {
    let call = Call::new().await;
    let ways = call.by_udp(&call.helper);
    let (mut helper, mut console, _) = connect(ways.clone(), call.by_udp(&call.console)).await;
    // From now on only the tunnel leads there.
    let wire = Wire::to(&call.tls.address).await;
    ways.learn(Route { address: wire.at.clone(), trust: call.tls.trust.clone() }, call.helper.clone());
    let offer = helper.peer.restart_ice().await.unwrap();
    let answer = console.peer.accept_restart(&offer).await.unwrap();
    helper.peer.accept_answer(&answer).await.unwrap();
    let tls = |event| match event {
        PeerEvent::Connected { path: PathKind::RelayTls } => Some(()),
        _ => None,
    };
    helper.until(tls).await;
    console.until(tls).await;
    talk(&mut helper, &mut console).await;
}

/// A wire between an end and the relay that carries TCP, swallows UDP, and can be cut.
struct Wire {
    at: RelayAddress,
    cut: tokio::sync::mpsc::Sender<()>,
    _swallowed: UdpSocket,
    _task: AbortOnDropHandle<()>,
}

impl Wire {
    async fn to(relay: &RelayAddress) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let swallowed = UdpSocket::bind(listener.local_addr().unwrap()).await.unwrap();
        let at = format!("https://{WIRE}:{}", listener.local_addr().unwrap().port()).parse().unwrap();
        let to = relay.authority().to_owned();
        let (cut, mut cuts) = tokio::sync::mpsc::channel(1);
        let task = tokio::spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let (mut end, _) = accepted.unwrap();
                        let mut relay = TcpStream::connect(&to).await.unwrap();
                        carried.spawn(async move { copy_bidirectional(&mut end, &mut relay).await });
                    }
                    Some(()) = cuts.recv() => carried.abort_all(),
                    Some(_) = carried.join_next() => {}
                }
            }
        });
        Self { at, cut, _swallowed: swallowed, _task: AbortOnDropHandle::new(task) }
    }
}

#[tokio::test]
async fn a_tunnel_that_was_cut_comes_back_and_the_call_goes_on() {
    let call = Call::new().await;
    let (helper, wire) = call.by_tls(&call.helper).await;
    let (mut helper, mut console, _) = connect(helper, call.by_udp(&call.console)).await;
    wire.cut.send(()).await.unwrap();
    // Nobody restarts anything: the same allocations carry on.
    talk(&mut helper, &mut console).await;
}

#[tokio::test]
async fn a_self_test_tells_what_works_and_what_does_not() {
    let house = House::named(&[WIRE]).await;
    let owner = house.owner().await;
    let lan = house.relay().open_lan().await.unwrap();
    let open =
        Route { address: lan.first().unwrap().clone(), trust: Trust::Pinned(vec![house.relay().certificate_pin()]) };
    let test: SelfTest = request(house.at(), "POST", "/api/v1/selftest", &[&bearer(&owner.token)], b"").await.is(200);
    let found = try_out(&open, &test.helper, &test.console).await;
    assert_eq!(found.met, Ok(Certificate::Pinned(house.relay().certificate_pin())));
    assert!(found.udp.is_some() && found.by_udp.is_some() && found.by_tls.is_some(), "{found:?}");

    let wire = Wire::to(&open.address).await;
    let walled = Route { address: wire.at.clone(), trust: open.trust.clone() };
    let found = try_out(&walled, &test.helper, &test.console).await;
    assert!(found.udp.is_none() && found.by_udp.is_none() && found.by_tls.is_some(), "{found:?}");

    let wrong = Route { trust: Trust::Pinned(vec![Digest([9; 32])]), ..open.clone() };
    assert_eq!(try_out(&wrong, &test.helper, &test.console).await.met, Err(Lost::Certificate));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let closed = Route { address: format!("https://{nobody}").parse().unwrap(), trust: Trust::System };
    assert_eq!(try_out(&closed, &test.helper, &test.console).await.met, Err(Lost::Unreachable));

    // Nobody outside has opened the link; somebody here proves nothing.
    let path = format!("/api/v1/selftest/{}", test.link);
    assert!(owner.get::<Vec<Opened>>(&path).await.is_empty());
    assert_eq!(get(house.at(), &format!("/reach/{}", test.link), None).await.status, 200);
    assert_eq!(get(house.at(), "/reach/AAAAAAAAAAAAAAAA", None).await.status, 404);
    let opened: Vec<Opened> = owner.get(&path).await;
    assert_eq!(opened.iter().map(|opened| opened.outside).collect::<Vec<_>>(), [false]);
}
