//! Against a real Exim: TLS with its authority, the login, its refusals, and the bytes in the Maildir.
//!
//! Needs the script `smtp-real.sh` in the directory that `CHIMERA_TOOLS` names, and does nothing where there is none.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chimera_insight::mail::smtp::{Secret, Security, Settings, Timeouts, probe};
use chimera_insight::mail::{Delivery, Envelope, Scope, Transport, compose, deliver};

use crate::fake;
use crate::{attempt, letters, local, mail_to};

/// A running Exim, ended when dropped.
struct Exim {
    script: PathBuf,
    port: u16,
    values: BTreeMap<String, String>,
}

impl Exim {
    fn start() -> Option<Self> {
        let Some(tools) = std::env::var_os("CHIMERA_TOOLS") else {
            eprintln!("skipped: CHIMERA_TOOLS names no directory with smtp-real.sh");
            return None;
        };
        let script = Path::new(&tools).join("smtp-real.sh");
        let cache = std::env::var_os("EXIM_CACHE").map_or_else(|| PathBuf::from("/tmp/smtp-real/exim"), PathBuf::from);
        let port = free_port();
        let start = || {
            let mut command = Command::new(&script);
            command.args(["start", &port.to_string()]).env("EXIM_CACHE", &cache).output().ok()
        };
        let mut output = start()?;
        if !output.status.success() {
            // Unpacked by root the binary is setuid, and the loader then ignores where its libraries are.
            let binary = cache.join("usr/sbin/exim4");
            let mended = std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755));
            output = mended.ok().and_then(|()| start())?;
        }
        if !output.status.success() {
            eprintln!("skipped: {} cannot start: {}", script.display(), String::from_utf8_lossy(&output.stderr));
            return None;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let values = text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
        Some(Self { values: values.collect(), script, port })
    }

    fn settings(&self) -> Settings {
        Settings {
            user: Some(self.values["USER"].clone()),
            password: Some(Secret::new(&self.values["PASS"])),
            ca_file: Some(self.values["CA"].clone().into()),
            ..local(self.port, Security::StartTls)
        }
    }

    /// The mails in the Maildir; Exim delivers a moment after it has answered.
    fn delivered(&self, count: usize) -> Vec<String> {
        let new = Path::new(&self.values["MAILDIR"]).join("new");
        for _ in 0..200 {
            let entries = std::fs::read_dir(&new).into_iter().flatten().flatten();
            let mails: Vec<String> = entries.map(|e| std::fs::read_to_string(e.path()).unwrap()).collect();
            if mails.len() >= count {
                return mails;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("Exim has not delivered {count} mails");
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        let stopped = Command::new(&self.script).args(["stop", &self.values["DIR"]]).status();
        assert!(stopped.is_ok_and(|status| status.success()) || std::thread::panicking(), "Exim was not stopped");
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_real_server() {
    let Some(exim) = Exim::start() else { return };
    is_not_trusted_blindly(&exim).await;
    keeps_a_picture(&exim).await;
    says_no(&exim).await;
    // Last, because its slow recipient gives Exim the time to write down the broken conversations before it is ended.
    takes_our_bytes(&exim).await;
    assert_eq!(exim.delivered(3).len(), 3, "only what was accepted arrived");
}

/// A mail with a picture comes out of the Maildir as it went in.
async fn keeps_a_picture(exim: &Exim) {
    let draft = letters::firing("pictures@example.org");
    let bytes = compose(&draft).unwrap();
    let envelope =
        Envelope { from: "chimera@example.org".to_owned(), to: draft.to.clone(), message_id: draft.message_id.clone() };
    let transport = Transport::Smtp(exim.settings());
    let delivery = deliver(&transport, &envelope, &bytes, async || Ok::<(), String>(())).await;
    assert!(matches!(delivery, Delivery::Accepted { .. }), "{delivery:?}");
    let mails = exim.delivered(1);
    let stored = mails.iter().find(|mail| mail.contains(&draft.message_id)).expect("the mail is in the Maildir");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stored.eml");
    std::fs::write(&file, stored).unwrap();
    let Some(read) = letters::read_by_python(&[file]) else { return };
    assert_eq!(read[0]["faults"], serde_json::json!([]));
    assert_eq!(read[0]["headers"]["Subject"], draft.subject);
    assert_eq!(read[0]["headers"]["X-Chimera-State"], "firing");
    let picture = &read[0]["body"]["parts"][1]["parts"][1];
    assert_eq!(picture["Content-ID"], format!("<{}>", draft.chart.as_ref().unwrap().cid));
    assert_eq!(picture["bytes"], draft.chart.as_ref().unwrap().png.len());
}

async fn takes_our_bytes(exim: &Exim) {
    let reached = probe(&exim.settings()).await;
    let expected = format!("localhost:{} greets as localhost, TLS, logged in as reporter", exim.port);
    assert_eq!(reached.as_deref(), Ok(expected.as_str()));

    for to in ["team@example.org", "slow@example.org"] {
        let (delivery, begun) = attempt(&exim.settings(), to).await;
        assert!(matches!(delivery, Delivery::Accepted { .. }) && begun, "{to}: {delivery:?}");
    }
    let mails = exim.delivered(3);
    for to in ["team@example.org", "slow@example.org"] {
        let (envelope, bytes) = mail_to(to, "hello");
        // Exim stores LF line ends, and its own headers before ours.
        let frozen = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
        let id = format!("Message-ID: <{}>", envelope.message_id);
        assert!(mails.iter().any(|mail| mail.ends_with(&frozen) && mail.contains(&id)), "{to}: {mails:?}");
    }
}

async fn says_no(exim: &Exim) {
    for (to, code) in [("reject@example.org", 550), ("full@example.org", 552)] {
        let (delivery, begun) = attempt(&exim.settings(), to).await;
        assert!(matches!(delivery, Delivery::Rejected { code: Some(c), .. } if c == code), "{to}: {delivery:?}");
        assert!(!begun, "{to}");
    }
    let (delivery, _) = attempt(&exim.settings(), "defer@example.org").await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Mail, .. }), "{delivery:?}");

    let (envelope, bytes) = mail_to("team@example.org", &"too much\n".repeat(200_000));
    let transport = Transport::Smtp(exim.settings());
    let delivery = deliver(&transport, &envelope, &bytes, async || Ok::<(), String>(())).await;
    assert!(matches!(delivery, Delivery::Rejected { code: Some(552), .. }), "{delivery:?}");

    let hasty = Timeouts { command: Duration::from_secs(2), ..Timeouts::default() };
    let (delivery, begun) = attempt(&Settings { timeouts: hasty, ..exim.settings() }, "slow@example.org").await;
    assert!(matches!(delivery, Delivery::Deferred { scope: Scope::Server, .. }) && !begun, "{delivery:?}");
}

async fn is_not_trusted_blindly(exim: &Exim) {
    let wrong_password = Settings { password: Some(Secret::new("guess")), ..exim.settings() };
    let wrong_authority = Settings { ca_file: Some(fake::ca_file()), ..exim.settings() };
    let no_authority = Settings { ca_file: None, ..exim.settings() };
    let cases = [
        (wrong_password, "login: the server answered 535"),
        (wrong_authority, "STARTTLS: "),
        (no_authority, "STARTTLS: "),
    ];
    for (settings, start) in cases {
        let (delivery, begun) = attempt(&settings, "team@example.org").await;
        let Delivery::Deferred { scope: Scope::Server, reason } = delivery else { panic!("{delivery:?}") };
        assert!(reason.starts_with(start) && !begun, "{reason}");
    }
}
