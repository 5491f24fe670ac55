//! What every stage and worker shares: the index, the clock, the settings in force, and the word to stop.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jiff::SignedDuration;

use super::stage::analyse::Analysed;
use crate::analysis::absence::{Absence, After};
use crate::analysis::budget::Budget;
use crate::analysis::overrides::Overrides;
use crate::analysis::route::Routes;
use crate::clock::Clock;
use crate::mail::quiet::{Quiet, Weekly};
use crate::store::Store;
use crate::{agent, analysis, artifact, hook, insight, mail, watch};

/// Key of the row that holds what was learned of the agents' models and endpoints.
pub const MEMORY: &str = "agents_memory";

/// Everything the daemon goes by, resolved from the configuration by whoever starts it.
#[derive(Clone)]
pub struct Settings {
    pub tree: Tree,
    pub watch: watch::Settings,
    pub artifact: artifact::Settings,
    pub judge: analysis::Settings,
    pub kept: Kept,
    pub insight: insight::Settings,
    pub report: ReportSettings,
    pub mail: MailSettings,
    pub agents: agent::Settings,
    /// `[[webhook]]`.
    pub webhooks: Vec<hook::Settings>,
}

/// What is said of certain series and benchmarks, by globs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// In place of general settings and of what files say.
    pub overrides: Overrides,
    /// Limits that series have to keep.
    pub budgets: Vec<Budget>,
    /// Benchmarks that are missed when they fall silent.
    pub absences: Vec<Absence>,
}

impl Kept {
    /// How long the silence of a benchmark may last, where it is missed at all: of several absences for it the last says so.
    pub fn after(&self, benchmark: &str) -> Option<After> {
        self.absences
            .iter()
            .rev()
            .find(|absence| absence.selection.means_benchmark(benchmark))
            .map(|absence| absence.after)
    }
}

/// Where things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Absolute. Reports about several roots stand here, and never above it.
    pub base: PathBuf,
    pub roots: Vec<watch::Root>,
    /// Absolute. Index, lock and outbox.
    pub state: PathBuf,
    /// Arguments by which a command finds this tree from anywhere, for commands to be pasted: ` --root /srv/bench`.
    pub named: String,
}

impl Tree {
    /// The roots by name and by place: relative to the tree where they lie in it, so that the tree as a whole may move.
    pub fn places(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let place = |root: &watch::Root| {
            let path = root.path.strip_prefix(&self.base).unwrap_or(&root.path);
            path.as_os_str().as_bytes().to_vec()
        };
        self.roots.iter().map(|root| (root.name.clone(), place(root))).collect()
    }
}

/// Where reports go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportSettings {
    /// Puts all reports in one place; `None`: beside the artifacts.
    pub dir: Option<PathBuf>,
    /// Whether an HTML rendering is written beside the Markdown.
    pub html: bool,
    /// Whether there is a page that links all reports.
    pub index: bool,
    /// So many of the newest reports are kept; `None`: all.
    pub keep_count: Option<u64>,
    /// Reports are kept for this long; `None`: for ever.
    pub keep_age: Option<Duration>,
}

/// Who gets mail, and how.
#[derive(Clone)]
pub struct MailSettings {
    pub to: Vec<String>,
    pub from: String,
    pub subject_prefix: String,
    pub list_id: Option<String>,
    /// Right side of Message-IDs.
    pub domain: String,
    pub transport: mail::Transport,
    /// Who is told of what.
    pub routes: Routes,
    pub schedule: Schedule,
}

/// When mail goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub quiet: Quiet,
    /// Mails that one recipient gets in an hour at most; 0: no cap.
    pub max_per_hour: u32,
    /// When the digest of the week is due; `None`: never.
    pub weekly: Option<Weekly>,
    /// Pause between two updates about one alert.
    pub update_gap: SignedDuration,
}

impl Default for Schedule {
    fn default() -> Self {
        let quiet = Quiet::default();
        Self { quiet, max_per_hour: 20, weekly: None, update_gap: SignedDuration::from_mins(5) }
    }
}

/// Shared by all stages. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub store: Arc<Store>,
    pub clock: Arc<dyn Clock>,
    settings: Arc<RwLock<Arc<Settings>>>,
    stopping: Arc<AtomicBool>,
    moving: Arc<Mutex<()>>,
    /// What a landing means, from its agents to its report.
    pub analysed: Arc<Analysed>,
    agents: Arc<Mutex<Option<agent::Client>>>,
}

impl Context {
    /// A context in which nothing is stopping.
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self {
            store,
            clock,
            settings: Arc::new(RwLock::new(Arc::new(settings))),
            stopping: Arc::new(AtomicBool::new(false)),
            moving: Arc::new(Mutex::new(())),
            analysed: Arc::default(),
            agents: Arc::default(),
        }
    }

    /// Held by whoever reads alerts in order to write their next step, so that no step is taken from a state that has passed: landings,
    /// people and the clock all move them. So it is by whoever composes mail about them, and by whoever puts one mail in the place of several:
    /// what a mail refers to must not change before it is in the outbox.
    pub fn moving_alerts(&self) -> MutexGuard<'_, ()> {
        self.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The settings in force. A stage takes them once, so that a reload in its midst does not mix two configurations.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other settings in force, for every stage that begins from now on.
    pub fn replace_settings(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// The way to the models, made when it is first needed, with what an earlier process learned of them.
    ///
    /// # Errors
    /// When there is no way out at all, or the index cannot be read.
    pub fn agents(&self) -> anyhow::Result<agent::Client> {
        let mut made = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.as_ref() {
            return Ok(client.clone());
        }
        let client = agent::Client::new()?;
        // What cannot be read is learned again.
        if let Some(memory) = self.store.meta(MEMORY)?.and_then(|text| serde_json::from_str(&text).ok()) {
            client.recall(memory);
        }
        *made = Some(client.clone());
        Ok(client)
    }

    /// Keeps what was learned of the models for the next process.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub fn remember_agents(&self) -> anyhow::Result<()> {
        let made = self.agents.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(client) = made else { return Ok(()) };
        let memory = serde_json::to_string(&client.memory())?;
        if self.store.meta(MEMORY)?.as_ref() != Some(&memory) {
            self.store.set_meta(MEMORY, &memory)?;
        }
        Ok(())
    }

    /// Asks long work to end at its next commit.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Whether long work should end at its next commit.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}
