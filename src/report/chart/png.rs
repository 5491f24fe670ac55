//! A history as a PNG for a mail: light, with the font that is built in.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::history::history;
use crate::domain::zone::Zone;
use crate::insight::History;

const FAMILY: &str = "DejaVu Sans";
/// Device pixels for a CSS pixel.
const SCALE: f32 = 2.0;

/// A picture of about 600 × 260 CSS pixels at twice the density on a white ground; `None` when there is nothing to draw or the
/// rasteriser refuses.
pub fn png(drawn: &History, zone: &Zone) -> Option<Vec<u8>> {
    if drawn.points.is_empty() {
        return None;
    }
    let svg = history(drawn, zone, "c").replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    let options = usvg::Options { font_family: FAMILY.to_owned(), fontdb: fonts(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&svg, &options).ok()?;
    let size = tree.size();
    let mut pixels = Pixmap::new((size.width() * SCALE) as u32, (size.height() * SCALE) as u32)?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().ok()
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.load_font_data(dejavu::sans::bold().to_vec());
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}
