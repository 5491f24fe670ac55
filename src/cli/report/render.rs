//! `report --render`: the report of a landing made anew. From the rows that the index holds of it now, in the form of this version, and with
//! the checks that every report goes through. What the index knows may have changed since: that is told on standard error, and the old
//! report stays as it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

use super::{ReportArgs, stored, wanted};
use crate::cli::{output, setup};
use crate::clock::SystemClock;
use crate::daemon::context::Context;
use crate::daemon::stage::report::{self, Rendered};
use crate::domain::artifact::display_bytes;
use crate::domain::fact::Fact;
use crate::insight::Ledger;
use crate::publish::{PublishError, publish_new};
use crate::store::Store;

/// Makes a report anew and prints it, or writes it where it was asked for.
pub fn render(args: &ReportArgs) -> Result<()> {
    let settings = setup::look(&args.view.place)?;
    let store = Store::open_read_only(&settings.tree.state)?;
    let id = wanted(&store, args.landing)?.landing;
    let row = store.landing(id)?.with_context(|| format!("there is no landing {id}"))?;
    ensure!(row.judged.is_some(), "landing {id} is still being judged: there is nothing to report yet");
    let before = store.ledger(id)?;
    let rendered = report::render(&Context::new(Arc::new(store), Arc::new(SystemClock), settings), &row)?;
    let changed = before.map(|before| differing(&before, &rendered.ledger));
    tell(id, changed, &rendered);
    let into = args.into.as_deref().filter(|dir| *dir != Path::new("-"));
    let files = into.map(|dir| write(dir, &rendered)).transpose()?;
    if args.view.json {
        let shown = |path: &PathBuf| display_bytes(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()));
        let mut object = json!({
            "landing": id,
            "hash": rendered.ledger.hash().to_string(),
            "facts_changed": changed,
            "withheld": rendered.misses.len(),
            "files": files.iter().flatten().map(shown).collect::<Vec<_>>(),
        });
        if files.is_none() {
            object["markdown"] = json!(rendered.markdown);
        }
        return output::json(&object);
    }
    match files {
        Some(files) => {
            let lines: Vec<String> =
                files.iter().map(|file| format!("{}\n", output::plain(&file.to_string_lossy()))).collect();
            output::text(&lines.concat())
        }
        None if args.form.html => {
            let page = rendered.page.context("the page did not show the numbers of the report, so there is none")?;
            stored::print(&page, args.to(), true)
        }
        None => stored::print(&rendered.markdown, args.to(), false),
    }
}

/// Says on standard error what is not as it was, and what did not hold.
fn tell(id: i64, changed: Option<usize>, rendered: &Rendered) {
    match changed {
        None => eprintln!("chimera-insight: landing {id} had no report before"),
        Some(0) => {}
        Some(n) => eprintln!(
            "chimera-insight: the facts are not those of the report as it was written: {n} are new or different. What landed since, runs \
             that were excluded, and settings can change them; `chimera-insight report {id} --facts` shows those of then"
        ),
    }
    for miss in &rendered.misses {
        let what = output::plain(&format!("{:?}: {}", miss.text, miss.why));
        eprintln!("chimera-insight: left out, because it did not hold when it was checked: {what}");
    }
}

/// How many facts of the new ledger are not in the old one, by name, value and unit.
fn differing(before: &Ledger, now: &Ledger) -> usize {
    if before.hash() == now.hash() {
        return 0;
    }
    let key = |fact: &Fact| (fact.name.clone(), fact.value.to_bits(), fact.unit.as_str().to_owned());
    let mut known: HashMap<_, usize> = HashMap::new();
    before.facts().iter().for_each(|fact| *known.entry(key(fact)).or_default() += 1);
    let mut new = 0;
    for fact in now.facts() {
        match known.get_mut(&key(fact)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => new += 1,
        }
    }
    // Other sources or another order are a difference too.
    new.max(1)
}

/// Writes both files, the Markdown last; none of them when one of the names is taken.
fn write(dir: &Path, rendered: &Rendered) -> Result<Vec<PathBuf>> {
    let names = [format!("{}.html", rendered.name), format!("{}.md", rendered.name)];
    for name in &names {
        if std::fs::symlink_metadata(dir.join(name)).is_ok() {
            bail!("{} is there already, and is left as it is: give another directory", dir.join(name).display());
        }
    }
    let texts = [rendered.page.as_deref(), Some(rendered.markdown.as_str())];
    let mut files = Vec::new();
    for (name, text) in names.iter().zip(texts) {
        let Some(text) = text else { continue };
        match publish_new(dir, name, text.as_bytes(), None) {
            Ok(published) => files.insert(0, published.path),
            Err(taken @ PublishError::Taken { .. }) => bail!("{taken}, and it is left as it is"),
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(files)
}
