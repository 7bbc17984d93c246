//! The server from its start to its end.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use listener::{Answers, Connections, ProxyTrust, SHUTDOWN_GRACE};
use tokio::net::TcpListener;
use tower::{Layer, Service};

use super::CorsPolicy;
use super::routes::entry;
use request::App;

/// Serves HTTP/1.1, and HTTP/2 to clients that begin with it, until `stop` is done, then lets requests in progress finish for ten seconds.
/// Follows the active editions all the while.
pub async fn serve(
    listener: TcpListener,
    app: App,
    proxies: ProxyTrust,
    cors: CorsPolicy,
    stop: BoxFuture<'static, ()>,
) {
    let watch = tokio::spawn(app.editions().clone().watch());
    let (ended_all, all_ended) = tokio::sync::oneshot::channel::<()>();
    let clock = app.clock();
    let writing = app.take_writer().map(|writer| {
        let stop = async { all_ended.await.unwrap_or_default() };
        tokio::spawn(writer.run(move || clock(), stop))
    });
    let entry = entry(app);
    let answers: Answers = match cors.layer() {
        Some(cors) => {
            let service = cors.layer(entry);
            Arc::new(move |request| Box::pin(service.clone().call(request)))
        }
        None => Arc::new(move |request| entry.answer(request)),
    };
    let connections = Connections::new(answers, proxies);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = stop => {}
    }
    drop(listener);
    if !connections.end().await {
        tracing::warn!("des requêtes n'étaient pas finies à l'arrêt");
    }
    watch.abort();
    // What the last requests consulted is written before the process ends.
    drop(ended_all);
    if let Some(writing) = writing
        && tokio::time::timeout(SHUTDOWN_GRACE, writing).await.is_err()
    {
        tracing::error!("les dernières consultations n'ont pas pu être journalisées à l'arrêt");
    }
}
