//! The front: from the bytes of a file, as they come, to what they hold.
//!
//! Unpacks what is packed, takes no more into memory than [`Settings::max_bytes`], and hands it to the formats. It also tells the two
//! sorts of files apart: one whose name is that of a result (`x.csv`) is an artifact whatever becomes of it, and one of which any
//! program may be the author (`x.log`, no ending at all) is one only when results were read from it. So a file of the second sort
//! that makes no sense is [`Outcome::Unrecognised`] where the first would be rejected. A rule that says in which format a file is makes
//! it one of the first sort.
//!
//! Fails only when the source does.

use std::io::{self, Read};

use super::compressed::{self, Fault, Limits};
use super::{Input, Outcome, Parsed, Role, Rule, Settings, rule, stream};
use crate::domain::artifact::{ArtifactKind, ContentHash, RelPath};

/// The generation of the readers: raise it when they recognise more than before, and files that they did not recognise are read again.
const READERS: u32 = 1;

/// Zstandard asks of every reader to keep this much (RFC 8878, 3.1.1.1.2). Bytes.
const LEAST_WINDOW: u64 = 8 << 20;

/// So much is fetched before a file that might be anything is taken for text. Bytes.
const HEAD: u64 = 8 << 10;

/// Reads one artifact, packed or not. `path` is relative to the tree; name and extension are hints, the content decides.
///
/// # Errors
/// Those of `source`. Whatever is wrong with what it holds is an outcome.
pub fn read(path: &RelPath, source: &mut dyn Read, settings: &Settings) -> io::Result<Outcome> {
    let is_certain = is_certain(path, settings);
    let outcome = match whole(path, source, settings, is_certain) {
        Ok(outcome) => outcome,
        Err(error) => match Fault::of(&error) {
            Some(fault @ Fault::Truncated(_)) => Outcome::Incomplete { reason: fault.to_string() },
            Some(fault) => Outcome::Rejected { reason: fault.to_string() },
            None => return Err(error),
        },
    };
    Ok(if is_certain { outcome } else { doubted(outcome) })
}

/// What the readers recognise depends on: as long as this is the same they say of a file what they said before.
pub fn readers(settings: &Settings) -> String {
    let Settings { max_bytes, max_ratio, max_depth, max_columns, max_readings, piece: _, lexicon, rules, explain: _ } =
        settings;
    let bounds = (max_bytes, max_ratio, max_depth, max_columns, max_readings);
    let rules: Vec<String> = rules.iter().map(Rule::wording).collect();
    let settings = ContentHash::of(format!("{bounds:?} {lexicon:?} {rules:?}").as_bytes());
    format!("{} {READERS} {}", env!("CARGO_PKG_VERSION"), settings.short())
}

fn is_certain(path: &RelPath, settings: &Settings) -> bool {
    let forced = || rule::of(path, &settings.rules).iter().any(|rule| rule.format.is_some());
    ArtifactKind::of_name(path.file_name()).is_some_and(ArtifactKind::is_certain) || forced()
}

/// Reads the whole text, unless it is longer than allowed.
fn whole(path: &RelPath, source: &mut dyn Read, settings: &Settings, is_certain: bool) -> io::Result<Outcome> {
    let limits =
        Limits { free: settings.max_bytes, ratio: settings.max_ratio, window: settings.max_bytes.max(LEAST_WINDOW) };
    let mut text = compressed::open(source, limits)?;
    let mut bytes = Vec::new();
    text.by_ref().take(HEAD).read_to_end(&mut bytes)?;
    if !is_certain && is_binary(&bytes) {
        return Ok(Outcome::Rejected { reason: "binary, not text".to_owned() });
    }
    let piece = settings.piece.saturating_sub(bytes.len() as u64);
    text.by_ref().take(piece).read_to_end(&mut bytes)?;
    if bytes.len() as u64 >= settings.piece
        && let Some(outcome) = stream::read(path, &bytes, &mut text, settings)?
    {
        return Ok(outcome);
    }
    let left = settings.max_bytes.saturating_sub(bytes.len() as u64);
    text.take(left.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > settings.max_bytes {
        let reason = format!("more than {} bytes of text (`watch.max_text_size`)", settings.max_bytes);
        return Ok(Outcome::Rejected { reason });
    }
    if !is_certain && bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Outcome::Unrecognised { reason: "empty".to_owned() });
    }
    Ok(super::parse(&Input { path, bytes: &bytes }, settings))
}

/// Whether this is certainly no text: programs, databases and cores of processes, which need not be fetched to their end. A NUL stands
/// in text only where every character has two bytes, and then every other one is NUL.
fn is_binary(head: &[u8]) -> bool {
    let nuls = head.iter().filter(|&&byte| byte == 0).count();
    // A stray NUL is an accident of a tool's string handling; UTF-16 has one in every other byte.
    nuls.saturating_mul(200) > head.len() && nuls.saturating_mul(3) < head.len()
}

/// What is left of an outcome for a file that is an artifact only if it holds results.
fn doubted(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Parsed(parsed) if !holds_results(&parsed) => {
            let reason = parsed.warnings.into_iter().next().unwrap_or_else(|| "holds no results".to_owned());
            Outcome::Unrecognised { reason }
        }
        Outcome::Rejected { reason } => Outcome::Unrecognised { reason },
        outcome => outcome,
    }
}

