//! The listener, its connections, and the end.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use super::{App, Front, router};

/// Connections open at once; the next ones wait in the queue of the system.
const MAX_CONNECTIONS: u32 = 1024;

/// How long a connection may take to send the head of its next request.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that a connection may hold before a request is understood.
const MAX_HEAD: usize = 32 << 10;

/// Requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 128;

/// Streams that a client may begin and drop before the connection is ended (rapid reset).
const MAX_RESETS: usize = 32;

/// What a client of HTTP/2 sends first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How often a preface that began is looked at again.
const GLANCE: Duration = Duration::from_millis(10);

/// A connection ends after this, between two requests.
const LIFE: Duration = Duration::from_secs(3600);

/// The rest after the system refused a connection (too many open files).
const REST: Duration = Duration::from_millis(100);

/// How long requests in progress may take once the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves HTTP/1.1, and HTTP/2 to clients that begin with it, until `stop` is done, then lets requests in progress finish for ten seconds.
/// Follows the active editions all the while.
pub async fn serve(listener: TcpListener, app: App, front: Front, stop: impl Future<Output = ()>) {
    let watch = tokio::spawn(app.editions().clone().watch());
    let (ended_all, all_ended) = tokio::sync::oneshot::channel::<()>();
    let clock = app.clock();
    let writing = app.take_writer().map(|writer| {
        let stop = async { all_ended.await.unwrap_or_default() };
        tokio::spawn(writer.run(move || clock(), stop))
    });
    let router = front.around(router(app));
    let front = Arc::new(front);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stopping, told) = watch::channel(());
    let accepting = async {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    tokio::spawn(connection(
                        stream,
                        peer,
                        router.clone(),
                        told.clone(),
                        Arc::clone(&front),
                        place,
                    ));
                }
                Err(error) => {
                    tracing::warn!("connexion refusée par le système : {error}");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    drop(listener);
    stopping.send_replace(());
    // Every place is free again when every connection has ended.
    let ended = tokio::time::timeout(FAREWELL, places.acquire_many(MAX_CONNECTIONS)).await;
    if ended.is_err() {
        tracing::warn!("des requêtes n'étaient pas finies à l'arrêt");
    }
    watch.abort();
    // What the last requests consulted is written before the process ends.
    drop(ended_all);
    if let Some(writing) = writing
        && tokio::time::timeout(FAREWELL, writing).await.is_err()
    {
        tracing::error!("les dernières consultations n'ont pas pu être journalisées à l'arrêt");
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut told: watch::Receiver<()>,
    front: Arc<Front>,
    _place: OwnedSemaphorePermit,
) {
    let Some(version) = version(&stream, &mut told).await else { return };
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD as u32)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .keep_alive_interval(HEAD_PATIENCE)
        .keep_alive_timeout(HEAD_PATIENCE);
    let builder = match version {
        Version::One => builder.http1_only(),
        Version::Two => builder.http2_only(),
    };
    // Answers are written whole: waiting to fill a packet would only delay them.
    stream.set_nodelay(true).unwrap_or_default();
    let service = router.map_request(move |request: Request<_>| {
        let mut request = request.map(Body::new);
        let client = front.client(peer, request.headers());
        request.extensions_mut().insert(ConnectInfo(client));
        request
    });
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut serving = pin!(serving);
    // How a connection ends is the client's affair: nothing of it is worth a line of the log.
    tokio::select! {
        _ = serving.as_mut() => {}
        _ = told.changed() => {
            serving.as_mut().graceful_shutdown();
            drop(serving.await);
        }
        () = tokio::time::sleep(LIFE) => {
            serving.as_mut().graceful_shutdown();
            tokio::time::timeout(FAREWELL, serving).await.map(drop).unwrap_or_default();
        }
    }
}

enum Version {
    One,
    Two,
}

/// What a connection speaks, by its first bytes; `None` when it says nothing in time.
async fn version(stream: &TcpStream, told: &mut watch::Receiver<()>) -> Option<Version> {
    let looking = async {
        let mut head = [0; PREFACE.len()];
        loop {
            let read = stream.peek(&mut head).await.ok().filter(|read| *read > 0)?;
            if head[..read] != PREFACE[..read] {
                return Some(Version::One);
            }
            if read == PREFACE.len() {
                return Some(Version::Two);
            }
            // What was looked at is still there: only time brings more.
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::select! {
        found = tokio::time::timeout(HEAD_PATIENCE, looking) => found.ok().flatten(),
        _ = told.changed() => None,
    }
}
