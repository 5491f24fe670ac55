//! The role of every column of a table: decided from its name first, then from its cells.

mod telling;

use std::mem::discriminant;

use super::directions::Lexicon;
use super::names::{self, Name, Stat, snake};
use super::profile::{Profile, profile};
use super::vocabulary::{self, Block, Word};
use super::{meta, refine};
use crate::artifact::table::{Column, Layout, Origin, Table};
use crate::domain::series::Direction;
use crate::domain::units::Unit;

/// What a column is.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::artifact) enum ColumnRole {
    Metric(Quantity),
    /// A parameter under this name.
    Param(String),
    /// Cells hold a JSON object of parameters.
    ParamObject,
    Case,
    Time,
    Commit,
    Branch,
    Host,
    Hardware,
    Error,
    Success,
    /// How many succeeded: zero is a failure.
    Completed,
    SampleCount,
    /// How many things the row's run did or made.
    Count(Quantity),
    Unit,
    MetricName,
    Ignore,
    /// Text that may tell of a failure, nothing else.
    Prose,
}

/// What a metric column measures.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::artifact) struct Quantity {
    pub name: Name,
    pub direction: Direction,
}

/// The roles of all columns of a table.
pub(in crate::artifact) fn of(table: &Table, decimal_comma: bool, lexicon: &Lexicon) -> Vec<ColumnRole> {
    let mut roles = Vec::with_capacity(table.columns.len());
    let (mut metric_seen, mut described, mut long) = (false, false, false);
    for (index, column) in table.columns.iter().enumerate() {
        let profile = profile(table, index, decimal_comma);
        let decider = Decider { table, index, column, lexicon, profile: &profile, metric_seen, described, long };
        let role = match &column.declared {
            Some(role) => role.clone(),
            None if column.ruled.role => decider.quantity(),
            None => decider.role(),
        };
        metric_seen |= matches!(role, ColumnRole::Metric(_));
        long |= role == ColumnRole::MetricName;
        described |= matches!(role, ColumnRole::Case | ColumnRole::Param(_) | ColumnRole::MetricName);
        roles.push(role);
    }
    let first = roles.clone();
    refine::timed(table, &mut roles);
    refine::announced(table, &mut roles);
    refine::share_units(table, &mut roles);
    refine::shadow(table, &mut roles);
    refine::labels(table, &mut roles);
    refine::identify(table, &mut roles);
    refine::transposed(table, &mut roles, lexicon);
    refine::logged(table, &mut roles);
    for ((column, role), decided) in table.columns.iter().zip(&mut roles).zip(first) {
        // What is known of a column needs no second thoughts.
        if column.declared.is_some() || column.ruled.role && discriminant(role) != discriminant(&decided) {
            *role = decided;
        }
        ruled(column, role, lexicon);
    }
    roles
}

/// Whether a unit is of time or of something per time.
fn timed(unit: &Unit) -> bool {
    names::is_time(unit) || unit.as_str().ends_with("/s")
}

/// Whether one unit is of time and the other is not.
fn unlike(own: &Unit, other: &Unit) -> bool {
    names::is_time(own) != names::is_time(other)
}

/// The last word on a metric's unit and direction is that of the rules.
fn ruled(column: &Column, role: &mut ColumnRole, lexicon: &Lexicon) {
    if let ColumnRole::Metric(quantity) | ColumnRole::Count(quantity) = role {
        if let Some(unit) = &column.ruled.unit {
            let words: Vec<&str> = quantity.name.base.split('_').collect();
            let by_unit = lexicon.lookup(&words, Some(unit)).filter(|_| quantity.direction == Direction::Neutral);
            quantity.name.unit = Some(unit.clone());
            quantity.direction = by_unit.unwrap_or(quantity.direction);
        }
        quantity.direction = column.ruled.direction.unwrap_or(quantity.direction);
    }
}

struct Decider<'t> {
    table: &'t Table,
    index: usize,
    column: &'t Column,
    profile: &'t Profile,
    lexicon: &'t Lexicon,
    /// A metric stands to the left.
    metric_seen: bool,
    /// Something that tells what the row is about stands to the left.
    described: bool,
    /// The metric's name stands to the left: its values may be few among other facts.
    long: bool,
}

