//! What the analyst hands over: prose and tables whose every number is a fact of the ledger.
//!
//! Nothing here is Markdown yet. Foreign text (names, cells, error messages) is kept apart from our own words, so that the
//! renderer knows what to escape.

use jiff::Timestamp;

use super::briefing::Briefing;
use super::figure::Figure;
use super::ledger::Ledger;
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::domain::zone::Zone;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Span {
    /// Our own words: no numbers, nothing foreign.
    Text(String),
    /// A name out of the data: a path, a benchmark, a configuration.
    Name(String),
    /// Foreign prose: a reason, an error message.
    Quote(String),
    /// A fact with its unit.
    Value(FactId),
    /// A fact that is a change, with its sign and unit.
    Change(FactId),
    /// A time, to the second.
    Time(Timestamp),
    /// A fact that the sentence rests on without printing it.
    Cite(FactId),
}

/// One statement; its facts are cited at its end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prose(pub Vec<Span>);

impl Prose {
    /// Begins with our own words.
    pub fn new(text: &str) -> Self {
        Self::default().text(text)
    }

    /// Goes on in our own words.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(Span::Text(text.to_owned())) }
    }

    /// Adds a name out of the data.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.with(Span::Name(name.to_owned()))
    }

    /// Adds foreign prose.
    #[must_use]
    pub fn quote(self, text: &str) -> Self {
        self.with(Span::Quote(text.to_owned()))
    }

    /// Prints a fact with its unit.
    #[must_use]
    pub fn value(self, id: FactId) -> Self {
        self.with(Span::Value(id))
    }

    /// Prints a fact as a change.
    #[must_use]
    pub fn change(self, id: FactId) -> Self {
        self.with(Span::Change(id))
    }

    /// Prints a time.
    #[must_use]
    pub fn time(self, at: Timestamp) -> Self {
        self.with(Span::Time(at))
    }

    /// Cites a fact without printing it.
    #[must_use]
    pub fn cite(self, id: FactId) -> Self {
        self.with(Span::Cite(id))
    }

    /// Names in a row: "a, b and c".
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        for (i, name) in names.iter().enumerate() {
            let joint = match i {
                0 => "",
                _ if i + 1 == names.len() => " and ",
                _ => ", ",
            };
            self = self.text(joint).name(name.as_ref());
        }
        self
    }

    /// A count with its noun: "3 runs".
    #[must_use]
    pub fn count(self, ledger: &mut Ledger, n: u64, one: &str, many: &str, what: &str) -> Self {
        let id = ledger.count(what, n);
        self.value(id).text(" ").text(if n == 1 { one } else { many })
    }

    /// The statement that follows, in the same paragraph.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }

    /// The facts it rests on, each once, in ascending order.
    pub fn refs(&self) -> Vec<FactId> {
        let mut refs: Vec<FactId> = self
            .0
            .iter()
            .filter_map(|span| match span {
                Span::Value(id) | Span::Change(id) | Span::Cite(id) => Some(*id),
                _ => None,
            })
            .collect();
        refs.sort_unstable();
        refs.dedup();
        refs
    }

    fn with(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Empty,
    /// Our own words.
    Text(String),
    /// A name out of the data.
    Name(String),
    /// Foreign prose.
    Quote(String),
    /// A fact without its unit, which has a column of its own or needs none.
    Number(FactId),
    /// A fact with its unit.
    Value(FactId),
    /// A fact that is a change, with sign and unit.
    Change(FactId),
    /// A time, to the second.
    Time(Timestamp),
    /// Sentences with facts of their own.
    Prose(Prose),
}

impl Cell {
    /// A number, or nothing.
    pub fn maybe(id: Option<FactId>) -> Self {
        id.map_or(Self::Empty, Self::Number)
    }

    fn facts(&self) -> Vec<FactId> {
        match self {
            Self::Number(id) | Self::Value(id) | Self::Change(id) => vec![*id],
            Self::Prose(prose) => prose.refs(),
            _ => Vec::new(),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub title: String,
    /// Numbers are set to the right.
    pub numeric: bool,
}

/// A table; the renderer adds the column that cites each row's facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// Said beneath when rows had to be left out.
    pub left_out: Option<Prose>,
}

impl Table {
    /// An empty table; a title that begins with `#` makes a column of numbers.
    pub fn new(titles: &[&str]) -> Self {
        let mut table = Self { columns: Vec::new(), rows: Vec::new(), left_out: None };
        titles.iter().for_each(|title| table.add_column(title));
        table
    }

    /// One more column; `#` as in [`new`](Self::new).
    pub fn add_column(&mut self, title: &str) {
        let (title, numeric) = title.strip_prefix('#').map_or((title, false), |title| (title, true));
        self.columns.push(Column { title: title.to_owned(), numeric });
    }

    /// Says that `n` rows are not shown; nothing when none are missing.
    #[must_use]
    pub fn cut(mut self, ledger: &mut Ledger, n: u64, rows: &str, what: &str) -> Self {
        if n > 0 {
            let id = ledger.count(what, n);
            self.left_out = Some(Prose::new("Not shown: ").value(id).text(" further ").text(rows).text("."));
        }
        self
    }

    /// The facts of a row, each once, in ascending order.
    pub fn refs(row: &[Cell]) -> Vec<FactId> {
        let mut refs: Vec<FactId> = row.iter().flat_map(Cell::facts).collect();
        refs.sort_unstable();
        refs.dedup();
        refs
    }
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading inside the section, with a name out of the data.
    Heading(Prose),
    Paragraph(Prose),
    Bullets(Vec<Prose>),
    Numbered(Vec<Prose>),
    Table(Table),
    /// From where to where a series moved.
    Levels(Levels),
    /// What is drawn beside the words.
    Figure(Box<Figure>),
}

/// From where to where a series moved: the sentence that tells it, and its facts for whoever draws them.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// The whole statement: levels, effect, interval and which way is good.
    pub told: Prose,
    pub before: FactId,
    pub after: FactId,
    pub effect: FactId,
    pub interval: Option<(FactId, FactId)>,
    pub direction: Direction,
}

/// What kind of news a section holds, for whoever gives it a look of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// No news: tables, lists, explanations.
    #[default]
    Plain,
    /// What got worse: each heading begins a card.
    Worse,
    /// What may have got worse.
    Watched,
    /// What got better.
    Better,
}

/// A part of the report with a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
    pub tone: Tone,
}

impl Section {
    /// A section in our own words.
    pub fn new(title: &str, blocks: Vec<Block>) -> Self {
        Self { title: title.to_owned(), blocks, tone: Tone::Plain }
    }

    /// The same as news of this kind.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// What a report says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub landing: i64,
    pub at: Timestamp,
    pub backfill: bool,
    /// What times are shown in.
    pub zone: Zone,
}

/// A whole analysis: the verdict, then the sections in reading order, then the facts behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    pub header: Header,
    /// The answer in a line.
    pub verdict: Prose,
    /// What arrived.
    pub arrived: Prose,
    /// What stands in the slots that the agents fill; the sections have it as well.
    pub briefing: Briefing,
    /// In reading order; a section without content is not there.
    pub sections: Vec<Section>,
    /// How many of the sections belong to the first page.
    pub front: usize,
    pub ledger: Ledger,
}
