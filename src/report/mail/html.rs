//! A letter as HTML for mail programs: nested tables of at most 600 pixels, styles on the elements, nothing from the network.
//!
//! Outlook for Windows renders with Word: it knows tables, `bgcolor` and `width`, but neither `max-width` nor rounded corners, so the
//! outermost table is repeated for it in conditional comments. Gmail drops style sheets. Programs with a dark mode turn light grounds
//! and dark text around by themselves as long as each text has both colours, so every text has.

use super::inline::{attribute, escape, inline};
use super::letter::{Card, Course, Enclosed, Letter, Mood, OTHERS, Part, Row, Told};

const INK: &str = "#1c2024";
const MUTED: &str = "#57606a";
const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
/// CSS pixels across the letter.
const WIDTH: u32 = 600;
/// The same inside a card, for programs that know no percent.
const INSIDE: u32 = 540;
const TABLE: &str = "role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"";

/// The whole document.
pub(super) fn html(subject: &str, letter: &Letter) -> String {
    let mut rows = title(&letter.title, letter.mood);
    letter.parts.iter().for_each(|part| rows.push_str(&self::part(part)));
    document(subject, &letter.preview, &rows)
}

/// The same of text that is no letter any more: it is set as it is.
pub(super) fn of_text(subject: &str, preview: &str, text: &str) -> String {
    document(subject, preview, &row(&written(text)))
}

fn document(subject: &str, preview: &str, rows: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"format-detection\" content=\"telephone=no, date=no, address=no\">\n<title>{}</title>\n</head>\n\
         <body bgcolor=\"#eef0f3\" style=\"margin:0;padding:0;background-color:#eef0f3;-webkit-text-size-adjust:100%\">\n\
         <div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">{}</div>\n\
         <table {TABLE} bgcolor=\"#eef0f3\"><tr><td align=\"center\" style=\"padding:12px 8px\">\n\
         <!--[if mso]><table role=\"presentation\" width=\"{WIDTH}\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td><![endif]-->\n\
         <table {TABLE} bgcolor=\"#ffffff\" style=\"max-width:{WIDTH}px;background-color:#ffffff;color:{INK};{FONT};text-align:left\">\n\
         {rows}<tr><td height=\"12\" style=\"height:12px;line-height:12px;font-size:0\">&nbsp;</td></tr>\n</table>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n",
        escape(subject),
        attribute(preview),
    )
}

/// Colour of its edge and text, and of its ground.
fn colours(mood: Mood) -> (&'static str, &'static str) {
    match mood {
        Mood::Bad => ("#b3261e", "#fdf3f2"),
        Mood::Watched => ("#8a5300", "#fdf6ea"),
        Mood::Good => ("#1a6b3c", "#eff8f2"),
        Mood::Plain => ("#44546a", "#f5f6f8"),
    }
}

fn title(line: &str, mood: Mood) -> String {
    let (edge, _) = colours(mood);
    format!(
        "<tr><td height=\"5\" bgcolor=\"{edge}\" style=\"height:5px;line-height:5px;font-size:0;background-color:{edge}\">&nbsp;</td></tr>\n\
         <tr><td style=\"padding:18px 22px 6px 22px\"><h1 style=\"margin:0;font-size:20px;line-height:27px;font-weight:700;color:{INK}\">\
         {}</h1></td></tr>\n",
        inline(line)
    )
}

/// A row of the outer table.
fn row(content: &str) -> String {
    format!(
        "<tr><td style=\"padding:8px 22px 10px 22px;font-size:15px;line-height:22px;color:{INK};{FONT}\">{content}</td></tr>\n"
    )
}

fn part(part: &Part) -> String {
    match part {
        Part::Group { title, line } => row(&format!("{}{}", heading(title, INK), paragraph(line))),
        Part::Card(card) => boxed(card.mood, &self::card(card)),
        Part::List { mood, title, items } => boxed(*mood, &list(title, items, *mood)),
        Part::Short { title, items } => row(&short(title, items)),
        Part::Line(line) => row(&paragraph(line)),
        Part::Enclosed(mail) => boxed(Mood::Plain, &enclosed(mail)),
    }
}

/// A box with a coloured edge.
fn boxed(mood: Mood, content: &str) -> String {
    let (edge, ground) = colours(mood);
    row(&format!(
        "<table {TABLE}><tr><td width=\"4\" bgcolor=\"{edge}\" style=\"width:4px;font-size:0;background-color:{edge}\">&nbsp;</td>\
         <td bgcolor=\"{ground}\" style=\"padding:14px 16px 10px 16px;background-color:{ground};font-size:15px;line-height:22px;color:{INK};{FONT};\
         word-break:break-word;overflow-wrap:anywhere\">{content}</td></tr></table>"
    ))
}

fn heading(line: &str, colour: &str) -> String {
    format!(
        "<h2 style=\"margin:0 0 8px 0;font-size:16px;line-height:22px;font-weight:700;color:{colour}\">{}</h2>",
        inline(line)
    )
}

fn paragraph(line: &str) -> String {
    format!("<p style=\"margin:0 0 7px 0;color:{INK}\">{}</p>", inline(line))
}

fn card(card: &Card) -> String {
    let (edge, _) = colours(card.mood);
    let mut out = String::new();
    if !card.label.is_empty() {
        out.push_str(&small(card.label, edge));
    }
    out.push_str(&heading(&card.title, INK));
    out.extend(card.levels.iter().map(|levels| self::levels(levels, edge)));
    out.extend(card.course.iter().map(course));
    out.extend(card.lines.iter().map(|line| paragraph(line)));
    if !card.members.is_empty() {
        out.push_str(&members(&card.members));
    }
    out.extend(card.alert.iter().map(|line| paragraph(line)));
    out
}

