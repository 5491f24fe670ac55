//! Reports looked back on: the answer that one gave, and a digest of all that happened in a while.
//!
//! A digest is counts over the index, names, and the answers of reports as these gave them. Names come from files that anybody can write,
//! and are escaped here. It cannot fail.

use jiff::Timestamp;

use super::{REPORT_MARKER, escape};
use crate::domain::alert::{AlertKey, AlertKind, AlertState};
use crate::domain::zone::Zone;

/// Lines of a list at most; how many more there are is told.
const MOST: usize = 100;

/// The first sentence of a report, in Markdown without the emphasis around it; `None` of what is no report of ours.
pub fn answer(markdown: &str) -> Option<&str> {
    let line = markdown.lines().skip(2).find(|line| !line.trim().is_empty())?;
    // Citations follow it.
    let (answer, _) = line.strip_prefix("**")?.rsplit_once("**")?;
    Some(answer).filter(|answer| !answer.is_empty())
}

/// What happened in a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Landings that are reported.
    pub landings: u64,
    /// Landings that are still on their way.
    pub under_way: u64,
    /// New artifacts of all of these.
    pub artifacts: u64,
    /// Alerts that fired, once or several times.
    pub fired: Vec<DigestAlert>,
    /// Alerts that ended.
    pub resolved: Vec<DigestAlert>,
    /// Alerts that are open now, whenever they fired.
    pub open: Vec<DigestAlert>,
    pub improved: Vec<Improved>,
    /// The newest first.
    pub reports: Vec<DigestReport>,
}

/// An alert as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestAlert {
    pub id: i64,
    pub key: AlertKey,
    pub state: AlertState,
    /// Since when the earliest of its series has been bad.
    pub since: Timestamp,
    /// How many series it is about.
    pub series: u64,
}

/// What got better: a metric of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Improved {
    pub benchmark: String,
    pub metric: String,
    /// How many of its series did.
    pub series: u64,
}

/// A report of the while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestReport {
    pub landing: i64,
    pub at: Timestamp,
    pub artifacts: u64,
    /// Its [`answer`].
    pub verdict: String,
    /// Where it is, absolute; `None` when it is not there any more.
    pub path: Option<Vec<u8>>,
}

/// The digest as Markdown; equal digests give equal bytes.
pub fn digest(digest: &Digest, zone: &Zone) -> String {
    let mut out = format!(
        "<!-- {REPORT_MARKER} digest -->\n# Benchmarks from {} to {}\n\n**{}** {}\n",
        zone.show(digest.from),
        zone.show(digest.to),
        summary(digest),
        arrived(digest)
    );
    let alert = |alert: &DigestAlert| told(alert, zone);
    list("Fired", &digest.fired, alert, &mut out);
    list("Still open", &digest.open, alert, &mut out);
    list("Resolved", &digest.resolved, alert, &mut out);
    list("Got better", &digest.improved, improved, &mut out);
    list("Reports", &digest.reports, |report| self::report(report, zone), &mut out);
    out
}

fn summary(digest: &Digest) -> String {
    let fired = match digest.fired.len() as u64 {
        0 => "Nothing fired".to_owned(),
        n => format!("{} fired", counted(n, "alert", "alerts")),
    };
    let open = digest.open.len() as u64;
    let are = if open == 1 { "is" } else { "are" };
    format!("{fired}; {} ended, and {open} {are} open.", digest.resolved.len())
}

fn arrived(digest: &Digest) -> String {
    let mut told = format!(
        "{} brought {}.",
        counted(digest.landings + digest.under_way, "landing", "landings"),
        counted(digest.artifacts, "artifact", "artifacts")
    );
    if digest.under_way > 0 {
        told.push_str(&format!(" {} still on the way to a report.", are(digest.under_way)));
    }
    told
}

