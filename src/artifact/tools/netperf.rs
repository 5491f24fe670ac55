//! netperf: its tables of streams and of requests.
//!
//! ```text
//! MIGRATED TCP STREAM TEST from 0.0.0.0 (0.0.0.0) port 0 AF_INET to 192.168.10.20 () port 0 AF_INET
//! Recv   Send    Send
//! Socket Socket  Message  Elapsed
//! Size   Size    Size     Time     Throughput
//! bytes  bytes   bytes    secs.    10^6bits/sec
//!
//! 131072  16384  16384    10.03     915.55
//! ```
//!
//! A header of several lines ends in the line of units; the test's name stands above it. The result is the last figure of the row, what
//! stands before it are settings. A test of requests has `per sec` for its unit. UDP prints a second row for the receiving side.
//! Source: <https://hewlettpackard.github.io/netperf/doc/netperf.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, case, param};
use crate::domain::series::Direction;

pub(super) struct Netperf;

const TEST: Field = case("test");
const ROW: Field = param("side", "side");
const STREAM_SIZES: &[Field] = &[
    param("Recv Socket Size", "recv_socket_size"),
    param("Send Socket Size", "send_socket_size"),
    param("Send Message Size", "message_size"),
];
const DATAGRAM_SIZES: &[Field] = &[param("Socket Size", "send_socket_size"), param("Message Size", "message_size")];
const REQUEST_SIZES: &[Field] = &[
    param("Socket Size Send", "send_socket_size"),
    param("Socket Size Recv", "recv_socket_size"),
    param("Request Size", "request_size"),
    param("Resp. Size", "response_size"),
];

const THROUGHPUT: &str = "throughput";
const TRANSACTIONS: &str = "transactions";

impl Tool for Netperf {
    fn name(&self) -> &'static str {
        "netperf"
    }

    fn recognises(&self, head: &str) -> bool {
        let tables = ["10^6bits/sec", "per sec"].iter().any(|unit| head.contains(unit));
        tables && head.lines().any(|line| self.begins(line.trim()))
    }

    fn begins(&self, line: &str) -> bool {
        test(line).is_some()
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(test) = test(line) {
            block.share(number, &TEST, test);
        } else if line.starts_with("bytes ") && line.contains("10^6bits/sec") {
            block.section = THROUGHPUT;
        } else if line.starts_with("bytes ") && line.ends_with("per sec") {
            block.section = TRANSACTIONS;
        } else if !block.section.is_empty() && words.iter().all(|word| word.parse::<f64>().is_ok()) {
            row(block, number, &words);
        }
    }
}

/// `TCP STREAM` of `MIGRATED TCP STREAM TEST from …`.
fn test(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(" TEST")?;
    let name = name.trim_start_matches("MIGRATED ");
    let known = ["TCP ", "UDP ", "SCTP ", "DCCP "].iter().any(|protocol| name.starts_with(protocol));
    (known && rest.contains(" from ") && name.len() <= 40).then_some(name)
}

fn row(block: &mut Block, number: u32, words: &[&str]) {
    let [settings @ .., result] = words else { return };
    // The second row of a UDP test is what arrived.
    let first = block.seen.insert("row".to_owned());
    // A row of requests is followed by the sizes of the remote side, which end nothing.
    if (block.section == TRANSACTIONS && !first) || settings.is_empty() {
        return;
    }
    block.row();
    let sizes: &[Field] = match (block.section, settings.len()) {
        (THROUGHPUT, 4) => STREAM_SIZES,
        (THROUGHPUT, 5) => DATAGRAM_SIZES,
        (TRANSACTIONS, 5) => REQUEST_SIZES,
        _ => &[],
    };
    for (field, text) in sizes.iter().zip(settings) {
        block.put(number, field, text);
    }
    if !first {
        block.put(number, &ROW, "receiver");
    }
    let (key, base, unit) = match block.section {
        TRANSACTIONS => ("Trans. Rate", "transactions_per_second", "ops/s"),
        _ => ("Throughput", "throughput", "Mbit/s"),
    };
    block.figure(number, key, (base, "", unit, Direction::Higher), result);
}
