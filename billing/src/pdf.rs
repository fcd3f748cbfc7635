//! A document as PDF: the same bytes each time it is made of the same document.
//!
//! The fonts are DejaVu Sans Condensed, cut to Latin, Greek and Cyrillic with all signs of currencies
//! (`fonts/LICENSE`); krilla embeds the glyphs that are used.

pub mod paper;

use bytes::Bytes;
use conversation::{Error, Result};
use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};

use self::paper::{Face, HEIGHT, INK, Ink, MARGIN, MUTED, RIGHT, RULE, Sheet, WIDTH, fitted, wrap};
use crate::documents::{self, Document};
use crate::issue::{self, BillTo};
use crate::money::{bare_decimal, shown_decimal};
use crate::settings::{self, Business};
use crate::state::{Kind, State};
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
        None => issue::issuer(billing, &settings::business(db, &billing.store).await?),
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
    format!("{}.pdf", crate::zip::safe(&stem))
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

fn head(sheet: &mut Sheet<'_>, content: &Content, logo: Option<&Image>) {
    let document = &content.document;
    let words = words::of(document.language);
    let color = Ink::parse(&content.issuer.color);
    sheet.block(0.0, 0.0, WIDTH, 6.0, color);
    let mut y = 62.0;
    match logo {
        Some(image) => {
            sheet.picture(MARGIN, 34.0, (170.0, 48.0), image);
            y = 100.0;
        }
        None => {
            let name = fitted(&content.issuer.name, Face::Bold, 17.0, 270.0);
            sheet.text(MARGIN, y, Face::Bold, 17.0, color, &name);
            y += 18.0;
        }
    }
    let mut lines = Vec::new();
    if logo.is_some() {
        lines.push(content.issuer.name.clone());
    }
    lines.extend(
        wrap(&content.issuer.address, Face::Text, 9.0, 260.0)
            .into_iter()
            .take(4),
    );
    if !content.issuer.tax_id.is_empty() {
        lines.push(format!("{}: {}", words.tax_id, content.issuer.tax_id));
    }
    for part in [&content.issuer.email, &content.issuer.phone] {
        if !part.is_empty() {
            lines.push(part.clone());
        }
    }
    for line in lines.iter().take(7) {
        let line = fitted(line, Face::Text, 9.0, 260.0);
        sheet.text(MARGIN, y, Face::Text, 9.0, MUTED, &line);
        y += 12.0;
    }

    sheet.text_end(RIGHT, 66.0, Face::Bold, 24.0, INK, words.kind(document.kind));
    let mut facts = vec![(words.number, document.name().to_owned())];
    facts.push((words.issued, words::day(&document.issued_on, document.language)));
    match document.kind {
        Kind::Invoice => facts.push((words.due, words::day(&document.due_on, document.language))),
        Kind::Estimate => facts.push((words.valid, words::day(&document.due_on, document.language))),
        Kind::CreditNote => {}
    }
    if let Some(related) = &content.related {
        facts.push((words.relates, related.clone()));
    }
    let mut y = 92.0;
    for (label, value) in facts {
        sheet.text_end(RIGHT - 118.0, y, Face::Text, 9.5, MUTED, label);
        let value = fitted(&value, Face::Bold, 9.5, 112.0);
        sheet.text_end(RIGHT, y, Face::Bold, 9.5, INK, &value);
        y += 15.0;
    }
    if document.state == State::Draft {
        sheet.text_end(RIGHT, y + 12.0, Face::Bold, 16.0, RULE, words.draft_mark);
    }
    if document.state == State::Void {
        let status = words.status(document.kind, crate::state::Status::Void);
        sheet.text_end(
            RIGHT,
            y + 12.0,
            Face::Bold,
            16.0,
            Ink(179, 38, 30),
            &status.to_uppercase(),
        );
    }

    let mut y = 196.0;
    sheet.text(MARGIN, y, Face::Bold, 8.0, MUTED, &words.bill_to.to_uppercase());
    y += 15.0;
    let name = fitted(&content.bill_to.name, Face::Bold, 11.0, 300.0);
    sheet.text(MARGIN, y, Face::Bold, 11.0, INK, &name);
    y += 13.0;
    let mut lines: Vec<String> = wrap(&content.bill_to.address, Face::Text, 9.0, 300.0);
    lines.truncate(3);
    if !content.bill_to.tax_id.is_empty() {
        lines.push(format!("{}: {}", words.tax_id, content.bill_to.tax_id));
    }
    for line in lines {
        let line = fitted(&line, Face::Text, 9.0, 300.0);
        sheet.text(MARGIN, y, Face::Text, 9.0, MUTED, &line);
        y += 12.0;
    }
}