fn are(n: u64) -> String {
    if n == 1 { "1 is".to_owned() } else { format!("{n} are") }
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A section, if there is something in it.
fn list<T>(title: &str, items: &[T], told: impl Fn(&T) -> String, out: &mut String) {
    if items.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {title}\n\n"));
    items.iter().take(MOST).for_each(|item| out.push_str(&format!("- {}\n", told(item))));
    if items.len() > MOST {
        out.push_str(&format!("- and {} more\n", items.len() - MOST));
    }
}

fn told(alert: &DigestAlert, zone: &Zone) -> String {
    let key = &alert.key;
    let place =
        if key.environment.is_empty() { String::new() } else { format!(" on {}", escape::name(&key.environment)) };
    let about = match key.kind {
        AlertKind::Environment => format!("nearly everything{place}"),
        AlertKind::Absence => format!("missing results of {}{place}", escape::name(&key.benchmark)),
        AlertKind::Budget | AlertKind::Regression => {
            format!("{} of {}{place}", escape::name(&key.metric), escape::name(&key.benchmark))
        }
    };
    let kind = if key.kind == AlertKind::Budget { "beyond its budget, " } else { "" };
    let series = match (key.kind, alert.series) {
        (AlertKind::Absence, _) => String::new(),
        (_, n) => format!("{}, ", counted(n, "series", "series")),
    };
    format!("alert {}: {about}, {kind}{series}since {}, {} now", alert.id, zone.show(alert.since), alert.state.as_str())
}

fn improved(improved: &Improved) -> String {
    let (metric, benchmark) = (escape::name(&improved.metric), escape::name(&improved.benchmark));
    format!("{metric} of {benchmark}: {}", counted(improved.series, "series", "series"))
}

fn report(report: &DigestReport, zone: &Zone) -> String {
    let at = zone.show(report.at);
    let link = match &report.path {
        Some(path) => format!("[{at}]({})", linked(path)),
        None => at,
    };
    let artifacts = counted(report.artifacts, "artifact", "artifacts");
    format!("{link}, landing {}, {artifacts}: {}", report.landing, report.verdict)
}

/// A path as the target of a link (RFC 3986, section 2.1).
fn linked(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page_of;

    #[test]
    fn the_answer_stands_below_the_title() {
        let report = |line: &str| format!("<!-- m -->\n# Benchmark report, x\n\n{line}\n\nArrived: **no** news.\n");
        assert_eq!(answer(&report("**`a**b` got worse (+3 %).** [F1, F2]")), Some("`a**b` got worse (+3 %)."));
        assert_eq!((answer(&report("no answer")), answer(""), answer(&report("****"))), (None, None, None));
    }

    fn alert(id: i64, kind: AlertKind, benchmark: &str, state: AlertState) -> DigestAlert {
        let (metric, environment) = match kind {
            AlertKind::Regression | AlertKind::Budget => ("ttft", ""),
            AlertKind::Environment | AlertKind::Absence => ("", "ci-3"),
        };
        let key =
            AlertKey { kind, benchmark: benchmark.into(), metric: metric.into(), environment: environment.into() };
        DigestAlert { id, key, state, since: Timestamp::UNIX_EPOCH, series: 2 }
    }

    fn week() -> Digest {
        let report = |landing, path: Option<&str>| DigestReport {
            landing,
            at: Timestamp::UNIX_EPOCH,
            artifacts: 1,
            verdict: "Nothing regressed.".into(),
            path: path.map(|path| path.into()),
        };
        Digest {
            from: Timestamp::UNIX_EPOCH,
            to: "1970-01-08T00:00:00Z".parse().unwrap(),
            landings: 2,
            under_way: 1,
            artifacts: 3,
            fired: vec![
                alert(1, AlertKind::Regression, "reports/codec", AlertState::Firing),
                alert(2, AlertKind::Budget, "x](javascript:y)`<script>|", AlertState::Resolved),
            ],
            resolved: vec![alert(3, AlertKind::Absence, "reports/nightly", AlertState::Resolved)],
            open: vec![alert(4, AlertKind::Environment, "", AlertState::Acknowledged)],
            improved: vec![Improved { benchmark: "reports/kv".into(), metric: "ops".into(), series: 1 }],
            reports: vec![report(7, Some("/b/a b)/insight-1.md")), report(6, None)],
        }
    }

    #[test]
    fn a_digest_tells_what_happened() {
        let text = digest(&week(), &Zone::UTC);
        for line in [
            "# Benchmarks from 1970-01-01 00:00:00 UTC to 1970-01-08 00:00:00 UTC",
            "**2 alerts fired; 1 ended, and 1 is open.** 3 landings brought 3 artifacts. 1 is still on the way to a report.",
            "- alert 1: `ttft` of `reports/codec`, 2 series, since 1970-01-01 00:00:00 UTC, firing now",
            "- alert 3: missing results of `reports/nightly` on `ci-3`, since 1970-01-01 00:00:00 UTC, resolved now",
            "- alert 4: nearly everything on `ci-3`, 2 series, since 1970-01-01 00:00:00 UTC, acknowledged now",
            "- `ops` of `reports/kv`: 1 series",
            "- [1970-01-01 00:00:00 UTC](/b/a%20b%29/insight-1.md), landing 7, 1 artifact: Nothing regressed.",
            "- 1970-01-01 00:00:00 UTC, landing 6, 1 artifact: Nothing regressed.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        let page = page_of("t", &text);
        assert!(page.contains("href=\"/b/a%20b%29/insight-1.md\"") && !page.contains("<script>|"), "{page}");
        assert!(!page.contains("href=\"javascript"), "{page}");
    }

    #[test]
    fn a_quiet_while_and_a_loud_one() {
        let none = Digest {
            fired: vec![],
            resolved: vec![],
            open: vec![],
            improved: vec![],
            reports: vec![],
            landings: 0,
            under_way: 0,
            artifacts: 0,
            ..week()
        };
        let text = digest(&none, &Zone::UTC);
        assert!(
            text.ends_with("**Nothing fired; 0 ended, and 0 are open.** 0 landings brought 0 artifacts.\n"),
            "{text}"
        );
        let many = alert(1, AlertKind::Regression, "b", AlertState::Firing);
        let loud = digest(&Digest { fired: vec![many; MOST + 5], ..none }, &Zone::UTC);
        assert!(loud.contains("- and 5 more\n") && loud.matches("alert 1:").count() == MOST, "{loud}");
    }
}
