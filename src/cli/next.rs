//! What to do next where the index of a tree cannot be used, in the words of whoever asked: with the tree and the configuration that were
//! named. It cannot fail: what it has nothing to say of stays as it was.

use std::path::Path;

use anyhow::anyhow;

use super::{Command, Place, setup};
use crate::store::StoreError;

/// The tree that a command looks at; none of those that need no index.
pub(super) fn place(command: &Command) -> Option<Place> {
    match command {
        Command::Status(view) => Some(&view.place),
        Command::Report(args) => Some(&args.view.place),
        Command::Series(args) => Some(&args.view.place),
        Command::History(args) => Some(&args.view.place),
        Command::Export(args) => Some(&args.place),
        Command::Verify(args) => Some(&args.view.place),
        Command::Runs(args) => Some(&args.view.place),
        Command::Alerts(args) => Some(&args.view.place),
        Command::Mail(args) => Some(&args.view.place),
        Command::Agents(args) => Some(&args.view.place),
        Command::Run(args) => Some(&args.place),
        Command::Scan(args) => return Some(Place { config: args.config.clone(), root: args.dir.clone() }),
        Command::Backtest(_) | Command::Explain(_) | Command::Config(_) | Command::Demo(_) => None,
    }
    .cloned()
}

/// The failure with the next step, where it is that of an index that is not there or is none.
pub(super) fn told(failure: anyhow::Error, place: Option<&Place>) -> anyhow::Error {
    let (Some(store), Some(place)) = (failure.downcast_ref::<StoreError>(), place) else { return failure };
    let scan = scan(place);
    match store {
        StoreError::Absent { .. } => anyhow!("{failure:#}; `{scan}` makes one, and so does `chimera-insight run`"),
        other if other.is_no_index() => anyhow!(
            "{failure:#}; put a copy back, or move the file away, and `{scan}` builds a new index from the files (without what was said of alerts and runs)"
        ),
        _ => failure,
    }
}

/// The command that makes the index of a tree.
fn scan(place: &Place) -> String {
    let named = |path: &Path| format!(" {}", setup::quoted(path));
    let config = place.config.as_deref().map(|file| format!(" --config{}", named(file))).unwrap_or_default();
    let dir = place.root.as_deref().map(named).unwrap_or_default();
    format!("chimera-insight scan{dir}{config}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DATABASE, Store};

    #[test]
    fn the_next_step_names_the_tree_that_was_asked_about() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join(".chimera-insight");
        let said = |place: &Place| {
            let failure = Store::open_read_only(&state).expect_err("no index");
            format!("{:#}", told(failure.into(), Some(place)))
        };
        let tree = Place { root: Some("a tree".into()), config: Some("x.toml".into()) };
        assert!(said(&Place::default()).contains("`chimera-insight scan` makes one"), "{}", said(&Place::default()));
        assert!(said(&tree).contains("`chimera-insight scan 'a tree' --config x.toml` makes one"), "{}", said(&tree));
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join(DATABASE), "this is no index, and never was one".repeat(100)).unwrap();
        let said = said(&tree);
        assert!(said.contains("not a database") && said.contains("move the file away"), "{said}");
        assert!(said.contains("`chimera-insight scan 'a tree' --config x.toml` builds"), "{said}");
    }
}
