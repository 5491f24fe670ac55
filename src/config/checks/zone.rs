//! Names of time zones, as the tz database has them (<https://www.iana.org/time-zones>).

use jiff::tz;

use super::Checked;
use crate::config::error::{Complaint, nearest};
use crate::config::zone::{LOCAL, look_up};

/// "UTC", "local", or a name of the tz database.
pub(in crate::config) fn time_zone(text: &str) -> Checked {
    if look_up(text).is_some() {
        return Ok(());
    }
    let complaint = Complaint::new(format!(
        "must be \"UTC\", \"{LOCAL}\" or the name of a time zone such as \"Europe/Berlin\", not \"{text}\""
    ));
    let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    Err(complaint.did_you_mean(meant(text, &names)))
}

/// The zone that `text` is most likely to stand for: one that is spelt nearly so, or one of a place of this name.
fn meant(text: &str, names: &[String]) -> Option<String> {
    let place = text.trim().replace(' ', "_");
    let is_there = |name: &&String| {
        let last = name.rsplit('/').next().unwrap_or(name);
        name.contains('/') && last.eq_ignore_ascii_case(&place)
    };
    let named = names.iter().filter(is_there).min();
    named.cloned().or_else(|| {
        let known = names.iter().map(String::as_str).chain([LOCAL]);
        nearest(&place, known).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_names() {
        for name in ["UTC", "local", "Europe/Berlin", "america/new_york", "Asia/Kolkata"] {
            assert_eq!(time_zone(name), Ok(()), "{name}");
        }
        for (name, meant) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("berlin", "Europe/Berlin"),
            ("New York", "America/New_York"),
            ("locl", "local"),
        ] {
            let complaint = time_zone(name).unwrap_err();
            assert_eq!(complaint.suggestion, Some(format!("did you mean `{meant}`?")), "{name}");
        }
        for name in ["", "+02:00", "Middle-earth/Shire", "../etc/passwd", "CEST-ish\0"] {
            assert!(time_zone(name).is_err(), "{name}");
        }
    }
}
