//! The listener for the local network: TLS with a key that stays, and customers' routes only.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use deskhand_protocol::{error::ErrorCode, key::Digest, relay::http::Health};
use deskhand_relay::{Reach, Relay};
use ed25519_dalek::SigningKey;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::peers::{Answer, House, Peer, fresh, raw};

/// Takes any certificate and remembers the pin of its key, as a helper with a typed code does.
#[derive(Debug)]
struct AnyPin(Mutex<Option<Digest>>);

impl ServerCertVerifier for AnyPin {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        *self.0.lock().unwrap() = Some(Digest(Sha256::digest(&key).into()));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

pub(crate) async fn tls(at: SocketAddr) -> (TlsStream<TcpStream>, Digest) {
    let any = Arc::new(AnyPin(Mutex::new(None)));
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&any) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let stream = TcpStream::connect(at).await.unwrap();
    let name = ServerName::IpAddress(at.ip().into());
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let pin = any.0.lock().unwrap().unwrap();
    (stream, pin)
}

/// One request over TLS with the right `Host` and further header lines.
pub(crate) async fn ask_with(at: SocketAddr, method: &str, path: &str, lines: &[&str], body: &[u8]) -> Answer {
    let (stream, _) = tls(at).await;
    let host = format!("Host: {at}");
    let lines: Vec<&str> = std::iter::once(host.as_str()).chain(lines.iter().copied()).collect();
    raw(stream, method, path, &lines, body).await
}

async fn ask(at: SocketAddr, method: &str, path: &str) -> Answer {
    let (stream, _) = tls(at).await;
    raw(stream, method, path, &[&format!("Host: {at}"), "Content-Type: application/json"], b"{}").await
}

pub(crate) async fn open(relay: &Relay) -> SocketAddr {
    let addresses = relay.open_lan().await.unwrap();
    assert_eq!(addresses, relay.lan_addresses());
    assert!(addresses.iter().all(|address| address.to_string().starts_with("https://")), "{addresses:?}");
    addresses[0].authority().parse().unwrap()
}

#[tokio::test]
async fn the_local_network_reaches_customers_routes_only() {
    let house = House::new().await;
    let owner = house.owner().await;
    assert!(house.relay().lan_addresses().is_empty());
    let at = open(house.relay()).await;
    for entry in house.relay().routes() {
        let path = entry
            .path
            .replace("{id}", "0190b0b0-0000-7000-8000-000000000000")
            .replace("{finder}", "AAAA")
            .replace("{platform}", "linux_x64")
            .replace("{link}", "AAAA");
        let answer = ask(at, entry.method.as_str(), &path).await;
        let hidden = answer.status == 404 && answer.text().contains("there is no such route");
        assert_eq!(hidden, entry.reach == Reach::Inside, "{path}: {answer:?}");
    }
    let health: Health = ask(at, "GET", "/api/v1/health").await.is(200);
    assert_eq!(health.program, "deskhand-relay");

    let (stream, _) = tls(at).await;
    raw(stream, "GET", "/api/v1/health", &["Host: evil.example"], b"").await.refuses(403, ErrorCode::Forbidden);
    let (stream, _) = tls(at).await;
    let foreign = [&*format!("Host: {at}"), &*format!("Origin: http://{at}")];
    raw(stream, "GET", "/api/v1/health", &foreign, b"").await.refuses(403, ErrorCode::Forbidden);

    let (session, code) = owner.new_session().await;
    let (stream, _) = tls(at).await;
    let socket = Peer::over(stream, &format!("wss://{at}/api/v1/helper")).await;
    let mut helper = socket.greet(&SigningKey::from_bytes(&fresh())).await;
    assert_eq!(helper.claim(&code.finder).await, session.id);
    let (stream, _) = tls(at).await;
    let page = raw(stream, "GET", &format!("/s/{}", code.finder.as_str()), &[&format!("Host: {at}")], b"").await;
    assert!(page.text().contains("Your computer has called"));

    house.relay().close_lan().await.unwrap();
    assert_eq!(helper.0.closed_with().await, Some(ErrorCode::ShuttingDown));
    assert!(house.relay().lan_addresses().is_empty());
    assert!(TcpStream::connect(at).await.is_err());
    assert!(owner.session(session.id).await.helper_key.is_some());
}

#[tokio::test]
async fn key_port_and_choice_stay_the_same_over_restarts() {
    let mut house = House::new().await;
    let loopback = house.at();
    let at = open(house.relay()).await;
    assert_eq!(tls(at).await.1, house.relay().certificate_pin());
    let pin = house.relay().certificate_pin();
    house.stop().await;
    house.start().await;
    assert_eq!(house.at(), loopback);
    assert_eq!(house.relay().certificate_pin(), pin);
    assert_eq!(house.relay().lan_addresses()[0].authority(), at.to_string());
    assert_eq!(tls(at).await.1, pin);
    house.relay().close_lan().await.unwrap();
    house.stop().await;
    house.start().await;
    assert!(house.relay().lan_addresses().is_empty());
}

#[tokio::test]
async fn opening_twice_opens_once() {
    let house = House::new().await;
    let (one, two) = tokio::join!(house.relay().open_lan(), house.relay().open_lan());
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn plain_http_gets_nothing_from_the_tls_listener() {
    let house = House::new().await;
    let at = open(house.relay()).await;
    let mut peer = TcpStream::connect(at).await.unwrap();
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    peer.write_all(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut all = Vec::new();
    let _ = peer.read_to_end(&mut all).await;
    assert!(!String::from_utf8_lossy(&all).contains("deskhand"));
}
