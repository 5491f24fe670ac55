//! What happens to a report whose rendering went wrong: it is never published as it is, and never nothing.

use super::*;
use crate::domain::artifact::ArtifactKind;
use crate::domain::units::Unit;
use crate::insight::tests::{alert, analysis, baseline, file, judged, landing, sweep};

fn known() -> Known {
    let mut known = Known::new(&landing());
    let broken = crate::insight::ArtifactLine {
        error: Some("row 3 has 2 of 5 cells".into()),
        ..file("csv_data/broken.json", ArtifactKind::Json, 17)
    };
    let files = ["reports/big_baseline.csv", "reports/tiny_sweep.csv"].map(|path| file(path, ArtifactKind::Csv, 420));
    known.artifacts(&files);
    known.artifacts(&[broken]);
    [baseline(), sweep()].iter().for_each(|benchmark| known.benchmark(benchmark));
    let units = ("ttft", "s", crate::domain::series::Direction::Lower);
    known.verdicts(&[judged(VerdictKind::Regression, units, 0.2, 0.26)], &[alert(12, "ttft")]);
    known
}

/// What becomes of the small report when its rendering is `spoilt`.
fn published(analysis: &Analysis, spoilt: &dyn Fn(String) -> String) -> Publishable {
    let markdown = |analysis: &Analysis| spoilt(report::markdown(analysis));
    let page = |analysis: &Analysis| report::page_of("t", &markdown(analysis));
    publishable(
        analysis,
        &known(),
        &["ttft of reports/tiny_sweep".to_owned()],
        &Renderer { markdown: &markdown, page: Some(&page) },
    )
}

fn why(done: &Publishable) -> Vec<String> {
    done.misses.iter().map(|miss| format!("{}: {}: {}", miss.line, miss.text, miss.why)).collect()
}

#[test]
fn a_report_that_holds_goes_out_as_it_is() {
    let analysis = analysis(false);
    let done = published(&analysis, &|text| text);
    assert_eq!(why(&done), Vec::<String>::new());
    assert_eq!((done.markdown, done.is_skeleton), (report::markdown(&analysis), false));
    assert!(done.page.is_some() && done.ledger == analysis.ledger);
}

#[test]
fn a_statement_that_was_tampered_with_is_withheld_and_the_rest_goes_out() {
    let analysis = analysis(false);
    let whole = report::markdown(&analysis);
    let line = whole.lines().find(|line| line.starts_with("Before ")).unwrap();
    let row = whole.lines().find(|line| line.contains("`latency`") && line.starts_with('|')).unwrap();
    for line in [line, row] {
        let digit = line.rfind(|c: char| c.is_ascii_digit() && line.split(" [F").next().unwrap().contains(c)).unwrap();
        let digit = line[..digit].find(char::is_numeric).unwrap();
        let changed = if &line[digit..=digit] == "9" { "8" } else { "9" };
        let spoilt = format!("{}{changed}{}", &line[..digit], &line[digit + 1..]);
        let done = published(&analysis, &|text| text.replace(line, &spoilt));
        assert!(!done.misses.is_empty() && !done.is_skeleton, "{spoilt}");
        assert!(!done.markdown.contains(line) && !done.markdown.contains(&spoilt), "{}", done.markdown);
        assert!(done.markdown.contains(" 1 statement did not agree with the facts behind it"), "{}", done.markdown);
        assert!(check(&done.markdown, &done.ledger, &known()).is_empty());
        let gone = whole.lines().filter(|line| !done.markdown.contains(line)).count();
        assert!(gone <= 3, "{gone} lines are gone");
        assert!(done.page.is_some_and(|page| page.contains("did not agree")));
    }
}

#[test]
fn what_is_wrong_in_the_ledger_takes_all_with_it_that_cites_it() {
    let mut analysis = analysis(false);
    let f1 = FactId(1);
    let wrong = analysis.ledger.derived("twice the level", 7.0, Unit::new("s"), "2 * F1", &[f1]);
    let further =
        analysis.ledger.derived("four times the level", 14.0, Unit::new("s"), format!("2 * {wrong}"), &[wrong]);
    analysis.arrived = Prose::new("It is ").value(further).text(".");
    let done = published(&analysis, &|text| text);
    assert!(!done.is_skeleton);
    assert!(
        !done.markdown.contains("It is ") && done.markdown.contains("How much arrived is withheld."),
        "{}",
        done.markdown
    );
    assert!(!done.markdown.contains("twice the level") && !done.markdown.contains("four times"), "{}", done.markdown);
}

#[test]
fn a_rendering_that_cannot_be_mended_leaves_a_skeleton_without_numbers() {
    let tampers: [&dyn Fn(String) -> String; 3] = [
        &|text| text.replace("# Benchmark report, 2026", "# Benchmark report, 2027"),
        &|text| text.replace("## Appendix", "## And 4 more\n\n## Appendix"),
        &|text| text.lines().take(30).map(|line| format!("{line} 77\n")).collect(),
    ];
    for tamper in tampers {
        let done = published(&analysis(false), tamper);
        assert!(done.is_skeleton && !done.misses.is_empty());
        assert!(done.markdown.contains("`ttft of reports/tiny_sweep`"), "{}", done.markdown);
        let body = done.markdown.replace("landing=7", "").replace("report 7 --facts", "");
        assert!(!body.contains(char::is_numeric), "{body}");
        assert!(done.page.is_some());
    }
}

#[test]
fn a_page_with_other_numbers_is_not_published() {
    let analysis = analysis(false);
    let markdown = |analysis: &Analysis| report::markdown(analysis);
    let page = |analysis: &Analysis| report::html(analysis).replace("0.26", "0.27");
    let done = publishable(&analysis, &known(), &[], &Renderer { markdown: &markdown, page: Some(&page) });
    assert!(done.page.is_none() && !done.is_skeleton);
    assert_eq!((done.markdown, done.misses.len()), (report::markdown(&analysis), 1));
}

#[test]
fn a_slip_of_the_built_in_text_does_not_cost_the_words_of_a_model_and_their_own_does() {
    let with_words = |words: &str| {
        let mut analysis = analysis(false);
        analysis.sections.push(Section::new("Words", vec![Block::Paragraph(Prose::new(words))]));
        analysis
    };
    let slip = |text: String| text.replace("Before 0.2 s", "Before 0.7 s");
    let without = || published(&analysis(false), &slip);
    assert!(!without().misses.is_empty() && !without().is_skeleton, "{:?}", why(&without()));
    let good = rather(published(&with_words("The wait grew."), &slip), without());
    assert!(good.markdown.contains("The wait grew.") && !good.markdown.contains("0.7 s"), "{}", good.markdown);
    assert_eq!(good.misses.len(), without().misses.len());
    let bad = rather(published(&with_words("The wait grew to 7 s."), &slip), without());
    assert!(!bad.markdown.contains("The wait grew"), "{}", bad.markdown);
    assert!(bad.misses.len() > without().misses.len(), "{:?}", why(&bad));
    // What holds without the words is not lost for them.
    let sound = published(&analysis(false), &|text| text);
    let skeleton = Publishable { is_skeleton: true, ..published(&analysis(false), &|text| text) };
    assert!(!rather(skeleton, sound).is_skeleton);
}
