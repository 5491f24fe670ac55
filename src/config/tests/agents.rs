//! `[agents]` and what is below it: what is taken, what is refused and where, and which agent gets what.

use super::*;
use crate::agent::Options;
use crate::domain::call::Role;
use secrets::SecretSource;

const ALL: &str = "
[agents]
backend = 'openai'
url = 'https://llm.example/v1'
model = 'qwen2.5:7b'
key_env = 'CHIMERA_INSIGHT_LLM_KEY'
num_gpu = -1
num_ctx = 8192
temperature = 0.2
top_p = 0.9
top_k = 40
repeat_penalty = 1.1
num_predict = 512
keep_alive = '10m'
seed = 7
concurrency = 3
deadline = '4m'
mail_deadline = '30s'

[agents.collector]
label = 'Chimera Agent A'
persona_file = 'a.txt'
temperature = 0
top_k = -1

[agents.insight]
persona = '''
You are brief.
'''
backend = 'ollama'
url = 'http://127.0.0.1:11434'
model = 'llama3.1:8b'
keep_alive = '-1'

[agents.limits]
connect = '1s'
first_byte = '5s'
idle = '2s'
bytes = '1MiB'
failures = 5
rest = '1m'
";

#[test]
fn an_agent_says_for_itself_what_it_does_not_share() {
    let config = load_text(ALL).unwrap();
    let collector = config.asked(Role::Collector);
    assert_eq!((collector.label.as_str(), collector.backend), ("Chimera Agent A", Backend::OpenAi));
    assert_eq!((collector.url.as_deref(), collector.model.as_str()), (Some("https://llm.example/v1"), "qwen2.5:7b"));
    assert_eq!(collector.key, Some(SecretSource::Variable("CHIMERA_INSIGHT_LLM_KEY".into())));
    assert!(collector.persona_file.unwrap().ends_with("a.txt"));
    let shared = Options {
        num_gpu: Some(-1),
        num_ctx: Some(8192),
        temperature: Some(0.2),
        top_p: Some(0.9),
        top_k: Some(40),
        repeat_penalty: Some(1.1),
        num_predict: Some(512),
        keep_alive: Some("10m".into()),
        seed: Some(7),
    };
    assert_eq!(collector.options, Options { temperature: Some(0.0), top_k: Some(-1), ..shared.clone() });
    let insight = config.asked(Role::Insight);
    assert_eq!((insight.label.as_str(), insight.backend), ("InsightAgent", Backend::Ollama));
    assert_eq!(insight.persona.as_deref(), Some("You are brief.\n"));
    assert_eq!(insight.options, Options { keep_alive: Some("-1".into()), ..shared });
    assert_eq!(insight.key, None, "the shared key is for the shared server");
    assert_eq!((config.agents.concurrency, config.agents.mail_deadline), (3, Duration::from_secs(30)));
    assert_eq!((config.limits.bytes, config.limits.failures), (1 << 20, 5));
}

#[test]
fn what_nobody_sets_is_left_to_the_server() {
    let config = load(None, env(&[])).unwrap();
    for (role, label) in [(Role::Collector, "DataCollector-9000"), (Role::Insight, "InsightAgent")] {
        let asked = config.asked(role);
        assert_eq!((asked.label.as_str(), asked.backend), (label, Backend::Auto));
        assert_eq!((asked.url, asked.model.as_str(), asked.key), (None, "gemma3:latest", None));
        assert_eq!(asked.options, Options::default());
    }
    let shown = config.to_toml();
    assert!(shown.contains("\n[agents.insight]\nlabel = \"\"\n") && !shown.contains("num_ctx"), "{shown}");
}

