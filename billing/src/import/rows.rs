//! Rows of a file as invoices: one row is one line, rows with the same number are one invoice.

use std::collections::{HashMap, HashSet};

use conversation::Error;
use conversation::letters::folded;
use conversation::telephone::{self, Country};
use conversation::types::Language;
use jiff::civil::Date;

use super::csv::Row;
use crate::day;
use crate::documents::Draft;
use crate::money::{Currency, decimal};
use crate::settings::Business;
use crate::state::Kind;
use crate::totals::{Line, Tax};

/// What a column holds, and how its head may be written.
pub(super) type Column = (&'static str, &'static [&'static str]);

const COLUMNS: &[Column] = &[
    (
        "number",
        &[
            "invoice",
            "invoice number",
            "numero",
            "factura",
            "no",
            "folio",
            "fatura",
            "nota",
        ],
    ),
    (
        "customer",
        &["customer name", "client", "name", "cliente", "nombre", "nome"],
    ),
    (
        "email",
        &["customer email", "e-mail", "mail", "correo", "correo electronico"],
    ),
    (
        "issued_on",
        &[
            "date",
            "issue date",
            "issued",
            "fecha",
            "fecha de emision",
            "data",
            "emissao",
            "data de emissao",
        ],
    ),
    (
        "due_on",
        &[
            "due",
            "due date",
            "vencimiento",
            "fecha de vencimiento",
            "vencimento",
            "data de vencimento",
        ],
    ),
    ("currency", &["moneda", "divisa", "moeda"]),
    (
        "description",
        &["item", "concept", "descripcion", "concepto", "descricao", "produto"],
    ),
    ("quantity", &["qty", "cantidad", "quantidade", "qtd"]),
    (
        "unit_price",
        &[
            "price",
            "rate",
            "amount",
            "precio",
            "precio unitario",
            "importe",
            "preco",
            "valor",
            "preco unitario",
        ],
    ),
    ("discount", &["discount %", "descuento", "desconto"]),
    ("tax", &["taxes", "tax rate", "impuesto", "iva", "imposto"]),
    ("paid", &["amount paid", "pagado", "pago"]),
    ("paid_on", &["payment date", "fecha de pago", "data de pagamento"]),
    ("notes", &["note", "notas", "observacoes"]),
    ("tax_id", super::TAX_ID),
    ("address", &["direccion", "endereco"]),
    ("language", &["idioma", "lingua"]),
];
const REQUIRED: &[&str] = &["number", "customer", "issued_on", "description", "unit_price"];

/// A row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wrong {
    /// The line in the file.
    pub line: usize,
    /// Which column; empty for the whole row.
    pub column: String,
    /// Why.
    pub why: String,
}

/// An invoice as the file tells of it.
#[derive(Debug, Clone)]
pub struct Found {
    /// The line of its first row.
    pub line: usize,
    /// How many rows it has.
    pub rows: usize,
    /// The number.
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// The customer's address for mails.
    pub email: Option<String>,
    /// The tax number.
    pub tax_id: String,
    /// The postal address.
    pub address: String,
    /// The document.
    pub draft: Draft,
    /// What was paid on it, and when.
    pub paid: Option<(i64, Option<Date>)>,
}

fn plain(text: &str) -> String {
    folded(text.trim()).replace('_', " ")
}

/// Where a file has its columns.
pub(super) fn columns(
    head: &Row,
    known: &[Column],
    required: &[&'static str],
) -> Result<HashMap<&'static str, usize>, Wrong> {
    let mut found = HashMap::new();
    for (index, title) in head.values.iter().enumerate() {
        let title = plain(title);
        let known = known
            .iter()
            .find(|(name, aliases)| plain(name) == title || aliases.contains(&&*title));
        if let Some((name, _)) = known {
            found.entry(*name).or_insert(index);
        }
    }
    let missing: Vec<&str> = required
        .iter()
        .copied()
        .filter(|name| !found.contains_key(name))
        .collect();
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(Wrong {
            line: head.line,
            column: missing.join(", "),
            why: "these columns are missing; the first row names the columns".to_owned(),
        })
    }
}

/// Whether a spreadsheet would run it. Numbers with a sign are values.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['=', '@']) || text.starts_with(['+', '-']) && text.contains(['(', '|', '!'])
}

