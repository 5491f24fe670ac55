//! A statement printed on trial: as a line of a report would be, with its numbers in full, and read by the independent check. What that
//! check would find in the finished report is found here, while it costs a sentence and not the report.

use crate::dialogue::Statement;
use crate::domain::fact::FactId;
use crate::insight::{Known, Ledger, Span, check_statement};

/// Why a report in which these statements stand in one paragraph, or in one row of a table, would not stand the check; `ledger` gets the
/// facts that their comparisons make.
pub(super) fn complaint(statements: &[&Statement], ledger: &mut Ledger, known: &Known) -> Option<String> {
    let mut line = String::new();
    let mut refs: Vec<FactId> = Vec::new();
    for statement in statements {
        let Some(prose) = statement.prose(ledger) else {
            let why =
                "it refers to a fact whose number cannot be said in a sentence, or compares what cannot be compared";
            return Some(why.to_owned());
        };
        line.extend(prose.0.iter().map(|span| print(span, ledger)));
        line.push(' ');
        refs.extend(prose.refs());
    }
    refs.sort_unstable();
    refs.dedup();
    if !refs.is_empty() {
        let refs: Vec<String> = refs.iter().map(ToString::to_string).collect();
        line.push_str(&format!("[{}]", refs.join(", ")));
    }
    let why = check_statement(&line, ledger, known).into_iter().next()?.why;
    let why = why.split_whitespace().filter(|word| !word.contains(char::is_numeric)).collect::<Vec<_>>().join(" ");
    Some(format!("in the report it would not hold: {why}"))
}

fn print(span: &Span, ledger: &Ledger) -> String {
    match span {
        Span::Text(text) => text.clone(),
        Span::Name(name) | Span::Quote(name) if name.contains(['|', '`']) => {
            name.replace('&', "&amp;").replace('|', "&#124;").replace('`', "&#96;")
        }
        Span::Name(name) | Span::Quote(name) => format!("`{name}`"),
        Span::Value(id) | Span::Change(id) => {
            ledger.get(*id).map(|fact| number(fact.value, fact.unit.as_str())).unwrap_or_default()
        }
        Span::Time(_) | Span::Cite(_) => String::new(),
    }
}

/// As a report writes it, but in full where it writes plain digits: what is well in full is well when it is rounded.
fn number(value: f64, unit: &str) -> String {
    let size = value.abs();
    let digits = if value == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e15).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:.3e}")
    };
    match unit {
        "" | "count" => digits,
        "percent" => format!("{digits} %"),
        "ratio" => format!("{digits} ×"),
        unit => format!("{digits} {unit}"),
    }
}
