//! A console that has joined several relays, each a real one: what belongs to one is never at the other.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub, reason = "a test")]

mod stage;

use deskhand::{
    console::Console,
    ipc::{ConsoleEvent, IpcErrorCode, RelayPlace},
};
use deskhand_protocol::{
    capability::Preset,
    relay::records::{Order, SessionFilter, SessionQuery, SessionSort},
};
use deskhand_relay::{Relay, Settings};
use stage::{set_up, start, until};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A relay elsewhere, with the address and the token that it gives its owner.
async fn elsewhere(folder: &TempDir) -> (Relay, String, String) {
    let relay = Relay::start(Settings::new(folder.path()), CancellationToken::new()).await.unwrap();
    let (address, token) = (relay.local_address().to_string(), relay.setup_token().unwrap());
    (relay, address, token)
}

/// The customers of all sessions that the present relay knows.
async fn customers(console: &Console) -> Vec<String> {
    let query = SessionQuery {
        filter: SessionFilter::default(),
        sort: SessionSort::Date,
        order: Order::Ascending,
        after: None,
        limit: 10,
    };
    let page = console.search_sessions(&query).await.unwrap();
    page.sessions.iter().map(|session| session.customer.to_string()).collect()
}

fn current(console: &Console) -> String {
    console.relays().unwrap().into_iter().find(|relay| relay.current).unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_moves_between_its_relays_and_keeps_them_apart() {
    let (home, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (console, _) = set_up(home.path()).await;
    let here = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let (relay, address, token) = elsewhere(&far).await;

    // It joins by token, and stays where it is.
    let wrong = console.add_relay(&address, "7KQ2-M4XD-9R3T-PW8H-2N6C").await.unwrap_err();
    assert_eq!(wrong.code, IpcErrorCode::WrongToken);
    assert_eq!(console.add_relay("not an address", &token).await.unwrap_err().code, IpcErrorCode::BadAddress);
    let nobody = console.add_relay("http://127.0.0.1:9", &token).await.unwrap_err();
    assert_eq!(nobody.code, IpcErrorCode::RelayAway);
    assert_eq!(console.relays().unwrap().len(), 1, "nothing of that is kept");
    let known = console.add_relay(&address, &token).await.unwrap();
    assert_eq!(
        known.iter().map(|relay| (relay.place, relay.current)).collect::<Vec<_>>(),
        [(RelayPlace::Inside, true), (RelayPlace::Elsewhere, false)]
    );
    assert_eq!(console.add_relay(&address, &token).await.unwrap_err().code, IpcErrorCode::RelayKnown);
    assert_eq!(customers(&console).await, ["Mr Weber"]);

    // There, nothing of the other is known: no session, no secret.
    let boot = console.switch_relay("1").await.unwrap();
    assert!(boot.relay.connected && boot.relay.place == RelayPlace::Elsewhere && boot.relay.address == address);
    assert_ne!(boot.technician.as_ref().unwrap().id, here.session.technician, "another relay has another id for her");
    assert_eq!(boot.technician.unwrap().name.as_str(), "Ada Berg");
    assert!(customers(&console).await.is_empty());
    assert!(console.seat(here.session.id).is_err());
    assert!(console.invitation(here.session.id).await.ok().flatten().is_none(), "its secret is at the other");
    let there = console.create_session("Mrs Kraus", None, Preset::FullService, None).await.unwrap();
    assert!(console.seat(there.session.id).is_ok());
    let refused = console.remove_relay("1").await.unwrap_err();
    assert_eq!(refused.code, IpcErrorCode::BadInput, "she is there");
    for wrong in ["7", "", "../x", "current"] {
        assert_eq!(console.switch_relay(wrong).await.unwrap_err().code, IpcErrorCode::BadInput, "{wrong}");
        assert_eq!(console.remove_relay(wrong).await.unwrap_err().code, IpcErrorCode::BadInput, "{wrong}");
    }

    // A start later she is still there; a click leads back, with everything that was left.
    console.shutdown().await;
    drop(console);
    let console = start(home.path()).await;
    let mut events = console.events();
    assert_eq!(current(&console), "1");
    until(&mut events, "the link", |event| match event {
        ConsoleEvent::Relay { status } if status.connected => Some(()),
        _ => None,
    })
    .await;
    assert_eq!(customers(&console).await, ["Mrs Kraus"]);
    let boot = console.switch_relay("inside").await.unwrap();
    assert!(boot.relay.connected && boot.relay.place == RelayPlace::Inside);
    assert_eq!(customers(&console).await, ["Mr Weber"]);
    let again = console.invitation(here.session.id).await.unwrap().unwrap();
    assert_eq!(again.code, here.code, "its secret was kept");

    // One that is away is no obstacle: the console waits for it, and can go back.
    relay.shutdown().await;
    let boot = console.switch_relay("1").await.unwrap();
    assert!(!boot.relay.connected && boot.relay.address == address);
    console.switch_relay("inside").await.unwrap();
    assert_eq!(customers(&console).await, ["Mr Weber"]);

    // Forgotten, it is gone with what belonged to it.
    assert_eq!(console.remove_relay("1").await.unwrap().len(), 1);
    assert!(!home.path().join("relays/1").exists());
    assert_eq!(console.switch_relay("1").await.unwrap_err().code, IpcErrorCode::BadInput);
    console.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_began_at_a_relay_elsewhere_gets_his_own_by_a_click() {
    let (home, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (relay, address, token) = elsewhere(&far).await;
    let console = start(home.path()).await;
    console.join_relay("Ada Berg", "Berg IT", &address, &token).await.unwrap();
    assert_eq!(current(&console), "1");
    let company = |console: &Console| console.boot().technician.unwrap().company.to_string();

    let boot = console.switch_relay("inside").await.unwrap();
    assert!(boot.relay.connected && boot.relay.place == RelayPlace::Inside);
    assert_eq!(company(&console), "Berg IT", "she is its owner, under the names that she has");
    console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    // Each relay knows her by its own name for her.
    console.rename("Ada Lund", "Lund IT").await.unwrap();
    console.switch_relay("1").await.unwrap();
    assert_eq!(company(&console), "Berg IT");
    assert!(customers(&console).await.is_empty());
    console.shutdown().await;
    relay.shutdown().await;
}
