//! Webhooks beside mail: told of the same, each on its own way, and never by more than their host.

use harness::hook::{FakeHook, Reply};
use harness::{Bench, Workspace};
use serde_json::json;

/// A workspace that mails into files and tells `hook`, signed.
fn telling(hook: &FakeHook) -> Workspace {
    let workspace = Workspace::new();
    workspace.configure(&format!(
        "[[webhook]]\nname = \"chat\"\nurl = \"{}\"\nsecret_file = \"secret\"\n",
        hook.url("/services/s3cretkey")
    ));
    workspace.write("secret", "hush-hush\n");
    workspace
}

/// Lands a regression, the last run of it unscanned.
fn regress(workspace: &Workspace) {
    let bench = Bench::new("reports/decode/decode");
    bench.history(workspace, 0..24);
    workspace.scan();
    for n in 24..27 {
        bench.land(workspace, n, 1.3);
    }
}

#[test]
fn a_webhook_is_told_once_what_the_mail_tells() {
    let hook = FakeHook::start([]);
    let workspace = telling(&hook);
    regress(&workspace);
    let scan = workspace.scan();
    workspace.scan();
    assert_eq!(scan["mails"].as_array().unwrap().len(), 2, "a mail and a message: {}", scan["mails"]);
    let [posted] = &hook.requests()[..] else { panic!("{:?}", hook.requests()) };
    assert!(posted.header("x-chimera-signature").starts_with("sha256="), "{:?}", posted.headers);
    let told = posted.json();
    assert_eq!(
        (&told["event"], told["id"].as_str().unwrap()),
        (&json!("regression"), posted.header("x-chimera-delivery"))
    );
    let text = told["text"].as_str().unwrap();
    assert!(text.starts_with("*[chimera] 2 regressions in decode") && text.contains("\n• Before "), "{text}");
    assert_eq!(told["regressions"].as_array().unwrap().len(), 2);
    let verdict = &scan["verdicts"][0];
    let same = told["regressions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["series"]["metric"] == verdict["series"]["metric"]);
    for key in ["before", "after", "effect", "interval"] {
        assert_eq!(same.unwrap()[key], verdict[key], "{key}: the values of the verdict");
    }
    assert!(workspace.path(told["report"].as_str().unwrap()).exists(), "{}", told["report"]);
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 2 }));
    assert_eq!(workspace.mails().len(), 1);
}

#[test]
fn a_webhook_that_is_down_waits_alone_and_one_that_refuses_is_revived_by_hand() {
    let hook = FakeHook::start([Reply::status(503, "s3cretkey is busy"), Reply::status(404, "no_service")]);
    let workspace = telling(&hook);
    regress(&workspace);
    workspace.scan();
    assert_eq!(workspace.mails().len(), 1, "mail goes all the same");
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1, "queued": 1 }));
    let health = workspace.status()["health"].to_string();
    assert!(health.contains("webhook:chat waits: 503 Service Unavailable: [address] is busy"), "{health}");
    let listed = workspace.run(["mail", "outbox", "--json"]).code(0).json();
    let row = listed["mails"].as_array().unwrap().iter().find(|mail| mail["recipient"] == "webhook:chat").unwrap();
    assert_eq!((&row["channel"], &row["state"], &row["attempts"]), (&json!("webhook"), &json!("queued"), &json!(1)));
    let id = row["id"].to_string();
    workspace.run(["mail", "retry", &id]).code(0);
    workspace.scan();
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1, "dead": 1 }));
    let outbox = workspace.run(["mail", "outbox"]).code(0).stdout;
    assert!(outbox.contains("webhook:chat") && outbox.contains("404 Not Found: no_service"), "{outbox}");
    let unknown = workspace.run(["mail", "retry", &id, "999"]).code(3);
    assert!(
        unknown.stdout.contains(&format!("mail {id} is revived")) && unknown.stderr.contains("there is no mail 999")
    );
    workspace.scan();
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 2 }));
    assert_eq!(workspace.status()["health"], json!([]));
    let bodies: Vec<_> = hook.requests().into_iter().map(|posted| posted.body).collect();
    assert!(bodies.len() == 3 && bodies.iter().all(|body| *body == bodies[0]), "frozen");
    let done = workspace.run(["mail", "retry", &id]).code(3);
    assert!(done.stderr.contains("is accepted and stays so"), "{}", done.stderr);
}

#[test]
fn a_webhook_is_tried_out_and_its_key_is_never_shown() {
    let hook = FakeHook::start([]);
    let workspace = telling(&hook);
    let tested = workspace.run(["mail", "test"]).code(0).stdout;
    let [posted] = &hook.requests()[..] else { panic!("{:?}", hook.requests()) };
    assert_eq!((&posted.json()["event"], &posted.json()["landing"]), (&json!("test"), &json!(null)));
    assert!(tested.contains("/…, signed): 200 OK: ok"), "{tested}");
    hook.set([Reply::status(403, "wrong s3cretkey or hush-hush")]);
    let refused = workspace.run(["mail", "test"]).code(3);
    assert!(refused.stderr.contains("the webhook chat cannot be used"), "{}", refused.stderr);
    hook.set([Reply::status(403, "no")]);
    let json = workspace.run(["mail", "test", "--json"]).code(3).json();
    assert_eq!(
        (&json["ok"], &json["ways"][0]["ok"], &json["ways"][1]["way"]),
        (&json!(false), &json!(true), &json!("webhook:chat"))
    );
    let shown = workspace.run(["config", "show"]).code(0).stdout;
    for said in [&tested, &refused.stderr, &refused.stdout, &shown] {
        assert!(!said.contains("s3cret") && !said.contains("hush-hush"), "{said}");
    }
    let sent = workspace.run(["mail", "test", "--to", "Ann <ann@example.org>"]).code(0).stdout;
    assert!(sent.contains("the test mail to ann@example.org was taken"), "{sent}");
    let [mail] = &workspace.mails()[..] else { panic!("one mail") };
    assert!(mail.subject().starts_with("[chimera] Test"), "{}", mail.subject());
    assert_eq!(hook.requests().len(), 3, "a test mail is a mail alone");
    workspace.run(["mail", "test", "--to", "nobody"]).code(3);
}

#[test]
fn a_webhook_that_is_gone_from_the_configuration_is_a_dead_letter() {
    let hook = FakeHook::start([Reply::status(503, "")]);
    let workspace = telling(&hook);
    regress(&workspace);
    workspace.scan();
    workspace.configure("");
    workspace.run(["mail", "retry"]).code(0);
    workspace.scan();
    assert_eq!(workspace.status()["health"], json!([]), "nobody can mend what was taken out");
    assert_eq!(workspace.status()["mails"], json!({ "accepted": 1, "dead": 1 }));
}
