//! What a document comes to.
//!
//! **Rules.** A line's net is quantity × price, less its discount, rounded once to the minor unit, half
//! away from zero. Taxes are added to the net. With [`Rounding::Line`] each tax of each line is rounded
//! and the roundings are summed (what Brazil's and Spain's registers print); with [`Rounding::Total`]
//! the nets of a rate are summed first and the tax is rounded once for the rate (what Mexico and the
//! European Union's EN 16931 ask). The total is the sum of both, so that a document always adds up to the cent.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::money::{LARGEST, Minor};

/// How taxes are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// For each line.
    Line,
    /// Once for each rate.
    #[default]
    Total,
}

impl Rounding {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Rounding::Line => "line",
            Rounding::Total => "total",
        }
    }
}

impl FromStr for Rounding {
    type Err = conversation::Error;
    fn from_str(text: &str) -> Result<Self, conversation::Error> {
        match text {
            "line" => Ok(Rounding::Line),
            "total" => Ok(Rounding::Total),
            other => Err(conversation::Error::Invalid(format!(
                "`{other}` is not a rounding; expected line or total"
            ))),
        }
    }
}

/// A tax of a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tax {
    /// As the document names it, such as `IVA`.
    pub name: String,
    /// In hundredths of a per cent: 1600 is 16 %. Negative is withheld.
    pub rate: i64,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub description: String,
    /// In thousandths.
    pub quantity: i64,
    /// For one, in minor units.
    pub unit_price: Minor,
    /// In hundredths of a per cent.
    #[serde(default)]
    pub discount: i64,
    /// Its taxes.
    #[serde(default)]
    pub taxes: Vec<Tax>,
}

/// A tax of the whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxTotal {
    /// Name and rate.
    pub tax: Tax,
    /// What it is taken from.
    pub base: Minor,
    /// What it comes to.
    pub amount: Minor,
}

/// What a document comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// The net of each line.
    pub lines: Vec<Minor>,
    /// Their sum.
    pub net: Minor,
    /// The taxes, in the order in which lines name them.
    pub taxes: Vec<TaxTotal>,
    /// Their sum.
    pub tax: Minor,
    /// What is to be paid.
    pub total: Minor,
}

/// Why lines cannot be summed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Outside of what is sensible.
    #[error("line {line}: {what} is out of range")]
    Range {
        /// From 1.
        line: usize,
        /// The field.
        what: &'static str,
    },
    /// The sum is larger than any invoice.
    #[error("the document comes to more than can be counted")]
    TooLarge,
}

/// `numerator / denominator`, rounded half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    if numerator >= 0 {
        (numerator + half) / denominator
    } else {
        (numerator - half) / denominator
    }
}

/// Sums the lines.
///
/// # Errors
/// Names the line and the field that are out of range.
pub fn totals(lines: &[Line], rounding: Rounding) -> Result<Totals, BadLine> {
    let mut totals = Totals::default();
    let mut net_sum = 0i128;
    let mut bases: Vec<(Tax, i128, i128)> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let out = |what| BadLine::Range { line: index + 1, what };
        if line.quantity.unsigned_abs() > LARGEST.unsigned_abs() {
            return Err(out("the quantity"));
        }
        if line.unit_price.unsigned_abs() > LARGEST.unsigned_abs() {
            return Err(out("the price"));
        }
        if !(0..=10_000).contains(&line.discount) {
            return Err(out("the discount"));
        }
        let product = i128::from(line.quantity) * i128::from(line.unit_price) * i128::from(10_000 - line.discount);
        let net = rounded(product, 10_000_000);
        if net.abs() > i128::from(LARGEST) {
            return Err(BadLine::TooLarge);
        }
        net_sum += net;
        totals.lines.push(i64::try_from(net).map_err(|_| BadLine::TooLarge)?);
        for tax in &line.taxes {
            if !(-10_000..=100_000).contains(&tax.rate) {
                return Err(out("the tax"));
            }
            let amount = rounded(net * i128::from(tax.rate), 10_000);
            match bases.iter_mut().find(|(known, ..)| known == tax) {
                Some((_, base, sum)) => {
                    *base += net;
                    *sum += amount;
                }
                None => bases.push((tax.clone(), net, amount)),
            }
        }
    }
    let mut tax_sum = 0i128;
    for (tax, base, by_line) in bases {
        let amount = match rounding {
            Rounding::Line => by_line,
            Rounding::Total => rounded(base * i128::from(tax.rate), 10_000),
        };
        tax_sum += amount;
        totals.taxes.push(TaxTotal {
            tax,
            base: i64::try_from(base).map_err(|_| BadLine::TooLarge)?,
            amount: i64::try_from(amount).map_err(|_| BadLine::TooLarge)?,
        });
    }
    let total = net_sum + tax_sum;
    if net_sum.abs() > i128::from(LARGEST) || total.abs() > i128::from(LARGEST) {
        return Err(BadLine::TooLarge);
    }
    let narrow = |sum: i128| i64::try_from(sum).map_err(|_| BadLine::TooLarge);
    totals.net = narrow(net_sum)?;
    totals.tax = narrow(tax_sum)?;
    totals.total = narrow(total)?;
    Ok(totals)
}

conversation::text_columns!(Rounding);

#[cfg(test)]
mod tests;
