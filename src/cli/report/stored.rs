//! A report as it stands in its files, and the way of any text to where it was asked for.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::cli::{file, output};
use crate::domain::artifact::display_bytes;
use crate::store::ReportRow;

/// Where the Markdown was written.
fn written(landing: &ReportRow) -> Result<PathBuf> {
    let id = landing.landing;
    let Some(path) = &landing.path else { bail!("landing {id} has no report yet") };
    Ok(PathBuf::from(OsStr::from_bytes(path)))
}

/// The Markdown as it stands in its file.
pub fn markdown(landing: &ReportRow) -> Result<String> {
    let (id, path) = (landing.landing, written(landing)?);
    let bytes = fs::read(&path).with_context(|| {
        format!(
            "the report of landing {id} cannot be read from {}; its numbers are kept all the same: `chimera-insight report {id} --facts`, \
             and `chimera-insight report {id} --render` makes it anew",
            path.display()
        )
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The page as it stands in its file.
pub fn page(landing: &ReportRow) -> Result<String> {
    let (id, path) = (landing.landing, written(landing)?.with_extension("html"));
    let bytes = fs::read(&path).with_context(|| {
        format!(
            "the page of landing {id} cannot be read from {}; `chimera-insight report {id} --render --html` makes it anew",
            path.display()
        )
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Prints where the report is and whether it is there.
pub fn place(landing: &ReportRow, as_json: bool) -> Result<()> {
    let path = written(landing)?;
    let page = Some(path.with_extension("html")).filter(|page| page.is_file());
    if as_json {
        let shown = |path: &Path| display_bytes(path.as_os_str().as_bytes());
        let there = path.is_file();
        let object = json!({
            "landing": landing.landing, "at": landing.at.to_string(), "report": shown(&path), "there": there,
            "page": page.as_deref().map(shown)
        });
        return output::json(&object);
    }
    if !path.is_file() {
        bail!(
            "the report of landing {0} was written to {1} and is not there any more; `chimera-insight report {0} --render` makes it anew",
            landing.landing,
            path.display()
        );
    }
    output::text(&format!("{}\n", output::plain(&path.to_string_lossy())))
}

/// Writes a text to standard output, or into a file, over one that is there only where that is said too. A page is printed as it is: it
/// escapes what it shows.
pub fn print(text: &str, to: Option<(&Path, bool)>, is_page: bool) -> Result<()> {
    let Some((path, force)) = to.filter(|(path, _)| !file::is_stdout(path)) else {
        return if is_page { output::painted(text) } else { output::text(text) };
    };
    file::write(path, force, |out| Ok(out.write_all(text.as_bytes())?))
}
