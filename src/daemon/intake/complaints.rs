//! What the intake complains of: directories that cannot be watched or read. Raised once, cleared when it has passed.

use tracing::{debug, warn};

use super::{FIRST_PAUSE, Intake};
use crate::watch::Root;
use crate::watch::events::WatchError;
use crate::watch::survey::Survey;

impl Intake {
    pub(super) fn tell_errors(&self, errors: &[WatchError]) {
        self.tell("watch", errors.first().map(ToString::to_string), errors.len());
    }

    pub(super) fn tell_problems(&mut self, survey: &Survey) {
        let problems = &survey.walk.problems;
        let first = problems.first().map(|problem| format!("{}: {}", problem.path.display(), problem.reason));
        self.tell("unreadable", first, problems.len());
        if problems.is_empty() && survey.errors.is_empty() {
            self.pause = FIRST_PAUSE;
        }
    }

    /// A directory that was scanned before and is not there now: deleted, moved, or not mounted. One that never was is waited for
    /// in silence.
    pub(super) fn tell_absent(&self, survey: &Survey) {
        let roots = &self.settings.tree.roots;
        let absent = survey.walk.absent.iter().filter_map(|&index| roots.get(index));
        let known: Vec<&Root> = absent.filter(|root| !self.unscanned.contains(&root.name)).collect();
        let message = known.first().map(|root| {
            format!(
                "{} is not there; what it held stays in the index, and it is taken up again when it is back",
                root.path.display()
            )
        });
        self.tell("root", message, known.len());
    }

    /// Raises or clears a cause; a line in the log only when it is news.
    fn tell(&self, cause: &str, first: Option<String>, count: usize) {
        let now = self.context.clock.now();
        let told = match first {
            None if cause == "watch" && self.watcher.as_ref().is_none_or(|watcher| !watcher.is_complete()) => return,
            None => self.context.store.well_again(cause).map(|_| ()),
            Some(first) => {
                let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
                let message = format!("{first}{more}");
                self.context.store.complain(cause, &message, now).map(|new| {
                    if new {
                        warn!("{message}");
                    }
                })
            }
        };
        if let Err(failure) = told {
            debug!("health cannot be written: {failure}");
        }
    }
}
