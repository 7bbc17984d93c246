//! One connection: what it speaks, its limits, its requests.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::rt::{Sleep, Timer};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::progress::{WatchedStream, WriteProgress};
use crate::{Answering, Answers, ProxyTrust, SHUTDOWN_GRACE};
use request::peer::Client;
use request::unsent::Deadlines;

/// How long a connection may take to send the head of its next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes that a connection may hold before a request is understood.
const MAX_HEAD: usize = 32 << 10;

/// Requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 32;

/// Streams that a client may begin and drop before the connection is ended (rapid reset).
const MAX_RESETS: usize = 32;

/// What a client of HTTP/2 sends first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How often a connection is checked for its timeouts.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How often the rest of a preface that began is looked for.
const PREFACE_POLL: Duration = Duration::from_millis(10);

/// A connection whose client takes nothing of what it is sent ends after this.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection ends after this, between two requests.
const CONNECTION_LIFE: Duration = Duration::from_secs(3600);

/// Answers the requests of a connection until it ends.
pub(crate) async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    answers: Answers,
    mut stopping: watch::Receiver<()>,
    proxies: Arc<ProxyTrust>,
    _permit: OwnedSemaphorePermit,
) {
    let Some(version) = version(&stream, &mut stopping).await else { return };
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(CoarseTimer).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD as u32)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .keep_alive_interval(HEAD_TIMEOUT)
        .keep_alive_timeout(HEAD_TIMEOUT);
    let has_windows = matches!(version, Version::Two);
    let builder = match version {
        Version::One => builder.http1_only(),
        Version::Two => builder.http2_only(),
    };
    // Answers are written whole: waiting to fill a packet would only delay them.
    stream.set_nodelay(true).unwrap_or_default();
    let begun = Instant::now();
    let (deadlines, writes) = (Deadlines::default(), WriteProgress::new(begun));
    let service = Connection { answers, proxies, peer, has_windows, deadlines: deadlines.clone() };
    let stream = TokioIo::new(WatchedStream::new(stream, writes.clone()));
    let serving = builder.serve_connection(stream, service);
    let mut serving = pin!(serving);
    let mut checks = tokio::time::interval(CHECK_INTERVAL);
    // How a connection ends is the client's affair: nothing of it is worth a line of the log.
    loop {
        tokio::select! {
            biased;
            _ = serving.as_mut() => return,
            _ = stopping.changed() => {
                serving.as_mut().graceful_shutdown();
                drop(serving.await);
                return;
            }
            _ = checks.tick() => {
                let now = Instant::now();
                if writes.is_stalled(WRITE_TIMEOUT, now) || deadlines.has_passed(now) {
                    return;
                }
                if begun.elapsed() > CONNECTION_LIFE {
                    serving.as_mut().graceful_shutdown();
                    tokio::time::timeout(SHUTDOWN_GRACE, serving).await.map(drop).unwrap_or_default();
                    return;
                }
            }
        }
    }
}

/// What a connection asks of the server, as hyper calls it.
struct Connection {
    answers: Answers,
    proxies: Arc<ProxyTrust>,
    peer: SocketAddr,
    has_windows: bool,
    deadlines: Deadlines,
}

impl Service<http::Request<Incoming>> for Connection {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: http::Request<Incoming>) -> Answering {
        let mut request = request.map(Body::new);
        let address = self.proxies.client(self.peer, request.headers()).ip();
        let (has_windows, deadlines) = (self.has_windows, self.deadlines.clone());
        request.extensions_mut().insert(Client { address, has_windows, deadlines });
        (self.answers)(request)
    }
}

/// Coarse timer of connections that wait for a head: expiry is noticed at the next check, every
/// [`CHECK_INTERVAL`]. A timer of the runtime would be set and cancelled once per request.
#[derive(Clone, Debug)]
struct CoarseTimer;

struct Wait(Instant);

impl Timer for CoarseTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait(deadline))
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if Instant::now() < self.0 { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Sleep for Wait {}

enum Version {
    One,
    Two,
}

/// What a connection speaks, by its first bytes; `None` when it says nothing in time.
async fn version(stream: &TcpStream, stopping: &mut watch::Receiver<()>) -> Option<Version> {
    let reading = async {
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
            tokio::time::sleep(PREFACE_POLL).await;
        }
    };
    tokio::select! {
        found = tokio::time::timeout(HEAD_TIMEOUT, reading) => found.ok().flatten(),
        _ = stopping.changed() => None,
    }
}
