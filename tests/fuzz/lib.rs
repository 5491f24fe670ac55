//! What the fuzz targets share: the invariants of the readers, and how a target chooses the name of its file.

pub use chimera_insight::artifact::{Input, Outcome, Parsed, Reading, Role, Settings, measurements, parse, read};
pub use chimera_insight::domain::artifact::RelPath;
pub use chimera_insight::domain::measurement::Locator;

#[path = "../../src/artifact/invariants.rs"]
pub mod invariants;

/// Settings with limits that a small input can reach.
pub fn settings() -> Settings {
    Settings { max_columns: 256, max_readings: 10_000, ..Settings::default() }
}

/// The last byte chooses the name, what stands before it is the content: so a real file is a seed as it stands.
pub fn named<'d>(data: &'d [u8], names: &[&str]) -> Option<(RelPath, &'d [u8])> {
    let (&last, content) = data.split_last()?;
    let name = names.get(usize::from(last) % names.len())?;
    Some((RelPath::new(format!("reports/{name}")), content))
}

/// Reads a file under one of these names, and in other encodings and with other line ends.
pub fn check_one(data: &[u8], names: &[&str]) {
    let Some((path, content)) = named(data, names) else { return };
    invariants::check(&path, content, &settings());
    invariants::check_disguises(&path, content, &settings());
    invariants::check_pieces(&path, content, &settings());
}
