//! Measures the detector on made-up series whose changes are known, beside the published figures of others, and prints the tables of
//! `docs/detection.md`.
//!
//! ```sh
//! cargo run --release --example detection_table                                # the published draws
//! cargo run --release --example detection_table -- --base 7                    # others of the same sets
//! cargo run --release --example detection_table -- --into docs/detection.md    # written where they belong
//! ```

mod bars;
mod detector;
mod figures;
mod measure;
mod tables;

use std::fs;

use harness::series::SCORED;

/// What stands before and after the tables in the document.
const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- end of figures -->\n";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print!("{}", tables(SCORED)),
        ["--base", number] => print!("{}", tables(number.parse().expect("a whole number after --base"))),
        ["--into", file] => write_into(file),
        _ => panic!("usage: detection_table [--base N | --into FILE]"),
    }
}

fn tables(base: u64) -> String {
    tables::all(&measure::all(base))
}

/// Puts the tables in place of those that the document has.
fn write_into(file: &str) {
    let old = fs::read_to_string(file).expect("a document");
    let (before, rest) = old.split_once(BEGIN).expect("a place where the figures begin");
    let (_, after) = rest.split_once(END).expect("a place where they end");
    fs::write(file, format!("{before}{BEGIN}\n{}\n{END}{after}", tables(SCORED))).expect("a document to write to");
}
