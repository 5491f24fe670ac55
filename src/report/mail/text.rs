//! A letter as plain text: Markdown that reads well as it is, complete without the HTML.

use super::letter::{Card, Enclosed, Letter, OTHERS, Part, Row, Told};

/// The whole letter, ended by one line break.
pub(super) fn text(letter: &Letter) -> String {
    let mut out = format!("{}.\n\n", letter.title);
    for part in &letter.parts {
        match part {
            Part::Group { title, line } => out.push_str(&format!("## {title}\n\n{line}\n\n")),
            Part::Card(card) => self::card(card, &mut out),
            Part::List { title, items, .. } | Part::Short { title, items } => {
                out.push_str(&format!("{title}:\n\n"));
                items.iter().for_each(|item| out.push_str(&format!("- {item}\n")));
                out.push('\n');
            }
            Part::Line(line) => out.push_str(&format!("{line}\n\n")),
            Part::Enclosed(mail) => enclosed(mail, &mut out),
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn card(card: &Card, out: &mut String) {
    let label = if card.label.is_empty() { String::new() } else { format!("{}: ", card.label) };
    out.push_str(&format!("### {label}{}\n\n", card.title));
    let levels = card.levels.iter().map(|levels| levels.sentence.clone());
    let course = card.course.iter().map(|course| format!("Run by run: {}", course.bars));
    for line in levels.chain(course).chain(card.lines.iter().cloned()) {
        out.push_str(&format!("- {line}\n"));
    }
    out.push('\n');
    if !card.members.is_empty() {
        out.push_str(&format!("{OTHERS}:\n\n"));
        card.members.iter().for_each(|member| out.push_str(&format!("- {}\n", row(member))));
        out.push('\n');
    }
    card.alert.iter().for_each(|line| out.push_str(&format!("- {line}\n")));
    if !card.alert.is_empty() {
        out.push('\n');
    }
}

/// A further series in a line: its name, from where to where, and how sure that is.
fn row(row: &Row) -> String {
    let moved = row.levels.as_ref().map(|Told { before, after, effect, interval, .. }| {
        let likely = interval.as_ref().map(|(low, high)| format!(", likely {low} to {high}"));
        format!(": {before} → {after}, {effect}{}", likely.unwrap_or_default())
    });
    format!("{}{}{}", row.name, moved.unwrap_or_default(), row.since)
}

fn enclosed(mail: &Enclosed, out: &mut String) {
    out.push_str(&format!("---\n\n# {}\n\n{}\n\n", mail.place, mail.text.trim_end()));
}
