//! Contracts that end soon: the customer is told once, and those that renew go on.

use billing::day::{self, Unit};
use conversation::Result;
use conversation::db::sql;
use conversation::notifications::{Kind, News as Told};
use conversation::types::Actor;
use serde_json::json;

use crate::contracts::{self, Contract};
use crate::tell::{self, News};
use crate::{Equipment, changed, settings, words};

/// Nobody is told earlier than this, in days.
const EARLIEST: i64 = 365;

pub(crate) async fn run(equipment: &Equipment) -> Result<()> {
    let store = equipment.store();
    let today = equipment.today();
    let until = day::plus(today, EARLIEST).to_string();
    for contract in contracts::ending(store.db(), &until).await? {
        let Some(end) = &contract.ends_on else { continue };
        let left = day::between(today, day::parse(end)?);
        if left < 0 {
            if contract.renews_months > 0 {
                renew(equipment, &contract).await?;
            }
        } else if left <= contract.notice_days {
            announce(equipment, &contract, end).await?;
        }
    }
    Ok(())
}

/// The day on which a contract ends after it renewed once more.
pub fn next_end(contract: &Contract) -> Result<Option<String>> {
    let Some(end) = &contract.ends_on else {
        return Ok(None);
    };
    if contract.renews_months == 0 {
        return Ok(None);
    }
    // The day behind the end counts: the last of a month renews to the last of another.
    let behind = day::plus(day::parse(end)?, 1);
    let next = day::nth(behind, contract.renews_months, Unit::Month, 1);
    Ok(Some(day::plus(next, -1).to_string()))
}

async fn announce(equipment: &Equipment, contract: &Contract, end: &str) -> Result<()> {
    let store = equipment.store();
    let mut tx = store.begin().await?;
    let now = tx.now();
    let is_new =
        sql("INSERT INTO contract_news (contract_id, what, day, at) VALUES ($1, 'end', $2, $3) ON CONFLICT DO NOTHING")
            .bind(contract.id.as_str())
            .bind(end)
            .bind(now)
            .run(&mut tx)
            .await?
            == 1;
    if is_new {
        let customer = tell::customer(&mut tx, &contract.customer_id).await?;
        let said = words::of(customer.language);
        let shown = |iso: &str| words::day(iso, customer.language);
        let next = next_end(contract)?;
        let told = Told {
            kind: Kind::Contract,
            words: if next.is_some() {
                "contract-renews"
            } else {
                "contract-ends"
            },
            args: json!({ "number": contract.number, "day": end }),
            path: format!("/portal/contracts/{}", contract.id),
            subject: contract.id.to_string(),
        };
        let (subject, text) = match &next {
            Some(next) => (said.renews_subject, said.renews_text.replace("{next}", &shown(next))),
            None => (said.ends_subject, said.ends_text.to_owned()),
        };
        let subject = subject.replace("{number}", &contract.number);
        let news = News {
            told,
            short: subject.clone(),
            subject,
            text: text.replace("{number}", &contract.number).replace("{day}", &shown(end)),
            button: said.open_contract,
            cards: Vec::new(),
        };
        tell::tell_in(&mut tx, equipment, &customer, news).await?;
        changed(
            &mut tx,
            &Actor::System,
            contract.id.as_str(),
            &contract.customer_id,
            "end",
        );
        tx.commit().await?;
    } else {
        tx.commit_silently().await?;
    }
    Ok(())
}

async fn renew(equipment: &Equipment, contract: &Contract) -> Result<()> {
    let Some(next) = next_end(contract)? else {
        return Ok(());
    };
    let mut tx = equipment.store().begin().await?;
    let now = tx.now();
    let rows = sql("UPDATE contracts SET ends_on = $3, updated_at = $4, version = version + 1 WHERE id = $1 AND ends_on = $2 AND is_active")
        .bind(contract.id.as_str())
        .bind(contract.ends_on.clone())
        .bind(next)
        .bind(now)
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return tx.commit_silently().await;
    }
    let renewed = contracts::load(&mut tx, &contract.id).await?;
    let grace = settings::load(&mut tx).await?.close_after_days;
    sql("UPDATE contracts SET close_on = $2 WHERE id = $1")
        .bind(contract.id.as_str())
        .bind(contracts::close_on(&renewed, grace)?)
        .run(&mut tx)
        .await?;
    changed(
        &mut tx,
        &Actor::System,
        contract.id.as_str(),
        &contract.customer_id,
        "renewed",
    );
    tx.commit().await?;
    Ok(())
}
