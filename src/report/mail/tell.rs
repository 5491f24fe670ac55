//! What a landing's news say: cards for what fires, a list of what is over, and where the report is.

use std::collections::{BTreeMap, BTreeSet};

use super::headline::{self, Headline};
use super::letter::{Card, Course, Letter, Mood, Part, Told};
use super::{Chart, MailNews, News, Notice, NoticeKind, Onset};
use crate::domain::alert::AlertKind;
use crate::domain::zone::Zone;
use crate::insight::{AlertLine, Change, History, Ledger, Levels, Prose, about, alert_line, describe};
use crate::report::prose::{self, Look};
use crate::report::sparkline::sparkline;
use crate::report::{chart, escape};

/// Regressions told one by one; the report tells the others.
const TOLD: usize = 20;
/// Sentences told of one alert that is no regression.
const SENTENCES: usize = 5;
/// Columns of the course in characters: what a narrow mail program shows without a break.
const COURSE: usize = 48;

/// The letter about what a landing brought; each list in the order of telling.
pub(super) fn letter(
    news: &MailNews,
    headline: &Headline,
    chart: Option<&Chart>,
    fired: &[&News],
    notices: &[&Notice],
    resolved: &[&AlertLine],
) -> Letter {
    let mut teller = Teller { ledger: Ledger::new(), zone: news.zone, course: course(news, chart), parts: Vec::new() };
    let (urgent, calm): (Vec<&Notice>, Vec<&Notice>) = notices.iter().partition(|notice| is_urgent(notice));
    // The course belongs to what fired, where something did.
    let course = teller.course.take_if(|_| !fired.is_empty());
    teller.notices(&urgent, TOLD);
    teller.course = teller.course.take().or(course);
    teller.fired(fired);
    teller.notices(&calm, TOLD.saturating_sub(urgent.len()));
    let rest = fired.len().saturating_sub(TOLD) + notices.len().saturating_sub(TOLD);
    if rest > 0 {
        teller.parts.push(Part::Line(format!("And {rest} more in the report.")));
    }
    teller.resolved(resolved, fired.is_empty() && notices.is_empty());
    teller.parts.extend(news.report_path.map(|path| Part::Line(format!("The report: {}", escape::name(path)))));
    let preview = preview(&teller.parts).unwrap_or_else(|| escape::prose(&headline.line()));
    Letter { mood: mood(fired, notices), title: escape::prose(&headline.line()), preview, parts: teller.parts }
}

/// The picture of the course, unless it cannot be drawn.
pub(super) fn chart(news: &MailNews) -> Option<Chart> {
    let history = news.history?;
    let png = chart::png(history, news.zone)?;
    let name = blake3::hash(&png).to_hex();
    let cid = format!("chart-{}@chimera-insight", name.get(..16).unwrap_or(&name));
    let metric = escape::name(&history.metric);
    let alt = format!("The course of {metric} over its runs, in {}", escape::prose(history.unit.as_str()));
    Some(Chart { cid, png, alt })
}

/// The course in characters, and its picture.
fn course(news: &MailNews, chart: Option<&Chart>) -> Option<Course> {
    let History { points, changes, .. } = news.history?;
    let values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let cuts: Vec<usize> = changes.iter().map(|turn| turn.index).collect();
    let bars = sparkline(&values, &cuts, COURSE).join("│");
    let picture = chart.map(|chart| (chart.cid.clone(), chart.alt.clone()));
    (!bars.is_empty()).then_some(Course { bars, picture })
}

fn mood(fired: &[&News], notices: &[&Notice]) -> Mood {
    if !fired.is_empty() || notices.iter().any(|notice| is_urgent(notice)) {
        Mood::Bad
    } else if notices.is_empty() {
        Mood::Good
    } else {
        Mood::Watched
    }
}

/// Whether it is of today: what flaps or is only said again comes after what fires.
fn is_urgent(notice: &Notice) -> bool {
    matches!(notice.kind, NoticeKind::Fires | NoticeKind::Reopens)
}

/// What the first card says: its title, from where to where it moved, or its first line.
fn preview(parts: &[Part]) -> Option<String> {
    parts.iter().find_map(|part| match part {
        Part::Card(card) => {
            let said = card.levels.as_ref().map(|levels| &levels.sentence).or(card.lines.first())?;
            Some(format!("{}: {said}", card.title))
        }
        Part::List { items, .. } => items.first().cloned(),
        _ => None,
    })
}

struct Teller<'a> {
    ledger: Ledger,
    zone: &'a Zone,
    /// Goes to the first card that is told.
    course: Option<Course>,
    parts: Vec<Part>,
}

