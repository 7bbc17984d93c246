//! The listener, and the end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use super::{App, router};

/// How long requests in progress may take once the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves until `stop` is done, then lets requests in progress finish for ten seconds. Follows
/// the active editions all the while.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let watch = tokio::spawn(app.editions().clone().watch());
    let (told, tell) = tokio::sync::oneshot::channel::<()>();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        // The receiver is gone only when serving already ended.
        told.send(()).unwrap_or_default();
    });
    let ended = tokio::select! {
        ended = serving => ended,
        () = farewell(tell) => Ok(()),
    };
    watch.abort();
    ended
}

async fn farewell(told: tokio::sync::oneshot::Receiver<()>) {
    if told.await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(FAREWELL).await;
}
