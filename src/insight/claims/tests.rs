use super::{Claim, Date, Kind, Role, read};
use crate::domain::units::Unit;

/// The one claim of a text.
fn one(text: &str) -> Claim {
    let claims = read(text);
    assert_eq!(claims.len(), 1, "{text}: {:?}", numbers(text));
    claims.into_iter().next().unwrap()
}

fn numbers(text: &str) -> Vec<String> {
    read(text).into_iter().map(|claim| claim.number).collect()
}

fn unit(claim: &Claim) -> &str {
    claim.unit.as_ref().map_or("", |unit| unit.as_str())
}

/// Value and unit of every claim.
fn values(text: &str) -> Vec<(f64, String)> {
    read(text).iter().map(|claim| (claim.value, unit(claim).to_owned())).collect()
}

#[test]
fn counts_are_said_of_their_noun_or_label() {
    let files = one("This report analyzes a dataset of 101 performance benchmark files related to Gemma.");
    assert_eq!((files.value, files.about.noun.as_deref()), (101.0, Some("performance benchmark files")));
    assert_eq!(one("* 28 CSV files").about.noun.as_deref(), Some("CSV files"));
    assert_eq!(one("CSV (28 files) – mostly tuning").about.label, ["CSV"]);
    let listed = read("* **File Types:**\n    * JSON (44): results\n    * Markdown (29): prose\n");
    assert_eq!(listed.first().map(|c| c.about.label.clone()), Some(vec!["JSON".to_owned(), "File Types".to_owned()]));
    assert_eq!(one("通过分析101个文件，我们发现").about.noun.as_deref(), Some("文件"));
    assert_eq!(one("* **JSON:** 28个 (主要存储)").about.label, ["JSON"]);
    assert_eq!(one("**Nombre Total de Fichiers:** 101").about.label, ["Nombre Total de Fichiers"]);
}

#[test]
fn units_stand_behind_in_heads_in_labels_and_in_keys() {
    assert_eq!(unit(&one("The mean was 15.5ms in all.")), "ms");
    assert_eq!(unit(&one("It reached 14.1 tokens per second.")), "tok/s");
    assert_eq!(unit(&one("La latence atteint 15,5 secondes.")), "s");
    assert_eq!(unit(&one("平均延迟为15.5毫秒。")), "ms");
    assert_eq!(unit(&one("**Average Tokens Per Second (Across All Runs):** 14.1")), "tok/s");
    assert_eq!(unit(&one("- `total_file_size_bytes`: 441517")), "bytes");
    assert_eq!(unit(&one("`json_models[1].mean_ttft_s`: 1.55")), "s");
    assert_eq!(unit(&one("Total File Size (Bytes): 0")), "bytes");
    assert_eq!(unit(&one("RAM: 16GB")), "GB");
    assert_eq!(unit(&one("Cost: 12.5 ms/token")), "ms/token");
    assert_eq!(unit(&one("Value(s): 12.5")), "");
    assert_eq!(unit(&one("Latency(s): 12.5")), "s");
    assert_eq!(unit(&one("Latency (ms): 5 runs")), "");
}

#[test]
fn tables_give_heads_rows_and_units() {
    let table = "| Metric | Average | Range | Units |\n|---|---|---|---|\n| Latency | 15.5 | 11.2 - 21.4 | ms |\n| Files | 3 | | Files |\n";
    let claims = read(table);
    let shown: Vec<(f64, &str, Role)> = claims.iter().map(|c| (c.value, unit(c), c.role)).collect();
    assert_eq!(
        shown,
        [(15.5, "ms", Role::Point), (11.2, "ms", Role::Low), (21.4, "ms", Role::High), (3.0, "", Role::Point)]
    );
    let first = claims.first().unwrap();
    assert_eq!(
        (first.about.label.as_slice(), first.about.row.first().map(String::as_str)),
        (&["Average".to_owned()][..], Some("Latency"))
    );
    assert_eq!(first.text, "Latency | 15.5 | 11.2 - 21.4 | ms");
    assert_eq!(claims.last().unwrap().about.noun.as_deref(), Some("Files"));
    assert_eq!(values("| 指标 | 平均值 |\n|--|--|\n| 推理时间(ms) | 12.5 |\n"), [(12.5, "ms".to_owned())]);
    assert_eq!(
        values("| Run | Latency (ms) |\n|--|--|\n| 1 | 12.5 |\n| 2 | 13.5 |\n"),
        [(12.5, "ms".to_owned()), (13.5, "ms".to_owned())]
    );
    assert_eq!(
        one("+ json_results[3].tokens_per_second | 13.84").about.key.as_deref(),
        Some("json_results[3].tokens_per_second")
    );
}

