//! The kind of a key: what its value may be. Reads a raw value, refuses what does not fit with a sentence and a suggestion, and
//! describes itself to the schema.

use std::collections::BTreeMap;
use std::time::Duration;

use super::checks;
use super::error::{Complaint, Place, nearest};
use super::quantity::{format_duration, format_size, parse_duration, parse_fraction, parse_size};
use super::value::{AUTO, Located, Raw, Value};
use crate::hook::Address;

/// A check of one text; what it says goes on after the name of the key.
pub(super) type Check = fn(&str) -> Result<(), Complaint>;

/// What a value may be. Bounds are inclusive.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Flag,
    Count(u64, u64),
    /// An integer that may be negative.
    Integer(i64, i64),
    Number(f64, f64),
    /// A number, or a string that ends with `%`.
    Fraction(f64, f64),
    Duration(Duration, Duration),
    /// A duration, or "auto".
    AutoOr(Duration, Duration),
    /// Bytes.
    Size(u64, u64),
    Word(&'static [&'static str]),
    Text(Check),
    /// A file, relative to the directory of the configuration file that names it; empty for none.
    File,
    /// A file that holds a secret, as `File`.
    Secret,
    /// The address of a webhook, which may hold a key: shown by its host alone; empty for none.
    Address,
    List(Check),
    /// One string or a list of them.
    Names(Check),
    /// Strings by name; the check is of the values.
    Table(Check),
}

/// A duration that may be longer than this is counted in days.
const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);

/// A complaint and where it belongs.
pub(super) type Misfit = (Place, Complaint);

