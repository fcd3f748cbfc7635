//! What hostile input costs: eight times the text may take eight times as long, not sixty-four. A test cannot say so
//! on a machine that others use, too; here a figure that grew stands beside its aim.

use std::hint::black_box;
use std::time::{Duration, Instant};

use channels::email::mime;
use kb::markdown;

use crate::report::{Aim, Report};

const PART: &str = "hostile input (8 times the text: 8 is linear, 64 quadratic)";
/// The shorter text, in bytes, and how many times as long the longer one is.
const SHORT: usize = 100_000;
const TIMES: usize = 8;
/// Below this the clock says more than the code.
const LEAST: Duration = Duration::from_micros(200);

/// What a mail's body is made of, again and again.
const BODIES: [(&str, &str); 9] = [
    ("text/plain", ">"),
    ("text/plain", "On 1 "),
    ("text/plain", "On 1\n"),
    ("text/plain", "On 4 Mar 2025 9:15, a@b.example wrote:\n"),
    ("text/plain", "From: a@b\n"),
    ("text/plain", "Sent from my iPhone\n"),
    ("text/plain", "> a\nb\n"),
    ("text/plain", "begin 644 x\r\n"),
    ("text/html", "<div>"),
];
/// What an article is made of.
const ARTICLES: [&str; 4] = ["> ", "- ", "[", "*a_"];

fn repeated(piece: &str, bytes: usize) -> String {
    piece.repeat(bytes / piece.len())
}

/// The shortest of a few: others use the machine meanwhile.
fn shortest(work: &dyn Fn()) -> Duration {
    let once = || {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap_or_default()
}

fn growth(report: &mut Report, what: String, read: &dyn Fn(usize)) {
    let short = shortest(&|| read(SHORT)).max(LEAST);
    let long = shortest(&|| read(SHORT * TIMES));
    let times = long.as_secs_f64() / short.as_secs_f64();
    report.add(PART, what, times, "times", None, Some(Aim::Below(24.0)));
}

pub(crate) fn measure(report: &mut Report) {
    for (kind, piece) in BODIES {
        growth(report, format!("mail, {kind} of {piece:?}"), &|bytes| {
            let body = repeated(piece, bytes);
            let raw = format!("From: a@b.example\r\nContent-Type: {kind}\r\n\r\n{body}");
            black_box(mime::parse(raw.as_bytes()));
        });
    }
    for (field, piece) in [("X", "y "), ("References", "<a@b>")] {
        growth(report, format!("mail, {field} of {piece:?}"), &|bytes| {
            let raw = format!("From: a@b.example\r\n{field}: {}\r\n\r\nx", repeated(piece, bytes));
            black_box(mime::parse(raw.as_bytes()));
        });
    }
    for piece in ARTICLES {
        growth(report, format!("article of {piece:?}"), &|bytes| {
            black_box(markdown::to_html(&repeated(piece, bytes)));
        });
    }
}