#[test]
fn ranges_share_their_unit() {
    for (text, low, high, unit) in [
        ("Ranges from 0.070 seconds to 0.138 seconds.", 0.070, 0.138, "s"),
        ("from approximately 44 to 225", 44.0, 225.0, ""),
        ("Observed values: 13.27 – 14.59 requests/second", 13.27, 14.59, "req/s"),
        ("TPS (13.8-183.8)", 13.8, 183.8, ""),
        ("It took ~10–20 minutes.", 10.0, 20.0, "min"),
        ("24-72+ hours", 24.0, 72.0, "h"),
        ("between 3 and 5 ms", 3.0, 5.0, "ms"),
        ("在 3 至 5 毫秒", 3.0, 5.0, "ms"),
        ("files from 5KB to 20MB", 5.0, 20.0, ""),
    ] {
        let claims = read(text);
        let [first, second] = claims.as_slice() else { panic!("{text}: {claims:?}") };
        assert_eq!((first.value, first.role, first.partner), (low, Role::Low, Some(1)), "{text}");
        assert_eq!((second.value, second.role, second.partner), (high, Role::High, Some(0)), "{text}");
        for end in claims.iter().filter(|_| !unit.is_empty()) {
            assert_eq!(end.unit.as_ref().map(Unit::as_str), Some(unit), "{text}");
        }
    }
    assert!(read("5 files and 7 runs").iter().all(|claim| claim.partner.is_none()));
    assert!(read("101 files - 28 CSV").iter().all(|claim| claim.partner.is_none()));
}

#[test]
fn a_date_is_one_claim() {
    for (text, number, year, month, day) in [
        ("**Date :** 26 Octobre 2025", "26 Octobre 2025", Some(2025), Some(10), Some(26)),
        ("Date: November 16th, 2025", "November 16th, 2025", Some(2025), Some(11), Some(16)),
        ("日期： 2025-11-14", "2025-11-14", Some(2025), Some(11), Some(14)),
        ("in November 2025.", "November 2025", Some(2025), Some(11), None),
        ("16 ноября 2025 г.", "16 ноября 2025", Some(2025), Some(11), Some(16)),
        ("am 14.11.2025", "14.11.2025", Some(2025), Some(11), Some(14)),
        ("2024年11月", "2024年11月", Some(2024), Some(11), None),
        ("2025年11月14日", "2025年11月14日", Some(2025), Some(11), Some(14)),
        ("أواخر نوفمبر 2025", "نوفمبر 2025", Some(2025), Some(11), None),
        ("el 3 de marzo de 2024", "3 de marzo de 2024", Some(2024), Some(3), Some(3)),
        ("on the 1st of May 2024", "1st of May 2024", Some(2024), Some(5), Some(1)),
        ("since 2023.", "2023", Some(2023), None, None),
        ("on 11/14/2025", "11/14/2025", Some(2025), Some(11), Some(14)),
        ("on November 14", "November 14", None, Some(11), Some(14)),
        ("in Q3 2025", "Q3 2025", Some(2025), None, None),
    ] {
        let claim = one(text);
        let Kind::Date(date) = claim.kind else { panic!("{text}: {claim:?}") };
        assert_eq!((claim.number.as_str(), date.year, date.month, date.day), (number, year, month, day), "{text}");
    }
    let timed = one("at 2025-11-14T14:32:05Z");
    assert!(matches!(timed.kind, Kind::Date(Date { time: Some(52_325), .. })), "{timed:?}");
    for (text, number, offset) in [
        ("at 2025-11-14 14:32:05 +01:00.", "2025-11-14 14:32:05 +01:00", Some(3600)),
        ("at 2025-11-14 14:32 -09:30", "2025-11-14 14:32 -09:30", Some(-34_200)),
        ("at 2025-11-14 14:32:05 UTC", "2025-11-14 14:32:05 UTC", Some(0)),
        ("at 2025-11-14 14:32 UTC+2", "2025-11-14 14:32 UTC+2", Some(7200)),
        ("at 2025-11-14T14:32:05+0530", "2025-11-14T14:32:05+0530", Some(19_800)),
        ("at 2025-11-14 14:32", "2025-11-14 14:32", None),
    ] {
        let timed = one(text);
        let Kind::Date(date) = timed.kind else { panic!("{text}: {timed:?}") };
        assert_eq!((timed.number.as_str(), date.offset), (number, offset), "{text}");
    }
    assert_eq!(read("at 2025-11-14 14:32 +5 %").len(), 2, "a number with a sign is no distance from UTC");
    let span = one("activity in October – November 2025 only");
    assert!(matches!(span.kind, Kind::Date(Date { since: Some(10), month: Some(11), .. })), "{span:?}");
    let days = read("modified within 8 weeks (October 8-18, 2025)");
    assert_eq!(days.iter().map(|c| c.number.as_str()).collect::<Vec<_>>(), ["8", "October 8", "18, 2025"]);
    assert!(
        matches!(days.get(1).map(|c| c.kind), Some(Kind::Date(Date { year: Some(2025), .. }))),
        "the second end's year holds for the first"
    );
}