/// One row of a file, by the names of its columns.
pub(super) struct Reader<'a> {
    pub(super) columns: &'a HashMap<&'static str, usize>,
    pub(super) row: &'a Row,
}

impl Reader<'_> {
    pub(super) fn get(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(|index| self.row.values.get(*index))
            .map_or("", |value| value.trim())
    }

    pub(super) fn wrong(&self, column: &str, why: impl Into<String>) -> Wrong {
        Wrong {
            line: self.row.line,
            column: column.to_owned(),
            why: why.into(),
        }
    }

    pub(super) fn text(&self, column: &str, most: usize) -> Result<String, Wrong> {
        let value = self.get(column);
        if is_formula(value) {
            return Err(self.wrong(column, "this is a formula; export values instead"));
        }
        if value.chars().count() > most {
            return Err(self.wrong(column, format!("longer than {most} characters")));
        }
        Ok(value.to_owned())
    }

    pub(super) fn needed(&self, column: &str, most: usize) -> Result<String, Wrong> {
        let text = self.text(column, most)?;
        if text.is_empty() {
            return Err(self.wrong(column, "empty"));
        }
        Ok(text)
    }

    fn number(&self, column: &str, digits: u32, or: i64) -> Result<i64, Wrong> {
        match self.get(column) {
            "" => Ok(or),
            text => decimal(text.trim_end_matches('%'), digits, false)
                .map_err(|error| self.wrong(column, error.to_string())),
        }
    }

    /// An address for mails, where there is one.
    pub(super) fn email(&self, column: &str) -> Result<Option<String>, Wrong> {
        match self.text(column, 254)? {
            text if text.is_empty() => Ok(None),
            text => conversation::contacts::normal_email(&text)
                .map(Some)
                .map_err(|_| self.wrong(column, "not an e-mail address")),
        }
    }

    /// A telephone number, with its country code or as it is dialled in the country of the business.
    pub(super) fn phone(&self, column: &str, home: Option<Country>) -> Result<Option<String>, Wrong> {
        match self.text(column, 40)? {
            text if text.is_empty() => Ok(None),
            text => telephone::read_cell(&text, home)
                .map(Some)
                .map_err(|error| match error {
                    Error::Invalid(words) => self.wrong(column, words.trim_start_matches("number: ")),
                    error => self.wrong(column, error.to_string()),
                }),
        }
    }

    /// The column `language`, else what is usual.
    pub(super) fn language(&self, usual: Language) -> Result<Language, Wrong> {
        match self.get("language") {
            "" => Ok(usual),
            text => Language::from_tag(text).ok_or_else(|| self.wrong("language", "not en, es or pt")),
        }
    }

    /// Where the row stands in the file.
    pub(super) fn line(&self) -> usize {
        self.row.line
    }

    fn day(&self, column: &str) -> Result<Option<Date>, Wrong> {
        match self.get(column) {
            "" => Ok(None),
            text => day::parse(text)
                .map(Some)
                .map_err(|error| self.wrong(column, error.to_string())),
        }
    }
}

