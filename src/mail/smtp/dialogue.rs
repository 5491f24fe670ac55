//! The conversation with a mail server, step by step, each step under its deadline and with the code it must be answered by.

use std::fmt;
use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::settings::{Channel, Settings, Timeouts};
use super::stream::{dial, seconds, tls_parameters};

/// How long to wait for the answer to QUIT. It changes nothing any more, while the outcome waits to be recorded.
const QUIT_PATIENCE: Duration = Duration::from_millis(250);
/// As much of the mail as is written in one go.
const CHUNK: usize = 16 * 1024;
/// Answers are cut there before they reach a row or a log.
const LONGEST_ANSWER: usize = 400;

/// A step that did not go as it should.
#[derive(Debug)]
pub(super) struct Fault {
    step: &'static str,
    /// The server's answer, if there was a negative one; otherwise the connection is of no more use.
    pub(super) code: Option<u16>,
    text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{}: the server answered {code} {}", self.step, self.text),
            None => write!(f, "{}: {}", self.step, self.text),
        }
    }
}

impl Fault {
    fn broken(step: &'static str, text: impl fmt::Display) -> Self {
        Self { step, code: None, text: one_line(&text.to_string()) }
    }

    /// With the server that it is about.
    fn at(self, place: &str) -> Self {
        Self { text: format!("{} ({place})", self.text), ..self }
    }

    fn of(step: &'static str, error: &Error) -> Self {
        let source = std::error::Error::source(error);
        match (error.status(), source) {
            (Some(code), Some(text)) => Self { step, code: Some(code.into()), text: one_line(&text.to_string()) },
            (Some(code), None) => Self { step, code: Some(code.into()), text: String::new() },
            (None, _) => Self::broken(step, error),
        }
    }
}

/// Text of a server for people: printable, on one line, of bounded length.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_ANSWER).collect()
}

/// Runs one step under its deadline.
async fn within<T>(
    limit: Duration,
    step: &'static str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    match timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Fault::of(step, &error)),
        Err(_) => Err(Fault::broken(step, format!("no answer within {}", seconds(limit)))),
    }
}

/// An open conversation, logged in where the settings say so.
pub(super) struct Dialogue {
    connection: AsyncSmtpConnection,
    timeouts: Timeouts,
    summary: String,
    usable: bool,
}

impl Dialogue {
    /// Connects, greets, secures the channel and logs in.
    pub(super) async fn open(settings: &Settings) -> Result<Self, Fault> {
        let channel = settings.channel().map_err(|error| Fault::broken("settings", error))?;
        let place = format!("{}:{}", settings.host, settings.port);
        let connection = connect(settings, channel).await.map_err(|fault| fault.at(&place))?;
        let how = if channel == Channel::Plain { "plain text" } else { "TLS" };
        let summary = format!("{place} greets as {}, {how}", one_line(connection.server_info().name()));
        let mut dialogue = Self { connection, timeouts: settings.timeouts.clone(), summary, usable: true };
        dialogue.log_in(settings).await?;
        Ok(dialogue)
    }

    async fn log_in(&mut self, settings: &Settings) -> Result<(), Fault> {
        let (Some(user), Some(password)) = (&settings.user, &settings.password) else { return Ok(()) };
        let known = [Mechanism::Plain, Mechanism::Login];
        if self.connection.server_info().get_auth_mechanism(&known).is_none() {
            return Err(Fault::broken("login", "the server offers neither AUTH PLAIN nor AUTH LOGIN"));
        }
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        let login = self.connection.auth(&known, &credentials);
        let response = within(self.timeouts.command, "login", login).await?;
        self.require("login", &response, &[235])?;
        self.summary = format!("{}, logged in as {user}", self.summary);
        Ok(())
    }

    /// What was reached, for people.
    pub(super) fn summary(&self) -> String {
        self.summary.clone()
    }

