//! Just enough HTTP/1.1: requests with a length, answers in chunks, connections that live on, and their sudden ends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::Request;

/// A request's head is not longer.
const HEAD: usize = 1 << 20;
/// How much is said at once where there is no end.
const BURST: usize = 64 << 10;
/// Where an answer without end ends all the same, bytes.
const ENDLESS: u64 = 5_000_000_000;

/// A connection of a client.
pub struct Connection {
    tcp: TcpStream,
    /// Bytes of bodies that were sent.
    pub sent: u64,
}

impl Connection {
    pub fn new(tcp: TcpStream) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        Ok(Self { tcp, sent: 0 })
    }

    /// The next request; none when the client has hung up. The last byte of its body stays unread until [`Self::head`].
    pub fn request(&mut self) -> io::Result<Option<Request>> {
        let Some(head) = self.read_head()? else { return Ok(None) };
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let split = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        let headers = lines.filter_map(split).collect();
        let path = path.split('?').next().unwrap_or_default();
        let mut request = Request { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() };
        if request.header("Expect").eq_ignore_ascii_case("100-continue") {
            self.tcp.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let length = request.header("Content-Length").parse().unwrap_or(0_usize);
        request.body = vec![0; length];
        if let Some((last, body)) = request.body.split_last_mut() {
            self.tcp.read_exact(body)?;
            let mut peeked = [0];
            if self.tcp.peek(&mut peeked)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            *last = peeked[0];
        }
        Ok(Some(request))
    }

    /// Byte by byte, so that nothing of the body is read with it.
    fn read_head(&mut self) -> io::Result<Option<String>> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if self.tcp.read(&mut byte)? == 0 || head.len() > HEAD {
                return Ok(None);
            }
            head.push(byte[0]);
        }
        String::from_utf8(head).map(Some).map_err(io::Error::other)
    }

    /// Takes the byte of the request that is still there.
    fn finish_request(&mut self, request: &Request) -> io::Result<()> {
        if request.body.is_empty() { Ok(()) } else { self.tcp.read_exact(&mut [0]) }
    }

    /// The head of an answer whose body comes in chunks.
    pub fn head(
        &mut self,
        request: &Request,
        status: u16,
        headers: &[(String, String)],
        reset: bool,
    ) -> io::Result<()> {
        if !reset {
            self.finish_request(request)?;
        }
        let mut head = format!("HTTP/1.1 {status} Said\r\nTransfer-Encoding: chunked\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.tcp.write_all(head.as_bytes())
    }

    /// Some of the body.
    pub fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.tcp.write_all(&chunk)?;
        self.sent += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Each byte in a packet of its own, after a pause.
    pub fn bytes(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            if !pause.is_zero() {
                thread::sleep(pause);
            }
            self.chunk(&[*byte])?;
        }
        Ok(())
    }

    /// The same again and again, until nobody listens.
    pub fn endless(&mut self, bytes: &[u8]) -> io::Result<()> {
        let burst = bytes.repeat(BURST / bytes.len().max(1) + 1);
        while self.sent < ENDLESS {
            self.chunk(&burst)?;
        }
        Ok(())
    }

    /// The end of the body.
    pub fn end(&mut self) -> io::Result<()> {
        self.tcp.write_all(b"0\r\n\r\n")
    }

    /// Says nothing until the client has hung up.
    pub fn until_hung_up(&mut self) -> io::Result<()> {
        io::copy(&mut self.tcp, &mut io::sink()).map(drop)
    }
}
