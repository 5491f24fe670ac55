//! `config check|show|schema`: is a configuration good, what is in force and why, and the schema for editors.
//!
//! What `check` calls good no command refuses: it also reads the files with personas that the configuration names. Keys and passwords may
//! well be readable for the service alone, and those it leaves alone.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use super::agents::settings::personas;
use crate::config::{self, Config, ConfigErrors};

/// Exit code of a bad configuration (EX_CONFIG of sysexits.h), which the unit file tells systemd not to restart after.
pub const EXIT_CONFIG: u8 = 78;

/// Checks `file` (none: embedded defaults), its drop-ins and the variables of `env`: one line to `out` if all is well, the
/// errors to `err` otherwise. Returns the exit code.
///
/// # Errors
/// When the output cannot be written.
pub fn check(
    file: Option<&Path>,
    env: impl Iterator<Item = (OsString, OsString)>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match config::load(file, env).and_then(|config| personas(&config).map(|()| config)) {
        Ok(config) => {
            let name = file.map_or_else(|| "embedded defaults".to_owned(), |file| file.display().to_string());
            let drop_ins = match config.sources.len().saturating_sub(1) {
                0 => String::new(),
                n => format!(" with {n} in conf.d"),
            };
            let plural = if config.keys_set() == 1 { "" } else { "s" };
            let plural_of = |kind: &str, n| if n == 1 || kind.ends_with('s') { "" } else { "s" };
            let tables = config.tables().into_iter().map(|(kind, n)| format!(", {n} {kind}{}", plural_of(kind, n)));
            let tables: Vec<String> = tables.collect();
            writeln!(out, "{name}{drop_ins}: ok ({} key{plural} set{})", config.keys_set(), tables.concat())?;
            Ok(0)
        }
        Err(errors) => refuse(&errors, err),
    }
}

/// Prints the effective configuration with where each value came from, as TOML or as one JSON object. Returns the exit code.
///
/// # Errors
/// When the output cannot be written.
pub fn show(
    file: Option<&Path>,
    env: impl Iterator<Item = (OsString, OsString)>,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match config::load(file, env) {
        Ok(config) => {
            out.write_all(render(&config, json).as_bytes())?;
            Ok(0)
        }
        Err(errors) => refuse(&errors, err),
    }
}

/// Prints the JSON Schema (draft 2020-12) of the file. Returns the exit code.
///
/// # Errors
/// When the output cannot be written.
pub fn schema(out: &mut dyn Write) -> io::Result<u8> {
    writeln!(out, "{:#}", config::schema())?;
    Ok(0)
}

fn render(config: &Config, json: bool) -> String {
    if json { format!("{:#}\n", config.to_json()) } else { config.to_toml() }
}

fn refuse(errors: &ConfigErrors, err: &mut dyn Write) -> io::Result<u8> {
    writeln!(err, "{errors}")?;
    Ok(EXIT_CONFIG)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a command and gives its exit code, output and errors.
    fn run(command: impl FnOnce(&mut dyn Write, &mut dyn Write) -> io::Result<u8>) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = command(&mut out, &mut err).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn a_good_file_is_counted_and_a_bad_one_exits_78() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        std::fs::write(&path, "[watch]\nsettle = '2s'\n").unwrap();
        let name = path.display();
        let (code, out, err) = run(|out, err| check(Some(&path), std::iter::empty(), out, err));
        assert_eq!((code, out, err), (0, format!("{name}: ok (1 key set)\n"), String::new()));

        std::fs::write(&path, "[watch]\nsetle = '2s'\npoll = 3\n").unwrap();
        for json in [None, Some(false), Some(true)] {
            let (code, out, err) = run(|out, err| match json {
                None => check(Some(&path), std::iter::empty(), out, err),
                Some(json) => show(Some(&path), std::iter::empty(), json, out, err),
            });
            assert_eq!((code, out.as_str()), (EXIT_CONFIG, ""));
            let expected = format!(
                "{name}:2:1: unknown key `watch.setle`; did you mean `settle`?\n\
                 {name}:3:8: `watch.poll` must be true or false, not the integer 3\n"
            );
            assert_eq!(err, expected);
        }
    }

    #[test]
    fn a_persona_that_no_command_could_read_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        let (name, persona) = (path.display(), dir.path().join("nope"));
        std::fs::write(&path, format!("[agents.insight]\npersona_file = '{}'\n", persona.display())).unwrap();
        let (code, out, err) = run(|out, err| check(Some(&path), std::iter::empty(), out, err));
        assert_eq!((code, out.as_str()), (EXIT_CONFIG, ""), "{err}");
        assert!(err.starts_with(&format!("{name}:2:16: `agents.insight.persona_file`")), "{err}");
        assert!(err.contains("cannot be read") && err.contains("leave the key out for the built-in persona"), "{err}");
        std::fs::write(&persona, "You are a parrot.").unwrap();
        let (code, ..) = run(|out, err| check(Some(&path), std::iter::empty(), out, err));
        assert_eq!(code, 0);
    }

    #[test]
    fn show_says_where_values_come_from() {
        let env = || [("CHIMERA_INSIGHT_WATCH_SETTLE".into(), "200ms".into())].into_iter();
        let (code, out, _) = run(|out, err| show(None, env(), false, out, err));
        assert_eq!(code, 0);
        assert!(out.starts_with("# The effective configuration: embedded defaults.\n\n[watch]\n"), "{out}");
        assert!(out.contains("\nsettle = \"200ms\"  # CHIMERA_INSIGHT_WATCH_SETTLE\nquiet = \"2s\"\n"), "{out}");
        let (_, out, _) = run(|out, err| show(None, env(), true, out, err));
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["set"]["watch.settle"], "CHIMERA_INSIGHT_WATCH_SETTLE");
        assert_eq!(json["config"]["watch"]["settle"], "200ms");
    }

    #[test]
    fn the_schema_is_json() {
        let (code, out, _) = run(|out, _| schema(out));
        assert_eq!(code, 0);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}
