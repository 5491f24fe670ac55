//! The whole table of transitions: every state against every signal, every command and the clock.

use jiff::SignedDuration;

use super::*;

/// A row for each state, a column for each thing that can happen. A cell is the state afterwards and the news that it makes; `=` where
/// nothing moves, `!` and the reason where a command is refused.
///
/// Level 100, noise 1, lower is better, three good runs end an alert. `good` is one run at 100, `good x3` three, `better` one with which the detector finds the way
/// back; `held`, `suspected` and
/// `confirmed` speak of the level 130 and bring a run at 130; `further` is confirmed from 130 to 180; `late` brings no newest run. The
/// clock stands 30 hours on.
const TABLE: &str = "
              | good             | good x3            | better             | held             | suspected        | confirmed        | further              | late
none          | =                | =                  | =                  | =                | candidate        | firing +fired    | firing +fired        | =
candidate     | resolved         | resolved           | resolved           | firing +fired    | =                | firing +fired    | firing +fired        | =
firing        | recovering       | resolved +resolved | resolved +resolved | =                | =                | =                | firing +grew         | =
acknowledged  | recovering       | resolved +resolved | resolved +resolved | =                | =                | =                | acknowledged +grew   | =
silenced      | recovering       | resolved           | resolved           | =                | =                | =                | silenced             | =
recovering    | recovering       | resolved +resolved | resolved +resolved | firing           | firing           | firing           | firing +grew         | =
resolved      | =                | =                  | =                  | =                | candidate        | firing +reopened | firing +reopened     | =
resolved long | =                | =                  | =                  | =                | candidate new    | firing new +fired | firing new +fired   | =
accepted      | =                | =                  | =                  | =                | =                | =                | firing new +fired    | =
flapping      | recovering       | resolved           | resolved           | =                | =                | =                | firing               | =
inhibited     | recovering       | resolved           | resolved           | =                | =                | =                | firing               | =

              | ack              | silence            | unsilence        | accept           | resolve          | clock
none          |                  |                    |                  |                  |                  |
candidate     | !suspicion       | candidate          | !not silenced    | resolved         | resolved         | =
firing        | acknowledged     | silenced           | !not silenced    | resolved +resolved | resolved +resolved | firing +reminded
acknowledged  | !already         | silenced           | !not silenced    | resolved +resolved | resolved +resolved | =
silenced      | acknowledged     | silenced           | firing           | resolved         | resolved         | firing +reminded
recovering    | recovering       | recovering         | !not silenced    | resolved +resolved | resolved +resolved | =
resolved      | !over            | !over              | !not silenced    | !over            | !over            | =
resolved long | !over            | !over              | !not silenced    | !over            | !over            | =
accepted      | !over            | !over              | !not silenced    | !over            | !over            | =
flapping      | acknowledged     | silenced           | !not silenced    | resolved         | resolved         | firing +reminded
inhibited     | acknowledged     | silenced           | !not silenced    | resolved         | resolved         | =
";

/// A life in the state that a row is named after.
fn life(state: &str) -> Life {
    let good: &[f64] = &[100.0, 100.0, 100.0];
    let mut life = if matches!(state, "none" | "candidate" | "inhibited") { Life::default() } else { Life::firing() };
    match state {
        "none" | "firing" => {}
        "candidate" => drop(life.land(&[("a", VerdictKind::Candidate, &[130.0])])),
        "acknowledged" => drop(life.command(Command::Acknowledge).unwrap()),
        "silenced" => {
            let until = hour(life.hour) + SignedDuration::from_hours(20);
            drop(life.command(Command::Silence { until }).unwrap());
        }
        "recovering" => drop(life.land(&[GOOD])),
        "resolved" | "resolved long" => {
            drop(life.land(&[("a", Steady, good)]));
            life.hour += if state == "resolved" { 0 } else { 25 };
        }
        "accepted" => drop(life.command(Command::Accept).unwrap()),
        "flapping" => {
            for news in [News::Reopened(vec![series("a")]), News::Flapping(vec![series("a")])] {
                assert_eq!(life.land(&[("a", Steady, good)]), [News::Resolved]);
                assert_eq!(life.land(&[("a", VerdictKind::Regression, &[130.0])]), [news]);
            }
        }
        "inhibited" => {
            drop(life.land(&[("a", VerdictKind::Candidate, &[130.0])]));
            let record = life.record.as_mut().unwrap();
            record.inhibited = true;
            record.members[0].swept = true;
            assert_eq!(life.land(&[("a", VerdictKind::Regression, &[130.0])]), []);
        }
        other => panic!("no such row: {other}"),
    }
    life
}

