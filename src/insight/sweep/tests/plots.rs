//! What is drawn is what the table tells.

use super::super::plots::figures;
use super::*;
use crate::insight::document::{Block, Cell};
use crate::insight::figure::{Certainty, Figure};

#[test]
fn each_effect_of_the_table_is_drawn_beside_it() {
    let sweeps = [throughput(9, 0.01, |g, _, _| [1.0, 1.0, 1.0, 1.1][g])];
    let mut ledger = Ledger::new();
    let section = section(&sweeps, 0, &mut ledger).unwrap();
    let at = section.blocks.iter().position(|block| matches!(block, Block::Figure(_))).unwrap();
    let Block::Table(table) = &section.blocks[at - 1] else { panic!("no table before {:?}", section.blocks[at]) };
    let drawn: Vec<(&str, &str, &str)> = section
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Figure(figure) => Some(figure.as_ref()),
            _ => None,
        })
        .flat_map(|figure| match figure {
            Figure::Effects(effects) => effects
                .bars
                .iter()
                .map(|bar| (effects.setting.as_str(), effects.reference.as_str(), bar.to.as_str()))
                .collect(),
            Figure::History(_) => Vec::new(),
        })
        .collect();
    let name = |cell: &Cell| if let Cell::Name(name) = cell { name.clone() } else { panic!("{cell:?}") };
    let rows: Vec<(String, String, String)> =
        table.rows.iter().map(|row| (name(&row[1]), name(&row[2]), name(&row[3]))).collect();
    let rows: Vec<(&str, &str, &str)> = rows.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert!(rows.len() > 5 && drawn == rows, "{drawn:?} {rows:?}");
    let gpu = figures(&sweeps[0]).into_iter().find_map(|figure| match figure {
        Figure::Effects(effects) if effects.setting == "num_gpu" => Some(effects),
        _ => None,
    });
    let gpu = gpu.unwrap();
    let moved: Vec<bool> = gpu.bars.iter().map(|bar| bar.certainty == Certainty::MoreThanChance).collect();
    assert_eq!((moved, gpu.unit.as_str(), gpu.direction), (vec![false, false, true], "percent", Direction::Higher));
    let most = &gpu.bars[2];
    assert!(
        (most.difference - 10.0).abs() < 1.0
            && most.interval.is_some_and(|(low, high)| low < most.difference && most.difference < high)
    );
}

#[test]
fn pairs_that_all_agree_are_not_drawn_as_chance() {
    let rows = CTX.iter().enumerate().flat_map(|(c, ctx)| {
        let settings = |threads| [("num_ctx", *ctx), ("threads", threads)];
        let row = |threads, level| row("reports/tune", &settings(threads), TOKENS, c as u32, level);
        [row("4", 40.0), row("16", 40.0 * [7.0, 7.2, 6.9][c])]
    });
    let known: Vec<Certainty> = figures(&analysed(rows.collect()))
        .into_iter()
        .filter_map(|figure| match figure {
            Figure::Effects(effects) if effects.setting == "threads" => Some(effects.bars[0].certainty),
            _ => None,
        })
        .collect();
    assert_eq!(known, [Certainty::PairsAgree]);
}
