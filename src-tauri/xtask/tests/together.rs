//! Two technicians in one call, over real sockets and with the real helper's windows: the customer is asked for each of
//! them, one has the controls, and each goes by himself.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{fs, path::Path, sync::Arc, time::Duration};

use deskhand_link::{
    detour::Ways,
    entropy::Entropy,
    identity::Identity,
    peer::PeerConfig,
    relay::{ConsoleHttp, ConsoleLink, ConsoleLinkEvent, Route},
    tls::Trust,
};
use deskhand_protocol::{
    call::{
        channel::Channel,
        control::VideoCodec,
        input::{InputEvent, InputMessage},
        room::{Invited, PointedAt, Present, RoomAct, RoomNews, Who},
        signal::{self, Ask, Introduction},
    },
    capability::Capability,
    code::{Invitation, Secret},
    id::{SessionId, TechnicianId},
    limit,
    record::{EndReason, SessionRecord, SessionStatus},
    relay::{
        console_socket::{ConsoleToRelay, RelayToConsole},
        http::{InvitationKind, InviteColleague, NewInvitation, NewSession},
        setup::SetupToken,
    },
    text::Name,
};
use deskhand_viewer::{
    call::{Call, CallConfig, CallEvent, Presence},
    state::CallState,
};
use tokio::{
    sync::{mpsc, watch},
    task::block_in_place,
    time::timeout,
};
use xtask::stage::{
    customer::{BAR, Customer, HANDS},
    display::Display,
    relay::RelayProgram,
    wait_for,
};

const PATIENCE: Duration = Duration::from_secs(40);

/// A technician's console without a window.
struct Technician {
    name: Name,
    identity: Arc<Identity>,
    http: ConsoleHttp,
    link: Arc<ConsoleLink>,
    /// What the relay tells.
    events: mpsc::UnboundedReceiver<RelayToConsole>,
}

/// A seat in a call.
struct Seat {
    call: Arc<Call>,
    told: mpsc::UnboundedReceiver<CallEvent>,
    state: Option<CallState>,
    here: Vec<Present>,
    /// What else he was told of the others.
    news: Vec<RoomNews>,
    pictures: usize,
}

