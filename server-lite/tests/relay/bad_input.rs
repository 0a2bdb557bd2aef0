//! Garbage on the sockets: a clear code to its sender, the connection closed where the protocol says so, and nobody
//! else disturbed.

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::ErrorCode,
    key::{Nonce, Signature},
    relay::{
        console_socket::ConsoleToRelay,
        helper_socket::{HelperToRelay, RelayToHelper, closes},
    },
};
use ed25519_dalek::SigningKey;
use proptest::{prelude::*, test_runner::TestRunner};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    peers::{Helper, House, PATIENCE, Peer, facts, fresh, get, public},
    routes::add_technician,
    sessions::{Call, live},
};

/// A call that is under way notices nothing of what the others do.
async fn undisturbed(call: &mut Call) {
    let signal = "still here".to_owned();
    call.helper.send(&HelperToRelay::Signal { session: call.id, signal }).await;
    call.console
        .until(|message| {
            matches!(message, deskhand_protocol::relay::console_socket::RelayToConsole::Signal { .. }).then_some(())
        })
        .await;
}

fn hello(version: u16) -> String {
    let key = public(&SigningKey::from_bytes(&[7; 32]));
    serde_json::to_string(&HelperToRelay::Hello { version, key, nonce: Nonce([1; 32]), marks: false }).unwrap()
}

