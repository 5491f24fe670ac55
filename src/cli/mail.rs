//! `mail test|outbox|retry`.

use anyhow::{Result, bail};
use serde_json::json;

use super::{MailAction, MailArgs, asking, output, setup};
use crate::mail::{Transport, smtp};
use crate::store::{Request, Store};

/// Mails listed by `outbox`.
const LISTED: u32 = 100;

/// Runs a mail command.
pub fn mail(args: &MailArgs) -> Result<u8> {
    match args.action {
        MailAction::Test => test(args),
        MailAction::Outbox => outbox(args),
        MailAction::Retry => asking::ask(setup::look(&args.view.place)?, &Request::RetryMails, args.view.json),
    }
}

/// Talks to the mail server without sending anything.
fn test(args: &MailArgs) -> Result<u8> {
    let settings = setup::settings(&args.view.place)?;
    let answer = match &settings.mail.transport {
        Transport::Files { dir, .. } => {
            format!("mails are written as files into {}; set mail.transport to send them", dir.display())
        }
        Transport::Unavailable { reason } => bail!("the mail server cannot be used: {reason}"),
        Transport::Smtp(server) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            match runtime.block_on(smtp::probe(server)) {
                Ok(answer) => answer,
                Err(reason) => bail!("the mail server cannot be used: {reason}"),
            }
        }
    };
    if args.view.json {
        output::json(&json!({ "ok": true, "answer": answer }))?
    } else {
        output::text(&format!("{answer}\n"))?
    }
    Ok(0)
}

fn outbox(args: &MailArgs) -> Result<u8> {
    let settings = setup::look(&args.view.place)?;
    let mails = Store::open_read_only(&settings.tree.state)?.outbox(LISTED)?;
    if args.view.json {
        let mails: Vec<_> = mails
            .iter()
            .map(|mail| {
                json!({
                    "message_id": mail.message_id, "recipient": mail.recipient, "subject": mail.subject,
                    "state": mail.state.as_str(), "attempts": mail.attempts, "due": mail.due.to_string(),
                    "created": mail.created.to_string(), "response": mail.response, "landing": mail.landing,
                })
            })
            .collect();
        return output::json(&json!({ "mails": mails })).map(|()| 0);
    }
    let rows: Vec<Vec<String>> = mails
        .iter()
        .map(|mail| {
            vec![
                format!("{:.0}", mail.created),
                mail.state.as_str().replace('_', " "),
                mail.attempts.to_string(),
                mail.recipient.clone(),
                mail.subject.clone(),
                mail.response.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let header = ["decided", "state", "failed tries", "recipient", "subject", "last answer"];
    output::text(&output::table(&header, &rows)).map(|()| 0)
}
