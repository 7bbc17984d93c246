//! Back-pressure on answers: unread bytes are counted against a budget, and a late connection is ended.
//!
//! A large body counts against a budget until its bytes have left: the buffers of the connection
//! hold them together with their part of the budget. Each has a deadline by its size; a connection
//! with an answer behind its deadline is ended, whatever else it sends (a client of HTTP/2 that
//! grants no window still answers pings).

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use crate::Problem;
use crate::peer::Client;
use crate::shares::{Full, Share, Shares};

/// Answers up to this many bytes do not count against the budget: a connection of HTTP/1 holds one at
/// a time, one of HTTP/2 as many as it has streams.
const SMALL: u64 = 64 << 10;
const SMALL_OF_STREAM: u64 = 4 << 10;

/// Bytes that wait to be sent, and those of one network.
const MAX_UNSENT: u64 = 256 << 20;
const MAX_UNSENT_OF_NETWORK: u64 = 96 << 20;

/// What a client is given at least, and the slowest that it may read beyond.
const PATIENCE: Duration = Duration::from_secs(20);
const SLOWEST: u64 = 16 << 10;

/// The budget of bytes that wait to be sent.
pub fn budget() -> Shares {
    Shares::new(MAX_UNSENT, MAX_UNSENT_OF_NETWORK)
}

/// The deadlines of a connection's answers that are not sent yet.
#[derive(Clone, Default)]
pub struct Deadlines {
    waiting: Arc<Mutex<HashMap<u64, Instant>>>,
}

impl Deadlines {
    /// Whether an answer is behind its deadline.
    pub fn has_passed(&self, now: Instant) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.values().any(|deadline| *deadline < now)
    }

    fn add(&self, deadline: Instant) -> u64 {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut id = waiting.len() as u64;
        while waiting.contains_key(&id) {
            id += 1;
        }
        waiting.insert(id, deadline);
        id
    }

    fn remove(&self, id: u64) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// The answer, held in the books until its bytes have left, or a refusal where too much waits.
pub fn counted(budget: &Shares, client: Option<&Client>, response: Response) -> Response {
    let size = response.body().size_hint().lower();
    let Some(client) = client.filter(|client| size > SMALL || client.has_windows && size > 0)
    else {
        return response;
    };
    let is_large = size > SMALL_OF_STREAM;
    // A refusal has its deadline too: a connection that gets nothing else must end like the others.
    let (share, response) = match is_large.then(|| budget.take(client.address, size)).transpose() {
        Ok(share) => (share, response),
        Err(Full::Network) => (None, Problem::too_many_unread().into_response()),
        Err(Full::Everybody) => (None, Problem::unavailable().into_response()),
    };
    let size = response.body().size_hint().lower();
    let deadline = Instant::now() + PATIENCE + Duration::from_secs(size / SLOWEST);
    let deadlines = client.deadlines.clone();
    let id = deadlines.add(deadline);
    let entry = Arc::new(Entry { _share: share, deadlines, id });
    response.map(|body| Body::new(Unsent { body, entry }))
}

/// One answer in the books, until it is dropped.
struct Entry {
    _share: Option<Share>,
    deadlines: Deadlines,
    id: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.deadlines.remove(self.id);
    }
}

/// A body whose bytes hold its entry.
struct Unsent {
    body: Body,
    entry: Arc<Entry>,
}

struct Held {
    bytes: Bytes,
    _entry: Arc<Entry>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for Unsent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(context));
        let entry = &self.entry;
        let hold = |bytes| Bytes::from_owner(Held { bytes, _entry: Arc::clone(entry) });
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(hold))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
