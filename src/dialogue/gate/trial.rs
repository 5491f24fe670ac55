//! A statement printed on trial: as a line of a report would be, with its numbers in full, and read by the independent check. What that
//! check would find in the finished report is found here, while it costs a sentence and not the report.

use crate::dialogue::Statement;
use crate::insight::{Known, Ledger, Span, check_statement};

/// Why a report with this statement would not stand the check; `ledger` gets the facts that its comparisons make.
pub(super) fn complaint(statement: &Statement, ledger: &mut Ledger, known: &Known) -> Option<String> {
    let Some(prose) = statement.prose(ledger) else {
        return Some(
            "it refers to a fact whose number cannot be said in a sentence, or compares what cannot be compared"
                .to_owned(),
        );
    };
    let mut line: String = prose.0.iter().map(|span| print(span, ledger)).collect();
    let refs: Vec<String> = prose.refs().iter().map(ToString::to_string).collect();
    if !refs.is_empty() {
        line.push_str(&format!(" [{}]", refs.join(", ")));
    }
    let why = check_statement(&line, ledger, known).into_iter().next()?.why;
    let why: String = why.chars().filter(|c| !c.is_numeric()).collect();
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

/// In full, with the unit as a report writes it.
fn number(value: f64, unit: &str) -> String {
    let size = value.abs();
    let digits = if value == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e15).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    };
    match unit {
        "" | "count" => digits,
        "percent" => format!("{digits} %"),
        "ratio" => format!("{digits} ×"),
        unit => format!("{digits} {unit}"),
    }
}
