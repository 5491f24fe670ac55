//! Random ledgers and hostile texts: whatever passes the gate stands in a report that the independent check reads, and holds no number but
//! those of facts.

use proptest::prelude::*;
use serde_json::json;

use super::fixture::stands;
use crate::dialogue::gate::{Advice, Observations, collector, insight};
use crate::dialogue::{Piece, Shown, Statement};
use crate::domain::artifact::ContentHash;
use crate::domain::fact::FactId;
use crate::domain::units::Unit;
use crate::insight::Ledger;

/// A small generator of numbers (SplitMix64), so that a case is told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

const NAMES: &[&str] = &[
    "gemma3:latest",
    "llama3.1:8b-q4_0",
    "reports/a1",
    "a|b 7`c",
    "num_gpu=999",
    "模型3",
    "x",
    "p95",
    "12",
    "model <b>5</b>",
    "тест 8",
    "3 ms",
    "F1",
    "latency",
    "{{m:F1}}",
    "a\u{202e}9",
    "42 runs of 7",
    "@2",
    "&#49;",
];
const METRICS: &[&str] = &[
    "median latency",
    "p95 latency",
    "p99 latency",
    "minimum of ttft",
    "throughput",
    "score",
    "runs",
    "change in ttft",
];
const UNITS: &[&str] = &[
    "ms", "s", "tok/s", "percent", "ratio", "count", "", "bytes", "KiB/s", "J", "µs", "m2", "ms|x", "frobs", "op\"s",
    "%/s",
];
const VALUES: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    3.0,
    3.0,
    15.5,
    15.5,
    12.34,
    -7.25,
    1e-9,
    4.2e17,
    0.000123,
    99.95,
    100.0,
    f64::NAN,
    f64::INFINITY,
    -1.0,
    1234567.0,
    0.1,
    29.0,
    5e-324,
    1e300,
    2.5,
];

/// A ledger, and what of it was shown.
fn ledger(dice: &mut Dice) -> (Ledger, Shown) {
    let mut ledger = Ledger::new();
    let names: Vec<String> = (0..1 + dice.roll(5)).map(|_| dice.of(NAMES).to_owned()).collect();
    for row in 0..3 + dice.roll(12) {
        let value = VALUES[dice.roll(VALUES.len())];
        let unit = Unit::new(dice.of(UNITS));
        let name = format!("{} of {}", dice.of(METRICS), names[dice.roll(names.len())]);
        let last = u32::try_from(ledger.facts().len()).unwrap();
        match dice.roll(4) {
            0 => ledger.count(name, row as u64),
            1 if last >= 2 => {
                let (a, b) = (FactId(1 + dice.roll(last as usize) as u32), FactId(1 + dice.roll(last as usize) as u32));
                let (x, y) = (ledger.get(a).unwrap().value, ledger.get(b).unwrap().value);
                let value = 100.0 * (x - y) / y.abs();
                if !value.is_finite() {
                    continue;
                }
                ledger.derived(name, value, Unit::new("percent"), format!("100 * ({a} - {b}) / |{b}|"), &[a, b])
            }
            _ => ledger.cell(name, value, unit, "reports/a1.csv", ContentHash::of(b"x"), format!("row {row}")),
        };
    }
    let shown = |id: &FactId, dice: &mut Dice| id.0 <= 3 || dice.roll(5) > 0;
    let all: Vec<FactId> = ledger.facts().iter().map(|fact| fact.id).collect();
    let facts = all.into_iter().filter(|id| shown(id, dice)).collect();
    (ledger, Shown { facts, names, left_out: 0 })
}

