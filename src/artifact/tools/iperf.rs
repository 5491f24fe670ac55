//! iperf3 and iperf2: the text. iperf3's JSON is read by `paths`.
//!
//! ```text
//! Connecting to host 10.0.0.2, port 5201
//! [ ID] Interval           Transfer     Bitrate         Retr
//! [  5]   0.00-10.00  sec  1.10 GBytes   944 Mbits/sec    3             sender
//! [  5]   0.00-10.04  sec  1.09 GBytes   941 Mbits/sec                  receiver
//! ```
//!
//! Only the lines of the sender's and the receiver's whole test count: all others are intervals. Streams are numbered in their order, the
//! identifiers in brackets are the program's own; `SUM` is of all streams. UDP adds jitter and lost datagrams.
//! Source: <https://software.es.net/iperf/invoking.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, param};
use crate::domain::series::Direction::{Higher, Lower, Neutral};

pub(super) struct Iperf;

const SERVER: Field = param("host", "server");
const STREAM: Field = param("stream", "stream");
const SIDE: Field = case("side");

impl Tool for Iperf {
    fn name(&self) -> &'static str {
        "iperf3"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains("[ ID] Interval ") && head.lines().any(|line| side(line).is_some())
    }

    fn begins(&self, line: &str) -> bool {
        line.starts_with("Connecting to host ") || line.starts_with("Accepted connection from ")
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        if let Some(host) = line.strip_prefix("Connecting to host ") {
            block.share(number, &SERVER, host.split(',').next().unwrap_or_default());
        } else if let Some((side, line)) = side(line) {
            result(block, number, side, line);
        }
    }
}

/// The side that a line of results is of, and the line without it.
fn side(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim();
    let inside = line.starts_with('[') && line.contains("bits/sec");
    let ends = |side: &'static str| line.strip_suffix(side).map(|rest| (side, rest));
    inside.then(|| ends("sender").or_else(|| ends("receiver")))?
}

fn result(block: &mut Block, number: u32, side: &'static str, line: &str) {
    let Some((id, rest)) = line.trim_start_matches('[').split_once(']') else { return };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let Some(at) = words.iter().position(|word| word.ends_with("bits/sec")) else { return };
    let (Some(rate), Some(unit)) = (at.checked_sub(1).and_then(|i| words.get(i)), words.get(at)) else { return };
    block.row();
    let stream = if id.trim() == "SUM" {
        "SUM".to_owned()
    } else {
        block.seen.insert(id.trim().to_owned());
        block.seen.len().to_string()
    };
    block.put(number, &STREAM, &stream);
    block.put(number, &SIDE, side);
    let unit = unit.replace("/sec", "/s");
    block.figure(number, "Bitrate", ("bitrate", "", &unit, Higher), rate);
    let transfer = at.checked_sub(3).and_then(|i| Some(format!("{} {}", words.get(i)?, words.get(i + 1)?)));
    if let Some((amount, unit)) = transfer.as_deref().and_then(|text| text.split_once(' ')) {
        block.figure(number, "Transfer", ("transfer", "", unit, Neutral), amount);
    }
    let behind = words.get(at + 1..).unwrap_or_default();
    match behind {
        [retries] => block.figure(number, "Retr", ("retransmits", "", "count", Lower), retries),
        [jitter, "ms", lost, ..] => {
            block.figure(number, "Jitter", ("jitter", "", "ms", Lower), jitter);
            let (lost, total) = lost.split_once('/').unwrap_or((lost, ""));
            block.figure(number, "Lost", ("lost_datagrams", "", "count", Lower), lost);
            if !total.is_empty() {
                block.figure(number, "Total Datagrams", ("datagrams", "", "count", Neutral), total);
            }
        }
        _ => {}
    }
}
