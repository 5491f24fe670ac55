//! What holds in our own reports by the facts that their lines cite, and what does not.

use super::*;
use crate::domain::alert::AlertKind;
use crate::domain::artifact::ContentHash;
use crate::domain::units::Unit;
use crate::insight::claims;

#[test]
fn citations_and_spans_are_read() {
    assert_eq!(cited("a [F3, F11–F14] F7 xF9 F"), [3, 11, 12, 13, 14, 7]);
    assert_eq!(landing_of("<!-- chimera-insight:report landing=17 -->\n# x"), Some(17));
    assert_eq!(landing_of("# x"), None);
}

/// How many claims of a text are borne out, and how many there are.
fn borne_out(text: &str, ledger: &Ledger, beside: &Beside) -> (usize, usize) {
    let claims = claims::read(text);
    let found = resolve(text, ledger, beside, &claims);
    (found.iter().flatten().filter(|one| one.verdict == Verdict::Supported).count(), claims.len())
}

fn regression(benchmark: &str) -> AlertKey {
    let (kind, metric) = (AlertKind::Regression, "latency_ms".to_owned());
    AlertKey { kind, benchmark: benchmark.to_owned(), metric, environment: String::new() }
}

#[test]
fn a_hash_of_digits_alone_is_a_place() {
    let mut ledger = Ledger::new();
    let hash = ContentHash([0x12; 32]);
    ledger.cell("latency of x", 7.5, Unit::new("ms"), "reports/x.json", hash, "$.latency_ms".to_owned());
    let row = |shown: &str| {
        format!(
            "| fact | value | unit | name | source |\n| --- | ---: | --- | --- | --- |\n| F1 | 7.5 | ms | `latency of x` | `reports/x.json` `$.latency_ms` ({shown}) |\n"
        )
    };
    let beside = Beside::default();
    assert_eq!(borne_out(&row("121212121212"), &ledger, &beside), (2, 2));
    assert_eq!(borne_out(&row("121212121213"), &ledger, &beside), (1, 2));
}

#[test]
fn names_are_read_as_they_are_shown_and_what_stands_beside_them_is_not() {
    let mut ledger = Ledger::new();
    let hash = ContentHash([0xab; 32]);
    let mut cell = |name: &str, path: &str, at: &str| {
        ledger.cell(name, 2.5, Unit::new("ms"), path, hash, at.to_owned());
    };
    cell("latency of a|(1 [y 24] x", "reports/a|(1_7.csv", "row 3, column b\u{202e}[x](javascript:1)");
    cell("latency of b [model=gem\u{1b}]0;x\u{7}ma]", "reports/b.csv", "row 4, column c\\[8\\]");
    let beside = Beside { names: vec!["dead|`x` 25".to_owned()], ..Beside::default() };
    for (text, expected) in [
        ("a&#124;&#40;1 &#91;y 24&#93; is 2.5 ms. [F1]\n", (3, 3)),
        ("### a&#124;&#40;1 &#91;y 24\n", (2, 2)),
        ("a&#124;&#40;1 is 2.6 ms. [F1]\n", (1, 2)),
        ("a&#124;&#40;8 &#91;y 24&#93; is 2.5 ms. [F1]\n", (2, 3)),
        ("between commits dead&#124;&#96;x&#96; 25 and `f`, 26 ms. [F1]\n", (1, 2)),
        ("`gem\\u{1b}]0;x\\u{7}ma` is 2.5 ms. [F2]\n", (3, 3)),
        ("`gem\\u{1b}]0;x\\u{8}ma` is 2.5 ms. [F2]\n", (2, 3)),
        ("`b` is 7 ms. [F2]\n", (0, 1)),
        ("| `b` | 7 | ms | F2 |\n", (0, 1)),
    ] {
        let text = format!("# x\n\n{text}");
        assert_eq!(borne_out(&text, &ledger, &beside), expected, "{text}");
    }
    let row = |own: &str, at: &str| {
        format!(
            "# x\n\n| F1 | 2.5 | ms | latency of a&#124;&#40;{own} &#91;y 24&#93; x | reports/a&#124;&#40;1&#95;7.csv `row {at}, column b\\u{{202e}}[x](javascript:1)` (abababababab) |\n"
        )
    };
    let all = borne_out(&row("1", "3"), &ledger, &beside);
    assert_eq!(all.0, all.1);
    for spoilt in [row("9", "3"), row("1", "4")] {
        let found = borne_out(&spoilt, &ledger, &beside);
        assert!(found.0 < found.1, "{spoilt}");
    }
}

#[test]
fn counts_of_headings_and_numbers_of_alerts_are_those_of_the_landing() {
    let mut ledger = Ledger::new();
    ledger.count("json artifacts", 27);
    ledger.count("csv artifacts", 5);
    let beside = Beside {
        alerts: vec![(1, regression("reports/codec")), (2, regression("reports/other"))],
        ..Beside::default()
    };
    for (text, expected) in [
        ("### JSON Files (27)\n", (1, 1)),
        ("### JSON Files (5)\n", (0, 1)),
        ("### CSV Files (5)\n", (1, 1)),
        ("### `latency_ms` of `reports/codec`\n\n- Alert `1`, new.\n", (1, 1)),
        ("### `latency_ms` of `reports/codec`\n\n- Alert `2`, new.\n", (0, 1)),
        ("### `latency_ms` of `reports/codec`\n\n- Alert `3`, new.\n", (0, 1)),
    ] {
        assert_eq!(borne_out(text, &ledger, &beside), expected, "{text}");
    }
}
