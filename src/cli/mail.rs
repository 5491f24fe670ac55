//! `mail test|outbox|retry`: the ways by which news leave, what waits to go them, and another try.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{EXIT_FAILURE, MailAction, MailArgs, asking, output, setup};
use crate::clock::{Clock as _, SystemClock, random_bytes};
use crate::daemon::context::Settings;
use crate::daemon::stage::tree_name;
use crate::domain::zone::Zone;
use crate::hook::{self, Target};
use crate::mail::{self, Delivery, Draft, Envelope, Transport, address, smtp};
use crate::report::{self, Posting};
use crate::store::{MailState, OutboxRow, Request, Store};

/// Rows listed by `outbox`.
const LISTED: u32 = 100;

/// Runs a mail command.
pub fn mail(args: &MailArgs) -> Result<u8> {
    let json = args.view.json;
    match &args.action {
        MailAction::Test(test) => {
            let settings = setup::settings(&args.view.place)?;
            let tried = match &test.to {
                Some(to) => vec![send(&settings, to)?],
                None => probe(&settings)?,
            };
            tell(&tried, json)
        }
        MailAction::Outbox => outbox(args),
        MailAction::Retry { ids } => {
            asking::ask(setup::look(&args.view.place)?, &Request::RetryMails { ids: ids.clone() }, json)
        }
    }
}

/// A way that was tried.
struct Tried {
    /// `mail`, or `webhook:chat`.
    way: String,
    ok: bool,
    answer: String,
}