#[test]
fn what_is_shown_loads_to_the_same_agents() {
    let first = load_all(&[("config.toml", ALL)], &[("CHIMERA_INSIGHT_LLM_KEY", "hunter2")]).unwrap();
    let (shown, json) = (first.to_toml(), first.to_json());
    assert!(!format!("{shown}{json}").contains("hunter2"));
    let second = load_text(&shown).unwrap();
    for role in [Role::Collector, Role::Insight] {
        assert_eq!(first.asked(role), second.asked(role));
    }
    assert_eq!((&first.agents, &first.limits), (&second.agents, &second.limits));
    assert_eq!(json["config"]["agents"]["insight"]["model"], "llama3.1:8b");
    assert_eq!(json["config"]["agents"]["num_gpu"], -1);
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    let table: &[(&str, &str)] = &[
        (
            "[agents]\nbackend = 'olama'",
            "2:11: `agents.backend` must be \"auto\", \"ollama\", \"openai\" or \"none\", not \"olama\"; did you mean `ollama`?",
        ),
        ("[agents]\nbakend = 'none'", "2:1: unknown key `agents.bakend`; did you mean `backend`?"),
        ("[agents.colector]\nmodel = 'x'", "1:9: unknown section `agents.colector`; did you mean `collector`?"),
        (
            "[agents.insight]\ndeadline = '1m'",
            "2:1: unknown key `agents.insight.deadline`; `deadline` belongs to [agents]",
        ),
        (
            "[agents]\nfirst_byte = '1m'",
            "2:1: unknown key `agents.first_byte`; `first_byte` belongs to [agents.limits]",
        ),
        ("[agents]\nmodel = ''", "2:9: `agents.model` must not be empty; to ask no model, set backend = \"none\""),
        (
            "[agents]\nurl = 'localhost:11434'",
            "2:7: `agents.url` must be an address such as \"http://127.0.0.1:11434\", not \"localhost:11434\"; \
             did you mean `http://localhost:11434`?",
        ),
        ("[agents]\ntemperature = 3", "2:15: `agents.temperature` must lie between 0 and 2, not be 3"),
        ("[agents]\nnum_ctx = 128", "2:11: `agents.num_ctx` must lie between 256 and 16777216, not be 128"),
        ("[agents]\nnum_gpu = -2", "2:11: `agents.num_gpu` must lie between -1 and 10000, not be -2"),
        (
            "[agents]\nnum_gpu = '99'",
            "2:11: `agents.num_gpu` must be an integer, not a string; write it without quotes",
        ),
        ("[agents]\nseed = 4294967296", "2:8: `agents.seed` must lie between -1 and 4294967295, not be 4294967296"),
        (
            "[agents]\nkeep_alive = 'for ever'",
            "2:14: `agents.keep_alive` must be a duration such as \"10m\" or \"1h30m\", or seconds, \"-1\" for ever, not \"for ever\"",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("config.toml:{expected}"), "{text}");
    }
}

#[test]
fn contradictions_are_told_once_and_blame_what_was_written() {
    let table: &[(&str, &str)] = &[
        (
            "[agents]\nbackend = 'openai'\nmodel = 'm'",
            "2:11: `agents.backend` is \"openai\", which needs a `url`; for instance url = \"http://127.0.0.1:8000/v1\"",
        ),
        (
            "[agents.insight]\nbackend = 'openai'\nurl = 'http://127.0.0.1:1'",
            "2:11: `agents.insight.backend` is \"openai\", which needs a `model`; GET /v1/models of the server lists those it has",
        ),
        (
            "[agents.collector]\npersona = 'a'\npersona_file = 'b'",
            "3:16: `agents.collector.persona_file` must be the only persona, but `persona` and `persona_file` are set; \
             set one of them to \"\"",
        ),
        (
            "[agents]\nkey_env = 'A'\nkey_file = 'b'",
            "2:11: `agents.key_env` must be the only source of the key, but these are set: key_env, key_file; \
             set the others to \"\"",
        ),
        (
            "[agents]\nurl = 'http://gpu.example:8000'\nkey_env = 'A'",
            "2:7: `agents.url` sends the key to \"gpu.example\" in plain text, where others can read it; \
             use https, or a server on this machine",
        ),
        (
            "[agents]\nnum_ctx = 1024\nnum_predict = 800",
            "3:15: `agents.num_predict` leaves no room for a prompt: answers of 800 tokens (`num_predict`) in a context of 1024 (`num_ctx`); \
             make `num_ctx` larger or `num_predict` smaller",
        ),
        (
            "[agents]\ndeadline = '1m'\nmail_deadline = '61s'",
            "3:17: `agents.mail_deadline` does not fit: a landing with mail would wait for its agents longer than any may (`deadline`); \
             make `mail_deadline` at most as long as `deadline`",
        ),
        (
            "[agents.collector]\nlabel = 'InsightAgent'",
            "2:9: `agents.collector.label` is \"InsightAgent\" for both agents, which reports and tables tell apart by it; \
             give each a name of its own",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("config.toml:{expected}"), "{text}");
    }
    for good in [
        "[agents]\nurl = 'http://127.0.0.1:8000'\nkey_env = 'A'",
        "[agents]\nurl = 'https://llm.example'\nkey_env = 'A'\n[agents.insight]\nurl = 'http://gpu.example:11434'",
        "[agents]\nbackend = 'none'\nurl = 'http://gpu.example'",
        "[agents]\nnum_ctx = 512\nnum_predict = 256",
        "[agents]\ndeadline = '1m'",
        "[agents]\ndeadline = '1m'\nmail_deadline = '60s'",
    ] {
        assert!(load_text(good).is_ok(), "{good}");
    }
}

