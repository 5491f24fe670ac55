//! The connection beneath the conversation: bounded in what it takes, and closed to what was smuggled in before TLS.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::transport::smtp::client::{AsyncTokioStream, Certificate, TlsParameters};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::settings::{Channel, Settings};

/// The most that a server may say in one conversation, in bytes. A talkative one says some thousand.
const MOST_TAKEN: usize = 1 << 20;
/// The first byte of a TLS handshake; no SMTP command begins with it.
const TLS_HANDSHAKE: u8 = 0x16;
/// The most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;

/// A TCP connection that takes a bounded number of bytes, and before TLS one byte at a time.
///
/// lettre keeps what it has buffered when it begins TLS: plain text sent right behind the answer to STARTTLS would be taken for
/// answers from inside TLS, up to a forged 250 for the mail. Read byte by byte nothing is buffered beyond the line in hand, so that the
/// smuggled text meets the TLS handshake, which fails. And lettre reads a line without end until memory ends: the bound ends it.
#[derive(Debug)]
pub(super) struct Bounded {
    tcp: TcpStream,
    left: usize,
    handshaken: bool,
}

impl Bounded {
    fn new(tcp: TcpStream) -> Self {
        Self { tcp, left: MOST_TAKEN, handshaken: false }
    }
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if self.handshaken {
            ready!(Pin::new(&mut self.tcp).poll_read(context, buf))?;
        } else if buf.remaining() > 0 {
            let mut byte = [0];
            let mut one = ReadBuf::new(&mut byte);
            ready!(Pin::new(&mut self.tcp).poll_read(context, &mut one))?;
            buf.put_slice(one.filled());
        }
        match self.left.checked_sub(buf.filled().len() - before) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::other(format!("the server said more than {MOST_TAKEN} bytes")))),
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.handshaken |= bytes.first() == Some(&TLS_HANDSHAKE);
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Bounded {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.peer_addr()
    }
}

/// Connects to the first address of the host that answers; in plain text to loopback addresses only, whatever the name means today.
pub(super) async fn dial(settings: &Settings, channel: Channel) -> io::Result<Bounded> {
    let limit = settings.timeouts.connect;
    let late = |what: &str| io::Error::new(io::ErrorKind::TimedOut, format!("{what} within {}", seconds(limit)));
    let lookup = lookup_host((settings.bare_host(), settings.port));
    let addresses = timeout(limit, lookup).await.map_err(|_| late("the name was not found"))??;
    let mut failure = io::Error::other("the name has no address");
    for address in addresses.take(MOST_ADDRESSES) {
        if channel == Channel::Plain && !address.ip().is_loopback() {
            failure = io::Error::other(format!("{address} is not a loopback address, so plain text is refused"));
            continue;
        }
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(Bounded::new(tcp)),
            Ok(Err(error)) => failure = error,
            Err(_) => failure = late("no connection"),
        }
    }
    Err(failure)
}

/// What TLS has to verify: the host's name, against the system's authorities and those of `ca_file`.
pub(super) async fn tls_parameters(settings: &Settings) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(settings.bare_host().trim_end_matches('.').to_owned());
    if let Some(path) = &settings.ca_file {
        for certificate in certificates(path).await? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|error| match &settings.ca_file {
        Some(path) => format!("{} cannot be used as an authority: {error}", path.display()),
        None => error.to_string(),
    })
}

async fn certificates(path: &Path) -> Result<Vec<Certificate>, String> {
    let named = |problem: String| format!("ca_file {}: {problem}", path.display());
    let pem = tokio::fs::read(path).await.map_err(|error| named(error.to_string()))?;
    let mut found = Vec::new();
    for der in CertificateDer::pem_slice_iter(&pem) {
        let der = der.map_err(|error| named(error.to_string()))?;
        found.push(Certificate::from_der(der.to_vec()).map_err(|error| named(error.to_string()))?);
    }
    if found.is_empty() {
        return Err(named("holds no PEM certificate".to_owned()));
    }
    Ok(found)
}

/// `60 s`, `0.3 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
