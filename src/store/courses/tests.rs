//! Courses: the newest runs, as they counted then or count now, with those of the default branch before those of a branch.

use crate::domain::series::SeriesKey;
use crate::domain::units::Unit;
use crate::insight::Course;
use crate::store::tracks::tests::{Index, hour};

fn series() -> SeriesKey {
    SeriesKey { benchmark: "b".into(), metric: "time".into(), ..SeriesKey::default() }
}

fn course(index: &Index, landing: Option<i64>, most: usize) -> Course {
    index.store.course(landing, &series(), most).unwrap().unwrap()
}

fn values(course: &Course) -> Vec<f64> {
    course.runs.iter().map(|run| run.point.value).collect()
}

#[test]
fn the_newest_runs_come_oldest_first_and_name_their_cells() {
    let index = Index::new();
    for at in [3, 1, 4, 2] {
        index.run(at, at as f64);
    }
    let found = course(&index, None, 3);
    assert_eq!((values(&found), found.left_out), (vec![2.0, 3.0, 4.0], 1));
    let newest = &found.runs.last().unwrap();
    let point = &newest.point;
    assert_eq!((point.at, point.commit.as_deref(), newest.n), (hour(4), Some("4e9482e"), 3));
    assert_eq!((point.path.as_str(), point.cell.as_str()), ("r/4.json", "$.results[3].time"));
    assert_eq!((values(&course(&index, None, 9)), course(&index, None, 9).left_out), (vec![1.0, 2.0, 3.0, 4.0], 0));
    assert_eq!(course(&index, None, 0), Course { runs: Vec::new(), left_out: 0 }, "nothing is asked for");
    let unknown = SeriesKey { metric: "other".into(), ..series() };
    assert_eq!(index.store.course(None, &unknown, 3).unwrap(), None);
}

#[test]
fn a_landing_is_shown_what_counted_when_it_was_judged() {
    let index = Index::new();
    let landings: Vec<i64> = (1..=3).map(|at| index.run(at, at as f64)).collect();
    index.say(1, true);
    index.judge(landings[1], 0);
    index.say(2, true);
    index.judge(landings[2], 0);
    index.say(1, false);
    assert_eq!(values(&course(&index, Some(landings[1]), 9)), [2.0], "run 1 was excluded, run 3 had not come");
    assert_eq!(values(&course(&index, Some(landings[2]), 9)), [3.0]);
    assert_eq!(values(&course(&index, None, 9)), [1.0, 3.0]);
}

#[test]
fn before_the_runs_of_a_branch_stand_the_older_ones_of_the_default_branch_in_its_unit() {
    let index = Index::new();
    let in_unit = |at: i64, value: f64, unit: &str, branch: Option<&str>| {
        index.land(&format!("r/{at}.json"), value, |parsed| {
            parsed.runs[0].time = hour(at);
            let key = &mut parsed.measurements[0].1.series;
            key.unit = Unit::new(unit);
            branch.unwrap_or_default().clone_into(&mut key.environment);
        })
    };
    for at in [1, 2, 9] {
        in_unit(at, at as f64, "s", None);
    }
    let landing = in_unit(3, 2500.0, "ms", Some("branch faster"));
    let key = SeriesKey { unit: Unit::new("ms"), environment: "branch faster".into(), ..series() };
    let found = index.store.course(Some(landing), &key, 2).unwrap().unwrap();
    assert_eq!(
        (values(&found), found.left_out),
        (vec![2000.0, 2500.0], 1),
        "what is newer than the branch is not before it"
    );
}
