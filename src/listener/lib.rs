//! The listener: connections of HTTP/1.1 and HTTP/2, within limits, and whom their requests come from.
//!
//! What answers is called through a pointer, and the futures here are boxed, so that HTTP is compiled
//! with this crate and not again with everything that serves.

mod connection;
mod progress;
mod proxy_trust;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use connection::connection;
pub use proxy_trust::ProxyTrust;

/// Connections open at once; the next ones wait in the queue of the system.
const MAX_CONNECTIONS: u32 = 1024;

/// The pause after the system refused a connection (too many open files).
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// How long requests in progress may take once the server was told to stop.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// What answers a request.
pub type Answers = Arc<dyn Fn(Request) -> Answering + Send + Sync>;

/// An answer that is being made.
pub type Answering = BoxFuture<'static, Result<Response, Infallible>>;

/// The connections of a server: at most 1,024 at once.
pub struct Connections {
    answers: Answers,
    proxies: Arc<ProxyTrust>,
    permits: Arc<Semaphore>,
    stop: watch::Sender<()>,
}

impl Connections {
    /// No connection yet. Requests carry the address that these proxies name.
    pub fn new(answers: Answers, proxies: ProxyTrust) -> Connections {
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
        let (stop, _) = watch::channel(());
        Connections { answers, proxies: Arc::new(proxies), permits, stop }
    }

    /// Takes connections for as long as the future is polled.
    pub fn accept<'a>(&'a self, listener: &'a TcpListener) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            loop {
                // The semaphore is never closed.
                let Ok(permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        let (answers, proxies) = (self.answers.clone(), Arc::clone(&self.proxies));
                        let stopping = self.stop.subscribe();
                        tokio::spawn(connection(stream, peer, answers, stopping, proxies, permit));
                    }
                    Err(error) => {
                        tracing::warn!("connexion refusée par le système : {error}");
                        tokio::time::sleep(ACCEPT_BACKOFF).await;
                    }
                }
            }
        })
    }

    /// Lets requests in progress finish within [`SHUTDOWN_GRACE`], and says whether they did.
    pub fn end(self) -> BoxFuture<'static, bool> {
        Box::pin(async move {
            self.stop.send_replace(());
            // Every permit is free again when every connection has ended.
            let ended = self.permits.acquire_many(MAX_CONNECTIONS);
            tokio::time::timeout(SHUTDOWN_GRACE, ended).await.is_ok()
        })
    }
}
