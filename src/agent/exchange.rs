//! An exchange: one request over HTTP and its answer, each wait bounded, and nothing left behind when it is dropped.
//!
//! Bounds on headers are those of the HTTP library (a hundred of them in some 400 KiB); nothing is unpacked, since no packing is asked
//! for.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Request, Response, Url};
use serde_json::Value;
use tokio::time::timeout;

use super::answer::{Answer, Protocol, Reader};
use super::endpoint::is_protected;
use super::fault::{Fault, one_line, seconds};
use super::mask::{mask_fault, mask_whole};
use super::pace::Pace;
use super::{Key, Limits, refusal};
use crate::clock::Stopwatch;
use crate::domain::call::Failure;

/// Why no key is sent.
const UNPROTECTED: &str =
    "the key would go over the network in plain text, where others can read it; use https, or a server on this machine";
/// A refusal within this costs nobody time.
const AT_ONCE: Duration = Duration::from_secs(1);
/// The most of a refusal that is read, bytes.
const REFUSAL: usize = 64 * 1024;
/// A server that asks to be left alone for longer is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What came of a question, whether there is an answer or not.
#[derive(Debug)]
pub(super) struct Heard {
    /// Why the answer cannot be used.
    pub outcome: Result<(), Fault>,
    pub answer: Answer,
    pub pace: Pace,
    pub bytes: u64,
    pub took: Duration,
}

/// A request with the key where there is one.
///
/// # Errors
/// When there should be a key and is none, or it would go over the network in plain text: then nobody is asked.
pub(super) fn request(http: &reqwest::Client, url: Url, key: &Key, body: Option<&Value>) -> Result<Request, Fault> {
    // A name and a password in the address become a header too.
    let is_secret = matches!(key, Key::Secret(_)) || !url.username().is_empty() || url.password().is_some();
    if is_secret && !is_protected(&url) {
        return Err(Fault::not_asked(UNPROTECTED));
    }
    let builder = match body {
        Some(body) => http.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string()),
        None => http.get(url),
    };
    let builder = match key {
        Key::None => builder,
        Key::Secret(secret) => builder.bearer_auth(secret),
        Key::Missing(why) => return Err(Fault::not_asked(why)),
    };
    builder.build().map_err(|_| Fault::not_asked("the url or the key cannot be sent"))
}

/// Asks for something that is one JSON object, such as the list of the models.
///
/// # Errors
/// As an exchange fails; what comes is at most `most` bytes.
pub(super) async fn fetch(
    http: &reqwest::Client,
    request: Request,
    key: &Key,
    limits: &Limits,
    within: Duration,
    most: usize,
) -> Result<Value, Fault> {
    let watch = Stopwatch::start();
    let work = async {
        let mut response = http.execute(request).await.map_err(|error| broken(error, limits))?;
        if !response.status().is_success() {
            return Err(refused(response, within).await);
        }
        let body = body(&mut response, most).await?;
        serde_json::from_str(&mask_whole(String::from_utf8_lossy(&body).into_owned(), key))
            .map_err(|error| Fault::new(Failure::Invalid, format!("what it answers is not JSON: {error}")))
    };
    let done = match timeout(within, work).await {
        Ok(done) => done,
        Err(_) => Err(Fault::new(Failure::Silent, format!("nothing came within {}", seconds(within)))),
    };
    done.map_err(|fault| told(fault, key, watch.elapsed()))
}

/// Asks a question and reads the answer piece by piece, within `whole`.
pub(super) async fn chat(
    http: &reqwest::Client,
    request: Request,
    key: &Key,
    protocol: Protocol,
    limits: &Limits,
    whole: Duration,
) -> Heard {
    let watch = Stopwatch::start();
    let mut pace = Pace::new(limits.first_byte, limits.idle, whole);
    let mut reader = None;
    let outcome = read(http, request, protocol, limits, watch, &mut pace, &mut reader).await;
    let bytes = reader.as_ref().map_or(0, Reader::bytes);
    let mut answer = reader.map(|reader| reader.answer).unwrap_or_default();
    answer.text = mask_whole(answer.text, key);
    let took = watch.elapsed();
    Heard { outcome: outcome.map_err(|fault| told(fault, key, took)), answer, pace, bytes, took }
}

/// A fault as it may be told: without the key, and whether it took anybody's time.
fn told(fault: Fault, key: &Key, took: Duration) -> Fault {
    let cheap = fault.failure == Failure::Refused && took < AT_ONCE;
    mask_fault(Fault { cheap, ..fault }, key)
}

