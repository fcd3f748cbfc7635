//! A sheet of A4 and what can be put on it: text measured by the embedded fonts, lines, a logo.

use std::sync::LazyLock;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::page::{Page, PageSettings};
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use skrifa::MetadataProvider;
use skrifa::instance::{LocationRef, Size as FontSize};

/// The width of the paper in points.
pub const WIDTH: f32 = 595.28;
/// The height of the paper in points.
pub const HEIGHT: f32 = 841.89;
/// The margin on each side in points.
pub const MARGIN: f32 = 48.0;
/// Where the right edge of the text is.
pub const RIGHT: f32 = WIDTH - MARGIN;

static TEXT: &[u8] = include_bytes!("../../fonts/text.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/bold.ttf");

/// One of the two fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// For running text.
    Text,
    /// For what stands out.
    Bold,
}

struct Measured {
    font: Font,
    /// Advances of U+0000 to U+24FF in thousandths of the size; nothing where there is no glyph.
    widths: Vec<Option<f32>>,
}

const MEASURED: u32 = 0x2500;

fn measured(bytes: &'static [u8]) -> Option<Measured> {
    let font = Font::new(bytes.into(), 0)?;
    let face = skrifa::FontRef::new(bytes).ok()?;
    let metrics = face.glyph_metrics(FontSize::new(1_000.0), LocationRef::default());
    let map = face.charmap();
    let widths = (0..MEASURED)
        .map(|code| map.map(code).and_then(|glyph| metrics.advance_width(glyph)))
        .collect();
    Some(Measured { font, widths })
}

static FONTS: LazyLock<Option<(Measured, Measured)>> = LazyLock::new(|| Some((measured(TEXT)?, measured(BOLD)?)));

fn font(face: Face) -> Option<&'static Measured> {
    let (text, bold) = FONTS.as_ref()?;
    Some(match face {
        Face::Text => text,
        Face::Bold => bold,
    })
}

/// The width of a text in points.
pub fn width(text: &str, face: Face, size: f32) -> f32 {
    let Some(font) = font(face) else { return 0.0 };
    let thousandths: f32 = text
        .chars()
        .map(|c| font.widths.get(c as usize).copied().flatten().unwrap_or(600.0))
        .sum();
    thousandths * size / 1_000.0
}

/// A text as the fonts can show it: what they have no sign for becomes `□`, what controls is dropped.
pub fn showable(text: &str) -> String {
    let Some(font) = font(Face::Text) else {
        return text.to_owned();
    };
    text.chars()
        .filter(|c| !c.is_control())
        .map(|c| match font.widths.get(c as usize).copied().flatten() {
            Some(_) => c,
            None if c.is_whitespace() => ' ',
            None => '□',
        })
        .collect()
}

/// Breaks a text into lines of this width; a word that is longer is broken anywhere.
pub fn wrap(text: &str, face: Face, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let word = showable(word);
            let joined = if line.is_empty() {
                word.clone()
            } else {
                format!("{line} {word}")
            };
            if width(&joined, face, size) <= room {
                line = joined;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if width(&line, face, size) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(c);
                }
            }
        }
        lines.push(line);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The beginning of a text that fits, with an ellipsis.
pub fn fitted(text: &str, face: Face, size: f32, room: f32) -> String {
    let text = showable(text);
    if width(&text, face, size) <= room {
        return text;
    }
    let mut short: String = text;
    while !short.is_empty() && width(&format!("{short}…"), face, size) > room {
        short.pop();
    }
    format!("{}…", short.trim_end())
}

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(
    /// Red.
    pub u8,
    /// Green.
    pub u8,
    /// Blue.
    pub u8,
);

/// Almost black.
pub const INK: Ink = Ink(23, 27, 31);
/// For labels.
pub const MUTED: Ink = Ink(95, 103, 112);
/// For lines between rows.
pub const RULE: Ink = Ink(221, 225, 229);

