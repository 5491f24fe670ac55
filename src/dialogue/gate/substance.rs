//! Whether a statement says something: it rests on a fact, and it is more than the aim that it was asked about or the headings of a report.

use std::collections::HashSet;

use super::clean::folded;
use super::english;
use crate::dialogue::{Piece, Statement};

/// Words with which a sentence says that there is something to be improved, or that there are results, and nothing about them.
const EMPTY: &str = "improve improves improved improving improvement improvements increase increases reduce reduces lower raise boost enhance \
enhances optimize optimise optimizes optimization optimisation maximize minimize better good bad mitigate mitigates mitigation mitigations avoid \
address consider ensure risk risks risky problem problems issue issues result results data value values model models benchmark benchmarks run runs \
measurement measurements metric metrics fact facts file files performance system systems throughput latency ttft time first token tokens quality accuracy \
speed report summary analysis exist exists present available shown show shows contain contains given high low overall general important";

/// Why a statement is of no use.
pub(super) fn complaint(statement: &Statement) -> Option<&'static str> {
    if statement.facts().next().is_none() {
        return Some("it refers to no fact");
    }
    is_empty(statement).then_some("it says nothing about its facts")
}

/// Whether a statement has no number, no comparison, no name and no word that says something.
pub(super) fn is_empty(statement: &Statement) -> bool {
    let words: HashSet<&str> = EMPTY.split_whitespace().collect();
    let says = |word: String| {
        let word = word.trim_end_matches("'s");
        !word.is_empty() && !words.contains(word) && !english::is_function(word)
    };
    statement.0.iter().all(|piece| match piece {
        Piece::Value(_) | Piece::Compare(..) => false,
        Piece::Name(_) | Piece::Cite(_) => true,
        Piece::Text(text) => !text.split(|c: char| !c.is_alphabetic() && c != '\'').map(folded).any(says),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactId;

    #[test]
    fn what_restates_its_aim_says_nothing() {
        let of = |text: &str| Statement(vec![Piece::Text(text.to_owned()), Piece::Cite(FactId(1))]);
        for text in [
            "Improve the throughput.",
            "There is a risk of risk.",
            "Reduce the risk.",
            "The results of the models are in the data.",
            "Improve the time to first token of the model.",
        ] {
            assert!(complaint(&of(text)).is_some(), "{text}");
        }
        for text in
            ["Repeat the runs.", "Keep the model loaded.", "The throughput regressed.", "Few samples were taken."]
        {
            assert_eq!(complaint(&of(text)), None, "{text}");
        }
        let bare = Statement(vec![Piece::Text("Repeat the runs.".to_owned())]);
        assert!(complaint(&bare).is_some_and(|why| why.contains("no fact")));
        let number = [Piece::Text("The result is ".to_owned()), Piece::Value(FactId(1)), Piece::Text(".".to_owned())];
        assert_eq!(complaint(&Statement(number.to_vec())), None);
    }
}