/// `IVA 16`, `IVA 16%`, `16`; several parted by `+` or `;`.
pub fn taxes(text: &str) -> Result<Vec<Tax>, String> {
    let mut taxes = Vec::new();
    for part in text
        .split([';', '+', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let part = part.trim_end_matches('%').trim_end();
        let (name, rate) = match part.rsplit_once(|c: char| c.is_whitespace() || c == ':') {
            Some((name, rate)) => (name.trim(), rate),
            None => ("", part),
        };
        let rate = decimal(rate, 2, false).map_err(|error| error.to_string())?;
        if !(-10_000..=100_000).contains(&rate) {
            return Err(format!("`{part}`: a rate from -100 to 1000 per cent"));
        }
        let name = if name.is_empty() { "IVA" } else { name };
        taxes.push(Tax {
            name: name.chars().take(30).collect(),
            rate,
        });
    }
    Ok(taxes)
}

/// The taxes of a line as a field holds them.
pub fn taxes_text(taxes: &[Tax]) -> String {
    taxes
        .iter()
        .map(|tax| format!("{} {}", tax.name, crate::pdf::bare_rate(tax.rate)))
        .collect::<Vec<_>>()
        .join("; ")
}

struct One {
    head: Found,
    line: Line,
}

fn one(reader: &Reader<'_>, business: &Business) -> Result<One, Wrong> {
    let currency: Currency = match reader.get("currency") {
        "" => business.currency,
        text => text
            .parse()
            .map_err(|error: crate::money::UnknownCurrency| reader.wrong("currency", error.to_string()))?,
    };
    let amount = |column: &str| {
        currency
            .parse(reader.get(column))
            .map_err(|error| reader.wrong(column, error.to_string()))
    };
    let issued_on = reader
        .day("issued_on")?
        .ok_or_else(|| reader.wrong("issued_on", "empty"))?;
    let due_on = reader
        .day("due_on")?
        .unwrap_or_else(|| day::plus(issued_on, business.due_days));
    if due_on < issued_on {
        return Err(reader.wrong("due_on", "before the day of issue"));
    }
    let language = reader.language(business.language)?;
    let paid = match reader.get("paid") {
        "" => None,
        _ => Some((amount("paid")?, reader.day("paid_on")?)),
    };
    if paid.is_some_and(|(amount, _)| amount < 0) {
        return Err(reader.wrong("paid", "negative"));
    }
    let email = reader.email("email")?;
    let line = Line {
        description: reader.needed("description", 1_000)?,
        quantity: reader.number("quantity", 3, 1_000)?,
        unit_price: amount("unit_price")?,
        discount: reader.number("discount", 2, 0)?,
        taxes: taxes(reader.get("tax")).map_err(|why| reader.wrong("tax", why))?,
    };
    let number = reader.needed("number", 60)?;
    let draft = Draft {
        kind: Kind::Invoice,
        currency,
        language,
        issued_on,
        due_on,
        rounding: business.rounding,
        notes: reader.text("notes", 4_000)?,
        lines: Vec::new(),
        external_number: Some(number.clone()),
        related_id: None,
        is_published: false,
        is_reminded: true,
    };
    let head = Found {
        line: reader.row.line,
        rows: 1,
        number,
        customer: reader.needed("customer", 200)?,
        email,
        tax_id: reader.text("tax_id", 60)?,
        address: reader.text("address", 500)?,
        draft,
        paid,
    };
    Ok(One { head, line })
}

/// The invoices of a file in the order of their first rows, and the rows that cannot be taken. One wrong row
/// takes its whole invoice out: half an invoice would be a wrong one.
pub fn read(rows: &[Row], business: &Business) -> (Vec<Found>, Vec<Wrong>) {
    let Some((head, rows)) = rows.split_first() else {
        return (Vec::new(), Vec::new());
    };
    let columns = match columns(head, COLUMNS, REQUIRED) {
        Ok(columns) => columns,
        Err(wrong) => return (Vec::new(), vec![wrong]),
    };
    let mut found: Vec<Found> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut refused: HashSet<String> = HashSet::new();
    let mut wrongs = Vec::new();
    for row in rows {
        let reader = Reader { columns: &columns, row };
        let number = reader.get("number");
        let taken = one(&reader, business).and_then(|one| match places.get(number) {
            None => {
                let mut head = one.head;
                head.draft.lines.push(one.line);
                places.insert(number.to_owned(), found.len());
                found.push(head);
                Ok(())
            }
            Some(place) => {
                let known = &mut found[*place];
                if known.customer != one.head.customer || known.draft.currency != one.head.draft.currency {
                    let why = format!("line {} has this number with another customer or currency", known.line);
                    return Err(reader.wrong("number", why));
                }
                known.rows += 1;
                known.draft.lines.push(one.line);
                known.paid = known.paid.or(one.head.paid);
                Ok(())
            }
        });
        if let Err(wrong) = taken {
            wrongs.push(wrong);
            refused.insert(number.to_owned());
        }
    }
    found.retain(|one| !refused.contains(&one.number));
    let mut invoices = Vec::new();
    for mut one in found {
        match one.draft.checked() {
            Ok(_) => invoices.push(one),
            Err(error) => wrongs.push(Wrong {
                line: one.line,
                column: String::new(),
                why: error.to_string(),
            }),
        }
    }
    wrongs.sort_by_key(|wrong| wrong.line);
    (invoices, wrongs)
}