async fn read(
    http: &reqwest::Client,
    request: Request,
    protocol: Protocol,
    limits: &Limits,
    watch: Stopwatch,
    pace: &mut Pace,
    reader: &mut Option<Reader>,
) -> Result<(), Fault> {
    let sent = timeout(pace.wait(watch.elapsed()), http.execute(request)).await;
    let mut response = match sent {
        Ok(sent) => sent.map_err(|error| broken(error, limits))?,
        Err(_) => return Err(pace.late(watch.elapsed())),
    };
    if response.status() != reqwest::StatusCode::OK {
        return Err(refused(response, limits.idle.min(pace.wait(watch.elapsed()))).await);
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let reader = reader.insert(Reader::new(protocol, kind, limits.bytes)?);
    while !reader.answer.over {
        let chunk = match timeout(pace.wait(watch.elapsed()), response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            // Finished, and only the figures behind it are missing.
            Ok(Err(_)) | Err(_) if reader.answer.finish.is_some() => break,
            Ok(Err(error)) => return Err(Fault::new(Failure::Cut, cause("the answer was cut off", &error))),
            Err(_) => return Err(pace.late(watch.elapsed())),
        };
        let before = reader.answer.pieces;
        reader.push(&chunk)?;
        let (piece, finished) = (reader.answer.pieces > before, reader.answer.finish.is_some());
        pace.came(watch.elapsed(), chunk.len(), piece, finished)?;
    }
    reader.end()
}

/// What a status other than 200 means; a body that does not come is none.
async fn refused(mut response: Response, within: Duration) -> Fault {
    let (status, wait) = (response.status(), retry_after(response.headers()));
    let mut text = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = REFUSAL.saturating_sub(text.len());
            text.extend(chunk.iter().take(room));
            if room == 0 {
                break;
            }
        }
    };
    // What came until then is told.
    let _ = timeout(within, reading).await;
    refusal::read(status, wait, &String::from_utf8_lossy(&text))
}

/// Seconds, as it is sent by servers of this kind; the form with a date is not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

async fn body(response: &mut Response, most: usize) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| Fault::new(Failure::Cut, cause("the answer was cut off", &error)))?
        else {
            return Ok(body);
        };
        if body.len().saturating_add(chunk.len()) > most {
            return Err(Fault::new(Failure::Endless, format!("the answer has more than {most} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
}

/// What a request without an answer means.
fn broken(error: reqwest::Error, limits: &Limits) -> Fault {
    let (tls, kind) = sources(&error);
    match kind {
        _ if tls => Fault::new(Failure::Broken, cause("no trusted connection", &error)),
        Some(ErrorKind::ConnectionRefused) => {
            Fault { instant: true, ..Fault::new(Failure::Absent, "nothing answers there (connection refused)") }
        }
        Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => {
            Fault::passing(Failure::Absent, "the connection was reset before there was an answer")
        }
        _ if error.is_connect() && error.is_timeout() => {
            Fault::new(Failure::Absent, format!("no connection within {}", seconds(limits.connect)))
        }
        _ if error.is_connect() => Fault::new(Failure::Absent, cause("no connection", &error)),
        _ if error.is_builder() => Fault::not_asked("the url or the key cannot be sent"),
        _ => Fault::passing(Failure::Broken, cause("the connection ended without an answer", &error)),
    }
}

/// Whether TLS is behind an error, and which kind of failed I/O.
fn sources(error: &reqwest::Error) -> (bool, Option<ErrorKind>) {
    let (mut tls, mut kind) = (false, None);
    let mut next = error.source();
    while let Some(source) = next {
        tls |= source.is::<rustls::Error>();
        let io = source.downcast_ref::<std::io::Error>();
        kind = kind.or(io.map(std::io::Error::kind));
        // What an I/O error wraps is not its source: that is the source of the wrapped one.
        next = match io.and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => source.source(),
        };
    }
    (tls, kind)
}

/// What happened and the innermost reason; the outer ones repeat the address, with what may be secret in it.
fn cause(what: &str, error: &reqwest::Error) -> String {
    let mut reason = None;
    let mut next = error.source();
    while let Some(source) = next {
        reason = Some(source.to_string());
        next = source.source();
    }
    match reason {
        Some(reason) => format!("{what}: {}", one_line(&reason)),
        None => what.to_owned(),
    }
}
