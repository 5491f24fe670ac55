//! The report as Markdown, complete in itself: the answer, the sections, and where every number comes from.

use super::prose::Look;
use super::{REPORT_MARKER, prose, sparkline, tables};
use crate::insight::{Analysis, Block, Figure, History, Section};

/// Characters of a course, at most.
const WIDTH: usize = 60;
/// The title of the table of facts.
pub(super) const APPENDIX: &str = "Appendix: where the numbers come from";

/// The whole report. The first line is a comment with the marker; equal analyses give equal bytes.
pub fn markdown(analysis: &Analysis) -> String {
    let header = &analysis.header;
    let look = Look { ledger: &analysis.ledger, zone: &header.zone };
    let at = header.zone.show(header.at);
    let mut out = format!("<!-- {REPORT_MARKER} landing={} -->\n", header.landing);
    out.push_str(&format!("# Benchmark report, {at}\n\n"));
    out.push_str(&format!("**{}**", prose::plain(&analysis.verdict, look)));
    let refs = analysis.verdict.refs();
    if !refs.is_empty() {
        out.push_str(&format!(" [{}]", prose::references(&refs)));
    }
    out.push_str(&format!("\n\n{}\n\n", prose::cited(&analysis.arrived, look)));
    for (i, section) in analysis.sections.iter().enumerate() {
        if i == analysis.front {
            contents(&analysis.sections, i, &mut out);
        }
        out.push_str(&format!("## {}\n\n", section.title));
        section.blocks.iter().for_each(|block| self::block(block, look, &mut out));
    }
    out.push_str(&format!("## {APPENDIX}\n\n"));
    tables::facts(look.ledger, &mut out);
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

/// The sections that follow the first page, as links.
fn contents(sections: &[Section], front: usize, out: &mut String) {
    let titles = sections.iter().skip(front).map(|section| section.title.as_str()).chain([APPENDIX]);
    let links: Vec<String> = titles.map(|title| format!("[{title}](#{})", anchor(title))).collect();
    out.push_str(&format!("In detail: {}\n\n", links.join(" · ")));
}

/// The name by which a heading is linked to, as the usual hosts of Markdown make it.
pub(super) fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

/// A part of a section, with the blank line after it.
pub(super) fn block(block: &Block, look: Look<'_>, out: &mut String) {
    match block {
        Block::Heading(heading) => out.push_str(&format!("### {}\n", prose::plain(heading, look))),
        Block::Paragraph(text) => out.push_str(&format!("{}\n", prose::cited(text, look))),
        Block::Bullets(items) => {
            items.iter().for_each(|item| out.push_str(&format!("- {}\n", prose::cited(item, look))))
        }
        Block::Numbered(items) => {
            for (i, item) in items.iter().enumerate() {
                out.push_str(&format!("{}. {}\n", i + 1, prose::cited(item, look)));
            }
        }
        Block::Table(table) => return tables::table(table, look, out),
        Block::Levels(levels) => out.push_str(&format!("{}\n", prose::cited(&levels.told, look))),
        Block::Figure(figure) => match figure.as_ref() {
            Figure::History(history) if figure.is_told() => out.push_str(&format!("{}\n", course(history))),
            Figure::History(_) | Figure::Effects(_) => return,
        },
    }
    out.push('\n');
}

/// The runs of a series as a line of bars, cut where its level changed.
fn course(history: &History) -> String {
    let values: Vec<f64> = history.points.iter().map(|point| point.value).collect();
    let changes: Vec<usize> = history.changes.iter().map(|turn| turn.index).collect();
    format!("`{}`", sparkline(&values, &changes, WIDTH).join("│"))
}