impl Technician {
    async fn signs_in(relay: &RelayProgram, name: &str, folder: &Path, owner: bool) -> Self {
        let identity = Arc::new(Identity::from_system().unwrap());
        let route = Route { address: relay.url().parse().unwrap(), trust: Trust::System };
        let http = ConsoleHttp::new(route, Arc::clone(&identity)).unwrap();
        let name = Name::lossy(name);
        if owner {
            let token: SetupToken = relay.token.parse().unwrap();
            http.set_up(&token.token, name.clone(), Name::lossy("Lindt IT")).await.unwrap();
        } else {
            // There is no other way yet to become a technician of a relay.
            let db = rusqlite::Connection::open(folder.join("relay/relay.db")).unwrap();
            let sql = "INSERT INTO technicians (id, key, role, name, company, created_at) \
                       VALUES (?1, ?2, 'technician', ?3, 'Lindt IT', 0)";
            let id = uuid::Uuid::now_v7().to_string();
            db.execute(sql, (id, identity.public().as_bytes(), name.as_str())).unwrap();
            http.sign_in().await.unwrap();
        }
        let (link, mut events) = ConsoleLink::open(http.clone()).unwrap();
        let (tell, told) = mpsc::unbounded_channel();
        let (up, mut is_up) = watch::channel(false);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    ConsoleLinkEvent::Connected => drop(up.send(true)),
                    ConsoleLinkEvent::Message(message) => drop(tell.send(message)),
                    _ => {}
                }
            }
        });
        timeout(PATIENCE, is_up.wait_for(|up| *up)).await.expect("in time").unwrap();
        Self { name, identity, http, link: Arc::new(link), events: told }
    }

    /// Takes a seat, and passes on what goes by the relay.
    async fn sits(self, session: SessionId, secret: Secret) -> (Seat, ConsoleHttp) {
        let Self { name, identity, http, link, mut events } = self;
        let ways = Ways::default();
        let config = CallConfig {
            session,
            identity,
            introduction: Introduction {
                name,
                company: Name::lossy("Lindt IT"),
                relay_pins: Vec::new(),
                certificate: None,
                seat: signal::Seat::Desktop,
            },
            spoken: Some(secret),
            link: None,
            pinned: None,
            failures: 0,
            peer: PeerConfig { ways: ways.clone(), ..PeerConfig::default() },
        };
        let (tell, told) = mpsc::unbounded_channel();
        let out = Arc::clone(&link);
        let call = Call::start(config, move |event| match event {
            CallEvent::Signal(signal) => drop(out.send(&ConsoleToRelay::Signal { session, signal })),
            CallEvent::Report(report) => drop(out.send(&ConsoleToRelay::Report { session, report })),
            event => drop(tell.send(event)),
        });
        let call = Arc::new(call.unwrap());
        let presence = |online: bool| if online { Presence::Here } else { Presence::Away };
        let mut known = http.session(session).await.unwrap().helper_online;
        call.helper(presence(known));
        let (own, route) = (Arc::clone(&call), Route { address: http.route().address.clone(), trust: Trust::System });
        tokio::spawn(async move {
            while let Some(message) = events.recv().await {
                match message {
                    RelayToConsole::SessionChanged { session: record }
                        if record.id == session && record.helper_online != known =>
                    {
                        known = record.helper_online;
                        own.helper(presence(known));
                    }
                    RelayToConsole::Signal { session: of, signal } if of == session => own.signal(signal),
                    RelayToConsole::Detour { session: of, detour } if of == session => {
                        ways.learn(route.clone(), detour);
                    }
                    _ => {}
                }
            }
        });
        (Seat { call, told, state: None, here: Vec::new(), news: Vec::new(), pictures: 0 }, http)
    }
}

impl Seat {
    async fn connects(&mut self, capabilities: &[Capability]) {
        self.until("the keys to be proven", |seat| matches!(seat.state, Some(CallState::Known { .. }))).await;
        let ask = Ask { capabilities: capabilities.to_vec(), codecs: vec![VideoCodec::Av1, VideoCodec::H264] };
        self.call.connect(ask).await.unwrap();
    }

    async fn is_live(&mut self) {
        self.until("a live call", |seat| matches!(seat.state, Some(CallState::Live { .. }))).await;
        let before = self.pictures;
        self.until("a picture", |seat| seat.pictures > before).await;
    }

    async fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let heard = async {
            while !wanted(self) {
                let event = self.told.recv().await.expect("the call goes on");
                self.take(event);
            }
        };
        // Events that are not waited for come all the time.
        if timeout(PATIENCE, heard).await.is_err() {
            panic!("waited in vain for {what}: {:?}, {:?}", self.state, self.here);
        }
    }

    /// Waits until he has been told that, at any time.
    async fn news(&mut self, what: &str, wanted: impl Fn(&RoomNews) -> bool) {
        self.until(what, |seat| seat.news.iter().any(&wanted)).await;
    }

    fn take(&mut self, event: CallEvent) {
        match event {
            CallEvent::State(state) => self.state = Some(state),
            CallEvent::Room(RoomNews::Here { technicians, .. }) => self.here = technicians,
            CallEvent::Room(news) => self.news.push(news),
            CallEvent::Frame(_) => self.pictures += 1,
            _ => {}
        }
    }

    fn steers(&self) -> Option<Who> {
        self.here.iter().find(|one| one.steers).map(|one| one.who)
    }

    fn types(&self, text: &str) {
        let message = InputMessage { seq: 1, event: InputEvent::Text { text: text.into() } };
        self.call.input(Channel::Input, message.encode());
    }
}

