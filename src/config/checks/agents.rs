//! Checks of what is said about models and their servers. Keys in the wrong place are refused without being repeated.

use super::{Checked, credential, header, path, variable};
use crate::config::error::Complaint;

/// Characters of a label: it is a name in tables and of series.
const LABEL: usize = 80;

/// Characters of a persona: it goes into every prompt.
const PERSONA: usize = 8_000;

/// Beginnings of the keys that well-known services hand out.
const KEYS: &[&str] = &["sk-", "sk_", "pk-", "hf_", "gsk_", "xai-", "AIza", "nvapi-", "Bearer "];

/// The address of a server, or nothing. It is not repeated when a key can be in it.
pub(in crate::config) fn optional_url(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    if text.contains(['@', '?', '#']) {
        return Err(Complaint::new("must be an address without user, password, `?` and `#`")
            .hint("a key for the server goes into `key_file`, `key_env` or `key_credential`"));
    }
    let wrong = || Complaint::new(format!("must be an address such as \"http://127.0.0.1:11434\", not \"{text}\""));
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && text.contains("://") => Ok(()),
        _ if !text.contains("://") && reqwest::Url::parse(&format!("http://{text}")).is_ok() => {
            Err(wrong().did_you_mean(Some(format!("http://{text}"))))
        }
        Ok(_) => Err(wrong().hint("http and https are known")),
        Err(_) => Err(wrong()),
    }
}

/// The name of a model.
pub(in crate::config) fn model(text: &str) -> Checked {
    if text.trim().is_empty() {
        return Err(Complaint::new("must not be empty").hint("to ask no model, set backend = \"none\""));
    }
    header(text)
}

/// What an agent is called, or nothing.
pub(in crate::config) fn label(text: &str) -> Checked {
    at_most(LABEL, text)?;
    header(text)
}

/// What an agent is told about itself, or nothing.
pub(in crate::config) fn persona(text: &str) -> Checked {
    at_most(PERSONA, text)?;
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some(_) => Err(Complaint::new("must be text without control characters")),
        None => Ok(()),
    }
}

fn at_most(most: usize, text: &str) -> Checked {
    match text.chars().count() {
        n if n > most => Err(Complaint::new(format!("must have at most {most} characters, not {n}"))),
        _ => Ok(()),
    }
}

/// How long Ollama keeps a model, or nothing: a duration as Go writes it, or seconds; below zero is for ever (`time.ParseDuration`, and
/// `Duration` in Ollama's api/types.go).
pub(in crate::config) fn keep_alive(text: &str) -> Checked {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if text.is_empty() || unsigned.parse::<u32>().is_ok() || is_go_duration(unsigned) {
        return Ok(());
    }
    let message =
        format!("must be a duration such as \"10m\" or \"1h30m\", or seconds, \"-1\" for ever, not \"{text}\"");
    Err(Complaint::new(message))
}

/// One or more decimal numbers with a unit each.
fn is_go_duration(text: &str) -> bool {
    const UNITS: [&str; 7] = ["ns", "us", "µs", "ms", "s", "m", "h"];
    let mut rest = text;
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = rest.strip_suffix(unit).unwrap_or_default();
        let end = unit.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit.len());
        let (unit, tail) = unit.split_at(end);
        if number.parse::<f64>().is_err() || !UNITS.contains(&unit) {
            return false;
        }
        rest = tail;
    }
    !text.is_empty()
}

/// The name of an environment variable that holds a key, or nothing.
pub(in crate::config) fn key_variable(text: &str) -> Checked {
    no_secret(text)?;
    variable(text)
}

/// The name of a systemd credential that holds a key, or nothing.
pub(in crate::config) fn key_credential(text: &str) -> Checked {
    no_secret(text)?;
    credential(text)
}

/// A name or a path, and not the key itself. It is not repeated.
pub(in crate::config) fn no_secret(text: &str) -> Checked {
    let has = |is: fn(&char) -> bool| text.chars().any(|c| is(&c));
    let random = text.len() >= 24
        && !text.contains(['/', '.'])
        && has(char::is_ascii_digit)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase);
    if random || KEYS.iter().any(|begin| text.starts_with(begin)) {
        return Err(Complaint::new("must say where the key is, and looks like the key itself")
            .hint("write the key into a file that only the service can read, and name that"));
    }
    path(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_takes_what_is_usual_and_refuses_what_is_not() {
        type Row = (fn(&str) -> Checked, &'static [&'static str], &'static [&'static str]);
        let table: &[Row] = &[
            (
                optional_url,
                &["", "http://127.0.0.1:11434", "https://api.example.org/v1", "http://[::1]:8000/", "http://vllm:8000"],
                &["localhost:11434", "ftp://x", "http://", "http:x", "127.0.0.1", "http://a b", "x"],
            ),
            (model, &["gemma3:latest", "Qwen/Qwen2.5-7B-Instruct", "a b"], &["", " ", "a\nb"]),
            (label, &["", "DataCollector-9000", "Agent A"], &["a\nb"]),
            (persona, &["", "You are\na parrot."], &["a\u{1b}[31m"]),
            (
                keep_alive,
                &["", "10m", "1h30m", "-1", "0", "300", "-1m", "1.5h", "500ms"],
                &["5 minutes", "forever", "m", "1d", "--1", "1.2.3s"],
            ),
            (key_variable, &["", "OPENAI_API_KEY", "HF_TOKEN"], &["sk-abc", "hf_abcDEF", "a b"]),
            (key_credential, &["", "llm-key"], &["sk-abc", "../x", "Zm9vYmFyMTIzNDU2Nzg5MGFi"]),
            (no_secret, &["", "llm-key", "/etc/x/K1aaaaaaaaaaaaaaaaaaaaaaaaa"], &["sk-proj-x", "~/key"]),
        ];
        for (check, good, bad) in table {
            for text in *good {
                assert_eq!(check(text), Ok(()), "{text}");
            }
            for text in *bad {
                assert!(check(text).is_err(), "{text}");
            }
        }
        assert!(label(&"x".repeat(81)).is_err() && persona(&"x".repeat(8_001)).is_err());
    }

    #[test]
    fn a_key_in_the_wrong_place_is_not_repeated() {
        for (check, text) in [
            (optional_url as fn(&str) -> Checked, "https://me:hunter2@example.org"),
            (optional_url, "https://example.org/v1?key=hunter2"),
            (key_variable, "sk-hunter2"),
            (key_credential, "sk-hunter2"),
            (no_secret, "hf_hunter2"),
        ] {
            assert!(!format!("{:?}", check(text).unwrap_err()).contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn an_address_without_a_scheme_is_completed() {
        let complaint = optional_url("localhost:11434").unwrap_err();
        assert_eq!(complaint.suggestion.as_deref(), Some("did you mean `http://localhost:11434`?"));
    }
}
