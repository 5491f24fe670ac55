//! A fault: why a question has no answer that can be used, with what the server told us to do better next time.
//!
//! A fault is of a server or of the way to it, never of ours, and it is told to people: its words name the address, the model and what
//! to do about it. What a server says is foreign text: it is cut and brought onto one line before it gets into a row or a log.

use std::time::Duration;

use crate::domain::call::Failure;

/// Words of a server are cut there, characters.
const LONGEST: usize = 300;

/// In [`Fault::field`]: the schema of the answer, whatever its protocol calls it.
pub(super) const SCHEMA: &str = "schema";

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub failure: Failure,
    /// What happened, without the address and the model.
    pub said: String,
    /// It may be over in a moment, so the question is asked once more.
    pub passing: bool,
    /// How long the server asks to be left alone.
    pub wait: Option<Duration>,
    /// Nobody was asked, or nobody is there, which was known at once: asking again costs nothing, so the breaker does not count it.
    pub instant: bool,
    /// It came at once: asking again costs hardly anything.
    pub cheap: bool,
    /// The server is there and not ready yet: it is waited for, as for a first byte.
    pub loading: bool,
    /// It was our own deadline that ended it, sooner than any limit of the server's: it speaks neither for the server nor against it.
    pub hurried: bool,
    /// The field of the question that the server does not take, or [`SCHEMA`].
    pub field: Option<&'static str>,
    /// The size of the context that the server has, tokens.
    pub context: Option<u64>,
    /// What the prompt takes, tokens.
    pub prompt_tokens: Option<u64>,
}

impl Fault {
    /// A fault that nothing more is known of; `said` is cut to a line.
    pub fn new(failure: Failure, said: impl AsRef<str>) -> Self {
        Self {
            failure,
            said: one_line(said.as_ref()),
            passing: false,
            wait: None,
            instant: false,
            cheap: false,
            loading: false,
            hurried: false,
            field: None,
            context: None,
            prompt_tokens: None,
        }
    }

    /// A question that was not put.
    pub fn not_asked(said: impl AsRef<str>) -> Self {
        Self { instant: true, ..Self::new(Failure::Refused, format!("not asked: {}", said.as_ref())) }
    }

    /// A fault that is worth another try.
    pub fn passing(failure: Failure, said: impl AsRef<str>) -> Self {
        Self { passing: true, ..Self::new(failure, said) }
    }

    /// A question that was not put because the endpoint failed too often before: `when` it may be asked again, and `why` it failed, as
    /// [`Fault::cause`] told it.
    pub fn resting(when: &str, why: &str) -> Self {
        // Both are of bounded length already.
        let said = match why {
            "" => format!("not asked: it failed too often before, {when}"),
            why => format!("not asked: it failed too often before, {when}. It failed with this: {why}"),
        };
        Self { said, ..Self::new(Failure::Resting, "") }
    }

    /// What this says of an endpoint.
    pub fn blame(&self) -> Blame {
        use Failure::{Context, Length, NoModel, Resting, Truncated};
        match self.failure {
            _ if self.instant || self.cheap || self.hurried => Blame::Nothing,
            Resting => Blame::Nothing,
            // It answered; what is wrong is this question or this model.
            NoModel | Context | Length | Truncated => Blame::Well,
            _ => Blame::Failed,
        }
    }

    /// What happened and what to do about it, for the time when the endpoint is left alone.
    pub fn cause(&self, model: &str) -> String {
        format!("{}. {}", self.said.trim_end_matches(['.', ' ']), next_step(self.failure, model))
    }

    /// For people: where, which model, what happened, and what to do about it.
    pub fn words(&self, address: &str, model: &str) -> String {
        let cause = self.cause(model);
        let model = if model.is_empty() { String::new() } else { format!(", model {}", one_line(model)) };
        format!("{address}{model}: {cause}")
    }
}

/// What a fault says of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// It failed.
    Failed,
    /// It works.
    Well,
    /// Neither.
    Nothing,
}

