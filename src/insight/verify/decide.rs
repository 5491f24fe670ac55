//! The verdict of a claim from its book, with the fact and the reason in a sentence.

use super::asked::Asked;
use super::book::{Book, Known, is_end};
use super::dates::Calendar;
use super::inventory::{Count, Inventory};
use crate::insight::claims::{Claim, Kind};

/// What the index says to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// A fact says so.
    Supported,
    /// It follows from facts that the claim names.
    Derived,
    /// A fact says otherwise.
    Contradicted,
    /// No fact says so.
    Unsupported,
}

impl Verdict {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Derived => "derived",
            Self::Contradicted => "contradicted",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether the claim should not stand.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Contradicted | Self::Unsupported)
    }
}

/// A claim with its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub claim: Claim,
    pub verdict: Verdict,
    /// The fact that bears it out, or speaks against it.
    pub fact: Option<Known>,
    /// A sentence without its full stop.
    pub reason: String,
}

/// Decides a claim.
pub(super) fn decide(claim: &Claim, asked: &Asked, book: Book, inventory: &Inventory, calendar: &Calendar) -> Checked {
    let (verdict, fact, reason) = match &claim.kind {
        Kind::Date(date) => match calendar.answer(claim, date, !asked.owners.is_empty()) {
            Ok(known) => (Verdict::Supported, Some(known.clone()), format!("the index has it as {}", known.name)),
            Err(Some(known)) => {
                let reason = format!("nothing is known of that time; the newest is the {}", known.name);
                (Verdict::Contradicted, Some(known), reason)
            }
            Err(None) => (Verdict::Unsupported, None, "the index knows no time that it could be".to_owned()),
        },
        _ => match inventory.answer(claim, asked) {
            Count::Supported(known) => supported(known),
            Count::Derived(known, how) => (Verdict::Derived, Some(known), how),
            Count::Contradicted(known) => {
                let reason = format!("the {} is {}", known.name, shown(&known));
                (Verdict::Contradicted, Some(known), reason)
            }
            Count::Silent => measured(claim, asked, book),
        },
    };
    Checked { claim: claim.clone(), verdict, fact, reason }
}

type Decision = (Verdict, Option<Known>, String);

fn supported(known: Known) -> Decision {
    let reason = format!("{}: {}", known.name, shown(&known));
    (Verdict::Supported, Some(known), reason)
}

/// Of a claim about something that was measured.
fn measured(claim: &Claim, asked: &Asked, book: Book) -> Decision {
    if let Some((rank, known)) = book.fits {
        // The named model has other numbers: this one is of no model that the index knows.
        if rank == super::book::OF_NOBODY && book.has_own && !asked.models.is_empty() && claim.significant >= 3 {
            let why = format!("that model has other numbers of this name; {} is {}", known.name, shown(&known));
            return (Verdict::Contradicted, Some(known), why);
        }
        return supported(known);
    }
    if let Some((_, known, how)) = book.derived.into_iter().next() {
        return (Verdict::Derived, Some(known), how);
    }
    let contradicted = |known: Known, why: String| (Verdict::Contradicted, Some(known), why);
    if let Some(known) = book.other_unit {
        let why = format!("the digits are right and the unit is not: {} is {}", known.name, shown(&known));
        return contradicted(known, why);
    }
    let is_telling = claim.significant >= 3;
    let is_end = is_end(claim);
    if let Some(known) = book.other_stat.filter(|_| is_telling && !is_end) {
        let asked = asked.stat.map_or_else(|| "what is claimed".into(), |stat| format!("a {}", stat.word()));
        let why = format!("the number is not {asked} but {}: {}", known.name, shown(&known));
        return contradicted(known, why);
    }
    if let Some(known) = book.other_owner.filter(|_| is_telling) {
        let why = format!("the number belongs to something else: {} is {}", known.name, shown(&known));
        return contradicted(known, why);
    }
    if let Some(known) = book.elsewhere {
        let why = format!("the number is known under another name: {} is {}", known.name, shown(&known));
        return contradicted(known, why);
    }
    match book.nearest {
        Some((_, known)) if book.values.len() == 1 => {
            let why = format!("{} is {}", known.name, shown(&known));
            contradicted(known, why)
        }
        Some((_, known)) => {
            let why = format!(
                "none of the {} values of that name fits; the nearest is {}, {}",
                book.named,
                shown(&known),
                known.name
            );
            (Verdict::Unsupported, Some(known), why)
        }
        None => {
            let why =
                if asked.is_nameless() { "nothing says what it is" } else { "the index has nothing of that name" };
            (Verdict::Unsupported, None, why.to_owned())
        }
    }
}

/// A value with its unit.
pub(super) fn shown(known: &Known) -> String {
    if known.unit.is_none() || known.unit.as_str() == "count" {
        known.value.to_string()
    } else {
        format!("{} {}", known.value, known.unit)
    }
}
