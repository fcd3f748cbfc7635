//! Tables as files that a spreadsheet opens with a double click: CSV (RFC 4180) as the reader's language has it.
//!
//! Where the comma stands in numbers, spreadsheets part values by semicolons and put a file of commas into one column. What
//! programs read is not written here.

use conversation::types::Language;

/// The mark at the beginning, which tells spreadsheets that it is UTF-8.
pub const MARK: &str = "\u{feff}";
/// The media type of such a file.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Words, which often come from outside: what a spreadsheet would take for a formula is text.
    Text(&'a str),
    /// A number with a point before its decimals; empty where there is none.
    Number(&'a str),
}

/// What parts values.
pub const fn separator(language: Language) -> char {
    match language {
        Language::En => ',',
        Language::Es | Language::Pt => ';',
    }
}

/// One row with the end of its line.
pub fn row<'a>(language: Language, cells: impl IntoIterator<Item = Cell<'a>>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| written(language, cell)).collect();
    let mut line = cells.join(separator(language).encode_utf8(&mut [0; 4]));
    line.push_str("\r\n");
    line
}

fn written(language: Language, cell: Cell<'_>) -> String {
    let text = match cell {
        Cell::Number(number) if language == Language::En => number.to_owned(),
        Cell::Number(number) => number.replace('.', ","),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.to_owned(),
    };
    // Whatever a program takes for what parts values.
    if text.contains(['"', ';', '\t', '\n', '\r']) || (text.contains(',') && !matches!(cell, Cell::Number(_))) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A table of commas and points as the language has it, quotation marks as they are; for files of our own that hold no
/// formula.
pub fn converted(language: Language, rows: &[Vec<String>]) -> String {
    let is_number = |text: &str| text.contains('.') && text.parse::<f64>().is_ok();
    rows.iter()
        .map(|values| {
            row(
                language,
                values.iter().map(|value| {
                    // A telephone number begins like a formula and is none.
                    if is_number(value) || value.starts_with('+') {
                        Cell::Number(value)
                    } else {
                        Cell::Text(value)
                    }
                }),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_opens_in_columns() {
        let cells = [
            Cell::Text("a, b"),
            Cell::Text("c;d"),
            Cell::Text("x \"y\"\nz"),
            Cell::Text("=1+1"),
            Cell::Text("-2"),
            Cell::Number("-1234.50"),
            Cell::Number(""),
            Cell::Text("é"),
        ];
        let quoted = "\"x \"\"y\"\"\nz\"";
        for (language, line) in [
            (
                Language::En,
                format!("\"a, b\",\"c;d\",{quoted},'=1+1,'-2,-1234.50,,é\r\n"),
            ),
            (
                Language::Es,
                format!("\"a, b\";\"c;d\";{quoted};'=1+1;'-2;-1234,50;;é\r\n"),
            ),
            (
                Language::Pt,
                format!("\"a, b\";\"c;d\";{quoted};'=1+1;'-2;-1234,50;;é\r\n"),
            ),
        ] {
            assert_eq!(row(language, cells), line, "{language:?}");
        }
    }

    #[test]
    fn an_example_is_what_it_was() {
        let rows = [
            vec!["name".to_owned(), "unit_price".to_owned()],
            vec!["+44 7".to_owned(), "0.02".to_owned()],
        ];
        assert_eq!(converted(Language::Es, &rows), "name;unit_price\r\n+44 7;0,02\r\n");
        assert_eq!(converted(Language::En, &rows), "name,unit_price\r\n+44 7,0.02\r\n");
    }
}
