//! A mail server on loopback that does what a test tells it to, over real sockets.
//!
//! `FakeSmtp::start(Behaviour { cut_after_dot: true, ..Behaviour::default() })` listens until it is dropped; `accepted()` is what it
//! took, byte for byte, and `commands()` all that was said to it. The certificates in `tls/` are by the authority of `ca.pem`: `valid`
//! for `localhost` and 127.0.0.1 until 2119, `expired` the same until 2021, `other` for `mail.example.org`. Their key guards nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How the server behaves; by default it takes every mail, in plain text. Replies are given whole, without line end (`451 later`).
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// Instead of the friendly greeting.
    pub greeting: Option<&'static str>,
    /// Takes the connection and never says a word.
    pub silent: bool,
    /// Sends a greeting without end, a byte at each interval.
    pub drip: Option<Duration>,
    /// Sends a greeting without end as fast as it can.
    pub endless: bool,
    /// Offers STARTTLS with this certificate: `valid`, `expired` or `other`.
    pub starttls: Option<&'static str>,
    /// Speaks TLS from the first byte, with this certificate.
    pub tls: Option<&'static str>,
    /// Sent in plain text right behind the answer to STARTTLS, as an attacker would.
    pub smuggled: Option<&'static str>,
    /// Asks for AUTH PLAIN with this initial response (base64 of NUL user NUL password).
    pub login: Option<&'static str>,
    /// Replies to recipients that are not to be taken.
    pub refuse: Vec<(&'static str, &'static str)>,
    /// Instead of 250 to MAIL.
    pub at_mail: Option<&'static str>,
    /// Instead of 354 to DATA.
    pub at_data: Option<&'static str>,
    /// Instead of 250 to the final dot; the mail counts as accepted only if this begins with 250.
    pub at_end: Option<&'static str>,
    /// Closes the connection at the first line of the content.
    pub cut_in_data: bool,
    /// Takes the mail, then closes the connection instead of saying so.
    pub cut_after_dot: bool,
    /// Takes the mail, and says so only after this long.
    pub late_answer: Option<Duration>,
    /// Takes the mail, then never says a word again.
    pub hang_after_dot: bool,
}

/// A mail that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub from: String,
    pub to: Vec<String>,
    /// The content without the final dot and without dot stuffing.
    pub data: Vec<u8>,
    /// Whether it came over TLS.
    pub tls: bool,
}

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    accepted: Vec<Accepted>,
    commands: Vec<String>,
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
pub struct FakeSmtp {
    port: u16,
    shared: Arc<Shared>,
}

impl FakeSmtp {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared::default());
        shared.lock().behaviour = behaviour;
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                if served.lock().stopped {
                    break;
                }
                let shared = Arc::clone(&served);
                // A client that goes away in the middle is what many tests are about.
                std::thread::spawn(move || drop(Session::serve(tcp, shared)));
            }
        });
        Self { port, shared }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Behaves differently from the next connection on.
    pub fn set(&self, behaviour: Behaviour) {
        self.shared.lock().behaviour = behaviour;
    }

    /// The mails taken so far.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.shared.lock().accepted.clone()
    }

    /// Waits until at least `count` mails have been taken; panics after half a minute.
    pub fn wait_for(&self, count: usize) -> Vec<Accepted> {
        let wait = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), Duration::from_secs(30), |state| state.accepted.len() < count);
        let (state, late) = wait.expect("no test thread panics while it holds the state");
        assert!(!late.timed_out(), "{count} mails expected, {} came", state.accepted.len());
        state.accepted.clone()
    }

    /// All command lines of all connections; those that came over TLS begin with `tls `.
    pub fn commands(&self) -> Vec<String> {
        self.shared.lock().commands.clone()
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        // Wakes the listener; if it is gone already, so much the better.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

/// The file of the authority that signed the server's certificates.
pub fn ca_file() -> PathBuf {
    certificates().join("ca.pem")
}

fn certificates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tls")
}

trait Channel: Read + Write + Send {}
impl<T: Read + Write + Send> Channel for T {}

fn secured(tcp: TcpStream, certificate: &str) -> io::Result<Box<dyn Channel>> {
    let pem = |name: String| certificates().join(name);
    let chain = vec![CertificateDer::from_pem_file(pem(format!("{certificate}.pem"))).map_err(io::Error::other)?];
    let key = PrivateKeyDer::from_pem_file(pem("server.key".to_owned())).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(io::Error::other)?;
    let connection = ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?;
    Ok(Box::new(StreamOwned::new(connection, tcp)))
}

struct Session {
    tcp: TcpStream,
    channel: BufReader<Box<dyn Channel>>,
    shared: Arc<Shared>,
    behaviour: Behaviour,
    tls: bool,
    logged_in: bool,
    from: String,
    to: Vec<String>,
}

impl Session {
    fn serve(tcp: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
        let behaviour = shared.lock().behaviour.clone();
        let channel: Box<dyn Channel> = match behaviour.tls {
            Some(certificate) => secured(tcp.try_clone()?, certificate)?,
            None => Box::new(tcp.try_clone()?),
        };
        let tls = behaviour.tls.is_some();
        let channel = BufReader::new(channel);
        let (from, to) = (String::new(), Vec::new());
        let mut session = Self { tcp, channel, shared, behaviour, tls, logged_in: false, from, to };
        if session.greet()? { session.converse() } else { Ok(()) }
    }

