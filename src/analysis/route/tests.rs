use jiff::Timestamp;

use super::*;
use crate::analysis::Settings;
use crate::analysis::alerts::{Breach, Gap, Occasion, Says, Signal, Sweep, advance};
use crate::domain::series::Direction;
use crate::domain::verdict::{Began, Shift};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn series(benchmark: &str, case: &str, metric: &str) -> SeriesKey {
    SeriesKey { benchmark: benchmark.into(), case: case.into(), metric: metric.into(), ..SeriesKey::default() }
}

fn shift(before: f64, after: f64) -> Evidence {
    let effect = if before == 0.0 { after } else { (after - before) / before.abs() };
    Evidence::Shift(Shift {
        before,
        after,
        n_before: 20,
        n_after: 3,
        effect,
        interval: (effect, effect),
        noise: 0.01,
        p: None,
        run_length: None,
        change_index: 20,
        change_at: NOW,
        began: Began { first: 20, last: 20, first_at: NOW, last_at: NOW },
    })
}

/// An alert that fires about this.
fn alert(kind: AlertKind, told: &[(SeriesKey, Evidence)]) -> AlertRecord {
    let signals: Vec<Signal> = told
        .iter()
        .map(|(series, evidence)| Signal {
            kind,
            series: series.clone(),
            direction: Direction::Lower,
            says: Says::Confirmed(evidence.clone()),
            fresh: vec![1.0],
            newest: None,
            reason: String::new(),
            shadow: false,
            noise: None,
        })
        .collect();
    let settings = Settings::default();
    let occasion = Occasion { now: NOW, backfill: false, settings: &settings };
    let signals: Vec<&Signal> = signals.iter().collect();
    advance(&signals[0].key(), None, &signals, &occasion).unwrap().record
}

fn regression(benchmark: &str, case: &str, metric: &str, effect: f64) -> AlertRecord {
    alert(AlertKind::Regression, &[(series(benchmark, case, metric), shift(1.0, 1.0 + effect))])
}

fn route(benchmark: &str, metric: &str, to: &[&str]) -> Route {
    Route {
        selection: Selection::new(&[benchmark], &["*"], &[metric]).unwrap(),
        kinds: Vec::new(),
        severities: Vec::new(),
        to: to.iter().map(|to| (*to).to_owned()).collect(),
        webhooks: Vec::new(),
        stop: false,
    }
}

fn routes(routes: Vec<Route>) -> Routes {
    Routes { routes, thresholds: Thresholds::default(), webhooks: vec!["chat".into(), "pager".into()] }
}

#[test]
fn every_route_that_matches_adds_its_recipients_and_the_rest_goes_to_everybody() {
    let everybody = ["team@x".to_owned()];
    let critical = Route { severities: vec![Severity::Critical], ..route("**", "*", &["boss@x"]) };
    let routes =
        routes(vec![route("reports/codec", "*", &["codec@x", "boss@x"]), critical, route("**", "ttft", &["llm@x"])]);
    for (alert, expected) in [
        (regression("reports/codec", "a", "size", 0.05), vec!["codec@x", "boss@x"]),
        (regression("reports/codec", "a", "ttft", 0.30), vec!["codec@x", "boss@x", "llm@x"]),
        (regression("reports/net", "a", "ttft", 0.05), vec!["llm@x"]),
        (regression("reports/net", "a", "size", 0.30), vec!["boss@x"]),
        (regression("reports/net", "a", "size", 0.05), vec!["team@x"]),
    ] {
        assert_eq!(routes.audience(&alert, &everybody).to, expected, "{:?}", alert.key);
    }
    assert_eq!(routes.addresses(&everybody), ["team@x", "codec@x", "boss@x", "llm@x"]);
}

#[test]
fn a_route_can_be_the_last_one_and_an_empty_one_keeps_quiet() {
    let last = Route { stop: true, ..route("reports/toys/**", "*", &[]) };
    let routes = routes(vec![last, route("**", "*", &["all@x"])]);
    let of = |alert: &AlertRecord| routes.audience(alert, &[]).to.join(" ");
    assert_eq!(of(&regression("reports/toys/a", "", "t", 0.5)), "");
    assert_eq!(of(&regression("reports/b", "", "t", 0.5)), "all@x");
}

#[test]
fn a_webhook_that_no_route_names_gets_everything() {
    let named = Route { webhooks: vec!["pager".into()], ..route("reports/codec", "*", &[]) };
    let routes = routes(vec![named]);
    let of = |benchmark: &str| routes.audience(&regression(benchmark, "", "t", 0.5), &[]).webhooks.join(" ");
    assert_eq!(of("reports/codec"), "pager chat");
    assert_eq!(of("reports/net"), "chat");
}

#[test]
fn an_alert_is_told_whole_and_by_its_kind() {
    let two = [(series("b", "encode", "t"), shift(1.0, 1.05)), (series("b", "decode", "t"), shift(1.0, 1.5))];
    let both = alert(AlertKind::Regression, &two);
    let mut decode = route("**", "*", &["d@x"]);
    decode.selection = Selection::new(&["**"], &["decode"], &["*"]).unwrap();
    assert!(decode.matches(&both, Severity::Minor));
    decode.kinds = vec![AlertKind::Budget];
    assert!(!decode.matches(&both, Severity::Minor));

    let gap = Evidence::Absence(Gap { last_run: NOW, cadence: 1.0, missing_since: NOW });
    let silent = alert(AlertKind::Absence, &[(series("b", "", ""), gap)]);
    assert!(route("b", "*", &[]).matches(&silent, Severity::Major));
    assert!(
        !route("b", "ttft", &[]).matches(&silent, Severity::Major),
        "who asks for a metric does not ask for silence"
    );

    let moved = vec![(series("reports/codec", "", "t"), Some(0.3))];
    let sweep = Sweep { moved: 9, judged: 9, benchmarks: 3, began: NOW, until: NOW, series: moved };
    let swept = alert(AlertKind::Environment, &[(series("", "", ""), Evidence::Environment(sweep))]);
    assert!(route("reports/codec", "*", &[]).matches(&swept, Severity::Critical));
    assert!(!route("reports/net", "*", &[]).matches(&swept, Severity::Critical));
    assert_eq!(severity(&swept, &Thresholds::default()), Severity::Critical);
}

#[test]
fn the_worst_of_an_alert_decides_how_bad_it_is() {
    let of = |kind, evidence| severity(&alert(kind, &[(series("b", "", "t"), evidence)]), &Thresholds::default());
    let breach = |value| Evidence::Budget(Breach { limit: 100.0, value, began: NOW, at: NOW, run: None, recover: 3 });
    assert_eq!(of(AlertKind::Regression, shift(1.0, 1.05)), Severity::Minor);
    assert_eq!(of(AlertKind::Regression, shift(1.0, 1.2)), Severity::Major);
    assert_eq!(of(AlertKind::Regression, shift(0.0, 0.001)), Severity::Major, "nothing to compare it with");
    assert_eq!(of(AlertKind::Budget, breach(101.0)), Severity::Major);
    assert_eq!(of(AlertKind::Budget, breach(130.0)), Severity::Critical);
    let gap = Gap { last_run: NOW, cadence: 1.0, missing_since: NOW };
    assert_eq!(of(AlertKind::Absence, Evidence::Absence(gap)), Severity::Major);
    let two = [(series("b", "a", "t"), shift(1.0, 1.05)), (series("b", "b", "t"), shift(1.0, 1.5))];
    assert_eq!(severity(&alert(AlertKind::Regression, &two), &Thresholds::default()), Severity::Critical);
}
