//! `verify FILE|-`: which numbers of a report the index bears out. Reads the index and, when claims are still open, the artifacts again;
//! stores nothing. Exit 1 when a claim is contradicted or unsupported.

mod text;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::terminal::Terminal;
use super::{VerifyArgs, output, setup};
use crate::daemon::context::Tree;
use crate::dialogue::{join, metrics};
use crate::domain::artifact::{ArtifactKind, ContentHash};
use crate::domain::call::BENCHMARK;
use crate::insight::claims;
use crate::insight::verify::{self, Beside, Checked, Known, Verdict, Verifier};
use crate::store::{ReadAgain, Store};

/// Exit code when a claim does not hold.
const EXIT_BAD: u8 = 1;

/// A larger report is none. Bytes.
const LONGEST: u64 = 16 << 20;

/// Artifacts above this are not read again for numbers that are no measurements. Bytes.
const LARGEST: u64 = 32 << 20;

/// Landings whose calls are looked through for numbers that are no measurements.
const CALLS: usize = 1000;

/// Checks a report and prints the verdicts.
pub fn verify(args: &VerifyArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let text = read(&args.file)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let checked = check(&text, &store, &settings.tree)?;
    if args.view.json {
        output::json(&json!({ "claims": checked.iter().map(claim).collect::<Vec<_>>() }))?;
    } else {
        let name = if is_stdin(&args.file) { "standard input".to_owned() } else { args.file.display().to_string() };
        output::painted(&text::of(&name, &text, &checked, &Terminal::of_stdout()))?;
    }
    let is_cut = checked.len() >= claims::MOST;
    if is_cut {
        let most = claims::MOST;
        eprintln!(
            "chimera-insight: only the first {most} numbers were compared; split the text to have the rest compared too"
        );
    }
    // What nobody has looked at is not borne out.
    Ok(if is_cut || checked.iter().any(|one| one.verdict.is_bad()) { EXIT_BAD } else { 0 })
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn read(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let name = file.display();
    if is_stdin(file) {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        let opened = fs::File::open(file).with_context(|| format!("cannot read {name}"))?;
        opened.take(LONGEST + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    }
    anyhow::ensure!(bytes.len() as u64 <= LONGEST, "{name} is larger than {LONGEST} bytes: that is no report");
    anyhow::ensure!(!bytes.contains(&0), "{name} is no text: it has zero bytes");
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The verdicts on a text.
///
/// # Errors
/// When the index cannot be read.
pub fn check(text: &str, store: &Store, tree: &Tree) -> Result<Vec<Checked>> {
    let claims = claims::read(text);
    let landing = verify::landing_of(text);
    let ledger = landing.map(|landing| store.ledger(landing)).transpose()?.flatten();
    let settled = match landing.zip(ledger) {
        Some((landing, ledger)) => verify::resolve_own(text, &ledger, &beside(store, landing)?, &claims),
        None => vec![None; claims.len()],
    };
    let mut verifier = Verifier::new(verify::open(&claims, &settled));
    store.verify(&mut verifier)?;
    if verifier.is_open() {
        read_again(&mut verifier, &store.readable()?, &store.newest_calls(CALLS)?, tree);
    }
    let mut open = verifier.finish();
    if let Some(landing) = landing.filter(|_| open.iter().any(is_miscount)) {
        tell_of_later(&mut open, landing, store)?;
    }
    let mut open = open.into_iter();
    Ok(settled.into_iter().filter_map(|one| one.or_else(|| open.next())).collect())
}

/// Whether the index counts otherwise: what it counts stands in no file.
fn is_miscount(checked: &Checked) -> bool {
    let counted = checked.fact.as_ref().is_some_and(|known| known.path.is_none() && known.id.is_none());
    checked.verdict == Verdict::Contradicted && counted && !matches!(checked.claim.kind, claims::Kind::Date(_))
}

/// Says of counts that the index counts as of now, where more has landed since the report.
fn tell_of_later(checked: &mut [Checked], landing: i64, store: &Store) -> Result<()> {
    if store.reports(1)?.first().is_some_and(|newest| newest.landing > landing) {
        for one in checked.iter_mut().filter(|one| is_miscount(one)) {
            one.reason += &format!(" by now; the report is of landing {landing}, and more has landed since");
        }
    }
    Ok(())
}

/// What the report of a landing says besides the facts of its ledger: words of gaps, commits, agents and alerts.
fn beside(store: &Store, landing: i64) -> Result<Beside> {
    let mut beside = Beside { names: store.quoted_words()?, ..Beside::default() };
    if let Some(said) = store.said(landing)? {
        let quoted = join::quoted(&said);
        beside.names.extend(metrics::names(&said).into_iter().chain(quoted.iter().cloned()));
        beside.texts.extend(metrics::texts(&said).into_iter().chain(quoted));
    }
    for alert in store.alert_lines(landing, "")? {
        beside.texts.extend(alert.reasons.into_iter().chain(alert.in_all.into_iter().map(|(_, sentence)| sentence)));
    }
    beside.alerts = store.alerts()?.into_iter().map(|alert| (alert.id, alert.record.key)).collect();
    Ok(beside)
}

/// Gives the verifier the texts of the artifacts that are as the index knows them: first for their names, then for their numbers. What has
/// changed since is not what was indexed, and says nothing.
fn read_again(verifier: &mut Verifier, artifacts: &[ReadAgain], calls: &[String], tree: &Tree) {
    calls.iter().for_each(|text| verifier.learn(ArtifactKind::Json, text));
    for artifact in artifacts {
        if let Some(text) = unchanged(artifact, tree) {
            verifier.learn(artifact.kind, &text);
        }
    }
    verifier.resolve_again();
    for artifact in artifacts {
        if let Some(text) = unchanged(artifact, tree) {
            verifier.artifact(&artifact.path.display(), artifact.kind, &text);
        }
    }
    calls.iter().for_each(|text| verifier.artifact(BENCHMARK, ArtifactKind::Json, text));
}

fn unchanged(artifact: &ReadAgain, tree: &Tree) -> Option<String> {
    if artifact.size > LARGEST {
        return None;
    }
    let bytes = fs::read(place(artifact, tree)?).ok()?;
    if ContentHash::of(&bytes).0 != artifact.hash {
        return None;
    }
    String::from_utf8(bytes).ok()
}

/// Where an artifact lies: below the root that its path begins with.
fn place(artifact: &ReadAgain, tree: &Tree) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = artifact.path.as_bytes();
    tree.roots.iter().find_map(|root| {
        let below = path.strip_prefix(root.name.as_slice())?.strip_prefix(b"/")?;
        Some(root.path.join(std::ffi::OsStr::from_bytes(below)))
    })
}

/// A verdict as the design has it.
fn claim(checked: &Checked) -> Value {
    let claim = &checked.claim;
    json!({
        "text": claim.text, "number": claim.number, "value": claim.value,
        "unit": claim.unit.as_ref().filter(|unit| !unit.is_none()).map(|unit| unit.as_str().to_owned()),
        "start": claim.start, "end": claim.end, "verdict": checked.verdict.as_str(),
        "fact": checked.fact.as_ref().map(fact), "reason": checked.reason,
    })
}

fn fact(known: &Known) -> Value {
    json!({
        "id": known.id.map(|id| format!("F{id}")), "name": known.name, "value": known.value,
        "unit": Some(known.unit.as_str()).filter(|unit| !unit.is_empty()), "path": known.path, "at": known.at,
    })
}
