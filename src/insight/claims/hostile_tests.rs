//! Tests of texts that no person wrote: they end, stay bounded, and give true offsets; and of the labelled answers of the corpus.

use proptest::prelude::*;

use super::{Kind, MOST, read};

fn offsets_hold(text: &str) {
    let chars: Vec<char> = text.chars().collect();
    let mut last = 0;
    let claims = read(text);
    for (at, claim) in claims.iter().enumerate() {
        assert!(claim.start < claim.end && claim.end <= chars.len(), "{claim:?}");
        assert_eq!(chars[claim.start..claim.end].iter().collect::<String>(), claim.number);
        assert!(claim.start >= last, "out of order: {claim:?}");
        assert!(claim.value.is_finite() && claim.step >= 0.0);
        if let Some(partner) = claim.partner {
            assert_eq!(claims[partner].partner, Some(at));
        }
        last = claim.end;
    }
}

#[test]
fn huge_texts_end_and_stay_bounded() {
    const SIZE: usize = 8_000;
    let texts = [
        "1".repeat(SIZE),
        "1 ".repeat(SIZE / 2),
        "1,".repeat(SIZE / 2),
        "1.".repeat(SIZE / 2),
        "1-".repeat(SIZE / 2),
        "1(".repeat(SIZE / 2),
        "*".repeat(SIZE),
        "[".repeat(SIZE),
        "](".repeat(SIZE / 2),
        "<a".repeat(SIZE / 2),
        "`".repeat(SIZE),
        "a: ".repeat(SIZE / 3),
        "a=1 ".repeat(SIZE / 4),
        "{".repeat(SIZE),
        format!("```json\n{}", "{\"a\":[".repeat(SIZE / 6)),
        "```\n1\n".repeat(SIZE / 6),
        "# 1 a\n".repeat(SIZE / 6),
        "* 1 a\n".repeat(SIZE / 6),
        "> ".repeat(SIZE / 2),
        "x_1".repeat(SIZE / 3),
        "1b".repeat(SIZE / 2),
        "/a1".repeat(SIZE / 3),
        "October ".repeat(SIZE / 8),
        "half of ".repeat(SIZE / 8),
        "&amp".repeat(SIZE / 4),
        "١٫".repeat(SIZE / 2),
        format!("|{}\n|{}\n|{}\n", "a|".repeat(10_000), "-|".repeat(10_000), "1|".repeat(10_000)),
        "| 1 | 2 |\n".repeat(SIZE / 10),
    ];
    for text in texts {
        assert!(read(&text).len() <= MOST);
    }
}

#[test]
fn broken_marks_lose_no_numbers_before_or_behind() {
    for text in [
        "**5 files",
        "`5 files",
        "[5 files](",
        "<5 files",
        "| 5 files",
        "```text\n5 files",
        "> > 5 files",
        "&5 files",
        "\\5 files",
    ] {
        let claims = read(text);
        assert_eq!(claims.iter().map(|claim| claim.value).collect::<Vec<_>>(), [5.0], "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn offsets_are_of_the_text(text in any::<String>()) {
        offsets_hold(&text);
    }

    #[test]
    fn offsets_are_of_a_text_made_of_report_pieces(pieces in prop::collection::vec(prop::sample::select(vec![
        "12.5", "ms", " ", "\n", "|", "**", "`", "```\n", "# ", "* ", ":", "-", "–", "to ", "(", ")", "%", ",", "1,234", "October ", "2025", "half of ",
        "files", "_", "[3]", "{", "}", "\"a\": ", "年", "11月", "个", "١٢", "~", "+", "&lt;", "\\", "<b>", "---", "x", "e5", "T", "/", ".",
    ]), 0..60)) {
        offsets_hold(&pieces.concat());
    }
}

/// A text without marks and blanks, and the place of each of its characters.
fn squeezed(text: &str) -> (Vec<char>, Vec<usize>) {
    text.chars().enumerate().filter(|(_, c)| !c.is_whitespace() && !"*`_\\".contains(*c)).map(|(at, c)| (c, at)).unzip()
}

/// Whether one of `claims` that is not `used` stands in `quote` and has the number or date that the label names.
fn found(
    text: &(Vec<char>, Vec<usize>),
    claims: &[super::Claim],
    used: &mut Vec<usize>,
    label: &serde_json::Value,
) -> bool {
    let field = |name: &str| label.get(name).and_then(serde_json::Value::as_str).map(|text| squeezed(text).0);
    let (Some(quote), Some(number)) = (field("quote"), field("number")) else { return false };
    let date = field("date_text");
    for from in (0..text.0.len()).filter(|from| text.0[*from..].starts_with(&quote)) {
        let (start, end) = (text.1[from], text.1[from + quote.len() - 1] + 1);
        for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.start < end && claim.end > start) {
            let written = squeezed(&claim.number).0;
            let same = match claim.kind {
                Kind::Date(_) => date.as_ref().map_or(written.windows(number.len()).any(|w| w == number), |date| {
                    written.windows(date.len()).any(|w| w == *date)
                }),
                _ => written == number,
            };
            if same && !used.contains(&at) {
                used.push(at);
                return true;
            }
        }
    }
    false
}

/// The labels were set by one reader; one of them is the digit of a garbled word.
#[test]
fn labelled_claims_of_the_corpus_are_found() {
    let Ok(corpus) = std::env::var("CHIMERA_CORPUS") else { return };
    let read_file = |name: &str| std::fs::read_to_string(format!("{corpus}/llm-replay/{name}")).unwrap();
    let labels: serde_json::Value = serde_json::from_str(&read_file("claims.json")).unwrap();
    let answers: Vec<serde_json::Value> =
        read_file("calls.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (mut all, mut missed) = (0, Vec::new());
    for record in labels["records"].as_array().unwrap() {
        let answer = answers.iter().find(|answer| answer["id"] == record["id"]).unwrap();
        let text = answer["response"].as_str().unwrap();
        let (claims, squeezed, mut used) = (read(text), squeezed(text), Vec::new());
        for label in record["claims"].as_array().unwrap() {
            all += 1;
            if !found(&squeezed, &claims, &mut used, label) {
                missed.push(format!("{}: {}", record["id"], label["quote"]));
            }
        }
    }
    println!("{} of {all} labelled claims found", all - missed.len());
    assert!(all > 200 && missed.len() * 250 <= all, "{} of {all} missed: {missed:#?}", missed.len());
}
