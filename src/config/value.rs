//! A setting's value on its way: [`Raw`] as a file or a variable has it, [`Value`] once its [`Kind`](super::kind::Kind) has
//! accepted it, and the typed field of [`Config`](super::Config) in the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::error::Place;
use super::quantity::{format_duration, format_size};
use crate::domain::series::Direction;

/// A value as it was written, before anybody knows whether it fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
    List(Vec<Located>),
    /// Keys with their places, and values.
    Table(Vec<(Located, Located)>),
    /// Something that no key takes, by the name of its type.
    Other(&'static str),
}

/// A raw value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    pub raw: Raw,
    pub place: Place,
}

impl Located {
    /// Where the value stands, and its items if it is a list or a table.
    pub fn places(&self) -> Vec<&Place> {
        std::iter::once(&self.place).chain(self.items().map(|item| &item.place)).collect()
    }

    /// The items of a list, the keys of a table, the text itself: what a value names.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Place)> {
        let alone = std::iter::once(self).filter(|located| matches!(located.raw, Raw::Text(_)));
        alone.chain(self.items()).filter_map(|item| match &item.raw {
            Raw::Text(text) => Some((text.as_str(), &item.place)),
            _ => None,
        })
    }

    /// Whether it is a list without items.
    pub fn is_empty_list(&self) -> bool {
        matches!(&self.raw, Raw::List(items) if items.is_empty())
    }

    fn items(&self) -> impl Iterator<Item = &Self> {
        let (list, table) = match &self.raw {
            Raw::List(items) => (items.as_slice(), [].as_slice()),
            Raw::Table(entries) => ([].as_slice(), entries.as_slice()),
            _ => ([].as_slice(), [].as_slice()),
        };
        list.iter().chain(table.iter().map(|(key, _)| key))
    }
}

/// An embedded default, as it would be written in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Literal {
    Text(&'static str),
    Count(u32),
    Number(f64),
    Flag(bool),
    List(&'static [&'static str]),
    /// An empty one.
    Table,
    /// There is no value until somebody writes one.
    Nothing,
}

impl Literal {
    /// The default as if somebody had written it; `None` where there is none.
    pub fn located(self) -> Option<Located> {
        let raw = match self {
            Self::Nothing => return None,
            Self::Text(text) => Raw::Text(text.to_owned()),
            Self::Count(count) => Raw::Integer(i64::from(count)),
            Self::Number(number) => Raw::Number(number),
            Self::Flag(flag) => Raw::Flag(flag),
            Self::List(items) => Raw::List(items.iter().filter_map(|item| Self::Text(item).located()).collect()),
            Self::Table => Raw::Table(Vec::new()),
        };
        Some(Located { raw, place: Place::Default })
    }

    /// As JSON, for the schema; null where there is none.
    pub fn to_json(self) -> serde_json::Value {
        match self {
            Self::Nothing => serde_json::Value::Null,
            Self::Text(text) => text.into(),
            Self::Count(count) => count.into(),
            Self::Number(number) => number.into(),
            Self::Flag(flag) => flag.into(),
            Self::List(items) => items.into(),
            Self::Table => serde_json::Value::Object(serde_json::Map::new()),
        }
    }
}

/// A value that its kind has accepted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Flag(bool),
    Count(u64),
    Integer(i64),
    Number(f64),
    Duration(Duration),
    /// Bytes.
    Size(u64),
    Text(String),
    List(Vec<String>),
    Table(BTreeMap<String, String>),
}

