//! A numeric claim: one number or date of a report, what it measures, and what it is said of. Nothing here is judged.
//!
//! Words are as written, without Markdown marks; offsets are of the original text, counted in Unicode scalar values. A claim cannot
//! fail to be made: what is not told (a unit, a label) is empty.

use serde::Serialize;

use crate::domain::units::Unit;

/// One number, date or number word of a text that states something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// Where [`number`](Self::number) begins in the text, in Unicode scalar values; its sign is part of it, its unit is not.
    pub start: usize,
    /// Just past [`number`](Self::number), in Unicode scalar values.
    pub end: usize,
    /// The text from `start` to `end`, as written: `441,517`, `1.2e-3`, `half`; of a date the whole date.
    pub number: String,
    /// The sentence, list item or table row that it stands in, without marks, white space folded, at most [`TEXT`] scalar values.
    pub text: String,
    /// Which sort of claim this is.
    pub kind: Kind,
    /// The number, finite, in its unit; a word's number (`half` is 0.5, `a dozen` 12, `majority` 0.5); a date's year.
    pub value: f64,
    /// The last place that was written, in the unit of `value`: 0.01 of `14.59`, 1000 of `12k`. Half of it is the rounding.
    pub step: f64,
    /// Digits written behind the decimal mark.
    pub decimals: u32,
    /// Digits written from the first that is not zero; of zero 1.
    pub significant: u32,
    /// Whether it is said to be inexact: `~`, `about`, `approximately`, `nearly`, or `+` behind it.
    pub approximate: bool,
    /// The unit, canonical where it is known: from behind the number, the column's head, a cell of units, the label or the key.
    pub unit: Option<Unit>,
    /// What the number does in its sentence.
    pub role: Role,
    /// The index, in the list of claims, of the other end of a range.
    pub partner: Option<usize>,
    /// What it is said of.
    pub about: About,
}

/// The longest [`Claim::text`] and the longest part of [`About`], in Unicode scalar values.
pub const TEXT: usize = 400;

/// Which sort of claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// A number in digits.
    Quantity,
    /// A day, a month or a year.
    Date(Date),
    /// A number in words: `half`, `three`, `a dozen`, `majority`.
    Word,
}

/// A date as far as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Date {
    /// The year; where only the other end of a range has one (`26 to 28 October 2025`), that end's.
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31.
    pub day: Option<u8>,
    /// The month that a span of months begins with: 10 of `October – November 2025`, whose `month` is 11.
    pub since: Option<u8>,
    /// The time of day, in seconds from midnight, where one is written beside the date.
    pub time: Option<u32>,
    /// How far that time is from UTC, in seconds to the east, where that is written.
    pub offset: Option<i32>,
}

/// What a number does in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Role {
    /// States a value.
    Point,
    /// The lower end of a range, or the first one written.
    Low,
    /// The upper end of a range, or the second one written.
    High,
    /// `at least 24`, `over 24`, `> 24`, `24+`.
    AtLeast,
    /// `at most 24`, `under 24`, `< 24`, `up to 24`.
    AtMost,
    /// A change without direction: `changed by 3 ms`, `± 3 %`.
    Change,
    /// An increase: `up 15 %`, `grew by 3 ms`, `15 % higher`, `15 % faster`.
    Up,
    /// A decrease: `down 15 %`, `dropped by 3 ms`, `15 % less`, `15 % slower`.
    Down,
    /// One quantity as a multiple of another: `2.3x`, `twice`.
    Ratio,
    /// A part of a whole: `44 % JSON`, `JSON files (44 %)`, `half of the files`.
    Share,
}

/// What a number is said of, nearest first; all as written, without marks, each at most [`TEXT`] scalar values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// An exact key or path beside it: `json_results[3].tokens_s`, `latency_ms`; in JSON the whole path, dotted.
    pub key: Option<String>,
    /// The words before it that name it (`p99 Latency`), nearest first; in a table the heads of its column.
    pub label: Vec<String>,
    /// The other cells of its table row, from the left.
    pub row: Vec<String>,
    /// What is counted: `files` of `101 files`, `CSV files` of `28 CSV files`.
    pub noun: Option<String>,
    /// The part of the sentence around it, between commas, brackets, dashes and colons.
    pub clause: String,
    /// The sentence.
    pub sentence: String,
    /// The headings above it, innermost first.
    pub headings: Vec<String>,
}
