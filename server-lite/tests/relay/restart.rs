//! What a restart keeps, and how calls that were under way go on or end.

use std::time::Duration;

use deskhand_protocol::{
    error::ErrorCode,
    record::{EndReason, SessionStatus},
    relay::{
        Report,
        helper_socket::{HelperToRelay, RelayToHelper},
        http::{Audit, Sessions},
    },
};
use deskhand_relay::{Relay, Settings, StartError};
use tokio_util::sync::CancellationToken;

use crate::{
    peers::{Helper, House},
    sessions::live,
};

#[tokio::test]
async fn a_call_under_way_reconnects_after_a_restart() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    let before = owner.session(call.id).await;
    house.stop().await;
    assert_eq!(call.helper.0.closed_with().await, Some(ErrorCode::ShuttingDown));
    house.start().await;
    owner.sign_in(house.at()).await;
    let waiting = owner.session(call.id).await;
    assert_eq!((waiting.status, waiting.ended_at), (SessionStatus::Reconnecting, None));

    let mut helper = Helper::connect(house.at(), &call.key).await;
    helper.send(&HelperToRelay::Resume { session: call.id }).await;
    assert!(matches!(helper.next().await, RelayToHelper::Claimed { session, .. } if session == call.id));
    let back = owner.session(call.id).await;
    assert_eq!((back.status, back.started_at), (SessionStatus::Live, before.started_at));
    // The helper says what is really so.
    helper.report(call.id, Report::ConnectionLost).await;
    let mut console = owner.console().await;
    while owner.session(call.id).await.status != SessionStatus::Reconnecting {
        console.until_session(|seen| seen.status == SessionStatus::Reconnecting).await;
    }
    helper.report(call.id, Report::Live).await;
    console.until_session(|seen| seen.status == SessionStatus::Live).await;
}

#[tokio::test]
async fn a_call_that_nobody_takes_up_after_a_restart_is_interrupted() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let call = live(&house, &owner).await;
    house.stop().await;
    house.grace = Duration::from_millis(400);
    house.start().await;
    owner.sign_in(house.at()).await;
    let first = owner.session(call.id).await;
    assert!(matches!(first.status, SessionStatus::Reconnecting | SessionStatus::Interrupted));
    let over = loop {
        let seen = owner.session(call.id).await;
        if seen.ended_at.is_some() {
            break seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((over.status, over.end_reason), (SessionStatus::Interrupted, Some(EndReason::Interrupted)));
    assert_eq!(over.ended_at, Some(first.last_active_at));
    assert!(over.ended_at >= over.started_at);
}

#[tokio::test]
async fn the_record_and_its_order_stay() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(owner.new_session().await.0.id);
    }
    house.stop().await;
    house.start().await;
    assert_eq!(house.relay().setup_token(), None);
    owner.sign_in(house.at()).await;
    made.push(owner.new_session().await.0.id);
    made.reverse();
    let listed: Sessions = owner.get("/api/v1/sessions").await;
    assert_eq!(listed.sessions.iter().map(|session| session.id).collect::<Vec<_>>(), made);
    let audit: Audit = owner.get("/api/v1/audit?limit=500").await;
    let mut seqs: Vec<_> = audit.rows.iter().map(|row| row.seq).collect();
    seqs.reverse();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len()).unwrap()).collect::<Vec<_>>());
    house.stop().await;
    Relay::check(house.dir.path()).await.unwrap();
}

#[tokio::test]
async fn an_audit_row_that_was_changed_shows() {
    let mut house = House::new().await;
    let owner = house.owner().await;
    owner.new_session().await;
    house.stop().await;
    let db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    assert!(db.execute("UPDATE audit SET actor = 'relay' WHERE seq = 2", []).is_err());
    db.execute_batch("DROP TRIGGER audit_is_never_changed; UPDATE audit SET actor = 'relay' WHERE seq = 2").unwrap();
    drop(db);
    let found = Relay::check(house.dir.path()).await;
    assert!(matches!(found, Err(StartError::AuditBroken { row: 2, .. })), "{found:?}");
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_as_it_is() {
    let mut house = House::new().await;
    house.stop().await;
    let path = house.dir.path().join("relay.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let started = Relay::start(Settings::new(house.dir.path()), CancellationToken::new()).await;
    assert!(matches!(started, Err(StartError::NewerDatabase { .. })), "{started:?}");
    let db = rusqlite::Connection::open(&path).unwrap();
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[tokio::test]
async fn one_folder_serves_one_relay() {
    let house = House::new().await;
    let second = Relay::start(Settings::new(house.dir.path()), CancellationToken::new()).await;
    assert!(matches!(second, Err(StartError::FolderInUse { .. })), "{second:?}");
}

#[tokio::test]
async fn cancelling_the_token_stops_the_relay() {
    let dir = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let relay = Relay::start(Settings::new(dir.path()), stop.clone()).await.unwrap();
    let at: std::net::SocketAddr = relay.local_address().authority().parse().unwrap();
    stop.cancel();
    relay.shutdown().await;
    assert!(tokio::net::TcpStream::connect(at).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new().await;
    for file in ["relay.key", "tls.key", "relay.db"] {
        let mode = std::fs::metadata(house.dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_relay_that_is_dropped_leaves_nothing_running() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let relay = Relay::start(Settings::new(dir.path()), CancellationToken::new()).await.unwrap();
        let at: std::net::SocketAddr = relay.local_address().authority().parse().unwrap();
        drop(relay);
        while tokio::net::TcpStream::connect(at).await.is_ok() {
            tokio::task::yield_now().await;
        }
        // The last one to close the database takes its log with it.
        while dir.path().join("relay.db-wal").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
