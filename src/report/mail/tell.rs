//! What a landing's news say: cards for what fires, a list of what is over, and where the report is.

use std::collections::{BTreeMap, BTreeSet};

use super::headline::{self, Headline};
use super::letter::{Card, Course, Letter, Mood, Part, Row, Told};
use super::{Chart, MailNews, News, Notice, NoticeKind, Onset};
use crate::domain::alert::AlertKind;
use crate::domain::fact::Source;
use crate::domain::zone::Zone;
use crate::insight::{
    AlertLine, History, Judged, Ledger, Levels, Member, Moved, Others, Prose, about, alert_in_short, describe,
    tell_together,
};
use crate::report::prose::{self, Look};
use crate::report::sparkline::sparkline;
use crate::report::{chart, escape, number};

/// Alerts that have a line each where they are not told in full, and bytes of these lines.
const LISTED: usize = 400;
const LISTED_BYTES: usize = 40_000;
/// Rows of further series in all cards: Gmail shows no more than 102 kB.
const ROWS: usize = 40;
/// Sentences told of one alert that is no regression.
const SENTENCES: usize = 5;
/// Said of what has flapped.
const STAYED: &str = "It has stayed as it is for a day, so it is no longer flapping; it stays bad.";
/// Columns of the course in characters: what a narrow mail program shows without a break.
const COURSE: usize = 48;

/// The letter about what a landing brought: what fired, what else is told, what is over, each in the order of telling, and `told` alerts
/// in full.
pub(super) fn letter(
    news: &MailNews,
    headline: &Headline,
    chart: Option<&Chart>,
    (fired, notices, resolved): (&[&News], &[&Notice], &[&AlertLine]),
    told: usize,
) -> Letter {
    let mut teller =
        Teller { ledger: Ledger::new(), zone: news.zone, course: course(news, chart), rows: ROWS, parts: Vec::new() };
    let (urgent, calm): (Vec<&Notice>, Vec<&Notice>) = notices.iter().partition(|notice| is_urgent(notice));
    // The course belongs to what fired, where something did.
    let course = teller.course.take_if(|_| !fired.is_empty());
    let room = told.saturating_sub(urgent.len());
    let (urgent, urgent_rest) = urgent.split_at(told.min(urgent.len()));
    let (calm, calm_rest) = calm.split_at(room.min(calm.len()));
    teller.notices(urgent);
    teller.course = teller.course.take().or(course);
    let cards = by_alert(fired);
    let (cards, cards_rest) = cards.split_at(told.min(cards.len()));
    teller.fired(cards);
    teller.notices(calm);
    let look = teller.look();
    let mut rest: Vec<String> = urgent_rest.iter().map(|notice| notice_line(notice, look)).collect();
    rest.extend(cards_rest.iter().filter_map(|card| card_line(card, look)));
    rest.extend(calm_rest.iter().map(|notice| notice_line(notice, look)));
    teller.parts.extend(listed("Further alerts", rest));
    teller.resolved(resolved, fired.is_empty() && notices.is_empty(), told);
    teller.parts.extend(news.report_path.map(|path| Part::Line(format!("The report: {}", escape::name(path)))));
    let preview = preview(&teller.parts).unwrap_or_else(|| escape::prose(&headline.line()));
    Letter { mood: mood(fired, notices), title: escape::prose(&headline.line()), preview, parts: teller.parts }
}

/// What an alert that is not told in full is about, how far its worst series moved, and its number.
fn card_line(card: &[&News], look: Look<'_>) -> Option<String> {
    let (worst, others) = card.split_first()?;
    let about = prose::plain(&about(&worst.alert), look);
    let effect = headline::effect(&worst.judged).map(|effect| format!(": {}", escape::prose(&effect)));
    let series = if others.is_empty() { String::new() } else { format!(", {} series", card.len()) };
    Some(format!("{about}{}{series}, alert {}", effect.unwrap_or_default(), worst.alert.id))
}

fn notice_line(notice: &Notice, look: Look<'_>) -> String {
    let about = prose::plain(&about(&notice.alert), look);
    format!("{}: {about}, alert {}", headline::what(notice), notice.alert.id)
}

/// Short lines, as many as there is room for.
fn listed(title: &str, mut lines: Vec<String>) -> Option<Part> {
    let all = lines.len();
    let mut bytes = 0_usize;
    let mut fits = |line: &String| {
        bytes = bytes.saturating_add(line.len());
        bytes <= LISTED_BYTES
    };
    let fitting = lines.iter().take(LISTED).take_while(|line| fits(line)).count();
    lines.truncate(fitting);
    if all > fitting {
        lines.push(format!("and {} more: `chimera-insight alerts list` has them all", all - fitting));
    }
    (all > 0).then(|| Part::Short { title: title.to_owned(), items: lines })
}