    /// Says the first words; false when there is nothing more to come.
    fn greet(&mut self) -> io::Result<bool> {
        if self.behaviour.silent {
            self.until_hung_up()?;
            return Ok(false);
        }
        if let Some(interval) = self.behaviour.drip {
            self.say_bytes(b"220-")?;
            loop {
                std::thread::sleep(interval);
                self.say_bytes(b"x")?;
            }
        }
        while self.behaviour.endless {
            self.say_bytes(&[b'2'; 4096])?;
        }
        self.say(self.behaviour.greeting.unwrap_or("220 fake ready"))?;
        Ok(true)
    }

    fn converse(&mut self) -> io::Result<()> {
        while let Some(line) = self.command()? {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => self.introduce()?,
                "STARTTLS" => self.secure()?,
                "AUTH" => self.authenticate(&line)?,
                "MAIL" => self.sender(&line)?,
                "RCPT" => self.recipient(&line)?,
                "DATA" => {
                    if !self.content()? {
                        return Ok(());
                    }
                }
                "QUIT" => return self.say("221 bye"),
                "NOOP" | "RSET" => self.say("250 ok")?,
                _ => self.say("500 what?")?,
            }
        }
        Ok(())
    }

    fn command(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.channel.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        let shown = if self.tls { format!("tls {line}") } else { line.clone() };
        self.shared.lock().commands.push(shown);
        Ok(Some(line))
    }

    fn introduce(&mut self) -> io::Result<()> {
        let mut lines = vec!["fake"];
        if self.behaviour.starttls.is_some() && !self.tls {
            lines.push("STARTTLS");
        }
        if self.behaviour.login.is_some() {
            lines.push("AUTH PLAIN");
        }
        lines.push("8BITMIME");
        let last = lines.len() - 1;
        for (i, line) in lines.iter().enumerate() {
            self.say(&format!("250{}{line}", if i == last { ' ' } else { '-' }))?;
        }
        Ok(())
    }

    fn secure(&mut self) -> io::Result<()> {
        let Some(certificate) = self.behaviour.starttls else { return self.say("502 not here") };
        let smuggled = self.behaviour.smuggled.map(|text| format!("\r\n{text}")).unwrap_or_default();
        self.say(&format!("220 go ahead{smuggled}"))?;
        self.channel = BufReader::new(secured(self.tcp.try_clone()?, certificate)?);
        self.tls = true;
        Ok(())
    }

    fn authenticate(&mut self, line: &str) -> io::Result<()> {
        self.logged_in = self.behaviour.login.is_some_and(|login| line == format!("AUTH PLAIN {login}"));
        self.say(if self.logged_in { "235 welcome" } else { "535 5.7.8 wrong password" })
    }

    fn sender(&mut self, line: &str) -> io::Result<()> {
        if self.behaviour.login.is_some() && !self.logged_in {
            return self.say("530 5.7.0 authentication required");
        }
        self.from = bracketed(line);
        self.to.clear();
        self.say(self.behaviour.at_mail.unwrap_or("250 ok"))
    }

    fn recipient(&mut self, line: &str) -> io::Result<()> {
        let recipient = bracketed(line);
        let refusal = self.behaviour.refuse.iter().find(|(address, _)| *address == recipient).map(|(_, reply)| *reply);
        if refusal.is_none() {
            self.to.push(recipient);
        }
        self.say(refusal.unwrap_or("250 ok"))
    }

    /// Takes the content; false when the conversation ends with it.
    fn content(&mut self) -> io::Result<bool> {
        if let Some(reply) = self.behaviour.at_data {
            self.say(reply)?;
            return Ok(true);
        }
        self.say("354 go on")?;
        let mut data = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.channel.read_until(b'\n', &mut line)? == 0 || self.behaviour.cut_in_data {
                return Ok(false);
            }
            if line == b".\r\n" {
                break;
            }
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let reply = self.behaviour.at_end.unwrap_or("250 taken");
        if reply.starts_with("250") {
            let (from, to) = (self.from.clone(), std::mem::take(&mut self.to));
            self.shared.lock().accepted.push(Accepted { from, to, data, tls: self.tls });
            self.shared.changed.notify_all();
        }
        if self.behaviour.hang_after_dot {
            self.until_hung_up()?;
        }
        if self.behaviour.cut_after_dot || self.behaviour.hang_after_dot {
            return Ok(false);
        }
        if let Some(late) = self.behaviour.late_answer {
            std::thread::sleep(late);
        }
        self.say(reply)?;
        Ok(true)
    }

    fn until_hung_up(&mut self) -> io::Result<()> {
        io::copy(&mut self.channel, &mut io::sink()).map(drop)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.say_bytes(format!("{line}\r\n").as_bytes())
    }

    fn say_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let channel = self.channel.get_mut();
        channel.write_all(bytes)?;
        channel.flush()
    }
}

fn bracketed(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
