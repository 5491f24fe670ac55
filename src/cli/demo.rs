//! `demo`: the whole way on a made-up workspace, with the real daemon as a process of its own.
//!
//! Writes the history of two benchmarks, starts `run` on it, lands three slower runs one after the other, waits for the report and the
//! mail that they cause, and shows both. Everything stays in the workspace, to be looked at.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::{SignedDuration, Timestamp};

use super::{DemoArgs, output};
use crate::clock::{Clock, Stopwatch, SystemClock};
use crate::store::{MailState, Status, Store};

/// Runs of history: enough for the judge to know the noise.
const HISTORY: u64 = 24;
/// Runs that are slower: one makes a candidate, the others confirm it.
const SLOWER: u64 = 3;
/// A machine on which this is not enough is not well.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the index is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The daemon's settings for the demo: short waits, everything else as shipped.
const SETTINGS: &str = "[watch]\nsettle = \"100ms\"\nquiet = \"200ms\"\n\n[mail]\nto = [\"team@localhost\"]\n";

/// Shows the whole way.
pub fn demo(args: &DemoArgs) -> Result<u8> {
    let tree = workspace(args)?;
    let start = SystemClock.now() - SignedDuration::from_hours(24 * 30);
    say(&format!("A workspace with the history of two benchmarks, {HISTORY} runs each: {}", tree.display()))?;
    for run in 0..HISTORY {
        land(&tree, start, run, 1.0)?;
    }
    let mut daemon = Daemon::start(&tree)?;
    let told = watch_it(&tree, start, &mut daemon);
    let ended = daemon.end();
    told.and(ended).map(|()| 0)
}

fn watch_it(tree: &Path, start: Timestamp, daemon: &mut Daemon) -> Result<()> {
    say("The daemon (`chimera-insight run`) is watching; the first index is history and mails nobody ...")?;
    let mut seen =
        daemon.wait(tree, "the baseline report", |status| status.landings >= 1 && status.open_landings == 0)?;
    say(&format!(
        "  {} measurements of {} series; baseline report {}",
        seen.measurements,
        seen.series,
        report_of(&seen)
    ))?;
    for run in 0..SLOWER {
        say(&format!("Run {} lands: `decode` takes 30 % longer ...", HISTORY + run + 1))?;
        land(tree, start, HISTORY + run, 1.3)?;
        let before = seen.landings;
        seen = daemon.wait(tree, "the next report", |status| status.landings > before && status.open_landings == 0)?;
        say(&format!("  report {}; alerts: {}", report_of(&seen), alerts_of(&seen)))?;
    }
    daemon.wait(tree, "the mail", |status| {
        status.mails.get(MailState::Accepted.as_str()).is_some_and(|sent| *sent > 0)
    })?;
    show(tree, &seen)
}

/// An empty directory for the demo.
fn workspace(args: &DemoArgs) -> Result<PathBuf> {
    let tree = match &args.dir {
        Some(dir) => dir.clone(),
        None => tempfile::Builder::new().prefix("chimera-insight-demo-").tempdir()?.keep(),
    };
    if fs::read_dir(&tree).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty: name a new directory", tree.display());
    }
    for dir in ["reports", "csv_data", "artifacts"] {
        fs::create_dir_all(tree.join(dir)).with_context(|| format!("cannot make {}", tree.join(dir).display()))?;
    }
    fs::write(tree.join("chimera-insight.toml"), SETTINGS)?;
    Ok(tree.canonicalize()?)
}

/// Writes one run of each benchmark, `factor` slower where it regresses.
fn land(tree: &Path, start: Timestamp, run: u64, factor: f64) -> Result<()> {
    let at = start + SignedDuration::from_hours(i64::try_from(run).unwrap_or(0) * 24);
    let stamp = at.strftime("%Y%m%d-%H%M%S");
    // A fixed sequence that looks like noise of about one percent.
    let wobble = |salt: u64| 1.0 + ((run * 7919 + salt * 104_729) % 41) as f64 / 2000.0 - 0.01;
    let csv = format!(
        "timestamp,model,num_ctx,ttft_ms,tokens_per_second\n\
         {at},demo:8b,2048,{:.2},{:.2}\n{at},demo:8b,4096,{:.2},{:.2}\n",
        120.0 * wobble(1),
        76.0 * wobble(2),
        131.0 * wobble(3),
        75.0 * wobble(4)
    );
    let json = format!(
        "{{\"timestamp\": \"{at}\", \"results\": [\n  {{\"name\": \"encode\", \"mean_time_ms\": {:.3}}},\n  {{\"name\": \"decode\", \"mean_time_ms\": {:.3}}}\n]}}\n",
        8.0 * wobble(5),
        12.0 * wobble(6) * factor
    );
    write_whole(&tree.join(format!("csv_data/chat_{stamp}.csv")), &csv)?;
    write_whole(&tree.join(format!("reports/codec_{stamp}.json")), &json)
}

