//! dd: the line that it prints at the end.
//!
//! ```text
//! 104857600 bytes (105 MB, 100 MiB) copied, 0.501251 s, 209 MB/s
//! ```
//!
//! One line an execution; macOS writes `104857600 bytes transferred in 0.5 secs (209191 bytes/sec)`. How much was copied is a parameter: a
//! rate holds for its size. Source: <https://www.gnu.org/software/coreutils/manual/html_node/dd-invocation.html>.

use super::blocks::{Block, Tool};
use crate::artifact::field::{Field, higher, lower, param};

pub(super) struct Dd;

const BYTES: Field = param("bytes", "bytes");
const TIME: Field = lower("copied in", "total_time", "s");
const RATE: Field = higher("rate", "rate", "");

impl Tool for Dd {
    fn name(&self) -> &'static str {
        "dd"
    }

    fn recognises(&self, head: &str) -> bool {
        head.contains(" records out") && head.lines().any(|line| self.begins(line.trim()))
    }

    fn begins(&self, line: &str) -> bool {
        copied(line).is_some()
    }

    fn line(&self, block: &mut Block, number: u32, line: &str) {
        if let Some((bytes, time, rate)) = copied(line.trim()) {
            block.put(number, &BYTES, bytes);
            block.put(number, &TIME, time);
            block.put(number, &RATE, rate);
        }
    }
}

/// Bytes, time and rate.
fn copied(line: &str) -> Option<(&str, &str, &str)> {
    let (bytes, rest) = line.split_once(" bytes ")?;
    if bytes.is_empty() || !bytes.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some((_, figures)) = rest.split_once("copied, ") {
        let (time, rate) = figures.split_once(", ")?;
        return Some((bytes, time, rate));
    }
    let (time, rate) = rest.strip_prefix("transferred in ")?.split_once(" (")?;
    Some((bytes, time, rate.trim_end_matches(')')))
}
