//! What a number is, said by the program: the short name of its fact, for behind the number; and what the names of facts tell of them.

use super::about::has_name;
use super::named::reads_as_a_statement;
use super::parts::{Lexer, Part, What};
use crate::dialogue::Piece;
use crate::domain::fact::Fact;

/// Bytes of a fact's name that a sentence has room for.
const LONGEST: usize = 160;

/// Whether a name is that of a change, whose number has a sign.
pub(super) fn is_change(name: &str) -> bool {
    ["effect", "change", "difference", "step"].iter().any(|word| name.starts_with(word)) || name.starts_with("what a ")
}

/// Whether a name is that of how far one thing lies before another.
pub(super) fn is_lead(name: &str) -> bool {
    name.starts_with("lead in ") || name.starts_with("relative lead in ")
}

/// What a fact's name calls the number, before it says of what: "p50 throughput".
pub(super) fn head(name: &str) -> &str {
    let end = [" of ", " on ", " against ", " over "].iter().filter_map(|word| name.find(word)).min();
    let end = if is_lead(name) { name.find(" of ") } else { end };
    name.get(..end.unwrap_or(name.len())).unwrap_or(name)
}

/// The whole name of a fact as pieces; `None` when it cannot be said: a number in it that is no name, a name that reads as a statement.
pub(super) fn whole(fact: &Fact, lexer: &Lexer<'_>, names: &[String]) -> Option<Vec<Piece>> {
    let name = fact
        .name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once(" ("))
        .map_or(fact.name.as_str(), |(name, _)| name);
    pieces(name, lexer, names)
}

/// Text out of a fact's name as pieces.
pub(super) fn pieces(text: &str, lexer: &Lexer<'_>, names: &[String]) -> Option<Vec<Piece>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut out: Vec<Piece> = Vec::new();
    let mut add = |piece: Piece| match (out.last_mut(), piece) {
        (Some(Piece::Text(before)), Piece::Text(more)) => before.push_str(&more),
        (_, piece) => out.push(piece),
    };
    for Part { what, from, to } in lexer.parts_with_names(text) {
        match what {
            What::Name(at) => {
                let name = names.get(at).filter(|name| !reads_as_a_statement(name))?;
                add(Piece::Name(name.clone()));
            }
            What::Word | What::Label | What::Blank => add(Piece::Text(text.get(from..to)?.to_owned())),
            What::Mark('[') => add(Piece::Text("(".to_owned())),
            What::Mark(']') => add(Piece::Text(")".to_owned())),
            What::Mark('_' | '=') => add(Piece::Text(" ".to_owned())),
            What::Mark('(' | ')' | ',' | '-' | ':') => add(Piece::Text(text.get(from..to)?.to_owned())),
            _ => return None,
        }
    }
    Some(out)
}

/// Whether a name out of the data is that of the quantity, not of a thing that has it.
pub(super) fn is_quantity(fact: &Fact, name: &str) -> bool {
    let head = head(&fact.name);
    let tail = fact.name.rsplit(']').next().filter(|tail| tail.len() < fact.name.len()).unwrap_or("");
    has_name(head, name)
        || has_name(tail, name)
        || fact.name.contains(&format!(" on {name} of "))
        || fact.name.contains(&format!(" to {name} of "))
}
