//! Cards: what got worse, is watched, or got better, each change in a frame of its own with its levels, its chart and its commands.

use std::collections::HashMap;

use super::page::{Page, class};
use crate::domain::fact::FactId;
use crate::domain::series::Direction;
use crate::insight::{Block, Figure, History, Levels, Prose, Section, Span, Tone};
use crate::report::chart;
use crate::report::prose::Shown;

/// An effect and the ends of its interval.
type Reaching = (f64, Option<(f64, f64)>);

impl<'a> Page<'a> {
    /// The blocks of a section of news: each heading begins a card, and what stands before the first one stands alone.
    pub(super) fn cards(&mut self, section: &'a Section) {
        let is_heading = |block: &Block| matches!(block, Block::Heading(_));
        let first = section.blocks.iter().position(is_heading).unwrap_or(section.blocks.len());
        let (before, mut rest) = section.blocks.split_at_checked(first).unwrap_or((&section.blocks, &[]));
        before.iter().for_each(|block| self.block(block, ""));
        while let Some((Block::Heading(heading), behind)) = rest.split_first() {
            let length = behind.iter().position(is_heading).unwrap_or(behind.len());
            let (own, next) = behind.split_at_checked(length).unwrap_or((behind, &[]));
            self.card(section.tone, heading, own);
            rest = next;
        }
    }

    fn card(&mut self, tone: Tone, heading: &'a Prose, blocks: &'a [Block]) {
        let id = self.name("h");
        let history = blocks.iter().find_map(history_of);
        let drawn = if tone == Tone::Worse && history.is_some() { " drawn" } else { "" };
        let tone_class = class(tone);
        let open = format!("<article class=\"card {tone_class}{drawn}\" aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">");
        self.out.push_str(&open);
        self.plain(heading);
        self.out.push_str("</h3>\n");
        self.in_card = true;
        // A chart that is seen at once comes first: where there is room, levels, lines and commands flow around it.
        let figures = blocks.iter().filter_map(figure_of).filter(|_| tone == Tone::Worse);
        if history.is_some() {
            figures.for_each(|figure| self.figures(std::iter::once(figure)));
        }
        for block in blocks {
            match block {
                Block::Figure(_) if !drawn.is_empty() => {}
                Block::Levels(levels) => {
                    self.out.push_str("<div class=\"move\">\n<div>\n");
                    self.levels(levels);
                    self.out.push_str("</div>\n");
                    if let Some(history) = history.filter(|_| tone != Tone::Worse) {
                        self.out.push_str(&chart::spark(history));
                    }
                    self.out.push_str("</div>\n");
                }
                // What got worse is shown at once, all else to whoever asks for it.
                Block::Figure(figure) if tone != Tone::Worse => {
                    self.out.push_str("<details>\n<summary>Show the course</summary>\n");
                    self.figures(std::iter::once(figure.as_ref()));
                    self.out.push_str("</details>\n");
                }
                other => self.block(other, &id),
            }
        }
        self.in_card = false;
        self.out.push_str("</article>\n");
    }

    /// From where to where, large; what else the statement says beneath it.
    pub(super) fn levels(&mut self, levels: &'a Levels) {
        let Some((before, after, effect, rest)) = parts(levels) else {
            return self.paragraph("", &levels.told);
        };
        let look = self.look;
        let way = way(levels, |id| look.ledger.get(id).map(|fact| fact.value));
        self.out.push_str("<p class=\"levels\"><span class=\"level\">before <b>");
        self.shown(&Shown::span(before, look));
        self.out
            .push_str("</b></span> <span class=\"to\" aria-hidden=\"true\">→</span> <span class=\"level\">after <b>");
        self.shown(&Shown::span(after, look));
        self.out.push_str(&format!("</b></span> <strong class=\"effect {way}\">"));
        self.shown(&Shown::span(effect, look));
        self.out.push_str("</strong></p>\n");
        self.bar(levels);
        self.out.push_str("<p class=\"likely\">");
        self.rest(rest);
        let refs = levels.told.refs();
        if !refs.is_empty() {
            self.out.push(' ');
            self.citation("span", &refs);
        }
        self.out.push_str("</p>\n");
    }

    /// What follows the effect in its sentence, as one of its own.
    fn rest(&mut self, rest: &'a [Span]) {
        let look = self.look;
        let mut rest = rest.iter();
        if let Some(Span::Text(text)) = rest.as_slice().first() {
            rest.next();
            let text = text.trim_start_matches([',', ';', ' ']);
            let mut chars = text.chars();
            let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
            self.out.push_str(&super::escaped(&format!("{capital}{}", chars.as_str())));
        }
        rest.for_each(|span| self.shown(&Shown::span(span, look)));
    }

    /// How far the bars of a section reach, of each unit, so that their lengths can be compared.
    pub(super) fn reaches(&self, blocks: &[Block]) -> HashMap<String, f64> {
        let fact = |id: FactId| self.look.ledger.get(id);
        let mut effects: HashMap<String, Vec<Reaching>> = HashMap::new();
        for block in blocks {
            let Block::Levels(levels) = block else { continue };
            let Some(effect) = fact(levels.effect) else { continue };
            let interval = levels.interval.and_then(|(low, high)| Some((fact(low)?.value, fact(high)?.value)));
            effects.entry(effect.unit.as_str().to_owned()).or_default().push((effect.value, interval));
        }
        effects.into_iter().map(|(unit, effects)| (unit, chart::reach(effects))).collect()
    }

    fn bar(&mut self, levels: &Levels) {
        let value = |id: FactId| self.look.ledger.get(id).map(|fact| fact.value);
        let Some(fact) = self.look.ledger.get(levels.effect) else { return };
        let interval = levels.interval.and_then(|(low, high)| Some((value(low)?, value(high)?)));
        let reach = self.reaches.get(fact.unit.as_str()).copied().unwrap_or_else(|| fact.value.abs());
        let drawn = chart::effect_bar(fact.value, interval, &fact.unit, levels.direction, reach);
        self.out.push_str(&drawn);
        self.out.push('\n');
    }
}

fn figure_of(block: &Block) -> Option<&Figure> {
    if let Block::Figure(figure) = block { Some(figure) } else { None }
}

fn history_of(block: &Block) -> Option<&History> {
    match block {
        Block::Figure(figure) => match figure.as_ref() {
            Figure::History(history) => Some(history),
            Figure::Effects(_) => None,
        },
        _ => None,
    }
}

/// The spans of before, after and effect, and what follows them; `None` where the sentence is built otherwise.
fn parts(levels: &Levels) -> Option<(&Span, &Span, &Span, &[Span])> {
    let [Span::Text(_), before, Span::Text(_), after, Span::Text(_), effect, rest @ ..] = levels.told.0.as_slice()
    else {
        return None;
    };
    let is = |span: &Span, wanted: FactId| matches!(span, Span::Value(id) | Span::Change(id) if *id == wanted);
    let fits = is(before, levels.before) && is(after, levels.after) && is(effect, levels.effect);
    fits.then_some((before, after, effect, rest))
}

/// Whether it went well, as a class.
fn way(levels: &Levels, value: impl Fn(FactId) -> Option<f64>) -> &'static str {
    match (levels.direction, value(levels.before), value(levels.after)) {
        (Direction::Neutral, ..) | (_, None, _) | (_, _, None) => "",
        (direction, Some(before), Some(after)) if direction.is_worse(before, after) => "worse",
        _ => "better",
    }
}
