//! The page of a report: the answer at the top, contents, then sections in the order of the Markdown, and the facts.

use std::collections::{HashMap, HashSet};

use super::{escaped, shell};
use crate::domain::fact::FactId;
use crate::insight::{Analysis, Block, Figure, Prose, Section, Tone};
use crate::report::markdown::{APPENDIX, anchor};
use crate::report::prose::{self as told, Look};
use crate::report::{REPORT_MARKER, chart};

/// Items of a list beyond which it is folded away behind its heading.
const LONG: usize = 12;
/// Characters of the verdict in the title of the page: tabs and lists of search show no more.
const TITLE: usize = 60;

/// A page that is being written.
pub(super) struct Page<'a> {
    pub(super) look: Look<'a>,
    pub(super) out: String,
    /// Where each fact is cited first.
    pub(super) cited: HashMap<FactId, usize>,
    /// Places that cite, so far.
    pub(super) places: usize,
    /// Whether a card is being written: there commands have lines of their own.
    pub(super) in_card: bool,
    /// How far the effect bars of the section that is being written reach, by their unit.
    pub(super) reaches: HashMap<String, f64>,
    /// Names of headings that are taken.
    anchors: HashSet<String>,
    /// Figures and headings with made-up names, so far.
    made: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        let look = Look { ledger: &analysis.ledger, zone: &analysis.header.zone };
        let (cited, reaches, anchors) = (HashMap::new(), HashMap::new(), HashSet::from(["content".to_owned()]));
        Self { look, out: String::new(), cited, places: 0, in_card: false, reaches, anchors, made: 0 }
    }

    /// The whole document.
    pub(super) fn written(mut self, analysis: &'a Analysis) -> String {
        let sections = &analysis.sections;
        let titles = sections.iter().map(|section| section.title.as_str()).chain([APPENDIX]);
        let titles: Vec<(String, &str)> = titles.map(|title| (self.anchor(title), title)).collect();
        self.out.push_str("<a class=\"skip\" href=\"#content\">Skip to the report</a>\n<div class=\"page\">\n");
        self.header(analysis);
        self.contents(&titles, sections);
        self.out.push_str("<main id=\"content\">\n");
        for (section, (id, _)) in sections.iter().zip(&titles) {
            self.section(section, id);
        }
        self.facts(titles.last().map_or("", |(id, _)| id), APPENDIX);
        self.out.push_str("</main>\n</div>\n");
        let title = self.title(analysis);
        let marker = format!("{REPORT_MARKER} landing={}", analysis.header.landing);
        shell(&title, &marker, &self.out)
    }

    fn title(&self, analysis: &Analysis) -> String {
        let verdict = told::words(&analysis.verdict, self.look);
        let cut = verdict.char_indices().nth(TITLE).map_or(verdict.len(), |(end, _)| end);
        let ellipsis = if cut < verdict.len() { "…" } else { "" };
        format!("{}{ellipsis}", verdict.get(..cut).unwrap_or_default())
    }

    fn header(&mut self, analysis: &'a Analysis) {
        let tones = |tone: Tone| analysis.sections.iter().any(|section| section.tone == tone);
        let tone = [Tone::Worse, Tone::Watched, Tone::Better].into_iter().find(|tone| tones(*tone)).unwrap_or_default();
        self.out.push_str("<header>\n<h1>Benchmark report, ");
        self.time(analysis.header.at);
        self.out.push_str(&format!("</h1>\n<p class=\"verdict {}\">", class(tone)));
        self.cited(&analysis.verdict);
        self.out.push_str("</p>\n");
        self.paragraph("arrived", &analysis.arrived);
        self.out.push_str("</header>\n");
    }

    fn contents(&mut self, titles: &[(String, &str)], sections: &[Section]) {
        self.out.push_str("<nav aria-label=\"Contents\">\n<ul>\n");
        for (i, (id, title)) in titles.iter().enumerate() {
            let tone = sections.get(i).map(|section| section.tone).unwrap_or_default();
            self.out.push_str(&format!(
                "<li><a class=\"{}\" href=\"#{id}\">{}</a></li>\n",
                class(tone),
                escaped(short(title))
            ));
        }
        self.out.push_str("</ul>\n</nav>\n");
    }

    fn section(&mut self, section: &'a Section, id: &str) {
        self.out.push_str(&format!(
            "<section class=\"{}\" aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n",
            class(section.tone),
            escaped(&section.title)
        ));
        self.reaches = self.reaches(&section.blocks);
        if section.tone == Tone::Plain {
            self.blocks(&section.blocks, id);
        } else {
            self.cards(section);
        }
        self.out.push_str("</section>\n");
    }

    /// The blocks of a section without cards.
    fn blocks(&mut self, blocks: &'a [Block], section: &str) {
        let mut label = section.to_owned();
        let mut at = 0;
        while let Some(block) = blocks.get(at) {
            at += 1;
            match (block, blocks.get(at)) {
                (Block::Heading(heading), Some(Block::Bullets(items))) if items.len() > LONG => {
                    self.out.push_str("<details>\n<summary>");
                    self.heading(heading);
                    self.out.push_str("</summary>\n");
                    self.list("ul", items);
                    self.out.push_str("</details>\n");
                    at += 1;
                }
                (Block::Heading(heading), _) => label = self.heading(heading),
                (Block::Figure(figure), _) => {
                    let more = blocks.get(at..).unwrap_or_default();
                    let more: Vec<&Figure> = more.iter().map_while(figure_of).collect();
                    at += more.len();
                    self.figures(std::iter::once(figure.as_ref()).chain(more));
                }
                (other, _) => self.block(other, &label),
            }
        }
    }

    /// A block as it is everywhere; `label` names the heading that it stands under.
    pub(super) fn block(&mut self, block: &'a Block, label: &str) {
        match block {
            Block::Heading(heading) => {
                self.heading(heading);
            }
            Block::Paragraph(text) => self.paragraph("", text),
            Block::Bullets(items) => self.list("ul", items),
            Block::Numbered(items) => self.list("ol", items),
            Block::Table(table) => self.table(table, label),
            Block::Levels(levels) => self.levels(levels),
            Block::Figure(figure) => self.figures(std::iter::once(figure.as_ref())),
        }
    }

    /// A heading inside a section; gives the name that it was given.
    pub(super) fn heading(&mut self, heading: &'a Prose) -> String {
        let id = self.name("h");
        self.out.push_str(&format!("<h3 id=\"{id}\">"));
        self.plain(heading);
        self.out.push_str("</h3>\n");
        id
    }

    pub(super) fn paragraph(&mut self, class: &str, text: &'a Prose) {
        self.out.push_str(&if class.is_empty() { "<p>".to_owned() } else { format!("<p class=\"{class}\">") });
        self.cited(text);
        self.out.push_str("</p>\n");
    }

    pub(super) fn list(&mut self, kind: &str, items: &'a [Prose]) {
        self.out.push_str(&format!("<{kind}>\n"));
        for item in items {
            self.out.push_str("<li>");
            self.cited(item);
            self.out.push_str("</li>\n");
        }
        self.out.push_str(&format!("</{kind}>\n"));
    }

    /// Charts, side by side where there is room.
    pub(super) fn figures<'f>(&mut self, figures: impl Iterator<Item = &'f Figure>) {
        self.out.push_str("<div class=\"figures\">\n");
        for figure in figures {
            let id = self.name("c");
            let drawn = match figure {
                Figure::History(history) => chart::history(history, self.look.zone, &id),
                Figure::Effects(effects) => chart::effects(effects, &id),
            };
            if !drawn.is_empty() {
                self.out.push_str(&format!("<figure>\n{drawn}\n</figure>\n"));
            }
        }
        self.out.push_str("</div>\n");
    }

    /// A name that nothing else on the page has.
    pub(super) fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }

    /// The name of a section, as links to it in Markdown have it.
    fn anchor(&mut self, title: &str) -> String {
        let mut id = anchor(title);
        while id.is_empty() || !self.anchors.insert(id.clone()) {
            id.push_str("-also");
        }
        id
    }
}

fn figure_of(block: &Block) -> Option<&Figure> {
    if let Block::Figure(figure) = block { Some(figure) } else { None }
}

/// The class of what has this tone.
pub(super) fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Worse => "worse",
        Tone::Watched => "watched",
        Tone::Better => "better",
    }
}

/// A title for the contents: what follows a colon explains it and stands with the section.
fn short(title: &str) -> &str {
    title.split_once(": ").map_or(title, |(short, _)| short)
}