#[test]
fn numbers_are_read_as_their_text_writes_them() {
    assert_eq!(one("441,517 bytes").value, 441_517.0);
    assert_eq!(one("441 517 octets").value, 441_517.0);
    assert_eq!(one("12,5 ms").value, 12.5);
    assert_eq!(one("1.234,5 ms").value, 1234.5);
    assert_eq!(one("1,234.5 ms").value, 1234.5);
    assert_eq!(one("Rate: 1.2e-3 s").value, 0.0012);
    assert_eq!(one("about 3.2 × 10^6 tokens").value, 3_200_000.0);
    assert_eq!(one("1.5 million rows").value, 1_500_000.0);
    assert_eq!(one("12k requests").value, 12_000.0);
    assert_eq!(one("共1.5万个文件").value, 15_000.0);
    assert_eq!(one("عدد الملفات: ١٠١").value, 101.0);
    assert_eq!(one("फ़ाइलें: ४२").value, 42.0);
    assert_eq!(one("合計：１０１").value, 101.0);
    assert_eq!(one("a delta of -3.5 ms").value, -3.5);
    assert_eq!((one("-3.5 ms off").number.as_str(), one("by +12 %").number.as_str()), ("-3.5", "+12"));
    assert_eq!(values("sizes 64, 128.5, 256").iter().map(|v| v.0).collect::<Vec<_>>(), [64.0, 128.5, 256.0]);
    let exact = one("p50: 15.502165000179955");
    assert_eq!((exact.decimals, exact.significant, exact.step), (15, 17, 1e-15));
    assert_eq!((one("12k requests").step, one("0.070 s").significant), (1000.0, 2));
}

#[test]
fn changes_bounds_ratios_and_shares_are_told_apart() {
    for (text, role) in [
        ("Inference is 15% faster.", Role::Up),
        ("It dropped by 3 ms.", Role::Down),
        ("平均推理速度提升了15%。", Role::Up),
        ("reduced mean latency by 12.5 %", Role::Down),
        ("a speedup of 2.3x", Role::Ratio),
        ("It is 3 times faster.", Role::Ratio),
        ("Some runs took over 24 hours.", Role::AtLeast),
        ("up to 80 GB of memory", Role::AtMost),
        ("Small files ( < 1KB)", Role::AtMost),
        ("JSON files (44%) dominate.", Role::Share),
        ("75% of files are small", Role::Share),
        ("12.5 ms per call", Role::Point),
    ] {
        assert_eq!(one(text).role, role, "{text}");
    }
    assert!(
        one("approximately 44 documents").approximate && one("~10 ms").approximate && one("environ 5 s").approximate
    );
    assert!(!one("exactly 44 documents").approximate);
}

