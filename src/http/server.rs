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

use super::{App, router};

/// Connections open at once; the next ones wait in the queue of the system.
const MAX_CONNECTIONS: u32 = 1024;

/// How long a connection may take to send the head of its next request.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that a connection may hold before a request is understood.
const MAX_HEAD: usize = 32 << 10;

/// The rest after the system refused a connection (too many open files).
const REST: Duration = Duration::from_millis(100);

/// How long requests in progress may take once the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves HTTP/1.1 until `stop` is done, then lets requests in progress finish for ten seconds.
/// Follows the active editions all the while.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()>) {
    let watch = tokio::spawn(app.editions().clone().watch());
    let (ended_all, all_ended) = tokio::sync::oneshot::channel::<()>();
    let clock = app.clock();
    let writing = app.take_writer().map(|writer| {
        let stop = async { all_ended.await.unwrap_or_default() };
        tokio::spawn(writer.run(move || clock(), stop))
    });
    let router = router(app);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let (stopping, told) = watch::channel(());
    let accepting = async {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    tokio::spawn(connection(stream, peer, router.clone(), told.clone(), place));
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
    _place: OwnedSemaphorePermit,
) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(MAX_HEAD);
    let service = router.map_request(move |request: Request<_>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
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
    }
}