/// What a socket may be sent before it has said who it is, and the answer.
fn strange() -> Vec<(&'static str, Message, ErrorCode)> {
    let text = |text: &str| Message::text(text.to_owned());
    vec![
        ("another version", text(&hello(PROTOCOL_VERSION + 1)), ErrorCode::VersionUnsupported),
        (
            "a far version of another form",
            text(r#"{"type":"hello","version":900,"x":[]}"#),
            ErrorCode::VersionUnsupported,
        ),
        ("an unknown message", text(r#"{"type":"shutdown"}"#), ErrorCode::UnknownMessage),
        ("no type", text(r#"{"version":1}"#), ErrorCode::Malformed),
        ("no JSON", text("hello"), ErrorCode::Malformed),
        ("nothing", text(""), ErrorCode::Malformed),
        ("truncated", text(&hello(PROTOCOL_VERSION)[..40]), ErrorCode::Malformed),
        ("a missing field", text(r#"{"type":"hello"}"#), ErrorCode::Malformed),
        ("a deep nest", text(&"[".repeat(20_000)), ErrorCode::Malformed),
        ("oversized", text(&"x".repeat(70_000)), ErrorCode::TooLarge),
        ("far oversized", text(&"x".repeat(2_000_000)), ErrorCode::TooLarge),
        ("binary", Message::binary(vec![0xff; 100]), ErrorCode::Malformed),
        (
            "no UTF-8",
            Message::Frame(Frame::message(vec![0xc3, 0x28], OpCode::Data(Data::Text), true)),
            ErrorCode::Malformed,
        ),
        (
            "a message out of order",
            text(r#"{"type":"signal","session":"0190b0b0-0000-7000-8000-000000000000","signal":""}"#),
            ErrorCode::OutOfOrder,
        ),
    ]
}

#[tokio::test]
async fn each_socket_answers_garbage_with_its_code_and_closes() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    for path in ["/api/v1/helper", "/api/v1/console"] {
        for (what, message, code) in strange() {
            assert!(closes(code));
            let mut socket = Peer::connect(house.at(), path).await;
            socket.put(message).await;
            assert_eq!(socket.closed_with().await, Some(code), "{what} on {path}");
            undisturbed(&mut call).await;
        }
    }
    // It is how a browser greets, which has come with its cookie.
    let mut nobody = Peer::connect(house.at(), "/api/v1/console").await;
    nobody.put(Message::text(r#"{"type":"hello","version":1}"#)).await;
    assert_eq!(nobody.closed_with().await, Some(ErrorCode::Unauthenticated));
    undisturbed(&mut call).await;
}

#[tokio::test]
async fn garbage_after_the_greeting_is_answered_likewise() {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    let mut call = live(&house, &owner).await;
    for (what, message, code) in strange() {
        if what == "a message out of order" {
            continue;
        }
        let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
        helper.0.put(message.clone()).await;
        assert_eq!(helper.0.closed_with().await, Some(code), "{what} of a helper");
        let mut console = other.console().await;
        console.0.put(message).await;
        assert_eq!(console.0.closed_with().await, Some(code), "{what} of a console");
        undisturbed(&mut call).await;
    }
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.0.put(Message::text(hello(PROTOCOL_VERSION))).await;
    assert_eq!(helper.0.closed_with().await, Some(ErrorCode::OutOfOrder));
    let mut console = other.console().await;
    console
        .send(&ConsoleToRelay::Hello { version: PROTOCOL_VERSION, token: Some(other.token.clone()), marks: false })
        .await;
    assert_eq!(console.0.closed_with().await, Some(ErrorCode::OutOfOrder));
    undisturbed(&mut call).await;
}

#[tokio::test]
async fn a_second_console_of_the_same_technician_takes_the_place_of_the_first() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    let _console = owner.console().await;
    assert_eq!(call.console.0.closed_with().await, Some(ErrorCode::Replaced));
}

#[tokio::test]
async fn a_helper_that_proves_nothing_is_not_let_in() {
    let house = House::new().await;
    let mut socket = Peer::connect(house.at(), "/api/v1/helper").await;
    socket.put(Message::text(hello(PROTOCOL_VERSION))).await;
    assert!(matches!(socket.next::<RelayToHelper>().await, RelayToHelper::Challenge { .. }));
    socket.send(&HelperToRelay::Prove { signature: Signature([9; 64]), facts: facts() }).await;
    assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated));
    // The zero point signs for everyone; it is no key.
    let mut socket = Peer::connect(house.at(), "/api/v1/helper").await;
    let weak = deskhand_protocol::key::PublicKey([0; 32]);
    socket
        .send(&HelperToRelay::Hello { version: PROTOCOL_VERSION, key: weak, nonce: Nonce([0; 32]), marks: false })
        .await;
    assert!(matches!(socket.next::<RelayToHelper>().await, RelayToHelper::Challenge { .. }));
    socket.send(&HelperToRelay::Prove { signature: Signature([0; 64]), facts: facts() }).await;
    assert_eq!(socket.closed_with().await, Some(ErrorCode::Unauthenticated));
}

#[tokio::test]
async fn an_oversized_signal_is_refused_and_the_largest_passes() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    let largest = "s".repeat(deskhand_protocol::limit::SIGNAL);
    call.console.send(&ConsoleToRelay::Signal { session: call.id, signal: largest.clone() }).await;
    assert_eq!(call.helper.next().await, RelayToHelper::Signal { session: call.id, signal: largest.clone() });
    call.console.send(&ConsoleToRelay::Signal { session: call.id, signal: largest + "s" }).await;
    assert_eq!(call.console.0.closed_with().await, Some(ErrorCode::TooLarge));
}

#[tokio::test]
async fn a_flood_is_stopped_and_nobody_else_notices() {
    let house = House::new().await;
    let owner = house.owner().await;
    let mut call = live(&house, &owner).await;
    let mut flood = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    for _ in 0..300 {
        flood.0.put(Message::Ping(vec![1].into())).await;
    }
    assert_eq!(flood.0.closed_with().await, Some(ErrorCode::TooMany));
    undisturbed(&mut call).await;
}

#[tokio::test]
async fn a_socket_that_stays_silent_is_closed_after_its_greeting_time() {
    tokio::time::timeout(2 * PATIENCE, async {
        let house = House::new().await;
        let mut socket = TcpStream::connect(house.at()).await.unwrap();
        let head = format!(
            "GET /api/v1/helper HTTP/1.1\r\nHost: {}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            house.at()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        let _ = socket.read_to_end(&mut all).await;
        assert!(String::from_utf8_lossy(&all).contains("out_of_order"));
    })
    .await
    .expect("the relay closes a silent socket");
}

/// Where bytes are thrown.
#[derive(Debug, Clone, Copy)]
enum Target {
    Listener,
    Helper,
    Console,
    GreetedHelper,
    GreetedConsole,
}

/// How they are wrapped.
#[derive(Debug, Clone, Copy)]
enum Wrap {
    Text,
    Binary,
    /// A text frame that need not be UTF-8.
    Raw,
    /// Begun as text and never finished in order.
    Fragment,
}

impl Wrap {
    fn wrap(self, bytes: Vec<u8>) -> Message {
        let data = |bytes: Vec<u8>, last| Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), last));
        match self {
            Self::Text => Message::text(String::from_utf8_lossy(&bytes).into_owned()),
            Self::Binary => Message::binary(bytes),
            Self::Raw => data(bytes, true),
            Self::Fragment => data(bytes, false),
        }
    }
}

#[test]
fn no_bytes_at_all_stop_the_relay() {
    use Target::{Console, GreetedConsole, GreetedHelper, Helper as NewHelper, Listener};
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let house = runtime.block_on(House::new());
    let owner = runtime.block_on(house.owner());
    let targets = prop::sample::select(vec![Listener, NewHelper, Console, GreetedHelper, GreetedConsole]);
    let wraps = prop::sample::select(vec![Wrap::Text, Wrap::Binary, Wrap::Raw, Wrap::Fragment]);
    let strategy = (targets, wraps, prop::collection::vec(any::<u8>(), 0..400));
    let mut runner = TestRunner::new(ProptestConfig { cases: 120, failure_persistence: None, ..Default::default() });
    runner
        .run(&strategy, |(target, wrap, bytes)| {
            runtime.block_on(async {
                let mut socket = match target {
                    Listener => {
                        let mut stream = TcpStream::connect(house.at()).await.unwrap();
                        let _ = stream.write_all(&bytes).await;
                        return;
                    }
                    NewHelper => Peer::connect(house.at(), "/api/v1/helper").await,
                    Console => Peer::connect(house.at(), "/api/v1/console").await,
                    GreetedHelper => Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await.0,
                    GreetedConsole => owner.console().await.0,
                };
                socket.put(wrap.wrap(bytes)).await;
                if matches!(wrap, Wrap::Fragment) {
                    // A new message may not begin inside another.
                    socket.put(Message::binary(vec![0])).await;
                }
                let code = socket.closed_with().await;
                assert!(code.is_some_and(closes), "{target:?} {wrap:?}: {code:?}");
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(async {
        assert_eq!(get(house.at(), "/api/v1/health", None).await.status, 200);
    });
}