#[test]
fn number_words_count_only_before_what_they_count() {
    let words = |text: &str| read(text).into_iter().map(|c| (c.number, c.value)).collect::<Vec<_>>();
    assert_eq!(words("across three file formats"), [("three".to_owned(), 3.0)]);
    assert_eq!(words("Two thirds of the files"), [("Two thirds".to_owned(), 2.0 / 3.0)]);
    assert_eq!(words("a dozen runs"), [("a dozen".to_owned(), 12.0)]);
    assert_eq!(words("the majority of files").first().map(|w| w.1), Some(0.5));
    assert_eq!(words("Zero files were analyzed"), [("Zero".to_owned(), 0.0)]);
    assert_eq!(one("half of the files").about.noun.as_deref(), Some("files"));
    for text in [
        "One of them may",
        "a second look",
        "both runs",
        "the one that failed",
        "two of a kind",
        "on the other hand, four",
    ] {
        assert_eq!(numbers(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn names_with_digits_are_no_claims() {
    for text in [
        "gemma3, llama3.1:8b-instruct-q4_0 and the 1b and 270m models",
        "`gemma3_1b-it-qat_baseline.csv` and reports/compilation/conv_bench_20251002-170837.json",
        "p50, p99 and the 95th percentile, 64-bit, F1-score",
        "# Technical Report 108: Results",
        "See Section 4, Table 2 and RFC 2119; version v1.2.3, Version: 1.0",
        "https://example.com/a/12?b=3 and C:\\path\\to\\file1.txt",
        "as told [3] and [F12] and [^4]",
        "commit 3f2a9b1c at 14:32:00",
        "```python\nx = 12\n```",
        "## 2.1 Input\n\n3. **4. Findings**",
        "OAuth 2.0, Core i7 and RTX 4080",
        "<td width=\"30\">text</td>",
    ] {
        assert_eq!(numbers(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(numbers("Gemma3 files: 5. Gemma 3 is a model."), ["5"]);
}

#[test]
fn data_in_fences_is_said_of_its_path() {
    let text = "```json\n{\n  \"timestamp\": \"2025-11-25 14:32:00\",\n  \"runs\": [{\"latency_ms\": 14.25}, {\"latency_ms\": -2, \"n\": 3,}],\n  \"version\": \"1.0\"\n}\n```\n";
    let shown: Vec<_> = read(text)
        .into_iter()
        .map(|c| (c.number.clone(), c.about.key.clone().unwrap_or_default(), unit(&c).to_owned()))
        .collect();
    let told = |number: &str, key: &str, unit: &str| (number.to_owned(), key.to_owned(), unit.to_owned());
    assert_eq!(
        shown,
        [
            told("2025-11-25 14:32:00", "timestamp", ""),
            told("14.25", "runs[0].latency_ms", "ms"),
            told("-2", "runs[1].latency_ms", "ms"),
            told("3", "runs[1].n", "")
        ]
    );
    assert_eq!(values("```\nBatch,Latency (ms)\n64,12.5\n128,13.5\n```\n").len(), 4);
    assert_eq!(
        one("* **Metrics**: { \"total_files_analyzed\": 0, \"data_types\": [] }").about.key.as_deref(),
        Some("total_files_analyzed")
    );
}

#[test]
fn headings_and_labels_above_are_kept_innermost_first() {
    let text = "# Report\n\n**2. Performance**\n\nLatency:\n\n* **TTFT:** 0.07 s\n\n## Next\n\nTook 5 s.\n";
    let claims = read(text);
    let [first, second] = claims.as_slice() else { panic!("{claims:?}") };
    assert_eq!(
        (first.about.headings.as_slice(), first.about.label.as_slice()),
        (&["Performance".to_owned(), "Report".to_owned()][..], &["TTFT".to_owned(), "Latency".to_owned()][..])
    );
    assert_eq!(second.about.headings, ["Next", "Report"]);
    let clause = one("The mean, which is 12.5 ms here, varies. More follows.");
    assert_eq!(
        (clause.about.clause.as_str(), clause.about.sentence.as_str()),
        ("which is 12.5 ms here", "The mean, which is 12.5 ms here, varies.")
    );
}

#[test]
fn marks_are_not_text_but_offsets_are_of_the_text() {
    let claim = one("Il y a **101** fichiers &nbsp; `ici`");
    assert_eq!((claim.start, claim.end, claim.text.as_str()), (9, 12, "Il y a 101 fichiers ici"));
}
