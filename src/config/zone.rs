//! The time zone that a configuration names: `[report] time_zone`.

use jiff::tz::TimeZone;

use crate::domain::zone::Zone;

/// Stands for the zone of this machine.
pub(super) const LOCAL: &str = "local";

/// The zone of this name; `None` where there is none. That of a machine that does not say its zone is UTC.
pub(super) fn look_up(name: &str) -> Option<Zone> {
    if name == LOCAL {
        return Some(Zone::new(TimeZone::try_system().unwrap_or(TimeZone::UTC)));
    }
    TimeZone::get(name).ok().map(Zone::new)
}

impl super::Report {
    /// What times are shown in. The name was checked with the rest of the configuration.
    pub fn zone(&self) -> Zone {
        look_up(&self.time_zone).unwrap_or_default()
    }
}
