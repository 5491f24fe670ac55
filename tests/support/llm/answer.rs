//! What a good model answers: sentences about facts of the prompt, by their ids, and nothing that is not in it.

use serde_json::{Value, json};

use super::Request;

/// A fact as a prompt shows it: `F12 = 15.5 ms | median latency of "tiny" | N3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `F12`
    pub id: String,
    /// `15.5 ms`
    pub value: String,
    pub name: String,
    /// Ids of the names that it is about: `N3`.
    pub about: Vec<String>,
}

/// The facts of a prompt, in their order.
pub fn facts(prompt: &str) -> Vec<Told> {
    prompt.lines().filter_map(fact).collect()
}

/// The names of a prompt, with their ids: `N3` and what stands in the quotation marks.
pub fn names(prompt: &str) -> Vec<(String, String)> {
    let name = |line: &str| {
        let (id, value) = defined(line, 'N')?;
        let value = value.strip_prefix('"')?.rsplit_once('"')?.0;
        Some((id.to_owned(), value.to_owned()))
    };
    prompt.lines().filter_map(name).collect()
}

fn fact(line: &str) -> Option<Told> {
    let (id, rest) = defined(line, 'F')?;
    let mut cells = rest.split(" | ");
    let value = cells.next()?.trim().to_owned();
    let name = cells.next().unwrap_or_default().to_owned();
    let about = cells.next().unwrap_or_default().split([',', ' ']).filter(|id| id.starts_with('N')).map(str::to_owned);
    Some(Told { id: id.to_owned(), value, name, about: about.collect() })
}

/// `F12` and what stands behind the equals sign.
fn defined(line: &str, letter: char) -> Option<(&str, &str)> {
    let (id, rest) = line.trim_start().trim_start_matches("- ").split_once(" = ")?;
    let digits = id.strip_prefix(letter)?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((id, rest))
}

/// A good answer to a question: of the agent that its schema tells, else a short word.
pub fn good(request: &Request) -> String {
    let prompt = request.prompt();
    match request.agent() {
        "collector" => collector(&prompt).to_string(),
        "insight" => insight(&prompt).to_string(),
        _ => "ready".to_owned(),
    }
}

/// Observations of the first facts, and a gap.
pub fn collector(prompt: &str) -> Value {
    let facts = facts(prompt);
    let openings = ["The figure of the data is", "A figure of the landing is", "This figure of the data is"];
    let mut observations: Vec<Value> = openings.iter().zip(&facts).map(|(words, fact)| sentence(words, fact)).collect();
    if let Some(fact) = facts.iter().find(|fact| !fact.about.is_empty()) {
        let text = format!("For {{{{id:{}}}}} the data gives {{{{m:{}}}}}.", fact.about[0], fact.id);
        observations.push(json!({ "text": text, "refs": [fact.id] }));
    }
    json!({ "observations": observations, "gaps": [{ "text": "The memory in use was not recorded.", "refs": [] }] })
}

/// A summary, advice for each aim, and risks with what to do about them.
pub fn insight(prompt: &str) -> Value {
    let facts = facts(prompt);
    let fact = |n: usize| facts.get(n).or(facts.first());
    let refs = |n: usize| fact(n).map(|fact| fact.id.clone()).into_iter().collect::<Vec<_>>();
    let openings = ["The figure of the landing is", "A value of the data is"];
    let summary: Vec<Value> = openings.iter().zip(&facts).map(|(words, fact)| sentence(words, fact)).collect();
    let advice = |aim: &str, text: &str, n: usize| json!({ "aim": aim, "text": text, "refs": refs(n) });
    let risk =
        |risk: &str, mitigation: &str, n: usize| json!({ "risk": risk, "mitigation": mitigation, "refs": refs(n) });
    json!({
        "summary": summary,
        "recommendations": [
            advice("throughput", "Repeat the runs on an idle machine before the batch size is changed.", 0),
            advice("ttft", "Keep the model loaded between requests, so that loading does not count.", 1),
            advice("quality", "Record the environment of each run beside its results.", 2),
        ],
        "risks": [
            risk("Other work may have shared the machine.", "Reserve the machine while benchmarks run.", 0),
            risk("The history may be too short for a firm judgement.", "Repeat the benchmark under equal conditions.", 1),
        ],
    })
}

fn sentence(words: &str, fact: &Told) -> Value {
    json!({ "text": format!("{words} {{{{m:{}}}}}.", fact.id), "refs": [fact.id] })
}
