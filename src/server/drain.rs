//! What is left of a file that was refused before it had arrived whole.
//!
//! A server that answers and closes while its client still sends resets the connection, and the
//! reset can overtake the answer: nginx then says 502 in the place of the refusal. So what follows
//! is read and thrown away, up to a bound, before the answer leaves.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use futures_util::StreamExt;
use hyper::body::{Frame, SizeHint};

use request::shares::Shares;

/// Bytes thrown away, at most: a document and what proxies let pass beyond one. A client that
/// announces more is answered at once.
const MAX_DRAINED: u64 = 16 << 20;
/// How long the rest may take to arrive, and the next piece of it.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);
const PIECE_TIMEOUT: Duration = Duration::from_secs(3);

/// A hold on the body of a request that outlives whoever answers it.
pub(super) struct Rest {
    shared: Shared,
    /// The client sends nothing before it is told to.
    waits: bool,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<(Body, bool)>>);

/// The request, and a hold on its body.
pub(super) fn kept(request: Request) -> (Request, Rest) {
    let (parts, body) = request.into_parts();
    let waits = parts.headers.contains_key(header::EXPECT);
    let shared = Shared(Arc::new(Mutex::new((body, false))));
    let request = Request::from_parts(parts, Body::new(shared.clone()));
    (request, Rest { shared, waits })
}

impl Rest {
    /// Reads what did not arrive yet and throws it away, within a network's share of the budget of
    /// bodies. Holds no permit of a request meanwhile.
    pub(super) async fn drain(self, budget: &Shares, address: IpAddr) {
        let asked_for = self.shared.lock().1;
        if self.shared.is_end_stream() || self.waits && !asked_for {
            return;
        }
        if self.shared.size_hint().lower() > MAX_DRAINED {
            return;
        }
        let Ok(_share) = budget.take(address, 1) else { return };
        let reading = async {
            let (mut bytes, mut pieces) = (0, Body::new(self.shared).into_data_stream());
            while let Ok(Some(Ok(piece))) = tokio::time::timeout(PIECE_TIMEOUT, pieces.next()).await
            {
                bytes += piece.len() as u64;
                if bytes > MAX_DRAINED {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, reading).await;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, (Body, bool)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut held = self.lock();
        held.1 = true;
        Pin::new(&mut held.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().0.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use request::bodies;

    /// A request of so many pieces of 64 KiB, and a count of those that were read.
    fn request(pieces: u64, expects: bool) -> (Request, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&read);
        let body = futures_util::stream::iter(0..pieces).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![0; 64 << 10]))
        });
        let mut request = Request::post("/").body(Body::from_stream(body)).unwrap();
        if expects {
            request.headers_mut().insert(header::EXPECT, "100-continue".parse().unwrap());
        }
        (request, read)
    }

    #[tokio::test]
    async fn what_a_refusal_left_unread_is_thrown_away_up_to_a_bound() {
        let budget = bodies::budget();
        let address = IpAddr::from([192, 0, 2, 1]);
        for (pieces, expects, first, expected) in [
            (160, false, 0, 160),
            (160, false, 3, 160),
            // Nobody is told to send what is not wanted; who was told to is heard to the end.
            (160, true, 0, 0),
            (160, true, 1, 160),
            (1_000, false, 0, 257),
        ] {
            let (request, read) = request(pieces, expects);
            let (request, rest) = kept(request);
            let mut own = request.into_body().into_data_stream();
            for _ in 0..first {
                own.next().await.unwrap().unwrap();
            }
            drop(own);
            rest.drain(&budget, address).await;
            assert_eq!(read.load(Ordering::Relaxed), expected, "{pieces} {expects} {first}");
        }
        // A network that sends too much at once is not waited for.
        let _all: Vec<_> = std::iter::from_fn(|| budget.take(address, 1).ok()).collect();
        let (request, read) = request(2, false);
        let (_request, rest) = kept(request);
        rest.drain(&budget, address).await;
        assert_eq!(read.load(Ordering::Relaxed), 0);
    }
}
