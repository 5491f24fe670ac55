//! What the renderings of one result share: what only one of them says (the host, the model) holds for all, so that they give the same
//! series whichever of them is there, and in whatever order they come.

use super::Parsed;
use super::infer::meta::param_name;
use crate::domain::run::RunInfo;
use crate::domain::series::Params;

/// What is known of a whole bundle.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shared {
    /// Constants under normalised names.
    pub constants: Params,
    /// Of a bundle with a single run; empty otherwise.
    pub run: RunInfo,
    pub environment: String,
}

impl Shared {
    /// What `renderings` say, the better ones first.
    pub fn of<'a>(renderings: impl IntoIterator<Item = &'a Parsed>) -> Self {
        let mut shared = Self::default();
        for parsed in renderings {
            let environment = parsed.readings.iter().map(|reading| &reading.environment).find(|e| !e.is_empty());
            shared.complete(Self {
                constants: parsed.constants.iter().map(|(name, value)| (param_name(name), value.clone())).collect(),
                run: if let [only] = parsed.runs.as_slice() { only.clone() } else { RunInfo::default() },
                environment: environment.cloned().unwrap_or_default(),
            });
        }
        shared
    }

    /// Takes from `other` what is not known yet.
    pub fn complete(&mut self, other: Self) {
        for (name, value) in other.constants {
            self.constants.entry(name).or_insert(value);
        }
        fill(&mut self.run.time, other.run.time);
        fill(&mut self.run.host, other.run.host);
        fill(&mut self.run.commit, other.run.commit);
        fill(&mut self.run.branch, other.run.branch);
        if self.environment.is_empty() {
            self.environment = other.environment;
        }
    }

    /// Lends to a rendering what it does not say itself. The time is the bundle's: that of the best rendering that has one.
    pub fn lend(&self, parsed: &mut Parsed) {
        let is_dimension = |name: &str| parsed.readings.iter().any(|reading| reading.params.contains_key(name));
        let lent = self.constants.iter().filter(|(name, _)| !is_dimension(name));
        parsed.constants = lent.map(|(name, value)| (name.clone(), value.clone())).collect();
        if let [only] = parsed.runs.as_mut_slice() {
            only.time = self.run.time.or(only.time);
            fill(&mut only.host, self.run.host.clone());
            fill(&mut only.commit, self.run.commit.clone());
            fill(&mut only.branch, self.run.branch.clone());
        }
        for reading in parsed.readings.iter_mut().filter(|reading| reading.environment.is_empty()) {
            reading.environment.clone_from(&self.environment);
        }
    }
}

fn fill<T>(mine: &mut Option<T>, other: Option<T>) {
    if mine.is_none() {
        *mine = other;
    }
}

/// The constants that belong to a series' identity: those that the benchmark's name does not say already (`gemma3:270m` in
/// `gemma3_270m_baseline`).
pub fn telling(constants: &Params, benchmark: &str) -> Params {
    let telling = constants.iter().filter(|(_, value)| !named(benchmark, value));
    telling.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether every word of `value` stands in the benchmark's name.
fn named(benchmark: &str, value: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty() && *w != "latest")
            .map(str::to_lowercase)
            .collect()
    };
    let (of_value, of_benchmark) = (words(value), words(benchmark));
    !of_value.is_empty() && of_value.iter().all(|w| of_benchmark.contains(w))
}
