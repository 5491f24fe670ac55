//! Measures the detector on made-up series whose changes are known, beside the published figures of others, and prints the tables of
//! `docs/detection.md`.
//!
//! ```sh
//! cargo run --release --example detection_table              # the published draws
//! cargo run --release --example detection_table -- --base 7  # others of the same sets
//! ```

mod bars;
mod detector;
mod figures;
mod measure;
mod tables;

use harness::series::SCORED;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let base = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => SCORED,
        ["--base", number] => number.parse().expect("a whole number after --base"),
        _ => panic!("usage: detection_table [--base N]"),
    };
    let figures = measure::all(base);
    print!("{}", tables::all(&figures));
}