fn line(file: &Path) -> String {
    let typed = || Ok(fs::read_to_string(file).ok().filter(|text| text.ends_with('\n')));
    wait_for("what is typed", PATIENCE, typed).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_joins_a_call_takes_the_controls_and_outlasts_whoever_invited_him() {
    let folder = tempfile::tempdir().unwrap();
    let relay = RelayProgram::start(&folder.path().join("relay")).unwrap();
    let desk = Display::start(1280, 800).unwrap();
    let anna = Technician::signs_in(&relay, "Mara Lindt", folder.path(), true).await;
    let mut ben = Technician::signs_in(&relay, "Ben Kurz", folder.path(), false).await;

    let mut entropy = Entropy::from_system().unwrap();
    let spoken = Invitation::spoken(entropy.array());
    let life_ms = u64::try_from(limit::SPOKEN_CODE_LIFE.as_millis()).unwrap();
    let invitation = NewInvitation { kind: InvitationKind::Spoken, finder: spoken.finder.digest(), life_ms };
    let new = NewSession { customer: Name::lossy("Mr Weber"), machine: None, invitations: vec![invitation] };
    let first = anna.http.create_session(&new).await.unwrap().id;
    let customer = Customer::start(&desk, &folder.path().join("helper")).unwrap();
    customer.types_call(&format!("{} {}", relay.at, spoken.to_spoken())).unwrap();
    let (mut anna, http) = anna.sits(first, spoken.secret.clone()).await;
    let asks = [Capability::View, Capability::Control, Capability::Point];
    anna.connects(&asks).await;
    block_in_place(|| customer.allows()).unwrap();
    anna.is_live().await;

    // The relay introduces the colleague, and does not know the half of the code that lets him in.
    let colleagues = http.colleagues().await.unwrap();
    let [colleague] = &colleagues[..] else { panic!("{colleagues:?}") };
    assert_eq!((colleague.name.as_str(), colleague.online), ("Ben Kurz", true));
    let second = invite(&anna, &http, first, colleague.id, &mut entropy).await;
    anna.news("the helper to wait for him", |news| is_invited(news, Invited::Waiting)).await;
    let invited = invitation_of(&mut ben, first).await;
    assert_eq!(invited.invited_by.as_ref().map(Name::as_str), Some("Mara Lindt"));
    assert_eq!(invited.customer.as_str(), "Mr Weber");
    let joined = invited.id;
    let (mut ben, bens) = ben.sits(joined, second.secret.clone()).await;
    ben.connects(&asks).await;

    // The customer is asked anew, and told who invited him; meanwhile nobody types.
    block_in_place(|| {
        customer.is_asked().unwrap();
        let text = customer.page.text().unwrap();
        assert!(text.contains("Ben Kurz") && text.contains("invited by") && text.contains("Mara Lindt"), "{text}");
    });
    anna.types("not while he is asked");
    block_in_place(|| {
        customer.page.click_away("button", "Allow").unwrap();
        customer.page.see(HANDS).unwrap();
        customer.is_asked().unwrap();
        customer.page.click_away("button", "Allow").unwrap();
    });
    ben.is_live().await;
    for seat in [&mut anna, &mut ben] {
        seat.until("both to be here", |seat| seat.here.len() == 2 && seat.here.iter().all(|one| one.may_steer)).await;
        assert_eq!(seat.steers(), Some(Who::FIRST));
    }
    anna.news("him to have come", |news| is_invited(news, Invited::Came)).await;
    block_in_place(|| customer.page.see("Also in this session")).unwrap();

    // One has the controls; what the other types is refused and noted.
    let typed = folder.path().join("typed.txt");
    let _notes = desk.keeper(&typed).unwrap();
    let window = desk.window("Customer notes", Duration::from_secs(10)).unwrap();
    desk.focus(&window).unwrap();
    ben.types("forbidden\n");
    let noted = async {
        while !bens.audit(200, None).await.unwrap().rows.iter().any(|row| row.action == "session.attempted") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, noted).await.expect("the attempt is noted");
    anna.types("of the first\n");
    assert_eq!(block_in_place(|| line(&typed)), "of the first\n");

    // Each sees where the other points.
    let at = Some(PointedAt { monitor: 0, x: 30_000, y: 40_000 });
    ben.call.room(RoomAct::Pointer { at }).await.unwrap();
    let bens_pointer = |news: &RoomNews| matches!(news, RoomNews::Pointer { of: Who(1), at: told } if *told == at);
    anna.news("his pointer", bens_pointer).await;

    // He asks for the controls and gets them.
    ben.call.room(RoomAct::WantControls).await.unwrap();
    anna.until("his wish", |seat| seat.here.iter().any(|one| one.who == Who(1) && one.wants)).await;
    anna.call.room(RoomAct::HandOver { to: Who(1) }).await.unwrap();
    for seat in [&mut anna, &mut ben] {
        seat.until("him to have the controls", |seat| seat.steers() == Some(Who(1))).await;
    }
    desk.focus(&window).unwrap();
    anna.types("forbidden\n");
    ben.types("of the second\n");
    let both = wait_for("what he types", PATIENCE, || {
        Ok(fs::read_to_string(&typed).ok().filter(|text| text.lines().count() > 1))
    });
    assert_eq!(both.unwrap(), "of the first\nof the second\n");

    // Whoever invited goes; he stays, and so does the bar.
    anna.call.end(EndReason::TechnicianEnded).await;
    until_record(&http, first, |record| record.status == SessionStatus::Ended).await;
    ben.until("him to be alone", |seat| seat.here.iter().filter(|one| one.connected).count() == 1).await;
    ben.types("alone\n");
    let all = wait_for("what he types alone", PATIENCE, || {
        Ok(fs::read_to_string(&typed).ok().filter(|text| text.lines().count() > 2))
    });
    assert_eq!(all.unwrap(), "of the first\nof the second\nalone\n");
    assert!(desk.window_now(BAR).is_some());
    assert_eq!(bens.session(joined).await.unwrap().status, SessionStatus::Live);

    // The customer's end is the end.
    block_in_place(|| customer.ends_on_bar(&desk)).unwrap();
    ben.until("the customer's end", |seat| seat.state == Some(CallState::Over { reason: EndReason::CustomerEnded }))
        .await;
    let record = until_record(&bens, joined, |record| record.ended_at.is_some()).await;
    assert_eq!((record.end_reason, record.joins), (Some(EndReason::CustomerEnded), Some(first)));
    assert!(desk.window_now(BAR).is_none());
}

fn is_invited(news: &RoomNews, wanted: Invited) -> bool {
    matches!(news, RoomNews::Invitation { invited, .. } if *invited == wanted)
}

async fn invite(
    seat: &Seat,
    http: &ConsoleHttp,
    session: SessionId,
    technician: TechnicianId,
    entropy: &mut Entropy,
) -> Invitation {
    let code = Invitation::spoken(entropy.array());
    let invite = InviteColleague { technician, finder: code.finder.digest() };
    // The relay hears of the first picture from the helper, by another way than the console.
    let invited = async {
        while http.invite_colleague(session, &invite).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, invited).await.expect("the relay takes the invitation");
    let (finder, secret) = (code.finder.clone(), code.secret.clone());
    seat.call.room(RoomAct::Invite { finder, secret, name: Name::lossy("Ben Kurz") }).await.unwrap();
    code
}

/// The invitation, as his console is told of it.
async fn invitation_of(technician: &mut Technician, first: SessionId) -> SessionRecord {
    let told = async {
        loop {
            let message = technician.events.recv().await.expect("the link goes on");
            if let RelayToConsole::SessionChanged { session } = message
                && session.joins == Some(first)
            {
                return session;
            }
        }
    };
    timeout(PATIENCE, told).await.expect("he is told")
}

async fn until_record(
    http: &ConsoleHttp,
    session: SessionId,
    wanted: impl Fn(&SessionRecord) -> bool,
) -> SessionRecord {
    let found = async {
        loop {
            let record = http.session(session).await.unwrap();
            if wanted(&record) {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, found).await.expect("the relay's record")
}
