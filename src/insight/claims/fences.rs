//! Fences: what stands between lines of ticks. Data is read as data, prose as prose, code is not read at all.

use super::data;
use super::sink::{Place, Sink};
use super::tables::{self, Row, Table};

/// Languages of fences that hold prose.
const PROSE: &[&str] = &[
    "markdown",
    "md",
    "text",
    "txt",
    "plaintext",
    "plain",
    "output",
    "console",
    "log",
    "yaml",
    "yml",
    "toml",
    "ini",
    "properties",
    "report",
    "html",
    "xml",
];
const DATA: &[&str] = &["json", "jsonc", "json5", "jsonl", "ndjson", "geojson"];
const TABLES: &[&str] = &["csv", "tsv"];

/// What a fence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Json,
    Table,
    /// Nothing says what: looked at when it closes.
    Unknown,
    Code,
}

/// An open fence.
#[derive(Debug)]
pub(super) struct Fence {
    pub marks: usize,
    /// Its lines are read like those outside.
    pub prose: bool,
    holds: Holds,
    lines: Vec<(usize, usize)>,
}

/// The ticks or tildes that a line begins with and what is written behind them; `None` for other lines.
pub(super) fn fence(chars: &[char], at: usize, to: usize) -> Option<(usize, String)> {
    let mark = chars.get(at).filter(|c| matches!(c, '`' | '~'))?;
    let marks = (at..to).take_while(|i| chars.get(*i) == Some(mark)).count();
    let rest: String = chars.get(at + marks..to)?.iter().collect();
    let info = rest.trim().trim_start_matches(['`', '~', ' ']);
    (marks >= 3 && !info.contains('`')).then(|| (marks, info.to_owned()))
}

impl Fence {
    /// Opens a fence whose first line ends at `to`.
    pub fn open(chars: &[char], marks: usize, info: &str, to: usize) -> Self {
        let language = info.split([' ', '{', ',']).next().unwrap_or_default().to_lowercase();
        let first = chars.get(to..).unwrap_or_default().iter().find(|c| !c.is_whitespace()).copied();
        let brackets = matches!(first, Some('{' | '['));
        let holds = match language.as_str() {
            known if DATA.contains(&known) => Holds::Json,
            known if TABLES.contains(&known) => Holds::Table,
            "" => Holds::Unknown,
            known if PROSE.contains(&known) && brackets => Holds::Json,
            _ => Holds::Code,
        };
        let prose = PROSE.contains(&language.as_str()) && holds == Holds::Code;
        Self { marks, prose, holds, lines: Vec::new() }
    }

    /// Takes a line.
    pub fn push(&mut self, from: usize, to: usize) {
        self.lines.push((from, to));
    }

    /// Gives the claims of what the fence held.
    pub fn claims(&self, chars: &[char], place: &Place, sink: &mut Sink) {
        let (Some((from, _)), Some((_, to))) = (self.lines.first(), self.lines.last()) else { return };
        match self.holds {
            Holds::Json => data::read(chars, *from, *to, place, sink),
            Holds::Table => self.table(chars, place, sink),
            Holds::Unknown => self.unknown(chars, place, sink),
            Holds::Code => {}
        }
    }

    fn unknown(&self, chars: &[char], place: &Place, sink: &mut Sink) {
        let (Some((from, _)), Some((_, to))) = (self.lines.first(), self.lines.last()) else { return };
        let first = chars.get(*from..*to).unwrap_or_default().iter().find(|c| !c.is_whitespace());
        if matches!(first, Some('{' | '[')) {
            return data::read(chars, *from, *to, place, sink);
        }
        let texts: Vec<String> =
            self.lines.iter().map(|(from, to)| chars.get(*from..*to).unwrap_or_default().iter().collect()).collect();
        if texts.iter().any(|line| is_code(line)) {
            return;
        }
        let commas = |line: &String| line.matches(',').count();
        let filled: Vec<usize> = texts.iter().filter(|l| !l.trim().is_empty()).map(commas).collect();
        let even = filled.len() > 1 && filled.first().is_some_and(|n| *n > 0 && filled.iter().all(|m| m == n));
        if even && !texts.iter().any(|line| line.contains(", ")) {
            return self.table(chars, place, sink);
        }
        let mut rows: Vec<Row> = Vec::new();
        for (from, to) in &self.lines {
            if let Some(row) = tables::row(chars, *from, *to) {
                rows.push(row);
                continue;
            }
            flush(chars, &mut rows, place, sink);
            let glyphs = super::glyphs::visible(chars, *from, *to);
            sink.passage(&glyphs, super::scan::Reading::default(), place, |_| true);
        }
        flush(chars, &mut rows, place, sink);
    }

    fn table(&self, chars: &[char], place: &Place, sink: &mut Sink) {
        let rows: Vec<Row> = self
            .lines
            .iter()
            .filter(|(from, to)| from < to)
            .map(|(from, to)| tables::commas(chars, *from, *to))
            .collect();
        Table::new(chars, &rows).claims(place, sink);
    }
}

fn flush(chars: &[char], rows: &mut Vec<Row>, place: &Place, sink: &mut Sink) {
    let rows = std::mem::take(rows);
    if !rows.is_empty() {
        Table::new(chars, &rows).claims(place, sink);
    }
}

/// Whether a line can only be code.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    let starts = [
        "import ",
        "from ",
        "def ",
        "class ",
        "#include",
        "#!/",
        "$ ",
        "const ",
        "let ",
        "var ",
        "function ",
        "fn ",
        "pub ",
        "return ",
        "SELECT ",
        "pip ",
        "cargo ",
        "docker ",
        "sudo ",
        "@",
        "//",
        "if (",
        "for (",
    ];
    let starts = starts.iter().any(|word| line.starts_with(word)) && !line.ends_with('.');
    starts || line.ends_with([';', '{']) || line.ends_with("):") || line.contains("()")
}