const PLAIN: &[&str] = &[
    "The median latency of",
    "is",
    "and",
    "runs",
    "the latency",
    "of the model",
    "in all of the results",
    "was measured with",
    ",",
    "The throughput",
    "stays at",
    "(",
    ")",
    "faster than",
    "slower than",
    "higher",
    "has improved",
    "the highest",
    "below",
    "above",
    "by",
    "not",
    "in ms",
    "p95",
    "between",
    "of",
    ". It was",
    "compared with",
    "The p99 of",
    ";",
    "while",
    "a regression",
    "no change",
    "Use",
    "to reduce",
];
const HOSTILE: &[&str] = &[
    "12",
    "1.5",
    "٣",
    "三",
    "百万",
    "Ⅷ",
    "②",
    "⑴",
    "¹²",
    "₃",
    "½",
    "１２",
    "𝟛",
    "𝟜𝟝",
    "〇",
    "௧",
    "twelve",
    "a dozen",
    "twice",
    "half of",
    "tenfold",
    "the majority of",
    "most of",
    "per cent",
    "percent",
    "%",
    "x10",
    "x",
    "siebenundvierzig",
    "quatre",
    "пять",
    "due",
    "ms",
    "milliseconds",
    "in milliseconds",
    "&#49;",
    "&frac12;",
    "&#x31;",
    "%31",
    "\\u0031",
    "\u{200b}",
    "1\u{200b}2",
    "t\u{2060}en",
    "\u{202e}21",
    "te\u{301}n",
    "оne",
    "[^1]",
    "![1](2)",
    "[x](http://1.2)",
    "`7`",
    "**9**",
    "# 3",
    "| 4 | 5 |",
    "1. ",
    "- ",
    "> 6",
    "<b>7</b>",
    "<!-- 8 -->",
    "[F1]",
    "(F1, F2)",
    "[F1–F3]",
    "F1",
    "{{",
    "}}",
    "{{m:F1",
    "{{m:{{m:F1}}}}",
    "{{m:F9999}}",
    "{{id:N99}}",
    "{{cmp:F1}}",
    "{{cmp:F1,F9999}}",
    "{{eval:2}}",
    "{m:F1}",
    "-",
    "–",
    "+",
    "minus",
    "about",
    "at least",
    "up to",
    "over",
    "$",
    "€5",
    "5k",
    "e5",
    "VIII",
    "IOO",
    "lO",
    "January",
    "May",
    "2025-10-02",
    "Monday",
    "🔟",
    "1️⃣",
    "💯",
    "🥇",
    "⚀",
    "\u{0}",
    "\n\n",
    "\t",
    "www.a.com",
    "a.csv",
    "results_v2.json",
    "gpt",
    "TurboBench",
    "e.g.",
    "\"",
    "“",
    "'",
    "/",
    "&",
    "…",
    "times",
    "million",
    "points",
    "seconds",
    "tok/s",
    "×",
    "first",
    "second",
    "once",
    "both",
    "㍘",
    "㊿",
    "一",
    "壱",
    "십",
    "สาม",
    "दस",
    "عشرة",
    "עשר",
    "δέκα",
    "𐄙",
    "᠓",
    "꯵",
];

fn text(dice: &mut Dice, shown: &Shown, hostile: usize) -> String {
    let mut out = String::new();
    for _ in 0..2 + dice.roll(10) {
        let fact = |dice: &mut Dice| shown.facts[dice.roll(shown.facts.len())];
        match dice.roll(10) {
            0 | 1 => out.push_str(&format!("{{{{m:{}}}}}", fact(dice))),
            2 => out.push_str(&format!("{{{{cmp:{},{}}}}}", fact(dice), fact(dice))),
            3 => out.push_str(&format!("{{{{id:N{}}}}}", 1 + dice.roll(shown.names.len()))),
            4 => out.push_str(&shown.names[dice.roll(shown.names.len())]),
            n if n < 5 + hostile => out.push_str(dice.of(HOSTILE)),
            5 if hostile > 1 => out.extend(char::from_u32(dice.roll(0x11_0000) as u32)),
            _ => out.push_str(dice.of(PLAIN)),
        }
        if dice.roll(8) > 0 {
            out.push(' ');
        }
    }
    out
}

