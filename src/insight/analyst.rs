//! The built-in analyst: fed a landing piece by piece, it keeps summaries and writes the whole analysis at the end.

use std::collections::BTreeMap;

use super::Settings;
use super::briefing::{self, Measured};
use super::document::{Analysis, Block, Header, Section};
use super::figure::History;
use super::findings::{self, Evidence};
use super::gaps::Gaps;
use super::input::{AlertLine, ArtifactLine, BenchmarkRows, Judged, Landing, Step};
use super::inventory::Inventory;
use super::league::Leagues;
use super::ledger::Ledger;
use super::moves::Moves;
use super::names::Names;
use super::pool::Pools;
use super::standings::Standings;
use super::stated::Stated;
use super::subjects::Numbers;
use super::sweep::{self, Sweeps};
use super::{league_tell, method, scales, verdict, young};
use crate::domain::series::SeriesKey;

/// Reads a landing and says what it means.
#[derive(Debug)]
pub struct Analyst {
    landing: Landing,
    settings: Settings,
    inventory: Inventory,
    numbers: Numbers,
    stated: Stated,
    sweeps: Sweeps,
    gaps: Gaps,
    names: Names,
    pools: Pools,
    leagues: Leagues,
    judged: Vec<Judged>,
    alerts: Vec<AlertLine>,
    steps: Vec<Step>,
    histories: BTreeMap<SeriesKey, History>,
    measured: Measured,
}

impl Analyst {
    /// An analyst of this landing.
    pub fn new(landing: Landing, settings: &Settings) -> Self {
        Self {
            landing,
            settings: settings.clone(),
            inventory: Inventory::new(settings),
            numbers: Numbers::new(settings),
            stated: Stated::new(settings),
            sweeps: Sweeps::new(settings),
            gaps: Gaps::new(settings),
            names: Names::default(),
            pools: Pools::new(),
            leagues: Leagues::new(),
            judged: Vec::new(),
            alerts: Vec::new(),
            steps: Vec::new(),
            histories: BTreeMap::new(),
            measured: Measured::default(),
        }
    }

    /// Takes artifacts of the tree, each once, in any order and in as many calls as it takes.
    pub fn artifacts(&mut self, lines: &[ArtifactLine]) {
        lines.iter().for_each(|line| self.inventory.add(line));
    }

    /// Takes one benchmark; call it in name order, once for each.
    pub fn benchmark(&mut self, benchmark: BenchmarkRows) {
        self.measured.add(&benchmark.rows);
        self.numbers.add(&benchmark.benchmark, &benchmark.rows);
        self.stated.add(&benchmark.rows);
        self.sweeps.add(&benchmark);
        self.gaps.add(&benchmark);
        self.names.add(&benchmark.benchmark);
        self.pools.add(&benchmark.benchmark, &benchmark.rows);
        self.leagues.add(&benchmark.benchmark, &benchmark.rows);
    }

    /// Takes verdicts and the alerts that they touch or that are still open; may be called more than once.
    pub fn verdicts(&mut self, judged: Vec<Judged>, alerts: Vec<AlertLine>) {
        self.judged.extend(judged);
        self.alerts.extend(alerts);
    }

    /// Takes the steps of series that are too young to be judged.
    pub fn steps(&mut self, steps: Vec<Step>) {
        self.steps.extend(steps);
    }

    /// The series whose histories are to be drawn: of each kind of what moved the largest effects, as many as are told in full. Ask once all
    /// verdicts are there.
    pub fn drawn(&self) -> Vec<&Judged> {
        let limit = self.settings.changes;
        Moves { judged: &self.judged, alerts: &[], histories: &self.histories, backfill: false, limit }.drawn()
    }

    /// Takes the histories of series that moved; those of others are not drawn.
    pub fn histories(&mut self, histories: Vec<(SeriesKey, History)>) {
        self.histories.extend(histories);
    }

    /// Writes the analysis. Facts get their ids in reading order.
    pub fn finish(mut self) -> Analysis {
        let mut ledger = Ledger::new();
        self.gaps.settle(&self.judged, self.landing.backfill);
        let moves = Moves {
            judged: &self.judged,
            alerts: &self.alerts,
            histories: &self.histories,
            backfill: self.landing.backfill,
            limit: self.settings.changes,
        };
        let (mut sweeps, sweeps_left_out) = self.sweeps.finish();
        let verdict = verdict::verdict(&moves, &self.landing, self.inventory.failed_in_landing, &mut ledger);
        let arrived = verdict::arrived(&self.landing, &mut ledger);
        let moved = moves.sections(&mut ledger);
        let standings = Standings::new(self.pools, &self.settings);
        let leagues = self.leagues.finish();
        let steps = young::Steps::new(self.steps, &self.gaps.errors);
        sweeps.iter_mut().for_each(|sweep| self.names.of(&sweep.benchmark).clone_into(&mut sweep.shown));
        let evidence = Evidence {
            moves: &moves,
            gaps: &self.gaps,
            sweeps: &sweeps,
            standings: &standings,
            leagues: &leagues,
            steps: &steps.told,
            names: &self.names,
            failed: self.inventory.failed,
            landing: &self.landing,
            measured: &self.measured,
        };
        let told = findings::tell(&evidence, &self.settings, &mut ledger);
        let (briefing, found) = briefing::write(&evidence, told, &self.settings, &mut ledger);
        // What moved comes before any words about it: who is woken by a regression looks for that.
        let mut sections = moved;
        sections.push(briefing.summary_section());
        sections.extend((!found.is_empty()).then(|| Section::new(briefing::FINDINGS, vec![Block::Numbered(found)])));
        sections.extend([briefing.advice_section(), briefing.risks_section()]);
        let front = sections.len();
        sections.extend(young::section(&steps, &self.names, &mut ledger));
        sections.extend(standings.section(&self.names, &mut ledger));
        sections.extend(league_tell::section(&leagues, &self.names, &mut ledger));
        let (inventory, failures) = self.inventory.section(&mut ledger);
        sections.push(inventory);
        sections.extend(self.numbers.section(&mut ledger));
        sections.extend(sweep::section(&sweeps, sweeps_left_out, &mut ledger));
        sections.extend(self.stated.sections(&mut ledger));
        sections.extend(self.gaps.sections(failures, &mut ledger));
        sections.push(method::section(&self.settings, &self.landing, &mut ledger));
        scales::settle(&mut sections, &mut ledger);
        [&verdict, &arrived].into_iter().for_each(|prose| scales::tell_together(prose, &mut ledger));
        let Landing { id, at, backfill, .. } = self.landing;
        let header = Header { landing: id, at, backfill, zone: self.settings.zone };
        Analysis { header, verdict, arrived, briefing, sections, front, ledger }
    }
}