impl Kind {
    /// Reads `located`; every complaint comes with its place, which for a list is that of the item.
    pub fn read(self, located: &Located) -> Result<Value, Vec<Misfit>> {
        let at = |complaint| vec![(located.place.clone(), complaint)];
        match (self, &located.raw) {
            (Self::List(check) | Self::Names(check), Raw::List(items)) => read_list(check, items),
            (Self::Names(check), Raw::Text(_)) => read_list(check, std::slice::from_ref(located)),
            (Self::Table(check), Raw::Table(entries)) => read_table(check, entries),
            (Self::Flag, Raw::Flag(flag)) => Ok(Value::Flag(*flag)),
            (Self::Count(least, most), Raw::Integer(count)) => in_range(i128::from(*count), least.into(), most.into())
                .map(|count| Value::Count(u64::try_from(count).unwrap_or(least)))
                .map_err(at),
            (Self::Integer(least, most), Raw::Integer(integer)) => {
                in_range(*integer, least, most).map(Value::Integer).map_err(at)
            }
            (Self::Number(least, most), raw) if number(raw).is_some() => {
                in_range(number(raw).unwrap_or(least), least, most).map(Value::Number).map_err(at)
            }
            (Self::Fraction(least, most), raw) if number(raw).is_some() => {
                fraction(number(raw).unwrap_or(least), least, most).map_err(at)
            }
            (Self::Fraction(least, most), Raw::Text(text)) => {
                parse_fraction(text).and_then(|value| fraction(value, least, most)).map_err(at)
            }
            (Self::AutoOr(..), Raw::Text(text)) if text == AUTO => Ok(Value::Text(text.clone())),
            (Self::AutoOr(..), Raw::Text(text)) if !text.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
                let complaint = Complaint::new(format!("must be {}, not \"{text}\"", self.noun()));
                Err(at(complaint.did_you_mean(nearest(text, [AUTO]))))
            }
            (Self::Duration(least, most) | Self::AutoOr(least, most), Raw::Text(text)) => parse_duration(text)
                .map_err(|complaint| self.of_days(complaint, text))
                .and_then(|value| in_bounds(value, least, most, format_duration))
                .map(Value::Duration)
                .map_err(at),
            (Self::Size(least, most), Raw::Text(text)) => parse_size(text)
                .and_then(|value| in_bounds(value, least, most, format_size))
                .map(Value::Size)
                .map_err(at),
            (Self::Word(words), Raw::Text(text)) => word(words, text).map_err(at),
            (Self::Text(check), Raw::Text(text)) => check(text).map(|()| Value::Text(text.clone())).map_err(at),
            (Self::File, Raw::Text(text)) => file(text, &located.place).map_err(at),
            (Self::Secret, Raw::Text(text)) => {
                checks::no_secret(text).and_then(|()| file(text, &located.place)).map_err(at)
            }
            (Self::Address, Raw::Text(text)) => checks::hook_url(text).map(|()| Value::Text(text.clone())).map_err(at),
            (kind, raw) => Err(at(kind.mismatch(raw))),
        }
    }

    /// The value as it may be shown.
    pub fn shown(self, value: &Value) -> Value {
        match (self, value) {
            (Self::Address, Value::Text(text)) if !text.is_empty() => {
                Value::Text(Address::parse(text).map(|address| address.to_string()).unwrap_or_default())
            }
            _ => value.clone(),
        }
    }

    /// What is said of a value of the wrong type.
    fn mismatch(self, raw: &Raw) -> Complaint {
        let complaint = Complaint::new(format!("must be {}, not {}", self.noun(), type_of(raw)));
        match (self, raw) {
            (Self::Flag, Raw::Text(text)) => match text.to_lowercase().as_str() {
                "true" | "yes" | "on" => complaint.did_you_mean(Some(true)),
                "false" | "no" | "off" => complaint.did_you_mean(Some(false)),
                _ => complaint,
            },
            (Self::Flag, Raw::Integer(number @ (0 | 1))) => complaint.did_you_mean(Some(*number == 1)),
            (Self::Count(..) | Self::Integer(..) | Self::Number(..), Raw::Text(text))
                if text.trim().parse::<f64>().is_ok() =>
            {
                complaint.hint("write it without quotes")
            }
            (Self::Duration(..) | Self::AutoOr(..), Raw::Integer(n)) if self.takes_days() => {
                complaint.hint(format!("add a unit: \"{n}h\" or \"{n}d\""))
            }
            (Self::Duration(..) | Self::AutoOr(..), Raw::Integer(n)) => {
                complaint.hint(format!("add a unit: \"{n}ms\", \"{n}s\" or \"{n}m\""))
            }
            (Self::Size(..), Raw::Integer(n)) => {
                complaint.hint(format!("add a unit: \"{n}B\", \"{n}KiB\" or \"{n}MiB\""))
            }
            (Self::List(_), Raw::Text(text)) => complaint.did_you_mean(Some(Value::List(vec![text.clone()]).to_toml())),
            _ => complaint,
        }
    }

    /// Whether it is a duration that people count in days.
    fn takes_days(self) -> bool {
        matches!(self, Self::Duration(_, most) | Self::AutoOr(_, most) if most > MONTH)
    }

    /// A complaint about a duration, with examples and units of the size that is meant.
    fn of_days(self, complaint: Complaint, text: &str) -> Complaint {
        if !self.takes_days() {
            return complaint;
        }
        let complaint = Complaint { message: format!("must be {}, not \"{text}\"", self.noun()), ..complaint };
        let number = text.trim();
        let is_bare = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        if is_bare { complaint.hint(format!("add a unit: \"{number}h\" or \"{number}d\"")) } else { complaint }
    }

    /// The type in words, with an article.
    fn noun(self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Count(..) | Self::Integer(..) => "an integer".to_owned(),
            Self::Number(..) => "a number".to_owned(),
            Self::Fraction(..) => "a fraction such as 0.02 or \"2%\"".to_owned(),
            Self::Duration(..) if self.takes_days() => "a duration such as \"12h\" or \"90d\"".to_owned(),
            Self::Duration(..) => "a duration such as \"200ms\", \"1s\" or \"5m\"".to_owned(),
            Self::AutoOr(..) => "\"auto\" or a duration such as \"36h\" or \"2d\"".to_owned(),
            Self::Size(..) => "a size such as \"64MiB\"".to_owned(),
            Self::Word(words) => one_of(words),
            Self::Text(_) | Self::File | Self::Secret | Self::Address => "a string".to_owned(),
            Self::List(_) => "a list of strings".to_owned(),
            Self::Names(_) => "a string or a list of strings".to_owned(),
            Self::Table(_) => "a table such as { name = \"value\" }".to_owned(),
        }
    }
}

