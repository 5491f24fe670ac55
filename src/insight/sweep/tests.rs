//! Made-up factorial sweeps with planted effects, cold starts and holes; and noise, of which nothing may be claimed.

mod plots;

use super::effects::Known;
use super::ranking::Told;
use super::*;
use crate::domain::fact::{FactId, Source};
use crate::domain::measurement::Locator;
use crate::domain::stats;
use crate::insight::document::Span;
use crate::insight::ledger::Ledger;
use crate::insight::recompute::{Inputs, Unsolved, agree, evaluate};
use crate::insight::tests::row;

type Metric = (&'static str, &'static str, Direction);

const TOKENS: Metric = ("tokens_per_second", "tok/s", Direction::Higher);
const TTFT: Metric = ("ttft", "s", Direction::Lower);
const LOAD: Metric = ("load", "s", Direction::Lower);
const PROMPT: Metric = ("prompt_eval", "s", Direction::Lower);
const GPU: [&str; 4] = ["40", "60", "80", "999"];
const CTX: [&str; 3] = ["1024", "2048", "4096"];
const HEAT: [&str; 3] = ["0.2", "0.4", "0.8"];

/// Reproducible, nearly normal noise of unit variance.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// The rows of a full factorial sweep in the order of its loops; `value` gives each metric of a row.
fn factorial(value: &mut dyn FnMut(usize, usize, usize) -> Vec<(Metric, f64)>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut index = 0;
    for (g, gpu) in GPU.iter().enumerate() {
        for (c, ctx) in CTX.iter().enumerate() {
            for (h, heat) in HEAT.iter().enumerate() {
                index += 1;
                let params = [("num_gpu", *gpu), ("num_ctx", *ctx), ("temperature", *heat)];
                rows.extend(
                    value(g, c, h)
                        .into_iter()
                        .map(|(metric, value)| row("reports/tune", &params, metric, index, value)),
                );
            }
        }
    }
    rows
}

fn analysed(rows: Vec<Row>) -> Sweep {
    let mut sweeps = Sweeps::new(&Settings::default());
    sweeps.add(&BenchmarkRows { benchmark: "reports/tune".into(), rows, gaps: Vec::new() });
    sweeps.finish().0.pop().unwrap()
}

/// Throughput as each setting multiplies it, with relative noise.
fn throughput(seed: u64, noise: f64, gain: impl Fn(usize, usize, usize) -> f64) -> Sweep {
    let mut source = Noise(seed);
    analysed(factorial(&mut |g, c, h| vec![(TOKENS, 100.0 * gain(g, c, h) * (1.0 + noise * source.normal()))]))
}

fn contrast<'a>(sweep: &'a Sweep, setting: &str, to: &str) -> &'a effects::Contrast {
    let mut all = sweep.effects.iter().flat_map(|effects| &effects.contrasts);
    all.find(|one| one.setting == setting && one.to == to).unwrap()
}

#[test]
fn planted_effects_are_found_within_their_intervals_and_the_rest_does_nothing() {
    let mut inside = 0;
    for seed in 1..=40 {
        let sweep = throughput(seed, 0.005, |g, c, _| [1.0, 1.0, 1.02, 1.12][g] * [1.0, 1.0, 0.94][c]);
        let gpu = contrast(&sweep, "num_gpu", "999");
        let ctx = contrast(&sweep, "num_ctx", "4096");
        assert_eq!((gpu.known, ctx.known, gpu.pairs.len(), ctx.pairs.len()), (Known::Moves, Known::Moves, 9, 12));
        for (one, planted) in [(gpu, 12.0), (ctx, -6.0)] {
            let (low, high) = one.estimate.interval.unwrap();
            assert!((one.estimate.center - planted).abs() < 1.0, "{}", one.estimate.center);
            inside += usize::from(low <= planted && planted <= high);
        }
        assert!(matches!(contrast(&sweep, "temperature", "0.8").known, Known::Nothing | Known::Small));
    }
    assert!(inside >= 72, "{inside} of 80 intervals hold what was planted");
}

