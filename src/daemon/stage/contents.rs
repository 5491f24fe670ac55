//! The table of contents: `insight.html` at the top of the tree, or in the one directory of reports, with a link to each report that is
//! there.
//!
//! It is made anew from the index each time and replaces only itself: a file of that name that somebody else made is left alone, and
//! health says so. It fails when the index cannot be read or written; a directory that cannot be written is a complaint and no failure.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
use tracing::warn;

use super::report::{PLACE, tidy};
use crate::daemon::context::{Context, Settings};
use crate::publish::{PublishError, publish, publish_new};
use crate::report::{self, IndexRow, REPORT_MARKER};
use crate::store::Listed;

/// The name of the page.
const NAME: &str = "insight.html";
/// Within so many bytes stands what says that a page is ours.
const HEAD: u64 = 512;
/// The cause under which stands why there is no page.
const CAUSE: &str = "index page";

/// What has the page's name.
enum There {
    Nothing,
    Ours(Vec<u8>),
    /// Somebody else's file.
    Foreign,
}

/// Writes the page, if it is wanted and differs from what is there. Before the first report there is none.
///
/// # Errors
/// When the index cannot be read or written.
pub fn write(context: &Context, settings: &Settings) -> Result<()> {
    if !settings.report.index {
        return Ok(context.store.well_again(CAUSE).map(drop)?);
    }
    let dir = settings.report.dir.as_deref().unwrap_or(&settings.tree.base);
    let listed = context.store.listed_reports().context("read which reports there are")?;
    if listed.is_empty() {
        return Ok(());
    }
    let rows: Vec<IndexRow> = listed.iter().filter_map(|listed| row(listed, dir)).collect();
    let page = report::index(&rows, &settings.insight.zone);
    match put(dir, page.as_bytes()) {
        Ok(()) => context.store.well_again(CAUSE).map(drop)?,
        // One cause is one complaint: that no report can be written there is told already.
        Err(_) if settings.report.dir.is_some() && is_told(context)? => context.store.well_again(CAUSE).map(drop)?,
        Err(told) => {
            if context.store.complain(CAUSE, &told, context.clock.now())? {
                warn!("{told}");
            }
        }
    }
    Ok(())
}

/// Whether it is told already that the directory of the reports cannot be used.
fn is_told(context: &Context) -> Result<bool> {
    Ok(context.store.complaints()?.iter().any(|complaint| complaint.cause == PLACE))
}

/// Replaces our own page, or makes the first one; otherwise says why not.
fn put(dir: &Path, page: &[u8]) -> Result<(), String> {
    let path = dir.join(NAME);
    let foreign = || {
        format!(
            "{} is not ours and is left alone, so no page links the reports; rename it, or set index = false in [report]",
            path.display()
        )
    };
    let written = match there(&path).map_err(|failure| format!("{} cannot be read: {failure}", path.display()))? {
        There::Foreign => return Err(foreign()),
        There::Ours(old) if old == page => return Ok(()),
        There::Ours(_) => {
            tidy(dir);
            publish(dir, NAME, page, None)
        }
        There::Nothing => publish_new(dir, NAME, page, None),
    };
    match written {
        Ok(_) => Ok(()),
        // Somebody was faster.
        Err(PublishError::Taken { .. }) => Err(foreign()),
        Err(failure) => Err(format!("no page links the reports: {failure}")),
    }
}

fn there(path: &Path) -> io::Result<There> {
    match fs::symlink_metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(There::Nothing);
        }
        Err(error) => return Err(error),
        Ok(metadata) if !metadata.is_file() => return Ok(There::Foreign),
        Ok(_) => {}
    }
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut bytes)?;
    // A report has the marker too, but is no index.
    let marker = format!("<!-- {REPORT_MARKER} index -->");
    if !bytes.windows(marker.len()).any(|window| window == marker.as_bytes()) {
        return Ok(There::Foreign);
    }
    file.read_to_end(&mut bytes)?;
    Ok(There::Ours(bytes))
}

/// A line of the page; none for a report that is not there any more.
fn row(listed: &Listed, dir: &Path) -> Option<IndexRow> {
    let markdown = Path::new(OsStr::from_bytes(&listed.path));
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    let link = |path: &Path| relative(dir, path).to_string_lossy().into_owned();
    let page = markdown.with_extension("html");
    let gist = &listed.gist;
    is_there(markdown).then(|| IndexRow {
        landing: listed.landing,
        at: listed.at,
        verdict: gist.verdict.clone(),
        worse: gist.worse,
        better: gist.better,
        watched: gist.watched,
        artifacts: listed.artifacts,
        markdown: link(markdown),
        html: is_there(&page).then(|| link(&page)),
    })
}

/// The way from a directory to a file; both absolute.
fn relative(dir: &Path, file: &Path) -> PathBuf {
    let shared = dir.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = dir.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_down_and_across() {
        let way = |dir: &str, file: &str| relative(Path::new(dir), Path::new(file)).to_string_lossy().into_owned();
        assert_eq!(way("/bench", "/bench/reports/a/insight-1.md"), "reports/a/insight-1.md");
        assert_eq!(way("/bench/all", "/bench/reports/x.md"), "../reports/x.md");
        assert_eq!(way("/bench/all", "/var/lib/y.md"), "../../var/lib/y.md");
    }

    #[test]
    fn only_our_own_page_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        let page = |text: &str| format!("<!doctype html>\n<!-- {REPORT_MARKER} index -->\n{text}");
        put(dir.path(), page("one").as_bytes()).unwrap();
        put(dir.path(), page("two").as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), page("two"));
        for foreign in ["<html>results</html>", &format!("<!-- {REPORT_MARKER} landing=7 -->")] {
            fs::write(&path, foreign).unwrap();
            let told = put(dir.path(), page("three").as_bytes()).unwrap_err();
            assert!(told.contains("is not ours") && fs::read_to_string(&path).unwrap() == foreign, "{told}");
        }
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(put(dir.path(), page("four").as_bytes()).is_err() && fs::symlink_metadata(&path).unwrap().is_symlink());
        let told = put(&dir.path().join("none"), page("five").as_bytes()).unwrap_err();
        assert!(told.contains("its directory is not there"), "{told}");
    }
}