/// The levels of a verdict in the words and digits of the mail that told it, for a mail that says them again; `None` without levels.
pub fn levels_again(judged: &Judged, zone: &Zone) -> Option<String> {
    let shift = judged.verdict.shift.as_ref()?;
    let mut ledger = Ledger::new();
    let levels = describe(&mut ledger, judged, &[], None).levels?;
    let told = prose::words(&levels.told, Look { ledger: &ledger, zone });
    Some(format!("{told} So by the last verdict on it, since {}.", zone.show(shift.change_at)))
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
    matches!(notice.kind, NoticeKind::Fires | NoticeKind::Reopens | NoticeKind::Stays)
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
    /// Rows of further series that may still be told.
    rows: usize,
    parts: Vec<Part>,
}

impl Teller<'_> {
    fn look(&self) -> Look<'_> {
        Look { ledger: &self.ledger, zone: self.zone }
    }

    fn plain(&self, prose: &Prose) -> String {
        prose::plain(prose, self.look())
    }

    fn fired(&mut self, cards: &[Vec<&News>]) {
        for (group, items) in grouped(cards) {
            self.parts.extend(group.and_then(|group| group_line(group, &items, self.look())));
            for item in items {
                let card = self.card(item);
                self.parts.extend(card.map(|card| Part::Card(Box::new(card))));
            }
        }
    }

    /// What one alert covers.
    fn card(&mut self, news: &[&News]) -> Option<Card> {
        let (worst, others) = news.split_first()?;
        let others: Vec<&Judged> = others.iter().map(|other| &other.judged).collect();
        let change = describe(&mut self.ledger, &worst.judged, &others, Some(&worst.alert));
        let (label, said) = match worst.onset {
            Onset::New => ("", None),
            Onset::Reopened => ("Reopened", Some("It had been resolved, and is worse again.")),
            Onset::Stayed => ("No longer flapping", Some(STAYED)),
            Onset::Grew => ("Also worse", Some("Its alert fired before; this is further news of it.")),
        };
        let Others { members, notes, .. } = &change.others;
        let members = members.get(..self.rows).unwrap_or(members);
        self.rows = self.rows.saturating_sub(members.len());
        let rest = others.len().saturating_sub(members.len());
        let mut alert: Vec<String> =
            (rest > 0).then(|| format!("And {rest} further series of it in the report.")).into_iter().collect();
        alert.extend(notes.iter().map(|note| self.plain(note)));
        let mut lines: Vec<String> =
            said.into_iter().map(str::to_owned).chain(change.lines.iter().map(|line| self.plain(line))).collect();
        alert.push(self.plain(&alert_in_short(&worst.alert)));
        // What is said of one series alone is one list.
        if members.is_empty() {
            lines.append(&mut alert);
        }
        Some(Card {
            mood: Mood::Bad,
            label,
            lines,
            title: self.plain(&change.heading),
            levels: change.levels.as_ref().map(|levels| self.levels(levels)),
            course: self.course.take(),
            members: members.iter().map(|member| self.row(member)).collect(),
            alert,
        })
    }

    fn row(&self, member: &Member) -> Row {
        let name = if member.name.is_empty() { Prose::new("(none)") } else { Prose::default().name(&member.name) };
        let since = member.since.as_ref().map(|(at, commit)| {
            let prose = Prose::new(", since ").time(*at);
            commit.iter().fold(prose, |prose, commit| prose.text(", commit ").name(commit))
        });
        Row {
            name: self.plain(&name),
            levels: member.levels.as_ref().map(|levels| self.levels(levels)),
            since: since.map(|since| self.plain(&since)).unwrap_or_default(),
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

    fn notices(&mut self, notices: &[&Notice]) {
        for notice in notices {
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
        lines.push(self.plain(&alert_in_short(&notice.alert)));
        let mood = if is_urgent(notice) { Mood::Bad } else { Mood::Watched };
        let title = self.plain(&about(&notice.alert));
        Card {
            mood,
            label: headline::what(notice),
            title,
            levels: None,
            course: self.course.take(),
            lines,
            members: Vec::new(),
            alert: Vec::new(),
        }
    }

    /// What the kind of a notice means for the reader.
    fn state(&self, notice: &Notice) -> Option<String> {
        match notice.kind {
            NoticeKind::Fires => None,
            NoticeKind::Reopens => Some("It had been resolved, and is worse again.".to_owned()),
            NoticeKind::Stays => Some(STAYED.to_owned()),
            NoticeKind::Flaps => Some(
                "It opened again and again within a day: from now on there is one mail about it a day, until it has stayed as it is for a day."
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

    fn resolved(&mut self, resolved: &[&AlertLine], alone: bool, told: usize) {
        if resolved.is_empty() {
            return;
        }
        let title = if alone { back(resolved) } else { "Resolved meanwhile" }.to_owned();
        let mut items: Vec<String> = resolved.iter().map(|alert| resolved_line(alert, self.look())).collect();
        let rest = items.split_off(told.min(items.len()));
        self.parts.push(Part::List { mood: Mood::Good, title, items });
        self.parts.extend(listed("Also resolved", rest));
    }
}

/// The regressions by alert, the worst first of each and of all.
fn by_alert<'a>(fired: &[&'a News]) -> Vec<Vec<&'a News>> {
    let mut places: BTreeMap<(i64, u8), usize> = BTreeMap::new();
    let mut cards: Vec<Vec<&News>> = Vec::new();
    for &news in fired {
        let next = cards.len();
        match cards.get_mut(*places.entry((news.alert.id, news.onset as u8)).or_insert(next)) {
            Some(card) => card.push(news),
            None => cards.push(vec![news]),
        }
    }
    cards
}

/// What each alert covers, by group, in the order of the worst of each; with the group where several of its alerts are told. What has no
/// group stands alone.
fn grouped<'a, 'c>(cards: &'c [Vec<&'a News>]) -> Vec<(Option<&'a AlertLine>, Vec<&'c [&'a News]>)> {
    let mut places: BTreeMap<i64, usize> = BTreeMap::new();
    let mut groups: Vec<(&'a AlertLine, Vec<&'c [&'a News]>)> = Vec::new();
    for card in cards {
        let Some(news) = card.first() else { continue };
        let next = groups.len();
        let place = match &news.alert.group {
            Some(group) => *places.entry(group.id).or_insert(next),
            None => next,
        };
        match groups.get_mut(place) {
            Some((_, group)) => group.push(card),
            None => groups.push((&news.alert, vec![card])),
        }
    }
    let several = |first: &AlertLine, group: &[&'c [&'a News]]| {
        group.iter().filter_map(|card| card.first()).any(|other| other.alert.id != first.id)
    };
    groups.into_iter().map(|(first, group)| (several(first, &group).then_some(first), group)).collect()
}

/// What stands above the regressions of a group.
fn group_line(alert: &AlertLine, cards: &[&[&News]], look: Look<'_>) -> Option<Part> {
    let group = alert.group.as_ref()?;
    let alerts: BTreeSet<i64> = cards.iter().flat_map(|card| card.first()).map(|item| item.alert.id).collect();
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
    let since = match alert.reopened_at {
        Some(again) => format!("{}, and first since {}", look.zone.show(again), look.zone.show(alert.opened_at)),
        None => look.zone.show(alert.opened_at),
    };
    let lasted = alert.lasted().map(|(n, unit)| format!(", after {n} {unit}")).unwrap_or_default();
    let back = alert.moved.as_ref().filter(|_| alert.key.kind == AlertKind::Regression);
    let back = back.map(|moved| back_at(moved, look.zone)).unwrap_or_default();
    format!("{about}{back}{lasted}, alert {}, was open since {since}", alert.id)
}

/// To where it came back, and from where.
fn back_at(moved: &Moved, zone: &Zone) -> String {
    let mut ledger = Ledger::new();
    let mut level =
        |name: &str, value| ledger.intern(name, value, moved.unit.clone(), Source::Count { what: String::new() });
    let prose = Prose::new(": back at ").value(level("before", moved.before));
    let prose = prose.text(" from ").value(level("after", moved.after));
    tell_together(&prose, &mut ledger);
    prose::plain(&prose, Look { ledger: &ledger, zone })
}

/// How far an alert went, to follow what it is about: `: +12.4 %`.
pub(super) fn how_far(alert: &AlertLine) -> String {
    let effect = alert.moved.as_ref().map(Moved::effect);
    effect.map(|(effect, unit)| format!(": {}", escape::prose(&number::change(effect, &unit)))).unwrap_or_default()
}
