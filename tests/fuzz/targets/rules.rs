//! Rules and words of the configuration, as wrong as can be, laid over a file.
#![no_main]

use chimera_insight::artifact::{Lexicon, Rule, benchmark, formats};
use chimera_insight::domain::series::Direction;
use chimera_insight::domain::units::Unit;
use chimera_insight_fuzz::{Outcome, RelPath, Settings, invariants, settings};

/// A line each: what it is, and the rest of the line.
fn told(configuration: &str) -> (Vec<Rule>, Lexicon) {
    let (mut rules, mut lexicon): (Vec<Rule>, Lexicon) = (Vec::new(), Lexicon::default());
    for line in configuration.lines() {
        let (Some(kind), text) = (line.chars().next(), line.trim_start_matches(|c: char| !c.is_whitespace()).trim()) else {
            continue;
        };
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let direction = [Direction::Lower, Direction::Higher, Direction::Neutral][value.len() % 3];
        if kind == 'x' {
            lexicon.add(key, direction);
        }
        if kind == 'g' || rules.is_empty() {
            let globs: Vec<&str> = text.split_whitespace().collect();
            rules.extend(Rule::new(&globs).or_else(|_| Rule::new(&["*"])).ok());
        }
        let Some(rule) = rules.last_mut() else { continue };
        match kind {
            'f' => rule.format = Some(formats().get(text.len() % 8).map_or(text, |name| name).to_owned()),
            'b' => rule.benchmark = Some(text.to_owned()),
            'c' => rule.case.push(text.to_owned()),
            'p' => rule.parameters.push(text.to_owned()),
            'm' => rule.metrics.push(text.to_owned()),
            't' => rule.time.push(text.to_owned()),
            'o' => rule.commit.push(text.to_owned()),
            'h' => rule.host.push(text.to_owned()),
            'i' => rule.ignore.push(text.to_owned()),
            'u' => drop(rule.units.insert(key.to_owned(), Unit::new(value))),
            'd' => drop(rule.directions.insert(key.to_owned(), direction)),
            _ => {}
        }
    }
    (rules, lexicon)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let at = data.windows(5).position(|window| window == b"\n%%%\n").unwrap_or(data.len());
    let (content, configuration) = data.split_at(at);
    let (rules, lexicon) = told(&String::from_utf8_lossy(configuration));
    let settings = Settings { rules, lexicon, explain: true, ..settings() };
    for name in ["a.csv", "a.json", "a.md"] {
        let path = RelPath::new(format!("reports/{name}"));
        let _ = benchmark(&path, &settings);
        if let Outcome::Parsed(parsed) = invariants::check(&path, content, &settings) {
            assert!(parsed.decisions.len() <= 10_000);
        }
    }
});
