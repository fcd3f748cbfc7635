//! A document as PDF: the same bytes each time it is made of the same document.
//!
//! The fonts are DejaVu Sans Condensed, cut to Latin, Greek and Cyrillic with all signs of currencies
//! (`fonts/LICENSE`); krilla embeds the glyphs that are used.

pub mod paper;
mod parts;

use bytes::Bytes;
use conversation::{Error, Result};
use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};

use self::paper::{Face, HEIGHT, MARGIN, RIGHT, Sheet, wrap};
use self::parts::{Ending, foot, head, small_head, table_head, table_row};
use crate::documents::{self, Document};
use crate::money::bare_decimal;
use crate::parties::{self, BillTo};
use crate::settings::{self, Business};
use crate::state::Kind;
use crate::totals::{Line, Totals, totals};
use crate::{Billing, customers, words};

/// Everything that a page shows.
#[derive(Debug, Clone)]
pub struct Content {
    /// The document.
    pub document: Document,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What they come to.
    pub totals: Totals,
    /// The business, as it was at the issue.
    pub issuer: Business,
    /// The customer, as they were at the issue.
    pub bill_to: BillTo,
    /// The number of the invoice that a credit note is about.
    pub related: Option<String>,
}

/// Loads what a document shows, on paper as on a page.
pub async fn content(billing: &Billing, document: &Document) -> Result<Content> {
    let db = billing.store.db();
    let lines = documents::lines(db, &document.id).await?;
    let totals = totals(&lines, document.rounding)
        .map_err(|error| Error::corrupt(format!("document {}", document.id), error))?;
    let corrupt = |error| Error::corrupt(format!("document {}", document.id), error);
    let issuer = match &document.issuer {
        Some(json) => serde_json::from_str(json).map_err(corrupt)?,
        None => parties::issuer(billing, &settings::business(db, &billing.store).await?),
    };
    let bill_to = match &document.bill_to {
        Some(json) => serde_json::from_str(json).map_err(corrupt)?,
        None => {
            let customer = customers::load(db, &document.customer_id).await?;
            BillTo {
                name: customer.name,
                address: customer.address,
                tax_id: customer.tax_id,
                email: customer.email,
            }
        }
    };
    let related = match (document.kind, &document.related_id) {
        (Kind::CreditNote, Some(id)) => documents::load(db, id).await?.number,
        _ => None,
    };
    Ok(Content {
        document: document.clone(),
        lines,
        totals,
        issuer,
        bill_to,
        related,
    })
}

/// The PDF of a document.
///
/// # Errors
/// What the store cannot give; [`Error::Corrupt`] when the document cannot be drawn.
pub async fn of(billing: &Billing, document: &Document) -> Result<Vec<u8>> {
    let content = content(billing, document).await?;
    let logo = match &content.issuer.logo {
        Some(logo) => match billing.store.blobs().get(&logo.sha256).await {
            Ok(bytes) => Some((bytes, logo.media_type.clone())),
            Err(error) => {
                tracing::warn!(%error, "the logo cannot be read; the document goes without it");
                None
            }
        },
        None => None,
    };
    // Some milliseconds of work: not on the thread that answers others.
    tokio::task::spawn_blocking(move || draw(&content, logo))
        .await
        .map_err(|error| Error::corrupt("document", error))?
}

/// `INV-2026-0001.pdf`, without what file systems cannot hold.
pub fn file_name(document: &Document) -> String {
    let stem = match &document.number {
        Some(number) => number.clone(),
        None => format!("draft-{}", document.id),
    };
    format!("{}.pdf", safe(&stem))
}

/// A text as a part of a file name on any system.
pub(crate) fn safe(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .take(80)
        .collect();
    let text = text.trim_matches(['.', '-']);
    if text.is_empty() {
        "document".to_owned()
    } else {
        text.to_owned()
    }
}

struct Columns {
    quantity: f32,
    price: f32,
    discount: f32,
    amount: f32,
}

const COLUMNS: Columns = Columns {
    quantity: 355.0,
    price: 435.0,
    discount: 475.0,
    amount: RIGHT,
};

/// One page's share: which rows, and whether the sums stand on it.
struct Plan {
    rows: Vec<(usize, Vec<String>)>,
    has_end: bool,
}

const ROW: f32 = 13.0;
const FIRST_TOP: f32 = 300.0;
const NEXT_TOP: f32 = 110.0;
const BOTTOM: f32 = HEIGHT - 70.0;

