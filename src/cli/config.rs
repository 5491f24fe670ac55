//! `config check|show|schema`: is a configuration good, what is in force and why, and the schema for editors.
//!
//! What `check` calls good no command refuses: it also reads the files with personas that the configuration names. Keys and passwords may
//! well be readable for the service alone, and those it leaves alone; of a file that is not there at all it warns.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use super::agents::settings::personas;
use super::output;
use crate::config::{self, Config, ConfigErrors, secrets};

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
            writeln!(
                out,
                "{}{drop_ins}: ok ({} key{plural} set{})",
                output::plain(&name),
                config.keys_set(),
                tables.concat()
            )?;
            for missing in secrets::missing(&config) {
                writeln!(err, "{}", output::plain(&format!("{name}: warning: {missing}")))?;
            }
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
    if json { format!("{:#}\n", config.to_json()) } else { output::lines(&config.to_toml()) }
}

fn refuse(errors: &ConfigErrors, err: &mut dyn Write) -> io::Result<u8> {
    writeln!(err, "{}", output::errors(errors))?;
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
    fn names_of_files_cannot_steer_the_terminal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("no\u{1b}[31mpe\n.toml");
        let check = |path: &Path| run(|out, err| check(Some(path), std::iter::empty(), out, err));
        let (code, _, err) = check(&path);
        assert!(code == EXIT_CONFIG && err.contains("no\\u{1b}[31mpe\\n.toml"), "{err:?}");
        std::fs::write(&path, "[watch]\n\"se\u{202e}tle\\u001b\" = 1\n").unwrap();
        let (code, _, err) = check(&path);
        assert!(code == EXIT_CONFIG && err.lines().count() == 1, "{err:?}");
        assert!(!err.contains(['\u{1b}', '\u{202e}']), "{err:?}");
        std::fs::write(&path, "").unwrap();
        let (code, out, _) = check(&path);
        assert!(code == 0 && out.contains("no\\u{1b}[31mpe\\n.toml: ok"), "{out:?}");
        let (_, out, _) = run(|out, err| show(Some(&path), std::iter::empty(), false, out, err));
        assert!(!out.contains('\u{1b}'), "{out:?}");
    }

    #[test]
    fn a_secret_whose_file_is_not_there_is_warned_of() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        let text = "[mail.smtp]\nuser = 'u'\npassword_file = 'pw'\n[[webhook]]\nname = 'chat'\nurl_file = 'url'\nsecret_file = 'sec'\n";
        std::fs::write(&path, text).unwrap();
        std::fs::write(dir.path().join("sec"), "s3cret").unwrap();
        let (code, out, err) = run(|out, err| check(Some(&path), std::iter::empty(), out, err));
        assert!(code == 0 && out.contains(": ok"), "{out} {err}");
        let of = |what: &str, file: &str| {
            let name = dir.path().join(file);
            format!("{}: warning: {what} file {} is not there", path.display(), name.display())
        };
        let expected = [of("the mail server's password", "pw"), of("the webhook chat's address", "url")];
        assert_eq!(err.lines().collect::<Vec<_>>(), expected);
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
