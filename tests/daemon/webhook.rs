//! A daemon that dies after its webhook has a message and before it knows so: the same message comes again, and only that.

use harness::Workspace;
use harness::hook::{FakeHook, Reply};

use crate::daemon::{Daemon, wait_status};
use crate::smtp::regressed;

#[test]
fn killed_after_a_message_went_out_it_posts_the_same_again() {
    let hook = FakeHook::start([Reply::Silence]);
    let workspace = Workspace::new();
    let url = hook.url("/");
    workspace.configure(&format!("[[webhook]]\nname = \"chat\"\nurl = \"{url}\"\ntimeout = \"2m\"\n"));
    let daemon = regressed(&workspace, 30);
    hook.wait_for(1);
    daemon.kill();
    let daemon = Daemon::start(&workspace);
    let posted = hook.wait_for(2);
    wait_status(&workspace, "both to be accepted", |status| status["mails"] == serde_json::json!({ "accepted": 2 }));
    assert_eq!(posted[0].body, posted[1].body, "frozen");
    assert_eq!(posted[0].header("x-chimera-delivery"), posted[1].header("x-chimera-delivery"));
    assert_eq!(posted[1].json()["id"], posted[1].header("x-chimera-delivery"));
    daemon.end();
    assert_eq!(hook.requests().len(), 2);
    assert_eq!(workspace.mails().len(), 1, "and one mail");
}
