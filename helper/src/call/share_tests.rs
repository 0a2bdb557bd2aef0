//! One connection with a console, over a real path: what is said first and what is said last.

use deskhand_link::peer::{PeerConfig, PeerEvent};
use deskhand_protocol::{
    call::control::{Rotation, VideoCodec},
    text::Name,
};
use std::sync::RwLock;

use deskhand_protocol::call::room::Who;
use deskhand_session::{Policy, Room};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

struct Console {
    _peer: Peer,
    events: PeerEvents,
}

impl Console {
    async fn next(&mut self) -> Option<PeerEvent> {
        timeout(PATIENCE, self.events.next()).await.expect("an event in time")
    }

    /// The next message of the control channel; `None` at the end.
    async fn hears(&mut self) -> Option<ToConsole> {
        loop {
            match self.next().await? {
                PeerEvent::Message { channel: Channel::Control, message } => {
                    return Some(serde_json::from_slice(&message).unwrap());
                }
                PeerEvent::Closed => return None,
                _ => {}
            }
        }
    }
}

async fn connected() -> (Share, Console) {
    let (helper, mut helper_events, offer) = Peer::offerer(PeerConfig::default(), &[VideoCodec::Av1]).await.unwrap();
    let (console, events, answer) = Peer::answerer(PeerConfig::default(), &offer).await.unwrap();
    helper.accept_answer(&answer).await.unwrap();
    let up = async { while !matches!(helper_events.next().await, Some(PeerEvent::Connected { .. })) {} };
    timeout(PATIENCE, up).await.expect("a path");
    let session = Ours::new(Arc::new(RwLock::new(Room::new(Policy::Customer, Instant::now()))), Who::FIRST);
    let (outputs, _) = mpsc::unbounded_channel();
    let (told, _) = mpsc::unbounded_channel();
    let (attempts, _) = mpsc::unbounded_channel();
    let tellers = Tellers {
        outputs: Teller::new(Who::FIRST, &outputs),
        clipboard: Teller::new(Who::FIRST, &told),
        attempts: Teller::new(Who::FIRST, &attempts),
    };
    let share = Share::new(helper, helper_events, session, Default::default(), tellers);
    (share, Console { _peer: console, events })
}

fn monitors(width: u16) -> Delivered {
    let name = Name::lossy("DP-1");
    let (scale_percent, rotation) = (100, Rotation::Upright);
    let monitor = Monitor { index: 0, name, x: 0, y: 0, width, height: 10, primary: true, scale_percent, rotation };
    Delivered { feed: FeedId(0), output: Output::Monitors { monitors: vec![monitor], selected: 0 } }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_breaks_a_rule_hears_why_after_everything_else_and_before_the_end() {
    let (mut share, mut console) = connected().await;
    for _ in 0..10 {
        share.say(&ToConsole::Trouble { trouble: Some(Trouble::MonitorOff) });
    }
    // Refusals are told once a second; the last word is told all the same.
    share.refuse(ErrorCode::NotGranted, "not now", Instant::now());
    let error = WireError { code: ErrorCode::UnknownMessage, detail: "no such message".to_owned() };
    share.close(Some(error.clone())).await;
    for _ in 0..10 {
        assert!(matches!(console.hears().await, Some(ToConsole::Trouble { .. })));
    }
    assert!(matches!(console.hears().await, Some(ToConsole::Error { error }) if error.code == ErrorCode::NotGranted));
    assert_eq!(console.hears().await, Some(ToConsole::Error { error }));
    assert_eq!(console.hears().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_greets_first_hears_hello_before_anything_else() {
    let (mut share, mut console) = connected().await;
    let granted = [Capability::View].into();
    let standing = Standing { granted, ..Standing::default() };
    share.greeted(&standing);
    share.say_standing(&standing);
    share.deliver(monitors(10), &standing).unwrap();
    share.deliver(monitors(20), &standing).unwrap();
    let Some(ToConsole::Hello { monitors, .. }) = console.hears().await else { panic!("hello comes first") };
    assert_eq!(monitors[0].width, 10);
    let Some(ToConsole::Monitors { monitors, .. }) = console.hears().await else { panic!("the change comes next") };
    assert_eq!(monitors[0].width, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_to_a_console_that_has_not_greeted() {
    let (mut share, mut console) = connected().await;
    let standing = Standing::default();
    share.deliver(monitors(10), &standing).unwrap();
    share.say_standing(&standing);
    share.deliver(monitors(20), &standing).unwrap();
    share.greeted(&standing);
    // What is heard first is the hello, with what is there by now.
    let Some(ToConsole::Hello { monitors, .. }) = console.hears().await else { panic!("hello comes first") };
    assert_eq!(monitors[0].width, 20);
}
