//! A webhook on loopback that answers as a test tells it to, over real sockets.
//!
//! `FakeHook::start([Reply::status(503, "later")])` gives the replies one after the other, then `200 ok`; `requests()` is all that came.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where an answer without end ends all the same, bytes.
const ENDLESS: u64 = 5_000_000_000;

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer; headers are lines without their ends.
    Answer { status: u16, headers: Vec<String>, body: String },
    /// An answer whose body never ends.
    Endless(u16),
    /// Never a word.
    Silence,
    /// A byte of the head at each interval, without end.
    Drip(Duration),
    /// The connection is closed instead.
    Close,
    /// No HTTP.
    Nonsense,
}

impl Reply {
    /// An answer without further headers.
    pub fn status(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.to_owned() }
    }

    /// An answer with a header.
    pub fn with(status: u16, header: &str) -> Self {
        Self::Answer { status, headers: vec![header.to_owned()], body: String::new() }
    }
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// `POST /path HTTP/1.1`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Posted {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

#[derive(Default)]
struct State {
    replies: Vec<Reply>,
    requests: Vec<Posted>,
    /// Bytes of endless answers that were taken.
    sent: u64,
    stopped: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test thread panics while it holds the state")
    }
}

/// A running server.
pub struct FakeHook {
    port: u16,
    shared: Arc<Shared>,
}

impl FakeHook {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let state = State { replies: replies.into_iter().collect(), ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                if served.lock().stopped {
                    return;
                }
                let shared = Arc::clone(&served);
                // Clients that go away are what tests are about.
                std::thread::spawn(move || drop(serve(tcp, &shared)));
            }
        });
        Self { port, shared }
    }

    /// `http://127.0.0.1:PORT` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What comes next is answered so.
    pub fn set(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.lock().replies = replies.into_iter().collect();
    }

    /// All that came.
    pub fn requests(&self) -> Vec<Posted> {
        self.shared.lock().requests.clone()
    }

    /// Waits until so many came.
    pub fn wait_for(&self, n: usize) -> Vec<Posted> {
        let waited =
            self.shared.changed.wait_timeout_while(self.shared.lock(), PATIENCE, |state| state.requests.len() < n);
        let (state, late) = waited.expect("no test thread panics while it holds the state");
        assert!(!late.timed_out(), "waited in vain for {n} requests; there were {}", state.requests.len());
        state.requests.clone()
    }

    /// Bytes of endless answers that somebody took.
    pub fn sent(&self) -> u64 {
        self.shared.lock().sent
    }
}

impl Drop for FakeHook {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        // Ends the wait for a connection.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn serve(mut tcp: TcpStream, shared: &Shared) -> io::Result<()> {
    let posted = read(&tcp)?;
    let reply = {
        let mut state = shared.lock();
        state.requests.push(posted);
        if state.replies.is_empty() { Reply::status(200, "ok") } else { state.replies.remove(0) }
    };
    shared.changed.notify_all();
    match reply {
        Reply::Answer { status, headers, body } => {
            let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
            let length = body.len();
            write!(tcp, "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        }
        Reply::Endless(status) => {
            write!(tcp, "HTTP/1.1 {status} Said\r\nContent-Type: text/plain\r\n\r\n")?;
            while shared.lock().sent < ENDLESS {
                tcp.write_all(&[b'x'; 65536])?;
                shared.lock().sent += 65536;
            }
            Ok(())
        }
        Reply::Silence => io::copy(&mut tcp, &mut io::sink()).map(drop),
        Reply::Drip(pause) => {
            tcp.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ")?;
            loop {
                tcp.write_all(b"x")?;
                std::thread::sleep(pause);
            }
        }
        Reply::Close => Ok(()),
        Reply::Nonsense => tcp.write_all(b"220 mail.example.org ESMTP\r\n"),
    }
}

fn read(tcp: &TcpStream) -> io::Result<Posted> {
    let mut reader = BufReader::new(tcp);
    let mut next = || -> io::Result<String> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    };
    let line = next()?;
    let mut headers = Vec::new();
    loop {
        let header = next()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut posted = Posted { line, headers, body: Vec::new() };
    posted.body = vec![0; posted.header("Content-Length").parse().unwrap_or(0)];
    reader.read_exact(&mut posted.body)?;
    Ok(posted)
}
