//! A business's colour, and what can be read on it. Pure.

/// A colour of sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// What wears no business's colour.
    pub const OURS: Color = Color([0x0b, 0x6b, 0x5d]);
    /// White.
    pub const WHITE: Color = Color([0xff; 3]);
    /// Nearly black: dark words on a light ground.
    pub const INK: Color = Color([0x10, 0x14, 0x18]);

    /// Reads `#rrggbb`; nothing else is a colour here.
    pub fn parse(text: &str) -> Option<Color> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |range| u8::from_str_radix(digits.get(range)?, 16).ok();
        Some(Color([part(0..2)?, part(2..4)?, part(4..6)?]))
    }

    /// `#rrggbb`.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The relative luminance, 0 to 1, as WCAG 2.2 counts it.
    pub fn light(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of two colours, 1 to 21, as WCAG 2.2 counts it.
    pub fn contrast(self, other: Color) -> f64 {
        let (a, b) = (self.light(), other.light());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Moved towards white or black until words in it can be read on the ground.
    #[must_use]
    pub fn readable_on(self, ground: Color) -> Color {
        let to = if ground.light() > 0.4 { 0u16 } else { 255 };
        let mut color = self;
        for _ in 0..40 {
            if color.contrast(ground) >= 4.6 {
                break;
            }
            color.0 = color
                .0
                .map(|part| u8::try_from((u16::from(part) * 9 + to) / 10).unwrap_or(part));
            if to == 255 {
                color.0 = color.0.map(|part| part.saturating_add(3));
            }
        }
        color
    }

    /// Laid over a ground: so many hundredths of it.
    #[must_use]
    pub fn over(self, ground: Color, hundredths: u16) -> Color {
        let most = hundredths.min(100);
        let [red, green, blue] = [0, 1, 2].map(|part: usize| {
            let mixed = (u16::from(self.0[part]) * most + u16::from(ground.0[part]) * (100 - most)) / 100;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        });
        Color([red, green, blue])
    }

    /// A button of this colour: its ground, and its words, white or nearly black. A ground on which neither can be
    /// read is darkened until white can.
    pub fn button(self) -> (Color, Color) {
        let words = [Color::WHITE, Color::INK];
        match words.into_iter().find(|words| words.contrast(self) >= 4.5) {
            Some(words) => (self, words),
            None => (self.readable_on(Color::WHITE), Color::WHITE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Color;

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Color::parse("#0a7D5a").map(Color::hex).as_deref(), Some("#0a7d5a"));
        for wrong in [
            "", "#", "#fff", "0a7d5a", "#0a7d5", "#0a7d5g", "#0a7d5a0", "red", "#é7d5a",
        ] {
            assert_eq!(Color::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_words_of_a_button_can_be_read() {
        for part in 0..=255u8 {
            for color in [
                [part, part, part],
                [part, 0, 255 - part],
                [255, part, 0],
                [0, 255, part],
            ] {
                let (ground, words) = Color(color).button();
                assert!(ground.contrast(words) >= 4.5, "{color:?}");
            }
        }
    }
}
