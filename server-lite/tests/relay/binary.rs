//! The program itself: starts fast, survives `kill -9`, and says in one sentence what is wrong.

use std::{
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use deskhand_protocol::{
    id::MessageId,
    relay::{
        console_socket::{ConsoleToRelay, RelayToConsole},
        http::{Health, Messages, SetUp},
    },
    text::ChatText,
};
use ed25519_dalek::SigningKey;

use crate::peers::{Technician, fresh, get, name, post, prove};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskhand-relay"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running program, killed when the test is over.
struct Running {
    child: Child,
    at: SocketAddr,
    token: Option<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(data: &Path, has_owner: bool) -> Running {
    let mut child = program().arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().expect("the program says where it is").unwrap();
    let at = first.rsplit_once("http://").unwrap().1.parse().unwrap();
    let token = (!has_owner).then(|| lines.next().unwrap().unwrap().rsplit_once(": ").unwrap().1.to_owned());
    Running { child, at, token }
}

fn fails(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(!status.success());
    let said = String::from_utf8(stderr).unwrap();
    assert!(!said.trim().is_empty() && !said.contains("panicked"), "{said}");
    said
}

fn one_sentence(said: &str) {
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

#[tokio::test]
async fn it_starts_within_a_second_and_answers() {
    let dir = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let running = start(&dir.path().join("data"), false);
    let health: Health = get(running.at, "/api/v1/health", None).await.is(200);
    let took = began.elapsed();
    assert!(health.needs_owner);
    // A second on a quiet machine; tests share theirs.
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn kill_minus_nine_loses_nothing_that_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = start(dir.path(), false);
    let key = SigningKey::from_bytes(&fresh());
    let set_up = SetUp {
        token: running.token.take().unwrap(),
        name: name("Ada Weber"),
        company: name("Weber IT"),
        proof: prove(running.at, &key).await,
    };
    let proven: deskhand_protocol::relay::http::Proven = post(running.at, "/api/v1/setup", None, &set_up).await.is(200);
    let mut owner = Technician { at: running.at, key, token: proven.token, record: proven.technician };
    let (session, _) = owner.new_session().await;
    let mut console = owner.console().await;
    let mut told = Vec::new();
    for round in 0..4 {
        for _ in 0..8 {
            let id: MessageId = uuid::Uuid::now_v7().to_string().parse().unwrap();
            let text = ChatText::new(format!("message of round {round}")).unwrap();
            console.send(&ConsoleToRelay::Chat { session: session.id, id, text }).await;
            let stored = console.until(|message| match message {
                RelayToConsole::Chat { message } => Some(message),
                _ => None,
            });
            told.push(stored.await);
        }
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        running = start(dir.path(), true);
        owner.sign_in(running.at).await;
        let path = format!("/api/v1/sessions/{}/messages", session.id);
        let kept: Messages = owner.get(&path).await;
        assert_eq!(kept.messages, told);
        console = owner.console().await;
    }
    drop(running);
    let checked = program().arg("--data").arg(dir.path()).arg("--check").output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_in_order_when_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = start(dir.path(), false);
    let told = Command::new("kill").args(["-TERM", &running.child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(running.child.wait().unwrap().success());
    // Everything is in the one file: nothing waits in the log beside it.
    assert!(!dir.path().join("relay.db-wal").exists());
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    let said = fails(program().arg("--data").arg(dir.path()).args(["--listen", &taken.to_string()]));
    one_sentence(&said);
    assert!(said.contains(&taken.to_string()) && said.contains("choose another address"), "{said}");

    let file = dir.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let said = fails(program().arg("--data").arg(&file).args(["--listen", "127.0.0.1:0"]));
    one_sentence(&said);
    assert!(said.contains("--data"), "{said}");

    let newer = dir.path().join("newer");
    std::fs::create_dir(&newer).unwrap();
    let db = rusqlite::Connection::open(newer.join("relay.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = std::fs::read(newer.join("relay.db")).unwrap();
    let said = fails(program().arg("--data").arg(&newer).args(["--listen", "127.0.0.1:0"]));
    one_sentence(&said);
    assert!(said.contains("newer version"), "{said}");
    assert!(std::fs::read(newer.join("relay.db")).unwrap() == before, "not one byte of it is changed");

    let garbage = dir.path().join("garbage");
    std::fs::create_dir(&garbage).unwrap();
    std::fs::write(garbage.join("relay.db"), [0x5a; 8_192]).unwrap();
    one_sentence(&fails(program().arg("--data").arg(&garbage).args(["--listen", "127.0.0.1:0"])));
    std::fs::remove_file(garbage.join("relay.db")).unwrap();
    std::fs::write(garbage.join("relay.key"), "short").unwrap();
    let said = fails(program().arg("--data").arg(&garbage).args(["--listen", "127.0.0.1:0"]));
    one_sentence(&said);
    assert!(said.contains("relay.key"), "{said}");

    for (wrong, about) in [
        (&["--nonsense"][..], "--nonsense"),
        (&["--listen", "nowhere"], "nowhere"),
        (&["--tls-cert", "only-half.pem"], "--tls-key"),
        (&["--data"], "--data"),
    ] {
        let said = fails(program().args(wrong));
        one_sentence(&said);
        assert!(said.contains(about) && said.contains("--help"), "{said}");
    }
    let help = program().arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--listen"));
}

/// Runs `audit verify` on a data folder.
fn verify(data: &Path, head: Option<&str>) -> Output {
    let mut command = program();
    command.args(["audit", "verify", "--data"]).arg(data);
    if let Some(head) = head {
        command.args(["--head", head]);
    }
    command.output().unwrap()
}

#[tokio::test]
async fn the_audit_log_is_verified_while_the_relay_runs_and_every_change_shows() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(dir.path(), false);
    let key = SigningKey::from_bytes(&fresh());
    let proof = prove(running.at, &key).await;
    let set_up = SetUp { token: running.token.clone().unwrap(), name: name("Ada"), company: name("Weber IT"), proof };
    assert_eq!(post(running.at, "/api/v1/setup", None, &set_up).await.status, 200);

    let Output { status, stdout, .. } = verify(dir.path(), None);
    let said = String::from_utf8(stdout).unwrap();
    assert!(status.success() && said.contains("is whole"), "{said}");
    let head = said.trim().rsplit_once(' ').unwrap().1.to_owned();
    assert_eq!(head.len(), 64);
    assert!(verify(dir.path(), Some(&head)).status.success());
    let stderr = fails(program().args(["audit", "verify", "--head", "xyz", "--data"]).arg(dir.path()));
    assert!(stderr.contains("64"), "{stderr}");
    drop(running);

    let db = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    assert!(db.execute("UPDATE audit SET actor = 'relay' WHERE seq = 2", []).is_err(), "append-only");
    assert!(db.execute("DELETE FROM audit WHERE seq = 2", []).is_err(), "append-only");
    // Whoever owns the file can take the guard away; the chain still shows it.
    db.execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_deleted").unwrap();
    db.execute_batch("CREATE TABLE kept AS SELECT * FROM audit").unwrap();
    let last: i64 = db.query_row("SELECT max(seq) FROM audit", [], |row| row.get(0)).unwrap();
    for (change, row) in [
        ("UPDATE audit SET summary = '{\"role\":\"nobody\"}' WHERE seq = 2", 2),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 1", 1),
    ] {
        db.execute_batch(change).unwrap();
        let output = verify(dir.path(), None);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(&format!("row {row}")), "{change}: {said}");
        db.execute_batch("DELETE FROM audit; INSERT INTO audit SELECT * FROM kept").unwrap();
        assert!(verify(dir.path(), Some(&head)).status.success());
    }
    // The newest rows taken off leave a chain that fits; the noted head shows it.
    db.execute("DELETE FROM audit WHERE seq = ?1", [last]).unwrap();
    assert!(verify(dir.path(), None).status.success());
    let output = verify(dir.path(), Some(&head));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("was noted"), "{said}");
    one_sentence(&fails(program().args(["audit", "verify", "--data"]).arg(dir.path().join("nothing"))));
}
