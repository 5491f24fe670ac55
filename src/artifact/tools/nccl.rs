//! nccl-tests and rccl-tests: the table of a collective operation.
//!
//! ```text
//! # nThread 1 nGpus 1 minBytes 536870912 maxBytes 8589934592 step: 2(factor) …
//! #                                                              out-of-place                       in-place
//! #       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
//! #        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
//!    536870912     134217728     float     sum      -1   5202.3  103.20  193.50      0   5377.7   99.83  187.19      0
//! # Avg bus bandwidth    : 194.675
//! ```
//!
//! A row holds two results, with and without a buffer of its own; `N/A` errors were not checked.
//! Source: <https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md>.

use super::blocks::{Block, Tool, after};
use crate::artifact::field::{Field, higher, lower, param};

pub(super) struct Nccl;

const SUBJECT: &[Field] =
    &[param("size", "size"), param("type", "type"), param("redop", "redop"), param("root", "root")];
const PLACEMENT: Field = param("placement", "placement");
const FIGURES: &[Field] = &[
    lower("time", "time", "us"),
    higher("algbw", "algbw", "GB/s"),
    higher("busbw", "busbw", "GB/s"),
    lower("#wrong", "wrong", "count"),
    lower("error", "error", "count"),
];
/// The same names a second time: where a number stands says which of the two it is.
const AGAIN: &[Field] = &[
    lower("time (2)", "time", "us"),
    higher("algbw (2)", "algbw", "GB/s"),
    higher("busbw (2)", "busbw", "GB/s"),
    lower("#wrong (2)", "wrong", "count"),
    lower("error (2)", "error", "count"),
];
const AVERAGE: Field = higher("Avg bus bandwidth", "average_busbw", "GB/s");

impl Tool for Nccl {
    fn name(&self) -> &'static str {
        "nccl-tests"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("# nThread ") && head.contains("out-of-place") && head.contains("busbw")
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("# nThread ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        if let Some(comment) = line.strip_prefix('#') {
            if comment.contains("busbw") && comment.contains("size") {
                comment.clone_into(&mut block.name);
            } else if let Some(average) = after(comment, AVERAGE.key) {
                block.row();
                block.put(number, &AVERAGE, average);
            }
            return;
        }
        let names = block.name.clone();
        let cells: Vec<(&str, &str)> = names.split_whitespace().zip(line.split_whitespace()).collect();
        // A row has as many cells as the header has names; anything else is a message of the programs below.
        if cells.len() < 8 || cells.first().is_none_or(|(_, size)| size.parse::<u64>().is_err()) {
            return;
        }
        let Some(start) = cells.iter().position(|(name, _)| *name == "time") else { return };
        let (subject, results) = cells.split_at(start);
        let width = results.iter().skip(1).position(|(name, _)| *name == "time").map_or(results.len(), |at| at + 1);
        let placements = [("out-of-place", FIGURES), ("in-place", AGAIN)];
        for ((placement, fields), figures) in placements.into_iter().zip(results.chunks(width)) {
            block.row();
            block.put(number, &PLACEMENT, placement);
            for (name, text) in subject {
                if let Some(field) = SUBJECT.iter().find(|field| field.key == *name) {
                    block.put(number, field, text);
                }
            }
            for (name, text) in figures {
                if let Some(field) = fields.iter().find(|field| field.key.split(' ').next() == Some(*name)) {
                    block.put(number, field, text);
                }
            }
        }
    }
}
