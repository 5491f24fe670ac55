//! The room in a model's context: how much of it the prompt may take, how much is left for the answer.
//!
//! A prompt that does not fit is cut by servers without a word, so all of this errs on the side of too little: tokens are estimated
//! from bytes with as few bytes to a token as digits and names have, and the frame of the chat is counted as well. The schema of the
//! answer is not: llama.cpp and Ollama make a grammar of it, whose tokens they do not count. A server that does put it into the prompt
//! has the rest of the context for it.

/// Of a context, what prompt and answer may take together: the rest is for what the estimate missed.
const USED: f64 = 0.85;
/// Bytes of a prompt that make a token where nothing is known of the model. Prose has four and more; facts are digits and names.
pub const CAUTIOUS: f64 = 2.5;
/// Of learned figures only these are believed.
const BELIEVED: std::ops::RangeInclusive<f64> = 1.0..=6.0;
/// What a chat template puts around two messages: markers of roles, of the beginning and the end; tokens.
const FRAME: u32 = 24;
/// The answer is given this part of the context where the configuration does not say,
const ANSWER_PART: u32 = 4;
/// but no more than this: the longest answer that is asked for, with its references; tokens.
const ANSWER: u32 = 1_200;

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Size of the model's context, tokens.
    pub context: u32,
    /// Tokens of the answer at most, where the configuration says so.
    pub predict: Option<u32>,
    /// Bytes of a prompt that make a token; learned from earlier calls of this model, or [`CAUTIOUS`].
    pub bytes_per_token: f64,
}

impl Budget {
    /// Tokens for prompt and answer together.
    fn whole(&self) -> u32 {
        (f64::from(self.context) * USED) as u32
    }

    /// Tokens of the answer: as configured, but never more than half of what there is, since an answer to nothing is worth nothing.
    pub fn room(&self) -> u32 {
        let wanted = self.predict.filter(|n| *n > 0).unwrap_or_else(|| (self.context / ANSWER_PART).min(ANSWER));
        wanted.min(self.whole() / 2).max(1)
    }

    /// Tokens of the prompt at most: 0.85 of the context without the answer.
    pub fn prompt(&self) -> u32 {
        self.whole().saturating_sub(self.room())
    }

    /// What these bytes are thought to take, tokens.
    pub fn tokens(&self, bytes: usize) -> u32 {
        let tokens = (bytes as f64 / self.rate()).ceil();
        if tokens >= f64::from(u32::MAX) { u32::MAX } else { tokens as u32 }
    }

    /// What a prompt of these bytes takes with the frame of the chat around it, tokens.
    pub fn framed(&self, bytes: usize) -> u32 {
        self.tokens(bytes).saturating_add(FRAME)
    }

    /// Bytes of system and user text that fit together.
    pub fn bytes(&self) -> usize {
        (f64::from(self.prompt().saturating_sub(FRAME)) * self.rate()) as usize
    }

    fn rate(&self) -> f64 {
        if BELIEVED.contains(&self.bytes_per_token) { self.bytes_per_token } else { CAUTIOUS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(context: u32, predict: Option<u32>) -> Budget {
        Budget { context, predict, bytes_per_token: CAUTIOUS }
    }

    #[test]
    fn prompt_and_answer_stay_within_their_part_of_the_context() {
        for context in [0, 1, 128, 512, 2048, 4096, 131_072, u32::MAX] {
            for predict in [None, Some(0), Some(1), Some(512), Some(u32::MAX)] {
                let budget = budget(context, predict);
                let all = f64::from(budget.prompt()) + f64::from(budget.room());
                assert!(all <= f64::from(context) * USED || budget.prompt() == 0, "{budget:?}");
                assert!(budget.bytes() == 0 || budget.framed(budget.bytes()) <= budget.prompt(), "{budget:?}");
            }
        }
    }

    #[test]
    fn the_configuration_says_how_long_an_answer_may_be() {
        assert_eq!(budget(4096, Some(300)).room(), 300);
        assert_eq!(budget(4096, Some(300)).prompt(), 3181);
        assert_eq!(budget(4096, None).room(), 1024);
        assert_eq!(budget(32_768, None).room(), ANSWER);
        // An answer as long as the context would leave no question.
        assert_eq!(budget(1024, Some(4096)).room(), 435);
    }

    #[test]
    fn a_learned_figure_that_cannot_be_is_not_believed() {
        for wrong in [f64::NAN, 0.0, -3.0, 400.0, f64::INFINITY] {
            assert_eq!(Budget { context: 1, predict: None, bytes_per_token: wrong }.tokens(250), 100);
        }
        assert_eq!(Budget { context: 1, predict: None, bytes_per_token: 4.0 }.tokens(401), 101);
    }
}
