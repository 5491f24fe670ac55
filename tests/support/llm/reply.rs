//! What the server answers, and how.

use std::time::Duration;

/// An answer: what is in it and how it goes over the wire.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// Besides those of the protocol.
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub flow: Flow,
    /// `done_reason`, `finish_reason`; left out when `None`.
    pub reason: Option<&'static str>,
    pub speed: Speed,
    pub prompt_tokens: PromptTokens,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// What a good model would say of the facts in the prompt.
    Good,
    /// Something that the model says.
    Content(String),
    /// These bytes, whatever the protocol says.
    Raw(Vec<u8>),
}

/// How it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    Whole,
    /// Each byte of the body in a packet of its own, so that no character stays in one piece.
    Bytes,
    /// The same, with this pause before each of them.
    Drip(Duration),
    /// Never a word.
    Silent,
    /// The head, then never a word.
    Headed,
    /// Half of it, then never a word.
    Stalled,
    /// Half of it, then the end.
    Cut(Cut),
    /// Half of it, then an error under the status of success.
    Error(String),
    /// Half of it, then what a model says again and again.
    EndlessContent(String),
    /// These bytes again and again.
    EndlessRaw(Vec<u8>),
}

/// How a connection ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The body ends well as far as HTTP can tell.
    Clean,
    /// FIN in the midst of the body.
    Fin,
    /// RST in the midst of the body.
    Reset,
}

/// What the server says about the work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    pub tokens_per_second: f64,
    pub load: Duration,
    /// For each token of the prompt.
    pub prompt_eval: Duration,
}

/// How many tokens of prompt the server says that it read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptTokens {
    /// One for each four bytes.
    Counted,
    Of(u64),
    /// It does not say.
    Untold,
}

impl Reply {
    /// What a good model says.
    pub fn good() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Body::Good,
            flow: Flow::Whole,
            reason: Some("stop"),
            speed: Speed {
                tokens_per_second: 50.0,
                load: Duration::from_millis(20),
                prompt_eval: Duration::from_micros(100),
            },
            prompt_tokens: PromptTokens::Counted,
        }
    }

    /// A model that says this, and is finished.
    pub fn content(content: impl Into<String>) -> Self {
        Self { body: Body::Content(content.into()), ..Self::good() }
    }

    /// A status with a body, of which the protocol of answers says nothing.
    pub fn status(status: u16, body: &str) -> Self {
        Self { status, body: Body::Raw(body.into()), ..Self::good() }
    }

    /// Success with a body that is not of the protocol.
    pub fn raw(body: impl Into<Vec<u8>>) -> Self {
        Self { body: Body::Raw(body.into()), ..Self::good() }
    }

    /// A good answer that goes over the wire so.
    pub fn flowing(flow: Flow) -> Self {
        Self { flow, ..Self::good() }
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
