//! Who of a customer hears of an invoice and of a reading that is wanted, by which way; and what is erased of them.

use ::billing::customers::{self, CustomerData, Preferred};
use ::billing::state::Kind as Paper;
use ::billing::{CustomerId, issue, telling};
use ::equipment::Meaning;
use ::equipment::privacy as kept;
use ::equipment::sites::{self, SiteData};
use conversation::db::{composed_sql, sql};
use conversation::memberships::{self, Rights};
use conversation::notices::{self, Notice};
use conversation::notifications::{self, Kind, Ways};
use conversation::types::{Actor, Channel, CompanyId, ContactId, IdentityKind, Language};
use conversation::{contacts, inboxes, privacy, surveys};

use crate::billing::{billing, draft, write};
use crate::core::bed::{Bed, HOUR, both, mail, whatsapp};
use crate::equipment::{equipment, machine, owner, read};

both!(
    those_who_may_see_an_invoice_are_told,
    a_reminder_outside_the_window_is_a_template_or_a_mail,
    a_person_is_taken_out_of_the_equipment,
);

const DAY: i64 = 24 * HOUR;

async fn person(bed: &Bed, name: &str) -> ContactId {
    let address = format!("{}@sol.test", name.to_lowercase());
    let mut tx = bed.store.begin().await.expect("begun");
    let id = match contacts::by_identity(&mut tx, IdentityKind::Email, &address)
        .await
        .expect("looked")
    {
        Some((known, _)) => known.id,
        None => {
            let id = contacts::create_in(&mut tx, &Actor::System, name, Some(Language::En))
                .await
                .expect("a contact");
            contacts::prove_in(&mut tx, &Actor::System, &id, IdentityKind::Email, &address, "agent")
                .await
                .expect("proved")
        }
    };
    if tx.has_events() {
        tx.commit().await.expect("committed");
    }
    id
}

async fn choose(bed: &Bed, contact: &ContactId, kind: Kind, ways: Ways) {
    let mut tx = bed.store.begin().await.expect("begun");
    let actor = Actor::Contact(contact.clone());
    notifications::choose_in(&mut tx, &actor, contact, &[(kind, Some(ways))])
        .await
        .expect("chosen");
    tx.commit_silently().await.expect("committed");
}

async fn told(bed: &Bed, contact: &ContactId) -> Vec<String> {
    let all = notifications::list(bed.store.db(), contact, None, 50)
        .await
        .expect("a list");
    all.into_iter()
        .map(|one| format!("{} {}", one.words, one.owes).trim().to_owned())
        .collect()
}

async fn mails(bed: &Bed) -> Vec<Notice> {
    notices::lease(&bed.store, "test", 50).await.expect("mails")
}