/// The other series of an alert: the name of each above its figures, since a telephone is too narrow for both beside each other.
fn members(members: &[Row]) -> String {
    let says_since = members.iter().any(|member| !member.since.is_empty());
    let titles = ["Before", "After", "Change", "Likely"].into_iter().chain(says_since.then_some("Since"));
    let head: String = titles.map(|title| format!("<th style=\"font-weight:400\">{title}</th>")).collect();
    let rows = members.iter().map(|member| member_rows(member, says_since)).collect::<String>();
    format!(
        "<p style=\"margin:10px 0 2px 0;color:{INK}\">{OTHERS}:</p><table width=\"100%\" cellpadding=\"2\" cellspacing=\"0\" border=\"0\" \
         style=\"margin:0 0 10px 0;font-size:13px;line-height:18px;color:{INK};word-break:normal;overflow-wrap:normal\">\n\
         <tr align=\"left\" style=\"color:{MUTED}\">{head}</tr>\n{rows}</table>"
    )
}

fn member_rows(member: &Row, says_since: bool) -> String {
    let figures = member.levels.as_ref().map(|Told { before, after, effect, interval, .. }| {
        let likely = interval.as_ref().map(|(low, high)| format!("{low} to {high}"));
        [before.clone(), after.clone(), effect.clone(), likely.unwrap_or_default()]
    });
    let figures = figures.unwrap_or_default();
    let since = member.since.trim_start_matches(", since ");
    // Levels stay on one line; what is longer may break.
    let cell = |(i, line)| format!("<td{}>{}</td>", if i < 3 { " nowrap" } else { "" }, inline(line));
    let cells: String =
        figures.iter().map(String::as_str).chain(says_since.then_some(since)).enumerate().map(cell).collect();
    format!(
        "<tr><td colspan=\"{}\" style=\"border-top:1px solid #d8dce1;word-break:break-word;overflow-wrap:anywhere\">{}</td></tr>\n\
         <tr valign=\"top\">{cells}</tr>\n",
        4 + usize::from(says_since),
        inline(&member.name)
    )
}

/// From where to where it moved, side by side.
fn levels(levels: &Told, edge: &str) -> String {
    let cell = |label: &str, number: &str, colour: &str| {
        format!(
            "<td width=\"33%\" valign=\"top\" style=\"padding:0 12px 6px 0;color:{colour}\"><span style=\"font-size:13px;line-height:18px;color:{MUTED}\">\
             {label}</span><br><span style=\"font-size:20px;line-height:26px;font-weight:700;color:{colour}\">{}</span></td>",
            inline(number)
        )
    };
    let cells =
        [cell("Before", &levels.before, INK), cell("After", &levels.after, INK), cell("Change", &levels.effect, edge)];
    let likely = levels.interval.as_ref().map(|(low, high)| format!("Likely between {low} and {high}; "));
    format!(
        "<table {TABLE}><tr>{}</tr></table>{}",
        cells.concat(),
        paragraph(&format!("{}{}.", likely.unwrap_or_default(), levels.direction))
    )
}

/// The picture, and the characters where there is none.
fn course(course: &Course) -> String {
    match &course.picture {
        Some((cid, alt)) => format!(
            "<p style=\"margin:4px 0 10px 0\"><img src=\"cid:{}\" width=\"{INSIDE}\" alt=\"{}\" style=\"display:block;width:100%;\
             max-width:{INSIDE}px;height:auto;border:0;background-color:#ffffff;color:{INK}\"></p>",
            escape(cid),
            attribute(alt)
        ),
        None => format!(
            "<p style=\"margin:0 0 7px 0;color:{INK}\">Run by run: <span style=\"font-family:Consolas,Menlo,monospace\">{}</span></p>",
            escape(&course.bars)
        ),
    }
}

fn list(title: &str, items: &[String], mood: Mood) -> String {
    let (edge, _) = colours(mood);
    items.iter().fold(heading(title, edge), |out, item| out + &paragraph(item))
}

/// A long list: one line each, without what makes names and commands stand out.
fn short(title: &str, items: &[String]) -> String {
    let lines: Vec<String> = items.iter().map(|item| attribute(item)).collect();
    format!(
        "{}<p style=\"margin:0;font-size:13px;line-height:19px;color:{INK}\">{}</p>",
        heading(title, INK),
        lines.join("<br>\n")
    )
}

fn enclosed(mail: &Enclosed) -> String {
    let text = mail.text.trim_end();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("{}{}{}", small(&mail.place, MUTED), heading(first, INK), written(rest))
}

/// A short line above a heading.
fn small(line: &str, colour: &str) -> String {
    format!(
        "<p style=\"margin:0 0 2px 0;font-size:13px;line-height:18px;font-weight:700;color:{colour}\">{}</p>",
        inline(line)
    )
}

/// Many lines of Markdown of ours, as a reader of mails expects them; commands stand apart here too.
fn written(text: &str) -> String {
    let shown = |line: &str| {
        let title = line.trim_start_matches('#');
        match line.strip_prefix("- ") {
            Some(item) => paragraph(item),
            None if title.len() < line.len() && title.starts_with(' ') => heading(title.trim(), INK),
            None => paragraph(line),
        }
    };
    text.lines().filter(|line| !line.trim().is_empty() && *line != "---").map(shown).collect()
}
