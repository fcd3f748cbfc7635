//! What documents, cards and mails say, in each language.

use conversation::types::Language;

use crate::state::{Kind, Status};

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    /// Above the table of an invoice.
    pub invoice: &'static str,
    /// As above.
    pub estimate: &'static str,
    /// As above.
    pub credit_note: &'static str,
    /// Label of the number.
    pub number: &'static str,
    /// Label of the day of issue.
    pub issued: &'static str,
    /// Label of the day it is due.
    pub due: &'static str,
    /// Label of the day until which an estimate holds.
    pub valid: &'static str,
    /// Above the customer.
    pub bill_to: &'static str,
    /// Label of a tax number.
    pub tax_id: &'static str,
    /// A column.
    pub description: &'static str,
    /// A column.
    pub quantity: &'static str,
    /// A column.
    pub price: &'static str,
    /// A column.
    pub discount: &'static str,
    /// A column.
    pub amount: &'static str,
    /// The sum before taxes.
    pub net: &'static str,
    /// The sum.
    pub total: &'static str,
    /// What was paid.
    pub paid: &'static str,
    /// What credit notes took off.
    pub credited: &'static str,
    /// What is to be paid.
    pub open: &'static str,
    /// Above the notes.
    pub notes: &'static str,
    /// Above the bank details.
    pub transfer: &'static str,
    /// `Page 1 of 2`: the two words.
    pub page: (&'static str, &'static str),
    /// What a credit note is about.
    pub relates: &'static str,
    /// Across a draft.
    pub draft_mark: &'static str,
    /// Label of the state.
    pub status: &'static str,
    /// The states.
    pub statuses: [(Status, &'static str); 10],
    /// What some of them are called of an estimate, which is masculine where an invoice is feminine.
    pub of_estimates: &'static [(Status, &'static str)],
    /// An estimate that its customer has not decided on.
    pub undecided: &'static str,
    /// A payment is on its way.
    pub pending: &'static str,
    /// The bank disputes.
    pub disputed: &'static str,
    /// The button of an invoice.
    pub see_and_pay: &'static str,
    /// The button of anything else.
    pub see: &'static str,
    /// What a mail with an invoice says; `{number}`, `{amount}`, `{due}`, `{business}`.
    pub mail_invoice: &'static str,
    /// As above.
    pub mail_estimate: &'static str,
    /// As above.
    pub mail_credit: &'static str,
    /// A reminder before the day.
    pub remind_before: &'static str,
    /// A reminder on or after the day.
    pub remind_after: &'static str,
    /// The subject of a reminder.
    pub reminder: &'static str,
    /// The subject of a mail: `Invoice X from Y`.
    pub from: &'static str,
    /// Thanks for a payment; `{amount}`, `{number}`.
    pub mail_paid: &'static str,
    /// The subject of that.
    pub paid_subject: &'static str,
    /// A payment came to nothing; `{amount}`, `{number}`.
    pub mail_unpaid: &'static str,
    /// The subject of that.
    pub unpaid_subject: &'static str,
    /// Several invoices; `{count}`.
    pub several: &'static str,
    /// A payment of several invoices arrived; `{amount}`, `{count}`.
    pub mail_paid_several: &'static str,
    /// It came to nothing; `{amount}`, `{count}`.
    pub mail_unpaid_several: &'static str,
    /// On the button that leads to all invoices.
    pub see_all: &'static str,
    /// The name of a ZIP of documents.
    pub zip: &'static str,
}

impl Words {
    /// What a document is called.
    pub fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Invoice => self.invoice,
            Kind::Estimate => self.estimate,
            Kind::CreditNote => self.credit_note,
        }
    }

    /// What a status is called of a document of this kind.
    pub fn status(&self, kind: Kind, status: Status) -> &'static str {
        let own = match kind {
            Kind::Estimate => self.of_estimates,
            Kind::Invoice | Kind::CreditNote => &[],
        };
        own.iter()
            .chain(&self.statuses)
            .find(|(one, _)| *one == status)
            .map_or("", |(_, words)| *words)
    }

    /// Where a document stands, in its customer's words: whether it was sent and looked at is the business's concern, what is to be
    /// done is theirs.
    pub fn standing(&self, kind: Kind, status: Status) -> &'static str {
        match (kind, status) {
            (Kind::Invoice, Status::Sent | Status::Viewed) => self.open,
            (Kind::Estimate, Status::Sent | Status::Viewed) => self.undecided,
            _ => self.status(kind, status),
        }
    }
}

