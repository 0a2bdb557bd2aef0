//! A relay that is reached through an HTTP proxy: the probe itself is told of it by its environment, and everything it
//! says to the relay goes through `CONNECT`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    process::Output,
    time::Duration,
};

use deskhand_relay::{Certificate, Listen, Relay, Settings};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::mpsc,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// Longer than the probe takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gives the first line and the `Proxy-Authorization` of each request, and opens every tunnel.
async fn proxy() -> (SocketAddr, mpsc::UnboundedReceiver<String>, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (told, asked) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let told = told.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let to = head.split(' ').nth(1).unwrap().to_owned();
                let who = head.lines().find(|line| line.to_ascii_lowercase().starts_with("proxy-authorization:"));
                told.send(format!("{} {}", head.lines().next().unwrap(), who.unwrap_or("nobody"))).unwrap();
                let mut relay = TcpStream::connect(to).await.unwrap();
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut relay).await;
            });
        }
    });
    (at, asked, AbortOnDropHandle::new(task))
}

/// A relay on an address of this computer that is not loopback: those are never reached through a proxy.
async fn relay(folder: &std::path::Path) -> Relay {
    let mut settings = Settings::new(folder);
    settings.listen = Listen::Tls(StdListener::bind("0.0.0.0:0").unwrap(), Certificate::Own);
    Relay::start(settings, CancellationToken::new()).await.unwrap()
}

async fn probe(relay: &Relay, folder: &std::path::Path, variables: &[(&str, &str)]) -> Output {
    let token = relay.setup_token().map(|token| format!("{token}.{}", relay.certificate_pin()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskhand-probe"));
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(variable);
    }
    command
        .args(["--relay", &relay.local_address().to_string(), "--pin", &relay.certificate_pin().to_string()])
        .args(["--data".as_ref(), folder.as_os_str()])
        .args(token.iter().flat_map(|token| ["--setup", token]))
        .args(["call", "--wait-seconds", "0"])
        .envs(variables.iter().copied())
        .kill_on_drop(true);
    timeout(PATIENCE, command.output()).await.expect("the probe ends").unwrap()
}

fn made_a_session(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).contains("\"event\":\"session\"")
}

#[tokio::test]
async fn everything_goes_through_the_proxy_that_is_set() {
    let (house, desk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let relay = relay(house.path()).await;
    let authority = relay.local_address().authority().to_owned();
    let (at, mut asked, _proxy) = proxy().await;

    // Nobody is there: no other way is tried.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lost = probe(&relay, desk.path(), &[("HTTPS_PROXY", &format!("http://{nobody}"))]).await;
    assert!(!lost.status.success() && !made_a_session(&lost));

    let output = probe(&relay, desk.path(), &[("HTTPS_PROXY", &format!("http://ada:s%40crt@{at}"))]).await;
    assert!(made_a_session(&output), "{}", String::from_utf8_lossy(&output.stderr));
    let mut count = 0;
    while let Ok(said) = asked.try_recv() {
        let line = format!("CONNECT {authority} HTTP/1.1");
        assert!(said.starts_with(&line), "{said}");
        assert!(said.to_ascii_lowercase().contains("basic"), "{said}");
        assert!(said.ends_with("YWRhOnNAY3J0"), "{said}");
        count += 1;
    }
    // One for HTTP, one for the socket.
    assert!(count >= 2, "{count}");

    // What is excepted goes straight.
    let host = authority.rsplit_once(':').unwrap().0;
    let variables = [("HTTPS_PROXY", format!("http://{at}")), ("NO_PROXY", host.to_owned())];
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let output = probe(&relay, desk.path(), &variables).await;
    assert!(made_a_session(&output), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(asked.try_recv().is_err(), "the proxy was asked");
    relay.shutdown().await;
}
