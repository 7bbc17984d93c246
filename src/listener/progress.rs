//! A connection's stream that knows since when nothing could be written.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose writes are watched.
pub(crate) struct WatchedStream<S> {
    stream: S,
    writes: WriteProgress,
}

/// Since when the peer takes nothing of what it is sent. Cheap to clone.
#[derive(Clone)]
pub(crate) struct WriteProgress {
    begun: Instant,
    /// Milliseconds after `begun`, plus one; 0 while bytes can be written.
    blocked: Arc<AtomicU64>,
}

impl WriteProgress {
    pub(crate) fn new(begun: Instant) -> WriteProgress {
        WriteProgress { begun, blocked: Arc::default() }
    }

    /// Whether nothing could be written for so long.
    pub(crate) fn is_stalled(&self, timeout: Duration, now: Instant) -> bool {
        let blocked = self.blocked.load(Ordering::Relaxed);
        let since = Duration::from_millis(blocked.saturating_sub(1));
        blocked != 0 && now.duration_since(self.begun).saturating_sub(since) > timeout
    }

    fn note<T>(&self, written: &Poll<io::Result<T>>) {
        let blocked = self.blocked.load(Ordering::Relaxed);
        if written.is_pending() && blocked == 0 {
            let now = self.begun.elapsed().as_millis();
            self.blocked.store(u64::try_from(now).unwrap_or(u64::MAX - 1) + 1, Ordering::Relaxed);
        } else if written.is_ready() && blocked != 0 {
            self.blocked.store(0, Ordering::Relaxed);
        }
    }
}

impl<S> WatchedStream<S> {
    pub(crate) fn new(stream: S, writes: WriteProgress) -> WatchedStream<S> {
        WatchedStream { stream, writes }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.writes.note(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.writes.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