/// A number with the sign of percent: Spanish keeps them apart.
pub fn percent(number: &str, language: Language) -> String {
    match language {
        Language::Es => format!("{number}\u{a0}%"),
        Language::En | Language::Pt => format!("{number}%"),
    }
}

/// The words of a language.
pub fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Pt => &PT,
    }
}

/// A day as the language writes it in documents: `31 Jan 2026`.
pub fn day(iso: &str, language: Language) -> String {
    let months = match language {
        Language::En => [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ],
        Language::Es => [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
        ],
        Language::Pt => [
            "jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez",
        ],
    };
    match iso.parse::<jiff::civil::Date>() {
        Ok(day) => {
            let month = usize::try_from(day.month() - 1)
                .ok()
                .and_then(|index| months.get(index));
            format!("{} {} {}", day.day(), month.unwrap_or(&""), day.year())
        }
        Err(_) => iso.to_owned(),
    }
}

static EN: Words = Words {
    invoice: "Invoice",
    estimate: "Estimate",
    credit_note: "Credit note",
    number: "Number",
    issued: "Date",
    due: "Due",
    valid: "Valid until",
    bill_to: "Bill to",
    tax_id: "Tax ID",
    description: "Description",
    quantity: "Quantity",
    price: "Price",
    discount: "Disc.",
    amount: "Amount",
    net: "Subtotal",
    total: "Total",
    paid: "Paid",
    credited: "Credited",
    open: "To pay",
    notes: "Notes",
    transfer: "Pay by transfer",
    page: ("Page", "of"),
    relates: "For invoice",
    draft_mark: "DRAFT",
    status: "Status",
    statuses: [
        (Status::Overdue, "Overdue"),
        (Status::PartlyPaid, "Partly paid"),
        (Status::Sent, "Sent"),
        (Status::Viewed, "Viewed"),
        (Status::Draft, "Draft"),
        (Status::Paid, "Paid"),
        (Status::Accepted, "Accepted"),
        (Status::Declined, "Declined"),
        (Status::Expired, "Expired"),
        (Status::Void, "Void"),
    ],
    of_estimates: &[],
    undecided: "To decide",
    pending: "On its way",
    disputed: "Disputed",
    see_and_pay: "View and pay",
    see: "View",
    mail_invoice: "Here is invoice {number} for {amount}, due {due}.\n\nThe button signs you in: you see the invoice, your whole history with us, and can pay or ask us something.",
    mail_estimate: "Here is estimate {number} for {amount}, valid until {due}.\n\nThe button signs you in: you can accept it with one press, decline it, or ask us something.",
    mail_credit: "Here is credit note {number} for {amount}.\n\nThe button signs you in and shows it beside all your invoices.",
    remind_before: "A friendly note: invoice {number} for {amount} is due {due}.\n\nIf you have paid it already, please ignore this.",
    remind_after: "Invoice {number} was due {due}; {amount} is still open.\n\nIf you have paid it already, please ignore this. If something is wrong with it, just answer.",
    reminder: "Reminder",
    from: "from",
    mail_paid: "Thank you! Your payment of {amount} for invoice {number} has arrived.",
    paid_subject: "Payment received",
    mail_unpaid: "Your payment of {amount} for invoice {number} did not go through, and nothing was charged.\n\nThe button takes you to the invoice, where you can pay again. If you need help, just answer.",
    unpaid_subject: "Payment not completed",
    several: "{count} invoices",
    mail_paid_several: "Thank you! Your payment of {amount} for {count} invoices has arrived.",
    mail_unpaid_several: "Your payment of {amount} for {count} invoices did not go through, and nothing was charged.\n\nThe button takes you to your invoices, where you can pay again. If you need help, just answer.",
    see_all: "See my invoices",
    zip: "documents",
};