impl Teller<'_> {
    fn look(&self) -> Look<'_> {
        Look { ledger: &self.ledger, zone: self.zone }
    }

    fn plain(&self, prose: &Prose) -> String {
        prose::plain(prose, self.look())
    }

    fn fired(&mut self, fired: &[&News]) {
        let told = fired.get(..TOLD).unwrap_or(fired);
        for (group, items) in grouped(told) {
            self.parts.extend(group.and_then(|group| group_line(group, &items, self.look())));
            for item in items {
                let change = describe(&mut self.ledger, &item.judged, Some(&item.alert));
                let card = self.card(&change, item.onset);
                self.parts.push(Part::Card(Box::new(card)));
            }
        }
    }

    fn card(&mut self, change: &Change, onset: Onset) -> Card {
        let (label, said) = match onset {
            Onset::New => ("", None),
            Onset::Reopened => ("Reopened", Some("It had been resolved, and is worse again.")),
            Onset::Grew => ("Also worse", Some("Its alert fired before; this is further news of it.")),
        };
        let lines = said.into_iter().map(str::to_owned).chain(change.lines.iter().map(|line| self.plain(line)));
        Card {
            mood: Mood::Bad,
            label,
            lines: lines.collect(),
            title: self.plain(&change.heading),
            levels: change.levels.as_ref().map(|levels| self.levels(levels)),
            course: self.course.take(),
        }
    }

    fn levels(&self, levels: &Levels) -> Told {
        // One statement, so that its numbers are set as they are in the sentence; no name or unit holds a line break.
        let numbers = Prose::default().value(levels.before).text("\n").value(levels.after).text("\n");
        let numbers = numbers.change(levels.effect);
        let numbers = match levels.interval {
            Some((low, high)) => numbers.text("\n").change(low).text("\n").change(high),
            None => numbers,
        };
        let numbers = self.plain(&numbers);
        let mut numbers = numbers.split('\n').map(str::to_owned);
        let mut next = || numbers.next().unwrap_or_default();
        let (before, after, effect) = (next(), next(), next());
        let interval = levels.interval.map(|_| (next(), next()));
        let direction = levels.direction.phrase();
        Told { sentence: self.plain(&levels.told), before, after, effect, interval, direction }
    }

    fn notices(&mut self, notices: &[&Notice], most: usize) {
        for notice in notices.iter().take(most) {
            let card = self.notice(notice);
            self.parts.push(Part::Card(Box::new(card)));
        }
    }

    fn notice(&mut self, notice: &Notice) -> Card {
        let mut lines: Vec<String> = notice.sentences.iter().take(SENTENCES).map(|said| escape::prose(said)).collect();
        let rest = notice.sentences.len().saturating_sub(SENTENCES);
        if rest > 0 {
            let id = notice.alert.id;
            lines.push(format!("And {rest} more: `chimera-insight alerts show {id}` has them all."));
        }
        lines.extend(self.state(notice));
        lines.push(self.plain(&alert_line(&notice.alert)));
        let mood = if is_urgent(notice) { Mood::Bad } else { Mood::Watched };
        let title = self.plain(&about(&notice.alert));
        Card { mood, label: headline::what(notice), title, levels: None, course: self.course.take(), lines }
    }

    /// What the kind of a notice means for the reader.
    fn state(&self, notice: &Notice) -> Option<String> {
        match notice.kind {
            NoticeKind::Fires => None,
            NoticeKind::Reopens => Some("It had been resolved, and is worse again.".to_owned()),
            NoticeKind::Flaps => Some(
                "It opened again and again within a day: no more mail until it has stayed as it is for a day."
                    .to_owned(),
            ),
            NoticeKind::Flapped => Some("It goes up and down, so its news come once a day.".to_owned()),
            NoticeKind::Reminds { next: None } => Some("Nobody has taken it yet.".to_owned()),
            NoticeKind::Reminds { next: Some(next) } => Some(format!(
                "Nobody has taken it yet; the next reminder comes {} unless somebody does.",
                self.zone.show_minute(next)
            )),
        }
    }

    fn resolved(&mut self, resolved: &[&AlertLine], alone: bool) {
        if resolved.is_empty() {
            return;
        }
        let title = if alone { back(resolved) } else { "Resolved meanwhile" }.to_owned();
        let mut items: Vec<String> =
            resolved.iter().take(TOLD).map(|alert| resolved_line(alert, self.look())).collect();
        let rest = resolved.len().saturating_sub(TOLD);
        if rest > 0 {
            items.push(format!("and {rest} more in the report"));
        }
        self.parts.push(Part::List { mood: Mood::Good, title, items });
    }
}

/// The regressions by group, in the order of the worst of each; with the group where several of its alerts are told. What has no group
/// stands alone.
fn grouped<'a>(fired: &[&'a News]) -> Vec<(Option<&'a AlertLine>, Vec<&'a News>)> {
    let mut places: BTreeMap<i64, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&News>> = Vec::new();
    for &news in fired {
        let next = groups.len();
        let place = match &news.alert.group {
            Some(group) => *places.entry(group.id).or_insert(next),
            None => next,
        };
        match groups.get_mut(place) {
            Some(group) => group.push(news),
            None => groups.push(vec![news]),
        }
    }
    let several = |group: &[&'a News]| {
        let (first, rest) = group.split_first()?;
        rest.iter().any(|other| other.alert.id != first.alert.id).then_some(&first.alert)
    };
    groups.into_iter().map(|group| (several(&group), group)).collect()
}

/// What stands above the regressions of a group.
fn group_line(alert: &AlertLine, items: &[&News], look: Look<'_>) -> Option<Part> {
    let group = alert.group.as_ref()?;
    let alerts: BTreeSet<i64> = items.iter().map(|item| item.alert.id).collect();
    let benchmark = Prose::default().name(&alert.key.benchmark);
    let take =
        Prose::new("One landing opened them, so they may well have one cause. Take them all with ").name(&group.ack);
    Some(Part::Group {
        title: format!("{}: {} alerts together", prose::plain(&benchmark, look), alerts.len()),
        line: format!("{}.", prose::plain(&take, look)),
    })
}

/// What it means that these alerts are over.
fn back(resolved: &[&AlertLine]) -> &'static str {
    let all = |kinds: &[AlertKind]| resolved.iter().all(|alert| kinds.contains(&alert.key.kind));
    if all(&[AlertKind::Regression, AlertKind::Environment]) {
        "Back at the old level"
    } else if all(&[AlertKind::Budget]) {
        "Within the limit again"
    } else if all(&[AlertKind::Absence]) {
        "Results come again"
    } else {
        "Well again"
    }
}

fn resolved_line(alert: &AlertLine, look: Look<'_>) -> String {
    let about = prose::plain(&about(alert), look);
    format!("{about}, alert {}, was open since {}", alert.id, look.zone.show(alert.opened_at))
}
