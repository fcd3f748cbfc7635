//! Labels for machines: a code for cameras that opens the machine's page, printed on sheets of A4, three by eight.

use billing::pdf::paper::{self, Face, INK, MUTED, RULE, Sheet, fitted};
use conversation::types::Language;
use conversation::{Error, Result};
use krilla::Document as Pdf;
use krilla::SerializeSettings;
use qrcode::{Color, EcLevel, QrCode};

use crate::machines::Machine;
use crate::words;

/// The most labels of one file.
pub const MOST: usize = 2_000;

/// The address that a label opens.
pub fn url(public_url: &str, code: &str) -> String {
    format!("{public_url}/m/{code}")
}

/// The dark squares of a code, and how many there are along one side. Half of the label may be dirty or torn.
///
/// # Errors
/// [`Error::Invalid`] for an address that is too long for a label.
pub fn squares(url: &str) -> Result<(usize, Vec<(usize, usize)>)> {
    let code = QrCode::with_error_correction_level(url.as_bytes(), EcLevel::Q)
        .map_err(|_| Error::Invalid("the public address is too long for a label".to_owned()))?;
    let width = code.width();
    let dark = code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(|(_, color)| *color == Color::Dark)
        .map(|(index, _)| (index % width, index / width))
        .collect();
    Ok((width, dark))
}

/// Squares that stand side by side, drawn as one: column, row and how many. They come row by row, from the left.
fn runs(dark: &[(usize, usize)]) -> Vec<(usize, usize, usize)> {
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    for &(column, row) in dark {
        match runs.last_mut() {
            Some((from, of, length)) if *of == row && *from + *length == column => *length += 1,
            _ => runs.push((column, row, 1)),
        }
    }
    runs
}

/// A sheet of labels.
///
/// # Errors
/// As [`squares`]; [`Error::Corrupt`] when krilla refuses.
pub async fn sheet(
    public_url: String,
    business: String,
    language: Language,
    machines: Vec<Machine>,
) -> Result<Vec<u8>> {
    tokio::task::spawn_blocking(move || draw(&public_url, &business, language, &machines))
        .await
        .map_err(|error| Error::corrupt("labels", error))?
}

/// Three columns and eight rows of 70 × 35 mm, as label paper is sold.
const COLUMNS: usize = 3;
const ROWS: usize = 8;
const WIDE: f32 = 595.28 / 3.0;
const HIGH: f32 = 99.2;
const TOP: f32 = 24.0;
const SIDE: f32 = 74.0;

fn draw(public_url: &str, business: &str, language: Language, machines: &[Machine]) -> Result<Vec<u8>> {
    let refused = || Error::corrupt("labels", "the page cannot be drawn");
    let mut pdf = Pdf::new_with(SerializeSettings::default());
    for part in machines.chunks(COLUMNS * ROWS) {
        let mut page = paper::page(&mut pdf).ok_or_else(refused)?;
        let mut sheet = Sheet::new(&mut page);
        for (index, machine) in part.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "24 labels")]
            let (x, y) = ((index % COLUMNS) as f32 * WIDE, TOP + (index / COLUMNS) as f32 * HIGH);
            label(&mut sheet, (x, y), public_url, business, language, machine)?;
        }
        sheet.finish();
        page.finish();
    }
    pdf.finish()
        .map_err(|error| Error::corrupt("labels", format!("{error:?}")))
}

fn label(
    sheet: &mut Sheet<'_>,
    (x, y): (f32, f32),
    public_url: &str,
    business: &str,
    language: Language,
    machine: &Machine,
) -> Result<()> {
    let (width, dark) = squares(&url(public_url, &machine.code))?;
    let (left, top) = (x + 12.0, y + 12.0);
    #[expect(clippy::cast_precision_loss, reason = "a code has few squares")]
    let size = SIDE / width as f32;
    for (column, row, length) in runs(&dark) {
        #[expect(clippy::cast_precision_loss, reason = "a code has few squares")]
        let (column, row, length) = (column as f32, row as f32, length as f32);
        // A hair wider, so that printers leave no white between rows.
        sheet.block(
            left + column * size,
            top + row * size,
            length * size + 0.15,
            size + 0.15,
            INK,
        );
    }
    let text = left + SIDE + 10.0;
    let room = x + WIDE - text - 8.0;
    let said = words::of(language);
    sheet.text(
        text,
        top + 9.0,
        Face::Bold,
        8.0,
        INK,
        &fitted(business, Face::Bold, 8.0, room),
    );
    sheet.block(text, top + 13.0, room, 0.6, RULE);
    let mut line = top + 25.0;
    for part in paper::wrap(said.label_hint, Face::Text, 7.5, room).into_iter().take(3) {
        sheet.text(text, line, Face::Text, 7.5, INK, &part);
        line += 9.5;
    }
    sheet.text(
        text,
        top + 58.0,
        Face::Text,
        6.5,
        MUTED,
        &fitted(&machine.serial, Face::Text, 6.5, room),
    );
    sheet.text(text, top + 70.0, Face::Bold, 8.0, INK, &machine.printed_code());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_for_every_address_of_ours() {
        let (width, dark) = squares(&url("https://desk.example", "0123456789AB")).unwrap();
        assert!(width >= 25 && !dark.is_empty(), "{width}");
        // The three eyes of every code.
        for corner in [(0, 0), (width - 1, 0), (0, width - 1)] {
            assert!(dark.contains(&corner), "{corner:?}");
        }
        assert!(squares(&"x".repeat(5_000)).is_err());
    }

    #[test]
    fn squares_side_by_side_are_drawn_as_one() {
        assert_eq!(
            runs(&[(0, 0), (1, 0), (3, 0), (0, 1), (2, 2), (3, 2), (4, 2)]),
            [(0, 0, 2), (3, 0, 1), (0, 1, 1), (2, 2, 3)]
        );
        let (width, dark) = squares(&url("https://desk.example", "0123456789AB")).unwrap();
        let drawn: Vec<(usize, usize)> = runs(&dark)
            .into_iter()
            .flat_map(|(column, row, length)| (column..column + length).map(move |column| (column, row)))
            .collect();
        assert_eq!(drawn, dark);
        assert!(drawn.iter().all(|(column, row)| *column < width && *row < width));
    }
}
