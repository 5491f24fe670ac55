//! The rule that would settle what was unsure about a file: TOML to paste into the configuration.
//!
//! It says what was assumed, for the doubtful columns only, with the choices in comments. As it stands it loads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::artifact::{Decision, Doubt, identity};
use crate::domain::artifact::RelPath;

/// Names in one list or table at most: nobody reads on.
const MOST: usize = 40;

/// The rule for what is doubtful in `decisions` about the file at `path`; `None` when nothing is.
pub(super) fn rule(decisions: &[Decision], path: &RelPath) -> Option<String> {
    let passed_over = doubtful(decisions, &[Doubt::Role]);
    let units = doubtful(decisions, &[Doubt::Role, Doubt::Unit]);
    let directions = doubtful(decisions, &[Doubt::Role, Doubt::Direction]);
    if units.is_empty() && directions.is_empty() {
        return None;
    }
    let mut out = format!("[[rule]]\nfiles = {}\n", quoted(&identity::glob(path)));
    if !passed_over.is_empty() {
        let names: Vec<String> = passed_over.iter().map(|decision| quoted(name(decision))).collect();
        out += "# Numbers that were passed over: leave what is a result, move the rest to `parameters` or `ignore` and out of the tables.\n";
        let _ = writeln!(out, "metrics = [{}]", names.join(", "));
    }
    let unit = |decision: &Decision| decision.unit.clone();
    table(&mut out, "units", "In which unit? \"\" is none.", &units, unit);
    let direction = |decision: &Decision| decision.direction.unwrap_or_default().as_str().to_owned();
    let question = "Which is better, \"lower\" or \"higher\"? \"neutral\" never alerts.";
    table(&mut out, "directions", question, &directions, direction);
    Some(out)
}

/// The decisions with one of these doubts, each name once.
fn doubtful<'d>(decisions: &'d [Decision], doubts: &[Doubt]) -> Vec<&'d Decision> {
    let mut seen = BTreeSet::new();
    let nameable = |decision: &&Decision| !name(decision).is_empty() && !name(decision).chars().any(char::is_control);
    let is_doubtful = |decision: &&Decision| decision.doubts.iter().any(|doubt| doubts.contains(doubt));
    let doubtful = decisions.iter().filter(is_doubtful).filter(nameable);
    doubtful.filter(|decision| seen.insert(name(decision).to_lowercase())).take(MOST).collect()
}

/// The name by which a rule knows the column.
fn name(decision: &Decision) -> &str {
    decision.field.trim()
}

/// Appends a table of the rule, unless it is empty.
fn table(out: &mut String, name_of: &str, question: &str, entries: &[&Decision], value: impl Fn(&Decision) -> String) {
    if entries.is_empty() {
        return;
    }
    let _ = write!(out, "# {question}\n[rule.{name_of}]\n");
    for decision in entries {
        let _ = writeln!(out, "{} = {}", key(name(decision)), quoted(&value(decision)));
    }
}

/// A key as TOML has it.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(field: &str, doubts: &[Doubt]) -> Decision {
        Decision { field: field.into(), doubts: doubts.to_vec(), ..Decision::default() }
    }

    #[test]
    fn only_what_is_doubtful_is_asked_each_name_once() {
        let path = RelPath::new("reports/2026-01-02/a [x]_20260102-101112.csv");
        let sure = decision("ttft_ms", &[]);
        assert_eq!(rule(std::slice::from_ref(&sure), &path), None);
        let unit = Decision { unit: "s".into(), ..decision("elapsed", &[Doubt::Unit]) };
        let twice = decision("Elapsed", &[Doubt::Unit]);
        let odd = [decision(" ", &[Doubt::Role]), decision("a\nb", &[Doubt::Role])];
        let over = decision("Odd \"one\"", &[Doubt::Role]);
        let text = rule(&[vec![sure, unit, twice, over], odd.to_vec()].concat(), &path).unwrap();
        let expected = "[[rule]]
files = 'reports/*/a [[]x[]]_*.csv'
# Numbers that were passed over: leave what is a result, move the rest to `parameters` or `ignore` and out of the tables.
metrics = ['Odd \"one\"']
# In which unit? \"\" is none.
[rule.units]
elapsed = \"s\"
'Odd \"one\"' = \"\"
# Which is better, \"lower\" or \"higher\"? \"neutral\" never alerts.
[rule.directions]
'Odd \"one\"' = \"neutral\"
";
        assert_eq!(text.replace("\"reports", "'reports").replace(".csv\"", ".csv'"), expected);
        assert!(toml::from_str::<toml::Table>(&text).is_ok());
    }
}
