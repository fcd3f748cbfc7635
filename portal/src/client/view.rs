//! Documents as the pages draw them; the business's pages use the same.

use billing::documents::Document;
use billing::money::shown_decimal;
use billing::payments::{Beside, Entry, EntryKind, EntryState, Method};
use billing::pdf::Content;
use billing::state::{Kind, State, Status};
use billing::words;
use conversation::types::Language;
use ui::client_pages::{DocumentRow, LineRow, SumRow};
use ui::components::Tone;
use ui::i18n;

/// How a status is coloured.
pub fn tone(status: Status) -> Tone {
    match status {
        Status::Overdue => Tone::Bad,
        Status::PartlyPaid => Tone::Warn,
        Status::Sent | Status::Viewed => Tone::Accent,
        Status::Paid | Status::Accepted => Tone::Good,
        Status::Draft | Status::Declined | Status::Expired | Status::Void => Tone::Neutral,
    }
}

/// What a document is called; a draft has no number yet.
pub fn title(document: &Document, language: Language) -> String {
    let kind = words::of(language).kind(document.kind);
    document
        .number
        .as_ref()
        .map_or_else(|| kind.to_owned(), |number| format!("{kind} {number}"))
}

/// A document as a row of a list; `base` is where its page is.
pub fn row(document: &Document, language: Language, today: &str, base: &str) -> DocumentRow {
    let words = words::of(language);
    let status = document.status(today);
    let money = |amount| document.currency.format(amount, language);
    let due = match (document.kind, status) {
        (_, Status::Paid | Status::Void | Status::Accepted | Status::Declined) | (Kind::CreditNote, _) => String::new(),
        (Kind::Invoice, _) => format!("{} {}", words.due, words::day(&document.due_on, language)),
        (Kind::Estimate, _) => format!("{} {}", words.valid, words::day(&document.due_on, language)),
    };
    let open = document.open();
    DocumentRow {
        id: document.id.to_string(),
        url: format!("{base}/{}", document.id),
        pdf: format!("{base}/{}/pdf", document.id),
        title: title(document, language),
        issued: words::day(&document.issued_on, language),
        due,
        total: money(if document.kind == Kind::CreditNote {
            -document.total
        } else {
            document.total
        }),
        open: if document.pending > 0 {
            let amount = ("amount", money(document.pending).into());
            Some(i18n::t_args(language, "client-pending", &[amount]))
        } else {
            (open > 0 && open < document.total).then(|| format!("{} {}", words.open, money(open)))
        },
        status: words.status(document.kind, status).to_owned(),
        tone: tone(status),
        pay: None,
        owed: None,
        customer: String::new(),
    }
}

/// The lines of a document.
pub fn lines(content: &Content, language: Language) -> Vec<LineRow> {
    let currency = content.document.currency;
    content
        .lines
        .iter()
        .zip(&content.totals.lines)
        .map(|(line, net)| {
            let mut detail = format!(
                "{} × {}",
                shown_decimal(line.quantity, 3, language),
                currency.plain(line.unit_price, language)
            );
            if line.discount != 0 {
                detail.push_str(&format!(
                    " − {}",
                    words::percent(&shown_decimal(line.discount, 2, language), language)
                ));
            }
            for tax in &line.taxes {
                detail.push_str(&format!(
                    " · {} {}",
                    tax.name,
                    words::percent(&shown_decimal(tax.rate, 2, language), language)
                ));
            }
            LineRow {
                description: line.description.clone(),
                detail,
                net: currency.plain(*net, language),
            }
        })
        .collect()
}

/// The sums of a document.
pub fn sums(content: &Content, language: Language) -> Vec<SumRow> {
    let words = words::of(language);
    let document = &content.document;
    let money = |amount| document.currency.format(amount, language);
    let row = |label: &str, value, is_strong| SumRow {
        label: label.to_owned(),
        value: money(value),
        is_strong,
    };
    let mut sums = vec![row(words.net, content.totals.net, false)];
    for tax in &content.totals.taxes {
        let label = format!(
            "{} {}",
            tax.tax.name,
            words::percent(&shown_decimal(tax.tax.rate, 2, language), language)
        );
        sums.push(row(&label, tax.amount, false));
    }
    sums.push(row(words.total, document.total, true));
    if document.kind == Kind::Invoice && (document.paid != 0 || document.credited != 0) {
        if document.paid != 0 {
            sums.push(row(words.paid, -document.paid, false));
        }
        if document.credited != 0 {
            sums.push(row(words.credited, -document.credited, false));
        }
        sums.push(row(words.open, document.open().max(0), true));
    }
    sums
}

