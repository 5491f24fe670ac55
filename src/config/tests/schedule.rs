//! `[[route]]` and the schedule of `[mail]`: what is taken, and what is refused.

use super::*;

#[test]
fn routes_and_the_schedule_are_read() {
    let text = "
[mail]
major = '5%'
critical = 0.5
remind = ['12h', '3d']
update_gap = '1m'
quiet_hours = ['22:00-07:00', 'sat-sun']
max_per_hour = 0
weekly = 'mon 08:00'

[[route]]
benchmark = 'reports/serving/**'
kind = ['regression', 'budget']
severity = 'critical'
to = 'Serving <serving@example.org>'
stop = true

[[route]]
to = []
";
    let config = load_text(text).unwrap();
    let mail = &config.mail;
    assert_eq!((mail.major, mail.critical, mail.max_per_hour), (0.05, 0.5, 0));
    assert_eq!((mail.update_gap, mail.weekly.as_deref()), (Duration::from_secs(60), Some("mon 08:00")));
    let [first, second] = &config.routes[..] else { panic!("{:?}", config.routes) };
    assert_eq!((first.kind.len(), &first.severity[..], first.stop), (2, &["critical".to_owned()][..], true));
    assert_eq!(first.to, ["Serving <serving@example.org>"]);
    assert_eq!((second.benchmark.clone(), second.to.len(), second.stop), (vec!["**".to_owned()], 0, false));
    assert_eq!(load_text(&config.to_toml()).unwrap().routes, config.routes, "what is shown is read again");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (text, what) in [
        ("[mail]\nmajor = 0.3\n", "critical before it is major"),
        ("[mail]\nremind = ['1s']\n", "pauses"),
        ("[mail]\nremind = ['soon']\n", "soon"),
        ("[mail]\nquiet_hours = ['22-7']\n", "not a time of the day"),
        ("[mail]\nquiet_hours = ['mon-fri', 'sat', 'sun']\n", "no time at all"),
        ("[mail]\nweekly = 'monday'\n", "day and a time"),
        ("[mail]\nweekly = 'monday 8am'\n", "such as \"mon 08:00\""),
        ("[report]\nkeep_age = '90'\n", "add a unit: \"90h\" or \"90d\""),
        ("[report]\nkeep_age = 90\n", "add a unit: \"90h\" or \"90d\""),
        ("[mail]\nupdate_gap = 'soon'\n", "not \"soon\""),
        ("[[route]]\nbenchmark = 'x'\n", "`to` or `webhook`"),
        ("[[route]]\nto = 'x'\n", "mail address"),
        ("[[route]]\nto = []\nbenchmark = []\n", "at least one pattern"),
        ("[[route]]\nto = []\nkind = 'regresion'\n", "did you mean `regression`"),
        ("[[route]]\nto = []\nseverity = 'mayor'\n", "did you mean `major`"),
        ("[[route]]\nwebhook = 'pager'\n", "pager"),
    ] {
        let told = error(text);
        assert!(told.contains(what), "{text}: {told}");
    }
}