fn read_list(check: Check, items: &[Located]) -> Result<Value, Vec<Misfit>> {
    let mut texts = Vec::with_capacity(items.len());
    let mut complaints = Vec::new();
    for item in items {
        let result = match &item.raw {
            Raw::Text(text) => check(text).map(|()| texts.push(text.clone())),
            other => Err(Complaint::new(format!("must be a list of strings; an item is {}", type_of(other)))),
        };
        if let Err(complaint) = result {
            complaints.push((item.place.clone(), complaint));
        }
    }
    if complaints.is_empty() { Ok(Value::List(texts)) } else { Err(complaints) }
}

fn read_table(check: Check, entries: &[(Located, Located)]) -> Result<Value, Vec<Misfit>> {
    let mut table = BTreeMap::new();
    let mut complaints = Vec::new();
    for (key, value) in entries {
        let Raw::Text(name) = &key.raw else { continue };
        let result = match &value.raw {
            Raw::Text(text) => checks::column(name).and_then(|()| check(text)).map(|()| text.clone()),
            other => Err(Complaint::new(format!("must hold strings; that of `{name}` is {}", type_of(other)))),
        };
        match result {
            Ok(text) => drop(table.insert(name.clone(), text)),
            Err(complaint) => complaints.push((value.place.clone(), complaint)),
        }
    }
    if complaints.is_empty() { Ok(Value::Table(table)) } else { Err(complaints) }
}

/// The number that an integer or a float is.
fn number(raw: &Raw) -> Option<f64> {
    match raw {
        #[allow(clippy::cast_precision_loss, reason = "no bound of a number key comes near 2^53")]
        Raw::Integer(integer) => Some(*integer as f64),
        Raw::Number(number) => Some(*number),
        _ => None,
    }
}

/// Refuses what lies outside, NaN too.
fn in_range<T: PartialOrd + std::fmt::Display>(value: T, least: T, most: T) -> Result<T, Complaint> {
    if least <= value && value <= most {
        return Ok(value);
    }
    Err(Complaint::new(format!("must lie between {least} and {most}, not be {value}")))
}

fn in_bounds<T: PartialOrd + Copy>(value: T, least: T, most: T, show: fn(T) -> String) -> Result<T, Complaint> {
    if value < least {
        Err(Complaint::new(format!("must be at least \"{}\", not \"{}\"", show(least), show(value))))
    } else if value > most {
        Err(Complaint::new(format!("must be at most \"{}\", not \"{}\"", show(most), show(value))))
    } else {
        Ok(value)
    }
}

/// Above the range the writer will have meant percent.
fn fraction(value: f64, least: f64, most: f64) -> Result<Value, Complaint> {
    in_range(value, least, most).map(Value::Number).map_err(|complaint| {
        let percent = Some(value).filter(|value| *value > most && *value / 100.0 <= most);
        complaint.did_you_mean(percent.map(|value| format!("\"{value}%\"")))
    })
}

fn word(words: &'static [&'static str], text: &str) -> Result<Value, Complaint> {
    match words.iter().find(|word| **word == text) {
        Some(word) => Ok(Value::Text((*word).to_owned())),
        None => Err(Complaint::new(format!("must be {}, not \"{text}\"", one_of(words)))
            .did_you_mean(nearest(text, words.iter().copied()))),
    }
}

fn file(text: &str, place: &Place) -> Result<Value, Complaint> {
    checks::path(text)?;
    let Some(directory) = place.directory().filter(|_| !text.is_empty()) else {
        return Ok(Value::Text(text.to_owned()));
    };
    match directory.join(text).into_os_string().into_string() {
        Ok(path) => Ok(Value::Text(path)),
        Err(_) => {
            Err(Complaint::new("is relative to a directory whose name is not UTF-8").hint("give an absolute path"))
        }
    }
}

/// The words in quotation marks, the last after "or".
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The type of a raw value in words; numbers with their value, strings without (they may be secrets).
fn type_of(raw: &Raw) -> String {
    match raw {
        Raw::Text(_) => "a string".to_owned(),
        Raw::Integer(integer) => format!("the integer {integer}"),
        Raw::Number(number) => format!("the number {number}"),
        Raw::Flag(flag) => flag.to_string(),
        Raw::List(_) => "a list".to_owned(),
        Raw::Table(_) => "a table".to_owned(),
        Raw::Other(name) => (*name).to_owned(),
    }
}