impl Tried {
    fn new(way: impl Into<String>, outcome: Result<String, String>) -> Self {
        let (ok, answer) = match outcome {
            Ok(answer) => (true, answer),
            Err(answer) => (false, answer),
        };
        Self { way: way.into(), ok, answer }
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Talks to the mail server without sending anything, and posts a test message to every webhook.
fn probe(settings: &Settings) -> Result<Vec<Tried>> {
    let runtime = runtime()?;
    let unusable = |reason: &dyn std::fmt::Display| {
        format!("the mail server cannot be used: {reason}; see that it runs there and that [mail.smtp] is right")
    };
    let mail = match &settings.mail.transport {
        Transport::Files { dir, .. } => {
            Ok(format!("mails are written as files into {}; set mail.transport to send them", dir.display()))
        }
        Transport::Unavailable { reason } => Err(unusable(reason)),
        Transport::Smtp(server) => runtime.block_on(smtp::probe(server)).map_err(|reason| unusable(&reason)),
    };
    let mut tried = vec![Tried::new("mail", mail)];
    for webhook in &settings.webhooks {
        let posted = runtime.block_on(post(settings, webhook))?;
        tried.push(Tried::new(format!("webhook:{}", webhook.name), posted));
    }
    Ok(tried)
}

/// Posts a test message.
async fn post(settings: &Settings, webhook: &hook::Settings) -> Result<Result<String, String>> {
    let id = mail::message_id(random_bytes::<16>()?, &settings.mail.domain);
    let (now, tree) = (SystemClock.now(), tree_name(&settings.tree));
    let body = report::hook_test(Posting { id: &id, at: now, tree: &tree, landing: None });
    let message = hook::Message { id: &id, body: &body };
    let delivery = hook::deliver(webhook, message, now, async || Ok::<(), std::convert::Infallible>(())).await;
    let to = match &webhook.target {
        Target::Ready { address, secret: Some(_) } => format!(" ({address}, signed)"),
        Target::Ready { address, secret: None } => format!(" ({address}, not signed)"),
        Target::Unavailable { .. } => String::new(),
    };
    Ok(match delivery {
        hook::Delivery::Accepted { response } => Ok(format!("the test message was taken{to}: {response}")),
        hook::Delivery::Deferred { reason, .. }
        | hook::Delivery::Rejected { reason }
        | hook::Delivery::Unknown { reason } => {
            Err(format!("the webhook {} cannot be used{to}: {reason}; see that its url is right", webhook.name))
        }
    })
}

/// Sends a mail that says that it is a test, beside the outbox: it is not tried again.
fn send(settings: &Settings, to: &str) -> Result<Tried> {
    let told = &settings.mail;
    let bare = address::bare(to).with_context(|| format!("--to {to}"))?;
    let subject = format!("{} Test: mail from {} arrives", told.subject_prefix, tree_name(&settings.tree));
    let subject = subject.trim().to_owned();
    let text = "This is a test of Chimera Insight, sent with chimera-insight mail test. Nothing has happened.\n";
    let message_id = mail::message_id(random_bytes::<16>()?, &told.domain);
    let draft = Draft {
        from: told.from.clone(),
        to: to.to_owned(),
        html: report::mail_html(&subject, "", text),
        subject,
        text: text.to_owned(),
        chart: None,
        message_id: message_id.clone(),
        date: SystemClock.now(),
        in_reply_to: None,
        references: Vec::new(),
        list_id: told.list_id.clone(),
        headers: vec![("X-Chimera-Kind".to_owned(), "test".to_owned())],
    };
    let bytes = mail::compose(&draft).context("compose the mail")?;
    let envelope = Envelope { from: address::bare(&told.from).context("mail.from")?, to: bare.clone(), message_id };
    let nothing_to_note = async || Ok::<(), std::convert::Infallible>(());
    let delivery = runtime()?.block_on(mail::deliver(&told.transport, &envelope, &bytes, nothing_to_note));
    let outcome = match delivery {
        Delivery::Accepted { response } => Ok(format!("the test mail to {bare} was taken: {response}")),
        Delivery::Deferred { reason, .. } | Delivery::Rejected { reason, .. } => {
            Err(format!("the test mail to {bare} was not taken: {reason}"))
        }
        Delivery::Unknown { reason } => {
            Err(format!("nobody knows whether the test mail to {bare} was taken: {reason}"))
        }
    };
    Ok(Tried::new("mail", outcome))
}

/// Says what became of each way; the exit code is 3 when one of them cannot be gone.
fn tell(tried: &[Tried], as_json: bool) -> Result<u8> {
    let ok = tried.iter().all(|one| one.ok);
    if as_json {
        let ways: Vec<Value> =
            tried.iter().map(|one| json!({ "way": one.way, "ok": one.ok, "answer": one.answer })).collect();
        let answers: Vec<&str> = tried.iter().map(|one| one.answer.as_str()).collect();
        output::json(&json!({ "ok": ok, "answer": answers.join("\n"), "ways": ways }))?;
    } else {
        let good = tried.iter().filter(|one| one.ok);
        output::text(&good.map(|one| format!("{}\n", output::plain(&one.answer))).collect::<String>())?;
    }
    for one in tried.iter().filter(|one| !one.ok) {
        eprintln!("chimera-insight: {}", output::plain(&one.answer));
    }
    Ok(if ok { 0 } else { EXIT_FAILURE })
}

fn outbox(args: &MailArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let rows = Store::open_read_only(&settings.tree.state)?.outbox(LISTED)?;
    if args.view.json {
        let mails: Vec<Value> = rows.iter().map(row_json).collect();
        return output::json(&json!({ "mails": mails })).map(|()| 0);
    }
    if rows.is_empty() {
        return output::text("nothing was mailed or posted yet\n").map(|()| 0);
    }
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row_cells(row, &settings.insight.zone)).collect();
    let header = ["id", "decided", "state", "failed tries", "next try", "recipient", "subject", "last answer"];
    output::text(&output::table(&header, &cells)).map(|()| 0)
}

fn row_json(row: &OutboxRow) -> Value {
    json!({
        "id": row.id, "channel": row.channel.as_str(),
        "message_id": row.message_id, "recipient": row.recipient, "subject": row.subject,
        "state": row.state.as_str(), "attempts": row.attempts, "due": row.due.to_string(),
        "created": row.created.to_string(), "response": row.response, "landing": row.landing,
    })
}

fn row_cells(row: &OutboxRow, zone: &Zone) -> Vec<String> {
    let waits = matches!(row.state, MailState::Queued | MailState::DataStarted | MailState::Held);
    let said = row.response.clone().unwrap_or_default();
    vec![
        row.id.to_string(),
        zone.show(row.created),
        row.state.as_str().replace('_', " "),
        row.attempts.to_string(),
        if waits { zone.show(row.due) } else { String::new() },
        row.recipient.clone(),
        row.subject.clone(),
        if row.state == MailState::Held { format!("held back {said} until then") } else { said },
    ]
}