/// Days and numbers of a document.
pub fn facts(content: &Content, language: Language) -> Vec<(String, String)> {
    let words = words::of(language);
    let document = &content.document;
    let mut facts = vec![
        (words.number.to_owned(), document.name().to_owned()),
        (words.issued.to_owned(), words::day(&document.issued_on, language)),
    ];
    match document.kind {
        Kind::Invoice => facts.push((words.due.to_owned(), words::day(&document.due_on, language))),
        Kind::Estimate => facts.push((words.valid.to_owned(), words::day(&document.due_on, language))),
        Kind::CreditNote => {}
    }
    if let Some(related) = &content.related {
        facts.push((words.relates.to_owned(), related.clone()));
    }
    facts
}

/// A name, an address of several lines and a tax number, without the empty ones.
pub fn party(name: &str, address: &str, tax_id: &str, language: Language) -> Vec<String> {
    let mut lines = vec![name.to_owned()];
    lines.extend(
        address
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned),
    );
    if !tax_id.is_empty() {
        lines.push(format!("{}: {tax_id}", words::of(language).tax_id));
    }
    lines
}

/// An entry of money, and by which way it came.
fn what(kind: EntryKind, method: Method, detail: &str, lang: Language) -> String {
    let what = match kind {
        EntryKind::Payment => i18n::t(lang, "client-entry-payment"),
        EntryKind::Refund => i18n::t(lang, "client-entry-refund"),
        EntryKind::Dispute => i18n::t(lang, "client-entry-dispute"),
    };
    let how = match (method, detail) {
        (Method::Stripe, "") => "Stripe",
        (Method::Transfer, "") => "",
        (_, detail) => detail,
    };
    if how.is_empty() {
        what.into_owned()
    } else {
        format!("{what} · {how}")
    }
}

/// As [`entry_words`]; of a transfer that its customer told of, what became of that.
pub fn entry(one: &Entry, lang: Language) -> (String, Tone) {
    let key = match one.state {
        EntryState::Pending if one.is_announced() => "client-entry-announced",
        EntryState::Failed if one.is_announced() => "client-entry-not-arrived",
        _ => return entry_words(one.kind, one.state, one.method, &one.detail, lang),
    };
    let text = what(one.kind, one.method, &one.detail, lang);
    (format!("{text} · {}", i18n::t(lang, key)), Tone::Warn)
}

/// An entry in words, and how it is coloured.
pub fn entry_words(kind: EntryKind, state: EntryState, method: Method, detail: &str, lang: Language) -> (String, Tone) {
    let mut text = what(kind, method, detail, lang);
    let (more, tone) = match (kind, state) {
        (EntryKind::Payment, EntryState::Succeeded) => (None, Tone::Good),
        (_, EntryState::Succeeded) => (None, Tone::Bad),
        (_, EntryState::Pending) => (Some("client-entry-pending"), Tone::Warn),
        (EntryKind::Dispute, EntryState::Failed) => (Some("client-entry-won"), Tone::Good),
        // What an agent wrote down does not fail; it was taken back.
        (_, EntryState::Failed) if method != Method::Stripe => (Some("client-entry-taken-back"), Tone::Warn),
        (_, EntryState::Failed) => (Some("client-entry-failed"), Tone::Bad),
    };
    if let Some(key) = more {
        text.push_str(&format!(" · {}", i18n::t(lang, key)));
    }
    (text, tone)
}

/// The other documents that the payment of an entry was of: number and address; `base` is where their pages are.
pub fn beside(entry: &Entry, all: &[Beside], base: &str) -> Vec<(String, String)> {
    all.iter()
        .filter(|one| entry.kind == EntryKind::Payment && entry.intent.as_deref() == Some(one.intent.as_str()))
        .map(|one| {
            (
                one.number.clone().unwrap_or_default(),
                format!("{base}/{}", one.document_id),
            )
        })
        .collect()
}

/// What is to be said about a document beyond its status.
pub fn notice(document: &Document, lang: Language) -> Option<(Tone, String)> {
    let say = |key: &str, amount| {
        let amount = document.currency.format(amount, lang);
        i18n::t_args(lang, key, &[("amount", amount.into())])
    };
    if document.disputed > 0 {
        return Some((Tone::Bad, say("client-in-dispute", document.disputed)));
    }
    if document.pending > 0 {
        return Some((Tone::Warn, say("client-on-its-way", document.pending)));
    }
    let open = document.open();
    (open < 0 && document.state != State::Draft).then(|| (Tone::Warn, say("client-too-much", -open)))
}
