//! Connections that can be cut in the middle of an answer.
//!
//! A handler has no way to the socket beneath it, and hyper always completes what it was given. So
//! the listener hands out streams that refuse to write on command; hyper then drops the socket as
//! it would after any network error.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Nothing is cut.
const WHOLE: usize = usize::MAX;

/// Cuts one connection. Handlers get it as connect info.
#[derive(Clone, Debug)]
pub(crate) struct Scissors(Arc<AtomicUsize>);

impl Scissors {
    /// Lets nothing more out.
    pub(crate) fn cut(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Lets out the head of the next response and `bytes` bytes of its body (at least one).
    pub(crate) fn cut_in_body(&self, bytes: usize) {
        self.0.store(bytes.max(1), Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().scissors.clone()
    }
}

/// A listener whose connections can be cut.
#[derive(Debug)]
pub(crate) struct CuttableListener(pub(crate) TcpListener);

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small and somebody waits for each. Without it they are only slower.
        let _ = stream.set_nodelay(true);
        let scissors = Scissors(Arc::new(AtomicUsize::new(WHOLE)));
        (CuttableStream { stream, scissors }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that can be cut.
#[derive(Debug)]
pub(crate) struct CuttableStream {
    stream: TcpStream,
    scissors: Scissors,
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = match self.scissors.0.load(Ordering::SeqCst) {
            WHOLE => return Pin::new(&mut self.stream).poll_write(context, bytes),
            0 => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            body => body,
        };
        // hyper writes the head and a body that is in memory in one go, so the head ends here.
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
        let first = &bytes[..bytes.len().min(head + allowed)];
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, first))?;
        let left = allowed.saturating_sub(written.saturating_sub(head));
        self.scissors.0.store(left, Ordering::SeqCst);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
