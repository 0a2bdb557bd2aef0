//! Whole calls through the console's own relay: real sockets, real handshake, real peer connections, no window.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub, reason = "a test")]

mod stage;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use deskhand::{
    console::Console,
    ipc::{ConsoleEvent, IpcErrorCode},
    packaging::Wrapping,
};
use deskhand_protocol::{
    UnixMillis,
    call::{
        channel::Channel,
        control::VideoCodec,
        frame::EncodedFrame,
        input::{InputEvent, InputMessage},
        signal::{DeclineReason, RefuseReason},
    },
    capability::Preset,
    code::TypedCall,
    error::ErrorCode,
    id::{MessageId, SessionId},
    package::PackageBody,
    record::{Author, ChatMarks, EndReason, Marks, SessionStatus},
};
use deskhand_viewer::state::CallState;
use stage::{Answer, Customer, call_state, set_up, start, until};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_from_the_code_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", Some("till 3"), Preset::FullService, None).await.unwrap();
    assert!(invitation.only_this_computer);
    assert!(invitation.link.contains("/s/"));
    let session = invitation.session.id;

    let customer = Customer::comes(&invitation, Answer::Allow);
    let words = call_state(&mut events, "words", |call| match call {
        CallState::Known { words } => Some(words),
        _ => None,
    })
    .await;
    assert_eq!(customer.until("words", |seen| (!seen.words.is_empty()).then(|| seen.words.clone())).await, words);
    assert_eq!(customer.seen.lock().unwrap().technician, "Ada Berg");
    assert_eq!(customer.seen.lock().unwrap().questions, 0, "nobody is asked before the click");
    let view = console.invitation(session).await.unwrap().unwrap();
    assert_eq!(view.code, None, "a code works once");

    console.connect(session, vec![VideoCodec::H264]).await.unwrap();
    call_state(&mut events, "live", |call| matches!(call, CallState::Live { .. }).then_some(())).await;

    let pictures: Arc<Mutex<Vec<EncodedFrame>>> = Arc::default();
    let seat = console.seat(session).unwrap();
    let (taken, drawing) = (Arc::clone(&pictures), Arc::downgrade(&seat));
    seat.watch(Box::new(move |message| {
        if let Some((b'F', frame)) = message.split_first() {
            let frame = EncodedFrame::decode(frame).unwrap();
            let (monitor, seq) = (frame.monitor, frame.seq);
            taken.lock().unwrap().push(frame);
            if let Some(seat) = drawing.upgrade() {
                tokio::spawn(async move { seat.drawn(monitor, seq) });
            }
        }
    }));
    let enough = async {
        while pictures.lock().unwrap().len() < 5 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(stage::PATIENCE, enough).await.expect("five pictures");
    let first = pictures.lock().unwrap().first().cloned().unwrap();
    assert!(first.key, "the first picture of a window is a key frame");
    assert_eq!((first.width, first.height, first.codec), (640, 480, VideoCodec::H264));

    let message = InputMessage { seq: 1, event: InputEvent::Text { text: "Grüße!".into() } };
    seat.input(Channel::Input, &message.encode());
    assert_eq!(customer.until("input", |seen| seen.input.first().cloned()).await, message);
    until(&mut events, "figures", |event| match event {
        ConsoleEvent::Stats { stats, .. } if stats.fps > 0.0 => Some(()),
        _ => None,
    })
    .await;

    console.end_session(session).await.unwrap();
    assert_eq!(customer.until("bye", |seen| seen.bye).await, EndReason::TechnicianEnded);
    let record = console.sessions(None, 10).await.unwrap().into_iter().find(|record| record.id == session).unwrap();
    assert_eq!((record.status, record.end_reason), (SessionStatus::Ended, Some(EndReason::TechnicianEnded)));
    let kept = std::fs::read_to_string(folder.path().join("sessions.json")).unwrap();
    assert!(!kept.contains(&session.to_string()), "secrets go with their session");
    console.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_stays_a_no_until_the_technician_asks_again() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let session = invitation.session.id;
    assert_eq!(
        console.connect(session, vec![VideoCodec::Av1]).await.unwrap_err().code,
        IpcErrorCode::CustomerAway,
        "nobody has come"
    );
    let customer = Customer::comes(&invitation, Answer::Deny);
    call_state(&mut events, "words", |call| matches!(call, CallState::Known { .. }).then_some(())).await;
    console.connect(session, vec![VideoCodec::Av1]).await.unwrap();
    let reason = call_state(&mut events, "a no", |call| match call {
        CallState::Declined { reason } => Some(reason),
        _ => None,
    })
    .await;
    assert_eq!((reason, customer.seen.lock().unwrap().questions), (DeclineReason::Denied, 1));
    console.connect(session, vec![VideoCodec::Av1]).await.unwrap();
    customer.until("a second question", |seen| (seen.questions == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_half_is_refused_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let call = invitation.call.clone().unwrap();
    let last = call.chars().last().unwrap();
    let wrong: TypedCall =
        format!("{}{}", &call[..call.len() - 1], if last == '7' { '8' } else { '7' }).parse().unwrap();
    let _customer = Customer::calls(&wrong, [7; 32], Answer::Allow);
    let reason = call_state(&mut events, "a refusal", |call| match call {
        CallState::Refused { reason } => Some(reason),
        _ => None,
    })
    .await;
    assert!(matches!(reason, RefuseReason::WrongCode | RefuseReason::TooManyWrongCodes), "{reason:?}");
    let kept = std::fs::read_to_string(folder.path().join("sessions.json")).unwrap();
    assert!(!kept.contains("\"failures\":0"), "the count outlives the console: {kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_was_killed_knows_its_technician_sessions_and_helpers_again() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let technician = console.boot().technician.unwrap();
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let session = invitation.session.id;
    let customer = Customer::comes(&invitation, Answer::Allow);
    call_state(&mut events, "words", |call| matches!(call, CallState::Known { .. }).then_some(())).await;
    let before = customer.seen.lock().unwrap().words.clone();
    console.shutdown().await;
    drop(console);

    let console = start(folder.path()).await;
    assert_eq!(console.boot().technician.unwrap(), technician);
    let mut events = console.events();
    // The helper comes back by itself, and both keys are known: no code is needed.
    customer.until("new words", |seen| (seen.words != before).then_some(())).await;
    call_state(&mut events, "words again", |call| matches!(call, CallState::Known { .. }).then_some(())).await;
    console.connect(session, vec![VideoCodec::H264]).await.unwrap();
    call_state(&mut events, "live", |call| matches!(call, CallState::Live { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_was_killed_comes_back_into_the_same_call() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let session = invitation.session.id;
    let call: TypedCall = invitation.call.as_deref().unwrap().parse().unwrap();
    let customer = Customer::calls(&call, [7; 32], Answer::Allow);
    call_state(&mut events, "words", |call| matches!(call, CallState::Known { .. }).then_some(())).await;
    console.connect(session, vec![VideoCodec::H264]).await.unwrap();
    call_state(&mut events, "live", |call| matches!(call, CallState::Live { .. }).then_some(())).await;
    drop(customer);
    call_state(&mut events, "the loss", |call| (call == CallState::Reconnecting).then_some(())).await;
    let again = Customer::calls(&call, [7; 32], Answer::Allow);
    call_state(&mut events, "live again", |call| matches!(call, CallState::Live { .. }).then_some(())).await;
    assert_eq!(again.seen.lock().unwrap().questions, 1, "asked by itself under the technician's standing wish");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_breaks_the_protocol_is_told_why_before_it_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let customer = Customer::comes(&invitation, Answer::Babble);
    call_state(&mut events, "words", |call| matches!(call, CallState::Known { .. }).then_some(())).await;
    console.connect(invitation.session.id, vec![VideoCodec::H264]).await.unwrap();
    let reason = call_state(&mut events, "the end of it", |call| match call {
        CallState::Refused { reason } => Some(reason),
        _ => None,
    })
    .await;
    assert_eq!(reason, RefuseReason::BadProof);
    customer.until("closed connection", |seen| (seen.closed > 0).then_some(())).await;
    assert_eq!(customer.seen.lock().unwrap().refused, Some(ErrorCode::UnknownMessage));
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_is_stored_in_order_and_told_and_so_is_who_has_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let session = invitation.session.id;
    let id = MessageId::from_uuid(Uuid::now_v7());
    console.send_chat(session, id, "Good morning\nhow can I help?").unwrap();
    let told = until(&mut events, "the message", |event| match event {
        ConsoleEvent::Chat { message } => Some(message),
        _ => None,
    })
    .await;
    assert_eq!((told.id, told.author), (id, Author::Technician));
    let kept = console.messages(session).await.unwrap();
    assert_eq!((kept.messages, kept.marks), (vec![told], Some(ChatMarks::default())));
    let _customer = Customer::comes(&invitation, Answer::Allow);
    let read = Marks { delivered: 1, read: 1 };
    let marks = until(&mut events, "that he has read it", |event| match event {
        ConsoleEvent::ChatMarks { session: of, marks } if of == session => Some(marks),
        _ => None,
    })
    .await;
    assert_eq!(marks, read);
    // The customer has written nothing that could be marked.
    console.mark_chat(session, read).unwrap();
    let marks = console.messages(session).await.unwrap().marks;
    assert_eq!(marks, Some(ChatMarks { technician: Marks::default(), customer: read }));
    assert_eq!(console.send_chat(session, id, " ").unwrap_err().code, IpcErrorCode::BadInput);
    assert_eq!(console.send_chat(session, id, "\u{202e}txt").unwrap_err().code, IpcErrorCode::BadInput);
}

/// Saves a package and reads whom its support file names.
async fn packaged(console: &Console, session: SessionId, folder: &Path, helper: &Path) -> PackageBody {
    let saved = console.save_package(session, folder, Some(helper.to_path_buf()), Wrapping::default()).await.unwrap();
    let bytes = std::fs::File::open(&saved.path).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().ends_with("support.deskhand") {
            let mut support = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut support).unwrap();
            return deskhand_link::package::open(&support, UnixMillis(0)).unwrap();
        }
    }
    panic!("no support file in {}", saved.path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_names_the_relay_and_carries_the_links_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (console, _events) = set_up(folder.path()).await;
    let invitation = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let helper = folder.path().join("some-helper");
    std::fs::write(&helper, b"program").unwrap();
    let body = packaged(&console, invitation.session.id, folder.path(), &helper).await;
    assert!(console.has_saved(&folder.path().join("deskhand-support.tar.gz")));
    assert!(!console.has_saved("/etc/passwd".as_ref()));
    let link: TypedCall = invitation.link.parse().unwrap();
    assert_eq!(body.finder, link.invitation.finder);
    assert_eq!(body.secret, link.invitation.secret.reveal());
    assert_eq!(body.relays.len(), 1);
    assert_eq!(body.technician, console.boot().technician.unwrap().key);

    let error = console
        .save_package(invitation.session.id, folder.path(), Some(folder.path().join("nothing")), Wrapping::default())
        .await
        .unwrap_err();
    assert_eq!(error.code, IpcErrorCode::NoHelperProgram);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_replaces_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (console, mut events) = set_up(folder.path()).await;
    let first = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap();
    let second = console.renew_code(first.session.id).await.unwrap();
    assert_ne!(first.code, second.code);
    let _customer = Customer::comes(&second, Answer::Allow);
    call_state(&mut events, "words", |call| matches!(call, CallState::Known { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_to_the_network_changes_what_is_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let (console, _events) = set_up(folder.path()).await;
    let session = console.create_session("Mr Weber", None, Preset::FullService, None).await.unwrap().session.id;
    let status = console.open_lan().await;
    let Some(address) = status.public_addresses.first() else {
        let sentence = status.lan_error.expect("a reason why nobody can call");
        assert!(sentence.contains("network"), "{sentence}");
        return;
    };
    assert_eq!(status.lan_error, None);
    let view = console.invitation(session).await.unwrap().unwrap();
    let authority = address.strip_prefix("https://").expect("TLS on the network");
    assert!(!view.only_this_computer);
    assert!(view.call.unwrap().starts_with(authority));
    assert!(view.link.starts_with(address.as_str()));

    let helper = folder.path().join("some-helper");
    std::fs::write(&helper, b"program").unwrap();
    let body = packaged(&console, session, folder.path(), &helper).await;
    assert!(body.relays.iter().all(|relay| relay.pin.is_some() && !relay.address.is_loopback()));

    let closed = console.close_lan().await;
    assert!(closed.public_addresses.is_empty());
    assert!(console.invitation(session).await.unwrap().unwrap().only_this_computer);
}