/// Whether a metric has a value somewhere, or should have one: rows that report nothing but errors are news.
fn holds_results(parsed: &Parsed) -> bool {
    !parsed.gaps.is_empty() || parsed.readings.iter().any(|reading| matches!(reading.role, Role::Metric | Role::Sample))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "model,latency_ms\ntiny,10.5\nlarge,20.25\n";

    fn outcome(path: &str, bytes: &[u8]) -> Outcome {
        outcome_of(path, bytes, &Settings::default())
    }

    fn outcome_of(path: &str, mut bytes: &[u8], settings: &Settings) -> Outcome {
        read(&RelPath::new(path), &mut bytes, settings).unwrap()
    }

    fn readings(outcome: &Outcome) -> Option<usize> {
        match outcome {
            Outcome::Parsed(parsed) => Some(parsed.readings.len()),
            _ => None,
        }
    }

    #[test]
    fn a_result_by_name_is_an_artifact_whatever_it_holds() {
        assert_eq!(readings(&outcome("r/x.csv", CSV.as_bytes())), Some(2));
        assert_eq!(readings(&outcome("r/x.md", b"# Notes\n\nNothing measured.\n")), Some(0));
        assert!(matches!(outcome("r/x.csv", b""), Outcome::Incomplete { .. }));
        assert!(matches!(outcome("r/x.csv", b"\x7fELF\0\0\x01\x02"), Outcome::Rejected { .. }));
        assert!(matches!(outcome("r/x.json", b"{ nonsense }"), Outcome::Rejected { .. }));
    }

    #[test]
    fn any_other_file_is_one_when_results_were_read_from_it() {
        let table = "| model | latency_ms |\n| --- | --- |\n| tiny | 10.5 |\n";
        for path in ["r/x.txt", "r/x", "r/x.log", "r/x.unheard-of"] {
            assert_eq!(readings(&outcome(path, table.as_bytes())), Some(1), "{path}");
            for nothing in ["", " \n\t", "{ nonsense }", "\x7fELF\0\x01\x02\x03", "{}", "[]"] {
                let outcome = outcome(path, nothing.as_bytes());
                assert!(matches!(outcome, Outcome::Unrecognised { .. }), "{path}: {nothing:?}: {outcome:?}");
            }
        }
    }

    #[test]
    fn what_is_cut_short_may_hold_results_yet() {
        let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03";
        for path in ["r/x.log.gz", "r/x.csv.gz"] {
            assert!(matches!(outcome(path, gzip), Outcome::Incomplete { .. }), "{path}");
        }
        assert!(matches!(outcome("r/x.log.gz", b"\x1f\x8b\x01 and more of it"), Outcome::Unrecognised { .. }));
        assert!(matches!(outcome("r/x.csv.gz", b"\x1f\x8b\x01 and more of it"), Outcome::Rejected { .. }));
    }

    #[test]
    fn a_rule_that_names_the_format_makes_an_artifact() {
        let mut rule = Rule::new(&["*.perf"]).unwrap();
        rule.format = Some("csv".to_owned());
        let settings = Settings { rules: vec![rule.clone()], ..Settings::default() };
        assert_eq!(readings(&outcome_of("r/x.perf", CSV.as_bytes(), &settings)), Some(2));
        let torn = b"model,latency_ms\n\"tiny,10.5\n";
        assert!(matches!(outcome_of("r/x.perf", torn, &settings), Outcome::Incomplete { .. }));
        let binary = b"\x7fELF\0\0\x01\x02";
        assert!(matches!(outcome_of("r/x.perf", binary, &settings), Outcome::Rejected { .. }));
        assert!(matches!(outcome_of("r/x.prof", binary, &settings), Outcome::Unrecognised { .. }));

        assert_eq!(readers(&settings), readers(&Settings { rules: vec![rule], ..Settings::default() }));
        assert_ne!(readers(&settings), readers(&Settings::default()));
    }

    #[test]
    fn text_of_two_bytes_a_character_is_not_binary() {
        let wide: Vec<u8> = CSV.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!is_binary(&wide));
        assert!(is_binary(b"\x7fELF\0\x01\x02\x03"));
        assert!(!is_binary(b""));
    }

    #[test]
    fn the_limit_of_text_is_named_with_the_key_that_sets_it() {
        let settings = Settings { max_bytes: CSV.len() as u64, ..Settings::default() };
        assert_eq!(readings(&outcome_of("r/x.csv", CSV.as_bytes(), &settings)), Some(2));
        let Outcome::Rejected { reason } = outcome_of("r/x.csv", format!("{CSV}tiny,10.6\n").as_bytes(), &settings)
        else {
            panic!("read although it is longer");
        };
        assert_eq!(reason, format!("more than {} bytes of text (`watch.max_text_size`)", CSV.len()));
    }

    #[test]
    fn the_source_alone_makes_it_fail() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(5))
            }
        }
        let error = read(&RelPath::new("r/x.csv"), &mut Broken, &Settings::default()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5));
        let mut late = CSV.as_bytes().chain(Broken);
        let error = read(&RelPath::new("r/x.csv"), &mut late, &Settings::default()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5));
    }
}
