//! A relay for one story: it takes connections one by one and lets the test speak for it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use deskhand_protocol::{
    PROTOCOL_VERSION,
    error::{ErrorCode, WireError},
    id::SessionId,
    key::{Digest, Nonce, PublicKey},
    relay::{
        Prover,
        helper_socket::{HelperToRelay, RelayToHelper},
        proof_bytes,
    },
    text::Name,
};
use futures_util::{SinkExt, StreamExt};
use rcgen::PublicKeyData;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use uuid::Uuid;

use crate::identity::{Identity, verify};

/// Longer than anything here takes; a story that waits so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A certificate as a relay makes it for itself.
pub(super) struct OwnCertificate {
    acceptor: TlsAcceptor,
    pub(super) pin: Digest,
}

impl OwnCertificate {
    pub(super) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let pin = Digest(Sha256::digest(made.signing_key.subject_public_key_info()).into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), pin }
    }
}

pub(super) struct FakeRelay {
    listener: TcpListener,
    pub(super) identity: Identity,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection, from the relay's side.
pub(super) struct Caller(WebSocketStream<Box<dyn Stream>>);

impl FakeRelay {
    pub(super) async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), identity: Identity::from_seed(&[0x77; 32]) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub(super) async fn accept(&self) -> Caller {
        let (tcp, _) = timeout(PATIENCE, self.listener.accept()).await.unwrap().unwrap();
        Caller(accept_async(Box::new(tcp) as Box<dyn Stream>).await.unwrap())
    }

    /// `None` when the caller does not like the certificate.
    pub(super) async fn accept_tls(&self, certificate: &OwnCertificate) -> Option<Caller> {
        let (tcp, _) = timeout(PATIENCE, self.listener.accept()).await.unwrap().unwrap();
        let tls = certificate.acceptor.accept(tcp).await.ok()?;
        accept_async(Box::new(tls) as Box<dyn Stream>).await.ok().map(Caller)
    }

    /// Does what every relay does first, and returns what the helper then asks for.
    pub(super) async fn welcome(&self, caller: &mut Caller) -> (PublicKey, HelperToRelay) {
        let HelperToRelay::Hello { version, key, nonce: own, .. } = caller.hear().await else { panic!("a hello") };
        assert_eq!(version, PROTOCOL_VERSION);
        let nonce = Nonce([9; 32]);
        let relay = self.identity.public();
        caller.say(&RelayToHelper::Challenge { version: PROTOCOL_VERSION, relay, nonce }).await;
        let HelperToRelay::Prove { signature, .. } = caller.hear().await else { panic!("a proof") };
        verify(&key, &proof_bytes(Prover::Helper, &relay, &nonce, &own), &signature).unwrap();
        caller.say(&RelayToHelper::Welcome).await;
        (key, caller.hear().await)
    }
}

impl Caller {
    pub(super) async fn say<T: Serialize>(&mut self, message: &T) {
        self.0.send(Message::text(serde_json::to_string(message).unwrap())).await.unwrap();
    }

    pub(super) async fn say_raw(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    pub(super) async fn hear<T: DeserializeOwned>(&mut self) -> T {
        loop {
            match timeout(PATIENCE, self.0.next()).await.unwrap().unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until the caller is gone; whether it said goodbye.
    pub(super) async fn goodbye(&mut self) -> bool {
        loop {
            match timeout(PATIENCE, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(_))) => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
    }
}

pub(super) fn session() -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(5))
}

pub(super) fn claimed() -> RelayToHelper {
    RelayToHelper::Claimed {
        session: session(),
        technician_name: Name::new("Mara Weber").unwrap(),
        company: Name::new("Weber IT").unwrap(),
        messages: Vec::new(),
        console_online: true,
        revoked: Vec::new(),
        marks: None,
    }
}

pub(super) fn error(code: ErrorCode) -> WireError {
    WireError { code, detail: "as the story needs it".into() }
}