/// What one case keeps.
fn play(seed: u64, hostile: usize) -> usize {
    let mut dice = Dice(seed);
    let (ledger, shown) = ledger(&mut dice);
    let mut field = || text(&mut dice, &shown, hostile);
    let items: Vec<_> = (0..6).map(|_| json!({"text": field(), "refs": ["F1", "F2"]})).collect();
    let risks: Vec<_> = (0..3).map(|_| json!({"risk": field(), "mitigation": field(), "refs": ["F1"]})).collect();
    let advised: Vec<_> =
        ["throughput", "ttft", "quality"].iter().map(|aim| json!({"aim": aim, "text": field(), "refs": []})).collect();
    let found = collector(&json!({"observations": items, "gaps": [field()]}).to_string(), 1, &shown, &ledger).unwrap();
    let advice = json!({"summary": items, "recommendations": advised, "risks": risks}).to_string();
    let advice = insight(&advice, 1, &shown, &ledger).unwrap();
    let digits = found.dropped.iter().chain(&advice.dropped).find(|one| one.reason.contains(char::is_numeric));
    assert_eq!(digits, None);
    let statements = statements(&found.kept, &advice.kept);
    stands(&found.kept, &advice.kept, &ledger, &shown);
    statements.iter().for_each(|statement| honest(statement, &ledger));
    statements.len()
}

fn statements(found: &Observations, advice: &Advice) -> Vec<Statement> {
    let risks = advice.risks.iter().flat_map(|(risk, mitigation)| [risk, mitigation]);
    let recommended = advice.recommendations.iter().map(|(_, statement)| statement);
    let all = found.observations.iter().chain(&found.gaps).chain(&advice.summary).chain(recommended).chain(risks);
    all.cloned().collect()
}

/// No number but those of facts, by rules that share nothing with the gate's.
fn honest(statement: &Statement, ledger: &Ledger) {
    for piece in &statement.0 {
        let Piece::Text(text) = piece else { continue };
        for word in text.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let is_label =
                statement.facts().any(|id| ledger.get(id).unwrap().name.contains(&word)) && word.starts_with('p');
            assert!(is_label || !word.chars().any(|c| c.is_numeric() || !c.is_ascii()), "{statement:?}");
            for number in [
                "twelve",
                "dozen",
                "twice",
                "half",
                "tenfold",
                "majority",
                "siebenundvierzig",
                "quatre",
                "million",
                "viii",
                "ioo",
                "ten",
            ] {
                assert_ne!(word, number, "{statement:?}");
            }
        }
        assert!(
            !text.contains(['<', '>', '[', ']', '{', '}', '|', '`', '*', '_', '#', '\\', '\n', '\u{202e}', '\u{200b}']),
            "{statement:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_number_without_a_fact_reaches_a_report(seed in any::<u64>()) {
        play(seed, 4);
    }

    #[test]
    fn what_is_nearly_plain_stands_too(seed in any::<u64>()) {
        play(seed, 1);
        play(seed, 0);
    }

    #[test]
    fn any_text_at_all_is_read_without_harm(text in "\\PC{0,400}", answer in "\\PC{0,200}") {
        let mut dice = Dice(7);
        let (ledger, shown) = ledger(&mut dice);
        let wrapped = json!({"observations": [text], "gaps": []}).to_string();
        let gated = collector(&wrapped, 1, &shown, &ledger).unwrap();
        stands(&gated.kept, &Advice::default(), &ledger, &shown);
        let _ = insight(&answer, 1, &shown, &ledger);
    }
}

#[test]
fn some_of_what_is_nearly_plain_passes() {
    let kept: usize = (0..300).map(|seed| play(seed, 0)).sum();
    assert!(kept > 30, "{kept} statements in all: the property holds of next to nothing");
}

#[test]
fn long_answers_take_no_long_time() {
    let mut dice = Dice(11);
    let (ledger, shown) = ledger(&mut dice);
    for piece in ["a ", "{{", "{{m:F1", "{{m:F1}} ", "(F1, ", "(", "twothree", "'a", ". A", "p95 ", "gemma3:latest "] {
        let text = piece.repeat((1 << 20) / piece.len());
        let items: Vec<_> = (0..400).map(|at| format!("{} {}", piece.repeat(300), "x".repeat(at))).collect();
        let answer = json!({"observations": items, "gaps": [text]}).to_string();
        let gated = collector(&answer, 1, &shown, &ledger).unwrap();
        assert!(gated.dropped.len() <= 201, "{}", gated.dropped.len());
    }
}