/// What happens in a column, to a life.
fn happens(what: &str, life: &Life) -> String {
    let settings = Settings::default();
    let Some(record) = life.record.clone() else { return signal(what, life, None) };
    let until = hour(life.hour) + SignedDuration::from_hours(5);
    let command = match what {
        "ack" => Command::Acknowledge,
        "silence" => Command::Silence { until },
        "unsilence" => Command::Unsilence,
        "accept" => Command::Accept,
        "resolve" => Command::Resolve,
        "clock" => {
            let step = expire(&record, hour(life.hour + 30), &settings);
            return step.map_or_else(|| "=".to_owned(), |step| cell(&step));
        }
        _ => return signal(what, life, Some(record)),
    };
    match apply(&record, command, "ada", "", hour(life.hour), &settings) {
        Ok(step) => cell(&step),
        Err(CommandError::Over) => "!over".to_owned(),
        Err(CommandError::OnlySuspected) => "!suspicion".to_owned(),
        Err(CommandError::AlreadyAcknowledged) => "!already".to_owned(),
        Err(CommandError::NotSilenced) => "!not silenced".to_owned(),
        Err(CommandError::SilenceInThePast { .. }) => "!past".to_owned(),
    }
}

fn is_signal(what: &str) -> bool {
    !matches!(what, "ack" | "silence" | "unsilence" | "accept" | "resolve" | "clock")
}

fn signal(what: &str, life: &Life, record: Option<AlertRecord>) -> String {
    let evidence = |before: f64, after: f64, at| {
        let Verdict { shift, .. } = says(VerdictKind::Regression, after);
        Evidence::Shift(Shift { before, change_at: at, ..shift.unwrap() })
    };
    let old = evidence(100.0, 130.0, hour(0));
    let (says, fresh): (Says, &[f64]) = match what {
        "good" => (Says::Good, &[100.0]),
        "good x3" => (Says::Good, &[100.0, 100.0, 100.0]),
        "better" => {
            let verdict = super::says(VerdictKind::Improvement, 130.0);
            let back = Shift { before: 130.0, after: 100.0, ..verdict.shift.unwrap() };
            (Says::Better(back), &[101.0])
        }
        "held" => (Says::Held(old), &[130.0]),
        "suspected" => (Says::Suspected(old), &[130.0]),
        "confirmed" => (Says::Confirmed(old), &[130.0]),
        "further" => (Says::Confirmed(evidence(130.0, 180.0, hour(life.hour + 1))), &[180.0]),
        "late" => (Says::Unclear, &[]),
        other => panic!("no such column: {other}"),
    };
    let verdict = super::says(Steady, 130.0);
    let signal = Signal::of_verdict(&series("a"), Direction::Lower, &verdict, fresh.to_vec());
    let signal = Signal { says, ..signal };
    let settings = Settings::default();
    let occasion = Occasion { now: hour(life.hour + 1), backfill: false, settings: &settings };
    let step = advance(&key_of(AlertKind::Regression, &series("a")), record.as_ref(), &[&signal], &occasion);
    let seen = |record: &AlertRecord| (record.state, record.members.clone());
    match step {
        // Counts alone are no step for people.
        Some(step) if step.transitions.is_empty() && record.as_ref().map(seen) == Some(seen(&step.record)) => {
            "=".to_owned()
        }
        Some(step) => cell(&step),
        None => "=".to_owned(),
    }
}

fn cell(step: &Advance) -> String {
    let mut cell = step.record.state.as_str().to_owned();
    if step.anew && step.transitions.iter().all(|step| step.from.is_none()) && step.record.opened_at > hour(1) {
        cell.push_str(" new");
    }
    for news in &step.news {
        cell.push_str(match news {
            News::Fired(_) => " +fired",
            News::Reopened(_) => " +reopened",
            News::Stayed(_) => " +stayed",
            News::Grew(_) => " +grew",
            News::Flapping(_) => " +flapping",
            News::Flapped(_) => " +flapped",
            News::Reminded(_) => " +reminded",
            News::Resolved => " +resolved",
        });
    }
    cell
}

#[test]
fn every_state_meets_every_signal_every_command_and_the_clock() {
    let mut wrong = Vec::new();
    let mut cells = 0;
    for part in TABLE.trim_matches('\n').split("\n\n") {
        let mut lines = part.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let columns = lines.next().unwrap();
        for row in lines {
            assert_eq!(row.len(), columns.len(), "{row:?}");
            for (column, expected) in columns.iter().zip(&row).skip(1) {
                let life = life(row[0]);
                if life.record.is_none() && !is_signal(column) {
                    assert_eq!(*expected, "", "there is nothing to command");
                    continue;
                }
                let found = happens(column, &life);
                cells += 1;
                if found != *expected {
                    wrong.push(format!("{} x {column}: {found:?}, not {expected:?}", row[0]));
                }
            }
        }
    }
    assert_eq!(cells, 11 * 8 + 10 * 6, "the table is complete");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