impl Value {
    /// As a file would have it; durations and sizes are strings with a unit.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Flag(flag) => (*flag).into(),
            Self::Count(count) => (*count).into(),
            Self::Integer(integer) => (*integer).into(),
            Self::Number(number) => (*number).into(),
            Self::Duration(duration) => format_duration(*duration).into(),
            Self::Size(bytes) => format_size(*bytes).into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.clone().into(),
            Self::Table(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.as_str().into()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// As it stands behind `key =` in a TOML file.
    pub fn to_toml(&self) -> String {
        let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Integer(integer) => integer.to_string(),
            Self::Number(number) => toml::Value::Float(*number).to_string(),
            Self::Duration(duration) => text(&format_duration(*duration)),
            Self::Size(bytes) => text(&format_size(*bytes)),
            Self::Text(value) => text(value),
            Self::List(items) => format!("[{}]", items.iter().map(|item| text(item)).collect::<Vec<_>>().join(", ")),
            Self::Table(entries) => {
                let entry = |(key, value): (&String, &String)| format!("{} = {}", text(key), text(value));
                format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// A type that a field of the configuration can have; `None` when the value is of another kind, which only a mistake in the
/// table of keys can cause.
pub(super) trait Typed: Sized {
    fn typed(value: &Value) -> Option<Self>;

    /// What a key is that nobody has set and that has no default.
    fn unset() -> Option<Self> {
        None
    }
}

/// A duration, or what the program finds out by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// "auto".
    Auto,
    Fixed(Duration),
}

/// The word for [`After::Auto`].
pub(super) const AUTO: &str = "auto";

impl Typed for After {
    fn typed(value: &Value) -> Option<Self> {
        match value {
            Value::Duration(duration) => Some(Self::Fixed(*duration)),
            Value::Text(word) => (word == AUTO).then_some(Self::Auto),
            _ => None,
        }
    }
}

/// Types of keys without a default.
macro_rules! optional {
    ($($type:ty: $pattern:pat => $value:expr;)+) => {
        $(impl Typed for Option<$type> {
            fn typed(value: &Value) -> Option<Self> {
                match value {
                    $pattern => Some(Some($value)),
                    _ => None,
                }
            }

            fn unset() -> Option<Self> {
                Some(None)
            }
        })+
    };
}

optional! {
    f64: Value::Number(number) => *number;
    i64: Value::Integer(integer) => *integer;
    u32: Value::Count(count) => u32::try_from(*count).ok()?;
    bool: Value::Flag(flag) => *flag;
    Direction: Value::Text(word) => Direction::from_word(word);
}

macro_rules! typed {
    ($($type:ty: $pattern:pat => $value:expr;)+) => {
        $(impl Typed for $type {
            fn typed(value: &Value) -> Option<Self> {
                match value {
                    $pattern => $value,
                    _ => None,
                }
            }
        })+
    };
}

typed! {
    bool: Value::Flag(flag) => Some(*flag);
    u64: Value::Size(bytes) => Some(*bytes);
    usize: Value::Count(count) => usize::try_from(*count).ok();
    u16: Value::Count(count) => u16::try_from(*count).ok();
    u32: Value::Count(count) => u32::try_from(*count).ok();
    f64: Value::Number(number) => Some(*number);
    Duration: Value::Duration(duration) => Some(*duration);
    String: Value::Text(text) => Some(text.clone());
    PathBuf: Value::Text(text) => Some(PathBuf::from(text));
    Option<String>: Value::Text(text) => Some(Some(text.clone()).filter(|text| !text.is_empty()));
    Option<PathBuf>: Value::Text(text) => Some(Some(PathBuf::from(text)).filter(|path| !path.as_os_str().is_empty()));
    BTreeMap<String, String>: Value::Table(entries) => Some(entries.clone());
    Vec<String>: Value::List(items) => Some(items.clone());
    Vec<PathBuf>: Value::List(items) => Some(items.iter().map(PathBuf::from).collect());
}

/// Declares an enum whose variants are words in the file.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$about])* $variant,)+ }

        impl $name {
            /// The words as the file has them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that the file has for it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl $crate::config::value::Typed for $name {
            fn typed(value: &$crate::config::value::Value) -> Option<Self> {
                match value {
                    $crate::config::value::Value::Text(text) => match text.as_str() {
                        $($word => Some(Self::$variant),)+
                        _ => None,
                    },
                    _ => None,
                }
            }
        }

        impl $crate::config::value::Typed for Option<$name> {
            fn typed(value: &$crate::config::value::Value) -> Option<Self> {
                <$name as $crate::config::value::Typed>::typed(value).map(Some)
            }

            fn unset() -> Option<Self> {
                Some(None)
            }
        }
    };
}
pub(super) use words;