fn small_head(sheet: &mut Sheet<'_>, content: &Content) {
    let document = &content.document;
    let words = words::of(document.language);
    sheet.block(0.0, 0.0, WIDTH, 6.0, Ink::parse(&content.issuer.color));
    let name = fitted(&content.issuer.name, Face::Bold, 11.0, 260.0);
    sheet.text(MARGIN, 50.0, Face::Bold, 11.0, INK, &name);
    let title = format!("{} {}", words.kind(document.kind), document.name());
    sheet.text_end(RIGHT, 50.0, Face::Bold, 11.0, INK, &title);
}

fn table_head(sheet: &mut Sheet<'_>, content: &Content, y: f32) {
    let words = words::of(content.document.language);
    let color = Ink::parse(&content.issuer.color);
    let ink = color.contrast();
    sheet.block(MARGIN - 8.0, y - 14.0, RIGHT - MARGIN + 16.0, 20.0, color);
    sheet.text(MARGIN, y, Face::Bold, 8.5, ink, words.description);
    sheet.text_end(COLUMNS.quantity, y, Face::Bold, 8.5, ink, words.quantity);
    sheet.text_end(COLUMNS.price, y, Face::Bold, 8.5, ink, words.price);
    if content.lines.iter().any(|line| line.discount != 0) {
        sheet.text_end(COLUMNS.discount, y, Face::Bold, 8.5, ink, words.discount);
    }
    sheet.text_end(COLUMNS.amount, y, Face::Bold, 8.5, ink, words.amount);
}

fn table_row(sheet: &mut Sheet<'_>, content: &Content, row: usize, text: &[String], top: f32) -> f32 {
    let (Some(line), Some(net)) = (content.lines.get(row), content.totals.lines.get(row)) else {
        return top;
    };
    let document = &content.document;
    let language = document.language;
    let mut y = top + 9.5;
    let first = y;
    for part in text {
        sheet.text(MARGIN, y, Face::Text, 9.5, INK, part);
        y += ROW;
    }
    let quantity = shown_decimal(line.quantity, 3, language);
    sheet.text_end(COLUMNS.quantity, first, Face::Text, 9.5, INK, &quantity);
    let price = document.currency.plain(line.unit_price, language);
    sheet.text_end(COLUMNS.price, first, Face::Text, 9.5, INK, &price);
    if line.discount != 0 {
        let discount = words::percent(&shown_decimal(line.discount, 2, language), language);
        sheet.text_end(COLUMNS.discount, first, Face::Text, 9.5, INK, &discount);
    }
    let net = document.currency.plain(*net, language);
    sheet.text_end(COLUMNS.amount, first, Face::Text, 9.5, INK, &net);
    let bottom = y - ROW + 12.0 - 4.0;
    sheet.block(MARGIN, bottom, RIGHT - MARGIN, 0.6, RULE);
    y - 9.5 + 8.0
}

/// The sums, the notes and how to pay.
struct Ending {
    sums: Vec<(String, String, bool)>,
    notes: Vec<(String, Vec<String>)>,
    height: f32,
}

