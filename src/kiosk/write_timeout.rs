//! A connection whose client must read what it asked for: a client that does not is hung up on.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What the system keeps for a client that does not read yet, and of what it sends: half of what it takes for that.
/// Otherwise it is megabytes each.
const SEND_BUFFER: usize = 64 << 10;
const RECEIVE_BUFFER: usize = 16 << 10;

/// How many bytes a client that is waited for must take within the time limit.
const LEAST: usize = 16 << 10;

/// A connection with a time limit on writing.
#[derive(Debug)]
pub(super) struct WriteTimeout {
    stream: TcpStream,
    limit: Duration,
    /// When to give up; `None` while the client takes all that there is.
    deadline: Option<Pin<Box<Sleep>>>,
    /// What the client took since the deadline was set.
    taken: usize,
}

impl WriteTimeout {
    /// With small buffers, and a limit that holds for what the system still has to send, too.
    pub(super) fn new(stream: TcpStream, limit: Duration) -> Self {
        let socket = SockRef::from(&stream);
        // A picture waits for nothing. A system that grants none of this serves nevertheless.
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_send_buffer_size(SEND_BUFFER);
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        let _ = socket.set_tcp_user_timeout(Some(limit));
        Self { stream, limit, deadline: None, taken: 0 }
    }

    /// What came of a write, or the end of patience.
    fn timed(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.taken += written.as_ref().unwrap_or(&0);
            return Poll::Ready(written);
        }
        loop {
            if self.deadline.is_none() {
                self.taken = 0;
            }
            let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(self.limit)));
            ready!(deadline.as_mut().poll(context));
            self.deadline = None;
            if self.taken < LEAST {
                // What waits to be sent is dropped.
                let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
    }
}

impl AsyncRead for WriteTimeout {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for WriteTimeout {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.timed(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Everything was written: nobody is waited for any more.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
