//! A letter: what a mail says before it is text or HTML, in the one order that both keep.
//!
//! Every piece is a line of Markdown in which foreign text is escaped already, so that both forms show the same words. It cannot fail.

/// A whole mail without its subject.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub mood: Mood,
    /// The news in a line.
    pub title: String,
    /// What a list of mails shows behind the subject.
    pub preview: String,
    pub parts: Vec<Part>,
}

/// What kind of news it is, for its colour; the words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Bad,
    Watched,
    Good,
    Plain,
}

/// A piece of a letter.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// A title above several cards, and what holds for all of them.
    Group {
        title: String,
        line: String,
    },
    Card(Box<Card>),
    /// Short lines under a title.
    List {
        mood: Mood,
        title: String,
        items: Vec<String>,
    },
    /// The same in less room, for long lists.
    Short {
        title: String,
        items: Vec<String>,
    },
    Line(String),
    /// A whole mail inside this one.
    Enclosed(Enclosed),
}

/// One alert, told in full.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub mood: Mood,
    /// What kind of news it is: "Reopened".
    pub label: &'static str,
    pub title: String,
    pub levels: Option<Told>,
    pub course: Option<Course>,
    pub lines: Vec<String>,
    /// The other series of the alert, beneath the lines.
    pub members: Vec<Row>,
    /// What stands beneath all: of single members, and the state of the alert with its command.
    pub alert: Vec<String>,
}

/// What stands above the other series of an alert.
pub(super) const OTHERS: &str = "The others, the largest effect first";

/// One further series of an alert.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Case and configuration, as a line of Markdown.
    pub name: String,
    pub levels: Option<Told>,
    /// ", since 2026-03-01 at commit `abc`", where that is not the same for all.
    pub since: String,
}

/// From where to where a series moved.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The whole statement.
    pub sentence: String,
    /// Its numbers with their units, in the order of the sentence.
    pub before: String,
    pub after: String,
    pub effect: String,
    /// Both ends.
    pub interval: Option<(String, String)>,
    /// "lower is better".
    pub direction: &'static str,
}

/// The course of a series.
#[derive(Debug, Clone)]
pub(super) struct Course {
    /// In characters, cut where the level changed.
    pub bars: String,
    /// The picture's Content-ID and what stands where it cannot be shown; none without a picture.
    pub picture: Option<(String, String)>,
}

/// A mail that is carried by another one.
#[derive(Debug, Clone)]
pub(super) struct Enclosed {
    /// Which of them it is, and when it would have gone.
    pub place: String,
    /// Its whole text, in many lines of Markdown; the first is its news in a line.
    pub text: String,
}
