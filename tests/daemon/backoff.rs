//! A mail that the server does not take now goes out later. In a file of its own, because it waits half a minute beside the others.

use std::time::Duration;

use harness::Workspace;
use harness::smtp::{Behaviour, FakeSmtp};

use crate::daemon::{wait_for, wait_status, wait_within};
use crate::smtp::{TO, each_recipient_got_one, outbox, regressed, to_server};

/// More than the first pause, which is half a minute and up to a fifth.
const PAUSE: Duration = Duration::from_secs(75);

#[test]
fn a_mail_that_is_put_off_is_tried_again_by_itself() {
    let refuse = TO.map(|to| (to, "450 4.2.0 greylisted, come back later")).to_vec();
    let server = FakeSmtp::start(Behaviour { refuse, ..Behaviour::default() });
    let workspace = Workspace::new();
    workspace.configure(&to_server(&server));
    let daemon = regressed(&workspace, 30);
    wait_for("a refusal of each", || {
        let outbox = outbox(&workspace);
        outbox
            .values()
            .all(|mail| mail["response"].as_str().is_some_and(|said| said.contains("greylisted")))
            .then_some(())
    });
    server.set(Behaviour::default());
    let greeted = || server.commands().iter().filter(|line| line.starts_with("RCPT")).count();
    wait_within(PAUSE, "the second try", || (greeted() > TO.len()).then_some(()));
    wait_status(&workspace, "both", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    assert_eq!(server.accepted().len(), 2);
    each_recipient_got_one(&server.accepted());
    daemon.end();
}