async fn those_who_may_see_an_invoice_are_told(bed: Bed) {
    bed.inbox(Channel::Email, false).await;
    let billing = billing(&bed);
    let mut tx = bed.store.begin().await.expect("begun");
    let data = CustomerData {
        phone: None,
        name: "Sol".to_owned(),
        email: Some("ana@sol.test".to_owned()),
        is_company: true,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let sol: CustomerId = customers::create_in(&mut tx, &Actor::System, data)
        .await
        .expect("a customer");
    tx.commit().await.expect("committed");
    let company: CompanyId = customers::load(bed.store.db(), &sol)
        .await
        .expect("Sol")
        .company_id
        .expect("a company");
    let (ana, bia, rui) = (
        person(&bed, "Ana").await,
        person(&bed, "Bia").await,
        person(&bed, "Rui").await,
    );
    let mut tx = bed.store.begin().await.expect("begun");
    let none = Rights {
        is_administrator: false,
        sees_documents: false,
        sees_tickets: true,
    };
    for (who, rights) in [(&bia, Rights::MEMBER), (&rui, none)] {
        memberships::set_in(&mut tx, &Actor::System, who, &company, rights)
            .await
            .expect("set");
    }
    tx.commit().await.expect("committed");
    let first = write(&billing, &sol, draft(&billing, Paper::Invoice, 10_000)).await;
    let (_, is_told) = issue::send(&billing, &Actor::System, &first, false)
        .await
        .expect("sent");
    assert!(is_told);
    let sent = mails(&bed).await;
    assert_eq!(sent.len(), 1, "as ever: one mail to the customer's address");
    assert_eq!(sent[0].recipient, "ana@sol.test");
    assert!(
        !sent[0].look.as_deref().unwrap_or_default().contains("/stop/"),
        "an invoice is not ended by one press"
    );
    assert_eq!(told(&bed, &ana).await, ["invoice"]);
    assert_eq!(told(&bed, &bia).await, ["invoice", "access-rights"]);
    assert_eq!(
        told(&bed, &rui).await,
        ["access-rights"],
        "who may not see documents is not told of them"
    );

    // Ana wants it in the portal only; Bia by mail, too.
    choose(&bed, &ana, Kind::Invoice, Ways::USUAL).await;
    choose(&bed, &bia, Kind::Invoice, Ways::MAIL).await;
    let second = write(&billing, &sol, draft(&billing, Paper::Invoice, 20_000)).await;
    let (_, is_told) = issue::send(&billing, &Actor::System, &second, false)
        .await
        .expect("sent");
    assert!(is_told, "she finds it where she wanted it");
    assert!(mails(&bed).await.is_empty());
    assert_eq!(told(&bed, &ana).await, ["invoice", "invoice"]);
    assert_eq!(told(&bed, &bia).await[0], "invoice mail");
    // What the page shows to who never chose.
    let usual = telling::usual(bed.store.db(), &ana).await.expect("known");
    assert_eq!((usual.of(Kind::Invoice), usual.of(Kind::Due)), (Ways::MAIL, Ways::MAIL));
    let usual = telling::usual(bed.store.db(), &rui).await.expect("known");
    assert_eq!((usual.of(Kind::Invoice), usual.has_whatsapp), (Ways::USUAL, false));
    bed.check().await;
}

async fn a_reminder_outside_the_window_is_a_template_or_a_mail(bed: Bed) {
    bed.inbox(Channel::Email, false).await;
    let equipment = equipment(&bed);
    let mut chats = Vec::new();
    for (name, template) in [("Ana", true), ("Rui", false)] {
        let settings = if template {
            serde_json::json!({ "template": { "name": "update", "language": "en", "parameters": ["text"] } })
        } else {
            serde_json::json!({})
        };
        let new = inboxes::NewInbox {
            channel: Channel::Whatsapp,
            name: format!("Phone of {name}"),
            language: Language::En,
            address: format!("account {name}"),
            bot_enabled: false,
            settings,
        };
        let inbox = inboxes::create(&bed.store, &Actor::System, new)
            .await
            .expect("an inbox");
        let customer = owner(&bed, name).await;
        let from = format!("35190000000{}", chats.len());
        let (place, _) = bed.place(&whatsapp(&inbox, &from, &from, "Hi")).await;
        let contact = bed.conversation(&place).await.contact_id;
        let mut tx = bed.store.begin().await.expect("begun");
        let person = customers::load(&mut tx, &customer)
            .await
            .expect("known")
            .contact_id
            .expect("a person");
        sql("UPDATE customers SET channel = 'whatsapp' WHERE id = $1")
            .bind(customer.as_str())
            .run(&mut tx)
            .await
            .expect("set");
        tx.commit_silently().await.expect("committed");
        contacts::merge(&bed.store, &Actor::System, &person, &contact)
            .await
            .expect("one person");
        for serial in 0..30 {
            machine(&bed, &customer, &format!("{name}{serial}"), None, 10).await;
        }
        let mut tx = bed.store.begin().await.expect("begun");
        for (id,) in sql("SELECT id FROM machines WHERE customer_id = $1 ORDER BY id")
            .bind(customer.as_str())
            .all::<(String,)>(&mut tx)
            .await
            .expect("machines")
        {
            sql("INSERT INTO reading_wishes (id, customer_id, machine_id, due_on, since, reminded, created_at) VALUES ($1, $2, $3, '2023-11-30', '2023-11-20', '[]', 0)")
                .bind(bed.store.env().ulid())
                .bind(customer.as_str())
                .bind(id)
                .run(&mut tx)
                .await
                .expect("wished");
        }
        tx.commit_silently().await.expect("committed");
        chats.push((place, person));
    }
    bed.clock.advance(3 * DAY);
    equipment.look().await.expect("reminded");
    let said = async |place| {
        let (count, text): (i64, Option<String>) =
            sql("SELECT COUNT(*), MAX(text) FROM messages WHERE conversation_id = $1 AND kind = 'outbound'")
                .bind(place)
                .one(bed.store.db())
                .await
                .expect("counted");
        (count, text.unwrap_or_default())
    };
    let (count, text) = said(&chats[0].0).await;
    assert_eq!(count, 1, "the template carries it");
    assert!(
        text.chars().count() <= 1_024 && text.contains("https://desk.example/portal/readings"),
        "{text}"
    );
    assert_eq!(said(&chats[1].0).await.0, 0, "without a template nothing could leave");
    let sent = mails(&bed).await;
    assert_eq!(sent.len(), 1, "so it is a mail");
    assert_eq!(sent[0].recipient, "rui@customer.test");
    assert!(
        sent[0]
            .look
            .as_deref()
            .unwrap_or_default()
            .contains("/portal/notifications/stop/")
    );
    for (_, person) in &chats {
        assert_eq!(told(&bed, person).await, ["reading"]);
    }
    bed.check().await;
}

async fn a_person_is_taken_out_of_the_equipment(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let zora = owner(&bed, "Zoraida").await;
    let other = owner(&bed, "Rui").await;
    let (place, _) = bed
        .place(&mail(&inbox, "zoraida@customer.test", "1", "Zoraida asks"))
        .await;
    let contact = bed.conversation(&place).await.contact_id;
    for (customer, name) in [(&zora, "Zoraida's house"), (&other, "Rui's shop")] {
        // Nearly two years of the machine: whatever day it is, a year ends between its readings.
        let (machine, counter) = machine(&bed, customer, customer.as_str(), None, 700).await;
        for (number, days) in [(1_100, 690), (1_200, 300), (1_300, 2)] {
            read(&bed, &counter, number, days, Some(Meaning::Right)).await;
        }
        let mut tx = bed.store.begin().await.expect("begun");
        let data = SiteData {
            name: name.to_owned(),
            address: "Calle Zoraida 7".to_owned(),
            position: None,
            contact_name: "Zoraida".to_owned(),
            contact_phone: "+351 1".to_owned(),
            notes: "Ask for Zoraida".to_owned(),
        };
        let site = sites::create_in(&mut tx, &Actor::System, customer, data)
            .await
            .expect("a site");
        sql("UPDATE machines SET site_id = $2, notes = 'Zoraida likes it' WHERE id = $1")
            .bind(machine.as_str())
            .bind(site.as_str())
            .run(&mut tx)
            .await
            .expect("placed");
        sql("INSERT INTO visits (id, customer_id, machine_id, conversation_id, agent_id, purpose, starts_at, ends_at, state, work, parts, signed_by, signature, created_at, updated_at, version) VALUES ($1, $2, $3, $4, 'eva', 'For Zoraida', 0, 1, 'done', 'Zoraida showed it', '[]', 'Zoraida', '1,1 2,2', 0, 0, 1)")
            .bind(bed.store.env().ulid())
            .bind(customer.as_str())
            .bind(machine.as_str())
            .bind(&place)
            .run(&mut tx)
            .await
            .expect("visited");
        tx.commit().await.expect("committed");
    }
    let mut tx = bed.store.begin().await.expect("begun");
    sql("INSERT INTO machine_requests (id, kind, fields, is_known, conversation_id, contact_id, created_at) VALUES ('r', 'service', '{\"where\":\"At Zoraida''s\"}', FALSE, $1, $2, 0)")
        .bind(&place)
        .bind(&contact)
        .run(&mut tx)
        .await
        .expect("asked");
    sql("INSERT INTO surveys (id, kind, conversation_id, channel, language, state, due_at, asked_at, score, comment, is_low) VALUES ('s', 'csat', $1, 'email', 'en', 'answered', 0, 0, 5, 'Zoraida was happy', FALSE)")
        .bind(&place)
        .run(&mut tx)
        .await
        .expect("answered");
    tx.commit_silently().await.expect("committed");
    let taken = kept::export(bed.store.db(), &contact).await.expect("taken along");
    let text = taken
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect::<String>();
    for wanted in [
        "sites.json",
        "Calle Zoraida 7",
        "At Zoraida's",
        "visits.json",
        "Ricoh IM C3000",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("Rui's shop"), "what is somebody else's stays there");
    let years = kept::years_of_readings(bed.store.db(), &contact).await.expect("years");
    assert!(years.len() > 1 && years.is_sorted(), "{years:?}");
    let mut values = Vec::new();
    for year in &years {
        let of_year = kept::readings_of_year(bed.store.db(), &contact, year)
            .await
            .expect("read");
        for one in of_year.as_array().expect("a list") {
            assert!(
                one["on"].as_str().is_some_and(|on| on.starts_with(year.as_str())),
                "{one}"
            );
            values.push(one["value"].as_i64().expect("a number"));
        }
    }
    assert_eq!(values, [1_100, 1_200, 1_300]);
    assert_eq!(
        surveys::of_contact(bed.store.db(), &contact, 5)
            .await
            .expect("surveys")
            .len(),
        1
    );

    let known = kept::known(bed.store.db(), &contact).await.expect("known");
    privacy::erase(&bed.store, &Actor::System, &contact, async |tx, people| {
        for one in people {
            sql("UPDATE customers SET name = '' WHERE contact_id = $1")
                .bind(one)
                .run(&mut *tx)
                .await?;
            kept::erase_in(tx, one, &known).await?;
        }
        Ok(())
    })
    .await
    .expect("erased");
    for (table, column) in [
        ("sites", "name"),
        ("sites", "contact_name"),
        ("machine_requests", "fields"),
        ("visits", "signed_by"),
        ("surveys", "comment"),
        ("machine_words", "word"),
        ("messages", "text"),
    ] {
        let (left,): (i64,) = composed_sql(format!(
            "SELECT COUNT(*) FROM {table} WHERE LOWER({column}) LIKE '%zoraida%'"
        ))
        .one(bed.store.db())
        .await
        .expect("counted");
        assert_eq!(left, 0, "{table}.{column}");
    }
    let (notes, signed): (i64, i64) = sql(
        "SELECT (SELECT COUNT(*) FROM machines WHERE notes <> ''), (SELECT COUNT(*) FROM visits WHERE signature <> '')",
    )
    .one(bed.store.db())
    .await
    .expect("counted");
    assert_eq!((notes, signed), (1, 0), "the other customer's machine keeps its notes");
}
