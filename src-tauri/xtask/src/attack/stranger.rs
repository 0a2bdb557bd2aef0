//! Somebody who reaches the relay and knows no secret, against the real relay: forged tokens and ids on every route,
//! pages of other origins, guessed codes, bodies and frames that are too big or never come, paths that lead elsewhere.

use std::{io::Write as _, net::SocketAddr};

use anyhow::{Context as _, Result};
use data_encoding::BASE64URL_NOPAD;
use deskhand_link::identity::Identity;
use deskhand_protocol::{
    PROTOCOL_VERSION,
    id::SessionId,
    key::{Nonce, PublicKey},
    limit,
    relay::Prover,
};
use serde_json::{Value, json};

use super::{
    Length, Tally,
    end::End,
    wire::{self, Socket},
};
use crate::stage::relay::RelayProgram;

/// The routes of technicians. The relay's own tests compare what they close with the table itself.
const GUARDED: [(&str, &str); 21] = [
    ("GET", "/api/v1/me"),
    ("POST", "/api/v1/sessions"),
    ("GET", "/api/v1/sessions"),
    ("GET", "/api/v1/sessions/{id}"),
    ("POST", "/api/v1/sessions/{id}/invitations"),
    ("POST", "/api/v1/sessions/{id}/end"),
    ("GET", "/api/v1/sessions/{id}/messages"),
    ("GET", "/api/v1/sessions/{id}/events"),
    ("GET", "/api/v1/devices"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/templates"),
    ("POST", "/api/v1/templates/seen"),
    ("POST", "/api/v1/templates/uploads"),
    ("POST", "/api/v1/templates/uploads/{id}"),
    ("POST", "/api/v1/templates/uploads/{id}/finish"),
    ("POST", "/api/v1/templates/{id}/use"),
    ("GET", "/api/v1/templates/{id}/file"),
    ("GET", "/api/v1/requests"),
    ("POST", "/api/v1/requests/{id}/answer"),
    ("GET", "/api/v1/brand"),
    ("POST", "/api/v1/brand"),
];
/// The routes that anyone may try.
const OPEN: [(&str, &str); 7] = [
    ("GET", "/api/v1/health"),
    ("POST", "/api/v1/setup"),
    ("POST", "/api/v1/auth/challenge"),
    ("POST", "/api/v1/auth/prove"),
    ("GET", "/s/AAAA"),
    ("GET", "/support"),
    ("POST", "/support"),
];
const SOCKETS: [&str; 2] = ["/api/v1/helper", "/api/v1/console"];

pub(super) fn run(length: Length, tally: &mut Tally) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let relay = RelayProgram::start(&folder.path().join("relay"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // The owner, who has made a session that others would like to have.
    let end = runtime.block_on(End::begin(&relay, "Ada Weber", "Weber IT"))?;
    let session = end.session();
    let before = runtime.block_on(end.http.session(session))?;
    let at = relay.at;

    // Those that cost tries come last: whoever has used his up is refused everything of the kind.
    forged(at, session, length, tally)?;
    other_origins(at, tally)?;
    oversized(at, tally)?;
    elsewhere(at, tally)?;
    slow(at, length, tally)?;
    frames(at, tally)?;
    uninvited(at, session, length, tally)?;
    guesses(at, length, tally)?;

    let after = runtime.block_on(end.http.session(session)).context("the relay knows its owner no more")?;
    tally.tried(1, "changing a session", (before != after).then(|| "it is another one now".to_owned()));
    let sessions = runtime.block_on(end.http.sessions(50, None))?.len();
    tally.tried(1, "making sessions", (sessions != 1).then(|| format!("there are {sessions}")));
    if health(at)? != 200 {
        tally.crashed("the relay is not well afterwards");
    }
    Ok(())
}

fn health(at: SocketAddr) -> Result<u16> {
    Ok(wire::ask(at, &wire::head("GET", "/api/v1/health", &[&host(at), "Connection: close"]), b"")?.0)
}

fn host(at: SocketAddr) -> String {
    format!("Host: {at}")
}

/// One request that must be refused.
fn refused(tally: &mut Tally, what: &str, at: SocketAddr, head: &str, body: &[u8]) -> Result<()> {
    let (status, text) = wire::ask(at, head, body)?;
    let line = head.lines().next().unwrap_or_default();
    let line: String = line.chars().take(80).collect();
    if (500..600).contains(&status) {
        tally.crashed(format!("{what}: {line} was answered {status}"));
    }
    let through = (status / 100 == 2 || status == 101 || text.contains("root:x:")).then(|| format!("{line}: {status}"));
    tally.tried(1, what, through);
    Ok(())
}

/// Every route of technicians, with tokens and ids that are none.
fn forged(at: SocketAddr, session: SessionId, length: Length, tally: &mut Tally) -> Result<()> {
    let long = format!("Authorization: Bearer {}", "A".repeat(9_000));
    let tokens: [&[&str]; 7] = [
        &[],
        &["Authorization: Bearer forged"],
        &["Authorization: Basic eDp5"],
        &["Authorization: Bearer "],
        &["Authorization: Bearer ' OR '1'='1"],
        &["Authorization: Bearer a", "Authorization: Bearer b"],
        &[&*long],
    ];
    let real = session.to_string();
    let ids = [&*real, "0190b0b0-0000-7000-8000-000000000000", "..", "%2e%2e%2f", "'%20OR%201=1--", "%00"];
    let rounds = length.times(1).min(3);
    for _ in 0..rounds {
        for (method, path) in GUARDED {
            let ids = if path.contains("{id}") { &ids[..] } else { &ids[..1] };
            for (id, lines) in ids.iter().flat_map(|id| tokens.iter().map(move |lines| (id, lines))) {
                let host = host(at);
                let mut all = vec![&*host, "Connection: close", "Content-Type: application/json", "Content-Length: 2"];
                all.extend(*lines);
                let head = wire::head(method, &path.replace("{id}", id), &all);
                refused(tally, "a forged token or id", at, &head, b"{}")?;
            }
        }
    }
    Ok(())
}

/// Requests and sockets of a page of another origin, and by another name.
fn other_origins(at: SocketAddr, tally: &mut Tally) -> Result<()> {
    let own = host(at);
    let tries: [&[&str]; 5] = [
        &[&own, "Origin: https://evil.example"],
        &[&own, "Origin: null"],
        &["Host: evil.example"],
        &["Host: evil.example", "Origin: http://evil.example"],
        &[&own, "Host: evil.example"],
    ];
    for lines in tries {
        for (method, path) in OPEN.into_iter().chain(GUARDED) {
            let mut all = vec!["Connection: close", "Content-Type: application/json", "Content-Length: 2"];
            all.extend(lines);
            refused(tally, "another origin", at, &wire::head(method, path, &all), b"{}")?;
        }
        for path in SOCKETS {
            let through = Socket::open(at, path, lines)?.is_ok().then(|| format!("{path} opened for {lines:?}"));
            tally.tried(1, "a socket of another origin", through);
        }
    }
    Ok(())
}

/// Bodies that are too big, are not what they say, or are none.
fn oversized(at: SocketAddr, tally: &mut Tally) -> Result<()> {
    let bodies: [(usize, Vec<u8>); 6] = [
        (limit::HTTP_BODY + 1, vec![b' '; limit::HTTP_BODY + 1]),
        (2_000_000, vec![b'x'; 2_000_000]),
        (usize::MAX >> 1, vec![b'x'; 100_000]),
        (20_000, vec![b'['; 20_000]),
        (2, b"\xff\xfe".to_vec()),
        (0, Vec::new()),
    ];
    for (_, path) in OPEN.into_iter().filter(|(method, _)| *method == "POST") {
        for (said, body) in &bodies {
            let (own, length) = (host(at), format!("Content-Length: {said}"));
            let lines = [&*own, "Connection: close", "Content-Type: application/json", &length];
            refused(tally, "a body that is none", at, &wire::head("POST", path, &lines), body)?;
        }
    }
    for (count, len) in [(200, 10), (1, 200_000)] {
        let many: String = (0..count).map(|n| format!("X-{n}: {}\r\n", "y".repeat(len))).collect();
        let head = format!("GET /api/v1/health HTTP/1.1\r\n{}\r\n{many}\r\n", host(at));
        refused(tally, "headers without end", at, &head, b"")?;
    }
    Ok(())
}

/// Paths that would lead to files, other hosts or other routes.
fn elsewhere(at: SocketAddr, tally: &mut Tally) -> Result<()> {
    let paths = [
        "/../../../../etc/passwd",
        "/s/../../etc/passwd",
        "/s/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/s/%00",
        "/relay.db",
        "/api/v1/../../relay.db",
        "/.git/config",
        "//evil.example/",
        "http://evil.example/",
        "/api/v1/sessions/..;/",
        "/s/AAAA.zip",
        "/s/AAAA/../../x",
        "/?file=/etc/passwd",
    ];
    for path in paths {
        for method in ["GET", "PUT", "DELETE", "POST"] {
            let own = host(at);
            let lines = [&*own, "Connection: close", "Content-Length: 0"];
            refused(tally, "a path that leads elsewhere", at, &wire::head(method, path, &lines), b"")?;
        }
    }
    Ok(())
}

/// Senders that begin and do not go on: others are served meanwhile.
fn slow(at: SocketAddr, length: Length, tally: &mut Tally) -> Result<()> {
    let mut held = Vec::new();
    for n in 0..length.times(30) {
        let mut stream = wire::connect(at)?;
        let begun = match n % 4 {
            0 => String::new(),
            1 => "GET /api/v1/hea".to_owned(),
            2 => format!("GET /api/v1/health HTTP/1.1\r\n{}\r\nX-Slow: ", host(at)),
            _ => format!(
                "POST /api/v1/setup HTTP/1.1\r\n{}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
                host(at)
            ),
        };
        stream.write_all(begun.as_bytes())?;
        held.push(stream);
    }
    let through = (health(at)? != 200).then(|| "nobody else is served".to_owned());
    tally.tried(held.len(), "sending slowly", through);
    Ok(())
}

/// Frames that no message is made of. Each closes its own socket, and nothing else.
fn frames(at: SocketAddr, tally: &mut Tally) -> Result<()> {
    let big = vec![b'x'; 300_000];
    let name = json!({"type": "prove", "facts": {"host": "n".repeat(10_000_000)}}).to_string();
    let deep = vec![b'['; 60_000];
    let hello =
        json!({"type": "hello", "version": 999, "key": PublicKey([1; 32]), "nonce": Nonce([2; 32]), "token": "x"});
    let hello = hello.to_string();
    let early = json!({"type": "claim", "finder": "AAAA"}).to_string();
    let frames: [(u8, &[u8]); 10] = [
        (0x81, b"{}"),
        (0x81, b"\xff\xfe"),
        (0x82, b"binary"),
        (0x81, &big),
        (0x81, name.as_bytes()),
        (0x81, &deep),
        (0x81, hello.as_bytes()),
        (0x81, early.as_bytes()),
        (0xf1, b"reserved bits"),
        (0x80, b"a continuation of nothing"),
    ];
    for path in SOCKETS {
        for (first, payload) in frames {
            let mut socket = Socket::open(at, path, &[])?.ok().context("a socket for a stranger")?;
            socket.frame(first, payload);
            let mut said = Vec::new();
            while let Some(text) = socket.hear()? {
                said.push(text);
            }
            let through = said.iter().any(|text| text.contains("\"welcome\"") || text.contains("\"challenge\""));
            tally.tried(1, "a frame that is no message", through.then(|| format!("{path} went on")));
        }
    }
    Ok(())
}

/// A helper that has proven a key of its own, and nothing else.
fn helper(at: SocketAddr) -> Result<Socket> {
    let identity = Identity::from_system()?;
    let nonce = Nonce([7; 32]);
    let mut socket = Socket::open(at, SOCKETS[0], &[])?.ok().context("a socket for a helper")?;
    let hello = json!({"type": "hello", "version": PROTOCOL_VERSION, "key": identity.public(), "nonce": nonce});
    socket.say(&hello.to_string());
    let challenge: Value = serde_json::from_str(&socket.hear()?.context("a challenge")?)?;
    let relay: PublicKey = serde_json::from_value(challenge["relay"].clone())?;
    let theirs: Nonce = serde_json::from_value(challenge["nonce"].clone())?;
    let signature = identity.prove(Prover::Helper, &relay, &theirs, &nonce);
    let facts = json!({"host": "h", "os": "o", "arch": "a", "helper_version": "0"});
    socket.say(&json!({"type": "prove", "signature": signature, "facts": facts}).to_string());
    let welcome = socket.hear()?.context("a welcome")?;
    anyhow::ensure!(welcome.contains("welcome"), "a helper is not welcome: {welcome}");
    Ok(socket)
}

/// A helper that takes part in a session that it has not claimed.
fn uninvited(at: SocketAddr, session: SessionId, length: Length, tally: &mut Tally) -> Result<()> {
    let id = session.to_string();
    let other = "0190b0b0-0000-7000-8000-000000000000";
    let messages = |session: &str| {
        [
            json!({"type": "resume", "session": session}),
            json!({"type": "signal", "session": session, "signal": "{}"}),
            json!({"type": "chat", "session": session, "id": other, "text": "forged"}),
            json!({"type": "chat_marks", "session": session, "marks": {"delivered": 1, "read": 1}}),
            json!({"type": "report", "session": session, "report": {"kind": "live"}}),
            json!({"type": "report", "session": session, "report": {"kind": "ended", "reason": "customer_ended"}}),
        ]
    };
    for _ in 0..length.times(2) {
        for message in messages(&id).into_iter().chain(messages(other)) {
            let mut socket = helper(at)?;
            socket.say(&message.to_string());
            let answer = socket.hear()?;
            let no = answer.as_deref().is_none_or(|answer| answer.contains("\"error\""));
            tally.tried(1, "another's session", (!no).then(|| format!("{message} was taken")));
        }
    }
    Ok(())
}

/// Codes, tokens and proofs that are guessed.
fn guesses(at: SocketAddr, length: Length, tally: &mut Tally) -> Result<()> {
    let code = |n: usize| {
        const SIGNS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        (0..4).map(|place| char::from(SIGNS[((n * 7 + 3) >> (place * 5)) & 31])).collect::<String>()
    };
    let mut socket = helper(at)?;
    let (mut answered, mut stopped) = (0, false);
    for n in 0..length.times(20) {
        socket.say(&json!({"type": "claim", "finder": code(n)}).to_string());
        let Some(answer) = socket.hear()? else {
            stopped = true;
            socket = helper(at)?;
            continue;
        };
        answered += 1;
        stopped |= answer.contains("too_many");
        let through = answer.contains("\"claimed\"").then(|| "a session was found".to_owned());
        tally.tried(1, "a guessed code", through);
        let page = wire::head("GET", &format!("/s/{}", code(n + 1_000)), &[&host(at), "Connection: close"]);
        refused(tally, "a guessed link", at, &page, b"")?;
    }
    let endless = (!stopped).then(|| format!("{answered} guesses were judged"));
    tally.tried(1, "guessing without end", endless);

    let junk = |len: usize| BASE64URL_NOPAD.encode(&vec![5; len]);
    let proof = json!({"id": "0190b0b0-0000-7000-8000-000000000000", "nonce": junk(32), "signature": junk(64)});
    for n in 0..length.times(15) {
        let token = format!("AAAA-BBBB-CCCC-{n:04}");
        let set_up = json!({"token": token, "name": "Eve", "company": "", "proof": proof}).to_string();
        for (path, body) in [("/api/v1/setup", &set_up), ("/api/v1/auth/prove", &proof.to_string())] {
            let (own, len) = (host(at), format!("Content-Length: {}", body.len()));
            let lines = [&*own, "Connection: close", "Content-Type: application/json", &len];
            refused(tally, "a guessed token or proof", at, &wire::head("POST", path, &lines), body.as_bytes())?;
        }
    }
    Ok(())
}
