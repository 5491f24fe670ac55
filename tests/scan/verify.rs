//! `verify`: statements made of the index itself hold, and the same with one thing changed do not.

use std::ffi::OsStr;
use std::fmt::Write as _;

use harness::{Ended, Workspace};
use serde_json::Value;

/// Three models, three quantities, digits that no two numbers share, in three kinds of files.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    let mut csv = String::from("model,num_gpu,ttft_s,tokens_per_second,latency_p50_ms,latency_p99_ms\n");
    for (at, (model, num_gpu)) in
        [("gemma3:270m", 40), ("gemma3:1b-it-qat", 80), ("llama3.1:8b", 999)].into_iter().enumerate()
    {
        let k = at as f64;
        let ttft = 0.0941 + 0.3173 * k;
        let throughput = 181.965 - 47.231 * k;
        let p50 = 412.37 + 131.91 * k;
        writeln!(csv, "{model},{num_gpu},{ttft:.4},{throughput:.3},{p50:.2},{:.2}", p50 * 2.31).unwrap();
    }
    workspace.write("csv_data/tuning.csv", csv);
    workspace.write(
        "reports/agents/summary.json",
        r#"{"results": [{"tokens_s": 14.244}, {"tokens_s": 13.603}], "summary": {"mean_load_duration_s": 2.3189}, "fan_speed": 37}"#,
    );
    workspace.write("reports/agents/summary2.json", r#"{"mean_eval_duration_s": 1.7712}"#);
    workspace.write("reports/notes.md", "# Notes\n\nNothing measured.\n\n## More\n");
    workspace.scan();
    workspace
}

#[track_caller]
fn verify(workspace: &Workspace, text: &str) -> Ended {
    let file = workspace.beside("report.md");
    std::fs::write(&file, text).unwrap();
    workspace.run([OsStr::new("verify"), file.as_os_str(), OsStr::new("--json")])
}

/// The verdicts on the claims whose number is this.
#[track_caller]
fn verdicts(workspace: &Workspace, text: &str, number: &str) -> Vec<String> {
    let json = verify(workspace, text).json();
    let claims = json["claims"].as_array().unwrap().iter().filter(|claim| claim["number"] == number);
    claims.map(|claim| claim["verdict"].as_str().unwrap().to_owned()).collect()
}

/// A quantity of the index: its words, its value as written, its unit, its model.
struct Said {
    name: &'static str,
    value: f64,
    decimals: usize,
    unit: &'static str,
    model: &'static str,
}

const TRUE: &[Said] = &[
    Said { name: "TTFT", value: 0.0941, decimals: 4, unit: "s", model: "gemma3:270m" },
    Said { name: "TTFT", value: 0.4114, decimals: 4, unit: "s", model: "gemma3:1b-it-qat" },
    Said { name: "throughput", value: 181.965, decimals: 3, unit: "tokens/s", model: "gemma3:270m" },
    Said { name: "throughput", value: 134.734, decimals: 3, unit: "tokens/s", model: "gemma3:1b-it-qat" },
    Said { name: "p50 latency", value: 544.28, decimals: 2, unit: "ms", model: "gemma3:1b-it-qat" },
    Said { name: "p99 latency", value: 952.57, decimals: 2, unit: "ms", model: "gemma3:270m" },
];

/// Ways to say one thing.
fn phrasings(said: &Said) -> Vec<String> {
    let Said { name, value, decimals, unit, model } = said;
    let number = format!("{value:.decimals$}");
    let less = decimals - 1;
    vec![
        format!("The {name} of {model} was {number} {unit}."),
        format!("**{name}** ({model}): {number} {unit}"),
        format!("- {model} {name}: {number} {unit}"),
        format!("{model} reached a {name} of {number} {unit} in this test."),
        format!("With {model}, the {name} is {value:.less$} {unit}."),
        format!("| Model | {name} ({unit}) |\n| --- | --- |\n| {model} | {number} |"),
        format!(
            "| Metric | Model | Value | Unit |\n| --- | --- | --- | --- |\n| {name} | {model} | {number} | {unit} |"
        ),
        format!("# {model}\n\n{name}: {number} {unit}"),
        format!("We measured a {name} of about {value:.less$} {unit} for {model}."),
        format!("{name} = {number}{unit} ({model})"),
    ]
}