#[test]
fn a_key_in_the_configuration_is_refused_and_not_repeated() {
    for name in ["key", "api_key", "api-key", "APIKEY", "token", "authorization"] {
        for section in ["agents", "agents.collector", "agents.insight"] {
            let text = error(&format!("[{section}]\n{name} = 'hunter2'\n"));
            assert!(text.starts_with(&format!("config.toml:2:1: `{section}.{name}` holds a key")), "{text}");
            assert!(text.ends_with("use `key_file`, `key_env` or `key_credential`"), "{text}");
            assert!(!text.contains("hunter2"));
        }
    }
    let variable = errors(&[("config.toml", "")], &[("CHIMERA_INSIGHT_AGENTS_INSIGHT_API_KEY", "hunter2")]);
    assert!(variable.starts_with("CHIMERA_INSIGHT_AGENTS_INSIGHT_API_KEY: holds a key"), "{variable}");
    for text in [
        "key_env = 'sk-hunter2'",
        "key_credential = 'sk-hunter2'",
        "key_file = 'sk-hunter2'",
        "url = 'https://u:hunter2@x'",
    ] {
        let told = error(&format!("[agents]\n{text}"));
        assert!(!told.contains("hunter2") && told.contains("key "), "{told}");
    }
}

#[test]
fn variables_set_options_of_each_agent() {
    let variables = [
        ("CHIMERA_INSIGHT_AGENTS_BACKEND", "none"),
        ("CHIMERA_INSIGHT_AGENTS_NUM_GPU", "-1"),
        ("CHIMERA_INSIGHT_AGENTS_INSIGHT_TEMPERATURE", "0.5"),
        ("CHIMERA_INSIGHT_AGENTS_LIMITS_IDLE", "250ms"),
        ("CHIMERA_INSIGHT_AGENTS_INSIGHT_BACKEND", "ollama"),
    ];
    let config = load(None, env(&variables)).unwrap();
    assert_eq!((config.agents.backend, config.asked(Role::Insight).backend), (Backend::None, Backend::Ollama));
    assert_eq!(config.asked(Role::Insight).options.temperature, Some(0.5));
    assert_eq!(
        (config.asked(Role::Collector).options.num_gpu, config.limits.idle),
        (Some(-1), Duration::from_millis(250))
    );
}

#[test]
fn the_scenarios_are_good_and_say_what_they_are_named_for() {
    let load =
        |name: &str| load_text(&fs::read_to_string(format!("{}/config/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap());
    let [baseline, hetero, homo] = ["baseline.toml", "hetero.toml", "homo.toml"].map(|name| load(name).unwrap());
    let both = |config: &Config| (config.asked(Role::Collector), config.asked(Role::Insight));
    let (a, b) = both(&baseline);
    assert_eq!((a.label.as_str(), b.label.as_str()), ("Baseline Collector", "Chimera Insight"));
    assert_eq!(a.options, Options::default(), "the server's own settings");
    assert_ne!(b.options, Options::default());
    let (a, b) = both(&hetero);
    assert_eq!((a.label.as_str(), b.label.as_str()), ("Chimera Agent A", "Chimera Agent B"));
    assert_ne!(a.options, b.options);
    let (a, b) = both(&homo);
    assert_eq!((a.options.clone(), a.model.clone()), (b.options, b.model));
    assert_ne!(a.options, Options::default());
}
