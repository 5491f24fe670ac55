//! The page of a made-up landing with figures: what it shows, what it links, and what hostile names do to it.

use std::collections::HashSet;

use super::*;
use crate::domain::series::Direction;
use crate::domain::units::Unit;
use crate::domain::zone::Zone;
use crate::insight::tests as lab;
use crate::insight::{Block, Certainty, Effect, Effects, Figure, History, Level, Point, Tone, Turn, same_numbers};
use crate::report::{IndexRow, index, markdown};

fn history(name: &str) -> Block {
    let point = |i: u32| Point {
        at: lab::at("2026-02-01T00:00:00Z") + jiff::SignedDuration::from_hours(24 * i64::from(i)),
        value: if i < 24 { 0.2 } else { 0.26 } + f64::from(i % 5) / 1000.0,
        commit: Some(format!("{:07x}", 0xabc_1234 + i)),
        path: format!("reports/{name}.csv"),
        cell: format!("row {i}, column ttft"),
    };
    let level = |from, to, level| Level { from, to, level, noise: Some(0.004) };
    Block::Figure(Box::new(Figure::History(History {
        title: format!("ttft of {name}, gpu=40"),
        metric: "ttft".into(),
        unit: Unit::new("s"),
        direction: Direction::Lower,
        points: (0..27).map(point).collect(),
        left_out: 0,
        levels: vec![level(0, 24, 0.202), level(24, 27, 0.261)],
        changes: vec![Turn { index: 24, worse: Some(true) }],
    })))
}

fn effects(name: &str) -> Block {
    let bar = |to: &str, difference: f64, half: f64| Effect {
        to: to.into(),
        difference,
        interval: Some((difference - half, difference + half)),
        certainty: if difference.abs() > half { Certainty::MoreThanChance } else { Certainty::MayBeChance },
    };
    Block::Figure(Box::new(Figure::Effects(Effects {
        setting: "ctx".into(),
        reference: "1024".into(),
        metric: name.into(),
        unit: Unit::new("percent"),
        direction: Direction::Lower,
        bars: vec![bar("2048", 12.0, 3.0), bar("4096", -20.0, 6.0), bar("8192", 1.0, 4.0)],
    })))
}

/// The made-up landing with tones and figures.
fn rich(name: &str) -> Analysis {
    let mut analysis = lab::analysis(false);
    for section in &mut analysis.sections {
        match section.title.as_str() {
            "Regressions" => {
                section.tone = Tone::Worse;
                let at = section.blocks.iter().position(|block| matches!(block, Block::Levels(_))).unwrap();
                section.blocks.insert(at + 1, history(name));
            }
            "Watching, not confirmed" => section.tone = Tone::Watched,
            title if title.starts_with("Sweeps") => section.blocks.extend([effects(name), effects(name)]),
            _ => {}
        }
    }
    analysis
}

/// The page without its style and what is drawn.
fn bare(page: &str) -> String {
    let mut out = String::new();
    let (mut drawings, mut styled) = (0, false);
    for (i, part) in page.split('<').enumerate() {
        drawings += usize::from(part.starts_with("svg"));
        styled |= part.starts_with("style");
        if drawings == 0 && !styled {
            out.push_str(if i == 0 { "" } else { "<" });
            out.push_str(part);
        } else if part.starts_with("/svg>") {
            drawings -= 1;
            out.push_str(if drawings == 0 { part.strip_prefix("/svg>").unwrap() } else { "" });
        } else if part.starts_with("/style>") {
            styled = false;
        }
    }
    out
}

#[test]
fn a_page_reads_as_it_should() {
    insta::assert_snapshot!(bare(&html(&rich("tiny"))));
}

#[test]
fn a_page_shows_the_numbers_of_the_report() {
    for analysis in [lab::analysis(false), rich("tiny 5")] {
        assert_eq!(same_numbers(&markdown(&analysis), &html(&analysis)), None);
    }
}

/// The values of an attribute in a page.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let open = format!(" {attribute}=\"");
    page.split(&open).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_link_has_its_target_and_every_name_is_given_once() {
    let page = html(&rich("tiny"));
    let ids = values(&page, "id");
    let given: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(given.len(), ids.len());
    let links: Vec<&str> = values(&page, "href").into_iter().filter_map(|to| to.strip_prefix('#')).collect();
    assert!(links.len() > 100, "{}", links.len());
    for link in links.iter().copied().chain(values(&page, "aria-labelledby").into_iter().flat_map(|ids| ids.split(' ')))
    {
        assert!(given.contains(link), "{link}");
    }
    // Each fact leads back to where it is used.
    let facts = ids.iter().filter(|id| id.strip_prefix('F').is_some_and(|n| n.parse::<u32>().is_ok())).count();
    assert!(facts > 50 && page.matches("class=\"back\"").count() >= facts * 9 / 10);
}

/// All tags of a page, without their brackets.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter(|tag| !tag.starts_with('!')).map(|tag| tag.split_once('>').unwrap().0)
}

#[test]
fn elements_are_closed_in_order() {
    let void = ["meta", "link", "wbr"];
    for page in [html(&rich("tiny")), html(&rich("<b>\"'&amp;</svg>")), index(&rows(), &Zone::UTC)] {
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&page) {
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !void.contains(&name) && !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let page = html(&rich("<img src=http://e/p.png onerror=alert(1)>"));
    assert!(page.contains("default-src 'none'") && !page.contains("url(") && !page.contains("@import"));
    for tag in tags(&page) {
        assert!(
            !["script", "img", "iframe", "object", "image", "use"].iter().any(|name| tag.starts_with(name)),
            "{tag}"
        );
        assert!(!tag.contains(" src=") && !tag.contains(" onerror"), "{tag}");
    }
    let outside = |to: &&&str| !to.starts_with('#') && !to.starts_with("data:image/svg+xml,");
    assert_eq!(values(&page, "href").iter().find(outside), None);
}

fn rows() -> Vec<IndexRow> {
    let row = |landing: i64, at: &str, worse: u64, html: Option<&str>| IndexRow {
        landing,
        at: lab::at(at),
        verdict: "`ttft` of `a<b` got worse (+30 %). &lt;script&gt; [x](javascript:y)".into(),
        worse,
        better: 1,
        watched: 0,
        artifacts: 4,
        markdown: "reports/100% #1?/insight:\"a\".md".into(),
        html: html.map(str::to_owned),
    };
    let old = row(1, "2026-03-01T00:00:00Z", 0, None);
    vec![old, row(2, "2026-03-02T00:00:00Z", 2, Some("reports/ä/x.html"))]
}

#[test]
fn the_index_lists_the_newest_first_with_links_that_hold() {
    let page = index(&rows(), &Zone::UTC);
    let odd = "reports/100%25%20%231%3F/insight%3A%22a%22.md";
    let links: Vec<&str> = values(&page, "href").into_iter().filter(|to| !to.starts_with("data:")).collect();
    assert_eq!(links, ["reports/%C3%A4/x.html", odd, odd, odd]);
    assert!(page.contains("<code>ttft</code> of <code>a&lt;b</code> got worse (+30 %). &lt;script&gt; x"), "{page}");
    assert!(page.contains(">2026-03-02 00:00:00 UTC</a> <span class=\"landing\">landing 2</span>"), "{page}");
    assert!(page.contains(&format!("<!-- {REPORT_MARKER} index -->")));
    assert!(index(&[], &Zone::UTC).contains("There is no report yet."));
}