/// Parts the rows among pages; the sums and notes need `end` points on the last one.
fn plan(content: &Content, end: f32) -> Vec<Plan> {
    let mut pages = vec![Plan {
        rows: Vec::new(),
        has_end: false,
    }];
    let mut y = FIRST_TOP;
    for (index, line) in content.lines.iter().enumerate() {
        let mut text = wrap(&line.description, Face::Text, 9.5, COLUMNS.quantity - MARGIN - 70.0);
        if text.is_empty() {
            text.push(String::new());
        }
        // One line of the document may be longer than a page.
        while !text.is_empty() {
            #[expect(clippy::cast_precision_loss, reason = "few lines")]
            let needed = text.len() as f32 * ROW + 8.0;
            let left = BOTTOM - y;
            if needed <= left {
                y += needed;
                if let Some(page) = pages.last_mut() {
                    page.rows.push((index, std::mem::take(&mut text)));
                }
            } else if needed > BOTTOM - NEXT_TOP && left > 4.0 * ROW {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a few lines, more than three"
                )]
                let take = ((left - 8.0) / ROW) as usize;
                let rest = text.split_off(take.clamp(1, text.len()));
                if let Some(page) = pages.last_mut() {
                    page.rows.push((index, std::mem::replace(&mut text, rest)));
                }
                y = BOTTOM;
            } else {
                pages.push(Plan {
                    rows: Vec::new(),
                    has_end: false,
                });
                y = NEXT_TOP;
            }
        }
    }
    if y + end > BOTTOM {
        pages.push(Plan {
            rows: Vec::new(),
            has_end: false,
        });
    }
    if let Some(last) = pages.last_mut() {
        last.has_end = true;
    }
    pages
}

fn logo_image(logo: Option<(Bytes, String)>) -> Option<Image> {
    let (bytes, kind) = logo?;
    let data: krilla::Data = bytes.to_vec().into();
    let image = match kind.as_str() {
        "image/png" => Image::from_png(data, true),
        "image/jpeg" => Image::from_jpeg(data, true),
        _ => return None,
    };
    image
        .inspect_err(|error| tracing::warn!(error, "the logo cannot be drawn"))
        .ok()
}

/// Whether a picture can stand on documents.
pub fn is_drawable(bytes: &[u8], media_type: &str) -> bool {
    logo_image(Some((Bytes::copy_from_slice(bytes), media_type.to_owned()))).is_some()
}

/// Draws the document.
///
/// # Errors
/// [`Error::Corrupt`] when krilla refuses.
pub fn draw(content: &Content, logo: Option<(Bytes, String)>) -> Result<Vec<u8>> {
    let refused = || Error::corrupt("document", "the page cannot be drawn");
    let logo = logo_image(logo);
    let document = &content.document;
    let words = words::of(document.language);
    let ending = Ending::new(content);
    let pages = plan(content, ending.height);
    let mut pdf = Pdf::new_with(SerializeSettings::default());
    let mut metadata = Metadata::new()
        .title(format!("{} {}", words.kind(document.kind), document.name()))
        .authors(vec![content.issuer.name.clone()])
        .language(document.language.as_str().to_owned())
        .document_id(document.id.to_string());
    // The day of issue, not the moment of drawing: the same document is the same bytes.
    if let Ok(day) = document.issued_on.parse::<jiff::civil::Date>()
        && let (Ok(year), Ok(month), Ok(of_month)) = (
            u16::try_from(day.year()),
            u8::try_from(day.month()),
            u8::try_from(day.day()),
        )
    {
        metadata = metadata.creation_date(DateTime::new(year).month(month).day(of_month));
    }
    pdf.set_metadata(metadata);
    let count = pages.len();
    for (index, plan) in pages.iter().enumerate() {
        let mut page = paper::page(&mut pdf).ok_or_else(refused)?;
        let mut sheet = Sheet::new(&mut page);
        let top = if index == 0 {
            head(&mut sheet, content, logo.as_ref());
            FIRST_TOP
        } else {
            small_head(&mut sheet, content);
            NEXT_TOP
        };
        let mut y = top;
        if !plan.rows.is_empty() {
            table_head(&mut sheet, content, top - 12.0);
        }
        for (row, text) in &plan.rows {
            y = table_row(&mut sheet, content, *row, text, y);
        }
        if plan.has_end {
            ending.draw(&mut sheet, content, y);
        }
        foot(&mut sheet, content, index + 1, count);
        sheet.finish();
        page.finish();
    }
    pdf.finish()
        .map_err(|error| Error::corrupt("document", format!("{error:?}")))
}

/// A rate as a field of a form holds it: `16`, `10.5`.
pub fn bare_rate(rate: i64) -> String {
    bare_decimal(rate, 2)
}

#[cfg(test)]
mod tests;