/// The statement with one thing changed.
fn mutations(said: &Said) -> Vec<Said> {
    let same = || Said { ..*said };
    let unit = match said.unit {
        "s" => "ms",
        "ms" => "s",
        _ => "ms",
    };
    let name = match said.name {
        "TTFT" => "latency",
        "throughput" => "TTFT",
        "p50 latency" => "p99 latency",
        _ => "p50 latency",
    };
    let model = if said.model == "gemma3:270m" { "llama3.1:8b" } else { "gemma3:270m" };
    vec![
        Said { value: said.value * 1.03, ..same() },
        Said { unit, ..same() },
        Said { name, ..same() },
        Said { model, ..same() },
    ]
}

impl Clone for Said {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// How many of these statements are flagged, and those that differ from what is expected.
fn flagged(workspace: &Workspace, said: &[Said], expected: bool) -> (usize, usize, Vec<String>) {
    let texts: Vec<String> = said.iter().flat_map(phrasings).collect();
    let bad = |text: &String| verify(workspace, text).code == Some(1);
    let flags: Vec<bool> = texts.iter().map(bad).collect();
    let count = flags.iter().filter(|flag| **flag).count();
    let odd = texts.iter().zip(&flags).filter(|(_, flag)| **flag != expected).map(|(text, _)| text.clone());
    (count, texts.len(), odd.collect())
}

#[test]
fn what_the_index_says_holds_in_ten_phrasings_and_changed_it_does_not() {
    let workspace = workspace();
    let (false_alarms, of_true, wrongly) = flagged(&workspace, TRUE, false);
    let changed: Vec<Said> = TRUE.iter().flat_map(mutations).collect();
    let (found, of_changed, missed) = flagged(&workspace, &changed, true);
    println!("{false_alarms} of {of_true} true statements flagged, {found} of {of_changed} changed ones");
    assert!(false_alarms * 20 <= of_true, "{wrongly:#?}");
    assert!(found * 100 >= of_changed * 95, "{missed:#?}");
}

#[test]
fn counts_hold_to_the_file() {
    let workspace = workspace();
    for (text, number, verdict) in [
        ("Total files: 4", "4", "supported"),
        ("Total files: 5", "5", "contradicted"),
        ("This report analyzes a dataset of 4 files.", "4", "supported"),
        ("- JSON (2): results", "2", "supported"),
        ("- JSON (3): results", "3", "contradicted"),
        ("There are 2 JSON files and 1 CSV file.", "1", "supported"),
        ("JSON makes up 50% of the files.", "50%", "derived"),
        ("JSON: 67%", "67", "contradicted"),
        ("| Markdown Heading Count | 2 |\n| --- | --- |\n| Markdown Heading Count | 2 |", "2", "supported"),
    ] {
        let number = number.trim_end_matches('%');
        let found = verdicts(&workspace, text, number);
        assert_eq!(found.last().map(String::as_str), Some(verdict), "{text}: {found:?}");
    }
}

#[test]
fn exact_keys_bind_with_their_indices() {
    let workspace = workspace();
    for (text, number, verdict) in [
        ("json_results[0].tokens_s: 14.244", "14.244", "supported"),
        ("json_results[1].tokens_s: 14.244", "14.244", "contradicted"),
        ("`results[1].tokens_s` is 13.603", "13.603", "supported"),
        ("fan_speed: 37", "37", "supported"),
        ("fan_speed: 38", "38", "contradicted"),
    ] {
        assert_eq!(verdicts(&workspace, text, number), [verdict], "{text}");
    }
}

#[test]
fn verdicts_have_their_facts_and_places() {
    let workspace = workspace();
    let text = "Größe: the TTFT of gemma3:270m was 0.0941 s.";
    let ended = verify(&workspace, text).code(0);
    let json = ended.json();
    let claim = &json["claims"][0];
    let place = |name: &str| claim[name].as_u64().unwrap() as usize;
    let written: String = text.chars().skip(place("start")).take(place("end") - place("start")).collect();
    assert_eq!(written, "0.0941");
    assert_eq!((claim["verdict"].as_str(), claim["unit"].as_str()), (Some("supported"), Some("s")));
    let fact = &claim["fact"];
    assert_eq!((&fact["id"], fact["value"].as_f64(), fact["unit"].as_str()), (&Value::Null, Some(0.0941), Some("s")));
    assert_eq!(
        (fact["path"].as_str(), fact["at"].as_str()),
        (Some("csv_data/tuning.csv"), Some("row 1, column ttft_s"))
    );
}

#[test]
fn an_empty_index_bears_out_nothing_but_zero() {
    let workspace = Workspace::new();
    workspace.scan();
    assert_eq!(verdicts(&workspace, "Total Files Analyzed: 0\n", "0"), ["supported"]);
    assert_eq!(verdicts(&workspace, "Total File Size: 0 bytes\n", "0"), ["supported"]);
    assert_eq!(verdicts(&workspace, "Total Files Analyzed: 3\n", "3"), ["contradicted"]);
    assert_eq!(verdicts(&workspace, "The TTFT was 0.5 s.", "0.5"), ["unsupported"]);
}

#[test]
fn what_does_not_hold_is_marked_in_the_text_and_listed_with_its_place() {
    let workspace = workspace();
    let file = workspace.beside("report.md");
    std::fs::write(&file, "# Report\n\nTotal files: 5\n\nTotal files: 4\n").unwrap();
    let ended = workspace.run([OsStr::new("verify"), file.as_os_str()]).code(1);
    assert!(ended.stdout.contains("Total files: 5✗") && ended.stdout.contains("Total files: 4✓"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("report.md:3:14: ✗ 5 contradicted: the number of all files is 4"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.ends_with("2 claims: 1 supported, 0 derived, 1 contradicted, 0 unsupported\n"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains('\u{1b}'), "no colours where there is no terminal");
}

#[test]
fn without_an_index_or_a_file_it_fails() {
    let workspace = Workspace::new();
    let file = workspace.beside("report.md");
    std::fs::write(&file, "Total files: 4").unwrap();
    workspace.run([OsStr::new("verify"), file.as_os_str()]).code(3);
    workspace.scan();
    workspace.run(["verify", "nowhere.md"]).code(3);
    workspace.run(["verify"]).code(2);
}

#[test]
fn our_own_report_holds_until_a_number_of_it_is_changed() {
    let workspace = workspace();
    let report = workspace.last_report();
    let ended = verify(&workspace, &report);
    let json = ended.json();
    let bad: Vec<&Value> = json["claims"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|claim| matches!(claim["verdict"].as_str(), Some("contradicted" | "unsupported")))
        .collect();
    assert_eq!(bad, Vec::<&Value>::new(), "{report}");
    assert_eq!(ended.code, Some(0));
    let changed = report.replacen("Total files analyzed: 4 ", "Total files analyzed: 5 ", 1);
    assert_ne!(changed, report);
    verify(&workspace, &changed).code(1);
}

#[test]
fn statistics_and_counts_of_a_named_file_follow_from_its_rows() {
    let workspace = Workspace::new();
    let mut csv = String::from("model,prompt,ttft_s,tokens_s\n");
    for (model, rates) in [("qwen2:7b-q4_0", [70.1, 75.3, 74.9]), ("qwen2:7b-q8_0", [44.2, 47.8, 46.3])] {
        for (prompt, rate) in ["a haiku", "a quote", "a joke"].iter().zip(rates) {
            writeln!(csv, "{model},{prompt},{:.4},{rate}", 9.7 / rate).unwrap();
        }
    }
    workspace.write("csv_data/quant_bench.csv", csv);
    workspace.write("csv_data/other_bench.csv", "model,tokens_s\nqwen2:7b-q4_0,61.7\n");
    workspace.scan();
    let is =
        |text: &str, number: &str, verdict: &str| assert_eq!(verdicts(&workspace, text, number), [verdict], "{text}");
    is("In quant_bench.csv the median tokens_s of qwen2:7b-q8_0 is 46.3 tok/s.", "46.3", "derived");
    is("In quant_bench.csv the median tokens_s of qwen2:7b-q8_0 is 47.8 tok/s.", "47.8", "contradicted");
    is("In quant_bench.csv the mean tokens_s of qwen2:7b-q4_0 is 73.43 tok/s.", "73.43", "derived");
    is("In quant_bench.csv q4_0 has 1.59x the mean throughput of q8_0.", "1.59", "derived");
    is("In quant_bench.csv q4_0 has 1.89x the mean throughput of q8_0.", "1.89", "unsupported");
    is("In quant_bench.csv q8_0 is 27.3 tok/s slower than q4_0 on average.", "27.3", "derived");
    is("In quant_bench.csv q8_0 is 27.3 tok/s faster than q4_0 on average.", "27.3", "contradicted");
    is("quant_bench.csv holds 6 runs.", "6", "supported");
    is("quant_bench.csv holds 7 runs.", "7", "contradicted");
    is("quant_bench.csv compares two models with three prompts each.", "three", "supported");
}

#[test]
fn commits_of_digits_alerts_and_limits_of_our_own_report_hold() {
    let workspace = Workspace::new();
    workspace.configure("[[budget]]\nmetric = \"p99_latency_ms\"\nlimit = \"<= 35ms\"\n");
    let land = |runs: std::ops::Range<usize>| {
        for (run, benchmark) in runs.flat_map(|run| ["codec", "parser", "render"].map(|benchmark| (run, benchmark))) {
            let slower = if run < 24 { 1.0 } else { 1.3 } * (1.0 + harness::NOISE[run % harness::NOISE.len()]);
            let content = serde_json::json!({
                "timestamp": format!("2026-03-{:02}T{:02}:00:00Z", 1 + run / 2, run % 2 * 12), "host": "box7",
                "git_commit": format!("12345{run:02}"), "latency_ms": 12.5 * slower, "p99_latency_ms": 31.0 * slower,
                "throughput_tokens_s": 80.0 / slower,
            });
            workspace.write(format!("reports/{benchmark}/{benchmark}_{run:03}.json"), content.to_string());
        }
        workspace.scan();
        workspace.last_report()
    };
    land(0..24);
    let reports = [land(24..25), land(25..27), land(27..28)];
    assert!(reports[1].contains("between commits `1234523` and `1234524`"), "{}", reports[1]);
    assert!(reports[1].contains("## Environments, budgets and missing results"), "{}", reports[1]);
    for report in &reports {
        let ended = verify(&workspace, report);
        let code = ended.code;
        let json = ended.json();
        let bad = |claim: &&Value| matches!(claim["verdict"].as_str(), Some("contradicted" | "unsupported"));
        let bad: Vec<&Value> = json["claims"].as_array().unwrap().iter().filter(bad).collect();
        assert_eq!((code, bad), (Some(0), Vec::new()), "{report}");
    }
    let changed = reports[1].replacen("between commits `1234523`", "between commits `1234583`", 1);
    verify(&workspace, &changed).code(1);
    // A count that is not of its landing is held against those of today, and that is said.
    let changed = reports[0].replacen("### JSON Files (75)", "### JSON Files (76)", 1);
    let told = verify(&workspace, &changed).code(1).json();
    let claim = told["claims"].as_array().unwrap().iter().find(|claim| claim["number"] == "76").expect("the count");
    let reason = claim["reason"].as_str().unwrap();
    assert!(reason.contains("is 84 by now; the report is of landing 2, and more has landed since"), "{reason}");
}