impl Decider<'_> {
    fn role(&self) -> ColumnRole {
        let name = snake(&self.column.name);
        let block = self.column.parents.iter().rev().find_map(|p| vocabulary::block(p));
        let word = vocabulary::lookup(&self.column.name, &name);
        let role = match block {
            Some(Block::Environment) => self.described(word),
            Some(Block::Config) if self.table.layout == Layout::Root => ColumnRole::Ignore,
            Some(Block::Config) => self.configured(word, &name),
            Some(Block::Extra) => self.extra(word),
            None => match word {
                Some(word) => self.worded(word, &name),
                None => self.unworded(&name),
            },
        };
        self.fitting(role)
    }

    /// What a layout or origin does not allow.
    fn fitting(&self, role: ColumnRole) -> ColumnRole {
        match role {
            ColumnRole::Metric(_) if self.column.origin != Origin::Own => ColumnRole::Ignore,
            ColumnRole::Param(_) | ColumnRole::ParamObject | ColumnRole::Case if self.table.layout == Layout::Root => {
                ColumnRole::Ignore
            }
            ColumnRole::Ignore if self.column.origin == Origin::Key => ColumnRole::Case,
            role => role,
        }
    }

    fn described(&self, word: Option<Word>) -> ColumnRole {
        match word {
            Some(Word::Hardware) => ColumnRole::Hardware,
            Some(Word::Host) => ColumnRole::Host,
            Some(Word::Commit) => ColumnRole::Commit,
            Some(Word::Branch) => ColumnRole::Branch,
            _ => ColumnRole::Ignore,
        }
    }

    fn configured(&self, word: Option<Word>, name: &str) -> ColumnRole {
        let short = self.profile.longest <= 80 && self.profile.lists == 0 && self.profile.bools == 0;
        if matches!(word, Some(Word::Ignore | Word::Count)) || !short || self.profile.filled == 0 {
            return ColumnRole::Ignore;
        }
        match self.column.parents.last().map(|p| snake(p)).as_deref() {
            Some("model") if name == "name" => ColumnRole::Param("model".to_owned()),
            _ => ColumnRole::Param(meta::param_name(name)),
        }
    }

    fn extra(&self, word: Option<Word>) -> ColumnRole {
        match word {
            Some(Word::Error) => ColumnRole::Error,
            None if self.profile.numeric() && names::parse(&self.column.name).unit.is_some() => self.quantity(),
            _ => ColumnRole::Ignore,
        }
    }

    fn worded(&self, word: Word, name: &str) -> ColumnRole {
        let numeric = self.profile.numeric() || self.long && word == Word::Value && self.profile.numbers > 0;
        let text = !numeric && self.profile.filled > 0 && self.profile.lists == 0;
        match word {
            // A counted or nameless thing that the cells give in a unit of time or as a rate was measured: `total: 30.1 s`.
            Word::Ignore | Word::Count
                if numeric && self.profile.unit.as_ref().is_some_and(timed) && !vocabulary::is_setting(name) =>
            {
                self.quantity()
            }
            Word::Time if self.profile.times > 0 || numeric => ColumnRole::Time,
            Word::Commit => ColumnRole::Commit,
            Word::Branch => ColumnRole::Branch,
            Word::Host if text => ColumnRole::Host,
            Word::Hardware => ColumnRole::Hardware,
            // Numbers with decimals in such a column are the error of a mean, not of a run.
            Word::Error if numeric && self.profile.integers < self.profile.numbers => self.quantity(),
            // Beside the number of those that went well, it is the number of those that went wrong: no code.
            Word::Error if numeric && self.beside_successes() => self.counted(name),
            Word::Error => ColumnRole::Error,
            Word::Success if text => ColumnRole::Success,
            Word::SampleCount if name == "n" && numeric && self.varies_before_results() => {
                ColumnRole::Param(name.to_owned())
            }
            Word::SampleCount if self.profile.lists > 0 => self.quantity(),
            Word::SampleCount if numeric => ColumnRole::SampleCount,
            Word::Unit if text => ColumnRole::Unit,
            Word::MetricName if text && self.others_are_values() => ColumnRole::MetricName,
            Word::MetricName if text => ColumnRole::Param(name.to_owned()),
            Word::Value if numeric || self.profile.lists > 0 => self.quantity(),
            Word::Case if text => ColumnRole::Case,
            // The share of what was found that is right; a format's precision is a whole number of bits.
            Word::Param if name == "precision" && numeric && self.profile.integers < self.profile.numbers => {
                self.quantity()
            }
            // A sensor's temperature, not a sampler's.
            Word::Param if name.ends_with("temperature") && self.profile.largest > 5.0 => self.quantity(),
            Word::Param if self.profile.lists > 0 || self.profile.filled == 0 => ColumnRole::Ignore,
            // A long name of a model is a name still: without it the rows of all models would be one.
            Word::Case | Word::Param if self.profile.longest <= longest(name) && !self.nested_text(text) => {
                ColumnRole::Param(meta::param_name(name))
            }
            Word::Label if text && self.profile.longest <= 200 && !self.nested_text(text) => {
                ColumnRole::Param(name.to_owned())
            }
            Word::Count if self.profile.lists > 0 => ColumnRole::Ignore,
            Word::Count if matches!(name, "completed" | "succeeded") && numeric => ColumnRole::Completed,
            Word::Count if numeric && self.asked_for(name) => ColumnRole::Param(meta::param_name(name)),
            Word::Count if numeric => self.counted(name),
            Word::Number if numeric && self.varies_before_results() => ColumnRole::Param(meta::param_name(name)),
            Word::Ignore if self.swept(name) || text && self.is_labelled(name) => {
                ColumnRole::Param(meta::param_name(name))
            }
            _ if text => ColumnRole::Prose,
            _ => ColumnRole::Ignore,
        }
    }

    /// Text within a nested part of a record describes that part, not the record.
    fn nested_text(&self, text: bool) -> bool {
        text && !self.column.parents.is_empty()
    }

    fn unworded(&self, name: &str) -> ColumnRole {
        let profile = self.profile;
        if profile.filled == 0 {
            let known =
                self.named_quantity().is_some_and(|q| q.direction != Direction::Neutral || q.name.unit.is_some());
            return if known && profile.nulls > 0 { self.quantity() } else { ColumnRole::Ignore };
        }
        if profile.bools > 0 {
            return ColumnRole::Ignore;
        }
        if profile.lists > 0 || profile.numeric() || self.long && profile.numbers > 0 {
            return self.numeric(name);
        }
        if profile.times * 2 > profile.filled {
            return ColumnRole::Time;
        }
        if profile.object {
            return ColumnRole::ParamObject;
        }
        let first = !self.metric_seen && profile.longest <= 200;
        match (self.table.layout, self.column.origin) {
            (_, Origin::Key) if name.is_empty() => ColumnRole::Case,
            (_, Origin::Key) => ColumnRole::Param(meta::param_name(name)),
            (Layout::Prose, _) if first && !self.described => ColumnRole::Case,
            (Layout::Records, _) if name.is_empty() => ColumnRole::Case,
            (Layout::Records, _)
                if profile.longest <= 60 && !self.nested_text(true) && (first || !self.column.relative.is_empty()) =>
            {
                ColumnRole::Param(meta::param_name(name))
            }
            _ => ColumnRole::Prose,
        }
    }

    fn numeric(&self, name: &str) -> ColumnRole {
        let profile = self.profile;
        // How large the input was, unless a unit says that something was weighed.
        let unitless =
            profile.unit.is_none() && self.column.unit.is_none() && names::parse(&self.column.name).unit.is_none();
        if unitless && name.split('_').any(|w| matches!(w, "size" | "sizes" | "length" | "width" | "height" | "depth"))
        {
            return if self.varies_before_results() {
                ColumnRole::Param(meta::param_name(name))
            } else {
                ColumnRole::Ignore
            };
        }
        let known = self.named_quantity().is_some();
        // Samples under the names of what was measured, all in one record.
        let samples = profile.decimal_lists > 0 && self.keyed_by_words();
        let whole = profile.integers == profile.numbers && !samples;
        let unit = profile.unit.is_some() || self.column.unit.is_some();
        // In a text for people decimals count where the row says what they are about.
        if known || unit || (!whole && (self.table.layout != Layout::Prose || self.described)) {
            return self.quantity();
        }
        if whole
            && profile.lists == 0
            && self.table.layout != Layout::Root
            && self.table.rows.len() > 1
            && !self.metric_seen
            && self.column.parents.is_empty()
        {
            return ColumnRole::Param(meta::param_name(name));
        }
        ColumnRole::Ignore
    }

    /// The quantity when the name says one.
    fn named_quantity(&self) -> Option<Quantity> {
        let mut name = names::parse(&self.column.name);
        if name.bare {
            self.name_by_parents(&mut name);
        }
        let unit = name.unit.clone().or_else(|| self.column.unit.clone());
        let words: Vec<&str> = name.base.split('_').collect();
        let direction = self.lexicon.lookup(&words, unit.as_ref());
        let telling = direction.is_some() || name.stat != Stat::Plain || unit.is_some();
        telling.then(|| Quantity { name: Name { unit, ..name }, direction: direction.unwrap_or_default() })
    }

    /// A bare statistic is of the quantity that a key above it names.
    fn name_by_parents(&self, name: &mut Name) {
        for parent in self.column.parents.iter().rev() {
            if vocabulary::structural(parent) {
                continue;
            }
            let mut above = names::parse(parent);
            for tail in [
                "percentiles",
                "percentile",
                "stats",
                "statistics",
                "summary",
                "distribution",
                "metrics",
                "measurements",
            ] {
                if let Some(base) = above.base.strip_suffix(tail) {
                    above.base = base.trim_end_matches('_').to_owned();
                }
            }
            if !above.base.is_empty() {
                let words: Vec<&str> = above.base.split('_').collect();
                let quantity = above.unit.is_some() || self.lexicon.lookup(&words, None).is_some();
                // `attention: {mean_ms: …}` is the time of attention, not a quantity of that name.
                if name.unit.is_none() || quantity {
                    name.base = above.base;
                    // Cells in milliseconds are not what a heading gives in bytes per second.
                    let other = |unit: &Unit| self.profile.unit.as_ref().is_some_and(|own| unlike(own, unit));
                    name.unit = name.unit.take().or(above.unit.filter(|unit| !other(unit)));
                    return;
                }
            }
        }
    }

    /// How many things were done; fewer errors are better.
    fn counted(&self, name: &str) -> ColumnRole {
        let trouble = name.split('_').any(|w| vocabulary::TROUBLE.contains(&w));
        let direction = if trouble { Direction::Lower } else { Direction::Neutral };
        ColumnRole::Count(Quantity { name: Name { base: name.to_owned(), ..Name::default() }, direction })
    }

    /// A duration with decimals and without a unit is in seconds, the unit that clocks of scripting languages and shells give; whole
    /// numbers may be in any unit.
    fn in_seconds(&self, name: &Name) -> bool {
        let last = name.base.rsplit('_').next().unwrap_or_default();
        let first = name.base.split('_').next().unwrap_or_default();
        let duration = matches!(last, "duration" | "elapsed" | "time" | "runtime" | "walltime" | "wall")
            || name.base == "time_taken";
        let decimals = self.profile.integers < self.profile.numbers && self.profile.largest < 1e5;
        duration
            && decimals
            && first != "relative"
            && !self.table.columns.iter().any(|c| snake(&c.name).ends_with("unit"))
    }

    fn quantity(&self) -> ColumnRole {
        let mut found = self
            .named_quantity()
            .unwrap_or_else(|| Quantity { name: names::parse(&self.column.name), direction: Direction::Neutral });
        if found.name.unit.is_none() {
            found.name.unit = self.column.unit.clone().or_else(|| self.profile.unit.clone());
            let words: Vec<&str> = found.name.base.split('_').collect();
            found.direction = self.lexicon.lookup(&words, found.name.unit.as_ref()).unwrap_or(found.direction);
        }
        if found.name.unit.is_none() && found.name.base.rsplit('_').next() == Some("speedup") {
            found.name.unit = Some(Unit::new("ratio"));
        }
        if found.name.unit.is_none() && self.in_seconds(&found.name) {
            found.name.unit = Some(Unit::new("s"));
        }
        if vocabulary::describes_size(&found.name.base)
            && names::words(&self.column.name).iter().any(|w| w.starts_with("size") || w == "weights")
        {
            return ColumnRole::Count(Quantity { direction: Direction::Neutral, ..found });
        }
        if found.name.base.is_empty() {
            let time = found.name.unit.as_ref().is_some_and(names::is_time);
            found.name.base = if time { "time" } else { "value" }.to_owned();
        }
        ColumnRole::Metric(found)
    }
}

/// Characters up to which a text is a setting: longer ones are prose, unless they name a model (a path, a registry with a digest).
fn longest(name: &str) -> usize {
    if matches!(name, "model" | "model_name" | "model_id" | "model_tag") { 1000 } else { 200 }
}
