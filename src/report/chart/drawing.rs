//! A drawing: SVG elements put together, and where "so far to the right" lies on paper of any width.
//!
//! On a page a chart is as wide as there is room while its text keeps its size: places are per cents of the `<svg>`, and
//! the room for labels is its padding. In a picture they are pixels. It cannot fail; coordinates that are not finite become zero. Text comes escaped.

use std::fmt::{Arguments, Write as _};

use super::text::width;

/// Widths of the room left of the plot that [`STYLE`](super::STYLE) knows.
const GUTTERS: [u16; 6] = [36, 48, 64, 88, 120, 152];
/// Room right of the plot.
const MARGIN: f64 = 8.0;
/// Of a chart in a card on a phone 360 CSS pixels wide: texts are set so that they fit there.
const NARROWEST: f64 = 292.0;

/// What the chart is drawn on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Paper {
    /// A page: as wide as there is room.
    Page,
    /// A picture of so many pixels.
    Picture(f64),
}

impl Paper {
    /// The width of a chart in CSS pixels, on a page where it is the narrowest.
    pub fn room(self) -> f64 {
        match self {
            Self::Page => NARROWEST,
            Self::Picture(width) => width,
        }
    }
}

/// A coordinate to a hundredth, without needless digits.
pub(super) fn n(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The room left of the plot for labels of so many characters.
pub(super) fn gutter(characters: usize) -> u16 {
    let needed = characters.saturating_mul(7).saturating_add(10);
    GUTTERS.into_iter().find(|gutter| usize::from(*gutter) >= needed).unwrap_or(152)
}

/// Grows by elements.
#[derive(Debug)]
pub(super) struct Drawing {
    svg: String,
    paper: Paper,
    gutter: u16,
    height: f64,
}

impl Drawing {
    /// Begins a chart of a height in CSS pixels that tells itself by a title and a description. Places count right of a gutter.
    pub fn begin(paper: Paper, gutter: u16, height: f64, id: &str, title: &str, desc: &str) -> Self {
        let mut drawing = Self { svg: String::new(), paper, gutter, height };
        let (width, open) = match paper {
            // On a page the gutter is the padding of the element.
            Paper::Page => ("100%".to_owned(), String::new()),
            Paper::Picture(width) => (n(width), format!("<g transform=\"translate({gutter} 0)\">")),
        };
        drawing.add(format_args!(
            "<svg class=\"chart g{gutter}\" width=\"{width}\" height=\"{}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{desc}</desc>{open}",
            n(height)
        ));
        drawing
    }

    /// Begins a small drawing of fixed size that only repeats what is said beside it, and is hidden from those who cannot see it.
    pub fn small(class: &str, width: f64, height: f64) -> Self {
        let mut drawing = Self { svg: String::new(), paper: Paper::Picture(width), gutter: 0, height };
        let (width, height) = (n(width), n(height));
        drawing.add(format_args!(
            "<svg class=\"{class}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">"
        ));
        drawing
    }

    pub fn add(&mut self, args: Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.svg.write_fmt(args);
    }

    /// A place in the plot: 0 at the left, 1 at the right.
    pub fn x(&self, place: f64) -> String {
        match self.paper {
            Paper::Page => format!("{}%", n(place * 100.0)),
            Paper::Picture(_) => n(place * self.width()),
        }
    }

    /// The left end of the whole, as seen from the plot, and a bit to the right of it.
    pub fn left(&self, right_of: f64) -> String {
        n(right_of - f64::from(self.gutter))
    }

    /// The width of the whole in CSS pixels, on a page where it is the narrowest.
    pub fn room(&self) -> f64 {
        self.paper.room()
    }

    /// The place of a text at a line that crosses the plot, and how far it is moved from there: beside the line where it fits, or over it
    /// and moved to where it does.
    pub fn beside(&self, place: f64, width: f64) -> (Anchor, f64) {
        let (gutter, room) = (f64::from(self.gutter), self.room());
        let at = gutter + place * (room - gutter - MARGIN);
        let (fits_right, fits_left) = (at + 5.0 + width <= room, at - 5.0 - width >= 0.0);
        match (fits_right, fits_left) {
            (true, _) if place < 0.4 || !fits_left => (Anchor::Start, 5.0),
            (_, true) => (Anchor::End, -5.0),
            _ => {
                let half = width / 2.0;
                (Anchor::Middle, at.min(room - half).max(half) - at)
            }
        }
    }

    /// Of labels at places, whether they fit where a chart is the narrowest: the last one does, the others where there is room.
    pub fn fitting(&self, labels: &[(f64, String)]) -> Vec<bool> {
        let plot = self.room() - f64::from(self.gutter) - MARGIN;
        let mut taken = f64::INFINITY;
        let mut fits: Vec<bool> = labels
            .iter()
            .rev()
            .map(|(place, text)| {
                let width = width(text);
                let right = place * plot + if Anchor::of_tick(*place) == Anchor::End { 0.0 } else { width / 2.0 };
                let fits = right + 3.0 <= taken;
                taken = if fits { right - width } else { taken };
                fits
            })
            .collect();
        fits.reverse();
        fits
    }

    /// A line through places and heights.
    pub fn course(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let (paper, height) = (self.paper, n(self.height));
        let width = self.width();
        if paper == Paper::Page {
            self.add(format_args!(
                "<svg width=\"100%\" height=\"{height}\" viewBox=\"0 0 1000 {height}\" preserveAspectRatio=\"none\" \
                 overflow=\"visible\">"
            ));
        }
        let path: Vec<String> = points.map(|(place, y)| format!("{},{}", n(place * width), n(y))).collect();
        self.add(format_args!("<polyline class=\"{class}\" points=\"{}\"/>", path.join(" ")));
        if paper == Paper::Page {
            self.add(format_args!("</svg>"));
        }
    }

    fn width(&self) -> f64 {
        match self.paper {
            Paper::Page => 1000.0,
            Paper::Picture(width) if self.gutter > 0 => width - f64::from(self.gutter) - MARGIN,
            Paper::Picture(width) => width,
        }
    }

    /// A text that is set at its begin, middle or end.
    pub fn text(&mut self, class: &str, at: &str, y: f64, anchor: Anchor, text: &str) {
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{at}\" y=\"{}\"{}>{text}</text>",
            n(y),
            match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            }
        ));
    }

    /// The whole.
    pub fn end(mut self) -> String {
        let group = matches!(self.paper, Paper::Picture(_)) && self.gutter > 0;
        self.add(format_args!("{}</svg>", if group { "</g>" } else { "" }));
        self.svg
    }
}

/// Which part of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// For a tick: in the middle, unless the text would reach over the right end.
    pub fn of_tick(place: f64) -> Self {
        if place > 0.96 { Self::End } else { Self::Middle }
    }
}