static ES: Words = Words {
    invoice: "Factura",
    estimate: "Presupuesto",
    credit_note: "Nota de crédito",
    number: "Número",
    issued: "Fecha",
    due: "Vence",
    valid: "Válido hasta",
    bill_to: "Facturar a",
    tax_id: "Id. fiscal",
    description: "Descripción",
    quantity: "Cantidad",
    price: "Precio",
    discount: "Dto.",
    amount: "Importe",
    net: "Subtotal",
    total: "Total",
    paid: "Pagado",
    credited: "Abonado",
    open: "Por pagar",
    notes: "Notas",
    transfer: "Pago por transferencia",
    page: ("Página", "de"),
    relates: "De la factura",
    draft_mark: "BORRADOR",
    status: "Estado",
    statuses: [
        (Status::Overdue, "Vencida"),
        (Status::PartlyPaid, "Pagada en parte"),
        (Status::Sent, "Enviada"),
        (Status::Viewed, "Vista"),
        (Status::Draft, "Borrador"),
        (Status::Paid, "Pagada"),
        (Status::Accepted, "Aceptado"),
        (Status::Declined, "Rechazado"),
        (Status::Expired, "Caducado"),
        (Status::Void, "Anulada"),
    ],
    of_estimates: &[
        (Status::Sent, "Enviado"),
        (Status::Viewed, "Visto"),
        (Status::Void, "Anulado"),
    ],
    undecided: "Por decidir",
    pending: "En camino",
    disputed: "En disputa",
    see_and_pay: "Ver y pagar",
    see: "Ver",
    mail_invoice: "Aquí está la factura {number} por {amount}, que vence el {due}.\n\nEl botón inicia su sesión: verá la factura y todo su historial con nosotros, y podrá pagar o preguntarnos algo.",
    mail_estimate: "Aquí está el presupuesto {number} por {amount}, válido hasta el {due}.\n\nEl botón inicia su sesión: puede aceptarlo con un clic, rechazarlo o preguntarnos algo.",
    mail_credit: "Aquí está la nota de crédito {number} por {amount}.\n\nEl botón inicia su sesión y la muestra junto a todas sus facturas.",
    remind_before: "Un recordatorio amable: la factura {number} por {amount} vence el {due}.\n\nSi ya la pagó, ignore este mensaje.",
    remind_after: "La factura {number} venció el {due}; quedan {amount} por pagar.\n\nSi ya la pagó, ignore este mensaje. Si algo no está bien, solo responda.",
    reminder: "Recordatorio",
    from: "de",
    mail_paid: "¡Gracias! Su pago de {amount} por la factura {number} ha llegado.",
    paid_subject: "Pago recibido",
    mail_unpaid: "Su pago de {amount} por la factura {number} no se completó y no se cobró nada.\n\nEl botón lo lleva a la factura, donde puede pagar de nuevo. Si necesita ayuda, responda a este correo.",
    unpaid_subject: "Pago no completado",
    several: "{count} facturas",
    mail_paid_several: "¡Gracias! Su pago de {amount} por {count} facturas ha llegado.",
    mail_unpaid_several: "Su pago de {amount} por {count} facturas no se completó y no se cobró nada.\n\nEl botón lo lleva a sus facturas, donde puede pagar de nuevo. Si necesita ayuda, responda a este correo.",
    see_all: "Ver mis facturas",
    zip: "documentos",
};

