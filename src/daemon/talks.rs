//! The agents' worker: several landings are talked about at a time, those of which somebody gets a mail first, and whichever has waited
//! for its whole time goes on without a model.
//!
//! A landing that waits costs nothing but its row. The queue is looked at whenever something changes and when the next time is up, so a
//! server that hangs in one conversation keeps no other landing beyond its deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;
use tracing::{error, info};

use super::stage::agent::{self, Time};
use super::worker::{FIRST_WAIT, Kit, POLL, put_off};
use crate::dialogue::{Said, Standing};
use crate::store::{LandingRow, Stage, Waiting};

/// Talks about landings until the daemon stops; what is under way then is cut off, and its rows stay.
///
/// # Errors
/// When the worker itself panicked.
pub async fn attend(mut kit: Kit) -> Result<()> {
    let mut talks = Talks::default();
    while !*kit.stopping.borrow() {
        // Registered before the query, so that a row written in between is not slept over.
        let bell = std::sync::Arc::clone(kit.bells.of(Stage::Agent));
        let rung = bell.notified();
        let wait = talks.look(&kit).await?;
        tokio::select! {
            () = rung => {}
            () = sleep(wait) => {}
            Some(ended) = talks.under_way.join_next() => {
                let landing = ended.map_err(|broken| anyhow!("the agents' worker broke: {broken}"))?;
                talks.ids.remove(&landing);
            }
            _ = kit.stopping.changed() => {}
        }
    }
    Ok(())
}

/// What is remembered of the queue; none of it must survive.
#[derive(Default)]
struct Talks {
    under_way: JoinSet<i64>,
    ids: BTreeSet<i64>,
    /// The time of each landing that waits, from when it was first seen.
    times: BTreeMap<i64, Time>,
}

impl Talks {
    /// Hands on what can wait no longer and begins what there is room for; gives the time until the next look.
    async fn look(&mut self, kit: &Kit) -> Result<Duration> {
        let (context, settings) = (kit.context.clone(), kit.context.settings());
        let now = context.clock.now();
        let waiting = spawn_blocking(move || context.store.waiting(now)).await;
        let waiting = match waiting.map_err(|broken| anyhow!("the agents' worker broke: {broken}"))? {
            Ok(waiting) => waiting,
            Err(failure) => {
                error!(stage = Stage::Agent.as_str(), "cannot look for work: {failure}");
                return Ok(FIRST_WAIT);
            }
        };
        let (off, room) = (settings.agents.is_off(), settings.agents.concurrency.max(1));
        let there: BTreeSet<i64> = waiting.iter().map(|one| one.landing.id).collect();
        self.times.retain(|id, _| there.contains(id));
        let mut wait = POLL;
        for Waiting { landing, is_due, .. } in self.seen(waiting, kit) {
            let Some(time) = self.times.get(&landing.id).copied() else { continue };
            if self.ids.contains(&landing.id) {
                continue;
            }
            if off || time.left().is_zero() {
                if !hand_on(kit, landing, time).await? {
                    wait = FIRST_WAIT;
                }
            } else if is_due && self.ids.len() < room {
                self.ids.insert(landing.id);
                self.under_way.spawn(talk(kit.clone(), landing, time));
            } else {
                wait = wait.min(time.left());
            }
        }
        Ok(wait)
    }

    /// Notes the time of each landing when it is first seen.
    fn seen(&mut self, waiting: Vec<Waiting>, kit: &Kit) -> Vec<Waiting> {
        let (settings, now) = (kit.context.settings(), kit.context.clock.now());
        for one in &waiting {
            self.times.entry(one.landing.id).or_insert_with(|| Time::of(one, &settings.agents, now));
        }
        waiting
    }
}

/// Talks about one landing and gives its number back.
async fn talk(kit: Kit, landing: LandingRow, time: Time) -> i64 {
    let id = landing.id;
    match agent::run(&kit.context, &landing, time).await {
        Ok(said) => went_on(&kit, id, &said),
        Err(failure) => failed(kit, landing, failure).await,
    }
    id
}

/// Hands a landing on without a conversation; says whether that could be written.
async fn hand_on(kit: &Kit, landing: LandingRow, time: Time) -> Result<bool> {
    match agent::pass_on(&kit.context, &landing, time).await {
        Ok(said) => {
            went_on(kit, landing.id, &said);
            Ok(true)
        }
        Err(failure) => {
            failed(kit.clone(), landing, failure).await;
            Ok(false)
        }
    }
}

fn went_on(kit: &Kit, landing: i64, said: &Said) {
    let what = match &said.standing {
        Standing::Off => "no model is to be asked".to_owned(),
        Standing::Unavailable(why) => format!("no model could be asked: {why}"),
        Standing::Used => "the agents' words are used".to_owned(),
        Standing::PartlyUsed => format!("the agents' words are used but for {} sentences", said.dropped.len()),
        Standing::Rejected(why) => format!("the agents' words are not used: {why}"),
    };
    info!(landing, calls = said.calls.len(), "{what}");
    kit.bells.of(Stage::Report).notify_one();
}

async fn failed(kit: Kit, landing: LandingRow, failure: anyhow::Error) {
    // It ends by itself or with the process: there is nothing to be done about it here.
    let _ = spawn_blocking(move || put_off(Stage::Agent, &kit, &landing, &failure)).await;
}