#[test]
fn of_noise_nothing_is_claimed() {
    let (mut sweeps, mut claims, mut outside, mut contrasts, mut leads, mut turned) = (0, 0, 0, 0, 0, 0);
    for seed in 1..=300 {
        let sweep = throughput(seed * 7919, 0.05, |_, _, _| 1.0);
        let all = &sweep.effects[0].contrasts;
        sweeps += 1;
        claims += usize::from(all.iter().any(|one| matches!(one.known, Known::Moves | Known::Small)));
        contrasts += all.len();
        outside +=
            all.iter().filter(|one| one.estimate.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0)).count();
        turned += usize::from(all.iter().any(|one| one.reversed.is_some()));
        leads += usize::from(sweep.contests[0].places.iter().any(|place| place.told == Told::Apart));
    }
    // Five percent of 300, and what chance adds to it twice in a hundred times.
    assert!(claims <= 23, "{claims} of {sweeps} sweeps of noise have an effect");
    assert!(leads <= 23, "{leads} of {sweeps} sweeps of noise have a leader");
    assert!(turned <= 15, "{turned} of {sweeps} sweeps of noise have an effect that turns around");
    assert!(outside * 100 <= contrasts * 6, "{outside} of {contrasts} intervals miss zero");
}

#[test]
fn a_clear_leader_is_told_and_a_lucky_one_is_not() {
    let clear = throughput(3, 0.005, |g, c, h| if (g, c, h) == (2, 1, 0) { 1.5 } else { 1.0 });
    let contest = &clear.contests[0];
    assert_eq!(contest.best.configuration, "num_ctx=2048 num_gpu=80 temperature=0.2");
    assert_eq!((contest.alike, contest.places.len()), (Some(0), 6));
    let lucky = throughput(3, 0.005, |_, _, _| 1.0);
    assert!(lucky.contests[0].alike.unwrap() > 30);
}

#[test]
fn an_effect_that_is_turned_around_is_named() {
    let turned = throughput(5, 0.004, |g, c, _| match (g, c) {
        (3, 2) => 0.85,
        (3, _) => 1.15,
        _ => 1.0,
    });
    let one = contrast(&turned, "num_gpu", "999");
    assert_eq!(one.reversed.as_ref().map(|(value, pairs)| (value.as_str(), pairs.len())), Some(("num_ctx=4096", 3)));
    let steady = throughput(5, 0.004, |g, _, _| if g == 3 { 1.15 } else { 1.0 });
    assert!(contrast(&steady, "num_gpu", "999").reversed.is_none());
}

/// The model is loaded anew whenever the context changes; the first temperature of each block pays for it.
fn reloading(blame: bool) -> Sweep {
    let mut noise = Noise(11);
    analysed(factorial(&mut |_, c, h| {
        let cold = h == 0 && (blame || c > 0);
        let load = if cold { 2.5 } else { 0.1 } * (1.0 + 0.05 * noise.normal());
        let prompt = if cold { 0.2 } else { 0.01 };
        vec![(TOKENS, 100.0 + 0.3 * noise.normal()), (LOAD, load), (PROMPT, prompt), (TTFT, load + prompt)]
    }))
}

#[test]
fn cold_starts_are_told_from_slow_settings() {
    let sweep = reloading(true);
    let cold = sweep.cold.as_ref().unwrap();
    assert_eq!((cold.cold.n, cold.warm.n), (12, 24));
    let cold::Trigger::Changed { settings, changes, followed, stayed, always_with } = &cold.trigger else { panic!() };
    assert_eq!(
        (settings.as_slice(), always_with.as_slice()),
        (["num_ctx".to_owned()].as_slice(), [].as_slice()),
        "num_gpu often stays where num_ctx changes"
    );
    assert_eq!((*changes, *followed, *stayed), (11, 11, 24));
    assert_eq!(cold.blamed, Some(("temperature".into(), "0.2".into())));
    let sum = cold.sum.as_ref().unwrap();
    assert_eq!((sum.main.as_str(), sum.other.as_str(), sum.equal, sum.of), ("load", "prompt_eval", 36, 36));
    let wait = sweep.effects.iter().find(|effects| effects.measure.metric == "ttft").unwrap();
    assert!(wait.warm && wait.contrasts.iter().all(|one| one.from != "0.2" && one.known != Known::Moves));
    let contest = sweep.contests.iter().find(|contest| contest.metric == "ttft").unwrap();
    assert!(contest.warm && contest.configurations == 24 && contest.worst.summary.median < 0.2);
}