fn next_step(failure: Failure, model: &str) -> String {
    let step = match failure {
        Failure::Absent => "Start the server there, or correct its url.",
        Failure::NoModel => {
            return format!("Load the model there (with Ollama: ollama pull {}), or name another.", one_line(model));
        }
        Failure::Context => "Set num_ctx to the context that the server really has, or give the server a larger one.",
        Failure::Busy => "Give the server less to do, or lower the concurrency of the agents.",
        Failure::Refused => {
            "Correct the url, the key or the option that it names; it is asked again with the next landing."
        }
        Failure::Broken => "The log of the server says more.",
        Failure::Silent => "See whether the server is well, or allow more time (first_byte, deadline).",
        Failure::Slow => "Use a faster model, a shorter num_predict, or allow more time (idle, deadline).",
        Failure::Cut => "The log of the server, or of what stands between us and it, says more.",
        Failure::Invalid => {
            "See whether the url is that of a server for language models, and the backend its protocol."
        }
        Failure::Endless => "Use another model: this one does not come to an end.",
        Failure::Length => "Allow a longer answer with num_predict, and a larger num_ctx with it.",
        Failure::Truncated => "Set num_ctx to the context that the server really has.",
        Failure::Resting => {
            "When it is mended, chimera-insight agents check asks it at once and ends its rest if it answers."
        }
    };
    step.to_owned()
}

/// Foreign text for people: printable, on one line, of bounded length, and without the backticks that Markdown would have to escape.
pub(super) fn one_line(text: &str) -> String {
    // A bounded part is looked at: the text may be megabytes of white space.
    let printable: String = text.chars().take(LONGEST * 8).map(plain).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

fn plain(c: char) -> char {
    match c {
        '`' => '\'',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// `60 s`, `0.3 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", (duration.as_secs_f64() * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_the_address_the_model_and_the_next_step() {
        let fault = Fault::new(Failure::NoModel, "it says: model 'x' not\nfound.");
        assert_eq!(
            fault.words("http://127.0.0.1:11434", "x"),
            "http://127.0.0.1:11434, model x: it says: model 'x' not found. Load the model there (with Ollama: ollama pull x), \
             or name another."
        );
    }

    #[test]
    fn words_of_a_server_are_cut_to_a_line() {
        let fault = Fault::new(Failure::Broken, format!("a\u{7}\r\n `b` {}", "x".repeat(100_000)));
        assert!(fault.said.starts_with("a 'b' xxx"), "{}", fault.said);
        assert_eq!(fault.said.chars().count(), LONGEST);
    }

    #[test]
    fn the_endpoint_is_blamed_for_what_costs_time_and_is_its_own_doing() {
        for failure in [Failure::Silent, Failure::Slow, Failure::Busy, Failure::Broken, Failure::Cut, Failure::Endless]
        {
            assert_eq!(Fault::new(failure, "").blame(), Blame::Failed, "{failure:?}");
        }
        for failure in [Failure::NoModel, Failure::Context, Failure::Length, Failure::Truncated] {
            assert_eq!(Fault::new(failure, "").blame(), Blame::Well, "{failure:?}");
        }
        assert_eq!(Fault::resting("and is left alone", "").blame(), Blame::Nothing);
        assert_eq!(Fault { instant: true, ..Fault::new(Failure::Absent, "refused") }.blame(), Blame::Nothing);
        assert_eq!(Fault { hurried: true, ..Fault::new(Failure::Slow, "") }.blame(), Blame::Nothing);
    }

    #[test]
    fn words_for_people_have_no_backticks() {
        use Failure::*;
        let all = [
            Absent, NoModel, Context, Busy, Refused, Broken, Silent, Slow, Cut, Invalid, Endless, Length, Truncated,
            Resting,
        ];
        for failure in all {
            let words = Fault::new(failure, "the model `x` is not there").words("http://127.0.0.1:1", "`m`");
            assert!(!words.contains('`'), "{words}");
        }
    }
}
