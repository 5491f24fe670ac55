use super::*;

const SETTINGS: SettleSettings = SettleSettings {
    settle: Duration::from_millis(1000),
    quiet: Duration::from_millis(2000),
    max_age: Duration::from_millis(60_000),
};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Version `n` of a file: it grows in place.
fn version(path: &str, n: u64) -> Found {
    let stamp = FileStamp { dev: 1, ino: 7, size: n, mtime_ns: i64::try_from(n).unwrap(), ctime_ns: 0 };
    Found { path: RelPath::new(path), kind: ArtifactKind::Csv, stamp }
}

fn names(landing: Option<Vec<Found>>) -> Vec<String> {
    landing.into_iter().flatten().map(|found| found.path.display()).collect()
}

fn paths(list: &[RelPath]) -> Vec<String> {
    list.iter().map(RelPath::display).collect()
}

/// Files that the test writes, and a settler that is driven as the daemon drives it: only when `next_wake` says so.
struct World {
    now: Duration,
    settler: Settler,
    files: BTreeMap<RelPath, Found>,
    landings: Vec<(Duration, Vec<Found>)>,
}

impl World {
    fn new(settings: SettleSettings) -> Self {
        Self { now: ms(0), settler: Settler::new(settings), files: BTreeMap::new(), landings: Vec::new() }
    }

    /// Writes a file; `event` tells whether anybody hears of it.
    fn write(&mut self, found: Found, event: bool) {
        if event {
            self.settler.see(found.clone(), self.now);
        }
        self.files.insert(found.path.clone(), found);
    }

    fn remove(&mut self, path: &str) {
        self.files.remove(&RelPath::new(path));
    }

    fn run_until(&mut self, end: Duration) {
        while let Some(wait) = self.settler.next_wake(self.now).filter(|wait| self.now + *wait <= end) {
            self.now += wait;
            let looks = self.settler.to_look_at(self.now);
            for path in &looks {
                match self.files.get(path) {
                    Some(found) => self.settler.see(found.clone(), self.now),
                    None => self.settler.gone(path),
                }
            }
            let landing = self.settler.due(self.now);
            assert!(!looks.is_empty() || landing.is_some(), "woken at {:?} for nothing", self.now);
            if let Some(landing) = landing {
                let read = self.read(landing);
                self.landings.push((self.now, read));
            }
            check_queues(&self.settler);
        }
        self.now = end;
    }

    /// Reading finds out what changed since it was last looked at.
    fn read(&mut self, landing: Vec<Found>) -> Vec<Found> {
        let (same, changed): (Vec<_>, Vec<_>) =
            landing.into_iter().partition(|found| self.files.get(&found.path).is_none_or(|now| now == found));
        for found in changed {
            self.settler.see(self.files[&found.path].clone(), self.now);
        }
        same
    }

    fn landed(&self) -> Vec<(u64, Vec<String>)> {
        let row =
            |(at, landing): &(Duration, Vec<Found>)| (at.as_millis().try_into().unwrap(), names(Some(landing.clone())));
        self.landings.iter().map(row).collect()
    }
}

fn check_queues(settler: &Settler) {
    let queues = [&settler.fresh, &settler.patient, &settler.settled];
    let queued: BTreeSet<&RelPath> = queues.into_iter().flatten().map(|(_, path)| path).collect();
    assert_eq!(queued.len(), queues.iter().map(|queue| queue.len()).sum::<usize>(), "a path in two queues");
    assert!(queued.into_iter().eq(settler.entries.keys()));
}