#[test]
fn a_long_tail_and_a_slow_setting_are_no_cold_starts() {
    let tail = analysed(factorial(&mut |g, c, h| vec![(TTFT, 0.1 * 1.15f64.powi((g * 9 + c * 3 + h) as i32))]));
    assert!(tail.cold.is_none());
    let slow = analysed(factorial(&mut |g, _, _| vec![(TTFT, if g == 0 { 2.0 } else { 0.1 })]));
    assert!(slow.cold.is_none(), "nothing changes before the second and third slow record");
    assert_eq!(contrast(&slow, "num_gpu", "999").known, Known::Moves);
}

#[test]
fn holes_are_named_where_a_sweep_was_meant_to_be_whole() {
    let mut rows = factorial(&mut |g, c, h| vec![(TOKENS, 100.0 + (g * 9 + c * 3 + h) as f64)]);
    rows.retain(|row| {
        !(row.series.params["num_gpu"] == "60"
            && row.series.params["num_ctx"] == "1024"
            && row.series.params["temperature"] != "0.8")
    });
    let holes = analysed(rows.clone()).holes.unwrap();
    assert_eq!((holes.planned, holes.missing), (36, 2));
    assert_eq!(holes.named, ["num_ctx=1024 num_gpu=60 temperature=0.2", "num_ctx=1024 num_gpu=60 temperature=0.4"]);
    assert!(analysed(rows.into_iter().step_by(4).collect()).holes.is_none(), "a sample was never meant to be whole");
}

#[test]
fn ties_and_zeros_make_no_leader_and_no_panic() {
    let tied = analysed(factorial(&mut |g, _, _| vec![(TOKENS, if g == 1 { 100.0 } else { 0.0 })]));
    assert_eq!(contrast(&tied, "num_ctx", "4096").estimate.center, 0.0);
    assert!(!tied.effects[0].relative, "a ratio to zero is none");
    let mut sweeps = Sweeps::new(&Settings::default());
    let rows = factorial(&mut |_, _, _| vec![(TOKENS, 5.0)]);
    sweeps.add(&BenchmarkRows { benchmark: "reports/flat".into(), rows, gaps: Vec::new() });
    assert!(sweeps.finish().0.is_empty());
}

#[test]
fn repetitions_carry_their_own_interval() {
    let mut noise = Noise(17);
    let mut rows = Vec::new();
    for (b, batch) in ["1", "2", "4"].iter().enumerate() {
        for seed in 0..6 {
            let value = [100.0, 101.0, 130.0][b] + noise.normal();
            rows.push(row("reports/tune", &[("batch", batch), ("seed", &seed.to_string())], TOKENS, seed + 1, value));
        }
    }
    let sweep = analysed(rows);
    let contest = &sweep.contests[0];
    assert_eq!((contest.best.configuration.as_str(), contest.alike), ("batch=4", Some(0)));
    assert!(contest.places.iter().all(|place| place.interval.is_some_and(|(low, high)| low < -25.0 && high < -25.0)));
}

#[test]
fn samples_of_one_row_count_as_repetitions() {
    let mut noise = Noise(23);
    let mut rows = Vec::new();
    for (b, batch) in ["1", "2", "4"].iter().enumerate() {
        let samples: Vec<f64> = (0..7).map(|_| [100.0, 129.5, 130.0][b] + noise.normal()).collect();
        let mut row = row(
            "reports/tune",
            &[("batch", batch)],
            TOKENS,
            b as u32 + 1,
            crate::domain::stats::median(&samples).unwrap(),
        );
        (row.n, row.samples) = (7, samples);
        rows.push(row);
    }
    let stated = analysed(rows.clone());
    assert!(stated.contests[0].places.iter().all(|place| place.interval.is_none()), "nobody knows where they stand");
    for (row, first) in rows.iter_mut().zip((0..).step_by(10)) {
        let cells: Vec<Locator> = (first..first + 7).map(|index| Locator::row(index, TOKENS.0)).collect();
        row.at = Locator::several(&cells).unwrap();
    }
    let sweep = analysed(rows);
    let contest = &sweep.contests[0];
    assert_eq!((contest.alike, contest.worst.configuration.as_str()), (Some(1), "batch=1"));
    assert!(contest.places.iter().all(|place| place.interval.is_some()));
}

