//! What stands on the pages of a document: head, rows, sums, foot. Lengths are points from the upper left corner.

use krilla::image::Image;

use super::paper::{Face, HEIGHT, INK, Ink, MARGIN, MUTED, RIGHT, RULE, Sheet, WIDTH, fitted, wrap};
use super::{BOTTOM, COLUMNS, Content, NEXT_TOP, ROW};
use crate::money::shown_decimal;
use crate::state::{Kind, State, Status};
use crate::words;

/// The head of the first page: who bills, which document, and whom.
pub(super) fn head(sheet: &mut Sheet<'_>, content: &Content, logo: Option<&Image>) {
    sheet.block(0.0, 0.0, WIDTH, 6.0, Ink::parse(&content.issuer.color));
    issuer(sheet, content, logo);
    facts(sheet, content);
    bill_to(sheet, content);
}

fn issuer(sheet: &mut Sheet<'_>, content: &Content, logo: Option<&Image>) {
    let words = words::of(content.document.language);
    let mut y = 62.0;
    match logo {
        Some(image) => {
            sheet.picture(MARGIN, 34.0, (170.0, 48.0), image);
            y = 100.0;
        }
        None => {
            let name = fitted(&content.issuer.name, Face::Bold, 17.0, 270.0);
            let color = Ink::parse(&content.issuer.color);
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
}

/// Kind, number and days, and the mark of what is a draft or void.
fn facts(sheet: &mut Sheet<'_>, content: &Content) {
    let document = &content.document;
    let words = words::of(document.language);
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
        let status = words.status(document.kind, Status::Void);
        sheet.text_end(
            RIGHT,
            y + 12.0,
            Face::Bold,
            16.0,
            Ink(179, 38, 30),
            &status.to_uppercase(),
        );
    }
}

fn bill_to(sheet: &mut Sheet<'_>, content: &Content) {
    let words = words::of(content.document.language);
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

/// The head of the pages that follow.
pub(super) fn small_head(sheet: &mut Sheet<'_>, content: &Content) {
    let document = &content.document;
    let words = words::of(document.language);
    sheet.block(0.0, 0.0, WIDTH, 6.0, Ink::parse(&content.issuer.color));
    let name = fitted(&content.issuer.name, Face::Bold, 11.0, 260.0);
    sheet.text(MARGIN, 50.0, Face::Bold, 11.0, INK, &name);
    let title = format!("{} {}", words.kind(document.kind), document.name());
    sheet.text_end(RIGHT, 50.0, Face::Bold, 11.0, INK, &title);
}

pub(super) fn table_head(sheet: &mut Sheet<'_>, content: &Content, y: f32) {
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

/// Draws a row at `top`; gives back where the next begins.
pub(super) fn table_row(sheet: &mut Sheet<'_>, content: &Content, row: usize, text: &[String], top: f32) -> f32 {
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
pub(super) struct Ending {
    sums: Vec<(String, String, bool)>,
    notes: Vec<(String, Vec<String>)>,
    /// What it takes of a page.
    pub(super) height: f32,
}

impl Ending {
    pub(super) fn new(content: &Content) -> Ending {
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

    pub(super) fn draw(&self, sheet: &mut Sheet<'_>, content: &Content, top: f32) {
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

pub(super) fn foot(sheet: &mut Sheet<'_>, content: &Content, page: usize, count: usize) {
    let words = words::of(content.document.language);
    let y = HEIGHT - 34.0;
    sheet.block(MARGIN, y - 14.0, RIGHT - MARGIN, 0.6, RULE);
    let footer = fitted(&content.issuer.footer, Face::Text, 8.0, RIGHT - MARGIN - 90.0);
    sheet.text(MARGIN, y, Face::Text, 8.0, MUTED, &footer);
    let place = format!("{} {page} {} {count}", words.page.0, words.page.1);
    sheet.text_end(RIGHT, y, Face::Text, 8.0, MUTED, &place);
}
