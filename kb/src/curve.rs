//! Correct answers against refusals, over all thresholds, as a picture.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::eval::{Asked, EvalError, read_lines};
use crate::settings::ANSWER_AT;

const SIDE: f64 = 400.0;
const MARGIN: f64 = 60.0;
/// Between the names of two dots.
const LINE: f64 = 14.0;

/// What somebody else reached on the same questions, at one threshold of theirs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Other {
    /// Whose result it is.
    pub name: String,
    /// Share of the answerable questions answered rightly, 0 to 1.
    pub right: f64,
    /// Share of the unanswerable questions refused, 0 to 1.
    pub refused: f64,
}

/// Reads others' results for [`curve_svg`].
///
/// # Errors
/// The file cannot be read, or the first line that is not a result.
pub fn read_others(path: &Path) -> Result<Vec<Other>, EvalError> {
    read_lines(path, r#"{"name", "right", "refused"}"#, |other: &Other| {
        [("right", other.right), ("refused", other.refused)]
            .into_iter()
            .find(|(_, share)| !(0.0..=1.0).contains(share))
            .map_or(Ok(()), |(name, share)| {
                Err(format!("`{name}` is {share}; shares go from 0 to 1"))
            })
    })
}

/// Share of the answerable questions answered rightly, and share of the unanswerable ones refused, when
/// answers need this confidence.
fn at(asked: &[Asked], threshold: f32) -> (f64, f64) {
    let (mut right, mut answerable, mut refused, mut unanswerable) = (0_usize, 0_usize, 0_usize, 0_usize);
    for one in asked {
        if one.article.is_some() {
            answerable += 1;
            right += usize::from(one.is_right() && one.confidence >= threshold);
        } else {
            unanswerable += 1;
            refused += usize::from(one.confidence < threshold);
        }
    }
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    (share(right, answerable), share(refused, unanswerable))
}

/// The curve as SVG: right answers upwards, refused questions to the right, a dot for the shipped
/// threshold, a grey one for each result of others. Further up and to the right is better.
pub fn curve_svg(asked: &[Asked], others: &[Other]) -> String {
    let x = |refused: f64| MARGIN + SIDE * refused;
    let y = |right: f64| MARGIN + SIDE * (1.0 - right);
    let size = SIDE + 2.0 * MARGIN;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="13" role="img"><title>Right answers against refused questions, over all thresholds</title><rect width="{size}" height="{size}" fill="#fff"/>"##
    );
    for step in 0..=10 {
        let share = f64::from(step) / 10.0;
        // Writing into a String cannot fail.
        let _ = write!(
            svg,
            r##"<path d="M{x0} {yy}H{x1}M{xx} {y0}V{y1}" stroke="#ddd"/>"##,
            x0 = x(0.0),
            x1 = x(1.0),
            y0 = y(1.0),
            y1 = y(0.0),
            xx = x(share),
            yy = y(share)
        );
        if step % 2 == 0 {
            let _ = write!(
                svg,
                r##"<text x="{}" y="{}" text-anchor="end">{} %</text><text x="{}" y="{}" text-anchor="middle">{} %</text>"##,
                MARGIN - 6.0,
                y(share) + 4.0,
                step * 10,
                x(share),
                y(0.0) + 18.0,
                step * 10
            );
        }
    }
    let points: Vec<String> = (0..=200)
        .map(|step| at(asked, step as f32 / 200.0 + 1e-6))
        .map(|(right, refused)| format!("{:.1},{:.1}", x(refused), y(right)))
        .collect();
    let (right, refused) = at(asked, ANSWER_AT);
    let _ = write!(
        svg,
        r##"<polyline points="{}" fill="none" stroke="#0a6cff" stroke-width="2.5"/><circle cx="{:.1}" cy="{:.1}" r="5" fill="#0a6cff"/><text x="{:.1}" y="{:.1}" text-anchor="end">shipped threshold {ANSWER_AT}: {:.0} % right, {:.0} % refused</text>"##,
        points.join(" "),
        x(refused),
        y(right),
        x(refused) - 10.0,
        y(right) + 22.0,
        right * 100.0,
        refused * 100.0
    );
    // The names stand in a column from the top down, so that those of neighbours keep out of each other's way.
    let mut downwards: Vec<&Other> = others.iter().collect();
    downwards.sort_by(|a, b| b.right.total_cmp(&a.right));
    let column = downwards.iter().map(|other| x(other.refused)).fold(x(1.0), f64::min) - 2.0 * LINE;
    let mut free = 0.0;
    for other in downwards {
        let (dot, line) = ((x(other.refused), y(other.right)), f64::max(y(other.right), free));
        free = line + LINE;
        let _ = write!(
            svg,
            r##"<path d="M{column:.1} {line:.1}L{:.1} {:.1}" stroke="#999"/><circle cx="{:.1}" cy="{:.1}" r="4" fill="#666"/><text x="{:.1}" y="{:.1}" fill="#444" text-anchor="end">{}</text>"##,
            dot.0,
            dot.1,
            dot.0,
            dot.1,
            column - 4.0,
            line + 4.0,
            escaped(&other.name),
        );
    }
    let _ = write!(
        svg,
        r##"<text x="{}" y="{}" text-anchor="middle">questions without an answer that are refused</text><text transform="translate(16 {}) rotate(-90)" text-anchor="middle">questions with an answer that are answered rightly</text></svg>"##,
        x(0.5),
        size - 12.0,
        y(0.5)
    );
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::{Asked, Other, at, curve_svg};

    #[test]
    fn a_higher_threshold_refuses_more_and_answers_less() {
        let asked: Vec<Asked> = (0..100)
            .map(|number| Asked {
                text: String::new(),
                article: (number % 2 == 1).then(|| "a".to_owned()),
                found: Some("a".to_owned()),
                confidence: number as f32 / 100.0,
            })
            .collect();
        assert_eq!(at(&asked, 0.0), (1.0, 0.0));
        let (right, refused) = at(&asked, 0.5);
        assert!((right - 0.5).abs() < 0.02 && (refused - 0.5).abs() < 0.02);
        let other = Other {
            name: "R&D <1>".to_owned(),
            right: 0.5,
            refused: 0.25,
        };
        let svg = curve_svg(&asked, &[other]);
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && svg.contains("polyline"));
        assert!(svg.contains(r#"cx="160.0" cy="260.0""#) && svg.contains(">R&amp;D &lt;1><"));
        assert!(curve_svg(&[], &[]).contains("0 % right"));
    }
}