#[test]
fn every_figure_of_a_sweep_is_what_its_formula_gives() {
    let mut ledger = Ledger::new();
    let settings = Settings::default();
    let sweeps =
        [reloading(true), throughput(9, 0.01, |g, c, _| if (g, c) == (3, 2) { 0.8 } else { [1.0, 1.0, 1.0, 1.1][g] })];
    let told: Vec<String> = drafts(&sweeps, &settings)
        .into_iter()
        .flat_map(|draft| {
            let finding = (draft.tell)(&mut ledger);
            [Some(finding.prose), finding.advice].into_iter().flatten().collect::<Vec<_>>()
        })
        .map(|prose| {
            assert!(!prose.refs().is_empty(), "{prose:?}");
            let own =
                prose.0.iter().filter_map(|span| if let Span::Text(text) = span { Some(text.as_str()) } else { None });
            own.collect::<String>()
        })
        .collect();
    assert!(told.iter().all(|text| !text.contains(|c: char| c.is_numeric())), "{told:?}");
    assert!(section(&sweeps, 0, &mut ledger).is_some());
    let value = |id: FactId| ledger.get(id).map(|fact| fact.value);
    let mut solved = 0;
    for fact in ledger.facts() {
        let Source::Derived { formula, .. } = &fact.source else { continue };
        match evaluate(formula, &Inputs { fact: &value, cells: &[], cells_of: &|_| None }) {
            Ok(found) => assert!(agree(found, fact.value), "{fact:?}: {found}"),
            Err(Unsolved::Elsewhere { .. }) => continue,
            Err(wrong) => panic!("{fact:?}: {wrong}"),
        }
        solved += 1;
    }
    assert!(solved > 60, "{solved}");
}

/// Three back ends that read prompts fast and generate slowly; each does all the work but the last.
fn work(left_out: bool) -> Vec<Row> {
    let mut noise = Noise(29);
    let mut rows = Vec::new();
    for (b, backend) in ["a", "b", "c"].iter().enumerate() {
        for (n_prompt, n_gen, level) in
            [("128", "0", 900.0), ("512", "0", 800.0), ("0", "128", 30.0), ("0", "256", 28.0)]
        {
            if left_out && b == 2 && n_gen == "256" {
                continue;
            }
            let value = level * [1.0, 1.1, 0.9][b] * (1.0 + 0.002 * noise.normal());
            let params = [("backend", *backend), ("n_prompt", n_prompt), ("n_gen", n_gen)];
            rows.push(row("reports/tune", &params, TOKENS, rows.len() as u32 + 1, value));
        }
    }
    rows
}

#[test]
fn configurations_are_compared_over_equal_work() {
    let sweep = analysed(work(false));
    let told = |sweep: &Sweep| -> Vec<(String, String, u64)> {
        let one =
            |contest: &Contest| (contest.work.clone(), contest.best.configuration.clone(), contest.configurations);
        sweep.contests.iter().map(one).collect()
    };
    let best = |work: &str| (work.to_owned(), "backend=b".to_owned(), 3);
    assert_eq!(told(&sweep), [best("n_gen=256 n_prompt=0"), best("n_gen=0 n_prompt=512")]);
    assert_eq!((&sweep.settings, sweep.works), (&vec!["backend".to_owned()], 4));
    let one = contrast(&sweep, "backend", "b");
    assert!(one.pairs.len() == 4 && (one.estimate.center - 10.0).abs() < 1.0, "over all work: {one:?}");
    assert_eq!(told(&analysed(work(true)))[0], best("n_gen=128 n_prompt=0"), "that all did");
    // Under a load of its own each, no two can be compared.
    let mut rows = work(false);
    rows.iter_mut().zip(0..).for_each(|(row, i)| {
        row.series.params.insert("request_rate".into(), i.to_string());
    });
    let mut sweeps = Sweeps::new(&Settings::default());
    sweeps.add(&BenchmarkRows { benchmark: "reports/tune".into(), rows, gaps: Vec::new() });
    assert!(sweeps.finish().0.is_empty());
}

#[test]
fn names_of_work_are_held_equal_where_several_did_it_and_else_name_the_configuration() {
    let with = |name: &str, value: &dyn Fn(usize) -> String| {
        let mut rows = work(false);
        rows.iter_mut().enumerate().for_each(|(i, row)| {
            row.series.params.retain(|name, _| name == "backend");
            row.series.params.insert(name.to_owned(), value(i));
        });
        analysed(rows)
    };
    let tests = with("test", &|i| ["pp128", "pp512", "tg128", "tg256"][i % 4].to_owned());
    assert_eq!((tests.works, tests.contests[0].configurations), (4, 3));
    let cased = |text: &dyn Fn(usize) -> String| {
        let mut rows = work(false);
        rows.iter_mut().enumerate().for_each(|(i, row)| {
            row.series.params.retain(|name, _| name == "backend");
            row.series.case = text(i);
            row.value = if text(i).contains("prompt") { 100.0 + i as f64 } else { row.value };
        });
        analysed(rows)
    };
    assert_eq!(cased(&|i| format!("first machine/test{}", i % 4)).works, 4);
    assert_eq!(cased(&|i| format!("the prompt {}", i % 4)).works, 1);
    let files = with("file", &|i| format!("{}.log", i / 4));
    assert_eq!((files.works, files.contests[0].work.as_str()), (1, ""));
}