#[test]
fn two_equal_looks_a_settle_time_apart_then_a_quiet_gap() {
    let mut settler = Settler::new(SETTINGS);
    settler.see(version("a", 1), ms(500));
    assert_eq!(settler.next_wake(ms(500)), Some(ms(1000)));
    settler.see(version("a", 1), ms(1400)); // too early to prove anything
    assert!(settler.to_look_at(ms(1499)).is_empty());
    assert_eq!(paths(&settler.to_look_at(ms(1500))), ["a"]);
    assert_eq!(settler.due(ms(5000)), None);
    settler.see(version("a", 1), ms(1500));
    assert_eq!(settler.next_wake(ms(1500)), Some(ms(1000)));
    assert_eq!(settler.due(ms(2499)), None);
    assert_eq!(names(settler.due(ms(2500))), ["a"]);
    assert!(settler.is_empty());
    assert_eq!(settler.next_wake(ms(2500)), None);
    assert_eq!(settler.due(ms(9999)), None);
}

#[test]
fn files_that_arrive_together_land_together_sorted() {
    let mut world = World::new(SETTINGS);
    for (at, path) in [(0, "c"), (700, "a"), (2500, "b")] {
        world.run_until(ms(at));
        world.write(version(path, 1), true);
    }
    world.run_until(ms(10_000));
    world.write(version("later", 1), true);
    world.run_until(ms(20_000));
    assert_eq!(world.landed(), [(4500, vec!["a".into(), "b".into(), "c".into()]), (12_000, vec!["later".into()])]);
}

#[test]
fn an_arrival_that_is_still_settling_is_waited_for_even_if_quiet_is_short() {
    let mut world = World::new(SettleSettings { quiet: ms(10), ..SETTINGS });
    world.write(version("a", 1), true);
    world.run_until(ms(900));
    world.write(version("b", 1), true);
    world.run_until(ms(10_000));
    assert_eq!(world.landed(), [(1900, vec!["a".into(), "b".into()])]);
}

#[test]
fn a_file_that_grows_for_five_minutes_lands_once_and_holds_the_others_no_longer_than_the_maximum_age() {
    for event in [true, false] {
        let mut world = World::new(SETTINGS);
        world.write(version("other", 1), true);
        for n in 0..600 {
            world.write(version("grows", n), event || n == 0);
            world.run_until(ms((n + 1) * 500));
        }
        world.run_until(ms(400_000));
        let landed = world.landed();
        assert_eq!(landed.len(), 2, "{landed:?}");
        assert_eq!(landed[0], (61_000, vec!["other".into()]));
        assert_eq!(landed[1].1, ["grows"]);
        assert_eq!(world.landings[1].1[0].stamp.size, 599);
    }
}

#[test]
fn a_log_with_a_row_every_few_seconds_lands_a_few_times_and_holds_nobody_up() {
    let mut world = World::new(SETTINGS);
    for n in 0..60 {
        world.write(version("log", n), true);
        if n == 40 {
            world.write(version("other", 1), true);
        }
        world.run_until(ms((n + 1) * 5000));
    }
    world.run_until(ms(400_000));
    let of = |name: &str| {
        world.landings.iter().filter(|(_, l)| names(Some(l.clone())).contains(&name.to_owned())).collect::<Vec<_>>()
    };
    assert!(of("log").len() <= 4, "{:?}", world.landed());
    assert_eq!(of("log").last().unwrap().1.last().unwrap().stamp.size, 59);
    assert_eq!(of("other")[0].0, ms(202_000));
}

#[test]
fn a_file_replaced_by_a_finished_one_is_not_restless() {
    let mut world = World::new(SETTINGS);
    for round in 0..10 {
        let mut found = version("a", 100);
        found.stamp.ino = round; // same size, same mtime: a rename
        world.write(found, true);
        world.run_until(ms((round + 1) * 10_000));
    }
    assert_eq!(world.landings.len(), 10);
    assert!(world.landings.iter().all(|(at, _)| at.as_millis() % 10_000 == 2000), "{:?}", world.landed());
}

#[test]
fn a_change_after_settling_restarts_the_wait() {
    let mut settler = Settler::new(SETTINGS);
    settler.see(version("a", 1), ms(0));
    settler.see(version("a", 1), ms(1000));
    settler.see(version("a", 2), ms(1900));
    assert_eq!(settler.due(ms(2500)), None);
    assert!(settler.to_look_at(ms(3899)).is_empty());
    settler.see(version("a", 2), ms(3900));
    assert_eq!(settler.due(ms(3900)).unwrap(), [version("a", 2)]);
}