    /// Names the sender and the recipient.
    pub(super) async fn offer(&mut self, from: Address, to: Address) -> Result<(), Fault> {
        self.expect("sender", Mail::new(Some(from), Vec::new()), &[250]).await?;
        self.expect("recipient", Rcpt::new(to, Vec::new()), &[250, 251]).await
    }

    /// Announces the content.
    pub(super) async fn data(&mut self) -> Result<(), Fault> {
        self.expect("DATA", Data, &[354]).await
    }

    /// Sends the mail and gives the server's words when it answered 250. An error says whether the final dot may have gone out.
    pub(super) async fn content(&mut self, bytes: &[u8]) -> Result<String, (bool, Fault)> {
        // lettre ends the content by CRLF and the dot: without this the server would store an empty line that we did not freeze.
        let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let dotted = AtomicBool::new(false);
        let last = iter::once_with(|| {
            // Asked for when all before it has been written: what comes next is the dot.
            dotted.store(true, Ordering::Relaxed);
            &[][..]
        });
        let sending = self.connection.message_iter(bytes.chunks(CHUNK).chain(last));
        let answer = within(self.timeouts.data, "content", sending).await;
        let checked = answer.and_then(|response| {
            self.require("content", &response, &[250])?;
            Ok(one_line(&response.message().collect::<Vec<_>>().join(" ")))
        });
        checked.map_err(|fault| {
            self.usable &= fault.code.is_some();
            (dotted.load(Ordering::Relaxed), fault)
        })
    }

    /// Sends a command that must be answered by one of `codes`.
    pub(super) async fn expect(
        &mut self,
        step: &'static str,
        command: impl fmt::Display,
        codes: &[u16],
    ) -> Result<(), Fault> {
        let answer = within(self.timeouts.command, step, self.connection.command(command)).await;
        let checked = answer.and_then(|response| self.require(step, &response, codes));
        checked.inspect_err(|fault| self.usable &= fault.code.is_some())
    }

    fn require(&self, step: &'static str, response: &Response, codes: &[u16]) -> Result<(), Fault> {
        let code = u16::from(response.code());
        if codes.contains(&code) {
            return Ok(());
        }
        Err(Fault::broken(step, format!("the server answered {code}, which is no answer to that")))
    }

    /// Says goodbye if the conversation is in order, and closes it in any case.
    pub(super) async fn quit(mut self) {
        if self.usable {
            // The outcome is known: neither an answer nor its absence can change it.
            let _ = timeout(QUIT_PATIENCE, self.connection.command(Quit)).await;
        }
    }
}

async fn connect(settings: &Settings, channel: Channel) -> Result<AsyncSmtpConnection, Fault> {
    let hello = settings.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
    let Timeouts { connect, command, .. } = settings.timeouts;
    if channel == Channel::Tls {
        // lettre begins TLS only on a connection of its own; its peer has proved who it is before it is listened to.
        let tls = tls_parameters(settings).await.map_err(|error| Fault::broken("TLS", error))?;
        let place = (settings.bare_host(), settings.port);
        let opening = AsyncSmtpConnection::connect_tokio1(place, Some(connect), &hello, Some(tls), None);
        return within(connect.saturating_add(command), "connection", opening).await;
    }
    let stream = dial(settings, channel).await.map_err(|error| Fault::broken("connection", error))?;
    let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
    let mut connection = within(command, "greeting", greeting).await?;
    if channel == Channel::StartTls {
        if !connection.can_starttls() {
            return Err(Fault::broken("STARTTLS", "not offered by the server, and nothing is sent in plain text"));
        }
        let tls = tls_parameters(settings).await.map_err(|error| Fault::broken("TLS", error))?;
        within(command, "STARTTLS", connection.starttls(tls, &hello)).await?;
        if !connection.is_encrypted() {
            return Err(Fault::broken("STARTTLS", "the connection is not encrypted"));
        }
    }
    Ok(connection)
}
