//! Listeners: accepts connections, with or without TLS, and serves them until the doorway closes. Slow or silent
//! callers are dropped, and there is room for so many at once, and for fewer of one address. Over TLS browsers may
//! speak TURN instead of HTTP.

pub(crate) mod crowd;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, response::IntoResponse as _};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::{
    detour,
    door::{Crowded, Door, Doorway},
    refusal::Refusal,
};

/// Connections of one listener at once.
const PLACES: usize = 1_024;
/// Time for a TLS handshake and for the head of a request.
const GREETING: Duration = Duration::from_secs(10);
/// The head of a request: our own are under 1 kB, browsers' under 8 kB.
const HEAD: usize = 16 * 1024;
/// Headers of a request.
const HEADERS: usize = 64;
/// Pause after the system has refused a connection, as when there are too many open files.
const BREATH: Duration = Duration::from_millis(100);
/// Time for a request under way to finish when the doorway closes.
const FINISH: Duration = Duration::from_secs(2);

/// Accepts connections until the doorway closes.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    way: Arc<Doorway>,
    tasks: TaskTracker,
) {
    let places = Arc::new(Semaphore::new(PLACES));
    let acceptor = tls.map(TlsAcceptor::from);
    loop {
        let place = tokio::select! {
            () = way.stop.cancelled() => return,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = way.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                sleep(BREATH).await;
                continue;
            }
        };
        let Ok(local) = stream.local_addr() else { continue };
        let Ok(door) = Door::open(Arc::clone(&way), peer, local) else {
            tracing::debug!("an address has enough connections");
            continue;
        };
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tasks.spawn(async move {
            // Frames are small and waited for.
            drop(stream.set_nodelay(true));
            connection(stream, acceptor, router, door).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, acceptor: Option<TlsAcceptor>, router: Router, door: Door) {
    let Some(acceptor) = acceptor else {
        return requests(stream, router, door).await;
    };
    match timeout(GREETING, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => encrypted(BufReader::new(stream), router, door).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// What comes over TLS is HTTP, or a browser's TURN.
async fn encrypted<S>(mut stream: BufReader<S>, router: Router, door: Door)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let first = match timeout(GREETING, stream.fill_buf()).await {
        Ok(Ok(bytes)) => bytes.first().copied(),
        Ok(Err(_)) | Err(_) => None,
    };
    match first {
        Some(first) if detour::stream::begins(first) => detour::stream::serve(stream, &door).await,
        Some(_) => requests(stream, router, door).await,
        None => tracing::debug!("nothing came over a connection"),
    }
}

async fn requests<S>(stream: S, router: Router, door: Door)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stop = door.way.stop.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, door) = (router.clone(), door.clone());
        async move {
            let mut request = request.map(Body::new);
            match door.for_request(request.headers()) {
                Ok(door) => request.extensions_mut().insert(door),
                Err(Crowded) => return Ok(Refusal::too_many().into_response()),
            };
            router.oneshot(request).await
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(GREETING).max_buf_size(HEAD).max_headers(HEADERS);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let served = tokio::select! {
        served = serving.as_mut() => Some(served),
        () = stop.cancelled() => None,
    };
    let served = match served {
        Some(served) => served,
        None => {
            serving.as_mut().graceful_shutdown();
            match timeout(FINISH, serving).await {
                Ok(served) => served,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
