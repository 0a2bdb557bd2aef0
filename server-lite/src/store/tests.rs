//! The store by itself: every migration, and what groups of changes do to each other.

use deskhand_protocol::{
    id::{RecordId, TechnicianId},
    template::HelpRequest,
    text::{ChatText, Name},
};

use super::*;
use crate::refusal::Refusal;

fn open() -> (tempfile::TempDir, Store, mpsc::UnboundedReceiver<Happening>) {
    let dir = tempfile::tempdir().unwrap();
    let (store, happenings) = Store::open(&dir.path().join("relay.db")).unwrap();
    (dir, store, happenings)
}

#[test]
fn the_migrations_fit_together() {
    Migrations::from_slice(MIGRATIONS).validate().unwrap();
}

#[tokio::test]
async fn a_change_that_fails_leaves_nothing_and_the_others_stand() {
    let (_dir, store, _happenings) = open();
    let good = |n: u32| {
        store.write(move |change| {
            settings::set(change.db, &format!("good.{n}"), "yes")?;
            Ok::<_, StoreError>(())
        })
    };
    let bad = store.write(|change| {
        settings::set(change.db, "bad", "yes")?;
        Err::<(), _>(Refusal::not_found())
    });
    let panics = store.write(|change| {
        settings::set(change.db, "worse", "yes")?;
        assert_eq!(change.db.changes(), u64::MAX, "a bug in a change");
        Ok::<_, StoreError>(())
    });
    let (one, bad, worse, two) = tokio::join!(good(1), bad, panics, good(2));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(bad, Err(Refusal::not_found()));
    assert!(matches!(worse, Err(StoreError::Closed)));
    let kept = store.read(|db| {
        let get = |name: &str| settings::get(db, name);
        Ok((get("good.1")?, get("good.2")?, get("bad")?, get("worse")?))
    });
    assert_eq!(kept.await.unwrap(), (Some("yes".into()), Some("yes".into()), None, None));
    store.close().await;
}

#[tokio::test]
async fn what_happened_is_told_in_the_order_of_the_commits_and_only_if_committed() {
    let (_dir, store, mut happenings) = open();
    let ids: Vec<_> = (0..50).map(|_| deskhand_protocol::id::SessionId::from_uuid(clock::new_id())).collect();
    for (n, id) in ids.iter().copied().enumerate() {
        let outcome: Result<(), Refusal> = store
            .write(move |change| {
                change.happened(Happening::Session(id))?;
                if n % 5 == 0 { Err(Refusal::not_found()) } else { Ok(()) }
            })
            .await;
        assert_eq!(outcome.is_err(), n % 5 == 0);
    }
    store.close().await;
    let mut told = Vec::new();
    while let Some(happening) = happenings.recv().await {
        let Happening::Session(id) = happening else { panic!("{happening:?}") };
        told.push(id);
    }
    let expected: Vec<_> = ids.iter().enumerate().filter(|(n, _)| n % 5 != 0).map(|(_, id)| *id).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_audit_chain_holds_however_changes_are_grouped() {
    let (_dir, store, _happenings) = open();
    let actor = audit::Actor::Technician(TechnicianId::from_uuid(clock::new_id()));
    let write = || {
        store.write(move |change| {
            change.audit(actor, "test", "relay", &serde_json::json!({}))?;
            Ok::<_, StoreError>(())
        })
    };
    let all: Vec<_> = (0..300).map(|_| write()).collect();
    for written in futures_util::future::join_all(all).await {
        written.unwrap();
    }
    let (rows, broken) = store
        .read(|db| Ok((audit::page(db, technicians::Scope::All, i64::MAX, 1_000)?.len(), audit::first_broken(db)?)))
        .await
        .unwrap();
    assert_eq!((rows, broken), (300, None));
}

#[tokio::test]
async fn a_reader_that_is_given_up_gives_its_place_back() {
    let (_dir, store, _happenings) = open();
    for _ in 0..50 {
        let slow = store.read(|_| {
            std::thread::sleep(Duration::from_millis(5));
            Ok(())
        });
        drop(tokio::time::timeout(Duration::from_millis(1), slow).await);
    }
    store.read(|db| settings::get(db, "anything")).await.unwrap();
}

#[tokio::test]
async fn of_closed_requests_for_help_only_the_last_stay() {
    let (_dir, store, _happenings) = open();
    let request = |n: i64| HelpRequest {
        id: RecordId::from_uuid(clock::new_id()),
        name: Name::lossy("Eve"),
        problem: ChatText::lossy("flood"),
        asked_at: UnixMillis(n),
        closed_at: None,
    };
    let all: Vec<_> = (0..650).map(request).collect();
    let (first, last) = (all[0].id, all[649].id);
    let waited = store.write(move |change| {
        for request in &all {
            requests::add(change.db, request)?;
        }
        requests::close(change.db, last, None, UnixMillis(650))?;
        requests::add(change.db, &request(651))?;
        Ok::<_, StoreError>(requests::waiting(change.db)?.len())
    });
    assert_eq!(waited.await.unwrap(), 100);
    let kept = store.read(move |db| {
        let count: i64 = db.query_row("SELECT count(*) FROM help_requests", [], |row| row.get(0))?;
        Ok((count, requests::one(db, first)?.is_some(), requests::one(db, last)?.is_some()))
    });
    assert_eq!(kept.await.unwrap(), (600, false, true), "the one that was closed last is still there to be read");
    store.close().await;
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_dir, store, _happenings) = open();
    store.close().await;
    assert!(matches!(store.read(|_| Ok(())).await, Err(StoreError::Closed)));
    let written: Result<(), StoreError> = store.write(|_| Ok(())).await;
    assert!(matches!(written, Err(StoreError::Closed)));
}