impl Ink {
    /// `#rrggbb`, or almost black.
    pub fn parse(text: &str) -> Ink {
        let part = |range| text.get(range).and_then(|part| u8::from_str_radix(part, 16).ok());
        match (part(1..3), part(3..5), part(5..7)) {
            (Some(r), Some(g), Some(b)) if text.starts_with('#') && text.len() == 7 => Ink(r, g, b),
            _ => INK,
        }
    }

    /// White or almost black, whichever is easier to read on it.
    pub fn contrast(self) -> Ink {
        let light = 299 * u32::from(self.0) + 587 * u32::from(self.1) + 114 * u32::from(self.2);
        if light > 150_000 { INK } else { Ink(255, 255, 255) }
    }

    fn fill(self) -> Fill {
        Fill {
            paint: rgb::Color::new(self.0, self.1, self.2).into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::default(),
        }
    }
}

/// A sheet while it is drawn.
pub struct Sheet<'a> {
    surface: Surface<'a>,
}

/// Begins a page.
pub fn page(document: &mut Document) -> Option<Page<'_>> {
    Some(document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT)?))
}

impl<'a> Sheet<'a> {
    /// Begins to draw on a page.
    pub fn new(page: &'a mut Page<'_>) -> Sheet<'a> {
        Sheet {
            surface: page.surface(),
        }
    }

    /// Ends it.
    pub fn finish(self) {
        self.surface.finish();
    }

    /// Text with its baseline at `y`, from `x`.
    pub fn text(&mut self, x: f32, y: f32, face: Face, size: f32, ink: Ink, text: &str) {
        let Some(font) = font(face) else { return };
        let text = showable(text);
        if text.trim().is_empty() {
            return;
        }
        self.surface.set_fill(Some(ink.fill()));
        self.surface.draw_text(
            Point::from_xy(x, y),
            font.font.clone(),
            size,
            &text,
            false,
            TextDirection::Auto,
        );
    }

    /// Text that ends at `x`.
    pub fn text_end(&mut self, x: f32, y: f32, face: Face, size: f32, ink: Ink, text: &str) {
        self.text(x - width(&showable(text), face, size), y, face, size, ink, text);
    }

    /// A filled rectangle.
    pub fn block(&mut self, x: f32, y: f32, w: f32, h: f32, ink: Ink) {
        let Some(rect) = Rect::from_xywh(x, y, w, h) else {
            return;
        };
        let mut path = PathBuilder::new();
        path.push_rect(rect);
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(ink.fill()));
            self.surface.draw_path(&path);
        }
    }

    /// A line of a pen through points.
    pub fn stroke(&mut self, points: &[(f32, f32)], thickness: f32, ink: Ink) {
        let Some(((x, y), rest)) = points.split_first() else {
            return;
        };
        if rest.is_empty() {
            // A point is a dot.
            return self.block(x - thickness / 2.0, y - thickness / 2.0, thickness, thickness, ink);
        }
        let mut path = PathBuilder::new();
        path.move_to(*x, *y);
        for (x, y) in rest {
            path.line_to(*x, *y);
        }
        if let Some(path) = path.finish() {
            self.surface.set_fill(None);
            self.surface.set_stroke(Some(Stroke {
                paint: rgb::Color::new(ink.0, ink.1, ink.2).into(),
                width: thickness,
                ..Stroke::default()
            }));
            self.surface.draw_path(&path);
            self.surface.set_stroke(None);
        }
    }

    /// A picture, as large as fits into the box, with its left upper corner at (x, y).
    pub fn picture(&mut self, x: f32, y: f32, room: (f32, f32), image: &Image) {
        let (w, h) = image.size();
        if w == 0 || h == 0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a logo has few pixels")]
        let (w, h) = (w as f32, h as f32);
        let scale = (room.0 / w).min(room.1 / h);
        if let Some(size) = Size::from_wh(w * scale, h * scale) {
            self.surface.push_transform(&Transform::from_translate(x, y));
            self.surface.draw_image(image.clone(), size);
            self.surface.pop();
        }
    }
}
