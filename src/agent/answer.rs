//! An answer as it comes in: its text so far, whether it is finished, and what the server tells of its work.
//!
//! Nothing here waits or reads; bytes are fed as they came, in whatever portions, and the same bytes make the same answer.

use super::fault::{Fault, one_line};
use super::lines::{Events, LineError, Lines};
use super::{ollama, openai};
use crate::domain::call::Failure;

/// White space of an answer without anything between. Models that are held to a schema may write it without end (ollama #2577); JSON
/// that is indented for people has some dozens.
const LONGEST_BLANK: usize = 512;

/// The language that a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Ollama,
    OpenAi,
}

impl Protocol {
    /// As in the configuration and in the index.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    /// It had said all.
    Stop,
    /// It was cut off at its limit of tokens.
    Length,
    /// For a reason that is none to use the answer.
    Other(String),
}

/// What is known of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Answer {
    pub text: String,
    /// Pieces with a token: of the answer, or of the thinking before it.
    pub pieces: u64,
    pub finish: Option<Finish>,
    /// Nothing more comes.
    pub over: bool,
    pub tokens: Option<u64>,
    pub prompt_tokens: Option<u64>,
    pub prompt_eval_s: Option<f64>,
    pub eval_s: Option<f64>,
    pub load_s: Option<f64>,
    blank: usize,
}

impl Answer {
    /// Takes the next piece of the text.
    ///
    /// # Errors
    /// [`Failure::Endless`] when there is nothing but white space any more.
    pub fn say(&mut self, piece: &str) -> Result<(), Fault> {
        if piece.is_empty() {
            return Ok(());
        }
        self.pieces = self.pieces.saturating_add(1);
        for c in piece.chars() {
            self.blank = if c.is_whitespace() { self.blank.saturating_add(1) } else { 0 };
            if self.blank > LONGEST_BLANK {
                let said = format!("the answer went on with more than {LONGEST_BLANK} characters of white space");
                return Err(Fault::new(Failure::Endless, said));
            }
        }
        self.text.push_str(piece);
        Ok(())
    }

    /// Takes a piece of what a model thinks before it answers: a sign of life.
    pub fn think(&mut self, piece: &str) {
        if !piece.is_empty() {
            self.pieces = self.pieces.saturating_add(1);
        }
    }
}

/// How the body of an answer is written.
#[derive(Debug)]
enum Form {
    /// One JSON object a line.
    Ndjson(Lines),
    /// Server-sent events.
    Events(Events),
    /// One JSON object: the server does not stream.
    Whole(Vec<u8>),
}

/// Reads the body of an answer.
#[derive(Debug)]
pub(super) struct Reader {
    form: Form,
    left: usize,
    limit: usize,
    pub answer: Answer,
}

impl From<LineError> for Fault {
    fn from(error: LineError) -> Self {
        let failure = match error {
            LineError::TooLong(_) => Failure::Endless,
            LineError::NotText => Failure::Invalid,
        };
        Self::new(failure, error.to_string())
    }
}

impl Reader {
    /// A reader of at most `limit` bytes.
    ///
    /// # Errors
    /// When the server's own word for the content is one that no server for language models uses.
    pub fn new(protocol: Protocol, content_type: Option<&str>, limit: usize) -> Result<Self, Fault> {
        let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let form = match (protocol, kind.as_str()) {
            (_, "text/html") => {
                return Err(Fault::new(Failure::Invalid, "it answers with a web page"));
            }
            (Protocol::Ollama, _) => Form::Ndjson(Lines::new(limit)),
            (Protocol::OpenAi, "application/json") => Form::Whole(Vec::new()),
            (Protocol::OpenAi, _) => Form::Events(Events::new(limit)),
        };
        Ok(Self { form, left: limit, limit, answer: Answer::default() })
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.limit.saturating_sub(self.left) as u64
    }

    /// Takes what came; the answer says what it means.
    ///
    /// # Errors
    /// What makes the answer one that cannot be used; nothing more should be read then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let answer = &mut self.answer;
        if answer.over {
            return Ok(());
        }
        let Some(left) = self.left.checked_sub(bytes.len()) else {
            self.left = 0;
            return Err(Fault::new(Failure::Endless, format!("the answer has more than {} bytes", self.limit)));
        };
        self.left = left;
        match &mut self.form {
            Form::Ndjson(lines) => lines.push(bytes, |line| ollama::hear(answer, line)),
            Form::Events(events) => events.push(bytes, |data| openai::hear(answer, data)),
            Form::Whole(body) => {
                body.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Says whether the answer is finished, now that nothing more comes.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn end(&mut self) -> Result<(), Fault> {
        if !self.answer.over {
            self.last_words()?;
        }
        match &self.answer.finish {
            Some(Finish::Stop) if self.answer.text.trim().is_empty() => {
                Err(Fault::new(Failure::Invalid, "the answer is empty"))
            }
            Some(Finish::Stop) => Ok(()),
            Some(Finish::Length) => {
                let said = match self.answer.tokens {
                    Some(tokens) => format!("the model was cut off after {tokens} tokens, before it was finished"),
                    None => "the model was cut off at its limit of tokens, before it was finished".to_owned(),
                };
                Err(Fault::new(Failure::Length, said))
            }
            Some(Finish::Other(why)) => Err(Fault::new(
                Failure::Cut,
                format!("the model stopped for another reason than being finished: {why}"),
            )),
            None if self.bytes() == 0 => Err(Fault::new(
                Failure::Cut,
                "the answer ended before it was finished, without a single word: it may be that the prompt does not fit the context of the \
                 server (num_ctx)",
            )),
            None => Err(Fault::new(Failure::Cut, "the answer ended before it was finished")),
        }
    }

    /// What stands behind the last end of a line: a whole object, or a piece of one where the stream was cut.
    fn last_words(&mut self) -> Result<(), Fault> {
        let answer = &mut self.answer;
        let (heard, text) = match &mut self.form {
            Form::Ndjson(lines) => {
                let rest = lines.rest()?;
                (ollama::hear(answer, &rest), rest)
            }
            Form::Events(events) => {
                let rest = events.rest()?;
                (openai::hear(answer, &rest), rest)
            }
            Form::Whole(body) => {
                let rest = String::from_utf8(std::mem::take(body)).map_err(|_| LineError::NotText)?;
                (openai::hear_whole(answer, &rest), rest)
            }
        };
        match heard {
            Err(fault) if fault.failure == Failure::Invalid && !text.trim().is_empty() => {
                Err(Fault::new(Failure::Cut, format!("the answer ended within \"{}\"", tail(&text))))
            }
            other => other,
        }
    }
}

/// The end of a text, for people.
fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(40);
    one_line(&text.chars().skip(skip).collect::<String>())
}

/// Something that should be JSON and is not.
pub(super) fn not_json(text: &str, error: &serde_json::Error) -> Fault {
    let start: String = text.chars().take(80).collect();
    Fault::new(Failure::Invalid, format!("what it answers is not what its protocol says ({error}): \"{start}\""))
}