#[test]
fn a_cold_start_among_repetitions_is_told_by_itself() {
    let mut rows = Vec::new();
    for (b, batch) in ["1", "2", "4", "8"].iter().enumerate() {
        let first = b as u32 * 2 + 1;
        let samples = vec![if b == 0 { 3.0 } else { 0.03 }, 0.031];
        let mut one = row("reports/tune", &[("batch", batch)], TTFT, first, stats::median(&samples).unwrap());
        one.at = Locator::several(&[Locator::row(first, TTFT.0), Locator::row(first + 1, TTFT.0)]).unwrap();
        (one.n, one.samples) = (2, samples);
        rows.push(one);
    }
    let sweep = analysed(rows);
    let cold = sweep.cold.as_ref().unwrap();
    assert_eq!((cold.cold.n, cold.warm.n, cold.cold.median), (1, 7, 3.0));
    assert_eq!(cold.trigger, cold::Trigger::First);
}

#[test]
fn numbers_of_rows_are_no_setting() {
    let rows = |step: usize| {
        let value = |i: usize| {
            let params = [("batch", ["1", "2", "4"][i % 3].to_owned()), ("ticket", (i / step).to_string())];
            let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
            row("reports/tune", &params, TOKENS, i as u32 + 1, 100.0 + (i % 3) as f64)
        };
        analysed((0..150 * step).map(value).collect())
    };
    assert_eq!(rows(1).settings, ["batch"]);
    assert_eq!(rows(3).settings, ["batch", "ticket"]);
}

#[test]
fn a_few_pairs_that_all_agree_are_told_and_ones_that_do_not_are_not() {
    let few = |threads: [f64; 3]| {
        let mut rows = Vec::new();
        for (c, ctx) in CTX.iter().enumerate() {
            for (threads, factor) in [("4", 1.0), ("16", threads[c])] {
                let level = 40.0 * factor * [1.0, 1.01, 0.99][c];
                rows.push(row(
                    "reports/tune",
                    &[("num_ctx", ctx), ("threads", threads)],
                    TOKENS,
                    rows.len() as u32,
                    level,
                ));
            }
        }
        contrast(&analysed(rows), "threads", "16").known
    };
    assert_eq!(few([1.2, 1.15, 1.18]), Known::Agrees);
    assert_eq!(few([1.2, 0.95, 1.18]), Known::Few);
    assert_eq!(few([1.2, 1.001, 1.18]), Known::Few);
}

#[test]
fn an_interval_without_zero_is_never_said_to_hold_it() {
    let sweep = throughput(41, 0.03, |_, c, _| [1.0, 1.0, 1.028][c]);
    let all: Vec<&effects::Contrast> = sweep.effects.iter().flat_map(|effects| &effects.contrasts).collect();
    assert!(all.iter().all(|one| {
        let clear = one.estimate.interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        !(clear && one.known == Known::Unclear) && (one.known != Known::Likely || clear)
    }));
}

#[test]
fn large_effects_do_not_pass_for_noise() {
    for seed in 1..=5 {
        let sweep = throughput(seed, 0.01, |g, c, _| [1.0, 4.0, 9.0, 16.0][g] * [1.0, 2.0, 3.0][c]);
        let effects = &sweep.effects[0];
        let noise = effects.noise.as_ref().unwrap().value;
        // Two values of one in a hundred each.
        assert!((0.5..2.5).contains(&noise), "{noise}");
        let mut ledger = Ledger::new();
        effects.noise_fact("x", &sweep.pool, &mut ledger).unwrap();
        for fact in ledger.facts() {
            let Source::Derived { formula, .. } = &fact.source else { continue };
            let known = |id: FactId| ledger.get(id).map(|fact| fact.value);
            let again = evaluate(formula, &Inputs { fact: &known, cells: &[], cells_of: &|_| None }).unwrap();
            assert!(agree(again, fact.value), "{} {again}", fact.value);
        }
    }
}
