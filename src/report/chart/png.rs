//! A history as a PNG for a mail: the chart of the page on white paper, with the font that is built in.
//!
//! It may be missing, when the rasteriser refuses; a mail says everything without it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use ::png::{BitDepth, ColorType, Compression, Encoder, Filter};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::drawing::Paper;
use super::{STYLE, history};
use crate::domain::zone::Zone;
use crate::insight::History;

const FAMILY: &str = "DejaVu Sans";
/// CSS pixels, without the ground around the chart.
const WIDTH: f64 = 580.0;
/// Of the ground around the chart, in CSS pixels.
const EDGE: f32 = 10.0;
/// Device pixels for a CSS pixel.
const SCALE: f32 = 2.0;

/// What a page calls its colours, on white paper. Vermilion and teal are told apart by those who do not see red or green.
const COLOURS: [(&str, &str); 7] = [
    ("ink", "#1c2024"),
    ("paper", "#ffffff"),
    ("muted", "#5a636e"),
    ("line", "#e1e4e8"),
    ("band", "#dbe4f0"),
    ("good", "#0f766e"),
    ("bad", "#c2410c"),
];

/// A picture 600 CSS pixels wide and about 280 high at twice the density on a white ground; `None` when there is nothing to draw or the
/// rasteriser refuses.
pub fn png(drawn: &History, zone: &Zone) -> Option<Vec<u8>> {
    let svg = history::draw(drawn, zone, "c", Paper::Picture(WIDTH))?;
    let svg = svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    let options = Options {
        font_family: FAMILY.to_owned(),
        fontdb: FONTS.clone(),
        style_sheet: Some(style()),
        ..Options::default()
    };
    let tree = Tree::from_str(&svg, &options).ok()?;
    let pixels = |side: f32| ((side + 2.0 * EDGE) * SCALE).ceil() as u32;
    let mut picture = Pixmap::new(pixels(tree.size().width()), pixels(tree.size().height()))?;
    picture.fill(Color::WHITE);
    let place = Transform::from_scale(SCALE, SCALE).pre_translate(EDGE, EDGE);
    resvg::render(&tree, place, &mut picture.as_mut());
    encoded(&picture)
}

/// The picture with a palette: a third of the size that all colours need, and mails are fetched over slow lines.
fn encoded(picture: &Pixmap) -> Option<Vec<u8>> {
    let (palette, places) = [8, 6, 5, 4, 3, 2].into_iter().find_map(|bits| indexed(picture, bits))?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&places).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// The colours of an opaque picture, and the place of each pixel's among them; `None` when even with so many bits a channel there are
/// more than a palette holds.
fn indexed(picture: &Pixmap, bits: u32) -> Option<(Vec<u8>, Vec<u8>)> {
    // The upper bits again below, so that white stays white.
    let coarse = |channel: u8| {
        let kept = channel & !(0xff_u8.checked_shr(bits).unwrap_or(0));
        (bits..8).step_by(bits as usize).fold(kept, |all, shift| all | (kept >> shift))
    };
    let mut known: HashMap<[u8; 3], u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut places = Vec::with_capacity(picture.pixels().len());
    for pixel in picture.pixels() {
        let colour = [pixel.red(), pixel.green(), pixel.blue()].map(coarse);
        let place = match known.get(&colour) {
            Some(place) => *place,
            None => {
                let place = u8::try_from(known.len()).ok()?;
                known.insert(colour, place);
                palette.extend(colour);
                place
            }
        };
        places.push(place);
    }
    Some((palette, places))
}

/// The page's rules with the colours and the font in place: the rasteriser knows no variables.
fn style() -> String {
    let inked =
        COLOURS.iter().fold(STYLE.to_owned(), |style, (name, colour)| style.replace(&format!("var(--{name})"), colour));
    inked.replace("system-ui,sans-serif", "'DejaVu Sans'")
}

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_serif_family(FAMILY);
    Arc::new(fonts)
});
