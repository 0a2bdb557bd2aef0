//! A certificate from an authority: the relay against pebble, Debian's ACME test server, which really connects to it.

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use deskhand_relay::{Acme, Certificate, Listen, Relay, Settings};
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::{TcpStream, UdpSocket},
    process::{Child, Command},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::peers::raw;

const NAME: &str = "help.deskhand.example";
/// Longer than pebble takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers that every name is this computer.
async fn names() -> (SocketAddr, AbortOnDropHandle<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((len, from)) = socket.recv_from(&mut buffer).await {
            let question_end = 12 + buffer[12..len].iter().position(|byte| *byte == 0).unwrap() + 5;
            let is_a = buffer[question_end - 3] == 1;
            let mut answer = buffer[..question_end].to_vec();
            // An answer, without authority or further records; one address if one of IPv4 was asked for.
            answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
            if is_a {
                answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]);
            }
            socket.send_to(&answer, from).await.unwrap();
        }
    });
    (at, AbortOnDropHandle::new(task))
}

struct Pebble {
    dir: tempfile::TempDir,
    directory: String,
    management: SocketAddr,
    _names: AbortOnDropHandle<()>,
    _output: AbortOnDropHandle<()>,
    process: Child,
}

/// A port that is free now.
fn port() -> u16 {
    StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Pebble {
    /// Looks for relays at this port instead of 443.
    async fn start(relay_port: u16) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let (certificate, key_file) = (dir.path().join("api.pem"), dir.path().join("api.key"));
        std::fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        let (api, management) = (port(), port());
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{api}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": certificate, "privateKey": key_file,
            "httpPort": port(), "tlsPort": relay_port,
        }});
        let config_file = dir.path().join("pebble.json");
        std::fs::write(&config_file, config.to_string()).unwrap();
        let (resolver, answering) = names().await;
        let mut process = Command::new("pebble")
            .args(["-config".as_ref(), config_file.as_os_str()])
            .args(["-dnsserver", &resolver.to_string()])
            .envs([("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "0"), ("PEBBLE_AUTHZREUSE", "0")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the Debian package pebble is installed");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("ACME directory available") {
                    return;
                }
            }
            panic!("pebble ended");
        };
        timeout(PATIENCE, listening).await.unwrap();
        // Read on, or pebble would wait for room.
        let output = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            dir,
            directory: format!("https://localhost:{api}/dir"),
            management: SocketAddr::from(([127, 0, 0, 1], management)),
            _names: answering,
            _output: AbortOnDropHandle::new(output),
            process,
        }
    }

    fn roots(&self) -> std::path::PathBuf {
        self.dir.path().join("api.pem")
    }

    fn acme(&self) -> Acme {
        Acme {
            names: vec![NAME.to_owned()],
            contact: Some("mailto:admin@deskhand.example".to_owned()),
            directory: self.directory.clone(),
            roots: Some(self.roots()),
        }
    }

    /// The root that its certificates lead to.
    async fn root(&self) -> CertificateDer<'static> {
        let api = CertificateDer::from_pem_file(self.roots()).unwrap();
        // It opens this door a moment after the other.
        let opens = async {
            loop {
                match tls(self.management, api.clone(), "localhost").await {
                    Ok(stream) => return stream,
                    Err(_) => sleep(Duration::from_millis(50)).await,
                }
            }
        };
        let stream = timeout(PATIENCE, opens).await.unwrap();
        let host = format!("Host: {}", self.management);
        let answer = raw(stream, "GET", "/roots/0", &[&host], b"").await;
        assert_eq!(answer.status, 200);
        CertificateDer::from_pem_slice(&answer.body).unwrap()
    }
}

/// A handshake that succeeds only with a certificate for this name that leads to this root.
async fn tls(
    at: SocketAddr,
    root: CertificateDer<'static>,
    name: &'static str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(at).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).unwrap(), stream).await
}

async fn relay(folder: &Path, listener: StdListener, acme: Acme) -> Relay {
    let mut settings = Settings::new(folder);
    settings.listen = Listen::Tls(listener, Certificate::Acme(acme));
    Relay::start(settings, CancellationToken::new()).await.unwrap()
}

#[tokio::test]
async fn the_relay_gets_a_certificate_and_keeps_it_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let mut pebble = Pebble::start(at.port()).await;
    let root = pebble.root().await;

    let running = relay(folder.path(), listener, pebble.acme()).await;
    let shown = async {
        // The relay goes on with its own certificate until the authority has looked at it and answered.
        while tls(at, root.clone(), NAME).await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, shown).await.expect("a certificate in time");
    let host = format!("Host: {NAME}");
    let answer = raw(tls(at, root.clone(), NAME).await.unwrap(), "GET", "/api/v1/health", &[&host], b"").await;
    assert_eq!(answer.status, 200, "the name is the relay's own");
    running.shutdown().await;

    #[cfg(unix)]
    for file in ["acme.pem", "acme-account.json"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }

    // The authority is away: what is kept is shown at once.
    pebble.process.kill().await.unwrap();
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let running = relay(folder.path(), listener, pebble.acme()).await;
    let kept = async {
        while tls(at, root.clone(), NAME).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, kept).await.expect("what is kept is shown");
    running.shutdown().await;
}

#[tokio::test]
async fn without_the_authority_the_relay_shows_its_own_certificate() {
    let folder = tempfile::tempdir().unwrap();
    // Something that is no certificate must not keep it from starting.
    std::fs::write(folder.path().join("acme.pem"), "nonsense").unwrap();
    std::fs::write(folder.path().join("acme-account.json"), "{").unwrap();
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let acme = Acme {
        names: vec![NAME.to_owned()],
        contact: None,
        directory: format!("https://localhost:{}/dir", port()),
        roots: None,
    };
    let running = relay(folder.path(), listener, acme).await;
    let (_, met) = crate::lan::tls(at).await;
    assert_eq!(met, running.certificate_pin());
    running.shutdown().await;
}