static PT: Words = Words {
    invoice: "Fatura",
    estimate: "Orçamento",
    credit_note: "Nota de crédito",
    number: "Número",
    issued: "Data",
    due: "Vencimento",
    valid: "Válido até",
    bill_to: "Cobrar de",
    tax_id: "CNPJ/CPF",
    description: "Descrição",
    quantity: "Quantidade",
    price: "Preço",
    discount: "Desc.",
    amount: "Valor",
    net: "Subtotal",
    total: "Total",
    paid: "Pago",
    credited: "Creditado",
    open: "A pagar",
    notes: "Observações",
    transfer: "Pagamento por transferência",
    page: ("Página", "de"),
    relates: "Da fatura",
    draft_mark: "RASCUNHO",
    status: "Situação",
    statuses: [
        (Status::Overdue, "Vencida"),
        (Status::PartlyPaid, "Paga em parte"),
        (Status::Sent, "Enviada"),
        (Status::Viewed, "Vista"),
        (Status::Draft, "Rascunho"),
        (Status::Paid, "Paga"),
        (Status::Accepted, "Aceito"),
        (Status::Declined, "Recusado"),
        (Status::Expired, "Expirado"),
        (Status::Void, "Cancelada"),
    ],
    of_estimates: &[
        (Status::Sent, "Enviado"),
        (Status::Viewed, "Visto"),
        (Status::Void, "Cancelado"),
    ],
    undecided: "A decidir",
    pending: "A caminho",
    disputed: "Em disputa",
    see_and_pay: "Ver e pagar",
    see: "Ver",
    mail_invoice: "Aqui está a fatura {number} de {amount}, com vencimento em {due}.\n\nO botão inicia a sua sessão: você vê a fatura e todo o seu histórico conosco, e pode pagar ou perguntar algo.",
    mail_estimate: "Aqui está o orçamento {number} de {amount}, válido até {due}.\n\nO botão inicia a sua sessão: você pode aceitá-lo com um clique, recusá-lo ou perguntar algo.",
    mail_credit: "Aqui está a nota de crédito {number} de {amount}.\n\nO botão inicia a sua sessão e a mostra ao lado de todas as suas faturas.",
    remind_before: "Um lembrete amigável: a fatura {number} de {amount} vence em {due}.\n\nSe já pagou, ignore esta mensagem.",
    remind_after: "A fatura {number} venceu em {due}; restam {amount} a pagar.\n\nSe já pagou, ignore esta mensagem. Se algo não está certo, basta responder.",
    reminder: "Lembrete",
    from: "de",
    mail_paid: "Obrigado! O seu pagamento de {amount} da fatura {number} chegou.",
    paid_subject: "Pagamento recebido",
    mail_unpaid: "O seu pagamento de {amount} da fatura {number} não foi concluído e nada foi cobrado.\n\nO botão leva à fatura, onde você pode pagar de novo. Se precisar de ajuda, responda a este e-mail.",
    unpaid_subject: "Pagamento não concluído",
    several: "{count} faturas",
    mail_paid_several: "Obrigado! O seu pagamento de {amount} de {count} faturas chegou.",
    mail_unpaid_several: "O seu pagamento de {amount} de {count} faturas não foi concluído e nada foi cobrado.\n\nO botão leva às suas faturas, onde você pode pagar de novo. Se precisar de ajuda, responda a este e-mail.",
    see_all: "Ver as minhas faturas",
    zip: "documentos",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_agrees_with_what_it_is_of() {
        for (language, invoice, estimate) in [
            (Language::En, "Sent", "Sent"),
            (Language::Es, "Enviada", "Enviado"),
            (Language::Pt, "Enviada", "Enviado"),
        ] {
            let words = of(language);
            assert_eq!(words.status(Kind::Invoice, Status::Sent), invoice);
            assert_eq!(words.status(Kind::CreditNote, Status::Sent), invoice);
            assert_eq!(words.standing(Kind::Invoice, Status::Viewed), words.open);
            assert_eq!(words.standing(Kind::Estimate, Status::Sent), words.undecided);
            assert_eq!(
                words.standing(Kind::Invoice, Status::Paid),
                words.status(Kind::Invoice, Status::Paid)
            );
            assert_eq!(words.status(Kind::Estimate, Status::Sent), estimate);
            for kind in Kind::ALL {
                for status in Status::ALL {
                    assert_ne!(words.status(*kind, *status), "", "{language:?} {kind} {status}");
                }
            }
        }
    }
}