impl Ending {
    fn new(content: &Content) -> Ending {
        let document = &content.document;
        let language = document.language;
        let words = words::of(language);
        let money = |amount| document.currency.format(amount, language);
        let mut sums = vec![(words.net.to_owned(), money(content.totals.net), false)];
        for tax in &content.totals.taxes {
            let rate = shown_decimal(tax.tax.rate, 2, language);
            sums.push((
                format!("{} {}", tax.tax.name, words::percent(&rate, language)),
                money(tax.amount),
                false,
            ));
        }
        sums.push((words.total.to_owned(), money(document.total), true));
        let is_settled = document.kind == Kind::Invoice && (document.paid != 0 || document.credited != 0);
        if is_settled {
            for (label, amount) in [(words.paid, document.paid), (words.credited, document.credited)] {
                if amount != 0 {
                    sums.push((label.to_owned(), money(-amount), false));
                }
            }
            sums.push((words.open.to_owned(), money(document.open().max(0)), true));
        }
        let room = RIGHT - MARGIN;
        let mut notes = Vec::new();
        if !document.notes.is_empty() {
            notes.push((words.notes.to_owned(), wrap(&document.notes, Face::Text, 9.0, room)));
        }
        if document.kind == Kind::Invoice && !content.issuer.bank.is_empty() && document.state != State::Paid {
            let bank = wrap(&content.issuer.bank, Face::Text, 9.0, room);
            notes.push((words.transfer.to_owned(), bank));
        }
        // What does not fit on one page under the sums is cut; 4,000 characters are some 45 lines.
        for (_, lines) in &mut notes {
            lines.truncate(36);
        }
        #[expect(clippy::cast_precision_loss, reason = "few lines")]
        let height = 30.0
            + sums.len() as f32 * 19.0
            + notes
                .iter()
                .map(|(_, lines)| lines.len() as f32 * 12.0 + 30.0)
                .sum::<f32>();
        let most = BOTTOM - NEXT_TOP;
        Ending {
            sums,
            notes,
            height: height.min(most),
        }
    }

    fn draw(&self, sheet: &mut Sheet<'_>, content: &Content, top: f32) {
        let color = Ink::parse(&content.issuer.color);
        let mut y = top + 24.0;
        let left = 330.0;
        for (label, value, is_strong) in &self.sums {
            if *is_strong {
                sheet.block(left, y - 13.0, RIGHT - left, 0.8, color);
                sheet.text(left, y + 2.0, Face::Bold, 11.0, INK, label);
                sheet.text_end(RIGHT, y + 2.0, Face::Bold, 11.0, INK, value);
                y += 21.0;
            } else {
                let label = fitted(label, Face::Text, 9.5, 130.0);
                sheet.text(left, y, Face::Text, 9.5, MUTED, &label);
                sheet.text_end(RIGHT, y, Face::Text, 9.5, INK, value);
                y += 17.0;
            }
        }
        y += 10.0;
        for (label, lines) in &self.notes {
            if y > BOTTOM - 24.0 {
                break;
            }
            sheet.text(MARGIN, y, Face::Bold, 8.0, MUTED, &label.to_uppercase());
            y += 14.0;
            for line in lines {
                if y > BOTTOM {
                    break;
                }
                sheet.text(MARGIN, y, Face::Text, 9.0, INK, line);
                y += 12.0;
            }
            y += 14.0;
        }
    }
}

fn foot(sheet: &mut Sheet<'_>, content: &Content, page: usize, count: usize) {
    let words = words::of(content.document.language);
    let y = HEIGHT - 34.0;
    sheet.block(MARGIN, y - 14.0, RIGHT - MARGIN, 0.6, RULE);
    let footer = fitted(&content.issuer.footer, Face::Text, 8.0, RIGHT - MARGIN - 90.0);
    sheet.text(MARGIN, y, Face::Text, 8.0, MUTED, &footer);
    let place = format!("{} {page} {} {count}", words.page.0, words.page.1);
    sheet.text_end(RIGHT, y, Face::Text, 8.0, MUTED, &place);
}

/// A rate as a field of a form holds it: `16`, `10.5`.
pub fn bare_rate(rate: i64) -> String {
    bare_decimal(rate, 2)
}

#[cfg(test)]
mod tests;
