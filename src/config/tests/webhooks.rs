//! `[[webhook]]`: what is taken, what is refused and where, and that its address is not shown.

use super::*;

const ALL: &str = "
[[webhook]]
name = 'chat'
url = 'https://hooks.example.org/services/T0/B0/s3cretkey?sig=s3cretsig'
secret_file = 'secret'
timeout = '3s'

[[webhook]]
name = 'pager'
url_env = 'CHIMERA_INSIGHT_PAGER_URL'
secret_credential = 'pager'
";

#[test]
fn every_key_is_read_and_the_address_is_shown_by_its_host() {
    let files = [("config.toml", ALL)];
    // A variable that holds an address may begin with our prefix.
    let config = load_all(&files, &[("CHIMERA_INSIGHT_PAGER_URL", "https://x")]).unwrap();
    let [chat, pager] = &config.webhooks[..] else { panic!("{:?}", config.webhooks) };
    assert_eq!(
        (chat.name.as_str(), chat.timeout, pager.timeout),
        ("chat", Duration::from_secs(3), Duration::from_secs(10))
    );
    assert!(chat.url.as_ref().is_some_and(|url| url.ends_with("s3cretsig")) && chat.url_source().is_none());
    let Some(secrets::SecretSource::File(file)) = chat.secret_source() else { panic!("{chat:?}") };
    assert!(file.is_absolute() && file.ends_with("secret"), "relative to the file that names it: {file:?}");
    assert_eq!(pager.url_source(), Some(secrets::SecretSource::Variable("CHIMERA_INSIGHT_PAGER_URL".into())));
    assert_eq!(pager.secret_source(), Some(secrets::SecretSource::Credential("pager".into())));
    let shown = format!("{}\n{}", config.to_toml(), config.to_json());
    assert!(shown.contains("url = \"https://hooks.example.org/…\"") && !shown.contains("s3cret"), "{shown}");
    assert_eq!(config.to_json()["config"]["webhook"][0]["url"], "https://hooks.example.org/…");
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    let table: &[(&str, &str)] = &[
        (
            "[[webhook]]\nurl = 'https://x/'",
            "1:1: `webhook.name` must say what the webhook is called; for instance name = \"team-chat\"",
        ),
        (
            "[[webhook]]\nname = 'x'",
            "1:1: `webhook.url` must say where the webhook is; give `url`, or `url_file` and its likes",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = ''\nurl_env = ''",
            "1:1: `webhook.url` must say where the webhook is; give `url`, or `url_file` and its likes",
        ),
        ("[[webhook]]\nname = 'x'\nurl = 7", "3:7: `webhook.url` must be a string, not the integer 7"),
        (
            "[[webhook]]\nname = 'x'\nurl = 'http://hooks.example.org/key'",
            "3:7: `webhook.url` is http to \"hooks.example.org\", where others can read along; use https",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = 'https://me:pw@h/'",
            "3:7: `webhook.url` must be an address without a user and a password in it; what is sent can be signed: `secret_file`",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = 'https://x/'\nurl_file = 'u'",
            "4:12: `webhook.url_file` must be the only source of the address, but `url` is set too; set one of them to \"\"",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = 'https://x/'\nsecret_env = 'A'\nsecret_file = 'b'",
            "5:15: `webhook.secret_file` must be the only source of the secret, but `secret_env` is set too; set one of them to \"\"",
        ),
        (
            "[[webhook]]\nname = 'a b'\nurl = 'https://x/'",
            "2:8: `webhook.name` must be at most 64 letters, digits, `.`, `-` and `_`, as in \"team-chat\"",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = 'https://x/'\ntimeout = '1h'",
            "4:11: `webhook.timeout` must be at most \"2m\", not \"1h\"",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = 'https://x/'\n[[webhook]]\nname = 'x'\nurl = 'https://y/'",
            "5:8: `webhook.name` must be one for each webhook, but two are called \"x\"",
        ),
        (
            "[[webhook]]\nname = 'x'\nurl = 'https://x/'\nsecret = 'hunter2'",
            "4:1: unknown key `webhook.secret`; did you mean `secret_env`?",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(error(text), format!("config.toml:{expected}"), "{text}");
    }
}