fn write_whole(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The daemon as a child process; ended when dropped, however the demo ends.
struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    fn start(tree: &Path) -> Result<Self> {
        let log = tree.join("daemon.log");
        let err = fs::File::create(&log)?;
        let child = Command::new(std::env::current_exe()?)
            .args(["run", "--root"])
            .arg(tree)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(err)
            .spawn()
            .context("cannot start the daemon")?;
        Ok(Self { child, log })
    }

    /// Waits until the index says what is waited for.
    fn wait(&mut self, tree: &Path, what: &str, done: impl Fn(&Status) -> bool) -> Result<Status> {
        let watch = Stopwatch::start();
        loop {
            if let Some(status) = read_status(tree)
                && done(&status)
            {
                return Ok(status);
            }
            if let Some(ended) = self.child.try_wait()? {
                bail!("the daemon ended with {ended}; its log is {}", self.log.display());
            }
            if watch.elapsed() > PATIENCE {
                bail!(
                    "{what} did not come within {} s; the daemon's log is {}",
                    PATIENCE.as_secs(),
                    self.log.display()
                );
            }
            thread::sleep(LOOK);
        }
    }

    /// Asks it to end, as systemd would, and waits.
    fn end(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                rustix::process::kill_process(pid, rustix::process::Signal::TERM).context("stop the daemon")?;
            }
        }
        let ended = self.child.wait()?;
        if !ended.success() {
            bail!("the daemon ended with {ended}; its log is {}", self.log.display());
        }
        Ok(())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Only left running when something above failed; nothing more can be done about a failure here.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The index may not be there yet, or be in the making.
fn read_status(tree: &Path) -> Option<Status> {
    Store::open_read_only(&tree.join(".chimera-insight")).ok()?.status().ok()
}

fn report_of(status: &Status) -> String {
    status.last_landing.as_ref().and_then(|last| last.report.clone()).unwrap_or_else(|| "none".to_owned())
}

fn alerts_of(status: &Status) -> String {
    let alerts: Vec<String> = status.alerts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if alerts.is_empty() { "none".to_owned() } else { alerts.join(", ") }
}

/// Prints the head of the report, and the mail, and says where both are.
fn show(tree: &Path, status: &Status) -> Result<()> {
    let report = report_of(status);
    let text = fs::read_to_string(&report).with_context(|| format!("cannot read {report}"))?;
    let head: Vec<&str> = text.lines().skip_while(|line| line.starts_with("<!--")).take(32).collect();
    say(&format!("\n──── the report, its first lines ────\n{}\n", head.join("\n").trim()))?;
    let outbox = tree.join(".chimera-insight/outbox");
    let mail = fs::read_dir(&outbox)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .context("the outbox holds no mail")?;
    let mime = fs::read_to_string(&mail)?;
    say(&format!("──── the mail ────\n{}\n", readable(&mime)))?;
    say(&format!("report  {report}\nmail    {}\nlog     {}", mail.display(), tree.join("daemon.log").display()))
}

/// Subject, recipient and text part of a mail of ours: quoted-printable, since its text may hold more than ASCII.
fn readable(mime: &str) -> String {
    let shown = |line: &&str| line.starts_with("Subject:") || line.starts_with("To:");
    let head: Vec<&str> = mime.lines().take_while(|line| !line.is_empty()).filter(shown).collect();
    format!("{}\n\n{}", head.join("\n"), unquote(text_part(mime)).trim())
}

/// The body of the first part that is plain text, as it is encoded; all up to the end where no boundary follows. Boundaries are lines
/// that the head of the enclosing part names (RFC 2046, section 5.1.1): other lines may well begin with `--`.
fn text_part(mime: &str) -> &str {
    let Some((before, rest)) = mime.split_once("Content-Type: text/plain") else { return "" };
    let Some((_, body)) = rest.split_once("\r\n\r\n") else { return "" };
    let named = before.rsplit_once("boundary=\"").and_then(|(_, named)| named.split_once('"'));
    let end = named.and_then(|(boundary, _)| body.find(&format!("\r\n--{boundary}")));
    end.and_then(|end| body.get(..end)).unwrap_or(body)
}

/// Undoes quoted-printable (RFC 2045, section 6.7).
fn unquote(text: &str) -> String {
    let joined = text.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| byte == b'=').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A line at once, so that a person sees it happen.
fn say(line: &str) -> Result<()> {
    output::text(&format!("{line}\n"))?;
    Ok(io::stdout()
        .flush()
        .or_else(|gone| if gone.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(gone) })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_of_a_mail_is_shown() {
        let mime = "Subject: one\r\nTo: a@b\r\nContent-Type: multipart/alternative;\r\n boundary=\"abc\"\r\n\r\n\
                    --abc\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                    take it with alerts ack 1 =\r\n--root /tmp\r\n-- 2 =E2=86=92 3\r\nReport: /tmp/insight.md\r\n\
                    --abc\r\nContent-Type: text/html\r\n\r\n<p>other</p>\r\n--abc--\r\n";
        let expected =
            "Subject: one\nTo: a@b\n\ntake it with alerts ack 1 --root /tmp\n-- 2 → 3\nReport: /tmp/insight.md";
        assert_eq!(readable(mime), expected);
    }
}
