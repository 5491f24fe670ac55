//! The runs of a table: which rows belong to which execution.
//!
//! A commit column separates runs. A time column does so only when the same cases recur in blocks (an append-only file); otherwise
//! its rows are one run at the time of the first. Rows of one case a few seconds apart are samples of a run, not runs: blocks must
//! begin at least [`APART`] apart or have one time for all their rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::run::{RunInfo, RunTime, TimeSource};

/// Seconds between the beginnings of two blocks from which on they count as runs.
const APART: i64 = 60;

/// What a row tells of its run.
#[derive(Debug, Clone, Default)]
pub(in crate::artifact) struct RowRun {
    /// Case and parameters.
    pub key: String,
    pub time: Option<Timestamp>,
    pub commit: Option<String>,
    pub host: Option<String>,
    pub branch: Option<String>,
    /// Which execution of the file, where its layout says so.
    pub part: Option<u32>,
}

/// All runs of a document, in the order in which they were met.
#[derive(Debug, Default)]
pub(in crate::artifact) struct Runs {
    pub infos: Vec<RunInfo>,
    known: BTreeMap<String, usize>,
    /// The run that tables without runs of their own share.
    common: Option<usize>,
}

impl Runs {
    /// The index of the run `info`, added when it is new.
    fn index(&mut self, info: RunInfo, part: Option<u32>) -> usize {
        let key = part.map_or_else(|| format!("{info:?}"), |part| format!("{part}"));
        let at = *self.known.entry(key).or_insert(self.infos.len());
        if at == self.infos.len() {
            self.infos.push(info);
        }
        at
    }

    /// The run of a table that holds one: the same one for all such tables of a file unless commit, host or branch differ, since parts
    /// of one execution begin at different times.
    fn shared(&mut self, info: RunInfo) -> usize {
        let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        if let Some(at) = self.common
            && let Some(run) = self.infos.get_mut(at)
            && agree(&run.commit, &info.commit)
            && agree(&run.host, &info.host)
            && agree(&run.branch, &info.branch)
        {
            run.time = run.time.map(|t| info.time.map_or(t, |o| if o.at < t.at { o } else { t })).or(info.time);
            run.commit = run.commit.take().or(info.commit);
            run.host = run.host.take().or(info.host);
            run.branch = run.branch.take().or(info.branch);
            return at;
        }
        let at = self.index(info, None);
        self.common.get_or_insert(at);
        at
    }

    /// The run of every row; `whole` is what the document says of all of them.
    pub fn assign(&mut self, rows: &[RowRun], whole: &RunInfo) -> Vec<usize> {
        let mut blocks = blocks(rows);
        if rows.iter().any(|row| row.part.is_some()) {
            blocks = parts(rows);
        } else if !are_runs(rows, &blocks) {
            blocks = vec![0; rows.len()];
        }
        let count = blocks.last().map_or(0, |last| last + 1);
        let mut indices = Vec::with_capacity(count);
        let mut start = 0;
        for block in 0..count {
            let length = blocks.get(start..).unwrap_or_default().iter().take_while(|b| **b == block).count();
            let rows = rows.get(start..start + length).unwrap_or_default();
            start += length;
            let part = rows.first().and_then(|row| row.part);
            let info = of_block(rows, whole, count > 1 || part.is_some());
            indices.push(if count == 1 && part.is_none() { self.shared(info) } else { self.index(info, part) });
        }
        blocks.into_iter().map(|block| indices.get(block).copied().unwrap_or(0)).collect()
    }
}

/// The run of a block's rows: what they say themselves, else what the document says. The time of the first row is the run's when
/// the rows are runs of their own; otherwise the document's time comes first.
fn of_block(rows: &[RowRun], whole: &RunInfo, several: bool) -> RunInfo {
    let own_time = rows.iter().find_map(|row| row.time).map(|at| RunTime { at, source: TimeSource::Content });
    RunInfo {
        time: if several { own_time.or(whole.time) } else { whole.time.or(own_time) },
        host: common(rows.iter().map(|r| r.host.as_deref())).or_else(|| whole.host.clone()),
        commit: rows.iter().find_map(|r| r.commit.clone()).or_else(|| whole.commit.clone()),
        branch: common(rows.iter().map(|r| r.branch.as_deref())).or_else(|| whole.branch.clone()),
    }
}

/// The value that all rows share.
fn common<'a>(mut values: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    let first = values.next()??;
    values.all(|v| v == Some(first)).then(|| first.to_owned())
}

/// Numbers the stretches of rows that the layout gives to one execution each.
fn parts(rows: &[RowRun]) -> Vec<usize> {
    let mut block = 0;
    let mut previous = rows.first().map(|row| row.part);
    let number = |row: &RowRun| {
        if previous != Some(row.part) {
            block += 1;
            previous = Some(row.part);
        }
        block
    };
    rows.iter().map(number).collect()
}

/// Numbers the blocks: a new one begins when the commit changes, or when a case comes again at another time.
fn blocks(rows: &[RowRun]) -> Vec<usize> {
    let several_cases = rows.iter().any(|row| rows.first().is_some_and(|first| first.key != row.key));
    let mut numbers = Vec::with_capacity(rows.len());
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut block = 0;
    let mut previous: Option<&RowRun> = None;
    let mut block_time = None;
    for row in rows {
        if let Some(before) = previous {
            let recurs = seen.contains(row.key.as_str()) && row.time.is_some() && row.time != block_time;
            // `A A B B` repeats each case before the next: those are samples.
            let repeated = several_cases && before.key == row.key;
            if row.commit != before.commit || (recurs && !repeated) {
                block += 1;
                seen.clear();
                block_time = row.time;
            }
        } else {
            block_time = row.time;
        }
        seen.insert(&row.key);
        numbers.push(block);
        previous = Some(row);
    }
    numbers
}

/// Whether the blocks are executions of their own rather than samples taken shortly after one another.
fn are_runs(rows: &[RowRun], blocks: &[usize]) -> bool {
    if blocks.last().is_none_or(|last| *last == 0) {
        return false;
    }
    if rows.iter().any(|row| rows.first().is_some_and(|first| first.commit != row.commit)) {
        return true;
    }
    let mut starts: Vec<Timestamp> = Vec::new();
    let mut uniform = true;
    let mut longest = 0;
    let mut length = 0;
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        let begins = i == 0 || blocks.get(i) != blocks.get(i - 1);
        if begins && length > 0 {
            *lengths.entry(length).or_default() += 1;
        }
        length = if begins { 1 } else { length + 1 };
        longest = longest.max(length);
        if begins {
            starts.extend(row.time);
        } else {
            uniform &= row.time == starts.last().copied();
        }
    }
    let mut gaps: Vec<i64> =
        starts.windows(2).map(|pair| pair[1].as_second().saturating_sub(pair[0].as_second()).abs()).collect();
    gaps.sort_unstable();
    let median = gaps.get(gaps.len() / 2).copied().unwrap_or(0);
    // Rows that were logged in the same second are no run: a run goes through its cases again, as many each time.
    let all: usize = lengths.values().sum();
    let alike = lengths.values().max().is_none_or(|most| most * 4 >= all * 3);
    (uniform && longest > 1 && alike) || median >= APART
}
