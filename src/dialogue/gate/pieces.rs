//! The pieces of a sentence that passed: words, names and references as a [`Statement`] keeps them, with its citations at the end.

use super::parts::What;
use super::rules::Sentence;
use super::units;
use crate::dialogue::statement::printable;
use crate::dialogue::{Piece, Statement};
use crate::domain::fact::FactId;

impl Sentence<'_> {
    /// The sentence as it will be kept: units that the model wrote behind a number are the program's, and citations stand at the end.
    pub(super) fn statement(&self) -> Result<Statement, String> {
        let mut out = Pieces::default();
        let mut skip = 0;
        for (at, part) in self.parts.iter().enumerate() {
            if at < skip {
                continue;
            }
            let rest = self.parts.get(at + 1..).unwrap_or_default();
            match &part.what {
                What::Value(id) => {
                    printable(*id, self.ledger).ok_or("it refers to a fact whose number cannot be said")?;
                    out.add(Piece::Value(*id));
                    skip = units::behind(rest, self.text).map_or(0, |(_, length)| at + 1 + length);
                }
                What::Compare(a, b) => {
                    out.add(Piece::Compare(*a, *b));
                    skip = units::behind(rest, self.text).map_or(0, |(_, length)| at + 1 + length);
                }
                What::Name(name) => out.add(Piece::Name(self.shown.names.get(*name).cloned().unwrap_or_default())),
                What::Cites(ids) => ids.iter().for_each(|id| out.cite(*id)),
                What::Mark('!') => out.text("."),
                _ => out.text(self.cut(part)),
            }
        }
        self.refs.iter().for_each(|id| out.cite(*id));
        Ok(out.finish())
    }
}

/// Pieces as they are put together.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    text: String,
    cited: Vec<FactId>,
}

/// Facts that a statement cites without printing them, at most.
const CITED: usize = 8;

impl Pieces {
    fn text(&mut self, text: &str) {
        // Behind a citation that was taken out, a blank or a point would stand twice.
        let closes = text.starts_with(['.', ',', ';', ')']);
        if closes {
            self.text.truncate(self.text.trim_end().len());
        }
        let doubled = text == " " && (self.text.ends_with(' ') || self.text.is_empty() && self.pieces.is_empty());
        if !doubled {
            self.text.push_str(text);
        }
    }

    fn add(&mut self, piece: Piece) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
        self.pieces.push(piece);
    }

    fn cite(&mut self, id: FactId) {
        if !self.cited.contains(&id) && self.cited.len() < CITED {
            self.cited.push(id);
        }
    }

    fn finish(mut self) -> Statement {
        self.text.truncate(self.text.trim_end_matches([' ', ',', ';', '-']).len());
        if !self.text.ends_with(['.', '…']) {
            self.text.push('.');
        }
        self.pieces.push(Piece::Text(self.text));
        let printed: Vec<FactId> = Statement(self.pieces.clone()).facts().collect();
        self.pieces.extend(self.cited.into_iter().filter(|id| !printed.contains(id)).map(Piece::Cite));
        Statement(self.pieces)
    }
}
