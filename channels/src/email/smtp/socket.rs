//! Our connection as lettre wants it, with an end to what a server may answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::email::net::Stream;

/// Nothing that a server answers is longer, in bytes.
const LONGEST: usize = 32 * 1024;
/// Nor has it more lines.
const MOST_LINES: usize = 500;

/// lettre reads an answer from its beginning with each line that comes, so one of very many short lines takes the square
/// of its length: a longer one than servers give (with STARTTLS their certificates are in it) ends the connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Stream,
    /// What the server said before TLS began, and says no more: lettre waits for it.
    greeting: &'static [u8],
    /// How much came since we said something, in bytes.
    heard: usize,
    /// And how many lines.
    lines: usize,
}

impl Socket {
    pub(super) fn new(stream: Stream) -> Socket {
        Socket {
            stream,
            greeting: b"",
            heard: 0,
            lines: 0,
        }
    }

    /// Of a connection whose greeting was heard already.
    pub(super) fn greeted(stream: Stream) -> Socket {
        Socket {
            greeting: b"220 ready\r\n",
            ..Socket::new(stream)
        }
    }
}

impl AsyncTokioStream for Socket {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.address()
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let socket = self.get_mut();
        if !socket.greeting.is_empty() {
            let length = socket.greeting.len().min(buf.remaining());
            buf.put_slice(&socket.greeting[..length]);
            socket.greeting = &socket.greeting[length..];
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut socket.stream).poll_read(cx, buf);
        let new = buf.filled().get(before..).unwrap_or_default();
        socket.heard += new.len();
        socket.lines += memchr::memchr_iter(b'\n', new).count();
        if socket.heard > LONGEST || socket.lines > MOST_LINES {
            return Poll::Ready(Err(io::Error::other("the answer has no end")));
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        (socket.heard, socket.lines) = (0, 0);
        Pin::new(&mut socket.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