#[test]
fn a_file_that_vanishes_is_forgotten_in_every_state() {
    let mut world = World::new(SETTINGS);
    world.write(version("unsettled", 1), true);
    world.remove("unsettled");
    world.run_until(ms(5000));
    world.write(version("settled", 1), true);
    world.run_until(ms(6500));
    world.settler.gone(&RelPath::new("settled"));
    world.settler.incomplete(version("half", 1), "cut".into(), world.now);
    world.settler.gone(&RelPath::new("half"));
    world.settler.gone(&RelPath::new("never seen"));
    assert!(world.settler.is_empty());
    assert_eq!(world.settler.next_wake(world.now), None);
    assert!(world.landings.is_empty());
    check_queues(&world.settler);
}

#[test]
fn a_half_written_file_waits_ever_longer_and_lands_when_completed_without_an_event() {
    let mut world = World::new(SETTINGS);
    world.write(version("half", 1), true);
    world.run_until(ms(2000));
    let (at, landing) = world.landings.pop().unwrap();
    world.settler.incomplete(landing[0].clone(), "ends in the middle".into(), at);
    let pending: Vec<_> = world.settler.pending().collect();
    assert_eq!(pending[0].state, PendingState::Waiting { reason: "ends in the middle" });

    let mut waits = Vec::new();
    for _ in 0..8 {
        let wait = world.settler.next_wake(world.now).unwrap();
        waits.push(wait.as_secs());
        world.run_until(world.now + wait);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    assert!(world.landings.is_empty());

    world.write(version("half", 2), false);
    world.run_until(world.now + ms(40_000));
    assert_eq!(world.landings.len(), 1);
    assert_eq!(world.landings[0].1, [version("half", 2)]);
}

#[test]
fn an_incomplete_file_holds_nobody_up() {
    let mut world = World::new(SETTINGS);
    world.settler.incomplete(version("half", 1), "cut".into(), ms(0));
    world.files.insert(RelPath::new("half"), version("half", 1));
    world.write(version("a", 1), true);
    world.run_until(ms(5000));
    assert_eq!(world.landed(), [(2000, vec!["a".into()])]);
}

#[test]
fn what_could_not_be_read_is_tried_again_unchanged_and_ever_less_often() {
    let mut world = World::new(SETTINGS);
    world.write(version("a", 1), true);
    let mut gaps = Vec::new();
    let mut last = ms(0);
    for _ in 0..7 {
        while world.landings.is_empty() {
            let wait = world.settler.next_wake(world.now).unwrap();
            world.run_until(world.now + wait);
        }
        let (at, mut landing) = world.landings.pop().unwrap();
        gaps.push((at - last).as_secs());
        last = at;
        world.settler.retry(landing.remove(0), "input/output error".into(), at);
    }
    assert_eq!(gaps, [2, 2, 3, 5, 9, 17, 31]);
}

#[test]
fn a_late_verdict_on_a_version_that_has_changed_since_is_ignored() {
    let mut settler = Settler::new(SETTINGS);
    settler.see(version("a", 2), ms(0));
    settler.incomplete(version("a", 1), "cut".into(), ms(10));
    assert_eq!(settler.pending().next().unwrap().state, PendingState::Unsettled);
    check_queues(&settler);
}

#[test]
fn a_look_that_fails_is_made_again_without_spinning() {
    let mut settler = Settler::new(SETTINGS);
    settler.see(version("a", 1), ms(0));
    settler.look_failed(&RelPath::new("a"), "permission denied".into(), ms(1000));
    assert_eq!(settler.next_wake(ms(1000)), Some(ms(1000)));
    settler.look_failed(&RelPath::new("a"), "permission denied".into(), ms(2000));
    assert_eq!(settler.next_wake(ms(2000)), Some(ms(2000)));
    settler.see(version("a", 1), ms(4000)); // seen at last: the first of its two looks
    assert_eq!(settler.due(ms(4000)), None);
    settler.see(version("a", 1), ms(5000));
    assert_eq!(names(settler.due(ms(5000))), ["a"]);
}

#[test]
fn new_settings_hold_for_what_is_pending() {
    let mut settler = Settler::new(SettleSettings { settle: ms(600_000), ..SETTINGS });
    settler.see(version("a", 1), ms(0));
    assert_eq!(settler.next_wake(ms(0)), Some(ms(600_000)));
    settler.set_settings(SettleSettings { settle: ms(10), quiet: ms(20), max_age: ms(100) });
    assert_eq!(settler.next_wake(ms(0)), Some(ms(10)));
    settler.see(version("a", 1), ms(10));
    assert_eq!(names(settler.due(ms(20))), ["a"]);
    check_queues(&settler);
}

#[test]
fn extreme_settings_neither_panic_nor_spin() {
    for time in [Duration::ZERO, Duration::MAX] {
        let mut settler = Settler::new(SettleSettings { settle: time, quiet: time, max_age: time });
        settler.see(version("a", 1), ms(5));
        settler.see(version("a", 1), ms(5));
        settler.see(version("a", 2), ms(6));
        settler.see(version("a", 2), ms(6));
        let landing = settler.due(ms(6));
        assert_eq!(landing.is_some(), time == Duration::ZERO);
        settler.incomplete(version("b", 2), "cut".into(), ms(7));
        assert!(settler.next_wake(ms(7)).unwrap() >= ms(10));
    }
}

#[test]
fn a_burst_of_a_hundred_thousand_files_is_one_landing() {
    let mut world = World::new(SETTINGS);
    for n in 0..100_000_u64 {
        world.now = Duration::from_micros(n * 10);
        world.write(version(&format!("reports/{:03}/{n}.csv", n % 997), 1), true);
        world.settler.next_wake(world.now);
    }
    let mut settler = world.settler;
    for path in settler.to_look_at(ms(2000)) {
        settler.see(world.files[&path].clone(), ms(2000));
    }
    let landing = settler.due(ms(3000)).unwrap();
    assert_eq!(landing.len(), 100_000);
    assert!(landing.is_sorted_by(|a, b| a.path < b.path));
    assert!(settler.is_empty());
}

/// Random writers against the settler: whatever they do, what lands was unchanged for a settle time, nothing lands twice in one version,
/// and in the end the last version of every file has landed.
#[test]
fn whatever_happens_the_last_version_of_every_file_lands_once() {
    for seed in 1..=200_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let mut world = World::new(SettleSettings { settle: ms(10), quiet: ms(next(40)), max_age: ms(50 + next(300)) });
        let mut written: BTreeMap<(RelPath, u64), Duration> = BTreeMap::new();
        for n in 1..=80 {
            let found = version(&format!("file{}", next(6)), n);
            written.insert((found.path.clone(), n), world.now);
            // The first sight of a file needs an event or a scan; later changes are noticed without while it is pending.
            let pending = world.settler.pending().any(|pending| *pending.path == found.path);
            world.write(found, !pending || next(2) == 0);
            world.run_until(world.now + ms(next(60)));
        }
        world.run_until(world.now + ms(100_000));
        assert!(world.settler.is_empty(), "seed {seed}");
        let mut last: BTreeMap<RelPath, u64> = BTreeMap::new();
        for (at, landing) in &world.landings {
            for Found { path, stamp, .. } in landing {
                assert!(*at >= written[&(path.clone(), stamp.size)] + ms(10), "seed {seed}: landed too early");
                assert!(last.insert(path.clone(), stamp.size) < Some(stamp.size), "seed {seed}: landed twice");
            }
        }
        let expected: BTreeMap<RelPath, u64> =
            world.files.iter().map(|(path, found)| (path.clone(), found.stamp.size)).collect();
        assert_eq!(last, expected, "seed {seed}");
    }
}
