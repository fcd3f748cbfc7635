//! Connections to mail servers: TCP without Nagle's delay, TLS with the public authorities and the
//! configured ones, everything under time limits.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate;
use super::settings::TlsMode;

/// How long name resolution and the TCP handshake may take, for all addresses together.
const CONNECT: Duration = Duration::from_secs(30);
/// How long the TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// How long the words before it may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum NetError {
    #[error("{0}")]
    Tcp(io::Error),
    #[error("{0}")]
    Tls(String),
    #[error("no answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
}

/// A connection, protected or not.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Stream::Plain(tcp) => tcp.peer_addr(),
            Stream::Tls(tls) => tls.get_ref().0.peer_addr(),
        }
    }

    /// Starts TLS on a plain connection.
    pub(super) async fn secure(self, host: &str, extra_ca: Option<&str>) -> Result<Stream, NetError> {
        let Stream::Plain(tcp) = self else {
            return Ok(self);
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| NetError::Tls(format!("`{host}` is not a host name that a certificate can carry")))?;
        let connector = TlsConnector::from(Arc::new(certificate::client_config(extra_ca).map_err(NetError::Tls)?));
        match timeout(HANDSHAKE, connector.connect(name, tcp)).await {
            Ok(Ok(tls)) => Ok(Stream::Tls(Box::new(tls))),
            Ok(Err(error)) => Err(NetError::Tls(plain_words(error.to_string()))),
            Err(_) => Err(NetError::Timeout(HANDSHAKE)),
        }
    }
}

/// Connects, and speaks TLS from the first byte where the settings say so. STARTTLS is asked for by whoever speaks the protocol,
/// who then secures the connection.
pub(super) async fn open(host: &str, port: u16, tls: TlsMode, extra_ca: Option<&str>) -> Result<Stream, NetError> {
    let stream = connect(host, port).await?;
    match tls {
        TlsMode::Tls => stream.secure(host, extra_ca).await,
        TlsMode::Starttls | TlsMode::None => Ok(stream),
    }
}

/// Opens a TCP connection with TCP_NODELAY: a mail dialogue is small packets in turn, and Nagle's
/// delay costs 40 ms a mail.
pub(super) async fn connect(host: &str, port: u16) -> Result<Stream, NetError> {
    match timeout(CONNECT, TcpStream::connect((host, port))).await {
        Ok(Ok(tcp)) => {
            tcp.set_nodelay(true).map_err(NetError::Tcp)?;
            Ok(Stream::Plain(tcp))
        }
        Ok(Err(error)) => Err(NetError::Tcp(error)),
        Err(_) => Err(NetError::Timeout(CONNECT)),
    }
}

/// The library's words, where they say what to do.
fn plain_words(words: String) -> String {
    if words.contains("CaUsedAsEndEntity") {
        return "its certificate is one that signs others, as `openssl req -x509` makes them, and no server's; \
                make one with `-addext basicConstraints=critical,CA:FALSE`"
            .to_owned();
    }
    words
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CertificateError, Error, OtherError};

    #[test]
    fn a_certificate_that_signs_others_is_called_so() {
        let error = |inner: CertificateError| io::Error::other(Error::InvalidCertificate(inner)).to_string();
        let other = OtherError(Arc::new(io::Error::other("CaUsedAsEndEntity")));
        assert!(plain_words(error(CertificateError::Other(other))).contains("CA:FALSE"));
        let expired = error(CertificateError::Expired);
        assert_eq!(plain_words(expired.clone()), expired);
    }
}
