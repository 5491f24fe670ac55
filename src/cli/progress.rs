//! Progress of the first index: a bar on a terminal, plain log lines otherwise, nothing for work that is over at once.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use tracing::info;

use crate::daemon::progress::Progress;

/// Fewer files than this are indexed before anybody would wonder.
const WORTH_TELLING: u64 = 500;
/// Log lines for one piece of work.
const LINES: u64 = 10;

/// Shows progress on standard error in whichever way suits it.
#[derive(Debug, Default)]
pub struct Shown {
    now: Mutex<Option<Work>>,
}

#[derive(Debug)]
enum Work {
    Bar(ProgressBar),
    Lines { total: u64, done: u64, told: u64 },
}

impl Progress for Shown {
    fn begin(&self, total: u64) {
        if total < WORTH_TELLING {
            return;
        }
        let work = if stderr().is_terminal() {
            let bar = ProgressBar::new(total);
            if let Ok(style) =
                ProgressStyle::with_template("indexing {bar:30} {human_pos}/{human_len} files, {per_sec}, {eta} left")
            {
                bar.set_style(style);
            }
            Work::Bar(bar)
        } else {
            info!("indexing {total} files");
            Work::Lines { total, done: 0, told: 0 }
        };
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
    }

    fn advance(&self, count: u64) {
        match self.now.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            None => {}
            Some(Work::Bar(bar)) => bar.inc(count),
            Some(Work::Lines { total, done, told }) => {
                *done += count;
                let tenths = *done * LINES / (*total).max(1);
                if tenths > *told {
                    *told = tenths;
                    info!("indexed {done} of {total} files");
                }
            }
        }
    }

    fn end(&self) {
        if let Some(Work::Bar(bar)) = self.now.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
