//! Reports looked back on: the answer that one gave.

/// The first sentence of a report, in Markdown without the emphasis around it; `None` of what is no report of ours.
pub fn answer(markdown: &str) -> Option<&str> {
    let line = markdown.lines().skip(2).find(|line| !line.trim().is_empty())?;
    // Citations follow it.
    let (answer, _) = line.strip_prefix("**")?.rsplit_once("**")?;
    Some(answer).filter(|answer| !answer.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_stands_below_the_title() {
        let report = |line: &str| format!("<!-- m -->\n# Benchmark report, x\n\n{line}\n\nArrived: **no** news.\n");
        assert_eq!(answer(&report("**`a**b` got worse (+3 %).** [F1, F2]")), Some("`a**b` got worse (+3 %)."));
        assert_eq!((answer(&report("no answer")), answer(""), answer(&report("****"))), (None, None, None));
    }
}
