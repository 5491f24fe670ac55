//! The client: the way out over HTTP, and what was learned on it. Cheap to clone; all clones share both.
//!
//! No redirect is followed, so the key goes to the host of the configuration and nowhere else. Proxies of the environment are used for
//! other machines only. No connection is kept after its answer.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::redirect::Policy;

use super::Limits;
use super::breaker::Leave;
use super::endpoint::Endpoint;
use super::fault::{Blame, Fault};
use super::memory::{Learned, Memory};
use crate::domain::call::Failure;

/// As many ways out are kept; there is one for each way of connecting that the configuration asks for.
const MOST_WAYS: usize = 8;

/// There is no way out at all.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client for the agents: {0}")]
pub struct ClientError(String);

/// Asks servers for language models.
#[derive(Clone)]
pub struct Client(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    memory: Memory,
    /// Endpoints whose rest is over and that are being tried by one question now.
    trials: BTreeSet<String>,
    ways: HashMap<Way, reqwest::Client>,
}

/// What tells ways out apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Way {
    connect: Duration,
    tls: bool,
    proxies: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.state().memory).finish()
    }
}

impl Client {
    /// A client that has learned nothing yet.
    ///
    /// # Errors
    /// When there is no way out to be had, even without TLS.
    pub fn new() -> Result<Self, ClientError> {
        // reqwest takes the process's provider. rustls would choose this one by itself, being built with no other, so it changes
        // nothing for anybody; where one stands already, that one is kept.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let way = Way { connect: Limits::default().connect, tls: false, proxies: false };
        let first = build(way).map_err(|error| ClientError(error.to_string()))?;
        let state = State { ways: HashMap::from([(way, first)]), ..State::default() };
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    /// What was learned so far.
    pub fn memory(&self) -> Memory {
        self.state().memory.clone()
    }

    /// Takes up what was learned before, in place of what this client has learned.
    pub fn recall(&self, memory: Memory) {
        self.state().memory = memory.checked();
    }

    /// The way to an endpoint.
    pub(super) fn way(&self, endpoint: &Endpoint, limits: &Limits) -> Result<reqwest::Client, Fault> {
        let way = Way { connect: limits.connect, tls: endpoint.is_tls(), proxies: !endpoint.is_loopback() };
        let mut state = self.state();
        if let Some(known) = state.ways.get(&way) {
            return Ok(known.clone());
        }
        let made = build(way).map_err(|error| Fault::new(Failure::Broken, format!("no way to it: {error}")))?;
        if state.ways.len() >= MOST_WAYS {
            state.ways.clear();
        }
        state.ways.insert(way, made.clone());
        Ok(made)
    }

    /// An endpoint answered somebody else, by the name of a [`Checkup`](super::Checkup): it need not rest any longer.
    pub fn answers(&self, name: &str) {
        self.state().memory.endpoints.remove(name);
    }

    /// Leave to ask an endpoint, by its name with what the configuration says of it.
    ///
    /// # Errors
    /// [`Failure::Resting`], with the time until which it is left alone and why.
    pub(super) fn leave(&self, name: &str, now: Timestamp, limits: &Limits) -> Result<Permit, Fault> {
        let mut state = self.state();
        let known = state.memory.endpoints.get(name).cloned().unwrap_or_default();
        let permit = |trial| Permit { client: self.clone(), name: name.to_owned(), trial };
        match known.leave(now, limits.rest) {
            Leave::Yes => Ok(permit(false)),
            Leave::Trial if state.trials.insert(name.to_owned()) => Ok(permit(true)),
            Leave::Trial => Err(Fault::resting("and another question is trying it just now", known.why())),
            Leave::No(until) => {
                let until = until.strftime("%H:%M:%S UTC");
                Err(Fault::resting(&format!("and is left alone until {until}"), known.why()))
            }
        }
    }

    /// What was learned of a model by the name of [`Party::name`](super::probe::Party::name).
    pub(super) fn learned(&self, name: &str) -> Learned {
        self.state().memory.models.get(name).cloned().unwrap_or_default()
    }

    /// Learns something of a model.
    pub(super) fn learn(&self, name: &str, learn: impl FnOnce(&mut Learned)) {
        learn(self.state().memory.learned(name));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, what was learned is still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to ask an endpoint once. Dropped without an outcome, as when its question is cut off, it leaves no trace.
#[derive(Debug)]
pub(super) struct Permit {
    client: Client,
    name: String,
    trial: bool,
}

impl Permit {
    /// Tells how it went: without a fault it answered.
    pub fn ended(self, fault: Option<&Fault>, now: Timestamp, limits: &Limits) {
        let mut state = self.client.state();
        match fault.map(|fault| (fault.blame(), fault)) {
            Some((Blame::Failed, fault)) => {
                let why = fault.cause("");
                state.memory.breaker(&self.name).failed(now, limits.failures, limits.rest, why);
            }
            Some((Blame::Nothing, _)) => {}
            Some((Blame::Well, _)) | None => {
                state.memory.endpoints.remove(&self.name);
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.trial {
            self.client.state().trials.remove(&self.name);
        }
    }
}

fn build(way: Way) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("chimera-insight/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(way.connect)
        .http1_only();
    if !way.proxies {
        builder = builder.no_proxy();
    }
    if !way.tls {
        // The system's authorities are read for nothing otherwise, and a machine without any could not even ask itself.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}
